"""Figures of the book. Every colour comes from `PALETTE`, so that the site can draw each in the dark too."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .perceptron import Perceptron

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
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    except (ImportError, AttributeError):  # not in a notebook: nothing to set
        pass


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
        If the samples do not have two features and one class each.

    Examples
    --------
    >>> import nnlib as nn
    >>> ax = nn.plots.points([[0, 0], [1, 1]], [0, 1], labels=("no", "yes"))
    """
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"expected samples (m, 2) and m classes; got {X.shape} and {y.shape}")
    ax = plt.gca() if ax is None else ax
    for i, kind in enumerate(np.unique(y)):
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
