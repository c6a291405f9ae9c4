"""Grade a class: many submissions, several at a time, to be stopped and taken up again at any moment."""

from __future__ import annotations

import ctypes
import hashlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from grading import source
from grading.grade import Result, grade
from grading.intake import Submission, collect, penalty
from grading.source import Assignment

GRADES = source.ROOT / "grades"
TRIES = 3  # of one submission whose grader dies


def version(assignment: Assignment) -> str:
    """Digest of all that decides marks: when it changes, submissions are graded anew."""
    return hashlib.sha256(assignment.path.read_bytes()).hexdigest()[:16]


def work(path: str, data: bytes, only: str | None, unsafe: bool) -> dict[str, Any]:
    """Grade one submission, in whatever process, on whatever machine.

    Parameters
    ----------
    path : str
        Of the assignment's source.
    data : bytes
        The submitted file.
    only : str or None
        One part.
    unsafe : bool
        Without isolation.

    Returns
    -------
    dict
        Of a :class:`grading.grade.Result`.
    """
    slot = (multiprocessing.current_process()._identity or (0,))[0]
    with tempfile.TemporaryDirectory(prefix="nnlib-intake-") as folder:
        file = Path(folder) / "submission.ipynb"
        file.write_bytes(data)
        return grade(_read(path), file, only, unsafe=unsafe, slot=slot).to_dict()


_ASSIGNMENTS: dict[tuple[str, int], Assignment] = {}


def _read(path: str) -> Assignment:
    key = path, Path(path).stat().st_mtime_ns
    if key not in _ASSIGNMENTS:
        _ASSIGNMENTS[key] = source.read(Path(path))
    return _ASSIGNMENTS[key]


def save(file: Path, data: Any) -> None:
    """Write JSON so that the file is the old one or the new one, whatever happens."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with part.open(
        "wb"
    ) as stream:  # halves of characters, which JSON and names of files can hold, become "?"
        stream.write(json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "replace"))
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second grader out of a folder; a lock that the system takes back when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        if os.name == "posix":
            import fcntl

            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not inherited by our workers, unlike flock
            except OSError:
                raise RuntimeError(f"another process grades into {folder}") from None
        yield


def run_pool(
    jobs: dict[str, tuple[Any, ...]], done: Callable[[str, dict[str, Any] | Exception], None], workers: int
) -> None:
    """Run jobs in local processes; a process that dies takes no other job with it.

    Parameters
    ----------
    jobs : dict
        Arguments of :func:`work`, by student.
    done : callable
        Is told each result as it comes.
    workers : int
        Processes.
    """
    left = dict(jobs)
    while left:
        suspects = _run_round(left, done, workers)
        for (
            student
        ) in suspects:  # one of them may be what killed the process: each alone, in a process of its own
            for attempt in range(TRIES):
                job = {student: left[student]}
                if not _run_round(job, done, 1):
                    break
                if attempt == TRIES - 1:
                    done(student, RuntimeError(f"the grader's process died {TRIES} times"))
            del left[student]


def _run_round(
    left: dict[str, tuple[Any, ...]], done: Callable[[str, dict[str, Any] | Exception], None], workers: int
) -> list[str]:
    """Run jobs, taking those done out of ``left``, until all are done or a process dies.

    Returns
    -------
    list of str
        Students whose jobs were under way when a process died.
    """
    suspects: list[str] = []
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), initializer=_quiet) as pool:
        waiting: dict[Future[dict[str, Any]], str] = {}
        queue = iter(list(left.items()))
        while True:
            while not suspects and len(waiting) < 2 * workers:
                student, job = next(queue, ("", ()))
                if not job:
                    break
                try:
                    waiting[pool.submit(work, *job)] = student
                except BrokenProcessPool:
                    suspects.append(student)
            if not waiting:
                return suspects
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                student = waiting.pop(future)
                try:
                    result: dict[str, Any] | Exception = future.result()
                except BrokenProcessPool:
                    suspects.append(student)
                    continue
                except Exception as error:
                    result = error
                del left[student]
                done(student, result)


def _quiet() -> None:
    """Prepare a worker: leave Ctrl-C to the one who waits for us, and die with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def run_dask(
    jobs: dict[str, tuple[Any, ...]], done: Callable[[str, dict[str, Any] | Exception], None], address: str
) -> None:
    """Run jobs on a Dask cluster whose machines have this project and bubblewrap.

    Parameters
    ----------
    jobs, done
        As for :func:`run_pool`.
    address : str
        Of the scheduler, ``tcp://…``.
    """
    from distributed import Client, as_completed

    with Client(address) as client:
        futures = {
            client.submit(
                work,
                *job,
                key=f"grade-{student}-{hashlib.sha256(job[1]).hexdigest()[:12]}-{time.time_ns()}",
                retries=TRIES,
            ): student
            for student, job in jobs.items()
        }
        for future in as_completed(futures):
            try:
                result = future.result()
            except Exception as error:
                result = error
            done(futures[future], result)


