"""Figures that answer back, in JupyterLab and on a static page that has no kernel behind it."""

from __future__ import annotations

import itertools
import json
import math
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from .. import activations, costs, datasets, layers, network, regularization
from ..perceptron import Perceptron, _samples
from . import drawing

_HERE = Path(__file__).parent
_CLOUDS = [
    [-1.8, 0.9], [-1.2, 1.7], [-0.9, 0.3], [-2.2, -0.4], [-0.4, 1.2], [-1.5, -1.1],
    [1.6, -0.8], [0.9, -1.7], [2.1, 0.2], [1.3, 0.6], [0.4, -0.9], [2.2, -1.6],
]  # fmt: skip


def _module(name: str) -> str:
    """Return an explorable's module with the modules that it imports from this folder written into it.

    A widget's JavaScript must be one file. Imports here are of one form, ``import { a, b } from "./c.js";``.
    """

    def read(file: str) -> str:
        source = (_HERE / f"{file}.js").read_text(encoding="utf-8")
        # The comments stay in the repository: the page does not need them.
        return re.sub(r"^ *(/\*\*(?:[^*]|\*(?!/))*\*/|// .*)\n", "", source, flags=re.MULTILINE)

    def inline(match: re.Match[str]) -> str:
        return re.sub(r"^export (?=const|function|class)", "", read(match[1]), flags=re.MULTILINE)

    return re.sub(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', inline, read(name), flags=re.MULTILINE)


def _style(name: str) -> str:
    """Return the style that all explorables share, and that of one of them."""
    return "".join((_HERE / f"{file}.css").read_text(encoding="utf-8") for file in ("ui", name))


def _number(name: str, value: Any, low: float, high: float, whole: bool = False) -> Any:
    """Check that a number lies between two others."""
    number = int(value) if whole and float(value).is_integer() else float(value)
    kind = "a whole number" if whole else "a number"
    if not low <= number <= high or (whole and not isinstance(number, int)):
        raise ValueError(f"{name} must be {kind} from {low:g} to {high:g}; got {value}")
    return number


def _word(name: str, value: str, words: Sequence[str]) -> str:
    """Check that a word is one of those known."""
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}; got {value!r}")
    return value


def _plane(X: ArrayLike, most: int) -> list[list[float]]:
    """Check points of the plane and return them as lists."""
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != 2 or not 1 <= len(X) <= most:
        raise ValueError(f"expected points (m, 2) with m from 1 to {most}; got shape {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError("the points hold NaN or infinity")
    return X.tolist()


def _classes(y: ArrayLike, m: int, most: int) -> list[int]:
    """Check one class for each of m points and return them as a list."""
    y = np.asarray(y)
    if y.shape != (m,) or y.dtype.kind not in "biu" or y.min() < 0 or y.max() >= most:
        raise ValueError(f"expected {m} labels from 0 to {most - 1}; got shape {y.shape}, dtype {y.dtype}")
    return y.astype(int).tolist()


class PerceptronExplorable(anywidget.AnyWidget):
    """A perceptron with two inputs whose line, points and learning rule the reader can move.

    Drag the line, the tip of its arrow or a point; or use the sliders, and the arrow keys on a point. The
    button *One update* applies Rosenblatt's rule [eq-perceptron-rule] to the next mistake. The text below
    the picture says what it shows: mistakes, the pre-activation z of one point, and the bound
    [eq-novikoff] on the number of updates.

    Parameters
    ----------
    X : array_like, shape (m, 2), optional
        Points between −3 and 3; two clouds if left out.
    y : array_like of int, shape (m,), optional
        Their labels, 0 and 1 or −1 and +1.
    w : array_like, shape (2,), default (1, 1)
        Weights to begin with.
    b : float, default 0
        Bias to begin with.
    learning_rate : float, default 1
        η of the rule.

    Attributes
    ----------
    w, b, points, labels, updates
        What the figure shows now, labels as 0 and 1; in a running notebook the reader's changes arrive here.

    Raises
    ------
    ValueError
        If the points do not have two features and one label each, ``w`` not two weights, or a value is
        not finite.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.PerceptronExplorable([[0, 0], [1, 1]], [0, 1])
    PerceptronExplorable(2 points)
    """

    _esm = _module("perceptron")
    _css = (_HERE / "perceptron.css").read_text(encoding="utf-8")
    w = traitlets.List(traitlets.Float()).tag(sync=True)
    b = traitlets.Float().tag(sync=True)
    points = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    updates = traitlets.Int(0).tag(sync=True)
    learning_rate = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        w: ArrayLike = (1.0, 1.0),
        b: float = 0.0,
        learning_rate: float = 1.0,
    ) -> None:
        if (X is None) != (y is None):
            raise ValueError("expected points X and their labels y together; got one without the other")
        if X is None or y is None:
            X, y = _CLOUDS, [0] * 6 + [1] * 6
        X, s = _samples(X, y)
        unit = Perceptron(w, b)
        if X.shape[1] != 2 or unit.w.size != 2:
            raise ValueError(f"expected points (m, 2) and two weights; got {X.shape} and {unit.w.size}")
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive; got {learning_rate}")
        super().__init__(
            points=X.tolist(),
            labels=(s > 0).astype(int).tolist(),
            w=unit.w.tolist(),
            b=unit.b,
            learning_rate=float(learning_rate),
        )

    def __repr__(self) -> str:
        return f"PerceptronExplorable({len(self.points)} points)"


