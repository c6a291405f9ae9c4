"""Run the notebooks and store them so that a second run changes nothing."""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import yaml  # type: ignore[import-untyped]
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
WIDGET = "application/vnd.jupyter.widget-view+json"
# What Jupyter notes about a session, as opposed to what an author sets.
SESSION = ("execution", "collapsed", "scrolled", "jupyter", "ExecuteTime", "trusted", "editable", "outputId")


def in_reading_order(root: Path = ROOT) -> list[Path]:
    """Notebooks of the table of contents, from first to last, without the assignments."""

    def files(entry: Any) -> list[str]:
        if isinstance(entry, list):
            return [name for item in entry for name in files(item)]
        if not isinstance(entry, dict):
            return []
        here = [entry[key] for key in ("root", "file") if key in entry]
        return here + [
            name for key in ("parts", "chapters", "sections", "entries") for name in files(entry.get(key))
        ]

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    paths = [
        root / f"{name.removesuffix('.ipynb')}.ipynb"
        for name in files(toc)
        if not name.startswith("assignments/")
    ]
    return [path for path in paths if path.is_file()]


def normalise(notebook: NotebookNode) -> None:
    """Take out what differs from run to run or from machine to machine, in place.

    Times, the state and the random ids of widgets, the Python version, the date in a picture go; cells are
    counted from 1; each cell has an id of its own, which it then keeps.
    """
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    language = {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    }
    metadata = {"kernelspec": kernel, "language_info": language}
    notebook.metadata = nbformat.from_dict(metadata)  # type: ignore[no-untyped-call]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: set[str] = set()
    count = 0
    for cell in notebook.cells:
        for key in SESSION:
            cell.metadata.pop(key, None)
        if cell.get("id", "") in seen | {""}:
            cell.id = f"cell-{hashlib.sha256(f'{cell.source}{len(seen)}'.encode()).hexdigest()[:8]}"
        seen.add(cell.id)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = _merged(output for output in map(_output, cell.outputs) if output is not None)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count


def _merged(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed: into how many pieces it falls depends on the moment."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.get("name") and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _output(output: NotebookNode) -> NotebookNode | None:
    if "data" in output:
        output.data.pop(WIDGET, None)
        output.metadata.pop(WIDGET, None)
        if "image/svg+xml" in output.data:
            svg = re.sub(r"\s*<metadata>.*?</metadata>", "", output.data["image/svg+xml"], flags=re.DOTALL)
            output.data["image/svg+xml"] = svg
        if not output.data:
            return None
    return output


def needs_torch(path: Path) -> bool:
    """Tell whether a notebook imports PyTorch, which is not among what the project installs by itself."""
    return '"import torch' in path.read_text(encoding="utf-8")


def run(path: Path) -> float:
    """Run one notebook top to bottom in a fresh kernel and store it; return the seconds that it took."""
    start = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    normalise(notebook)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return time.perf_counter() - start


def main() -> None:
    """Run the notebooks named on the command line, or all of the book."""
    for path in [Path(name).resolve() for name in sys.argv[1:]] or in_reading_order():
        if needs_torch(path) and find_spec("torch") is None:
            print(f"{path.relative_to(ROOT)}: skipped, PyTorch is not installed (TORCH=1 make notebooks)")
            continue
        print(f"{path.relative_to(ROOT)}: {run(path):.1f} s", flush=True)


if __name__ == "__main__":
    main()
