"""The affine layer `Dense`, and the start values of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Layer

Array = NDArray[Any]
Initializer = Callable[[np.random.Generator, int, int], Array]


def glorot(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw uniform start weights with variance ``2 / (n_in + n_out)``.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n_in, n_out : int
        Width before and after the layer.

    Returns
    -------
    ndarray of float64, shape (n_out, n_in)

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010.
    """
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, size=(n_out, n_in))


def he(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw normal start weights with variance ``2 / n_in``, made for ReLU.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n_in, n_out : int
        Width before and after the layer.

    Returns
    -------
    ndarray of float64, shape (n_out, n_in)

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """
    return rng.normal(scale=np.sqrt(2 / n_in), size=(n_out, n_in))


class Dense(Layer):
    """The affine layer: every output sees every input, ``Z = A Wᵀ + b``.

    On the page one sample is a column, ``z = W a + b``; in the code samples are rows, and that is where the
    transposition comes from.

    Parameters
    ----------
    n_in, n_out : int
        Width before and after the layer.
    initializer : callable, default glorot
        Start values of the weights: ``initializer(rng, n_in, n_out)``. The biases start at 0.

    Attributes
    ----------
    W, dW : ndarray, shape (n_out, n_in)
        Weights and their gradient. ``W[j, k]`` leads from unit k of the layer before to unit j.
    b, db : ndarray, shape (n_out,)
        Biases and their gradient. All four are views into the network's `params` and `grads`.

    Raises
    ------
    ValueError
        If a width is not a positive integer.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(3, 2)], cost=nn.MeanSquaredError())
    >>> net.layers[0].W.shape
    (2, 3)
    """

    def __init__(self, n_in: int, n_out: int, initializer: Initializer = glorot) -> None:
        if not (isinstance(n_in, int) and isinstance(n_out, int) and n_in > 0 and n_out > 0):
            raise ValueError(f"Dense expects two positive integers, the widths; got {n_in!r} and {n_out!r}")
        self.n_in, self.n_out, self.initializer = n_in, n_out, initializer
        self.n_parameters = n_out * (n_in + 1)

    def bind(self, params: Array, grads: Array, rng: np.random.Generator) -> None:  # noqa: D102
        n, shape = self.n_in * self.n_out, (self.n_out, self.n_in)
        self.W, self.b = params[:n].reshape(shape), params[n:]
        self.dW, self.db = grads[:n].reshape(shape), grads[n:]
        self.W[:] = self.initializer(rng, self.n_in, self.n_out)
        self.b[:] = 0

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.A = A
        return np.asarray(A @ self.W.T + self.b)

    def backward(self, dA: Array) -> Array:  # noqa: D102
        self.backward_parameters(dA)
        return np.asarray(dA @ self.W)

    def backward_parameters(self, dZ: Array) -> None:
        """Fill in ``dW = dZᵀ A`` and ``db``, the sum of the rows of dZ, and stop there.

        The first layer of a network needs no more: nobody asks for the gradient with respect to the data.

        Parameters
        ----------
        dZ : ndarray, shape (m, n_out)
            Gradient with respect to the output.
        """
        np.matmul(dZ.T, self.A, out=self.dW)
        np.sum(dZ, axis=0, out=self.db)

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out})"