_ACTIVATIONS = ("Identity", "Step", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "Softsign")
_COSTS = (
    "MeanSquaredError", "MeanAbsoluteError", "Huber", "Hinge",
    "BinaryCrossEntropy", "CategoricalCrossEntropy",
)  # fmt: skip


class ActivationExplorable(anywidget.AnyWidget):
    """An activation function, its slope, and the gradient that survives a chain of such units.

    Drag the point on the curve, or use the arrow keys on it; choose the function, the length n of the chain
    and the weight w before each unit. The second picture shows the size of the gradient after each unit,
    on a logarithmic scale; the table sets all the functions side by side.

    Parameters
    ----------
    activation : str, default "Sigmoid"
        Name of an activation of nnlib.
    z : float, default 0.5
        Where the point stands, between −6 and 6.
    n : int, default 10
        Length of the chain ``a ← f(w a)``, which begins at ``a = z``; from 1 to 50.
    w : float, default 1
        Weight before each unit, between −4 and 4.

    Attributes
    ----------
    activation, z, n, w
        What the figure shows now; in a running notebook the reader's changes arrive here.

    Raises
    ------
    ValueError
        If the activation is not known, or a number is out of range.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.ActivationExplorable("Tanh", n=20)
    ActivationExplorable('Tanh', z=0.5, n=20, w=1)
    """

    _esm = _module("activation")
    _css = _style("activation")
    activation = traitlets.Unicode().tag(sync=True)
    z = traitlets.Float().tag(sync=True)
    n = traitlets.Int().tag(sync=True)
    w = traitlets.Float().tag(sync=True)

    def __init__(self, activation: str = "Sigmoid", z: float = 0.5, n: int = 10, w: float = 1.0) -> None:
        super().__init__(
            activation=_word("activation", activation, _ACTIVATIONS),
            z=_number("z", z, -6, 6),
            n=_number("n", n, 1, 50, whole=True),
            w=_number("w", w, -4, 4),
        )

    def __repr__(self) -> str:
        return f"ActivationExplorable({self.activation!r}, z={self.z:g}, n={self.n}, w={self.w:g})"


class ForwardExplorable(anywidget.AnyWidget):
    """A drawn network in which every input, weight and bias can be changed, and every z and a is shown.

    Choose an input, a line or a unit by mouse, finger or Tab, and move the slider or press the arrow keys.
    The text writes out the weighted sum of the chosen unit with its numbers.

    Parameters
    ----------
    net : Network, optional
        Dense layers with one kind of activation between them; at most four dense layers of at most six
        units, and at most six inputs. A network with three hidden tanh units if left out.
    x : array_like, shape (n_in,), optional
        Inputs to begin with; between −1 and 1 if left out.

    Attributes
    ----------
    x, params, activation
        Inputs, parameter vector in the order of `Network.params`, and name of the activation.

    Raises
    ------
    ValueError
        If the network is of another form or too large to draw, or the inputs do not fit.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 1)], nn.MeanSquaredError())
    >>> nn.widgets.ForwardExplorable(net, x=[1, -2])
    ForwardExplorable(2-2-1, ReLU)
    """

    _esm = _module("forward")
    _css = _style("forward")
    sizes = traitlets.List(traitlets.Int()).tag(sync=True)
    activation = traitlets.Unicode().tag(sync=True)
    cost = traitlets.Unicode().tag(sync=True)
    params = traitlets.List(traitlets.Float()).tag(sync=True)
    x = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(self, net: network.Network | None = None, x: ArrayLike | None = None) -> None:
        if net is None:
            parts = [layers.Dense(2, 3), activations.Tanh(), layers.Dense(3, 1)]
            net = network.Network(parts, costs.BinaryCrossEntropy())
            net.params[:] = [1, -0.5, -1.2, 0.8, 0.6, 1.5, 0.1, 0, -0.3, 1.5, -1, 0.7, 0.2]
            x = (0.5, -1.0) if x is None else x
        dense = [layer for layer in net.layers if isinstance(layer, layers.Dense)]
        between = {repr(layer) for layer in net.layers[1::2]}
        known = {f"{name}()": name for name in _ACTIVATIONS} | {"LeakyReLU(0.01)": "LeakyReLU"}
        if (
            len(net.layers) != 2 * len(dense) - 1
            or net.layers[::2] != dense
            or len(between) > 1
            or not between <= known.keys()
            or type(net.cost).__name__ not in _COSTS
        ):
            raise ValueError(f"expected Dense layers with one kind of activation between them; got {net}")
        sizes = [dense[0].n_in, *(layer.n_out for layer in dense)]
        if len(dense) > 4 or max(sizes) > 6:
            raise ValueError(
                f"expected at most 4 dense layers, and 6 units in each; got {'-'.join(map(str, sizes))}"
            )
        x = np.linspace(-1, 1, sizes[0]) if x is None else np.asarray(x, dtype=np.float64)
        if x.shape != (sizes[0],) or not np.isfinite(x).all():
            raise ValueError(f"expected {sizes[0]} finite inputs; got shape {x.shape}")
        super().__init__(
            sizes=sizes,
            activation=known[between.pop()] if between else "Identity",
            cost=type(net.cost).__name__,
            params=net.params.tolist(),
            x=x.tolist(),
        )

    def __repr__(self) -> str:
        return f"ForwardExplorable({'-'.join(map(str, self.sizes))}, {self.activation})"


