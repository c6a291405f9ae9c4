"""The notebooks run in the reader's browser: by Python, NumPy and nnlib that the site itself sends."""

import gzip
import json
import re
import zipfile
from urllib.parse import parse_qs, unquote, urlsplit

import lite
import pytest
import site_server
import yaml
from bs4 import BeautifulSoup
from dev import HTML, ROOT
from finished_pages import ARCHIVE
from run_here import MEGABYTES, RUN_HERE, notebook_of

LITE = HTML / lite.FOLDER
PYTHON = LITE / "static/pyodide"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS = CONFIG["sphinx"]["config"]["lite_packages"]
# The four packages with compiled parts that no registry carries for this Python.
FROM_OUTSIDE = {"contourpy", "kiwisolver", "matplotlib", "pillow"}
PAGES = [name for name in site_server.pages(HTML) if notebook_of(name.removesuffix(".html"), ROOT)]
# Trains for some seconds natively and in WebAssembly alike; the printed number must agree.
TRAIN = """import numpy as np

import nnlib as nn

X_train, X_test, y_train, y_test = nn.datasets.digits(seed=0)
net = nn.Network([nn.Dense(64, 16, nn.he), nn.ReLU(), nn.Dense(16, 10)], nn.CategoricalCrossEntropy(), seed=0)
nn.fit(net, X_train, y_train, nn.Adam(learning_rate=1e-2), epochs=3)
print(f"accuracy {net.accuracy(X_test, y_test):.3f}, NumPy {np.__version__}")"""


def listed():
    """Every file that JupyterLite's own listing names."""
    found = set()
    for folder in ("", "chapters/", "assignments/"):
        entries = json.loads((LITE / "api/contents" / folder / "all.json").read_text(encoding="utf-8"))
        found |= {entry["path"] for entry in entries["content"] if entry["type"] == "notebook"}
    return found


def invitation(page):
    found = RUN_HERE.findall((HTML / page).read_text(encoding="utf-8"))
    assert len(found) == 1
    return BeautifulSoup(found[0], "html.parser").p


def test_the_listing_names_every_notebook_that_runs_and_each_is_the_tree_s():
    ours = lite.runnable()
    assert len(ours) >= 16
    assert listed() == set(ours)
    for name, path in ours.items():
        assert (LITE / "files" / name).read_bytes() == path.read_bytes(), name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_its_own_notebook_or_says_why_not(page):
    name, path = notebook_of(page.removesuffix(".html"), ROOT)
    paragraph = invitation(page)
    button = paragraph.select_one("a.run-button")
    if name not in lite.runnable():
        assert button is None
        assert all(module in paragraph.text for module in lite.missing(path, lite.pyodide_lock()))
        return
    url = urlsplit(button["href"])
    assert ((HTML / page).parent / url.path).resolve() == LITE / "notebooks/index.html"
    assert parse_qs(url.query)["path"] == [name]
    assert button.text == "Run in your browser"
    # What needs which host is said on the page.
    outside = lite.fetched(path, lite.pyodide_lock())
    assert outside in (set(), FROM_OUTSIDE)
    assert (urlsplit(ADDRESS).hostname in paragraph.text) == bool(outside)
    assert ("no other host" in paragraph.text) != bool(outside)


def test_every_notebook_has_a_page_with_the_button():
    assert {notebook_of(page.removesuffix(".html"), ROOT)[0] for page in PAGES} == set(lite.notebooks())


def test_what_a_notebook_draws_with_it_imports_itself():
    # The kernel loads what a cell imports, not what nnlib imports on being asked for `nn.plots`.
    for name, path in lite.runnable().items():
        source = path.read_text(encoding="utf-8")
        if re.search(r"nn\.plots|widgets\.frames", source):
            assert "matplotlib" in lite.imports(path), name


def test_only_the_bridge_to_pytorch_does_not_run():
    assert set(lite.notebooks()) - set(lite.runnable()) == {
        "chapters/08-from-nnlib-to-pytorch.ipynb",
        "chapters/beyond-one-machine.ipynb",
    }


