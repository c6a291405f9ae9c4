"""Activation functions: each with its value, its derivative and its place as a layer of a network."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


class Part:
    """What a network is made of. A part can be written down, as its type's name and its settings."""

    settings: tuple[str, ...] = ()
    """Names of the constructor's arguments that make the part what it is."""

    @property
    def config(self) -> dict[str, Any]:
        """The settings by name: whole numbers, floats and texts, nothing that could run."""
        return {name: getattr(self, name) for name in self.settings}

    @classmethod
    def make(cls, name: str, config: dict[str, Any]) -> Any:
        """Make a part again from its type's name and its settings.

        Parameters
        ----------
        name : str
            Of a subclass, at any depth.
        config : dict
            As `config` gave it.

        Returns
        -------
        Part

        Raises
        ------
        ValueError
            If there is no such part, or it refuses the settings.
        """
        kinds = {kind.__name__: kind for kind in _descendants(cls)}
        if name not in kinds:
            raise ValueError(f"there is no {cls.__name__.lower()} called {name!r}; known: {', '.join(kinds)}")
        try:
            return kinds[name](**config)
        except TypeError as error:
            raise ValueError(f"{name} cannot be made from {config}: {error}") from error

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.config.values()))})"


def _descendants(kind: type[Part]) -> list[type[Part]]:
    """Subclasses, their subclasses, and so on."""
    return [below for sub in kind.__subclasses__() for below in (sub, *_descendants(sub))]


class Layer(Part):
    """One step of a network. A layer without parameters needs only `forward` and `backward`.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        The parameters' names and shapes, in the order in which they stand in the network's vector.
    weights : tuple of str
        Those of them that a penalty acts on: weights, not biases.
    buffers : tuple of str
        Names of arrays that are kept with the parameters and not learned by gradient.
    n_in : int or None
        Width of the input; None if any will do.
    least : int
        Samples that a batch must have in training, at least.
    """

    shapes: dict[str, tuple[int, ...]] = {}  # noqa: RUF012 - never changed in place
    weights: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    n_in: int | None = None
    least = 1

    @cached_property
    def _rooms(self) -> dict[str, Array]:
        return {}

    @property
    def n_parameters(self) -> int:
        """How many numbers the layer learns."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def width(self, n: int) -> int:
        """Width of the output for an input of width n.

        Parameters
        ----------
        n : int
            Width of the input.

        Returns
        -------
        int
        """
        return n

    def attach(self, params: Array, grads: Array) -> None:
        """Make each parameter, and its gradient, a view into the network's vectors.

        Parameters
        ----------
        params, grads : ndarray, shape (n_parameters,)
            This layer's part of the network's parameters and of their gradient.
        """
        start = 0
        for name, shape in self.shapes.items():
            end = start + math.prod(shape)
            setattr(self, name, params[start:end].reshape(shape))
            setattr(self, f"d{name}", grads[start:end].reshape(shape))
            start = end

    def initialize(self, rng: np.random.Generator) -> None:
        """Fill in the start values.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; a layer that is random in training keeps it.
        """

    def room(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array to write into, the same one from step to step while shape and dtype stay.

        Training writes into such arrays: memory that is given back and asked for again in every step costs
        more than the arithmetic on it.

        Parameters
        ----------
        name : str
            What it is for.
        shape : tuple of int
        dtype : dtype

        Returns
        -------
        ndarray
            With whatever it held before.
        """
        kept: Array | None = self._rooms.get(name)
        if kept is None or kept.shape != shape or kept.dtype != dtype:
            kept = self._rooms[name] = np.empty(shape, dtype)
        return kept

    def forward(self, A: Array, training: bool = False) -> Array:
        """Compute the layer's output.

        Parameters
        ----------
        A : ndarray, shape (m, n_in)
            Input, one sample per row.
        training : bool, default False
            Is this a step of training? Then the output may be an array that the next step writes over.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        raise NotImplementedError

    def backward(self, dA: Array) -> Array:
        """Carry the gradient of the cost from the output to the input.

        Parameters
        ----------
        dA : ndarray, shape (m, n_out)
            Gradient with respect to the output of the last `forward`.

        Returns
        -------
        ndarray, shape (m, n_in)
            Gradient with respect to the input.
        """
        raise NotImplementedError

    def backward_parameters(self, dA: Array) -> None:
        """Fill in the parameters' gradients only, as the first layer of a network does.

        Parameters
        ----------
        dA : ndarray, shape (m, n_out)
            Gradient with respect to the output of the last `forward`.
        """
        self.backward(dA)


def _floats(z: ArrayLike) -> Array:
    """Return an array of floats, or complex numbers for the complex step; float32 stays float32."""
    z = np.asarray(z)
    if z.dtype.kind in "fc":
        return z
    if z.dtype.kind not in "biu":
        raise TypeError(f"expected numbers; got dtype {z.dtype}")
    return z.astype(np.float64)


def magnitude(z: Array) -> Array:
    """Absolute value; of a complex number, ``z`` or ``-z``, whichever has the real part that is not negative.

    That is how ``|z|`` continues from the real line to the complex step [eq-complex-step], which the modulus,
    having no complex derivative, would spoil.

    Parameters
    ----------
    z : ndarray

    Returns
    -------
    ndarray, shape of z

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib.activations import magnitude
    >>> magnitude(np.array([-2.0])), magnitude(np.array([-2.0 + 1e-9j])).real
    (array([2.]), array([2.]))
    """
    return np.where(z.real < 0, -z, z) if z.dtype.kind == "c" else np.abs(z)


class Activation(Layer):
    """A function of each entry of its input, usable on its own and as a layer.

    ``activation(z)`` is its value, ``activation.derivative(z)`` its slope. In a `Network` it has no
    parameters; its backward step multiplies by the slope.
    """

    def __call__(self, z: ArrayLike) -> Array:
        """Value at ``z``.

        Parameters
        ----------
        z : array_like, any shape
            Pre-activations.

        Returns
        -------
        ndarray, shape of z
        """
        raise NotImplementedError

    def derivative(self, z: ArrayLike) -> Array:
        """Slope at ``z``.

        Parameters
        ----------
        z : array_like, any shape
            Pre-activations.

        Returns
        -------
        ndarray, shape of z
        """
        raise NotImplementedError

    def forward(self, A: Array, training: bool = False) -> Array:
        """Apply the function, and remember where for the backward step.

        Parameters
        ----------
        A : ndarray, shape (m, n)
            Pre-activations, one sample per row.
        training : bool, default False
            Not used: an activation does the same in training and at test.

        Returns
        -------
        ndarray, shape (m, n)
        """
        self.Z = A
        self.A = self(A)
        return self.A

    def backward(self, dA: Array) -> Array:
        """Carry the gradient back: ``dZ = dA · f'(Z)``, entry by entry.

        Parameters
        ----------
        dA : ndarray, shape (m, n)
            Gradient of the cost with respect to the values.

        Returns
        -------
        ndarray, shape (m, n)
            Gradient with respect to the pre-activations.
        """
        return dA * self.derivative(self.Z)


class Identity(Activation):
    """The value itself, ``f(z) = z``; its slope is 1.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Identity()([-1.0, 2.0])
    array([-1.,  2.])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        return _floats(z)

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        return np.ones_like(_floats(z))


