"""Checks of the equations in 02-activations."""

from fractions import Fraction
from itertools import pairwise
from math import exp, log, prod, sqrt

import autograd
import mpmath as mp
import numpy as np
import sympy as sp
from autograd import numpy as anp
from registry import equation
from scipy.special import logsumexp

import nnlib as nn
from tools import close, dot, gradient, random, z

E = sp.E
POINTS = (-31.0, -2.7, -0.4, 0.0, 0.3, 1.9, 24.0)
SCORES = sp.symbols("z1:4", real=True)
EXAMPLE = np.array([0.7, -1.3, 2.1, 0.4])


def sigma(u):
    """Sigmoid, [eq-sigmoid]."""
    return 1 / (1 + sp.exp(-u))


def softmax(scores):
    """Softmax, [eq-softmax], of a list of expressions."""
    total = sp.Add(*[sp.exp(score) for score in scores])
    return [sp.exp(score) / total for score in scores]


def identical(left, right):
    """Are two rational functions of exponentials the same? Exactly, and sooner than by simplify."""
    difference = sp.expand((left - right).rewrite(sp.exp), power_exp=True)
    return sp.cancel(difference) == 0


def agrees(expression, function):
    """Has a function of nnlib the values of an expression in z?"""
    values = [float(sp.N(expression.subs(z, sp.Rational(point)), 30)) for point in POINTS]
    return close(values, function(np.array(POINTS)), tolerance=1e-14)


# One number in, one number out


@equation("eq-sigmoid", r"\sigma(z) = \frac{1}{1 + e^{-z}} .", kind="numerical")
def _(claim=lambda z: 1 / (1 + exp(-z))):
    for point in POINTS:
        assert close(claim(point), nn.Sigmoid()(point), tolerance=1e-14)
    for s in (0.1, 0.5, 0.8):
        assert close(claim(log(s / (1 - s))), s)  # the share whose odds are e to the z


@equation(
    "eq-sigmoid-mirror",
    r"""\sigma(z) = \frac{e^{z}}{e^{z} + 1}, \qquad
    1 - \sigma(z) = \frac{1}{e^{z} + 1} = \sigma(-z) .""",
)
def _(
    first=lambda z: E**z / (E**z + 1),
    left=lambda z: 1 - sigma(z),
    middle=lambda z: 1 / (E**z + 1),
    right=lambda z: sigma(-z),
):
    assert identical(first(z), sigma(z))
    assert identical(left(z), middle(z))
    assert identical(left(z), right(z))
    assert agrees(first(z), nn.Sigmoid())
    assert agrees(middle(z), lambda points: nn.Sigmoid()(-points))


@equation(
    "eq-sigmoid-slope",
    r"""\sigma'(z) = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}
    = \sigma(z)\,\bigl(1 - \sigma(z)\bigr) = \sigma(z)\,\sigma(-z) .""",
)
def _(
    first=lambda z: 1 / (1 + E ** (-z)) * (E ** (-z) / (1 + E ** (-z))),
    middle=lambda z: sigma(z) * (1 - sigma(z)),
    last=lambda z: sigma(z) * sigma(-z),
):
    slope = sp.diff(sigma(z), z)
    for claim in (first, middle, last):
        assert identical(claim(z), slope)
        assert agrees(claim(z), nn.Sigmoid().derivative)


@equation("eq-tanh", r"\tanh(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} .")
def _(claim=lambda z: (E**z - E ** (-z)) / (E**z + E ** (-z))):
    assert identical(claim(z), sp.tanh(z))
    assert agrees(claim(z), nn.Tanh())


@equation(
    "eq-tanh-sigmoid",
    r"""\tanh(z) = \frac{1 - e^{-2z}}{1 + e^{-2z}} = \frac{2}{1 + e^{-2z}} - 1 = 2\,\sigma(2z) - 1 .""",
)
def _(
    first=lambda z: (1 - E ** (-2 * z)) / (1 + E ** (-2 * z)),
    middle=lambda z: 2 / (1 + E ** (-2 * z)) - 1,
    last=lambda z: 2 * sigma(2 * z) - 1,
):
    for claim in (first, middle, last):
        assert identical(claim(z), sp.tanh(z))
        assert agrees(claim(z), nn.Tanh())


@equation("eq-tanh-slope", r"\tanh'(z) = 1 - \tanh^2(z) .")
def _(claim=lambda z: 1 - sp.tanh(z) ** 2):
    assert identical(claim(z), sp.diff((E**z - E**-z) / (E**z + E**-z), z))
    assert identical(claim(z), 4 * sigma(2 * z) * sigma(-2 * z))
    assert agrees(claim(z), nn.Tanh().derivative)


