"""Collect submissions from the ZIP of Canvas or Moodle, or from a folder: one notebook for each student."""

from __future__ import annotations

import csv
import math
import re
import stat
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from grading.grade import MAX_NOTEBOOK

# doejane_LATE_4711_998877_01-perceptron-2.ipynb
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<rest>.+)$")
# Jane Doe_1234567_assignsubmission_file_/01-perceptron.ipynb, or the same without a folder
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file_?(?P<rest>.*)$")


@dataclass(frozen=True)
class Submission:
    """One student's notebook, as it came.

    Parameters
    ----------
    student : str
        An identifier: of the platform where it gives one, else the folder or file name.
    name : str
        As the platform writes it.
    origin : str
        Where it was, for messages.
    data : bytes
        The file; empty if ``problem``.
    when : datetime
        Last change, by the file's own date.
    late : bool
        Canvas says so.
    problem : str
        Why it cannot be read.
    """

    student: str
    name: str
    origin: str
    data: bytes
    when: datetime
    late: bool = False
    problem: str = ""


def who(path: PurePosixPath) -> tuple[str, str, bool]:
    """Read a student's identifier and name, and "late", from the path of a submission.

    Parameters
    ----------
    path : PurePosixPath
        Inside the folder or ZIP.

    Returns
    -------
    tuple
        Identifier, name, late.

    Examples
    --------
    >>> who(PurePosixPath("doejane_LATE_4711_998877_01-perceptron-2.ipynb"))
    ('4711', 'doejane', True)
    >>> who(PurePosixPath("Jane Doe_1234567_assignsubmission_file_/work.ipynb"))
    ('1234567', 'Jane Doe', False)
    >>> who(PurePosixPath("Eve_1234568_assignsubmission_file_/Jane_1234567_assignsubmission_file_.ipynb"))
    ('1234568', 'Eve', False)
    >>> who(PurePosixPath("jdoe/01-perceptron/01-perceptron.ipynb"))
    ('jdoe', 'jdoe', False)
    >>> who(PurePosixPath("jdoe.ipynb"))
    ('jdoe', 'jdoe', False)
    """
    for part in path.parts:  # from the top: what students name themselves comes last, and at the end
        if part == path.name and (found := CANVAS.match(part)):
            return found["id"], found["name"], bool(found["late"])
        if found := MOODLE.match(part):
            return found["id"], found["name"], False
    first = path.parts[0] if len(path.parts) > 1 else path.stem
    return first, first, False


def _attempt(path: PurePosixPath) -> int:
    """The number that Canvas puts at the end of the name of a second try."""
    found = re.search(r"-(\d+)\.ipynb$", path.name)
    return int(found[1]) if found else 0


def collect(source: Path, names: dict[str, str] | None = None) -> list[Submission]:
    """Read all submissions, the latest of each student.

    Parameters
    ----------
    source : Path
        A ZIP or a folder.
    names : dict, optional
        Identifier and name of each student (:func:`roster`), to match names where the platform gives no
        identifier.

    Returns
    -------
    list of Submission
        In the order of the identifiers. Links, files that are too large and broken ZIPs are not read: they
        are in the list with a problem.

    Raises
    ------
    FileNotFoundError
        If ``source`` does not exist.
    """
    if not source.exists():
        raise FileNotFoundError(f"no submissions at {source}")
    found = _from_zip(source) if source.is_file() else _from_folder(source)
    by_name = {_plain(name): number for number, name in (names or {}).items()}
    latest: dict[str, tuple[tuple[bool, datetime, int, str], Submission]] = {}
    for path, data, when, problem in found:
        student, name, late = who(path)
        name = re.sub(r"[^\w.,@+' -]", "", name)  # it is shown in pages and kept in databases
        student = by_name.get(_plain(name), student)
        student = re.sub(r"[^\w.@+ -]", "_", student).strip(". ") or "unnamed"
        submission = Submission(
            student, (names or {}).get(student, name), str(path), data, when, late, problem
        )
        rank = (not problem or problem.startswith("the file"), when, _attempt(path), str(path))
        if student not in latest or latest[student][0] < rank:
            latest[student] = rank, submission
    return [submission for _, (_, submission) in sorted(latest.items())]


