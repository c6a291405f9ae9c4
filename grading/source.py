"""The source of an assignment: read, checked, and made into what students and teachers get."""

from __future__ import annotations

import ast
import builtins
import copy
import html
import json
import re
import runpy
import symtable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "assignments" / "source"
SOLUTION = re.compile(
    r"^[ \t]*### BEGIN SOLUTION[ \t]*\n(.*?)^[ \t]*### END SOLUTION[ \t]*(?:\n|\Z)", re.M | re.S
)
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS[ \t]*\n(.*?)^[ \t]*### END HIDDEN TESTS[ \t]*(?:\n|\Z)", re.M | re.S
)
HAND_STUB = "*Your answer here.*"
Notebook = dict[str, Any]


class FormatError(ValueError):
    """The source is not in the form that assignments/README.md asks for."""


@dataclass(frozen=True)
class Cell:
    """One cell of an assignment's source.

    Parameters
    ----------
    kind : str
        ``given``, ``solution``, ``test``, ``hand``, ``show``, ``text`` or ``teacher``.
    source : str
        Its text, with solutions and hidden tests.
    name : str
        Its ``grade_id``; "" for text.
    points : float
        Of a test or a hand-graded cell.
    id : str
        Of the notebook's format.
    """

    kind: str
    source: str
    name: str = ""
    points: float = 0.0
    id: str = ""

    @property
    def part(self) -> str:
        """The ``grade_id`` of the part: that of a test cell without ``-test…``."""
        return self.name.split("-test")[0] if self.kind == "test" else self.name

    @property
    def regions(self) -> list[str]:
        """What students may not see: solutions, or hidden tests."""
        return (HIDDEN if self.kind == "test" else SOLUTION).findall(self.source)

    @property
    def released(self) -> str:
        """What students get."""
        if self.kind == "test":
            return HIDDEN.sub("", self.source).rstrip("\n")
        if self.kind == "hand":
            return SOLUTION.sub(HAND_STUB + "\n", self.source).rstrip("\n")
        if self.kind == "solution":
            return SOLUTION.sub(self._stub, self.source).rstrip("\n")
        return self.source

    def _stub(self, match: re.Match[str]) -> str:
        indent = re.match(r"[ \t]*", match[0])
        space = indent[0] if indent else ""
        stop = f'raise NotImplementedError("{self.name}: write your code here")'
        return f"{space}# Your code here.\n{space}{stop}\n"


def kind_of(cell: dict[str, Any]) -> str:
    """Tell what a notebook's cell is, by its metadata.

    Parameters
    ----------
    cell : dict
        Of a notebook.

    Returns
    -------
    str
        As :attr:`Cell.kind`; "" for a code cell that is none of them.
    """
    metadata = cell.get("metadata", {})
    tags = metadata.get("tags", [])
    mark = metadata.get("nbgrader", {})
    if "teacher" in tags:
        return "teacher"
    if cell["cell_type"] != "code":
        return "hand" if mark.get("grade") and mark.get("solution") else "text"
    if mark.get("grade"):
        return "test"
    if mark.get("solution"):
        return "solution"
    if mark.get("locked"):
        return "given"
    return "show" if "show" in tags else ""


