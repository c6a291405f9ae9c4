"""Checks of the equations in 03-forward-propagation.

What nnlib computes is compared with the equations as they are printed, with indices that count from 1. Means
over random weights are taken by exact enumeration, of weights that have only a few values.
"""

# ruff: noqa: E741 - l counts the layers, as on the page

from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from math import comb, dist, prod, sqrt
from types import SimpleNamespace

import autograd
import numpy as np
import sympy as sp
from autograd import numpy as anp
from registry import equation

import nnlib as nn
from tools import close, gradient, random

norm = np.linalg.norm


def vanishes(expression):
    """Is it 0 for all values of its symbols? Enough for polynomials, also in the values of functions."""
    return sp.expand(expression) == 0


def same(left, right):
    """Are two arrays of expressions equal entry by entry?"""
    left, right = np.asarray(left, dtype=object), np.asarray(right, dtype=object)
    return left.shape == right.shape and all(map(vanishes, left.ravel() - right.ravel()))


def unknown(name):
    """A function of any number of inputs of which only the names of its derivatives are known."""

    def fdiff(self, argindex=1):
        return sp.Function(f"{name}_{argindex}")(*self.args)

    return type(name, (sp.Function,), {"fdiff": fdiff})


def symbols(name, *shape):
    """An array of symbols."""
    return np.array(sp.symbols(f"{name}_0:{prod(shape)}"), dtype=object).reshape(shape)


def from_one(array):
    """The entries of an array by their indices, which count from 1."""
    shifted = ((tuple(i + 1 for i in index), value) for index, value in np.ndenumerate(array))
    return {index if len(index) > 1 else index[0]: value for index, value in shifted}


def all_from_one(arrays):
    """The same for the arrays of all layers."""
    return {l: from_one(array) for l, array in arrays.items()}


# Three ways to write it

WIDTHS = dict(enumerate((3, 4, 5, 2)))
ACTIVATIONS = {1: nn.Tanh, 2: nn.ReLU, 3: nn.Sigmoid}
AGAIN = {  # the same activations, once more
    1: anp.tanh,
    2: lambda z: anp.maximum(z, 0),
    3: lambda z: 1 / (1 + anp.exp(-z)),
}


def make(widths, activations, params=None):
    """A network of dense layers with an activation after each, and what is in its layers by their numbers."""
    layers = []
    for l, ends in enumerate(pairwise(widths), 1):
        layers += [nn.Dense(*ends), activations[l]()]
    net = nn.Network(layers, nn.MeanSquaredError())
    net.params[:] = 0.8 * random(net.n_parameters, seed=21) if params is None else params
    v = SimpleNamespace(net=net, n=dict(enumerate(widths)), L=len(widths) - 1)
    v.dense = dict(enumerate(net.layers[::2], 1))
    v.W, v.b = ({l: getattr(layer, name) for l, layer in v.dense.items()} for name in "Wb")
    return v


def passed(v, X):
    """What the network makes of samples, z and a by layers."""
    outputs = [A.copy() for A in v.net.trace(X)]
    a = {l: outputs[2 * l] for l in range(v.L + 1)}
    return a, {l: outputs[2 * l - 1] for l in range(1, v.L + 1)}


@cache
def batch():
    """A network of three layers, seven samples, and what it makes of them."""
    v = make(WIDTHS.values(), ACTIVATIONS)
    v.m, v.X = 7, random(7, 3, seed=22)
    v.A, v.Z = passed(v, v.X)
    return v


@cache
def samples():
    """The first samples of the batch, each passed alone: for each a and z by layers, as vectors."""
    ways = [passed(batch(), x[None]) for x in batch().X[:3]]
    return [({l: A[0] for l, A in a.items()}, {l: Z[0] for l, Z in z.items()}) for a, z in ways]


def columns(vectors):
    """Vectors as matrices of one column."""
    return {l: vector[:, None] for l, vector in vectors.items()}


@equation("eq-forward-start", r"a^{[0]}_k = x_k, \qquad k = 1, \dots, n_0 .", kind="numerical")
def _(claim=lambda x, n: [x[k] for k in range(1, n[0] + 1)]):
    v = batch()
    for x, (a, _) in zip(v.X, samples(), strict=False):
        assert close(claim(from_one(x), v.n), a[0], tolerance=0)


@equation(
    "eq-forward-index",
    r"z_j^{[l]} = \sum_{k=1}^{n_{l-1}} w_{jk}^{[l]}\, a_k^{[l-1]} + b_j^{[l]} ,",
    kind="numerical",
)
def _(
    claim=lambda w, a, b, n, l, j: sum(w[l][j, k] * a[l - 1][k] for k in range(1, n[l - 1] + 1)) + b[l][j],
):
    v = batch()
    w, b = all_from_one(v.W), all_from_one(v.b)
    for a, z in samples():
        for l in (1, 2, 3):
            for j, entry in from_one(z[l]).items():
                assert close(claim(w, all_from_one(a), b, v.n, l, j), entry)


@equation("eq-forward-activation", r"a_j^{[l]} = f^{[l]} \bigl( z_j^{[l]} \bigr) ,", kind="numerical")
def _(claim=lambda f, z, n, l: [f[l](z[l][j]) for j in range(1, n[l] + 1)]):
    for a, z in samples():
        for l in (1, 2, 3):
            assert close(claim(AGAIN, all_from_one(z), WIDTHS, l), a[l])


