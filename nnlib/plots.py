"""Figures of the book. Every colour comes from `PALETTE`, so that the site can draw each in the dark too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .activations import Activation
from .layers import Dense
from .network import Network
from .perceptron import Perceptron
from .training import History

Array = NDArray[Any]

PALETTE: dict[str, tuple[str, str]] = {
    "ink": ("#1f2933", "#ced6dd"),
    "paper": ("#ffffff", "#14181e"),
    "grid": ("#d9dee3", "#3a4553"),
    "grey": ("#667080", "#9ca4af"),
    "blue": ("#0060a8", "#6cb6ff"),
    "orange": ("#a85200", "#ffa657"),
    "green": ("#00705a", "#4ccfa8"),
    "red": ("#b3261e", "#ff8a80"),
    "purple": ("#86347b", "#e29bd4"),
    "grey_tint": ("#eceff2", "#29313d"),
    "blue_tint": ("#dcebf9", "#16324a"),
    "orange_tint": ("#fbe8d3", "#432c14"),
    "green_tint": ("#d9f2ea", "#12382e"),
    "red_tint": ("#fbe0de", "#45201d"),
    "purple_tint": ("#f3e1f0", "#3b2038"),
}
"""Colours by name, each for the light and for the dark mode."""

LIGHT = {name: light for name, (light, dark) in PALETTE.items()}
"""Colours by name in the light mode, in which figures are drawn."""

# A legend on a tinted plane needs a ground of its own.
_BOXED: dict[str, Any] = {
    "frameon": True,
    "framealpha": 1.0,
    "facecolor": LIGHT["paper"],
    "edgecolor": LIGHT["grid"],
}

_CLASSES = (("blue", "o"), ("orange", "^"), ("green", "s"), ("purple", "D"), ("red", "v"))


def use_style() -> None:
    """Give figures the book's look; in a notebook, show them as SVG that is the same on every run.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.plots.use_style()
    """
    colours = [LIGHT[name] for name in ("blue", "orange", "green", "purple", "red", "grey")]
    mpl.rcParams.update(
        {
            "figure.figsize": (5.6, 3.6),
            "figure.facecolor": LIGHT["paper"],
            "font.size": 11,
            "text.color": LIGHT["ink"],
            "axes.facecolor": LIGHT["paper"],
            "axes.edgecolor": LIGHT["grey"],
            "axes.labelcolor": LIGHT["ink"],
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(
                color=colours, linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1))]
            ),
            "grid.color": LIGHT["grid"],
            "xtick.color": LIGHT["ink"],
            "ytick.color": LIGHT["ink"],
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "savefig.facecolor": LIGHT["paper"],
            "svg.fonttype": "path",
            "svg.hashsalt": "nnlib",
        }
    )
    try:
        from IPython.core.interactiveshell import InteractiveShell
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        shell = InteractiveShell.instance()
        formatter = shell.display_formatter.formatters["image/svg+xml"]  # type: ignore[union-attr]
        draw = formatter.lookup_by_type(Figure)
        formatter.for_type(Figure, lambda figure: (svg := draw(figure)) and _paths_in_one_line(svg))
    except (ImportError, AttributeError):  # not in a notebook: nothing to set
        pass


def _paths_in_one_line(svg: str) -> str:
    """Shorten a picture for a notebook, which quotes each line: a path comes with a line for each point."""
    return re.sub(r" ?\n(?=[A-Za-z\"])", " ", svg)


def points(X: ArrayLike, y: ArrayLike, ax: Axes | None = None, labels: tuple[str, ...] = ()) -> Axes:
    """Draw samples with two features, each class with a colour and a marker of its own.

    Parameters
    ----------
    X : array_like, shape (m, 2)
        Samples as rows.
    y : array_like of int, shape (m,)
        Classes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    labels : tuple of str, optional
        Names of the classes in ascending order, for a legend.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the samples do not have two features and one class each, if there are more classes than colours,
        or if they are not as many as their names.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.points([[0, 0], [1, 1]], [0, 1], labels=("no", "yes"))
    """
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"expected samples (m, 2) and m classes; got {X.shape} and {y.shape}")
    kinds = np.unique(y)
    if len(kinds) > len(_CLASSES) or (labels and len(labels) != len(kinds)):
        raise ValueError(
            f"expected at most {len(_CLASSES)} classes and a name for each, or none; "
            f"got {len(kinds)} classes and {len(labels)} names"
        )
    ax = plt.gca() if ax is None else ax
    for i, kind in enumerate(kinds):
        colour, marker = _CLASSES[i % len(_CLASSES)]
        label = labels[i] if labels else None
        x1, x2 = X[y == kind].T
        ax.scatter(
            x1,
            x2,
            32,
            LIGHT[colour],
            marker=marker,
            label=label,
            zorder=3,
            edgecolors=LIGHT["paper"],
            linewidths=0.6,
        )
    if labels:
        ax.legend()
    return ax


def boundary(
    w: ArrayLike,
    b: float,
    ax: Axes | None = None,
    xlim: tuple[float, float] = (-1.5, 1.5),
    ylim: tuple[float, float] = (-1.5, 1.5),
) -> Axes:
    """Draw the line ``w·x + b = 0`` of a unit with two inputs, its vector w, and its two sides.

    Parameters
    ----------
    w : array_like, shape (2,)
        Weights.
    b : float
        Bias.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    xlim, ylim : tuple of float
        The part of the plane to show.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If w is not a vector of two numbers, or is zero: then there is no line.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.boundary([1, 2], -1)
    """
    unit = Perceptron(w, b)
    if unit.w.shape != (2,) or not unit.w.any():
        raise ValueError(f"expected two weights, not both zero; got {unit.w.tolist()}")
    ax = plt.gca() if ax is None else ax
    x1, x2 = np.meshgrid(np.linspace(*xlim, 200), np.linspace(*ylim, 200))
    z = unit.z(np.column_stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    ax.contourf(x1, x2, z, levels=[-np.inf, 0, np.inf], colors=[LIGHT["blue_tint"], LIGHT["orange_tint"]])
    ax.contour(x1, x2, z, levels=[0], colors=[LIGHT["ink"]], linewidths=1.8)
    length = np.linalg.norm(unit.w)
    centre = np.array([np.mean(xlim), np.mean(ylim)])
    foot = centre - unit.z(centre) / length**2 * unit.w  # the point of the line that is nearest to the middle
    tip = foot + unit.w / length * 0.2 * max(np.ptp(xlim), np.ptp(ylim))
    ax.annotate("", tip, foot, arrowprops={"arrowstyle": "-|>", "color": LIGHT["ink"], "lw": 1.8})
    ax.annotate("$w$", tip, xytext=(4, 2), textcoords="offset points")
    ax.set(xlim=xlim, ylim=ylim)
    return ax


def decision_regions(
    predict: Callable[[Array], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    ax: Axes | None = None,
    labels: tuple[str, ...] = (),
) -> Axes:
    """Tint the plane with the answers of a classifier, and draw the samples on it.

    Parameters
    ----------
    predict : callable
        From samples, shape (m, 2), to their labels, shape (m,); such as ``net.predict``.
    X : array_like, shape (m, 2)
        Samples as rows. The picture reaches a tenth of their spread beyond them.
    y : array_like of int, shape (m,)
        True classes. A region has the colour of the samples of its class.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    labels : tuple of str, optional
        Names of the classes in ascending order, for a legend.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the samples do not have two features and one class each, or `predict` does not answer with one
        label for each sample, of the classes of y.

    Examples
    --------
    >>> import nnlib as nn
    >>> X, y = nn.datasets.xor(n_samples=40)
    >>> ax = nn.plots.decision_regions(lambda X: X[:, 0] * X[:, 1] < 0, X, y)
    """
    ax = points(X, y, ax=ax, labels=labels)
    X, kinds = np.asarray(X, dtype=float), np.unique(y)
    low, high = X.min(axis=0), X.max(axis=0)
    edge = np.where(high > low, 0.1 * (high - low), 1.0)
    (left, bottom), (right, top) = low - edge, high + edge
    x1, x2 = np.meshgrid(np.linspace(left, right, 300), np.linspace(bottom, top, 300))
    answers = np.asarray(predict(np.column_stack([x1.ravel(), x2.ravel()])))
    if answers.shape != (x1.size,) or not np.isin(answers, kinds).all():
        raise ValueError(
            f"predict must give one label of {kinds.tolist()} for each of {x1.size} samples; got shape "
            f"{answers.shape} with values such as {answers.ravel()[:3].tolist()}"
        )
    for (colour, _), kind in zip(_CLASSES, kinds, strict=False):
        here = (answers == kind).reshape(x1.shape).astype(float)
        if here.any():
            ax.contourf(x1, x2, here, levels=[0.5, 1.5], colors=[LIGHT[f"{colour}_tint"]], zorder=0)
        if 0 < here.mean() < 1:
            ax.contour(x1, x2, here, levels=[0.5], colors=[LIGHT["ink"]], linewidths=0.9, zorder=1)
    if labels:
        ax.legend(**_BOXED)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    return ax


def activation_curves(
    activations: Activation | Sequence[Activation],
    ax: Axes | None = None,
    derivative: bool = False,
    zlim: tuple[float, float] = (-4.0, 4.0),
) -> Axes:
    """Draw activation functions, or their slopes, each with a colour and a line style of its own.

    Parameters
    ----------
    activations : Activation or sequence of Activation
        Functions of one number, such as ``nn.Tanh()``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    derivative : bool, default False
        Draw the slopes in place of the values.
    zlim : tuple of float
        The part of the z axis to show.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.activation_curves([nn.Sigmoid(), nn.Tanh()])
    >>> ax = nn.plots.activation_curves(nn.ReLU(), derivative=True)
    """
    if isinstance(activations, Activation):
        activations = [activations]
    ax = plt.gca() if ax is None else ax
    for line in (ax.axhline, ax.axvline):
        line(0, color=LIGHT["grid"], lw=1, ls="-", zorder=0)
    z = np.linspace(*zlim, 2000)
    for activation in activations:
        values = activation.derivative(z) if derivative else activation(z)
        # Where a function jumps, a line would claim a slope that is not there.
        values[1:][np.abs(np.diff(values)) > 0.2] = np.nan
        ax.plot(z, values, label=type(activation).__name__)
    ax.set(xlabel="$z$", ylabel="slope" if derivative else "value", xlim=zlim)
    ax.legend()
    return ax


def network_diagram(net: Network, ax: Axes | None = None, max_units: int = 8) -> Axes:
    """Draw the units of a network and its weights: blue lines for positive ones, dashed orange for negative.

    The thicker a line, the larger the weight beside the others of its layer. Of a wide layer the first units
    and the last are drawn; its width stands below.

    Parameters
    ----------
    net : Network
        Its dense layers are drawn; the names of the layers after each stand above.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    max_units : int, default 8
        How many units of a layer are drawn at most; at least 2.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If max_units is less than 2.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], nn.BinaryCrossEntropy(), seed=0)
    >>> ax = nn.plots.network_diagram(net)
    """
    if max_units < 2:
        raise ValueError(f"max_units must be at least 2; got {max_units}")
    ax = plt.gca() if ax is None else ax
    dense = [layer for layer in net.layers if isinstance(layer, Dense)]
    widths = [dense[0].n_in, *(layer.n_out for layer in dense)]
    columns = [_column(width, max_units) for width in widths]
    height = max(max(column.values()) - min(column.values()) for column in columns) + 1
    step = max(2.5, 1.6 * height / len(dense))
    for i, layer in enumerate(dense):
        largest = max(np.abs(layer.W).max(), np.finfo(float).tiny)
        thickest = min(2.2, 60 / (len(columns[i]) * len(columns[i + 1])))
        for k, start in columns[i].items():
            for j, end in columns[i + 1].items():
                weight = layer.W[j, k]
                colour, dashes = ("blue", "-") if weight >= 0 else ("orange", (0, (3, 1.5)))
                ax.plot(
                    [i * step, (i + 1) * step],
                    [start, end],
                    color=LIGHT[colour],
                    lw=0.3 + thickest * abs(weight) / largest,
                    ls=dashes,
                    zorder=1,
                )
    for i, (width, column) in enumerate(zip(widths, columns, strict=True)):
        for y in column.values():
            unit = Circle((i * step, y), 0.3, fc=LIGHT["paper"], ec=LIGHT["ink"], lw=1.2, zorder=2)
            ax.add_patch(unit)
        if len(column) < width:  # the units left out
            last, before = sorted(column.values())[:2]
            ax.scatter([i * step] * 3, np.linspace(before - 0.6, last + 0.6, 3), 5, LIGHT["ink"], zorder=2)
        ax.text(i * step, -height / 2 - 0.2, f"{width:,}", ha="center", va="top")
    names: list[list[str]] = [[]]
    for member in net.layers:
        if isinstance(member, Dense):
            names.append([])
        else:
            names[-1].append(type(member).__name__)
    names[0] = names[0] or ["input"]
    names[-1] = names[-1] or ["output"]
    for i, above in enumerate(names):
        ax.text(i * step, height / 2 + 0.2, "\n".join(above), ha="center", va="bottom")
    ax.set(xlim=(-0.8, len(dense) * step + 0.8), ylim=(-height / 2 - 1.2, height / 2 + 1.2), aspect="equal")
    ax.axis("off")
    return ax


def _column(width: int, most: int) -> dict[int, float]:
    """Heights at which units of a layer are drawn, by index: all of them, or the first ones and the last."""
    if width <= most:
        return {i: (width - 1) / 2 - i for i in range(width)}
    # The dots that stand for the others take the room of one unit.
    return {i: most / 2 - i for i in range(most - 1)} | {width - 1: -most / 2}


def cost_surface(
    cost: Callable[[float, float], float],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    ax: Axes | None = None,
    levels: int = 12,
) -> Axes:
    """Draw a cost of two parameters as a map with contour lines: the darker the blue, the higher.

    The lines stand closer in height near the lowest point: those of a round bowl have equal distances.

    Parameters
    ----------
    cost : callable
        From two numbers to one.
    xlim, ylim : tuple of float
        The part of the plane to show.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    levels : int, default 12
        How many steps of height; at least 2.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the cost is the same everywhere, or not finite somewhere, or levels is less than 2.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.cost_surface(lambda u, v: u**2 + 5 * v**2, xlim=(-2, 2), ylim=(-1, 1))
    >>> ax = nn.plots.descent_path([[2, 1], [1, 0.2], [0.5, 0.0]], ax=ax)
    """
    if levels < 2:
        raise ValueError(f"levels must be at least 2; got {levels}")
    u, v = np.meshgrid(np.linspace(*xlim, 60), np.linspace(*ylim, 60))
    height = np.vectorize(cost, otypes=[float])(u, v)
    low, high = height.min(), height.max()
    if not np.isfinite([low, high]).all() or low == high:
        raise ValueError(f"expected a cost that is finite and varies; it lies between {low} and {high} here")
    ax = plt.gca() if ax is None else ax
    lines = low + (high - low) * np.linspace(0, 1, levels + 1) ** 2
    # Blue more and more opaque, in place of a colour map: the palette has a twin for the dark mode. At 0.35
    # orange still has a contrast of 3.
    shades = [(LIGHT["blue"], opacity) for opacity in np.linspace(0, 0.35, levels)]
    ax.contourf(u, v, height, levels=lines, colors=shades, zorder=0)
    ax.contour(u, v, height, levels=lines[1:-1], colors=[LIGHT["grey"]], linewidths=0.7, zorder=1)
    ax.set(xlim=xlim, ylim=ylim)
    return ax


def descent_path(
    path: ArrayLike, ax: Axes | None = None, label: str | None = None, colour: str = "orange"
) -> Axes:
    """Draw the way of an optimizer from a circle to a star, with a dot at each step.

    Parameters
    ----------
    path : array_like, shape (n, 2)
        The two parameters after each step, the start first.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    label : str, optional
        Name for the legend.
    colour : str, default "orange"
        A name of `PALETTE`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the path is not a list of points in the plane, or the colour is not in the palette.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.descent_path([[2, 1], [1, 0.2], [0.5, 0.0]], label="SGD")
    """
    path = np.asarray(path, dtype=float)
    if path.ndim != 2 or path.shape[1] != 2 or not len(path):
        raise ValueError(f"expected the points of a path, (n, 2); got {path.shape}")
    if colour not in LIGHT:
        raise ValueError(f"expected a colour of the palette, {', '.join(LIGHT)}; got {colour!r}")
    ax = plt.gca() if ax is None else ax
    ax.plot(*path.T, ".-", color=LIGHT[colour], lw=1.4, ms=5, label=label, zorder=3)
    for point, marker, size, fill in ((path[0], "o", 8, "paper"), (path[-1], "*", 14, colour)):
        ax.plot(*point, marker, ms=size, color=LIGHT[fill], mec=LIGHT["ink"], mew=0.8, zorder=4)
    if label is not None:
        ax.legend(**_BOXED)
    return ax


def learning_curves(history: History, ax: Axes | None = None) -> Axes:
    """Draw the cost after each epoch: in training, and on the validation set if there was one.

    Parameters
    ----------
    history : History
        What `fit` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If nothing was recorded.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.learning_curves(nn.History(cost=[0.9, 0.5, 0.4], validation_cost=[0.8, 0.6, 0.6]))
    """
    if not history.cost:
        raise ValueError("the history is empty: nothing has been trained")
    ax = plt.gca() if ax is None else ax
    training, validation = history.cost, history.validation_cost
    for label, cost, colour, dashes in (
        ("training", training, "blue", "-"),
        ("validation", validation, "orange", "--"),
    ):
        if cost:
            # One epoch is a point, which a line alone would not show.
            marker = "o" if len(cost) == 1 else None
            ax.plot(range(1, len(cost) + 1), cost, dashes, color=LIGHT[colour], marker=marker, label=label)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="epoch", ylabel="cost")
    ax.legend()
    return ax


def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, ax: Axes | None = None, labels: Sequence[str] = ()
) -> Axes:
    """Draw how often each class was taken for which: right answers blue, mistakes orange, nothing for none.

    The more samples of a class went that way, the deeper the colour.

    Parameters
    ----------
    y_true : array_like of int, shape (m,)
        True classes, one to a row.
    y_pred : array_like of int, shape (m,)
        Answers, one class to a column.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    labels : sequence of str, optional
        Names of the classes in ascending order; their numbers if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are no samples, not one answer for each, or not one name for each class.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], labels=("benign", "malignant"))
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim != 1 or y_true.shape != y_pred.shape or not len(y_true):
        raise ValueError(f"expected m classes and m answers; got shapes {y_true.shape} and {y_pred.shape}")
    kinds, code = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
    names = list(labels) or [str(kind) for kind in kinds]
    if len(names) != len(kinds):
        raise ValueError(f"expected {len(kinds)} names, one for each class; got {len(names)}")
    counts = np.zeros((len(kinds), len(kinds)), dtype=np.int64)
    np.add.at(counts, (code[: len(y_true)], code[len(y_true) :]), 1)
    ax = plt.gca() if ax is None else ax
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = LIGHT["blue" if row == column else "orange"]
            # Never so deep that the number in ink could not be read.
            opacity = 0.1 + 0.2 * count / counts[row].sum()
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fc=(colour, opacity), ec="none"))
            ax.text(column, row, f"{count}", ha="center", va="center")
    edges = np.arange(len(kinds) + 1) - 0.5
    ax.hlines(edges, edges[0], edges[-1], color=LIGHT["grid"], lw=0.8, ls="-")
    ax.vlines(edges, edges[0], edges[-1], color=LIGHT["grid"], lw=0.8, ls="-")
    ax.set_xticks(range(len(kinds)), names)
    ax.set_yticks(range(len(kinds)), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    limits = (edges[0], edges[-1])
    ax.set(xlabel="answer", ylabel="truth", xlim=limits, ylim=limits[::-1], aspect="equal")
    return ax


def images(
    X: ArrayLike,
    labels: Sequence[object] = (),
    ax: Axes | None = None,
    columns: int = 8,
    shape: tuple[int, int] | None = None,
) -> Axes:
    """Draw samples as grey images in rows, the largest value black.

    Parameters
    ----------
    X : array_like, shape (m, height · width)
        One image a row.
    labels : sequence, optional
        What is written above each image.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    columns : int, default 8
        Images side by side.
    shape : (int, int), optional
        Height and width of an image; square if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If X is not a matrix whose rows are images of that shape, there are not as many labels as images, or
        columns is less than 1.

    Examples
    --------
    >>> import nnlib as nn
    >>> X, _, y, _ = nn.datasets.digits()
    >>> ax = nn.plots.images(X[:16], labels=y[:16])
    """
    return _mosaic(X, labels, ax, columns, shape, mpl.colormaps["gray_r"])


def weights_as_images(
    W: ArrayLike,
    labels: Sequence[object] = (),
    ax: Axes | None = None,
    columns: int = 8,
    shape: tuple[int, int] | None = None,
) -> Axes:
    """Draw what each unit looks for: its weights as an image, blue where positive, orange where negative.

    White is zero, and all images share one scale.

    Parameters
    ----------
    W : array_like, shape (n_out, height · width)
        Weights of a layer whose inputs are pixels: one unit a row.
    labels : sequence, optional
        What is written above each image.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes if left out.
    columns : int, default 8
        Images side by side.
    shape : (int, int), optional
        Height and width of an image; square if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If W is not a matrix whose rows are images of that shape, there are not as many labels as images, or
        columns is less than 1.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(64, 10)], nn.CategoricalCrossEntropy(), seed=0)
    >>> ax = nn.plots.weights_as_images(net.layers[0].W, labels=range(10), columns=5)
    """
    colours = [LIGHT["orange"], LIGHT["paper"], LIGHT["blue"]]
    scale = LinearSegmentedColormap.from_list("weights", colours)
    limit = float(np.abs(np.asarray(W)).max(initial=0)) or 1.0
    return _mosaic(W, labels, ax, columns, shape, scale, (-limit, limit))


def _mosaic(
    X: ArrayLike,
    labels: Sequence[object],
    ax: Axes | None,
    columns: int,
    shape: tuple[int, int] | None,
    colours: Colormap,
    limits: tuple[float | None, float | None] = (None, None),
) -> Axes:
    """Draw the rows of X as images side by side, with something written above each."""
    X = np.asarray(X, dtype=float)
    side = round(np.sqrt(X.shape[-1])) if X.ndim else 0
    height, width = shape or (side, side)
    if X.ndim != 2 or X.shape[1] != height * width or not X.size:
        raise ValueError(f"expected images (m, {height} · {width}), one a row; got {X.shape}")
    if columns < 1 or (len(labels) and len(labels) != len(X)):
        raise ValueError(
            f"expected a column or more, and {len(X)} labels or none; got {columns} and {len(labels)}"
        )
    ax = plt.gca() if ax is None else ax
    columns = min(columns, len(X))
    across, down = 1.15 * width, (1.5 if len(labels) else 1.15) * height
    for i, image in enumerate(X.reshape(-1, height, width)):
        left, top = across * (i % columns), down * (i // columns)
        ax.imshow(
            image,
            cmap=colours,
            vmin=X.min() if limits[0] is None else limits[0],
            vmax=X.max() if limits[1] is None else limits[1],
            extent=(left, left + width, top + height, top),
            interpolation="none",
        )
        if len(labels):
            ax.text(left + width / 2, top - 0.05 * height, str(labels[i]), ha="center", va="bottom")
    rows = -(-len(X) // columns)
    above = 0.4 * height if len(labels) else 0
    ax.set(xlim=(0, columns * across), ylim=((rows - 1) * down + height, -above), aspect="equal")
    ax.axis("off")
    return ax
