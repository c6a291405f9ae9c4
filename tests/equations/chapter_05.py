"""Checks of the equations in 05-backpropagation.

The equations of backpropagation are tried three times: with symbols on a small network, where activations and
cost are functions of which nothing is known; by central differences of nnlib's forward pass; and by the
automatic differentiation of HIPS autograd, of a cost that is written here once more.
"""

# ruff: noqa: E741 - l counts the layers, as on the page

from functools import cache
from itertools import pairwise, product
from math import prod
from types import SimpleNamespace
from unittest import mock

import autograd
import mpmath
import numpy as np
import sympy as sp
from autograd import numpy as anp
from registry import equation

import nnlib as nn
import nnlib.layers
from tools import close, dot, gradient, random

norm = np.linalg.norm
HESSIAN = np.array([[3.0, 0.8, -0.5], [0.8, 2.0, 0.4], [-0.5, 0.4, 1.5]])  # positive eigenvalues
THETA = np.array([1.3, -0.7, 2.1])


def quadratic(theta):
    return theta @ HESSIAN @ theta / 2


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


# Downhill


@equation(
    "eq-bp-linear",
    r"""C(\theta + h) = C(\theta) + \nabla C(\theta) \cdot h + r(h)\, \lVert h \rVert ,
    \qquad r(h) \to 0 \text{ as } h \to 0 .""",
)
def _(
    claim=lambda C, nabla, h, r: (
        C + sum(nabla[i] * h[i] for i in range(len(h))) + r * sp.sqrt(h[0] ** 2 + h[1] ** 2)
    ),
):
    u, v, h, k, part = sp.symbols("u v h k part", positive=True)

    def C(u, v):
        return u**2 * v + 3 * v**3 - 5 * u

    # The remainder in Taylor's formula, as an integral over the way from θ to θ + h.
    second = sp.hessian(C(u, v), (u, v)).subs({u: u + part * h, v: v + part * k}, simultaneous=True)
    bent = (sp.Matrix([[h, k]]) @ second @ sp.Matrix([h, k]))[0]
    r = sp.integrate(sp.expand((1 - part) * bent), (part, 0, 1)) / sp.sqrt(h**2 + k**2)
    nabla = [C(u, v).diff(u), C(u, v).diff(v)]
    assert vanishes(C(u + h, v + k) - claim(C(u, v), nabla, [h, k], r))
    t = sp.symbols("t", positive=True)
    assert sp.limit(sp.simplify(r.subs({h: 3 * t, k: 4 * t})), t, 0) == 0


@equation(
    "eq-bp-slope",
    r"\lim_{t \to 0^+} \frac{C(\theta + t u) - C(\theta)}{t} = \nabla C(\theta) \cdot u .",
)
def _(
    quotient=lambda C, theta, t, u: (C(theta + t * u) - C(theta)) / t,
    slope=lambda nabla, u: sum(nabla[i] * u[i] for i in range(len(u))),
):
    theta, u, t = symbols("theta", 2), symbols("u", 2), sp.symbols("t", positive=True)

    def C(theta):
        return theta[0] ** 2 * theta[1] + 3 * theta[1] ** 3 - 5 * theta[0]

    nabla = [C(theta).diff(axis) for axis in theta]
    limit = sp.limit(sp.cancel(quotient(C, theta, t, u)), t, 0, "+")
    assert vanishes(limit - slope(nabla, u))
    along = sp.expand(C(theta + t * u)).coeff(t, 1)  # the linear part of the cost along the line
    assert vanishes(along - limit)


@equation(
    "eq-bp-cauchy",
    r"""\begin{aligned}
    0 \le \lVert g - (g \cdot u)\, u \rVert^2
    &= \lVert g \rVert^2 - 2 (g \cdot u)^2 + (g \cdot u)^2 \lVert u \rVert^2 \\
    &= \lVert g \rVert^2 - (g \cdot u)^2 .
    \end{aligned}""",
)
def _(
    sign=lambda first: first >= 0,
    first=lambda g, u: sum((g[i] - dot(g, u) * u[i]) ** 2 for i in range(len(g))),
    second=lambda g, u: dot(g, g) - 2 * dot(g, u) ** 2 + dot(g, u) ** 2 * dot(u, u),
    third=lambda g, u: dot(g, g) - dot(g, u) ** 2,
):
    g, u, unit = symbols("g", 3), symbols("u", 3), np.array([2, 3, 6]) / sp.Integer(7)
    across = np.cross(g, unit)  # as long as the part of g that is not along u
    assert vanishes(first(g, unit) - dot(across, across))
    assert vanishes(second(g, unit) - dot(across, across))
    assert vanishes(third(g, unit) - dot(across, across))
    assert vanishes(first(g, u) - second(g, u))  # for every u, of whatever length
    for vector in ([1, -2, 4], [0, 5, -1], [-6, -9, -18]):  # the last along u: there it is 0
        assert sign(first(np.array(vector), unit))
    assert first(np.array([-6, -9, -18]), unit) == 0


@equation(
    "eq-gradient-descent",
    r"\theta \leftarrow \theta - \eta\, \nabla C(\theta) ,",
    kind="numerical",
)
def _(claim=lambda theta, eta, nabla: theta - eta * nabla):
    moved = THETA.copy()
    nn.SGD(0.3).step(moved, autograd.grad(quadratic)(THETA))
    assert close(claim(THETA, 0.3, gradient(quadratic, THETA)), moved, 1e-8)


@equation(
    "eq-bp-progress",
    r"- \eta\, \nabla C \cdot \nabla C = - \eta\, \lVert \nabla C \rVert^2 < 0 .",
    kind="numerical",
)
def _(
    left=lambda eta, nabla: -eta * dot(nabla, nabla),
    right=lambda eta, nabla: -eta * norm(nabla) ** 2,
    sign=lambda change: change < 0,
):
    nabla, eta = autograd.grad(quadratic)(THETA), 0.3

    def along(share):
        """The cost after that share of a step."""
        moved = THETA.copy()
        nn.SGD(eta * share).step(moved, nabla)
        return quadratic(moved)

    first_order = 4 * along(0.5) - along(1.0) - 3 * quadratic(THETA)  # exact, for a parabola
    assert close(left(eta, nabla), first_order)
    assert close(right(eta, nabla), first_order)
    for size in (1.0, 0.1):
        assert sign(left(eta, size * nabla))
        assert sign(right(eta, size * nabla))
    assert not sign(left(eta, 0 * nabla))  # where the gradient is 0 there is no progress


@equation("eq-bp-power", r"\theta_k = (1 - \eta \lambda)^k\, \theta_0 .", kind="numerical")
def _(claim=lambda eta, curvature, k, start: (1 - eta * curvature) ** k * start):
    for eta, curvature in ((0.1, 3.0), (0.5, 2.6), (0.4, 6.0)):
        theta, optimizer = np.array([1.7]), nn.SGD(eta)
        for k in range(1, 8):
            optimizer.step(theta, autograd.grad(lambda v, c=curvature: c * v[0] ** 2 / 2)(theta))
            assert close(claim(eta, curvature, k, 1.7), theta[0])


