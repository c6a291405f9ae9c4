"""Checks of the equations in 04-cost-functions."""

from fractions import Fraction
from functools import cache, reduce
from itertools import product
from math import log, pi, sqrt

import autograd.numpy as anp
import mpmath as mp
import numpy as np
import sympy as sp
from autograd import grad
from registry import equation
from scipy import stats
from sympy.stats import Laplace, Normal, density

import nnlib as nn
from tools import close, dot, gradient, identical, positive, random, t, w, y, z

tau = sp.Symbol("tau", positive=True)
c = positive["c"]
yhat = sp.Symbol("yhat", real=True)
v = sp.Symbol("v", real=True)
scores = sp.symbols("z1:4", real=True)
LABELS = np.array([1, 0, 0, 1, 1, 0, 1])
CLASSES = np.array([2, 0, 3, 1, 1, 3, 0])
HOT = np.eye(4)[CLASSES]


def sigma(z):
    return 1 / (1 + sp.exp(-z))


def agree(left, right):
    """Are two expressions the same function? Numbers come before `simplify`: the quick way to a no."""
    difference = sp.expand_log(sp.expand(sp.sympify(left) - sp.sympify(right)), force=True)
    if difference == 0:
        return True
    rng = np.random.default_rng(1)
    for _ in range(3):
        point = {
            symbol: sp.Float(rng.uniform(0.2, 2.0) * (1 if symbol.is_positive else rng.choice([-1, 1])), 40)
            for symbol in sorted(difference.free_symbols, key=str)
        }
        if not abs(sp.N(difference.xreplace(point), 30)) < sp.Float("1e-20"):
            return False
    return identical(left, right)


def fades_faster(remainder, order):
    """Is it o(t^order) for t → 0? By its derivatives at 0."""
    return all(
        abs(sp.N(sp.diff(remainder, t, k).subs(t, 0), 30)) < sp.Float("1e-20") for k in range(order + 1)
    )


def is_slope(claimed, f, at):
    """Is this the gradient of f at a point? By central differences, and by autograd."""
    return close(claimed, gradient(f, at), 1e-7) and close(claimed, grad(f)(at))


# Loss and cost


@equation("eq-cost", r"C(\theta) = \frac{1}{m} \sum_{i=1}^{m} J(\hat y_i, y_i) .", kind="numerical")
def _(claim=lambda J, yhat, y: 1 / len(y) * sum(J(yhat[i], y[i]) for i in range(len(y)))):
    assert close(claim(lambda p, y: (p - y) ** 2 / 2, [22, 31, 40], [20, 35, 40]), 10 / 3)  # the table
    Z, Y = random(7, 2), random(7, 2, seed=1)
    for cost, J in (
        (nn.MeanSquaredError(), lambda p, y: (p - y) @ (p - y) / 2),
        (nn.MeanAbsoluteError(), lambda p, y: abs(p - y).sum()),
    ):
        assert close(claim(J, Z, Y), cost.value(Z, Y))
    s = 2.0 * LABELS[:, None] - 1
    assert close(claim(lambda p, s: max(0, 1 - s[0] * p[0]), Z, s), nn.Hinge().value(Z[:, :1], s))


# One recipe: make the data likely


@equation(
    "eq-likelihood", r"\mathcal L(\theta) = \prod_{i=1}^{m} p(y_i \mid x_i; \theta) .", kind="numerical"
)
def _(claim=lambda p, y: reduce(lambda u, v: u * v, (p[i][y[i]] for i in range(len(y))))):
    # Urns, one for each sample: all ways to draw a ball from each are equally likely. They are counted.
    urns = ["aab", "abbb", "aabbc"]
    p = [{ball: Fraction(urn.count(ball), len(urn)) for ball in "abc"} for urn in urns]
    draws = list(product(*urns))
    for answers in set(draws):
        assert claim(p, answers) == Fraction(draws.count(answers), len(draws))


@equation(
    "eq-nll",
    r"""\begin{aligned}
    C(\theta) &= -\frac{1}{m} \log \mathcal L(\theta) \\
    &= \frac{1}{m} \sum_{i=1}^{m} \bigl( -\log p(y_i \mid x_i; \theta) \bigr) .
    \end{aligned}""",
    kind="numerical",
)
def _(
    first=lambda L, m: -1 / m * log(L),
    second=lambda p: 1 / len(p) * sum(-log(p[i]) for i in range(len(p))),
):
    coins, Z = random(7, 1, seed=2), random(7, 4, seed=3)
    told = nn.Sigmoid()(coins[:, 0])
    classes = nn.Softmax()(Z)[range(7), CLASSES]
    for p, cost in (
        (np.where(LABELS == 1, told, 1 - told), nn.BinaryCrossEntropy().value(coins, LABELS[:, None])),
        (classes, nn.CategoricalCrossEntropy().value(Z, HOT)),
    ):
        assert close(first(np.prod(p), 7), cost)
        assert close(second(p), cost)


@equation(
    "eq-gaussian",
    r"""p(y \mid x; \theta) = \frac{1}{\tau \sqrt{2 \pi}}
    \exp\left( -\frac{(y - \hat y)^2}{2 \tau^2} \right) .""",
    kind="numerical",
)
def _(claim=lambda y, yhat, tau: 1 / (tau * sqrt(2 * pi)) * np.exp(-((y - yhat) ** 2) / (2 * tau**2))):
    for yhat, tau in ((0.7, 0.6), (-3.0, 2.5)):
        y, step = np.linspace(yhat - 12 * tau, yhat + 12 * tau, 401, retstep=True)
        p = claim(y, yhat, tau)
        assert close([(p * (y - yhat) ** k).sum() * step for k in range(3)], [1, 0, tau**2])
        assert close(p, stats.norm.pdf(y, yhat, tau))


@equation(
    "eq-gaussian-nll",
    r"-\log p = \frac{(\hat y - y)^2}{2 \tau^2} + \log \tau + \tfrac12 \log 2 \pi .",
)
def _(
    claim=lambda yhat, y, tau: (
        (yhat - y) ** 2 / (2 * tau**2) + sp.log(tau) + sp.Rational(1, 2) * sp.log(2 * sp.pi)
    ),
):
    assert agree(claim(yhat, y, tau), -sp.log(density(Normal("Y", yhat, tau))(y)))


