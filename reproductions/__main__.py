"""Run what has not been run: ``python -m reproductions [NAME …]``."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from . import NAMES, module
from .results import FOLDER, digest, path_of, settings, store

UNFINISHED = Path(__file__).parent.parent / "_build" / "reproductions"


def pending(names: Sequence[str], seeds: int | None, folder: Path) -> list[tuple[str, str, int]]:
    """List the runs that have no file yet, seed by seed.

    Parameters
    ----------
    names : sequence of str
        Results.
    seeds : int or None
        How many seeds; None for as many as each configuration says.
    folder : Path
        Where the files are.

    Returns
    -------
    list of (name, variant, seed)
    """
    runs = [
        (seed, name, variant)
        for name in names
        for variant, config in module(name).RUNS.items()
        for seed in range(seeds or config.seeds)
    ]
    runs.sort(key=lambda run: (names.index(run[1]), run[0]))
    return [
        (name, variant, seed)
        for seed, name, variant in runs
        if not path_of(name, variant, seed, folder).exists()
    ]


def reproduce(
    names: Sequence[str],
    seeds: int | None = None,
    minutes: float = float("inf"),
    folder: Path = FOLDER,
    jobs: int = 1,
) -> int:
    """Run what is pending; a run that was killed goes on from its last epoch.

    Parameters
    ----------
    names : sequence of str
        Results.
    seeds : int, optional
        How many seeds of each.
    minutes : float
        After which no further run is begun.
    folder : Path
        Where the files go.
    jobs : int, default 1
        How many runs go on at once, each in a process of its own.

    Returns
    -------
    int
        Runs that are still pending.
    """
    runs = pending(names, seeds, folder)
    folder.mkdir(parents=True, exist_ok=True)
    UNFINISHED.mkdir(parents=True, exist_ok=True)
    last = time.time() + 60 * minutes
    numbered = [(f"[{number}/{len(runs)}]", *job) for number, job in enumerate(runs, start=1)]
    one = partial(run, folder=folder, last=last, progress=jobs == 1)
    if jobs == 1:
        done = [one(job) for job in numbered]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            done = list(pool.map(one, numbered))
    return done.count(False)


def run(job: tuple[str, str, str, int], folder: Path, last: float, progress: bool) -> bool:
    """Do one run, and store it.

    Parameters
    ----------
    job : (str, str, str, int)
        What to call it in messages; name, variant and seed.
    folder : Path
        Where the file goes.
    last : float
        Seconds of the clock after which the run is left for the next time.
    progress : bool
        Show a progress bar?

    Returns
    -------
    bool
        Whether it was done.
    """
    number, name, variant, seed = job
    if time.time() > last:
        return False
    config = module(name).RUNS[variant]
    decided = settings(config)
    print(f"{number} {name} {variant}, seed {seed}", flush=True)
    checkpoint = UNFINISHED / f"{name}-{variant}-{seed}-{digest(decided)}.npz"
    store(name, variant, seed, decided, config.run(seed, checkpoint, progress=progress), folder)
    checkpoint.unlink(missing_ok=True)
    print(f"{number} done", flush=True)
    return True


def report(names: Sequence[str]) -> str:
    """Tell what was published, what came out, and the verdict.

    Parameters
    ----------
    names : sequence of str
        Results.

    Returns
    -------
    str
    """
    lines = []
    for name in names:
        lines.append(name)
        for claim in module(name).CLAIMS:
            try:
                row = claim.row()
            except ValueError:
                lines.append(f"  {claim.text}: not run")
            else:
                numbers = f"published {row['published']}, here {row['reproduced']} ({row['seeds']} seeds)"
                lines.append(f"  {claim.text}: {numbers}: {row['verdict']}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m reproductions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all if left out")
    parser.add_argument("--seeds", type=int, help="how many; else what each configuration says")
    parser.add_argument(
        "--budget", type=float, default=float("inf"), metavar="MINUTES", help="begin no run after so many"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="runs at once; else as many as processors"
    )
    parser.add_argument("--report", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    names = arguments.names or list(NAMES)
    for name in names:
        module(name)
    if not arguments.report:
        left = reproduce(names, arguments.seeds, arguments.budget, jobs=arguments.jobs)
        if left:
            print(f"{left} runs are left for the next time")
    print(report(names))


if __name__ == "__main__":
    main()