@equation("eq-bp-limit", r"0 < \eta < \frac{2}{\lambda_{\max}} .", kind="numerical")
def _(low=lambda eta: eta > 0, high=lambda eta, largest: eta < 2 / largest):
    eigenvalues = np.linalg.eigvalsh(HESSIAN)
    limit = 2 / eigenvalues[-1]
    seen = set()
    for share in (-0.1, 0.0, 0.01, 0.3, 0.6, 0.9, 0.99, 1.0, 1.0 + 1e-9, 1.01, 1.1):
        eta = share * limit
        # 1024 steps from all starts at once: the columns of the identity.
        after = np.linalg.matrix_power(np.eye(3) - eta * HESSIAN, 1024)
        converges = norm(after) < 0.01
        assert (low(eta) and high(eta, eigenvalues[-1])) == converges
        seen.add(converges)
    assert seen == {True, False}


@equation(
    "eq-bp-eigen",
    r"""q_i \cdot (\theta - \eta H \theta) = c_i - \eta\, (H q_i) \cdot \theta
    = (1 - \eta \lambda_i)\, c_i .""",
    kind="numerical",
)
def _(
    first=lambda q, theta, eta, H: dot(q, theta - eta * dot(H, theta)),
    second=lambda c, q, theta, eta, H: c - eta * dot(dot(H, q), theta),
    third=lambda c, eta, eigenvalue: (1 - eta * eigenvalue) * c,
):
    moved = THETA.copy()
    nn.SGD(0.3).step(moved, gradient(quadratic, THETA))
    eigenvalues, vectors = np.linalg.eigh(HESSIAN)
    for eigenvalue, q in zip(eigenvalues, vectors.T, strict=True):
        c, after = dot(q, THETA), dot(q, moved)
        assert close(first(q, THETA, 0.3, HESSIAN), after, 1e-8)
        assert close(second(c, q, THETA, 0.3, HESSIAN), after, 1e-8)
        assert close(third(c, 0.3, eigenvalue), after, 1e-8)


# The chain rule


@equation(
    "eq-bp-derivative",
    r"f(x + h) = f(x) + \bigl( f'(x) + r(h) \bigr) h , \qquad r(h) \to 0 \text{ as } h \to 0 ,",
)
def _(claim=lambda f, slope, r, h: f + (slope + r) * h):
    x, h, part = sp.symbols("x h part", real=True)
    for f in (x**3 - 2 * x, 2 * x**5 + x**2):
        bent = sp.expand((1 - part) * f.diff(x, 2).subs(x, x + part * h))
        r = h * sp.integrate(bent, (part, 0, 1))  # Taylor's remainder, as an integral
        assert vanishes(f.subs(x, x + h) - claim(f, f.diff(x), r, h))
        assert sp.limit(r, h, 0) == 0
    for step in (0.7, -1.2):
        r = step * mpmath.quad(lambda part, h=step: -(1 - part) * mpmath.sin(0.4 + part * h), [0, 1])
        assert close(claim(np.sin(0.4), np.cos(0.4), float(r), step), np.sin(0.4 + step))


@equation("eq-bp-chain", r"\frac{d}{dx} f(g(x)) = f'(y)\, g'(x) .")
def _(claim=lambda df, dg, x, y: df(y) * dg(x)):
    x = sp.symbols("x")
    inner, outer = x**3 + 4 * x, x**4 - 5 * x**2 + 2 * x
    composed = sp.expand(outer.subs(x, inner))  # a sum of powers: needs no chain rule
    slopes = [sp.lambdify(x, f.diff(x)) for f in (outer, inner)]
    assert vanishes(composed.diff(x) - claim(*slopes, x, inner))
    for at in (0.3, -1.2):
        measured = nn.gradients.complex_step(lambda v: np.exp(np.sin(v[0])), [at])[0]
        assert close(claim(np.exp, np.cos, at, np.sin(at)), measured)


@equation(
    "eq-bp-chain-sum",
    r"\frac{dC}{dx} = \sum_{i=1}^{p} \frac{\partial C}{\partial y_i}\, \frac{d y_i}{d x} .",
)
def _(claim=lambda dC, dy, p: sum(dC[i] * dy[i] for i in range(p))):
    x, y = sp.symbols("x"), sp.symbols("y_1:4")
    for C, inner in (
        (y[0] * y[1], (x**2, 3 * x)),  # the example of the page
        (y[0] ** 2 * y[2] - y[1] * y[2] ** 2 + 7 * y[1], (x**2 + 1, x**3 - x, 2 - 5 * x)),
    ):
        p, at = len(inner), dict(zip(y, inner, strict=False))
        whole = sp.expand(C.subs(at)).diff(x)
        dC, dy = [C.diff(v).subs(at) for v in y[:p]], [f.diff(x) for f in inner]
        assert vanishes(claim(dC, dy, p) - whole)


@equation(
    "eq-bp-graph",
    r"""\begin{aligned}
    \frac{\partial f}{\partial f} &= 1, &
    \frac{\partial f}{\partial z} &= q = 3, &
    \frac{\partial f}{\partial q} &= z = -4, \\
    \frac{\partial f}{\partial x} &= \frac{\partial f}{\partial q} \frac{\partial q}{\partial x} = -4, &
    \frac{\partial f}{\partial y} &= \frac{\partial f}{\partial q} \frac{\partial q}{\partial y} = -4 .
    \end{aligned}""",
    kind="numerical",
)
def _(
    numbers=lambda: {"f": 1, "z": 3, "q": -4, "x": -4, "y": -4},
    local=lambda q, z: {"z": q, "q": z},
    path=lambda df_dq, dq_dx: df_dq * dq_dx,
):
    at = np.array([-2.0, 5.0, -4.0])
    measured = gradient(lambda v: (v[0] + v[1]) * v[2], at)
    q = at[0] + at[1]
    on_q = gradient(lambda v: v[0] * at[2], [q])[0]
    slopes = numbers()
    assert close([slopes[name] for name in "xyz"], measured, 1e-8)
    assert close(slopes["q"], on_q, 1e-8)
    assert slopes["f"] == gradient(lambda f: f[0], [1.0], step=0.5)[0]
    assert local(q, at[2]) == {name: slopes[name] for name in "zq"}
    assert path(slopes["q"], 1) == slopes["x"] == slopes["y"]
    # Where the sum's slopes are not 1, they count.
    steeper = gradient(lambda v: (3 * v[0] + 7 * v[1]) * v[2], at)
    assert close([path(at[2], 3), path(at[2], 7)], steeper[:2], 1e-8)


# One neuron per layer