@equation(
    "eq-forward-matrix",
    r"""\begin{gathered}
    \underbrace{z^{[l]}}_{n_l}
    = \underbrace{W^{[l]}}_{n_l \times n_{l-1}}\;
      \underbrace{a^{[l-1]}}_{n_{l-1}}
    + \underbrace{b^{[l]}}_{n_l} , \\
    a^{[l]} = f^{[l]} \bigl( z^{[l]} \bigr) ,
    \end{gathered}""",
    kind="numerical",
)
def _(
    sums=lambda W, a, b, l: W[l] @ a[l - 1] + b[l],
    shapes=lambda n, l: [(n[l],), (n[l], n[l - 1]), (n[l - 1],), (n[l],)],
    values=lambda f, z, l: f[l](z[l]),
):
    v = batch()
    for a, z in samples():
        for l in (1, 2, 3):
            assert close(sums(v.W, a, v.b, l), z[l])
            assert shapes(v.n, l) == [array.shape for array in (z[l], v.W[l], a[l - 1], v.b[l])]
            assert close(values(AGAIN, z, l), a[l])


@equation(
    "eq-forward-row",
    r"""\bigl( z^{[l]} \bigr)^{\!\top}
    = \bigl( a^{[l-1]} \bigr)^{\!\top} \bigl( W^{[l]} \bigr)^{\!\top} + \bigl( b^{[l]} \bigr)^{\!\top} .""",
    kind="numerical",
)
def _(
    left=lambda z, l: z[l].T,
    right=lambda a, W, b, l: a[l - 1].T @ W[l].T + b[l].T,
):
    v = batch()
    for i, (a, z) in enumerate(samples()):
        for l in (1, 2, 3):
            row = v.Z[l][i : i + 1]  # of the whole batch
            assert close(left(columns(z), l), row)
            assert close(right(columns(a), v.W, columns(v.b), l), row)


@equation(
    "eq-forward-batch",
    r"""\begin{gathered}
    \underbrace{Z^{[l]}}_{m \times n_l}
    = \underbrace{A^{[l-1]}}_{m \times n_{l-1}}\;
      \underbrace{\bigl( W^{[l]} \bigr)^{\!\top}}_{n_{l-1} \times n_l}
    + \underbrace{\mathbf 1}_{m \times 1}\;
      \underbrace{\bigl( b^{[l]} \bigr)^{\!\top}}_{1 \times n_l} , \\
    A^{[l]} = f^{[l]} \bigl( Z^{[l]} \bigr) .
    \end{gathered}""",
    kind="numerical",
)
def _(
    sums=lambda A, W, ones, b, l: A[l - 1] @ W[l].T + ones @ b[l].T,
    shapes=lambda m, n, l: [(m, n[l]), (m, n[l - 1]), (n[l - 1], n[l]), (m, 1), (1, n[l])],
    values=lambda f, Z, l: f[l](Z[l]),
):
    v, ones = batch(), np.ones(7)[:, None]
    b = columns(v.b)
    for l in (1, 2, 3):
        assert close(sums(v.A, v.W, ones, b, l), v.Z[l])
        arrays = v.Z[l], v.A[l - 1], v.W[l].T, ones, b[l].T
        assert shapes(v.m, v.n, l) == [array.shape for array in arrays]
        assert close(values(AGAIN, v.Z, l), v.A[l])


@equation(
    "eq-forward-entry",
    r"Z_{ij}^{[l]} = \sum_{k=1}^{n_{l-1}} A_{ik}^{[l-1]}\, w_{jk}^{[l]} + b_j^{[l]} .",
    kind="numerical",
)
def _(
    claim=lambda A, w, b, n, l, i, j: (
        sum(A[l - 1][i, k] * w[l][j, k] for k in range(1, n[l - 1] + 1)) + b[l][j]
    ),
):
    v = batch()
    A, w, b = map(all_from_one, (v.A, v.W, v.b))
    for l in (1, 2, 3):
        for (i, j), entry in from_one(v.Z[l]).items():
            assert close(claim(A, w, b, v.n, l, i, j), entry)


# What it costs

SHAPES = ((2, 3, 2, 1), (64, 32, 16, 10), (5, 7), (3, 2, 6, 4, 8))


@equation("eq-forward-count", r"N = \sum_{l=1}^{L} n_l\, (n_{l-1} + 1)", kind="numerical")
def _(claim=lambda n, L: sum(n[l] * (n[l - 1] + 1) for l in range(1, L + 1))):
    for n in SHAPES:
        layers = [nn.Dense(*ends) for ends in pairwise(n)]
        net = nn.Network(layers, nn.MeanSquaredError())
        assert claim(n, len(n) - 1) == net.n_parameters == sum(f.W.size + f.b.size for f in layers)
    assert claim(SHAPES[0], 3) == 20
    assert claim(SHAPES[1], 3) == 2778


class Counted:
    """A number that counts its multiplications."""

    multiplications = 0

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Counted(self.value + other.value)

    def __mul__(self, other):
        Counted.multiplications += 1
        return Counted(self.value * other.value)


@cache
def multiplications(m, n):
    """How often nnlib multiplies two numbers, when m samples pass dense layers of the widths n."""
    counted = np.vectorize(Counted, otypes=[object])
    net = nn.Network([nn.Dense(*ends) for ends in pairwise(n)], nn.MeanSquaredError())
    X = random(m, n[0])
    right = net.forward(X)
    for layer in net.layers:
        layer.W, layer.b = counted(layer.W), counted(layer.b)
    Counted.multiplications = 0
    Z = net.forward(counted(X))
    assert close([[entry.value for entry in row] for row in Z], right)
    return Counted.multiplications


@equation("eq-forward-work", r"M = m \sum_{l=1}^{L} n_l\, n_{l-1}", kind="numerical")
def _(claim=lambda m, n, L: m * sum(n[l] * n[l - 1] for l in range(1, L + 1))):
    for m, n in ((4, (2, 3, 2, 5)), (3, (5, 7)), (2, (3, 2, 6, 4, 8))):
        assert claim(m, n, len(n) - 1) == multiplications(m, n)
    assert claim(360, (64, 32, 16, 10), 3) == 979_200


# A picture is an array