@equation("eq-softsign", r"\operatorname{softsign}(z) = \frac{z}{1 + |z|} .", kind="numerical")
def _(claim=lambda z: z / (1 + abs(z))):
    for point in POINTS:
        value = claim(point)
        assert close(value, nn.Softsign()(point))
        assert close(value / (1 - abs(value)), point)  # its inverse


@equation("eq-softsign-slope", r"\operatorname{softsign}'(z) = \frac{1}{(1 + |z|)^2} .")
def _(claim=lambda z: 1 / (1 + abs(z)) ** 2):
    u = sp.symbols("u", positive=True)
    assert identical(claim(u), sp.diff(z / (1 + z), z).subs(z, u))  # on the right, where |z| = z
    assert identical(claim(-u), sp.diff(z / (1 - z), z).subs(z, -u))  # on the left, where |z| = -z
    for side in "+-":  # the slope of the chord, at the corner of |z|
        assert claim(sp.Integer(0)) == sp.limit(z / (1 + abs(z)) / z, z, 0, side)
    assert agrees(claim(z), nn.Softsign().derivative)


@equation(
    "eq-relu",
    r"""\operatorname{ReLU}(z) = \max(0, z), \qquad
    \operatorname{ReLU}'(z) = \begin{cases} 1 & \text{if } z > 0, \\ 0 & \text{if } z < 0 . \end{cases}""",
    kind="numerical",
)
def _(value=lambda z: max(0, z), slope=lambda z: 1 if z > 0 else 0 if z < 0 else None):
    relu = nn.ReLU()
    for point in (-2.0, -0.25, 0.0, 0.5, 3.0):
        assert value(point) == relu(point) == (point + abs(point)) / 2
        right, left = ((value(point + h) - value(point)) / h for h in (0.125, -0.125))
        if point:
            assert slope(point) == relu.derivative(point) == right == left
        else:
            assert slope(point) is None
            assert (right, left) == (1, 0)


@equation("eq-subgradient", r"f(z) \ge f(z_0) + g\,(z - z_0) \qquad \text{for all } z .", kind="numerical")
def _(claim=lambda f, z, z0, g: f(z) >= f(z0) + g * (z - z0)):
    # The subgradients of a convex function are the numbers from its slope on the left to that on the right.
    leak, slopes, grid = 0.25, np.arange(-3, 4, 0.125), np.arange(-4, 4, 0.25)
    for f, z0, low, high in (
        (lambda z: max(0, z), 0, 0, 1),
        (lambda z: max(leak * z, z), 0, leak, 1),
        (lambda z: max(0, z - 1.5), 1.5, 0, 1),
        (lambda z: max(1 - z, 2 * z + 4), -1, -1, 2),
        (lambda z: max(0, z), 2, 1, 1),
    ):
        assert ((f(z0) - f(z0 - 0.125)) / 0.125, (f(z0 + 0.125) - f(z0)) / 0.125) == (low, high)
        for g in slopes:
            assert all(claim(f, z, z0, g) for z in grid) == (low <= g <= high)


@equation(
    "eq-leaky",
    r"""f(z) = \max(\varepsilon z, z) =
    \begin{cases} z & \text{if } z > 0, \\ \varepsilon z & \text{if } z \le 0, \end{cases} \qquad
    f'(z) = \begin{cases} 1 & \text{if } z > 0, \\ \varepsilon & \text{if } z < 0 . \end{cases}""",
    kind="numerical",
)
def _(
    value=lambda z, epsilon: max(epsilon * z, z),
    cases=lambda z, epsilon: (z > 0) * z + (z <= 0) * (epsilon * z),
    slope=lambda z, epsilon: 1 if z > 0 else epsilon if z < 0 else None,
):
    for epsilon in (0.0, 0.25, 0.75):
        leaky = nn.LeakyReLU(epsilon)
        for point in (-2.0, -0.25, 0.0, 0.5, 3.0):
            assert value(point, epsilon) == cases(point, epsilon) == leaky(point)
            right, left = ((value(point + h, epsilon) - value(point, epsilon)) / h for h in (0.125, -0.125))
            if point:
                assert slope(point, epsilon) == leaky.derivative(point) == right == left
            else:
                assert slope(point, epsilon) is None
                assert (right, left) == (1, epsilon)


# Softmax


@equation(
    "eq-softmax",
    r"p_i = \operatorname{softmax}(z)_i = \frac{e^{z_i}}{S}, \qquad S = \sum_{j=1}^{K} e^{z_j} .",
    kind="numerical",
)
def _(
    claim=lambda z, i, S: np.e ** z[i] / S,
    total=lambda z: sum(np.e ** z[j] for j in range(len(z))),
):
    p = [claim(EXAMPLE, i, total(EXAMPLE)) for i in range(4)]
    assert close(p, nn.Softmax()(EXAMPLE))
    # It is the only one with these odds whose probabilities sum to 1.
    assert close(np.log(p) - np.log(p[0]), EXAMPLE - EXAMPLE[0])
    assert close(sum(p), 1.0)


