"""The sandbox, seen from outside: a process for each submission, and stand-ins for what it defines."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from grading import wire

HERE = Path(__file__).resolve().parent
FIRST_UID = 200_000  # of the users that sandboxes become where root starts them
IMAGE = "nnlib-grading"  # of containers, made from grading/Dockerfile


class StudentError(RuntimeError):
    """An exception in the student's code, or an answer that is not plain data."""


class Lost(RuntimeError):
    """The sandbox is gone: a crash, a limit passed, or ended by us. The text says why."""


class Unsafe(RuntimeError):
    """There is no isolation on this machine."""


class Broken(RuntimeError):
    """The sandbox did not start: a fault of ours, for which no student may lose a mark."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    seconds : float
        Of the clock, for one cell or one call from a test.
    memory : int
        Bytes of address space.
    disk : int
        Bytes in the scratch folder, which lies in memory.
    output : int
        Bytes printed.
    processes : int
        Threads; a second process cannot be made at all.
    total : float
        Seconds of the clock for the whole submission; what is not graded by then gets no marks.
    """

    seconds: float = 10.0
    memory: int = 2 * 2**30
    disk: int = 64 * 2**20
    output: int = 4_000_000
    processes: int = 32
    total: float = 240.0


@functools.cache
def isolation() -> str:
    """Say which isolation this machine has.

    Returns
    -------
    str
        ``"bubblewrap"``; where that does not work, ``"podman"`` or ``"docker"``, if our image is there;
        else ``""``. The variable GRADING_SANDBOX names the only one to try.
    """
    asked = os.environ.get("GRADING_SANDBOX")
    return next(filter(_works, [asked] if asked else ["bubblewrap", "podman", "docker"]), "")


def _works(how: str) -> bool:
    """Whether code runs in such a sandbox, as somebody who is not root."""
    if shutil.which("bwrap" if how == "bubblewrap" else how) is None:
        return False
    if (
        how != "bubblewrap"
        and subprocess.run([how, "image", "inspect", IMAGE], capture_output=True).returncode
    ):
        return False
    try:
        with Sandbox(nnlib=False, how=how) as sandbox:
            sandbox.run("probe", "import os\nwho = os.getuid()")
            return bool(sandbox.get("who") != 0)
    except (Lost, Broken, OSError):
        return False


@functools.cache
def _fonts() -> Path:
    """Folder with matplotlib's list of fonts, made once, so that no sandbox makes it again."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nnlib-grading" / "matplotlib"
    if not list(folder.glob("fontlist*.json")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=os.environ | {"MPLCONFIGDIR": str(folder)}, capture_output=True)
    return folder


def _environment(paths: list[str]) -> dict[str, str]:
    """Variables of the environment inside."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
    python = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ":".join(paths)}
    return {"HOME": "/tmp", "LANG": "C.UTF-8", "MPLBACKEND": "agg", **threads, **python}


@functools.cache
def _command() -> list[str]:
    """The part of bubblewrap's command that is the same each time: what can be seen inside."""
    prefix = Path(sys.base_prefix).resolve()
    libraries = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    if os.geteuid() == 0:
        # Root makes real users of the sandboxes. A user namespace would leave them root's number outside.
        command += [
            "--unshare-pid",
            "--unshare-net",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-all", "--uid", "65534", "--gid", "65534"]
        if "--disable-userns" in subprocess.run(["bwrap", "--help"], capture_output=True, text=True).stdout:
            command += ["--unshare-user", "--disable-userns"]
    command += ["--proc", "/proc", "--dev", "/dev"]  # first, so that nothing bound later is hidden by them
    command += ["--perms", "1777", "--size", str(Limits.disk), "--tmpfs", "/tmp"]
    for folder in ("/usr", "/lib", "/lib64", "/bin"):
        path = Path(folder)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), folder]
        elif path.is_dir():
            command += ["--ro-bind", folder, folder]
    for file in ("/etc/ld.so.cache", "/etc/fonts"):
        command += ["--ro-bind-try", file, file]
    made = ["--perms", "0755", "--dir", "/sandbox"]
    binds: list[str] = []
    for path in sorted({prefix, *libraries}):
        if not str(path).startswith("/usr/"):
            binds += ["--ro-bind", str(path), str(path)]
    for parent in sorted({p for path in (prefix, *libraries) for p in list(path.parents)[:-1]}):
        if not str(parent).startswith("/usr"):  # bubblewrap itself would make them readable by root alone
            made += ["--perms", "0755", "--dir", str(parent)]
    import nnlib

    command += made + binds
    command += ["--ro-bind", str(Path(nnlib.__file__).resolve().parent), "/sandbox/nnlib"]
    for name in ("worker.py", "wire.py"):
        command += ["--ro-bind", str(HERE / name), f"/sandbox/{name}"]
    command += ["--ro-bind", str(_fonts()), "/sandbox/matplotlib"]
    paths = ["/sandbox", *sorted(str(path) for path in libraries)]
    for name, value in _environment(paths).items():
        command += ["--setenv", name, value]
    command += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "MPLCONFIGDIR", "/sandbox/matplotlib"]
    command += [
        "--remount-ro",
        "/",
        "--chdir",
        "/tmp",
        "--",
        str(prefix / "bin" / Path(sys.executable).resolve().name),
        "-B",
        "-s",
        "/sandbox/worker.py",
    ]
    return command


