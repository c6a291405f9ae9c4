"""Glorot and Bengio 2010, He et al. 2015: how start weights carry variance through a deep network.

Glorot and Bengio watch the Jacobian of a layer, ∂z⁽ⁱ⁺¹⁾/∂z⁽ⁱ⁾, of a tanh network of five hidden layers of
1,000 units: its mean singular value, which is about 0.8 with their initialization and 0.5 with the one that
was usual. He et al. derive that a ReLU halves the variance, so that Glorot's weights lose a factor of 2 a
layer and their own none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnlib as nn

from .results import Claim, load
from .training import dense, mnist, rounded

Array = NDArray[Any]


@dataclass(frozen=True)
class Depths:
    """A deep network that is measured before any training.

    Attributes
    ----------
    start : str
        Initializer: of nnlib, or "usual", uniform between ±1/√n.
    activation : str
        Class of nnlib.
    width, depth : int
        Units in a hidden layer, and hidden layers.
    samples : int
        Images that are sent through.
    jacobian : bool
        Compute singular values, too.
    seeds : int
        How many seeds the page needs.
    """

    start: str
    activation: str
    width: int
    depth: int
    samples: int = 300
    jacobian: bool = False
    seeds: int = 3

    def run(self, seed: int, checkpoint: Path | None = None, progress: bool = False) -> dict[str, Any]:
        """Measure.

        Parameters
        ----------
        seed : int
            Of the start values and of the choice of images.
        checkpoint, progress
            Not used: it takes seconds.

        Returns
        -------
        dict
            Layer by layer: the mean square of what enters the activations, and of the gradient there; both
            relative to the first. And the mean singular value of the Jacobian of each layer.
        """
        X, _, y, _ = mnist()
        chosen = np.random.default_rng(seed).permutation(len(X))[: self.samples]
        net = self.network(seed)
        net.backward(
            net.forward(X[chosen], training=True), net.cost.targets(np.empty((self.samples, 10)), y[chosen])
        )
        hidden = dense(net)[:-1]
        forward = np.array([np.mean(layer.Z.astype(np.float64) ** 2) for layer in hidden])
        backward = np.array([np.mean(layer.dZ.astype(np.float64) ** 2) for layer in hidden])
        curves = {
            "forward": rounded(forward / forward[0]),
            "backward": rounded(backward / backward[-1]),
        }
        if self.jacobian:
            slopes = [getattr(nn, self.activation)() for _ in hidden]
            curves["singular"] = rounded(
                [
                    np.mean([singular(after, slope, row) for row in before.Z[:5]])
                    for before, after, slope in zip(hidden, hidden[1:], slopes, strict=False)
                ]
            )
        return {"curves": curves}

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
        start = usual if self.start == "usual" else getattr(nn, self.start)
        layers: list[nn.Layer] = []
        n_in = 784
        for _ in range(self.depth):
            layers += [nn.Dense(n_in, self.width, start), getattr(nn, self.activation)()]
            n_in = self.width
        return nn.Network(
            [*layers, nn.Dense(n_in, 10, start)], nn.CategoricalCrossEntropy(), seed=seed, dtype=np.float32
        )


def usual(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw uniform start weights between ±1/√n_in: the heuristic that Glorot and Bengio start from.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n_in, n_out : int
        Width before and after the layer.

    Returns
    -------
    ndarray of float64, shape (n_out, n_in)
    """
    return rng.uniform(-1, 1, size=(n_out, n_in)) / np.sqrt(n_in)


def singular(layer: nn.Dense, activation: Any, z: Array) -> float:
    """Mean singular value of ``∂z'/∂z = W diag(φ'(z))``.

    Parameters
    ----------
    layer : Dense
        The layer that follows.
    activation : Activation
        φ.
    z : ndarray, shape (n,)
        What enters φ.

    Returns
    -------
    float
    """
    slope = activation.derivative(z.astype(np.float64))
    return float(np.linalg.svd(layer.W * slope, compute_uv=False).mean())


RUNS = {
    "tanh-glorot": Depths("glorot", "Tanh", 1000, 5, jacobian=True),
    "tanh-usual": Depths("usual", "Tanh", 1000, 5, jacobian=True),
    "relu-he": Depths("he", "ReLU", 1000, 30),
    "relu-glorot": Depths("glorot", "ReLU", 1000, 30),
}


def factor(variant: str, direction: str) -> list[float]:
    """By how much the variance is multiplied in each layer, on the (geometric) average over the depth."""
    curves = [run["curves"][direction] for run in load("initialisation", variant)]
    ends = [(c[0], c[-1]) if direction == "forward" else (c[-1], c[0]) for c in curves]
    return [(end / begin) ** (1 / (len(c) - 1)) for c, (begin, end) in zip(curves, ends, strict=True)]


def ratio(variant: str) -> list[float]:
    """Mean singular value of the layers' Jacobians."""
    return [float(np.mean(run["curves"]["singular"])) for run in load("initialisation", variant)]


CLAIMS = [
    Claim(
        "tanh, Glorot's start values: mean singular value of a layer's Jacobian",
        "section 4.2.2",
        partial(ratio, "tanh-glorot"),
        published=0.8,
        tolerance=0.05,
        unit="",
    ),
    Claim(
        "tanh, the usual start values: the same",
        "section 4.2.2",
        partial(ratio, "tanh-usual"),
        published=0.5,
        tolerance=0.05,
        unit="",
    ),
    Claim(
        "ReLU, He's start values: variance forward, factor for each layer",
        "section 2.2",
        partial(factor, "relu-he", "forward"),
        published=1.0,
        tolerance=0.05,
        unit="",
    ),
    Claim(
        "ReLU, He's start values: variance backward",
        "section 2.2",
        partial(factor, "relu-he", "backward"),
        published=1.0,
        tolerance=0.05,
        unit="",
    ),
    Claim(
        "ReLU, Glorot's start values: variance forward",
        "section 2.2",
        partial(factor, "relu-glorot", "forward"),
        published=0.5,
        tolerance=0.05,
        unit="",
    ),
]
