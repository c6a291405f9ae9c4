"""The process inside the sandbox: runs a student's cells, and answers calls of what they define.

Nothing here is trusted once a student's cell has run, and nothing need be: what matters is decided outside.
Started as ``python -B -s worker.py SETTINGS``, a JSON text. Requests come from the standard input, answers
go to the standard output; what students print goes to standard error.
"""

from __future__ import annotations

import ast
import builtins
import ctypes
import json
import linecache
import os
import platform
import resource
import struct
import sys
import types
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # type: ignore[import-not-found,unused-ignore]

# Calls of the system that no exercise needs: new processes and programs, other name spaces, other processes.
FORBIDDEN = {
    "x86_64": (0xC000003E, [57, 58, 59, 322, 272, 308, 101, 310, 311, 165, 155, 321, 250, 298, 323, 425]),
    "aarch64": (0xC00000B7, [221, 281, 97, 268, 117, 270, 271, 40, 41, 280, 219, 241, 282, 425]),
}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE_THREAD = 0x10000


def refuse_system_calls() -> bool:
    """Let the kernel refuse fork, exec, ptrace, mount, unshare and the like (seccomp), from here on.

    Returns
    -------
    bool
        False where the numbers of the calls are not known, or the kernel does not take the filter.
    """
    machine = platform.machine()
    if machine not in FORBIDDEN:
        return False
    architecture, numbers = FORBIDDEN[machine]
    load, equal, mask, give = 0x20, 0x15, 0x45, 0x06
    allow, kill, deny = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # EPERM
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    if machine == "x86_64":  # the same calls by the numbers of x32
        program += [(0x35, 0, 1, 0x40000000), (give, 0, 0, deny)]
    for number in numbers:
        program += [(equal, 0, 1, number), (give, 0, 0, deny)]
    program += [(equal, 0, 1, 435), (give, 0, 0, 0x00050000 | 38)]  # clone3: ENOSYS, so that clone is tried
    # clone makes threads, which are allowed here (and limited elsewhere), and processes, which are not.
    program += [(equal, 0, 3, CLONE[machine]), (load, 0, 0, 16), (mask, 1, 0, CLONE_THREAD)]
    program += [(give, 0, 0, deny), (give, 0, 0, allow)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    filters = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filters, 0, 0) == 0


def plain_source(source: str) -> str:
    """Take out what only a notebook understands: lines of magic, of the shell, and of help.

    Parameters
    ----------
    source : str
        A cell.

    Returns
    -------
    str
        With ``pass`` for such lines, if Python does not understand it without.
    """
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        lines = source.split("\n")
        if lines and lines[0].startswith("%%"):
            return ""
        for i, line in enumerate(lines):
            bare = line.strip()
            if bare.startswith(("%", "!", "?")) or bare.endswith("?"):
                lines[i] = line[: len(line) - len(line.lstrip())] + "pass"
        return "\n".join(lines)
    return source


class Worker:
    """Runs cells in one name space, and calls what they define.

    Parameters
    ----------
    requests : file
        Where the grader's messages come from.
    answers : file
        Where ours go.
    """

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self.requests, self.answers = requests, answers
        self.objects: list[Any] = []
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.names["display"] = lambda *values, **options: None
        self.names["get_ipython"] = lambda: None

    def send(self, **message: Any) -> None:
        """Answer."""
        self.answers.write(wire.dumps(message))
        self.answers.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the next request; end when there is none."""
        line = self.requests.readline()
        if not line:
            os._exit(0)
        return wire.loads(line)  # type: ignore[no-any-return,unused-ignore]

    def encode(self, value: Any) -> Any:
        """Encode plain data; functions, classes and objects stay here under a number."""

        def stay(thing: Any) -> dict[str, Any]:
            self.objects.append(thing)
            number = len(self.objects) - 1
            return {"t": "here", "id": number, "call": callable(thing), "type": type(thing).__name__}

        return wire.encode(value, stay)

    def decode(self, value: Any) -> Any:
        """Decode; a function of the grader becomes one that asks the grader."""

        def other(message: dict[str, Any]) -> Any:
            if message["t"] == "here":
                return self.objects[message["id"]]
            if message["t"] == "there":
                return self.ask(message["id"])
            raise wire.WireError("unknown")

        return wire.decode(value, other)

    def ask(self, number: int) -> Callable[..., Any]:
        """Make a function of the grader's."""

        def function(*args: Any, **kwargs: Any) -> Any:
            self.send(back=number, args=self.encode(list(args)), kwargs=self.encode(kwargs))
            answer = self.receive()
            if "error" in answer:
                raise RuntimeError(answer["error"])
            return self.decode(answer["value"])

        return function

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one cell."""
        source = plain_source(request["source"])
        name = request["cell"]
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), self.names)
        return {"value": None}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fetch a value by name."""
        if request["name"] not in self.names:
            return {"missing": True, "value": None}
        return {"value": self.encode(self.names[request["name"]])}

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function by name or number, and tell which arguments it changed."""
        target = self.names[request["name"]] if "name" in request else self.objects[request["id"]]
        for attribute in request.get("path", ()):
            target = getattr(target, attribute)
        args, kwargs = self.decode(request["args"]), self.decode(request["kwargs"])
        value = self.encode(target(*args, **kwargs))
        after: dict[str, Any] = {}
        for i, arg in enumerate(args):
            if isinstance(arg, np.ndarray | list | dict | tuple | np.random.Generator):
                now = self.encode(arg)
                if now != request["args"][i]:
                    after[str(i)] = now
        return {"value": value, "after": after}

    def attribute(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fetch or set an attribute of an object that stayed here."""
        thing = self.objects[request["id"]]
        if "value" in request:
            setattr(thing, request["name"], self.decode(request["value"]))
            return {"value": None}
        return {"value": self.encode(getattr(thing, request["name"]))}

    def serve(self) -> NoReturn:
        """Answer requests until there are no more."""
        operations = {"run": self.run, "get": self.get, "call": self.call, "attribute": self.attribute}
        while True:
            request = self.receive()
            try:
                self.send(**operations[request["op"]](request))
            except BaseException as error:  # SystemExit and KeyboardInterrupt, too
                self.send(error=describe(error), kind=type(error).__name__)