@equation("eq-softmax-sum", r"\frac{\partial S}{\partial z_j} = e^{z_j} .")
def _(claim=lambda z, j: E ** z[j]):
    for j in range(3):
        assert identical(claim(SCORES, j), sp.diff(sum(map(sp.exp, SCORES)), SCORES[j]))


def softmax_slopes():
    """Pairs of scores, their sum of exponentials and their probabilities, with the slope by SymPy."""
    p, S = softmax(SCORES), sum(map(sp.exp, SCORES))
    for i, j in ((0, 1), (2, 0), (1, 1), (2, 2)):
        yield i == j, SCORES[i], SCORES[j], S, p[i], p[j], sp.diff(p[i], SCORES[j])


@equation(
    "eq-softmax-off",
    r"""\frac{\partial p_i}{\partial z_j} = \frac{0 \cdot S - e^{z_i} e^{z_j}}{S^2}
    = -\frac{e^{z_i}}{S} \cdot \frac{e^{z_j}}{S} = -p_i\, p_j .""",
    same={"first: 0 * S with Div": "0 divided by S, which is positive, is 0 like 0 times S"},
)
def _(
    first=lambda zi, zj, S: (0 * S - E**zi * E**zj) / S**2,
    middle=lambda zi, zj, S: -(E**zi / S) * (E**zj / S),
    last=lambda pi, pj: -pi * pj,
):
    for on, zi, zj, S, pi, pj, slope in softmax_slopes():
        if not on:
            assert identical(first(zi, zj, S), slope)
            assert identical(middle(zi, zj, S), slope)
            assert identical(last(pi, pj), slope)


@equation(
    "eq-softmax-on",
    r"""\frac{\partial p_i}{\partial z_i} = \frac{e^{z_i} S - e^{z_i} e^{z_i}}{S^2} = p_i - p_i^2
    = p_i (1 - p_i) .""",
)
def _(
    first=lambda z, S: (E**z * S - E**z * E**z) / S**2,
    middle=lambda p: p - p**2,
    last=lambda p: p * (1 - p),
):
    for on, zi, _, S, pi, _, slope in softmax_slopes():
        if on:
            assert identical(first(zi, S), slope)
            assert identical(middle(pi), slope)
            assert identical(last(pi), slope)


@equation(
    "eq-softmax-jacobian",
    r"\frac{\partial p}{\partial z} = \operatorname{diag}(p) - p\,p^\top .",
    kind="numerical",
)
def _(claim=lambda p: np.diag(p.ravel()) - p @ p.T):
    jacobian = claim(nn.Softmax()(EXAMPLE)[:, None])  # of p as a column
    assert close(jacobian, nn.Softmax().jacobian(EXAMPLE))
    assert close(jacobian, autograd.jacobian(lambda z: anp.exp(z) / anp.sum(anp.exp(z)))(EXAMPLE))
    rows = [gradient(lambda z, i=i: nn.Softmax()(z)[i], EXAMPLE) for i in range(4)]
    assert close(jacobian, rows, tolerance=1e-8)


@equation(
    "eq-softmax-variance",
    r"""v^\top \bigl( \operatorname{diag}(p) - p\,p^\top \bigr) v
    = \sum_i p_i v_i^2 - \Bigl( \sum_i p_i v_i \Bigr)^{\!2} ,""",
)
def _(
    left=lambda p, v: v.T @ (sp.diag(*p) - p @ p.T) @ v,
    right=lambda p, v: (
        sum(p[i] * v[i] ** 2 for i in range(len(p))) - sum(p[i] * v[i] for i in range(len(p))) ** 2
    ),
):
    first, second, *numbers = sp.symbols("p1 p2 v1:4")
    p, v = sp.Matrix([first, second, 1 - first - second]), sp.Matrix(numbers)
    # The variance by pairs: half the mean squared distance of two numbers drawn one after the other.
    variance = sum(p[i] * p[j] * (v[i] - v[j]) ** 2 for i in range(3) for j in range(i))
    assert sp.expand(left(p, v)[0, 0] - variance) == 0
    assert sp.expand(right(p, v) - variance) == 0