@equation(
    "eq-mse",
    r"""\begin{gathered}
    C = \frac{1}{2m} \sum_{i=1}^{m} \lVert \hat y_i - y_i \rVert^2, \\[4pt]
    \frac{\partial J}{\partial \hat y} = \hat y - y .
    \end{gathered}""",
    kind="numerical",
)
def _(
    cost=lambda yhat, y: 1 / (2 * len(y)) * sum(np.linalg.norm(yhat[i] - y[i]) ** 2 for i in range(len(y))),
    slope=lambda yhat, y: yhat - y,
):
    predicted, truth = random(7, 3), random(7, 3, seed=1)
    assert close(cost(predicted, truth), nn.MeanSquaredError().value(predicted, truth))
    # By the recipe: minus the logarithm of the density, the constants away, times τ².
    nll = -stats.norm.logpdf(truth, predicted, 0.6).sum(axis=1).mean()
    assert close(cost(predicted, truth), 0.36 * (nll - 3 * log(0.6) - 1.5 * log(2 * pi)))
    for i in range(7):
        p, right = predicted[i], truth[i]
        assert is_slope(slope(p, right), lambda p, right=right: cost(p[None], right[None]), p)
    assert close(slope(predicted, truth), 7 * nn.MeanSquaredError().gradient(predicted, truth))


@equation(
    "eq-norm-gradient",
    r"\nabla \lVert \hat y - y \rVert = \frac{\hat y - y}{\lVert \hat y - y \rVert},",
)
def _(claim=lambda yhat, y: (yhat - y) / (yhat - y).norm()):
    p, y = sp.Matrix(sp.symbols("p1:4", real=True)), sp.Matrix(sp.symbols("y1:4", real=True))
    length = sp.sqrt(sum((p[k] - y[k]) ** 2 for k in range(3)))
    for k in range(3):
        assert agree(claim(p, y)[k], sp.diff(length, p[k]))


@equation(
    "eq-laplace",
    r"""\begin{gathered}
    p(y \mid x; \theta) = \frac{1}{2 \tau} \exp\left( -\frac{|y - \hat y|}{\tau} \right), \\[4pt]
    -\log p = \frac{|\hat y - y|}{\tau} + \log 2 \tau .
    \end{gathered}""",
)
def _(
    p=lambda y, yhat, tau: 1 / (2 * tau) * sp.exp(-abs(y - yhat) / tau),
    nll=lambda yhat, y, tau: abs(yhat - y) / tau + sp.log(2 * tau),
):
    right = density(Laplace("Y", yhat, tau))(y)
    assert agree(p(y, yhat, tau), right)
    assert agree(nll(yhat, y, tau), -sp.log(right))
    # A density, and τ the mean size of the error. On the right of ŷ and on the left, at the distance c.
    for k, moment in ((0, 1), (1, tau)):
        both = sp.powsimp(p(yhat + c, yhat, tau) + p(yhat - c, yhat, tau))
        assert sp.integrate(c**k * both, (c, 0, sp.oo)) == moment


@equation(
    "eq-mae",
    r"""\begin{gathered}
    C = \frac1m \sum_{i=1}^{m} |\hat y_i - y_i|, \\[4pt]
    \frac{\partial J}{\partial \hat y} = \operatorname{sign}(\hat y - y) .
    \end{gathered}""",
    kind="numerical",
)
def _(
    cost=lambda yhat, y: 1 / len(y) * sum(abs(yhat[i] - y[i]) for i in range(len(y))),
    slope=lambda yhat, y: np.sign(yhat - y),
):
    p, y = random(7), random(7, seed=1)
    assert {-1, 1} == set(np.sign(p - y))
    assert close(cost(p, y), nn.MeanAbsoluteError().value(p[:, None], y[:, None]))
    # By the recipe, with τ = 0.6.
    assert close(cost(p, y), 0.6 * (-stats.laplace.logpdf(y, p, 0.6).mean() - log(1.2)))
    for i in range(7):
        assert is_slope(slope(p[i], y[i]), lambda v, i=i: cost([v], y[i : i + 1]), p[i])
    assert close(slope(p, y), 7 * nn.MeanAbsoluteError().gradient(p[:, None], y[:, None])[:, 0])


ERRORS = (-7.0, -2.6, -2.5, -2.4, -0.7, 0.0, 0.3, 0.8, 2.4, 2.5, 2.6, 3.1)


@equation(
    "eq-huber",
    r"""J = \begin{cases}
    \tfrac12 e^2 & \text{if } |e| \le \delta, \\
    \delta |e| - \tfrac12 \delta^2 & \text{if } |e| > \delta,
    \end{cases}
    \qquad e = \hat y - y .""",
    kind="numerical",
)
def _(
    claim=lambda e, delta: (
        1 / 2 * e**2 if abs(e) <= delta else delta * abs(e) - 1 / 2 * delta**2 if abs(e) > delta else None
    ),
    error=lambda yhat, y: yhat - y,
):
    for delta in (0.5, 2.5):
        for e in ERRORS:
            # The area under the slope: e itself, and the constant that has been reached, from there on.
            area = mp.quad(lambda u, d=delta: min(u, d), [0, *([delta] if abs(e) > delta else []), abs(e)])
            assert close(claim(e, delta), float(area))
            J = nn.Huber(delta).losses(np.array([[e + 0.7]]), np.array([[0.7]]))[0]
            assert close(claim(error(e + 0.7, 0.7), delta), J)


@equation(
    "eq-huber-gradient",
    r"\frac{\partial J}{\partial \hat y} = \min(\max(e, -\delta), \delta) .",
    kind="numerical",
)
def _(claim=lambda e, delta: min(max(e, -delta), delta)):
    for delta in (0.5, 2.5):
        for e in ERRORS:
            Z, Y = np.array([[e + 0.7]]), np.array([[0.7]])
            J = nn.Huber(delta).losses
            assert close(claim(e, delta), gradient(lambda Z, J=J, Y=Y: J(Z, Y)[0], Z)[0, 0], 1e-6)
            assert close(claim(e, delta), nn.Huber(delta).gradient(Z, Y)[0, 0])


