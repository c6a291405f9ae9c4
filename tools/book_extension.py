"""Sphinx extension of the book: what it serves itself, figures for the dark mode, alt text, API pages."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

import nnlib
from nnlib.plots import PALETTE
from nnlib.widgets.stills import still

logger = getLogger(__name__)
DARK = dict(PALETTE.values())
MATHJAX = "mathjax/es5"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>', re.DOTALL
)


def copy_assets(app: Sphinx) -> None:
    """Copy into the site what it would otherwise ask other hosts for."""
    packages, vendor = Path(app.srcdir) / "node_modules", Path(app.outdir) / "_static" / "vendor"
    copies = {
        "mathjax/tex-chtml-full.js": packages / MATHJAX / "tex-chtml-full.js",
        "mathjax/output/chtml/fonts/woff-v2": packages / MATHJAX / "output/chtml/fonts/woff-v2",
        # Loaded only if a reader turns speech on in MathJax's menu.
        "mathjax/a11y": packages / MATHJAX / "a11y",
        "mathjax/sre/mathmaps/base.json": packages / MATHJAX / "sre/mathmaps/base.json",
        "mathjax/sre/mathmaps/en.json": packages / MATHJAX / "sre/mathmaps/en.json",
        "live.js": Path(__file__).with_name("live.js"),
        # Licences travel with the code.
        "mathjax/LICENSE": packages / "mathjax/LICENSE",
    }
    for name, source in copies.items():
        target = vendor / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def local_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Leave out the scripts of a service that the book does not use, and MathJax where no formula is."""
    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if "thebe" not in f"{script} {script.attributes}"]
    if "body" in context and 'class="math' not in context["body"]:
        # Sphinx takes a page for one with formulas if any page before it had some.
        context["script_files"] = [
            script
            for script in context["script_files"]
            if "mathjax" not in f"{script} {script.attributes}".lower()
        ]


def darken(svg: str) -> str:
    """Replace the palette's light colours by its dark ones."""
    return re.sub(r"#[0-9a-fA-F]{6}\b", lambda colour: DARK.get(colour[0].lower(), colour[0]), svg)


def size(svg: str) -> tuple[int, int] | None:
    """Width and height of an SVG in CSS pixels, of which there are 4 in 3 points; None if it does not say."""
    tag = re.search(r"<svg[^>]*>", svg)
    found = (
        [re.search(rf'\s{side}="([\d.]+)(pt|px|)"', tag[0]) for side in ("width", "height")] if tag else []
    )
    numbers = [round(float(m[1]) * (4 / 3 if m[2] == "pt" else 1)) for m in found if m]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


