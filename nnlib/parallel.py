"""Beyond one machine: the gradient is a sum, so workers can compute its parts. Needs `distributed`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .activations import Layer
from .costs import Cost
from .network import Network
from .regularization import DropConnect, Dropout

if TYPE_CHECKING:
    from distributed import Client

Array = NDArray[Any]
Recipe = tuple[tuple[tuple[type[Layer], tuple[Any, ...]], ...], type[Cost], tuple[Any, ...], str]

_kept = threading.local()  # a worker's network, one for each of its threads


class DataParallel(Network):
    """A network whose gradient is computed by the workers of a Dask cluster, a part of each batch by each.

    It shares all its numbers with the network that it is made from: to train the one is to train the other.
    `fit` and all that goes with it, callbacks, checkpoints, augmentation, works as before, and gives the same
    parameters up to rounding, however many workers there are: the cost is a mean over samples [eq-cost], and
    so the gradient of a batch is the weighted mean of the gradients of its parts.

    Parameters
    ----------
    net : Network
        To be trained. It must not hold a layer that looks at the batch as a whole, or draws a mask for it:
        a part of a batch is another batch.
    client : distributed.Client
        Of a cluster on this machine or on others.
    parts : int, optional
        Into how many parts a batch is cut; if left out, one for each thread of the workers.

    Raises
    ------
    ValueError
        If a layer cannot work on a part of a batch, or parts is not positive.

    Notes
    -----
    In each step the parameters and a part of the batch travel to each worker, and a gradient travels back.
    Tasks carry all that they need, so that Dask can give those of a lost worker to another one.

    Examples
    --------
    >>> import nnlib as nn
    >>> from distributed import Client, LocalCluster  # doctest: +SKIP
    >>> client = Client(LocalCluster(n_workers=2, threads_per_worker=1))  # doctest: +SKIP
    >>> net = nn.Network([nn.Dense(64, 10)], nn.CategoricalCrossEntropy())
    >>> nn.fit(nn.parallel.DataParallel(net, client), X, y, nn.SGD(0.1), epochs=10)  # doctest: +SKIP
    """

    def __init__(self, net: Network, client: Client, parts: int | None = None) -> None:
        for layer in net.layers:
            if layer.buffers or layer.least > 1 or isinstance(layer, Dropout | DropConnect):
                raise ValueError(f"{layer} does something else on a part of a batch than on the whole")
        if parts is not None and not parts > 0:
            raise ValueError(f"parts must be a positive integer; got {parts!r}")
        self.__dict__.update(net.__dict__)
        self.client, self.n_parts = client, parts
        self.recipe: Recipe = (
            tuple((type(layer), tuple(layer.config.items())) for layer in net.layers),
            type(net.cost),
            tuple(net.cost.config.items()),
            str(net.params.dtype),
        )

    def forward(self, X: Array, training: bool = False) -> Array:
        """Pass samples through the layers; in training that is left to the workers.

        Parameters
        ----------
        X : ndarray, shape (m, n_in)
            Samples as rows.
        training : bool, default False
            Is this a step of training?

        Returns
        -------
        ndarray
            The scores, of shape (m, n_out); in training the samples themselves, for `backward`.
        """
        return X if training else super().forward(X)

    def backward(self, Z: Array, Y: Array) -> float:
        """Fill `grads` with the gradient of cost and penalty: a weighted sum of the workers' gradients.

        Parameters
        ----------
        Z : ndarray, shape (m, n_in)
            The samples that `forward` returned.
        Y : ndarray, shape (m, n_out)
            Targets.

        Returns
        -------
        float
            The cost, without the penalty.
        """
        n_parts = self.n_parts or max(1, sum(self.client.nthreads().values()))
        pieces = [piece for piece in np.array_split(np.arange(len(Z)), n_parts) if len(piece)]
        with _large_tasks():
            futures = [
                self.client.submit(part_gradient, self.recipe, self.params, Z[piece], Y[piece], pure=False)
                for piece in pieces
            ]
        cost, self.grads[:] = 0.0, 0
        # In the order of the parts, not of their coming, so that the sum is always the same.
        for piece, (value, grads) in zip(pieces, self.client.gather(futures), strict=True):
            share = len(piece) / len(Z)
            cost += share * value
            self.grads += self.grads.dtype.type(share) * grads
        if self.penalty is not None:
            for weights in self.weights:
                self.grads[weights] += self.penalty.gradient(self.params[weights])
        return cost


def part_gradient(recipe: Recipe, params: Array, X: Array, Y: Array) -> tuple[float, Array]:
    """Compute cost and gradient on a part of a batch; what a worker does.

    Parameters
    ----------
    recipe : tuple
        Of what kind the layers and the cost are.
    params : ndarray, shape (n_parameters,)
    X : ndarray, shape (m, n_in)
        Samples.
    Y : ndarray, shape (m, n_out)
        Targets.

    Returns
    -------
    cost : float
    grads : ndarray, shape (n_parameters,)
        Of the mean over these samples.
    """
    if getattr(_kept, "recipe", None) != recipe:
        layers, cost, settings, dtype = recipe
        made = [kind(**dict(config)) for kind, config in layers]
        _kept.net, _kept.recipe = Network(made, cost(**dict(settings)), dtype=dtype), recipe
    net: Network = _kept.net
    net.params[:] = params
    cost_here = net.backward(net.forward(X, training=True), Y)
    return cost_here, net.grads.copy()


def _large_tasks() -> AbstractContextManager[Any]:
    """Let tasks carry arrays without a warning: data left with a worker beforehand would die with it."""
    import dask

    return dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})


def search(
    client: Client, score: Callable[..., float], configurations: Sequence[Mapping[str, Any]]
) -> list[tuple[dict[str, Any], float]]:
    """Try many configurations, each by one task of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Of a cluster on this machine or on others.
    score : callable
        Called with the settings of a configuration by name; returns a number, the larger the better.
    configurations : sequence of mappings
        Settings by name.

    Returns
    -------
    list of (configuration, score)
        The best first; those that are equal in the order in which they came.

    Examples
    --------
    >>> search(client, lambda width: -abs(width - 30), [{"width": 16}, {"width": 32}])  # doctest: +SKIP
    [({'width': 32}, -2), ({'width': 16}, -14)]
    """
    futures = client.map(partial(_call, score), [dict(c) for c in configurations], pure=False)
    tried = zip((dict(c) for c in configurations), client.gather(futures), strict=True)
    return sorted(tried, key=lambda pair: -pair[1])


def _call(score: Callable[..., float], configuration: dict[str, Any]) -> float:
    """Score a configuration."""
    return score(**configuration)
