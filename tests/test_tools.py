"""The project's own tools: stale caches, links, dark figures, equations in docstrings, reading order."""

import re

import links
import pytest
from book_extension import darken, public_names, public_path, size
from dev import drop_stale_outputs
from finished_pages import mended
from nbformat import v4
from notebooks import in_reading_order, normalise
from verification import cases, check_files, checks, counts

import nnlib
from nnlib.plots import PALETTE


@pytest.fixture
def project(tmp_path):
    """A project with everything that decides whether outputs are stale, built a moment ago."""
    for name in ("requirements.lock", "_config.yml", "_toc.yml", "package-lock.json", "references.bib"):
        (tmp_path / name).write_text("")
    for folder, name in (
        ("nnlib/data", "digits.npz"),
        ("_static", "book.css"),
        ("tools", "book_extension.py"),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_text("")
    (tmp_path / "nnlib" / "activations.py").write_text("def sigmoid(z): ...")
    drop_stale_outputs(tmp_path)
    for folder in (".jupyter_cache", ".doctrees", "html"):
        (tmp_path / "_build" / folder).mkdir()
    return tmp_path


def built(project):
    return {path.name for path in (project / "_build").iterdir() if path.is_dir()}


def test_outputs_stay_when_nothing_has_changed(project):
    (project / "nnlib" / "__pycache__").mkdir()
    (project / "nnlib" / "__pycache__" / "activations.cpython-311.pyc").write_text("")
    drop_stale_outputs(project)
    assert built(project) == {".jupyter_cache", ".doctrees", "html"}


@pytest.mark.parametrize("name", ["nnlib/activations.py", "nnlib/data/digits.npz", "requirements.lock"])
def test_outputs_go_when_the_code_behind_them_changes(project, name):
    (project / name).write_text("changed")
    drop_stale_outputs(project)
    assert built(project) == set()


def test_outputs_go_when_a_module_is_renamed(project):
    (project / "nnlib" / "activations.py").rename(project / "nnlib" / "units.py")
    drop_stale_outputs(project)
    assert built(project) == set()


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "tools/book_extension.py", "_static/book.css"])
def test_pages_go_and_outputs_stay_when_only_the_making_changes(project, name):
    (project / name).write_text("changed")
    drop_stale_outputs(project)
    assert built(project) == {".jupyter_cache"}


@pytest.fixture
def site(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">A</h1><a href="sub/b.html#here">b</a><a href="#top">a</a>'
    )
    (tmp_path / "sub" / "b.html").write_text(
        '<p id="here"><a href="../index.html">a</a><img src="p.svg"></p>'
    )
    (tmp_path / "sub" / "p.svg").write_text("<svg/>")
    return tmp_path


def test_a_whole_site_has_no_complaints(site):
    assert links.check(site) == []


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<a href="gone.html">', "leads to no file"),
        ('<a href="sub/b.html#gone">', "leads to no anchor of that page"),
        ('<a href="#gone">', "leads to no anchor of that page"),
        ('<img src="gone.png">', "leads to no file"),
        ('<script src="https://elsewhere.example/x.js"></script>', "is loaded from another host"),
        ('<link rel="stylesheet" href="//elsewhere.example/x.css">', "is loaded from another host"),
    ],
)
def test_a_broken_link_is_found(site, html, what):
    (site / "other.html").write_text(html)
    [complaint] = links.check(site)
    assert complaint.startswith("other.html: <")
    assert complaint.endswith(what)


def test_links_to_other_sites_may_be_followed_by_the_reader(site):
    (site / "other.html").write_text('<a href="https://doi.org/10.1007/BF02478259">')
    assert links.check(site) == []


