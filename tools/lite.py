"""Make the site's own JupyterLite: the book's notebooks, run by Python in the reader's browser.

Python compiled to WebAssembly (Pyodide) and NumPy come from npm, pure Python packages from PyPI, `nnlib`
from this tree; all of it is served by the site. What no registry carries comes from one address,
`lite_packages` in `_config.yml`: the compiled packages of Pyodide's own distribution, such as Matplotlib.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "lite"  # in the site
OURS = ("nnlib", "reproductions")  # packages in our wheel
# Pure Python packages that the site serves, at the versions of requirements.lock: what the kernel and the
# live figures need, and what Matplotlib needs beside its compiled parts. Those with a version are for
# browsers only: this kernel does not get on with IPython's newest.
PURE = (
    *("anywidget", "asttokens", "comm", "cycler", "decorator==5.2.1", "executing", "fonttools"),
    *("ipython==9.12.0", "ipython-pygments-lexers", "ipywidgets", "matplotlib-inline"),
    *("matplotlib-pyodide==0.2.3", "micropip==0.9.0", "packaging", "prompt-toolkit", "psygnal", "pure-eval"),
    *("pygments", "pyparsing", "python-dateutil", "pytz==2024.1", "six", "stack-data", "traitlets"),
    *("typing-extensions", "tzdata", "wcwidth"),
)
KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSIONS = (KERNEL, "@jupyter-widgets/jupyterlab-manager", "anywidget", "jupyterlab-myst")
PYTHON_FILES = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# The kernel asks for these when it starts; all of them stand in our lock, so it asks nobody else.
AT_START = (
    *("micropip", "piplite", "ssl", "sqlite3"),
    *("ipykernel", "comm", "pyodide_kernel", "jedi", "ipython"),
)
# The kernel wants these installed before it starts, and does without them: two compiled parts of Python's own
# library, and the completion of code that has not run, which weighs more than NumPy. It gets an empty package
# of each name; `import sqlite3` in a cell fetches the real one.
EMPTY = ("ssl", "sqlite3", "jedi")
# The extra "notebook", as far as it is for the live figures.
FIGURES = ["anywidget"]
BROWSER = {"sys_platform": "emscripten", "python_version": "3.12", "extra": ""}
NUMPY_REST = re.compile(r"/(tests|include)/|\.a$|dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$")


def notebooks(root: Path = ROOT) -> dict[str, Path]:
    """Notebooks of the book by their path in the browser: chapters, and assignments as students get them."""
    chapters = {f"chapters/{path.name}": path for path in sorted((root / "chapters").glob("*.ipynb"))}
    released = sorted((root / "assignments" / "release").glob("*/*.ipynb"))
    return chapters | {f"assignments/{path.name}": path for path in released}


def imports(notebook: Path) -> set[str]:
    """Top-level names of the modules that a notebook's cells import."""
    found = set()
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
    return {name.partition(".")[0] for name in found}


def pyodide_lock(root: Path = ROOT) -> dict[str, Any]:
    """Return the list of packages of Pyodide's distribution, as npm carries it."""
    return json.loads((root / "node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf-8"))


def missing(notebook: Path, lock: dict[str, Any]) -> set[str]:
    """Modules that a notebook imports and that no package of a lock gives."""
    given = {name for package in lock["packages"].values() for name in package["imports"]}
    return imports(notebook) - given - sys.stdlib_module_names - set(OURS)


def runnable(root: Path = ROOT) -> dict[str, Path]:
    """Notebooks that run in a browser, by their path there."""
    lock = pyodide_lock(root)
    return {name: path for name, path in notebooks(root).items() if not missing(path, lock)}


def fetched(notebook: Path, lock: dict[str, Any]) -> set[str]:
    """Packages that a notebook's imports load from the outer address: those that the site does not serve."""
    packages = lock["packages"]
    by_import = {module: name for name, package in packages.items() for module in package["imports"]}
    todo = [by_import[module] for module in imports(notebook) if module in by_import]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [need.lower().replace("_", "-") for need in packages[name]["depends"]]
    return seen - bundled()