class CostExplorable(anywidget.AnyWidget):
    """Lines fitted to points under three costs; drag a point away, and see which lines follow it.

    The lines are those of least squared error, absolute error and Huber's cost. The second picture shows
    the loss against the residual, with a mark for the point that was touched last.

    Parameters
    ----------
    points : array_like, shape (m, 2), optional
        Between 0 and 10; nine near a line and an outlier if left out. From 3 to 60 points.
    delta : float, default 1
        Where Huber's cost turns from a square to a straight line; between 0.1 and 5.

    Attributes
    ----------
    points, delta
        What the figure shows now; in a running notebook the reader's changes arrive here.

    Raises
    ------
    ValueError
        If the points are not three or more in the plane with two different x, or lie outside, or delta is
        out of range.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.CostExplorable([[0, 1], [5, 6], [10, 11 - 1]], delta=0.5)
    CostExplorable(3 points, delta=0.5)
    """

    _esm = _module("cost")
    _css = _style("cost")
    points = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    delta = traitlets.Float().tag(sync=True)

    def __init__(self, points: ArrayLike | None = None, delta: float = 1.0) -> None:
        if points is None:
            points = [
                [0.5, 2.2], [1.5, 2.5], [2.4, 3.4], [3.3, 3.5], [4.4, 4.6],
                [5.4, 4.8], [6.5, 5.9], [7.5, 6.2], [8.5, 7.1], [9.3, 1.0],
            ]  # fmt: skip
        rows = _plane(points, 60)
        if len(rows) < 3 or not 0 <= np.min(rows) <= np.max(rows) <= 10 or len({x for x, _ in rows}) < 2:
            raise ValueError("expected at least three points between 0 and 10, with two different x")
        super().__init__(points=rows, delta=_number("delta", delta, 0.1, 5))

    def __repr__(self) -> str:
        return f"CostExplorable({len(self.points)} points, delta={self.delta:g})"


class GraphExplorable(anywidget.AnyWidget):
    """The computational graph of an expression, stepped forward and backward, with numbers on the edges.

    The reader may edit the expression: ``+ - * / ^``, parentheses, and exp, log, sqrt, sin, cos, abs, tanh,
    sigmoid, relu, max, min; a product sign may be left out, as in ``(x + y) z``. Each name is one variable,
    with a slider. Values stand above the edges, gradients below; where a variable goes more than one way,
    the gradients that come back are added.

    Parameters
    ----------
    expression : str, default "(x + y) z"
        What to draw; at most 40 nodes.
    values : dict of str to float, optional
        Of the variables; 1 for those left out. x = −2, y = 5 and z = −4 for the default expression.

    Attributes
    ----------
    expression, values, step
        What the figure shows now; step counts the operations forward, then those backward.

    Raises
    ------
    ValueError
        If the expression is empty or longer than 200 characters, or a value is not finite. What is wrong
        with an expression otherwise, the figure itself says.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.GraphExplorable("sigmoid(w x + b)", {"w": 2, "x": 1, "b": -1})
    GraphExplorable('sigmoid(w x + b)')
    """

    _esm = _module("graph")
    _css = _style("graph")
    expression = traitlets.Unicode().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(self, expression: str = "(x + y) z", values: dict[str, float] | None = None) -> None:
        if values is None:
            values = {"x": -2.0, "y": 5.0, "z": -4.0} if expression == "(x + y) z" else {}
        if not expression.strip() or len(expression) > 200:
            raise ValueError(f"expected an expression of 1 to 200 characters; got {len(expression)}")
        if not all(math.isfinite(value) for value in values.values()):
            raise ValueError(f"the values must be finite; got {values}")
        super().__init__(expression=expression, values={k: float(v) for k, v in values.items()})

    def __repr__(self) -> str:
        return f"GraphExplorable({self.expression!r})"


