"""What every page of the site owes its reader, with the network to all other hosts cut."""

import re

import pytest
from dev import HTML

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


def test_math_and_widgets_are_loaded_only_where_a_page_has_them(name):
    html = (HTML / name).read_text(encoding="utf-8")
    assert ("vendor/mathjax" in html) == ('class="math' in html)
    assert ("vendor/html-manager" in html) == (VIEW in html)
    assert "fontawesome.js" not in html


def test_every_widget_is_alive(visit, name):
    seen = visit(name)
    explorables, sliders = (
        seen.page.locator(kind) for kind in ("[data-explorable]", ".jupyter-widgets [role=slider]")
    )
    if VIEW not in (HTML / name).read_text(encoding="utf-8"):
        assert explorables.count() == sliders.count() == 0
        return
    # The widget manager puts each widget behind the script that asks for it.
    seen.page.wait_for_function(
        f"""() => [...document.querySelectorAll('script[type="{VIEW}"]')]
            .every(script => script.parentElement.querySelector('.lm-Widget, .widget-subarea > *'))"""
    )
    assert explorables.count() + sliders.count()
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
    for slider in sliders.all():
        output = slider.locator("xpath=ancestor::*[contains(@class, 'cell_output')][1]")
        picture = output.locator("img, svg, canvas").locator("visible=true").first
        before = picture.screenshot()
        slider.focus()
        slider.press("ArrowRight")
        seen.page.wait_for_timeout(200)
        after = output.locator("img, svg, canvas").locator("visible=true").first.screenshot()
        assert after != before, f"{name}: the picture stays as it was"


def test_the_front_door_leads_to_the_welcome_page():
    html = (HTML / "index.html").read_text(encoding="utf-8")
    [target] = re.findall(r"url=([^\"' ]+)", html)
    assert (HTML / target).is_file()