def bundled() -> set[str]:
    """Names of the packages that the site serves itself."""
    return {name.partition("==")[0] for name in PURE} | {"numpy", "nnlib", *EMPTY}


def sha256(path: Path) -> str:
    """Fingerprint of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def canonical(name: str) -> str:
    """Name of a package as Pyodide's lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip(*arguments: str | Path) -> None:
    """Run pip; its complaints are shown if it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pip {arguments[0]} failed:\n{done.stderr}")


def pure_wheels(cache: Path, root: Path = ROOT) -> list[Path]:
    """Wheels of the pure Python packages, from PyPI; fetched once."""
    stamp, lock = cache / "complete", root / "requirements.lock"
    wanted = f"{sha256(lock)} {' '.join(PURE)}"
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        where = ("--platform=any", "--python-version=3.12", "--implementation=py", "--abi=none")
        versions = dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        exact = [name if "==" in name else f"{name}=={versions[name]}" for name in PURE]
        pip("download", "--no-deps", "--only-binary=:all:", *where, "-d", cache, *exact)
        stamp.write_text(wanted)
    return sorted(cache.glob("*.whl"))


def own_wheel(target: Path, root: Path = ROOT) -> Path:
    """Build the wheel of nnlib, from a copy of this tree, so that nothing old gets into it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA.md"):
            shutil.copy(root / name, copy)
        for name in OURS:
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        pip("wheel", "--no-deps", "--no-build-isolation", "-w", target, copy)
    return next(target.glob("nnlib-*.whl"))


def zipped(target: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Write a ZIP that is the same whenever it holds the same."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files:
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return target


def numpy_wheel(target: Path, root: Path = ROOT) -> Path:
    """Make a wheel of the NumPy that npm carries as a conda package, without its tests."""
    archive = next((root / "node_modules/@emscripten-forge/numpy/pkg").glob("numpy-*.tar.gz"))
    release = archive.name.split("-")[1]
    inside = "lib/python3.12/site-packages/"

    def files() -> Iterator[tuple[str, bytes]]:
        with tarfile.open(archive) as packed:
            for member in sorted(packed.getmembers(), key=lambda member: member.name):
                name = member.name.removeprefix("./")
                if member.isfile() and name.startswith(inside) and not NUMPY_REST.search(name):
                    data = packed.extractfile(member)
                    assert data is not None
                    yield name.removeprefix(inside), data.read()

    return zipped(target / f"numpy-{release}-cp312-cp312-pyodide_2024_0_wasm32.whl", files())


def empty_wheel(target: Path, name: str) -> Path:
    """Make a package that holds nothing."""
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n"
    kind = "Wheel-Version: 1.0\nGenerator: book\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    inside = f"{name}-1.0.0.dist-info"
    files = [(f"{inside}/METADATA", head.encode()), (f"{inside}/WHEEL", kind.encode())]
    return zipped(target / f"{name}-1.0.0-py3-none-any.whl", files)


def contents(wheel: Path) -> tuple[list[str], list[str]]:
    """Top-level modules of a wheel, and the packages that it needs in the browser."""
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        metadata = packed.read(next(name for name in names if name.endswith(".dist-info/METADATA")))
    tops = {name.split("/")[0].removesuffix(".py") for name in names if ".dist-info/" not in name}
    lines = message_from_bytes(metadata).get_all("Requires-Dist") or []
    needs = [Requirement(line) for line in lines]
    apply = [need.name for need in needs if not need.marker or need.marker.evaluate(dict(BROWSER))]
    return sorted(top for top in tops if top.isidentifier()), sorted(map(canonical, apply))


def book_lock(wheels: Iterable[Path], address: str, root: Path = ROOT) -> dict[str, Any]:
    """Pyodide's lock, with the site's own wheels in it, and an outer address for everything else."""
    lock = pyodide_lock(root)
    packages = lock["packages"]
    for package in packages.values():
        package["file_name"] = f"{address.rstrip('/')}/{package['file_name']}"
    for name in EMPTY:
        packages[f"real-{name}"] = packages.pop(name) | {"name": f"real-{name}"}
    for wheel in wheels:
        name, release = wheel.name.split("-")[:2]
        modules, needs = contents(wheel)
        packages[canonical(name)] = {
            "name": canonical(name),
            "version": release,
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": sha256(wheel),
            "package_type": "package",
            "imports": modules,
            "depends": needs + (FIGURES if name == "nnlib" else []),
            "unvendored_tests": False,
        }
    for package in packages.values():
        # JupyterLab's own halves of the widgets are no packages here: they are part of the page.
        package["depends"] = [need for need in package["depends"] if canonical(need) in packages]
    return lock


def pyodide(target: Path, address: str, cache: Path, kernel: Path, root: Path = ROOT) -> None:
    """Put Python, the wheels and the lock into a folder of the site."""
    target.mkdir(parents=True, exist_ok=True)
    for name in PYTHON_FILES:
        shutil.copy(root / "node_modules/pyodide" / name, target)
    wanted = [*pure_wheels(cache, root), *(kernel / "static" / "pypi").glob("*.whl")]
    for wheel in wanted:
        if not wheel.name.startswith("widgetsnbextension"):
            shutil.copy(wheel, target)
    own_wheel(target, root)
    numpy_wheel(target, root)
    for name in EMPTY:
        empty_wheel(target, name)
    lock = book_lock(sorted(target.glob("*.whl")), address, root)
    (target / "pyodide-lock.json").write_text(json.dumps(lock, indent=1, sort_keys=True), encoding="utf-8")


def labextensions() -> Path:
    """Folder of this Python's JupyterLab extensions."""
    return Path(sysconfig.get_path("data")) / "share/jupyter/labextensions"


def settings() -> dict[str, Any]:
    """What JupyterLite reads when it starts."""
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "loadPyodideOptions": {"packages": list(AT_START)},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Neural Networks That Prove Themselves",
            "appUrl": "./tree",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }


