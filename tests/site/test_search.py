"""The search finds symbols, formulas, equations by number and by name, and words."""

import pytest
from dev import HTML
from site_server import serve

CHAPTER = {
    number: next((HTML / "chapters").glob(f"{number:02}-*.html")).relative_to(HTML).as_posix()
    for number in range(1, 9)
}
WANTED = {
    "η": ("notation.html#symbol-", "learning rate"),
    "eta": ("notation.html#symbol-", "η: learning rate"),
    "learning rate": ("glossary.html#term-learning-rate", "learning rate"),
    "∂C/∂W": (f"{CHAPTER[5]}#equation-eq-bp-matrix", "bp matrix"),
    "chain rule": (f"{CHAPTER[5]}#the-chain-rule", "The chain rule"),
    "eq-bp1": (f"{CHAPTER[5]}#equation-eq-bp1", "bp1"),
    "eq-batch-norm": (f"{CHAPTER[6]}#equation-eq-batch-norm", "batch norm"),
    "equation 5.1": (f"{CHAPTER[5]}#equation-", "Equation 5.1,"),
    "eq-par-pays": ("beyond-one-machine.html#equation-eq-par-pays", "in Beyond one machine"),
    "(2.3)": (f"{CHAPTER[2]}#equation-", "Equation 2.3,"),
    "W": ("notation.html#symbol-", "weights of layer"),
    "w": ("notation.html#symbol-", "weights of one unit"),
    "softmax gradient": (f"{CHAPTER[4]}#equation-eq-cce-gradient", "p_k - y_k"),
    "σ(z)(1-σ(z))": (f"{CHAPTER[2]}#equation-eq-sigmoid-slope", "sigmoid slope"),
    "∇C": ("notation.html#symbol-", "gradient"),
    "learning_rate": ("notation.html#symbol-", "learning rate"),
    "momentum": ("glossary.html#term-momentum", "momentum"),
    "Network.backward": ("reference/network.html#nnlib.Network.backward", "nnlib.Network.backward"),
    "dropout": ("glossary.html#term-dropout", "dropout"),
}


@pytest.fixture(scope="module")
def ask(browser):
    """Type a query into the field of the search; return the first results, each as address and text."""
    with serve(HTML) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()

        page.goto(f"{address}/chapters/cite.html")

        def ask(query):
            if "search.html" not in page.url:
                page.keyboard.press("Control+K")
            field = page.locator("input[name=q]:visible").first
            field.fill(query)
            with page.expect_navigation(wait_until="domcontentloaded"):
                field.press("Enter")
            page.wait_for_function(
                "document.querySelector('#search-results h2')?.innerText == 'Search Results'"
            )
            rows = page.locator("#search-results li").evaluate_all(
                "rows => rows.map(row => [row.querySelector('a').href, row.innerText])"
            )
            return [(href.removeprefix(address), text) for href, text in rows]

        yield ask
        context.close()


@pytest.mark.parametrize("query", WANTED)
def test_a_query_leads_to_its_place(ask, query):
    address, words = WANTED[query]
    first = ask(query)[:4]
    found = [(href, text) for href, text in first if address in href and words in text]
    assert found, first
    page, _, anchor = found[0][0].strip("/").partition("#")
    assert f'id="{anchor}"' in (HTML / page).read_text(encoding="utf-8")


def test_nothing_is_found_for_nonsense(ask):
    assert ask("xyzzyplugh") == []


INDEX = [
    ("learning rate", "glossary.html#term-learning-rate"),
    ("learning rate", "01-perceptron.html#first-learning-rate"),
    ("learning rate", "notation.html#symbol-eta"),
    ("Novikoff, Albert B. J.", "01-perceptron.html#cited-"),
    ("Network", "reference/network.html#nnlib.Network"),
]


def test_the_index_leads_to_terms_people_names_and_symbols(browser):
    with serve(HTML) as address:
        page = browser.new_page()
        page.goto(f"{address}/genindex.html")
        rows = page.locator(".genindextable li").evaluate_all(
            "rows => rows.map(row => [row.innerText, [...row.querySelectorAll('a')].map(link => link.href)])"
        )
        page.close()
    for entry, place in INDEX:
        assert any(place in link for text, links in rows if entry in text for link in links), entry
