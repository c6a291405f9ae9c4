"""Every labelled equation is verified, and the verification can fail."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from registry import REGISTRY, Equation, equation, mutants, normal, on_the_pages

CHAPTERS = sorted(Path(__file__).parent.glob("chapter_*.py"))
for path in CHAPTERS:
    importlib.import_module(path.stem)

PAGES = on_the_pages([path.stem.removeprefix("chapter_") for path in CHAPTERS])
CHECKED = {label: entry for label, entry in REGISTRY.items() if entry.check}


def test_every_equation_has_a_check_and_every_check_an_equation():
    assert sorted(PAGES) == sorted(REGISTRY)


@pytest.mark.parametrize("label", sorted(REGISTRY))
def test_the_equation_stands_as_it_was_verified(label):
    old, new = normal(REGISTRY[label].latex), normal(PAGES.get(label, ""))
    assert old == new, f"equation {label} changed since it was verified: {old} → {new}"


@pytest.mark.parametrize("label", sorted(CHECKED))
def test_the_equation_is_right(label):
    CHECKED[label].check()


def survivors(entry: Equation) -> list[str]:
    """Mistakes in the claims that the check does not notice."""
    alive, total = [], 0
    for what, mutant in mutants(entry.check):
        total += 1
        if what in entry.same:
            continue
        try:
            with np.errstate(all="ignore"):
                mutant()
        except Exception:
            continue
        alive.append(what)
    assert total, "the claims hold nothing that could be wrong: encode the equation in them"
    return alive


@pytest.mark.parametrize("label", sorted(label for label in CHECKED if CHECKED[label].same))
def test_a_change_that_is_no_mistake_is_one_that_can_be_made(label):
    assert set(CHECKED[label].same) <= {what for what, _ in mutants(CHECKED[label].check)}
    assert all(len(reason) > 10 for reason in CHECKED[label].same.values())


@pytest.mark.parametrize("label", sorted(CHECKED))
@pytest.mark.filterwarnings("ignore")
def test_a_mistake_in_the_equation_would_be_noticed(label):
    assert survivors(CHECKED[label]) == []


def test_a_check_that_notices_nothing_is_noticed():
    def lazy(claim=lambda x: 2 * x + 1):
        assert claim(1) is not None

    entry = Equation("eq-lazy", "", "numerical", "", lazy, "", 0)
    assert len(survivors(entry)) == 4  # two constants, a product, a sum


def test_a_claim_is_a_function():
    with pytest.raises(TypeError, match="takes its claims as functions"):

        @equation("eq-none", "")
        def _():
            pass
