import io
import re
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import print_figure
from matplotlib.colors import same_color, to_hex

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
@pytest.mark.parametrize("name", sorted(set(nn.plots.PALETTE) - TINTS - {"paper", "grid"}))
def test_every_colour_can_be_read_on_paper_and_on_the_tints(name, mode):
    colour, backgrounds = nn.plots.PALETTE[name][mode], {"paper", "blue_tint", "orange_tint"}
    for background in backgrounds:
        assert contrast(colour, nn.plots.PALETTE[background][mode]) >= 3
    assert contrast(colour, nn.plots.PALETTE["paper"][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("tint", sorted(TINTS))
def test_writing_can_be_read_on_every_tint(tint, mode):
    assert contrast(nn.plots.PALETTE["ink"][mode], nn.plots.PALETTE[tint][mode]) >= 4.5


# What the three kinds of dichromats see of a colour in linear RGB: Machado, Oliveira and Fernandes (2009),
# doi:10.1109/TVCG.2009.113, severity 1.0.
SIGHT = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
NOTICEABLE = 2.3  # the least distance in CIELAB that people notice: Mahy, Van Eycken, Oosterlinck (1994)


def lab(colour, sight):
    """CIELAB coordinates (D65) of a colour as eyes of that kind see it."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    x = XYZ @ np.clip(np.array(SIGHT[sight]) @ linear, 0, 1) / XYZ.sum(axis=1)
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("sight", SIGHT)
def test_lines_are_told_apart_by_eyes_of_every_kind(sight, mode):
    # Markers and dashes tell lines apart, too: no figure needs its colours alone.
    names = ["blue", "orange", "green", "purple", "red", "grey", "ink"]
    seen = {name: lab(nn.plots.PALETTE[name][mode], sight) for name in names}
    apart = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(names, 2)}
    assert min(apart.values()) >= 4 * NOTICEABLE, min(apart, key=apart.get)
    assert apart["blue", "orange"] >= 25 * NOTICEABLE  # the two that most figures have


NET = nn.Network(
    [nn.Dense(2, 12), nn.Tanh(), nn.Dense(12, 3), nn.ReLU(), nn.Dense(3, 1)], nn.BinaryCrossEntropy(), seed=0
)
DRAWINGS = {
    "points": lambda ax: nn.plots.points([[0, 0], [1, 1], [0, 1]], [0, 1, 2], ax=ax, labels=("a", "b", "c")),
    "boundary": lambda ax: nn.plots.boundary([3, 4], -1, ax=ax),
    "decision_regions": lambda ax: nn.plots.decision_regions(
        lambda X: X[:, 0] > X[:, 1], [[0, 1], [1, 0]], [0, 1], ax=ax, labels=("a", "b")
    ),
    "activation_curves": lambda ax: nn.plots.activation_curves([nn.Step(), nn.Tanh()], ax=ax),
    "network_diagram": lambda ax: nn.plots.network_diagram(NET, ax=ax),
    "cost_surface": lambda ax: nn.plots.cost_surface(lambda u, v: u**2 + v**2, (-1, 1), (-1, 1), ax=ax),
    "descent_path": lambda ax: nn.plots.descent_path([[1, 1], [0.5, 0]], ax=ax, label="SGD"),
    "learning_curves": lambda ax: nn.plots.learning_curves(nn.History([2.0, 1.0], [2.0, 1.5]), ax=ax),
    "confusion_matrix": lambda ax: nn.plots.confusion_matrix([0, 0, 1], [0, 1, 1], ax=ax),
    "images": lambda ax: nn.plots.images(np.eye(4), labels="abcd", ax=ax),
    "weights_as_images": lambda ax: nn.plots.weights_as_images(np.eye(4) - 0.5, ax=ax),
}


def colours(ax):
    """All colours of a drawing, but those of bitmaps."""
    return set(re.findall(r"#[0-9a-fA-F]{6}\b|rgba?\([^)]*\)", svg(ax)))


def test_every_function_is_tried_here():
    functions = {
        name for name, thing in vars(nn.plots).items() if getattr(thing, "__module__", "") == "nnlib.plots"
    }
    assert {name for name in functions if not name.startswith("_")} - {"use_style"} == set(DRAWINGS)


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_colour_of_a_figure_has_a_twin_for_the_dark_mode(name, ax):
    assert DRAWINGS[name](ax) is ax
    assert colours(ax) <= {light for light, _ in nn.plots.PALETTE.values()}


def test_a_colour_from_elsewhere_would_be_found(ax):
    ax.plot([0, 1], color="tab:blue")
    assert "#1f77b4" in colours(ax)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_figure_is_the_same_file(name, ax):
    first = svg(DRAWINGS[name](ax))
    fig, again = plt.subplots()
    assert svg(DRAWINGS[name](again)) == first
    plt.close(fig)


@pytest.mark.parametrize("name", DRAWINGS)
def test_without_axes_the_current_ones_are_used(name, ax):
    assert DRAWINGS[name](None) is ax


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


@pytest.mark.parametrize(
    ("message", "name", "arguments"),
    [
        (r"samples \(m, 2\) and m classes; got \(1, 3\)", "points", ([[1, 2, 3]], [0])),
        ("at most 5 classes.*got 6 classes and 0 names", "points", (np.eye(6)[:, :2], range(6))),
        ("got 2 classes and 1 names", "points", (np.eye(2), [0, 1], None, ("a",))),
        ("expected two weights, not both zero", "boundary", ([0, 0], 1)),
        ("expected two weights, not both zero", "boundary", ([1, 2, 3], 1)),
        (r"one label of \[0, 1\].*shape \(90000, 2\)", "decision_regions", (lambda X: X, np.eye(2), [0, 1])),
        (r"values such as \[7\.0, 7\.0", "decision_regions", (lambda X: X[:, 0] * 0 + 7, np.eye(2), [0, 1])),
        ("max_units must be at least 2; got 1", "network_diagram", (NET, None, 1)),
        ("levels must be at least 2; got 1", "cost_surface", (lambda u, v: u, (0, 1), (0, 1), None, 1)),
        ("lies between 3.0 and 3.0", "cost_surface", (lambda u, v: 3, (0, 1), (0, 1))),
        ("between nan and nan", "cost_surface", (lambda u, v: np.nan, (0, 1), (0, 1))),
        (r"points of a path, \(n, 2\); got \(2,\)", "descent_path", ([1, 2],)),
        (r"got \(1, 3\)", "descent_path", ([[1, 2, 3]],)),
        (r"got \(0, 2\)", "descent_path", (np.empty((0, 2)),)),
        ("colour of the palette, ink, .*; got 'pink'", "descent_path", ([[1, 2]], None, None, "pink")),
        ("nothing has been trained", "learning_curves", (nn.History(),)),
        (r"shapes \(2,\) and \(1,\)", "confusion_matrix", ([0, 1], [0])),
        (r"shapes \(0,\) and \(0,\)", "confusion_matrix", ([], [])),
        ("expected 2 names, one for each class; got 1", "confusion_matrix", ([0, 1], [0, 1], None, "a")),
        (r"images \(m, 2 · 2\), one a row; got \(4,\)", "images", ([1, 2, 3, 4],)),
        (r"images \(m, 2 · 2\), one a row; got \(2, 5\)", "images", (np.ones((2, 5)),)),
        (r"got \(\)", "images", (3,)),
        (r"got \(0, 4\)", "weights_as_images", (np.empty((0, 4)),)),
        ("2 labels or none; got 8 and 1", "images", (np.ones((2, 4)), "a")),
        ("a column or more.*got 0 and 0", "images", (np.ones((2, 4)), (), None, 0)),
    ],
)
def test_bad_input_is_refused(message, name, arguments, ax):
    with pytest.raises(ValueError, match=message):
        getattr(nn.plots, name)(*arguments)


def test_regions_are_tinted_with_the_colours_of_their_samples(ax):
    X, y = [[0, 0], [1, 0], [0, 1]], ["a", "b", "c"]
    answers = np.array(y)
    nn.plots.decision_regions(
        lambda X: answers[np.where(X[:, 0] > 0.5, 1, np.where(X[:, 1] > 0.5, 2, 0))], X, y, ax=ax
    )
    tints = [
        to_hex(collection.get_facecolor()[0]) for collection in ax.collections if collection.get_zorder() == 0
    ]
    light = nn.plots.LIGHT
    assert tints == [light["blue_tint"], light["orange_tint"], light["green_tint"]]
    second = [collection for collection in ax.collections if collection.get_zorder() == 0][1]
    assert second.get_paths()[0].vertices[:, 0].min() == pytest.approx(0.5, abs=0.01)
    assert ax.get_xlim() == pytest.approx((-0.1, 1.1))


def test_regions_of_one_class_and_of_one_sample(ax):
    nn.plots.decision_regions(lambda X: np.zeros(len(X)), [[2, 3]], [0], ax=ax)
    assert ax.get_xlim() == (1, 3)
    assert len(ax.collections) == 2  # the sample and one region, with no boundary
    nn.plots.decision_regions(lambda X: np.zeros(len(X)), [[2, 3], [2, 4]], [0, 1], ax=ax)
    assert len(ax.collections) == 5  # two kinds of samples more, and still one region


def test_activation_curves_are_the_functions_and_do_not_bridge_a_jump(ax):
    nn.plots.activation_curves([nn.Sigmoid(), nn.Step()], ax=ax)
    *_, sigmoid, step = ax.lines
    z, value = sigmoid.get_data()
    assert np.array_equal(value, nn.Sigmoid()(z))
    assert np.isnan(step.get_ydata()).sum() == 1
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Sigmoid", "Step"]
    assert sigmoid.get_linestyle() != step.get_linestyle()


def test_slopes_are_the_derivatives(ax):
    nn.plots.activation_curves(nn.Tanh(), ax=ax, derivative=True, zlim=(-1, 2))
    z, slope = ax.lines[-1].get_data()
    assert (z.min(), z.max()) == (-1, 2)
    assert np.array_equal(slope, nn.Tanh().derivative(z))
    assert ax.get_ylabel() == "slope"


def test_the_diagram_shows_units_weights_and_names(ax):
    net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], nn.BinaryCrossEntropy(), seed=0)
    net.params[:] = 0
    net.layers[0].W[1, 0], net.layers[0].W[2, 1] = -4, 2
    nn.plots.network_diagram(net, ax=ax)
    assert len(ax.patches) == 6
    assert len(ax.lines) == 9
    first = ax.lines[1]  # from input 0 to unit 1
    assert same_color(first.get_color(), nn.plots.LIGHT["orange"])
    assert first.get_linewidth() == pytest.approx(2.5)
    assert first.get_linestyle() == "--"
    sixth = ax.lines[5]
    assert same_color(sixth.get_color(), nn.plots.LIGHT["blue"])
    assert sixth.get_linewidth() == pytest.approx(0.3 + 1.1)
    assert sixth.get_linestyle() == "-"
    assert {text.get_text() for text in ax.texts} == {"2", "3", "1", "input", "Tanh", "output"}


def test_of_a_wide_layer_the_first_units_and_the_last_are_drawn(ax):
    net = nn.Network([nn.Dense(1000, 3)], nn.MeanSquaredError())
    net.layers[0].W[:] = 1
    net.layers[0].W[0, 999] = -1
    nn.plots.network_diagram(net, ax=ax, max_units=4)
    assert len(ax.patches) == 7
    assert len(ax.collections) == 1  # the dots
    assert [line.get_linestyle() for line in ax.lines].index("--") == 9  # the last unit's first weight
    assert "1,000" in {text.get_text() for text in ax.texts}


def test_the_surface_is_darker_where_the_cost_is_higher(ax):
    nn.plots.cost_surface(lambda u, v: (u - 1) ** 2, (0, 2), (0, 1), ax=ax, levels=5)
    opacity = ax.collections[0].get_facecolor()[:, 3]
    assert opacity[0] == 0
    assert np.all(np.diff(opacity) > 0)
    lowest = ax.collections[0].get_paths()[0].vertices[:, 0]
    assert lowest.mean() == pytest.approx(1, abs=0.05)


def test_the_path_leads_from_circle_to_star(ax):
    nn.plots.descent_path([[3, 4], [1, 2], [0, 0]], ax=ax, colour="purple")
    way, start, end = ax.lines
    assert way.get_xydata().tolist() == [[3, 4], [1, 2], [0, 0]]
    assert (start.get_marker(), start.get_xydata().tolist()) == ("o", [[3, 4]])
    assert (end.get_marker(), end.get_xydata().tolist()) == ("*", [[0, 0]])
    assert same_color(way.get_color(), nn.plots.LIGHT["purple"])
    assert ax.get_legend() is None


def test_learning_curves_count_epochs_from_one(ax):
    nn.plots.learning_curves(nn.History([3.0, 2.0, 1.5]), ax=ax)
    (training,) = ax.lines
    assert training.get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.5]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training"]


def test_a_single_epoch_is_a_point(ax):
    nn.plots.learning_curves(nn.History([3.0], [4.0]), ax=ax)
    assert [line.get_marker() for line in ax.lines] == ["o", "o"]
    assert ax.lines[1].get_linestyle() == "--"


def test_the_confusion_matrix_counts(ax):
    nn.plots.confusion_matrix([2, 2, 2, 7, 7], [2, 2, 7, 7, 9], ax=ax)
    cells = {(int(x), int(y)): text.get_text() for text in ax.texts for x, y in [text.get_position()]}
    assert cells == {(0, 0): "2", (1, 0): "1", (1, 1): "1", (2, 1): "1"}
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2", "7", "9"]
    right, wrong = ax.patches[0].get_facecolor(), ax.patches[1].get_facecolor()
    assert to_hex(right) == nn.plots.LIGHT["blue"]
    assert to_hex(wrong) == nn.plots.LIGHT["orange"]
    assert right[3] == pytest.approx(0.1 + 0.2 * 2 / 3)
    assert ax.get_ylim() == (2.5, -0.5)  # the first class stands at the top


def over(colour, opacity, mode):
    """The colour that is seen where one is laid on the paper."""
    mixed = [
        round(
            opacity * int(nn.plots.PALETTE[colour][mode][i : i + 2], 16)
            + (1 - opacity) * int(nn.plots.PALETTE["paper"][mode][i : i + 2], 16)
        )
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in mixed)


@pytest.mark.parametrize("mode", [0, 1])
def test_what_stands_on_shades_can_be_read(mode, ax):
    palette = nn.plots.PALETTE
    for colour in ("blue", "orange"):
        assert contrast(palette["ink"][mode], over(colour, 0.3, mode)) >= 4.5
    nn.plots.cost_surface(lambda u, v: u, (0, 1), (0, 1), ax=ax)
    deepest = over("blue", ax.collections[0].get_facecolor()[-1, 3], mode)
    assert contrast(palette["ink"][mode], deepest) >= 4.5
    for colour in ("orange", "green", "red", "purple"):  # of paths
        assert contrast(palette[colour][mode], deepest) >= 3


def test_images_stand_in_rows_with_their_labels(ax):
    X = np.arange(18.0).reshape(3, 6)
    nn.plots.images(X, labels=[5, 6, 7], ax=ax, columns=2, shape=(2, 3))
    assert [image.get_array().tolist() for image in ax.images] == X.reshape(3, 2, 3).tolist()
    left, right, bottom, top = zip(*(image.get_extent() for image in ax.images), strict=True)
    assert left == pytest.approx((0, 3.45, 0))
    assert top == pytest.approx((0, 0, 3))
    assert np.subtract(right, left) == pytest.approx([3, 3, 3])
    assert np.subtract(bottom, top) == pytest.approx([2, 2, 2])
    assert [text.get_text() for text in ax.texts] == ["5", "6", "7"]
    assert {image.get_clim() for image in ax.images} == {(0, 17)}


def test_weights_share_one_scale_with_white_at_zero(ax):
    nn.plots.weights_as_images([[1, -4, 0, 2], [0, 0, 0, 0]], ax=ax)
    assert {image.get_clim() for image in ax.images} == {(-4, 4)}
    scale = ax.images[0].cmap
    light = nn.plots.LIGHT
    assert [to_hex(scale(x)) for x in (0.0, 1.0)] == [light["orange"], light["blue"]]
    assert min(scale(0.5)) > 0.99
    nn.plots.weights_as_images([[0, 0, 0, 0]], ax=ax)
    assert ax.images[-1].get_clim() == (-1, 1)


def test_style_works_without_a_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib_inline.backend_inline", None)
    with mpl.rc_context():
        nn.plots.use_style()
        assert mpl.rcParams["svg.hashsalt"] == "nnlib"


def test_a_notebook_stores_each_path_in_one_line(ax):
    ax.plot(np.arange(30) % 7, "o-")
    shown = InteractiveShell.instance().display_formatter.formatters["image/svg+xml"]
    plain = print_figure(ax.figure, "svg", metadata={"Date": None, "Creator": None})
    assert re.search(r'd="[^"]*\n', plain)
    assert not re.search(r'd="[^"]*\n', shown(ax.figure))
    assert shown(ax.figure).split() == plain.split()
    assert shown(plt.Figure()) is None


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