@equation(
    "eq-softmax-product",
    r"\bigl( \operatorname{diag}(p) - p\,p^\top \bigr) v = p \odot \bigl( v - p \cdot v \bigr),",
    kind="numerical",
)
def _(
    left=lambda p, v: (np.diag(p.ravel()) - p @ p.T) @ v,
    right=lambda p, v: p * (v - dot(p, v)),
):
    v, layer = random(4, seed=6), nn.Softmax()
    p = layer.forward(EXAMPLE[None, :])[0]
    e = np.exp(EXAMPLE + 1e-20j * v)  # the slope in the direction v, by a complex step
    slope = (e / e.sum()).imag / 1e-20
    assert close(left(p[:, None], v[:, None])[:, 0], slope)
    assert close(right(p, v), slope)
    assert close(right(p, v), layer.backward(v[None, :])[0])


@equation(
    "eq-softmax-two",
    r"""p_1 = \frac{e^{z_1}}{e^{z_1} + e^{z_2}} = \frac{1}{1 + e^{-(z_1 - z_2)}} = \sigma(z_1 - z_2) .""",
)
def _(
    first=lambda z1, z2: E**z1 / (E**z1 + E**z2),
    middle=lambda z1, z2: 1 / (1 + E ** (-(z1 - z2))),
    last=lambda z1, z2: sigma(z1 - z2),
):
    z1, z2, _ = SCORES
    for claim in (first, middle, last):
        # The two sum to 1 and are proportional to the exponentials.
        assert identical(claim(z1, z2) * sp.exp(z2), (1 - claim(z1, z2)) * sp.exp(z1))
        values = [float(claim(sp.Float(point), sp.Float(0.8))) for point in POINTS]
        assert close(values, nn.Softmax()([[point, 0.8] for point in POINTS])[:, 0])


@equation(
    "eq-softmax-shift",
    r"""\operatorname{softmax}(z + c)_i = \frac{e^{c} e^{z_i}}{\sum_j e^{c} e^{z_j}}
    = \operatorname{softmax}(z)_i .""",
)
def _(claim=lambda z, c, i: E**c * E ** z[i] / sum(E**c * E**score for score in z)):
    c = sp.Symbol("c", real=True)
    for i in range(3):
        assert identical(claim(SCORES, c, i), softmax([score + c for score in SCORES])[i])
        assert identical(claim(SCORES, c, i), softmax(SCORES)[i])
    assert close(nn.Softmax()(EXAMPLE + 5), nn.Softmax()(EXAMPLE))


@equation(
    "eq-temperature",
    r"""\frac{\operatorname{softmax}(z / T)_i}{\operatorname{softmax}(z / T)_j} = e^{(z_i - z_j) / T} .""",
    kind="numerical",
)
def _(claim=lambda z, T, i, j: np.e ** ((z[i] - z[j]) / T)):
    for T in (0.3, 1.7, 40.0):
        p = nn.Softmax()(EXAMPLE / T)
        for i, j in ((0, 1), (2, 3), (3, 0)):
            assert close(claim(EXAMPLE, T, i, j), p[i] / p[j])


@equation(
    "eq-softmax-stable",
    r"\operatorname{softmax}(z)_i = \frac{e^{z_i - M}}{\sum_j e^{z_j - M}} .",
    kind="numerical",
)
def _(claim=lambda z, M, i: exp(z[i] - M) / sum(exp(score - M) for score in z)):
    for scores in ([0.7, -1.3, 2.1], [1000.0, 999.0, -1000.0], [-2000.0, -2000.5, -2003.0]):
        plain = [mp.exp(score) for score in scores]  # mpmath's exponents have no end
        for i in range(3):
            assert close(claim(scores, max(scores), i), float(plain[i] / sum(plain)))
            assert close(claim(scores, max(scores), i), nn.Softmax()(scores)[i])


@equation(
    "eq-log-sum-exp",
    r"""\operatorname{LSE}(z) = \log \sum_j e^{z_j} = \log \Bigl( e^{M} \sum_j e^{z_j - M} \Bigr)
    = M + \log \sum_j e^{z_j - M} .""",
    kind="numerical",
)
def _(
    first=lambda z: mp.log(sum(mp.e**score for score in z)),
    middle=lambda z, M: mp.log(mp.e**M * sum(mp.e ** (score - M) for score in z)),
    last=lambda z, M: M + log(sum(exp(score - M) for score in z)),
):
    for scores in ([0.7, -1.3, 2.1], [1000.0, 999.0, -1000.0], [-2000.0, -2000.5, -2003.0]):
        right = logsumexp(scores)
        assert close(float(first(scores)), right)
        assert close(float(middle(scores, max(scores))), right)
        assert close(last(scores, max(scores)), right)  # in floats, with no overflow