def text_of(cell: dict[str, Any]) -> str:
    """The text of a notebook's cell, which may be stored in lines."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


@dataclass(frozen=True)
class Assignment:
    """An assignment, as its source tells it.

    Parameters
    ----------
    path : Path
        The notebook; ``answers.py`` lies beside it.
    notebook : dict
        What it holds.
    cells : tuple of Cell
        All cells.
    metadata : dict
        The entry ``assignment`` of the notebook's metadata.
    """

    path: Path
    notebook: Notebook
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``01-perceptron``."""
        return self.path.stem

    def of(self, *kinds: str) -> list[Cell]:
        """The cells of some kinds, in order."""
        return [cell for cell in self.cells if cell.kind in kinds]

    @property
    def parts(self) -> dict[str, list[Cell]]:
        """The test cells of each coding part."""
        return {
            cell.name: [t for t in self.of("test") if t.part == cell.name] for cell in self.of("solution")
        }

    @property
    def points(self) -> dict[str, float]:
        """What each graded cell gives at most."""
        return {cell.name: cell.points for cell in self.of("test", "hand")}

    @property
    def withheld(self) -> tuple[str, ...]:
        """Names taken out of nnlib for students' code."""
        return tuple(self.metadata.get("withheld", ()))

    @property
    def seconds(self) -> float:
        """For one cell or call."""
        return float(self.metadata.get("seconds", 10))

    @cached_property
    def answers(self) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, tuple[str, list[str]]]]]:
        """The right and the wrong answers of ``answers.py``, the wrong with the cells that must fail."""
        names = runpy.run_path(str(self.path.with_name("answers.py")))
        wrong = {
            part: {name: (a, []) if isinstance(a, str) else (a[0], list(a[1])) for name, a in answers.items()}
            for part, answers in names["WRONG"].items()
        }
        return names["RIGHT"], wrong

    @cached_property
    def given_names(self) -> set[str]:
        """What the given cells define."""
        return set().union(*(defined_names(cell.source) for cell in self.of("given")))

    @cached_property
    def classes(self) -> set[str]:
        """Names that the solution defines as classes: only their objects may stay in the sandbox."""
        found = set()
        for cell in self.of("solution"):
            found |= {node.name for node in ast.parse(cell.source).body if isinstance(node, ast.ClassDef)}
        return found

    def wanted(self, test: Cell) -> list[str]:
        """Names that a test cell takes from the student's notebook.

        Parameters
        ----------
        test : Cell
            Of kind ``test``.

        Returns
        -------
        list of str
            In alphabetical order.
        """
        known = self.given_names | set(dir(builtins)) | defined_names(test.source)
        mine = free_names(test.source) - known
        solved = set().union(*(defined_names(cell.source) for cell in self.of("solution")))
        for cell in self.of("given"):  # helpers that call what the student defines
            mine |= (free_names(cell.source) - known) & solved
        return sorted(mine)


def free_names(source: str) -> set[str]:
    """Names that a cell uses and might take from outside.

    Parameters
    ----------
    source : str
        A cell.

    Returns
    -------
    set of str
    """
    names: set[str] = set()

    def walk(table: symtable.SymbolTable) -> None:
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                names.add(symbol.get_name())
        for child in table.get_children():
            walk(child)

    walk(symtable.symtable(source, "cell", "exec"))
    return names


def defined_names(source: str) -> set[str]:
    """Names that a cell defines at its top level.

    Parameters
    ----------
    source : str
        A cell.

    Returns
    -------
    set of str
    """
    table = symtable.symtable(source, "cell", "exec")
    return {
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }


def names(sources: Path = SOURCES) -> list[str]:
    """All assignments that have a source, in order."""
    return sorted(path.stem for path in sources.glob("*/*.ipynb") if path.stem == path.parent.name)


def check_contents(toc: Path = ROOT / "_toc.yml", sources: Path = SOURCES) -> None:
    """Check that the table of contents lists the assignments that there are.

    Parameters
    ----------
    toc : Path
        The book's table of contents.
    sources : Path
        Where the assignments are.

    Raises
    ------
    FormatError
        If a page has no source, or a source no page.
    """
    listed = re.findall(r"file: assignments/release/([^/\s]+)/", toc.read_text(encoding="utf-8"))
    have = names(sources)
    wrong = [
        f"{toc.name} lists the assignment {name}, but there is no assignments/source/{name}/{name}.ipynb"
        for name in listed
        if name not in have
    ]
    wrong += [
        f"{toc.name} lacks the line   - file: assignments/release/{name}/{name}"
        for name in have
        if name not in listed
    ]
    if wrong:
        raise FormatError("\n".join(wrong))


