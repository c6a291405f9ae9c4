"""Training: the loop from batches to updates; and how sure a measured accuracy is."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .network import Network
from .optimizers import SGD


@dataclass
class History:
    """What a run of `fit` recorded, epoch by epoch.

    Attributes
    ----------
    cost : list of float
        Mean cost over the batches of each epoch, before the update of each.
    validation_cost : list of float
        Cost on the validation set after each epoch; empty without one.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.History().cost
    []
    """

    cost: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)


def fit(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    optimizer: SGD,
    epochs: int,
    batch_size: int = 32,
    seed: int = 0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    progress: bool = True,
) -> History:
    """Train a network: batch, forward, backward, update; and again.

    Each epoch visits every sample once, in a new random order.

    Parameters
    ----------
    net : Network
        Its parameters are changed in place.
    X : array_like, shape (m, n_in)
        Samples as rows.
    y : array_like
        Targets or labels, as the network's cost takes them.
    optimizer : SGD
        Anything with ``step(params, grads)``.
    epochs : int
        Passes over the samples.
    batch_size : int, default 32
        Samples in each update; the last batch of an epoch may be smaller.
    seed : int, default 0
        Of the order of the samples.
    validation : (X, y), optional
        Samples on which the cost is measured after each epoch.
    progress : bool, default True
        Show a progress bar with the cost, if `tqdm` is installed.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        If data do not fit the network, or a number is out of range.
    FloatingPointError
        If the cost is no longer finite: the run diverges. The message names the step and the learning rate.

    Examples
    --------
    >>> import nnlib as nn
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> net = nn.Network([nn.Dense(2, 4), nn.Tanh(), nn.Dense(4, 1)], nn.BinaryCrossEntropy(), seed=0)
    >>> history = nn.fit(net, X, y, nn.SGD(learning_rate=1.0), epochs=200, batch_size=4, progress=False)
    >>> net.predict(X)
    array([0, 1, 1, 0])
    """
    X = net.samples(X)
    if not (isinstance(epochs, int) and epochs > 0 and isinstance(batch_size, int) and batch_size > 0):
        raise ValueError(
            f"epochs and batch_size must be positive integers; got {epochs!r} and {batch_size!r}"
        )
    Y = net.cost.targets(np.empty((len(X), net.n_out), X.dtype), y)
    rng, history = np.random.default_rng(seed), History()
    bar = _bar(range(epochs)) if progress else range(epochs)
    for epoch in bar:
        order, total = rng.permutation(len(X)), 0.0
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            Z, target = net.forward(X[batch], training=True), Y[batch]
            cost = net.cost.value(Z, target)
            if not np.isfinite(cost):
                step = epoch * -(-len(X) // batch_size) + start // batch_size
                raise FloatingPointError(f"the cost is {cost} at step {step}: {optimizer} is too fast here")
            total += cost * len(batch)
            net.backward(Z, target)
            optimizer.step(net.params, net.grads)
        history.cost.append(total / len(X))
        if validation is not None:
            history.validation_cost.append(net.evaluate(*validation))
        if hasattr(bar, "set_postfix_str"):
            bar.set_postfix_str(f"cost {history.cost[-1]:.4f}")
    return history


def _bar(epochs: range) -> range:
    """Wrap a range in tqdm's progress bar, where tqdm is installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return epochs
    return tqdm(epochs, unit="epoch", desc="fit")


def wilson_interval(right: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Accuracies that are plausible when `right` of `total` test samples were answered [eq-wilson].

    Parameters
    ----------
    right, total : int
        Right answers, and test samples.
    confidence : float, default 0.95
        How often such intervals should hold the true accuracy, between 0 and 1.

    Returns
    -------
    low, high : float

    Raises
    ------
    ValueError
        If the numbers are not counts, or the confidence is not between 0 and 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22(158), 1927.

    Examples
    --------
    >>> import nnlib as nn
    >>> low, high = nn.wilson_interval(110, 114)
    >>> round(low, 3), round(high, 3)
    (0.913, 0.986)
    """
    if not 0 <= right <= total or total < 1:
        raise ValueError(f"expected 0 <= right <= total and a total of at least 1; got {right} and {total}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1; got {confidence}")
    c, p = NormalDist().inv_cdf((1 + confidence) / 2), right / total
    centre = (p + c**2 / (2 * total)) / (1 + c**2 / total)
    half = c / (1 + c**2 / total) * np.sqrt(p * (1 - p) / total + c**2 / (4 * total**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