def _container(engine: str, name: str, limits: Limits) -> list[str]:
    """The command of a container that is as closed as the other sandbox; ends before worker.py's settings."""
    import nnlib

    files = {
        Path(nnlib.__file__).parent: "nnlib",
        HERE / "worker.py": "worker.py",
        HERE / "wire.py": "wire.py",
    }
    command = [engine, "run", "--rm", "--interactive", f"--name={name}", "--pull=never", "--network=none"]
    command += ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=65534:65534"]
    command += [f"--memory={limits.memory}", f"--memory-swap={limits.memory}", "--cpus=1"]
    command += [f"--pids-limit={limits.processes}", "--ulimit=nofile=256:256", "--ulimit=nproc=1024:1024"]
    command += [f"--tmpfs=/tmp:rw,nosuid,nodev,size={limits.disk},mode=1777", "--workdir=/tmp"]
    command += [f"--volume={path.resolve()}:/sandbox/{inside}:ro" for path, inside in files.items()]
    command += [f"--env={name}={value}" for name, value in _environment(["/sandbox"]).items()]
    return [*command, IMAGE, "python", "-B", "-s", "/sandbox/worker.py"]


class Sandbox:
    """One process that holds what one submission defines.

    Parameters
    ----------
    limits : Limits
        What it may use.
    withheld : tuple of str
        Names that are taken out of nnlib.
    nnlib : bool
        Whether nnlib is loaded.
    unsafe : bool
        Run as a plain process, without isolation. For a machine that can be thrown away.
    slot : int
        Which of the sandboxes that run at the same time this is.
    how : str
        The isolation; what :func:`isolation` finds, if "".

    Raises
    ------
    Unsafe
        If there is no isolation on this machine, unless ``unsafe``.
    Broken
        If it does not start.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        withheld: tuple[str, ...] = (),
        nnlib: bool = True,
        unsafe: bool = False,
        slot: int = 0,
        how: str = "",
    ) -> None:
        self.limits = limits or Limits()
        how = "unsafe" if unsafe else how or isolation()
        if not how:
            raise Unsafe(
                "no isolation on this machine: students' code is not run. Install bubblewrap (Debian: "
                "apt install bubblewrap) and allow user namespaces; or podman or docker, and say "
                f"docker build -t {IMAGE} -f grading/Dockerfile . ; or, on a machine that may be harmed, "
                "set UNSAFE=1"
            )
        self.functions: list[Callable[..., Any]] = []
        self.printed = 0
        self.buffer = bytearray()
        settings = {
            "uid": FIRST_UID + os.getpid() % 100_000 + 100_000 * slot
            if how == "bubblewrap" and os.geteuid() == 0
            else None,
            "nnlib": nnlib,
            "withheld": list(withheld),
            "filter": not unsafe,
            "cpu": int(self.limits.total) + 1,
            "scratch": "/tmp",
        } | {
            name: value
            for name, value in asdict(self.limits).items()
            if name in ("memory", "disk", "processes")
        }
        requests, self.write_end = os.pipe()
        self.read_end, answers = os.pipe()
        self.output, output = os.pipe()
        environment, self.folder, self.end = None, "", []
        if how == "unsafe":
            self.folder = tempfile.mkdtemp(prefix="nnlib-grading-")
            settings |= {"scratch": self.folder, "processes": 10_000}
            command = [sys.executable, "-B", str(HERE / "worker.py")]
            environment = os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": os.pathsep.join(sys.path)}
        elif how == "bubblewrap":
            command = _command()
        else:
            name = f"{IMAGE}-{os.getpid()}-{slot}-{time.monotonic_ns()}"
            command = _container(how, name, self.limits)
            self.end = [how, "rm", "--force", name]
            settings["processes"] = 1024  # the container counts its own; this counts all of one user
        command = [*command, json.dumps(settings)]
        try:
            self.process = subprocess.Popen(
                command,
                stdin=requests,
                stdout=answers,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        finally:
            for end in (requests, answers, output):
                os.close(end)
        os.set_blocking(self.write_end, False)
        self.tail = b""
        try:
            self.filtered = bool(self._receive(time.monotonic() + 60).get("filtered"))
        except Lost as error:
            said = self.tail.decode("utf-8", "replace").strip().splitlines()
            raise Broken(f"the sandbox did not start: {(said or [str(error)])[-1][:300]}") from None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it, and everything in it."""
        if self.process.poll() is None:
            if self.end:  # killing the engine's client would leave the container
                subprocess.run(self.end, capture_output=True)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # bubblewrap; what is inside dies with it
            self.process.wait()
        for name in ("write_end", "read_end", "output"):
            end = getattr(self, name)
            if end >= 0:
                os.close(end)
                setattr(self, name, -1)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _lose(self, reason: str) -> Lost:
        self.close()
        return Lost(reason)

    def _ended(self) -> Lost:
        """Say how the process ended."""
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return self._lose("it closed its connection to the grader")
        code = code - 128 if code > 128 else -code if code < 0 else 0  # bubblewrap tells signals as 128 + n
        names = {
            signal.SIGSEGV: "a crash of Python (segmentation fault)",
            signal.SIGKILL: "ended by the system: out of memory or of time",
            signal.SIGXCPU: "out of time",
            signal.SIGXFSZ: "wrote too large a file",
            signal.SIGSYS: "a forbidden call of the system",
        }
        reason = names.get(code, f"ended by signal {code}") if code else "it ended its own process"  # type: ignore[call-overload]
        return self._lose(reason)

    def _send(self, message: dict[str, Any], deadline: float) -> None:
        data = memoryview(wire.dumps(message))
        while data:
            self._drain()
            wait = deadline - time.monotonic()
            if wait <= 0:
                raise self._lose(f"took longer than {self.limits.seconds:g} s")
            _, ready, _ = select.select([], [self.write_end], [], min(wait, 0.2))
            if ready:
                try:
                    data = data[os.write(self.write_end, data) :]
                except BrokenPipeError:
                    raise self._ended() from None

    def _drain(self, wait: float = 0.0) -> None:
        """Take what was printed; too much of it is the end."""
        ready, _, _ = select.select([self.output], [], [], wait)
        if ready:
            data = os.read(self.output, 1 << 16)
            self.printed += len(data)
            self.tail = (self.tail + data)[-2000:]
            if self.printed > self.limits.output:
                raise self._lose(f"printed more than {self.limits.output // 1_000_000} MB")

    def _receive(self, deadline: float) -> dict[str, Any]:
        while True:
            at = self.buffer.find(b"\n")
            if at >= 0:
                line = bytes(self.buffer[: at + 1])
                del self.buffer[: at + 1]
                try:
                    return wire.loads(line)
                except wire.WireError as error:
                    raise self._lose(f"its answer is {error}") from None
            wait = deadline - time.monotonic()
            if wait <= 0:
                raise self._lose(f"took longer than {self.limits.seconds:g} s")
            ready, _, _ = select.select([self.read_end, self.output], [], [], wait)
            if self.output in ready:
                ended = not self._peek()
                if ended and self.read_end not in ready:
                    time.sleep(0.001)
            if self.read_end in ready:
                data = os.read(self.read_end, 1 << 18)
                if not data:
                    raise self._ended()
                self.buffer += data
                if len(self.buffer) > 2 * wire.MAX_BYTES:
                    raise self._lose(f"its answer has more than {wire.MAX_BYTES // 1_000_000} MB")

    def _peek(self) -> bool:
        before = self.printed
        self._drain()
        return self.printed > before

    def _ask(self, message: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Send a request; answer calls back to functions of ours; return the answer to the request."""
        deadline = time.monotonic() + (seconds or self.limits.seconds)
        if self.write_end < 0:
            raise Lost("the sandbox is gone")
        self._send(message, deadline)
        while True:
            answer = self._receive(deadline)
            if "back" in answer:
                self._send(self._back(answer), deadline)
                continue
            if "error" in answer:
                raise StudentError(str(answer["error"])[:800])
            return answer

    def _back(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function of ours for the student's code."""
        try:
            number = request["back"]
            if not isinstance(number, int) or not 0 <= number < len(self.functions):
                raise wire.WireError("no such function")
            args, kwargs = wire.decode(request["args"]), wire.decode(request["kwargs"])
            return {"value": wire.encode(self.functions[number](*args, **kwargs))}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:300]}

    def encode(self, value: Any) -> Any:
        """Encode an argument; a function of ours goes as a number to call back."""

        def other(thing: Any) -> dict[str, Any]:
            if isinstance(thing, Function | Object):
                return {"t": "here", "id": object.__getattribute__(thing, "_number")}
            if type(thing).__module__.startswith("nnlib") or not callable(thing):
                raise wire.WireError(f"{type(thing).__name__} cannot be an argument: give plain data")
            self.functions.append(thing)
            return {"t": "there", "id": len(self.functions) - 1}

        return wire.encode(value, other)

    def decode(self, value: Any, objects: bool = False) -> Any:
        """Decode an answer; a function of the student's becomes a stand-in, an object only if ``objects``."""

        def other(message: dict[str, Any]) -> Any:
            kind, number = str(message.get("type"))[:60], message.get("id")
            if message.get("t") != "here" or not isinstance(number, int):
                raise wire.WireError("unknown")
            if objects:
                return Object(self, number, kind)
            if message.get("call") and kind in ("function", "method", "builtin_function_or_method"):
                return Function(self, {"id": number}, number=number)
            raise StudentError(f"the answer is an object of type {kind}, not numbers or arrays")

        try:
            return wire.decode(value, other)
        except wire.WireError as error:
            raise StudentError(f"the answer is {error}") from None

    def run(self, cell: str, source: str, seconds: float | None = None) -> None:
        """Run a cell.

        Parameters
        ----------
        cell : str
            Its name, for messages.
        source : str
            Its text.
        seconds : float, optional
            Time, if not that of the limits.

        Raises
        ------
        StudentError
            If the cell raises.
        Lost
            If the process does not survive it.
        """
        self._ask({"op": "run", "cell": cell, "source": source}, seconds)

    def get(self, name: str, objects: bool = False) -> Any:
        """Fetch a name: its value, or a stand-in for a function or a class.

        Parameters
        ----------
        name : str
            As the student's notebook defines it.
        objects : bool
            Whether what it makes when it is called may stay in the sandbox: it is a class.

        Returns
        -------
        object

        Raises
        ------
        NameError
            If the notebook does not define it.
        StudentError, Lost
            As for :meth:`run`.
        """
        answer = self._ask({"op": "get", "name": name})
        if answer.get("missing"):
            raise NameError(f"{name} is not defined in the notebook")
        value = answer.get("value")
        if isinstance(value, dict) and value.get("t") == "here" and value.get("call"):
            number = value["id"] if isinstance(value.get("id"), int) else -1
            return Function(self, {"name": name}, objects, number)
        return self.decode(value)

    def call(
        self, target: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], objects: bool
    ) -> Any:
        """Call what ``target`` names, and write changes of arguments back into the arguments."""
        message = {"op": "call", **target, "args": self.encode(list(args)), "kwargs": self.encode(kwargs)}
        answer = self._ask(message)
        value = self.decode(answer.get("value"), objects)
        after = answer.get("after")
        for key, now in after.items() if isinstance(after, dict) else ():
            if key.isdigit() and int(key) < len(args):
                wire.restore(args[int(key)], self.decode(now))
        return value


