import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import huber
from sklearn import metrics

import nnlib as nn

rng = np.random.default_rng(0)
Z, NUMBERS = rng.normal(size=(2, 20, 3))
SCORES, BITS, CLASSES = rng.normal(size=(20, 1)), rng.integers(0, 2, 20), rng.integers(0, 3, 20)
FINITE = st.floats(-1e3, 1e3)


def value(cost, Z, y):
    return cost.value(Z, cost.targets(Z, y))


def test_costs_of_scikit_learn_and_scipy():
    # scikit-learn averages over the outputs too, and its squared error has no half.
    assert value(nn.MeanSquaredError(), Z, NUMBERS) == pytest.approx(
        1.5 * metrics.mean_squared_error(NUMBERS, Z)
    )
    assert value(nn.MeanAbsoluteError(), Z, NUMBERS) == pytest.approx(
        3 * metrics.mean_absolute_error(NUMBERS, Z)
    )
    assert value(nn.Huber(0.6), Z, NUMBERS) == pytest.approx(huber(0.6, Z - NUMBERS).sum() / 20, rel=1e-14)
    assert value(nn.Hinge(), SCORES, 2 * BITS - 1) == pytest.approx(metrics.hinge_loss(BITS, SCORES[:, 0]))
    p = nn.BinaryCrossEntropy().link(SCORES)[:, 0]
    assert value(nn.BinaryCrossEntropy(), SCORES, BITS) == pytest.approx(metrics.log_loss(BITS, p), rel=1e-13)
    P = nn.CategoricalCrossEntropy().link(Z)
    assert value(nn.CategoricalCrossEntropy(), Z, CLASSES) == pytest.approx(
        metrics.log_loss(CLASSES, P), rel=1e-13
    )


REGRESSION = [nn.MeanSquaredError(), nn.MeanAbsoluteError(), nn.Huber(2.0)]


@pytest.mark.parametrize("cost", REGRESSION, ids=repr)
@given(Z=arrays(float, (4, 2), elements=FINITE), Y=arrays(float, (4, 2), elements=FINITE))
@settings(max_examples=40, deadline=None)
def test_no_cost_of_regression_is_negative_and_it_is_zero_at_the_target(cost, Z, Y):
    assert cost.value(Z, Y) >= 0
    assert cost.value(Y, Y) == 0
    assert not cost.gradient(Y, Y).any()
    assert np.array_equal(cost.decide(Z), Z)


@given(Z=arrays(float, (5, 1), elements=FINITE), bits=arrays(int, 5, elements=st.integers(0, 1)))
@settings(max_examples=60, deadline=None)
def test_no_cost_of_two_classes_is_negative_or_warns(Z, bits):
    for cost, y in ((nn.BinaryCrossEntropy(), bits), (nn.Hinge(), 2 * bits - 1)):
        Y = cost.targets(Z, y)
        both, gradient = cost.value_and_gradient(Z, Y)
        assert both == pytest.approx(cost.value(Z, Y), rel=1e-13)
        assert both >= 0
        assert np.isfinite(gradient).all()


@given(Z=arrays(float, (5, 4), elements=FINITE), y=arrays(int, 5, elements=st.integers(0, 3)), shift=FINITE)
@settings(max_examples=60, deadline=None)
def test_categorical_cross_entropy_ignores_a_shift_of_all_scores(Z, y, shift):
    cost = nn.CategoricalCrossEntropy()
    Y = cost.targets(Z, y)
    assert cost.value(Z, Y) == pytest.approx(cost.value(Z + shift, Y), abs=1e-9)
    _, gradient = cost.value_and_gradient(Z, Y)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-15)


@pytest.mark.parametrize(
    ("cost", "y"),
    [(cost, NUMBERS[:, :1]) for cost in REGRESSION]
    + [(nn.Hinge(), 2 * BITS - 1), (nn.BinaryCrossEntropy(), BITS)],
    ids=repr,
)
def test_the_order_of_the_samples_does_not_matter(cost, y):
    order = rng.permutation(20)
    Y = cost.targets(SCORES, y)
    np.testing.assert_allclose(cost.losses(SCORES, Y)[order], cost.losses(SCORES[order], Y[order]))
    np.testing.assert_allclose(cost.gradient(SCORES, Y)[order], cost.gradient(SCORES[order], Y[order]))


def test_hinge_is_flat_beyond_the_margin_and_at_the_kink():
    cost, Z = nn.Hinge(), np.array([[2.0], [1.0], [0.5], [-3.0]])
    assert cost.link(Z) is Z
    Y = cost.targets(Z, [1, 1, 1, 1])
    np.testing.assert_allclose(cost.losses(Z, Y), [0, 0, 0.5, 4])
    np.testing.assert_allclose(cost.gradient(Z, Y)[:, 0], [0, 0, -0.25, -0.25])
    assert cost.decide(np.array([[-0.1], [0.1], [0.0]])).tolist() == [-1, 1, -1]


