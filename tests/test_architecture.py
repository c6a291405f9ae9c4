"""The modules stand in the order of the chapters, and none imports what comes after it."""

import ast
import sys
from pathlib import Path

import pytest

import nnlib

ORDER = [
    "perceptron",
    "gates",
    "activations",
    "layers",
    "network",
    "costs",
    "gradients",
    "optimizers",
    "normalization",
    "training",
    "regularization",
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
    assert found == {*ORDER, "plots"}
