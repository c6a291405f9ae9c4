"""Plain data as JSON, between the grader and the sandbox: numbers, texts, lists, arrays; never a pickle.

Both sides use this file. It imports nothing but NumPy, since it is copied into the sandbox.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_BYTES = 32_000_000  # of one message
MAX_ITEMS = 1_000_000  # numbers, texts and lists in it; an array is one
MAX_DEPTH = 40


class WireError(ValueError):
    """A value that may not cross, or a message that is not one of ours."""


def encode(value: Any, other: Callable[[Any], Any] | None = None, depth: int = 0) -> Any:
    """Turn a value into what JSON can hold.

    Parameters
    ----------
    value : object
        None, bool, int, float, complex, str, list, tuple, set, dict, array or scalar of NumPy, Generator.
    other : callable, optional
        What makes something of a value of another kind, a dict with the key ``t``; or raises WireError.
    depth : int
        How deep in the value we are.

    Returns
    -------
    object
        Made of dicts, lists, texts, numbers, bools and None.

    Raises
    ------
    WireError
        If the value is of another kind and ``other`` does not take it, or if it is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply, or holding itself")
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value)
    if isinstance(value, np.random.Generator):
        return {"t": "rng", "state": encode(value.bit_generator.state, None, depth + 1)}
    if isinstance(value, complex):
        return {"t": "complex", "v": [value.real, value.imag]}
    if isinstance(value, bool | int | float | str):  # a subclass, such as an IntEnum
        return next(base(value) for base in (bool, int, float, str) if isinstance(value, base))
    if isinstance(value, list | range):
        return [encode(item, other, depth + 1) for item in value]
    if isinstance(value, tuple | set | frozenset):
        name = "tuple" if isinstance(value, tuple) else "set"
        return {"t": name, "v": [encode(item, other, depth + 1) for item in value]}
    if isinstance(value, dict):
        pairs = [[encode(k, None, depth + 1), encode(v, other, depth + 1)] for k, v in value.items()]
        return {"t": "dict", "v": pairs}
    if other is None:
        raise WireError(f"{kind.__name__} is not plain data (numbers, texts, lists, dicts, arrays)")
    return other(value)


def _encode_array(value: np.ndarray[Any, Any] | np.generic) -> dict[str, Any]:
    array = np.asarray(value)
    what = "scalar" if isinstance(value, np.generic) else "array"
    if array.dtype.kind in "US":
        return {"t": what, "dtype": "U", "shape": list(array.shape), "v": array.astype(str).ravel().tolist()}
    if array.dtype.kind not in "biufc":
        raise WireError(f"an array of dtype {array.dtype} is not plain data: numbers are wanted")
    if array.dtype.itemsize > (16 if array.dtype.kind == "c" else 8):  # long double differs among machines
        array = array.astype(complex if array.dtype.kind == "c" else float)
    array = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).reshape(array.shape)
    data = base64.b64encode(array.tobytes()).decode()
    return {"t": what, "dtype": array.dtype.str, "shape": list(array.shape), "b": data}


def decode(value: Any, other: Callable[[dict[str, Any]], Any] | None = None, depth: int = 0) -> Any:
    """Turn what :func:`encode` made back into the value; the inverse of it.

    Parameters
    ----------
    value : object
        What JSON held.
    other : callable, optional
        What makes something of a dict whose key ``t`` is not one of encode's own; or raises WireError.
    depth : int
        How deep in the value we are.

    Returns
    -------
    object
        Builtin Python and NumPy types only, beside what ``other`` makes.

    Raises
    ------
    WireError
        If ``value`` is not in the form that encode makes.
    """
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [decode(item, other, depth + 1) for item in value]
    if not isinstance(value, dict):
        raise WireError("not plain data")
    try:
        kind = value["t"]
        if kind == "complex":
            real, imaginary = value["v"]
            return complex(float(real), float(imaginary))
        if kind in ("tuple", "set"):
            items = [decode(item, other, depth + 1) for item in value["v"]]
            return tuple(items) if kind == "tuple" else set(items)
        if kind == "dict":
            return {decode(k, None, depth + 1): decode(v, other, depth + 1) for k, v in value["v"]}
        if kind in ("array", "scalar"):
            array = _decode_array(value)
            return array if kind == "array" else array[()]
        if kind == "rng":
            return _generator(decode(value["state"], None, depth + 1))
    except WireError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WireError(f"a malformed {value.get('t')!r}") from error
    if other is None:
        raise WireError(f"{kind!r} is not plain data")
    return other(value)


def _decode_array(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    shape = tuple(int(n) for n in value["shape"])
    if min(shape, default=0) < 0 or len(shape) > 32:
        raise WireError("a malformed array")
    if value["dtype"] == "U":
        return np.array([str(text) for text in value["v"]], dtype=str).reshape(shape)
    dtype = np.dtype(str(value["dtype"]))
    data = base64.b64decode(value["b"], validate=True)
    if dtype.kind not in "biufc" or len(data) != dtype.itemsize * math.prod(shape):
        raise WireError("a malformed array")
    array = np.frombuffer(data, dtype)
    if dtype.kind == "b":  # any byte but 0 and 1 would be an invalid bool
        array = array.view(np.uint8) != 0
    return array.astype(array.dtype.newbyteorder("=")).reshape(shape)


def _generator(state: Any) -> np.random.Generator:
    name = state["bit_generator"]
    if name not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
        raise WireError("an unknown kind of random generator")
    bits = getattr(np.random, name)()
    bits.state = state
    return np.random.Generator(bits)


def restore(old: Any, new: Any) -> None:
    """Write what became of an argument into the argument itself, as a call in the same process would have.

    Parameters
    ----------
    old : object
        The argument: an array, list, dict or Generator, or anything else, which is left alone.
    new : object
        What it became.
    """
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old.shape == new.shape and old.flags.writeable:
            old[...] = new
    elif isinstance(old, np.random.Generator) and isinstance(new, np.random.Generator):
        if type(old.bit_generator) is type(new.bit_generator):
            old.bit_generator.state = new.bit_generator.state
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            for i, (a, b) in enumerate(zip(old, new, strict=True)):
                if isinstance(a, np.ndarray | list | dict | tuple) and type(a) is type(b):
                    restore(a, b)
                else:
                    old[i] = b
        else:
            old[:] = new
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for a, b in zip(old, new, strict=False):
            restore(a, b)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            if isinstance(old[key], np.ndarray | list | dict | tuple) and type(old[key]) is type(new[key]):
                restore(old[key], new[key])
            else:
                old[key] = new[key]
        for key in old.keys() - new.keys():
            del old[key]
        for key in new.keys() - old.keys():
            old[key] = new[key]


def dumps(message: dict[str, Any]) -> bytes:
    """One message as a line of JSON.

    Parameters
    ----------
    message : dict
        Of what :func:`encode` makes.

    Returns
    -------
    bytes
        It ends in the only newline it holds.

    Raises
    ------
    WireError
        If it is larger than MAX_BYTES.
    """
    line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    if len(line) > MAX_BYTES:
        raise WireError(f"more than {MAX_BYTES // 1_000_000} MB")
    return line


def loads(line: bytes) -> dict[str, Any]:
    """Read one message.

    Parameters
    ----------
    line : bytes
        A line of JSON.

    Returns
    -------
    dict

    Raises
    ------
    WireError
        If it is not one of ours.
    """
    if line.count(b",") > MAX_ITEMS:
        raise WireError(f"more than {MAX_ITEMS} numbers in lists")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError("not JSON") from error
    if not isinstance(message, dict):
        raise WireError("not a message")
    return message
