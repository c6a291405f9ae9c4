"""Checks of the equations in beyond-one-machine."""

import numpy as np
import sympy as sp
from registry import equation

import nnlib as nn
from tools import close, gradient, identical, random

TAU, BYTES, P, B, N, C = sp.symbols("tau b P B n c", positive=True)


def losses(w):
    """Five losses of one weight: squared errors."""
    xs, ys = random(5, seed=1), random(5, seed=2)
    return (w * xs - ys) ** 2


@equation(
    "eq-par-mean",
    r"\frac{\partial C}{\partial w} = \frac1m \sum_{i=1}^m \frac{\partial J_i}{\partial w} .",
    "numerical",
)
def _(claim=lambda slopes: np.sum(slopes) / len(slopes)):
    at = np.array([0.7])
    slopes = [gradient(lambda w, i=i: losses(w[0])[i], at)[0] for i in range(5)]
    assert close(claim(slopes), gradient(lambda w: losses(w[0]).mean(), at)[0], 1e-8)


@equation("eq-par-parts", r"\nabla C = \sum_{k=1}^K \frac{m_k}{m}\, g_k .", "numerical")
def _(claim=lambda sizes, gradients: sum(m / sum(sizes) * g for m, g in zip(sizes, gradients, strict=True))):
    # nnlib's gradient of the whole batch, and those of its parts.
    X, y, sizes = random(9, 4), np.arange(9) % 3, [2, 3, 4]

    def of(part):
        net = nn.Network([nn.Dense(4, 5), nn.Tanh(), nn.Dense(5, 3)], nn.CategoricalCrossEntropy(), seed=1)
        scores = net.forward(X[part], training=True)
        net.backward(scores, net.cost.targets(scores, y[part]))
        return net.grads

    ends = np.cumsum(sizes)
    parts = [of(slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    assert close(claim(sizes, parts), of(slice(None)), 1e-13)


def step(m, k):
    """Seconds of a step, counted message by message: one after the other, the computing side by side."""
    samples = m / k
    down, up = BYTES * P + BYTES * N * samples, BYTES * P
    messages = sum((down + up) / B + TAU for _ in range(k))
    return messages + C * samples


@equation(
    "eq-par-time",
    r"""T(m, k) = \underbrace{k \left( \tau + \frac{2 b P}{B} \right)}_{\text{each worker}}
 + \underbrace{m \left( \frac{b\, n}{B} + \frac{c}{k} \right)}_{\text{each sample}}""",
)
def _(claim=lambda m, k: k * (TAU + 2 * BYTES * P / B) + m * (BYTES * N / B + C / k)):
    m = sp.Symbol("m", positive=True)
    for k in (1, 2, 5):
        assert identical(claim(m, k), step(m, k))


@equation(
    "eq-par-pays",
    r"m^* = \frac{k \left( \tau + 2 b P / B \right)}{c - c/k - b\, n / B} ,",
)
def _(claim=lambda k: k * (TAU + 2 * BYTES * P / B) / (C - C / k - BYTES * N / B)):
    # There a step of k workers takes as long as that of one process without Dask, m c.
    m = sp.Symbol("m", positive=True)
    for k in (2, 5):
        [balance] = sp.solve(sp.Eq(step(m, k), m * C), m)
        assert identical(claim(k), balance)
