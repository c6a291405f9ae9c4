"""What every page of the site owes its reader, with the network to all other hosts cut."""

import json
import re

import pytest
from dev import HTML, ROOT

VIEW = "application/vnd.jupyter.widget-view+json"


def test_nothing_is_asked_of_another_host(visit, name):
    assert visit(name).foreign == []


def test_nothing_is_missing_and_no_error_is_on_the_console(visit, name):
    seen = visit(name)
    assert seen.missing == []
    assert seen.errors == []


def test_all_math_is_typeset(visit, name):
    seen = visit(name).look()
    assert seen["typeset"] == seen["formulas"]
    assert seen["mathErrors"] == []
    assert seen["raw"] == []


def test_every_picture_loads_and_has_alt_text(visit, name):
    for image in visit(name).look()["images"]:
        assert image["loaded"], image
        assert len(image["alt"]) >= 10 or "_images" not in image["src"], image
        assert image["alt"], image


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_each_figure_is_shown_in_the_drawing_for_its_mode(visit, name, mode):
    seen = visit(name).look(mode)
    figures = [image for image in seen["images"] if re.search(r"_images/.*\.svg$", image["src"])]
    light, dark = ([image for image in figures if image[kind]] for kind in ("light", "dark"))
    assert len(light) == len(dark) == len(figures) / 2
    # What is folded away shows neither; of what is open, only the drawing for the mode shows.
    right, wrong = (light, dark) if mode == "light" else (dark, light)
    assert not any(image["shown"] for image in wrong)
    assert not figures or any(image["shown"] for image in right)


def test_a_phone_shows_the_page_without_scrolling_sideways(visit, name):
    assert visit(name).look(width=390)["tooWide"] <= 0


def test_a_quoted_number_looks_like_the_text_around_it(visit, name):
    weights = visit(name).page.evaluate(
        "[...document.querySelectorAll('.pasted-text')].map(number =>"
        " [number, number.parentElement].map(element => getComputedStyle(element).fontWeight))"
    )
    assert [pair for pair in weights if pair[0] != pair[1]] == []


def test_math_and_widgets_are_loaded_only_where_a_page_has_them(name):
    html = (HTML / name).read_text(encoding="utf-8")
    assert ("vendor/mathjax" in html) == ('class="math' in html)
    assert ("vendor/live.js" in html) == (VIEW in html)
    assert "fontawesome.js" not in html


STATE = re.compile(
    r'<script[^>]*"application/vnd\.jupyter\.widget-state\+json"[^>]*>(.*?)</script>', re.DOTALL
)


def test_drawn_frames_of_a_page_are_bounded(name):
    html = (HTML / name).read_text(encoding="utf-8")
    models = [model for found in STATE.findall(html) for model in json.loads(found)["state"].values()]
    frames = [model["state"] for model in models if "frames" in model["state"]]
    assert sum(len(json.dumps([state["lines"], state["frames"]])) for state in frames) <= 250_000
    assert len(frames) == html.count('src="../_images/still-') - sum(
        model["state"].get("_anywidget_id", "").endswith("Explorable") for model in models
    )


def test_every_widget_is_alive(visit, name):
    seen = visit(name)
    explorables, frames = (seen.page.locator(kind) for kind in ("[data-explorable]", ".nn-frames"))
    if VIEW not in (HTML / name).read_text(encoding="utf-8"):
        assert explorables.count() == frames.count() == 0
        return
    # Each figure is drawn behind the script that asks for it.
    seen.page.wait_for_function(
        f"""() => [...document.querySelectorAll('script[type="{VIEW}"]')]
            .every(script => script.nextElementSibling?.matches('.live:not(:empty)'))"""
    )
    assert explorables.count() + frames.count()
    for explorable in explorables.all():
        shown = "e => [e.innerText, ...[...e.querySelectorAll('input, output')].map(i => i.value)].join()"
        before = explorable.evaluate(shown)
        controls = [
            *explorable.locator("input[type=range]:enabled").all(),
            *explorable.get_by_role("button", disabled=False).all(),
        ]
        for control in controls:
            if control.is_visible():
                control.press("ArrowRight" if control.get_attribute("type") == "range" else "Enter")
            if explorable.evaluate(shown) != before:
                break
        else:
            pytest.fail(f"nothing moves {explorable.get_attribute('data-explorable')}")
    assert explorables.count() + frames.count()
    for figure in frames.all():
        picture = figure.locator("[role=img]")
        for slider in figure.get_by_role("slider").all():
            before, words = picture.screenshot(), picture.get_attribute("aria-label")
            slider.press("ArrowRight")
            assert picture.get_attribute("aria-label") != words
            assert picture.screenshot() != before, f"{name}: the picture stays as it was"


def test_a_page_without_javascript_shows_a_picture_with_its_caption_for_every_widget(visit, name):
    if VIEW not in (HTML / name).read_text(encoding="utf-8"):
        return
    lit = visit(name)
    context = lit.page.context.browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}, color_scheme="dark"
    )
    missing = []
    dark = context.new_page()
    dark.on("response", lambda r: missing.append(r.url) if r.status >= 400 else None)
    dark.goto(lit.page.url.partition("#")[0], wait_until="load")
    stills = dark.locator("img.still")
    assert stills.count() == (HTML / name).read_text(encoding="utf-8").count(VIEW + '">')
    assert lit.page.locator("img.still").count() == 0  # with JavaScript none is there, and none is loaded
    for still in stills.all():
        still.scroll_into_view_if_needed()
        box = still.bounding_box()
        assert box["width"] > 150
        assert box["height"] > 40
        assert len(still.get_attribute("alt")) >= 20
        source = still.get_attribute("src").rpartition("/")[2]
        assert (HTML / "_images" / source).stat().st_size < 100_000
        figure = still.locator("xpath=ancestor::figure[1]")
        assert len(figure.locator("figcaption").inner_text()) >= 20
        assert figure.locator("figcaption").is_visible()
    assert missing == []
    # And every other picture stands there once.
    for twins in dark.locator(".twins").all():
        assert twins.locator("img.only-dark").is_hidden()
    context.close()


def test_the_front_door_leads_to_the_welcome_page():
    html = (HTML / "index.html").read_text(encoding="utf-8")
    [target] = re.findall(r"url=([^\"' ]+)", html)
    assert (HTML / target).is_file()


def test_the_table_of_what_is_verified_has_a_row_for_each_notebook(visit):
    seen = visit("chapters/verified/index.html")
    seen.page.set_viewport_size({"width": 1280, "height": 900})
    table = seen.page.locator("table.counts")
    found = table.locator("tr:has(a)").evaluate_all(
        "rows => rows.map(row => [row.querySelector('a').href, [...row.cells].map(cell => +cell.innerText)])"
    )
    rows = {address.rsplit("/", 1)[1].removesuffix(".html"): numbers[1:] for address, numbers in found}
    assert set(rows) == {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}
    for equations, algebra, numbers, cells, *_ in rows.values():
        assert cells > 0
        assert algebra + numbers <= equations
    total = table.locator("tr").last.locator("td").all_inner_texts()[1:]
    assert [sum(column) for column in zip(*rows.values(), strict=True)] == list(map(int, total))
    assert table.evaluate("table => table.offsetWidth <= table.parentElement.clientWidth")
