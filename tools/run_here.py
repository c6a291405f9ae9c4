"""Sphinx extension for the button "Run in your browser" and the JupyterLite that it opens.

Buttons of services that run the notebooks of a public repository, Binder and Colab, are the theme's. They
come when `_config.yml` names the repository; the released assignments, which no repository holds, get none.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import lite
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

logger = getLogger(__name__)
# Megabytes that a reader's browser fetches from the site until the first cell has run, as a server compresses
# them; tests/site/test_lite.py measures it.
MEGABYTES = 15
RUN_HERE = re.compile(r'<p class="run-here">.*?</p>\n?', re.DOTALL)


def notebook_of(page: str, root: Path) -> tuple[str, Path] | None:
    """Path in the browser, and in the tree, of the notebook that a page is made of; None if of none."""
    for name, path in lite.notebooks(root).items():
        if path.relative_to(root).with_suffix("").as_posix() == page:
            return name, path
    return None


def invitation(name: str, path: Path, lock: dict[str, Any], address: str, app: str, repository: str) -> str:
    """Paragraph with the button, and with what needs which network; or why there is no button.

    Parameters
    ----------
    name, path : str, Path
        The notebook, in the browser and in the tree.
    lock : dict
        Packages of Pyodide's distribution.
    address : str
        From where those come that the site does not serve.
    app : str
        From the page to the application that opens notebooks.
    repository : str
        Address of the book's repository, or "".
    """
    lacks = " and ".join(f"<code>{module}</code>" for module in sorted(lite.missing(path, lock)))
    if lacks:
        said = f"Not to be run in a browser: {lacks} does not work there. On your machine: "
        said += "<code>TORCH=1 make lab</code>." if "torch" in lacks else "<code>make lab</code>."
    else:
        host = escape(urlsplit(address).hostname or address)
        said = f'<a class="run-button" href="{app}?path={quote(name)}">Run in your browser</a> '
        said += "Nothing to install. Python, NumPy and <code>nnlib</code> come from this site, "
        said += f"{MEGABYTES} MB the first time; "
        if lite.fetched(path, lock):
            said += f"Matplotlib, which the notebook loads at its start, comes from {host}."
        else:
            said += "no other host is asked."
        said += " What you change stays in your browser."
    if repository and name.startswith("chapters/"):
        said += f" On Colab, run <code>%pip install git+{escape(repository)}</code> first."
    return f'<p class="run-here">{said}</p>\n'


def invite(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the paragraph under the title of every page that is a notebook."""
    root = Path(app.srcdir)
    found = notebook_of(page, root) if "body" in context else None
    if found is None:
        return
    repository = app.config.html_theme_options.get("repository_url") or ""
    opener = context["pathto"](f"{lite.FOLDER}/notebooks/index.html", 1)
    text = invitation(*found, lite.pyodide_lock(root), app.config.lite_packages, opener, repository)
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{text}", 1)


def hosted(app: Sphinx, config: Any) -> None:
    """Leave hosted notebooks out while the repository has no address: the theme would stumble over it."""
    if not config.html_theme_options.get("repository_url"):
        buttons = config.html_theme_options.get("launch_buttons", {})
        for service in ("binderhub_url", "colab_url"):
            buttons.pop(service, None)


def no_hosted_assignments(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Take the theme's menu of hosted notebooks off the assignments: their notebooks are in no repository."""
    if page.startswith("assignments/"):
        buttons = context.get("header_buttons", [])
        context["header_buttons"] = [one for one in buttons if one.get("label") != "launch-buttons"]


def build_lite(app: Sphinx, exception: Exception | None) -> None:
    """Make the JupyterLite of the site, unless it is there and nothing has changed."""
    if not exception and app.builder.format == "html":
        lite.build(Path(app.outdir), app.config.lite_packages, Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts to Sphinx's events."""
    app.add_config_value("lite_packages", "", "html", str)
    app.connect("config-inited", hosted)
    app.connect("html-page-context", invite, priority=400)  # nearer to the title than the chapter's facts
    app.connect("html-page-context", no_hosted_assignments, priority=900)
    app.connect("build-finished", build_lite, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
