"""Cost functions. Each owns the activation of the output, so that value and gradient are exact.

A network ends in scores Z, which a cost turns into predictions by its `link`. A loss belongs to one sample;
the cost is their average, and its 1/m stands here and nowhere else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .activations import Part, Sigmoid, Softmax, magnitude

Array = NDArray[Any]


class Cost(Part):
    """What a wrong prediction costs, on the average over the samples: ``C = (1/m) Σ J_i`` [eq-cost]."""

    def link(self, Z: Array) -> Array:
        """Turn scores into predictions.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        raise NotImplementedError

    def targets(self, Z: Array, y: ArrayLike) -> Array:
        """Check the targets and give them the shape and dtype of the scores.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores that the targets are to be compared with.
        y : array_like
            Targets, or labels for a cost of classification.

        Returns
        -------
        ndarray, shape (m, n_out)

        Raises
        ------
        ValueError
            If they do not fit; the message says what was expected and what came.
        """
        Y = np.asarray(y)
        if Y.shape != Z.shape:
            raise ValueError(f"{type(self).__name__} expects targets of shape {Z.shape}; got {Y.shape}")
        if not np.isfinite(Y).all():
            raise ValueError("the targets hold NaN or infinity")
        return Y.astype(Z.dtype)

    def losses(self, Z: Array, Y: Array) -> Array:
        """Loss of each sample.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.
        Y : ndarray, shape (m, n_out)
            Targets, as `targets` gives them.

        Returns
        -------
        ndarray, shape (m,)
        """
        raise NotImplementedError

    def value(self, Z: Array, Y: Array) -> float:
        """Average loss of the samples.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.
        Y : ndarray, shape (m, n_out)
            Targets, as `targets` gives them.

        Returns
        -------
        float
        """
        return float(self.losses(Z, Y).sum() / len(Z))

    def gradient(self, Z: Array, Y: Array) -> Array:
        """Gradient of the cost with respect to the scores.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.
        Y : ndarray, shape (m, n_out)
            Targets, as `targets` gives them.

        Returns
        -------
        ndarray, shape (m, n_out)
            For squared error and both cross-entropies ``(link(Z) - Y) / m`` [eq-cost-gradient].
        """
        return (self.link(Z) - Y) / len(Z)

    def value_and_gradient(self, Z: Array, Y: Array) -> tuple[float, Array]:
        """Both at once, for training; a cost whose two share an exponential computes it once.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.
        Y : ndarray, shape (m, n_out)
            Targets, as `targets` gives them.

        Returns
        -------
        value : float
        gradient : ndarray, shape (m, n_out)
        """
        return self.value(Z, Y), self.gradient(Z, Y)

    def decide(self, Z: Array) -> Array:
        """Turn scores into answers: numbers for regression, labels for classification.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.

        Returns
        -------
        ndarray
        """
        return self.link(Z)


class MeanSquaredError(Cost):
    """Half the squared distance, ``C = (1/2m) Σ ‖ŷ - y‖²`` [eq-mse]. The prediction is the score.

    The half makes the gradient ``(ŷ - y) / m``. Frameworks that leave it out report twice the value; some
    also divide by the number of outputs. Least squares are maximum likelihood under normal noise.

    References
    ----------
    C. F. Gauss, "Theoria motus corporum coelestium", 1809, section 177.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.MeanSquaredError().value(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]))
    1.0
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Z

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        return np.asarray(((Z - Y) ** 2).sum(axis=1) / 2)


class MeanAbsoluteError(Cost):
    """The distance itself, ``C = (1/m) Σ |ŷ - y|``, outputs added up [eq-mae]. The prediction is the score.

    Its gradient is the sign of the error over m, however large the error; where the error is 0 there is a
    kink, and the gradient given is 0. It is maximum likelihood under Laplace noise.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> cost = nn.MeanAbsoluteError()
    >>> cost.gradient(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]])).tolist()
    [[0.5], [0.0]]
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Z

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        return np.asarray(magnitude(Z - Y).sum(axis=1))

    def gradient(self, Z: Array, Y: Array) -> Array:
        """Sign of the error, divided by m.

        Parameters
        ----------
        Z, Y : ndarray, shape (m, n_out)
            Scores and targets.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        return np.sign(Z - Y) / len(Z)


class Huber(Cost):
    """Squared near the target, absolute far from it [eq-huber]. The prediction is the score.

    For an error e the loss is ``e² / 2`` if ``|e| <= δ``, and ``δ (|e| - δ/2)`` beyond: the two pieces meet
    in value and slope.

    Parameters
    ----------
    delta : float, default 1.0
        δ, where the line takes over; positive, in the units of the targets.

    Raises
    ------
    ValueError
        If delta is not positive.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35(1), 1964.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.Huber(delta=1).losses(np.array([[0.5], [3.0]]), np.zeros((2, 1)))
    array([0.125, 2.5  ])
    """

    settings = ("delta",)

    def __init__(self, delta: float = 1.0) -> None:
        if not 0 < delta < np.inf:
            raise ValueError(f"delta must be positive and finite; got {delta}")
        self.delta = float(delta)

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Z

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        size = magnitude(Z - Y)
        near = np.minimum(size, self.delta)  # the part of the error that is squared
        return np.asarray((near * (size - near / 2)).sum(axis=1))

    def gradient(self, Z: Array, Y: Array) -> Array:
        """Error, cut off at −δ and δ, and divided by m.

        Parameters
        ----------
        Z, Y : ndarray, shape (m, n_out)
            Scores and targets.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        return np.clip(Z - Y, -self.delta, self.delta) / len(Z)


