"""Figures that answer back, in JupyterLab and on a static page that has no kernel behind it."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets
from numpy.typing import ArrayLike

from ..perceptron import Perceptron, _samples

_HERE = Path(__file__).parent
_CLOUDS = [
    [-1.8, 0.9], [-1.2, 1.7], [-0.9, 0.3], [-2.2, -0.4], [-0.4, 1.2], [-1.5, -1.1],
    [1.6, -0.8], [0.9, -1.7], [2.1, 0.2], [1.3, 0.6], [0.4, -0.9], [2.2, -1.6],
]  # fmt: skip


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

    _esm = _HERE / "perceptron.js"
    _css = _HERE / "perceptron.css"
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


class Frames(ipywidgets.VBox):  # type: ignore[misc]
    """A slider above a stack of drawn frames; `frames` makes it."""

    def __repr__(self) -> str:
        slider, stack = self.children
        return f"Frames({slider.description!r}, {len(stack.children)} frames)"


def frames(
    draw: Callable[[Any], Any],
    values: Sequence[Any] | ArrayLike,
    label: str,
    alt: Callable[[Any], str],
    start: int = 0,
    value_format: str = "{:g}",
) -> Frames:
    """Draw a figure for each value and put a slider above, which works without a kernel too.

    The link between slider and picture is made in the browser, so a static page keeps it. The frames are
    inline SVG whose colours follow the page's light or dark mode.

    Parameters
    ----------
    draw : callable
        Called as ``draw(value)``; returns the matplotlib figure, or axes in it.
    values : sequence
        What the slider steps through.
    label : str
        The slider's name, as in "learning rate".
    alt : callable
        Called as ``alt(value)``; returns what the frame shows, in words.
    start : int, default 0
        Index of the value to begin with.
    value_format : str, default "{:g}"
        How a value is written beside the slider.

    Returns
    -------
    Frames

    Raises
    ------
    ValueError
        If there are no values.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import nnlib as nn
    >>> def draw(slope):
    ...     fig, ax = plt.subplots()
    ...     ax.plot([0, 1], [0, slope])
    ...     return fig
    >>> nn.widgets.frames(draw, [1, 2, 3], "slope", alt=lambda slope: f"A line of slope {slope}.")
    Frames('slope', 3 frames)
    """
    values = list(values)  # type: ignore[arg-type]
    if not values:
        raise ValueError("expected at least one value to draw; got none")
    pictures = [ipywidgets.HTML(_inline_svg(draw(value), alt(value))) for value in values]
    slider = ipywidgets.SelectionSlider(
        options=[(value_format.format(value), i) for i, value in enumerate(values)],
        index=start,
        description=label,
        style={"description_width": "initial"},
        layout={"width": "auto", "max_width": "30rem"},
    )
    stack = ipywidgets.Stack(pictures, selected_index=start)
    ipywidgets.jslink((slider, "index"), (stack, "selected_index"))
    figure = Frames([slider, stack])
    figure.add_class("nn-frames")
    return figure


def _inline_svg(drawing: Any, alt: str) -> str:
    """Return a figure as SVG for the middle of a page: own ids, colours by name, text for screen readers."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from ..plots import PALETTE

    figure = getattr(drawing, "figure", drawing)
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "nnlib"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    # Two frames on one page must not share an id: a reference would find the hidden one.
    own = f"nn{zlib.crc32(svg.encode()):08x}-"
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}", svg)
    light, dark = [], []
    for name, (in_light, in_dark) in PALETTE.items():
        if in_light in svg:
            variable = f"--nn-{name.replace('_', '-')}"
            svg = svg.replace(in_light, f"var({variable}, {in_light})")
            light.append(f"{variable}:{in_light}")
            dark.append(f"{variable}:{in_dark}")
    svg = svg.replace(
        "<svg",
        f'<svg class="nn-frame" role="img" aria-label="{escape(alt)}" style="max-width:100%;height:auto"',
        1,
    )
    return (
        f"<style>.nn-frame{{{';'.join(light)}}}"
        f'html[data-theme="dark"] .nn-frame,body[data-jp-theme-light="false"] .nn-frame{{{";".join(dark)}}}'
        # The slider's words are black unless JupyterLab's theme is there to colour them.
        f'html[data-theme="dark"] .nn-frames :is(.widget-label,.widget-readout){{color:{PALETTE["ink"][1]}}}'
        f"</style>{svg}"
    )
