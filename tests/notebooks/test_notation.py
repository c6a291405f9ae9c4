"""The table of symbols agrees with the chapters that it names, and each symbol has one meaning at a time."""

import re

import nbformat
import pytest
from notebooks import ROOT

GREEK = re.findall(
    r"\\[A-Za-z]+",
    r"\alpha\beta\gamma\delta\varepsilon\epsilon\eta\theta\kappa\lambda\mu\xi\rho\sigma\tau\chi\omega\Omega",
)
ORDER = [*"abcdefghijklmnopqrstuvwxyz", *GREEK, ""]


def rows_of(text):
    """Rows of the table of symbols: symbols, meaning, chapters."""
    table = text[text.index("## Symbols") : text.index("## The same")]
    for line in table.split("\n"):
        if line.startswith("| $"):
            symbol, meaning, _, chapters = (part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1])
            yield symbol, meaning, chapters


def mathematics(number):
    """All formulas of a chapter."""
    [path] = (ROOT / "chapters").glob(f"{number:02}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = re.sub(r"`{3,}python.*?`{3,}|`[^`\n]*`", "", text, flags=re.DOTALL)
    return "\n".join(m[1] or m[2] for m in re.finditer(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.DOTALL))


def labels(number):
    """Labels of the equations of a chapter."""
    [path] = (ROOT / "chapters").glob(f"{number:02}-*.ipynb")
    return set(re.findall(r"\$\$ \((eq-[a-z0-9-]+)\)", path.read_text(encoding="utf-8")))


def letter(symbol):
    """The letter by which a row is found: its first, without hats and bars."""
    bare = re.sub(r"\\(hat|bar)\s*", "", symbol.split("$")[1])
    return next(
        (name for name in GREEK if bare.startswith(name)), bare[0].lower() if bare[0].isalpha() else ""
    )


def complaints(rows, formulas, known):
    """Rows that do not agree with the chapters, or with one another."""
    found, seen = [], []
    for symbol, meaning, where in rows:
        chapters = [] if where == "all" else [int(number) for number in where.split(", ")]
        for single in re.findall(r"\$([^$]+)\$", symbol):
            pattern = rf"(?<![A-Za-z\\]){re.escape(single)}(?![A-Za-z])"
            found += [
                f"{symbol}: not in chapter {number}"
                for number in chapters
                if not re.search(pattern, formulas[number])
            ]
            others = [old for old in seen if old[0] == single and old[1] == symbol]
            found += [
                f"{symbol}: two meanings in {where} and {there}"
                for _, _, there in others
                if set(where.split(", ")) & set(there.split(", "))
            ]
            seen.append((single, symbol, where))
        cited = re.findall(r"\{eq\}`([^`]+)`", meaning)
        of_row = set().union(*(known[number] for number in chapters or known))
        found += [f"{symbol}: {label} is not in chapter {where}" for label in cited if label not in of_row]
    places = [ORDER.index(letter(symbol)) for symbol, _, _ in rows]
    found += [
        f"{row[0]}: out of order"
        for row, before, here in zip(rows[1:], places[:-1], places[1:], strict=True)
        if here < before
    ]
    return found


@pytest.fixture(scope="module")
def book():
    return {n: mathematics(n) for n in range(1, 9)}, {n: labels(n) for n in range(1, 9)}


@pytest.fixture(scope="module")
def rows():
    return list(rows_of((ROOT / "chapters" / "notation.md").read_text(encoding="utf-8")))


def test_the_table_agrees_with_the_chapters(rows, book):
    assert len(rows) > 100
    assert complaints(rows, *book) == []


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ((r"$\tau$", "noise", "1"), "not in chapter 1"),
        ((r"$\tau$", "noise", "4"), "two meanings"),
        ((r"$\tau$", "noise", "2, 7"), "two meanings"),
        ((r"$\chi$", "a factor, {eq}`eq-cost`", "5"), "eq-cost is not in chapter 5"),
        (("$m$", "samples", "all"), "out of order"),
    ],
)
def test_a_row_that_disagrees_is_found(rows, book, row, complaint):
    before = [line for line in rows if line[2] != "all" and line[0] != r"$\chi$"]
    assert any(complaint in found for found in complaints([*before, row], *book))
