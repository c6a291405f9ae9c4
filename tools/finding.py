"""Sphinx extension for looking things up: symbols and people in the index, formulas and terms in the search.

Sphinx' search knows words. It drops signs, takes a formula for its LaTeX, and cannot tell W from w. So the
page of the search gets a table of everything that has a name, and `tools/search.js`, which looks there first.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from reading import with_equations
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

NOTATION, GLOSSARY = "chapters/notation", "chapters/glossary"
# Signs that HTML, which knows most of them, calls by another name.
SIGNS = {"partial": "∂", "cdot": "·", "sqrt": "√", "top": "ᵀ", "infty": "∞", "lVert": "‖", "rVert": "‖"} | {
    "varepsilon": "ε",
    "epsilon": "ε",
    "varphi": "φ",
    "star": "*",
    "dots": "…",
    "cdots": "…",
    "to": "→",
}
ACCENTS = {
    "hat": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "bar": "\N{COMBINING MACRON}",
    "tilde": "\N{COMBINING TILDE}",
}
GREEK = (
    "\N{GREEK CAPITAL LETTER ALPHA}–\N{GREEK CAPITAL LETTER OMEGA}"  # one part of the index for all of them
)
ARGUMENT = r"\s*(?:\{([^{}]*)\}|(\w))"
LAYOUT = re.compile(
    r"\\(?:begin|end)\{\w+\}|\\\\(?:\[[^\]]*\])?|\\[,;!: ]|[&~]"
    r"|\\(?:q?quad|left|right|big[lrm]?|Big[lrm]?|Bigg[lr]|displaystyle)(?![a-zA-Z])"
)


def plain(latex: str) -> str:
    r"""Write a formula in one line of text: \frac{\partial C}{\partial W^{[l]}} is ∂C/∂W^[l]."""
    text, before = LAYOUT.sub(" ", latex), ""
    while text != before:  # from the innermost braces outwards
        before = text
        text = re.sub(rf"\\[dt]?frac{ARGUMENT}{ARGUMENT}", quotient, text)
        text = re.sub(rf"\\(hat|bar|tilde)(?:{ARGUMENT}|(\\[a-z]+))", accented, text)
        text = re.sub(r"\\(?:sqrt)\{([^{}]*)\}", r"√(\1)", text)
        text = re.sub(r"\\(?!d?t?frac|hat|bar|tilde|sqrt)[a-zA-Z]+\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"(?<!\\)([_^])\{([^{}]*)\}", lambda m: m[1] + grouped(m[2]), text)
        text = re.sub(r"(?<![\\a-zA-Z}])\{([^{}\\]*)\}", r"\1", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda m: sign(m[1]), text)
    text = re.sub(r"∂\s+", "∂", text.replace("\\{", "{").replace("\\}", "}").replace("^ᵀ", "ᵀ"))
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", text).strip(" .,;"))


def sign(command: str) -> str:
    """Return the character for a command without its backslash, or its name."""
    return SIGNS.get(command) or unescape(f"&{command};").removeprefix("&").removesuffix(";")


def grouped(text: str) -> str:
    """Put parentheses around what is more than one sign."""
    return text if re.fullmatch(r"\s*(?:\w*|\[.*\]|\\\w+\s*|\*)", text) else f"({text})"


def accented(match: re.Match[str]) -> str:
    """Put a hat or a bar on what it stands on."""
    return next(filter(None, match.groups()[1:])) + ACCENTS[match[1]]


def quotient(match: re.Match[str]) -> str:
    """Write a fraction in a line."""
    above, below = match[1] or match[2], match[3] or match[4]
    whole = r"[\w\\ ^\[\]]*(?:_\w+)?"
    return "/".join(part if re.fullmatch(whole, part) else f"({part})" for part in (above, below))


def words(node: nodes.Node) -> str:
    """Text of a node, with its formulas in a line."""
    if isinstance(node, nodes.math):
        return plain(node.astext())
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, addnodes.index) or "eq" in node.get("reftype", ""):
        return ""
    return "".join(words(child) for child in node.children)


def short(meaning: nodes.Node) -> str:
    """What a symbol means, without its shape and the equations that define it."""
    return re.sub(r"(?:\s*,)+", ",", words(meaning).split(";")[0]).strip(" ,")


def rows(document: nodes.document) -> list[nodes.row]:
    """Rows of the table of symbols."""
    tables = [
        table
        for table in document.findall(nodes.table)
        if table.astext().strip().startswith("symbol\n\nmeaning")
    ]
    return [row for table in tables for body in table.findall(nodes.tbody) for row in body.findall(nodes.row)]


def spelled(latex: str) -> str:
    """Write a symbol in letters: eta for η."""
    return re.sub(r"\\(?:operatorname|math[a-z]+)|[\\{}]", "", latex).strip()


def names(cell: nodes.Node) -> list[str]:
    """Ways to write the symbols of a cell: as they are printed, in letters, without their indices."""
    found: list[str] = []
    for math in cell.findall(nodes.math):
        printed, letters = plain(math.astext()), spelled(math.astext())
        bare = [re.split(r"[_^(]", form)[0].strip() for form in (printed, letters)]
        found += [printed, letters, *(form for form in bare if form)]
    return list(dict.fromkeys(found))


class Symbols(SphinxTransform):
    """Let each row of the table of symbols be an address, and an entry of the index."""

    default_priority = 5  # before the domains collect the entries

    def apply(self, **kwargs: Any) -> None:
        """Go through the rows."""
        if self.env.docname != NOTATION:
            return
        seen: Counter[str] = Counter()
        for row in rows(self.document):
            name = nodes.make_id(spelled(next(row[0].findall(nodes.math)).astext()))
            seen[name] += 1
            anchor = f"symbol-{name}" if seen[name] == 1 else f"symbol-{name}-{seen[name]}"
            row["ids"].append(anchor)
            meaning = short(row[1])
            entries = []
            for math in row[0].findall(nodes.math):
                symbol = plain(math.astext())
                part = GREEK if unicodedata.name(symbol[0]).startswith("GREEK") else None
                entries.append(("single", f"{symbol}; {meaning}", anchor, "", part))
            row[0].insert(0, addnodes.index(entries=entries))


class People(SphinxTransform):
    """Let the index lead from the authors of a source to the places where it is cited."""

    default_priority = 5

    def apply(self, **kwargs: Any) -> None:
        """Go through the citations."""
        sources = self.env.domaindata["cite"]["bibdata"].data.entries
        cited = [node for node in self.document.findall(addnodes.pending_xref) if node["refdomain"] == "cite"]
        for number, node in enumerate(cited):
            keys = [key.strip() for key in node["reftarget"].split(",")]
            authors = [person for key in keys if key in sources for person in sources[key].persons["author"]]
            anchor = f"cited-{number}"
            written = [("single", inverted(author), anchor, "", None) for author in authors]
            new = [addnodes.index(entries=written), nodes.target("", "", ids=[anchor]), node]
            node.parent.replace(node, new)


def inverted(person: Any) -> str:
    """Write a name as an index does: Rumelhart, David E."""
    last = " ".join(map(str, [*person.rich_prelast_names, *person.rich_last_names]))
    first = " ".join(map(str, [*person.rich_first_names, *person.rich_middle_names]))
    return ", ".join(part for part in (last, first) if part)


def entries(env: BuildEnvironment) -> list[dict[str, Any]]:
    """Everything that has a name: where it is, its title, what it is, its names, and its formula."""
    return [*symbols(env), *equations(env), *glossary(env)]


def symbols(env: BuildEnvironment) -> list[dict[str, Any]]:
    """Rows of the table of symbols."""
    found = []
    for row in rows(env.get_doctree(NOTATION)):
        symbol, meaning, code, where = row.children
        known = [*names(symbol), *(literal.astext() for literal in code.findall(nodes.literal))]
        used = "" if words(where) == "all" else f", in chapter {words(where)}"
        title = f"{words(symbol)}: {short(meaning)}"
        found.append(entry(NOTATION, row["ids"][-1], title, f"symbol{used}", known))
    return found


def equations(env: BuildEnvironment) -> list[dict[str, Any]]:
    """Labelled equations of the chapters, and of the pages beside the course, whose numbers have one part."""
    found = []
    places = env.domaindata["math"]["objects"]
    for chapter in with_equations():
        text, name = "\n\n".join(chapter.texts), chapter.path.stem
        for heading, label, latex in chapter.equations:
            chapter_number = env.toc_secnumbers.get(f"chapters/{name}", {}).get("", ())[:1]
            number = ".".join(map(str, [*chapter_number, places[label][1]]))
            said = label.removeprefix("eq-").replace("-", " ")
            title, about = f"Equation {number}, {said}", f"in {chapter.title}: {heading}"
            new = entry(f"chapters/{name}", f"equation-{label}", title, about, [number, label, said])
            found.append(new | {"formula": plain(latex), "near": nearby(text, label, latex)})
    return found


def nearby(text: str, label: str, latex: str) -> str:
    """Words that stand about an equation, each once: who looks for it may know only what it is about."""
    place = text.index(f"({label})")
    around = text[max(0, place - len(latex) - 400) : place + 300]
    return " ".join(sorted(set(re.findall(r"[a-z]{3,}", re.sub(r"[$`{][^$`}]*[$`}]", " ", around.lower())))))


def glossary(env: BuildEnvironment) -> list[dict[str, Any]]:
    """Terms of the glossary, with the first sentence about each."""
    found = []
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        term, definition = next(item.findall(nodes.term)), next(item.findall(nodes.definition))
        said = re.sub(r"[ ,;]+\.$", ".", re.split(r"(?<=\.)\s", words(definition))[0])
        name = words(term).strip()
        found.append(entry(GLOSSARY, term["ids"][0], name, f"glossary: {said}", [name]))
    return found


def entry(page: str, anchor: str, title: str, about: str, known: list[str]) -> dict[str, Any]:
    """One row of the table that `tools/search.js` reads."""
    return {"page": page, "anchor": anchor, "title": title, "about": about, "names": known}


def add_entries(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the page of the search its table."""
    if page != "search":
        return
    table = json.dumps(entries(app.env), ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    context["metatags"] = context.get("metatags", "") + (
        f'<script type="application/json" id="search-entries">{table}</script>'
        '<script defer src="_static/vendor/search.js"></script>'
    )


def copy_script(app: Sphinx) -> None:
    """Copy the script of the search into the site."""
    target = Path(app.outdir) / "_static" / "vendor" / "search.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Path(__file__).with_name("search.js").read_text(encoding="utf-8"), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts to Sphinx."""
    app.add_transform(Symbols)
    app.add_transform(People)
    app.connect("builder-inited", copy_script)
    app.connect("html-page-context", add_entries, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
