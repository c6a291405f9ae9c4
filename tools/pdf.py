"""The whole book as one PDF: the finished pages, joined in reading order and printed by a browser.

Numbers of equations, figures and sections are those of the site. `make pdf` writes it to _build/pdf.
"""

from __future__ import annotations

import argparse
import io
import mimetypes
import posixpath
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import matplotlib
import yaml  # type: ignore[import-untyped]
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, Route, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, TextStringObject
from site_server import launch, serve

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
OUT = ROOT / "_build" / "pdf" / "neural-networks.pdf"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # the same letters on every machine
COLUMN = 567  # CSS pixels: 150 mm, as in print.css
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="/_static/pygments.css">
<style>
{style}
</style>
<script>
window.MathJax = {{options: {{enableMenu: false, enableAssistiveMml: false, processHtmlClass: "math"}}}};
</script>
<script defer src="/_static/vendor/mathjax/tex-chtml-full.js"></script>
</head>
<body class="mathjax_ignore">
{body}
</body>
</html>
"""

# Formulas that are wider than their column are made smaller; so are tables.
# First all is measured, then all is changed: the browser lays out the whole book between the two.
FIT = """() => {
  const blocks = 'p, li, dt, dd, td, th, figcaption, h1, h2, h3, h4, h5, h6, .line';
  const least = {formula: 1, table: 1};
  const width = element => element.getBoundingClientRect().width;
  const room = element => {
    const style = getComputedStyle(element);
    return element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  };
  const size = element => parseFloat(getComputedStyle(element).fontSize);
  const measured = (kind, elements, part) => elements
    .map(element => ({kind, element, part: part(element), size: size(element)}))
    .filter(({part}) => part < 0.999);
  const shrink = all => {
    for (const {kind, element, part, size} of all) {
      element.style.fontSize = `${size * part * 0.995}px`;
      least[kind] = Math.min(least[kind], part);
    }
  };
  shrink(measured('formula', [...document.querySelectorAll('mjx-container')], math => {
    const display = math.closest('div.math'), number = display?.querySelector('.eqno');
    const block = display ?? math.parentElement.closest(blocks) ?? document.body;
    return (room(block) - (number ? width(number) + 12 : 0)) / width(math.querySelector('mjx-math'));
  }));
  const share = table => room(table.parentElement) / width(table);
  const tables = [...document.querySelectorAll('table')];
  for (const table of tables.filter(table => share(table) < 0.75))
    table.classList.add('tight'); // paths and names may break anywhere
  shrink(measured('table', tables, share));
  return least;
}"""

# Titles of bookmarks: the browser's own lose formulas, and the space where a heading has a second line.
TITLES = """() => {
  for (const item of window.MathJax?.startup?.document?.math ?? [])
    item.typesetRoot.dataset.source = item.math.trim();
  return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => {
    const copy = heading.cloneNode(true);
    for (const math of copy.querySelectorAll('mjx-container')) math.textContent = math.dataset.source;
    return copy.textContent.trim().replace(/\\s+/g, ' ');
  });
}"""

# What would be cut at the edge of the column; the numbers are CSS pixels.
TOO_WIDE = """column => {
  const found = [], body = document.body.getBoundingClientRect();
  for (const element of document.querySelectorAll('pre, mjx-math, table, img, svg, p, dt, code, figure')) {
    const box = element.getBoundingClientRect();
    const over = Math.max(box.right - body.left - column, element.scrollWidth - element.clientWidth - column);
    if (box.width && (over > 1 || box.left < body.left - 1))
      found.push(`${element.tagName} from ${Math.round(box.left - body.left)} to `
        + `${Math.round(box.right - body.left)} of ${column}: ` + element.textContent.trim().slice(0, 60));
  }
  return found;
}"""


@dataclass(frozen=True)
class Entry:
    """A page of the book: the name of its document, how deep it is nested, the part that it opens, if any."""

    name: str
    depth: int = 0
    part: str = ""


def reading_order(toc: Mapping[str, Any]) -> list[Entry]:
    """Pages in the order of the table of contents."""
    found = [Entry(toc["root"])]

    def add(entries: Iterable[Mapping[str, Any]], depth: int, part: str = "") -> None:
        for entry in entries:
            found.append(Entry(entry["file"], depth, part))
            part = ""
            add(entry.get("sections", ()), depth + 1)

    for part in toc["parts"]:
        add(part["chapters"], 1, part["caption"])
    return found


def anchor(page: str, fragment: str = "") -> str:
    """Name in the joined book of a page, or of a place in it."""
    return re.sub(r"[^\w.-]", "-", f"{page}--{fragment}" if fragment else page)


def resolved(page: str, address: str) -> tuple[str, str]:
    """Path from the site's root, and fragment, of a relative address that stands on a page."""
    url = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(url.path))) if url.path else ""
    return path, unquote(url.fragment)


