import itertools
import json
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlib as nn
from nnlib.plots import PALETTE
from nnlib.widgets import drawing, stills

mpl.use("agg")


def picture(value):
    _, ax = plt.subplots()
    ax.plot([0, 1], [0, value], color=PALETTE["blue"][0], clip_on=True)
    return ax


def test_explorable_keeps_what_it_was_given():
    figure = nn.widgets.PerceptronExplorable([[0, 0], [1, 2]], [-1, 1], w=[2, -3], b=0.5, learning_rate=0.1)
    assert (figure.points, figure.labels) == ([[0, 0], [1, 2]], [0, 1])
    assert (figure.w, figure.b, figure.learning_rate, figure.updates) == ([2, -3], 0.5, 0.1, 0)


def test_explorable_has_points_of_both_classes_by_default_and_a_text_without_an_address():
    figure = nn.widgets.PerceptronExplorable()
    assert len(figure.points) == len(figure.labels) == 12
    assert sorted(set(figure.labels)) == [0, 1]
    assert figure.w == [1, 1]
    assert repr(figure) == "PerceptronExplorable(12 points)"
    assert figure._repr_mimebundle_()[0]["text/plain"] == "PerceptronExplorable(12 points)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": [[0, 0]]}, "together"),
        ({"X": [[0, 0, 0]], "y": [1]}, r"points \(m, 2\)"),
        ({"X": np.zeros((0, 2)), "y": []}, "not be empty"),
        ({"X": [[0, 0]], "y": [2]}, "labels must be"),
        ({"X": [[0, np.nan]], "y": [1]}, "NaN"),
        ({"w": [1, 2, 3]}, "two weights"),
        ({"b": np.inf}, "finite"),
        ({"learning_rate": 0}, "learning_rate"),
    ],
)
def test_explorable_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        nn.widgets.PerceptronExplorable(**arguments)


@pytest.mark.parametrize(("file", "number"), [("perceptron", 9), ("ui", 13), ("frames", 15)])
def test_colours_of_the_explorables_are_those_of_the_book(file, number):
    light, dark = re.findall(
        r"\{([^}]*--nn-ink: [^}]*)\}", (Path(nn.widgets.__file__).parent / f"{file}.css").read_text()
    )
    for mode, text in enumerate((light, dark)):
        colours = dict(re.findall(r"--nn-([\w-]+): (#\w+)", text))
        assert len(colours) == number
        for name, colour in colours.items():
            assert colour == PALETTE[name.replace("-", "_")][mode], name


EXPLORABLES = ("Activation", "Forward", "Cost", "Graph", "Regularization", "Playground", "Twin")


