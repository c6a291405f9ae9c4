"""Seconds for each submission of a class, beside nbgrader's own autograder; writes benchmarks/GRADING.md.

Run it as ``make bench-grading``, on a machine that has nothing else to do. Both grade the same notebooks in
the same run, in turns. nbgrader gets fewer of them: it takes them one after the other, each the same time.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from grading import source
from grading.batch import grade_all, results
from grading.intake import Submission
from grading.sandbox import isolation

OURS, THEIRS, ROUNDS = 100, 10, 2
FILE = Path(__file__).with_name("GRADING.md")
GROUP = Path("/sys/fs/cgroup/cpuacct") / f"grading-{os.getpid()}"
CONFIG = "c = get_config()\nc.CourseDirectory.root = {root!r}\nc.NbGrader.log_level = 'ERROR'\n"


class Clock:
    """Sums the seconds of the clock that blocks take, and of the processors, all processes included.

    Linux counts the latter in a control group; sandboxes are killed, so that nobody else is told of theirs.
    """

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self.count = 0

    def __enter__(self) -> None:
        self.start = time.perf_counter(), self.used()

    def __exit__(self, *error: object) -> None:
        self.wall += time.perf_counter() - self.start[0]
        self.cpu += self.used() - self.start[1]

    @staticmethod
    def used() -> float:
        return float((GROUP / "cpuacct.usage").read_text()) / 1e9

    def each(self) -> tuple[float, float]:
        return self.wall / self.count, self.cpu / self.count


def submissions(assignment: source.Assignment, n: int) -> list[Submission]:
    """A class in which everybody has a part of the answers from answers.py, right or wrong."""
    right, wrong = assignment.answers
    made = []
    for i in range(n):
        answers = {part: list(texts.values())[i % len(texts)] for part, texts in right.items()}
        part = list(wrong)[i % len(wrong)]
        answers[part] = list(wrong[part].values())[i % len(wrong[part])][0]
        text = json.dumps(source.solved(assignment, **answers)).encode()
        made.append(Submission(f"s{i:04}", f"Student {i}", "", text, datetime(2026, 11, 1)))
    return made


def nbgrader(course: Path, *arguments: str) -> None:
    """Run a command of nbgrader's."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])


def main() -> None:
    """Grade, compare, write."""
    GROUP.mkdir()  # as root, with control groups of version 1
    (GROUP / "cgroup.procs").write_text(str(os.getpid()))
    assignment = source.read("01")
    name = assignment.name
    everybody = submissions(assignment, OURS * ROUNDS)
    clocks = {what: Clock() for what in ("nbgrader", "1", "2")}
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        source.write(source.solved(assignment), course / "source" / name / f"{name}.ipynb")
        (course / "nbgrader_config.py").write_text(CONFIG.format(root=str(course)))
        nbgrader(course, "generate_assignment", name)
        for turn in range(ROUNDS):
            some = everybody[turn * OURS :][:OURS]
            for submission in some[:THEIRS]:
                file = course / "submitted" / submission.student / name / f"{name}.ipynb"
                file.parent.mkdir(parents=True)
                file.write_bytes(submission.data)
            with clocks["nbgrader"]:
                nbgrader(course, "autograde", name)
            clocks["nbgrader"].count += THEIRS
            for workers in (1, 2):
                with clocks[str(workers)]:
                    grade_all(assignment, some, Path(folder) / f"by-{workers}", workers=workers)
                clocks[str(workers)].count += OURS
        agree = compare(course, name, results(Path(folder) / "by-2"))
    write(clocks, agree)


def compare(course: Path, name: str, ours: dict[str, dict[str, object]]) -> str:
    """Count the submissions that both gave the same points."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        theirs = {s.student_id: s.score for s in book.assignment_submissions(name)}
    same = [sum(m["points"] or 0 for m in ours[s]["marks"]) == score for s, score in theirs.items()]  # type: ignore[attr-defined]
    return f"{sum(same)} of {len(same)}"


def write(clocks: dict[str, Clock], agree: str) -> None:
    """Write the table."""
    theirs = clocks["nbgrader"].each()
    rows = []
    for label, key in (("`nbgrader autograde`", "nbgrader"), ("one worker", "1"), ("two workers", "2")):
        wall, cpu = clocks[key].each()
        ratios = f"{theirs[0] / wall:.1f} | {theirs[1] / cpu:.1f}"
        hours = f"{8000 * wall / 3600:.1f}"
        rows.append(f"| {label} | {clocks[key].count} | {wall:.2f} | {cpu:.2f} | {ratios} | {hours} |")
    wall = {key: clock.each()[0] for key, clock in clocks.items()}
    head = ["", "submissions", "seconds each", "processor seconds each", "throughput ÷ nbgrader's"]
    head += ["the same, of processor time", "hours for 1,000 × 8"]
    text = f"""# Grading a class

Assignment 1: {ROUNDS * OURS} submissions of right and wrong answers, in turns with nbgrader 0.9.6, which got
the first {THEIRS} of each {OURS}. Isolation by {isolation()}; nbgrader has none. Made by `make bench-grading`
on {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}. Load of the machine in
the quarter of an hour before the end: {os.getloadavg()[2]:.1f}.

| {" | ".join(head)} |
| {" | ".join(["---"] * len(head))} |
{chr(10).join(rows)}

A second worker makes it {wall["1"] / wall["2"]:.2f} times as fast. Both graders gave the same points to
{agree} submissions. The processor time is the better measure where other work runs beside: it does not count
waiting.
"""
    FILE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
