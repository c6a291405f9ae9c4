"""Slides of each chapter, from its notebook: headings, statements, equations, questions and figures.

They are shown by reveal.js, and need no network. `make slides` writes them to _build/slides.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from reading import Chapter, chapters

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_build" / "slides"
FULL = 620  # letters on a slide
LEFT_OUT = ("Exercises", "Further reading", "Summary", "Check yourself")
BLOCK = re.compile(
    r"^(?P<fence>`{3,}|:{3,})(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$"
    r"|(?P<math>\$\$.*?\$\$[^\n]*)|(?P<text>\S.*?)(?=\n\s*\n|\n\$\$|\n`{3}|\Z)",
    re.MULTILINE | re.DOTALL,
)
SENTENCE = re.compile(r"(?<=[.?!:])\s+(?=[A-Z*$`{])")
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="reveal/reveal.css">
<link rel="stylesheet" href="reveal/theme/white.css">
<style>
.reveal {{ font-size: 30px; }}
.reveal .slides section {{ text-align: left; max-height: 700px; overflow-y: auto; }}
.reveal h2 {{ font-size: 1.4em; text-transform: none; }}
.reveal img {{ max-height: 520px; display: block; margin: 0 auto; }}
.reveal figcaption, .reveal table {{ font-size: 0.7em; }}
</style>
<script>
window.MathJax = {{tex: {{inlineMath: [["\\\\(", "\\\\)"]]}}, options: {{enableMenu: false}}}};
</script>
<script defer src="mathjax/tex-chtml-full.js"></script>
<script defer src="reveal/reveal.js"></script>
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script>
addEventListener("DOMContentLoaded", () => MathJax.startup.promise.then(() =>
  Reveal.initialize({{hash: true, center: false, transition: "none", slideNumber: "c/t"}})));
</script>
</body>
</html>
"""


def plain(text: str, quoted: dict[str, str]) -> str:
    """Replace the roles of MyST by what a slide can show: words, code, values."""
    text = re.sub(r"\{glue:text\}`(\w+)`", lambda m: quoted.get(m[1], m[1]), text)
    text = re.sub(r"\s*\{cite(?::\w)?\}`[^`]*`", "", text)
    text = re.sub(r"\{py:\w+\}`(?:[^`<]*<)?[~!]?([\w.]+)>?`", r"`\1`", text)
    text = re.sub(r"\{eq\}`eq-([^`]*)`", lambda m: f"({m[1].replace('-', ' ')})", text)
    text = re.sub(r"\{(?:doc|term|ref|numref|prf:ref|index)\}`([^`<]+?)\s*<[^`]*>`", r"\1", text)
    text = re.sub(r"\{term\}`([^`]*)`", r"\1", text)
    text = re.sub(r",?\s*\{(?:doc|ref|numref|prf:ref)\}`[^`]*`", "", text)
    return re.sub(r"\{\w+(?::\w+)?\}`([^`]*)`", r"\1", text)


def worth_showing(paragraph: str) -> str:
    """The sentences of a paragraph that stand on a slide: definitions, in bold, and questions."""
    if re.match(r"\s*([-*] |\d+\. |\|)", paragraph):
        return paragraph
    sentences = SENTENCE.split(" ".join(paragraph.split()))
    return " ".join(s for s in sentences if "**" in s or s.endswith("?"))


