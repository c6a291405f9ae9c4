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


def test_colours_of_the_explorable_are_those_of_the_book():
    light, dark = re.findall(
        r"\{([^}]*--nn-ink: [^}]*)\}", (Path(nn.widgets.__file__).parent / "perceptron.css").read_text()
    )
    for mode, text in enumerate((light, dark)):
        colours = dict(re.findall(r"--nn-([\w-]+): (#\w+)", text))
        assert len(colours) == 9
        for name, colour in colours.items():
            assert colour == PALETTE[name.replace("-", "_")][mode], name


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
