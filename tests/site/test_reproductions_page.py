"""The page of the reproductions shows its tables as tables."""

import pytest
from bs4 import BeautifulSoup
from dev import HTML

from reproductions import NAMES, module

CLAIMS = [claim for name in NAMES for claim in module(name).CLAIMS]


@pytest.fixture(scope="module")
def rows():
    page = BeautifulSoup(
        (HTML / "chapters" / "reproductions.html").read_text(encoding="utf-8"), "html.parser"
    )
    found = [tuple(cell.get_text().strip() for cell in row.find_all("td")) for row in page.find_all("tr")]
    return [tuple(" ".join(cell.replace("’", "'").split()) for cell in row) for row in found]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.text)
def test_a_claim_is_a_row_of_a_table(rows, claim):
    assert tuple(claim.row().values()) in rows


def test_a_phone_shows_the_verdicts(visit):
    seen = visit("chapters/reproductions.html")
    seen.look("light", 390)
    edges = seen.page.locator("div.cell_output table").evaluate_all(
        """tables => tables.map(table => [
          [...table.rows[0].cells].find(cell => cell.innerText === 'verdict')?.getBoundingClientRect().right,
          table.parentElement.getBoundingClientRect().right,
        ])"""
    )
    shown = [verdict <= edge for verdict, edge in edges if verdict is not None]
    assert shown == [True] * sum(bool(module(name).CLAIMS) for name in NAMES)
