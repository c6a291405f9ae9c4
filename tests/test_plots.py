import io
import re
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import nnlib as nn

mpl.use("agg")
TINTS = {name for name in nn.plots.PALETTE if name.endswith("_tint")}


@pytest.fixture
def ax():
    with mpl.rc_context():
        nn.plots.use_style()
        fig, ax = plt.subplots()
        yield ax
        plt.close(fig)


def svg(ax):
    buffer = io.StringIO()
    ax.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("name", set(nn.plots.PALETTE) - TINTS - {"paper", "grid"})
def test_every_colour_can_be_read_on_paper_and_on_the_tints(name, mode):
    colour, backgrounds = nn.plots.PALETTE[name][mode], {"paper", "blue_tint", "orange_tint"}
    for background in backgrounds:
        assert contrast(colour, nn.plots.PALETTE[background][mode]) >= 3
    assert contrast(colour, nn.plots.PALETTE["paper"][mode]) >= 4.5


def draw(ax):
    nn.plots.boundary([3, 4], -1, ax=ax)
    nn.plots.points([[0, 0], [1, 1], [0, 1]], [0, 1, 2], ax=ax, labels=("a", "b", "c"))


def test_every_colour_of_a_figure_has_a_twin_for_the_dark_mode(ax):
    draw(ax)
    known = {light for light, _ in nn.plots.PALETTE.values()}
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg(ax))) <= known


def test_the_same_figure_is_the_same_file(ax):
    draw(ax)
    assert svg(ax) == svg(ax)


def test_classes_differ_in_marker_and_in_colour(ax):
    nn.plots.points([[0, 0], [1, 1]], [0, 1], ax=ax)
    first, second = ax.collections
    assert first.get_facecolor().tolist() != second.get_facecolor().tolist()
    assert first.get_paths()[0].vertices.shape != second.get_paths()[0].vertices.shape


def test_the_boundary_is_where_z_is_zero(ax):
    nn.plots.boundary([3, 4], -1, ax=ax)
    vertices = ax.collections[-1].get_paths()[0].vertices
    assert len(vertices) > 10
    assert abs(vertices @ [3, 4] - 1).max() < 1e-9


def test_without_axes_the_current_ones_are_used(ax):
    assert nn.plots.points([[0, 0]], [0]) is ax
    assert nn.plots.boundary([1, 1], 0) is ax


def test_bad_input_is_refused(ax):
    with pytest.raises(ValueError, match=r"samples \(m, 2\) and m classes; got \(1, 3\)"):
        nn.plots.points([[1, 2, 3]], [0])
    for w in ([0, 0], [1, 2, 3]):
        with pytest.raises(ValueError, match="expected two weights, not both zero"):
            nn.plots.boundary(w, 1)


def test_style_works_without_a_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib_inline.backend_inline", None)
    with mpl.rc_context():
        nn.plots.use_style()
        assert mpl.rcParams["svg.hashsalt"] == "nnlib"


def test_importing_nnlib_imports_nothing_but_numpy():
    heavy = ["matplotlib", "ipywidgets", "anywidget", "sklearn", "scipy", "pandas", "tqdm", "pooch"]
    code = f"import sys, nnlib; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_unknown_names_are_unknown():
    with pytest.raises(AttributeError, match="no attribute 'plot'"):
        _ = nn.plot
