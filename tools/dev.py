"""Every task of the project, on every platform, with nothing installed but Python and git.

`make TASK` calls this file; where there is no make (Windows), `py tools/dev.py TASK` does the same.
It makes the virtual environment from requirements.lock by itself, and again when the lock changes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
HTML = ROOT / "_build" / "html"
TASKS: dict[str, Callable[[argparse.Namespace], None]] = {}

# One BLAS thread: sums are then added in one order, so a notebook prints the same digits on every run.
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}


def task(function: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], None]:
    """Register a task under its own name; its docstring is its line of help."""
    TASKS[function.__name__.replace("_", "-")] = function
    return function


def run(*command: str | Path, **environment: str) -> None:
    """Run a command of the virtual environment from the project's root; stop here if it fails."""
    program, *rest = map(str, command)
    found = shutil.which(program, path=str(BIN)) or program
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    done = subprocess.run([found, *rest], cwd=ROOT, env=os.environ | THREADS | {"PATH": path} | environment)
    if done.returncode:
        sys.exit(f"\n✗ failed ({done.returncode}): {program} {' '.join(rest)}")


def digest(*paths: Path) -> str:
    """SHA-256 over the contents of files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def fresh(stamp: Path, key: str) -> bool:
    """Does the stamp file hold this key, so that the work it stands for is done?"""
    return stamp.is_file() and stamp.read_text() == key


def install(extra: str) -> None:
    """Make .venv hold nnlib with one of its extras, at the versions of the lock."""
    numpy = os.environ.get("NUMPY", "")  # "2.0.*" or "latest": the weekly build on other NumPys than the lock's
    key = digest(ROOT / "requirements.lock", ROOT / "pyproject.toml") + numpy
    stamp = VENV / f"installed-{extra}"
    if fresh(stamp, key):
        return
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        print("Making .venv", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"Installing the pinned packages for '{extra}' (minutes, the first time)", flush=True)
    pip = ("python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "-c", "requirements.lock", "-e", f".[{extra}]")
    if numpy:
        run(*pip, "--upgrade", "numpy" if numpy == "latest" else f"numpy=={numpy}")
    stamp.write_text(key)


def node_modules() -> None:
    """Fetch the JavaScript that the site serves itself, with the Node.js that the environment brings."""
    stamp = ROOT / "node_modules" / ".installed"
    key = digest(ROOT / "package-lock.json")
    if not fresh(stamp, key):
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(key)


def drop_stale_outputs() -> None:
    """Forget executed notebooks when the code they ran on has changed.

    The notebook cache is keyed on the notebooks' own cells: a changed nnlib would be shown above the old outputs.
    """
    key = digest(ROOT / "requirements.lock", ROOT / "_config.yml", *sorted((ROOT / "nnlib").rglob("*.*[!c]")))
    stamp = ROOT / "_build" / "executed-with"
    if not fresh(stamp, key):
        for folder in (".jupyter_cache", ".doctrees", "html", "jupyter_execute"):
            shutil.rmtree(ROOT / "_build" / folder, ignore_errors=True)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(key)


def main() -> None:
    """Run the tasks named on the command line, in order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=["help"], choices=[*TASKS, "help"], metavar="TASK")
    options = parser.parse_args()
    for name in options.tasks:
        TASKS[name](options)


if __name__ == "__main__":
    main()