class Hinge(Cost):
    """Loss ``max(0, 1 - y z)`` of a score z for a label y of −1 or +1 [eq-hinge].

    It is 0 from a margin ``y z`` of 1 on. At the kink the gradient given is 0. Labels 0 and 1 are refused:
    with y = 0 the loss would be 1 whatever the score.

    References
    ----------
    C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.Hinge().losses(np.array([[0.5], [2.0], [-1.0]]), np.ones((3, 1)))
    array([0.5, 0. , 2. ])
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Z

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        return _two_labels(self, Z, y, (-1, 1))

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        return np.asarray(np.maximum(1 - Y * Z, 0).sum(axis=1))

    def gradient(self, Z: Array, Y: Array) -> Array:
        """``-y / m`` where the margin is less than 1, else 0.

        Parameters
        ----------
        Z, Y : ndarray, shape (m, 1)
            Scores and labels.

        Returns
        -------
        ndarray, shape (m, 1)
        """
        return np.where(Y * Z < 1, -Y, 0) / len(Z)

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return np.where(Z[:, 0] > 0, 1, -1)


class BinaryCrossEntropy(Cost):
    """Minus the mean log-probability of labels 0 and 1, from one score per sample [eq-bce].

    With ``p = σ(z)``, ``C = -(1/m) Σ (y log p + (1 - y) log(1 - p))``. Computed from the score as
    ``max(z, 0) - y z + log(1 + exp(-|z|))`` [eq-bce-score], which is exact where p rounds to 0 or 1.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.BinaryCrossEntropy().value(np.array([[-1000.0]]), np.array([[1.0]]))
    1000.0
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Sigmoid()(Z)

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        return _two_labels(self, Z, y, (0, 1))

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        return np.asarray((np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-magnitude(Z)))).sum(axis=1))

    def value_and_gradient(self, Z: Array, Y: Array) -> tuple[float, Array]:  # noqa: D102
        e = np.exp(-np.abs(Z))
        value = (np.maximum(Z, 0) - Y * Z + np.log1p(e)).sum() / len(Z)
        return float(value), (np.where(Z >= 0, 1, e) / (1 + e) - Y) / len(Z)

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return (Z[:, 0] > 0).astype(np.int64)


class CategoricalCrossEntropy(Cost):
    """Minus the mean log-probability of the right class, from one score per class [eq-cce].

    With ``p = softmax(z)``, ``C = -(1/m) Σ log p_y``. Computed from the scores as
    ``log Σ exp(z_j) - z_y`` [eq-cce-score], with the largest score subtracted first.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> cost = nn.CategoricalCrossEntropy()
    >>> Z = np.zeros((1, 10))
    >>> round(cost.value(Z, cost.targets(Z, [3])), 4)  # a network that knows nothing: log 10
    2.3026
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Softmax()(Z)

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        Y, K = np.asarray(y), Z.shape[1]
        if Y.shape == Z.shape and np.isin(Y, (0, 1)).all() and (Y.sum(axis=1) == 1).all():
            return Y.astype(Z.dtype)
        if Y.shape != Z.shape[:1] or Y.dtype.kind not in "iu" or Y.min() < 0 or Y.max() >= K:
            raise ValueError(
                f"CategoricalCrossEntropy expects {len(Z)} labels from 0 to {K - 1}, or one-hot rows of "
                f"shape {Z.shape}; got {_describe(Y)}"
            )
        return np.eye(K, dtype=Z.dtype)[Y]

    def losses(self, Z: Array, Y: Array) -> Array:  # noqa: D102
        shifted = Z - Z.max(axis=1, keepdims=True)
        return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - (Y * shifted).sum(axis=1))

    def value_and_gradient(self, Z: Array, Y: Array) -> tuple[float, Array]:  # noqa: D102
        shifted = Z - np.maximum.reduce(Z, axis=1, keepdims=True)
        P = np.exp(shifted)
        total = np.add.reduce(P, axis=1, keepdims=True)
        value = (np.add.reduce(np.log(total), axis=None) - np.vdot(Y, shifted)) / len(Z)
        P /= total
        P -= Y
        P /= len(Z)
        return float(value), P

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return Z.argmax(axis=1)


def _two_labels(cost: Cost, Z: Array, y: ArrayLike, labels: tuple[int, int]) -> Array:
    """Check labels of two classes; give them the shape and the dtype of the scores."""
    name, Y = type(cost).__name__, np.asarray(y)
    if Z.shape[1:] != (1,):
        raise ValueError(f"{name} needs a network with one output; this one has {Z.shape[1]}")
    if Y.shape not in (Z.shape, Z.shape[:1]) or not np.isin(Y, labels).all():
        raise ValueError(f"{name} expects {len(Z)} labels {labels[0]} or {labels[1]}; got {_describe(Y)}")
    return Y.reshape(Z.shape).astype(Z.dtype)


def _describe(Y: Array) -> str:
    """Say in a few words what an array of labels is."""
    values = f", values {Y.min()} to {Y.max()}" if Y.size and Y.dtype.kind in "biuf" else ""
    return f"shape {Y.shape}, dtype {Y.dtype}{values}"