def find(what: str, sources: Path = SOURCES) -> Path:
    """Find the source of an assignment.

    Parameters
    ----------
    what : str
        Its number, its name, or the path of the notebook.
    sources : Path
        Where the assignments are.

    Returns
    -------
    Path

    Raises
    ------
    FormatError
        If there is not exactly one.
    """
    if what.endswith(".ipynb") and Path(what).is_file():
        return Path(what).resolve()
    what = Path(what.rstrip("/")).name
    found = [
        p
        for p in sources.glob("*/*.ipynb")
        if p.stem == p.parent.name and (p.stem == what or p.stem.split("-")[0] == what)
    ]
    if len(found) != 1:
        have = ", ".join(sorted(p.name for p in sources.iterdir() if p.is_dir()))
        raise FormatError(f"no assignment {what!r}; there are: {have}")
    return found[0]


def read(path: Path | str) -> Assignment:
    """Read an assignment's source, and check its form.

    Parameters
    ----------
    path : Path or str
        Of the notebook; or what :func:`find` takes.

    Returns
    -------
    Assignment

    Raises
    ------
    FormatError
        If the source is not as assignments/README.md asks; the text lists all that is wrong.
    """
    path = path if isinstance(path, Path) else find(path)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells, wrong = [], []
    for i, cell in enumerate(notebook["cells"]):
        kind, source = kind_of(cell), text_of(cell)
        mark = cell.get("metadata", {}).get("nbgrader", {})
        where = f"cell {i} ({mark.get('grade_id') or source[:30]!r})"
        if not kind:
            wrong.append(f"{where}: a code cell is given, solution or test, or has the tag 'show'")
            continue
        new = Cell(kind, source, mark.get("grade_id", ""), float(mark.get("points", 0)), cell.get("id", ""))
        cells.append(new)
        wrong += [f"{where}: {what}" for what in _faults(new, mark)]
        if cell.get("outputs"):
            wrong.append(f"{where}: has outputs")
    assignment = Assignment(path, notebook, tuple(cells), notebook["metadata"].get("assignment", {}))
    names = [cell.name for cell in cells if cell.name]
    wrong += [f"grade_id {name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if "title" not in assignment.metadata:
        wrong.append('no metadata "assignment": {"title": …}')
    if not wrong:
        wrong += _faults_of_all(assignment)
    if wrong:
        raise FormatError(f"{path.name}:\n" + "\n".join(f"  - {what}" for what in wrong))
    return assignment


def _faults(cell: Cell, mark: dict[str, Any]) -> list[str]:
    """What is wrong with one cell."""
    wrong = []
    regions = cell.regions
    if cell.kind in ("given", "solution", "test", "hand"):
        wrong += [
            f"nbgrader metadata lack {key}"
            for key in ("grade", "grade_id", "locked", "schema_version", "solution")
            if key not in mark
        ]
        if mark.get("schema_version") != 3:
            wrong.append("schema_version is 3")
        if cell.kind in ("given", "test") and not mark.get("locked"):
            wrong.append("it must be locked")
    if cell.kind in ("test", "hand") and cell.points <= 0:
        wrong.append("no points")
    if cell.kind in ("solution", "hand") and not regions:
        wrong.append("no ### BEGIN SOLUTION … ### END SOLUTION")
    if cell.kind == "test" and not regions:
        wrong.append("no ### BEGIN HIDDEN TESTS … ### END HIDDEN TESTS")
    if cell.kind == "hand" and "**Rubric**" not in "".join(regions):
        wrong.append("no **Rubric** within the solution")
    if re.search(r"###\s*(BEGIN|END)", cell.released, re.I):
        wrong.append("a marker without its partner, or not in its place")
    if cell.kind in ("given", "solution", "test", "show"):
        try:
            ast.parse(cell.source)
            released = ast.parse(cell.released)
        except SyntaxError as error:
            return [*wrong, f"not Python: {error}"]
        if cell.kind == "solution":
            wrong += _loose(released)
    return wrong


def _loose(tree: ast.Module) -> list[str]:
    """What a released solution cell holds beside signatures, docstrings and the stub."""

    def plain(node: ast.stmt) -> bool:
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return True
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return all(map(plain, node.body))
        return False

    return [
        f"line {n.lineno} stands outside the markers: {ast.unparse(n)[:60]}"
        for n in tree.body
        if not plain(n)
    ]


def _faults_of_all(assignment: Assignment) -> list[str]:
    """What is wrong in how the cells fit together."""
    wrong = []
    for test in assignment.of("test"):
        if test.part not in assignment.parts:
            wrong.append(f"{test.name}: no solution cell {test.part!r}")
        unknown = set(assignment.wanted(test))
        for cell in assignment.of("solution"):
            unknown -= defined_names(cell.source)
        if unknown:
            wrong.append(f"{test.name} uses {sorted(unknown)}, which no given cell and no solution defines")
    wrong += [f"{part}: no test cell" for part, tests in assignment.parts.items() if not tests]
    return wrong


def release(assignment: Assignment) -> Notebook:
    """Make the students' notebook.

    Parameters
    ----------
    assignment : Assignment
        The source.

    Returns
    -------
    dict
        A notebook without solutions, hidden tests, rubrics and commentary.
    """
    notebook = copy.deepcopy(assignment.notebook)
    kept = []
    for old, cell in zip(notebook["cells"], assignment.cells, strict=True):
        if cell.kind == "teacher":
            continue
        old["source"] = cell.released.splitlines(keepends=True)
        kept.append(old)
    notebook["cells"] = kept
    notebook["metadata"]["assignment"] = {"title": assignment.metadata["title"], "name": assignment.name}
    return notebook


def solved(assignment: Assignment, **answers: str) -> Notebook:
    """Make the teacher's notebook: everything, with the markers.

    Parameters
    ----------
    assignment : Assignment
        The source.
    **answers : str
        Other texts of solution cells, by ``grade_id``.

    Returns
    -------
    dict
    """
    notebook = copy.deepcopy(assignment.notebook)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if kind_of(cell) == "solution" and name in answers:
            cell["source"] = answers[name].strip("\n").splitlines(keepends=True)
    return notebook


def write(notebook: Notebook, path: Path) -> None:
    """Write a notebook.

    Parameters
    ----------
    notebook : dict
        What to write.
    path : Path
        Where; folders are made.
    """
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:  # else its page need not be built anew
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def secrets(assignment: Assignment) -> set[str]:
    """Lines that must not reach students: of solutions, hidden tests and commentary.

    Parameters
    ----------
    assignment : Assignment
        The source.

    Returns
    -------
    set of str
        Without white space; not short ones, which say nothing, and not those that stand in the open, too.
    """
    hidden = [line for cell in assignment.cells for region in cell.regions for line in region.splitlines()]
    hidden += [line for cell in assignment.of("teacher") for line in cell.source.splitlines()]
    open_text = squeeze("\n".join(cell.released for cell in assignment.cells if cell.kind != "teacher"))
    return {bare for line in hidden if len(bare := squeeze(line)) >= 10 and bare not in open_text}


def tame(text: str) -> str:
    """Markdown that is shown without acting: no tag of HTML in it remains one, and formulas stay.

    Parameters
    ----------
    text : str
        What a student wrote.

    Returns
    -------
    str

    Examples
    --------
    >>> tame("<script>x</script> $a<b$")
    '< script>x< /script> $a< b$'
    """
    return re.sub(r"<(?=[A-Za-z/!?])", "< ", text)


def squeeze(text: str) -> str:
    """Take out white space."""
    return re.sub(r"\s+", "", text)


def leaks(assignment: Assignment, text: str) -> list[str]:
    """Find lines of solutions or hidden tests in a text.

    Parameters
    ----------
    assignment : Assignment
        The source.
    text : str
        A notebook, a page of HTML, or anything.

    Returns
    -------
    list of str
        The lines, without white space.
    """
    bare = words_of(text)
    return sorted(line for line in secrets(assignment) if line in bare)


def words_of(text: str) -> str:
    """All that a file says, without white space: with the marks of HTML, and without.

    Parameters
    ----------
    text : str
        A notebook, a page of HTML, or anything.

    Returns
    -------
    str
    """
    try:
        notebook = json.loads(text)
        text = "\n".join(text_of(cell) for cell in notebook["cells"]) + json.dumps(notebook)
    except (ValueError, KeyError, TypeError):
        pass
    return squeeze(html.unescape(re.sub(r"<[^<>]*>", "", text))) + squeeze(html.unescape(text))