class Step(Activation):
    """The threshold: 1 if ``z > 0``, else 0 [eq-step].

    Its slope is 0 everywhere but at 0, where it has none; `derivative` gives 0 there too.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Step()([-1.0, 0.0, 2.0])
    array([0., 0., 1.])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return (z > 0).astype(z.dtype)

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        return np.zeros_like(_floats(z))


class Sigmoid(Activation):
    """The logistic function, ``σ(z) = 1 / (1 + exp(-z))`` [eq-sigmoid].

    Its slope is ``σ(z) σ(-z)`` [eq-sigmoid-slope].

    Only ``exp(-|z|)`` is computed, which never overflows.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Sigmoid()([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        e = np.exp(-magnitude(z))
        return np.where(z >= 0, 1, e) / (1 + e)

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        e = np.exp(-magnitude(_floats(z)))
        return e / (1 + e) ** 2

    def backward(self, dA: Array) -> Array:
        """Carry the gradient back by the values at hand: ``dZ = dA · A (1 - A)``.

        Parameters
        ----------
        dA : ndarray, shape (m, n)
            Gradient of the cost with respect to the values.

        Returns
        -------
        ndarray, shape (m, n)
            Right to one rounding of 1; for the last digits of a tiny slope there is `derivative`.
        """
        return dA * (self.A * (1 - self.A))


class Tanh(Activation):
    """The hyperbolic tangent [eq-tanh]; its slope is ``1 - tanh²(z)`` [eq-tanh-slope].

    The slope is computed as ``4 q / (1 + q)²`` with ``q = exp(-2|z|)``: for large ``|z|`` the difference
    ``1 - tanh²`` would lose all its digits.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Tanh().derivative([0.0])
    array([1.])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        return np.tanh(_floats(z))

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        q = np.exp(-magnitude(_floats(z))) ** 2
        return 4 * q / (1 + q) ** 2

    def backward(self, dA: Array) -> Array:
        """Carry the gradient back by the values at hand: ``dZ = dA · (1 - A²)``.

        Parameters
        ----------
        dA : ndarray, shape (m, n)
            Gradient of the cost with respect to the values.

        Returns
        -------
        ndarray, shape (m, n)
            Right to one rounding of 1; for the last digits of a tiny slope there is `derivative`.
        """
        return dA * (1 - self.A * self.A)


class ReLU(Activation):
    """The rectified linear unit, ``max(0, z)`` [eq-relu].

    Its slope is 1 for ``z > 0`` and 0 for ``z < 0``.

    At the kink every number between 0 and 1 is a subgradient; `derivative` gives 0.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.ReLU()([-1.0, 2.0])
    array([0., 2.])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return np.maximum(z, 0)

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return (z > 0).astype(z.dtype)

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.Z, self.training = A, training
        self.A = np.maximum(A, 0, out=self.room("A", A.shape, A.dtype) if training else None)
        return self.A

    def backward(self, dA: Array) -> Array:
        """Let the gradient pass where the unit was on: ``dZ = dA · 1(Z > 0)``.

        Parameters
        ----------
        dA : ndarray, shape (m, n)
            Gradient of the cost with respect to the values.

        Returns
        -------
        ndarray, shape (m, n)
        """
        return np.multiply(dA, self.Z > 0, out=self.room("dA", dA.shape, dA.dtype) if self.training else None)


class LeakyReLU(Activation):
    """ReLU with a small slope ε on the left, ``max(ε z, z)`` [eq-leaky].

    At the kink `derivative` gives ε.

    Parameters
    ----------
    epsilon : float, default 0.01
        Slope for ``z < 0``; between 0 and 1.

    Raises
    ------
    ValueError
        If epsilon is not between 0 and 1.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.LeakyReLU(0.1)([-1.0, 2.0])
    array([-0.1,  2. ])
    """

    settings = ("epsilon",)

    def __init__(self, epsilon: float = 0.01) -> None:
        if not 0 <= epsilon < 1:
            raise ValueError(f"epsilon must be at least 0 and less than 1; got {epsilon}")
        self.epsilon = float(epsilon)

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return np.maximum(self.epsilon * z, z)

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return np.where(z > 0, 1, self.epsilon).astype(z.dtype)


class Softsign(Activation):
    """The softsign, ``z / (1 + |z|)`` [eq-softsign]; its slope is ``1 / (1 + |z|)²`` [eq-softsign-slope].

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Softsign().derivative([-3.0])
    array([0.0625])
    """

    def __call__(self, z: ArrayLike) -> Array:  # noqa: D102
        z = _floats(z)
        return z / (1 + magnitude(z))

    def derivative(self, z: ArrayLike) -> Array:  # noqa: D102
        return (1 / (1 + magnitude(_floats(z)))) ** 2  # squared last: 1 + |z| squared could overflow


class Softmax(Layer):
    """Scores to probabilities: ``softmax(z)_i = exp(z_i) / Σ_j exp(z_j)`` [eq-softmax].

    The sum is along the last axis.

    The largest score is subtracted first. That changes no probability, and no exponential overflows.
    Every output depends on every input, so the derivative is a matrix, the Jacobian.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.Softmax()([[1000.0, 1000.0]])
    array([[0.5, 0.5]])
    """

    def __call__(self, z: ArrayLike) -> Array:
        """Probabilities, which are positive and sum to 1.

        Parameters
        ----------
        z : array_like, shape (..., K)
            Scores.

        Returns
        -------
        ndarray, shape (..., K)
        """
        z = _floats(z)
        # A difference beyond the largest float is -inf, and its exponential 0: no harm, so no warning.
        with np.errstate(over="ignore"):
            e = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))

    def jacobian(self, z: ArrayLike) -> Array:
        """All the derivatives, ``diag(p) - p pᵀ`` with ``p = softmax(z)`` [eq-softmax-jacobian].

        Parameters
        ----------
        z : array_like, shape (K,)
            Scores of one sample.

        Returns
        -------
        ndarray, shape (K, K)
            Entry (i, j) is ∂p_i / ∂z_j.
        """
        p = self(z)
        return np.diag(p) - np.outer(p, p)

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.Z = A
        self.A = self(A)
        return self.A

    def backward(self, dA: Array) -> Array:
        """Multiply by the Jacobian without building it: ``p (v - p·v)`` for a row v [eq-softmax-product].

        Parameters
        ----------
        dA : ndarray, shape (m, K)
            Gradient of the cost with respect to the probabilities.

        Returns
        -------
        ndarray, shape (m, K)
        """
        return np.asarray(self.A * (dA - (self.A * dA).sum(axis=-1, keepdims=True)))