@equation(
    "eq-forward-flatten",
    r"p = (r \cdot \text{width} + c) \cdot \text{channels} + k",
    kind="numerical",
)
def _(claim=lambda r, width, c, channels, k: (r * width + c) * channels + k):
    for shape in ((4, 5, 3), (3, 2, 4)):
        numbered = np.arange(prod(shape)).reshape(shape)
        for (r, c, k), place in np.ndenumerate(numbered):
            assert claim(r, shape[1], c, shape[2], k) == place == np.ravel_multi_index((r, c, k), shape)


@equation(
    "eq-forward-permute",
    r"""\sum_{k=1}^{n_0} w_{jk}^{[1]}\, x_k = \sum_{k=1}^{n_0} w_{j\,\pi(k)}^{[1]}\, x_{\pi(k)} .""",
    kind="numerical",
)
def _(
    left=lambda w, x, n, j: sum(w[1][j, k] * x[k] for k in range(1, n[0] + 1)),
    right=lambda w, x, n, j, pi: sum(w[1][j, pi(k)] * x[pi(k)] for k in range(1, n[0] + 1)),
):
    n, x = {0: 6, 1: 4}, random(6, seed=23)
    order = np.array([3, 0, 5, 1, 2, 4])
    layer = make(n.values(), {1: nn.Identity}).dense[1]
    w = {1: from_one(layer.W)}
    sums = layer.forward(x[None])[0] - layer.b
    layer.W[:] = layer.W[:, order]  # nnlib gets the columns, and the inputs, in another order
    assert close(layer.forward(x[None, order])[0] - layer.b, sums)
    assert not close(layer.forward(x[None])[0] - layer.b, sums)
    for j, entry in from_one(sums).items():
        assert close(left(w, from_one(x), n, j), entry)
        assert close(right(w, from_one(x), n, j, from_one(order + 1).get), entry)


# The network as one function


@equation(
    "eq-forward-composition",
    r"""F(x; \theta) = \bigl( f^{[L]} \circ T^{[L]} \circ f^{[L-1]} \circ T^{[L-1]} \circ \dots
    \circ f^{[1]} \circ T^{[1]} \bigr)(x) .""",
    kind="numerical",
)
def _(claim=lambda f, T, L: [step for l in range(L, 0, -1) for step in (f[l], T[l])]):
    v = batch()
    T = {l: lambda a, l=l: v.W[l] @ a + v.b[l] for l in (1, 2, 3)}
    for x, output in zip(v.X, v.net.forward(v.X), strict=True):
        for step in reversed(claim(AGAIN, T, 3)):  # g ∘ h: first h
            x = step(x)
        assert close(x, output)


def pairs():
    """Pairs of different samples, by their numbers."""
    return [(i, j) for i in range(7) for j in range(i)]


@equation(
    "eq-forward-stretch",
    r"""\begin{aligned}
    \lVert a^{[l]} - a'^{[l]} \rVert
    &\le \lVert z^{[l]} - z'^{[l]} \rVert
    = \lVert W^{[l]} ( a^{[l-1]} - a'^{[l-1]} ) \rVert \\
    &\le \lVert W^{[l]} \rVert_2\, \lVert a^{[l-1]} - a'^{[l-1]} \rVert .
    \end{aligned}""",
    kind="numerical",
)
def _(
    after=lambda a, other, l: norm(a[l] - other[l]),
    before=lambda z, other, l: norm(z[l] - other[l]),
    weighted=lambda W, a, other, l: norm(W[l] @ (a[l - 1] - other[l - 1])),
    bound=lambda W, a, other, l: norm(W[l], 2) * norm(a[l - 1] - other[l - 1]),
    first=lambda after, before: after <= before,
    second=lambda weighted, bound: weighted <= bound,
):
    v = batch()
    for i, j in pairs():
        a, other_a, z, other_z = ({l: X[k] for l, X in v_.items()} for v_ in (v.A, v.Z) for k in (i, j))
        for l in (1, 2, 3):
            assert close(after(a, other_a, l), dist(a[l], other_a[l]))
            assert close(before(z, other_z, l), dist(z[l], other_z[l]))
            assert close(weighted(v.W, a, other_a, l), dist(z[l], other_z[l]))
            assert first(after(a, other_a, l), before(z, other_z, l))
            assert second(weighted(v.W, a, other_a, l), bound(v.W, a, other_a, l))
    # Both are equalities for the identity, and for a difference in the direction that W stretches most.
    for l in (1, 2, 3):
        layer, start = v.dense[l], random(v.n[l - 1], seed=24)
        direction = np.linalg.svd(v.W[l])[2][0]
        a, other = {l - 1: start + 0.7 * direction}, {l - 1: start}
        moved = layer.forward(np.stack([a[l - 1], start])).copy()
        assert close(bound(v.W, a, other, l), dist(*moved))
        assert first(after({l: moved[0]}, {l: moved[1]}, l), before({l: moved[0]}, {l: moved[1]}, l))
        assert not first(after({l: 2 * moved[0]}, {l: 2 * moved[1]}, l), dist(*moved))  # slope 2


@equation(
    "eq-forward-lipschitz",
    r"""\lVert F(x; \theta) - F(x'; \theta) \rVert
    \le \Bigl( \prod_{l=1}^{L} \lVert W^{[l]} \rVert_2 \Bigr) \lVert x - x' \rVert .""",
    kind="numerical",
)
def _(
    left=lambda F, x, other: norm(F(x) - F(other)),
    right=lambda W, x, other, L: prod(norm(W[l], 2) for l in range(1, L + 1)) * norm(x - other),
    order=lambda left, right: left <= right,
):
    v = batch()
    outputs = v.net.forward(v.X)
    for i, j in pairs():
        x, other = v.X[i], v.X[j]
        apart = left(lambda x: v.net.forward(x[None])[0], x, other)
        assert close(apart, dist(outputs[i], outputs[j]))
        assert order(apart, right(v.W, x, other, 3))
    # No smaller factor would do: matrices whose worst directions follow on each other, and the identity.
    v = make(WIDTHS.values(), dict.fromkeys((1, 2, 3), nn.Identity))
    frames = {l: np.linalg.qr(random(n, 2, seed=n))[0] for l, n in v.n.items()}
    for l in (1, 2, 3):
        v.W[l][:] = frames[l] @ np.diag([1.2 + l, 0.6]) @ frames[l - 1].T
    x = random(3, seed=25)
    other = x + 0.7 * frames[0][:, 0]
    apart = left(lambda x: v.net.forward(x[None])[0], x, other)
    assert close(apart, 0.7 * 2.2 * 3.2 * 4.2)
    assert close(right(v.W, x, other, 3), apart)