def pieces(source: str, quoted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What a Markdown cell gives to slides: pairs of kind (heading or text) and Markdown."""
    source = re.sub(r"^\([\w-]+\)=\n", "", source, flags=re.MULTILINE)
    source = re.sub(r"\$\$ \(eq-[\w-]+\)", "$$", source)
    for match in BLOCK.finditer(source):
        if match["math"]:
            yield "text", match["math"].strip()
        elif match["info"] is not None:
            kind, _, title = match["info"].strip().partition("}")
            body = re.sub(r"^:[\w-]+:.*\n", "", match["body"], flags=re.MULTILINE).strip()
            if "prf:" in kind and "proof" not in kind:
                name = kind.rpartition(":")[2].capitalize()
                yield (
                    "text",
                    plain(f"**{name}{f' ({title.strip()})' if title.strip() else ''}.** {body}", quoted),
                )
        else:
            for line in match["text"].split("\n"):
                if heading := re.match(r"#+ (.+)", line):
                    yield "heading", plain(heading[1], quoted)
            text = "\n".join(line for line in match["text"].split("\n") if not line.startswith("#"))
            if shown := worth_showing(text):
                yield "text", plain(shown, quoted)


def picture(cell: dict[str, Any]) -> str:
    """The figure that a code cell drew, with its caption, as HTML; "" if it drew none."""
    about = cell["metadata"].get("mystnb", {})
    alt = escape(about.get("image", {}).get("alt", ""), quote=True)
    for output in cell["outputs"]:
        for kind in ("image/svg+xml", "image/png"):
            if data := output.get("data", {}).get(kind):
                data = "".join(data)
                code = base64.b64encode(data.encode()).decode() if "svg" in kind else data.replace("\n", "")
                caption = " ".join(about.get("figure", {}).get("caption", "").split())
                caption = MARKDOWN.renderInline(plain(caption, {}))
                image = f'<img src="data:{kind};base64,{code}" alt="{alt}">'
                return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"
    return ""


def math(token_content: str, options: dict[str, Any]) -> str:
    """Formula as MathJax wants it; its delimiters are added here."""
    left, right = ("\\[", "\\]") if options.get("display_mode") else ("\\(", "\\)")
    return f"{left}{escape(token_content)}{right}"


MARKDOWN = (
    MarkdownIt().enable("table").use(dollarmath_plugin, renderer=math, double_inline=True, allow_labels=False)
)


def slides(chapter: Chapter) -> list[str]:
    """The slides of a chapter, as HTML."""
    cells = json.loads(chapter.path.read_text(encoding="utf-8"))["cells"]
    quoted = {
        output["metadata"]["scrapbook"]["name"]: next(iter(output["data"].values()))[0].strip("'")
        for cell in cells
        for output in cell.get("outputs", [])
        if "scrapbook" in output.get("metadata", {})
    }
    found: list[str] = []
    title, blocks = chapter.title, [f"<p>{escape(BOOK_TITLE)}, chapter {chapter.number}</p>"]

    def turn(new_title: str) -> None:
        nonlocal title, blocks
        if blocks and title not in LEFT_OUT:
            heading = MARKDOWN.renderInline(title)
            found.append(f"<section><h2>{heading}</h2>\n" + "\n".join(blocks) + "\n</section>")
        title, blocks = new_title, []

    for cell in cells:
        if cell["cell_type"] == "code":
            if shown := picture(cell):
                turn(title)
                blocks = [shown]
                turn(title)
            continue
        for kind, text in pieces("".join(cell["source"]), quoted):
            if kind == "heading":
                turn(text)
                continue
            html = MARKDOWN.render(text)
            if sum(map(len, blocks)) + len(html) > FULL:
                turn(title)
            blocks.append(html)
    turn("")
    return found


BOOK_TITLE = "Neural Networks That Prove Themselves"


def write(out: Path) -> None:
    """Write the slides of all chapters, and what shows them, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    packages = ROOT / "node_modules"
    shutil.copytree(packages / "reveal.js" / "dist", out / "reveal", dirs_exist_ok=True)
    for part in ("tex-chtml-full.js", "output/chtml/fonts/woff-v2"):
        source, target = packages / "mathjax" / "es5" / part, out / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    for name, chapter in chapters().items():
        made = slides(chapter)
        page = PAGE.format(title=escape(chapter.title), slides="\n".join(made))
        (out / f"{name}.html").write_text(page, encoding="utf-8")
        print(f"{name}: {len(made)} slides")
    print(f"Open {(out / '01-perceptron.html').as_uri()}")


if __name__ == "__main__":
    write(OUT)
