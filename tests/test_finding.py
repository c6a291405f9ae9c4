"""What the search is told: formulas in a line of text, symbols in letters, words about an equation."""

import pytest
from docutils import nodes
from finding import names, nearby, plain, spelled
from reading import chapters

FORMULAS = {
    r"\frac{\partial C}{\partial W^{[l]}} = \delta^{[l]} \bigl( a^{[l-1]} \bigr)^\top .": (
        "∂C/∂W^[l] = δ^[l] ( a^[l-1] )ᵀ"
    ),
    r"w \leftarrow w + \eta\, s\, x, \qquad b \leftarrow b + \eta\, s": "w ← w + η s x, b ← b + η s",
    r"\frac{1}{2m} \sum_{i=1}^{m} \lVert \hat y_i - y_i \rVert^2": "1/2m ∑_(i=1)^m ‖ ŷ_i - y_i ‖^2",
    r"\hat\sigma = \sqrt{\tfrac14}, \bar d": "σ̂ = √(1/4), d̄",
    r"\begin{cases} 1 & \text{if } z > 0, \\ 0 \end{cases}": "1 if z > 0, 0",
    r"\frac{a + b}{c} \ne \frac ab": "(a + b)/c ≠ a/b",
}


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_is_written_in_a_line(latex):
    assert plain(latex) == FORMULAS[latex]


def test_every_equation_of_the_book_can_be_written_in_a_line():
    lines = {label: plain(latex) for chapter in chapters().values() for _, label, latex in chapter.equations}
    assert len(lines) > 250
    odd = {label: line for label, line in lines.items() if not line or "\\" in line or "&" in line}
    assert not odd


def test_a_symbol_has_its_sign_its_letters_and_the_form_without_indices():
    cell = nodes.entry("", nodes.math("", r"\beta_1"), nodes.math("", r"W^{[l]}"))
    assert names(cell) == ["β_1", "beta_1", "β", "beta", "W^[l]", "W"]
    assert spelled(r"\operatorname{E}") == spelled(r"\mathbb{E}") == "E"


def test_words_about_an_equation_are_those_before_and_after_it():
    text = "far " * 200 + "The slope of $\\sigma$ is\n\n$$\n x \n$$ (eq-slope)\n\nsmall everywhere."
    assert nearby(text, "eq-slope", "x") == "everywhere far slope small the"
