"""Marks in nbgrader's gradebook, on SQLite and PostgreSQL; marks by hand given there; its own views and pages."""

import csv
import json

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from grading import export, gradebook, source
from grading.batch import grade_all
from grading.intake import collect

pytestmark = [
    pytest.mark.usefixtures("isolated"),
    pytest.mark.filterwarnings("ignore:Object of type", "ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def graded(one, tmp_path_factory):
    """Three submissions, graded: everything right, nothing, no notebook."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "in").mkdir()
    right = source.solved(one)
    helper = {"cell_type": "code", "metadata": {}, "source": "my_own = 1", "outputs": [], "id": "x"}
    right["cells"].insert(1, helper)
    for cell in right["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "p4-norm":
            cell["source"] = "By hand. <script>document.title = 'taken'</script>"
    for name, text in {
        "Ann Right": json.dumps(right),
        "Bob Blank": json.dumps(source.release(one)),
        "Eve Broken": "no notebook",
    }.items():
        (folder / "in" / f"{name}.ipynb").write_text(text)
    submissions = collect(folder / "in")
    grade_all(one, submissions, folder / "grades" / one.name, progress=False)
    return folder / "grades" / one.name, submissions


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gradebook.db'}"
    return request.getfixturevalue("postgresql")


def test_marks_go_there_and_marks_by_hand_come_back(one, graded, url):
    folder, submissions = graded
    cells = tuple(cell for cell in one.cells if cell.name != "p2-output-test")
    before = source.Assignment(one.path, one.notebook, cells, one.metadata)
    with pytest.raises(
        Exception, match="p2-output-test"
    ):  # a mark for a part that is new since: told, not lost
        gradebook.store(before, folder, url)
    for _ in range(2):  # again: nothing is there twice
        assert gradebook.store(one, folder, url, submissions) == 3
    with Gradebook(url) as book:
        scores = {s.student_id: s.score for s in book.assignment_submissions(one.name)}
        assert scores == {"Ann Right": 25, "Bob Blank": 0, "Eve Broken": 0}
        submission = book.find_submission(one.name, "Ann Right")
        assert submission.max_score == 30
        assert (submission.student.first_name, submission.student.last_name) == ("Ann", "Right")
        assert submission.needs_manual_grade

    # as a person does in formgrader: marks the proof, says why, and corrects a test
    with Gradebook(url) as book:
        for name, points in (("p4-norm", 4), ("p2-output-test", 1.5)):
            mark = book.find_grade(name, one.name, one.name, "Ann Right")
            mark.manual_score, mark.needs_manual_grade = points, False
        book.find_comment("p4-norm", one.name, one.name, "Ann Right").manual_comment = "The sign, of course."
        book.db.commit()
    gradebook.store(one, folder, url, submissions)
    assert gradebook.fetch(one, url) == {
        ("Ann Right", "p4-norm"): (4.0, "The sign, of course."),
        ("Ann Right", "p2-output-test"): (1.5, ""),
    }
    export.take(folder, one, url)
    assert export.write_hand(folder) == 0
    with export.export(one, folder, "csv").open(newline="", encoding="utf-8") as lines:
        totals = {row["student"]: float(row["total"]) for row in csv.DictReader(lines)}
    assert totals == {"Ann Right": 29 - 1.5, "Bob Blank": 0, "Eve Broken": 0}
    export.feedback(one, folder)
    assert "The sign, of course." in (folder / "feedback" / "Ann Right.md").read_text()
    with Gradebook(url) as book:
        assert book.find_submission(one.name, "Ann Right").score == 29 - 1.5
        book.find_grade("p4-norm", one.name, one.name, "Bob Blank").extra_credit = 1
        book.db.commit()
    with pytest.raises(ValueError, match="Bob Blank, p4-norm: extra credit"):
        gradebook.fetch(one, url)
    (folder / "hand.csv").unlink()


def test_nbgrader_lists_them_and_makes_its_pages_of_feedback(one, graded, tmp_path):
    folder, submissions = graded
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    gradebook.store(one, folder, url, submissions)
    course = folder.parent / "nbgrader"
    config = Config()
    exec((course / "nbgrader_config.py").read_text(), {"get_config": lambda: config})
    api = NbGraderAPI(config=config)
    found = {row["student"]: row for row in api.get_submissions(one.name)}
    assert {name: row["autograded"] for name, row in found.items()} == dict.fromkeys(found, True)
    assert found["Ann Right"]["score"] == 25
    assert found["Ann Right"]["needs_manual_grade"]
    assert [row["index"] for row in api.get_notebook_submissions(one.name, one.name)] == [0, 1, 2]
    done = api.generate_feedback(one.name)
    assert done["success"], done
    pages = {page.parts[-3]: page.read_text() for page in course.glob("feedback/*/*/*.html")}
    assert set(pages) == set(found)
    assert "nothing was written yet" in pages["Bob Blank"]
    assert "not a notebook (not JSON)" in pages["Eve Broken"]
    assert "my_own" in pages["Ann Right"]
    assert "taken" in pages["Ann Right"]
    assert "<script>document.title" not in pages["Ann Right"]  # it would run in the teacher's browser
    answer = (course / "autograded" / "Ann Right" / one.name / f"{one.name}.ipynb").read_text()
    assert "< script>document.title" in answer
    for student in ("Bob Blank", "Eve Broken"):
        assert source.leaks(one, pages[student]) == []
