"""Buttons of hosted notebooks, the sentence under a title, and when the site's JupyterLite is made anew."""

import json
from pathlib import Path
from types import SimpleNamespace

import lite
import pytest
import yaml
from bs4 import BeautifulSoup
from run_here import RUN_HERE, hosted, invitation, no_hosted_assignments
from sphinx.config import Config
from sphinx_book_theme.header_buttons import update_context_with_repository_info
from sphinx_book_theme.header_buttons.launch import add_launch_buttons

ROOT = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS = "https://packages.example/full/"
OPENER = "../lite/notebooks/index.html"
LOCK = {
    "packages": {
        "numpy": {"imports": ["numpy"], "depends": []},
        "matplotlib": {"imports": ["matplotlib"], "depends": ["numpy", "Kiwi_Solver"]},
        "kiwi-solver": {"imports": ["kiwisolver"], "depends": []},
    }
}


def menu(page, repository):
    """Addresses of the hosted services that the theme's menu on a page names, with a repository's address."""
    options = {
        "launch_buttons": dict(CONFIG["launch_buttons"]),
        "repository_url": repository,
        "repository_branch": CONFIG["repository"]["branch"],
    }
    config = Config()
    config.add("html_theme_options", options, "html", (dict,))
    config.add("html_context", {}, "html", (dict,))
    app = SimpleNamespace(
        config=config,
        env=SimpleNamespace(doc2path=lambda name: f"{name}.ipynb", metadata={page: {"kernelspec": {}}}),
    )
    hosted(app, config)
    update_context_with_repository_info(app)
    context = {
        **config.html_context,
        "pagename": page,
        "sourcename": f"{page}.ipynb",
        "header_buttons": [],
    }
    add_launch_buttons(app, page, "page.html", context, None)
    no_hosted_assignments(app, page, "page.html", context, None)
    return [button["url"] for group in context["header_buttons"] for button in group["buttons"]]


def test_without_the_repository_s_address_there_are_no_hosted_notebooks():
    assert not CONFIG["repository"]["url"]  # the maintainer's to fill in
    assert menu("chapters/01-perceptron", CONFIG["repository"]["url"]) == []


def test_with_it_a_chapter_opens_on_binder_and_on_colab():
    binder, colab = menu("chapters/01-perceptron", "https://github.com/them/book")
    assert binder.startswith("https://mybinder.org/v2/gh/them/book/main?urlpath=lab/tree/")
    assert binder.endswith("chapters/01-perceptron.ipynb")
    assert colab.startswith("https://colab.research.google.com/github/them/book/blob/main/")
    assert colab.endswith("chapters/01-perceptron.ipynb")


def test_released_assignments_are_in_no_repository():
    assert menu("assignments/release/01-perceptron/01-perceptron", "https://github.com/them/book") == []


def test_binder_installs_what_the_lab_needs_at_the_lock_s_versions():
    lines = (ROOT / "binder/requirements.txt").read_text(encoding="utf-8").split("\n")
    assert lines == ["-c ../requirements.lock", "-e .[lab]", ""]


@pytest.fixture
def notebook(tmp_path):
    def notebook(*cells):
        path = tmp_path / "one.ipynb"
        written = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
        path.write_text(json.dumps({"cells": written}), encoding="utf-8")
        return path

    return notebook


def said(path, name="chapters/one.ipynb", repository=""):
    text = invitation(name, path, LOCK, ADDRESS, OPENER, repository)
    assert RUN_HERE.sub("", f"<h1>A</h1>\n{text}<p>B</p>") == "<h1>A</h1>\n<p>B</p>"
    return BeautifulSoup(text, "html.parser")


def test_imports_are_found_wherever_they_stand(notebook):
    path = notebook(
        "import numpy as np", "def draw():\n    from matplotlib.pyplot import plot\n", "from math import pi"
    )
    assert lite.imports(path) == {"numpy", "matplotlib", "math"}


def test_a_page_says_which_host_it_needs(notebook):
    plain = said(notebook("import math\nimport numpy as np\nimport nnlib as nn"))
    assert plain.a["href"] == f"{OPENER}?path=chapters/one.ipynb"
    assert "no other host" in plain.text
    drawing = said(notebook("import matplotlib.pyplot as plt"))
    assert "packages.example" in drawing.text
    assert lite.fetched(notebook("import matplotlib"), LOCK) == {"matplotlib", "kiwi-solver"}


def test_a_page_that_cannot_run_says_what_is_missing(notebook):
    text = said(notebook("import torch"))
    assert text.a is None
    assert "torch" in text.text
    assert "TORCH=1 make lab" in text.text
    assert "TORCH" not in said(notebook("import elsewhere")).text


def test_colab_is_told_how_to_install(notebook):
    path = notebook("import numpy")
    assert "git+https://github.com/them/book" in said(path, repository="https://github.com/them/book").text
    assert "git+" not in said(path, "assignments/one.ipynb", "https://github.com/them/book").text


def test_it_is_made_anew_when_a_notebook_the_package_or_the_address_changes(tmp_path, monkeypatch):
    for name in (
        "pyproject.toml",
        "package-lock.json",
        "requirements.lock",
        "nnlib/layers.py",
        "chapters/1.ipynb",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    first = lite.key(tmp_path, ADDRESS)
    assert lite.key(tmp_path, ADDRESS) == first
    assert lite.key(tmp_path, "https://other.example/") != first
    for name in ("nnlib/layers.py", "chapters/1.ipynb", "requirements.lock"):
        before = lite.key(tmp_path, ADDRESS)
        (tmp_path / name).write_text("changed")
        assert lite.key(tmp_path, ADDRESS) != before
    site = tmp_path / "site"
    (site / lite.FOLDER).mkdir(parents=True)
    (site / lite.FOLDER / "made-of.txt").write_text(lite.key(tmp_path, ADDRESS))
    monkeypatch.setattr(lite, "pyodide", lambda *_: pytest.fail("made again"))
    assert not lite.build(site, ADDRESS, tmp_path)


def test_a_pip_that_fails_is_heard():
    with pytest.raises(RuntimeError, match="no-such-option"):
        lite.pip("download", "--no-such-option")