class RegularizationExplorable(anywidget.AnyWidget):
    """One sigmoid unit on polynomial features of few points: weights, zeros and boundary against λ.

    Move λ by its slider or by the upright line in the graphs; choose L1 or L2 and the degree of the
    polynomial. The cost is convex, so that every picture shows *the* best weights. Shown are the boundary,
    each weight against λ, the cost on training and test points against λ, and the weights as bars, with a
    cross for each that is exactly zero.

    Parameters
    ----------
    penalty : {"L2", "L1"}, default "L2"
        L2 is ``λ/2 Σ w²``, L1 is ``λ Σ |w|``; the bias is left out.
    lam : float, default 0.01
        λ, between 1e-4 and 1.
    degree : int, default 6
        Of the polynomial, from 1 to 8.
    n_samples : int, default 30
        Training points, from `datasets.moons`; 4 to 200.
    noise : float, default 0.35
        Their noise, and that of the 400 test points that the page makes.
    seed : int, default 0
        Of the points.

    Attributes
    ----------
    penalty, lam, degree, params
        What the figure shows now. `params` are the weights, in the order of the features x₁, x₂, x₁², x₁x₂,
        x₂², …, each standardized over the training points; the bias comes last.
    points, labels
        The training points.

    Raises
    ------
    ValueError
        If the penalty is not known, or a number is out of range.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.RegularizationExplorable("L1", lam=0.05)
    RegularizationExplorable('L1', lam=0.05, degree=6)
    """

    _esm = _module("regularization")
    _css = _style("regularization")
    penalty = traitlets.Unicode().tag(sync=True)
    lam = traitlets.Float().tag(sync=True)
    degree = traitlets.Int().tag(sync=True)
    points = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    noise = traitlets.Float().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    params = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        penalty: str = "L2",
        lam: float = 0.01,
        degree: int = 6,
        n_samples: int = 30,
        noise: float = 0.35,
        seed: int = 0,
    ) -> None:
        m = _number("n_samples", n_samples, 4, 200, whole=True)
        X, y = datasets.moons(m, _number("noise", noise, 0, 2), seed)
        super().__init__(
            penalty=_word("penalty", penalty, ("L1", "L2")),
            lam=_number("lam", lam, 1e-4, 1),
            degree=_number("degree", degree, 1, 8, whole=True),
            points=X.round(3).tolist(),
            labels=y.tolist(),
            noise=float(noise),
            seed=_number("seed", seed, 0, 2**31 - 2, whole=True),
        )

    def __repr__(self) -> str:
        return f"RegularizationExplorable({self.penalty!r}, lam={self.lam:g}, degree={self.degree})"