@pytest.mark.parametrize("kind", EXPLORABLES)
def test_an_explorables_module_is_one_file_with_the_shared_ones_in_it(kind):
    module = getattr(nn.widgets, f"{kind}Explorable")._esm
    assert not re.search(r'^import .*";$', module, re.MULTILINE)  # nothing left for the browser to fetch
    assert module.count("export default") == 1
    assert module.count("function make(") == 1
    names = re.findall(r"^(?:export )?(?:const|let|class|function) (\w+)", module, re.MULTILINE)
    assert len(names) == len(set(names))
    source = (Path(nn.widgets.__file__).parent / f"{kind.lower()}.js").read_text(encoding="utf-8")
    for line in source.splitlines():  # of the module itself nothing but comments and imports is lost
        if line.strip() and not line.lstrip().startswith(("//", "/*", "*", "import {")):
            assert line in module


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (nn.widgets.ActivationExplorable(), "ActivationExplorable('Sigmoid', z=0.5, n=10, w=1)"),
        (nn.widgets.ForwardExplorable(), "ForwardExplorable(2-3-1, Tanh)"),
        (nn.widgets.CostExplorable(), "CostExplorable(10 points, delta=1)"),
        (nn.widgets.GraphExplorable(), "GraphExplorable('(x + y) z')"),
        (nn.widgets.RegularizationExplorable(), "RegularizationExplorable('L2', lam=0.01, degree=6)"),
        (nn.widgets.TwinExplorable(), "TwinExplorable(64-32-10, ReLU, SGD)"),
        (nn.widgets.TwinExplorable(cost="Huber", momentum=0), "TwinExplorable(64-32-1, ReLU, SGD)"),
        (nn.widgets.PlaygroundExplorable(), "PlaygroundExplorable('moons', 2-4-4-1, Tanh, SGD)"),
        (
            nn.widgets.PlaygroundExplorable("three arms"),
            "PlaygroundExplorable('three arms', 2-4-4-3, Tanh, SGD)",
        ),
        (
            nn.widgets.PlaygroundExplorable(X=[[0, 1]], y=[0], hidden=(), cost="CategoricalCrossEntropy"),
            "PlaygroundExplorable('own', 2-2, Tanh, SGD)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_explorables_have_a_text_without_an_address(figure, text):
    assert repr(figure) == text
    assert figure._repr_mimebundle_()[0]["text/plain"] == text


REFUSED = [
    ("Activation", {"activation": "GELU"}, "activation must be one of Identity"),
    ("Activation", {"z": 7}, "z must be a number from -6 to 6; got 7"),
    ("Activation", {"n": 2.5}, "n must be a whole number from 1 to 50; got 2.5"),
    ("Activation", {"w": np.nan}, "w must be a number"),
    ("Forward", {"x": [1]}, r"expected 2 finite inputs; got shape \(1,\)"),
    ("Forward", {"x": [1, np.inf]}, "2 finite inputs"),
    ("Cost", {"points": [[0, 1], [1, 1]]}, "at least three points"),
    ("Cost", {"points": [[1, 1], [1, 2], [1, 3]]}, "two different x"),
    ("Cost", {"points": [[1, 1], [2, 2], [3, 11]]}, "between 0 and 10"),
    ("Cost", {"points": [1, 2, 3]}, r"expected points \(m, 2\)"),
    ("Cost", {"points": [[1, np.nan]] * 3}, "NaN"),
    ("Cost", {"delta": 0}, "delta must be"),
    ("Graph", {"expression": " "}, "1 to 200 characters"),
    ("Graph", {"expression": "x+" * 200 + "x"}, "1 to 200 characters"),
    ("Graph", {"values": {"x": np.inf}}, "values must be finite"),
    ("Regularization", {"penalty": "L3"}, "penalty must be one of L1, L2; got 'L3'"),
    ("Regularization", {"lam": 0}, "lam must be"),
    ("Regularization", {"degree": 9}, "degree must be"),
    ("Regularization", {"noise": -1}, "noise must be"),
    ("Playground", {"data": "rings"}, "data must be one of moons"),
    ("Playground", {"data": "own"}, "points X and their labels y together"),
    ("Playground", {"X": [[0, 0]]}, "together"),
    ("Playground", {"X": [[0, 0]], "y": [3]}, "1 labels from 0 to 2"),
    ("Playground", {"X": [[0, 0]], "y": [0.5]}, "dtype float64"),
    ("Playground", {"X": [[0, 0]], "y": [0, 1]}, "1 labels"),
    ("Playground", {"hidden": (9,)}, "hidden must be"),
    ("Playground", {"hidden": (1,) * 5}, "four hidden layers"),
    ("Playground", {"cost": "MSE"}, "cost must be one of"),
    ("Playground", {"optimizer": "RMSProp"}, "optimizer must be one of SGD, Adam"),
    ("Playground", {"learning_rate": 0}, "learning_rate must be"),
    ("Playground", {"batch_size": 0}, "batch_size must be a whole number from 1 to 1000"),
    ("Playground", {"name": "My page"}, "small letters"),
    ("Twin", {"n_in": 65}, "n_in must be a whole number from 1 to 64"),
    ("Twin", {"hidden": (4,) * 5}, "at most four hidden layers; got 5"),
    ("Twin", {"hidden": (0,)}, "hidden must be"),
    ("Twin", {"activation": "Step"}, "activation must be one of ReLU"),
    ("Twin", {"cost": "Hinge"}, "cost must be one of"),
    ("Twin", {"optimizer": "AdamW"}, "optimizer must be one of SGD, Adam"),
    ("Twin", {"optimizer": "Adam", "momentum": 0.9}, "momentum of Adam must be 0; got 0.9"),
    ("Twin", {"momentum": 0.5}, "momentum of SGD must be 0 or 0.9; got 0.5"),
    ("Twin", {"learning_rate": 0.2}, "learning_rate must be one of 0.001"),
    ("Twin", {"dtype": "float16"}, "dtype must be one of float64, float32"),
]


@pytest.mark.parametrize(("kind", "arguments", "message"), REFUSED)
def test_explorables_refuse(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(nn.widgets, f"{kind}Explorable")(**arguments)


def test_forward_takes_a_network_as_it_is_and_refuses_what_it_cannot_draw():
    net = nn.Network(
        [nn.Dense(2, 3), nn.LeakyReLU(), nn.Dense(3, 2), nn.LeakyReLU(), nn.Dense(2, 2)],
        nn.CategoricalCrossEntropy(),
    )
    figure = nn.widgets.ForwardExplorable(net)
    assert (figure.sizes, figure.activation, figure.cost) == (
        [2, 3, 2, 2],
        "LeakyReLU",
        "CategoricalCrossEntropy",
    )
    assert figure.params == net.params.tolist()
    assert figure.x == [-1, 1]
    assert nn.widgets.ForwardExplorable(nn.Network([nn.Dense(1, 1)], nn.Hinge())).activation == "Identity"
    for layers in (
        [nn.Dense(2, 2), nn.Tanh()],
        [nn.Tanh(), nn.Dense(2, 2)],
        [nn.Dense(2, 2), nn.Dense(2, 2)],
        [nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 1)],
        [nn.Dense(2, 2), nn.LeakyReLU(0.3), nn.Dense(2, 1)],
        [nn.Dense(2, 2), nn.Dropout(0.5), nn.Dense(2, 1)],
    ):
        with pytest.raises(ValueError, match="one kind of activation"):
            nn.widgets.ForwardExplorable(nn.Network(layers, nn.MeanSquaredError()))
    for widths in ([7, 1], [1, 1, 1, 1, 1, 1]):
        layers = [part for a, b in itertools.pairwise(widths) for part in (nn.Dense(a, b), nn.Tanh())][:-1]
        with pytest.raises(ValueError, match="at most 4 dense layers, and 6 units"):
            nn.widgets.ForwardExplorable(nn.Network(layers, nn.MeanSquaredError()))


def test_playground_gives_its_network_to_python():
    figure = nn.widgets.PlaygroundExplorable(hidden=(3,), dropout=0.2, penalty="L1", lam=0.01)
    with pytest.raises(RuntimeError, match="has not been shown yet"):
        figure.network()
    figure.points, figure.labels, figure.params = [[0, 0], [1, 1]], [0, 1], [0.1 * k for k in range(13)]
    net = figure.network()
    assert [repr(layer) for layer in net.layers] == ["Dense(2, 3)", "Tanh()", "Dropout(0.2)", "Dense(3, 1)"]
    assert net.params.tolist() == figure.params
    assert repr(net.penalty) == "L1(0.01)"
    figure = nn.widgets.PlaygroundExplorable(X=[[0, 0], [1, 1], [2, 2]], y=[0, 1, 2], hidden=(2,))
    figure.params = [0.0] * 15
    net = figure.network()
    assert (net.n_out, repr(net.cost), net.penalty) == (3, "CategoricalCrossEntropy()", None)


def whole(figure, i=0):
    """One frame put together again."""
    return drawing.joined(figure.lines, figure.frames[i])


def test_frames_carry_their_words_and_share_their_lines():
    figure = nn.widgets.frames(picture, [0.5, 1, 2], "slope", alt=lambda v: f'slope "{v}"', start=1)
    assert repr(figure) == "Frames('slope', 3 frames)"
    assert figure._repr_mimebundle_()[0]["text/plain"] == repr(figure)
    assert (figure.texts, figure.at) == ([["0.5", "1", "2"]], [1])
    assert figure.alts[0] == 'slope "0.5"'
    assert plt.get_fignums() == []
    alone = [whole(nn.widgets.frames(picture, [v], "slope", alt=str)) for v in (0.5, 1, 2)]
    marks = re.compile(r"\bn[0-9a-f]+-")
    assert [marks.sub("", whole(figure, i)) for i in range(3)] == [marks.sub("", svg) for svg in alone]
    assert len("".join(figure.lines)) < 0.6 * len("".join(alone))


def test_frames_of_two_parameters_are_a_grid():
    def draw(a, b):
        return picture(a + 10 * b)

    figure = nn.widgets.frames(
        draw,
        ([1, 2, 3], np.array([0, 1])),
        ("a", "b"),
        alt=lambda a, b: f"{a} and {b}",
        start=(-1, 1),
        value_format=("{:g}", "<{}>"),
    )
    assert repr(figure) == "Frames('a' × 'b', 6 frames)"
    assert figure.alts == ["1 and 0", "1 and 1", "2 and 0", "2 and 1", "3 and 0", "3 and 1"]
    assert (figure.at, figure.texts) == ([2, 1], [["1", "2", "3"], ["<0>", "<1>"]])
    assert len({whole(figure, i) for i in range(6)}) == 6


def test_frames_share_no_id_with_another_figure_and_every_reference_is_answered():
    figures = [nn.widgets.frames(picture, [1, 2], name, alt=str) for name in ("slope", "rise")]
    ids = [set(re.findall(r'\bid="([^"]+)"', "".join(figure.lines))) for figure in figures]
    assert not ids[0] & ids[1]
    for figure, i in itertools.product(figures, range(2)):
        references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', whole(figure, i)))
        assert references
        assert references <= set(re.findall(r'\bid="([^"]+)"', whole(figure, i)))


def test_frames_take_the_colours_of_the_page_and_are_the_same_on_every_run():
    first, second = (whole(nn.widgets.frames(picture, [1], "slope", alt=str)) for _ in range(2))
    assert first == second
    assert "var(--nn-blue)" in first
    assert PALETTE["blue"][0] not in first
    assert "<style" not in first  # it would reach the whole page
    drawn, suffix = drawing.as_file(first)
    assert suffix == "svg"
    assert PALETTE["blue"][0].encode() in drawn
    assert b"var(" not in drawn


def test_frames_become_pixels_where_that_is_smaller():
    noise = np.random.default_rng(0).normal(size=(2, 3000))

    def cloud(scale):
        _, ax = plt.subplots(figsize=(2, 2))
        ax.plot(*(scale * noise), "o", ms=2)
        return ax

    figure = nn.widgets.frames(cloud, [1, 2], "scale", alt=str)
    assert [whole(figure, i)[:5] for i in range(2)] == ["<img "] * 2
    drawn, suffix = drawing.as_file(whole(figure))
    assert (suffix, drawn[:4]) == ("png", b"\x89PNG")
    assert len(json.dumps([figure.lines, figure.frames])) < 60_000


@pytest.mark.parametrize(
    ("values", "at", "expected"),
    [
        ([0.1, 0.2, 0.5], 1.0, 0.2),
        ([0.1, 0.2, 0.5], 1.25, 0.275),
        ([0.1, 0.2, 1 / 3], 2, 1 / 3),
        ([2, 4, 8], 1.6, 6),
        (["a", "b"], 0, "a"),
        ([1.0, 2.0], 9, 2.0),
        ([1.0, 2.0], -1, 1.0),
    ],
)
def test_frames_know_the_value_between_two(values, at, expected):
    found = nn.widgets._between(values, at)
    assert found == expected
    assert type(found) is type(expected)


def test_frames_answer_the_page():
    def draw(a, b):
        if a == 1.5:
            raise KeyError(a)
        return picture(a)

    figure = nn.widgets.frames(draw, ([1.0, 2.0], ["x", "y"]), ("a", "b"), alt=lambda a, b: f"{a}{b}",
                               value_format=("{:g}", "{}"))  # fmt: skip
    said = []
    figure.send = said.append
    for content in ({}, {"at": [0.25, 1]}, {"at": [0.5, 0]}):
        figure._answer(figure, content, [])
    assert said[0] == {"between": [True, False]}
    assert (said[1]["texts"], said[1]["alt"]) == (["1.25", "y"], "1.25y")
    assert said[1]["html"].startswith("<svg")
    assert said[2] == {"at": [0.5, 0], "texts": ["1.5", "x"], "refused": "KeyError: 1.5"}
    assert nn.widgets._is_range([1, 2, 3]) is False
    assert nn.widgets._is_range([1, 3, 4]) is True
    assert nn.widgets._is_range([1.0]) is False


@pytest.mark.parametrize(
    ("values", "label", "message"),
    [
        ([], "slope", "at least one value"),
        (([1], []), ("a", "b"), "at least one value"),
        (range(101), "slope", "at most 100 frames; got 101: give fewer values"),
        ((range(20), range(6)), ("a", "b"), "at most 100 frames; got 20 × 6: give fewer values"),
        (([1], [2], [3]), ("a", "b", "c"), "one label, or two"),
        (([1], [2]), ("a",), "one label, or two"),
    ],
)
def test_frames_refuse(values, label, message):
    with pytest.raises(ValueError, match=message):
        nn.widgets.frames(picture, values, label, alt=lambda *v: str(v))


def test_frames_refuse_to_be_large(monkeypatch):
    monkeypatch.setattr(nn.widgets, "_MOST_BYTES", 5000)
    with pytest.raises(ValueError, match=r"the 2 frames take \d+ kB, more than 5: give fewer values"):
        nn.widgets.frames(picture, [1, 2], "slope", alt=str)


def test_small_svg_keeps_shapes_and_leaves_out_what_nobody_sees():
    line = " ".join(f"L {x} {2 * x + 0.004 * (-1) ** x}" for x in range(1, 50))
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"><metadata>m</metadata>
    <defs><style type="text/css">*{{stroke-linecap: butt}}</style><path id="mark" d="M 0.12345 0"/></defs>
    <!-- c -->
    <g id="figure_1"><path d="M 0 0 {line} L 0 98 C 1.26 2 3 4 5 6.04 z" clip-path="url(#box)"/></g>
    <g/><text transform="rotate(-0 1 2)" style="font-family: A, B; font-size: 9px"> a </text>
    <use x:href="#mark" x="1.06" style="fill: red; stroke-width: 1.23456"/><use x:href="#mark" x="-0.01"
    style="fill: red; stroke-width: 1.23456"/><clipPath id="box"><rect width="1"/></clipPath></svg>"""
    assert drawing.lean(svg).split("\n") == [
        '<svg xmlns="http://www.w3.org/2000/svg" style="stroke-linecap: butt">',
        "<defs>",
        '<path id="mark" d="M.123 0" style="fill:red;stroke-width:1.23"/>',
        "</defs>",
        '<path d="M0 0L49 98L0 98C1.3 2 3 4 5 6z" clip-path="url(#box)"/>',
        '<text style="font-family:sans-serif;font-size:9px"> a </text>',
        '<use x="1.1" href="#mark"/>',
        '<use x="0" href="#mark"/>',
        '<clipPath id="box">',
        '<rect width="1"/>',
        "</clipPath>",
        "</svg>",
    ]


# ---- pictures for pages without JavaScript -----------------------------------------------------------------

W = nn.widgets


def state_of(figure):
    return {name: getattr(figure, name) for name in figure.traits(sync=True)}


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (
            W.PerceptronExplorable(),
            "the line 1 x₁ + 1 x₂ + 0 = 0. Mistakes: 4 of 12.",
        ),
        (W.PerceptronExplorable(w=[0, 0]), "Mistakes: 12 of 12"),
        (W.ActivationExplorable("Step", n=3), "the gradient is 0."),
        (W.ActivationExplorable("ReLU", n=3, w=2), "the gradient is 8."),
        (W.ForwardExplorable(), "A network with 2, 3, 1 units and Tanh"),
        (W.ForwardExplorable(nn.Network([nn.Dense(1, 1)], nn.Hinge())), "A network with 1, 1 units"),
        (W.CostExplorable(), "squared error 0.27, absolute error 0.57, Huber 0.53."),
        (W.GraphExplorable(), "The value is -12; x = -2 with the gradient -4, y = 5 with the gradient -4"),
        (W.GraphExplorable("-max(relu(x), 2) ** 2 / 4"), "The value is -1; x = 1 with the gradient 0."),
        (W.RegularizationExplorable("L1", lam=0.05), "27 weights as bars: 23 are zero"),
        (W.RegularizationExplorable(), "0 are zero"),
        (W.PlaygroundExplorable(), "200 points of 2 classes (moons)"),
        (W.PlaygroundExplorable("three arms", hidden=(8, 8)), "with 2, 8, 8, 3 units"),
        (W.PlaygroundExplorable("spirals", hidden=(8, 8)), "(spirals)"),
        (W.PlaygroundExplorable("clouds", cost="CategoricalCrossEntropy"), "with 2, 4, 4, 2 units"),
        (W.PlaygroundExplorable(X=[[0, 1], [1, 0]], y=[0, 1]), "2 points of 2 classes (own)"),
        (W.TwinExplorable(), "with the shapes of its 2,410 parameters."),
        (W.TwinExplorable(cost="Huber", hidden=()), "with the shapes of its 65 parameters."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_explorable_has_a_small_picture_with_words(figure, words):
    drawn, suffix, alt = stills.still(type(figure).__name__, state_of(figure))
    assert suffix == "svg"
    assert b"<path" in drawn
    assert len(drawn) < 20_000
    assert words in alt
    assert plt.get_fignums() == []


def test_the_picture_of_a_changed_playground_shows_its_weights():
    figure = W.PlaygroundExplorable(hidden=(2,))
    before = stills.still("PlaygroundExplorable", state_of(figure))[0]
    figure.params = [float(k) for k in range(9)]
    assert stills.still("PlaygroundExplorable", state_of(figure))[0] != before


def test_the_picture_of_frames_is_the_one_that_shows():
    figure = W.frames(picture, [1, 2, 4], "slope", alt=lambda v: f"slope {v}", start=1)
    drawn, suffix, alt = stills.still("Frames", state_of(figure))
    assert (alt, suffix) == ("slope 2", "svg")
    assert drawn == drawing.as_file(whole(figure, 1))[0]


def test_no_picture_without_a_name():
    with pytest.raises(ValueError, match="expected Frames, PerceptronExplorable"):
        stills.still("IntSlider", {})


@pytest.mark.parametrize("expression", ["", "x +", "(x", "exp x", "exp(x", "x)", "+", "x ? y"])
def test_graphs_that_cannot_be_read(expression):
    with pytest.raises(ValueError, match="cannot read"):
        stills.read_graph(expression)


@pytest.mark.parametrize(
    ("expression", "python"),
    [
        ("x / y - -z^2", "x / y + z**2"),
        ("2 x y(z + 1.5)", "2 * x * y * (z + 1.5)"),
        ("+sqrt(x) · min(y, z)", "np.sqrt(x) * np.minimum(y, z)"),
        ("2 ** -x", "2 ** -x"),
        ("x * x + x", "x * x + x"),  # one node, used three times
    ],
)
def test_graphs_are_read_as_the_page_reads_them(expression, python):
    values = {"x": 0.7, "y": 1.9, "z": -1.1}
    found = stills._run(stills.read_graph(expression), values)[-1]
    assert found == pytest.approx(eval(python, {"np": np} | values))


@pytest.mark.parametrize("penalty", ["L1", "L2"])
def test_fitted_unit_meets_the_conditions_of_the_minimum(penalty):
    rng = np.random.default_rng(0)
    F, lam = rng.normal(size=(40, 6)), 0.05
    y = (F[:, 0] + rng.normal(size=40) > 0).astype(int)
    theta = stills.fit_unit(F, y, penalty, lam)
    slope = (
        np.append(F, np.ones((40, 1)), axis=1).T @ (1 / (1 + np.exp(-F @ theta[:-1] - theta[-1])) - y) / 40
    )
    w, pull = theta[:-1], slope[:-1]
    assert abs(slope[-1]) < 1e-8
    if penalty == "L2":
        assert pull == pytest.approx(-lam * w, abs=1e-8)
    else:
        assert pull[w != 0] == pytest.approx(-lam * np.sign(w[w != 0]), abs=1e-8)
        assert (abs(pull[w == 0]) <= lam).all()
        assert 0 < (w == 0).sum() < 6


def test_lines_of_the_picture_are_of_least_cost():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 10, (2, 9))
    for delta, (name, line) in itertools.product((0.3, 2.0), stills._lines(x, y, 0.3).items()):
        line = stills._lines(x, y, delta)[name]
        loss = {
            "squared error": lambda r: r**2,
            "absolute error": abs,
            "Huber": lambda r, d=delta: np.where(abs(r) <= d, r**2 / 2, d * (abs(r) - d / 2)),
        }[name]
        best = loss(line[0] * x + line[1] - y).sum()
        for moved in line + rng.normal(scale=0.01, size=(200, 2)):
            assert loss(moved[0] * x + moved[1] - y).sum() >= best - 1e-9
