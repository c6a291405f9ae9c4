import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nnlib as nn
from nnlib.perceptron import Record, margin, radius

BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
values = st.floats(-10, 10, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-3)


def separable(m, n, gap, seed):
    """Samples of length 1, all at distance `gap` from a plane through the origin."""
    rng = np.random.default_rng(seed)
    u = rng.normal(size=n)
    u /= np.linalg.norm(u)
    across = rng.normal(size=(m, n))
    across -= np.outer(across @ u, u)
    across *= np.sqrt(1 - gap**2) / np.linalg.norm(across, axis=1, keepdims=True)
    s = rng.choice([-1, 1], size=m)
    return across + np.outer(gap * s, u), s, u


def test_a_unit_answers_by_hand():
    alarm = nn.Perceptron([3, 2, -2], b=-1.5)
    assert alarm.z([1, 0, 1]) == -0.5
    assert alarm([1, 0, 1]) == 0
    assert alarm([1, 1, 1]) == 1


def test_zero_is_answered_with_zero():
    assert nn.Perceptron([1.0], b=-0.5)([[0.5], [np.nextafter(0.5, 1)]]).tolist() == [0, 1]


@given(arrays(float, (5, 3), elements=values), arrays(float, 3, elements=values), values)
def test_rows_are_samples(X, w, b):
    unit = nn.Perceptron(w, b)
    assert np.allclose(unit.z(X), [np.dot(w, x) + b for x in X])
    assert unit(X).tolist() == [unit(x) for x in X] or np.isclose(unit.z(X), 0, atol=1e-12).any()


def test_the_unit_keeps_its_own_weights():
    w = np.zeros(2)
    nn.Perceptron(w).fit(BITS, [0, 0, 0, 1])
    assert (w == 0).all()


def test_one_update_by_hand():
    unit = nn.Perceptron([1, -1], b=0)
    record = unit.fit([[1, 2]], [1], max_epochs=1)
    assert unit.w.tolist() == [2, 1]
    assert unit.b == 1
    assert record.mistakes == [1]


def test_a_sample_on_the_boundary_is_a_mistake_for_either_class():
    for label in (0, 1):
        assert nn.Perceptron([0]).fit([[1]], [label], max_epochs=1).updates == 1


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [-1, -1, -1, 1]])
def test_labels_may_be_bits_or_signs(labels):
    unit = nn.Perceptron(np.zeros(2))
    record = unit.fit(BITS, labels)
    assert record.converged
    assert record.mistakes[-1] == 0
    assert record.updates == sum(record.mistakes)
    assert unit(BITS).tolist() == [0, 0, 0, 1]
    assert unit.accuracy(BITS, labels) == 1


@pytest.mark.parametrize("n", [2, 10, 300])
@pytest.mark.parametrize("gap", [0.3, 0.05])
def test_both_inequalities_of_the_proof_hold_at_every_update(n, gap):
    X, s, u = separable(200, n, gap, seed=n)
    R, gamma, eta = radius(X), margin(u, 0, X, s), 0.5
    updates = 0

    def check(unit, i):
        nonlocal updates
        updates += 1
        w_hat = np.append(unit.w, unit.b)
        assert u @ unit.w >= updates * eta * gamma - 1e-9
        assert w_hat @ w_hat <= updates * eta**2 * R**2 + 1e-9

    record = nn.Perceptron(np.zeros(n)).fit(X, s, learning_rate=eta, on_update=check)
    assert record.converged
    assert record.updates == updates <= (R / gamma) ** 2


def test_from_zero_the_learning_rate_changes_no_mistake():
    X, s, _ = separable(100, 5, 0.05, seed=0)
    runs = [nn.Perceptron(np.zeros(5)).fit(X, s, learning_rate=eta).mistakes for eta in (0.125, 1, 64)]
    assert runs[0] == runs[1] == runs[2]