def twins(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give every SVG figure a twin for the dark mode; load pictures when they come into view."""
    sources = {name: Path(app.srcdir) / uri for uri, name in getattr(app.builder, "images", {}).items()}

    def picture(match: re.Match[str]) -> str:
        image = BeautifulSoup(match[0], "html.parser").img
        assert image is not None
        image["loading"] = "lazy"
        folder, _, name = str(image["src"]).rpartition("/")
        source = sources.get(name)
        if source is None or source.suffix != ".svg":
            return str(image)
        svg = source.read_text(encoding="utf-8")
        if pixels := size(svg):
            image["width"], image["height"] = map(str, pixels)
        light, dark = (BeautifulSoup(str(image), "html.parser").img for _ in range(2))
        assert light is not None
        assert dark is not None
        light["class"], dark["class"] = "only-light", "only-dark"
        dark["src"] = f"{folder}/{source.stem}-dark.svg"
        target = Path(app.outdir) / app.builder.imagedir / f"{source.stem}-dark.svg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(darken(svg), encoding="utf-8")
        # The wrapper keeps them from being the caption's siblings, which the theme would hide with them.
        return f'<span class="twins">{light}{dark}</span>'

    if "body" in context:
        context["body"] = re.sub(r"<img\b[^>]*>", picture, context["body"])


def stills(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put a picture behind every widget, for readers without JavaScript; no other reader loads it."""
    models: dict[str, Any] = {}
    for script in context.get("script_files", []):
        if script.attributes.get("type") == WIDGET_STATE:
            models |= json.loads(script.attributes["body"])["state"]

    def picture(match: re.Match[str]) -> str:
        state = models[json.loads(match[1])["model_id"]]["state"]
        kind = state.get("_anywidget_id", "").rpartition(".")[2]
        try:
            drawn, suffix, alt = still(kind, state)
        except ValueError as error:
            logger.warning("widget without a picture: %s", error, location=pagename)
            return match[0]
        target = Path(app.outdir) / app.builder.imagedir
        target.mkdir(parents=True, exist_ok=True)
        target /= f"still-{hashlib.sha256(drawn).hexdigest()[:12]}.{suffix}"
        target.write_bytes(drawn)
        address = context["pathto"](f"{app.builder.imagedir}/{target.name}", 1)
        return f'{match[0]}<noscript><img class="still" src="{address}" alt="{escape(alt)}" /></noscript>'

    if "body" in context:
        context["body"] = WIDGET_VIEW.sub(picture, context["body"])


def demand_alt_text(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, which fails the build, of every picture without alt text."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            drawn = "jupyter_execute" in image["uri"]
            hint = "set mystnb.image.alt in the cell's metadata" if drawn else f"![alt text]({image['uri']})"
            spot: nodes.Node | None = image
            while spot is not None and not (spot.line or "cell_index" in getattr(spot, "attributes", {})):
                spot = spot.parent
            # MyST-NB counts the lines of cell 3 from 40000.
            cell = getattr(spot, "attributes", {}).get("cell_index")
            line = (cell + 1) * 10000 if cell is not None else getattr(spot, "line", None)
            logger.warning("picture without alt text: %s", hint, location=(app.env.docname, line))


class CellNumbers(logging.Filter):
    """Say "notebook.ipynb: cell 3, line 2" where MyST-NB says "notebook.ipynb:40002"."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the place of a record; let all pass."""
        place = getattr(record, "location", None)
        if isinstance(place, str):
            record.location = re.sub(
                r"\.ipynb:(\d+)$",
                lambda m: f".ipynb: cell {int(m[1]) // 10000 - 1}, line {int(m[1]) % 10000}",
                place,
            )
        return True


def find_equations(app: Sphinx, config: Any) -> None:
    """Collect the labels of all equations; when they change, pages that may link to them are made anew."""
    chapters = Path(app.srcdir) / "chapters"
    sources = sorted(path for path in chapters.iterdir() if path.suffix in (".md", ".ipynb"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    config.equation_labels = sorted(set(re.findall(r"\$\$ \((eq-[a-z0-9-]+)\)", text)))


def equation_links(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn [eq-label] in a docstring into a link if a chapter has that equation; else leave the name."""
    for i, line in enumerate(lines):
        lines[i] = re.sub(
            r"\[(eq-[a-z0-9-]+)\]",
            lambda m: f":eq:`{m[1]}`" if m[1] in app.config.equation_labels else f"({m[1]})",
            line,
        )


def public_path(module: ModuleType, name: str) -> str:
    """Name by which readers know it: nnlib.Perceptron, nnlib.datasets.digits."""
    flat = name in nnlib.__all__ and getattr(nnlib, name) is getattr(module, name)
    return f"nnlib.{name}" if flat else f"{module.__name__}.{name}"


def public_names(module: ModuleType) -> list[str]:
    """Names that a module defines for its readers, in the order of its source."""
    found = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper()]
    return [name for name in found if not name.startswith("_")]


class Api(SphinxDirective):
    """Everything public of the named modules of nnlib, from its docstrings."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Write reStructuredText for autodoc, which MyST then reads."""
        lines = ["```{eval-rst}"]
        for short in self.arguments[0].split():
            module = importlib.import_module(f"nnlib.{short}")
            self.env.note_dependency(str(module.__file__))
            lines += [f".. automodule:: nnlib.{short}", ""]
            for name in public_names(module):
                lines += list(self.entry(module, name))
        container = nodes.Element()
        self.state.nested_parse(StringList([*lines, "```"], source="nnlib"), self.content_offset, container)
        return container.children

    def entry(self, module: ModuleType, name: str) -> Iterator[str]:
        """Lines that document one name."""
        path, thing = public_path(module, name), getattr(module, name)
        if inspect.isclass(thing):
            yield from (f".. autoclass:: {path}", "   :members:", "")
        elif inspect.isfunction(thing):
            yield from (f".. autofunction:: {path}", "")
        else:
            comments = ModuleAnalyzer.for_module(module.__name__).find_attr_docs()
            value = repr(thing)
            yield from (f".. py:data:: {name}", f"   :module: {module.__name__}")
            if len(value) <= 100:
                yield f"   :value: {value}"
            yield ""
            yield from (f"   {line}" for line in comments.get(("", name), []))
            yield ""


def forget_old_pages(app: Sphinx, env: BuildEnvironment) -> None:
    """Remove pages of sources that are gone."""
    for path in (Path(app.outdir) / "chapters").rglob("*.html"):
        if os.path.relpath(path, app.outdir).removesuffix(".html").replace(os.sep, "/") not in env.found_docs:
            path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts to Sphinx's events."""
    app.add_config_value("equation_labels", [], "env", list)
    app.add_directive("nnlib-api", Api)
    app.connect("config-inited", find_equations)
    app.connect("builder-inited", copy_assets)
    app.connect("autodoc-process-docstring", equation_links, priority=900)
    app.connect("doctree-read", demand_alt_text)
    app.connect("env-updated", forget_old_pages)
    app.connect("html-page-context", local_scripts, priority=950)
    app.connect("html-page-context", twins, priority=950)
    app.connect("html-page-context", stills, priority=960)
    for handler in logging.getLogger("sphinx").handlers:
        handler.addFilter(CellNumbers())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
