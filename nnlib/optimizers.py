"""Optimizers: how parameters move, given the gradient. They know vectors and nothing of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class SGD:
    """Gradient descent, ``θ ← θ - η ∇C``; on random batches it is *stochastic* gradient descent.

    With momentum μ the step is a running sum: ``v ← μ v + ∇C``, ``θ ← θ - η v``.

    Parameters
    ----------
    learning_rate : float
        η, positive.
    momentum : float, default 0
        μ, at least 0 and less than 1.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> theta = np.array([4.0])
    >>> sgd = nn.SGD(learning_rate=0.5)
    >>> for _ in range(3):
    ...     sgd.step(theta, 2 * theta / 2)  # the gradient of θ²/2 is θ
    >>> theta
    array([0.5])
    """

    def __init__(self, learning_rate: float, momentum: float = 0.0) -> None:
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive; got {learning_rate}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and less than 1; got {momentum}")
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocity: Array | None = None

    def step(self, params: Array, grads: Array) -> None:
        """Move the parameters, in place.

        Parameters
        ----------
        params, grads : ndarray, shape (n,)
            Parameters and the gradient at them.
        """
        if self.velocity is None:
            self.velocity = np.zeros_like(params)
        self.velocity *= self.momentum
        self.velocity += grads
        params -= self.learning_rate * self.velocity

    def __repr__(self) -> str:
        return f"SGD(learning_rate={self.learning_rate:g}, momentum={self.momentum:g})"
