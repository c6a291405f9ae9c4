"""Marks into nbgrader's gradebook, notebooks for its formgrader, and marks by hand back; needs nbgrader."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grading.batch import results
from grading.grade import read_notebook
from grading.intake import Submission
from grading.source import Assignment, Notebook, release, squeeze, tame, text_of, write

CONFIG = """# Of nbgrader's formgrader: make formgrader
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = {url!r}
"""


def store(assignment: Assignment, folder: Path, url: str, submissions: Iterable[Submission] = ()) -> int:
    """Write all marks into a gradebook; what is marked by hand there is left alone.

    Parameters
    ----------
    assignment : Assignment
        The source.
    folder : Path
        ``grades/NN-name``. A course folder for nbgrader's formgrader is made beside it.
    url : str
        Of the database: ``sqlite:////path/gradebook.db``, or ``postgresql://…``.
    submissions : iterable of Submission
        Whose notebooks formgrader is to show.

    Returns
    -------
    int
        How many submissions.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SAWarning

    warnings.filterwarnings("ignore", category=SAWarning)  # of nbgrader's own
    name = assignment.name
    found = results(folder)
    course = folder.parent / "nbgrader"
    course.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(root=str(course.resolve()), url=url)
    (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
    (course / "nbgrader_config.py").chmod(0o600)  # the URL may hold a password
    for submission in submissions:
        if submission.student in found:
            result = found[submission.student]
            inside = Path(submission.student, name)
            write(marked(assignment, submission, result), course / "autograded" / inside / f"{name}.ipynb")
            submitted = course / "submitted" / inside
            submitted.mkdir(parents=True, exist_ok=True)
            (submitted / f"{name}.ipynb").write_bytes(submission.data)
            (submitted / "timestamp.txt").write_text(result["when"])  # must be that in the gradebook
    with Gradebook(url) as book:
        book.update_or_create_assignment(name)
        book.update_or_create_notebook(name, name)
        for cell in assignment.of("given", "solution", "test", "hand"):
            kind = "markdown" if cell.kind == "hand" else "code"
            if cell.kind in ("test", "hand"):
                book.update_or_create_grade_cell(cell.name, name, name, max_score=cell.points, cell_type=kind)
            if cell.kind in ("solution", "hand"):
                book.update_or_create_solution_cell(cell.name, name, name)
            locked = cell.kind in ("given", "test")
            book.update_or_create_source_cell(
                cell.name, name, name, cell_type=kind, source=cell.source, locked=locked
            )
        for student, result in found.items():
            _store(book, name, student, result)
    return len(found)


def _store(book: Any, name: str, student: str, result: dict[str, Any]) -> None:
    from nbgrader.api import Grade

    first, _, last = result["student_name"].rpartition(" ")
    book.update_or_create_student(student, first_name=first, last_name=last)
    submission = book.update_or_create_submission(name, student, timestamp=result["when"])
    (notebook,) = submission.notebooks
    grades = {grade.name: grade for grade in notebook.grades}
    for mark in result["marks"]:
        if mark["name"] not in grades:  # the assignment got a new part since
            cell = book.find_grade_cell(mark["name"], name, name)
            grades[mark["name"]] = Grade(cell_id=cell.id, notebook=notebook)
            book.db.add(grades[mark["name"]])
        grade = grades[mark["name"]]
        grade.auto_score = mark["points"]
        if grade.manual_score is None:
            grade.needs_manual_grade = mark["points"] is None
    notebook.late_submission_penalty = result["penalty"] * sum(m["points"] or 0 for m in result["marks"])
    book.db.commit()


def marked(assignment: Assignment, submission: Submission, result: dict[str, Any]) -> Notebook:
    """Make the notebook that formgrader shows: the student's answers, our cells, and what the tests said.

    Parameters
    ----------
    assignment : Assignment
        The source.
    submission : Submission
        What was handed in.
    result : dict
        What it got.

    Returns
    -------
    dict
        Tests are as students have them: nbgrader's feedback pages are made from this.
    """
    notebook = copy.deepcopy(release(assignment))
    try:
        handed_in = read_notebook(submission.data)["cells"]
    except ValueError:
        handed_in = []
    ours = {squeeze(text_of(cell)) for cell in notebook["cells"]}
    names = {cell.name for cell in assignment.cells if cell.name}
    by_id = {cell.id: cell.name for cell in assignment.cells if cell.name and cell.id}
    answers: dict[str, str] = {}
    own = []
    for cell in handed_in:
        name = cell["metadata"]["nbgrader"].get("grade_id") or by_id.get(cell["id"])
        if name in names:
            answers[name] = cell["source"]
        elif cell["cell_type"] == "code" and squeeze(cell["source"]) not in ours:
            own.append(cell)
    marks = {mark["name"]: mark for mark in result["marks"]}
    kinds = {cell.name: cell.kind for cell in assignment.cells}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if kinds.get(name) in ("solution", "hand") and name in answers:
            cell["source"] = tame(answers[name]) if kinds[name] == "hand" else answers[name]
        if kinds.get(name) == "test":
            said = result["problem"] or marks[name]["message"] or "passed"
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": said + "\n"}]
    for i, cell in enumerate(own):  # helpers and trials: at the end, so that the parts stay in order
        new = {"cell_type": "code", "metadata": {}, "source": cell["source"], "outputs": [], "id": f"own-{i}"}
        notebook["cells"].append(new | {"execution_count": None})
    return json.loads(json.dumps(notebook))


def fetch(assignment: Assignment, url: str) -> dict[tuple[str, str], tuple[float, str]]:
    """Read what was marked by hand in nbgrader's formgrader.

    Parameters
    ----------
    assignment : Assignment
        The source.
    url : str
        Of the database.

    Returns
    -------
    dict
        Points and comment, by student and cell.

    Raises
    ------
    ValueError
        If somebody gave extra credit, for which there is no place.
    """
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(url) as book:
        for submission in book.assignment_submissions(assignment.name):
            for notebook in submission.notebooks:
                comments = {comment.name: comment.comment or "" for comment in notebook.comments}
                for grade in notebook.grades:
                    student = submission.student_id
                    if grade.extra_credit:
                        raise ValueError(
                            f"{student}, {grade.name}: extra credit is not exported; add it to the mark"
                        )
                    if grade.manual_score is not None:
                        found[student, grade.name] = float(grade.manual_score), comments.get(grade.name, "")
    return found