def test_on_xor_the_rule_never_stops_and_the_pocket_keeps_three_of_four():
    labels = [0, 1, 1, 0]
    assert not nn.Perceptron(np.zeros(2)).fit(BITS, labels, max_epochs=200).converged
    pocket = nn.Perceptron(np.zeros(2))
    record = pocket.fit_pocket(BITS, labels, max_epochs=50)
    assert len(record.mistakes) == 50
    assert pocket.accuracy(BITS, labels) == 0.75


def test_the_pocket_stops_when_the_rule_converges():
    X, s, _ = separable(100, 5, 0.1, seed=1)
    unit = nn.Perceptron(np.zeros(5))
    assert unit.fit_pocket(X, s).converged
    assert unit.accuracy(X, s) == 1


def test_the_pocket_is_never_worse_than_the_start():
    X, s, u = separable(100, 5, 0.1, seed=1)
    s = s * np.where(np.arange(100) < 3, -1, 1)  # three labels wrong: the true plane makes three mistakes
    unit = nn.Perceptron(u)
    unit.fit_pocket(X, s, max_epochs=2)
    assert unit.accuracy(X, s) >= 0.97


def test_the_pocket_depends_on_its_seed_alone():
    X, s, _ = separable(60, 3, 0.05, seed=2)
    s[:5] *= -1
    units = [nn.Perceptron(np.zeros(3)) for _ in range(3)]
    for unit, seed in zip(units, (0, 0, 1), strict=True):
        unit.fit_pocket(X, s, max_epochs=3, seed=seed)
    assert np.array_equal(units[0].w, units[1].w)
    assert not np.array_equal(units[0].w, units[2].w)


def test_margin_and_radius_by_hand():
    X, y = [[2, 0], [-2, 3]], [1, 0]
    assert margin([3, 0], 4, X, y) == pytest.approx(2 / 5)  # s z is 10 and 2, and ‖(3, 0, 4)‖ is 5
    assert radius(X) == pytest.approx(np.sqrt(4 + 9 + 1))
    assert margin([1, 0], 0, X, [0, 1]) == pytest.approx(-2)


def test_an_empty_record_has_not_converged():
    assert not Record().converged


def test_repr_can_be_read_back():
    unit = nn.Perceptron([1, -2.5], b=0.5)
    assert repr(unit) == "Perceptron(w=[1.0, -2.5], b=0.5)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.Perceptron([[1, 2]]), r"w must be a vector.*\(1, 2\)"),
        (lambda: nn.Perceptron([]), r"w must be a vector.*\(0,\)"),
        (lambda: nn.Perceptron([1, np.nan]), "must be finite"),
        (lambda: nn.Perceptron([1], b=np.inf), "must be finite"),
        (lambda: nn.Perceptron([1, 2])([1, 2, 3]), r"2 weights expects .*got \(3,\)"),
        (lambda: nn.Perceptron([1, 2])(1.0), r"expects .*got \(\)"),
        (lambda: nn.Perceptron([1, 2]).fit([[1, 2, 3]], [1]), r"2 weights expects"),
        (lambda: nn.Perceptron([1]).fit([1, 2], [0, 1]), r"X must have shape \(m, n\).*got \(2,\)"),
        (lambda: nn.Perceptron([1]).fit(np.empty((0, 1)), []), "not be empty"),
        (
            lambda: nn.Perceptron([1]).fit([[1], [2]], [0]),
            r"one label for each of the 2 samples; got shape \(1,\)",
        ),
        (lambda: nn.Perceptron([1]).fit([[np.nan]], [0]), "NaN or infinity"),
        (lambda: nn.Perceptron([1]).fit([[1], [2]], [1, 2]), r"0 and 1, or -1 and \+1; got \[1 2\]"),
        (lambda: nn.Perceptron([1]).fit([[1], [2]], [-1, 0]), "0 and 1, or -1"),
        (
            lambda: nn.Perceptron([1]).fit([[1]], [1], learning_rate=0),
            "learning_rate must be positive; got 0",
        ),
    ],
)
def test_bad_input_is_refused_with_what_came_and_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
