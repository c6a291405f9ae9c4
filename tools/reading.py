"""Sphinx extension for finding one's way: how long a chapter is, what it builds on, its goals, all equations.

`chapters/map.yml` says what each chapter builds on, and which exercises test which of its goals.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from verification import parsed

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
WORDS_A_MINUTE = 150  # prose is read at 240; who follows a derivation reads some of it twice
FENCE = re.compile(r"^(`{3,})(?:python|text|\{solution\}).*?^\1\s*$", re.MULTILINE | re.DOTALL)
HEADING_OR_EQUATION = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|\$\$(?P<latex>(?:(?!\$\$).)+)\$\$(?: \((?P<label>eq-[a-z0-9-]+)\))?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Chapter:
    """A chapter, as its notebook has it."""

    path: Path
    needs: tuple[str, ...] = ()
    tests: tuple[tuple[str, ...], ...] = ()

    @property
    def number(self) -> int:
        """Its number in the book; 0 for a page beside the course."""
        return int(self.path.name[:2]) if self.path.name[:2].isdigit() else 0

    @cached_property
    def texts(self) -> list[str]:
        """Its Markdown cells."""
        cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        return next(iter(re.findall(r"^# (.+)$", "\n".join(self.texts), re.MULTILINE)))

    @property
    def minutes(self) -> int:
        """Time to read it, without exercises and code, to five minutes."""
        words = len(FENCE.sub("", "\n\n".join(self.texts)).split())
        return 5 * max(1, round(words / WORDS_A_MINUTE / 5))

    @cached_property
    def goals(self) -> list[str]:
        """The list under *What you will be able to do*."""
        part = re.search(
            r"^## What you will be able to do$(.*?)(?=^## |\Z)", "\n\n".join(self.texts), re.M | re.S
        )
        return re.findall(r"^- (.+?)[;.]?$", part[1], re.MULTILINE) if part else []

    @property
    def exercises(self) -> dict[str, str]:
        """Titles of its exercises by their labels."""
        found = re.findall(r"\{exercise\} (.*)\n:label: (\S+)", "\n\n".join(self.texts))
        return {label: title for title, label in found}

    @property
    def equations(self) -> list[tuple[str, str, str]]:
        """Heading, label and LaTeX of each labelled equation."""
        heading, found = "", []
        for text in self.texts:
            for match in HEADING_OR_EQUATION.finditer(text):
                heading = match["heading"] or heading
                if match["label"]:
                    found.append((heading, match["label"], match["latex"].strip()))
        return found


def chapters() -> dict[str, Chapter]:
    """Chapters of the course by the stems of their files."""
    entries = yaml.safe_load((CHAPTERS / "map.yml").read_text(encoding="utf-8"))
    return {
        name: Chapter(CHAPTERS / f"{name}.ipynb", tuple(entry["needs"]), tuple(map(tuple, entry["goals"])))
        for name, entry in entries.items()
    }


def with_equations() -> list[Chapter]:
    """Pages with labelled equations: the chapters, and those beside the course."""
    beside = [Chapter(path) for path in sorted(CHAPTERS.glob("[a-z]*.ipynb"))]
    return [*chapters().values(), *(page for page in beside if page.equations)]


def terms() -> list[str]:
    """Terms of the glossary."""
    text = (CHAPTERS / "glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^(\S.*)\n  \S", text, re.MULTILINE)


def pattern(term: str) -> re.Pattern[str]:
    """Match a term, or its plural, as words of a text."""
    return re.compile(rf"(?<![\w-]){re.escape(term)}(?:s|es)?(?![\w-])", re.IGNORECASE)


@functools.cache
def introduced() -> dict[str, dict[str, bool]]:
    """Tell by chapter which terms it introduces, and whether in bold: where a term is bold, or is first."""
    found: dict[str, dict[str, bool]] = {name: {} for name in chapters()}
    texts = {name: FENCE.sub("", "\n\n".join(chapter.texts)) for name, chapter in chapters().items()}
    bold = {name: re.findall(r"\*\*([^*]+)\*\*", text) for name, text in texts.items()}
    for term in terms():
        match = pattern(term)
        for name in texts:
            if any(match.fullmatch(" ".join(words.split())) for words in bold[name]):
                found[name][term] = True
                break
        else:
            for name, text in texts.items():
                if match.search(re.sub(r"\$[^$]*\$|`[^`]*`|^#.*$", " ", text, flags=re.MULTILINE)):
                    found[name][term] = False
                    break
    return found


class ChapterMap(SphinxDirective):
    """A picture of what builds on what; each box is a link."""

    def run(self) -> list[nodes.Node]:
        """Draw, as an SVG whose colours are those of the page."""
        book = chapters()
        self.env.note_dependency(str(CHAPTERS / "map.yml"))
        level: dict[str, int] = {}
        for name, chapter in book.items():
            level[name] = 1 + max((level[need] for need in chapter.needs), default=-1)
        rows = Counter(level.values())
        seen: Counter[int] = Counter()
        place = {}
        for name in book:
            row = level[name]
            width = 400 / rows[row] - 10
            place[name] = (5 + seen[row] * (width + 10), 62 * row + 6, width)
            seen[row] += 1
        height = 62 * (max(level.values()) + 1)
        lines, boxes = [], []
        for name, chapter in book.items():
            x, y, width = place[name]
            for need in chapter.needs:
                if level[name] - level[need] == 1:  # the others follow from these
                    from_x, from_y, from_width = place[need]
                    lines.append(f"M{from_x + from_width / 2} {from_y + 40}L{x + width / 2} {y - 4}")
            title = f"{chapter.number} {chapter.title}"
            boxes.append(
                f'<a href="{name}.html"><rect x="{x}" y="{y}" width="{width}" height="40" rx="6"/>'
                f'<text x="{x + width / 2}" y="{y + 25}">{escape(title)}</text></a>'
            )
        words = "; ".join(
            f"{chapter.title}: builds on "
            + (" and ".join(book[need].title for need in chapter.needs) or "nothing")
            for chapter in book.values()
        )
        arrow = (
            '<defs><marker id="map-arrow" viewBox="0 0 8 8" refX="7" refY="4" '
            'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        )
        svg = (
            f'<svg class="chapter-map" viewBox="0 0 400 {height}" role="group" aria-label="{escape(words)}">'
            + arrow
            + "".join(f'<path class="edge" d="{line}" marker-end="url(#map-arrow)"/>' for line in lines)
            + "".join(boxes)
            + "</svg>"
        )
        return [nodes.raw("", svg, format="html")]


class Goals(SphinxDirective):
    """What a reader of a chapter will be able to do, and the exercises that test it."""

    def run(self) -> list[nodes.Node]:
        """Write MyST, which is then read."""
        lines: list[str] = []
        for name, chapter in chapters().items():
            self.env.note_dependency(str(chapter.path))
            lines += [
                f"**{{doc}}`{name}`**, about {chapter.minutes} minutes to read, "
                f"{len(chapter.exercises)} exercises",
                "",
            ]
            for goal, labels in zip(chapter.goals, chapter.tests, strict=True):
                named = "; ".join(f"{{ref}}`{chapter.exercises[label]} <{label}>`" for label in labels)
                lines += [f"- {goal}. *{named}*"]
            lines += [""]
        return parsed(self, lines)


class AllEquations(SphinxDirective):
    """Every labelled equation, under the heading where it stands, with a link to it."""

    def run(self) -> list[nodes.Node]:
        """Write MyST, which is then read."""
        lines: list[str] = []
        for chapter in with_equations():
            self.env.note_dependency(str(chapter.path))
            lines += [f"## {chapter.number or ''} {chapter.title}", ""]
            above = ""
            for heading, label, latex in chapter.equations:
                if heading != above:
                    lines += [f"**{heading}**", ""]
                    above = heading
                name = label.removeprefix("eq-").replace("-", " ")
                lines += [f"{{eq}}`{label}`, {name}", "", "$$", latex, "$$", ""]
        return parsed(self, lines)


class Citation(SphinxDirective):
    """The book as BibTeX and as a sentence, from CITATION.cff."""

    def run(self) -> list[nodes.Node]:
        """Write MyST, which is then read."""
        path = CHAPTERS.parent / "CITATION.cff"
        self.env.note_dependency(str(path))
        cff = yaml.safe_load(path.read_text(encoding="utf-8"))
        authors = [
            author.get("name") or f"{author['family-names']}, {author['given-names']}"
            for author in cff["authors"]
        ]
        year = str(cff["date-released"])[:4]
        fields = {
            "author": " and ".join(f"{{{name}}}" if "," not in name else name for name in authors),
            "title": f"{{{cff['title']}}}",
            "year": year,
            "version": cff["version"],
            "url": cff.get("url"),
        }
        said = f"{'; '.join(authors)} ({year}). *{cff['title']}*, version {cff['version']}."
        lines = [f"{said} {cff.get('url', '')}", ""]
        lines += ["```bibtex", "@book{neuralnetworks,"]
        lines += [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        lines += [
            "}",
            "```",
            "",
            "Also: {download}`CITATION.cff <../CITATION.cff>`, which reference managers read.",
        ]
        return parsed(self, lines)


class FirstUse(SphinxTransform):
    """Link the first use of each term to the glossary: the bold words that introduce it, if there are."""

    default_priority = 5  # before references are resolved

    def apply(self, **kwargs: Any) -> None:
        """Look through the paragraphs of a chapter."""
        wanted = dict(introduced().get(Path(self.env.docname).name, {}))
        for paragraph in list(self.document.findall(nodes.paragraph)):
            for term, in_bold in list(wanted.items()):
                if any(self.link(node, term, in_bold) for node in self.places(paragraph, in_bold)):
                    del wanted[term]

    @staticmethod
    def places(paragraph: nodes.paragraph, in_bold: bool) -> list[nodes.Text]:
        """Pieces of its text: those in bold, or all that are neither links nor code."""
        texts = list(paragraph.findall(nodes.Text))
        if in_bold:
            return [text for text in texts if isinstance(text.parent, nodes.strong)]
        return [text for text in texts if text.parent is paragraph or isinstance(text.parent, nodes.emphasis)]

    def link(self, text: nodes.Text, term: str, in_bold: bool) -> bool:
        """Make a link of the term where it stands in a piece of text."""
        words = str(text)
        match = pattern(term).fullmatch(words) if in_bold else pattern(term).search(words)
        if not match:
            return False
        link = addnodes.pending_xref(
            "", refdomain="std", reftype="term", reftarget=term, refexplicit=True, refdoc=self.env.docname
        )
        # The index leads here, too.
        anchor = nodes.make_id(f"first-{term}")
        link += nodes.inline(match[0], match[0], ids=[anchor])
        entry = addnodes.index(entries=[("single", term, anchor, "", None)])
        before, after = words[: match.start()], words[match.end() :]
        pieces = [nodes.Text(before), entry, link, nodes.Text(after)]
        text.parent.replace(
            text, [piece for piece in pieces if not isinstance(piece, nodes.Text) or str(piece)]
        )
        return True


def facts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put under a chapter's title how long it is and what it builds on."""
    book = chapters()
    chapter = book.get(Path(page).name) if page.startswith("chapters/") else None
    if chapter is None or "body" not in context:
        return
    needs = " and ".join(f'<a href="{name}.html">{escape(book[name].title)}</a>' for name in chapter.needs)
    text = f"About {chapter.minutes} minutes to read, and {len(chapter.exercises)} exercises. " + (
        f"Builds on {needs}." if needs else "Builds on no other chapter."
    )
    context["body"] = context["body"].replace("</h1>", f'</h1>\n<p class="chapter-facts">{text}</p>', 1)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts to Sphinx."""
    app.add_directive("chapter-map", ChapterMap)
    app.add_directive("learning-goals", Goals)
    app.add_directive("all-equations", AllEquations)
    app.add_directive("citation", Citation)
    app.add_transform(FirstUse)
    app.connect("html-page-context", facts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