@equation(
    "eq-bp-thin",
    r"""\begin{aligned}
    z_1 &= w_1 x + b_1, & a_1 &= \sigma(z_1), \\
    z_2 &= w_2 a_1 + b_2, & a_2 &= \sigma(z_2), & C &= \tfrac12 (a_2 - y)^2 .
    \end{aligned}""",
    kind="numerical",
)
def _(
    z1=lambda w1, x, b1: w1 * x + b1,
    a1=lambda z1: 1 / (1 + np.exp(-z1)),
    z2=lambda w2, a1, b2: w2 * a1 + b2,
    a2=lambda z2: 1 / (1 + np.exp(-z2)),
    C=lambda a2, y: 1 / 2 * (a2 - y) ** 2,
):
    layers = [nn.Dense(1, 1), nn.Sigmoid(), nn.Dense(1, 1), nn.Sigmoid()]
    net = nn.Network(layers, nn.MeanSquaredError())
    for w1, b1, w2, b2, x, y in ((0.5, -1.0, 2.0, -1.0, 2.0, 1.0), random(6, seed=3)):
        net.params[:] = w1, b1, w2, b2
        _, *seen = [float(A[0, 0]) for A in net.trace([[x]])]
        assert close(z1(w1, x, b1), seen[0])
        assert close(a1(seen[0]), seen[1])
        assert close(z2(w2, seen[1], b2), seen[2])
        assert close(a2(seen[2]), seen[3])
        assert close(C(seen[3], y), net.evaluate([[x]], [[y]]))


@cache
def thin():
    """The network with one neuron per layer, σ being any function, and the slopes of its cost."""
    v = SimpleNamespace(**{name: sp.Symbol(name) for name in ("w1", "b1", "w2", "b2", "x", "y", "s1", "s2")})
    sigma, v.slope = unknown("sigma"), sp.Function("sigma_1")
    z1 = v.w1 * v.x + v.b1 + v.s1  # s1 and s2 move the pre-activations
    z2 = v.w2 * sigma(z1) + v.b2 + v.s2
    C = (sigma(z2) - v.y) ** 2 / 2
    still = {v.s1: 0, v.s2: 0}
    v.d = {name: C.diff(getattr(v, name)).subs(still) for name in ("w1", "b1", "w2", "b2", "s1", "s2")}
    v.z1, v.z2 = z1.subs(still), z2.subs(still)
    v.a1, v.a2 = sigma(v.z1), sigma(v.z2)
    return v


@equation(
    "eq-bp-one",
    r"""\frac{\partial C}{\partial w_2}
    = \frac{\partial z_2}{\partial w_2}\, \frac{\partial a_2}{\partial z_2}\, \frac{\partial C}{\partial a_2}
    = a_1 \cdot \sigma'(z_2) \cdot (a_2 - y) .""",
)
def _(
    path=lambda dz2_dw2, da2_dz2, dC_da2: dz2_dw2 * da2_dz2 * dC_da2,
    slopes=lambda a1, slope, z2, a2, y: a1 * slope(z2) * (a2 - y),
):
    v, a, z = thin(), sp.Symbol("a"), sp.Symbol("z")
    dC_da2 = ((a - v.y) ** 2 / 2).diff(a).subs(a, v.a2)
    da2_dz2 = unknown("sigma")(z).diff(z).subs(z, v.z2)
    assert vanishes(path(v.z2.diff(v.w2), da2_dz2, dC_da2) - v.d["w2"])
    assert vanishes(slopes(v.a1, v.slope, v.z2, v.a2, v.y) - v.d["w2"])


@equation(
    "eq-bp-one-deep",
    r"""\frac{\partial C}{\partial w_1}
    = \underbrace{\frac{\partial z_1}{\partial w_1}}_{x}\;
    \underbrace{\frac{\partial a_1}{\partial z_1}}_{\sigma'(z_1)}\;
    \underbrace{\frac{\partial z_2}{\partial a_1}}_{w_2}\;
    \underbrace{\frac{\partial a_2}{\partial z_2}\, \frac{\partial C}{\partial a_2}}_{\text{as before}} .""",
)
def _(
    path=lambda dz1_dw1, da1_dz1, dz2_da1, da2_dz2, dC_da2: dz1_dw1 * da1_dz1 * dz2_da1 * da2_dz2 * dC_da2,
    braces=lambda x, slope, z1, w2, before: x * slope(z1) * w2 * before,
):
    v, a, z = thin(), sp.Symbol("a"), sp.Symbol("z")
    dC_da2 = ((a - v.y) ** 2 / 2).diff(a).subs(a, v.a2)
    da1_dz1, da2_dz2 = (unknown("sigma")(z).diff(z).subs(z, at) for at in (v.z1, v.z2))
    dz2_da1 = (v.w2 * a + v.b2).diff(a)
    assert vanishes(path(v.z1.diff(v.w1), da1_dz1, dz2_da1, da2_dz2, dC_da2) - v.d["w1"])
    before = sp.cancel(v.d["w2"] / v.a1)  # what is left of eq-bp-one without its first factor
    assert vanishes(braces(v.x, v.slope, v.z1, v.w2, before) - v.d["w1"])


@equation(
    "eq-bp-thin-delta",
    r"""\begin{aligned}
    \delta_2 &= \sigma'(z_2)\, (a_2 - y), & \delta_1 &= \sigma'(z_1)\, w_2\, \delta_2, \\
    \frac{\partial C}{\partial w_l} &= \delta_l\, a_{l-1}, & \frac{\partial C}{\partial b_l} &= \delta_l ,
    \end{aligned}""",
)
def _(
    delta2=lambda slope, z2, a2, y: slope(z2) * (a2 - y),
    delta1=lambda slope, z1, w2, delta2: slope(z1) * w2 * delta2,
    weight=lambda delta, a, l: delta[l] * a[l - 1],
    bias=lambda dC_db, delta, l: dC_db[l] - delta[l] == 0,
):
    v = thin()
    delta, a = {1: v.d["s1"], 2: v.d["s2"]}, [v.x, v.a1, v.a2]
    assert vanishes(delta2(v.slope, v.z2, v.a2, v.y) - delta[2])
    assert vanishes(delta1(v.slope, v.z1, v.w2, delta[2]) - delta[1])
    for l in (1, 2):
        assert vanishes(weight(delta, a, l) - v.d[f"w{l}"])
        assert bias({1: v.d["b1"], 2: v.d["b2"]}, delta, l)


# The four equations

WIDTHS = (3, 4, 5, 2)
ACTIVATIONS = {1: nn.Tanh, 2: nn.Softsign, 3: nn.Sigmoid}
AGAIN = {  # the same activations, once more
    1: anp.tanh,
    2: lambda z: z / (1 + anp.abs(z)),
    3: lambda z: 1 / (1 + anp.exp(-z)),
}