def describe(error: BaseException) -> str:
    """Say what went wrong, and in which line of the student's."""
    try:
        text = f"{type(error).__name__}: {error}"[:600]
    except BaseException:
        text = type(error).__name__
    if isinstance(error, SyntaxError):
        return text
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename not in (__file__, wire.__file__):
            name = trace.tb_frame.f_code.co_filename
            entry = linecache.cache.get(name)
            if entry is not None and len(entry) > 1 and entry[1] is None:
                line = linecache.getline(name, trace.tb_lineno).strip()
        trace = trace.tb_next
    return f"{text} (at: {line[:120]})" if line else text


def withhold(names: list[str]) -> None:
    """Take names out of nnlib, since they would hand out the answer.

    Parameters
    ----------
    names : list of str
        ``Softmax``, or ``gates`` for a module, or ``optimizers.Adam``.
    """
    import nnlib

    modules = [m for n, m in sys.modules.items() if n == "nnlib" or n.startswith("nnlib.")]
    for name in names:
        *path, last = name.split(".")
        owners = [sys.modules.get(".".join(["nnlib", *path]), nnlib)] if path else [nnlib]
        thing = getattr(owners[0], last, None)
        owners += [m for m in modules if m.__name__ == getattr(thing, "__module__", "")]
        for owner in owners:
            owner.__dict__.pop(last, None)
        lazy = getattr(nnlib, "__getattr__", None)

        def refuse(asked: str, name: str = last, lazy: Any = lazy) -> Any:
            if asked != name and lazy is not None:
                return lazy(asked)
            raise AttributeError(f"nnlib.{asked} is withheld in this assignment, or does not exist")

        nnlib.__getattr__ = refuse
        if isinstance(thing, types.ModuleType):
            sys.modules[thing.__name__] = None  # type: ignore[assignment]


def main() -> None:
    """Set the limits, take the names out, say that we are ready, serve."""
    settings = json.loads(sys.argv[1])
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    if settings["uid"] is not None:  # started by root: become one who is nobody, and has nothing
        os.setgroups([])
        os.setresgid(settings["uid"], settings["uid"], settings["uid"])
        os.setresuid(settings["uid"], settings["uid"], settings["uid"])
    if settings["nnlib"]:
        import nnlib  # noqa: F401

        withhold(settings["withheld"])
    limits = {
        resource.RLIMIT_AS: settings["memory"],
        resource.RLIMIT_FSIZE: settings["disk"],
        resource.RLIMIT_NPROC: settings["processes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CPU: settings["cpu"],
    }
    for what, limit in limits.items():
        resource.setrlimit(what, (limit, limit))
    filtered = refuse_system_calls() if settings["filter"] else False
    builtins.input = lambda prompt="": (_ for _ in ()).throw(EOFError("input() has nobody to ask here"))
    sys.argv = [""]
    os.chdir(settings["scratch"])
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    worker = Worker(requests, answers)
    worker.send(ready=True, filtered=filtered)
    worker.serve()


if __name__ == "__main__":
    main()