@equation(
    "eq-bce",
    r"""\begin{gathered}
    p(y \mid x; \theta) = \hat y^{\,y} (1 - \hat y)^{1 - y}, \\[4pt]
    J = -y \log \hat y - (1 - y) \log (1 - \hat y) .
    \end{gathered}""",
)
def _(
    p=lambda yhat, y: yhat**y * (1 - yhat) ** (1 - y),
    J=lambda yhat, y: -y * sp.log(yhat) - (1 - y) * sp.log(1 - yhat),
):
    prob = 1 / (1 + c)  # between 0 and 1
    assert agree(p(prob, 1), prob)
    assert agree(p(prob, 0), 1 - prob)
    assert agree(J(prob, y), -sp.log(p(prob, y)))
    for score in (-2.3, 0.4, 1.9):
        for label in (0, 1):
            at = nn.Sigmoid()(score)
            assert close(float(p(at, label)), stats.bernoulli.pmf(label, at))
            loss = nn.BinaryCrossEntropy().losses(np.array([[score]]), np.array([[label]]))[0]
            assert close(float(J(at, label)), loss)


@equation(
    "eq-bce-score",
    r"""\begin{aligned}
    J &= -y \bigl( z - \log(1 + e^z) \bigr) + (1 - y) \log (1 + e^z) \\
    &= \log(1 + e^z) - y z .
    \end{aligned}""",
)
def _(
    first=lambda z, y: -y * (z - sp.log(1 + sp.exp(z))) + (1 - y) * sp.log(1 + sp.exp(z)),
    second=lambda z, y: sp.log(1 + sp.exp(z)) - y * z,
):
    J = -y * sp.log(sigma(z)) - (1 - y) * sp.log(1 - sigma(z))
    for claim in (first, second):
        assert agree(claim(z, y), J)
        assert sp.expand(claim(z, y) - second(z, y)) == 0
        # They agree at one point and have one slope: at z = 0 both are log 2.
        assert sp.expand(claim(0, y)) == sp.log(2)
        assert sp.simplify(sp.diff(claim(z, y) - J, z)) == 0
        for label in (0, 1):
            loss = nn.BinaryCrossEntropy().losses(np.array([[1.7]]), np.array([[label]]))[0]
            assert close(float(claim(1.7, label)), loss)


@equation("eq-bce-gradient", r"\frac{\partial J}{\partial z} = \sigma(z) - y = \hat y - y .")
def _(first=lambda z, y, sigma: sigma(z) - y, second=lambda yhat, y: yhat - y):
    slope = sp.diff(-y * sp.log(sigma(z)) - (1 - y) * sp.log(1 - sigma(z)), z)
    assert agree(first(z, y, sigma), slope)
    assert agree(second(sigma(z), y), slope)
    cost, Z, Y = nn.BinaryCrossEntropy(), random(7, 1, seed=4), LABELS[:, None]
    claimed = first(Z, Y, nn.Sigmoid())
    assert close(claimed, second(cost.link(Z), Y))
    assert close(claimed, 7 * cost.gradient(Z, Y))
    for i in range(7):
        J = [lambda z: -anp.log(1 - 1 / (1 + anp.exp(-z))), lambda z: -anp.log(1 / (1 + anp.exp(-z)))]
        assert is_slope(claimed[i, 0], J[LABELS[i]], Z[i, 0])


@equation("eq-softplus", r"\log(1 + e^z) = \max(z, 0) + \log\bigl(1 + e^{-|z|}\bigr) .")
def _(claim=lambda z: sp.Max(z, 0) + sp.log(1 + sp.exp(-abs(z)))):
    for score in (c, sp.Integer(0), -c):
        assert agree(claim(score), sp.log(1 + sp.exp(score)))
    for score in (-800.0, -3.0, 2.0, 800.0):
        loss = nn.BinaryCrossEntropy().losses(np.array([[score]]), np.array([[0.0]]))[0]
        assert close(float(claim(score)), loss)


@equation(
    "eq-cce",
    r"""\begin{gathered}
    p(y \mid x; \theta) = \prod_{k=1}^{K} p_k^{\,y_k}, \\[4pt]
    J = -\sum_{k=1}^{K} y_k \log p_k = -\log p_c .
    \end{gathered}""",
    kind="numerical",
)
def _(
    probability=lambda p, y: reduce(lambda u, v: u * v, (p[k] ** y[k] for k in range(len(p)))),
    J=lambda p, y: -sum(y[k] * log(p[k]) for k in range(len(p))),
    short=lambda p, c: -log(p[c]),
):
    Z = random(7, 4, seed=3)
    losses = nn.CategoricalCrossEntropy().losses(Z, HOT)
    for i, p in enumerate(nn.Softmax()(Z)):
        assert close(probability(p, HOT[i]), stats.multinomial.pmf(HOT[i], 1, p))
        assert close(J(p, HOT[i]), losses[i])
        assert close(short(p, CLASSES[i]), losses[i])


@equation(
    "eq-cce-score",
    r"J = -\log \frac{e^{z_c}}{\sum_j e^{z_j}} = \log \sum_{j=1}^{K} e^{z_j} - z_c .",
)
def _(
    first=lambda z, c: -sp.log(sp.exp(z[c]) / sum(sp.exp(z[j]) for j in range(len(z)))),
    second=lambda z, c: sp.log(sum(sp.exp(z[j]) for j in range(len(z)))) - z[c],
):
    for right in range(3):
        assert agree(first(scores, right), second(scores, right))
    Z = random(7, 4, seed=3)
    losses = nn.CategoricalCrossEntropy().losses(Z, HOT)
    for i in range(3):
        assert close(float(first(Z[i], CLASSES[i])), losses[i])
        assert close(float(second(Z[i], CLASSES[i])), losses[i])


