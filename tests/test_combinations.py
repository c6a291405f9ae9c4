"""Every layer with every cost and penalty: backpropagation against roads that need no chain rule."""

import autograd
import numpy as np
import pytest
from autograd import numpy as anp

import nnlib as nn

rng = np.random.default_rng(1)
M = 6
X = rng.normal(size=(M, 4))
NUMBERS, BITS, CLASSES = rng.normal(size=(M, 3)), rng.integers(0, 2, M), rng.integers(0, 3, M)
SIGNS = 2 * BITS - 1


def log_softmax(z):
    top = anp.max(z, axis=1, keepdims=True)
    return z - top - anp.log(anp.sum(anp.exp(z - top), axis=1, keepdims=True))


def huber(e, delta):
    return anp.where(anp.abs(e) <= delta, e**2 / 2, delta * (anp.abs(e) - delta / 2))


# Cost, width of the output, targets, and the same cost written for an independent differentiator.
COSTS = [
    (nn.MeanSquaredError(), 3, NUMBERS, lambda z: anp.sum((z - NUMBERS) ** 2) / (2 * M)),
    (nn.MeanAbsoluteError(), 3, NUMBERS, lambda z: anp.sum(anp.abs(z - NUMBERS)) / M),
    (nn.Huber(0.7), 3, NUMBERS, lambda z: anp.sum(huber(z - NUMBERS, 0.7)) / M),
    (nn.Hinge(), 1, SIGNS, lambda z: anp.mean(anp.maximum(0, 1 - SIGNS * z[:, 0]))),
    (
        nn.BinaryCrossEntropy(),
        1,
        BITS,
        lambda z: anp.mean(
            anp.log(1 + anp.exp(-anp.abs(z[:, 0]))) + anp.maximum(z[:, 0], 0) - BITS * z[:, 0]
        ),
    ),
    (nn.CategoricalCrossEntropy(), 3, CLASSES, lambda z: -anp.mean(log_softmax(z)[np.arange(M), CLASSES])),
]
PENALTIES = [
    (None, lambda w: 0.0),
    (nn.L1(0.03), lambda w: 0.03 * anp.sum(anp.abs(w))),
    (nn.L2(0.02), lambda w: 0.01 * anp.sum(w**2)),
    (nn.Lp(0.05, 3), lambda w: 0.05 / 3 * anp.sum(anp.abs(w) ** 3)),
    (nn.Lp(0.05, 0.5), lambda w: 0.1 * anp.sum(anp.abs(w) ** 0.5)),
]


def batch_norm(a, gamma, beta):
    mean = anp.mean(a, axis=0)
    return gamma * (a - mean) / anp.sqrt(anp.mean((a - mean) ** 2, axis=0) + 1e-5) + beta


# Layers between the two dense ones, and the same thing written for the differentiator: from the layer, the
# parameters it takes off the vector, and its input.
LAYERS = {
    "Identity": (nn.Identity, lambda layer, theta, a: a),
    "Sigmoid": (nn.Sigmoid, lambda layer, theta, a: 1 / (1 + anp.exp(-a))),
    "Tanh": (nn.Tanh, lambda layer, theta, a: anp.tanh(a)),
    "ReLU": (nn.ReLU, lambda layer, theta, a: anp.maximum(a, 0)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.1), lambda layer, theta, a: anp.where(a > 0, a, 0.1 * a)),
    "Softsign": (nn.Softsign, lambda layer, theta, a: a / (1 + anp.abs(a))),
    "Softmax": (nn.Softmax, lambda layer, theta, a: anp.exp(log_softmax(a))),
    "Dropout": (lambda: nn.Dropout(0.4), lambda layer, theta, a: a * layer.mask),
    "DropConnect": (
        lambda: nn.DropConnect(5, 5, 0.4),
        lambda layer, theta, a: anp.dot(a, (theta[:25].reshape(5, 5) * layer.mask).T) + theta[25:],
    ),
    "Dense": (
        lambda: nn.Dense(5, 5),
        lambda layer, theta, a: anp.dot(a, theta[:25].reshape(5, 5).T) + theta[25:],
    ),
    "BatchNorm": (lambda: nn.BatchNorm(5), lambda layer, theta, a: batch_norm(a, theta[:5], theta[5:])),
}