class Joiner:
    """Makes pages of a site into chapters of one document.

    Parameters
    ----------
    site : Path
        The finished site.
    entries : sequence of Entry
        Its pages that the book holds, in order.
    base : str
        Address under which the site is found: of the links to live figures, and to pages left out.
    """

    def __init__(self, site: Path, entries: Sequence[Entry], base: str) -> None:
        self.site, self.entries = site, entries
        self.base = base.rstrip("/") + "/"
        self.articles = {entry.name: self.article(entry.name) for entry in entries}
        self.anchors = {
            name: {str(tag["id"]) for tag in article.find_all(id=True)}
            for name, article in self.articles.items()
        }

    def article(self, name: str) -> Tag:
        """What a page says, without what surrounds it."""
        path = self.site / f"{name}.html"
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        article = soup.select_one("article.bd-article")
        if article is None or article.h1 is None:
            raise ValueError(f"expected an article with a heading in {path}")
        return article

    def title(self, name: str) -> str:
        """Heading of a page, as text."""
        heading = self.articles[name].h1
        assert heading is not None
        return " ".join(heading.get_text().removesuffix("#").split())

    def body(self) -> str:
        """All pages, as HTML."""
        return "\n".join(part for entry in self.entries for part in self.chapter(entry))

    def chapter(self, entry: Entry) -> Iterator[str]:
        """HTML of a page, after that of the part that it opens."""
        if entry.part:
            yield f'<section class="part"><h1 id="{anchor(entry.part)}">{escape(entry.part)}</h1></section>'
        article = self.articles[entry.name]
        self.still(entry.name, article)
        self.clean(article)
        self.link(entry.name, article)
        self.identify(entry.name, article)
        self.columns(article)
        demote(article, entry.depth)
        yield f'<section class="chapter" style="page: {page_name(entry.name)}">'
        yield article.decode_contents()
        yield "</section>"

    def live(self, page: str, place: str) -> str:
        """Line that leads from a picture to the figure that moves."""
        address = f"{page}.html" + (f"#{place}" if place else "")
        target = escape(self.base + address, quote=True)
        shown = escape(self.base + address if "://" in self.base else address)
        return f'<span class="live">Live on the site: <a href="{target}">{shown}</a></span>'

    def still(self, page: str, article: Tag) -> None:
        """Put the picture of each live figure in its place, and the line that leads to it."""
        for stand_in in article.find_all("noscript"):
            figure = stand_in.find_parent("figure")
            named = stand_in.find_parent(id=True)
            line = BeautifulSoup(self.live(page, str(named["id"]) if named else ""), "html.parser")
            caption = figure.figcaption if figure else None
            (caption.append if caption else stand_in.insert_after)(line)
            stand_in.unwrap()

    def clean(self, article: Tag) -> None:
        """Take out what works on a screen only, and unfold what is folded."""
        hidden = "script, style, button, a.headerlink, img.only-dark, svg.sd-octicon, .genindex-jumpbox"
        for tag in article.select(hidden):
            tag.decompose()
        for details in article.find_all("details"):
            summary = details.summary
            assert summary is not None
            if summary.find(class_="collapsed"):  # of a cell's code, which speaks for itself
                summary.decompose()
            else:
                summary.name = "p"
            details.name = "div"
        for image in article.find_all("img"):
            del image["loading"]

    def link(self, page: str, article: Tag) -> None:
        """Make links between pages links inside the book; the others lead to the site."""
        for image in article.find_all("img"):
            image["src"] = "/" + resolved(page, str(image["src"]))[0]
        for tag in article.find_all("a", href=True):
            address = str(tag["href"])
            url = urlsplit(address)
            if url.scheme or url.netloc or address.startswith(self.base):
                continue
            path, fragment = resolved(page, address)
            name = path.removesuffix(".html") if path else page
            if name in self.articles:
                if fragment and fragment not in self.anchors[name]:
                    raise ValueError(f"{page}: {address} leads to no anchor")
                tag["href"] = f"#{anchor(name, fragment)}"
                if tag.find_parent(class_="genindextable"):
                    tag.insert_after(BeautifulSoup(f", {numbered(anchor(name, fragment))}", "html.parser"))
            else:
                tag["href"] = self.base + path + (f"#{fragment}" if fragment else "")

    def identify(self, page: str, article: Tag) -> None:
        """Make the names of places unique in the book; what has one twice keeps the first."""
        seen = set()
        for tag in article.find_all(id=True):
            name = str(tag["id"])
            tag["id"] = anchor(page, name)
            if tag["id"] in seen:
                del tag["id"]
            seen.add(anchor(page, name))
        heading = article.h1
        assert heading is not None
        place = BeautifulSoup("", "html.parser").new_tag("span", id=anchor(page))
        heading.insert(0, place)

    def columns(self, article: Tag) -> None:
        """Let the lists of an index flow in columns: on the site each letter has a table."""
        tables = article.select("table.genindextable")
        if not tables:
            return
        index = BeautifulSoup("", "html.parser").new_tag("div", attrs={"class": "index"})
        letters = article.find_all("h2")
        letters[0].insert_before(index)
        for letter, table in zip(letters, tables, strict=True):
            index.extend([letter.extract(), *(entries.extract() for entries in table.select("td > ul"))])
            table.decompose()

    def contents(self) -> str:
        """Table of contents, with sections for chapters that have a number."""
        lines = []
        for entry in self.entries:
            if entry.part:
                lines.append(self.line(0, anchor(entry.part), escape(entry.part)))
            lines.append(self.line(1, anchor(entry.name), escape(self.title(entry.name))))
            article = self.articles[entry.name]
            assert article.h1 is not None
            if article.h1.find(class_="section-number"):
                for heading in article.find_all("h2"):
                    section = heading.find_parent("section")
                    if section is not None and section.get("id"):
                        copy = BeautifulSoup(heading.decode_contents(), "html.parser")
                        for extra in copy.select("a.headerlink"):
                            extra.decompose()
                        lines.append(self.line(2, anchor(entry.name, str(section["id"])), str(copy)))
        return '<section class="contents"><h1>Contents</h1>' + "\n".join(lines) + "</section>"

    def line(self, level: int, target: str, title: str) -> str:
        """One line of the table of contents."""
        return (
            f'<p class="entry level-{level}"><a href="#{target}"><span>{title}</span></a>'
            f'<span class="dots"></span>{numbered(target)}</p>'
        )

    def running_heads(self) -> str:
        """Style rules that write a page's title above it, wherever it goes on."""
        rules = []
        for entry in self.entries:
            title = self.title(entry.name).replace("\\", "\\\\").replace('"', '\\"')
            rules.append(f'@page {page_name(entry.name)} {{ @top-right {{ content: "{title}"; }} }}')
        return "\n".join(rules)


