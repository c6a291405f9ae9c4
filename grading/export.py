"""Marks for the learning platform, feedback for the students, a report for the teacher, marks by hand."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grading.batch import results
from grading.source import Assignment, tame

FORMATS = ("csv", "canvas", "moodle")
LAST_MODIFIED = "Last modified (grade)"  # Moodle refuses a worksheet without this column; it may be empty


class NotGraded(RuntimeError):
    """Something is not graded yet, so nothing is exported."""


def hand_marks(folder: Path) -> dict[tuple[str, str], tuple[float, str]]:
    """Read the marks given by hand.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``, with ``hand.csv``.

    Returns
    -------
    dict
        Points and comment, by student and cell. Empty points are left out.

    Raises
    ------
    ValueError
        If points are not a number between 0 and the maximum; the text names the line.
    """
    found = {}
    file = folder / "hand.csv"
    if file.is_file():
        with file.open(newline="", encoding="utf-8-sig") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                text = (row["points"] or "").strip().replace(",", ".")
                if text:
                    try:
                        points, most = float(text), float(row["maximum"])
                    except ValueError:
                        raise ValueError(f"{file}, line {number}: {text!r} is not a number") from None
                    if not 0 <= points <= most:
                        raise ValueError(f"{file}, line {number}: {points:g} is not between 0 and {most:g}")
                    found[row["student"], row["cell"]] = points, row.get("comment") or ""
    return found


def write_hand(folder: Path) -> int:
    """Write the list of what is to be marked by hand; marks that stand in it already are kept.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``.

    Returns
    -------
    int
        How many marks are missing.
    """
    have = hand_marks(folder)
    rows, answers = [], []
    missing = 0
    for student, result in results(folder).items():
        for mark in result["marks"]:
            if mark["status"] == "hand" or (student, mark["name"]) in have:
                points, comment = have.get((student, mark["name"]), (None, ""))
                missing += points is None
                shown = "" if points is None else f"{points:g}"
                rows.append([student, mark["name"], f"{mark['maximum']:g}", shown, comment])
                answer = result["answers"].get(mark["name"], mark["message"])
                answers.append(f"# {mark['name']} · {student}\n\n{tame(answer)}\n")
    if rows or (folder / "hand.csv").exists():
        _write_csv(folder / "hand.csv", [["student", "cell", "maximum", "points", "comment"], *rows])
        (folder / "hand.md").write_text("\n".join(answers), encoding="utf-8")
    return missing


def take(folder: Path, assignment: Assignment, url: str) -> None:
    """Take marks by hand from nbgrader's gradebook into ``hand.csv``.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``.
    assignment : Assignment
        The source.
    url : str
        Of the database.
    """
    from grading import gradebook

    have = hand_marks(folder)
    for key, (points, comment) in gradebook.fetch(assignment, url).items():
        have[key] = points, comment or have.get(key, (0.0, ""))[1]
    rows = [[s, cell, f"{assignment.points[cell]:g}", f"{p:g}", why] for (s, cell), (p, why) in have.items()]
    _write_csv(folder / "hand.csv", [["student", "cell", "maximum", "points", "comment"], *rows])
    write_hand(folder)


def marks_of(folder: Path) -> dict[str, dict[str, Any]]:
    """All results, with the marks by hand and the penalties in them.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``.

    Returns
    -------
    dict
        By student; with ``total``, None while something is not marked.
    """
    hand = hand_marks(folder)
    found = results(folder)
    for student, result in found.items():
        for mark in result["marks"]:
            if (student, mark["name"]) in hand:  # over a test's mark, too: the teacher has looked
                mark["points"], mark["message"] = hand[student, mark["name"]]
        points = [mark["points"] for mark in result["marks"]]
        settled = None not in points
        result["total"] = round(sum(points) * (1 - result["penalty"]), 2) if settled else None
    return found


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a lone "-" is Moodle's sign for nothing."""
    return "'" + text if len(text) > 1 and text[0] in "=+-@\t\r" else text


def _write_csv(file: Path, rows: Iterable[list[str]]) -> None:
    part = file.with_name(f".{file.name}.part")
    with part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_MINIMAL).writerows([_safe(cell) for cell in row] for row in rows)
    part.replace(file)


