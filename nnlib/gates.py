"""Logic gates as perceptrons, and circuits made of them.

A gate takes a list of bits, or an array with one list of bits per row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .perceptron import Perceptron

AND = Perceptron([1, 1], -1.5)
OR = Perceptron([1, 1], -0.5)
NOT = Perceptron([-1], 0.5)
NAND = Perceptron([-2, -2], 3)
NOR = Perceptron([-1, -1], 0.5)


def nand(p: ArrayLike, q: ArrayLike) -> Any:
    """Wire two signals into the `NAND` perceptron.

    Parameters
    ----------
    p, q : int, or array_like of shape (m,)
        Bits, 0 or 1.

    Returns
    -------
    int, or ndarray of int64 with shape (m,)

    Examples
    --------
    >>> from nnlib.gates import nand
    >>> nand(1, 1), nand(0, 1)
    (0, 1)
    """
    return NAND(np.stack([np.asarray(p), np.asarray(q)], axis=-1))


def xor(p: ArrayLike, q: ArrayLike) -> Any:
    """Exclusive or, of four `NAND` perceptrons in three layers; one perceptron cannot compute it.

    Parameters
    ----------
    p, q : int, or array_like of shape (m,)
        Bits, 0 or 1.

    Returns
    -------
    int, or ndarray of int64 with shape (m,)

    Examples
    --------
    >>> from nnlib.gates import xor
    >>> xor([0, 0, 1, 1], [0, 1, 0, 1])
    array([0, 1, 1, 0])
    """
    both = nand(p, q)
    return nand(nand(p, both), nand(both, q))


def half_adder(p: ArrayLike, q: ArrayLike) -> tuple[Any, Any]:
    """Add two bits with `NAND` perceptrons alone.

    Parameters
    ----------
    p, q : int, or array_like of shape (m,)
        Bits, 0 or 1.

    Returns
    -------
    carry, total : int, or ndarray of int64 with shape (m,)
        ``p + q = 2 carry + total``.

    Examples
    --------
    >>> from nnlib.gates import half_adder
    >>> half_adder(1, 1)
    (1, 0)
    """
    both = nand(p, q)
    return nand(both, both), xor(p, q)
