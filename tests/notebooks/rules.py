"""The rules that every notebook of the book keeps, each a function from notebooks to complaints.

A complaint names the file and the cell. Cells are counted from 0, as the build and Jupyter's own files do.
"""

import ast
import contextlib
import copy
import importlib
import re
from collections.abc import Iterator
from types import ModuleType

import nbformat
from notebooks import WIDGET, normalise

import nnlib

Books = dict[str, nbformat.NotebookNode]
ROLE = re.compile(r"\{py:(?:class|func|meth|mod|obj|attr|data)\}`(?:[^`<]*<)?[~!]?(nnlib[\w.]*)")


def cells(books: Books, kind: str = "code") -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Cells of one kind with their places."""
    for name, book in books.items():
        for i, cell in enumerate(book.cells):
            if cell.cell_type == kind:
                yield f"{name}: cell {i}", cell


def alt_text(books: Books) -> list[str]:
    """Every drawn picture says in words what it shows, in at least 20 characters, and no two say the same."""
    complaints, seen = [], {}
    for place, cell in cells(books):
        if not any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            continue
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
        if len(alt) < 20:
            complaints.append(
                f"{place}: a picture needs mystnb.image.alt in the cell's metadata; got {alt!r}"
            )
        elif alt in seen:
            complaints.append(f"{place}: the alt text is the same as that of {seen[alt]}")
        seen.setdefault(alt, place)
    return complaints


def live_captions(books: Books) -> list[str]:
    """Every live figure has a caption, which stays where no JavaScript runs."""
    complaints = []
    for place, cell in cells(books):
        shown = "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        if re.match(r"(?:Frames|\w+Explorable)\(", shown) and len(caption.strip()) < 20:
            complaints.append(
                f"{place}: a live figure needs mystnb.figure.caption in the cell's metadata; got {caption!r}"
            )
    return complaints


def markdown_alt_text(books: Books) -> list[str]:
    """Every picture in the text has alt text."""
    empty = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")[^>]*>")
    return [
        f"{place}: a picture without alt text"
        for place, cell in cells(books, "markdown")
        if empty.search(cell.source)
    ]


def no_errors(books: Books) -> list[str]:
    """No cell ends in an error, warns, or is marked so that nbval would not look."""
    complaints = []
    for place, cell in cells(books):
        for output in cell.outputs:
            if output.output_type == "error":
                complaints.append(f"{place}: stored error {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                complaints.append(f"{place}: stored output on stderr: {output.text[:60]!r}")
        tags = (
            " ".join(cell.metadata.get("tags", []))
            + " "
            + " ".join(re.findall(r"^\s*#.*", cell.source, re.M))
        )
        if re.search(r"(?i)nbval|raises-exception", tags):
            complaints.append(f"{place}: a marker keeps nbval from comparing this cell")
    return complaints


def executed(books: Books) -> list[str]:
    """Every cell has been run, in order, and carries no address in memory."""
    complaints = []
    for name, book in books.items():
        counts = [cell.execution_count for cell in book.cells if cell.cell_type == "code"]
        if counts != list(range(1, len(counts) + 1)):
            complaints.append(f"{name}: not run top to bottom; `make notebooks` does it")
    for place, cell in cells(books):
        for output in cell.outputs:
            shown = output.get("text", "") + output.get("data", {}).get("text/plain", "")
            if "image/svg+xml" not in output.get("data", {}) and re.search(r"\bat 0x[0-9a-f]+", shown):
                complaints.append(f"{place}: the output holds an address in memory: {shown[:60]!r}")
    return complaints


def normalised(books: Books) -> list[str]:
    """Normalising changes nothing: no times, no widget state, no random ids are stored."""
    complaints = []
    for name, book in books.items():
        clean = copy.deepcopy(book)
        normalise(clean)
        if clean.metadata != book.metadata:
            complaints.append(f"{name}: the notebook's metadata is not normalised; run `make notebooks`")
        for i, (before, after) in enumerate(zip(book.cells, clean.cells, strict=True)):
            if before != after:
                widget = WIDGET in str(before.get("outputs", ""))
                what = "a widget's random id" if widget else "notes of a session"
                complaints.append(f"{name}: cell {i}: stores {what}; run `make notebooks`")
    return complaints


def introduced_names(books: Books) -> list[str]:
    """A cell uses a name of nnlib only after the text, there or in an earlier chapter, has linked to it."""
    complaints = []
    introduced: set[str] = set()
    for name, book in books.items():
        aliases: dict[str, str] = {}
        for i, cell in enumerate(book.cells):
            if cell.cell_type == "markdown":
                introduced |= {canonical(path) for path in ROLE.findall(cell.source)}
            elif cell.cell_type == "code":
                for used in uses(cell.source, aliases):
                    if used != "nnlib.quote" and not {canonical(used), module_of(used)} & (
                        introduced - {"nnlib"}
                    ):
                        role = f"{{py:obj}}`{used}`"
                        complaints.append(
                            f"{name}: cell {i}: uses {used}, which no text before it links to ({role})"
                        )
    return complaints


QUOTED = re.compile(r"\{glue:text\}`(\w+)`")
CODE = re.compile(
    r"^(`{3,})(?:python|text|pycon|bash|\{math\}).*?^\1\s*$|\$\$.*?\$\$", re.MULTILINE | re.DOTALL
)
NOT_PROSE = re.compile(r"^`{3,}.*$|`[^`\n]*`|\$[^$]*\$|\]\([^)]*\)", re.MULTILINE)
RESULT = re.compile(r"(?<![\w.,])\d[\d,]*\.\d+(?![\w.]*\d)")


def quoted(books: Books) -> list[str]:
    """The text takes its results from the cells: each name that it quotes is computed, and each is quoted."""
    complaints = []
    for name, book in books.items():
        text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
        captions = [str(cell.metadata.get("mystnb", "")) for cell in book.cells]
        wanted = set(QUOTED.findall("\n".join([text, *captions])))
        given: list[str] = []
        for place, cell in cells({name: book}):
            here = [
                output.metadata["scrapbook"]["name"]
                for output in cell.outputs
                if "scrapbook" in output.get("metadata", {})
            ]
            given += here
            if here and "remove-cell" not in cell.metadata.get("tags", []):
                complaints.append(f"{place}: a cell that quotes needs the tag remove-cell")
        complaints += [
            f"{name}: {key} is quoted twice" for key in sorted({k for k in given if given.count(k) > 1})
        ]
        complaints += [f"{name}: no cell computes {key}" for key in sorted(wanted - set(given))]
        complaints += [f"{name}: the text does not use {key}" for key in sorted(set(given) - wanted)]
    return complaints


def typed_results(books: Books) -> list[str]:
    """No number of three digits or more that a cell printed is typed again in the text: it is quoted."""
    complaints = []
    for name, book in books.items():
        printed = {
            number
            for _, cell in cells({name: book})
            for output in cell.outputs
            for number in RESULT.findall(
                output.get("text", "") + output.get("data", {}).get("text/plain", "")
            )
        }
        for place, cell in cells({name: book}, "markdown"):
            typed = [
                number
                for number in RESULT.findall(NOT_PROSE.sub(" ", CODE.sub(" ", cell.source)))
                if len(re.sub(r"\D", "", number).lstrip("0")) >= 3 and number in printed
            ]
            if typed:
                complaints.append(f"{place}: typed where a cell computed it: {', '.join(typed)}")
    return complaints


def uses(source: str, aliases: dict[str, str]) -> list[str]:
    """Names of nnlib that a cell uses, as dotted paths; what it imports goes into aliases."""
    code = "\n".join("" if re.match(r"\s*[%!]", line) else line for line in source.split("\n"))
    tree = ast.parse(code)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                if item.name.split(".")[0] == "nnlib":
                    aliases[item.asname or "nnlib"] = item.name if item.asname else "nnlib"
                    found.append(item.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nnlib":
            for item in node.names:
                aliases[item.asname or item.name] = f"{node.module}.{item.name}"
                found.append(f"{node.module}.{item.name}")
    inner: set[int] = set()
    for node in ast.walk(tree):  # breadth first: the whole of a.b.c comes before its part a.b
        if id(node) in inner:
            continue
        parts, end = [], node
        while isinstance(end, ast.Attribute):
            parts.insert(0, end.attr)
            end = end.value
            inner.add(id(end))
        if isinstance(end, ast.Name) and end.id in aliases and isinstance(end.ctx, ast.Load):
            found.append(".".join([aliases[end.id], *parts]))
    return sorted({name for name in map(public_part, found) if name != "nnlib"})


def walk(path: str) -> Iterator[tuple[str, object]]:
    """Follow a dotted path of nnlib: each prefix with the thing that it names."""
    thing: object = nnlib
    so_far = "nnlib"
    for part in path.split(".")[1:]:
        if isinstance(thing, ModuleType):
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(f"{so_far}.{part}")
        thing, so_far = getattr(thing, part, None), f"{so_far}.{part}"
        yield so_far, thing


def public_part(path: str) -> str:
    """nnlib.Perceptron of nnlib.Perceptron.fit: a class brings its methods, a module not its names."""
    for so_far, thing in walk(path):
        if not isinstance(thing, ModuleType):
            return so_far
    return path


def canonical(path: str) -> str:
    """One name for a thing that has two, as nnlib.Perceptron is nnlib.perceptron.Perceptron."""
    thing = [thing for _, thing in walk(path)][-1:]
    home = getattr(thing[0], "__module__", None) if thing and not isinstance(thing[0], ModuleType) else None
    name = getattr(thing[0], "__qualname__", None) if thing else None
    return f"{home}.{name}" if isinstance(home, str) and home.startswith("nnlib") and name else path


def module_of(path: str) -> str:
    """Submodule in which a dotted path ends: a link to nnlib.gates introduces nnlib.gates.NAND."""
    module = "nnlib"
    for so_far, thing in walk(path):
        if isinstance(thing, ModuleType):
            module = so_far
    return module