@cache
def network(m):
    """A network of three layers, and m samples with what the forward pass makes of them."""
    layers = [part for l in (1, 2, 3) for part in (nn.Dense(WIDTHS[l - 1], WIDTHS[l]), ACTIVATIONS[l]())]
    net = nn.Network(layers, nn.MeanSquaredError())
    net.params[:] = 0.8 * random(net.n_parameters, seed=11)
    v = SimpleNamespace(net=net, m=m, L=3, X=random(m, 3, seed=12), Y=random(m, 2, seed=13))
    outputs = [A.copy() for A in net.trace(v.X)]
    v.a = {l: outputs[2 * l] for l in range(4)}
    v.z = {l: outputs[2 * l - 1] for l in (1, 2, 3)}
    v.dense = dict(enumerate(net.layers[::2], 1))
    v.W, v.b = ({l: getattr(layer, name) for l, layer in v.dense.items()} for name in "Wb")
    v.slope = {l: f().derivative for l, f in ACTIVATIONS.items()}
    return v


def from_layer(net, i, A, Y):
    """The cost, if A comes in before layer i."""
    for layer in net.layers[i:]:
        A = layer.forward(A)
    return net.cost.value(A, Y)


@cache
def by_differences(m):
    """All slopes of the cost by central differences of nnlib's forward pass."""
    v = SimpleNamespace(**vars(network(m)))
    v.dz = {l: gradient(lambda z, l=l: from_layer(v.net, 2 * l - 1, z, v.Y), v.z[l]) for l in (1, 2, 3)}
    v.da = {l: gradient(lambda a, l=l: from_layer(v.net, 2 * l, a, v.Y), v.a[l]) for l in (1, 2, 3)}

    def knob(array):
        start = array.copy()

        def cost(values):
            array[:] = values
            value = from_layer(v.net, 0, v.X, v.Y)
            array[:] = start
            return value

        return gradient(cost, start)

    v.dW, v.db = ({l: knob(array) for l, array in arrays.items()} for arrays in (v.W, v.b))
    v.same = lambda left, right: close(left, right, 1e-8)
    return v


def cost_again(v, X, Y):
    """The same cost, written for autograd; z and a are added to pre-activations and activations."""
    A = X
    for l in (1, 2, 3):
        Z = anp.einsum("jk,ik->ij", v[f"W{l}"], A) + v[f"b{l}"] + v[f"z{l}"]
        A = AGAIN[l](Z) + v[f"a{l}"]
    return anp.mean(anp.sum((A - Y) ** 2, axis=1)) / 2


@cache
def by_autograd(m):
    """All slopes of the cost by automatic differentiation."""
    v = SimpleNamespace(**vars(network(m)))
    at = {f"{name}{l}": getattr(v, name)[l] for name in "Wb" for l in (1, 2, 3)}
    at |= {f"{name}{l}": np.zeros((m, WIDTHS[l])) for name in "za" for l in (1, 2, 3)}
    slopes = autograd.grad(cost_again)(at, v.X, v.Y)
    for name in "Wbza":
        setattr(v, f"d{name}", {l: slopes[f"{name}{l}"] for l in (1, 2, 3)})
    v.same = close
    return v


@cache
def by_symbols():
    """All slopes of a small network by SymPy, activations and cost being any functions."""
    widths, v = (2, 3, 2), SimpleNamespace(L=2, same=same)
    v.W = {l: symbols(f"w{l}", widths[l], widths[l - 1]) for l in (1, 2)}
    v.b, move_z, move_a = ({l: symbols(f"{name}{l}", widths[l]) for l in (1, 2)} for name in ("b", "s", "t"))
    v.a, v.z = {0: symbols("x", 2)}, {}
    for l in (1, 2):
        v.z[l] = v.W[l] @ v.a[l - 1] + v.b[l] + move_z[l]
        v.a[l] = np.array([unknown(f"f{l}")(z) for z in v.z[l]]) + move_a[l]
    C = unknown("C")(*v.a[2])
    still = dict.fromkeys([s for move in (move_z, move_a) for l in (1, 2) for s in move[l]], 0)

    def at_rest(arrays):
        return {l: np.array([e.xreplace(still) for e in array]) for l, array in arrays.items()}

    for name, arrays in (("dW", v.W), ("db", v.b), ("dz", move_z), ("da", move_a)):
        slopes = {
            l: np.array([C.diff(s).xreplace(still) for s in array.flat]).reshape(array.shape)
            for l, array in arrays.items()
        }
        setattr(v, name, slopes)
    v.a, v.z = at_rest(v.a), at_rest(v.z)
    v.slope = {l: np.vectorize(sp.Function(f"f{l}_1"), otypes=[object]) for l in (1, 2)}
    return v


@cache
def one_sample():
    """One sample, three ways; the arrays of the sample are vectors."""
    ways = [SimpleNamespace(**vars(way)) for way in (by_autograd(1), by_differences(1), by_symbols())]
    for v in ways[:2]:
        for name in ("a", "z", "da", "dz"):
            setattr(v, name, {l: array[0] for l, array in getattr(v, name).items()})
    return ways


@equation(
    "eq-bp-forward",
    r"""z_j^{[l]} = \sum_{k} w_{jk}^{[l]}\, a_k^{[l-1]} + b_j^{[l]}, \qquad
    a_j^{[l]} = f_l \bigl( z_j^{[l]} \bigr) ,""",
    kind="numerical",
)
def _(
    sums=lambda w, a, b, l, j: sum(w[l][j, k] * a[l - 1][k] for k in range(len(a[l - 1]))) + b[l][j],
    values=lambda f, z, l, j: f[l](z[l][j]),
):
    v = one_sample()[0]
    for l in (1, 2, 3):
        for j in range(WIDTHS[l]):
            assert close(sums(v.W, v.a, v.b, l, j), v.z[l][j])
            assert close(values(AGAIN, v.z, l, j), v.a[l][j])


# The partial derivative by its own definition, a quotient, is what nnlib and autograd compute.
@equation("eq-bp-delta", r"\delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}} .", kind="numerical")
def _(claim=lambda C, z, e, h: (C(z + h * e) - C(z - h * e)) / (2 * h)):
    v = network(1)
    v.net.backward(v.net.forward(v.X), v.Y)
    for l in (1, 2, 3):
        for j, e in enumerate(np.eye(WIDTHS[l])):
            measured = claim(lambda z, l=l: from_layer(v.net, 2 * l - 1, z, v.Y), v.z[l], e, 1e-5)
            v.net.backward(v.net.forward(v.X), v.Y)
            assert close(measured, v.dense[l].dZ[0, j], 1e-8)
            assert close(measured, by_autograd(1).dz[l][0, j], 1e-8)


@equation(
    "eq-bp1",
    r"""\delta_j^{[L]} = f_L' \bigl( z_j^{[L]} \bigr)\, \frac{\partial C}{\partial a_j^{[L]}}""",
)
def _(claim=lambda slope, z, dC_da, L, j: slope[L](z[L][j]) * dC_da[L][j]):
    for v in one_sample():
        for j in range(len(v.z[v.L])):
            assert v.same(claim(v.slope, v.z, v.da, v.L, j), v.dz[v.L][j])


