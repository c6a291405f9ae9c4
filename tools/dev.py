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
WITH_TORCH = "chapters/08-from-nnlib-to-pytorch.ipynb"
TASKS: dict[str, Callable[[], None]] = {}

# One BLAS thread: sums are then added in one order, so a notebook prints the same digits on every run.
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}


def task(function: Callable[[], None]) -> Callable[[], None]:
    """Register a task under its own name; its docstring is its line of help."""
    TASKS[function.__name__.replace("_", "-")] = function
    return function


def run(*command: str | Path, **environment: str) -> None:
    """Run a command of the virtual environment from the project's root; stop here if it fails."""
    program, *rest = map(str, command)
    found = shutil.which(program, path=str(BIN)) or program
    own = {"PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]), "VIRTUAL_ENV": str(VENV)}
    done = subprocess.run(
        [found, *rest],
        cwd=ROOT,
        env=os.environ | THREADS | own | environment,
    )
    if done.returncode:
        sys.exit(f"\n✗ failed ({done.returncode}): {program} {' '.join(rest)}")


def digest(*paths: Path) -> str:
    """SHA-256 over the names and the contents of files."""
    sums = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def fresh(stamp: Path, key: str) -> bool:
    """Tell whether the stamp file holds this key, so that the work it stands for is done."""
    return stamp.is_file() and stamp.read_text() == key


def install(extra: str) -> None:
    """Make .venv hold nnlib with one of its extras, at the versions of the lock."""
    # "2.0.*" or "latest": the weekly build on other NumPys than the lock's.
    numpy = os.environ.get("NUMPY", "")
    # TORCH=1: with PyTorch, which the tests compare with and the last chapter runs. It is large.
    torch = ",torch" if os.environ.get("TORCH") else ""
    key = digest(ROOT / "requirements.lock", ROOT / "pyproject.toml") + numpy + torch
    stamp = VENV / f"installed-{extra}"
    held = ("book", "grading", "lab", "pdf")  # by the extra "test"
    if fresh(stamp, key) or (extra in held and fresh(VENV / "installed-test", key)):
        return
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs on whatever Python the machine has
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        print("Making .venv", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"Installing the pinned packages for '{extra}' (minutes, the first time)", flush=True)
    pip = ("python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "-c", "requirements.lock", "-e", f".[{extra}{torch}]")
    if numpy:
        run(*pip, "--upgrade", "numpy" if numpy == "latest" else f"numpy=={numpy}")
    stamp.write_text(key)


def node_modules(checkers: bool = False) -> None:
    """Fetch the JavaScript that the site serves itself, and what checks ours, with our own Node.js."""
    stamp = ROOT / "node_modules" / ".installed"
    key = digest(ROOT / "package-lock.json")
    if not fresh(stamp, f"{key} and checkers") and (checkers or not fresh(stamp, key)):
        omit = [] if checkers else ["--omit=dev"]
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *omit)
        stamp.write_text(f"{key} and checkers" if checkers else key)


def drop_stale_outputs(root: Path = ROOT) -> None:
    """Forget executed notebooks, and the pages made of them, when what they were made with has changed.

    The notebook cache is keyed on the notebooks' own cells: it would show a changed nnlib above old outputs.
    Sphinx in its turn does not see changes in the extension, the table of contents or the scripts.
    """
    build = root / "_build"
    sources = [
        path
        for package in ("nnlib", "reproductions")
        for path in sorted((root / package).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]
    run_with = [root / "requirements.lock", *sources]
    made_with = [root / name for name in ("_config.yml", "_toc.yml", "package-lock.json", "references.bib")]
    made_with += [*sorted((root / "tools").glob("*.*")), *sorted((root / "_static").glob("*.*"))]
    stamps = {
        "executed-with": (digest(*run_with), (".jupyter_cache", "html")),
        "built-with": (digest(*run_with, *made_with), ("html",)),
    }
    for name, (key, folders) in stamps.items():
        if not fresh(build / name, key):
            for folder in (*folders, ".doctrees", "jupyter_execute"):
                shutil.rmtree(build / folder, ignore_errors=True)
            build.mkdir(exist_ok=True)
            (build / name).write_text(key)


def build() -> None:
    """Build the book; any warning of Sphinx is a failure."""
    node_modules()
    assignments()
    drop_stale_outputs()
    config = ROOT / "_config.yml"
    if not has_torch():
        # The notebook's stored outputs are shown as they are.
        text = config.read_text(encoding="utf-8").replace(
            '  exclude_patterns: ["assignments', f'  exclude_patterns: ["{WITH_TORCH}", "assignments'
        )
        config = ROOT / "_build" / "_config.yml"
        config.write_text(text, encoding="utf-8")
    try:
        run(
            "jupyter-book",
            "build",
            ".",
            "--config",
            config,
            "-W",
            "--keep-going",
            "-n",
            "--quiet",
            PYDEVD_DISABLE_FILE_VALIDATION="1",
            PYTHONPATH=str(ROOT / "tools"),  # where our extension is, wherever the configuration
        )
    except SystemExit:
        # A page with a warning counts as built: without this the next build would skip it and pass.
        shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
        raise


def assignments() -> None:
    """Make the notebooks that students get from their sources: pages of the book, never committed."""
    run("python", "-m", "grading", "release", "--no-gate")


def has_torch() -> bool:
    """Tell whether PyTorch is installed, and say so if not: one notebook is not run without it."""
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    python = BIN / ("python.exe" if os.name == "nt" else "python")
    found = subprocess.run([python, "-c", probe]).returncode == 0
    if not found:
        print(f"PyTorch is not installed: {WITH_TORCH} is not run (TORCH=1 installs it)", flush=True)
    return found


def browser() -> str:
    """Path of a Chromium on this machine, installed if there is none; "" means Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        debian("chromium", "chromium")
        found = shutil.which("chromium")
    if not found:
        run("playwright", "install", "chromium")
    return found or ""


@task
def book() -> None:
    """Build the site into _build/html; sets everything up first."""
    install("book")
    build()
    print(f"\nThe book is built. Open it: {(HTML / 'index.html').as_uri()}")
    print("or run `make serve`, which follows your changes.")


@task
def serve() -> None:
    """Show the site on this machine and rebuild it whenever a file changes."""
    install("book")
    run("python", "tools/serve.py")


@task
def lab() -> None:
    """Open the notebooks in JupyterLab."""
    install("lab")
    run("jupyter", "lab", "--ServerApp.ip=127.0.0.1", "--notebook-dir=chapters")


@task
def test() -> None:
    """Run everything below down to site-test, and report on each."""
    install("test")
    results = []
    for part in (lint, types, javascript, unit, nbval, site, links, site_test):
        name = part.__name__.replace("_", "-")
        print(f"\n━━ {name} ━━ {part.__doc__}", flush=True)
        start = time.perf_counter()
        try:
            part()
            message = ""
        except SystemExit as failure:
            message = str(failure).strip()
            print(message, file=sys.stderr, flush=True)
        results.append((name, time.perf_counter() - start, message))
    print("\n━━ summary ━━")
    for name, seconds, message in results:
        print(f"{'✗' if message else '✓'} {name:10} {seconds:7.1f} s  {'failed' if message else ''}")
    failed = [name for name, _, message in results if message]
    print(f"  {'in all':10} {sum(seconds for _, seconds, _ in results):7.1f} s")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}   (each runs alone: make {failed[0]})")


@task
def lint() -> None:
    """Check style and formatting of code and notebooks (ruff)."""
    install("test")
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


@task
def types() -> None:
    """Check types (mypy)."""
    install("test")
    run("mypy")


@task
def javascript() -> None:
    """Check types and style of the explorables' JavaScript (tsc, eslint)."""
    install("test")
    node_modules(checkers=True)
    run("npm", "run", "--silent", "check")


@task
def unit() -> None:
    """Test nnlib with coverage and its docstrings' examples, the tools, and the rules for notebooks."""
    install("test")
    sandbox()
    debian("postgresql", "psql")
    run(
        "pytest",
        "tests",
        "nnlib",
        "grading",
        "--ignore=tests/site",
        "--doctest-modules",
        "--cov",
        "-q",
        "-n=auto",
        MPLBACKEND="agg",
    )


@task
def nbval() -> None:
    """Run every notebook and compare each output with the stored one (nbval, strict)."""
    install("test")
    options = ("--nbval-current-env", "--nbval-cell-timeout=300", "--nbval-sanitize-with=tests/nbval.cfg")
    inline = "module://matplotlib_inline.backend_inline"  # as in a notebook
    skip = [] if has_torch() else [f"--ignore={WITH_TORCH}"]
    together = ("-n=auto", "--dist=loadscope")  # the cells of a notebook stay together and in order
    run(
        "pytest",
        "--nbval",
        *options,
        *skip,
        *together,
        "-q",
        "-p",
        "no:cacheprovider",
        "chapters",
        MPLBACKEND=inline,
    )


@task
def site() -> None:
    """Build the site; warnings, broken references and missing alt text are failures."""
    install("test")
    build()


@task
def links() -> None:
    """Check that every link, picture and anchor inside the built site leads somewhere."""
    install("test")
    run("python", "tools/links.py", HTML)


@task
def site_test() -> None:
    """Open every built page in a browser, with the network cut: math, pictures, widgets, phone, dark mode."""
    install("test")
    node_modules(checkers=True)
    run("pytest", "tests/site", "-q", "-n=auto", "--dist=loadgroup", CHROMIUM=browser())


@task
def gate() -> None:
    """Prove that the tests of the assignments test: A=03, or all."""
    install("grading")
    sandbox()
    run("python", "-m", "grading", "gate", *os.environ.get("A", "").split())


@task
def release() -> None:
    """Make the students' notebook and ZIP, and the teacher's, of A=03, or of all. NO_GATE=1: at once."""
    install("grading")
    sandbox()
    options = ["--no-gate"] if os.environ.get("NO_GATE") else []
    run("python", "-m", "grading", "release", *os.environ.get("A", "").split(), *options)


@task
def grade() -> None:
    """Grade A=03 FROM=folder-or-zip [ROSTER= DUE= LATE= PART= WORKERS= DB= SCHEDULER= UNSAFE=1]."""
    install("grading")
    sandbox()
    names = ("ROSTER", "DUE", "LATE", "PART", "WORKERS", "DB", "SCHEDULER")
    options = [f"--{name.lower()}={os.environ[name]}" for name in names if os.environ.get(name)]
    options += ["--unsafe"] if os.environ.get("UNSAFE") else []
    run("python", "-m", "grading", "grade", needed("A"), needed("FROM"), *options)


@task
def export() -> None:
    """Write marks for the platform: A=03 FORMAT=canvas|moodle|csv [ROSTER=its table PARTIAL=1 DB=]."""
    install("grading")
    options = [f"--roster={os.environ['ROSTER']}"] if os.environ.get("ROSTER") else []
    options += ["--partial"] if os.environ.get("PARTIAL") else []
    options += [f"--db={os.environ['DB']}"] if os.environ.get("DB") else []
    run("python", "-m", "grading", "export", needed("A"), os.environ.get("FORMAT", "csv"), *options)


@task
def formgrader() -> None:
    """Mark by hand in nbgrader's form what was graded with DB=."""
    install("grading")
    run("python", "-m", "grading", "formgrader")


def needed(name: str) -> str:
    """Value of a variable that a task cannot do without."""
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"say which: {name}=…   (for example: make grade A=03 FROM=submissions.zip)")
    return value


def sandbox() -> None:
    """Install the sandbox for students' code, where it is missing and can be installed without asking."""
    debian("bubblewrap", "bwrap")
    engine = next(filter(None, map(shutil.which, ("podman", "docker"))), None)
    if shutil.which("bwrap") or not engine:
        return
    if subprocess.run([engine, "image", "inspect", "nnlib-grading"], capture_output=True).returncode:
        print("Making the container for students' code (once)", flush=True)
        run(engine, "build", "-t", "nnlib-grading", "-f", "grading/Dockerfile", ".")


def debian(package: str, program: str) -> None:
    """Install a package where a program is missing, if this is Debian and we may."""
    release = Path("/etc/os-release")
    here = release.is_file() and "\nID=debian\n" in f"\n{release.read_text()}\n"
    if not shutil.which(program) and here and os.geteuid() == 0:
        print(f"Installing {package}", flush=True)
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)


