"""Grade one submission: the student's code in the sandbox, the tests here."""

from __future__ import annotations

import hashlib
import io
import json
import keyword
import time
import tokenize
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grading.sandbox import Limits, Lost, Sandbox, StudentError
from grading.source import Assignment, Cell, Notebook, kind_of, squeeze, text_of

MAX_NOTEBOOK = 20_000_000


@dataclass
class Mark:
    """What one graded cell got.

    Parameters
    ----------
    name : str
        The cell's ``grade_id``.
    points : float or None
        None for "not yet": by hand.
    maximum : float
        What it can get.
    status : str
        ``passed``, ``failed`` (a test says no), ``error`` (the student's code raised), ``lost`` (the process
        ended or was ended), ``hand``.
    message : str
        For the student.
    """

    name: str
    points: float | None
    maximum: float
    status: str
    message: str = ""


@dataclass
class Result:
    """What one submission got.

    Parameters
    ----------
    assignment : str
        Its name.
    marks : list of Mark
        One for each graded cell.
    problem : str
        Why nothing could be graded; "" if it could.
    incidents : list of str
        What a teacher may want to look at.
    answers : dict
        The texts of the hand-graded cells.
    code : list of str
        The kinds of words in the student's own code, names left out: to compare submissions.
    digest : str
        Of the submitted file.
    seconds : float
        That grading took.
    """

    assignment: str
    marks: list[Mark]
    problem: str = ""
    incidents: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    code: list[str] = field(default_factory=list)
    digest: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """The sum of what is settled."""
        return sum(mark.points or 0.0 for mark in self.marks)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for a file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """The inverse of :meth:`to_dict`."""
        return cls(**{**data, "marks": [Mark(**mark) for mark in data["marks"]]})


def load(path: Path) -> Notebook:
    """Read a submitted notebook, which may be anything.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        With ``cells``, each with a type, a text and metadata.

    Raises
    ------
    ValueError
        If it is not a notebook, with the reason for the student.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError("the submission is not a plain file")
    if path.stat().st_size > MAX_NOTEBOOK:
        raise ValueError(f"the file is larger than {MAX_NOTEBOOK // 1_000_000} MB: clear the outputs")
    return read_notebook(path.read_bytes())


def read_notebook(content: bytes) -> Notebook:
    """Make what :func:`load` makes, of the content of a file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("the file is not in UTF-8") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the file is not a notebook (not JSON)") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise ValueError("the file is not a notebook of version 4")
    cells = []
    for cell in data["cells"]:
        if not isinstance(cell, dict):
            continue
        metadata: Any = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        mark = metadata.get("nbgrader")
        tags = metadata.get("tags")
        clean = {
            "nbgrader": {"grade_id": str(mark.get("grade_id", ""))} if isinstance(mark, dict) else {},
            "tags": tags if isinstance(tags, list) else [],
        }
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        source = source.encode("utf-8", "replace").decode()  # JSON can hold halves of characters
        kind = "code" if cell.get("cell_type") == "code" else "markdown"
        cells.append({"cell_type": kind, "source": source, "metadata": clean, "id": str(cell.get("id", ""))})
    return {"cells": cells, "metadata": {}}


@dataclass(frozen=True)
class Step:
    """A cell to run in the sandbox."""

    name: str
    source: str