class Function:
    """Stand-in for a function of the student's.

    Parameters
    ----------
    sandbox : Sandbox
        Where it is.
    target : dict
        What it is called there.
    objects : bool
        Whether its result may be an object.
    number : int
        Its number there.
    """

    def __init__(
        self, sandbox: Sandbox, target: dict[str, Any], objects: bool = False, number: int = -1
    ) -> None:
        self._sandbox, self._target, self._objects, self._number = sandbox, target, objects, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the sandbox; arguments and result are plain data."""
        return self._sandbox.call(self._target, args, kwargs, self._objects)

    def __repr__(self) -> str:
        return f"<the student's {self._target.get('name', 'function')}>"

    def _refuse(self, *others: object) -> Any:
        raise StudentError("a function stands where numbers or arrays are wanted: was it called?")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __len__ = __iter__ = __getitem__ = (
        _refuse
    )
    __float__ = __int__ = __index__ = __contains__ = _refuse
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None


class Object(Function):
    """Stand-in for an object of a class of the student's: attributes are data, methods can be called."""

    def __init__(self, sandbox: Sandbox, number: int, kind: str) -> None:
        super().__init__(sandbox, {"id": number}, number=number)
        object.__setattr__(self, "_kind", kind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        answer = self._sandbox._ask({"op": "attribute", "id": self._number, "name": name})
        value = answer.get("value")
        if isinstance(value, dict) and value.get("t") == "here" and value.get("call"):
            return Function(self._sandbox, {"id": self._number, "path": [name]})
        return self._sandbox.decode(value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            message = {
                "op": "attribute",
                "id": self._number,
                "name": name,
                "value": self._sandbox.encode(value),
            }
            self._sandbox._ask(message)

    def __repr__(self) -> str:
        return f"<the student's {self._kind}>"