@equation("eq-cce-gradient", r"\frac{\partial J}{\partial z_k} = p_k - y_k .")
def _(claim=lambda p, y, k: p[k] - y[k]):
    p = [sp.exp(score) / sum(map(sp.exp, scores)) for score in scores]
    for right in range(3):
        for k in range(3):
            hot = [int(j == right) for j in range(3)]
            assert agree(claim(p, hot, k), sp.diff(-sp.log(p[right]), scores[k]))
    Z, cost = random(7, 4, seed=3), nn.CategoricalCrossEntropy()
    for i in range(7):
        claimed = [claim(nn.Softmax()(Z[i]), HOT[i], k) for k in range(4)]
        assert is_slope(claimed, lambda z, i=i: -anp.log(anp.exp(z)[CLASSES[i]] / anp.exp(z).sum()), Z[i])
        assert close(claimed, 7 * cost.gradient(Z, HOT)[i])


@equation("eq-log-k", r"J = \log K ,")
def _(claim=lambda J, K: J - sp.log(K) == 0):
    for K in (2, 10, 26):
        p = sp.exp(z) / sum(sp.exp(z) for _ in range(K))  # all scores equal to z
        J = -sp.log(sp.simplify(p))
        assert claim(J, K)
        assert not claim(J, K + 1)
        cost = nn.CategoricalCrossEntropy()
        assert close(cost.value(np.full((1, K), 0.3), np.eye(K)[:1]), float(J))


@equation(
    "eq-hinge",
    r"""\begin{gathered}
    J = \max(0,\ 1 - s z), \\[4pt]
    \frac{\partial J}{\partial z} = \begin{cases}
    -s & \text{if } sz < 1, \\ 0 & \text{if } sz > 1 . \end{cases}
    \end{gathered}""",
    kind="numerical",
)
def _(
    J=lambda s, z: max(0, 1 - s * z),
    slope=lambda s, z: -s if s * z < 1 else 0 if s * z > 1 else None,
):
    cost = nn.Hinge()
    for s in (-1, 1):
        S = np.array([[s]])
        for score in (-4.0, -1.3, -0.9, -0.2, 0.3, 0.9, 1.2, 5.0):
            # The line through (0, 1) and (1, 0) over the margin, where it is positive.
            assert close(J(s, score), np.interp(s * score, [-9, 1, 9], [10, 0, 0]))
            assert close(J(s, score), cost.losses(np.array([[score]]), S)[0])
            assert close(slope(s, score), gradient(lambda z, s=s: J(s, z), score), 1e-7)
            assert close(slope(s, score), cost.gradient(np.array([[score]]), S)[0, 0])
        assert slope(s, s) is None  # at the kink: the slopes on both sides differ
        assert J(s, 1.5 * s) - J(s, s) == 0 != J(s, 0.5 * s) - J(s, s)


@equation("eq-bce-margin", r"J = \log\bigl(1 + e^{-sz}\bigr) .")
def _(claim=lambda s, z: sp.log(1 + sp.exp(-s * z))):
    for s, truth in ((1, sigma(z)), (-1, 1 - sigma(z))):
        assert agree(claim(s, z), -sp.log(truth))
        loss = nn.BinaryCrossEntropy().losses(np.array([[1.7]]), np.array([[(s + 1) / 2]]))[0]
        assert close(float(claim(s, 1.7)), loss)


@equation(
    "eq-cost-gradient",
    r"\frac{\partial C}{\partial Z} = \frac1m \bigl( \hat Y - Y \bigr) .",
    kind="numerical",
)
def _(claim=lambda Yhat, Y: 1 / len(Y) * (Yhat - Y)):
    one, four = random(7, 1, seed=4), random(7, 4, seed=5)
    for cost, Z, Y in (
        (nn.MeanSquaredError(), four, random(7, 4, seed=6)),
        (nn.BinaryCrossEntropy(), one, LABELS[:, None]),
        (nn.CategoricalCrossEntropy(), four, HOT),
    ):
        claimed = claim(cost.link(Z), Y)
        assert close(claimed, gradient(lambda Z, cost=cost, Y=Y: cost.value(Z, Y), Z), 1e-7)
        assert close(claimed, cost.gradient(Z, Y))
        assert close(claimed, cost.value_and_gradient(Z, Y)[1])


# One bad number


@equation(
    "eq-pull",
    r"""\frac{\partial C}{\partial (w, b)} = \frac1m \sum_{i=1}^{m}
    \frac{\partial J}{\partial \hat y_i} \cdot (x_i, 1) .""",
    kind="numerical",
)
def _(
    claim=lambda slope, x: 1 / len(x) * sum(slope[i] * np.array([x[i], 1]) for i in range(len(x))),
):
    x, y = random(7, seed=1), 5 * random(7, seed=2)
    for cost, J in (
        (nn.MeanSquaredError(), lambda e: e**2 / 2),
        (nn.MeanAbsoluteError(), abs),
        (nn.Huber(0.8), lambda e: anp.where(abs(e) < 0.8, e**2 / 2, 0.8 * abs(e) - 0.32)),
    ):
        net = nn.Network([nn.Dense(1, 1)], cost)
        net.params[:] = 0.7, -0.4
        prediction = net.forward(x[:, None])
        net.backward(prediction, y[:, None])
        strength = [grad(J)(e) for e in prediction[:, 0] - y]
        claimed = claim(strength, x)
        assert is_slope(claimed, lambda v, J=J: anp.mean(J(v[0] * x + v[1] - y)), np.array([0.7, -0.4]))
        assert close(claimed, net.grads)


PLACES = np.array([sp.Rational(k, 6) for k in (2, 3, 15, 26)])


@cache
def best_slope():
    """Slope of the line of least squares through four points, and their heights."""
    heights = sp.symbols("y1:5", real=True)
    cost = sum((w * PLACES[i] + v - heights[i]) ** 2 for i in range(4))
    return sp.solve([sp.diff(cost, w), sp.diff(cost, v)], [w, v])[w], heights


