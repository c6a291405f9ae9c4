"""A reader with a phone and a keyboard: what has the focus is seen, and the list of chapters opens."""

import pytest
from dev import HTML
from site_server import serve

FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    text: (at.getAttribute("aria-label") || at.innerText || "").trim(),
    seen: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none",
    there: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    page: at === document.body,
  };
}"""


@pytest.fixture(scope="module")
def phone(browser):
    with serve(HTML) as address:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="light"
        )
        page = context.new_page()
        page.goto(f"{address}/chapters/welcome.html")
        yield page
        context.close()


def tab(page):
    page.keyboard.press("Tab")
    return page.evaluate(FOCUS)


def tab_to(page, selector, most=60):
    for _ in range(most):
        stop = tab(page)
        assert stop["seen"], stop
        assert stop["there"], stop
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{most} stops and no {selector}")


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_of_chapters_opens_by_keyboard_and_gives_it_back(phone):
    assert fits(phone)
    assert tab(phone)["text"] == "Skip to main content"
    button, drawer = ".bd-header-article .primary-toggle", "#pst-primary-sidebar-modal"
    tab_to(phone, button)
    phone.keyboard.press("Enter")
    phone.wait_for_selector(f"{drawer}[open]")
    assert phone.evaluate("drawer => !!document.activeElement.closest(drawer)", drawer)
    tab_to(phone, f"{drawer} a[href^='05-']")
    phone.keyboard.press("Escape")
    phone.wait_for_selector(f"{drawer}:not([open])", state="attached")
    assert phone.evaluate("selector => document.activeElement.matches(selector)", button)
    assert fits(phone)


@pytest.fixture
def chapter(phone):
    phone.goto(phone.url.replace("welcome", "05-backpropagation"))
    phone.wait_for_function("MathJax.startup.promise.then(() => true)")
    return phone


def test_the_keyboard_stops_at_formulas_only_where_they_scroll(chapter):
    chapter.wait_for_function("document.querySelectorAll('mjx-container[tabindex=\"0\"]').length > 5")
    scrolls, stops = (
        chapter.evaluate(f"[...document.querySelectorAll('mjx-container')].map(e => {what})")
        for what in (
            "e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX === 'auto'",
            "e.tabIndex === 0",
        )
    )
    assert len(stops) > 400
    assert stops == scrolls


def test_a_folded_solution_shows_the_focus_and_opens(chapter):
    button = chapter.locator(".solution button.toggle-button").first
    # The keyboard comes from the stop before it.
    button.evaluate("""button => {
      const kinds = ['a[href]', 'button', '[tabindex="0"]'].map(kind => `.bd-article ${kind}`);
      const stops = [...document.querySelectorAll(kinds.join())];
      stops[stops.indexOf(button) - 1].focus();
    }""")
    for _ in range(5):
        stop = tab(chapter)
        if button.evaluate("button => button === document.activeElement"):
            break
    assert stop["seen"], stop
    solution = chapter.locator(".solution:has(button.toggle-button)").first
    folded = solution.bounding_box()["height"]
    chapter.keyboard.press("Enter")
    chapter.wait_for_function(
        "([box, least]) => box.offsetHeight > least", arg=[solution.element_handle(), folded + 40]
    )
