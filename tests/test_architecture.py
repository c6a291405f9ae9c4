"""The modules stand in the order of the chapters, and none imports what comes after it."""

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import nnlib

ORDER = [
    "perceptron",
    "gates",
    "activations",
    "layers",
    "storage",
    "network",
    "costs",
    "gradients",
    "optimizers",
    "normalization",
    "training",
    "regularization",
    "parallel",
    "augmentation",
    "datasets",
]
FOLDER = Path(nnlib.__file__).parent


def imports(source):
    """Modules of nnlib, and of others, that a file imports; those inside functions do not count."""
    own, foreign = set(), set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            own |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            foreign.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            foreign |= {alias.name.split(".")[0] for alias in node.names}
    return own, foreign


def later(name, source):
    """Modules that stand after `name` and are imported all the same."""
    return [module for module in imports(source)[0] if ORDER.index(module) >= ORDER.index(name)]


@pytest.mark.parametrize("name", ORDER)
def test_no_module_imports_a_later_one(name):
    assert later(name, (FOLDER / f"{name}.py").read_text(encoding="utf-8")) == []


def test_a_later_import_would_be_found():
    assert later("layers", "from .network import Network") == ["network"]


@pytest.mark.parametrize("name", ORDER)
def test_the_core_needs_numpy_alone(name):
    standard = set(sys.stdlib_module_names)
    assert imports((FOLDER / f"{name}.py").read_text(encoding="utf-8"))[1] <= standard | {"numpy"}


def test_every_module_is_in_the_order():
    found = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert found == {*ORDER, "plots", "quoting"}


def test_the_core_stays_small():
    beside = ("perceptron", "gates", "storage", "parallel", "augmentation", "datasets")
    core = [name for name in ORDER if name not in beside]
    assert sum(code_lines((FOLDER / f"{name}.py").read_text(encoding="utf-8")) for name in core) <= 1010


def code_lines(source):
    """Lines that hold code: not blank, not a comment, not a docstring."""
    nothing = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in nothing and token.string:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_code_lines_are_counted():
    source = '"""Doc."""\n\nx = 1  # a\n# b\ndef f():\n    "doc"\n    return (\n        2\n    )\n'
    assert code_lines(source) == 5


def test_importing_nnlib_brings_numpy_and_nothing_heavy():
    code = "import sys, nnlib; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "matplotlib",
        "ipywidgets",
        "anywidget",
        "sklearn",
        "pandas",
        "scipy",
        "tqdm",
        "pooch",
        "distributed",
    }
    assert "numpy" in done.stdout.split()
    assert not set(done.stdout.split()) & heavy
