import autograd
import numpy as np
import pytest
from autograd import numpy as anp

import nnlib as nn

rng = np.random.default_rng(0)
X = rng.normal(size=(7, 4))
NUMBERS = rng.normal(size=(7, 3))
BITS = rng.integers(0, 2, size=7)
CLASSES = rng.integers(0, 3, size=7)


def log_softmax(z):
    top = anp.max(z, axis=1, keepdims=True)
    return z - top - anp.log(anp.sum(anp.exp(z - top), axis=1, keepdims=True))


# For each cost: its width, its targets, and the same cost written for an independent differentiator.
COSTS = {
    nn.MeanSquaredError: (3, NUMBERS, lambda z: anp.sum((z - NUMBERS) ** 2) / 14),
    nn.BinaryCrossEntropy: (
        1,
        BITS,
        lambda z: (
            -anp.mean(
                BITS * anp.log(1 / (1 + anp.exp(-z[:, 0]))) + (1 - BITS) * anp.log(1 / (1 + anp.exp(z[:, 0])))
            )
        ),
    ),
    nn.CategoricalCrossEntropy: (3, CLASSES, lambda z: -anp.mean(log_softmax(z)[np.arange(7), CLASSES])),
}
ACTIVATIONS = {
    nn.Identity: lambda z: z,
    nn.Sigmoid: lambda z: 1 / (1 + anp.exp(-z)),
    nn.Tanh: anp.tanh,
    nn.ReLU: lambda z: anp.maximum(z, 0),
    nn.LeakyReLU: lambda z: anp.where(z > 0, z, 0.01 * z),
    nn.Softsign: lambda z: z / (1 + anp.abs(z)),
    nn.Softmax: lambda z: anp.exp(log_softmax(z)),
}


def build(cost, activation, seed=0):
    layers = [nn.Dense(4, 5), activation(), nn.Dense(5, COSTS[cost][0])]
    net = nn.Network(layers, cost=cost(), seed=seed)
    net.params[:] = np.random.default_rng(seed).normal(size=net.n_parameters)  # biases that are not zero
    return net


def gradient(net, X, y):
    Z = net.forward(X, training=True)
    net.backward(Z, net.cost.targets(Z, y))
    return net.grads.copy()


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_against_central_differences_and_automatic_differentiation(cost, activation):
    net = build(cost, activation)
    n_out, y, reference = COSTS[cost]
    f = ACTIVATIONS[activation]

    def independent(theta):
        W1, b1 = theta[:20].reshape(5, 4), theta[20:25]
        W2, b2 = theta[25 : 25 + 5 * n_out].reshape(n_out, 5), theta[25 + 5 * n_out :]
        return reference(anp.dot(f(anp.dot(X, W1.T) + b1), W2.T) + b2)

    got, theta = gradient(net, X, y), net.params.copy()
    assert net.evaluate(X, y) == pytest.approx(independent(theta), rel=1e-12)
    automatic = autograd.grad(independent)(theta)
    assert np.max(np.abs(got - automatic)) <= 1e-10 * np.max(np.abs(automatic))

    h = 1e-5
    numeric = np.empty_like(theta)
    for i in range(theta.size):
        net.params[:] = theta
        net.params[i] += h
        above = net.evaluate(X, y)
        net.params[i] -= 2 * h
        numeric[i] = (above - net.evaluate(X, y)) / (2 * h)
    assert np.max(np.abs(got - numeric)) <= 1e-7 * np.max(np.abs(numeric))


@pytest.mark.parametrize("cost", COSTS)
def test_the_gradient_of_a_batch_is_the_mean_of_its_samples_gradients(cost):
    net = build(cost, nn.Tanh)
    y = COSTS[cost][1]
    single = [gradient(net, X[i : i + 1], y[i : i + 1]) for i in range(7)]
    assert np.allclose(gradient(net, X, y), np.mean(single, axis=0), atol=1e-15)


def test_both_roads_through_softmax_give_the_same_gradient():
    z = rng.normal(size=(7, 3))
    cost, layer = nn.CategoricalCrossEntropy(), nn.Softmax()
    Y = cost.targets(z, CLASSES)
    P = layer.forward(z)
    assert np.allclose(layer.backward(-Y / P / 7), cost.gradient(z, Y), atol=1e-15)


def test_weights_and_gradients_are_views_of_two_vectors():
    net = build(nn.MeanSquaredError, nn.ReLU)
    first, _, last = net.layers
    net.params[:] = np.arange(net.n_parameters)
    assert first.W[1, 2] == 6
    assert last.b.tolist() == [40, 41, 42]
    for array, vector in (
        (first.W, net.params),
        (last.b, net.params),
        (first.dW, net.grads),
        (last.db, net.grads),
    ):
        assert np.shares_memory(array, vector)


def test_forward_is_the_formula():
    net = build(nn.MeanSquaredError, nn.ReLU)
    first, _, last = net.layers
    by_hand = [last.W @ np.maximum(first.W @ x + first.b, 0) + last.b for x in X]
    assert np.allclose(net.predict(X), by_hand)


def test_a_network_may_begin_with_an_activation():
    net = nn.Network([nn.Tanh(), nn.Dense(4, 3)], nn.MeanSquaredError())
    assert np.isfinite(gradient(net, X, NUMBERS)).all()