class PlaygroundExplorable(anywidget.AnyWidget):
    """A network that trains while you look: data, layers, optimizer and penalty are the reader's choice.

    Play, pause or make one step. The plane shows the decision surface, or that of any unit that is chosen
    in the drawing of the network; its weights can be changed by hand. Points are set by a click or tap, or
    come as rows of text or a CSV file. The playground exports itself as a program for nnlib, with its data
    and weights, and loads such a program back. The address of the page follows the settings, so that a
    configuration can be linked: ``chapter.html#playground:data=xor&hidden=4&…``.

    Parameters
    ----------
    data : str, default "moons"
        "moons", "circles", "xor", "spirals", "three arms" or "clouds", made in the page by the formulas of
        `nnlib.datasets` and a generator of its own; or "own" for X and y.
    hidden : sequence of int, default (4, 4)
        Widths of the hidden layers: up to four, of 1 to 8 units.
    activation : str, default "Tanh"
        Name of an activation of nnlib.
    cost : str, default "BinaryCrossEntropy"
        Name of a cost of nnlib. With three classes it is the categorical cross-entropy in any case.
    optimizer : {"SGD", "Adam"}, default "SGD"
        Name of an optimizer of nnlib.
    learning_rate : float, default 0.1
        η, from 1e-6 to 100.
    momentum : float, default 0
        Of SGD, from 0 to 0.999.
    batch_size : int, default 20
        Samples in each update, up to 1000.
    penalty : {"none", "L1", "L2"}, default "none"
        On the weights, not the biases.
    lam : float, default 0
        λ of the penalty, from 0 to 10.
    dropout : float, default 0
        Probability with which a hidden unit is dropped in training, up to 0.9.
    n_samples, noise, test_size, seed : optional
        Number of points (4 to 1000, default 200), their noise (by default as much as suits the data set),
        the share that is held out for the test (default 0.3), and the seed of points, start weights and
        batches.
    X, y : array_like, shapes (m, 2) and (m,), optional
        Your own points and their classes 0, 1, 2.
    name : str, default "playground"
        What the address of the page calls it; give each playground of a page a name of its own.

    Attributes
    ----------
    data, hidden, activation, cost, optimizer, learning_rate, momentum, batch_size, penalty, lam, dropout
        The settings, as above; and n_samples, noise, test_size, seed.
    points, labels, held_out, params, steps
        The points with their classes, which of them are held out, the parameter vector and the number of
        updates; in a running notebook they arrive when the playground pauses.

    Raises
    ------
    ValueError
        If a word is not known, a number is out of range, or the points do not fit.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.PlaygroundExplorable("spirals", hidden=(8, 8), optimizer="Adam", learning_rate=0.01)
    PlaygroundExplorable('spirals', 2-8-8-1, Tanh, Adam)
    """

    _esm = _module("playground")
    _css = _style("playground")
    data = traitlets.Unicode().tag(sync=True)
    hidden = traitlets.List(traitlets.Int()).tag(sync=True)
    activation = traitlets.Unicode().tag(sync=True)
    cost = traitlets.Unicode().tag(sync=True)
    optimizer = traitlets.Unicode().tag(sync=True)
    learning_rate = traitlets.Float().tag(sync=True)
    momentum = traitlets.Float().tag(sync=True)
    batch_size = traitlets.Int().tag(sync=True)
    penalty = traitlets.Unicode().tag(sync=True)
    lam = traitlets.Float().tag(sync=True)
    dropout = traitlets.Float().tag(sync=True)
    n_samples = traitlets.Int().tag(sync=True)
    noise = traitlets.Float().tag(sync=True)
    test_size = traitlets.Float().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    points = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    held_out = traitlets.List(traitlets.Bool()).tag(sync=True)
    params = traitlets.List(traitlets.Float()).tag(sync=True)
    steps = traitlets.Int(0).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        data: str = "moons",
        hidden: Sequence[int] = (4, 4),
        activation: str = "Tanh",
        cost: str = "BinaryCrossEntropy",
        optimizer: str = "SGD",
        learning_rate: float = 0.1,
        momentum: float = 0.0,
        batch_size: int = 20,
        penalty: str = "none",
        lam: float = 0.0,
        dropout: float = 0.0,
        n_samples: int = 200,
        noise: float | None = None,
        test_size: float = 0.3,
        seed: int = 0,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        name: str = "playground",
    ) -> None:
        if (X is None) != (y is None) or (data == "own" and X is None):
            raise ValueError("expected points X and their labels y together; got one without the other")
        points: list[list[float]] = []
        labels: list[int] = []
        if X is not None and y is not None:
            data, points = "own", _plane(X, 1000)
            labels = _classes(y, len(points), 3)
        usual = {
            "moons": 0.1,
            "circles": 0.1,
            "xor": 0,
            "spirals": 0.02,
            "three arms": 0.02,
            "clouds": 0.1,
            "own": 0,
        }
        if len(hidden) > 4:
            raise ValueError(f"expected at most four hidden layers; got {len(hidden)}")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise ValueError(f"name must be of small letters, digits and hyphens; got {name!r}")
        super().__init__(
            data=_word("data", data, tuple(usual)),
            hidden=[_number("hidden", width, 1, 8, whole=True) for width in hidden],
            activation=_word("activation", activation, _ACTIVATIONS),
            cost=_word("cost", cost, _COSTS),
            optimizer=_word("optimizer", optimizer, ("SGD", "Adam")),
            learning_rate=_number("learning_rate", learning_rate, 1e-6, 100),
            momentum=_number("momentum", momentum, 0, 0.999),
            batch_size=_number("batch_size", batch_size, 1, 1000, whole=True),
            penalty=_word("penalty", penalty, ("none", "L1", "L2")),
            lam=_number("lam", lam, 0, 10),
            dropout=_number("dropout", dropout, 0, 0.9),
            n_samples=_number("n_samples", n_samples, 4, 1000, whole=True),
            noise=_number("noise", usual[data] if noise is None else noise, 0, 2),
            test_size=_number("test_size", test_size, 0, 0.9),
            seed=_number("seed", seed, 0, 2**31 - 1, whole=True),
            points=points,
            labels=labels,
            name=name,
        )

    def network(self) -> network.Network:
        """Build the network that the playground shows now, with its weights.

        Returns
        -------
        Network

        Raises
        ------
        RuntimeError
            If no page has shown the playground yet: the weights are made there.

        Examples
        --------
        >>> import nnlib as nn
        >>> nn.widgets.PlaygroundExplorable().network()
        Traceback (most recent call last):
            ...
        RuntimeError: the playground has not been shown yet; its weights are made in the page
        """
        if not self.params:
            raise RuntimeError("the playground has not been shown yet; its weights are made in the page")
        n_classes = max(2, 1 + max(self.labels))
        cost = "CategoricalCrossEntropy" if n_classes > 2 else self.cost
        widths = [2, *self.hidden, n_classes if cost == "CategoricalCrossEntropy" else 1]
        parts: list[activations.Layer] = []
        for n_in, n_out in itertools.pairwise(widths[:-1]):
            parts += [layers.Dense(n_in, n_out), getattr(activations, self.activation)()]
            if self.dropout:
                parts.append(regularization.Dropout(self.dropout))
        parts.append(layers.Dense(widths[-2], widths[-1]))
        penalty = getattr(regularization, self.penalty)(self.lam) if self.penalty != "none" else None
        net = network.Network(parts, getattr(costs, cost)(), seed=self.seed, penalty=penalty)
        net.params[:] = self.params
        return net

    def __repr__(self) -> str:
        n_classes = max([2, *(1 + label for label in self.labels), 3 * (self.data == "three arms")])
        outputs = n_classes if n_classes > 2 or self.cost == "CategoricalCrossEntropy" else 1
        widths = "-".join(map(str, [2, *self.hidden, outputs]))
        return f"PlaygroundExplorable({self.data!r}, {widths}, {self.activation}, {self.optimizer})"