def page_name(name: str) -> str:
    """Name of a kind of sheet for the style rules."""
    return "sheet-" + re.sub(r"\W", "-", name)


def numbered(target: str) -> str:
    """Place that the number of a page will fill, once it is known."""
    return f'<span class="page-of" data-at="{target}"></span>'


def demote(article: Tag, depth: int) -> None:
    """Lower the headings by the depth of the page, so that bookmarks nest; the looks stay."""
    for heading in article.find_all(re.compile(r"^h[1-6]$")):
        level = int(heading.name[1])
        names = [str(name) for name in heading.get_attribute_list("class") if name]
        heading["class"] = " ".join([*names, f"looks-h{level}"])
        heading.name = f"h{min(6, level + depth)}"


def title_page(about: Mapping[str, Any], base: str) -> str:
    """Title, authors, version, licence."""
    authors = ", ".join(author["name"] for author in about["authors"])
    site = f'<p>On the web, with figures that answer back: <a href="{base}">{base}</a></p>'
    return f"""<section class="cover">
<h1 class="looks-title">{escape(about["title"])}</h1>
<p>{escape(authors)}</p>
<div class="imprint">
<p>Version {escape(str(about["version"]))}, {escape(str(about["date-released"]))}</p>
{site if "://" in base else ""}
<p>Text and figures: CC BY 4.0. Code: BSD 3-Clause. Built from notebooks that are run and tested on every
change. Numbers of equations, figures and exercises are those of the site.</p>
</div>
</section>"""


