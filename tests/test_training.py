import sys

import numpy as np
import pytest
from scipy.stats import binomtest

import nnlib as nn


def small(seed=0):
    return nn.Network([nn.Dense(2, 8), nn.Tanh(), nn.Dense(8, 1)], nn.BinaryCrossEntropy(), seed=seed)


X = np.random.default_rng(0).normal(size=(50, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)


def test_digits_are_learned_in_seconds():
    X_train, X_test, y_train, y_test = nn.datasets.digits(seed=0)
    layers = [nn.Dense(64, 64, nn.he), nn.ReLU(), nn.Dense(64, 10)]
    net = nn.Network(layers, cost=nn.CategoricalCrossEntropy(), seed=0)
    history = nn.fit(net, X_train, y_train, nn.SGD(0.2, momentum=0.9), epochs=20, progress=False)
    assert net.accuracy(X_test, y_test) >= 0.96
    assert history.cost[-1] < 0.05 < history.cost[0]


def test_the_same_seed_gives_the_same_weights_and_another_order_others():
    weights = []
    for seed in (0, 0, 1):
        net = small()
        nn.fit(net, X, y, nn.SGD(0.5), epochs=3, batch_size=8, seed=seed, progress=False)
        weights.append(net.params)
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_a_step_of_sgd_with_momentum_by_hand():
    theta, sgd = np.array([1.0, 2.0]), nn.SGD(learning_rate=0.1, momentum=0.5)
    sgd.step(theta, np.array([1.0, 0.0]))
    assert theta == pytest.approx([0.9, 2.0])
    sgd.step(theta, np.array([1.0, -1.0]))
    assert theta == pytest.approx([0.9 - 0.15, 2.1])


def test_one_full_batch_is_one_step_downhill():
    net, other = small(), small()
    history = nn.fit(net, X, y, nn.SGD(0.5), epochs=1, batch_size=50, progress=False)
    assert history.cost == [pytest.approx(other.evaluate(X, y))]
    Z = other.forward(X)
    other.backward(Z, other.cost.targets(Z, y))
    assert np.allclose(net.params, other.params - 0.5 * other.grads)


def test_the_recorded_cost_is_the_mean_over_samples_also_with_a_short_last_batch():
    net = small()
    history = nn.fit(net, X, y, nn.SGD(1e-12), epochs=1, batch_size=32, progress=False)
    assert history.cost[0] == pytest.approx(net.evaluate(X, y))


def test_validation_cost_is_measured_after_each_epoch():
    net = small()
    history = nn.fit(net, X[:40], y[:40], nn.SGD(0.5), epochs=3, validation=(X[40:], y[40:]), progress=False)
    assert len(history.validation_cost) == 3
    assert history.validation_cost[-1] == net.evaluate(X[40:], y[40:])


def test_progress_bar_shows_the_cost(capsys):
    nn.fit(small(), X, y, nn.SGD(0.5), epochs=2)
    assert "2/2" in capsys.readouterr().err


def test_without_tqdm_training_goes_on_in_silence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    nn.fit(small(), X, y, nn.SGD(0.5), epochs=2)
    assert capsys.readouterr().err == ""


def test_a_diverging_run_stops_and_says_where():
    net = nn.Network([nn.Dense(2, 1)], nn.MeanSquaredError())
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"at step \d+: SGD\(learning_rate=1e\+06"),
    ):
        nn.fit(net, X, y.reshape(-1, 1), nn.SGD(1e6), epochs=500, progress=False)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("learning_rate must be positive and finite; got 0", lambda: nn.SGD(0)),
        ("momentum must be.*got 1", lambda: nn.SGD(1, momentum=1)),
        ("positive integers; got 0 and 32", lambda: nn.fit(small(), X, y, nn.SGD(1), epochs=0)),
        (
            "positive integers; got 1 and 2.5",
            lambda: nn.fit(small(), X, y, nn.SGD(1), epochs=1, batch_size=2.5),
        ),
        ("got 5 and 4", lambda: nn.wilson_interval(5, 4)),
        ("got 0 and 0", lambda: nn.wilson_interval(0, 0)),
        ("confidence must lie", lambda: nn.wilson_interval(1, 2, confidence=1.0)),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (110, 114), (1, 1000)])
def test_wilson_interval_agrees_with_scipy(right, total):
    reference = binomtest(right, total).proportion_ci(method="wilson")
    assert nn.wilson_interval(right, total) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_the_ends_of_the_wilson_interval_are_just_plausible():
    for p in nn.wilson_interval(107, 114):
        assert abs(107 / 114 - p) == pytest.approx(1.959964 * np.sqrt(p * (1 - p) / 114), rel=1e-6)