@equation(
    "eq-bp2",
    r"""\delta_k^{[l-1]} = f_{l-1}' \bigl( z_k^{[l-1]} \bigr) \sum_{j} w_{jk}^{[l]}\, \delta_j^{[l]}""",
)
def _(
    claim=lambda slope, z, w, delta, l, k: (
        slope[l - 1](z[l - 1][k]) * sum(w[l][j, k] * delta[l][j] for j in range(len(delta[l])))
    ),
):
    for v in one_sample():
        for l in range(v.L, 1, -1):
            for k in range(len(v.z[l - 1])):
                assert v.same(claim(v.slope, v.z, v.W, v.dz, l, k), v.dz[l - 1][k])


@equation("eq-bp3", r"\frac{\partial C}{\partial w_{jk}^{[l]}} = \delta_j^{[l]}\, a_k^{[l-1]}")
def _(claim=lambda delta, a, l, j, k: delta[l][j] * a[l - 1][k]):
    for v in one_sample():
        for l in range(1, v.L + 1):
            for j, k in np.ndindex(v.W[l].shape):
                assert v.same(claim(v.dz, v.a, l, j, k), v.dW[l][j, k])


@equation("eq-bp4", r"\frac{\partial C}{\partial b_j^{[l]}} = \delta_j^{[l]}")
def _(difference=lambda dC_db, delta, l, j: dC_db[l][j] - delta[l][j]):
    for v in one_sample():
        for l in range(1, v.L + 1):
            for j in range(len(v.b[l])):
                assert v.same(difference(v.db, v.dz, l, j), 0)


@equation(
    "eq-bp-matrix",
    r"""\begin{aligned}
    \delta^{[L]} &= f_L'(z^{[L]}) \odot \nabla_{\!a} C, &
    \delta^{[l-1]} &= f_{l-1}'(z^{[l-1]}) \odot \bigl( W^{[l]\top} \delta^{[l]} \bigr), \\
    \frac{\partial C}{\partial W^{[l]}} &= \delta^{[l]}\, a^{[l-1]\top}, &
    \frac{\partial C}{\partial b^{[l]}} &= \delta^{[l]} .
    \end{aligned}""",
)
def _(
    end=lambda slope, z, dC_da, L: slope[L](z[L]) * dC_da[L],
    back=lambda slope, z, W, delta, l: slope[l - 1](z[l - 1]) * (W[l].T @ delta[l]),
    weights=lambda delta, a, l: delta[l] @ a[l - 1].T,
    biases=lambda dC_db, delta, l: dC_db[l] - delta[l],
):
    for v in one_sample():
        a, z, da, delta, db = (
            {l: vector[:, None] for l, vector in vectors.items()} for vectors in (v.a, v.z, v.da, v.dz, v.db)
        )
        assert v.same(end(v.slope, z, da, v.L), delta[v.L])
        for l in range(v.L, 0, -1):
            assert v.same(weights(delta, a, l), v.dW[l])
            assert v.same(biases(db, delta, l), np.zeros((len(v.b[l]), 1)))
            if l > 1:
                assert v.same(back(v.slope, z, v.W, delta, l), delta[l - 1])


@equation(
    "eq-bp-average",
    r"""C = \frac1m \sum_{i=1}^{m} J_i
    \quad\Longrightarrow\quad
    \frac{\partial C}{\partial w_{jk}^{[l]}}
    = \frac1m \sum_{i=1}^{m} \frac{\partial J_i}{\partial w_{jk}^{[l]}} .""",
    kind="numerical",
)
def _(
    cost=lambda J, m: 1 / m * sum(J[i] for i in range(m)),
    slope=lambda dJ, m, l, j, k: 1 / m * sum(dJ[i][l][j, k] for i in range(m)),
):
    v, alone = by_autograd(4), losses_alone()
    assert close(cost([J for J, _ in alone], 4), v.net.evaluate(v.X, v.Y))
    for whole in (v, by_differences(4)):
        for l in (1, 2, 3):
            for j, k in np.ndindex(v.W[l].shape):
                assert close(slope([dJ for _, dJ in alone], 4, l, j, k), whole.dW[l][j, k], 1e-8)


@cache
def losses_alone():
    """Loss of each of four samples and its slopes by nnlib, one sample at a time."""
    v, alone = network(4), []
    for i in range(4):
        J = v.net.backward(v.net.forward(v.X[i : i + 1]), v.Y[i : i + 1])
        alone.append((J, {l: layer.dW.copy() for l, layer in v.dense.items()}))
    return alone


@equation(
    "eq-bp-batch",
    r"""\begin{aligned}
    dA^{[l-1]} &= dZ^{[l]}\, W^{[l]}, &
    dZ^{[l-1]} &= dA^{[l-1]} \odot f_{l-1}'(Z^{[l-1]}), \\
    dW^{[l]} &= dZ^{[l]\top} A^{[l-1]}, &
    db^{[l]} &= \text{the sum of the rows of } dZ^{[l]} .
    \end{aligned}""",
    kind="numerical",
)
def _(
    dA=lambda dZ, W, l: dZ[l] @ W[l],
    dZ=lambda dA, slope, Z, l: dA[l - 1] * slope[l - 1](Z[l - 1]),
    dW=lambda dZ, A, l: dZ[l].T @ A[l - 1],
    db=lambda dZ, l: dZ[l].sum(axis=0),
):
    for v in (by_autograd(4), by_differences(4)):
        v.net.backward(v.net.forward(v.X), v.Y)
        for l in (1, 2, 3):
            assert v.same(dW(v.dz, v.a, l), v.dW[l])
            assert v.same(db(v.dz, l), v.db[l])
            assert v.same(v.dense[l].dW, v.dW[l])
            assert v.same(v.dense[l].db, v.db[l])
            assert v.same(v.dense[l].dZ, v.dz[l])
            if l > 1:
                assert v.same(dA(v.dz, v.W, l), v.da[l - 1])
                assert v.same(dZ(v.da, v.slope, v.z, l), v.dz[l - 1])


@equation(
    "eq-bp-nabla",
    r"""\nabla C = \left( \frac{\partial C}{\partial W^{[1]}}, \frac{\partial C}{\partial b^{[1]}}, \dots,
    \frac{\partial C}{\partial W^{[L]}}, \frac{\partial C}{\partial b^{[L]}} \right) \in \mathbb{R}^N,""",
    kind="numerical",
)
def _(
    claim=lambda dW, db, L: np.concatenate([part[l].ravel() for l in range(1, L + 1) for part in (dW, db)]),
    size=lambda n, L: sum(n[l] * (n[l - 1] + 1) for l in range(1, L + 1)),  # N, in the line below
):
    v = by_autograd(4)
    v.net.backward(v.net.forward(v.X), v.Y)
    assert close(claim(v.dW, v.db, 3), v.net.grads)
    assert v.net.grads.shape == v.net.params.shape == (size(WIDTHS, 3),)


