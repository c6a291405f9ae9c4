"""The runs: distortions, costs, counts, resuming; and a short slice of each result on real MNIST."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nnlib as nn
from reproductions import __main__ as runner
from reproductions import (
    adam,
    batch_norm,
    distorting,
    distortions,
    dropout,
    initialisation,
    module,
    nielsen,
    training,
)
from reproductions.training import Quadratic, Record, Sigmoids, Training, flops_a_sample, rounded

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(
    not (MNIST.is_dir() or "NNLIB_MNIST_DIR" in os.environ),
    reason=f"MNIST is neither in {MNIST} nor in NNLIB_MNIST_DIR: THE SLICES OF THE RESULTS ARE NOT RUN",
)


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    pictures = np.zeros((5, 28, 28), np.float32)
    pictures[:, 6:22, 6:22] = rng.random((5, 16, 16))
    return pictures.reshape(5, 784)


@pytest.fixture
def tiny(monkeypatch):
    """Digits of 8 × 8 in the place of MNIST: 1437 images, and 360 for the test."""
    X, X_test, y, y_test = nn.datasets.digits(seed=0)
    monkeypatch.setattr(
        training,
        "mnist",
        lambda binary: (X.astype(np.float32), X_test.astype(np.float32), y, y_test),
    )
    return Training((64, 12, 10), epochs=3, batch_size=20, learning_rate=0.3, samples=1200)


def test_an_image_read_where_its_pixels_are_is_itself(images):
    rows, columns = distorting.affine_places(5, np.random.default_rng(0), 0, 0, 0, 0)
    np.testing.assert_allclose(distorting.resample(images, rows, columns), images, atol=1e-6)


def test_reading_a_pixel_further_down_moves_an_image_up(images):
    rows, columns = distorting.affine_places(5, np.random.default_rng(0), 0, 0, 0, 0)
    moved = distorting.resample(images, rows + 3, columns - 2).reshape(5, 28, 28)
    np.testing.assert_allclose(moved[:, :-3, 2:], images.reshape(5, 28, 28)[:, 3:, :-2], atol=1e-5)
    assert not moved[:, -3:].any()


def test_between_pixels_values_are_mixed(images):
    rows, columns = distorting.affine_places(5, np.random.default_rng(0), 0, 0, 0, 0)
    mixed = distorting.resample(images, rows + 0.25, columns).reshape(5, 28, 28)
    before = images.reshape(5, 28, 28)
    np.testing.assert_allclose(mixed[:, :-1], 0.75 * before[:, :-1] + 0.25 * before[:, 1:], atol=1e-5)


def test_affine_places_turn_by_as_much_as_they_may_and_no_more():
    rows, columns = distorting.affine_places(2000, np.random.default_rng(0), 0, 10, 0, 0)
    angle = np.degrees(np.arctan2(columns[:, 27, 0] - columns[:, 0, 0], rows[:, 27, 0] - rows[:, 0, 0]))
    assert -10.001 <= angle.min() < -9.9
    assert 9.9 < angle.max() <= 10.001
    np.testing.assert_allclose((rows[:, 13, 13] + rows[:, 14, 14]) / 2, 13.5, atol=1e-4)


def test_an_elastic_field_is_as_smooth_and_as_strong_as_that_of_scipy():
    from scipy.ndimage import gaussian_filter

    field = distorting.elastic_field(200, np.random.default_rng(0))
    noise = 2 * np.random.default_rng(0).random((2, 200, 28, 28), np.float32) - 1
    expected = 34 * gaussian_filter(noise, (0, 0, 4, 4), mode="constant", truncate=7)
    np.testing.assert_allclose(field, expected, atol=0.01)
    assert 1.0 < field.std() < 1.5  # pixels


@pytest.mark.parametrize("distort", distorting.DISTORTIONS.values())
def test_distorted_images_differ_and_keep_their_kind(images, distort):
    rng = np.random.default_rng(1)
    first, second = distort(images, rng), distort(images, rng)
    assert first.shape == images.shape
    assert first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1
    assert not np.allclose(first, second)
    assert not np.allclose(first, images)
    np.testing.assert_allclose(first.sum(axis=1), images.sum(axis=1), rtol=0.5)


@pytest.mark.parametrize("kind", [Quadratic, Sigmoids])
def test_costs_for_ten_digits_have_right_gradients_and_answer_the_largest(kind):
    layers = [nn.Dense(6, 5), nn.Sigmoid(), nn.Dense(5, 10)] + [nn.Sigmoid()] * (kind is Quadratic)
    net = nn.Network(layers, kind(), seed=2)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 6)), rng.integers(0, 10, 8)
    assert nn.check_gradients(net, X, y).error < 1e-6
    assert np.array_equal(net.predict(X), net.forward(X).argmax(axis=1))
    assert 0 <= net.accuracy(X, y) <= 1


def test_nielsens_lambda_is_turned_into_the_books():
    # His step multiplies a weight by 1 - η λ / n, whatever the batch.
    config = replace(nielsen.RUNS["entropy-100"], sizes=(3, 2, 10))
    net = config.network(0)
    before = net.params.copy()
    net.grads[:] = 0
    for part in net.weights:
        net.grads[part] += net.penalty.gradient(net.params[part])
    config.steps(50000).step(net.params, net.grads)
    expected = before[net.weights[0]] * (1 - 0.5 * 5.0 / 50000)
    np.testing.assert_allclose(net.params[net.weights[0]], expected, rtol=1e-6)


@pytest.mark.parametrize("variant", ["entropy-100", "quadratic-100"])
def test_an_update_is_the_one_that_nielsen_states(variant):
    # In plain NumPy, a column for each sample, as in his book: σ, δ of both layers, and λ / n on the weights.
    config = replace(nielsen.RUNS[variant], sizes=(6, 5, 10))
    net, rng = config.network(0), np.random.default_rng(1)
    step = config.steps(50000)
    (W1, b1), (W2, b2) = ((d.W.astype(float), d.b.astype(float)[:, None]) for d in training.dense(net))
    eta, decay = config.learning_rate, config.learning_rate * config.lam
    for _ in range(20):
        X, y = rng.random((10, 6), np.float32), rng.integers(0, 10, 10)
        Y = np.eye(10)[y].T
        A1 = 1 / (1 + np.exp(-(W1 @ X.T + b1)))
        A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
        delta2 = (A2 - Y) * (A2 * (1 - A2) if variant.startswith("quadratic") else 1)
        delta1 = (W2.T @ delta2) * A1 * (1 - A1)
        W2, b2 = (1 - decay) * W2 - eta / 10 * delta2 @ A1.T, b2 - eta / 10 * delta2.sum(1, keepdims=True)
        W1, b1 = (1 - decay) * W1 - eta / 10 * delta1 @ X, b1 - eta / 10 * delta1.sum(1, keepdims=True)
        scores = net.forward(X, training=True)
        net.backward(scores, net.cost.targets(scores, y))
        step.step(net.params, net.grads)
        for layer, W, b in zip(training.dense(net), (W1, W2), (b1, b2), strict=True):
            np.testing.assert_allclose(layer.W, W, atol=1e-4)
            np.testing.assert_allclose(layer.b, b[:, 0], atol=1e-4)


def test_flops_are_those_of_the_products():
    net = Training((7, 5, 3), 1, 1, 0.1, dropout=(0.2, 0.5), batch_norm=True).network(0)
    forward, weights, back = 2 * (35 + 15), 2 * (35 + 15), 2 * 15
    assert flops_a_sample(net) == forward + weights + back


def test_layers_stand_in_the_right_order():
    net = Training((7, 5, 3), 1, 1, 0.1, dropout=(0.2, 0.5), batch_norm=True).network(0)
    kinds = [type(layer).__name__ for layer in net.layers]
    assert kinds == ["Dropout", "Dense", "BatchNorm", "Sigmoid", "Dropout", "Dense"]
    assert net.layers[0].p == 0.2
    quadratic = Training((7, 5, 3), 1, 1, 0.1, cost="quadratic").network(0)
    assert [type(layer).__name__ for layer in quadratic.layers] == ["Dense", "Sigmoid"] * 2


def test_rounding_keeps_significant_digits():
    assert rounded([[123456.0, 0.000123456]]) == [[123500.0, 0.0001235]]


def test_a_run_reports_its_curves_and_its_cost(tiny):
    measured = replace(tiny, watch=True, batch_norm=True).run(seed=0)
    assert {name: len(curve) for name, curve in measured["curves"].items()} == {
        "cost": 3,
        "test_error": 3,
        "validation_error": 3,
        "digits": 3,
        "percentiles": 3,
    }
    assert measured["curves"]["digits"][-1] == 10
    assert measured["curves"]["cost"][-1] < measured["curves"]["cost"][0]
    assert measured["samples"] == 3600
    assert measured["gemm_flops"] == 3600 * (6 * (64 * 12 + 120) - 2 * 64 * 12)
    assert all(low <= middle <= high for low, middle, high in measured["curves"]["percentiles"])


@pytest.mark.filterwarnings("ignore")
def test_a_run_that_was_killed_goes_on_and_gives_the_same(tiny, tmp_path, monkeypatch):
    whole = tiny.run(seed=1)
    call, epochs = Record.__call__, []

    def killed(self, net, history):
        call(self, net, history)
        epochs.append(len(history.cost))
        if len(epochs) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Record, "__call__", killed)
    with pytest.raises(KeyboardInterrupt):
        tiny.run(seed=1, checkpoint=tmp_path / "run.npz")
    monkeypatch.setattr(Record, "__call__", call)
    continued = tiny.run(seed=1, checkpoint=tmp_path / "run.npz")
    assert continued["curves"] == whole["curves"]


def test_the_runner_skips_what_is_there_and_stops_at_its_budget(tiny, tmp_path, monkeypatch, capsys):
    runs = {"a": replace(tiny, epochs=1), "b": replace(tiny, epochs=1, seeds=1)}
    monkeypatch.setattr(module("nielsen"), "RUNS", runs)
    monkeypatch.setattr(runner, "UNFINISHED", tmp_path / "unfinished")
    where = tmp_path / "results"
    plan = [("nielsen", "a", 0), ("nielsen", "b", 0), ("nielsen", "a", 1), ("nielsen", "a", 2)]
    assert runner.pending(["nielsen"], None, where) == plan
    assert runner.reproduce(["nielsen"], minutes=-1, folder=where) == 4
    assert runner.reproduce(["nielsen"], seeds=1, folder=where) == 0
    assert runner.pending(["nielsen"], None, where) == plan[2:]
    assert "[2/2] nielsen b, seed 0" in capsys.readouterr().out
    assert not list((tmp_path / "unfinished").iterdir())


@pytest.fixture
def mnist(monkeypatch):
    if MNIST.is_dir():
        monkeypatch.setenv("NNLIB_MNIST_DIR", str(MNIST))


def errors(config):
    return config.run(seed=0)["curves"]["test_error"]


@needs_mnist
def test_slice_of_nielsen(mnist):
    config = replace(nielsen.RUNS["quadratic-30"], epochs=1)
    assert errors(config)[-1] < 12  # the book's first epoch: 8.71 %
    slow = replace(nielsen.RUNS["entropy-100"], epochs=1)
    assert errors(slow)[-1] < 10


@needs_mnist
def test_slice_of_initialisation(mnist):
    for variant, expected in (("tanh-glorot", 0.8), ("tanh-usual", 0.5)):
        curves = replace(initialisation.RUNS[variant], width=200, depth=3).run(seed=0)["curves"]
        assert abs(np.mean(curves["singular"]) - expected) < 0.08
    for variant, factor in (("relu-he", 1.0), ("relu-glorot", 0.5)):
        curves = replace(initialisation.RUNS[variant], width=400, depth=12).run(seed=0)["curves"]
        assert (curves["forward"][-1] / curves["forward"][0]) ** (1 / 11) == pytest.approx(factor, abs=0.08)


@needs_mnist
def test_slice_of_batch_normalization(mnist):
    plain, normalized = (
        replace(batch_norm.RUNS[f"{name}-0.1"], epochs=2, samples=30000) for name in ("without", "with")
    )
    assert errors(normalized)[-1] < min(errors(plain)[-1] - 2, 10)


@needs_mnist
@pytest.mark.parametrize(("seed", "n_lost"), [(0, 3), (1, 4)])
def test_what_a_stuck_network_of_nielsen_waits_for(mnist, seed, n_lost):
    # As the page says: the outputs of some digits are flat at 0, on their own images, too; the rest is read.
    config = replace(nielsen.RUNS["quadratic-100"], epochs=2)
    net = config.network(seed)
    X, X_test, y, y_test = training.mnist()
    first = slice(config.samples)
    nn.fit(net, X[first], y[first], config.steps(config.samples), epochs=2, batch_size=10, seed=seed)
    A = net.forward(X_test)
    read = np.array([np.mean(A[y_test == d].argmax(axis=1) == d) for d in range(10)])
    output = np.array([np.median(A[y_test == d, d]) for d in range(10)])
    lost = read < 0.01
    assert lost.sum() == n_lost
    assert (read[~lost] > 0.9).all()
    assert (output[lost] < 1e-6).all()


@needs_mnist
def test_slice_of_distortions(mnist):
    slices = [replace(config, epochs=2, samples=10000) for config in distortions.RUNS.values()]
    for config in slices:
        assert errors(config)[-1] < 25


@needs_mnist
def test_slice_of_adam(mnist):
    costs = [
        replace(adam.RUNS[name], epochs=1, samples=6000).run(seed=0)["curves"]["cost"][0]
        for name in ("adam", "nesterov")
    ]
    assert costs[0] < costs[1]


@needs_mnist
def test_slice_of_dropout(mnist):
    config = replace(dropout.RUNS["with"], epochs=1, samples=12000)
    assert errors(config)[-1] < 15
    assert sum(isinstance(layer, nn.Dropout) for layer in config.network(0).layers) == 4
    assert not any(isinstance(layer, nn.Dropout) for layer in dropout.RUNS["without"].network(0).layers)
