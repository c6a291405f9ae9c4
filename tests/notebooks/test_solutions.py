"""The Python blocks in the exercises' solutions run, after the cells of their chapter."""

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = re.compile(r"^````\{solution\} (\S+)\n(.*?)^````$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def solutions(notebook):
    """Label and code of every solution that has code."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for label, body in SOLUTION.findall(text):
        for block in BLOCK.findall(body):
            yield label, block


def run(notebook):
    """Run the cells of a notebook, then each solution on a copy of what they defined."""
    defined = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, defined)
    for label, block in solutions(notebook):
        try:
            exec(block, dict(defined))
        except Exception as error:
            error.add_note(f"in the solution of {label}")
            raise


WITH_EXERCISES = [
    *sorted((ROOT / "chapters").glob("[0-9]*.ipynb")),
    ROOT / "chapters" / "reproductions.ipynb",
]


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.name)
def test_every_solution_runs(path, capsys):
    notebook = nbformat.read(path, as_version=4)
    if any("import torch" in cell.source for cell in notebook.cells):
        pytest.importorskip("torch", reason=f"PyTorch is not installed: {path.name} is not run")
    assert len(list(solutions(notebook))) >= 3
    with mpl.rc_context({"backend": "agg"}):
        run(notebook)
    plt.close("all")


def test_a_wrong_solution_is_named():
    text = "````{solution} ex-sum\n:class: dropdown\n\n```python\nassert total == 4\n```\n````"
    cells = [nbformat.v4.new_code_cell("total = 1 + 2"), nbformat.v4.new_markdown_cell(text)]
    with pytest.raises(AssertionError) as failure:
        run(nbformat.v4.new_notebook(cells=cells))
    assert failure.value.__notes__ == ["in the solution of ex-sum"]
