"""Regularization: penalties, dropout, early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Layer, Part, magnitude
from .layers import Dense, Initializer, glorot
from .network import Network
from .training import Callback, History

Array = NDArray[Any]


class Lp(Part):
    """Penalty ``(λ/p) Σ |w|^p`` on the weights [eq-lp]; p = 1 gives `L1`, p = 2 gives `L2`.

    Parameters
    ----------
    lam : float
        λ, not negative.
    p : float
        The exponent, positive. For p < 1 the slope at a weight of 0 is infinite; the gradient given is 0.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> float(nn.Lp(lam=3, p=3).value(np.array([1.0, -2.0])))
    9.0
    """

    settings: tuple[str, ...] = ("lam", "p")

    def __init__(self, lam: float, p: float) -> None:
        if not (0 <= lam < np.inf and 0 < p < np.inf):
            raise ValueError(f"lam must not be negative, and p must be positive; got {lam} and {p}")
        self.lam, self.p = float(lam), float(p)

    def value(self, w: Array) -> Any:
        """Value of the penalty.

        Parameters
        ----------
        w : ndarray
            Weights.

        Returns
        -------
        float
        """
        return (magnitude(w) ** self.p).sum() * self.lam / self.p

    def gradient(self, w: Array) -> Array:
        """Gradient of the penalty, ``λ |w|^(p-1) sign(w)``.

        Parameters
        ----------
        w : ndarray
            Weights.

        Returns
        -------
        ndarray, shape of w
        """
        size = np.abs(w)
        slope = np.power(size, self.p - 1, out=np.zeros_like(size), where=size > 0)
        return np.asarray(self.lam * slope * np.sign(w))


class L1(Lp):
    """Penalty ``λ Σ |w|`` on the weights, the lasso's [eq-l1]: it makes weights exactly zero, or nearly.

    Parameters
    ----------
    lam : float
        λ, not negative.

    References
    ----------
    R. Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal Statistical
    Society B 58(1), 1996.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.L1(0.5).gradient(np.array([3.0, -2.0, 0.0]))
    array([ 0.5, -0.5,  0. ])
    """

    settings = ("lam",)

    def __init__(self, lam: float) -> None:
        super().__init__(lam, p=1)

    def gradient(self, w: Array) -> Array:  # noqa: D102
        return np.asarray(self.lam * np.sign(w))


class L2(Lp):
    """Penalty ``(λ/2) Σ w²`` on the weights [eq-l2]: under plain gradient descent, weight decay.

    Parameters
    ----------
    lam : float
        λ, not negative.

    References
    ----------
    A. Krogh and J. A. Hertz, "A simple weight decay can improve generalization", NIPS 1991.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.L2(0.5).gradient(np.array([3.0, -2.0]))
    array([ 1.5, -1. ])
    """

    settings = ("lam",)

    def __init__(self, lam: float) -> None:
        super().__init__(lam, p=2)

    def gradient(self, w: Array) -> Array:  # noqa: D102
        return np.asarray(self.lam * w)


class Dropout(Layer):
    """In training, set each input to 0 with probability p, and divide the others by 1 − p [eq-dropout].

    The division keeps the expected value, so that at test the layer does nothing.

    Parameters
    ----------
    p : float
        Probability of dropping, at least 0 and less than 1.

    Attributes
    ----------
    mask : ndarray, shape (m, n), or None
        What the last `forward` multiplied by: 0 or ``1 / (1 - p)``; None if it was not training.

    Raises
    ------
    ValueError
        If p is out of its range.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a simple way to
    prevent neural networks from overfitting", Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> net = nn.Network([nn.Dropout(0.5), nn.Dense(4, 1)], nn.MeanSquaredError(), seed=1)
    >>> net.layers[0].forward(np.ones((2, 4)), training=True)
    array([[0., 0., 2., 0.],
           [2., 0., 2., 2.]])
    """

    settings = ("p",)

    def __init__(self, p: float) -> None:
        self.p = _probability(p)
        self.mask: Array | None = None

    def initialize(self, rng: np.random.Generator) -> None:  # noqa: D102
        self.rng = rng

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.mask = _mask(self.rng, self.p, A) if training else None
        return A if self.mask is None else A * self.mask

    def backward(self, dA: Array) -> Array:  # noqa: D102
        return dA if self.mask is None else dA * self.mask


class DropConnect(Dense):
    """A dense layer that drops weights in training, where `Dropout` drops units [eq-dropconnect].

    Each step draws one mask for the whole batch. At test the weights are used as they are: their mean.

    Parameters
    ----------
    n_in, n_out : int
        Width before and after the layer.
    p : float
        Probability of dropping a weight, at least 0 and less than 1. The others are divided by 1 − p.
    initializer : callable, default glorot
        Start values of the weights.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Notes
    -----
    Wan et al. draw a mask for each sample, and at test approximate the average of the outputs by samples from
    a normal distribution.

    References
    ----------
    L. Wan, M. Zeiler, S. Zhang, Y. LeCun and R. Fergus, "Regularization of neural networks using
    DropConnect", ICML 2013.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.DropConnect(64, 10, p=0.5)
    DropConnect(64, 10, 0.5)
    """

    settings = ("n_in", "n_out", "p")

    def __init__(self, n_in: int, n_out: int, p: float, initializer: Initializer = glorot) -> None:
        super().__init__(n_in, n_out, initializer)
        self.p = _probability(p)

    def initialize(self, rng: np.random.Generator) -> None:  # noqa: D102
        super().initialize(rng)
        self.rng = rng

    def forward(self, A: Array, training: bool = False) -> Array:  # noqa: D102
        self.A = A
        self.mask = _mask(self.rng, self.p, self.W) if training else 1.0
        self.Z = A @ (self.W * self.mask).T + self.b
        return self.Z

    def backward(self, dA: Array) -> Array:  # noqa: D102
        self.backward_parameters(dA)
        return dA @ (self.W * self.mask)

    def backward_parameters(self, dA: Array) -> None:  # noqa: D102
        super().backward_parameters(dA)
        self.dW *= self.mask


class EarlyStopping(Callback):
    """Stop when the validation cost has not improved for a while, and go back to the best network.

    Parameters
    ----------
    patience : int, default 5
        Epochs without improvement after which training stops.
    min_delta : float, default 0.0
        By how much the cost must fall to count.

    Attributes
    ----------
    best_cost : float
        Lowest validation cost so far.
    best_epoch : int
        Its epoch, counted from 0.

    Raises
    ------
    ValueError
        If a value is out of its range; in `fit`, if there is no validation set.

    References
    ----------
    L. Prechelt, "Early stopping — but when?", in: Neural Networks: Tricks of the Trade, Springer 1998.

    Examples
    --------
    >>> import nnlib as nn
    >>> X_train, X_test, y_train, y_test = nn.datasets.breast_cancer()
    >>> net = nn.Network([nn.Dense(30, 1)], nn.BinaryCrossEntropy())
    >>> stop = nn.EarlyStopping(patience=2)
    >>> history = nn.fit(net, X_train, y_train, nn.SGD(0.5), epochs=500, validation=(X_test, y_test),
    ...                  callbacks=[stop], progress=False)
    >>> len(history.cost) - stop.best_epoch
    3
    """

    def __init__(self, patience: int = 5, min_delta: float = 0.0) -> None:
        if not (isinstance(patience, int) and patience > 0 and 0 <= min_delta < np.inf):
            raise ValueError(
                "patience must be a positive integer and min_delta not negative; "
                f"got {patience!r} and {min_delta}"
            )
        self.patience, self.min_delta = patience, min_delta
        self.best_cost, self.best_epoch = np.inf, -1
        self.best: dict[str, Array] = {}

    def __call__(self, net: Network, history: History) -> bool:
        """Note the newest validation cost; answer whether to stop."""
        if not history.validation_cost:
            raise ValueError("EarlyStopping needs a validation set: fit(..., validation=(X, y))")
        epoch, cost = len(history.validation_cost) - 1, history.validation_cost[-1]
        if cost < self.best_cost - self.min_delta:
            self.best_cost, self.best_epoch, self.best = cost, epoch, net.state()
        return epoch - self.best_epoch >= self.patience

    def finish(self, net: Network) -> None:  # noqa: D102
        if self.best:
            net.load_state(self.best)

    def state(self) -> dict[str, Array]:  # noqa: D102
        return {"best_cost": np.array(self.best_cost), "best_epoch": np.array(self.best_epoch)} | self.best

    def load_state(self, state: dict[str, Array]) -> None:  # noqa: D102
        self.best = dict(state)
        self.best_cost, self.best_epoch = (
            float(self.best.pop("best_cost")),
            int(self.best.pop("best_epoch")),
        )


def _probability(p: float) -> float:
    """Check a probability of dropping."""
    if not 0 <= p < 1:
        raise ValueError(f"p, the probability of dropping, must be at least 0 and less than 1; got {p}")
    return float(p)


def _mask(rng: np.random.Generator, p: float, like: Array) -> Array:
    """Zeros with probability p, else ``1 / (1 - p)``, in the shape and the precision of an array."""
    mask: Array = (rng.random(like.shape, like.real.dtype) >= p).astype(like.real.dtype)
    mask /= 1 - p
    return mask