def build(cost, n_out, layer, penalty):
    layers = [nn.Dense(4, 5), layer(), nn.Dense(5, n_out)]
    net = nn.Network(layers, cost=cost, penalty=penalty, seed=3)
    # No weight near 0, where a penalty has its kink; biases that are not zero.
    values = np.random.default_rng(2).uniform(0.3, 1.2, net.n_parameters)
    net.params[:] = values * np.random.default_rng(3).choice([-1, 1], net.n_parameters)
    return net


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: repr(cost[0]))
@pytest.mark.parametrize("penalty", PENALTIES, ids=lambda penalty: repr(penalty[0]))
def test_gradient(layer, cost, penalty):
    cost, n_out, y, independent_cost = cost
    penalty, independent_penalty = penalty
    make, independent_layer = LAYERS[layer]
    net = build(cost, n_out, make, penalty)

    central = nn.check_gradients(net, X, y)
    assert central.error <= 1e-7, central
    exact = nn.check_gradients(net, X, y, method="complex")
    assert exact.error <= 1e-12, exact

    Z = net.forward(X, training=True)  # draws the mask that the other road then uses, too
    net.backward(Z, cost.targets(Z, y))

    def objective(theta):
        last = 25 + net.layers[1].n_parameters
        W, V = theta[:20].reshape(5, 4), theta[last : last + 5 * n_out].reshape(n_out, 5)
        hidden = independent_layer(net.layers[1], theta[25:last], anp.dot(X, W.T) + theta[20:25])
        value = independent_cost(anp.dot(hidden, V.T) + theta[last + 5 * n_out :])
        between = theta[25:50] if "W" in net.layers[1].weights else theta[:0]
        return value + sum(independent_penalty(w) for w in (W, between, V))

    automatic = autograd.grad(objective)(net.params.copy())
    assert np.abs(net.grads - automatic).max() <= 1e-10 * np.abs(automatic).max()


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: repr(cost[0]))
def test_value_and_gradient_are_those_of_the_two_methods(cost):
    cost, n_out, y, independent = cost
    Z = np.random.default_rng(0).normal(size=(M, n_out))
    Y = cost.targets(Z, y)
    value, gradient = cost.value_and_gradient(Z, Y)
    assert value == pytest.approx(cost.value(Z, Y), rel=1e-14)
    assert value == pytest.approx(independent(Z), rel=1e-14)
    np.testing.assert_allclose(gradient, cost.gradient(Z, Y), rtol=1e-14, atol=1e-16)
    assert cost.losses(Z, Y).shape == (M,)
    assert (cost.losses(Z, Y) >= 0).all()


def test_a_planted_mistake_is_found_and_named():
    class Wrong(nn.Dense):
        def backward_parameters(self, dA):
            super().backward_parameters(dA)
            self.dW[1, 2] *= 1.01

    net = nn.Network([nn.Dense(4, 5), nn.Tanh(), Wrong(5, 3)], nn.CategoricalCrossEntropy(), seed=0)
    for method in ("central", "complex"):
        check = nn.check_gradients(net, X, CLASSES, method=method)
        assert check.worst == "layers[2].W[1, 2]"
        assert check.error > 1e-4
        assert "worst='layers[2].W[1, 2]'" in repr(check)


def test_a_check_leaves_the_network_as_it_was():
    layers = [nn.Dense(4, 5), nn.BatchNorm(5), nn.Dropout(0.5), nn.Dense(5, 3)]
    net = nn.Network(layers, nn.CategoricalCrossEntropy(), seed=0)
    before, random = net.state(), net.rng.bit_generator.state
    nn.check_gradients(net, X, CLASSES, step=1e-5)
    after = net.state()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert net.rng.bit_generator.state == random


def test_the_gradient_at_test_time_is_right_too():
    layers = [nn.Dense(4, 5), nn.BatchNorm(5), nn.Dropout(0.5), nn.DropConnect(5, 3, 0.5)]
    net = nn.Network(layers, nn.CategoricalCrossEntropy(), seed=0)
    net.forward(X, training=True)
    assert nn.check_gradients(net, X, CLASSES, method="complex", training=False).error < 1e-12


def test_a_gradient_of_zero_has_no_error():
    net = nn.Network([nn.Dense(4, 1, nn.zeros)], nn.MeanSquaredError())
    assert nn.check_gradients(net, np.zeros((2, 4)), np.zeros((2, 1))).error == 0


def test_central_differences_lose_a_third_of_the_digits_and_complex_steps_none():
    def f(x):
        return np.exp(x[0]) * np.sin(x[1])

    exact = np.array([np.exp(0.4) * np.sin(1.1), np.exp(0.4) * np.cos(1.1)])
    central = np.abs(nn.gradients.central_difference(f, [0.4, 1.1]) / exact - 1).max()
    assert 1e-13 < central < 1e-9
    assert np.abs(nn.gradients.complex_step(f, [0.4, 1.1]) / exact - 1).max() <= 4e-16


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("'central' or 'complex'; got 'forward'", lambda net: nn.check_gradients(net, X, CLASSES, "forward")),
        ("step must be positive", lambda net: nn.check_gradients(net, X, CLASSES, step=0)),
        ("a vector of finite numbers", lambda net: nn.gradients.complex_step(np.sum, [[1.0]])),
        ("a vector of finite numbers", lambda net: nn.gradients.central_difference(np.sum, [np.nan])),
    ],
)
def test_bad_input_is_refused(message, call):
    net = nn.Network([nn.Dense(4, 3)], nn.CategoricalCrossEntropy())
    with pytest.raises(ValueError, match=message):
        call(net)


def test_float32_is_not_enough():
    net = nn.Network([nn.Dense(4, 3)], nn.CategoricalCrossEntropy(), dtype=np.float32)
    with pytest.raises(ValueError, match="need float64"):
        nn.check_gradients(net, X, CLASSES)