def grade_all(
    assignment: Assignment,
    submissions: Iterable[Submission],
    folder: Path | None = None,
    part: str | None = None,
    workers: int = 0,
    unsafe: bool = False,
    scheduler: str = "",
    due: datetime | None = None,
    percent: float = 0.0,
    progress: bool = True,
) -> dict[str, int]:
    """Grade what is not graded yet.

    Parameters
    ----------
    assignment : Assignment
        The source.
    submissions : iterable of Submission
        What :func:`grading.intake.collect` found.
    folder : Path, optional
        Where the results go, one file a student; ``grades/NN-name``.
    part : str, optional
        Grade this part of every submission anew, and leave the others as they are.
    workers : int
        Local processes; 0 for one on each core.
    unsafe : bool
        Without isolation.
    scheduler : str
        Address of a Dask scheduler, instead of local processes.
    due : datetime, optional
        Later ones lose points.
    percent : float
        For each day.
    progress : bool
        Show how far it is.

    Returns
    -------
    dict
        How many were ``graded`` now, ``kept`` from before, and ``failed`` (in the grader: run it again).
    """
    folder = folder or GRADES / assignment.name
    now = version(assignment)
    count = {"graded": 0, "kept": 0, "failed": 0}
    jobs: dict[str, tuple[Any, ...]] = {}
    by_student = {submission.student: submission for submission in submissions}
    with alone(folder):
        for old in folder.glob("results/.*"):
            old.unlink()
        before = results(folder)
        for student, submission in by_student.items():
            digest = hashlib.sha256(submission.data).hexdigest()
            had = before.get(student)
            same = had is not None and had["digest"] == digest and had["problem"] == submission.problem
            if same and had is not None and had["version"] == now:
                count["kept"] += 1
                if had["penalty"] != (off := penalty(submission.when, due, percent, submission.late)):
                    save(folder / "results" / f"{student}.json", had | {"penalty": off})
            elif submission.problem:
                marks = [
                    {
                        "name": n,
                        "points": 0.0,
                        "maximum": p,
                        "status": "failed",
                        "message": submission.problem,
                    }
                    for n, p in assignment.points.items()
                ]
                blank = Result(assignment.name, [], submission.problem).to_dict() | {"marks": marks}
                _store(folder, submission, blank | {"digest": digest}, now, due, percent)
                count["graded"] += 1
            else:
                only = part if same else None
                jobs[student] = (str(assignment.path), submission.data, only, unsafe)
        bar = tqdm(total=len(jobs), unit="submission", disable=not (progress and jobs), mininterval=0.5)

        def done(student: str, result: dict[str, Any] | Exception) -> None:
            submission = by_student[student]
            if isinstance(result, Exception):
                count["failed"] += 1
                bar.write(f"{student}: the grader failed: {result!r}", file=sys.stderr)
                return
            if jobs[student][2] is not None:  # one part: the other marks stay
                new = {mark["name"]: mark for mark in result["marks"]}
                old = before[student]
                result = old | {"marks": [new.get(mark["name"], mark) for mark in old["marks"]]}
            else:
                result["digest"] = hashlib.sha256(submission.data).hexdigest()
            _store(folder, submission, result, now, due, percent)
            count["graded"] += 1
            bar.update()

        with bar:
            if jobs and scheduler:
                run_dask(jobs, done, scheduler)
            elif jobs:
                run_pool(jobs, done, workers or os.cpu_count() or 1)
    return count


def _store(
    folder: Path,
    submission: Submission,
    result: dict[str, Any],
    now: str,
    due: datetime | None,
    percent: float,
) -> None:
    extra = {
        "student": submission.student,
        "student_name": submission.name,
        "origin": submission.origin,
        "when": submission.when.isoformat(timespec="seconds"),
        "penalty": penalty(submission.when, due, percent, submission.late),
        "version": now,
        "graded": datetime.now().isoformat(timespec="seconds"),
    }
    save(folder / "results" / f"{submission.student}.json", result | extra)


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """Read all results.

    Parameters
    ----------
    folder : Path
        ``grades/NN-name``.

    Returns
    -------
    dict
        By student.
    """
    found = {}
    for file in sorted(folder.glob("results/*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        found[data["student"]] = data
    return found


__all__ = ["collect", "grade_all", "results", "work"]