class TwinExplorable(anywidget.AnyWidget):
    """One network as a program for nnlib and as a program for PyTorch, line beside line.

    Choose layers, activation, cost, optimizer and dtype; both programs follow. Choose a line, and the text
    says what stands on either side, what each would do by default, and which shapes and numbers belong to
    it. Below stand all parameter tensors with their names in ``state_dict()`` and their places in
    `Network.params`. Start values and batch come from formulas, so that either program, run by itself,
    prints the figure's numbers.

    Parameters
    ----------
    n_in : int, default 64
        Inputs, up to 64.
    hidden : sequence of int, default (32,)
        Widths of the hidden layers: up to four, of 1 to 32 units.
    n_out : int, default 10
        Classes under the categorical cross-entropy, from 2 to 10; the other costs have one output.
    activation : str, default "ReLU"
        "ReLU", "LeakyReLU", "Tanh", "Sigmoid" or "Softsign".
    cost : str, default "CategoricalCrossEntropy"
        Name of a cost of nnlib except the hinge, which PyTorch does not have in this form.
    optimizer : {"SGD", "Adam"}, default "SGD"
        Name of an optimizer of both.
    momentum : {0, 0.9}, optional
        Of SGD, 0.9 if left out; Adam has none.
    learning_rate : {0.001, 0.003, 0.01, 0.03, 0.1, 0.3}, default 0.1
        η.
    batch_size : int, default 32
        Samples, up to 32.
    dtype : {"float64", "float32"}, default "float64"
        Of the parameters and the batch.

    Attributes
    ----------
    n_in, hidden, n_out, activation, cost, optimizer, momentum, learning_rate, batch_size, dtype
        The settings, as above; in a running notebook the reader's changes arrive here.
    chosen
        Number of the chosen line.

    Raises
    ------
    ValueError
        If a word is not known or a number is out of range.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.widgets.TwinExplorable(hidden=(16, 8), optimizer="Adam", learning_rate=0.01)
    TwinExplorable(64-16-8-10, ReLU, Adam)
    """

    _esm = _module("twin")
    _css = _style("twin")
    n_in = traitlets.Int().tag(sync=True)
    hidden = traitlets.List(traitlets.Int()).tag(sync=True)
    n_out = traitlets.Int().tag(sync=True)
    activation = traitlets.Unicode().tag(sync=True)
    cost = traitlets.Unicode().tag(sync=True)
    optimizer = traitlets.Unicode().tag(sync=True)
    momentum = traitlets.Float().tag(sync=True)
    learning_rate = traitlets.Float().tag(sync=True)
    batch_size = traitlets.Int().tag(sync=True)
    dtype = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        n_in: int = 64,
        hidden: Sequence[int] = (32,),
        n_out: int = 10,
        activation: str = "ReLU",
        cost: str = "CategoricalCrossEntropy",
        optimizer: str = "SGD",
        momentum: float | None = None,
        learning_rate: float = 0.1,
        batch_size: int = 32,
        dtype: str = "float64",
    ) -> None:
        if len(hidden) > 4:
            raise ValueError(f"expected at most four hidden layers; got {len(hidden)}")
        rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
        if learning_rate not in rates:
            raise ValueError(
                f"learning_rate must be one of {', '.join(map(str, rates))}; got {learning_rate}"
            )
        usual = 0.9 if _word("optimizer", optimizer, ("SGD", "Adam")) == "SGD" else 0.0
        if momentum not in (None, 0.0, usual):
            raise ValueError(f"momentum of {optimizer} must be 0{' or 0.9' * (usual > 0)}; got {momentum}")
        super().__init__(
            n_in=_number("n_in", n_in, 1, 64, whole=True),
            hidden=[_number("hidden", width, 1, 32, whole=True) for width in hidden],
            n_out=_number("n_out", n_out, 2, 10, whole=True),
            activation=_word("activation", activation, ("ReLU", "LeakyReLU", "Tanh", "Sigmoid", "Softsign")),
            cost=_word("cost", cost, [name for name in _COSTS if name != "Hinge"]),
            optimizer=optimizer,
            momentum=usual if momentum is None else float(momentum),
            learning_rate=learning_rate,
            batch_size=_number("batch_size", batch_size, 1, 32, whole=True),
            dtype=_word("dtype", dtype, ("float64", "float32")),
        )

    @property
    def sizes(self) -> list[int]:
        """Widths of all layers, inputs and outputs among them."""
        return [self.n_in, *self.hidden, self.n_out if self.cost == "CategoricalCrossEntropy" else 1]

    def __repr__(self) -> str:
        return f"TwinExplorable({'-'.join(map(str, self.sizes))}, {self.activation}, {self.optimizer})"