@cache
def flat():
    """A ReLU network at samples at which some of its units are on: z, and its slope and value at 0 there."""
    v = make(WIDTHS.values(), {1: nn.ReLU, 2: nn.ReLU, 3: nn.Identity})
    found = []
    for x in random(4, 3, seed=35):
        at = SimpleNamespace(x=x)
        at.a, at.z = ({l: A[0] for l, A in arrays.items()} for arrays in passed(v, x[None]))
        # The slopes of each z, by central differences: exact but for rounding, as there is no bend near.
        at.G = {
            l: np.array(
                [gradient(lambda x, l=l, j=j: passed(v, x[None])[1][l][0, j], x) for j in range(v.n[l])]
            )
            for l in (1, 2, 3)
        }
        at.c = {l: at.z[l] - at.G[l] @ x for l in (1, 2, 3)}
        found.append(at)
    on = np.array([np.concatenate([at.z[1], at.z[2]]) > 0 for at in found])
    assert len(np.unique(on, axis=0)) == 4
    assert all(some.any(axis=1).all() and not some.all(axis=1).any() for some in (on[:, :4], on[:, 4:]))
    return v, found


@equation("eq-forward-pattern", r"a^{[l]} = D^{[l]} z^{[l]} .", kind="numerical")
def _(
    pattern=lambda z, l: np.diag([1 if entry > 0 else 0 for entry in z[l].ravel()]),
    claim=lambda D, z, l: D[l] @ z[l],
):
    _, found = flat()
    for at in found:
        z, a = columns(at.z), columns(at.a)
        D = {l: pattern(z, l) for l in (1, 2)}
        for l in (1, 2):
            assert close(claim(D, z, l), a[l])
            assert np.array_equal(D[l], D[l] @ D[l])  # nothing but ones and zeros on the diagonal


@equation(
    "eq-forward-local",
    r"""\begin{aligned}
    z^{[l+1]} &= W^{[l+1]} D^{[l]} \bigl( G^{[l]} x + c^{[l]} \bigr) + b^{[l+1]} \\
    &= \underbrace{W^{[l+1]} D^{[l]} G^{[l]}}_{G^{[l+1]}} x
    + \underbrace{W^{[l+1]} D^{[l]} c^{[l]} + b^{[l+1]}}_{c^{[l+1]}} ,
    \end{aligned}""",
)
def _(
    first=lambda W, D, G, x, c, b, l: W[l + 1] @ D[l] @ (G[l] @ x + c[l]) + b[l + 1],
    second=lambda W, D, G, x, c, b, l: W[l + 1] @ D[l] @ G[l] @ x + W[l + 1] @ D[l] @ c[l] + b[l + 1],
    matrix=lambda W, D, G, l: W[l + 1] @ D[l] @ G[l],
    vector=lambda W, D, c, b, l: W[l + 1] @ D[l] @ c[l] + b[l + 1],
):
    # With symbols, sum by sum.
    W, D, G = {2: symbols("w", 2, 3)}, {1: np.diag(symbols("d", 3))}, {1: symbols("g", 3, 4)}
    x, c, b, d = symbols("x", 4), {1: symbols("c", 3)}, {2: symbols("b", 2)}, symbols("d", 3)
    z = [
        b[2][j]
        + sum(W[2][j, k] * d[k] * (c[1][k] + sum(G[1][k, i] * x[i] for i in range(4))) for k in range(3))
        for j in range(2)
    ]
    assert same(first(W, D, G, x, c, b, 1), z)
    assert same(second(W, D, G, x, c, b, 1), z)
    # The slopes of nnlib's network, and where it would be at 0.
    v, found = flat()
    for at in found:
        D = {l: np.diag(1.0 * (at.z[l] > 0)) for l in (1, 2)}
        assert close(at.G[1], v.W[1], 1e-8)
        assert close(at.c[1], v.b[1], 1e-8)
        for l in (1, 2):
            assert close(first(v.W, D, at.G, at.x, at.c, v.b, l), at.z[l + 1], 1e-8)
            assert close(second(v.W, D, at.G, at.x, at.c, v.b, l), at.z[l + 1], 1e-8)
            assert close(matrix(v.W, D, at.G, l), at.G[l + 1], 1e-8)
            assert close(vector(v.W, D, at.c, v.b, l), at.c[l + 1], 1e-8)


# How many pieces?


def whole(array):
    """An array as fractions, which know no rounding."""
    return np.vectorize(Fraction, otypes=[object])(array)


