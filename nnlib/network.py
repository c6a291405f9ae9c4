"""The network: layers in a row, a cost at the end, and one vector that holds all the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .activations import Layer
from .layers import Dense

Array = NDArray[Any]


class Network:
    """A feed-forward network.

    Parameters
    ----------
    layers : sequence of layers
        In the order in which a sample passes them. The last one gives the scores; the output activation
        belongs to the cost.
    cost : a cost
        Such as `CategoricalCrossEntropy`.
    seed : int, default 0
        Of the start values.
    dtype : float64 or float32, default float64
        Of the parameters and of all that is computed from them.

    Attributes
    ----------
    params, grads : ndarray, shape (n_parameters,)
        All the parameters and the whole gradient ∇C, each as one vector. The `W`, `b`, `dW` and `db` of the
        layers are views into them: to change one is to change the other.
    n_parameters : int
        How many numbers the network learns: ``Σ n_l (n_{l-1} + 1)`` for dense layers.

    Raises
    ------
    ValueError
        If there is no dense layer, the widths of neighbouring layers differ, or the dtype is no float.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], cost=nn.BinaryCrossEntropy(), seed=0)
    >>> net.n_parameters
    13
    >>> net.predict_proba([[0.0, 0.0]])
    array([[0.5]])
    """

    def __init__(
        self, layers: Sequence[Layer], cost: Any, seed: int = 0, dtype: DTypeLike = np.float64
    ) -> None:
        self.layers, self.cost = list(layers), cost
        dense = [layer for layer in self.layers if isinstance(layer, Dense)]
        if not dense:
            raise ValueError("a network needs at least one Dense layer")
        for first, second in pairwise(dense):
            if first.n_out != second.n_in:
                raise ValueError(
                    f"{second} expects {second.n_in} inputs; {first} before it has {first.n_out} outputs"
                )
        if np.dtype(dtype) not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32; got {np.dtype(dtype)}")
        self.n_in, self.n_out = dense[0].n_in, dense[-1].n_out
        self.n_parameters = sum(layer.n_parameters for layer in self.layers)
        self.params = np.empty(self.n_parameters, dtype)
        self.grads = np.zeros(self.n_parameters, dtype)
        rng, start = np.random.default_rng(seed), 0
        for layer in self.layers:
            part = slice(start, start + layer.n_parameters)
            layer.bind(self.params[part], self.grads[part], rng)
            start = part.stop

    def forward(self, X: Array, training: bool = False) -> Array:
        """Pass samples through the layers.

        Parameters
        ----------
        X : ndarray, shape (m, n_in)
            Samples as rows, of the network's dtype.
        training : bool, default False
            Is this a step of training?

        Returns
        -------
        ndarray, shape (m, n_out)
            The scores.
        """
        for layer in self.layers:
            X = layer.forward(X, training)
        return X

    def backward(self, Z: Array, Y: Array) -> None:
        """Fill `grads` with the gradient of the cost, from the last `forward`.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            The scores that `forward` returned.
        Y : ndarray, shape (m, n_out)
            Targets, as ``cost.targets`` gives them.
        """
        dA = self.cost.gradient(Z, Y)
        first, *rest = self.layers
        for layer in reversed(rest):
            dA = layer.backward(dA)
        if isinstance(first, Dense):
            first.backward_parameters(dA)
        else:
            first.backward(dA)

    def samples(self, X: ArrayLike) -> Array:
        """Check samples and give them the network's dtype.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.

        Returns
        -------
        ndarray, shape (m, n_in)

        Raises
        ------
        ValueError
            If the shape does not fit, or a value is not finite.
        TypeError
            If the values are not numbers.
        """
        X = np.asarray(X)
        if X.dtype.kind not in "biuf":
            raise TypeError(f"the network expects numbers; got dtype {X.dtype}")
        if X.ndim != 2 or X.shape[1] != self.n_in or not len(X):
            raise ValueError(f"the network expects (m, {self.n_in}), one sample per row; got {X.shape}")
        X = X.astype(self.params.dtype, copy=False)
        if not np.isfinite(X).all():
            raise ValueError("the samples hold NaN or infinity")
        return X

    def predict_proba(self, X: ArrayLike) -> Array:
        """Predictions before any decision: probabilities, or numbers for regression.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.

        Returns
        -------
        ndarray, shape (m, n_out)
        """
        return np.asarray(self.cost.link(self.forward(self.samples(X))))

    def predict(self, X: ArrayLike) -> Array:
        """Answers: labels for classification, numbers for regression.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.

        Returns
        -------
        ndarray, shape (m,) for labels, (m, n_out) for numbers
        """
        return np.asarray(self.cost.decide(self.forward(self.samples(X))))

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Fraction of the labels that are answered.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.
        y : array_like, shape (m,)
            Labels.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If the labels' shape is not that of the answers.
        """
        answers, y = self.predict(X), np.asarray(y)
        if answers.shape != y.shape or answers.dtype.kind == "f":
            raise ValueError(f"accuracy compares labels of shape {answers.shape[:1]}; got {y.shape}")
        return float(np.mean(answers == y))

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> float:
        """Cost on samples that need not be those of the training.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.
        y : array_like
            Targets or labels.

        Returns
        -------
        float
        """
        Z = self.forward(self.samples(X))
        return float(self.cost.value(Z, self.cost.targets(Z, y)))

    def summary(self) -> str:
        """Table of the layers with the shape of their output and their number of parameters.

        Returns
        -------
        str

        Examples
        --------
        >>> import nnlib as nn
        >>> print(nn.Network([nn.Dense(2, 3), nn.ReLU(), nn.Dense(3, 1)], nn.MeanSquaredError()).summary())
        layer          output  parameters
        Dense(2, 3)    (m, 3)           9
        ReLU()         (m, 3)           0
        Dense(3, 1)    (m, 1)           4
        total                          13
        """
        lines, width = ["layer          output  parameters"], self.n_in
        for layer in self.layers:
            width = getattr(layer, "n_out", width)
            lines.append(f"{layer!s:15}{f'(m, {width})':8}{layer.n_parameters:10,}")
        return "\n".join([*lines, f"{'total':23}{self.n_parameters:10,}"])

    def __repr__(self) -> str:
        return f"Network([{', '.join(map(repr, self.layers))}], cost={self.cost!r})"