# The last layer


@equation(
    "eq-bp-softmax",
    r"""\frac{\partial J}{\partial z_j}
    = \sum_i \left( - \frac{y_i}{p_i} \right) p_i \bigl( \mathbb{1}_{i = j} - p_j \bigr)
    = - y_j + p_j \sum_i y_i
    = p_j - y_j .""",
)
def _(
    first=lambda y, p, j: sum((-y[i] / p[i]) * p[i] * (int(i == j) - p[j]) for i in range(len(p))),
    second=lambda y, p, j: -y[j] + p[j] * sum(y[i] for i in range(len(y))),
    third=lambda y, p, j: p[j] - y[j],
):
    # With numbers: differences of nnlib's cost, its gradient, and autograd.
    Z, Y = random(1, 4, seed=21), np.array([[0.1, 0.2, 0.3, 0.4]])
    cost, chances = nn.CategoricalCrossEntropy(), nn.Softmax()(Z[0])
    right = cost.gradient(Z, Y)[0]
    assert close(gradient(lambda Z: cost.value(Z, Y), Z)[0], right, 1e-8)
    automatic = autograd.grad(lambda z: -anp.sum(Y[0] * anp.log(anp.exp(z) / anp.sum(anp.exp(z)))))
    assert close(automatic(Z[0]), right)
    for member in (first, second, third):
        assert close([member(Y[0], chances, j) for j in range(4)], right)
    # With symbols: in terms of e = exp(z) all is rational, and the slope along z is e times that along e.
    e, y = sp.symbols("e_0:3", positive=True), sp.symbols("y_0:3", positive=True)
    p = [v / sum(e) for v in e]
    J = -sum(target * sp.log(v) for target, v in zip(y, p, strict=True))
    rest = {y[2]: 1 - y[0] - y[1]}  # the targets of a sample add up to 1
    for j in range(3):
        slope = e[j] * J.diff(e[j])
        assert vanishes(sp.numer(sp.together(first(y, p, j) - slope)))
        assert vanishes(sp.numer(sp.together(second(y, p, j) - slope)))
        assert vanishes(sp.numer(sp.together((third(y, p, j) - slope).subs(rest))))


@equation(
    "eq-bp-bce",
    r"""\frac{\partial J}{\partial z}
    = \left( - \frac{y}{\hat y} + \frac{1 - y}{1 - \hat y} \right) \hat y (1 - \hat y)
    = - y (1 - \hat y) + (1 - y)\, \hat y
    = \hat y - y .""",
)
def _(
    first=lambda y, p: (-y / p + (1 - y) / (1 - p)) * p * (1 - p),
    second=lambda y, p: -y * (1 - p) + (1 - y) * p,
    third=lambda y, p: p - y,
):
    cost = nn.BinaryCrossEntropy()
    for z, target in ((0.7, 0.0), (-1.3, 1.0), (0.4, 0.3)):
        Z, Y = np.array([[z]]), np.array([[target]])
        right = cost.gradient(Z, Y)[0, 0]
        assert close(gradient(lambda Z, Y=Y: cost.value(Z, Y), Z)[0, 0], right, 1e-8)
        for member in (first, second, third):
            assert close(member(target, nn.Sigmoid()(z)), right)
    e, y = sp.symbols("e y", positive=True)
    p = e / (1 + e)  # the sigmoid, e being exp(z)
    slope = e * (-y * sp.log(p) - (1 - y) * sp.log(1 - p)).diff(e)
    for member in (first, second, third):
        assert vanishes(sp.numer(sp.together(member(y, p) - slope)))


@equation(
    "eq-bp-222",
    r"""\begin{aligned}
    W^{[1]} &= \begin{pmatrix} 0.1 & 0.2 \\ -0.3 & 0.4 \end{pmatrix}, &
    b^{[1]} &= \begin{pmatrix} 0 \\ -0.8 \end{pmatrix}, \\
    W^{[2]} &= \begin{pmatrix} 0.6 & -0.5 \\ -0.2 & 0.4 \end{pmatrix}, &
    b^{[2]} &= \begin{pmatrix} 0.1 \\ 0 \end{pmatrix} .
    \end{aligned}""",
    kind="numerical",
)
def _(
    first=lambda: ([[0.1, 0.2], [-0.3, 0.4]], [0, -0.8]),
    second=lambda: ([[0.6, -0.5], [-0.2, 0.4]], [0.1, 0]),
):
    net = nn.Network([nn.Dense(2, 2), nn.Tanh(), nn.Dense(2, 2)], nn.CategoricalCrossEntropy())
    for layer, (W, b) in ((net.layers[0], first()), (net.layers[2], second())):
        layer.W[:], layer.b[:] = W, b
    _, z, a, scores = (A[0] for A in net.trace([[1, 2]]))
    J = net.backward(net.forward(np.array([[1.0, 2.0]])), np.array([[0.0, 1.0]]))
    # What the page makes of them.
    assert close(z, [0.5, -0.3])
    assert a.round(4).tolist() == [0.4621, -0.2913]
    assert scores.round(4).tolist() == [0.5229, -0.2089]
    assert nn.Softmax()(scores).round(4).tolist() == [0.6752, 0.3248]
    assert round(J, 4) == 1.1246
    assert net.layers[2].dW.round(4).tolist() == [[0.3120, -0.1967], [-0.3120, 0.1967]]
    assert net.layers[2].db.round(4).tolist() == [0.6752, -0.6752]
    assert net.layers[0].dW.round(4).tolist() == [[0.4248, 0.8496], [-0.5561, -1.1122]]
    assert net.layers[0].db.round(4).tolist() == [0.4248, -0.5561]


# Gradient checking


@cache
def taylor(imaginary):
    """Any polynomial f of degree 7, around x = 0, with its derivatives there; and f(ih) if asked."""
    h, d = sp.Symbol("h", real=True), sp.symbols("d_0:8", real=True)  # d[k] is the k-th derivative

    def f(step):
        return sum(d[k] * step**k / sp.factorial(k) for k in range(8))

    return h, d, f, sp.expand(f(sp.I * h)) if imaginary else None


@equation(
    "eq-central-difference",
    r"\frac{f(x + h) - f(x - h)}{2h} = f'(x) + \frac{h^2}{6} f^{(3)}(x) + O(h^4) .",
)
def _(
    quotient=lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
    series=lambda slope, third, h: slope + h**2 / 6 * third,
    order=lambda: 4,
):
    h, d, f, _ = taylor(False)
    rest = sp.Poly(sp.expand(quotient(f, 0, h) - series(d[1], d[3], h)), h)
    assert min(power for (power,), _ in rest.terms()) == order()  # h⁴ and not less; no more either
    for step in (0.1, 0.01):
        at = np.array([0.4])
        by_nnlib = nn.gradients.central_difference(lambda v: np.sin(3 * v[0]), at, step)[0]
        assert close(quotient(lambda v: np.sin(3 * v), 0.4, step), by_nnlib, 1e-9)
        cut = series(3 * np.cos(1.2), -27 * np.cos(1.2), step)
        assert abs(by_nnlib - cut) < 3 * step ** order()