def test_the_wheel_is_that_of_this_tree():
    with zipfile.ZipFile(next(PYTHON.glob("nnlib-*.whl"))) as wheel:
        theirs = {name: wheel.read(name) for name in wheel.namelist() if name.startswith("nnlib/")}
    files = [path for path in (ROOT / "nnlib").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert theirs == {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    assert {"nnlib/data/digits.npz", "nnlib/data/breast_cancer.npz"} <= set(theirs)


def test_the_lock_names_files_that_are_there_and_one_address_for_all_others():
    packages = json.loads((PYTHON / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    here = {name: package for name, package in packages.items() if (PYTHON / package["file_name"]).is_file()}
    assert {"numpy", "nnlib", "ipython", "anywidget", "micropip"} <= set(here)
    for name, package in here.items():
        assert package["sha256"] == lite.sha256(PYTHON / package["file_name"]), name
        assert all(need in packages for need in package["depends"])
    assert all(packages[name]["file_name"].startswith(ADDRESS) for name in set(packages) - set(here))
    # What the kernel starts with, and what `import nnlib` needs, is here with all that it needs.
    todo, seen = [lite.canonical(name) for name in (*lite.AT_START, "nnlib")], set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += packages[name]["depends"]
    assert seen <= set(here)


def test_the_archive_does_without():
    with zipfile.ZipFile(HTML / "_static" / ARCHIVE) as packed:
        names = packed.namelist()
        assert not [name for name in names if f"/{lite.FOLDER}/" in name]
        page = packed.read("neural-networks/chapters/01-perceptron.html").decode()
    assert "run-here" not in page


def test_a_page_opened_as_a_file_does_not_invite(browser):
    page = browser.new_page()
    page.goto((HTML / "chapters/01-perceptron.html").as_uri(), wait_until="load")
    assert page.locator("h1").last.is_visible()
    assert page.locator(".run-here").count() == 0
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_is_there_and_can_be_reached_by_keyboard(browser, width):
    with site_server.serve(HTML) as address:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(120_000)
        page.goto(f"{address}/assignments/release/01-perceptron/01-perceptron.html", wait_until="load")
        button = page.get_by_role("link", name="Run in your browser", exact=True)
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 800  # without scrolling
        assert box["height"] >= 24  # to be hit by a finger
        if width == 390:  # once is enough
            button.focus()
            page.keyboard.press("Enter")
            page.wait_for_url("**/lite/notebooks/index.html?path=assignments/01-perceptron.ipynb")
            page.get_by_role("heading", name="Assignment 1: The perceptron").wait_for()
        page.close()


@pytest.fixture(scope="module")
def reader(browser):
    """A reader who has opened an assignment in JupyterLite; notes what is asked of the site and of others."""
    asked, foreign = [], []

    class Noting(site_server.Quiet):
        def log_message(self, form, *arguments):
            if form.startswith('"%s"'):
                asked.append(unquote(urlsplit(arguments[0].split()[1]).path))

    with site_server.serve(HTML, handler=Noting) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 3000})
        context.set_default_timeout(300_000)  # two kernels and four browsers may share two cores

        def refuse(route):
            foreign.append(route.request.url)
            route.abort()

        context.route(lambda url: not url.startswith((address, "data:", "blob:")), refuse)
        page = context.new_page()
        page.goto(f"{address}/lite/notebooks/index.html?path=assignments/01-perceptron.ipynb")
        page.locator(".jp-CodeCell").first.wait_for()
        yield page, asked, foreign
        context.close()


def answer(page, code, index=0):
    """Run code in a cell, and return what the cell shows."""
    cell = page.locator(".jp-CodeCell").nth(index)
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(code)
    for _ in range(60):  # JupyterLab drops, without a word, what is run before the kernel is there
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1000)
        if prompt.inner_text() not in (before, "[ ]:"):
            break
    page.wait_for_function(
        """([index, before]) => {
            const cell = document.querySelectorAll('.jp-CodeCell')[index];
            const prompt = cell.querySelector('.jp-InputPrompt').innerText;
            return prompt !== before && /\\d/.test(prompt);
        }""",
        arg=[index, before],
    )
    return cell.locator(".jp-OutputArea").inner_text()


def test_nnlib_trains_in_the_browser_and_nobody_else_is_asked(reader, capsys):
    page, asked, foreign = reader
    shown = answer(page, TRAIN)
    assert foreign == []
    exec(TRAIN, {})
    here = capsys.readouterr().out
    assert re.search(r"accuracy 0\.9\d\d", here)
    assert shown.partition(",")[0] == here.partition(",")[0]
    assert "NumPy 2.0.1" in shown
    # The page says how much this takes.
    files = {HTML / path.lstrip("/") for path in asked}
    bodies = [path.read_bytes() for path in files if path.is_file()]
    weight = sum(min(len(body), len(gzip.compress(body, 6))) for body in bodies) / 1e6
    assert weight == pytest.approx(MEGABYTES, abs=1)


def test_a_live_figure_answers_in_the_browser(reader):
    page, _, foreign = reader
    answer(page, "import nnlib as nn\n\nfigure = nn.widgets.ActivationExplorable()\nfigure")
    slider = page.locator("[data-explorable] input[type=range]").first
    slider.wait_for()
    before = float(answer(page, "print(figure.z)", 1))
    slider.press("ArrowRight")
    assert float(answer(page, "print(figure.z)", 1)) > before
    assert foreign == []


def test_matplotlib_and_nothing_else_is_asked_from_the_one_address(reader):
    page, _, foreign = reader
    shown = answer(page, "import matplotlib")
    assert "ModuleNotFoundError" in shown  # the network is cut
    packages = lite.pyodide_lock()["packages"]
    assert set(foreign) == {ADDRESS + packages[name]["file_name"] for name in FROM_OUTSIDE}