def test_every_colour_of_the_palette_is_darkened_and_no_other():
    for light, dark in PALETTE.values():
        assert darken(f"fill: {light}; stroke:{light.upper()}") == f"fill: {dark}; stroke:{dark}"
    assert darken("fill: #123456; url(#ffffff0)") == "fill: #123456; url(#ffffff0)"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<svg width="403.2pt" height="259.2pt" viewBox="0 0 403.2 259.2">', (538, 346)),
        ('<svg xmlns="x" width="300" height="200px">', (300, 200)),
        ('<svg viewBox="0 0 1 1">', None),
    ],
)
def test_the_size_of_a_picture_is_read_in_pixels(tag, expected):
    assert size(f"<?xml?>\n{tag}<g/></svg>") == expected


def test_names_are_documented_where_readers_import_them():
    assert public_path(nnlib.perceptron, "Perceptron") == "nnlib.Perceptron"
    assert public_path(nnlib.datasets, "digits") == "nnlib.datasets.digits"
    assert {"Perceptron", "margin"} <= set(public_names(nnlib.perceptron))
    assert "Array" not in public_names(nnlib.perceptron)


def test_notebooks_come_in_the_order_of_the_table_of_contents(tmp_path):
    (tmp_path / "_toc.yml").write_text(
        "root: a\nparts:\n- chapters:\n  - file: c\n    sections: [{file: d}]\n- chapters: [{file: b}]\n"
    )
    for name in "abcd":
        (tmp_path / f"{name}.ipynb").touch()
    assert [path.stem for path in in_reading_order(tmp_path)] == ["a", "c", "d", "b"]


def test_every_public_name_has_a_page(pytestconfig):
    pages = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (pytestconfig.rootpath / "chapters/reference").glob("*.md")
    )
    homes = {
        getattr(nnlib, name).__module__
        for name in nnlib.__all__
        if hasattr(getattr(nnlib, name), "__module__")
    }
    homes |= {f"nnlib.{name}" for name in ("datasets", "gates", "perceptron", "plots", "widgets")}
    assert [
        home for home in sorted(homes) if f"{{nnlib-api}} {home.removeprefix('nnlib.')}\n" not in pages
    ] == []


def test_pieces_of_what_a_cell_prints_are_joined():
    pieces = [v4.new_output("stream", name="stdout", text=text) for text in ("float64:", " [nan]\n")]
    other = v4.new_output("stream", name="stderr", text="!")
    result = v4.new_output("execute_result", data={"text/plain": "1"}, execution_count=1)
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[*pieces, other, result, pieces[1]])])
    normalise(notebook)
    texts = [output.get("text", "1") for output in notebook.cells[0].outputs]
    assert texts == ["float64: [nan]\n", "!", "1", " [nan]\n"]


def test_checks_of_equations_are_read_without_being_run(tmp_path):
    (tmp_path / "chapter_01.py").write_text(
        "import nowhere\n\n\n"
        '@equation("eq-a", r"a", kind="numerical")\ndef _(claim=lambda: 1):\n    assert claim()\n\n\n'
        '@equation("eq-d", r"d", "numerical")\ndef _(claim=lambda: 2):\n    assert claim()\n\n\n'
        '@equation("eq-b", r"b")\ndef _(claim=lambda: 2):\n    assert claim()\n\n\n'
        'definition("eq-c", r"c", "a name and nothing more")\n'
    )
    found = checks(tmp_path / "chapter_01.py")
    assert [(check.label, check.kind) for check in found] == [
        ("eq-a", "numerical"),
        ("eq-d", "numerical"),
        ("eq-b", "symbolic"),
        ("eq-c", "definition"),
    ]
    assert found[0].source.startswith('@equation("eq-a"')
    assert found[0].source.endswith("assert claim()")
    assert found[3].source.startswith("definition(")


def test_every_check_of_an_equation_is_on_its_page():
    for number, path in check_files().items():
        source = path.read_text(encoding="utf-8")
        labels = set(re.findall(r'^\s*(?:@equation|definition)\(\s*"(eq-[a-z0-9-]+)"', source, re.M))
        assert {check.label for check in checks(path)} == labels
        assert labels, number