class Frames(anywidget.AnyWidget):
    """A drawn figure with one slider or two; `frames` makes it.

    Attributes
    ----------
    at
        Where the sliders stand, as indices of their values; between two of them in a running notebook.
    """

    _esm = _module("frames")
    _css = (_HERE / "frames.css").read_text(encoding="utf-8")
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    texts = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    alts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    lines = traitlets.List(traitlets.Unicode()).tag(sync=True)
    frames = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    at = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., Any],
        values: list[list[Any]],
        names: list[str],
        alt: Callable[..., str],
        at: list[float],
        formats: list[str],
    ) -> None:
        self._draw, self._alt, self._values, self._formats = draw, alt, values, formats
        every = list(itertools.product(*values))
        alts = [alt(*value) for value in every]
        self._mark = f"n{zlib.crc32(repr((names, alts)).encode()):x}-"
        self._pixels = False
        shared = drawing.shared([self._html(value) for value in every])
        size = len(json.dumps(shared))
        if size > _TRY_PIXELS * len(every):
            self._pixels = True
            others = drawing.shared([self._html(value) for value in every])
            self._pixels = len(json.dumps(others)) < size
            shared = others if self._pixels else shared
            size = len(json.dumps(shared))
        if size > _MOST_BYTES:
            raise ValueError(
                f"the {len(every)} frames take {size // 1000} kB, more than {_MOST_BYTES // 1000}: "
                "give fewer values, or draw fewer points"
            )
        super().__init__(
            names=names,
            texts=[[text.format(value) for value in row] for text, row in zip(formats, values, strict=True)],
            alts=alts,
            lines=shared[0],
            frames=shared[1],
            at=at,
        )
        self.on_msg(self._answer)

    def _html(self, value: tuple[Any, ...]) -> str:
        """Draw one frame, as pixels or as SVG whose parts have names of their own on the page."""
        drawn = self._draw(*value)
        return drawing.png_of(drawn) if self._pixels else drawing.in_page(drawing.svg_of(drawn), self._mark)

    def _answer(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        """Answer the page: which sliders may stand between two values, and what a frame there looks like."""
        if "at" not in content:
            self.send({"between": [_is_range(values) for values in self._values]})
            return
        value = tuple(map(_between, self._values, content["at"]))
        answer = {"at": content["at"]}
        answer["texts"] = [text.format(v) for text, v in zip(self._formats, value, strict=True)]
        try:
            answer |= {"html": self._html(value), "alt": self._alt(*value)}
        except Exception as error:  # whatever the reader's function raises, the reader is to see
            answer["refused"] = f"{type(error).__name__}: {error}"
        self.send(answer)

    def __repr__(self) -> str:
        return f"Frames({' × '.join(map(repr, self.names))}, {len(self.frames)} frames)"


_MOST_FRAMES, _MOST_BYTES = 100, 300_000
_TRY_PIXELS = 20_000  # bytes a frame; a smaller SVG is kept, for it is sharp and follows the mode


def _is_range(values: list[Any]) -> bool:
    """Tell whether there are numbers between the values of a slider."""
    whole = all(isinstance(value, int | np.integer) for value in values)
    numbers = all(isinstance(value, int | float | np.integer | np.floating) for value in values)
    return numbers and len(values) > 1 and not (whole and set(np.diff(values)) == {1})


def _between(values: list[Any], at: float) -> Any:
    """Return the value at a place between two of a slider, to three digits, and whole if all of them are."""
    low = min(max(int(at), 0), len(values) - 1)
    if at <= low or low == len(values) - 1:
        return values[low]
    value = values[low] + (at - low) * (values[low + 1] - values[low])
    if all(isinstance(value, int | np.integer) for value in values):
        return round(value)
    return float(f"{value:.3g}")


def frames(
    draw: Callable[..., Any],
    values: Sequence[Any] | ArrayLike,
    label: str | Sequence[str],
    alt: Callable[..., str],
    start: int | Sequence[int] = 0,
    value_format: str | Sequence[str] = "{:g}",
) -> Frames:
    """Draw a figure for each value and put a slider above, which works without a kernel too.

    On a static page the slider steps through the frames that were drawn. In a running notebook it also stops
    between two numbers, and `draw` is called for the value there. Two parameters get two sliders, and a frame
    for each pair of values. What the frames have in common, such as their axes, is stored once; they are SVG,
    whose colours follow the page's light or dark mode, or PNG where that is smaller. Only the frame that is
    shown stands in the page.

    Parameters
    ----------
    draw : callable
        Called as ``draw(value)``, or ``draw(first, second)``; returns the matplotlib figure, or axes in it.
    values : sequence
        What the slider steps through; for two parameters a sequence for each.
    label : str or pair of str
        The slider's name, as in "learning rate". Two names say that there are two parameters.
    alt : callable
        Called as `draw`; returns what the frame shows, in words.
    start : int or pair of int, default 0
        Index of the value to begin with.
    value_format : str or pair of str, default "{:g}"
        How a value is written beside the slider.

    Returns
    -------
    Frames

    Raises
    ------
    ValueError
        If there are no values, more than 100 frames, or frames of more than 300 kB; or if there are not one
        or two labels with values for each.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import nnlib as nn
    >>> def draw(slope, intercept=0):
    ...     fig, ax = plt.subplots()
    ...     ax.plot([0, 1], [intercept, intercept + slope])
    ...     return fig
    >>> nn.widgets.frames(draw, [1, 2, 3], "slope", alt=lambda slope: f"A line of slope {slope}.")
    Frames('slope', 3 frames)

    Two parameters:

    >>> def describe(slope, intercept):
    ...     return f"A line of slope {slope} from {intercept}."
    >>> nn.widgets.frames(draw, ([1, 2, 3], [0, 1]), ("slope", "intercept"), alt=describe)
    Frames('slope' × 'intercept', 6 frames)
    """
    two = not isinstance(label, str)
    names: list[str] = list(label) if two else [label]  # type: ignore[list-item]
    rows = [list(row) for row in values] if two else [list(values)]  # type: ignore[arg-type, union-attr]
    if not len(names) == len(rows) <= 2:
        raise ValueError(f"expected one label, or two with values for each; got {label!r}, {len(rows)} rows")
    if not all(rows):
        raise ValueError("expected at least one value to draw; got none")
    if math.prod(map(len, rows)) > _MOST_FRAMES:
        sizes = " × ".join(str(len(row)) for row in rows)
        raise ValueError(f"expected at most {_MOST_FRAMES} frames; got {sizes}: give fewer values")
    formats = [value_format] * len(rows) if isinstance(value_format, str) else list(value_format)
    at = [start] * len(rows) if isinstance(start, int) else list(start)
    return Frames(
        draw, rows, names, alt, [range(len(row))[i] for row, i in zip(rows, at, strict=True)], formats
    )