@equation(
    "eq-slope-influence",
    r"\frac{\partial w}{\partial y_k} = \frac{x_k - \bar x}{\sum_i (x_i - \bar x)^2} .",
)
def _(claim=lambda x, k: (x[k] - x.mean()) / ((x - x.mean()) ** 2).sum()):
    slope, heights = best_slope()
    for k in range(4):
        assert claim(PLACES, k) == sp.diff(slope, heights[k])
        assert sp.diff(slope, heights[k], 2) == 0  # no limit
    line = np.polyfit(random(9), np.eye(9), 1)[0]  # nine data sets, each 1 at one place and 0 elsewhere
    assert close([claim(random(9), k) for k in range(9)], line)


# Wrong, and slow to learn it


@equation(
    "eq-sigmoid-slope-cost",
    r"""\begin{aligned}
    \sigma'(z) &= \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} \\
    &= \sigma(z) \bigl(1 - \sigma(z)\bigr) .
    \end{aligned}""",
)
def _(
    first=lambda z: sp.exp(-z) / (1 + sp.exp(-z)) ** 2,
    second=lambda z: 1 / (1 + sp.exp(-z)) * (sp.exp(-z) / (1 + sp.exp(-z))),
    third=lambda z, sigma: sigma(z) * (1 - sigma(z)),
):
    for claimed in (first(z), second(z), third(z, sigma)):
        assert agree(claimed, sp.diff(sigma(z), z))
        assert close(float(claimed.subs(z, 1.7)), nn.Sigmoid().derivative(1.7))


@equation(
    "eq-slow-square",
    r"""\frac{\partial J}{\partial z} = \bigl(\sigma(z) - y\bigr) \cdot
    \sigma(z) \bigl(1 - \sigma(z)\bigr),""",
)
def _(claim=lambda z, y, sigma: (sigma(z) - y) * (sigma(z) * (1 - sigma(z)))):
    assert agree(claim(z, y, sigma), sp.diff((sigma(z) - y) ** 2 / 2, z))
    for score in (-10.0, -2.3, 1.4):
        for label in (0, 1):
            net = nn.Network([nn.Dense(1, 1), nn.Sigmoid()], nn.MeanSquaredError())
            net.params[:] = 0, score
            net.backward(net.forward(np.array([[0.7]])), np.array([[float(label)]]))
            claimed = claim(score, label, nn.Sigmoid())
            assert abs(claimed / net.grads[1] - 1) < 1e-9
            assert is_slope(claimed, lambda z, y=label: (1 / (1 + anp.exp(-z)) - y) ** 2 / 2, score)


def by_the_clock(pull, start):
    """Time that a score takes from its start to 0 at the speed pull(z)."""
    return float(mp.quad(lambda z: 1 / pull(z), [start, 0]))


@equation(
    "eq-time-cross",
    r"""\begin{aligned}
    T_{\text{cross-entropy}} &= \int_{e^{z_0}}^{1} \frac{1 + u}{u}\, du \\
    &= \bigl[ \log u + u \bigr]_{e^{z_0}}^{1} = |z_0| + 1 - e^{z_0} .
    \end{aligned}""",
)
def _(
    integrand=lambda u: (1 + u) / u,
    limits=lambda z0: (sp.exp(z0), 1),
    area=lambda u: sp.log(u) + u,
    result=lambda z0: abs(z0) + 1 - sp.exp(z0),
):
    assert agree(integrand(sp.exp(z)) * sp.exp(z), 1 / (1 - sigma(z)))  # u = e^z, du = e^z dz
    assert limits(-c) == (sp.exp(-c), sp.exp(0))
    assert agree(sp.diff(area(c), c), integrand(c))
    low, high = limits(-c)
    assert agree(area(high) - area(low), result(-c))
    for start in (-0.7, -5.0):
        assert close(float(result(start)), by_the_clock(lambda z: 1 - mp.sigmoid(z), start))


@equation(
    "eq-time-square",
    r"""\begin{aligned}
    T_{\text{squared}} &= \int_{e^{z_0}}^{1} \frac{(1 + u)^3}{u^2}\, du \\
    &= \Bigl[ -\tfrac1u + 3 \log u + 3u + \tfrac12 u^2 \Bigr]_{e^{z_0}}^{1} \\
    &\approx e^{|z_0|} + 3 |z_0| + 2.5 .
    \end{aligned}""",
)
def _(
    integrand=lambda u: (1 + u) ** 3 / u**2,
    limits=lambda z0: (sp.exp(z0), 1),
    area=lambda u: -1 / u + 3 * sp.log(u) + 3 * u + sp.Rational(1, 2) * u**2,
    result=lambda z0: sp.exp(abs(z0)) + 3 * abs(z0) + 2.5,
):
    assert agree(integrand(sp.exp(z)) * sp.exp(z), 1 / (sigma(z) * (1 - sigma(z)) ** 2))
    assert limits(-c) == (sp.exp(-c), sp.exp(0))
    assert agree(sp.diff(area(c), c), integrand(c))
    low, high = limits(-c)
    left_out = -3 * sp.exp(-c) - sp.exp(-2 * c) / 2  # what the text says; it fades as the start moves away
    assert agree(area(high) - area(low), result(-c) + left_out)
    assert left_out.subs(c, sp.oo) == 0
    for start in (-6.0, -9.0):
        time = by_the_clock(lambda z: mp.sigmoid(z) * (1 - mp.sigmoid(z)) ** 2, start)
        assert abs(float(result(start)) - time) < 0.01


# Accuracy is not a cost


@equation("eq-jump", r"w = -\frac{r_i}{x_i} .", kind="numerical")
def _(claim=lambda r, x: -r / x):
    for x, r in zip(random(9), random(9, seed=1), strict=True):
        at = claim(r, x)
        assert close(at * x + r, 0.0)
        before, after = nn.BinaryCrossEntropy().decide(np.array([[(at + h) * x + r] for h in (-1e-9, 1e-9)]))
        assert before != after


# The cost as a surface