def test_start_values():
    W = nn.he(np.random.default_rng(0), 400, 300)
    assert W.shape == (300, 400)
    assert W.var() == pytest.approx(2 / 400, rel=0.02)
    W = nn.glorot(np.random.default_rng(0), 400, 300)
    assert W.var() == pytest.approx(2 / 700, rel=0.02)
    assert np.abs(W).max() <= np.sqrt(6 / 700)
    a, b = build(nn.MeanSquaredError, nn.ReLU), nn.Network([nn.Dense(4, 5)], nn.MeanSquaredError(), seed=1)
    assert not np.array_equal(a.layers[0].W, b.layers[0].W)


def test_float32_stays_float32():
    net = nn.Network(
        [nn.Dense(4, 5), nn.ReLU(), nn.Dense(5, 3)], nn.CategoricalCrossEntropy(), dtype=np.float32
    )
    assert net.predict_proba(X).dtype == np.float32
    history = nn.fit(net, X, CLASSES, nn.SGD(0.1), epochs=1, progress=False)
    assert net.params.dtype == np.float32
    assert len(history.cost) == 1


def test_answers():
    binary = build(nn.BinaryCrossEntropy, nn.Tanh)
    assert np.array_equal(binary.predict(X), (binary.predict_proba(X)[:, 0] > 0.5).astype(int))
    classes = build(nn.CategoricalCrossEntropy, nn.Tanh)
    assert np.array_equal(classes.predict(X), classes.predict_proba(X).argmax(axis=1))
    assert classes.accuracy(X, classes.predict(X)) == 1
    assert classes.accuracy(X, (classes.predict(X) + 1) % 3) == 0


def test_one_hot_labels_are_labels():
    net = build(nn.CategoricalCrossEntropy, nn.Tanh)
    assert np.array_equal(gradient(net, X, CLASSES), gradient(net, X, np.eye(3)[CLASSES]))


def test_costs_are_exact_where_probabilities_round_to_zero():
    cost = nn.CategoricalCrossEntropy()
    Z = np.array([[1000.0, 0.0]])
    assert cost.value(Z, cost.targets(Z, [1])) == 1000
    assert nn.BinaryCrossEntropy().value(np.array([[1000.0]]), np.array([[0.0]])) == 1000


def test_repr_and_summary():
    net = build(nn.BinaryCrossEntropy, nn.ReLU)
    assert repr(net) == "Network([Dense(4, 5), ReLU(), Dense(5, 1)], cost=BinaryCrossEntropy())"
    assert net.summary().endswith("31")
    assert net.n_parameters == 31


dense = nn.Dense(4, 3)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "two positive integers.*got 0 and 3", lambda: nn.Dense(0, 3)),
        (ValueError, "two positive integers", lambda: nn.Dense(3, 2.5)),
        (ValueError, "at least one layer", lambda: nn.Network([nn.ReLU()], nn.MeanSquaredError())),
        (
            ValueError,
            r"Dense\(6, 1\) expects 6 inputs; the layer before it has 5",
            lambda: nn.Network([nn.Dense(4, 5), nn.Dense(6, 1)], nn.MeanSquaredError()),
        ),
        (
            ValueError,
            "float64 or float32; got int64",
            lambda: nn.Network([dense], nn.MeanSquaredError(), dtype=int),
        ),
        (
            ValueError,
            r"\(m, 4\), one sample per row; got \(4, 7\)",
            lambda: build(nn.MeanSquaredError, nn.ReLU).predict(X.T),
        ),
        (
            ValueError,
            r"one sample per row; got \(4,\)",
            lambda: build(nn.MeanSquaredError, nn.ReLU).predict(X[0]),
        ),
        (ValueError, r"got \(0, 4\)", lambda: build(nn.MeanSquaredError, nn.ReLU).predict(X[:0])),
        (ValueError, "NaN or infinity", lambda: build(nn.MeanSquaredError, nn.ReLU).predict(X * np.nan)),
        (
            TypeError,
            "expects numbers; got dtype <U",
            lambda: build(nn.MeanSquaredError, nn.ReLU).predict([["a"] * 4]),
        ),
        (
            ValueError,
            r"targets of shape \(7, 3\); got \(7,\)",
            lambda: build(nn.MeanSquaredError, nn.ReLU).evaluate(X, BITS),
        ),
        (
            ValueError,
            "targets hold NaN",
            lambda: build(nn.MeanSquaredError, nn.ReLU).evaluate(X, NUMBERS * np.nan),
        ),
        (
            ValueError,
            "7 labels 0 or 1; got shape",
            lambda: build(nn.BinaryCrossEntropy, nn.ReLU).evaluate(X, CLASSES + 1),
        ),
        (ValueError, "one output; this one has 3", lambda: nn.BinaryCrossEntropy().targets(NUMBERS, BITS)),
        (
            ValueError,
            "labels from 0 to 2",
            lambda: build(nn.CategoricalCrossEntropy, nn.ReLU).evaluate(X, CLASSES + 1),
        ),
        (
            ValueError,
            "dtype float64",
            lambda: build(nn.CategoricalCrossEntropy, nn.ReLU).evaluate(X, CLASSES / 2),
        ),
        (ValueError, "dtype <U", lambda: build(nn.CategoricalCrossEntropy, nn.ReLU).evaluate(X, ["a"] * 7)),
        (
            ValueError,
            r"labels of shape \(7,\); got \(7, 3\)",
            lambda: build(nn.CategoricalCrossEntropy, nn.ReLU).accuracy(X, NUMBERS),
        ),
        (ValueError, "compares labels", lambda: build(nn.MeanSquaredError, nn.ReLU).accuracy(X, NUMBERS)),
    ],
)
def test_bad_input_is_refused_with_what_came_and_what_was_expected(error, message, call):
    with pytest.raises(error, match=message):
        call()
