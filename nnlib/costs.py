"""Cost functions. Each owns the activation of the output, so that value and gradient are exact.

A network ends in scores Z. Every cost turns them into a prediction by its `link`, and for all of them here
the gradient is ``(prediction - target) / m``. The 1/m of the average stands in the cost and nowhere else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .activations import Sigmoid, Softmax

Array = NDArray[Any]


class Cost:
    """What a wrong prediction costs, on the average over the samples."""

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
        raise NotImplementedError

    def gradient(self, Z: Array, Y: Array) -> Array:
        """Gradient with respect to the scores, ``(link(Z) - Y) / m``.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            Scores.
        Y : ndarray, shape (m, n_out)
            Targets, as `targets` gives them.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        return (self.link(Z) - Y) / len(Z)

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

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MeanSquaredError(Cost):
    """Half the squared distance, ``C = (1/2m) Σ ‖ŷ - y‖²``, for regression. The prediction is the score.

    The half makes the gradient ``(ŷ - y) / m``. Frameworks that leave it out report twice the value; some
    also divide by the number of outputs.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.MeanSquaredError().value(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]))
    1.0
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Z

    def value(self, Z: Array, Y: Array) -> float:  # noqa: D102
        return float(np.sum((Z - Y) ** 2) / (2 * len(Z)))


class BinaryCrossEntropy(Cost):
    """Minus the mean log-probability of labels 0 and 1, from one score per sample.

    With ``p = σ(z)``, ``C = -(1/m) Σ (y log p + (1 - y) log(1 - p))``. Computed from the score as
    ``max(z, 0) - y z + log(1 + exp(-|z|))``, which is exact where p rounds to 0 or 1.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.BinaryCrossEntropy().value(np.array([[-1000.0]]), np.array([[1.0]]))
    1000.0
    """

    def link(self, Z: Array) -> Array:  # noqa: D102
        return Sigmoid()(Z)

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        Y = np.asarray(y)
        if Z.shape[1:] != (1,):
            raise ValueError(f"BinaryCrossEntropy needs a network with one output; this one has {Z.shape[1]}")
        if Y.shape not in (Z.shape, Z.shape[:1]) or not np.isin(Y, (0, 1)).all():
            raise ValueError(f"BinaryCrossEntropy expects {len(Z)} labels 0 or 1; got {_describe(Y)}")
        return Y.reshape(Z.shape).astype(Z.dtype)

    def value(self, Z: Array, Y: Array) -> float:  # noqa: D102
        return float(np.mean(np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))))

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return (Z[:, 0] > 0).astype(np.int64)


class CategoricalCrossEntropy(Cost):
    """Minus the mean log-probability of the right class, from one score per class.

    With ``p = softmax(z)``, ``C = -(1/m) Σ log p_y``. Computed from the scores as
    ``log Σ exp(z_j) - z_y`` with the largest score subtracted first.

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

    def value(self, Z: Array, Y: Array) -> float:  # noqa: D102
        shifted = Z - Z.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - (Y * shifted).sum(axis=1)))

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return Z.argmax(axis=1)


def _describe(Y: Array) -> str:
    """Say in a few words what an array of labels is."""
    values = f", values {Y.min()} to {Y.max()}" if Y.size and Y.dtype.kind in "biuf" else ""
    return f"shape {Y.shape}, dtype {Y.dtype}{values}"
