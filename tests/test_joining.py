"""Pages of a site become chapters of one document: names stay unique, links lead on inside it."""

import re

import pytest
from bs4 import BeautifulSoup
from pdf import Entry, Joiner, joined, reading_order

ONE = """
<section id="one"><h1><span class="section-number">1. </span>One<a class="headerlink" href="#one">#</a></h1>
<section id="first"><h2>First</h2>
<p id="same">Here <a href="../two.html#same">there</a>, <a href="../two.html">two</a>,
<a href="#same">here</a>,
<a href="../left.html#out">out</a>, <a href="https://doi.org/1">far</a>.</p><p id="same">Again.</p>
<img class="only-light" loading="lazy" src="../_images/a.svg" alt="a">
<img class="only-dark" src="../_images/b.svg">
<figure id="fig-live"><script>{}</script>
<noscript><img class="still" src="../_images/s.svg" alt="s"></noscript>
<figcaption><p>Fig. 1.1 A caption.</p></figcaption></figure>
<details><summary><p class="collapsed">Show code</p></summary><pre>code</pre></details>
<details><summary>Answer</summary><p>Yes.</p></details>
</section></section>"""
TWO = """
<section id="two"><h1>Two</h1><h2 id="A">A</h2><table class="genindextable"><tr><td><ul><li>
<a href="chapters/one.html#first">first</a></li></ul></td></tr></table><p id="same">There.</p></section>"""
ABOUT = {"title": "T & T", "authors": [{"name": "A. U. Thor"}], "version": "1", "date-released": "2026-01-01"}
ENTRIES = [Entry("chapters/one", 1, "Part"), Entry("two", 1)]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "chapters").mkdir()
    for name, text in {"chapters/one": ONE, "two": TWO}.items():
        page = f'<html><body><article class="bd-article">{text}</article></body></html>'
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
    return tmp_path


@pytest.fixture
def book(site):
    return BeautifulSoup(joined(site, ENTRIES, ABOUT, "https://book.example/"), "html.parser")


def test_pages_come_in_the_order_of_the_table_of_contents():
    toc = {
        "root": "a",
        "parts": [
            {"caption": "P", "chapters": [{"file": "b", "sections": [{"file": "c"}]}, {"file": "d"}]},
            {"caption": "Q", "chapters": [{"file": "e"}]},
        ],
    }
    assert reading_order(toc) == [
        Entry("a"),
        Entry("b", 1, "P"),
        Entry("c", 2),
        Entry("d", 1),
        Entry("e", 1, "Q"),
    ]


def test_every_name_is_there_once_and_every_link_inside_leads_to_one(book):
    names = [tag["id"] for tag in book.find_all(id=True)]
    assert len(names) == len(set(names))
    inside = [tag["href"][1:] for tag in book.find_all("a", href=re.compile("^#"))]
    assert inside
    assert set(inside) <= set(names)
    assert {tag["data-at"] for tag in book.select(".page-of")} <= set(names)


def test_links_between_pages_lead_inside_and_others_to_the_site(book):
    links = {tag.get_text(): tag["href"] for tag in book.select(".chapter a")}
    there = book.find(id=links["there"][1:])
    assert there is not None
    assert there.get_text() == "There."
    assert book.find(id=links["two"][1:]).find_parent("h2").get_text() == "Two"
    assert book.find(id=links["here"][1:]).get_text().startswith("Here")
    assert links["out"] == "https://book.example/left.html#out"
    assert links["far"] == "https://doi.org/1"


def test_a_link_to_nowhere_is_refused(site):
    page = site / "two.html"
    page.write_text(page.read_text(encoding="utf-8").replace("#first", "#third"), encoding="utf-8")
    with pytest.raises(ValueError, match="#third leads to no anchor"):
        joined(site, ENTRIES, ABOUT, "")


def test_a_page_without_a_heading_is_refused(site):
    (site / "two.html").write_text('<article class="bd-article"><p>Text</p></article>', encoding="utf-8")
    with pytest.raises(ValueError, match="expected an article with a heading"):
        Joiner(site, ENTRIES, "")


def test_a_live_figure_becomes_its_picture_with_a_link(book):
    figure = book.find(id="chapters-one--fig-live")
    assert figure.img["src"] == "/_images/s.svg"
    assert figure.figcaption.a["href"] == "https://book.example/chapters/one.html#fig-live"
    assert not book.select("noscript, .chapter script")


def test_without_an_address_of_the_site_the_link_is_relative(site):
    book = BeautifulSoup(joined(site, ENTRIES, ABOUT, ""), "html.parser")
    link = book.select_one(".live a")
    assert link["href"] == "/chapters/one.html#fig-live"
    assert link.get_text() == "chapters/one.html#fig-live"


def test_what_is_folded_is_open_and_what_is_for_the_screen_is_gone(book):
    assert "code" in book.pre.get_text()
    text = book.get_text()
    assert "Answer" in text
    assert "Yes." in text
    assert "Show code" not in text
    assert "#" not in " ".join(heading.get_text() for heading in book.find_all(re.compile("^h[1-6]$")))
    assert not book.select("details, .only-dark, [loading]")


def test_headings_are_lowered_under_their_part_and_look_the_same(book):
    levels = [(tag.name, tag.get_text()) for tag in book.find_all(re.compile("^h[1-6]$"))]
    assert levels == [
        ("h1", "T & T"),
        ("h1", "Contents"),
        ("h1", "Part"),
        ("h2", "1. One"),
        ("h3", "First"),
        ("h2", "Two"),
        ("h3", "A"),
    ]
    assert "looks-h1" in book.find("h2")["class"]


def test_the_contents_list_parts_chapters_and_sections_of_chapters_with_numbers(book):
    lines = [(tag["class"][1][-1], tag.a.get_text()) for tag in book.select(".entry")]
    assert lines == [("0", "Part"), ("1", "1. One"), ("2", "First"), ("1", "Two")]


def test_the_index_flows_and_each_entry_has_room_for_a_page_number(book):
    index = book.select_one(".index")
    assert [tag.name for tag in index.find_all(["h3", "ul"])] == ["h3", "ul"]
    assert index.select_one(".page-of")["data-at"] == "chapters-one--first"
    assert not book.select("table")