@equation(
    "eq-lse-bounds",
    r"\max_j z_j \;\le\; \operatorname{LSE}(z) \;\le\; \max_j z_j + \log K .",
    kind="numerical",
)
def _(floor=lambda z, lse: max(z) <= lse, ceiling=lambda z, lse: lse <= max(z) + log(len(z))):
    for seed in range(20):
        z = 3 * random(5, seed=seed)
        assert floor(z, logsumexp(z))
        assert ceiling(z, logsumexp(z))
    # Sharp: one score far above the others, and all scores alike.
    far = [2.3, -40.0, -50.0]
    assert floor(far, logsumexp(far))
    assert not floor(far, logsumexp(far) - 1e-9)
    for K in (2, 3, 7):
        assert ceiling([2.3] * K, logsumexp([2.3] * K) - 1e-9)
        assert not ceiling([2.3] * K, logsumexp([2.3] * K) + 1e-9)


@equation(
    "eq-lse-slope",
    r"""\frac{\partial \operatorname{LSE}}{\partial z_j} = \frac{1}{S} \cdot e^{z_j}
    = \operatorname{softmax}(z)_j .""",
)
def _(middle=lambda z, S, j: 1 / S * E ** z[j], last=lambda z, j: softmax(z)[j]):
    S = sum(map(sp.exp, SCORES))
    for j in range(3):
        slope = sp.diff(sp.log(S), SCORES[j])
        assert identical(middle(SCORES, S, j), slope)
        assert identical(last(SCORES, j), slope)
    assert close(gradient(logsumexp, EXAMPLE), nn.Softmax()(EXAMPLE), tolerance=1e-8)


@equation(
    "eq-stable-softplus",
    r"""\operatorname{softplus}(z) = \log(1 + e^{z}) = \max(z, 0) + \log\bigl(1 + e^{-|z|}\bigr) .""",
    kind="numerical",
)
def _(
    middle=lambda z: mp.log(1 + mp.e**z),
    last=lambda z: max(z, 0) + log(1 + exp(-abs(z))),
):
    for point in (-800.0, -2.5, -0.4, 0.0, 0.3, 2.0, 800.0):
        right = logsumexp([point, 0])
        assert close(float(middle(point)), right)
        assert close(last(point), right)  # in floats, with no overflow
    for point in (-1.5, 0.7):
        assert close(float(mp.diff(middle, point)), nn.Sigmoid()(point))


# Thirty layers


def tanh_slope(u):
    """Slope of tanh, [eq-tanh-slope]."""
    return 1 - sp.tanh(u) ** 2


@equation(
    "eq-chain-of-units",
    r"\frac{\mathrm{d} a_L}{\mathrm{d} a_0} = \prod_{l=1}^{L} w_l\, f'(z_l) .",
    kind="numerical",
)
def _(claim=lambda w, slopes: prod(w[k] * slopes[k] for k in range(len(w)))):
    # By algebra, for three units.
    w, b, start = sp.symbols("w1:4"), sp.symbols("b1:4"), sp.Symbol("a0")
    a, z = start, []
    for k in range(3):
        z.append(w[k] * a + b[k])
        a = sp.tanh(z[k])
    assert sp.expand(sp.diff(a, start) - claim(w, [tanh_slope(u) for u in z])) == 0

    # By numbers, for five: a complex step, differences, and automatic differentiation.
    w, b, f = [1.4, -0.8, 2.1, 0.6, -1.7], [0.3, -0.5, 0.2, 0.9, -0.4], nn.Tanh()

    def chain(a, tanh=np.tanh):
        for k in range(5):
            a = tanh(w[k] * a + b[k])
        return a

    a, z = 0.3, []
    for k in range(5):
        z.append(w[k] * a + b[k])
        a = f(z[k])
    slope = claim(w, f.derivative(z))
    assert abs(slope) > 0.01
    assert close(slope, chain(0.3 + 1e-20j).imag / 1e-20)
    assert close(slope, autograd.grad(lambda a: chain(a, anp.tanh))(0.3))
    assert close(slope, gradient(chain, 0.3), tolerance=1e-8)


@equation("eq-quarter", r"\left( \tfrac14 \right)^{30} = 2^{-60} \approx 8.7 \cdot 10^{-19} .")
def _(
    first=lambda: Fraction(1, 4) ** 30,
    middle=lambda: Fraction(2) ** -60,
    last=lambda: 8.7 * 10**-19,
):
    product = Fraction(1)
    for _ in range(30):
        product *= Fraction(float(nn.Sigmoid().derivative(0.0)))  # the largest slope, a quarter
    assert first() == middle() == product
    assert float(f"{float(product):.1e}") == float(f"{last():.12e}")  # rounded to two digits


