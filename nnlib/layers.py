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
    """Draw uniform start weights with variance ``2 / (n_in + n_out)`` [eq-forward-glorot].

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
    """Draw normal start weights with variance ``2 / n_in``, made for ReLU [eq-forward-he].

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


def lecun(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw normal start weights with variance ``1 / n_in`` [eq-forward-lecun].

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
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", in: Neural Networks: Tricks of the
    Trade, Springer 1998.
    """
    return rng.normal(scale=np.sqrt(1 / n_in), size=(n_out, n_in))


def normal(std: float) -> Initializer:
    """Make an initializer that draws normal start weights, whatever the widths.

    Parameters
    ----------
    std : float
        Standard deviation, not negative.

    Returns
    -------
    callable
        To be given to `Dense`.

    Raises
    ------
    ValueError
        If std is negative or not finite.

    Examples
    --------
    >>> import nnlib as nn
    >>> layer = nn.Dense(100, 100, nn.normal(0.01))
    """
    if not 0 <= std < np.inf:
        raise ValueError(f"std must be a finite number, not negative; got {std}")
    return lambda rng, n_in, n_out: rng.normal(scale=std, size=(n_out, n_in))


def zeros(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Start all weights at zero, from where units of a hidden layer never come to differ.

    Parameters
    ----------
    rng : numpy.random.Generator
        Not used.
    n_in, n_out : int
        Width before and after the layer.

    Returns
    -------
    ndarray of float64, shape (n_out, n_in)
    """
    return np.zeros((n_out, n_in))


class Dense(Layer):
    """The affine layer: every output sees every input, ``Z = A Wᵀ + b`` [eq-forward-batch].

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
    A, Z : ndarray, shape (m, n_in) and (m, n_out)
        Input and output of the last `forward`.
    dZ : ndarray, shape (m, n_out)
        Gradient with respect to Z, of the last `backward`.

    Raises
    ------
    ValueError
        If a width is not a positive integer.
    TypeError
        If the initializer is not callable.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(3, 2)], cost=nn.MeanSquaredError())
    >>> net.layers[0].W.shape
    (2, 3)
    """

    settings: tuple[str, ...] = ("n_in", "n_out")
    weights = ("W",)
    n_in: int
    W: Array
    b: Array
    dW: Array
    db: Array

    def __init__(self, n_in: int, n_out: int, initializer: Initializer = glorot) -> None:
        if not (isinstance(n_in, int) and isinstance(n_out, int) and n_in > 0 and n_out > 0):
            raise ValueError(
                f"{type(self).__name__} expects two positive integers, the widths; got {n_in!r} and {n_out!r}"
            )
        if not callable(initializer):
            raise TypeError(f"initializer must be a function such as nnlib.he; got {initializer!r}")
        self.n_in, self.n_out, self.initializer = n_in, n_out, initializer
        self.shapes = {"W": (n_out, n_in), "b": (n_out,)}

    def width(self, n: int) -> int:  # noqa: D102
        if n != self.n_in:
            raise ValueError(f"{self} expects {self.n_in} inputs; the layer before it has {n} outputs")
        return self.n_out

    def initialize(self, rng: np.random.Generator) -> None:  # noqa: D102
        self.W[:] = self.initializer(rng, self.n_in, self.n_out)
        self.b[:] = 0

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.A, self.training = A, training
        out = self.room("Z", (len(A), self.n_out), A.dtype) if training else None
        self.Z = np.matmul(A, self.W.T, out=out)
        self.Z += self.b
        return self.Z

    def backward(self, dA: Array) -> Array:
        """Fill in ``dW`` and ``db``, and carry the gradient to the input: ``dA = dZ W`` [eq-bp-batch].

        Parameters
        ----------
        dA : ndarray, shape (m, n_out)
            Gradient with respect to the output Z.

        Returns
        -------
        ndarray, shape (m, n_in)
            Gradient with respect to the input A.
        """
        self.backward_parameters(dA)
        out = self.room("dA", self.A.shape, dA.dtype) if self.training else None
        return np.matmul(dA, self.W, out=out)

    def backward_parameters(self, dA: Array) -> None:
        """Fill in ``dW = dZᵀ A`` and ``db``, the sum of the rows of dZ, and stop there.

        The first layer of a network needs no more: nobody asks for the gradient with respect to the data.

        Parameters
        ----------
        dA : ndarray, shape (m, n_out)
            Gradient with respect to the output Z.
        """
        self.dZ = dA
        np.matmul(dA.T, self.A, out=self.dW)
        np.add.reduce(dA, axis=0, out=self.db)
