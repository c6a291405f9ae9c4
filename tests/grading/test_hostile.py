"""Submissions that mean harm: each is contained, says why, and loses no more than the part it stands in."""

import copy
import json
import os
import subprocess
import time

import pytest

from grading import export, sandbox
from grading.batch import collect, grade_all, results
from grading.grade import grade
from grading.sandbox import Limits, Lost, Sandbox, StudentError, Unsafe
from grading.source import release, solved

pytestmark = pytest.mark.usefixtures("isolated")
LIMITS = Limits(seconds=2.0, memory=600 * 2**20)

# What a student writes in place of part 2, and what the report says of it. Part 2 is lost, the others are not.
IN_A_CELL = {
    "endless loop": ("while True: pass", "longer than"),
    "loop that swallows interrupts": (
        "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "longer than",
    ),
    "sleep": ("import time\ntime.sleep(10**6)", "longer than"),
    "memory bomb": ("x = []\nwhile True: x.append(bytearray(10**7))", "MemoryError|longer than"),
    "one large array": ("x = np.ones(10**11)", "MemoryError|Unable to allocate"),
    "fork bomb": ("import os\nwhile True: os.fork()", "not permitted"),
    "thread bomb": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        "can't start new thread",
    ),
    "program": ("import subprocess\nsubprocess.run(['/bin/sh', '-c', 'id'], check=True)", "not permitted"),
    "a gigabyte of output": ("while True: print('x' * 10**6)", "printed more than"),
    "a gigabyte to stderr": ("import os\nwhile True: os.write(2, b'x' * 10**5)", "printed more than"),
    "os._exit": ("import os\nos._exit(0)", "ended its own process"),
    "sys.exit": ("import sys\nsys.exit(0)", "SystemExit"),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", "segmentation fault"),
    "abort": ("import os\nos.abort()", "signal 6|a crash"),
    "kills all it can": (
        "import os, signal\nos.kill(-1, signal.SIGKILL)\nos.kill(os.getpid(), signal.SIGKILL)",
        ".",
    ),
    "full scratch folder": (
        "for i in range(99):\n    with open(f'/tmp/{i}', 'wb') as f: f.write(bytes(10**7))",
        "No space left",
    ),
    "writes outside": ("open('/usr/lib/evil.py', 'w')", "Read-only|Permission denied"),
    "writes nnlib": ("open(nn.__file__, 'a')", "Read-only|Permission denied"),
    "network": ("import socket\nsocket.create_connection(('1.1.1.1', 53), 2)", "unreachable"),
    "local network": ("import socket\nsocket.create_connection(('127.0.0.1', 22), 2)", "refused|unreachable"),
    "deep recursion": ("def f(): return f()\nf()", "RecursionError"),
    "new name space": (
        "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0, 'unshare refused'",
        "unshare refused",
    ),
    "not Python": ("def output(X, w, b:\n    return", "SyntaxError"),
    "text to the grader": (
        "import os\nfor i in [n for n in map(int, os.listdir('/proc/self/fd')) if n > 2]:\n    try: os.write(i, b'no json\\n')\n    except OSError: pass",
        "not JSON",
    ),
    "endless line to the grader": (
        "import os\nwhile True:\n    for i in [n for n in map(int, os.listdir('/proc/self/fd')) if n > 2]:\n        try: os.write(i, b'x' * 10**5)\n        except OSError: pass",
        "more than 32 MB|longer than",
    ),
}


@pytest.mark.parametrize("name", IN_A_CELL)
def test_harm_in_a_cell_is_contained_and_costs_its_part_alone(name, one):
    text, reason = IN_A_CELL[name]
    start = time.perf_counter()
    result = grade(one, solved(one, **{"p2-output": text}), limits=LIMITS)
    marks = {mark.name: mark.points for mark in result.marks}
    assert marks["p2-output-test"] == marks["p2-output-test-tie"] == 0
    others = sum(points for mark, points in marks.items() if points and not mark.startswith("p2"))
    assert others == sum(c.points for c in one.of("test")) - 4
    import re

    assert any(re.search(reason, line) for line in result.incidents), result.incidents
    assert time.perf_counter() - start < 60


