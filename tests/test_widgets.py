import pytest

import nnlib as nn


def test_default_figure():
    figure = nn.widgets.PerceptronExplorable()
    assert len(figure.points) == len(figure.labels) == 12
    assert figure.w == [1, 1]
    assert repr(figure) == "PerceptronExplorable(12 points)"


def test_own_points():
    figure = nn.widgets.PerceptronExplorable([[0, 0], [1, 1]], [0, 1], w=(2, 0), b=-1, learning_rate=0.5)
    assert figure.points == [[0, 0], [1, 1]]
    assert figure.labels == [0, 1]
    assert (figure.w, figure.b, figure.learning_rate, figure.updates) == ([2, 0], -1, 0.5, 0)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"points \(m, 2\) and m classes 0 or 1; got \(1, 3\)", {"X": [[1, 2, 3]], "y": [0]}),
        ("classes 0 or 1", {"X": [[1, 2]], "y": [2]}),
        (r"two weights; got shape \(3,\)", {"w": [1, 2, 3]}),
    ],
)
def test_bad_input_is_refused(message, arguments):
    with pytest.raises(ValueError, match=message):
        nn.widgets.PerceptronExplorable(**arguments)