@equation("eq-bp-v", r"E(h) \approx \frac{u\, |f|}{h} + \frac{h^2}{6} |f^{(3)}| .", kind="numerical")
def _(claim=lambda u, f, third, h: u * abs(f) / h + h**2 / 6 * abs(third)):
    # A machine that rounds to 12 digits, at its worst; and real numbers of 40 digits to see what is lost.
    with mpmath.workdps(40):
        u, x = mpmath.mpf("1e-12"), mpmath.mpf("0.7")
        for f, slope, third in (
            (lambda v: 3 + mpmath.sin(2 * v), 2 * mpmath.cos(2 * x), -8 * mpmath.cos(2 * x)),
            (lambda v: -5 - 4 * mpmath.exp(v), -4 * mpmath.exp(x), -4 * mpmath.exp(x)),
        ):
            for h in map(mpmath.mpf, ("2e-5", "1e-4", "5e-4")):
                worst = max(
                    abs((f(x + h) * (1 + up * u) - f(x - h) * (1 + down * u)) / (2 * h) - slope)
                    for up, down in product((-1, 1), repeat=2)
                )
                assert abs(claim(u, f(x), third, h) / worst - 1) < 1e-5


@equation(
    "eq-bp-best-step",
    r"""h_* = \left( \frac{3 u\, |f|}{|f^{(3)}|} \right)^{1/3} , \qquad
    E(h_*) = \frac{3}{2}\, \frac{u\, |f|}{h_*} .""",
)
def _(
    best=lambda u, f, third: (3 * u * abs(f) / abs(third)) ** sp.Rational(1, 3),
    least=lambda u, f, best: sp.Rational(3, 2) * u * abs(f) / best,
):
    u, f, third, h = sp.symbols("u f third h", positive=True)
    E = u * f / h + h**2 / 6 * third
    # The example of the page: about 7e-6 and 2e-11.
    step = float(best(2.0**-53, 1, 1))
    assert 6.5e-6 < step < 7.5e-6
    assert 1.5e-11 < least(2.0**-53, 1, step) < 2.5e-11
    at = best(u, -f, -third)  # the signs do not matter
    assert sp.simplify(E.diff(h).subs(h, at)) == 0
    assert sp.simplify(E.diff(h, 2).subs(h, at)).is_positive
    assert sp.simplify(E.subs(h, at) - least(u, -f, at)) == 0


@equation(
    "eq-complex-step",
    r"""\begin{aligned}
    f(x + i h) &= f + i h f' - \frac{h^2}{2} f'' - \frac{i h^3}{6} f^{(3)} + \dots \\
    \Longrightarrow\quad
    \frac{\operatorname{Im} f(x + i h)}{h} &= f'(x) - \frac{h^2}{6} f^{(3)}(x) + O(h^4) .
    \end{aligned}""",
)
def _(
    expansion=lambda i, h, f, d1, d2, d3: f + i * h * d1 - h**2 / 2 * d2 - i * h**3 / 6 * d3,
    quotient=lambda f, x, i, h: sp.im(f(x + i * h)) / h,
    series=lambda slope, third, h: slope - h**2 / 6 * third,
    order=lambda: 4,
):
    h, d, f, moved = taylor(True)
    powers = sp.Poly(sp.expand(moved - expansion(sp.I, h, *d[:4])), h)
    assert min(power for (power,), _ in powers.terms()) == 4  # the dots begin there
    exact = sp.expand(sum(d[k] * sp.im(sp.I**k) * h ** (k - 1) / sp.factorial(k) for k in range(8)))
    assert vanishes(quotient(lambda v: sp.expand(f(v)), 0, sp.I, h) - exact)
    rest = sp.Poly(sp.expand(exact - series(d[1], d[3], h)), h)
    assert min(power for (power,), _ in rest.terms()) == order()
    for step in (0.1, 0.01):
        by_nnlib = nn.gradients.complex_step(lambda v: np.sin(3 * v[0]), [0.4], step)[0]
        cut = series(3 * np.cos(1.2), -27 * np.cos(1.2), step)
        assert abs(by_nnlib - cut) < 3 * step ** order()
        assert close(float(quotient(lambda v: sp.sin(3 * v), 0.4, sp.I, step)), by_nnlib)


@equation(
    "eq-bp-relative",
    r"""\text{relative error}
    = \frac{\lVert g - \tilde g \rVert}{\lVert g \rVert + \lVert \tilde g \rVert} ,""",
    kind="numerical",
)
def _(claim=lambda g, other: norm(g - other) / (norm(g) + norm(other))):
    g = random(7, seed=31)
    for factor in (0.2, 1.0, 3.5, 32.0):  # a gradient that is too long by a factor, as in the exercise
        assert close(claim(factor * g, g), abs(factor - 1) / (factor + 1))
        assert close(claim(-factor * g, g), 1.0)  # a wrong sign: the largest value there is
    across = random(7, seed=32)
    across *= norm(g) / norm(across)
    across -= dot(across, g) / dot(g, g) * g
    across *= norm(g) / norm(across)
    assert close(claim(g, across), np.sqrt(0.5))  # as long, and at a right angle


# The price


class Counted:
    """A number that counts what is done with it."""

    operations = 0

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        Counted.operations += 1
        return Counted(self.value + other.value)

    def __mul__(self, other):
        Counted.operations += 1
        return Counted(self.value * other.value)


@equation(
    "eq-bp-flops",
    r"\text{operations}\bigl( (p, q) \cdot (q, r) \bigr) = 2\, p\, q\, r .",
    kind="numerical",
)
def _(claim=lambda p, q, r: 2 * p * q * r):
    for p, q, r in ((2, 3, 5), (4, 2, 3), (3, 5, 2)):
        A, B = random(p, q), random(q, r, seed=1)
        Counted.operations = 0
        C = [
            [sum((Counted(A[i, j]) * Counted(B[j, k]) for j in range(q)), Counted(0)).value for k in range(r)]
            for i in range(p)
        ]
        assert close(C, A @ B)
        assert Counted.operations == claim(p, q, r)


class CountingNumPy:
    """NumPy, which counts the operations of its matrix products."""

    operations = 0

    def __getattr__(self, name):
        return getattr(np, name)

    def matmul(self, A, B, out=None):
        self.operations += 2 * A.shape[0] * A.shape[1] * B.shape[1]
        return np.matmul(A, B, out=out)


