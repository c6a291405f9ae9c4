"""Every notebook keeps the rules; and every rule can be broken."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebooks import ROOT, WIDGET, in_reading_order, normalise
from rules import (
    alt_text,
    executed,
    introduced_names,
    live_captions,
    markdown_alt_text,
    no_errors,
    normalised,
    quoted,
    typed_results,
)

RULES = [
    alt_text,
    live_captions,
    markdown_alt_text,
    no_errors,
    executed,
    normalised,
    introduced_names,
    quoted,
    typed_results,
]
SVG = {"image/svg+xml": "<svg/>", "text/plain": "<Figure size 640x480 with 1 Axes>"}
ALT = "Four points and a line that parts them"


@pytest.fixture(scope="module")
def books():
    paths = in_reading_order()
    return {p.relative_to(ROOT).as_posix(): nbformat.read(p, as_version=4) for p in paths}


@pytest.mark.parametrize("rule", RULES)
def test_notebooks_keep_the_rule(books, rule):
    assert books
    complaints = rule(books)
    assert not complaints, "\n" + "\n".join(complaints)


def test_every_notebook_is_in_the_table_of_contents():
    assert set((ROOT / "chapters").rglob("[!.]*.ipynb")) - set(in_reading_order()) == set()


def book(*cells):
    """A notebook as `make notebooks` would leave it."""
    notebook = new_notebook(cells=list(cells))
    normalise(notebook)
    return {"a.ipynb": notebook}


def code(source, *outputs, **metadata):
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def image(**metadata):
    return code("draw()", new_output("display_data", data=dict(SVG)), **metadata)


def described(alt):
    return image(mystnb={"image": {"alt": alt}})


def test_a_good_notebook_has_no_complaints():
    good = book(
        new_markdown_cell("{py:class}`nnlib.Perceptron` and ![two lines](lines.svg)"),
        code("import nnlib as nn\nnn.Perceptron([1]).fit"),
        described(ALT),
        described(ALT + ", again"),
    )
    assert [complaint for rule in RULES for complaint in rule(good)] == []


@pytest.mark.parametrize("cells", [[image()], [described("a plot")], [described(ALT), described(ALT)]])
def test_alt_text_is_demanded(cells):
    [complaint] = alt_text(book(*cells))
    assert complaint.startswith(f"a.ipynb: cell {len(cells) - 1}:")


@pytest.mark.parametrize("shown", ["Frames('step', 6 frames)", "CostExplorable(10 points, delta=1)"])
def test_a_caption_is_demanded_of_live_figures(shown):
    def live(**figure):
        output = new_output("execute_result", data={"text/plain": shown})
        return book(code("figure", output, mystnb={"figure": figure}))

    for figure in ({}, {"name": "fig-a"}, {"caption": "A line."}):
        [complaint] = live_captions(live(**figure))
        assert complaint.startswith("a.ipynb: cell 0: a live figure needs mystnb.figure.caption")
    assert live_captions(live(caption="A line that you move by a slider.")) == []


@pytest.mark.parametrize("text", ["![](lines.svg)", '<img src="lines.svg">', '<img src="lines.svg" alt="">'])
def test_alt_text_is_demanded_in_the_text(text):
    assert markdown_alt_text(book(new_markdown_cell(text))) == ["a.ipynb: cell 0: a picture without alt text"]


@pytest.mark.parametrize(
    "cell",
    [
        code("1/0", new_output("error", ename="ZeroDivisionError", evalue="division by zero")),
        code("warn()", new_output("stream", name="stderr", text="Warning")),
        code("# NBVAL_IGNORE_OUTPUT\nrandom()"),
        code("random()", tags=["nbval-skip"]),
        code("1/0", tags=["raises-exception"]),
    ],
)
def test_errors_and_exceptions_from_comparison_are_refused(cell):
    [complaint] = no_errors(book(cell))
    assert complaint.startswith("a.ipynb: cell 0:")


def test_a_cell_that_was_not_run_is_found():
    unrun = book(code("1"), code("2"))
    unrun["a.ipynb"].cells[1].execution_count = None
    assert executed(unrun) == ["a.ipynb: not run top to bottom; `make notebooks` does it"]


def test_an_address_in_memory_is_found():
    [complaint] = executed(book(code("f", new_output("execute_result", data={"text/plain": "<f at 0x7f0>"}))))
    assert complaint.startswith("a.ipynb: cell 0: the output holds an address")


def _times(notebook):
    notebook.cells[0].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


def _view(notebook):
    notebook.cells[0].outputs = [
        new_output("display_data", data={WIDGET: {"model_id": "5f3a"}, "text/plain": "w"})
    ]


def _state(notebook):
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}


def _version(notebook):
    notebook.metadata["language_info"]["version"] = "3.11.7"


def _same_ids(notebook):
    notebook.cells[1].id = notebook.cells[0].id


@pytest.mark.parametrize("noise", [_times, _view, _state, _version, _same_ids])
def test_noise_is_found_and_normalised_away(noise):
    noisy = book(code("1"), code("2"))
    noise(noisy["a.ipynb"])
    assert normalised(noisy)[0].startswith("a.ipynb")
    normalise(noisy["a.ipynb"])
    assert normalised(noisy) == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import nnlib as nn\nnn.Perceptron([1])", "nnlib.Perceptron"),
        (
            "import nnlib as nn\nunits = [nn.perceptron.Perceptron(w).fit for w in W]",
            "nnlib.perceptron.Perceptron",
        ),
        ("from nnlib import Perceptron as P", "nnlib.Perceptron"),
        ("from nnlib.plots import PALETTE", "nnlib.plots.PALETTE"),
        ("import nnlib.gates as g\ng.NAND([1, 1])", "nnlib.gates"),
        ("import nnlib as nn\nnn.gates.NAND([1, 1])", "nnlib.gates.NAND"),
        ("import nnlib as nn\nf'{nn.datasets.digits()}'", "nnlib.datasets.digits"),
        ("from nnlib import *", "nnlib.*"),
    ],
)
def test_a_name_that_was_not_introduced_is_found(source, missing):
    complaints = introduced_names(book(new_markdown_cell("`nnlib`, {py:mod}`nnlib`"), code(source)))
    assert complaints[0].startswith(f"a.ipynb: cell 1: uses {missing}, ")


def test_a_link_after_the_cell_is_too_late_and_a_link_in_an_earlier_notebook_is_not():
    use = code("import nnlib as nn\nnn.Perceptron([1])")
    link = new_markdown_cell("The unit: {py:class}`~nnlib.Perceptron`")
    assert introduced_names(book(use, link)) != []
    assert introduced_names({"a": book(link)["a.ipynb"], "b": book(use)["a.ipynb"]}) == []
    assert introduced_names({"a": book(use)["a.ipynb"], "b": book(link)["a.ipynb"]}) != []


@pytest.mark.parametrize(
    ("link", "source"),
    [
        ("{py:mod}`nnlib.gates`", "import nnlib as nn\nnn.gates.NAND([0, 1])"),
        ("{py:class}`the unit <nnlib.Perceptron>`", "from nnlib.perceptron import Perceptron"),
        ("{py:func}`nnlib.datasets.digits`", "import nnlib\nX = nnlib.datasets.digits(seed=0)"),
        ("{py:mod}`nnlib.datasets`", "from nnlib import datasets\ndatasets.digits()"),
    ],
)
def test_a_link_introduces_a_name(link, source):
    assert introduced_names(book(new_markdown_cell(link), code(source))) == []


def quoting(name, **metadata):
    data = {"application/papermill.record/text/plain": "'97.2'"}
    note = {"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}}
    return code("nn.quote()", new_output("display_data", data=data, metadata=note), **metadata)


HIDDEN = {"tags": ["remove-cell"]}


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ([quoting("share", **HIDDEN)], "the text does not use share"),
        ([new_markdown_cell("{glue:text}`share` %")], "no cell computes share"),
        (
            [quoting("share", **HIDDEN), quoting("share", **HIDDEN), new_markdown_cell("{glue:text}`share`")],
            "share is quoted twice",
        ),
        ([quoting("share"), new_markdown_cell("{glue:text}`share`")], "needs the tag remove-cell"),
    ],
)
def test_what_is_quoted_is_computed_once_and_used(cells, complaint):
    assert [complaint in found for found in quoted(book(*cells))] == [True]


def test_a_quoted_result_passes():
    good = book(quoting("share", **HIDDEN), new_markdown_cell("On the test set {glue:text}`share` %."))
    assert quoted(good) == []
    assert typed_results(good) == []


@pytest.mark.parametrize("text", ["97.2 % are right", "```{admonition} Result\n97.2 %\n```", "| 97.2 |"])
def test_a_result_that_was_typed_is_found(text):
    printed = code("print(share)", new_output("stream", name="stdout", text="right: 97.2 %\n"))
    [complaint] = typed_results(book(printed, new_markdown_cell(text)))
    assert complaint == "a.ipynb: cell 1: typed where a cell computed it: 97.2"
    for other in ("97.25 %", "$97.2$", "`97.2`", "```python\n97.2\n```", "[x](97.2)", "0.1"):
        assert typed_results(book(printed, new_markdown_cell(other))) == []