def plan(assignment: Assignment, notebook: Notebook, incidents: list[str]) -> list[Step]:
    """Choose what is run: the given cells as the source has them, then the student's own cells.

    Parameters
    ----------
    assignment : Assignment
        The source.
    notebook : dict
        The submission.
    incidents : list of str
        Gets a line for each test or given cell that was changed or deleted.

    Returns
    -------
    list of Step
        In the order of the notebook.
    """
    ours = {cell.name: cell for cell in assignment.of("given", "test")}
    texts = {squeeze(cell.released): cell for cell in assignment.of("given", "test", "show")}
    ids = {cell.id: cell for cell in assignment.of("given", "test") if cell.id}
    steps = [Step(cell.name, cell.source) for cell in assignment.of("given")]
    seen = set()
    for i, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        name = str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        source = text_of(cell)
        known = texts.get(squeeze(source)) or ours.get(name)
        if known is None and not name:
            known = ids.get(cell.get("id", ""))
        if known is None:
            if source.strip():
                steps.append(Step(name or f"cell {i + 1}", source))
        else:
            seen.add(known.name)
            if squeeze(source) not in (squeeze(known.released), squeeze(known.source)):
                incidents.append(f"{known.name} was changed; the original counts")
    incidents += [f"{name} was deleted; the original counts" for name in ours if name not in seen]
    return steps


def words(steps: list[Step], assignment: Assignment) -> list[str]:
    """Reduce code to its kinds of words, so that other names and spaces make no difference.

    Parameters
    ----------
    steps : list of Step
        What is run.
    assignment : Assignment
        The source; its given cells are left out.

    Returns
    -------
    list of str
    """
    given = {cell.name for cell in assignment.of("given")}
    skip = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.ENDMARKER,
        tokenize.INDENT,
        tokenize.DEDENT,
    )
    found = []
    for step in steps:
        if step.name in given:
            continue
        try:
            for token in tokenize.generate_tokens(io.StringIO(step.source[:200_000]).readline):
                if token.type not in skip:
                    name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
                    found.append("n" if name else token.string[:40])
        except (tokenize.TokenError, SyntaxError):
            continue
        if len(found) > 20_000:
            break
    return found[:20_000]


class Session:
    """A submission in its sandbox, which is made anew when it is lost.

    Parameters
    ----------
    assignment : Assignment
        The source.
    steps : list of Step
        What :func:`plan` chose.
    limits : Limits
        For the sandbox.
    unsafe : bool
        Without isolation.
    slot : int
        Of the sandbox.
    """

    def __init__(
        self, assignment: Assignment, steps: list[Step], limits: Limits, unsafe: bool = False, slot: int = 0
    ) -> None:
        self.assignment, self.steps, self.limits = assignment, steps, limits
        self.unsafe, self.slot = unsafe, slot
        self.errors: dict[str, str] = {}
        self.bad: set[int] = set()
        self.sandbox: Sandbox | None = None
        self.deadline = time.monotonic() + limits.total

    def open(self) -> Sandbox:
        """The sandbox, with every cell run that can be."""
        while self.sandbox is None or self.sandbox.write_end < 0:
            if time.monotonic() > self.deadline:
                raise Lost(f"the whole notebook took longer than {self.limits.total:g} s")
            sandbox = Sandbox(self.limits, self.assignment.withheld, unsafe=self.unsafe, slot=self.slot)
            for i, step in enumerate(self.steps):
                if i in self.bad:
                    continue
                try:
                    sandbox.run(step.name, step.source)
                except StudentError as error:
                    self.errors[step.name] = str(error)
                except Lost as error:
                    self.errors[step.name] = f"this cell {error}" if "took" in str(error) else str(error)
                    self.bad.add(i)
                    break
            else:
                self.sandbox = sandbox
        return self.sandbox

    def close(self) -> None:
        """End it."""
        if self.sandbox is not None:
            self.sandbox.close()

    def test(self, cell: Cell) -> Mark:
        """Run one test cell here, with stand-ins for what the student defined."""

        def mark(status: str, message: str) -> Mark:
            return Mark(cell.name, cell.points if status == "passed" else 0.0, cell.points, status, message)

        names: dict[str, Any] = {"__name__": "tests"}
        try:
            sandbox = self.open()
            for given in self.assignment.of("given"):  # anew for each test: nothing leaks from one to another
                exec(_compiled(given.source, given.name), names)
            for name in self.assignment.wanted(cell):
                names[name] = sandbox.get(name, name in self.assignment.classes)
        except Lost as error:
            return mark("lost", f"your code {error}" if "took" in str(error) else str(error))
        except StudentError as error:
            return mark("error", str(error))
        except NameError as error:
            own = self.errors.get(cell.part, "")
            if "NotImplementedError" in own:
                return mark("error", f"{cell.part}: nothing was written yet")
            return mark("error", f"{error}" + (f"; its cell stopped with {own}" if own else ""))
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                exec(_compiled(cell.source, cell.name), names)
        except Lost as error:
            return mark("lost", f"your code {error}" if "took" in str(error) else str(error))
        except StudentError as error:
            if "NotImplementedError" in str(error) and "write your code here" in str(error):
                return mark("error", f"{cell.part}: nothing was written yet")
            return mark("error", f"your code raised {error}" if "Error" in str(error)[:40] else str(error))
        except AssertionError as error:
            return mark("failed", str(error)[:600] or "a test failed")
        except Exception as error:
            return mark("failed", f"a test could not use your answer: {type(error).__name__}: {error}"[:300])
        return mark("passed", "")