@pytest.mark.parametrize(
    ("page", "better"),
    [
        ('<a>\n <script src="x/fontawesome.js?v=1"></script><b>', "<a><b>"),
        ('<div class="citation" role="doc-biblioentry">', '<div class="citation">'),
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
        (
            '<button class="btn search-button-field x" title="t" aria-label="Search" data-y>',
            '<button class="btn search-button-field x" title="t" data-y>',
        ),
        (
            '<a href="p">The package</a><details open="open"><summary><span class="toctree-toggle">',
            '<a href="p">The package</a><details open="open"><summary aria-label="Pages of: The package">'
            '<span class="toctree-toggle">',
        ),
        ('<button class="btn" aria-label="Close">', '<button class="btn" aria-label="Close">'),
    ],
)
def test_finished_pages_are_mended_and_nothing_else_is_touched(page, better):
    assert mended(page) == better


def test_scripts_wait_and_only_the_search_searches():
    options, script = (
        '<script src="_static/documentation_options.js"></script>',
        '<script src="_static/a.js"></script>',
    )
    index = '<script src="searchindex.js"></script>'
    assert mended(f"{options}{script}{index}") == f'{options}<script defer src="_static/a.js"></script>'
    search = f'{script}{index}<div id="search-results"></div>'
    assert mended(search) == search


def test_data_of_live_figures_come_after_the_text_and_the_button_that_nobody_sees_is_gone():
    state = '<script type="application/vnd.jupyter.widget-state+json">{}</script>'
    assert mended(f"<head>{state}</head><body>text</body>") == f"<head></head><body>text{state}\n</body>"
    hidden = '<button class="pst-navbar-icon sidebar-toggle primary-toggle" aria-label="x">b</button>'
    shown = '<button class="sidebar-toggle primary-toggle btn">b</button>'
    assert mended(f"<header>{hidden}</header>{shown}") == f"<header></header>{shown}"


def test_what_a_notebook_holds_is_counted(tmp_path):
    text = (
        "Right are {glue:text}`share` % of {glue:text}`total`.\n\n"
        "```{exercise} ★ One\n:label: ex-one\n```\n\n"
        "````{solution} ex-one\n\n```python\nassert True\n```\n````\n\n````{exercise} ★ Two\n````\n\n"
        "```{solution} ex-two\n{glue:text}`share`\n```"
    )
    figure = {"mystnb": {"figure": {"caption": "After {glue:text}`best` epochs."}}}
    cells = [
        v4.new_markdown_cell(text),
        v4.new_code_cell("1", metadata=figure),
        v4.new_code_cell("`{glue:text}`"),
    ]
    (tmp_path / "one.ipynb").write_text(v4.writes(v4.new_notebook(cells=cells)))
    assert counts(tmp_path / "one.ipynb") == {"cells": 2, "quoted": 4, "exercises": 2, "solutions": 1}


def test_the_gradient_checks_that_are_counted_are_those_that_run(pytestconfig):
    combinations = pytest.importorskip("test_combinations")
    lists = {
        "layer": combinations.LAYERS,
        "cost": combinations.COSTS,
        "penalty": combinations.PENALTIES,
    }
    counted = cases(pytestconfig.rootpath / "tests/test_combinations.py", "test_gradient")
    assert counted == {name: len(values) for name, values in lists.items()}
    marks = [mark.args for mark in combinations.test_gradient.pytestmark if mark.name == "parametrize"]
    assert {name: len(values) for name, values in marks} == counted


@pytest.mark.parametrize(
    ("source", "message"),
    [("ONES = make()", "ONES is not written out"), ("ONES = [1]\n\n\n@parametrize('b', [2])", "named lists")],
)
def test_a_list_that_cannot_be_counted_is_refused(tmp_path, source, message):
    (tmp_path / "a.py").write_text(f"{source}\n@parametrize('a', ONES)\ndef test(a, b): ...\n")
    with pytest.raises(ValueError, match=message):
        cases(tmp_path / "a.py", "test")