@equation(
    "eq-layer-back",
    r"""g^{[l-1]}_k = \sum_j w_{jk}\, f'(z_j)\, g^{[l]}_j, \qquad\text{or}\qquad
    g^{[l-1]} = W^\top \bigl( f'(z) \odot g^{[l]} \bigr) .""",
    kind="numerical",
)
def _(
    entry=lambda W, slopes, g, k: sum(W[j, k] * slopes[j] * g[j] for j in range(len(g))),
    vector=lambda W, slopes, g: W.T @ (slopes * g),
):
    # By algebra, for three units that hear two, and a cost of fourth degree.
    W, a = sp.Matrix(3, 2, sp.symbols("w1:7")), sp.Matrix(sp.symbols("a1:3"))
    z = W * a + sp.Matrix(sp.symbols("b1:4"))
    cost = sum((j + 2) * sp.tanh(z[j]) ** 4 for j in range(3))
    g = [4 * (j + 2) * sp.tanh(z[j]) ** 3 for j in range(3)]
    for k in range(2):
        assert sp.expand(sp.diff(cost, a[k]) - entry(W, [tanh_slope(u) for u in z], g, k)) == 0

    # By numbers, for four units that hear six: differences, automatic differentiation, and nnlib.
    net = nn.Network([nn.Dense(6, 4), nn.Tanh()], cost=nn.MeanSquaredError(), seed=3)
    dense, tanh = net.layers
    dense.b[:] = random(4, seed=9)
    a, target = random(6, seed=10), random(4, seed=11)

    def cost(a, xp=np):
        return xp.sum((xp.tanh(xp.dot(dense.W, a) + dense.b) - target) ** 4)

    z = dense.W @ a + dense.b
    g = 4 * (np.tanh(z) - target) ** 3
    back = vector(dense.W, tanh.derivative(z), g)
    assert close([entry(dense.W, tanh.derivative(z), g, k) for k in range(6)], back)
    assert close(back, autograd.grad(lambda a: cost(a, anp))(a))
    assert close(back, gradient(cost, a), tolerance=1e-7)
    net.forward(a[None, :])
    assert close(back, dense.backward(tanh.backward(g[None, :]))[0])


@equation(
    "eq-layer-bound",
    r"""\lVert g^{[l-1]} \rVert \le \lVert W \rVert_2 \cdot \max_j |f'(z_j)|
    \cdot \lVert g^{[l]} \rVert .""",
    kind="numerical",
)
def _(claim=lambda W, slopes, g: np.linalg.norm(W, 2) * max(abs(slopes)) * np.linalg.norm(g)):
    for seed in range(10):
        W, slopes, g = 2 * random(4, 6, seed=seed), random(4, seed=seed + 50), random(4, seed=seed + 90)
        assert np.linalg.norm(W.T @ (slopes * g)) <= claim(W, slopes, g)
        # Sharp: slopes of one size, and the gradient in the direction that W⊤ stretches most.
        _, vectors = np.linalg.eigh(W @ W.T)
        most, slopes = 3.7 * vectors[:, -1], np.full(4, -0.6)
        assert close(np.linalg.norm(W.T @ (slopes * most)), claim(W, slopes, most))


@equation(
    "eq-dead",
    r"""\frac{\partial C}{\partial w_j} = \sum_{i=1}^{m} \frac{\partial C}{\partial a_{ij}}\,
    f'(z_{ij})\, x_i , \qquad
    \frac{\partial C}{\partial b_j} = \sum_{i=1}^{m} \frac{\partial C}{\partial a_{ij}}\, f'(z_{ij}) .""",
    kind="numerical",
)
def _(
    weights=lambda dA, slopes, X, j: sum(dA[i, j] * slopes[i, j] * X[i] for i in range(len(X))),
    bias=lambda dA, slopes, j: sum(dA[i, j] * slopes[i, j] for i in range(len(dA))),
):
    # By algebra: one unit with one input, two samples, and a cost in which the samples meet.
    w, b, *X = sp.symbols("w b x1:3")
    a = [sp.tanh(w * x + b) for x in X]
    cost, dA = a[0] ** 3 * a[1] ** 2, sp.Matrix([3 * a[0] ** 2 * a[1] ** 2, 2 * a[0] ** 3 * a[1]])
    slopes = sp.Matrix([tanh_slope(w * x + b) for x in X])
    assert sp.expand(sp.diff(cost, w) - weights(dA, slopes, X, 0)) == 0
    assert sp.expand(sp.diff(cost, b) - bias(dA, slopes, 0)) == 0

    # By numbers: a layer of four, of which one is dead, before a layer of two.
    net = nn.Network([nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 2)], cost=nn.MeanSquaredError(), seed=5)
    first, relu, last = net.layers
    first.b[:] = [0.4, -0.2, -50.0, 0.3]
    X, Y = random(7, 3, seed=12), random(7, 2, seed=13)
    z = X @ first.W.T + first.b
    rest = autograd.grad(lambda A: anp.sum((anp.dot(A, last.W.T) + last.b - Y) ** 2) / 14)
    dA, slopes = rest(np.maximum(z, 0)), relu.derivative(z)

    def cost(W, b, xp=np):
        A = xp.maximum(xp.dot(X, W.T) + b, 0)
        return xp.sum((xp.dot(A, last.W.T) + last.b - Y) ** 2) / 14

    dW = np.array([weights(dA, slopes, X, j) for j in range(4)])
    db = np.array([bias(dA, slopes, j) for j in range(4)])
    net.backward(net.forward(X), Y)
    for mine, theirs, k in ((dW, first.dW, 0), (db, first.db, 1)):
        assert close(mine, theirs)
        assert close(mine, autograd.grad(lambda W, b: cost(W, b, anp), k)(first.W, first.b))
    assert close(dW, gradient(lambda W: cost(W, first.b), first.W), tolerance=1e-7)
    assert close(db, gradient(lambda b: cost(first.W, b), first.b), tolerance=1e-7)
    assert not dW[2].any()
    assert db[2] == 0
    assert db[[0, 1, 3]].all()


