"""Every page of the built site, opened once in a browser that reaches no other host."""

import pytest
from dev import HTML
from playwright.sync_api import sync_playwright
from site_server import launch, pages, serve

LOOK = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const shown = element => element.getClientRects().length > 0;
  const main = document.querySelector('main') ?? document.body;
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const raw = [];
  while (walk.nextNode())
    if (/\\\\[([]|[$][$]/.test(walk.currentNode.data)
        && !walk.currentNode.parentElement.closest('pre, code, script, style, mjx-container'))
      raw.push(walk.currentNode.data);
  return {
    raw,
    formulas: all('.math').length,
    typeset: all('.math').filter(math => math.querySelector('mjx-container')).length,
    mathErrors: all('mjx-merror, [data-mjx-error]').map(error => error.textContent),
    images: [...document.images].map(image => ({
      src: image.getAttribute('src'),
      alt: image.alt.trim(),
      loaded: image.naturalWidth > 0,
      shown: shown(image),
      light: image.matches('.only-light'),
      dark: image.matches('.only-dark'),
    })),
    theme: document.documentElement.dataset.theme,
    tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""


class Visit:
    """One page, as a browser saw it."""

    def __init__(self, address, browser, name):
        self.name = name
        self.foreign, self.errors, self.missing = [], [], []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
        self.context.route(lambda url: not url.startswith((address, "data:", "blob:")), self.refuse)
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "response", lambda r: self.missing.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        self.page.on("requestfailed", lambda request: self.missing.append(f"failed {request.url}"))
        self.page.goto(f"{address}/{name}", wait_until="load")
        self.page.evaluate("for (const image of document.images) image.loading = 'eager'")
        self.page.evaluate("window.MathJax?.startup?.promise?.then(() => null)")
        self.page.wait_for_function("[...document.images].every(image => image.complete)")
        self.page.wait_for_load_state("networkidle")

    def hear(self, message):
        """Keep an error of the console."""
        if message.type == "error":
            self.errors.append(message.text)

    def refuse(self, route):
        self.foreign.append(route.request.url)
        route.abort()

    def look(self, mode="light", width=1280):
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=mode)
        self.page.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
        return self.page.evaluate(LOOK)


@pytest.fixture(scope="session")
def browser():
    """The one browser of these tests: Playwright runs once in a process."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(browser):
    """Open a page. It stays open until another one is asked for: forty at once would fill the memory."""
    with serve(HTML) as address:
        seen = None

        def visit(name):
            nonlocal seen
            if seen is None or seen.name != name:
                if seen is not None:
                    seen.context.close()
                seen = Visit(address, browser, name)
            return seen

        yield visit


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        names = pages(HTML)
        if not names:
            pytest.fail(f"there is no site in {HTML}: run `make book` first")
        metafunc.parametrize("name", names, scope="session")  # so all tests of one page follow each other


def pytest_configure(config):
    """Let the tests also run without pytest-xdist."""
    config.addinivalue_line("markers", "xdist_group(name): tests that one process runs")


def pytest_collection_modifyitems(items):
    """Two browsers share the work: the tests of a page go to one of them, and those of other files too."""
    for item in items:
        name = getattr(item, "callspec", None) and item.callspec.params.get("name")
        item.add_marker(pytest.mark.xdist_group(name or item.path.name))