def relu_network(*widths, seed=0):
    """A network with one hidden layer of ReLUs, with biases that are not 0; samples, and its cost there."""
    net = nn.Network(
        [nn.Dense(*widths[:2]), nn.ReLU(), nn.Dense(*widths[1:])], nn.CategoricalCrossEntropy(), seed=seed
    )
    net.params[:] = random(net.n_parameters, seed=seed)
    X = random(9, widths[0], seed=seed + 1)

    def cost(params):
        net.params[:] = params
        return net.evaluate(X, np.arange(9) % widths[2])

    return net, X, cost


@equation("eq-slice", r"g(u, v) = C(\theta + u\, d + v\, e) .", kind="numerical")
def _(claim=lambda C, theta, u, d, v, e: C(theta + u * d + v * e)):
    net, _, cost = relu_network(2, 3, 4)
    theta, d, e = net.params.copy(), random(25, seed=7), random(25, seed=8)
    assert claim(cost, theta, 0.0, d, 0.0, e) == cost(theta)
    for u, v in ((0.6, -1.3), (-0.2, 0.4)):
        # The place in the plane that θ, d and e span: its coordinates are u and v, and it lies in the plane.
        place = claim(lambda params: params, theta, u, d, v, e)
        found, residual, *_ = np.linalg.lstsq(np.stack([d, e], 1), place - theta)
        assert close(found, [u, v])
        assert close(residual, [0])
        assert close(claim(cost, theta, u, d, v, e), cost(np.array([1, u, v]) @ [theta, d, e]))


@equation(
    "eq-rescaling",
    r"""\begin{aligned}
    &\tfrac{1}{\alpha} W^{[2]} \max\bigl(0,\ \alpha W^{[1]} x + \alpha b^{[1]}\bigr) + b^{[2]} \\
    &\qquad = W^{[2]} \max\bigl(0,\ W^{[1]} x + b^{[1]}\bigr) + b^{[2]} .
    \end{aligned}""",
    kind="numerical",
)
def _(
    left=lambda alpha, W1, b1, W2, b2, x: 1 / alpha * W2 @ np.maximum(0, alpha * W1 @ x + alpha * b1) + b2,
    right=lambda W1, b1, W2, b2, x: W2 @ np.maximum(0, W1 @ x + b1) + b2,
):
    net, X, _ = relu_network(2, 5, 3)
    first, _, second = net.layers
    W1, b1, W2, b2 = (part.copy() for part in (first.W, first.b, second.W, second.b))
    scores = net.forward(X)
    for x, score in zip(X, scores, strict=True):
        assert close(right(W1, b1, W2, b2, x), score)
        for alpha in (0.3, 5.0):
            assert close(left(alpha, W1, b1, W2, b2, x), score)
    first.W *= 5
    first.b *= 5
    second.W /= 5
    assert close(net.forward(X), scores)


@equation(
    "eq-filter-normalised",
    r"d_j \leftarrow \frac{d_j}{\lVert d_j \rVert} \lVert w_j \rVert .",
    kind="numerical",
)
def _(claim=lambda d, w: d / np.linalg.norm(d) * np.linalg.norm(w)):
    for d, weights in zip(random(5, 4), random(5, 4, seed=1), strict=True):
        scaled = claim(d, weights)
        assert close(scaled @ scaled, weights @ weights)  # the length of the weights
        assert close(scaled @ d, sqrt(d @ d * (weights @ weights)))  # the direction of d
    # The slices through a network and through its disguise agree.
    costs = []
    for alpha in (1, 5):
        net, _, cost = relu_network(2, 5, 3)
        first, _, second = net.layers
        first.W *= alpha
        first.b *= alpha
        second.W /= alpha
        step = np.zeros(net.n_parameters)
        for layer, part, seed in ((first, slice(0, 10), 2), (second, slice(15, 30), 3)):
            noise = random(*layer.W.shape, seed=seed)
            step[part] = np.ravel([claim(d, w) for d, w in zip(noise, layer.W, strict=True)])
        theta = net.params.copy()
        costs.append([cost(theta + u * step) for u in (-0.7, 0, 0.4)])
    assert close(*costs)


# Minima, saddle points, plateaus


@cache
def landscape():
    """A smooth cost of three parameters, a place, the gradient there, a step, and the cost along the step."""
    theta = sp.symbols("theta1:4", real=True)
    C = sp.exp(theta[0] * theta[1]) + theta[2] ** 2 * sp.sin(theta[0]) + theta[1] ** 3 * theta[2]
    place = dict(zip(theta, (sp.Rational(1, 3), sp.Rational(-3, 2), sp.Rational(4, 5)), strict=True))
    slope = np.array([sp.diff(C, parameter).subs(place) for parameter in theta])
    step = sp.Matrix([sp.Rational(3, 5), sp.Rational(-7, 4), sp.Rational(2, 7)])
    along = C.subs({theta[i]: place[theta[i]] + t * step[i] for i in range(3)}, simultaneous=True)
    return C, theta, place, slope, step, along


@equation(
    "eq-taylor",
    r"""\begin{gathered}
    C(\theta + h) = C(\theta) + \nabla C \cdot h + \tfrac12\, h^\top H h
    + o\bigl(\lVert h \rVert^2\bigr), \\[4pt]
    H_{ij} = \frac{\partial^2 C}{\partial \theta_i\, \partial \theta_j} .
    \end{gathered}""",
)
def _(
    expansion=lambda C0, slope, H, h: C0 + dot(slope, h.ravel()) + sp.Rational(1, 2) * (h.T @ H @ h).item(),
    entry=lambda C, theta, i, j: sp.diff(C, theta[i], theta[j]),
):
    C, theta, place, slope, step, along = landscape()
    H = np.array([[entry(C, theta, i, j).subs(place) for j in range(3)] for i in range(3)])
    remainder = along - expansion(C.subs(place), slope, H, t * np.array(step))
    assert fades_faster(remainder, 2)
    assert not fades_faster(remainder, 3)  # a small o, and nothing better
    f = sp.lambdify([theta], C, "numpy")
    at, h = np.array([float(place[parameter]) for parameter in theta]), 1e-4
    for i in range(3):
        for j in range(3):
            u, v = h * np.eye(3)[i], h * np.eye(3)[j]
            bend = (f(at + u + v) - f(at + u - v) - f(at - u + v) + f(at - u - v)) / (4 * h**2)
            assert close(float(H[i, j]), bend, 1e-5)


