import itertools
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlib as nn
from nnlib.plots import PALETTE

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


@pytest.mark.parametrize(("file", "number"), [("perceptron", 9), ("ui", 13)])
def test_colours_of_the_explorables_are_those_of_the_book(file, number):
    light, dark = re.findall(
        r"\{([^}]*--nn-ink: [^}]*)\}", (Path(nn.widgets.__file__).parent / f"{file}.css").read_text()
    )
    for mode, text in enumerate((light, dark)):
        colours = dict(re.findall(r"--nn-([\w-]+): (#\w+)", text))
        assert len(colours) == number
        for name, colour in colours.items():
            assert colour == PALETTE[name.replace("-", "_")][mode], name


EXPLORABLES = ("Activation", "Forward", "Cost", "Graph", "Regularization", "Playground")


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


def test_frames_are_linked_in_the_browser_and_carry_their_words():
    figure = nn.widgets.frames(picture, [0.5, 1, 2], "slope", alt=lambda v: f'slope "{v}"', start=1)
    slider, stack = figure.children
    assert repr(figure) == "Frames('slope', 3 frames)"
    assert [text for text, _ in slider.options] == ["0.5", "1", "2"]
    assert (slider.index, stack.selected_index) == (1, 1)
    assert 'aria-label="slope &quot;0.5&quot;"' in stack.children[0].value
    assert plt.get_fignums() == []


def test_frames_share_no_id_and_every_reference_is_answered():
    stack = nn.widgets.frames(picture, [1, 2], "slope", alt=str).children[1]
    ids = [set(re.findall(r'\bid="([^"]+)"', frame.value)) for frame in stack.children]
    assert not ids[0] & ids[1]
    for frame, own in zip(stack.children, ids, strict=True):
        references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', frame.value))
        assert references
        assert references <= own


def test_frames_follow_the_mode_of_the_page_and_are_the_same_on_every_run():
    first, second = (
        nn.widgets.frames(picture, [1], "slope", alt=str).children[1].children[0].value for _ in range(2)
    )
    assert first == second
    light, dark = PALETTE["blue"]
    assert f"var(--nn-blue, {light})" in first
    assert f"--nn-blue:{dark}" in first


def test_frames_refuse_an_empty_range():
    with pytest.raises(ValueError, match="at least one value"):
        nn.widgets.frames(picture, [], "slope", alt=str)
