"""What stands in an explorable's place where no JavaScript runs: a picture of its state, and words for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .. import activations, costs, datasets, layers, network, plots
from ..gradients import central_difference
from ..perceptron import Perceptron
from ..plots import LIGHT
from . import drawing

Array = NDArray[Any]
State = Mapping[str, Any]
Drawn = tuple[Figure, str]


def still(kind: str, state: State) -> tuple[bytes, str, str]:
    """Draw a figure of `nnlib.widgets` as it stands, for a page without JavaScript.

    Parameters
    ----------
    kind : str
        Name of the class, as in "PerceptronExplorable".
    state : mapping
        Its traits, by name.

    Returns
    -------
    picture : bytes
        A file.
    suffix : {"svg", "png"}
        What kind of file.
    alt : str
        What it shows, in words.

    Raises
    ------
    ValueError
        If no figure has this name.

    Examples
    --------
    >>> from nnlib.widgets.stills import still
    >>> _, suffix, alt = still("ActivationExplorable", {"activation": "Tanh", "z": 0.5, "n": 9, "w": 1.0})
    >>> alt
    'Tanh and its slope; the point is z = 0.5. Behind 9 such units of weight 1 the gradient is 0.246.'
    """
    if kind == "Frames":
        at = 0
        for texts, place in zip(state["texts"], state["at"], strict=True):
            at = at * len(texts) + round(place)
        frame = drawing.joined(state["lines"], state["frames"][at])
        return *drawing.as_file(frame), state["alts"][at]
    if kind not in _STILLS:
        raise ValueError(f"expected Frames, {', '.join(_STILLS)}; got {kind!r}")
    colours = cycler(color=[LIGHT[name] for name in ("blue", "orange", "green")])
    with plt.rc_context({"axes.prop_cycle": colours}):
        figure, alt = _STILLS[kind](state)
    return drawing.svg_of(figure, text=True).encode(), "svg", alt


def _perceptron(state: State) -> Drawn:
    X, y = np.array(state["points"]), np.array(state["labels"])
    unit = Perceptron(state["w"], state["b"])
    figure, ax = plt.subplots(figsize=(4, 4))
    if unit.w.any():
        plots.boundary(unit.w, unit.b, ax=ax, xlim=(-3, 3), ylim=(-3, 3))
    plots.points(X, y, ax=ax)
    ax.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    wrong = int((np.where(y == 1, 1, -1) * unit.z(X) <= 0).sum())
    line = f"{unit.w[0]:g} x₁ + {unit.w[1]:g} x₂ + {unit.b:g} = 0"
    return figure, f"{len(X)} points of two classes and the line {line}. Mistakes: {wrong} of {len(X)}."


def _activation(state: State) -> Drawn:
    name, at, n, w = (state[key] for key in ("activation", "z", "n", "w"))
    f = getattr(activations, name)()
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")
    z = np.linspace(-6, 6, 121)
    left.plot(z, f(z), label=name)
    left.plot(z, f.derivative(z), "--", label="slope")
    left.plot(at, f(np.array([at])), "o", color=LIGHT["ink"])
    left.set(xlabel="z")
    left.legend()
    a, sizes = at, [1.0]
    for _ in range(n):
        sizes.append(sizes[-1] * abs(w) * float(f.derivative(np.array([w * a]))[0]))
        a = float(f(np.array([w * a]))[0])
    right.plot(np.maximum(sizes, 1e-16), "o-", ms=4)
    right.set(xlabel="units passed", ylabel="size of the gradient", yscale="log")
    return figure, (
        f"{name} and its slope; the point is z = {at:g}. Behind {n} such units of weight {w:g} "
        f"the gradient is {sizes[-1]:.3g}."
    )


def _forward(state: State) -> Drawn:
    sizes = state["sizes"]
    activation = getattr(activations, state["activation"])
    parts: list[activations.Layer] = []
    for n_in, n_out in itertools.pairwise(sizes):
        parts += [layers.Dense(n_in, n_out), activation()]
    net = network.Network(parts[:-1], getattr(costs, state["cost"])())
    net.params[:] = state["params"]
    figure, ax = plt.subplots(figsize=(1.6 * len(sizes) + 1, 3.4))
    plots.network_diagram(net, ax=ax)
    places = [circle.center for circle in ax.patches]  # type: ignore[attr-defined]
    values = [np.array([state["x"]])]
    for layer in net.layers[:-1]:
        values.append(layer.forward(values[-1]))
    values = [*values[::2], net.cost.link(net.forward(values[0]))]
    for place, value in zip(places, np.concatenate(values, axis=1)[0], strict=True):
        ax.annotate(
            f"{value:.2f}", place, (0, -14), textcoords="offset points", ha="center", va="top", fontsize=8
        )
    inputs, outputs = (", ".join(f"{v:.2f}" for v in row[0]) for row in (values[0], values[-1]))
    return figure, (
        f"A network with {', '.join(map(str, sizes))} units and {state['activation']} between its layers, "
        f"its weights as lines. For the inputs {inputs} its output is {outputs}."
    )


def _lines(x: Array, y: Array, delta: float) -> dict[str, Array]:
    """Slope and intercept of least squares, of least absolute error and of Huber's cost."""
    A = np.column_stack([x, np.ones_like(x)])
    squared = np.linalg.lstsq(A, y)[0]
    # A line of least absolute error passes through two of the points.
    pairs = [[i, j] for i, j in itertools.combinations(range(len(x)), 2) if x[i] != x[j]]
    through = [np.linalg.solve(A[pair], y[pair]) for pair in pairs]
    huber = squared
    for _ in range(500):  # least squares again and again, a far point weighing less
        weight = np.sqrt(np.minimum(1, delta / np.maximum(abs(A @ huber - y), 1e-12)))
        huber = np.linalg.lstsq(A * weight[:, None], y * weight)[0]
    absolute = min(through, key=lambda line: float(abs(A @ line - y).sum()))
    return {"squared error": squared, "absolute error": absolute, "Huber": huber}


