"""Data-parallel training on this machine: seconds of a step, measured and modelled.

A step of k workers on a batch of m samples sends each worker the parameters and its samples, and gets a
gradient back:

    T(m, k) = k (τ + 2 b P / B) + m (b n / B + c / k)

with τ seconds for a task, b bytes for a number, P parameters, B bytes a second on the way, n numbers in a
sample and c seconds of computing for a sample. One process without Dask takes m c.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnlib as nn
from nnlib.parallel import DataParallel

from .results import Claim, load
from .training import rounded

Array = NDArray[Any]


@dataclass(frozen=True)
class Scaling:
    """What is measured.

    Attributes
    ----------
    sizes : tuple of int
        Widths of the network.
    workers, batches : tuple of int
        Each number of workers with each batch size.
    steps : int
        Of each; the median counts.
    seeds : int
        How many seeds the page needs.
    """

    sizes: tuple[int, ...] = (784, 512, 512, 10)
    workers: tuple[int, ...] = (1, 2, 4)
    batches: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    steps: int = 7
    seeds: int = 1

    def run(self, seed: int, checkpoint: Path | None = None, progress: bool = False) -> dict[str, Any]:
        """Measure on a local cluster of processes.

        Parameters
        ----------
        seed : int
            Of the samples.
        checkpoint, progress
            Not used.

        Returns
        -------
        dict
            Seconds of a step by batch size: "alone", and for each number of workers. And the model's numbers.
        """
        from distributed import Client, LocalCluster

        rng = np.random.default_rng(seed)
        X = rng.random((max(self.batches), self.sizes[0]), np.float32)
        Y = np.eye(self.sizes[-1], dtype=np.float32)[rng.integers(0, self.sizes[-1], len(X))]
        seconds = {"alone": self.by_batch(self.network(), X, Y)}
        model: dict[str, float] = {"c": seconds["alone"][-1] / self.batches[-1]}
        options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
        for k in self.workers:
            with LocalCluster(n_workers=k, **options) as cluster, Client(cluster) as client:
                seconds[str(k)] = self.by_batch(DataParallel(self.network(), client), X, Y)
                if k == 1:
                    model |= self.transport(client)
        return {
            "curves": {name: rounded(s, 3) for name, s in seconds.items()},
            "model": {name: rounded(number, 3) for name, number in model.items()},
        }

    def network(self) -> nn.Network:
        """Make the network.

        Returns
        -------
        Network
        """
        layers: list[nn.Layer] = []
        for n_in, n_out in pairwise(self.sizes):
            layers += [nn.Dense(n_in, n_out, nn.he), nn.ReLU()]
        return nn.Network(layers[:-1], nn.CategoricalCrossEntropy(), dtype=np.float32)

    def by_batch(self, net: nn.Network, X: Array, Y: Array) -> list[float]:
        """Seconds of a gradient, for each batch size.

        Parameters
        ----------
        net : Network
        X, Y : ndarray
            At least as many samples as the largest batch.

        Returns
        -------
        list of float
        """
        return [
            self.median(lambda m=m: net.backward(net.forward(X[:m], training=True), Y[:m]))  # type: ignore[misc]
            for m in self.batches
        ]

    def transport(self, client: Any) -> dict[str, float]:
        """Measure what a task costs, and how many bytes a second travel there and back.

        Parameters
        ----------
        client : distributed.Client

        Returns
        -------
        dict
        """
        small, large = np.zeros(1, np.float32), np.zeros(2**20, np.float32)
        task = self.median(lambda: client.submit(twice, small, pure=False).result())
        way = self.median(lambda: client.submit(twice, large, pure=False).result())
        return {"tau": task, "B": 2 * large.nbytes / max(way - task, 1e-6)}

    def median(self, step: Callable[[], Any]) -> float:
        """Median of the seconds of a few steps, after one that does not count.

        Parameters
        ----------
        step : callable

        Returns
        -------
        float
        """
        times = []
        for _ in range(self.steps + 1):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        return float(np.median(times[1:]))


def twice(array: Array) -> Array:
    """A task with almost nothing to do.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    ndarray
    """
    return array + array


def modelled(run: dict[str, Any], m: float, k: int) -> float:
    """Seconds of a step by the model of this module.

    Parameters
    ----------
    run : dict
        As stored.
    m : float
        Batch size.
    k : int
        Workers. No more than the machine has processors can compute at once.

    Returns
    -------
    float
    """
    tau, B, c = (run["model"][name] for name in ("tau", "B", "c"))
    sizes, at_once = run["config"]["sizes"], min(k, run["environment"]["cpus"])
    P = sum(n_out * (n_in + 1) for n_in, n_out in pairwise(sizes))
    return k * (tau + 2 * 4 * P / B) + m * (4 * sizes[0] / B + c / at_once)


def pays_from(run: dict[str, Any], k: int) -> float:
    """Batch size from which k workers are faster than one process, by the model; infinite if never.

    Parameters
    ----------
    run : dict
        As stored.
    k : int
        Workers.

    Returns
    -------
    float
    """
    fixed = modelled(run, 0, k)
    gain = run["model"]["c"] - (modelled(run, 1, k) - fixed)
    return fixed / gain if gain > 0 else float("inf")


RUNS = {"local": Scaling()}
CLAIMS: list[Claim] = []


def stored() -> dict[str, Any]:
    """Read the stored measurement.

    Returns
    -------
    dict
    """
    return load("scaling", "local")[0]
