"""Check that every link, picture, script and anchor inside a built site leads somewhere."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from site_server import pages


@functools.cache
def parse(path: Path) -> tuple[frozenset[str], tuple[tuple[str, str, bool], ...]]:
    """Anchors of a page, and its addresses as (tag, address, whether the page loads it)."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    anchors = {str(tag[key]) for tag in soup.find_all(True) for key in ("id", "name") if tag.get(key)}
    addresses = []
    for tag in soup.find_all(["a", "link", "script", "img", "iframe", "source", "form"]):
        for key in ("href", "src", "action"):
            if tag.get(key):
                loads = key == "src" or (tag.name == "link" and "canonical" not in (tag.get("rel") or []))
                addresses.append((tag.name, str(tag[key]), loads))
    return frozenset(anchors), tuple(addresses)


def complaint(site: Path, page: str, address: str, loads: bool) -> str:
    """What is wrong with one address of a page; "" if nothing."""
    url = urlsplit(address)
    if url.scheme or url.netloc:
        return "is loaded from another host" if loads and url.scheme != "data" else ""
    target = (site / page).parent / unquote(url.path) if url.path else site / page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return "leads to no file"
    if site.resolve() not in target.resolve().parents:
        return "leads out of the site"
    anchor = unquote(url.fragment)
    if anchor and target.suffix == ".html" and anchor not in parse(target.resolve())[0]:
        return "leads to no anchor of that page"
    return ""


def check(site: Path) -> list[str]:
    """Complaints about all pages of a site, each naming the page and the address."""
    complaints = []
    for page in pages(site):
        for tag, address, loads in sorted(set(parse((site / page).resolve())[1])):
            if what := complaint(site, page, address, loads):
                complaints.append(f'{page}: <{tag}> "{address}" {what}')
    return complaints


def main() -> None:
    """Check the site in the folder that the command line names."""
    site = Path(sys.argv[1])
    if not pages(site):
        sys.exit(f"{site} holds no built site")
    complaints = check(site)
    addresses = sum(len(parse((site / page).resolve())[1]) for page in pages(site))
    print("\n".join(complaints) or f"{addresses} links of {len(pages(site))} pages lead somewhere")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
