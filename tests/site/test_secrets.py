"""The built site holds no line of a solution or of a hidden test of the graded assignments."""

import functools

import pytest
from dev import HTML, ROOT
from lite import FOLDER

from grading import source

LITE = HTML / FOLDER
TEXT = (".html", ".ipynb", ".md", ".txt", ".js", ".json", ".inv")


@functools.cache
def site():
    """All that the files of the site say, without white space."""
    files = [path for path in HTML.rglob("*") if path.suffix in TEXT and "_static" not in path.parts]
    # Of JupyterLite, what is the book's; the rest is as others have published it.
    files = [path for path in files if LITE not in path.parents or LITE / "files" in path.parents]
    return {path: source.words_of(path.read_text(encoding="utf-8", errors="replace")) for path in files}


@functools.cache
def public():
    """What chapters, package and the equations' checks say in the open: no secret, in whatever place."""
    folders = [("chapters", "*.ipynb"), ("chapters", "*.md"), ("nnlib", "*.py"), ("nnlib", "*.js")]
    folders += [("tests/equations", "*.py"), ("assignments/release", "*.ipynb")]  # what others are given
    files = [path for folder, pattern in folders for path in (ROOT / folder).rglob(pattern)]
    return "".join(source.words_of(path.read_text(encoding="utf-8")) for path in files)


@pytest.mark.parametrize("assignment", source.names())
def test_no_line_of_a_solution_or_a_hidden_test_is_on_the_site(assignment):
    secrets = source.secrets(source.read(assignment))
    own = [path for path in site() if path.stem == assignment and "release" in path.parts]
    assert {path.suffix for path in own} == {".html", ".ipynb"}, "the page and its source"
    found = {(path, line) for path, text in site().items() for line in secrets if line in text}
    assert {(path, line) for path, line in found if path in own or line not in public()} == set()
