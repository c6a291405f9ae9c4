"""Training: the loop from batches to updates; and how sure a measured accuracy is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .network import Network
from .optimizers import Optimizer
from .storage import Checkpoint

Array = NDArray[Any]


@dataclass
class History:
    """What a run of `fit` recorded, epoch by epoch.

    Attributes
    ----------
    cost : list of float
        Mean cost over the samples of each epoch, each batch measured before its update; no penalty.
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

    def plot(self, ax: Any = None) -> Any:
        """Draw the costs by epoch, with `nnlib.plots.learning_curves`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; the current axes if left out.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from .plots import learning_curves

        return learning_curves(self, ax=ax)


class Callback:
    """Something that looks on after each epoch, and may stop the training.

    Any function of a network and a history will do; a class can also act at the end, and keep its state in
    a checkpoint.
    """

    def __call__(self, net: Network, history: History) -> bool | None:
        """Look on after an epoch.

        Parameters
        ----------
        net : Network
            In training.
        history : History
            So far.

        Returns
        -------
        bool or None
            True to stop.
        """
        raise NotImplementedError

    def finish(self, net: Network) -> None:
        """Act when the training is over.

        Parameters
        ----------
        net : Network
            Trained.
        """

    def state(self) -> dict[str, Array]:
        """What a checkpoint must keep.

        Returns
        -------
        dict of str to ndarray
        """
        return {}

    def load_state(self, state: dict[str, Array]) -> None:
        """Go back to what `state` gave.

        Parameters
        ----------
        state : dict of str to ndarray
            From a checkpoint.
        """


def fit(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    seed: int = 0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    callbacks: Sequence[Callable[[Network, History], bool | None]] = (),
    augment: Callable[[Array, np.random.Generator], Array] | None = None,
    checkpoint: str | Path | None = None,
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
    optimizer : Optimizer
        Anything with ``step(params, grads)``.
    epochs : int
        Passes over the samples, in all.
    batch_size : int, default 32
        Samples in each update; the last batch of an epoch may be smaller.
    seed : int, default 0
        Of the order of the samples.
    validation : (X, y), optional
        Samples on which the cost is measured after each epoch.
    callbacks : sequence of callable, default ()
        Called as ``callback(net, history)`` after each epoch; if one answers True, training stops.
    augment : callable, optional
        Called as ``augment(X_batch, rng)``; returns the samples to train on in their place.
    checkpoint : str or Path, optional
        A file to write after each epoch. If it is there already, the run goes on from it, with the same
        result, bit for bit, as a run that was never interrupted.
    progress : bool, default True
        Show a progress bar with the cost, if `tqdm` is installed.

    Returns
    -------
    History

    Raises
    ------
    ValueError, TypeError
        If data do not fit the network, a number is out of range, or the checkpoint is of another run.
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
    smallest = len(X) % batch_size or min(batch_size, len(X))
    for layer in net.layers:
        if smallest < layer.least:
            raise ValueError(
                f"{layer} needs {layer.least} samples in every batch; {len(X)} samples in batches of "
                f"{batch_size} leave a batch of {smallest}"
            )
    Y = net.cost.targets(np.empty((len(X), net.n_out), X.dtype), y)
    rng, history = np.random.default_rng(seed), History()
    kept = {f"callbacks[{i}]": c for i, c in enumerate(callbacks) if isinstance(c, Callback)}
    saved = Checkpoint(checkpoint, {"net": net, "optimizer": optimizer} | kept, [rng, net.rng], vars(history))
    data = zlib.crc32(Y.tobytes(), zlib.crc32(X.tobytes())) if checkpoint is not None else 0
    saved.resume(net=repr(net), optimizer=repr(optimizer), batch_size=batch_size, seed=seed, data=data)
    bar = _bar(range(len(history.cost), epochs)) if progress else range(len(history.cost), epochs)
    for epoch in bar:
        if saved.stopped:
            break
        order, total = rng.permutation(len(X)), 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # the check below finds what matters of it
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                A = X.take(batch, axis=0)
                if augment is not None:
                    A = net.samples(augment(A, rng))
                cost = net.backward(net.forward(A, training=True), Y.take(batch, axis=0))
                if not -np.inf < cost < np.inf:
                    step = epoch * -(-len(X) // batch_size) + start // batch_size
                    raise FloatingPointError(f"the cost is {cost} at step {step}: {optimizer} is too fast")
                total += cost * len(batch)
                optimizer.step(net.params, net.grads)
        history.cost.append(total / len(X))
        if validation is not None:
            history.validation_cost.append(net.evaluate(*validation))
        answers = [callback(net, history) for callback in callbacks]
        saved.stopped = any(answers)
        saved.save()
        if hasattr(bar, "set_postfix_str"):
            bar.set_postfix_str(f"cost {history.cost[-1]:.4f}")
    for callback in kept.values():
        callback.finish(net)
    return history


def _bar(epochs: range) -> range:
    """Wrap a range in tqdm's progress bar, where tqdm is installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return epochs
    return tqdm(epochs, unit="epoch", desc="fit")