@task
def bench() -> None:
    """Measure the speed of training beside scikit-learn, PyTorch and JAX: benchmarks/RESULTS.md."""
    install("bench")
    run("python", "benchmarks/training_speed.py")


@task
def slides() -> None:
    """Make slides of every chapter from its notebook: _build/slides, which needs no network."""
    install("book")
    node_modules()
    run("python", "tools/slides.py")


@task
def pdf() -> None:
    """Print the whole book into one PDF: _build/pdf/neural-networks.pdf."""
    install("pdf")
    build()
    run("python", "tools/pdf.py", CHROMIUM=browser())


@task
def bench_grading() -> None:
    """Measure the seconds that a submission takes, beside nbgrader's autograder: benchmarks/GRADING.md."""
    install("grading")
    sandbox()
    run("python", "-m", "benchmarks.grading_speed")


@task
def reproduce() -> None:
    """Run what is missing of the published results, on MNIST: an hour, or R=nielsen for one of them."""
    install("test")
    names = os.environ.get("R", "").split()
    run("python", "-m", "reproductions", *names)


@task
def page_speed() -> None:
    """Measure when each page is there for a reader on a slow line: benchmarks/PAGE-SPEED.md."""
    install("test")
    run("python", "tools/page_speed.py", CHROMIUM=browser())


