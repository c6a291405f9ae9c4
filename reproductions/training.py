"""One way to train a network on MNIST, for all results: a frozen configuration and what a run records."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import nnlib as nn

from .distorting import DISTORTIONS

Array = NDArray[Any]


@dataclass(frozen=True)
class Training:
    """All that decides a run, but for its seed.

    Attributes
    ----------
    sizes : tuple of int
        Widths, from the input to the output.
    epochs, batch_size : int
    learning_rate : float
    optimizer : str
        "SGD" or "Adam".
    momentum : float
        For SGD.
    nesterov : bool
        For SGD.
    cosine : bool
        Let the learning rate fall to 0 along half a cosine.
    activation : str
        Class of nnlib.
    start : float or str
        Of the weights: the standard deviation of a normal distribution, or the name of an initializer.
    start_biases : float
        Standard deviation of the biases' start values.
    cost : str
        "softmax", "sigmoid" (a cross-entropy for each output) or "quadratic" (after a sigmoid).
    lam : float
        λ of the L2 penalty, in nnlib's convention: ``(λ/2) Σ w²`` beside the *mean* loss.
    dropout : (float, float)
        Probability of dropping an input, and a hidden unit.
    batch_norm : bool
        Normalize what enters each hidden activation.
    binary : bool
        Round the pixels to 0 and 1.
    distort : str
        "" or a name in `DISTORTIONS`.
    samples : int
        Train on so many of the 60,000 images, the first ones. The rest are the validation set.
    watch : bool
        Record how what enters one sigmoid of the last hidden layer is spread.
    seeds : int
        How many seeds the page needs.
    """

    sizes: tuple[int, ...]
    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str = "SGD"
    momentum: float = 0.0
    nesterov: bool = False
    cosine: bool = False
    activation: str = "Sigmoid"
    start: float | str = "glorot"
    start_biases: float = 0.0
    cost: str = "softmax"
    lam: float = 0.0
    dropout: tuple[float, float] = (0.0, 0.0)
    batch_norm: bool = False
    binary: bool = False
    distort: str = ""
    samples: int = 60000
    watch: bool = False
    seeds: int = 3

    def run(self, seed: int, checkpoint: Path | None = None, progress: bool = False) -> dict[str, Any]:
        """Train, and report.

        Parameters
        ----------
        seed : int
            Of the start values and of the order of the samples.
        checkpoint : Path, optional
            Where a run that was killed goes on from.
        progress : bool, default False
            Show a progress bar.

        Returns
        -------
        dict
            Curves by epoch, and the cost of the run in seconds, samples and floating point operations.
        """
        X, X_test, y, y_test = mnist(self.binary)
        X, X_held_out, y, y_held_out = (
            X[: self.samples],
            X[self.samples :],
            y[: self.samples],
            y[self.samples :],
        )
        held_out = {"test": (X_test, y_test)}
        if len(X_held_out):
            held_out["validation"] = (X_held_out, y_held_out)
        net = self.network(seed)
        record = Record(held_out, watched(net) if self.watch else None)
        history = nn.fit(
            net,
            X,
            y,
            self.steps(len(X)),
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=seed,
            callbacks=[record],
            augment=DISTORTIONS[self.distort] if self.distort else None,
            checkpoint=checkpoint,
            progress=progress,
        )
        seen = self.epochs * len(X)
        return {
            "curves": {"cost": rounded(history.cost)} | record.curves(),
            "seconds": round(record.seconds, 1),
            "samples": seen,
            "samples_a_second": round(seen / record.seconds),
            "gemm_flops": seen * flops_a_sample(net),
        }

    def steps(self, samples: int) -> nn.Optimizer:
        """Make the optimizer.

        Parameters
        ----------
        samples : int
            In an epoch.

        Returns
        -------
        Optimizer
        """
        rate: Any = self.learning_rate
        if self.cosine:
            rate = nn.Cosine(rate, steps=self.epochs * -(-samples // self.batch_size))
        if self.optimizer == "Adam":
            return nn.Adam(rate)
        return nn.SGD(rate, self.momentum, self.nesterov)

    def network(self, seed: int) -> nn.Network:
        """Make the network.

        Parameters
        ----------
        seed : int
            Of the start values.

        Returns
        -------
        Network
        """
        start = nn.normal(self.start) if isinstance(self.start, float) else getattr(nn, self.start)
        drop_input, drop_hidden = self.dropout
        layers: list[nn.Layer] = [nn.Dropout(drop_input)] if drop_input else []
        for n_in, n_out in pairwise(self.sizes):
            layers.append(nn.Dense(n_in, n_out, start))
            layers += [nn.BatchNorm(n_out)] * self.batch_norm
            layers.append(getattr(nn, self.activation)())
            layers += [nn.Dropout(drop_hidden)] if drop_hidden else []
        while not isinstance(layers[-1], nn.Dense):
            layers.pop()
        if self.cost == "quadratic":
            layers.append(nn.Sigmoid())
        penalty = nn.L2(self.lam) if self.lam else None
        net = nn.Network(layers, COSTS[self.cost](), seed=seed, dtype=np.float32, penalty=penalty)
        for layer in dense(net):
            layer.b[:] = net.rng.normal(scale=self.start_biases, size=layer.b.shape)
        return net


class Quadratic(nn.MeanSquaredError):
    """Squared error for digits: the targets are one-hot, the answer is the largest output."""

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        return nn.CategoricalCrossEntropy().targets(Z, y)

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return Z.argmax(axis=1)


class Sigmoids(nn.BinaryCrossEntropy):
    """A binary cross-entropy for each of the ten digits, added up; the answer is the largest output."""

    def targets(self, Z: Array, y: ArrayLike) -> Array:  # noqa: D102
        return nn.CategoricalCrossEntropy().targets(Z, y)

    def decide(self, Z: Array) -> Array:  # noqa: D102
        return Z.argmax(axis=1)


COSTS: dict[str, Callable[[], nn.Cost]] = {
    "softmax": nn.CategoricalCrossEntropy,
    "sigmoid": Sigmoids,
    "quadratic": Quadratic,
}


class Record(nn.Callback):
    """Errors after each epoch, how many of the ten digits are ever answered, and the seconds of the training.

    Parameters
    ----------
    held_out : dict of str to (X, y)
        What the errors are measured on.
    layer : int, optional
        Record percentiles of the first feature that enters this layer.
    """

    def __init__(self, held_out: dict[str, tuple[Array, Array]], layer: int | None = None) -> None:
        self.held_out, self.layer = held_out, layer
        self.lists: dict[str, list[Any]] = {f"{name}_error": [] for name in held_out} | {"digits": []}
        if layer is not None:
            self.lists["percentiles"] = []
        self.seconds = 0.0
        self.since = time.process_time()

    def __call__(self, net: nn.Network, history: nn.History) -> None:
        """Measure, with the clock stopped."""
        self.seconds += time.process_time() - self.since
        for name, (X, y) in self.held_out.items():
            answers = net.predict(X)
            self.lists[f"{name}_error"].append(100 * np.mean(answers != y))
            if name == "test":
                self.lists["digits"].append(len(np.unique(answers)))
        if self.layer is not None:
            A = net.trace(self.held_out["test"][0][:1000])[self.layer]
            self.lists["percentiles"].append(np.percentile(A[:, 0], [15, 50, 85]))
        self.since = time.process_time()

    def curves(self) -> dict[str, Any]:
        """What was recorded, rounded.

        Returns
        -------
        dict
        """
        return {name: rounded(values) for name, values in self.lists.items()}

    def state(self) -> dict[str, Array]:  # noqa: D102
        return {"seconds": np.array(self.seconds)} | {k: np.array(v) for k, v in self.lists.items()}

    def load_state(self, state: dict[str, Array]) -> None:  # noqa: D102
        self.seconds = float(state["seconds"])
        self.lists = {name: list(state[name]) for name in self.lists}


@cache
def mnist(binary: bool = False) -> tuple[Array, Array, Array, Array]:
    """Load MNIST in float32, once.

    Parameters
    ----------
    binary : bool, default False
        Round the grey values to 0 and 1.

    Returns
    -------
    X_train, X_test, y_train, y_test : ndarray
    """
    X, X_test, y, y_test = nn.datasets.mnist(dtype=np.float32)
    if binary:
        X, X_test = X.round(), X_test.round()
    return X, X_test, y, y_test


def dense(net: nn.Network) -> list[nn.Dense]:
    """List the dense layers of a network.

    Parameters
    ----------
    net : Network

    Returns
    -------
    list of Dense
    """
    return [layer for layer in net.layers if isinstance(layer, nn.Dense)]


def watched(net: nn.Network) -> int:
    """Find the place of the last hidden activation among the layers.

    Parameters
    ----------
    net : Network

    Returns
    -------
    int
    """
    return max(i for i, layer in enumerate(net.layers) if isinstance(layer, nn.Activation))


def flops_a_sample(net: nn.Network) -> int:
    """Count the multiplications and additions in the matrix products of a training step, for each sample.

    Forward, one multiplication and one addition for each weight; backward the same for dW, and again for dA,
    which the first layer does not compute.

    Parameters
    ----------
    net : Network

    Returns
    -------
    int
    """
    sizes = [layer.W.size for layer in dense(net)]
    return 6 * sum(sizes) - 2 * sizes[0]


def rounded(values: Any, digits: int = 4) -> Any:
    """Round to some significant digits, so that the files stay small.

    Parameters
    ----------
    values : array_like
        Numbers.
    digits : int, default 4
        How many.

    Returns
    -------
    list or float
    """
    if np.ndim(values):
        return [rounded(value, digits) for value in values]
    return float(f"{float(values):.{digits}g}")