_CODES: dict[tuple[str, str], Any] = {}


def _compiled(source: str, name: str) -> Any:
    if (source, name) not in _CODES:
        _CODES[source, name] = compile(source, name, "exec")
    return _CODES[source, name]


def grade(
    assignment: Assignment,
    submission: Notebook | Path,
    only: str | None = None,
    limits: Limits | None = None,
    unsafe: bool = False,
    slot: int = 0,
) -> Result:
    """Grade one submission.

    Parameters
    ----------
    assignment : Assignment
        The source.
    submission : dict or Path
        A notebook, or its file, which may be anything.
    only : str, optional
        One part, by the ``grade_id`` of its solution cell.
    limits : Limits, optional
        For the sandbox.
    unsafe : bool
        Without isolation.
    slot : int
        Different for sandboxes at the same time.

    Returns
    -------
    Result
        Always; what goes wrong in a submission stands in it.

    Raises
    ------
    Unsafe
        If there is no isolation on this machine.
    """
    start = time.perf_counter()
    digest = ""
    result = Result(assignment.name, [])
    graded = [cell for cell in assignment.of("test", "hand") if only in (None, cell.part)]
    try:
        if isinstance(submission, Path):
            notebook = load(submission)
            digest = hashlib.sha256(submission.read_bytes()).hexdigest()
        else:
            notebook = submission
    except (ValueError, OSError) as error:
        result.problem = str(error)
        result.marks = [Mark(cell.name, 0.0, cell.points, "failed", result.problem) for cell in graded]
        return result
    result.digest = digest
    steps = plan(assignment, notebook, result.incidents)
    result.code = words(steps, assignment)
    session = Session(
        assignment,
        steps,
        limits or Limits(seconds=assignment.seconds),
        unsafe,
        slot,
    )
    answers = {
        str(cell["metadata"].get("nbgrader", {}).get("grade_id", "")): text_of(cell)
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    }
    by_id = {
        cell.get("id", ""): text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    }
    try:
        for cell in graded:
            if cell.kind == "test":
                result.marks.append(session.test(cell))
                continue
            answer = answers.get(cell.name, by_id.get(cell.id, "") if cell.id else "")
            result.answers[cell.name] = answer
            if squeeze(answer) in ("", squeeze(cell.released)):
                result.marks.append(Mark(cell.name, 0.0, cell.points, "failed", "nothing was written"))
            else:
                result.marks.append(Mark(cell.name, None, cell.points, "hand", "marked by hand"))
    finally:
        session.close()
    lost = [f"{name}: {why}" for name, why in session.errors.items() if "NotImplementedError" not in why]
    result.incidents += lost
    result.incidents += [f"{m.name}: {m.message}" for m in result.marks if m.status == "lost"]
    result.seconds = time.perf_counter() - start
    return result


__all__ = ["Mark", "Result", "grade", "kind_of", "load", "plan"]
