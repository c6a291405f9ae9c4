"""The page that says how the book is verified, with the build's own counts, and the marks at equations."""

from __future__ import annotations

import ast
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("symbolic", "numerical", "definition")
COLUMNS = {
    "equations": "equations",
    "symbolic": "algebra",
    "numerical": "numbers",
    "cells": "cells",
    "quoted": "quoted",
    "exercises": "exercises",
    "solutions": "solutions",
}


@dataclass(frozen=True)
class Check:
    """The check of one equation: how it works, and its source."""

    label: str
    kind: str
    source: str


def checks(path: Path) -> list[Check]:
    """Checks in a file of tests/equations, read and not run: the build does not need their packages."""
    text = path.read_text(encoding="utf-8")
    found = []
    for node in ast.parse(text).body:
        calls = node.decorator_list if isinstance(node, ast.FunctionDef) else [getattr(node, "value", None)]
        for call in calls:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                name, label = call.func.id, call.args[0]
                if name in ("equation", "definition") and isinstance(label, ast.Constant):
                    given = call.args[2] if len(call.args) > 2 else None
                    given = {word.arg: word.value for word in call.keywords}.get("kind", given)
                    kind = str(given.value) if isinstance(given, ast.Constant) else "symbolic"
                    source = "\n".join(text.split("\n")[call.lineno - 1 : node.end_lineno])
                    found.append(Check(str(label.value), kind if name == "equation" else name, source))
    return found


def check_files() -> dict[str, Path]:
    """Files of checks by the number of their chapter, or the first word of its name."""
    folder = ROOT / "tests" / "equations"
    return {path.stem.removeprefix("chapter_"): path for path in sorted(folder.glob("chapter_*.py"))}


def counts(notebook: Path) -> Counter[str]:
    """What a notebook holds: cells, quoted results, exercises, solutions with code that the tests run."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    solutions = re.findall(r"^````\{solution\} \S+\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)
    return Counter(
        cells=sum(cell["cell_type"] == "code" for cell in cells),
        quoted=sum(len(re.findall(r"\{glue:text\}`", part)) for part in [text, *captions(cells)]),
        exercises=len(re.findall(r"^```+\{exercise\}", text, re.MULTILINE)),
        solutions=sum("```python" in body for body in solutions),
    )


def captions(cells: list[dict[str, Any]]) -> list[str]:
    """Captions of the figures of a notebook."""
    found = [cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "") for cell in cells]
    return [str(caption) for caption in found]


def cases(path: Path, test: str) -> dict[str, int]:
    """How many values each parameter of a test has, counted in the lists that it names, without a run."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    lists = {
        target.id: node.value
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    [function] = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == test]
    found = {}
    for call in function.decorator_list:
        match call:
            case ast.Call(args=[ast.Constant(value=str(parameter)), ast.Name(id=name), *_]):
                match lists[name]:
                    case ast.Dict(keys=values) | ast.List(elts=values):
                        found[parameter] = len(values)
                    case _:
                        raise ValueError(f"{path.name}: {name} is not written out, so it cannot be counted")
            case _:
                raise ValueError(f"{path.name}: {test} must take its parameters from named lists")
    return found


class GradientChecks(SphinxRole):
    """A number from the tests of the gradients: values of a parameter, or `all` of their combinations."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Count."""
        path = ROOT / "tests" / "test_combinations.py"
        self.env.note_dependency(str(path))
        numbers = cases(path, "test_gradient")
        numbers["all"] = math.prod(numbers.values())
        return [nodes.Text(str(numbers[self.text]))], []


class EquationChecks(SphinxDirective):
    """The checks of one chapter's equations, each with its source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write MyST, which is then read."""
        path = check_files()[self.arguments[0]]
        self.env.note_dependency(str(path))
        lines: list[str] = []
        for check in checks(path):
            lines += [f"(check-{check.label})=", f"**{{eq}}`{check.label}`**, {check.kind}", ""]
            lines += ["````python", *check.source.split("\n"), "````", ""]
        return parsed(self, lines)


class VerificationCounts(SphinxDirective):
    """The table of what has been verified, notebook by notebook."""

    def run(self) -> list[nodes.Node]:
        """Count, and write MyST, which is then read."""
        table: dict[str, Counter[str]] = {}
        files = check_files()
        for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
            held, number = counts(notebook), notebook.stem.split("-")[0]
            self.env.note_dependency(str(notebook))
            if path := files.get(number):
                self.env.note_dependency(str(path))
                held += Counter(check.kind for check in checks(path))
            held["equations"] = sum(held[kind] for kind in KINDS)
            shown = number.lstrip("0") if number.isdigit() else ""
            table[f"{shown}\N{NO-BREAK SPACE}{{doc}}`../{notebook.stem}`"] = held
        table["**all**"] = sum(table.values(), Counter())
        lines = [f"| | {' | '.join(COLUMNS.values())} |", "| --- " + "| ---: " * len(COLUMNS) + "|"]
        for name, held in table.items():
            lines.append(f"| {name} | {' | '.join(str(held[column]) for column in COLUMNS)} |")
        written = parsed(self, lines)
        for drawn in written:
            drawn["classes"].append("counts")
        return written


def parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    """Let MyST read lines where a directive stands."""
    container = nodes.Element()
    directive.state.nested_parse(
        StringList(lines, source="verification"), directive.content_offset, container
    )
    return container.children


def mark_equations(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put a mark beside the number of each verified equation, with a link to its check."""
    number = Path(page).name.split("-")[0]
    path = check_files().get(number)
    if path is None or not page.startswith(f"chapters/{number}-") or "body" not in context:
        return
    known = {check.label for check in checks(path) if check.kind != "definition"}
    where = context["pathto"](f"chapters/verified/{number}")

    def mark(match: re.Match[str]) -> str:
        if match[1] not in known:
            return match[0]
        title = "Verified by machine: to the check of this equation"
        return f'{match[0]}<a class="verified" href="{where}#check-{match[1]}" title="{title}">✓</a>'

    context["body"] = re.sub(
        r'<span class="eqno">\([\d.]+\)(?=<a class="headerlink" href="#equation-(eq-[a-z0-9-]+)")',
        mark,
        context["body"],
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts to Sphinx's events."""
    app.add_directive("equation-checks", EquationChecks)
    app.add_directive("verification-counts", VerificationCounts)
    app.add_role("gradient-checks", GradientChecks())
    app.connect("html-page-context", mark_equations, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