def export(
    assignment: Assignment, folder: Path, kind: str, table: Path | None = None, partial: bool = False
) -> Path:
    """Write the marks as the learning platform imports them.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``.
    kind : str
        ``csv``: every mark. ``canvas``: the gradebook's CSV. ``moodle``: the grading worksheet.
    table : Path, optional
        The CSV that the platform exports (Canvas: Grades → Export; Moodle: Download grading worksheet): its
        rows and columns are kept, and this assignment's marks are filled in. Students whom it does not list
        are named in an error. Without it, only the columns that the platform needs are written.
    partial : bool
        Export although something is not graded; what is not graded stays empty.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotGraded
        If a mark is missing, unless ``partial``.
    ValueError
        If ``kind`` is unknown, or the table does not fit.
    """
    if kind not in FORMATS:
        raise ValueError(f"FORMAT is one of {', '.join(FORMATS)}; got {kind!r}")
    found = marks_of(folder)
    open_ = [student for student, result in found.items() if result["total"] is None]
    if open_ and not partial:
        raise NotGraded(
            f"{len(open_)} of {len(found)} submissions have parts to be marked by hand "
            f"({', '.join(open_[:5])}…): fill in {folder / 'hand.csv'}"
        )
    file = folder / f"{assignment.name}-{kind}.csv"
    if kind == "csv":
        names = list(assignment.points)
        rows = [["student", "name", *names, "penalty", "total", "maximum", "submitted"]]
        for student, result in found.items():
            points = {mark["name"]: mark["points"] for mark in result["marks"]}
            cells = ["" if points.get(name) is None else f"{points[name]:g}" for name in names]
            total = "" if result["total"] is None else f"{result['total']:g}"
            most = f"{sum(assignment.points.values()):g}"
            rows.append(
                [
                    student,
                    result["student_name"],
                    *cells,
                    f"{result['penalty']:g}",
                    total,
                    most,
                    result["when"],
                ]
            )
    elif table is not None:
        rows = _fill(assignment, found, kind, table)
    elif kind == "canvas":
        rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment.name]]
        rows.append(["    Points Possible", "", "", "", "", f"{sum(assignment.points.values()):g}"])
        rows += [[r["student_name"], s, "", "", "", _total(r)] for s, r in found.items()]
    else:
        most = f"{sum(assignment.points.values()):g}"
        head = ["Identifier", "Full name", "Grade", "Maximum Grade", LAST_MODIFIED, "Feedback comments"]
        rows = [head]
        for student, r in found.items():
            rows.append([f"Participant {student}", r["student_name"], _total(r), most, "", _comment(r)])
    _write_csv(file, rows)
    return file


def _total(result: dict[str, Any]) -> str:
    return "" if result["total"] is None else f"{result['total']:g}"


def _comment(result: dict[str, Any]) -> str:
    lines = [result["problem"]] if result["problem"] else []
    lines += [
        f"{m['name']}: {_for_student(m['message'])}"
        for m in result["marks"]
        if m["message"] and not result["problem"]
    ]
    return " · ".join(lines)


def _for_student(message: str) -> str:
    return message[:300]


def _fill(
    assignment: Assignment, found: dict[str, dict[str, Any]], kind: str, table: Path
) -> list[list[str]]:
    """Fill marks into the platform's own table."""
    with table.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.reader(lines))
    head = rows[0]
    key = "ID" if kind == "canvas" else "Identifier"
    if key not in head:
        raise ValueError(f"{table}: no column {key!r}; is this the table that {kind.title()} exports?")
    if kind == "canvas":
        title = str(assignment.metadata["title"]).casefold()
        wanted = [
            i
            for i, name in enumerate(head)
            if re.sub(r"\s*\(\d+\)$", "", name).casefold() in (assignment.name, title)
        ]
        if not wanted:
            head.append(assignment.name)
            for row in rows[1:]:
                row.append("")
            wanted = [len(head) - 1]
        # Canvas takes the identifying columns, and overwrites what stands in the others: only ours is kept.
        keep = [
            i
            for i, name in enumerate(head)
            if name in ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section")
        ]
        keep.append(wanted[0])
    else:
        lacking = [name for name in ("Grade", LAST_MODIFIED) if name not in head]
        if lacking:
            raise ValueError(f"{table}: no column {lacking[0]!r}; Moodle would refuse it")
        wanted = [head.index("Grade")]
        keep = list(range(len(head)))
    missing = set(found)
    for row in rows[1:]:
        student = row[head.index(key)].removeprefix("Participant ").strip()
        if student in found:
            missing.discard(student)
            row[wanted[0]] = _total(found[student])
            if kind == "moodle" and "Feedback comments" in head:
                row[head.index("Feedback comments")] = _comment(found[student])
    if missing:
        raise ValueError(f"{table} does not list {', '.join(sorted(missing))}: names were not matched")
    return [[row[i] for i in keep] for row in rows]


