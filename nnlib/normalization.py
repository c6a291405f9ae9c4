"""Batch normalization: each feature gets the mean and the deviation that the network learns for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Layer

Array = NDArray[Any]


class BatchNorm(Layer):
    """Normalize each feature over the batch, then scale and shift: ``y = γ x̂ + β`` [eq-batch-norm].

    In training ``x̂ = (x - μ) / √(σ² + ε)`` with the batch's own mean μ and variance σ². At test μ and σ² are
    running averages of those, so that a prediction does not depend on the other samples of its batch.

    Parameters
    ----------
    n : int
        Number of features.
    momentum : float, default 0.1
        Weight of the newest batch in the running averages, between 0 and 1.
    epsilon : float, default 1e-5
        ε, positive.

    Attributes
    ----------
    gamma, beta, dgamma, dbeta : ndarray, shape (n,)
        What is learned, and its gradient: views into the network's vectors. They start at 1 and 0.
    running_mean, running_var : ndarray, shape (n,)
        For predictions. As in PyTorch, the variance that is averaged is the unbiased one, over m − 1.

    Raises
    ------
    ValueError
        If a value is out of its range; in training, if a batch has one sample only: its variance is 0.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal
    covariate shift", ICML 2015.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> net = nn.Network([nn.BatchNorm(1)], nn.MeanSquaredError())
    >>> net.forward(np.array([[1.0], [3.0]]), training=True).round(3).tolist()
    [[-1.0], [1.0]]
    """

    settings = ("n_in", "momentum", "epsilon")
    buffers = ("running_mean", "running_var")
    least = 2
    n_in: int
    gamma: Array
    beta: Array
    dgamma: Array
    dbeta: Array

    def __init__(self, n_in: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        if not (isinstance(n_in, int) and n_in > 0):
            raise ValueError(f"BatchNorm expects a positive integer, the number of features; got {n_in!r}")
        if not (0 < momentum <= 1 and 0 < epsilon < np.inf):
            raise ValueError(
                f"expected a momentum between 0 and 1 and a positive epsilon; got {momentum} and {epsilon}"
            )
        self.n_in, self.momentum, self.epsilon = n_in, float(momentum), float(epsilon)
        self.shapes = {"gamma": (n_in,), "beta": (n_in,)}

    def width(self, n: int) -> int:  # noqa: D102
        if n != self.n_in:
            raise ValueError(f"{self} expects {self.n_in} features; the layer before it has {n} outputs")
        return n

    def attach(self, params: Array, grads: Array) -> None:  # noqa: D102
        super().attach(params, grads)
        if not hasattr(self, "running_mean"):
            self.running_mean = np.zeros(self.n_in, params.dtype)
            self.running_var = np.ones(self.n_in, params.dtype)

    def initialize(self, rng: np.random.Generator) -> None:  # noqa: D102
        self.gamma[:], self.beta[:] = 1, 0
        self.running_mean[:], self.running_var[:] = 0, 1

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.by_batch, m = training, len(A)
        if training:
            if m < self.least:
                raise ValueError("BatchNorm cannot train on a batch of one sample: its variance is 0")
            mean = A.sum(axis=0) / m
            centred = A - mean
            var = (centred * centred).sum(axis=0) / m
            self.running_mean += self.momentum * (mean.real - self.running_mean)
            self.running_var += self.momentum * (var.real * m / (m - 1) - self.running_var)
        else:
            centred, var = A - self.running_mean, self.running_var
        self.inverse = 1 / np.sqrt(var + self.epsilon)
        self.normalized = centred * self.inverse
        return self.gamma * self.normalized + self.beta

    def backward(self, dA: Array) -> Array:
        """Carry the gradient back, also through the batch's mean and variance [eq-batch-norm-backward].

        Parameters
        ----------
        dA : ndarray, shape (m, n)
            Gradient with respect to the output.

        Returns
        -------
        ndarray, shape (m, n)
            ``γ / √(σ² + ε) · (dA - mean(dA) - x̂ mean(dA x̂))``; without the two means after a `forward`
            that was not training.
        """
        np.add.reduce(dA * self.normalized, axis=0, out=self.dgamma)
        np.add.reduce(dA, axis=0, out=self.dbeta)
        if self.by_batch:
            dA = dA - (self.dbeta + self.normalized * self.dgamma) / len(dA)
        return self.gamma * self.inverse * dA
