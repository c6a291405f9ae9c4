"""Ways through the book: its map, goals, terms, and the list of its equations."""

import json

import pytest
from reading import CHAPTERS, Chapter, chapters, introduced, pattern, terms

BOOK = chapters()


def test_the_map_has_all_chapters_in_order_and_each_builds_on_earlier_ones():
    assert [chapter.path for chapter in BOOK.values()] == sorted(CHAPTERS.glob("[0-9]*.ipynb"))
    names = list(BOOK)
    for i, chapter in enumerate(BOOK.values()):
        assert set(chapter.needs) <= set(names[:i])


@pytest.mark.parametrize("name", BOOK)
def test_every_goal_has_its_exercises_and_every_exercise_its_goal(name):
    chapter = BOOK[name]
    assert len(chapter.goals) == len(chapter.tests) >= 5
    assert all(chapter.tests)
    assert {label for labels in chapter.tests for label in labels} == set(chapter.exercises)


def notebook(tmp_path, *texts):
    cells = [{"cell_type": "markdown", "source": [text]} for text in texts]
    path = tmp_path / "03-a.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return Chapter(path)


def test_a_chapter_is_read_from_its_notebook(tmp_path):
    text = "# Title\n\n" + "word " * 1495 + "\n```python\n" + "x = 1\n" * 900 + "```\n"
    goals = "## What you will be able to do\n\n- add;\n- subtract.\n\n## Next"
    equations = "$$\na\n$$\n\n### Here\n\n$$\nb = c\n$$ (eq-b)\n\n$$ d $$ (eq-d)"
    chapter = notebook(tmp_path, text, goals, equations)
    assert (chapter.number, chapter.title, chapter.minutes) == (3, "Title", 10)
    assert chapter.goals == ["add", "subtract"]
    assert chapter.equations == [("Here", "eq-b", "b = c"), ("Here", "eq-d", "d")]


def test_terms_are_whole_words_in_singular_or_plural():
    assert pattern("batch").fullmatch("Batches")
    assert pattern("unit").search("of units,")
    assert not pattern("unit").search("a community")
    assert not pattern("batch").search("mini-batch")


def test_nearly_every_term_is_introduced_in_one_chapter():
    found = [term for chapter in introduced().values() for term in chapter]
    assert len(found) == len(set(found))
    missing = set(terms()) - set(found)
    # These are looked up by readers who know the word from elsewhere, or are linked by hand.
    assert missing <= {
        "bias (of an estimate)",
        "confidence interval",
        "confusion matrix",
        "convolutional layer",
        "fully connected layer",
        "initializer",
        "universal gate",
        "variance (of an estimate)",
    }