def square(half):
    """Corners of a square around the origin."""
    return whole([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half


def cut(polygon, g, c):
    """Parts of a convex polygon on the two sides of the line where g·x + c is 0."""
    s = polygon @ g + c
    if min(s) >= 0 or max(s) <= 0:
        return [polygon]
    parts = [], []
    for i, (p, s_p) in enumerate(zip(polygon, s, strict=True)):
        q, s_q = polygon[i - 1], s[i - 1]
        for part, sign in zip(parts, (1, -1), strict=True):
            if s_p * s_q < 0:
                part.append(p + s_p / (s_p - s_q) * (q - p))
            if sign * s_p >= 0:
                part.append(p)
    return [np.array(part) for part in parts]


def pieces(polygon, G, c):
    """The parts into which several lines cut a polygon."""
    parts = [polygon]
    for line in zip(G, c, strict=True):
        parts = [new for old in parts for new in cut(old, *line)]
    return parts


def tangents(n):
    """Lines that touch the parabola y = x²: no two are parallel, no three meet in a point."""
    t = np.arange(n) - 2
    side = np.where(t % 3, 1, -1)
    return whole(side[:, None] * np.stack([2 * t, 0 * t - 1], axis=1)), whole(-side * t * t)


@cache
def most(n):
    """Pieces of a very large square, cut by lines that all cross."""
    return len(pieces(square(10**4), *tangents(n)))


@cache
def fewer():
    """Numbers of lines, and of pieces, where the lines or the part of the plane are special."""
    found = []
    for n in range(2, 7):
        i = np.arange(n)
        small = pieces(square(Fraction(1, 2)), *tangents(n))  # not all of the crossings
        parallel = pieces(square(99), whole([[2, 3]] * n), whole(5 * i))
        star = pieces(square(99), whole(np.stack([i, i + 7], axis=1)), whole(0 * i))
        found += [(n, len(parts)) for parts in (small, parallel, star)]
    return found


@equation("eq-forward-lines", r"r(n) = 1 + n + \frac{n (n - 1)}{2}", kind="numerical")
def _(claim=lambda n: 1 + n + n * (n - 1) / 2):
    for n in range(9):
        assert claim(n) == most(n)
    assert [most(2), most(3), most(8)] == [4, 7, 37]
    assert all(count <= claim(n) for n, count in fewer())
    assert sum(count < claim(n) for n, count in fewer()) > 10


@cache
def regions(widths, seed):
    """How many activation regions a ReLU network has, and how often each layer cut each region before it."""
    v = make((2, *widths, 1), dict.fromkeys(range(1, len(widths) + 2), nn.ReLU))
    rng = np.random.default_rng(seed)
    for l in range(1, v.L):
        v.W[l][:], v.b[l][:] = (rng.integers(-9, 10, array.shape) for array in (v.W[l], v.b[l]))
    v.W[1][:], v.b[1][:] = tangents(widths[0])
    found, cuts = [(square(10**4), whole(np.eye(2)), whole(np.zeros(2)))], []
    for l in range(1, v.L):
        new = []
        for polygon, G, c in found:
            G, c = whole(v.W[l]) @ G, whole(v.W[l]) @ c + whole(v.b[l])
            parts = pieces(polygon, G, c)
            cuts.append((l - 1, len(parts)))
            for part in parts:
                on = G @ part.mean(axis=0) + c > 0
                new.append((part, on[:, None] * G, on * c))
        found = new
    # nnlib sees another pattern in each of them.
    _, z = passed(v, np.array([part.mean(axis=0) for part, *_ in found], dtype=float))
    patterns = np.hstack([z[l] > 0 for l in range(1, v.L)])
    assert len(np.unique(patterns, axis=0)) == len(found)
    return len(found), cuts


@equation(
    "eq-forward-regions",
    r"""\prod_{l=1}^{L-1} r(n_l) = \prod_{l=1}^{L-1} \Bigl( 1 + n_l + \frac{n_l (n_l - 1)}{2} \Bigr)""",
    kind="numerical",
)
def _(
    left=lambda r, n, L: prod(r(n[l]) for l in range(1, L - 1 + 1)),
    right=lambda n, L: prod(1 + n[l] + n[l] * (n[l] - 1) / 2 for l in range(1, L - 1 + 1)),
):
    for n_1 in (1, 2, 5, 7):  # with one hidden layer the bound is reached
        assert left(most, (2, n_1, 1), 2) == right((2, n_1, 1), 2) == regions((n_1,), 0)[0]
    for widths, seed in (((4, 3), 2), ((5, 3), 4), ((4, 2, 2), 16)):
        n, (count, cuts) = (2, *widths, 1), regions(widths, seed)
        assert sum(map(most, widths)) < count <= left(most, n, len(n) - 1)  # more than a sum would allow
        assert left(most, n, len(n) - 1) == right(n, len(n) - 1)
        # The step of the proof: of one region a layer makes at most r(n), and of some just that.
        assert all(parts <= most(widths[l]) for l, parts in cuts)
        assert {l for l, parts in cuts if parts == most(widths[l])} == set(range(len(widths)))


@equation(
    "eq-forward-tent",
    r"\operatorname{tent}(x) = 2 \max(0, x) - 4 \max(0, x - \tfrac12) ,",
    kind="numerical",
)
def _(claim=lambda x: 2 * max(0, x) - 4 * max(0, x - Fraction(1, 2))):
    v = make((1, 2, 1), {1: nn.ReLU, 2: nn.Identity}, params=[1, 1, 0, -0.5, 2, -4, 0])
    for x in [Fraction(i, 16) for i in range(17)]:
        assert claim(x) == (2 * x if x < Fraction(1, 2) else 2 - 2 * x)  # up from 0 to 1, and down to 0
        assert claim(x) == v.net.forward(np.array([[float(x)]]))[0, 0]
    for folds in (1, 2, 3, 4):
        corners = [Fraction(i, 2**folds) for i in range(2**folds + 1)]
        for _ in range(folds):
            corners = [claim(x) for x in corners]
        assert corners == [0, 1] * 2 ** (folds - 1) + [0]  # 2^L straight pieces


# How large should the weights be at the start?


@equation(
    "eq-forward-meansquare",
    r"q^{[l]} = \frac{1}{n_l} \sum_{j=1}^{n_l} \bigl( a_j^{[l]} \bigr)^2 ;",
    kind="numerical",
)
def _(claim=lambda a, n, l: 1 / n[l] * sum(a[l][j] ** 2 for j in range(1, n[l] + 1))):
    for a, _ in samples():
        for l in range(4):
            assert close(claim(all_from_one(a), WIDTHS, l), np.mean(a[l] ** 2))


@cache
def mean_square_of_sum(kind):
    """Mean of the square of Σ w_k a_k for three independent weights, all cases added up; and the variance."""
    a, s = symbols("a", 3), sp.Symbol("s")
    if kind == "uniform":
        w = symbols("w", 3)
        mean = sp.expand((w @ a) ** 2)
        for weight in w:
            mean = sp.expand(sp.integrate(mean, (weight, -s, s)) / (2 * s))
        return a, mean, s**2 / 3
    values = {"coin": (-s, s), "lopsided": (-s, -s, 2 * s)}[kind]
    terms = [sp.expand((np.array(w) @ a) ** 2) for w in product(values, repeat=3)]
    return a, sp.Add(*terms) / len(terms), sum(value**2 for value in values) / len(values)


@equation(
    "eq-forward-variance",
    r"""\operatorname{E} \bigl[ \bigl( z_j^{[l]} \bigr)^2 \bigm| a^{[l-1]} \bigr]
    = \sum_{k=1}^{n_{l-1}} v_l \bigl( a_k^{[l-1]} \bigr)^2
    = n_{l-1}\, v_l\, q^{[l-1]} .""",
)
def _(
    middle=lambda v, a, n, l: sum(v[l] * a[l - 1][k] ** 2 for k in range(1, n[l - 1] + 1)),
    right=lambda n, v, q, l: n[l - 1] * v[l] * q[l - 1],
):
    for kind in ("uniform", "coin", "lopsided"):
        entries, mean, variance = mean_square_of_sum(kind)
        a, v, n, q = {1: from_one(entries)}, {2: variance}, {1: 3, 2: 5}, {1: (entries @ entries) / 3}
        assert vanishes(middle(v, a, n, 2) - mean)
        assert vanishes(right(n, v, q, 2) - mean)


@cache
def signs(n):
    """All ways to choose the signs of the weights of a network of the widths n, a matrix for each layer."""
    sizes = [n_in * n_out for n_in, n_out in pairwise(n)]
    every = np.array(list(product((-1.0, 1.0), repeat=sum(sizes))))
    parts = np.split(every, np.cumsum(sizes)[:-1], axis=1)
    return [part.reshape(-1, n_out, n_in) for part, (n_in, n_out) in zip(parts, pairwise(n), strict=True)]


START = np.array([1.7, -0.6])


def mean_squares(n, v, f):
    """Mean of q in each layer, over all signs of the weights ±√v; all biases are 0."""
    a, means = START, {0: np.mean(START**2)}
    for l, matrices in enumerate(signs(n), 1):
        a = f(np.einsum("sjk,...k->sj" if l == 1 else "sjk,sk->sj", sqrt(v[l]) * matrices, a))
        means[l] = np.mean(a**2)
    return means


@cache
def drawn(initializer):
    """Start values as nnlib draws them, and the widths."""
    n = {3: 40, 4: 5000}
    return n, initializer(np.random.default_rng(0), n[3], n[4])


@equation("eq-forward-lecun", r"v_l = \frac{1}{n_{l-1}} ,", kind="numerical")
def _(claim=lambda n, l: 1 / n[l - 1]):
    n = (2, 3, 1, 2)
    q = mean_squares(n, {l: claim(n, l) for l in (1, 2, 3)}, lambda z: z)
    assert close([q[1], q[2], q[3]], [q[0]] * 3)  # without an activation function it stays
    n, W = drawn(nn.lecun)
    assert close(claim(n, 4), W.var(), tolerance=1e-3)


@equation(
    "eq-forward-half",
    r"""\operatorname{E} \bigl[ \max(0, z_j)^2 \bigm| a^{[l-1]} \bigr]
    = \tfrac12 \operatorname{E} \bigl[ z_j^2 \bigm| a^{[l-1]} \bigr] .""",
    kind="numerical",
)
def _(
    left=lambda E: E(lambda z: max(0, z) ** 2),
    right=lambda E: Fraction(1, 2) * E(lambda z: z**2),
):
    def mean_over(values):
        sums = [w @ whole([3, -2, 5]) for w in map(whole, product(values, repeat=3))]
        return sums, lambda f: sum(map(f, sums)) / len(sums)

    for values in ((-1, 1), (Fraction(-3, 7), 0, Fraction(3, 7)), (-2, -0.5, 0.5, 2)):
        sums, E = mean_over(values)
        passed_on = np.mean(nn.ReLU()(np.array(sums, dtype=float)) ** 2)
        assert close(float(left(E)), passed_on)
        assert right(E) == left(E)
    _, E = mean_over((-1, -1, 2))  # mean 0, but w and -w are not equally likely
    assert right(E) != left(E)


@equation(
    "eq-forward-product",
    r"""\operatorname{E} \bigl[ q^{[l]} \bigr]
    = \tfrac12\, n_{l-1}\, v_l \operatorname{E} \bigl[ q^{[l-1]} \bigr]
    = \dots
    = q^{[0]} \prod_{i=1}^{l} \tfrac12\, n_{i-1}\, v_i .""",
    kind="numerical",
)
def _(
    step=lambda n, v, Eq, l: 1 / 2 * n[l - 1] * v[l] * Eq[l - 1],
    last=lambda q, n, v, l: q[0] * prod(1 / 2 * n[i - 1] * v[i] for i in range(1, l + 1)),
):
    v = {1: 0.7, 2: 1.9, 3: 0.4}
    for n in ((2, 3, 1, 2), (2, 1, 3, 2)):
        Eq = mean_squares(n, v, nn.ReLU())
        for l in (1, 2, 3):
            assert close(step(n, v, Eq, l), Eq[l])
            assert close(last(Eq, n, v, l), Eq[l])


@equation("eq-forward-he", r"v_l = \frac{2}{n_{l-1}} .", kind="numerical")
def _(claim=lambda n, l: 2 / n[l - 1]):
    n = (2, 3, 1, 2)
    q = mean_squares(n, {l: claim(n, l) for l in (1, 2, 3)}, nn.ReLU())
    assert close([q[1], q[2], q[3]], [q[0]] * 3)
    n, W = drawn(nn.he)
    assert close(claim(n, 4), W.var(), tolerance=1e-3)


def from_layer(net, i, A, Y):
    """The cost, if A comes in before layer i."""
    for layer in net.layers[i:]:
        A = layer.forward(A)
    return net.cost.value(A, Y)


def cost_again(moved, v, X, Y):
    """The same cost, written for autograd; z and a are added to pre-activations and activations."""
    A = X + moved["a0"]
    for l in (1, 2, 3):
        A = AGAIN[l](anp.einsum("jk,ik->ij", v.W[l], A) + v.b[l] + moved[f"z{l}"]) + moved[f"a{l}"]
    return anp.mean(anp.sum((A - Y) ** 2, axis=1)) / 2


@cache
def slopes():
    """Slopes of a sample's cost for z and for a, by layers: by nnlib, by differences, by autograd."""
    v, X, Y = batch(), batch().X[:1], random(1, 2, seed=27)
    a, z = passed(v, X)
    v.net.backward(v.net.forward(X), Y)
    dZ = {l: v.dense[l].dZ for l in (1, 2, 3)}
    ours = dZ, {l - 1: v.dense[l].backward(dZ[l]) for l in (1, 2, 3)}
    measured = (
        {l: gradient(lambda A, l=l: from_layer(v.net, 2 * l - 1, A, Y), z[l]) for l in (1, 2, 3)},
        {l: gradient(lambda A, l=l: from_layer(v.net, 2 * l, A, Y), a[l]) for l in (0, 1, 2)},
    )
    still = {f"z{l}": np.zeros((1, v.n[l])) for l in (1, 2, 3)} | {
        f"a{l}": np.zeros((1, v.n[l])) for l in (0, 1, 2, 3)
    }
    found = autograd.grad(cost_again)(still, v, X, Y)
    automatic = {l: found[f"z{l}"] for l in (1, 2, 3)}, {l: found[f"a{l}"] for l in (0, 1, 2)}
    return [
        tuple({l: from_one(array[0]) for l, array in arrays.items()} for arrays in way)
        for way in (ours, measured, automatic)
    ]


@equation(
    "eq-forward-backward",
    r"""\frac{\partial C}{\partial a_k^{[l-1]}}
    = \sum_{j=1}^{n_l} w_{jk}^{[l]}\, \frac{\partial C}{\partial z_j^{[l]}} .""",
)
def _(claim=lambda w, dC_dz, n, l, k: sum(w[l][j, k] * dC_dz[l][j] for j in range(1, n[l] + 1))):
    # The cost any function of the pre-activations.
    W, a, b, moved = symbols("w", 3, 2), symbols("a", 2), symbols("b", 3), symbols("s", 3)
    C, still = unknown("C")(*(W @ a + b + moved)), dict.fromkeys(moved, 0)
    dC_dz = {2: from_one(np.array([C.diff(s).xreplace(still) for s in moved]))}
    for k, entry in from_one(a).items():
        assert vanishes(claim({2: from_one(W)}, dC_dz, {1: 2, 2: 3}, 2, k) - C.diff(entry).xreplace(still))
    w = all_from_one(batch().W)
    for dC_dz, dC_da in slopes():
        for l in (1, 2, 3):
            for k, slope in dC_da[l - 1].items():
                assert close(claim(w, dC_dz, WIDTHS, l, k), slope, 1e-8)


@equation("eq-forward-glorot", r"v_l = \frac{2}{n_{l-1} + n_l} .", kind="numerical")
def _(claim=lambda n, l: 2 / (n[l - 1] + n[l])):
    for n in ({3: 5, 4: 11}, {3: 8, 4: 8}, {3: 9, 4: 2}):
        gains = n[3] * claim(n, 4), n[4] * claim(n, 4)
        assert close(np.mean(gains), 1)  # there and back, they are 1 in the mean
        assert close(claim(n, 4), 1 / np.mean([n[3], n[4]]))
    n, W = drawn(nn.glorot)
    assert close(claim(n, 4), W.var(), tolerance=1e-5)


@equation("eq-forward-uniform", r"c = \sqrt{\frac{6}{n_{l-1} + n_l}} ,")
def _(claim=lambda n, l: sp.sqrt(6 / (n[l - 1] + n[l]))):
    n, w = dict(zip((3, 4), sp.symbols("n3 n4", positive=True), strict=True)), sp.Symbol("w")
    c = claim(n, 4)
    variance = sp.integrate(w**2, (w, -c, c)) / (2 * c)
    assert sp.cancel(variance - 2 / (n[3] + n[4])) == 0  # [eq-forward-glorot]
    n, W = drawn(nn.glorot)
    assert 0.9999 * claim(n, 4) < abs(W).max() <= claim(n, 4)


@cache
def nodes():
    """Nodes and weights for means over a standard normal number."""
    u, weights = np.polynomial.hermite_e.hermegauss(120)
    return u, weights / weights.sum()


def normal_mean(f):
    """Mean of f(u) over a standard normal number u."""
    u, weights = nodes()
    return weights @ f(u)


@cache
def wide(n, tau):
    """Mean of tanh² of a sum of n inputs of two sizes, with coin flips for signs, exactly; τ is that of z."""
    flips = [2 * heads - n // 2 for heads in range(n // 2 + 1)]
    chances = [comb(n // 2, heads) / 2 ** (n // 2) for heads in range(n // 2 + 1)]
    scale = sqrt(tau / (n / 2 * (1**2 + 3**2)))
    z = scale * np.add.outer(flips, 3 * np.array(flips))
    return np.array(chances) @ np.tanh(z) ** 2 @ np.array(chances)


@equation(
    "eq-forward-tanh",
    r"q^{[l]} \approx \operatorname{E} \bigl[ \tanh^2 ( \sqrt{\tau}\, u ) \bigr] .",
    kind="numerical",
)
def _(claim=lambda E, tau: E(lambda u: np.tanh(np.sqrt(tau) * u) ** 2)):
    for tau in (0.04, 0.5, 1.7):
        limit = claim(normal_mean, tau)
        errors = [wide(n, tau) - limit for n in (20, 80, 320)]
        assert abs(errors[-1]) < 2e-3
        for error, smaller in pairwise(errors):  # four times as wide, a quarter of the error
            assert 3.5 < error / smaller < 4.5


TAU, Q = sp.symbols("tau q", positive=True)


@cache
def tanh_series():
    """Mean of tanh² of √τ u up to τ³, from the powers of tanh² and the moments of a normal number."""
    u = sp.Symbol("u", real=True)
    total = 0
    for i in (2, 4, 6):
        power, moment = (f.diff(u, i).subs(u, 0) for f in (sp.tanh(u) ** 2, sp.exp(u**2 / 2)))
        total += power / sp.factorial(i) * sp.sqrt(TAU) ** i * moment
    return total


@equation("eq-forward-tanh-small", r"q^{[l]} \approx \tau - 2 \tau^2 .")
def _(claim=lambda tau: tau - 2 * tau**2):
    assert vanishes(tanh_series() - claim(TAU) - sp.Rational(17, 3) * TAU**3)
    for tau in (0.001, 0.004, 0.016):
        assert abs(normal_mean(lambda u, tau=tau: np.tanh(sqrt(tau) * u) ** 2) - claim(tau)) < 17 / 3 * tau**3


@equation(
    "eq-forward-tanh-slow",
    r"""\frac{1}{q^{[l]}} \approx \frac{1}{q^{[l-1]}} \cdot \frac{1}{1 - 2 q^{[l-1]}}
    \approx \frac{1}{q^{[l-1]}} + 2 .""",
)
def _(
    middle=lambda q, l: 1 / q[l - 1] * (1 / (1 - 2 * q[l - 1])),
    right=lambda q, l: 1 / q[l - 1] + 2,
):
    q = {4: Q}
    truth = 1 / tanh_series().subs(TAU, Q)
    assert sp.cancel(middle(q, 5) - 1 / (Q - 2 * Q**2)) == 0  # [eq-forward-tanh-small], τ = q
    for claim in (middle, right):  # the difference goes to 0 with q
        assert sp.cancel(truth - claim(q, 5)).subs(Q, 0) == 0
    # Fifty layers: about 100.
    start = after = normal_mean(lambda u: np.tanh(u) ** 2)
    for _ in range(50):
        after = normal_mean(lambda u, q=after: np.tanh(sqrt(q) * u) ** 2)
    summed = {0: start}
    for l in range(1, 51):
        summed[l] = 1 / right(summed, l)
    assert abs(1 / after - 1 / summed[50]) < 0.05 / after


# Why the start must be random


@cache
def swaps():
    """Networks with two hidden units to swap: the matrix P, a P that forgets something, cost and gradient."""
    found = []
    for l, j, other in ((1, 0, 2), (2, 1, 3)):
        v = make((2, 3, 4, 2), {1: nn.Tanh, 2: nn.Softsign, 3: nn.Identity})
        X, Y, theta = random(5, 2, seed=28), random(5, 2, seed=29), random(v.net.n_parameters, 1, seed=30)
        matrices = []
        for arrays in ((v.W[l], v.b[l], v.W[l + 1].T), (v.W[l], v.b[l])):  # without what leads away
            v.net.params[:] = np.arange(len(theta))
            for array in arrays:
                array[[j, other]] = array[[other, j]]
            matrices.append(np.eye(len(theta))[v.net.params.astype(int)])

        def cost(theta, v=v, X=X, Y=Y):
            v.net.params[:] = theta.ravel()
            return v.net.evaluate(X, Y)

        def nabla(theta, v=v, X=X, Y=Y):
            v.net.params[:] = theta.ravel()
            v.net.backward(v.net.forward(X), Y)
            return v.net.grads[:, None].copy()

        found.append((*matrices, cost, nabla, theta))
    return found


@cache
def symbolic_swap():
    """A network with two hidden units of any activation function, and any cost: P, C and its gradient."""
    f, cost = unknown("f"), unknown("C")
    theta = symbols("t", 7, 1)  # w, b and u of the hidden units, c of the output
    P = np.eye(7, dtype=int)[[1, 0, 3, 2, 5, 4, 6]]

    def C(theta):
        w, v, b, d, u, s, c = theta.ravel()
        x = sp.Symbol("x")
        return cost(sp.expand(u * f(w * x + b) + s * f(v * x + d) + c))

    def nabla(at):
        here = dict(zip(theta.ravel(), at.ravel(), strict=True))
        return np.array([[C(theta).diff(t).xreplace(here)] for t in theta.ravel()])

    return P, C, nabla, theta


@equation("eq-forward-swap", r"C(P \theta) = C(\theta) \quad \text{for all } \theta .")
def _(claim=lambda C, P, theta: C(P @ theta)):
    P, C, _, theta = symbolic_swap()
    assert claim(C, P, theta) == C(theta)
    for P, forgetful, C, _, theta in swaps():
        for size in (0.3, 1.0, 4.0):
            assert close(claim(C, P, size * theta), C(size * theta))
            assert not close(claim(C, forgetful, size * theta), C(size * theta), 1e-4)


@equation("eq-forward-swap-gradient", r"\nabla C(P \theta) = P\, \nabla C(\theta) .")
def _(left=lambda nabla, P, theta: nabla(P @ theta), right=lambda nabla, P, theta: P @ nabla(theta)):
    P, _, nabla, theta = symbolic_swap()
    assert same(left(nabla, P, theta), right(nabla, P, theta))
    for P, _, C, nabla, theta in swaps():
        measured = gradient(C, P @ theta)
        assert close(left(nabla, P, theta), measured, 1e-8)
        assert close(right(nabla, P, theta), measured, 1e-8)
        assert not close(nabla(theta), measured, 1e-3)  # a swap makes a difference to the gradient