def _plain(name: str) -> str:
    """The words of a name in alphabetical order, in small letters: "Doe, Jane" is "doe jane"."""
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))


Found = list[tuple[PurePosixPath, bytes, datetime, str]]
TOO_LARGE = f"the file is larger than {MAX_NOTEBOOK // 1_000_000} MB: clear the outputs"


def _from_folder(folder: Path) -> Found:
    found: Found = []
    root = folder.resolve()
    for path in sorted(root.rglob("*.ipynb")):
        inside = PurePosixPath(path.relative_to(root).as_posix())
        if ".ipynb_checkpoints" in inside.parts or "__MACOSX" in inside.parts:
            continue
        status = path.lstat()
        when = datetime.fromtimestamp(status.st_mtime)
        if not stat.S_ISREG(status.st_mode) or path.resolve() != path:
            found.append((inside, b"", when, "a link, not a file: it was not followed"))
        elif status.st_size > MAX_NOTEBOOK:
            found.append((inside, b"", when, TOO_LARGE))
        else:
            found.append((inside, path.read_bytes(), when, ""))
    return found


def _from_zip(file: Path) -> Found:
    found: Found = []
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if info.is_dir() or path.suffix != ".ipynb" or "__MACOSX" in path.parts:
                continue
            if ".ipynb_checkpoints" in path.parts:
                continue
            path = PurePosixPath(*(part for part in path.parts if part not in ("..", "/")))
            when = datetime(*info.date_time)
            if stat.S_ISLNK(info.external_attr >> 16):
                found.append((path, b"", when, "a link, not a file: it was not followed"))
                continue
            if info.file_size > MAX_NOTEBOOK:
                found.append((path, b"", when, TOO_LARGE))
                continue
            try:
                with archive.open(info) as entry:
                    data = entry.read(MAX_NOTEBOOK + 1)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
                found.append((path, b"", when, f"the ZIP is damaged here: {error}"))
                continue
            problem = TOO_LARGE if len(data) > MAX_NOTEBOOK else ""
            found.append((path, b"" if problem else data, when, problem))
    return found


def roster(file: Path) -> dict[str, str]:
    """Read a list of students: the platform's own CSV of grades, or any with an ``id`` and a ``name``.

    Parameters
    ----------
    file : Path
        CSV with a head.

    Returns
    -------
    dict
        Identifier and name.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    students = {}
    for row in rows:
        fields = {
            (key or "").strip().casefold(): (value or "").strip()
            for key, value in row.items()
            if isinstance(value, str)
        }
        number = (
            fields.get("id")
            or fields.get("id number")
            or fields.get("identifier", "").removeprefix("Participant ")
        )
        name = fields.get("name") or fields.get("student") or fields.get("full name")
        last = fields.get("last name") or fields.get("surname", "")
        name = name or f"{fields.get('first name', '')} {last}".strip()
        if number and name:
            students[number] = name
    if not students:
        raise ValueError(f"{file}: no columns with an identifier (id) and a name were found")
    return students


def penalty(when: datetime, due: datetime | None, percent: float, late: bool = False) -> float:
    """Share of the points that is taken off a late submission.

    Parameters
    ----------
    when, due : datetime
        Handed in; wanted. None: never late.
    percent : float
        For each day that has begun.
    late : bool
        Late at any rate, by what the platform says: one day at least.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> penalty(datetime(2026, 11, 2, 1), datetime(2026, 11, 1), 10)
    0.2
    >>> penalty(datetime(2026, 10, 2), datetime(2026, 11, 1), 10)
    0.0
    """
    days = math.ceil((when - due).total_seconds() / 86_400) if due and when > due else 0
    return min(1.0, max(days, int(late and percent > 0)) * percent / 100)
