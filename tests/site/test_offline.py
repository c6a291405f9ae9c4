"""The site works from its archive, opened as files, and from any path of a plain file server."""

import zipfile

import pytest
from dev import HTML
from finished_pages import ARCHIVE
from lite import FOLDER as LITE
from site_server import serve

CHAPTER = "chapters/05-backpropagation.html"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    with zipfile.ZipFile(HTML / "_static" / ARCHIVE) as packed:
        packed.extractall(folder)
    return folder / "neural-networks"


def reads_well(browser, address):
    """Open a chapter and see its formulas set, its pictures there and its live figures drawn."""
    page = browser.new_page()
    trouble = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.goto(address, wait_until="load")
    page.wait_for_function("MathJax.startup.promise.then(() => true)")
    assert page.locator("mjx-container").count() > 100
    page.locator("[data-explorable]").first.wait_for()
    page.locator(".nn-frames").first.wait_for()
    assert trouble == []
    page.close()


def test_the_archive_holds_every_page(unpacked):
    ours, theirs = ({path.relative_to(root) for path in root.rglob("*.html")} for root in (HTML, unpacked))
    # JupyterLite runs only where a server sends it.
    assert {path for path in ours if path.parts[0] != LITE} == theirs


def test_it_can_be_read_from_a_folder_by_double_click(unpacked, browser):
    reads_well(browser, (unpacked / CHAPTER).as_uri())
    page = browser.new_page()
    page.goto((unpacked / "search.html").as_uri() + "?q=eigenvalue")
    page.locator(".search li a").first.wait_for()
    page.close()


def test_it_works_below_any_path(unpacked, browser):
    with serve(unpacked.parent) as address:
        reads_well(browser, f"{address}/neural-networks/{CHAPTER}")