def test_huber_meets_itself_at_delta():
    cost = nn.Huber(1.5)
    for e in (1.5, -1.5):
        inside, outside = np.array([[e * (1 - 1e-9)]]), np.array([[e * (1 + 1e-9)]])
        zero = np.zeros((1, 1))
        assert cost.value(inside, zero) == pytest.approx(cost.value(outside, zero), rel=1e-8)
        assert cost.gradient(inside, zero) == pytest.approx(cost.gradient(outside, zero), rel=1e-8)


def test_scores_of_a_thousand_cost_what_they_should():
    Z = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    cost = nn.CategoricalCrossEntropy()
    assert cost.value_and_gradient(Z, cost.targets(Z, [1, 1]))[0] == 500
    cost = nn.BinaryCrossEntropy()
    assert cost.value_and_gradient(Z[:, :1], cost.targets(Z[:, :1], [0, 0]))[0] == (1000 + np.log(2)) / 2


def test_a_regression_is_scored_by_r2_and_a_classification_by_accuracy():
    X = rng.normal(size=(30, 2))
    y = X @ [[1.0], [2.0]] + 0.3 * rng.normal(size=(30, 1))
    net = nn.Network([nn.Dense(2, 1)], nn.MeanSquaredError())
    nn.fit(net, X, y, nn.SGD(0.3), epochs=60, progress=False)
    assert net.score(X, y) == pytest.approx(metrics.r2_score(y, net.predict(X)))
    assert net.score(X, y) > 0.9
    net = nn.Network([nn.Dense(2, 1)], nn.Hinge())
    signs = np.where(y[:, 0] > 0, 1, -1)
    nn.fit(net, X, signs, nn.SGD(0.3), epochs=60, progress=False)
    assert net.score(X, signs) == net.accuracy(X, signs) > 0.85


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("delta must be positive and finite; got 0", lambda: nn.Huber(0)),
        ("delta must be positive and finite; got inf", lambda: nn.Huber(np.inf)),
        ("Hinge expects 20 labels -1 or 1; got .* values 0 to 1", lambda: nn.Hinge().targets(SCORES, BITS)),
        ("Hinge needs a network with one output; this one has 3", lambda: nn.Hinge().targets(Z, BITS)),
        (r"Huber expects targets of shape \(20, 3\); got \(20,\)", lambda: nn.Huber().targets(Z, BITS)),
        ("targets hold NaN", lambda: nn.MeanAbsoluteError().targets(Z, np.full((20, 3), np.nan))),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_activation_of_words_is_refused():
    with pytest.raises(TypeError, match="expected numbers; got dtype <U1"):
        nn.ReLU()(["a"])


def test_initializers():
    shape = (300, 200)
    generator = np.random.default_rng(0)
    for make, variance in (
        (nn.glorot, 2 / 500),
        (nn.he, 2 / 200),
        (nn.lecun, 1 / 200),
        (nn.normal(0.5), 0.25),
    ):
        W = make(generator, 200, 300)
        assert W.shape == shape
        assert W.var() == pytest.approx(variance, rel=0.02)
        assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    assert not nn.zeros(generator, 200, 300).any()
    with pytest.raises(ValueError, match="std must be a finite number, not negative; got -1"):
        nn.normal(-1)


def test_targets_have_the_precision_of_the_scores():
    Z32 = Z.astype("float32")
    one_hot = np.eye(3)[CLASSES]
    for y in (CLASSES, one_hot, one_hot.astype(int)):
        assert nn.CategoricalCrossEntropy().targets(Z32, y).dtype == np.float32
    assert nn.BinaryCrossEntropy().targets(SCORES.astype("float32"), BITS).dtype == np.float32
    assert nn.CategoricalCrossEntropy().targets(Z32, CLASSES.astype("uint8")).dtype == np.float32


def test_a_score_of_zero_is_a_no():
    assert nn.BinaryCrossEntropy().decide(np.array([[0.0], [1e-9], [-1e-9]])).tolist() == [0, 1, 0]


def test_every_cost_names_itself_in_its_complaints():
    with pytest.raises(ValueError, match=r"^BinaryCrossEntropy needs"):
        nn.BinaryCrossEntropy().targets(Z, BITS)
    with pytest.raises(ValueError, match=r"dtype <U1$"):
        nn.CategoricalCrossEntropy().targets(Z, np.array(["a"] * 20))


def test_normal_start_values_may_all_be_zero_and_not_infinite():
    assert not nn.normal(0)(rng, 3, 4).any()
    with pytest.raises(ValueError, match="got inf"):
        nn.normal(np.inf)