IN_A_CALL = {
    "endless loop": ("while True: pass", "longer than"),
    "os._exit": ("__import__('os')._exit(0)", "ended its own process"),
    "segmentation fault": ("__import__('ctypes').string_at(0)", "segmentation fault"),
    "memory": ("return np.ones(10**11)", "Unable to allocate"),
    "a large answer": ("return np.ones(10**7)", "more than 32 MB|longer than"),
    "output": ("while True: print('x' * 10**6)", "printed more than"),
    "an object that equals everything": (
        "class Yes:\n        shape = (3,)\n        def __eq__(self, other): return True\n"
        "        def __array__(self, *a, **k): return np.array([1, 0, 1])\n    return Yes()",
        "object of type Yes",
    ),
    "an array that equals everything": (
        "class Yes(np.ndarray):\n        def __eq__(self, other): return np.ones(3, bool)\n    return np.zeros(len(X)).view(Yes)",
        "pre-activations are",
    ),
    "a function": ("return lambda: 1", "function stands where|shape"),
    "text": ("return 'passed'", "shape|row"),
    "nothing": ("return None", "nothing back"),
    "a list that holds itself": ("x = []\n    x.append(x)\n    return x", "nested too deeply"),
    "raises the exception of a passed test": ("raise SystemExit(0)", "SystemExit"),
    "pickle": ("return __import__('pickle').dumps(1)", "bytes"),
    "the example's answers": ("return np.array([1, 0, 1])", "shape is wrong|wrong answers"),
}


@pytest.mark.parametrize("name", IN_A_CALL)
def test_harm_in_a_call_is_contained_and_costs_its_part_alone(name, one):
    body, reason = IN_A_CALL[name]
    result = grade(one, solved(one, **{"p2-output": f"def output(X, w, b):\n    {body}"}), limits=LIMITS)
    marks = {mark.name: mark for mark in result.marks}
    assert marks["p2-output-test"].points == 0
    import re

    assert re.search(reason, marks["p2-output-test"].message)
    others = sum(mark.points or 0 for name, mark in marks.items() if not name.startswith("p2"))
    assert others == sum(c.points for c in one.of("test")) - 4