# Which functions can a network compute?


def curve(x):
    """A smooth function to follow, neither even nor odd, with its second derivative below."""
    return np.exp(0.8 * x) + np.sin(3 * x)


def bend(x):
    """Second derivative of the curve."""
    return 0.64 * np.exp(0.8 * x) - 9 * np.sin(3 * x)


A, B, N = -0.7, 1.5, 6
H = (B - A) / N
KNOTS = A + H * np.arange(N + 1)
INSIDE = np.linspace(A, B, 211)  # the inner knots are not among them


@equation(
    "eq-one-hidden",
    r"g(x) = c + \sum_{j=1}^{N} v_j\, f(w_j \cdot x + b_j) .",
    kind="numerical",
)
def _(claim=lambda c, v, f, w, b, x: c + sum(v[j] * f(dot(w[j], x) + b[j]) for j in range(len(v)))):
    for f in (nn.Tanh(), nn.ReLU(), nn.Step()):
        net = nn.Network([nn.Dense(3, 5), f, nn.Dense(5, 1)], cost=nn.MeanSquaredError(), seed=2)
        first, _, last = net.layers
        first.b[:], last.b[0] = random(5, seed=14), 0.9
        X = random(8, 3, seed=15)
        values = [claim(last.b[0], last.W[0], f, first.W, first.b, x) for x in X]
        assert close(values, net.predict(X)[:, 0])


@equation(
    "eq-staircase",
    r"""g(x) = F(m_0) + \sum_{i=1}^{N-1} \bigl( F(m_i) - F(m_{i-1}) \bigr)
    \operatorname{step}(x - x_i) .""",
    kind="numerical",
)
def _(
    claim=lambda F, m, step, knots, x: (
        F(m[0]) + sum((F(m[i]) - F(m[i - 1])) * step(x - knots[i]) for i in range(1, len(m)))
    ),
):
    middles = (KNOTS[:-1] + KNOTS[1:]) / 2
    for x in (*INSIDE, *KNOTS):
        piece = max(np.searchsorted(KNOTS, x) - 1, 0)  # a knot belongs to the piece on its left
        assert close(claim(curve, middles, nn.Step(), KNOTS, x), curve(middles[piece]))


@equation(
    "eq-polygon-slopes",
    r"s_i = \frac{F(x_{i+1}) - F(x_i)}{h}, \qquad i = 0, \dots, N - 1 .",
    kind="numerical",
)
def _(claim=lambda F, x, h, i: (F(x[i + 1]) - F(x[i])) / h):
    for i in range(N):
        slope, _ = np.polyfit(KNOTS[i : i + 2], curve(KNOTS[i : i + 2]), 1)
        assert close(claim(curve, KNOTS, H, i), slope)


@equation(
    "eq-polygon",
    r"g(x) = F(x_0) + \sum_{i=0}^{N-1} (s_i - s_{i-1}) \operatorname{ReLU}(x - x_i) .",
    kind="numerical",
)
def _(
    claim=lambda F, knots, s, relu, x: (
        F(knots[0]) + sum((s[i] - s[i - 1]) * relu(x - knots[i]) for i in range(len(knots) - 1))
    ),
):
    slopes = np.append(np.diff(curve(KNOTS)) / H, 0)  # with s_{-1} = 0 at the end, Python's place for it
    for x in (*INSIDE, *KNOTS):
        assert close(claim(curve, KNOTS, slopes, nn.ReLU(), x), np.interp(x, KNOTS, curve(KNOTS)))