@task
def screenshots() -> None:
    """Picture every page, light and dark, wide and narrow, into _build/screenshots."""
    install("test")
    run("python", "tools/screenshots.py", CHROMIUM=browser())


@task
def notebooks() -> None:
    """Run every notebook from top to bottom, and store it with its outputs, normalised."""
    install("test")
    assignments()
    run("python", "tools/notebooks.py")


@task
def lock() -> None:
    """Choose new versions of everything: requirements.lock and package-lock.json."""
    install("test")
    run("python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv")
    options = ("--all-extras", "--universal", "--upgrade", "--no-annotate", "--no-header")
    run(
        "uv",
        "pip",
        "compile",
        "--quiet",
        "pyproject.toml",
        *options,
        "--no-emit-index-url",
        "-o",
        "requirements.lock",
    )
    run("npm", "update", "--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund")


@task
def clean() -> None:
    """Remove what the build made (not .venv)."""
    for name in (
        "_build",
        "node_modules",
        "htmlcov",
        ".coverage",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
    ):
        path = ROOT / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def help_text() -> str:
    """One line for each task."""
    return "\n".join(f"make {name:12} {function.__doc__}" for name, function in TASKS.items())


def main() -> None:
    """Run the tasks named on the command line, in order."""
    parser = argparse.ArgumentParser(
        description=help_text(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="*", default=["help"], choices=[*TASKS, "help"], metavar="TASK")
    for name in parser.parse_args().tasks:
        if name == "help":
            print(help_text())
        else:
            TASKS[name]()


if __name__ == "__main__":
    main()