def feedback(assignment: Assignment, folder: Path) -> int:
    """Write a page for each student: marks, what the tests said, comments; no test's text.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``.

    Returns
    -------
    int
        How many.
    """
    found = marks_of(folder)
    target = folder / "feedback"
    target.mkdir(exist_ok=True)
    for student, result in found.items():
        total = "not complete yet" if result["total"] is None else f"**{result['total']:g}**"
        lines = [f"# {assignment.metadata['title']}: {total} of {sum(assignment.points.values()):g}", ""]
        if result["problem"]:
            lines += [result["problem"], ""]
        if result["penalty"]:
            lines += [f"Handed in late: {100 * result['penalty']:g} % are taken off.", ""]
        lines += ["| part | points | |", "| --- | --- | --- |"]
        for mark in result["marks"]:
            points = "–" if mark["points"] is None else f"{mark['points']:g}"
            said = _for_student(mark["message"]).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
            lines.append(f"| {mark['name']} | {points} of {mark['maximum']:g} | {said} |")
        (target / f"{student}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(found)


def report(assignment: Assignment, folder: Path, threshold: float = 0.97) -> str:
    """Write what a teacher wants to know of the class.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``.
    threshold : float
        Two submissions that are alike to this share are named.

    Returns
    -------
    str
        Markdown; also in ``report.md``.
    """
    found = marks_of(folder)
    n = len(found)
    most = sum(assignment.points.values())
    lines = [f"# {assignment.name}: {n} submissions", ""]
    totals = sorted(
        r["total"] if r["total"] is not None else sum(m["points"] or 0 for m in r["marks"])
        for r in found.values()
    )
    open_ = sum(r["total"] is None for r in found.values())
    if totals:
        middle = totals[n // 2] if n % 2 else (totals[n // 2 - 1] + totals[n // 2]) / 2
        lines += [
            f"Median {middle:g} of {most:g}, least {totals[0]:g}, most {totals[-1]:g}; "
            f"{open_} wait for marks by hand.",
            "",
        ]
        lines += ["| points | submissions | |", "| --- | --- | --- |"]
        for i in range(10):
            low, high = most * i / 10, most * (i + 1) / 10
            count = sum(low <= t < high or (i == 9 and t >= high) for t in totals)
            lines.append(f"| {low:g} to {high:g} | {count} | {'█' * round(30 * count / n)} |")
    lines += [
        "",
        "## Parts, those first that fail most",
        "",
        "| test | passed | what it says most often |",
        "| --- | --- | --- |",
    ]
    rows = []
    for name in assignment.points:
        marks = [m for r in found.values() for m in r["marks"] if m["name"] == name and m["status"] != "hand"]
        if marks:
            passed = sum(m["status"] == "passed" for m in marks) / len(marks)
            said = [m["message"] for m in marks if m["message"]]
            often = max(set(said), key=said.count) if said else ""
            rows.append((passed, f"| {name} | {100 * passed:.0f} % | {often[:150].replace('|', '/')} |"))
    lines += [row for _, row in sorted(rows)]
    lines += ["", "## To look at", ""]
    lines += [
        f"- {s}: {what}"[:300]
        for s, r in found.items()
        for what in ([r["problem"]] if r["problem"] else r["incidents"])
    ]
    lines += ["", "## Alike", ""]
    pairs = near_identical(folder, assignment, threshold)
    lines += [f"- {a} and {b}: {100 * share:.0f} % of the code" for a, b, share in pairs] or ["None."]
    text = "\n".join(lines) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    return text


def near_identical(folder: Path, assignment: Assignment, threshold: float) -> list[tuple[str, str, float]]:
    """Find submissions whose own code is almost the same, names of variables and white space apart.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``.
    assignment : Assignment
        The source; answers as short as a line or two are alike by nature, and are not compared.
    threshold : float
        Share that counts as alike.

    Returns
    -------
    list of tuple
        Two students and the share, the most alike first.
    """
    prints: dict[str, list[str]] = {}
    for student, result in results(folder).items():
        tokens = result.get("code", [])
        if len(tokens) >= 80:
            prints[student] = tokens
    students = sorted(prints)
    grams = {s: {tuple(prints[s][i : i + 6]) for i in range(len(prints[s]) - 5)} for s in students}
    pairs = []
    for i, a in enumerate(students):
        for b in students[i + 1 :]:
            both, either = len(grams[a] & grams[b]), len(grams[a] | grams[b])
            if both / max(either, 1) > threshold - 0.25:
                share = difflib.SequenceMatcher(None, prints[a], prints[b], autojunk=False).ratio()
                if share >= threshold:
                    pairs.append((a, b, share))
    return sorted(pairs, key=lambda pair: -pair[2])
