"""The printed book: bookmarks, links, numbers and pictures are there, and nothing is cut at the edge."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup
from dev import HTML, ROOT
from pdf import COLUMN, FIT, TOO_WIDE, Entry, joined, make, opened, page_numbers
from pypdf import PdfReader
from site_server import serve

CHAPTER = "chapters/01-perceptron"
ENTRIES = [
    Entry(CHAPTER, 1, "The course"),
    Entry("chapters/bibliography", 1, "Reference"),
    Entry("genindex", 1),
]
BASE = "https://book.example"


@pytest.fixture(scope="module")
def about():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pdf(browser, about, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    assert make(browser, HTML, ENTRIES, about, BASE, path) > 20
    return PdfReader(path)


@pytest.fixture(scope="module")
def words(pdf):
    """Text of the book, without spaces: a line may end anywhere."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))


@pytest.fixture(scope="module")
def chapter():
    page = (HTML / f"{CHAPTER}.html").read_text(encoding="utf-8")
    return BeautifulSoup(page, "html.parser").select_one("article.bd-article")


def bookmarks(reader, outline, depth=0):
    """Depth, title and page of each bookmark."""
    for entry in outline:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry, depth + 1)
        else:
            yield depth, entry.title, reader.get_destination_page_number(entry) + 1


def annotations(reader):
    return [note.get_object() for page in reader.pages for note in page.annotations or ()]


def test_each_heading_has_a_bookmark_under_that_of_its_part(pdf, chapter):
    marks = [(depth, title) for depth, title, _ in bookmarks(pdf, pdf.outline)]
    headings = chapter.find_all(re.compile("^h[1-3]$"))
    wanted = [
        (int(tag.name[1]), " ".join(tag.get_text().removesuffix("#").split()))
        for tag in headings
        if not tag.select(".math")
    ]
    assert len(wanted) > 20
    start = marks.index((0, "The course"))
    assert marks[:start] == [(0, "Neural Networks That Prove Themselves"), (0, "Contents")]
    assert [mark for mark in marks[start : marks.index((0, "Reference"))] if mark in wanted] == wanted


def test_pages_of_the_contents_are_those_of_the_bookmarks(pdf):
    pages = {title: page for _, title, page in bookmarks(pdf, pdf.outline)}
    contents = "".join(pdf.pages[i].extract_text() for i in range(1, pages["The course"] - 1))
    lines = re.sub(r"\s", "", contents)
    found = [title for title in pages if re.sub(r"\s", "", title) + str(pages[title]) in lines]
    assert {"The course", "1. The perceptron", "Bibliography", "Index"} <= set(found)
    assert len(found) > 15
    assert "?" not in re.sub(r"[A-Z][^?.]*\?\d", "", lines)  # but where a heading asks


def test_links_lead_to_places_in_the_book_or_to_the_web(pdf):
    notes = annotations(pdf)
    inside = [str(note["/Dest"]).removeprefix("/") for note in notes if "/Dest" in note]
    places = {name.removeprefix("/") for name in pdf.named_destinations}
    assert len(inside) > 100
    assert set(inside) <= places
    outside = {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}
    assert all(uri.startswith(("https://", "http://")) for uri in outside)
    assert not [uri for uri in outside if "127.0.0.1" in uri]
    assert [uri for uri in outside if uri.startswith(f"{BASE}/chapters/reference/")]  # pages left out


def test_equations_and_captions_have_the_numbers_of_the_site(words, chapter):
    numbers = [tag.find(string=re.compile(r"\(\d+\.\d+\)")).strip() for tag in chapter.select(".eqno")]
    captions = [tag.get_text().strip() for tag in chapter.select(".caption-number")]
    assert len(numbers) > 5
    assert len(captions) > 10
    for number in numbers + captions:
        assert number.replace(" ", "") in words


def test_each_live_figure_is_a_picture_that_leads_to_the_site(pdf, words, chapter):
    live = [tag.find_parent(id=True)["id"] for tag in chapter.find_all("noscript")]
    assert live
    uris = [str(note["/A"]["/URI"]) for note in annotations(pdf) if "/URI" in note.get("/A", {})]
    for name in live:
        assert f"{BASE}/{CHAPTER}.html#{name}" in uris
        assert f"{BASE}/{CHAPTER}.html#{name}" in words
    alts = {image["alt"] for image in chapter.select("img.still")}
    assert alts <= {str(element["/Alt"]) for element in elements(pdf) if "/Alt" in element}