def key(root: Path, address: str) -> str:
    """Fingerprint of everything that the folder is made of."""
    sources = [path for name in OURS for path in sorted((root / name).rglob("*")) if path.is_file()]
    sources = [path for path in sources if path.suffix != ".pyc"]
    made_of = [*notebooks(root).values(), *sources, Path(__file__), root / "pyproject.toml"]
    made_of += [root / "package-lock.json", root / "requirements.lock"]
    sums = [f"{path.name} {sha256(path)}" for path in made_of]
    versions = [f"{name} {version(name)}" for name in ("jupyterlite-core", "jupyterlite-pyodide-kernel")]
    return hashlib.sha256("\n".join([address, *versions, *sums]).encode()).hexdigest()


def build(site: Path, address: str, root: Path = ROOT) -> bool:
    """Make the folder in a site, unless it is there and nothing has changed; tell whether it was made."""
    out, stamp = site / FOLDER, site / FOLDER / "made-of.txt"
    fingerprint = key(root, address)
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return False
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        lite = Path(folder)
        for name, path in runnable(root).items():
            (lite / "files" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, lite / "files" / name)
        config = {
            "lite_dir": str(lite),
            "contents": [str(lite / "files")],
            "output_dir": str(out.resolve()),
            "apps": ["notebooks", "tree"],
            "no_sourcemaps": True,
            "no_libarchive": True,
            "ignore_sys_prefix": ["federated_extensions"],  # these, and no other that is installed
            "federated_extensions": [str(labextensions() / name) for name in EXTENSIONS],
        }
        for name, content in (
            ("jupyter-lite.json", settings()),
            ("jupyter_lite_config.json", {"LiteBuildConfig": config}),
        ):
            (lite / name).write_text(json.dumps(content), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build"]
        done = subprocess.run(command, cwd=lite, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"jupyter lite build failed:\n{done.stdout}\n{done.stderr}")
    pyodide(out / "static/pyodide", address, site.parent / "lite-wheels", labextensions() / KERNEL, root)
    stamp.write_text(fingerprint)
    return True
