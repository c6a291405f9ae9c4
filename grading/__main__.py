"""Assignments, for the teacher. ``make release``, ``grade`` and ``export`` call this."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

from grading import batch, gate, intake, source
from grading import export as exports
from grading.sandbox import Unsafe
from grading.source import Assignment

RELEASE = source.ROOT / "assignments" / "release"  # pages of the book
PRIVATE = source.ROOT / "_build" / "assignments"


def chosen(names: list[str]) -> list[Assignment]:
    """Read the assignments named; all, if none is."""
    return [source.read(name) for name in names or source.names()]


def run_gate(arguments: argparse.Namespace) -> int:
    """Prove that the tests test."""
    reports = [gate.gate(assignment, arguments.workers) for assignment in chosen(arguments.assignments)]
    print(*reports, sep="\n")
    return sum(bool(report.faults) for report in reports)


def run_release(arguments: argparse.Namespace) -> int:
    """Make the students' notebook and ZIP, and the teacher's notebook (in _build, not for students)."""
    if not arguments.assignments:
        source.check_contents()
        for old in RELEASE.glob("*/"):
            if old.name not in source.names():
                shutil.rmtree(old)
    for assignment in chosen(arguments.assignments):
        if not arguments.no_gate:
            report = gate.gate(assignment, arguments.workers)
            print(report)
            if report.faults:
                return 1
        target = RELEASE / assignment.name / f"{assignment.name}.ipynb"
        source.write(source.release(assignment), target)
        teacher = PRIVATE / f"{assignment.name}-solution.ipynb"
        source.write(source.solved(assignment), teacher)
        archive = PRIVATE / f"{assignment.name}-students.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
            entry = zipfile.ZipInfo(f"{assignment.name}/{assignment.name}.ipynb", (2026, 1, 1, 0, 0, 0))
            stream.writestr(entry, target.read_bytes(), zipfile.ZIP_DEFLATED)
        if arguments.assignments:
            print(f"students: {target}\n          {archive}\nteacher:  {teacher}")
    return 0


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade submissions: a ZIP of Canvas or Moodle, or a folder. May be stopped and run again."""
    (assignment,) = chosen([arguments.assignment])
    folder = batch.GRADES / assignment.name
    names = intake.roster(arguments.roster) if arguments.roster else {}
    submissions = intake.collect(arguments.submissions, names)
    due = datetime.fromisoformat(arguments.due) if arguments.due else None
    count = batch.grade_all(
        assignment,
        submissions,
        folder,
        part=arguments.part or None,
        workers=arguments.workers,
        unsafe=arguments.unsafe,
        scheduler=arguments.scheduler,
        due=due,
        percent=arguments.late,
    )
    missing = exports.write_hand(folder)
    exports.feedback(assignment, folder)
    exports.report(assignment, folder)
    if arguments.db:
        from grading import gradebook

        gradebook.store(assignment, folder, arguments.db, submissions)
    graded, kept, failed = count["graded"], count["kept"], count["failed"]
    print(f"{graded} graded, {kept} were graded before, {failed} failed in the grader")
    absent = sorted(set(names) - set(batch.results(folder)))
    if absent:
        some = ", ".join(names[student] for student in absent[:10])
        print(f"nothing came from {len(absent)}: {some}{'…' if absent[10:] else ''}")
    if missing:
        print(f"{missing} answers to mark by hand: read {folder / 'hand.md'}, fill in {folder / 'hand.csv'}")
    print(f"report: {folder / 'report.md'}")
    return int(count["failed"] > 0)


def run_export(arguments: argparse.Namespace) -> int:
    """Write marks as the learning platform imports them."""
    (assignment,) = chosen([arguments.assignment])
    folder = batch.GRADES / assignment.name
    if arguments.db:
        exports.take(folder, assignment, arguments.db)
    exports.feedback(assignment, folder)
    print(exports.export(assignment, folder, arguments.format, arguments.roster, arguments.partial))
    return 0


def run_formgrader(arguments: argparse.Namespace) -> int:
    """Open nbgrader's formgrader on what was graded with a gradebook."""
    course = batch.GRADES / "nbgrader"
    if not (course / "nbgrader_config.py").is_file():
        raise FileNotFoundError("no gradebook yet: say make grade A=… FROM=… DB=…")
    command = [sys.executable, "-m", "jupyter", "lab", "--ServerApp.ip=127.0.0.1", "--ServerApp.root_dir=."]
    return subprocess.run(
        [*command, "--LabApp.default_url=/formgrader", *arguments.options], cwd=course
    ).returncode


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in (("gate", run_gate), ("release", run_release)):
        command = commands.add_parser(name, help=function.__doc__)
        command.add_argument("assignments", nargs="*", help="numbers or names; none means all")
        command.add_argument("--workers", type=int, default=0)
        command.set_defaults(function=function)
        if name == "release":
            command.add_argument("--no-gate", action="store_true", help="when it was just proved")
    command = commands.add_parser("grade", help=run_grade.__doc__)
    command.add_argument("assignment")
    command.add_argument("submissions", type=Path)
    command.add_argument("--part", default="", help="grade this part anew for all, such as p2-output")
    command.add_argument("--workers", type=int, default=0)
    command.add_argument("--scheduler", default="", help="of Dask, tcp://…")
    command.add_argument("--due", default="", help="2026-11-20T23:59")
    command.add_argument("--late", type=float, default=0.0, help="percent taken off for each day")
    command.add_argument("--db", default="", help="nbgrader's gradebook: sqlite:////…, postgresql://…")
    command.add_argument(
        "--unsafe", action="store_true", help="without isolation, on a machine to be thrown away"
    )
    command.add_argument("--roster", type=Path, help="list of students: the platform's CSV")
    command.set_defaults(function=run_grade)
    command = commands.add_parser("export", help=run_export.__doc__)
    command.add_argument("assignment")
    command.add_argument("format", choices=exports.FORMATS)
    command.add_argument("--roster", type=Path, help="the platform's own CSV, to fill in")
    command.add_argument("--db", default="", help="nbgrader's gradebook, for the marks given by hand there")
    command.add_argument("--partial", action="store_true", help="although marks are missing")
    command.set_defaults(function=run_export)
    command = commands.add_parser("formgrader", help=run_formgrader.__doc__)
    command.add_argument("options", nargs="*", help="for Jupyter, after --")
    command.set_defaults(function=run_formgrader)
    arguments = parser.parse_args()
    try:
        sys.exit(arguments.function(arguments))
    except (
        source.FormatError,
        exports.NotGraded,
        Unsafe,
        FileNotFoundError,
        ValueError,
        RuntimeError,
    ) as error:
        sys.exit(f"✗ {error}")


if __name__ == "__main__":
    main()
