"""Marks into the gradebook of nbgrader, and marks by hand back from it; needs nbgrader installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grading.batch import results
from grading.source import Assignment


def store(assignment: Assignment, folder: Path, url: str) -> int:
    """Write all marks into a gradebook; what is marked by hand there is left alone.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``.
    url : str
        Of the database: ``sqlite:////path/gradebook.db``, or ``postgresql://…``.

    Returns
    -------
    int
        How many submissions.
    """
    from nbgrader.api import Gradebook

    name = assignment.name
    found = results(folder)
    with Gradebook(url) as book:
        book.update_or_create_assignment(name)
        book.update_or_create_notebook(name, name)
        for cell in assignment.of("given", "solution", "test", "hand"):
            kind = "markdown" if cell.kind == "hand" else "code"
            if cell.kind in ("test", "hand"):
                book.update_or_create_grade_cell(cell.name, name, name, max_score=cell.points, cell_type=kind)
            if cell.kind in ("solution", "hand"):
                book.update_or_create_solution_cell(cell.name, name, name)
            book.update_or_create_source_cell(
                cell.name,
                name,
                name,
                cell_type=kind,
                source=cell.source,
                locked=cell.kind in ("given", "test"),
            )
        for student, result in found.items():
            _store(book, name, student, result)
    return len(found)


def _store(book: Any, name: str, student: str, result: dict[str, Any]) -> None:
    first, _, last = result["student_name"].rpartition(" ")
    book.update_or_create_student(student, first_name=first, last_name=last)
    book.update_or_create_submission(name, student, timestamp=result["when"])
    for mark in result["marks"]:
        grade = book.find_grade(mark["name"], name, name, student)
        grade.auto_score = mark["points"]
        if grade.manual_score is None:
            grade.needs_manual_grade = mark["points"] is None
    if result["penalty"]:
        submission = book.find_submission(name, student)
        submission.notebooks[0].late_submission_penalty = result["penalty"] * sum(
            m["points"] or 0 for m in result["marks"]
        )
    book.db.commit()


def fetch(assignment: Assignment, folder: Path, url: str) -> dict[tuple[str, str], float]:
    """Read what was marked by hand in nbgrader's formgrader.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``.
    url : str
        Of the database.

    Returns
    -------
    dict
        Points, by student and cell.
    """
    from nbgrader.api import Gradebook, MissingEntry

    found = {}
    with Gradebook(url) as book:
        for student in results(folder):
            for cell in assignment.of("hand", "test"):
                try:
                    grade = book.find_grade(cell.name, assignment.name, assignment.name, student)
                except MissingEntry:
                    continue
                if grade.manual_score is not None:
                    found[student, cell.name] = float(grade.manual_score)
    return found
