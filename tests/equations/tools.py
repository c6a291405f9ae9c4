"""What the checks share: symbols, comparison, random arrays, and derivatives by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

x, y, z, a, b, w, t, p, q, s = sp.symbols("x y z a b w t p q s", real=True)
positive = dict(zip("c d m n", sp.symbols("c d m n", positive=True), strict=False))


def identical(left: Any, right: Any) -> bool:
    """Are two expressions the same function? By algebra; and at random points, lest simplify be too weak."""
    difference = sp.sympify(left) - sp.sympify(right)
    if sp.simplify(difference) == 0:
        return True
    rng = np.random.default_rng(0)
    for _ in range(5):
        point = {symbol: sp.Float(rng.uniform(0.2, 2.0), 40) for symbol in difference.free_symbols}
        if abs(sp.N(difference.subs(point), 30)) > sp.Float("1e-20"):
            return False
    return True


def close(left: Any, right: Any, tolerance: float = 1e-10) -> bool:
    """Are two arrays of one shape equal but for rounding?"""
    left, right = np.asarray(left), np.asarray(right)
    return left.shape == right.shape and bool(np.all(np.abs(left - right) <= tolerance * (1 + np.abs(right))))


def gradient(f: Callable[[Any], Any], at: Any, step: float = 1e-6) -> Any:
    """Gradient of f by central differences, in the shape of `at`."""
    at = np.array(at, dtype=float)
    slopes = np.empty_like(at)
    for i in np.ndindex(at.shape):
        above, below = at.copy(), at.copy()
        above[i] += step
        below[i] -= step
        slopes[i] = (f(above) - f(below)) / (2 * step)
    return slopes


def random(*shape: int, seed: int = 0) -> Any:
    """Normal random numbers."""
    return np.random.default_rng(seed).normal(size=shape)


def dot(u: Any, v: Any) -> Any:
    """Dot product of two vectors, which is the same the other way round."""
    return np.dot(u, v)