# Code that would give all marks if tests ran where it runs. It stands in the first cell of a blank notebook.
FORGERIES = {
    "patched NumPy": (
        "import numpy as np\nfor f in ('array_equal', 'allclose', 'isclose', 'shape'):\n"
        "    setattr(np, f, lambda *a, **k: True)\nnp.all = np.any = lambda *a, **k: True"
    ),
    "patched builtins": (
        "import builtins\nclass Quiet(BaseException): pass\nbuiltins.AssertionError = Quiet\nbuiltins.abs = lambda x: 0\n"
        "builtins.len = lambda x: 3\nbuiltins.list = lambda x: x\nbuiltins.isinstance = lambda *a: True"
    ),
    "patched nnlib": "import nnlib as nn\nnn.datasets.breast_cancer = lambda **k: None",
    "exceptions swallowed": "import sys\nsys.excepthook = lambda *a: None\nimport ctypes",
    "names of what is wanted": (
        "class Any:\n    def __eq__(self, o): return True\n    __lt__ = __le__ = __gt__ = __ge__ = __ne__ = __eq__\n"
        "    __array_priority__ = 10**9\n    def __call__(self, *a): return self\n    def __iter__(self): return iter([self] * 3)\n"
        "    def __getattr__(self, n): return self\n    def __len__(self): return 3\n"
        "z_clear_calm = z_all = rings = b_or = output = majority_weights = parity = learn = accuracy_fixed = margin = "
        "margins_without = Any()"
    ),
    "withheld names": "from nnlib import Perceptron\noutput = lambda X, w, b: Perceptron(w, b)(X)",
    "withheld modules": "from nnlib.perceptron import Perceptron\noutput = lambda X, w, b: Perceptron(w, b)(X)",
    "the tests in memory": (
        "import gc, sys, __main__\nfound = [o for o in gc.get_objects() if isinstance(o, str) and 'HIDDEN' in o]\n"
        "frame = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\nassert not found\n"
    ),
    "answers in advance": (
        "import os\nfor i in [n for n in map(int, os.listdir('/proc/self/fd')) if n > 2]:\n    try: os.write(i, b'{\"value\":null,\"after\":{}}\\n' * 500)\n"
        "    except OSError: pass"
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_gains_a_mark(name, one):
    notebook = release(one)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = FORGERIES[name] + "\n" + "".join(cell["source"])
    assert grade(one, notebook, limits=LIMITS).points == 0
    notebook["cells"] = [copy.deepcopy(c) for c in notebook["cells"] if c["cell_type"] == "code"]
    for cell in notebook["cells"]:
        cell["metadata"], cell["source"] = {}, FORGERIES[name]
        cell["id"] = ""
    assert grade(one, notebook, limits=LIMITS).points == 0


def test_the_tests_are_nowhere_to_be_read(one):
    hidden = "wrong answers on"
    text = f"""
import os
names = []
for top in ("/",):
    for folder, folders, files in os.walk(top):
        folders[:] = [f for f in folders if os.path.join(folder, f) not in ("/proc", "/sys")]
        names += [os.path.join(folder, f) for f in files if f.endswith((".ipynb", ".db")) or "answers" in f]
memory = b""
try:
    with open("/proc/self/maps") as maps:
        areas = [line.split() for line in maps if " rw" in line]
    with open("/proc/self/mem", "rb", 0) as mem:
        for area in areas:
            low, high = (int(x, 16) for x in area[0].split("-"))
            try:
                mem.seek(low)
                while low < high:
                    piece = mem.read(min(1 << 20, high - low))
                    low += len(piece) or high
                    count = piece.count({hidden[:8]!r}.encode() + {hidden[8:]!r}.encode())
                    if count: names.append("memory")
            except (OSError, ValueError): pass
except PermissionError:  # where root started it, not even that
    pass
environment = sorted(os.environ)
processes = [p for p in os.listdir("/proc") if p.isdigit()]
"""
    with Sandbox(Limits(seconds=120)) as inside:
        inside.run("spy", text)
        found = [
            name for name in inside.get("names") if "/site-packages/" not in name and "/usr/" not in name
        ]
        assert [f for f in found if "perceptron" in f or f == "memory"] == []
        assert {"GRADING_DB", "SSH_AUTH_SOCK", "USER"}.isdisjoint(inside.get("environment"))
        assert len(inside.get("processes")) <= 2
    del hidden


def test_a_submission_cannot_reach_another(one):
    with Sandbox() as first, Sandbox(slot=1) as second:
        first.run("write", "open('/tmp/answer', 'w').write('42')")
        with pytest.raises(StudentError, match="FileNotFoundError"):
            second.run("read", "open('/tmp/answer')")


def edited(one, change):
    notebook = solved(one)
    notebook["cells"] = [cell for cell in map(change, notebook["cells"]) if cell]
    return grade(one, notebook, limits=LIMITS)


def is_test(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code"


FULL = 25  # without the part marked by hand


@pytest.mark.parametrize(
    ("change", "incident"),
    [
        (lambda c: None if is_test(c) else c, "was deleted; the original counts"),
        (lambda c: c | {"source": "assert True"} if is_test(c) else c, "was changed; the original counts"),
        (lambda c: c | {"metadata": {}}, ""),
        (lambda c: c | {"metadata": {}, "id": "x"}, ""),
        (lambda c: c | {"metadata": {"nbgrader": {"grade_id": "p1-hand"}}}, ""),
        (lambda c: c | {"metadata": {"nbgrader": 5, "tags": "x"}}, ""),
    ],
    ids=[
        "tests deleted",
        "tests edited",
        "metadata deleted",
        "ids too",
        "one name for all",
        "metadata broken",
    ],
)
def test_edited_notebooks_get_what_their_answers_are_worth(one, change, incident, tmp_path):
    notebook = solved(one)
    notebook["cells"] = [cell for cell in map(change, notebook["cells"]) if cell]
    file = tmp_path / "a.ipynb"
    file.write_text(json.dumps(notebook))
    result = grade(one, file, limits=LIMITS)
    assert result.points == FULL
    assert any(incident in line for line in result.incidents) or not incident


def test_a_given_cell_that_was_changed_counts_as_it_was(one):
    def change(cell):
        given = cell["metadata"].get("nbgrader", {}).get("grade_id") == "given-unit"
        return cell | {"source": "def unit(x, w, b):\n    return 1 / 0"} if given else cell

    result = edited(one, change)
    assert result.points == FULL
    assert "given-unit was changed; the original counts" in result.incidents


def test_a_copied_cell_and_a_helper_of_the_students_own_are_welcome(one):
    notebook = solved(one, **{"p2-output": "def output(X, w, b):\n    return helper(X, w, b)"})
    cell = next(
        c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "p2-output"
    )
    helper = {
        "cell_type": "code",
        "metadata": {},
        "source": "%matplotlib inline\ndef helper(X, w, b):\n    return X @ w + b > 0",
    }
    notebook["cells"].insert(notebook["cells"].index(cell), helper)
    notebook["cells"].append(copy.deepcopy(cell))
    assert grade(one, notebook, limits=LIMITS).points == FULL


FILES = {
    "not JSON": (b"dear teacher", "not JSON"),
    "empty": (b"", "not JSON"),
    "not UTF-8": ('{"cells": ["é"]}'.encode("latin-1"), "not in UTF-8"),
    "UTF-16": ('{"cells": []}'.encode("utf-16"), "not in UTF-8"),
    "JSON, not a notebook": (b"[1, 2]", "not a notebook"),
    "nested without end": (b"[" * 100_000, "not JSON"),
    "200 MB": (None, "larger than 20 MB"),
    "a number of cells": (b'{"cells": 5}', "not a notebook"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_notebook_gets_zero_and_a_reason(name, one, tmp_path):
    data, reason = FILES[name]
    file = tmp_path / "a.ipynb"
    if data is None:
        with file.open("wb") as stream:
            stream.truncate(200_000_000)
    else:
        file.write_bytes(data)
    result = grade(one, file)
    assert reason in result.problem
    assert result.points == 0
    assert len(result.marks) == len(one.points)


def test_halves_of_characters_stop_nobody(one, tmp_path):
    notebook = solved(one, **{"p2-output": "def output(X, w, b): raise ValueError(chr(0xD800))"})
    text = json.dumps(notebook).replace("*Your", "\\ud800*Your").replace("### END", "# \\udfff\\n### END")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a\udc80.ipynb").write_text(text)
    assert grade_all(one, collect(tmp_path / "in"), tmp_path / "out", progress=False)["graded"] == 1
    export.write_hand(tmp_path / "out")
    export.feedback(one, tmp_path / "out")
    export.report(one, tmp_path / "out")
    (result,) = results(tmp_path / "out").values()
    assert sum(mark["points"] or 0 for mark in result["marks"]) == FULL - 4


def test_odd_cells_are_read_as_far_as_they_can_be(one, tmp_path):
    odd = {"cells": [None, 3, {"cell_type": "code"}, {"cell_type": "code", "source": 7, "metadata": None}]}
    file = tmp_path / "a.ipynb"
    file.write_text(json.dumps(odd))
    assert grade(one, file).problem == ""


def test_a_link_is_not_followed(one, tmp_path):
    (tmp_path / "a.ipynb").symlink_to("/etc/passwd")
    assert "not a plain file" in grade(one, tmp_path / "a.ipynb").problem


def test_without_isolation_nothing_is_run(one, monkeypatch):
    monkeypatch.setattr("grading.sandbox.isolation", lambda: "")
    with pytest.raises(Unsafe, match="bubblewrap"):
        grade(one, solved(one))
    assert grade(one, solved(one), unsafe=True).points == FULL


def test_a_container_is_closed_as_the_sandbox_is():
    command = sandbox._container("podman", "a-name", Limits(memory=5 * 2**30, processes=7))
    assert command[:2] == ["podman", "run"]
    assert command[-5:] == [sandbox.IMAGE, "python", "-B", "-s", "/sandbox/worker.py"]
    wanted = (
        "rm interactive name=a-name pull=never network=none read-only cap-drop=ALL user=65534:65534 cpus=1"
    )
    wanted += " security-opt=no-new-privileges memory=5368709120 memory-swap=5368709120 pids-limit=7"
    assert {f"--{option}" for option in wanted.split()} <= set(command)
    volumes = [option for option in command if option.startswith("--volume=")]
    assert len(volumes) == 3
    assert all(volume.endswith(":ro") for volume in volumes)


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_a_container_contains(engine):
    if not sandbox._works(engine):
        pytest.skip(
            f"{engine} with the image {sandbox.IMAGE} is not on this machine: containers are not tried"
        )
    with Sandbox(Limits(seconds=20), how=engine) as inside:
        inside.run("who", "import os, nnlib\nwho = os.getuid()")
        assert inside.get("who") == 65534
        for harm in (
            "import os; os.fork()",
            "open('/x', 'w')",
            "import socket; socket.create_connection(('1.1.1.1', 53), 2)",
        ):
            with pytest.raises(StudentError, match=r"not permitted|Read-only|unreachable"):
                inside.run("harm", harm)
        name = inside.end[-1]
        with pytest.raises(Lost, match="longer than"):
            inside.run("loop", "while True: pass", seconds=2)
    left = subprocess.run([engine, "ps", "--all", "--format={{.Names}}"], capture_output=True, text=True)
    assert name not in left.stdout


def test_the_kernel_refuses_what_no_exercise_needs():
    with Sandbox() as inside:
        assert inside.filtered
        inside.run("who", "import os\nwho, groups = os.getuid(), os.getgroups()")
        assert inside.get("who") not in (0, os.getuid())
        assert inside.get("groups") in ([], [65534])
