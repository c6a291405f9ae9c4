"""The network: layers in a row, a cost at the end, and one vector that holds all the parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .activations import Layer, Part
from .storage import read_arrays, write_arrays

Array = NDArray[Any]


class Network:
    """A feed-forward network: one function ``a = f(x; W, b)``, layer by layer [eq-forward-composition].

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
    penalty : a penalty, optional
        Such as `L2`. It acts on the weights, not the biases, and `backward` adds its gradient.

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
        If there is no layer with parameters, the widths of neighbouring layers do not fit, or the dtype is
        no float.

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
        self,
        layers: Sequence[Layer],
        cost: Any,
        seed: int = 0,
        dtype: DTypeLike = np.float64,
        penalty: Any = None,
    ) -> None:
        self.layers, self.cost, self.penalty = list(layers), cost, penalty
        widths = [layer.n_in for layer in self.layers if layer.n_in is not None]
        if not widths:
            raise ValueError("a network needs at least one layer with parameters, such as Dense")
        if np.dtype(dtype) not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32; got {np.dtype(dtype)}")
        self.n_in = self.n_out = widths[0]
        for layer in self.layers:
            self.n_out = layer.width(self.n_out)
        self.n_parameters = sum(layer.n_parameters for layer in self.layers)
        self.attach(np.zeros(self.n_parameters, dtype))
        self.rng = np.random.default_rng(seed)
        for layer in self.layers:
            layer.initialize(self.rng)

    def attach(self, params: Array) -> None:
        """Let the layers live in this vector of parameters, and in a new one of gradients.

        Parameters
        ----------
        params : ndarray, shape (n_parameters,)
            Used as it is, not copied.
        """
        self.params, self.grads = params, np.zeros_like(params)
        self.weights: list[slice] = []
        start = 0
        for layer in self.layers:
            first = start
            for name, shape in layer.shapes.items():
                start, before = start + math.prod(shape), start
                if name in layer.weights:
                    self.weights.append(slice(before, start))
            layer.attach(self.params[first:start], self.grads[first:start])

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copy's layers come with vectors of their own: make them views again.
        self.__dict__.update(state)
        self.attach(self.params)

    def parameter_names(self) -> list[str]:
        """Names of all the parameters, in the order of `params`.

        Returns
        -------
        list of str

        Examples
        --------
        >>> import nnlib as nn
        >>> nn.Network([nn.Dense(2, 1)], nn.MeanSquaredError()).parameter_names()
        ['layers[0].W[0, 0]', 'layers[0].W[0, 1]', 'layers[0].b[0]']
        """
        return [
            f"layers[{i}].{name}[{', '.join(map(str, index))}]"
            for i, layer in enumerate(self.layers)
            for name, shape in layer.shapes.items()
            for index in np.ndindex(shape)
        ]

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
            The scores. In training, layers write over their arrays in the next step: copy what you keep.
        """
        for layer in self.layers:
            X = layer.forward(X, training)
        return X

    def trace(self, X: ArrayLike) -> list[Array]:
        """Pass samples through the layers and keep what each of them makes.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.

        Returns
        -------
        list of ndarray
            The samples, and the output of each layer in its turn.

        Examples
        --------
        >>> import nnlib as nn
        >>> net = nn.Network([nn.Dense(2, 3), nn.ReLU(), nn.Dense(3, 1)], nn.MeanSquaredError())
        >>> [A.shape for A in net.trace([[1, 2]])]
        [(1, 2), (1, 3), (1, 3), (1, 1)]
        """
        outputs = [self.samples(X)]
        for layer in self.layers:
            outputs.append(layer.forward(outputs[-1]))
        return outputs

    def backward(self, Z: Array, Y: Array) -> float:
        """Fill `grads` with the gradient of cost and penalty, from the last `forward`.

        Parameters
        ----------
        Z : ndarray, shape (m, n_out)
            The scores that `forward` returned.
        Y : ndarray, shape (m, n_out)
            Targets, as ``cost.targets`` gives them.

        Returns
        -------
        float
            The cost, without the penalty.
        """
        value, dA = self.cost.value_and_gradient(Z, Y)
        first, *rest = self.layers
        for layer in reversed(rest):
            dA = layer.backward(dA)
        first.backward_parameters(dA)
        if self.penalty is not None:
            for part in self.weights:
                self.grads[part] += self.penalty.gradient(self.params[part])
        return float(value)

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

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Accuracy for labels; for numbers R², the share of the targets' variance that is explained.

        Parameters
        ----------
        X : array_like, shape (m, n_in)
            Samples as rows.
        y : array_like
            Labels or targets.

        Returns
        -------
        float
            At most 1.
        """
        answers = self.predict(X)
        if answers.dtype.kind != "f":
            return self.accuracy(X, y)
        Y = self.cost.targets(answers, y)
        return float(1 - np.sum((answers - Y) ** 2) / np.sum((Y - Y.mean(axis=0)) ** 2))

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> float:
        """Cost, without the penalty, on samples that need not be those of the training.

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

    def state(self) -> dict[str, Array]:
        """Copies of all that training changes: the parameters, and the running statistics of batch norm.

        Returns
        -------
        dict of str to ndarray
        """
        return {name: array.copy() for name, array in self._arrays().items()}

    def load_state(self, state: dict[str, Array]) -> None:
        """Go back to what `state` gave.

        Parameters
        ----------
        state : dict of str to ndarray
            From this network or one of the same layers.

        Raises
        ------
        ValueError
            If a name is missing or a shape differs.
        """
        for name, array in self._arrays().items():
            if name not in state or state[name].shape != array.shape:
                came = f"shape {state[name].shape}" if name in state else "nothing"
                raise ValueError(f"expected {name} of shape {array.shape}; got {came}")
            array[...] = state[name]

    def _arrays(self) -> dict[str, Array]:
        buffers = ((i, layer, name) for i, layer in enumerate(self.layers) for name in layer.buffers)
        return {"params": self.params} | {
            f"layers[{i}].{name}": getattr(layer, name) for i, layer, name in buffers
        }

    def save(self, path: str | Path) -> None:
        """Write the network to a file: its layers, cost and penalty as JSON, its numbers as arrays.

        Parameters
        ----------
        path : str or Path
            By custom ending in ``.npz``. The file gets its name when it is whole.
        """
        parts = {
            "layers": [[type(layer).__name__, layer.config] for layer in self.layers],
            "cost": [type(self.cost).__name__, self.cost.config],
            "penalty": self.penalty and [type(self.penalty).__name__, self.penalty.config],
        }
        write_arrays(path, parts | {"dtype": str(self.params.dtype)}, self.state())

    @staticmethod
    def load(path: str | Path) -> Network:
        """Read a network that `save` wrote. The file is data: reading it runs none of its contents.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        Network

        Raises
        ------
        ValueError
            If the file is not of this kind, or holds a part that is not known.

        Examples
        --------
        >>> import os, tempfile, nnlib as nn
        >>> net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], nn.BinaryCrossEntropy(), seed=7)
        >>> path = os.path.join(tempfile.mkdtemp(), "net.npz")
        >>> net.save(path)
        >>> nn.Network.load(path).predict_proba([[1, 2]]) == net.predict_proba([[1, 2]])
        array([[ True]])
        """
        header, arrays = read_arrays(path)
        try:
            layers = [Layer.make(name, config) for name, config in header["layers"]]
            cost = Part.make(*header["cost"])
            penalty = header["penalty"] and Part.make(*header["penalty"])
            net = Network(layers, cost, dtype=header["dtype"], penalty=penalty)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} does not describe a network: {error!r}") from error
        net.load_state(arrays)
        return net

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
        rows, n = [("layer", "output", "parameters")], self.n_in
        for layer in self.layers:
            n = layer.width(n)
            rows.append((repr(layer), f"(m, {n})", f"{layer.n_parameters:,}"))
        rows.append(("total", "", f"{self.n_parameters:,}"))
        first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
        return "\n".join(
            f"{name:{max(first, 13)}}  {shape:{second}}  {count:>10}" for name, shape, count in rows
        )

    def __repr__(self) -> str:
        penalty = "" if self.penalty is None else f", penalty={self.penalty!r}"
        return f"Network([{', '.join(map(repr, self.layers))}], cost={self.cost!r}{penalty})"