@cache
def counted(m, widths):
    """Operations of nnlib's passes, forward and backward."""
    layers = [part for ends in pairwise(widths) for part in (nn.Dense(*ends), nn.Tanh())]
    net = nn.Network(layers, nn.MeanSquaredError())
    with mock.patch.object(nnlib.layers, "np", CountingNumPy()) as counter:
        Z = net.forward(random(m, widths[0]))
        forward = counter.operations
        net.backward(Z, 0 * Z)
    return forward, counter.operations - forward


@equation(
    "eq-bp-ratio",
    r"""\frac{\text{backward}}{\text{forward}}
    = \frac{\sum_{l=1}^{L} 2 \cdot 2 m\, n_{l-1} n_l - 2 m\, n_0 n_1}{\sum_{l=1}^{L} 2 m\, n_{l-1} n_l}
    = 2 - \frac{n_0 n_1}{\sum_{l=1}^{L} n_{l-1} n_l} < 2 .""",
    kind="numerical",
)
def _(
    backward=lambda m, n, L: sum(2 * 2 * m * n[l - 1] * n[l] for l in range(1, L + 1)) - 2 * m * n[0] * n[1],
    forward=lambda m, n, L: sum(2 * m * n[l - 1] * n[l] for l in range(1, L + 1)),
    quotient=lambda backward, forward: backward / forward,
    last=lambda n, L: 2 - n[0] * n[1] / sum(n[l - 1] * n[l] for l in range(1, L + 1)),
    bound=lambda ratio: ratio < 2,
):
    for m, n in ((6, (5, 7, 3, 4, 2)), (3, (4, 9, 2)), (5, (3, 8))):
        L, (there, back) = len(n) - 1, counted(m, n)
        assert forward(m, n, L) == there
        assert backward(m, n, L) == back
        assert close(quotient(backward(m, n, L), forward(m, n, L)), back / there)
        assert close(last(n, L), back / there)
        assert bound(back / there)
    # No smaller bound would do: with many layers the ratio comes near 2; a first layer of no width meets it.
    assert last((6,) * 2001, 2000) > 1.999
    assert not bound(last((0, 4, 3), 2))


@cache
def jacobians():
    """Widths; slopes of a loss at the last pre-activations, a row; Jacobians; slopes at the first, twice."""
    widths, f = (4, 3, 5, 2), anp.tanh  # n_1 to n_4
    W = {l: random(widths[l - 1], widths[l - 2], seed=40 + l) for l in (2, 3, 4)}
    steps = {l: lambda z, l=l: W[l] @ f(z) + 0.1 * l for l in W}
    z = {1: random(4, seed=47)}
    for l in (2, 3, 4):
        z[l] = steps[l](z[l - 1])

    def loss(z):
        return anp.log(anp.sum(anp.exp(z))) - z[1]

    M = {l: autograd.jacobian(steps[l])(z[l - 1]) for l in W}
    return (
        dict(enumerate(widths, 1)),
        autograd.grad(loss)(z[4])[None, :],
        M,
        gradient(lambda v: loss(steps[4](steps[3](steps[2](v)))), z[1]),
        autograd.grad(lambda v: loss(steps[4](steps[3](steps[2](v)))))(z[1]),
    )


@equation(
    "eq-bp-order",
    r"""\underbrace{\nabla_{\!z}^{\top} J}_{1 \times n_L} \cdot
    \underbrace{M_L}_{n_L \times n_{L-1}} \cdot \underbrace{M_{L-1}}_{n_{L-1} \times n_{L-2}} \cdots
    \underbrace{M_2}_{n_2 \times n_1} .""",
    kind="numerical",
)
def _(
    claim=lambda row, M, L: row @ M[L] @ M[L - 1] @ M[2],
    shapes=lambda n, L: [(1, n[L]), (n[L], n[L - 1]), (n[L - 1], n[L - 2]), (n[2], n[1])],
):
    n, row, M, measured, automatic = jacobians()
    assert [row.shape, M[4].shape, M[3].shape, M[2].shape] == shapes(n, 4)
    assert close(claim(row, M, 4)[0], automatic)
    assert close(claim(row, M, 4)[0], measured, 1e-8)


# Gradients that vanish, gradients that explode


@equation(
    "eq-bp-bound",
    r"""\lVert \delta^{[l-1]} \rVert \le \max |f'| \cdot \lVert W^{[l]} \rVert_2 \cdot
    \lVert \delta^{[l]} \rVert .""",
    kind="numerical",
)
def _(claim=lambda steepest, W, delta: steepest * norm(W, 2) * norm(delta)):
    W, f = 3 * random(5, 4, seed=51), nn.Sigmoid()
    steepest = f.derivative(np.linspace(-5, 5, 1001)).max()
    assert close(steepest, 0.25)

    def back(z, delta):
        """One layer back, by nnlib."""
        f.forward(z[None, :])
        return f.backward(delta[None, :] @ W)[0]

    for z, delta in zip(random(50, 4, seed=52), random(50, 5, seed=53), strict=True):
        assert norm(back(z, delta)) <= claim(steepest, W, delta)
    # Attained: every unit at its steepest, and the vector that W stretches most.
    values, vectors = np.linalg.eigh(W @ W.T)
    delta = 1.7 * vectors[:, values.argmax()]
    assert close(norm(back(np.zeros(4), delta)), claim(steepest, W, delta))


@equation(
    "eq-bp-variance",
    r"""\mathbb{E} \bigl[ (\delta_k^{[l-1]})^2 \bigr]
    = \underbrace{n_l \operatorname{Var}(w)\; \mathbb{E} \bigl[ f'(z)^2 \bigr]}_{\chi} \;
    \mathbb{E} \bigl[ (\delta_j^{[l]})^2 \bigr] .""",
    kind="numerical",
)
def _(
    chi=lambda n, variance, slopes: n * variance * slopes,
    claim=lambda chi, deltas: chi * deltas,
):
    # All the cases, with their probabilities: weights of mean 0; slopes; and vectors δ whose entries depend
    # on each other. Weights, slope and δ are independent, the slope f' of δ too: without that it is wrong.
    weights, slopes = {-1.0: 0.6, 1.5: 0.4}, {0.2: 0.3, 0.9: 0.7}
    deltas = dict.fromkeys([(0.5, -2.0, 1.3), (-2.0, 1.3, 0.5), (1.3, 0.5, -2.0)], 1 / 3)
    n, mean = 3, 0.0
    for w in product(weights, repeat=n):
        for slope, delta in product(slopes, deltas):
            chance = prod(weights[v] for v in w) * slopes[slope] * deltas[delta]
            mean += chance * (slope * np.dot(w, delta)) ** 2
    variance = sum(chance * w**2 for w, chance in weights.items())
    slope_square = sum(chance * slope**2 for slope, chance in slopes.items())
    delta_square = sum(chance * delta[0] ** 2 for delta, chance in deltas.items())  # as for the others
    factor = chi(n, variance, slope_square)
    assert close(claim(factor, delta_square), mean)
    assert close(factor, mean / delta_square)