X3 = np.array([sp.Rational(1, 5), sp.Rational(3, 2), sp.Rational(-7, 3)])
Y3 = np.array([sp.Rational(-3), sp.Rational(5, 2), sp.Rational(-7, 4)])


@cache
def tiny():
    """The network with two weights, v tanh(w x): its cost on three samples, slopes and Hessian."""
    C = sum((v * sp.tanh(w * X3[i]) - Y3[i]) ** 2 / 2 for i in range(3)) / 3
    H = sp.hessian(C, (w, v))
    return C, sp.diff(C, w), sp.diff(C, v), H


@cache
def bowl_and_saddles():
    """Costs, critical points, curvatures, and the cost along each direction of curvature."""
    bent = (5 * w**2 + 4 * w * v + 5 * v**2) / 2 + w**2 * v - sp.sin(v) ** 3
    rows = []
    for C in (tiny()[0], bent):
        H = sp.hessian(C, (w, v)).subs({w: 0, v: 0})
        for kappa, _, (direction,) in H.eigenvects():
            q = direction / direction.norm()
            rows.append((kappa, C.subs({w: t * q[0], v: t * q[1]}) - C.subs({w: 0, v: 0})))
    return rows


@equation(
    "eq-curvature",
    r"C(\theta + t q_i) - C(\theta) = \tfrac12\, \kappa_i t^2 + o(t^2) .",
)
def _(claim=lambda kappa, t: sp.Rational(1, 2) * kappa * t**2):
    for kappa, rise in bowl_and_saddles():
        assert fades_faster(rise - claim(kappa, t), 2)


def tiny_parts():
    t = np.array([sp.tanh(w * x) for x in X3])
    return v * t - Y3, t


def tiny_network(weights):
    """The same network in nnlib, and its gradient with respect to w and v."""
    net = nn.Network([nn.Dense(1, 1), nn.Tanh(), nn.Dense(1, 1)], nn.MeanSquaredError())
    net.params[:] = weights[0], 0, weights[1], 0
    net.backward(net.forward(X3.astype(float)[:, None]), Y3.astype(float)[:, None])
    return net.grads[[0, 2]]


HERE = np.array([0.7, -0.4])


@equation(
    "eq-tiny-gradient",
    r"""\frac{\partial C}{\partial v} = \langle e\, t \rangle, \qquad
    \frac{\partial C}{\partial w} = \langle e\, v\, (1 - t^2)\, x \rangle .""",
)
def _(
    by_v=lambda e, t: (e * t).mean(),
    by_w=lambda e, v, t, x: (e * v * (1 - t**2) * x).mean(),
):
    e, t = tiny_parts()
    _, right_w, right_v, _ = tiny()
    assert agree(by_v(e, t), right_v)
    assert agree(by_w(e, v, t, X3), right_w)
    x, y = X3.astype(float), Y3.astype(float)
    t = np.tanh(HERE[0] * x)
    e = HERE[1] * t - y
    claimed = [by_w(e, HERE[1], t, x), by_v(e, t)]
    assert close(claimed, tiny_network(HERE))
    assert is_slope(claimed, lambda p: anp.mean((p[1] * anp.tanh(p[0] * x) - y) ** 2) / 2, HERE)


@equation(
    "eq-tiny-hessian",
    r"""H = \begin{pmatrix}
    \bigl\langle v (1 - t^2)\, x^2 \bigl( v (1 - t^2) - 2 e t \bigr) \bigr\rangle &
    \bigl\langle (1 - t^2)\, x\, (e + v t) \bigr\rangle \\
    \bigl\langle (1 - t^2)\, x\, (e + v t) \bigr\rangle & \langle t^2 \rangle
    \end{pmatrix} .""",
)
def _(
    claim=lambda v, e, t, x: [
        [
            (v * (1 - t**2) * x**2 * (v * (1 - t**2) - 2 * e * t)).mean(),
            ((1 - t**2) * x * (e + v * t)).mean(),
        ],
        [((1 - t**2) * x * (e + v * t)).mean(), (t**2).mean()],
    ],
):
    x, y = X3.astype(float), Y3.astype(float)
    t = np.tanh(HERE[0] * x)
    steps = 1e-5 * np.eye(2)
    bend = [(tiny_network(HERE + h) - tiny_network(HERE - h)) / 2e-5 for h in steps]
    assert close(claim(HERE[1], HERE[1] * t - y, t, x), bend, 1e-7)
    e, t = tiny_parts()
    claimed = claim(v, e, t, X3)
    for i in range(2):
        for j in range(2):
            assert agree(claimed[i][j], tiny()[3][i, j])


@equation("eq-origin", r"H = \begin{pmatrix} 0 & -r \\ -r & 0 \end{pmatrix}, \qquad \kappa = \pm r .")
def _(matrix=lambda r: [[0, -r], [-r, 0]], kappa=lambda r: {r, -r}):
    r = (X3 * Y3).mean()
    H = tiny()[3].subs({w: 0, v: 0})
    assert sp.Matrix(matrix(r)) == H
    assert kappa(r) == set(H.eigenvals())


# Can you trust the probabilities?


@equation(
    "eq-calibrated",
    r"P\bigl(\text{right} \mid \text{the network says } q\bigr) = q \quad \text{for every } q .",
    kind="numerical",
)
def _(claim=lambda right_and_q, says_q, q: right_and_q / says_q == q):
    # Five kinds of input: how frequent, what the network says, how often it is right there.
    tenth = Fraction(1, 10)
    honest = [(tenth, 7 * tenth, 7 * tenth), (3 * tenth, 9 * tenth, 9 * tenth)]
    on_average = [(2 * tenth, 6 * tenth, 5 * tenth), (2 * tenth, 6 * tenth, 7 * tenth)]
    boastful = [(2 * tenth, 8 * tenth, 6 * tenth)]
    for world, calibrated in (
        (honest, {7, 9}),
        (honest + on_average, {6, 7, 9}),
        (honest + on_average + boastful, {6, 7, 9}),
    ):
        passed = set()
        for q in {said for _, said, _ in world}:
            here = [(share, right) for share, said, right in world if said == q]
            if claim(sum(share * right for share, right in here), sum(share for share, _ in here), q):
                passed.add(int(10 * q))
        assert passed == calibrated