def joined(site: Path, entries: Sequence[Entry], about: Mapping[str, Any], base: str) -> str:
    """Make the whole book one page of HTML, for a server whose root is the site.

    Parameters
    ----------
    site : Path
        The finished site.
    entries : sequence of Entry
        Pages that the book holds, in order.
    about : mapping
        What CITATION.cff says.
    base : str
        Address of the site: absolute, or relative to the PDF.
    """
    joiner = Joiner(site, entries, base)
    # The contents first: joining moves the headings.
    contents, heads = joiner.contents(), joiner.running_heads()
    style = Path(__file__).with_name("print.css").read_text(encoding="utf-8")
    return PAGE.format(
        title=escape(about["title"]),
        style=f"{style}\n{heads}",
        body="\n".join([title_page(about, base), contents, joiner.body()]),
    )


def opened(browser: Browser, address: str, html: str) -> Page:
    """Open the joined book as a page of the site that is served at an address, and set its formulas."""
    context = browser.new_context(viewport={"width": COLUMN, "height": 900}, color_scheme="light")
    context.set_default_timeout(600_000)

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/book.html":
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif path.startswith("/fonts/"):
            route.fulfill(path=FONTS / posixpath.basename(path), content_type=mimetypes.types_map[".ttf"])
        elif route.request.url.startswith((address, "data:")):
            route.continue_()
        else:
            route.abort()

    context.route(lambda url: True, answer)
    page = context.new_page()
    page.emulate_media(media="print", color_scheme="light")
    page.goto(f"{address}/book.html", wait_until="load")
    page.evaluate("window.MathJax?.startup?.promise?.then(() => document.fonts.ready).then(() => null)")
    page.evaluate(FIT)
    return page


