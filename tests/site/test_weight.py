"""What a page asks of a slow line: its bytes, compressed as a server sends them, and its requests."""

import gzip
import re

import pytest
from dev import HTML
from site_server import pages, serve

CHAPTERS = [name for name in pages(HTML) if re.match(r"chapters/\d\d-", name)]
STATE = re.compile(
    rb'<script[^>]*"application/vnd\.jupyter\.widget-state\+json"[^>]*>.*?</script>', re.DOTALL
)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_light(browser, chapter):
    got = []
    with serve(HTML) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.on("response", lambda response: got.append(response))
        page.goto(f"{address}/{chapter}", wait_until="load")
        page.wait_for_load_state("networkidle")
        bodies = [(response.url, response.body()) for response in list(got) if response.status == 200]
        context.close()
    weights = {url.removeprefix(address): len(gzip.compress(STATE.sub(b"", body), 6)) for url, body in bodies}
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:8]
    assert len(weights) <= 60, sorted(weights)
    assert sum(weights.values()) <= 1_000_000, heaviest


def test_no_script_in_the_head_holds_up_the_text():
    for name in CHAPTERS:
        head = (HTML / name).read_text(encoding="utf-8").partition("</head>")[0]
        scripts = re.findall(r"<script [^>]*src=[^>]*>", head)
        large = [tag for tag in scripts if "mathjax" in tag or "live.js" in tag]
        assert large
        assert all("defer" in tag for tag in large), large
        assert [tag for tag in scripts if "defer" not in tag and "documentation_options" not in tag] == []
