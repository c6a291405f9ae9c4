"""The gate is open for every assignment, closed for bad ones; nothing leaks to students."""

import copy
import json
import os
import zipfile

import pytest

import grading.__main__
from grading import source
from grading.gate import gate

NAMES = source.names()


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("name", NAMES)
def test_the_tests_test(name):
    report = gate(source.read(name), workers=1)
    assert not report.faults, str(report)
    assert report.caught == report.wrong >= 5 * report.parts


@pytest.mark.parametrize("name", NAMES)
def test_an_assignment_has_six_to_ten_parts_and_a_part_by_hand(name):
    assignment = source.read(name)
    parts = len(assignment.parts) + len(assignment.of("hand"))
    assert 6 <= parts <= 10
    assert assignment.of("hand")


def test_the_book_lists_every_assignment():
    source.check_contents()


def test_a_page_without_a_source_and_a_source_without_a_page_are_named(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text("- file: assignments/release/98-none/98-none\n")
    with pytest.raises(source.FormatError, match="98-none, but there is no") as error:
        source.check_contents(toc)
    assert "lacks the line   - file: assignments/release/01-perceptron/01-perceptron" in str(error.value)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """What `make release` and the build of the book make of all assignments."""
    root = tmp_path_factory.mktemp("released")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading.__main__, "RELEASE", root / "release")
        patch.setattr(grading.__main__, "PRIVATE", root / "private")
        patch.setattr("sys.argv", ["grading", "release", "--no-gate"])
        with pytest.raises(SystemExit) as end:
            grading.__main__.main()
    assert not end.value.code
    return root


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_solution_reaches_students(name, released):
    assignment = source.read(name)
    assert len(source.secrets(assignment)) > 20
    text = (released / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert source.leaks(assignment, text) == []
    with zipfile.ZipFile(released / "private" / f"{name}-students.zip") as stream:
        assert stream.namelist() == [f"{name}/{name}.ipynb"]
        assert stream.read(stream.namelist()[0]).decode() == text
    assert not {cell["cell_type"] for cell in json.loads(text)["cells"] if cell.get("outputs")}


@pytest.mark.parametrize("name", NAMES)
def test_the_teachers_notebook_holds_everything(name, released):
    assignment = source.read(name)
    text = (released / "private" / f"{name}-solution.ipynb").read_text(encoding="utf-8")
    assert set(source.leaks(assignment, text)) == source.secrets(assignment)


def test_what_was_released_is_left_alone_while_it_is_the_same(one, tmp_path):
    file = tmp_path / "a.ipynb"
    source.write(source.release(one), file)
    before = file.stat()
    os.utime(file, (1, 1))
    source.write(source.release(one), file)
    assert file.stat().st_mtime == 1
    source.write(source.solved(one), file)
    assert file.stat().st_mtime >= before.st_mtime


def test_the_check_for_leaks_finds_a_leak(one):
    notebook = source.release(one)
    assert source.leaks(one, json.dumps(notebook)) == []
    line = "return (z > 0).astype(int)"
    notebook["cells"][0]["source"] = [f"text\n {line}"]
    assert source.leaks(one, json.dumps(notebook)) == ["return(z>0).astype(int)"]
    page = '<pre><span class="k">return</span> <span>(z</span> <span>&gt;</span> <span>0).astype(int)</span></pre>'
    assert source.leaks(one, page) == ["return(z>0).astype(int)"]
    assert source.leaks(one, json.dumps(source.solved(one)))


def changed(one, tmp_path, change, answers=None):
    """Write the first assignment with one cell changed, and read it."""
    notebook = copy.deepcopy(one.notebook)
    for cell in notebook["cells"]:
        change(cell["metadata"].get("nbgrader", {}), cell)
    folder = tmp_path / "99-changed"
    folder.mkdir()
    (folder / "99-changed.ipynb").write_text(json.dumps(notebook))
    text = one.path.with_name("answers.py").read_text(encoding="utf-8") + (answers or "")
    (folder / "answers.py").write_text(text, encoding="utf-8")
    return source.read(folder / "99-changed.ipynb")


def replace(name, old, new):
    def change(mark, cell):
        if mark.get("grade_id") == name:
            text = source.text_of(cell)
            assert old in text
            cell["source"] = text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (replace("p2-output", "### END SOLUTION", ""), "BEGIN SOLUTION"),
        (replace("p2-output", "def output", "import math\n\n\ndef output"), "outside the markers"),
        (replace("p2-output", "    ### BEGIN", "    z = X @ w + b\n    ### BEGIN"), "outside the markers"),
        (replace("p2-output-test", "### END HIDDEN TESTS", "### END SOLUTION"), "BEGIN HIDDEN TESTS"),
        (replace("p2-output-test", "rng.normal(", "helper("), "no given cell and no solution defines"),
        (replace("p4-norm", "**Rubric**", "Points"), "Rubric"),
        (lambda mark, cell: mark.pop("points", None), "no points"),
        (lambda mark, cell: mark.update(schema_version=2) if mark else None, "schema_version is 3"),
        (lambda mark, cell: mark.update(grade_id="same") if mark else None, "stands twice"),
        (lambda mark, cell: cell["metadata"].clear(), "a code cell is given, solution or test"),
        (lambda mark, cell: cell.update(outputs=[1]) if mark else None, "has outputs"),
        (replace("p2-output", "return (z", "return ((z"), "not Python"),
    ],
)
def test_a_source_in_the_wrong_form_is_refused(one, tmp_path, change, fault):
    with pytest.raises(source.FormatError, match=fault):
        changed(one, tmp_path, change)


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize(
    ("change", "answers", "fault"),
    [
        # hidden tests that let wrong answers through
        (
            replace("p2-output-test-tie", "[0, 1, 0]", "[1, 1, 1]"),
            "",
            "the solution notebook: p2-output-test-tie fails",
        ),
        (
            replace("p2-output-test-tie", "assert np.array_equal(ties, [0, 1, 0])", "assert True"),
            "",
            "'ties are 1' is not caught",
        ),
        # a test that gives points for nothing
        (
            lambda mark, cell: (
                cell.update(source="### BEGIN HIDDEN TESTS\nassert np.pi > 3\n### END HIDDEN TESTS")
                if mark.get("grade_id") == "p2-output-test-tie"
                else None
            ),
            "",
            "the blank notebook: p2-output-test-tie gives points",
        ),
        # a test that refuses a right answer
        (
            replace("p5-learn-test-mistakes", "list(got) == counts", "got == counts"),
            "",
            "right answer 'bias as a weight'",
        ),
        # answers.py: too few, unknown, not runnable, wrong for a stray reason
        (lambda mark, cell: None, '\nRIGHT["p2-output"] = {}\n', "0 right answers, 2 are wanted"),
        (lambda mark, cell: None, '\nWRONG["p9"] = {}\n', "'p9', the notebook does not"),
        (lambda mark, cell: None, '\nWRONG["p2-output"]["x"] = "1 / 0"\n', "does not run"),
        (
            lambda mark, cell: None,
            '\nWRONG["p2-output"]["x"] = "def output(X, w, b): return undefined"\n',
            "stray reason",
        ),
        (lambda mark, cell: None, '\nWRONG["p2-output"]["x"] = "def other(): pass"\n', "stray reason"),
    ],
)
def test_the_gate_is_closed_for(one, tmp_path, change, answers, fault):
    report = gate(changed(one, tmp_path, change, answers), parts=("p2-output", "p5-learn"))
    assert any(fault in line for line in report.faults), str(report)


@pytest.mark.usefixtures("isolated")
def test_the_gate_finds_a_test_that_trusts_a_blanked_input(one, tmp_path):
    weak = """
### BEGIN HIDDEN TESTS
X_new, y_new = np.ones((3, 2)), np.array([1, -1, 1])
got = accuracy_fixed(X_new, y_new, np.ones(2), -1.0)
assert got == np.mean(np.where(X_new.sum(axis=1) > 1, 1, -1) == y_new)
### END HIDDEN TESTS
"""

    def change(mark, cell):
        if mark.get("grade_id") == "p6-bug-test":
            cell["source"] = weak.strip()

    report = gate(changed(one, tmp_path, change), parts=("p6-bug",))
    assert any("blanks its input passes" in line for line in report.faults), str(report)
