"""Slides are made of what a chapter says, fit on the screen, and need no network."""

import re

import pytest
from slides import pieces, plain, worth_showing, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    write(folder)
    return folder


def test_every_chapter_has_slides_that_work_from_a_folder(folder, browser):
    pages = sorted(folder.glob("*.html"))
    assert len(pages) == 8
    for path in pages:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        assert page.evaluate("Reveal.getTotalSlides()") > 30
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
        assert page.locator("mjx-merror").count() == 0
        assert not re.search(r"\{[a-z:]+\}`|\(eq-", page.locator(".slides").inner_text())
        assert page.locator("img").evaluate_all("all => all.every(image => image.naturalWidth && image.alt)")
        context.close()


def test_roles_become_words():
    quoted = {"share": "97.2"}
    text = "See {eq}`eq-step`, {py:func}`nnlib.fit` and {term}`batches <batch>` {cite:p}`a1999`: "
    text += "{glue:text}`share` %"
    assert plain(text, quoted) == "See (step), `nnlib.fit` and batches: 97.2 %"


def test_definitions_and_questions_are_shown_and_the_rest_is_said():
    text = "It is a day. A **unit** adds. What does it add? Then it rests."
    assert worth_showing(text) == "A **unit** adds. What does it add?"
    assert worth_showing("- one\n- two") == "- one\n- two"


def test_theorems_and_equations_are_kept_and_folded_answers_are_not():
    source = (
        "## Title\n\nWords.\n\n$$ a = b $$ (eq-a)\n\n```{prf:theorem} Name\n:label: thm-a\n\nTrue.\n```\n\n"
        "```{dropdown} Answer\nNo.\n```"
    )
    assert list(pieces(source, {})) == [
        ("heading", "Title"),
        ("text", "$$ a = b $$"),
        ("text", "**Theorem (Name).** True."),
    ]