def test_the_file_says_what_it_is(pdf, about):
    assert pdf.metadata.title == about["title"]
    assert pdf.metadata.author == "The authors of the book"
    assert pdf.trailer["/Root"]["/PageMode"] == "/UseOutlines"
    assert next(iter(elements(pdf)))["/Lang"] == "en"


def elements(reader):
    """Elements of the tree that says what is a heading, a paragraph, a picture."""
    stack = [reader.trailer["/Root"]["/StructTreeRoot"]["/K"]]
    while stack:
        thing = stack.pop().get_object()
        if isinstance(thing, list):
            stack += thing
        elif isinstance(thing, dict) and thing.get("/Type") == "/StructElem":
            yield thing
            stack += [thing["/K"]] if "/K" in thing else []


def test_all_that_is_marked_on_a_page_belongs_to_an_element_of_the_tree(pdf):
    kinds = [element["/S"] for element in elements(pdf)]
    assert {"/H1", "/H2", "/P", "/Link", "/Table", "/Figure"} <= set(kinds)
    numbers = pdf.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    owners = {int(numbers[i]): numbers[i + 1].get_object() for i in range(0, len(numbers), 2)}
    for page in pdf.pages:
        for mark, owner in enumerate(owners[page["/StructParents"]]):
            element = owner.get_object()
            assert mark in [
                kid if isinstance(kid, int) else kid.get("/MCID") for kid in map(value, element["/K"])
            ]


def value(thing):
    return thing.get_object()


def test_the_text_column_holds_all_and_what_it_cannot_hold_is_reported(browser, about):
    with serve(HTML) as address:
        page = opened(browser, address, joined(HTML, [ENTRIES[0]], about, BASE))
        assert page.evaluate("document.querySelectorAll('mjx-container').length") > 100
        assert not page.locator("mjx-merror").count()
        assert page.evaluate(TOO_WIDE, COLUMN) == []
        page.evaluate(
            """document.body.insertAdjacentHTML('beforeend',
              '<pre style="width: 700px">wide</pre><p>' + '<code>x</code>'.repeat(200) + '</p>')"""
        )
        assert [words.split()[0] for words in page.evaluate(TOO_WIDE, COLUMN)] == ["PRE"]
        page.context.close()


def test_wide_formulas_and_tables_are_made_to_fit(browser, about):
    with serve(HTML) as address:
        page = opened(browser, address, joined(HTML, [ENTRIES[1]], about, BASE))
        page.evaluate(
            """async () => {
              const cells = '<td>word&nbsp;and&nbsp;word</td>'.repeat(6);
              document.body.insertAdjacentHTML('beforeend', `<table><tr>${cells}</tr></table>`
                + '<div class="math"><span class="eqno">(1.1)</span>'
                + '\\\\[' + 'a + '.repeat(60) + 'z\\\\]</div>');
              await MathJax.typesetPromise?.([document.body.lastElementChild]);
            }"""
        )
        before = {words.split()[0] for words in page.evaluate(TOO_WIDE, COLUMN)}
        assert {"MJX-MATH", "TABLE"} <= before
        least = page.evaluate(FIT)
        assert 0.3 < least["formula"] < 0.8
        assert 0.7 < least["table"] < 1
        assert page.evaluate(TOO_WIDE, COLUMN) == []
        page.context.close()


def test_what_would_be_cut_is_refused(browser, about, tmp_path):
    page = '<article class="bd-article"><h1>Wide</h1><p style="width: 900px">Text</p></article>'
    (tmp_path / "wide.html").write_text(page, encoding="utf-8")
    with pytest.raises(ValueError, match="wider than the column"):
        make(browser, tmp_path, [Entry("wide")], about, "", tmp_path / "book.pdf")


def test_without_an_address_links_lead_to_the_site_beside_the_book(browser, about, tmp_path):
    page = '<article class="bd-article"><h1>A heading</h1><a href="left.html#out">out</a></article>'
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    out = tmp_path / "book.pdf"
    make(browser, tmp_path, [Entry("page")], about, "", out)
    reader = PdfReader(out)
    uris = [str(note["/A"]["/URI"]) for note in annotations(reader) if "/A" in note]
    assert uris == ["../html/left.html#out"]
    assert page_numbers(out.read_bytes())["page"] == 3