def _cost(state: State) -> Drawn:
    x, y = np.array(state["points"]).T
    figure, ax = plt.subplots(figsize=(4.6, 3.8))
    ax.plot(x, y, "o", color=LIGHT["grey"])
    found = _lines(x, y, state["delta"])
    for (name, (w, b)), style in zip(found.items(), ("-", "--", ":"), strict=True):
        ax.plot([0, 10], [b, 10 * w + b], style, label=f"{name}: {w:.2f} x + {b:.2f}")
    ax.set(xlim=(0, 10), ylim=(0, 10), xlabel="x", ylabel="y")
    ax.legend(loc="upper left", fontsize=8)
    slopes = ", ".join(f"{name} {w:.2f}" for name, (w, _) in found.items())
    return figure, f"{len(x)} points and the lines of least cost. Their slopes: {slopes}."


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "abs": np.abs,
    "tanh": np.tanh, "sigmoid": activations.Sigmoid(), "relu": activations.ReLU(), "max": np.maximum,
    "min": np.minimum, "+": np.add, "−": np.subtract, "×": np.multiply, "/": np.divide, "^": np.power,
    "neg": np.negative,
}  # fmt: skip
Node = tuple[str, tuple[int, ...]]


def read_graph(expression: str) -> list[Node]:
    """Read an expression into nodes, each a name and the numbers of its inputs; the last is the result.

    The grammar is that of the explorable's own reader: a product sign may be left out.

    Parameters
    ----------
    expression : str

    Returns
    -------
    list of (str, tuple of int)

    Raises
    ------
    ValueError
        If it cannot be read.

    Examples
    --------
    >>> from nnlib.widgets.stills import read_graph
    >>> read_graph("(x + y) z")
    [('x', ()), ('y', ()), ('+', (0, 1)), ('z', ()), ('×', (2, 3))]
    """
    tokens = re.findall(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|[A-Za-z_]\w*|\S", expression.replace("**", "^"))
    nodes: list[Node] = []

    def take(*wanted: str) -> str:
        return tokens.pop(0) if tokens and tokens[0] in wanted else ""

    def add(name: str, *inputs: int) -> int:
        if not inputs and name[0] not in ".0123456789" and (name, ()) in nodes:
            return nodes.index((name, ()))
        nodes.append((name, inputs))
        return len(nodes) - 1

    def sums() -> int:
        left = products()
        while sign := take("+", "-", "−"):
            left = add("+" if sign == "+" else "−", left, products())
        return left

    def products() -> int:
        left = signed()
        while tokens and (take("*", "×", "·") or re.match(r"[\w(./]", tokens[0])):
            left = add("/" if take("/") else "×", left, signed())
        return left

    def signed() -> int:
        if take("-", "−"):
            return add("neg", signed())
        return signed() if take("+") else powers()

    def powers() -> int:
        base = atom()
        return add("^", base, signed()) if take("^") else base

    def atom() -> int:
        token = tokens.pop(0) if tokens else ""
        if token == "(":
            inside = sums()
        elif token in _FUNCTIONS and token.isalpha() and take("("):
            inputs = [sums()]
            while take(","):
                inputs.append(sums())
            inside = add(token, *inputs)
        elif re.match(r"[\w.]", token) and token not in _FUNCTIONS:
            return add(token)
        else:
            raise ValueError(f"cannot read {expression!r} at {token!r}")
        if not take(")"):
            raise ValueError(f"cannot read {expression!r}: expected )")
        return inside

    sums()
    if tokens:
        raise ValueError(f"cannot read {expression!r} at {tokens[0]!r}")
    return nodes


def _run(nodes: list[Node], values: Mapping[str, float], moved: int = -1, to: Any = 0.0) -> list[Any]:
    """Values of all nodes, one of which may be moved away from what its inputs give."""
    found: list[Any] = []
    for i, (name, inputs) in enumerate(nodes):
        if i == moved:
            found.append(to)
        elif inputs:
            found.append(_FUNCTIONS[name](*(found[k] for k in inputs)))
        else:
            found.append(float(name) if name[0] in ".0123456789" else float(values.get(name, 1.0)))
    return found


def _graph(state: State) -> Drawn:
    nodes = read_graph(state["expression"])
    values = _run(nodes, state["values"])

    def result(k: int) -> Callable[[Array], Any]:
        return lambda to: _run(nodes, state["values"], k, to[0])[-1]

    slopes = [float(central_difference(result(k), [value])[0]) for k, value in enumerate(values)]
    column: list[int] = []
    for _, inputs in nodes:
        column.append(1 + max((column[k] for k in inputs), default=-1))
    rows = [[k for k, c in enumerate(column) if c == here] for here in range(max(column) + 1)]
    place = {
        k: (2.2 * c, 1.6 * ((len(row) - 1) / 2 - i)) for c, row in enumerate(rows) for i, k in enumerate(row)
    }
    figure, ax = plt.subplots(figsize=(1.5 * len(rows) + 1, 0.6 + 1.2 * max(map(len, rows))))
    for k, (name, inputs) in enumerate(nodes):
        for start in inputs:
            ax.plot(*zip(place[start], place[k], strict=True), "-", color=LIGHT["grey"], lw=1.2, zorder=1)
        x, y = place[k]
        ax.scatter(x, y, 520, LIGHT["paper"], edgecolors=LIGHT["ink"], zorder=2)
        ax.text(x, y, name, ha="center", va="center", zorder=3)
        ax.text(x, y + 0.32, f"{values[k]:.3g}", ha="center", color=LIGHT["blue"])
        ax.text(x, y - 0.32, f"{slopes[k]:.3g}", ha="center", va="top", color=LIGHT["orange"])
    half = 0.8 * max(map(len, rows)) + 0.2
    ax.set(xlim=(-0.8, 2.2 * (len(rows) - 1) + 0.8), ylim=(-half, half))
    ax.axis("off")
    leaves = [
        f"{name} = {values[k]:.3g} with the gradient {slopes[k]:.3g}"
        for k, (name, inputs) in enumerate(nodes)
        if not inputs and name[0] not in ".0123456789"
    ]
    return figure, (
        f"The computational graph of {state['expression']}, values above the nodes, gradients below. "
        f"The value is {values[-1]:.3g}; {', '.join(leaves)}."
    )


def fit_unit(F: Array, y: Array, penalty: str, lam: float, rounds: int = 4000) -> Array:
    """Find the weights of least penalized cross-entropy of a sigmoid unit, by accelerated proximal steps.

    Parameters
    ----------
    F : ndarray, shape (m, p)
        Features.
    y : ndarray of int, shape (m,)
        Labels 0 and 1.
    penalty : {"L1", "L2"}
        ``λ Σ |w|`` or ``λ/2 Σ w²``, without the bias.
    lam : float
        λ.
    rounds : int, default 4000
        How many steps.

    Returns
    -------
    ndarray, shape (p + 1,)
        Weights, and the bias at the end.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib.widgets.stills import fit_unit
    >>> fit_unit(np.array([[-1.0], [1.0]]), np.array([0, 1]), "L1", 0.5).round(3).tolist()
    [0.0, 0.0]
    """
    A = np.column_stack([F, np.ones(len(F))])
    eta = 1 / (np.linalg.norm(A, 2) ** 2 / (4 * len(A)) + lam)
    shrink = np.append(np.full(F.shape[1], lam), 0.0)
    theta = ahead = np.zeros(A.shape[1])
    t = 1.0
    sigmoid = activations.Sigmoid()
    for _ in range(rounds):
        step = ahead - eta * (A.T @ (sigmoid(A @ ahead) - y) / len(A) + (penalty == "L2") * shrink * ahead)
        if penalty == "L1":
            step = np.sign(step) * np.maximum(abs(step) - eta * shrink, 0)
        t, before = (1 + np.sqrt(1 + 4 * t * t)) / 2, t
        ahead, theta = step + (before - 1) / t * (step - theta), step
    return theta


def _regularization(state: State) -> Drawn:
    X, y = np.array(state["points"]), np.array(state["labels"])
    powers = [(d - j, j) for d in range(1, state["degree"] + 1) for j in range(d + 1)]

    def raw(P: Array) -> Array:
        return np.column_stack([P[:, 0] ** i * P[:, 1] ** j for i, j in powers])

    mean, deviation = raw(X).mean(axis=0), raw(X).std(axis=0)
    theta = fit_unit((raw(X) - mean) / deviation, y, state["penalty"], state["lam"])
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
    (x1, x2), low, high = X.T, X.min(axis=0) - 0.3, X.max(axis=0) + 0.3
    grid = np.stack(np.meshgrid(np.linspace(low[0], high[0], 60), np.linspace(low[1], high[1], 60)), axis=-1)
    z = (raw(grid.reshape(-1, 2)) - mean) / deviation @ theta[:-1] + theta[-1]
    left.contour(grid[..., 0], grid[..., 1], z.reshape(60, 60), levels=[0], colors=[LIGHT["ink"]])
    plots.points(np.column_stack([x1, x2]), y, ax=left)
    left.set(xlabel="$x_1$", ylabel="$x_2$", title=f"λ = {state['lam']:g}")
    right.bar(range(len(powers)), theta[:-1])
    right.plot(np.flatnonzero(theta[:-1] == 0), np.zeros((theta[:-1] == 0).sum()), "x", color=LIGHT["red"])
    right.set(xlabel="feature", ylabel="weight", title=state["penalty"])
    zeros, most = int((theta[:-1] == 0).sum()), abs(theta[:-1]).max()
    return figure, (
        f"{len(X)} points of two classes, the boundary under {state['penalty']} with λ = {state['lam']:g}, "
        f"and its {len(powers)} weights as bars: {zeros} are zero, the largest is {most:.2f}."
    )


def _made(state: State) -> tuple[Array, Array]:
    """Points of a data set that the page would make, by nnlib's formulas and generator."""
    name, m, noise, seed = (state[key] for key in ("data", "n_samples", "noise", "seed"))
    if state["points"]:
        return np.array(state["points"]), np.array(state["labels"])
    if name in ("spirals", "three arms"):
        return datasets.spirals(m, 2 if name == "spirals" else 3, noise=noise, seed=seed)
    if name == "clouds":
        y = np.arange(m) % 2
        centres = np.where(y[:, None] == 1, [0.6, 0.4], [-0.6, -0.4])
        return centres + (noise + 0.25) * np.random.default_rng(seed).normal(size=(m, 2)), y
    X, y = getattr(datasets, name)(m, noise=noise, seed=seed)
    return X, y


def _playground(state: State) -> Drawn:
    X, y = _made(state)
    n_out = int(max(y)) + 1 if max(y) > 1 or state["cost"] == "CategoricalCrossEntropy" else 1
    widths = [2, *state["hidden"], n_out]
    parts: list[activations.Layer] = []
    for n_in, width in itertools.pairwise(widths):
        parts += [layers.Dense(n_in, width), getattr(activations, state["activation"])()]
    cost = costs.CategoricalCrossEntropy() if n_out > 1 else getattr(costs, state["cost"])()
    net = network.Network(parts[:-1], cost, seed=state["seed"])
    if state["params"]:
        net.params[:] = state["params"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
    _small_points(X, y, left)
    plots.network_diagram(net, ax=right, max_units=3)
    for drawn in (*left.lines, *right.lines, *right.patches):
        drawn.set_clip_on(False)
    left.locator_params(nbins=3)
    left.set(aspect="equal", title=state["data"])
    right.set(title=f"{state['optimizer']}, η = {state['learning_rate']:g}")
    return figure, (
        f"{len(X)} points of {max(y) + 1} classes ({state['data']}), and the drawing of a network with "
        f"{', '.join(map(str, widths))} units and {state['activation']}, for {state['optimizer']} to train."
    )


def _small_points(X: Array, y: Array, ax: Axes) -> None:
    """Draw many points, rounded to where a pixel is, each class by its colour and mark."""
    for label, colour, marker in zip(range(max(y) + 1), ("blue", "orange", "green"), "o^s", strict=False):
        ax.plot(*X[y == label].T, marker, ms=3.5, color=LIGHT[colour])


def _twin(state: State) -> Drawn:
    """Layers of both programs side by side, with the tensors between them."""
    sizes = [state["n_in"], *state["hidden"]]
    sizes.append(state["n_out"] if state["cost"] == "CategoricalCrossEntropy" else 1)
    m, act, rule, rate = (state[key] for key in ("batch_size", "activation", "optimizer", "learning_rate"))
    rows = [("nnlib", "PyTorch", "shapes in the batch and in state_dict()")]
    for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        held = f"({m}, {n_out})   {2 * i}.weight ({n_out}, {n_in})   {2 * i}.bias ({n_out},)"
        rows.append((f"nn.Dense({n_in}, {n_out})", f"torch.nn.Linear({n_in}, {n_out})", held))
        rows.append((f"nn.{act}()", f"torch.nn.{act}()", f"({m}, {n_out})"))
    rows[-1] = (f"nn.{rule}({rate:g})", f"torch.optim.{rule}(lr={rate:g})", "")
    figure, ax = plt.subplots(figsize=(7.6, 0.32 * len(rows)))
    for i, row in enumerate(rows):
        for x, words in zip((0, 0.24, 0.54), row, strict=True):
            ax.text(x, -i, words, fontsize=9, fontweight="bold" if i == 0 else "normal")
    ax.set(xlim=(0, 1), ylim=(-len(rows), 1))
    ax.axis("off")
    count = sum(n_out * (n_in + 1) for n_in, n_out in itertools.pairwise(sizes))
    return figure, (
        f"One network with {', '.join(map(str, sizes))} units as layers of nnlib and of PyTorch, line beside "
        f"line, with the shapes of its {count:,} parameters."
    )


_STILLS: dict[str, Callable[[State], Drawn]] = {
    "PerceptronExplorable": _perceptron,
    "ActivationExplorable": _activation,
    "ForwardExplorable": _forward,
    "CostExplorable": _cost,
    "GraphExplorable": _graph,
    "RegularizationExplorable": _regularization,
    "PlaygroundExplorable": _playground,
    "TwinExplorable": _twin,
}
