"""Checks of the book's equations: each is tied to an equation's label and to its text when it was verified.

A check is a function whose arguments have defaults: the *claims*, the equation encoded in Python. Its body
derives the same thing in another way and asserts that both agree. So a claim can be changed on purpose, a
sign, a factor, an index, and the check must then fail; the tests do that to every one of them.

    @equation("eq-sigmoid-mirror", r"\\sigma(z) = …")
    def _(claim=lambda z: 1 - sigma(-z)):
        assert identical(claim(z), sigma(z))

A change that makes no difference, such as dividing by a sign, is listed with its reason.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = ("symbolic", "numerical", "definition")


@dataclass(frozen=True)
class Equation:
    """A check, or the reason why there is nothing to check."""

    label: str
    latex: str
    kind: str
    reason: str
    check: Callable[..., None] | None
    file: str
    line: int
    same: dict[str, str] = field(default_factory=dict)


REGISTRY: dict[str, Equation] = {}


def equation(
    label: str, latex: str, kind: str = "symbolic", same: dict[str, str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a check: "symbolic" by algebra, "numerical" on numbers, in high precision or against nnlib.

    `same` holds changes of a claim that are no mistakes, each with the reason.
    """

    def register(check: Callable[..., None]) -> Callable[..., None]:
        if not check.__defaults__ or not all(map(callable, check.__defaults__)):
            raise TypeError(f"{label}: a check takes its claims as functions by default, claim=lambda …: …")
        code = check.__code__
        place = Path(code.co_filename).name, code.co_firstlineno
        _add(Equation(label, latex, kind, "", check, *place, same or {}))
        return check

    return register


def definition(label: str, latex: str, reason: str) -> None:
    """Register an equation that nothing can refute, with the reason: it only gives a name, for instance."""
    frame = inspect.stack()[1]
    _add(Equation(label, latex, "definition", reason, None, Path(frame.filename).name, frame.lineno))


def _add(new: Equation) -> None:
    if new.label in REGISTRY and REGISTRY[new.label].file != new.file:
        raise ValueError(f"{new.label} is checked in {REGISTRY[new.label].file} and in {new.file}")
    if new.kind not in KINDS or (new.kind == "definition" and len(new.reason) < 20):
        raise ValueError(f"{new.label}: expected one of {KINDS}, a definition with its reason")
    REGISTRY[new.label] = new


def normal(latex: str) -> str:
    """LaTeX without what does not matter: white space."""
    return re.sub(r"\s+", "", latex)


def on_the_pages(chapters: list[str], root: Path = ROOT) -> dict[str, str]:
    """Labelled equations of the chapters whose names begin so (01, beyond), by label."""
    found: dict[str, str] = {}
    for path in sorted((root / "chapters").glob("*.ipynb")):
        if path.stem.split("-")[0] in chapters:
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "markdown":
                    found |= labelled("".join(cell["source"]))
    return found


def labelled(text: str) -> dict[str, str]:
    """Display equations with a label in a text, $$ … $$ (eq-label), by label."""
    found, parts = {}, text.split("$$")
    for latex, after in zip(parts[1::2], parts[2::2], strict=False):
        label = re.match(r" \((eq-[a-z0-9-]+)\)", after)
        if label:
            found[label[1]] = latex.strip()
    return found


def mutants(check: Callable[..., None]) -> Iterator[tuple[str, Callable[..., None]]]:
    """The same check with one thing changed in one of its claims: what was changed, and the check."""
    source = textwrap.dedent(inspect.getsource(check))
    tree = ast.parse(source)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    names = [argument.arg for argument in function.args.args]
    for i, claim in enumerate(function.args.defaults):
        for j, node in enumerate(ast.walk(claim)):
            for what, changed in changes(node):
                twin = copy.deepcopy(tree)
                twin_claim = twin.body[0].args.defaults[i]  # type: ignore[attr-defined]
                _replace(twin_claim, j, changed)
                namespace: dict[str, Any] = dict(check.__globals__)
                exec(compile(ast.fix_missing_locations(twin), "<mutant>", "exec"), namespace)
                yield f"{names[i]}: {what}", namespace[function.name]


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Ways to get one node of an equation wrong."""
    swaps: dict[type, list[type]] = {
        ast.Add: [ast.Sub],
        ast.Sub: [ast.Add],
        ast.Mult: [ast.Div],
        ast.Div: [ast.Mult],
        ast.Pow: [ast.Mult],
        ast.Lt: [ast.GtE],
        ast.Gt: [ast.LtE],
        ast.LtE: [ast.Gt],
        ast.GtE: [ast.Lt],
        ast.Eq: [ast.NotEq],
    }
    if isinstance(node, ast.BinOp):
        for other in swaps.get(type(node.op), []):
            yield (
                f"{ast.unparse(node)} with {other.__name__}",
                ast.BinOp(copy.deepcopy(node.left), other(), copy.deepcopy(node.right)),
            )
        if isinstance(node.op, ast.MatMult):
            yield (
                f"{ast.unparse(node)} the other way round",
                ast.BinOp(copy.deepcopy(node.right), ast.MatMult(), copy.deepcopy(node.left)),
            )
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in swaps.get(type(node.ops[0]), []):
            yield (
                f"{ast.unparse(node)} with {other.__name__}",
                ast.Compare(copy.deepcopy(node.left), [other()], copy.deepcopy(node.comparators)),
            )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield f"{ast.unparse(node)} without the sign", copy.deepcopy(node.operand)
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        yield f"{node.value} + 1", ast.Constant(node.value + 1)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield f"{ast.unparse(node)} without the transposition", copy.deepcopy(node.value)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("sum", "mean")
    ):
        other = {"sum": "mean", "mean": "sum"}[node.func.attr]
        call = copy.deepcopy(node)
        call.func.attr = other  # type: ignore[attr-defined]
        yield f"{ast.unparse(node)} with {other}", call


def _replace(root: ast.AST, index: int, new: ast.AST) -> None:
    """Put a node in the place of the index-th one of a walk."""
    target = list(ast.walk(root))[index]
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, copy.deepcopy(new))
                return
            if isinstance(value, list):
                for k, item in enumerate(value):
                    if item is target:
                        value[k] = copy.deepcopy(new)
                        return


# python tests/equations/registry.py 03 prints the equations of a chapter that are to be verified.
if __name__ == "__main__":
    for name, text in on_the_pages(sys.argv[1:]).items():
        print(f"{name}\n{text}\n")