def train_test_split(
    X: ArrayLike, y: ArrayLike, test_size: float = 0.2, seed: int = 0, stratify: bool | None = None
) -> tuple[Array, Array, Array, Array]:
    """Hold out a fraction of the samples, chosen at random; of each class the same fraction.

    Parameters
    ----------
    X : array_like, shape (m, ...)
        Samples.
    y : array_like, shape (m, ...)
        Labels or targets.
    test_size : float, default 0.2
        Fraction that is held out, between 0 and 1.
    seed : int, default 0
        Of the choice.
    stratify : bool, optional
        Hold out the same fraction of each class. If left out: yes for whole numbers in a vector y.

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
        In random order.

    Raises
    ------
    ValueError
        If there is not one label for each sample, test_size is out of range, or a side would be left empty
        or without some class.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> X, y = np.arange(10), np.array([0] * 5 + [1] * 5)
    >>> X_train, X_test, y_train, y_test = nn.train_test_split(X, y, test_size=0.4)
    >>> len(X_train), np.bincount(y_test).tolist()
    (6, [2, 2])
    """
    X, y = np.asarray(X), np.asarray(y)
    if not (X.ndim and y.ndim and len(X) == len(y)):
        raise ValueError(f"expected one label for each sample; got {X.shape} and {y.shape}")
    if not 0 < test_size < 1:
        raise ValueError(f"test_size must lie between 0 and 1; got {test_size}")
    if stratify is None:
        stratify = y.ndim == 1 and y.dtype.kind in "biu"
    rng, held_out = np.random.default_rng(seed), np.zeros(len(y), dtype=bool)
    order = rng.permutation(len(y))
    if stratify:
        order = order[np.argsort(y[order], kind="stable")]  # class by class, at random within each
    counts = np.ceil(np.arange(len(y) + 1) * test_size)  # how many of the first i samples are held out
    held_out[order[np.diff(counts) > 0]] = True
    sides = [y[held_out], y[~held_out]]
    if not all(map(len, sides)) or (stratify and any(len(np.unique(s)) < len(np.unique(y)) for s in sides)):
        lack = "without some class" if stratify else "empty"
        raise ValueError(f"test_size {test_size} leaves one side {lack}; {len(y)} samples in all")
    train, test = rng.permutation(np.flatnonzero(~held_out)), rng.permutation(np.flatnonzero(held_out))
    return X[train], X[test], y[train], y[test]


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, n_classes: int | None = None) -> Array:
    """Count how often each class was taken for which.

    Parameters
    ----------
    y_true, y_pred : array_like of int, shape (m,)
        Labels, from 0.
    n_classes : int, optional
        If left out, one more than the largest label.

    Returns
    -------
    ndarray of int64, shape (n_classes, n_classes)
        Row: the true class. Column: the answer.

    Raises
    ------
    ValueError
        If the labels are not whole numbers from 0 to n_classes − 1, as many true ones as answers.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1])
    array([[1, 1],
           [0, 2]])
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    both = np.array([y_true, y_pred]) if y_true.shape == y_pred.shape else np.empty(0)
    if both.ndim != 2 or not both.size or both.dtype.kind not in "biu" or both.min() < 0:
        raise ValueError(
            f"expected two vectors of labels from 0; got {y_true.shape} {y_true.dtype} and "
            f"{y_pred.shape} {y_pred.dtype}"
        )
    K = int(both.max()) + 1 if n_classes is None else n_classes
    if both.max() >= K:
        raise ValueError(f"expected labels from 0 to {K - 1}; got {both.max()}")
    counts = np.zeros((K, K), dtype=np.int64)
    np.add.at(counts, (both[0].astype(np.intp), both[1].astype(np.intp)), 1)
    return counts


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
    from statistics import NormalDist  # slow to import, and needed here alone

    c, p = NormalDist().inv_cdf((1 + confidence) / 2), right / total
    centre = (p + c**2 / (2 * total)) / (1 + c**2 / total)
    half = c / (1 + c**2 / total) * np.sqrt(p * (1 - p) / total + c**2 / (4 * total**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
