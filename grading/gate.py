"""The gate before release: proof that the tests of an assignment test."""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from grading.grade import Result, grade
from grading.source import Assignment, Notebook, leaks, release, solved

RIGHT, WRONG = 2, 5  # answers for each part, at least


@dataclass
class Report:
    """What the gate found.

    Parameters
    ----------
    name : str
        The assignment.
    faults : list of str
        What has to be mended; none means that the gate is open.
    parts, tests, right, caught, wrong : int
        Coding parts, test cells, right answers that passed, wrong ones that were caught, wrong ones in all.
    """

    name: str
    faults: list[str] = field(default_factory=list)
    parts: int = 0
    tests: int = 0
    right: int = 0
    caught: int = 0
    wrong: int = 0

    def __str__(self) -> str:
        state = "open" if not self.faults else "CLOSED"
        figures = f"{self.parts} coding parts, {self.tests} test cells, {self.right} right answers passed"
        lines = [f"{self.name}: {state}; {figures}, {self.caught} of {self.wrong} wrong answers caught"]
        return "\n".join(lines + [f"  - {fault}" for fault in self.faults])


@dataclass(frozen=True)
class Trial:
    """A notebook to grade, and what must come of it."""

    what: str  # solution, blank, right, wrong
    part: str | None
    name: str
    notebook: Notebook
    must_fail: tuple[str, ...] = ()


def trials(assignment: Assignment) -> Iterator[Trial]:
    """Make all notebooks that the tests are tried on.

    Parameters
    ----------
    assignment : Assignment
        The source.

    Yields
    ------
    Trial
    """
    right, wrong = assignment.answers
    yield Trial("solution", None, "", solved(assignment))
    yield Trial("blank", None, "", release(assignment))
    for part in assignment.parts:
        for name, text in right.get(part, {}).items():
            yield Trial("right", part, name, solved(assignment, **{part: text}))
        for name, (text, cells) in wrong.get(part, {}).items():
            yield Trial("wrong", part, name, solved(assignment, **{part: text}), tuple(cells))


# Two answers that every part is tried on. The first blanks its input and then answers rightly: a test that
# computes what is wanted from the blanked input would take it for right.
_WRAP = """

def _wrapped(function):
    import numpy

    def arrays(values):
        for value in values:
            if isinstance(value, (list, tuple)):
                yield from arrays(value)
            elif isinstance(value, numpy.ndarray) and value.size and value.any():
                yield value

    def wrapped(*args, **kwargs):
        for array in arrays([*args, *kwargs.values()]):
            {action}
        return function(*args, **kwargs)

    return wrapped
"""


def adversaries(assignment: Assignment) -> Iterator[Trial]:
    """Make, for each part, the answer that blanks its input, and one that tells whether it gets any array.

    Parameters
    ----------
    assignment : Assignment
        The source.

    Yields
    ------
    Trial
        Of what ``blanking`` and ``arrays``.
    """
    for cell in assignment.of("solution"):
        tree = ast.parse(cell.source)
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        if not names:
            continue
        last = "".join(f"{name} = _wrapped({name})\n" for name in names)
        for what, action in (("blanking", "array[...] = 0"), ("arrays", "raise MemoryError")):
            text = cell.source + _WRAP.format(action=action) + last
            yield Trial(what, cell.name, "", solved(assignment, **{cell.name: text}))


def _grade(job: tuple[Assignment, Trial]) -> Result:
    assignment, trial = job
    slot = (multiprocessing.current_process()._identity or (0,))[0]
    return grade(assignment, json.loads(json.dumps(trial.notebook)), trial.part, slot=slot)


def gate(assignment: Assignment, workers: int = 0, parts: tuple[str, ...] = ()) -> Report:
    """Try the tests of an assignment on right, wrong, missing and complete answers.

    Parameters
    ----------
    assignment : Assignment
        The source.
    workers : int
        Processes; 0 for one on each core.
    parts : tuple of str
        Try the answers to these parts only; () for all.

    Returns
    -------
    Report
    """
    report = Report(assignment.name, parts=len(assignment.parts), tests=len(assignment.of("test")))
    right, wrong = assignment.answers
    known = set(assignment.parts)
    report.faults += [
        f"answers.py knows {part!r}, the notebook does not" for part in {*right, *wrong} - known
    ]
    for part in assignment.parts:
        for what, wanted, have in (("right", RIGHT, right), ("wrong", WRONG, wrong)):
            if len(have.get(part, {})) < wanted:
                report.faults.append(f"{part}: {len(have.get(part, {}))} {what} answers, {wanted} are wanted")
    found = leaks(assignment, json.dumps(release(assignment)))
    report.faults += [f"the release holds {line!r}" for line in found]
    jobs = [(assignment, trial) for trial in (*trials(assignment), *adversaries(assignment))]
    jobs = [job for job in jobs if not parts or job[1].part in (None, *parts)]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers or os.cpu_count(), context) as pool:
        results = list(pool.map(_grade, jobs))
    failed_once: set[str] = set()
    blanking: set[str] = set()
    for (_, trial), result in zip(jobs, results, strict=True):
        tests = [mark for mark in result.marks if mark.status != "hand"]
        lost = {mark.name: mark for mark in tests if not mark.points}
        say = (
            f"{trial.part}, {trial.what} answer {trial.name!r}"
            if trial.part
            else f"the {trial.what} notebook"
        )
        own = [why for why in result.incidents if trial.part and why.startswith(f"{trial.part}:")]
        if trial.what in ("solution", "right"):
            report.faults += [f"{say}: {name} fails: {mark.message}" for name, mark in lost.items()]
            report.faults += [f"{say}: {why}" for why in own]
            report.right += trial.what == "right" and not lost
        elif trial.what == "blanking":
            blanking = {mark.name for mark in tests if mark.points}
        elif trial.what == "arrays":
            report.faults += [
                f"{name}: an answer that blanks its input passes: compute what is wanted before the call"
                for name in sorted(blanking & set(lost))
            ]
        elif trial.what == "blank":
            report.faults += [f"{say}: {mark.name} gives points" for mark in tests if mark.points]
            clear = ("nothing was written",)
            report.faults += [
                f"{say}: {mark.name} says {mark.message!r}"
                for mark in lost.values()
                if not any(c in mark.message for c in clear)
            ]
        else:
            report.wrong += 1
            missed = [name for name in trial.must_fail if name not in lost]
            if own:
                report.faults.append(f"{say} does not run: {own[0]}")
            elif any("NameError" in mark.message or "not defined" in mark.message for mark in lost.values()):
                report.faults.append(f"{say} fails for a stray reason: {next(iter(lost.values())).message}")
            elif not lost or missed:
                report.faults.append(f"{say} is not caught" + (f" by {', '.join(missed)}" if missed else ""))
            else:
                report.caught += 1
                failed_once |= set(lost)
    report.faults += [
        f"{test.name}: no wrong answer fails it"
        for test in assignment.of("test")
        if test.name not in failed_once and (not parts or test.part in parts)
    ]
    return report