@equation(
    "eq-modulus",
    r"""\omega(\delta) = \max \bigl\{\, |F(x) - F(y)| \;:\; x, y \in [a, b],\
    |x - y| \le \delta \,\bigr\} .""",
    kind="numerical",
)
def _(
    claim=lambda F, points, delta: max(
        abs(F(x) - F(y)) for x in points for y in points if abs(x - y) <= delta
    ),
):
    points = [k / 32 for k in range(33)]  # of [0, 1]; their differences are exact
    for delta in (0.125, 0.25, 0.5):
        assert close(claim(sqrt, points, delta), sqrt(delta))  # at the left end
        assert close(claim(lambda x: x * x, points, delta), delta * (2 - delta))  # at the right end
        assert close(claim(lambda x: abs(x - 0.25), points, delta), delta)
        assert close(claim(lambda x: 3.0 * (x > 0.5), points, delta), 3.0)  # a jump: it does not go to 0


@equation(
    "eq-polygon-error",
    r"|F(x) - g(x)| \le \frac{h^2}{8} \max_{[a, b]} |F''| .",
    kind="numerical",
)
def _(claim=lambda h, second, points: h**2 / 8 * max(abs(second(points)))):
    fine = np.linspace(A, B, 2001)
    for n in (3, 6, 50):
        knots = np.linspace(A, B, n + 1)
        error = np.abs(curve(fine) - np.interp(fine, knots, curve(knots))).max()
        assert error <= claim((B - A) / n, bend, fine) + 1e-12
        # Sharp: a parabola, in the middle of a piece.
        middles, parabola = (knots[:-1] + knots[1:]) / 2, 5 - 1.5 * knots**2
        error = 5 - 1.5 * middles**2 - np.interp(middles, knots, parabola)
        assert close(error, np.full(n, claim((B - A) / n, lambda x: -3.0 + 0 * x, fine)))


@equation(
    "eq-polygon-split",
    r"""F(x) - g(x) = (1 - t) \bigl( F(x) - F(x_i) \bigr) + t \bigl( F(x) - F(x_{i+1}) \bigr) .""",
)
def _(claim=lambda F, t, x, left, right: (1 - t) * (F(x) - F(left)) + t * (F(x) - F(right))):
    F, (left, h, t) = sp.Function("F"), sp.symbols("x_i h t")
    x, right = left + t * h, left + h
    line = F(left) + (F(right) - F(left)) / h * (x - left)
    assert sp.expand(F(x) - line - claim(F, t, x, left, right)) == 0


def line_through(F, left, right):
    """The straight line through two points of a graph, as a function."""
    return lambda x: F(left) + (F(right) - F(left)) / (right - left) * (x - left)


@equation("eq-rolle", r"\varphi(u) = F(u) - g(u) - k\, q(u)")
def _(claim=lambda F, g, k, q, u: F(u) - g(u) - k * q(u)):
    left, x, right, u = sp.Rational(1, 3), sp.Rational(5, 7), sp.Rational(3, 2), sp.Symbol("u")
    for F in (sp.exp, lambda u: u**4 - 3 * u):
        g = line_through(F, left, right)

        def q(u):
            return (u - left) * (u - right)

        k = (F(x) - g(x)) / q(x)
        for zero in (left, x, right):
            assert sp.expand(claim(F, g, k, q, zero)) == 0
        assert sp.expand(sp.diff(claim(F, g, k, q, u), u, 2) - (sp.diff(F(u), u, 2) - 2 * k)) == 0


@equation(
    "eq-interpolation-error",
    r"F(x) - g(x) = \tfrac12 F''(\xi)\, (x - x_i)(x - x_{i+1}) .",
)
def _(claim=lambda second, xi, x, left, right: second(xi) / 2 * (x - left) * (x - right)):
    # For a cubic ξ is known, the mean of x and both knots; for a parabola any will do.
    left, right, x, *c = sp.symbols("x_i x_j x c0:4")

    def cubic(u):
        return c[0] + c[1] * u + c[2] * u**2 + c[3] * u**3

    g = line_through(cubic, left, right)
    error = claim(lambda u: 2 * c[2] + 6 * c[3] * u, (left + right + x) / 3, x, left, right)
    assert sp.cancel(cubic(x) - g(x) - error) == 0
    # For other functions there is a ξ in the piece: the error lies between two values of the right side.
    for left, right in pairwise(KNOTS):
        g, piece = line_through(curve, left, right), np.linspace(left, right, 101)
        for x in piece[1:-1:9]:
            values = claim(bend, piece, x, left, right)
            assert min(values) <= curve(x) - g(x) <= max(values)
