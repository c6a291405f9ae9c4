"""Sphinx extension that mends, in the finished pages, what the theme and its helpers leave wrong."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from lite import FOLDER as LITE
from run_here import RUN_HERE
from sphinx.application import Sphinx

# Lists whose entries have a role that the rules have given up.
REPLACED = {
    ' role="doc-biblioentry"': "",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
}
ARCHIVE = "neural-networks.zip"
# The theme's stylesheet and fonts draw the same icons: 1.5 MB of script less.
ICONS = re.compile(r"\s*<script [^>]*fontawesome\.js[^>]*></script>")
# Only the page of the search searches.
SEARCH = re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>')
# Scripts that can wait until the page is there, in their order; one holds options that others need.
WAITING = re.compile(r"<script (?=(?:data-sd-[^>]*)?src=)(?![^>]*documentation_options)")
# The data of the live figures, often larger than the page, come after the text.
STATE = re.compile(r'\s*<script type="application/vnd\.jupyter\.widget-state\+json">.*?</script>', re.DOTALL)
# Buttons for the lists of contents in a bar that is not shown: the theme listens to the first that it meets.
SECOND_BUTTON = re.compile(
    r'<button class="pst-navbar-icon sidebar-toggle (?:primary|secondary)-toggle".*?</button>', re.DOTALL
)
# A name that differs from the words on a button: who speaks to the computer cannot press it.
WRONG_NAMES = re.compile(r'(<button class="btn search-button-field[^>]*|<summary) aria-label="[^"]*"')
# The arrow that unfolds a part of the table of contents has no name at all.
ARROWS = re.compile(r'>([^<>]+)</a><details([^>]*)><summary><span class="toctree-toggle"')


def mended(page: str) -> str:
    """Return the page without scripts that nobody needs or waits for, and with names for readers by ear."""
    page = ICONS.sub("", page)
    if 'id="search-results"' not in page:
        page = WAITING.sub("<script defer ", SEARCH.sub("", page))
    if state := STATE.search(page):
        before, end, after = STATE.sub("", page).rpartition("</body>")
        page = f"{before}{state[0].strip()}\n{end}{after}"
    # Begin in the light mode, in which a page without JavaScript stays.
    page = page.replace('data-theme="auto">', 'data-theme="light">', 1)
    for wrong, right in REPLACED.items():
        page = page.replace(wrong, right)
    bar, end, rest = page.partition("</header>")
    page = SECOND_BUTTON.sub("", bar) + end + rest
    page = WRONG_NAMES.sub(r"\1", page)
    return ARROWS.sub(
        r'>\1</a><details\2><summary aria-label="Pages of: \1"><span class="toctree-toggle"', page
    )


def mend(app: Sphinx, exception: Exception | None) -> None:
    """Mend each page, once it is written: some of it comes from templates that no event lets us change."""
    if exception or app.builder.format != "html":
        return
    for path in (Path(app.outdir) / "_static" / "scripts").glob("fontawesome.js*"):
        path.unlink()
    for path in Path(app.outdir).rglob("*.html"):
        if path.relative_to(app.outdir).parts[0] == LITE:
            continue  # JupyterLite's own
        page = path.read_text(encoding="utf-8")
        if (better := mended(page)) != page:
            path.write_text(better, encoding="utf-8")


def archive(app: Sphinx, exception: Exception | None) -> None:
    """Pack the site into one file, to be read where there is no network.

    Without JupyterLite, which weighs more than all pages and runs only where a server sends it.
    """
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    target = out / "_static" / ARCHIVE
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(out.rglob("*")):
            name = path.relative_to(out)
            if not path.is_file() or path in (target, out / ".buildinfo") or name.parts[0] == LITE:
                continue
            if path.suffix == ".html":
                page = RUN_HERE.sub("", path.read_text(encoding="utf-8"))
                packed.writestr(str(Path("neural-networks") / name), page)
            else:
                packed.write(path, Path("neural-networks") / name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the end of the build; the archive comes last."""
    app.connect("build-finished", mend)
    app.connect("build-finished", archive, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