def printed(page: Page, whole: bool = True) -> bytes:
    """PDF of an opened book; if not whole, without bookmarks and without its structure, which is faster."""
    return page.pdf(outline=whole, tagged=whole, prefer_css_page_size=True, print_background=True)


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Number of the page on which each place stands that some link leads to."""
    reader = PdfReader(io.BytesIO(pdf))
    found = {}
    for name, destination in reader.named_destinations.items():
        number = reader.get_destination_page_number(destination)
        if number is not None:
            found[name.removeprefix("/")] = number + 1
    return found


def make(
    browser: Browser, site: Path, entries: Sequence[Entry], about: Mapping[str, Any], base: str, out: Path
) -> int:
    """Write the PDF of pages of a site; return how many sheets it has.

    Raises
    ------
    ValueError
        If something would be cut at the edge of the column.
    """
    with serve(site) as address:
        page = opened(browser, address, joined(site, entries, about, base))
        if wide := page.evaluate(TOO_WIDE, COLUMN):
            raise ValueError("wider than the column:\n" + "\n".join(wide))
        titles = page.evaluate(TITLES)
        numbers = page_numbers(printed(page, whole=False))
        page.evaluate(
            """numbers => {
              for (const place of document.querySelectorAll('.page-of'))
                place.textContent = numbers[place.dataset.at] ?? '?';
            }""",
            numbers,
        )
        pdf = printed(page)
        page.context.close()
    return finish(pdf, titles, address, about, out)


def children(element: DictionaryObject) -> list[Any]:
    """Entries under an element of the structure tree."""
    inside: Any = element.raw_get("/K") if "/K" in element else []
    direct = inside.get_object()
    return list(direct) if isinstance(direct, list) else [inside]


def is_mark(kid: Any) -> bool:
    """Tell whether an entry of the structure tree is a number: of letters that are marked on a page."""
    return isinstance(kid.get_object(), int)


def page_of(element: DictionaryObject) -> Any:
    """Reference to the page that an element of the structure tree is on, if it says so."""
    return element.raw_get("/Pg") if "/Pg" in element else None


def lighten(writer: PdfWriter) -> None:
    """Splice the nameless leaves of the structure tree into what they are part of.

    The browser writes one for each run of letters: a quarter of a million objects, most of the file.
    Headings, paragraphs, links, lists, tables, and pictures with their words stay.
    """
    root: Any = writer.root_object["/StructTreeRoot"]
    owners: dict[tuple[int, int], IndirectObject] = {}
    spliced: list[DictionaryObject] = []

    def leaves(kid: Any, page: Any) -> Iterator[Any]:
        """What stays of an entry, which is on this page unless it says another."""
        thing = kid.get_object()
        if is_mark(kid):
            mark = {NameObject("/Type"): NameObject("/MCR"), NameObject("/Pg"): page}
            yield DictionaryObject(mark | {NameObject("/MCID"): thing})
        elif thing.get("/S") == "/NonStruct" and all(map(is_mark, children(thing))):
            spliced.append(thing)
            for inner in children(thing):
                yield from leaves(inner, page_of(thing) or page)
        else:
            yield kid

    def prune(reference: IndirectObject) -> None:
        """Splice what is under an element."""
        element: Any = reference.get_object()
        page = page_of(element)
        kept = ArrayObject(leaf for kid in children(element) for leaf in leaves(kid, page))
        for i, kid in enumerate(kept):
            thing: Any = kid.get_object()
            if thing.get("/Type") == "/MCR":
                sheet = thing.raw_get("/Pg")
                page = page or sheet
                owners[sheet.idnum, thing["/MCID"]] = reference
                if sheet == page:
                    kept[i] = thing["/MCID"]
            elif thing.get("/Type") == "/StructElem":
                thing[NameObject("/P")] = reference
                prune(kid)
        element[NameObject("/K")] = kept
        if page is not None:
            element[NameObject("/Pg")] = page

    for top in children(root):
        prune(top)
    numbers: Any = root["/ParentTree"]["/Nums"]
    parents = {int(key): numbers[2 * i + 1].get_object() for i, key in enumerate(numbers[::2])}
    for sheet in writer.pages:
        of_sheet, own = parents.get(sheet.get("/StructParents", -1), []), sheet.indirect_reference
        for mark in range(len(of_sheet)):
            if own and (own.idnum, mark) in owners:
                of_sheet[mark] = owners[own.idnum, mark]
    for element in spliced:
        element.clear()  # they refer to each other, and would never be without a reference
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)


def finish(pdf: bytes, titles: Sequence[str], address: str, about: Mapping[str, Any], out: Path) -> int:
    """Mend bookmarks and links, say whose the book is, make the file small, write it; return its length."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    bookmarks = list(entries_of(writer.root_object["/Outlines"]))
    for bookmark, title in zip(bookmarks, titles, strict=True):
        bookmark[NameObject("/Title")] = TextStringObject(title)
    for page in writer.pages:
        for annotation in page.annotations or ():
            link: Any = annotation.get_object()
            action = link.get("/A", DictionaryObject()).get_object()
            uri = str(action.get("/URI", ""))
            if uri.startswith(address):
                local = uri.removeprefix(address).lstrip("/")
                action[NameObject("/URI")] = TextStringObject(f"../html/{local}")
    authors = ", ".join(author["name"] for author in about["authors"])
    writer.add_metadata({"/Title": about["title"], "/Author": authors, "/Subject": about["abstract"]})
    writer.page_mode = "/UseOutlines"
    lighten(writer)
    out.parent.mkdir(parents=True, exist_ok=True)
    writer.write(out)
    return len(writer.pages)


def entries_of(outline: Any) -> Iterator[DictionaryObject]:
    """Bookmarks under a bookmark, or of the whole outline, in order."""
    entry = outline.get_object().get("/First")
    while entry is not None:
        entry = entry.get_object()
        yield entry
        yield from entries_of(entry)
        entry = entry.get("/Next")


def main() -> None:
    """Write the PDF of the whole book."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="names of pages; all if none is named")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    toc, config, about = (
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("_toc.yml", "_config.yml", "CITATION.cff")
    )
    entries = [entry for entry in reading_order(toc) if not chosen.pages or entry.name in chosen.pages]
    start = time.perf_counter()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        base = config["html"]["baseurl"] or ""
        sheets = make(browser, SITE, entries, about, base, chosen.out)
        browser.close()
    size = chosen.out.stat().st_size / 1e6
    print(f"{chosen.out}: {sheets} pages, {size:.1f} MB, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