def distributions():
    """Pairs of distributions on four classes."""
    return zip(nn.Softmax()(random(5, 4)), nn.Softmax()(random(5, 4, seed=1)), strict=True)


@equation(
    "eq-entropy",
    r"""\begin{aligned}
    -\sum_{k} q_k \log p_k = &\underbrace{-\sum_{k} q_k \log q_k}_{\text{entropy of } q} \\
    &+ \underbrace{\sum_{k} q_k \log \frac{q_k}{p_k}}_{\text{Kullback–Leibler divergence}} .
    \end{aligned}""",
    kind="numerical",
)
def _(
    cross=lambda q, p: -sum(q[k] * log(p[k]) for k in range(len(q))),
    entropy=lambda q: -sum(q[k] * log(q[k]) for k in range(len(q))),
    divergence=lambda q, p: sum(q[k] * log(q[k] / p[k]) for k in range(len(q))),
    total=lambda entropy, divergence: entropy + divergence,
):
    for q, p in distributions():
        # The average loss of a network that says p where the classes come with the probabilities q.
        losses = nn.CategoricalCrossEntropy().losses(np.log(np.tile(p, (4, 1))), np.eye(4))
        assert close(cross(q, p), losses @ q)
        assert close(entropy(q), stats.entropy(q))
        assert close(divergence(q, p), stats.entropy(q, p))
        assert close(total(entropy(q), divergence(q, p)), losses @ q)


@equation(
    "eq-gibbs",
    r"""\begin{aligned}
    -\sum_{k} q_k \log \frac{q_k}{p_k} = \sum_{k} q_k \log \frac{p_k}{q_k}
    &\le \sum_{k} q_k \Bigl( \frac{p_k}{q_k} - 1 \Bigr) \\
    &= \sum_{k:\, q_k > 0} p_k - 1 \le 0 .
    \end{aligned}""",
    kind="numerical",
)
def _(
    first=lambda q, p: -sum(q[k] * log(q[k] / p[k]) for k in range(len(q)) if q[k]),
    second=lambda q, p: sum(q[k] * log(p[k] / q[k]) for k in range(len(q)) if q[k]),
    third=lambda q, p: sum(q[k] * (p[k] / q[k] - 1) for k in range(len(q)) if q[k]),
    fourth=lambda q, p: sum(p[k] for k in range(len(q)) if q[k] > 0) - 1,
    fifth=lambda: 0,
):
    certain = np.array([0.0, 0.3, 0.7, 0.0])  # classes that never come
    pairs = [*distributions(), *((certain, p) for _, p in distributions())]
    for q, p in pairs:
        assert close(first(q, p), -stats.entropy(q, p))
        assert close(second(q, p), -stats.entropy(q, p))
        assert second(q, p) < third(q, p) - 1e-3
        never = 1 - p[q > 0].sum()  # what the network wasted on classes that never come
        assert close(third(q, p), -p[q == 0].sum())
        assert close(fourth(q, p), -never)
        assert fourth(q, p) <= fifth() + 1e-12
        assert (fourth(q, p) < fifth() - 1e-3) == (0 in q)
        # Equality if p is q; and close to that the gap is of second order, half of Σ (p - q)² / q.
        assert close([first(q, q), second(q, q), third(q, q), fourth(q, q)], [fifth()] * 4)
        d = 1e-4 * (p - p.sum() * q) * (q > 0)
        gap = third(q, q + d) - second(q, q + d)
        assert close(gap / sum(d[k] ** 2 / q[k] for k in range(4) if q[k]), 0.5, 1e-2)


@equation(
    "eq-ece",
    r"""\text{ECE} = \sum_{j} \frac{m_j}{m}
    \bigl| \text{accuracy}_j - \text{mean confidence}_j \bigr| .""",
    kind="numerical",
)
def _(
    claim=lambda size, m, accuracy, confidence: sum(
        size[j] / m * abs(accuracy[j] - confidence[j]) for j in range(len(size))
    ),
):
    rng = np.random.default_rng(0)
    said = rng.uniform(0.4, 1, size=60)
    right = rng.random(60) < said**2  # too sure of itself
    inside = [(low <= said) & (said < high) for low, high in ((0.4, 0.5), (0.5, 0.8), (0.8, 1))]
    # The mean over all answers of the gap in the answer's own bin.
    gap = np.empty(60)
    for here in inside:
        gap[here] = abs(np.mean(right[here] - said[here]))
    assert len({here.sum() for here in inside}) == 3
    rows = zip(*((here.sum(), right[here].mean(), said[here].mean()) for here in inside), strict=True)
    size, accuracy, confidence = rows
    assert close(claim(size, 60, accuracy, confidence), gap.mean())
    assert claim((30, 10), 40, (0.7, 0.9), (0.7, 0.9)) == 0


@equation(
    "eq-cost-temperature",
    r"p_k = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}} .",
    kind="numerical",
)
def _(claim=lambda z, T, k: np.exp(z[k] / T) / sum(np.exp(z[j] / T) for j in range(len(z)))):
    for T in (0.4, 2.5):
        for Z in random(5, 4, seed=3):
            p = [claim(Z, T, k) for k in range(4)]
            assert close(p, nn.Softmax()(Z / T))
            # The odds of two classes are those without the temperature, to the power 1/T. And they add up.
            plain = nn.Softmax()(Z)
            assert close(p / p[0], (plain / plain[0]) ** (1 / T))
            assert close(sum(p), 1.0)
            assert np.array_equal(np.argsort(p), np.argsort(Z))  # every answer stays the same
