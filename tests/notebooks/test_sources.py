"""The page of sources and errata is complete: each row of the syllabus linked, each erratum set right."""

import re

import nbformat
import pytest
from notebooks import ROOT

PAGE = ROOT / "chapters" / "sources.ipynb"
WANTED = {
    f"{letter}{i}"
    for letter, last in zip("PAFCBTRX", (9, 14, 10, 10, 8, 9, 9, 2), strict=True)
    for i in range(1, last + 1)
}
NOTES = "MJSDA"
LINK = re.compile(r"\{(doc|ref|eq|numref|prf:ref)\}`([^`]+)`")
SECTION = re.compile(r"\{doc\}`([^`]+)`: ((?:\*[^*]+\*(?:, )?)+)")


def tables(text):
    """Tables of a text, each as its head and its rows."""
    found, inside = [], False
    for line in text.split("\n"):
        if not line.startswith("|"):
            inside = False
            continue
        row = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not inside:
            found.append((row, []))
        elif set("".join(row)) - set("- "):
            found[-1][1].append(row)
        inside = True
    return found


def rows_of(notebook, head):
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [row for first, rows in tables(text) if first[0] == head for row in rows]


def unlinked(notebook):
    """Rows of the syllabus that the page does not have with a link, or has twice, or should not have."""
    rows = rows_of(notebook, "row")
    linked = [row[0] for row in rows if len(row) == 4 and row[1] and LINK.search(row[3])]
    return sorted(WANTED.symmetric_difference(linked) | {i for i in linked if linked.count(i) > 1})


def not_right(notebook):
    """Errata without one of: what is printed, what is right, a link into the book; and double numbers."""
    rows = rows_of(notebook, "no.")
    numbers = [row[0].split()[0] for row in rows]
    bad = [
        row[0] for row in rows if len(row) != 4 or not all(row) or row[1] == row[2] or not LINK.search(row[3])
    ]
    return bad + sorted({n for n in numbers if numbers.count(n) > 1})


def not_computed(notebook):
    """Errata that promise a computation and have none in the stored outputs, or the reverse."""
    promised = {row[0].split()[0] for row in rows_of(notebook, "no.") if "✓" in row[0]}
    computed = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            printed = "".join(output.get("text", "") for output in cell.outputs)
            assert not printed or "assert" in cell.source or "raise" in cell.source
            computed |= set(re.findall(r"^[MJSDAO]-\d+", printed, re.M))
    return sorted(promised ^ computed)


def lost_sections(notebook, headings):
    """Sections that the page names and no heading of their chapter bears."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [
        (chapter, name)
        for chapter, names in SECTION.findall(text)
        for name in re.findall(r"\*([^*]+)\*", names)
        if name not in headings(chapter)
    ]


def unequal(notebook):
    """Notes whose table of sections names other rows than the complete table credits them with."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    sections = [rows for head, rows in tables(text) if head[0] == "section"]
    credited = {
        note: {row[0] for row in rows_of(notebook, "row") if note in row[2].split(", ")} for note in NOTES
    }
    listed = [{i for row in rows for i in row[1].split(", ")} for rows in sections]
    return [note for note, ids in zip(NOTES, listed, strict=True) if ids != credited[note]]


@pytest.fixture
def page():
    return nbformat.read(PAGE, as_version=4)


def headings(chapter):
    notebook = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return set(re.findall(r"^#+ (.+?)\s*$", text, re.M))


def test_every_row_of_the_syllabus_is_linked(page):
    assert len(WANTED) == 71
    assert unlinked(page) == []


def test_every_erratum_is_set_right(page):
    assert len(rows_of(page, "no.")) > 80
    assert not_right(page) == []


def test_every_promised_computation_is_there(page):
    assert not_computed(page) == []


def test_every_section_named_exists(page):
    assert lost_sections(page, headings) == []


def test_the_notes_are_credited_alike_in_both_tables(page):
    assert unequal(page) == []


def edit(page, old, new):
    """Change the first cell that holds a text."""
    cell = next(cell for cell in page.cells if old in cell.source)
    cell.source = cell.source.replace(old, new, 1)
    return page


def test_a_row_without_a_link_is_found(page):
    cell = next(cell for cell in page.cells if "| F4 |" in cell.source)
    cell.source = cell.source.replace("{eq}`eq-forward-count`", "somewhere")
    assert unlinked(page) == ["F4"]


def test_a_missing_row_is_found(page):
    cell = next(cell for cell in page.cells if "| B4 |" in cell.source)
    cell.source = re.sub(r"^\| B4 \|.*\n", "", cell.source, flags=re.M)
    assert unlinked(page) == ["B4"]
    assert unequal(page) == ["D"]


def test_an_erratum_without_what_is_right_is_found(page):
    cell = next(cell for cell in page.cells if "| M-15 |" in cell.source)
    cell.source = cell.source.replace("| discourage |", "| |")
    assert not_right(page) == ["M-15"]


def test_a_promise_that_no_cell_keeps_is_found(page):
    assert not_computed(edit(page, "| M-15 |", "| M-15 ✓ |")) == ["M-15"]


def test_a_computation_without_its_mark_is_found(page):
    assert not_computed(edit(page, "| M-1 ✓ |", "| M-1 |")) == ["M-1"]


def test_a_lost_section_is_found(page):
    edited = edit(page, "*Samples are rows*", "*Samples are columns*")
    assert lost_sections(edited, headings) == [("01-perceptron", "Samples are columns")]
