"""Checks of the equations in 08-from-nnlib-to-pytorch.

What an equation says of PyTorch's own behaviour is compared with PyTorch where that is installed, and with
nnlib or NumPy in any case: each mistake must be noticed without PyTorch, too.
"""

from fractions import Fraction
from functools import cache
from itertools import accumulate, combinations, pairwise, product
from math import comb, exp, fsum, prod, sqrt
from statistics import fmean, pvariance
from types import SimpleNamespace

import autograd
import numpy as np
import sympy as sp
from autograd import numpy as anp
from registry import equation
from scipy.signal import correlate2d

import nnlib as nn
from tools import close, gradient, identical, random

U, N, ETA, LAM, MU, RHO = sp.symbols("u n eta lambda mu rho", positive=True)


@cache
def pytorch():
    """PyTorch, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    return torch


def network(layers):
    """A network of nnlib with random parameters, biases too."""
    net = nn.Network(layers, nn.MeanSquaredError())
    net.params[:] = random(net.n_parameters, seed=9)
    return net


def column(*entries):
    """A vector of SymPy."""
    return sp.Matrix(entries)


def same_entries(left, right):
    """Are two matrices of polynomials equal, entry by entry?"""
    return left.shape == right.shape and all(sp.expand(entry) == 0 for entry in left - right)


# Automatic differentiation


@equation("eq-torch-vjp", r"\bar u \;\mathrel{+}=\; J_g^\top\, \bar v .")
def _(claim=lambda bar_u, J, bar_v: bar_u + J.T @ bar_v):
    # By algebra: u feeds two nodes, v = g(u) and w = h(u), and each adds its part to what is there.
    u, v, w = (sp.symbols(f"{name}:{n}") for name, n in (("u", 3), ("v", 4), ("w", 2)))
    g = column(u[0] ** 2 * u[1], u[1] * u[2], u[0] + 3 * u[2] ** 3, u[0] * u[2])
    h = column(u[0] * u[1] * u[2], u[1] ** 2 - u[0])
    C = v[0] * v[1] + v[2] ** 2 * w[0] - 2 * v[3] * w[1]
    here = dict(zip((*v, *w), (*g, *h), strict=True))
    bar_u = sp.zeros(3, 1)
    for node, names in ((g, v), (h, w)):
        bar_u = claim(bar_u, node.jacobian(u), column(*(C.diff(name).subs(here) for name in names)))
    assert same_entries(bar_u, column(*(C.subs(here).diff(name) for name in u)))

    # By numbers: for Dense, whose Jacobian is W, and tanh; and by differences.
    net = network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)])
    x, Y = random(1, 3, seed=1), random(1, 2, seed=2)
    Z = net.forward(x)
    first, tanh, last = net.layers
    bar_a = claim(np.zeros(4), last.W, net.cost.gradient(Z, Y)[0])
    bar_z = claim(np.zeros(4), np.diag(1 - tanh.A[0] ** 2), bar_a)
    net.backward(Z, Y)
    assert close(bar_z, first.db)
    bar_x = gradient(lambda x: net.cost.value(net.forward(x), Y), x)
    assert close(claim(random(3), first.W, bar_z), random(3) + bar_x[0], tolerance=1e-8)


@equation(
    "eq-torch-accumulate", r"\texttt{theta.grad} \;\leftarrow\; \texttt{theta.grad} + \nabla C .", "numerical"
)
def _(claim=lambda grad, slope: grad + slope):
    # What the sum is for: a batch worked off in parts. Costs are averages, so each part has its share.
    net = network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)])
    X, Y = random(10, 3, seed=1), random(10, 2, seed=2)
    grad = np.zeros(net.n_parameters)
    for part in (slice(0, 3), slice(3, 10)):
        net.backward(net.forward(X[part]), Y[part])
        grad = claim(grad, net.grads * len(X[part]) / 10)
    net.backward(net.forward(X), Y)
    assert close(grad, net.grads)

    # Two passes through (x + y) z.
    point = np.array([-2.0, 5.0, -4.0])
    slope = autograd.grad(lambda p: (p[0] + p[1]) * p[2])(point)
    assert close(slope, [-4, -4, 3])
    twice = claim(claim(np.zeros(3), slope), slope)
    assert close(twice, [-8, -8, 6])
    if torch := pytorch():
        theta = torch.tensor(point, requires_grad=True)
        for _ in range(2):
            ((theta[0] + theta[1]) * theta[2]).backward()
        assert close(twice, theta.grad.numpy())


@equation("eq-torch-linear", r"Z = A\, W^\top + b ,", "numerical")
def _(claim=lambda A, W, b: A @ W.T + b):
    net = network([nn.Dense(3, 2)])
    A, layer = random(5, 3, seed=1), net.layers[0]
    assert layer.W.shape == (2, 3)
    assert close(claim(A, layer.W, layer.b), net.forward(A))
    by_sample = [[fsum([*(layer.W[j] * a), layer.b[j]]) for j in range(2)] for a in A]
    assert close(claim(A, layer.W, layer.b), by_sample)
    if torch := pytorch():
        theirs = torch.nn.functional.linear(*(torch.tensor(v) for v in (A, layer.W, layer.b)))
        assert close(claim(A, layer.W, layer.b), theirs.numpy())


# Rounding


@equation(
    "eq-torch-sum",
    r"""\Bigl| \operatorname{fl}\Bigl(\sum_{i=1}^{n} x_i\Bigr) - \sum_{i=1}^{n} x_i \Bigr|
    \;\le\; \gamma_{n-1} \sum_{i=1}^{n} |x_i| ,
    \qquad \gamma_k = \frac{k\,u}{1 - k\,u} ,""",
    "numerical",
)
def _(
    bound=lambda x, u, gamma: gamma(len(x) - 1, u) * sum(abs(x)),
    gamma=lambda k, u: k * u / (1 - k * u),
):
    # γ is the geometric series that is put above the binomial one, term by term.
    for k in (1, 4):
        powers = sp.series(gamma(k, U), U, 0, 6).removeO()
        assert sp.expand(powers - sum(k**j * U**j for j in range(1, 6))) == 0
        assert all(comb(k, j) <= k**j for j in range(1, 6))
        assert gamma(k, Fraction(1, 2048)) - ((1 + Fraction(1, 2048)) ** k - 1) >= 0

    # Numbers of 16 bits, in every order that there is; their sum is exact in 64.
    u, x = 2.0**-11, random(5, seed=4).astype(np.float16)
    found = {abs(float(total) - fsum(x)) for total in totals(x)}
    assert len(found) > 3
    assert max(found) <= bound(x.astype(float), u, gamma)
    # Nearly reached: each term is half of the last digit, and is lost. Two terms are the least that rounds.
    for n in (2, 6):
        x = 4 * np.array([1.0] + [u] * (n - 1))
        *_, total = accumulate(x.astype(np.float16))
        most = bound(x, u, gamma)
        assert 0.99 * most < fsum(x) - float(total) <= most


def totals(terms):
    """All the sums that rounding can make of some numbers: any two are added first, and so on."""
    if len(terms) == 1:
        yield terms[0]
    for i, j in combinations(range(len(terms)), 2):
        yield from totals([*np.delete(terms, [i, j]), terms[i] + terms[j]])


@equation("eq-torch-drift", r"e_{k+1} = (I - \eta H_k)\, e_k + r_k .")
def _(claim=lambda eta, H, e, r: (sp.eye(2) - eta * H) @ e + r):
    theta, e, r, C, H = polynomial_cost()
    slope = column(*(C.diff(name) for name in theta))
    moved = dict(zip(theta, (theta[0] + e[0], theta[1] + e[1]), strict=True))
    other = column(*theta) + e - ETA * slope.subs(moved, simultaneous=True) + r
    assert same_entries(claim(ETA, H, e, r), other - (column(*theta) - ETA * slope))


@cache
def polynomial_cost():
    """A point, a difference, a rounding, a cost, and its Hessian averaged on the way."""
    theta, e, r = (sp.symbols(f"{name}:2") for name in ("theta", "e", "r"))
    C = theta[0] ** 4 + 3 * theta[0] ** 2 * theta[1] - theta[0] * theta[1] ** 3 + 2 * theta[1] ** 2
    t = sp.Symbol("t")
    on_the_way = {theta[i]: theta[i] + t * e[i] for i in range(2)}
    H = sp.hessian(C, theta).subs(on_the_way, simultaneous=True)
    return theta, column(*e), column(*r), C, H.applyfunc(lambda h: sp.integrate(sp.expand(h), (t, 0, 1)))


@equation(
    "eq-torch-growth",
    r"""\lVert e_k \rVert \;\le\; \rho\, (1 + q + \dots + q^{k-1}) =
    \begin{cases}
    k\, \rho & \text{if } q = 1, \\[2pt]
    \dfrac{q^k - 1}{q - 1}\, \rho & \text{if } q \ne 1 .
    \end{cases}""",
)
def _(
    series=lambda rho, q, k: rho * sum(q**i for i in range(k)),
    at_one=lambda rho, k: k * rho,
    closed=lambda rho, q, k: (q**k - 1) / (q - 1) * rho,
):
    # Reached, if e grows by just q and ρ each time.
    q, e = sp.Symbol("q", positive=True), sp.Integer(0)
    for k in range(1, 5):
        e = q * e + RHO
        assert sp.expand(series(RHO, q, k) - e) == 0
        assert sp.cancel(closed(RHO, q, k) - e) == 0
        assert sp.expand(at_one(RHO, k) - e.subs(q, 1)) == 0
    # Never exceeded, whatever the directions: matrices of norm q at most, roundings of length ρ at most.
    rng = np.random.default_rng(0)
    for norm in (0.7, 1.0, 1.2):
        e = np.zeros(3)
        for k in range(1, 9):
            M, r = rng.normal(size=(3, 3)), rng.normal(size=3)
            e = norm * M / np.linalg.norm(M, 2) @ e + 0.1 * r / np.linalg.norm(r)
            assert np.linalg.norm(e) <= series(0.1, norm, k) * (1 + 1e-12)


class Counted(np.ndarray):
    """An array that counts: (m, p) times (p, q) is m p q multiplications and as many additions."""

    work = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **others):
        plain = [np.asarray(value) for value in inputs]
        if ufunc is np.matmul:
            Counted.work += 2 * plain[0].size * plain[1].shape[1]
        if out:
            others["out"] = tuple(np.asarray(array) for array in out)
        return np.asarray(getattr(ufunc, method)(*plain, **others)).view(Counted)


@equation(
    "eq-torch-flops",
    r"""\begin{aligned}
    \text{forward} &= \sum_{l=1}^{L} 2 m\, n_l\, n_{l-1}, \\
    \text{backward} &= \text{forward} + \sum_{l=2}^{L} 2 m\, n_l\, n_{l-1} .
    \end{aligned}""",
    "numerical",
)
def _(
    forward=lambda m, n, L: sum(2 * m * n[i] * n[i - 1] for i in range(1, L + 1)),
    backward=lambda m, n, L, forward: forward + sum(2 * m * n[i] * n[i - 1] for i in range(2, L + 1)),
):
    for m, n in ((3, (5, 4)), (4, (3, 7, 2)), (6, (5, 4, 7, 2))):
        layers = [nn.Dense(n[0], n[1])]
        for before, after in pairwise(n[1:]):
            layers += [nn.ReLU(), nn.Dense(before, after)]
        net = network(layers)
        Counted.work = 0
        Z = net.forward(random(m, n[0]).view(Counted))
        ahead, Counted.work = Counted.work, 0
        net.backward(Z, random(m, n[-1], seed=1))
        L = len(n) - 1
        assert forward(m, n, L) == ahead
        assert backward(m, n, L, forward(m, n, L)) == Counted.work


# Defaults


@equation(
    "eq-torch-mse",
    r"""C_{\text{torch}} = \frac{1}{mK} \sum_{i=1}^{m} \lVert \hat y_i - y_i \rVert^2
    = \frac{2}{K}\, C_{\text{nnlib}} .""",
    "numerical",
)
def _(
    direct=lambda m, K, guess, Y: 1 / (m * K) * sum(np.linalg.norm(guess[i] - Y[i]) ** 2 for i in range(m)),
    by_ours=lambda K, ours: 2 / K * ours,
):
    for m, K in ((5, 3), (4, 7)):
        guess, Y = random(m, K, seed=1), random(m, K, seed=2)
        mean = np.mean((guess - Y) ** 2)
        assert close(direct(m, K, guess, Y), mean)
        assert close(by_ours(K, nn.MeanSquaredError().value(guess, Y)), mean)
        slope = autograd.grad(lambda guess, Y=Y: anp.mean((guess - Y) ** 2))(guess)
        assert close(by_ours(K, nn.MeanSquaredError().gradient(guess, Y)), slope)
        if torch := pytorch():
            theirs = torch.nn.functional.mse_loss(torch.tensor(guess), torch.tensor(Y)).item()
            assert close(direct(m, K, guess, Y), theirs)


@equation(
    "eq-torch-init",
    r"""\begin{gathered}
    w, b \sim \mathcal U\Bigl(-\frac{1}{\sqrt{n_\text{in}}}, \frac{1}{\sqrt{n_\text{in}}}\Bigr), \\
    \operatorname{Var} w = \operatorname{Var} b = \frac{1}{3\, n_\text{in}} ,
    \end{gathered}""",
)
def _(
    low=lambda n: -1 / sp.sqrt(n),
    high=lambda n: 1 / sp.sqrt(n),
    variance=lambda n: 1 / (3 * n),
):
    limit = sp.sqrt(6 / ((1 + sp.sqrt(5) ** 2) * N))  # Kaiming uniform with a = √5
    assert identical(high(N), limit)
    assert identical(low(N), -limit)
    assert identical(variance(N), uniform_mean(sp.Symbol("w") ** 2, sp.Symbol("w"), limit))
    if torch := pytorch():
        with torch.random.fork_rng():
            torch.manual_seed(0)
            layer = torch.nn.Linear(30, 2000)
        for drawn in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
            assert float(low(30)) <= drawn.min() < 0.99 * float(low(30))
            assert 0.99 * float(high(30)) < drawn.max() <= float(high(30))
            assert close(drawn.var(), float(variance(30)), tolerance=1e-3)


def uniform_mean(expression, variable, limit):
    """Mean of an expression, if a variable is uniform on (-limit, limit)."""
    return sp.expand(sp.integrate(expression, (variable, -limit, limit)) / (2 * limit))


@equation("eq-torch-signal", r"q_{l+1} = \frac{q_l}{6} + \frac{1}{3n} .")
def _(claim=lambda q, n: q / 6 + 1 / (3 * n)):
    q = sp.Symbol("q", positive=True)
    for n in (1, 2, 3):
        assert identical(claim(q, n), mean_square(n))
    fixed = 2 / (5 * N)  # where the text finds that the signal comes to rest
    assert identical(claim(fixed, N), fixed)
    assert identical(claim(fixed + q, N), fixed + q / 6)


@cache
def mean_square(n):
    """Mean square of w·a + b for n inputs a = ReLU(z) of mean square q, all integrals over w and b done."""
    q, b = sp.Symbol("q", positive=True), sp.Symbol("b")
    w, a = sp.symbols(f"w:{n}"), sp.symbols(f"a:{n}")
    mean = sp.expand((sum(w[j] * a[j] for j in range(n)) + b) ** 2)
    for variable in (*w, b):
        mean = uniform_mean(mean, variable, 1 / sp.sqrt(n))
    # A symmetric z: normal, of variance q. Half of its mean square is left.
    z = sp.Symbol("z", real=True)
    left = sp.integrate(z**2 * sp.exp(-(z**2) / (2 * q)), (z, 0, sp.oo)) / sp.sqrt(2 * sp.pi * q)
    return mean.subs({variable**2: left for variable in a})


def flat_run(optimizer, slope, steps=6):
    """What an optimizer makes of three parameters, with the gradient of some cost."""
    theta, path = random(3, seed=4), [random(3, seed=4)]
    for _ in range(steps):
        optimizer.step(theta, slope(theta))
        path.append(theta.copy())
    return path


def bowl(theta):
    """A cost, for autograd."""
    return anp.sum(anp.cos(theta)) + theta[0] * theta[1] ** 2


@equation(
    "eq-torch-coupled",
    r"""\begin{aligned}
    \text{coupled:}\quad & v \leftarrow \mu v + \nabla C + \lambda \theta, \\
    & \theta \leftarrow \theta - \eta v ;
    \end{aligned}""",
    "numerical",
)
def _(
    velocity=lambda mu, v, slope, lam, theta: mu * v + slope + lam * theta,
    position=lambda theta, eta, v: theta - eta * v,
):
    eta, mu, lam = 0.2, 0.7, 0.3
    slope = autograd.grad(bowl)
    penalised = autograd.grad(lambda theta: bowl(theta) + lam / 2 * anp.sum(theta**2))
    path = flat_run(nn.SGD(eta, momentum=mu), penalised)  # the penalty is part of the cost
    theta, v = path[0], np.zeros(3)
    for after in path[1:]:
        v = velocity(mu, v, slope(theta), lam, theta)
        theta = position(theta, eta, v)
        assert close(theta, after)
    if torch := pytorch():
        theirs = torch.nn.Parameter(torch.tensor(path[0]))
        sgd = torch.optim.SGD([theirs], lr=eta, momentum=mu, weight_decay=lam)
        for _ in path[1:]:
            theirs.grad = torch.tensor(slope(theirs.detach().numpy()))
            sgd.step()
        assert close(theta, theirs.detach().numpy())


@equation(
    "eq-torch-decoupled",
    r"""\begin{aligned}
    \text{decoupled:}\quad & v \leftarrow \mu v + \nabla C, \\
    & \theta \leftarrow (1 - \eta\lambda)\, \theta - \eta v .
    \end{aligned}""",
    "numerical",
)
def _(
    velocity=lambda mu, v, slope: mu * v + slope,
    position=lambda eta, lam, theta, v: (1 - eta * lam) * theta - eta * v,
):
    eta, mu, lam = 0.2, 0.7, 0.3
    slope = autograd.grad(bowl)
    path = flat_run(nn.SGD(eta, momentum=mu, weight_decay=lam), slope)
    theta, v = path[0], np.zeros(3)
    for after in path[1:]:
        v = velocity(mu, v, slope(theta))
        theta = position(eta, lam, theta, v)
        assert close(theta, after)
    # On a flat cost what is left is a power.
    theta = position(eta, lam, position(eta, lam, path[0], 0.0), 0.0)
    assert close(theta, flat_run(nn.SGD(eta, momentum=mu, weight_decay=lam), np.zeros_like, steps=2)[-1])


@equation(
    "eq-torch-decay",
    r"""\begin{gathered}
    \theta_{k+1} = S\, \theta_k - \mu\, \theta_{k-1}, \qquad S = 1 + \mu - \eta\lambda, \\
    r_\pm = \tfrac12 \bigl( S \pm \sqrt{S^2 - 4\mu} \bigr) .
    \end{gathered}""",
)
def _(
    recursion=lambda S, now, mu, before: S * now - mu * before,
    S=lambda mu, eta, lam: 1 + mu - eta * lam,
    larger=lambda S, mu: 1 / sp.Integer(2) * (S + sp.sqrt(S**2 - 4 * mu)),
    smaller=lambda S, mu: 1 / sp.Integer(2) * (S - sp.sqrt(S**2 - 4 * mu)),
):
    # The coupled update of a flat cost, without the velocity.
    before, now, s = sp.symbols("before now s")
    v = MU * (before - now) / ETA + LAM * now
    assert sp.expand(recursion(S(MU, ETA, LAM), now, MU, before) - (now - ETA * v)) == 0

    # The powers of a root solve the recursion. There are two roots.
    for root in (larger(s, MU), smaller(s, MU)):
        assert sp.expand(root**2 - (s * root - MU)) == 0

    # A run of nnlib: the slope of the penalty is the whole gradient. The larger root wins.
    eta, lam, mu = 0.01, 0.1, 0.5
    path = flat_run(nn.SGD(eta, momentum=mu), lambda theta: lam * theta, steps=80)
    values = [S(mu, eta, lam), mu]
    assert close(recursion(values[0], path[7], mu, path[6]), path[8])
    assert close(path[-1] / path[-2], np.full(3, float(larger(*values))))
    assert smaller(*values) < larger(*values)
    assert close(float(larger(*values)), 1 - eta * lam / (1 - mu), tolerance=1e-5)


@equation(
    "eq-torch-running",
    r"""\begin{aligned}
    \mu_R &\leftarrow (1 - \alpha)\, \mu_R + \alpha\, \mu_B, \\
    \sigma_R^2 &\leftarrow (1 - \alpha)\, \sigma_R^2 + \alpha\, \frac{m}{m - 1}\, \sigma_B^2 .
    \end{aligned}""",
    "numerical",
)
def _(
    mean=lambda alpha, old, batch: (1 - alpha) * old + alpha * batch,
    variance=lambda alpha, old, m, batch: (1 - alpha) * old + alpha * (m / (m - 1)) * batch,
):
    layer, alpha = nn.BatchNorm(1, momentum=0.2), 0.2
    net = nn.Network([layer], nn.MeanSquaredError())
    torch = pytorch()
    theirs = torch and torch.nn.BatchNorm1d(1, momentum=alpha, dtype=torch.float64)
    first, second = 0.0, 1.0
    for m in (3, 5, 4):
        z = 3 + 2 * random(m, 1, seed=m)
        net.forward(z, training=True)
        first = mean(alpha, first, fmean(z[:, 0]))
        second = variance(alpha, second, m, pvariance(z[:, 0]))
        assert close([first, second], [layer.running_mean[0], layer.running_var[0]])
        if theirs:
            theirs(torch.tensor(z))
            assert close([first, second], [theirs.running_mean.item(), theirs.running_var.item()])


@equation(
    "eq-torch-step",
    r"""\begin{gathered}
    \text{error}(h) \approx \frac{h^2}{6} |f'''| + \frac{u\, |f|}{h}, \\
    h^\star = \Bigl( \frac{3 u |f|}{|f'''|} \Bigr)^{1/3},
    \qquad
    \text{error}(h^\star) \sim u^{2/3} .
    \end{gathered}""",
)
def _(
    error=lambda h, third, u, f: h**2 / 6 * abs(third) + u * abs(f) / h,
    best=lambda u, f, third: (3 * u * abs(f) / abs(third)) ** (1 / sp.Integer(3)),
    order=lambda u: u ** (2 / sp.Integer(3)),
):
    # What the series leaves of the difference quotient, and the most that roundings of both values add to it.
    h, f, third = sp.symbols("h f f3", positive=True)
    derivatives = (f, *sp.symbols("f1 f2"), third, *sp.symbols("f4 f5"))
    above, below = (sum(d * x**i / sp.factorial(i) for i, d in enumerate(derivatives)) for x in (h, -h))
    curvature = sp.expand((above - below) / (2 * h)).coeff(h, 2) * h**2
    rounding = max(r - s for r, s in product((1, -1), repeat=2)) * U * f / (2 * h)
    assert identical(error(h, third, U, f), curvature + rounding)
    assert identical(error(h, -third, U, -f), curvature + rounding)

    # The best step is where the sum of the two is flat, and convex; the error there has the order claimed.
    at = {h: best(U, f, third)}
    assert identical((curvature + rounding).diff(h).subs(at), 0)
    assert identical(best(U, -f, -third), best(U, f, third))
    assert (curvature + rounding).diff(h, 2).is_positive
    assert identical(((curvature + rounding).subs(at) / order(U)).diff(U), 0)


@equation("eq-torch-double", r"\frac{e^{1}}{e^{1} + (K - 1)\, e^{0}} ,", "numerical")
def _(claim=lambda K: exp(1) / (exp(1) + sum(exp(0) for _ in range(K - 1)))):
    softmax = nn.Softmax()
    for K in (2, 3, 10):
        sure = softmax(np.array([800.0] + [0.0] * (K - 1)))
        assert close(softmax(sure).max(), claim(K))  # reached in the limit of a sure first softmax
        assert softmax(softmax(5 * random(200, K))).max() < claim(K)
    # All probabilities of three classes, in steps of a tenth.
    grid = np.array([(i, j, 10 - i - j) for i in range(11) for j in range(11 - i)]) / 10
    assert close(softmax(grid).max(), claim(3))
    assert round(claim(10), 3) == 0.232
    assert round(-np.log(claim(10)), 3) == 1.461


# Convolution


@equation(
    "eq-torch-toeplitz",
    r"""\begin{pmatrix} -3 \\ -1 \\ 4 \end{pmatrix} =
    \begin{pmatrix} 1 & 0 & -1 & 0 & 0 \\ 0 & 1 & 0 & -1 & 0 \\ 0 & 0 & 1 & 0 & -1 \end{pmatrix}
    \begin{pmatrix} 1 \\ 2 \\ 4 \\ 3 \\ 0 \end{pmatrix} .""",
    "numerical",
)
def _(
    outputs=lambda: [-3, -1, 4],
    matrix=lambda: [[1, 0, -1, 0, 0], [0, 1, 0, -1, 0], [0, 0, 1, 0, -1]],
    signal=lambda: [1, 2, 4, 3, 0],
):
    kernel = [1, 0, -1]
    assert np.array_equal(outputs(), np.array(matrix()) @ signal())
    assert np.array_equal(outputs(), np.correlate(signal(), kernel, "valid"))
    columns = [np.correlate(unit, kernel, "valid") for unit in np.eye(5)]
    assert np.array_equal(matrix(), np.transpose(columns))


# A kernel of k × k weights, an image that is no square, and the size of the output.
SIDE, ROWS, COLUMNS = 3, 3, 4
KERNEL, IMAGE, BIAS = random(SIDE, SIDE, seed=5), random(5, 6, seed=6), 0.7
PLACES = list(np.ndindex(ROWS, COLUMNS))


def conv(image, kernel=KERNEL, bias=BIAS):
    """A convolution layer, by SciPy."""
    return bias + correlate2d(image, kernel, "valid")


@equation(
    "eq-torch-conv",
    r"z_{ij} = b + \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} w_{uv}\; x_{i+u,\, j+v} .",
    "numerical",
)
def _(claim=lambda b, w, x, i, j, k: b + sum(w[u, v] * x[i + u, j + v] for u in range(k) for v in range(k))):
    z = conv(IMAGE)
    assert z.shape == (ROWS, COLUMNS)
    for i, j in PLACES:
        assert close(claim(BIAS, KERNEL, IMAGE, i, j, SIDE), z[i, j])
    if torch := pytorch():
        x, w, b = (
            torch.tensor(v, dtype=torch.float64) for v in (IMAGE[None, None], KERNEL[None, None], [BIAS])
        )
        theirs = torch.nn.functional.conv2d(x, w, b)[0, 0].numpy()
        for i, j in PLACES:
            assert close(claim(BIAS, KERNEL, IMAGE, i, j, SIDE), theirs[i, j])


@equation(
    "eq-torch-conv-matrix",
    r"""W_{(i,j),(p,q)} =
    \begin{cases}
    w_{p-i,\, q-j} & \text{if } 0 \le p - i < k \text{ and } 0 \le q - j < k, \\
    0 & \text{otherwise.}
    \end{cases}""",
    "numerical",
)
def _(
    claim=lambda w, i, j, p, q, k: (
        w[p - i, q - j] if p - i >= 0 and p - i < k and q - j >= 0 and q - j < k else 0
    ),
):
    for p, q in np.ndindex(IMAGE.shape):
        unit = np.zeros(IMAGE.shape)
        unit[p, q] = 1
        response = conv(unit, bias=0)
        for i, j in PLACES:
            assert claim(KERNEL, i, j, p, q, SIDE) == response[i, j]


@cache
def dense_twin():
    """The gradient of a dense layer that does what the convolution does, of some cost; and the targets."""
    layer = nn.Dense(IMAGE.size, ROWS * COLUMNS)
    net = nn.Network([layer], nn.MeanSquaredError())
    units = np.eye(IMAGE.size).reshape(-1, *IMAGE.shape)
    layer.W[:] = np.transpose([conv(unit, bias=0).ravel() for unit in units])
    layer.b[:] = BIAS
    target = random(1, ROWS * COLUMNS, seed=7)
    Z = net.forward(IMAGE.reshape(1, -1))
    assert close(Z, conv(IMAGE).reshape(1, -1))
    net.backward(Z, target)
    return layer.dW.reshape(ROWS, COLUMNS, *IMAGE.shape).copy(), target.reshape(ROWS, COLUMNS)


@cache
def kernel_gradients():
    """The same cost's gradient with respect to the kernel: by autograd, and by differences."""
    _, target = dense_twin()

    def cost(kernel):
        z = BIAS + sum(
            kernel[u, v] * IMAGE[u : u + ROWS, v : v + COLUMNS] for u in range(SIDE) for v in range(SIDE)
        )
        return anp.sum((z - target) ** 2) / 2

    by_differences = gradient(lambda kernel: np.sum((conv(IMAGE, kernel) - target) ** 2) / 2, KERNEL)
    return autograd.grad(cost)(KERNEL), by_differences


@equation(
    "eq-torch-tied",
    r"""\begin{aligned}
    \frac{\partial C}{\partial w_{uv}}
    &= \sum_{i,j} \frac{\partial C}{\partial W_{(i,j),(i+u,\,j+v)}}
    \cdot \underbrace{\frac{\partial W_{(i,j),(i+u,\,j+v)}}{\partial w_{uv}}}_{=\,1} \\
    &= \sum_{i,j} \bigl( dW \bigr)_{(i,j),(i+u,\,j+v)} .
    \end{aligned}""",
    "numerical",
)
def _(
    slope=lambda: 1,
    total=lambda dW, u, v, rows, columns: sum(
        dW[i, j, i + u, j + v] for i in range(rows) for j in range(columns)
    ),
):
    dW, _ = dense_twin()
    automatic, by_differences = kernel_gradients()
    for u, v in np.ndindex(KERNEL.shape):
        found = total(dW, u, v, ROWS, COLUMNS)
        assert close(found, automatic[u, v])
        assert close(found, by_differences[u, v], tolerance=1e-7)
        # The entries of W as functions of one weight of the kernel: columns are responses to single pixels.
        unit_kernel = np.zeros(KERNEL.shape)
        unit_kernel[u, v] = 1
        pixel = np.zeros(IMAGE.shape)
        pixel[1 + u, 2 + v] = 1
        assert conv(pixel, unit_kernel, bias=0)[1, 2] == slope()


@equation(
    "eq-torch-equivariant",
    r"""\begin{aligned}
    z'_{ij} &= b + \sum_{u,v} w_{uv}\, x'_{i+u,\, j+v} \\
    &= b + \sum_{u,v} w_{uv}\, x_{i+u,\, (j-1)+v} = z_{i,\, j-1} .
    \end{aligned}""",
    "numerical",
)
def _(
    first=lambda b, w, moved, i, j, k: (
        b + sum(w[u, v] * moved[i + u, j + v] for u in range(k) for v in range(k))
    ),
    second=lambda b, w, x, i, j, k: (
        b + sum(w[u, v] * x[i + u, (j - 1) + v] for u in range(k) for v in range(k))
    ),
    third=lambda z, i, j: z[i, j - 1],
):
    moved = np.column_stack([random(len(IMAGE), seed=8), IMAGE[:, :-1]])  # whatever comes in on the left
    z, z_moved = conv(IMAGE), conv(moved)
    for i, j in PLACES:
        if j > 0:
            assert close(first(BIAS, KERNEL, moved, i, j, SIDE), z_moved[i, j])
            assert close(second(BIAS, KERNEL, IMAGE, i, j, SIDE), z_moved[i, j])
            assert close(third(z, i, j), z_moved[i, j])


# Recurrence


@cache
def cell():
    """A recurrent cell, a sequence of five elements at the indices 1 to 5, and the states."""
    W_x, W_h, b = random(4, 3, seed=1), random(4, 4, seed=2) / 2, random(4, seed=3)
    xs = dict(enumerate(random(5, 3, seed=4), 1))
    return SimpleNamespace(W_x=W_x, W_h=W_h, b=b, x=xs, T=5, start=random(4, seed=5))


def states(W_x, W_h, b, start, shifts):
    """States of the cell with something added to each pre-activation, for autograd: h[0] is the start."""
    h = [start]
    for t, x in cell().x.items():
        h.append(anp.tanh(anp.dot(W_x, x) + anp.dot(W_h, h[-1]) + b + shifts[t - 1]))
    return h


def cost_of_states(h):
    """A cost to which every state contributes, of its own and together with its neighbour."""
    return sum(anp.sum(anp.sin(h[t]) * h[t - 1]) + h[t][0] ** 2 for t in range(2, len(h))) + anp.sum(
        h[1] ** 3
    )


@cache
def through_time():
    """Gradients of the cost by autograd: the direct ones, of the pre-activations, and of W_x, W_h and b."""
    c = cell()

    def cost(W_x, W_h, b, shifts):
        return cost_of_states(states(W_x, W_h, b, c.start, shifts))

    at = c.W_x, c.W_h, c.b, np.zeros((5, 4))
    h = np.array(states(c.W_x, c.W_h, c.b, c.start, np.zeros((5, 4))))
    direct = autograd.grad(lambda h: cost_of_states([h[t] for t in range(6)]))(h)
    slopes = [autograd.grad(cost, i)(*at) for i in range(4)]
    by_differences = [
        gradient(lambda part, i=i: cost(*at[:i], part, *at[i + 1 :]), at[i], step=1e-5) for i in range(4)
    ]
    return h, direct, slopes, by_differences


@equation(
    "eq-torch-rnn",
    r"""\begin{gathered}
    z_t = W_x x_t + W_h h_{t-1} + b, \\
    h_t = \tanh(z_t), \qquad h_0 = 0 .
    \end{gathered}""",
    "numerical",
)
def _(
    affine=lambda W_x, x, W_h, h, b: W_x @ x + W_h @ h + b,
    state=lambda z: np.tanh(z),
    start=lambda: 0,
):
    c = cell()
    # A dense layer on the joined input, with tanh; the first step sees the first element and nothing else.
    first, joined = nn.Dense(3, 4), nn.Dense(7, 4)
    one, all_of_it = (nn.Network([layer, nn.Tanh()], nn.MeanSquaredError()) for layer in (first, joined))
    first.W[:], first.b[:] = c.W_x, c.b
    joined.W[:], joined.b[:] = np.column_stack([c.W_x, c.W_h]), c.b
    expected = one.forward(c.x[1][None])[0]
    h, all_states = np.full(4, float(start())), []
    for t in range(1, 6):
        h = state(affine(c.W_x, c.x[t], c.W_h, h, c.b))
        if t > 1:
            expected = all_of_it.forward(np.append(c.x[t], expected)[None])[0]
        assert close(h, expected)
        all_states.append(h)
    if torch := pytorch():
        theirs = torch.nn.RNN(3, 4, batch_first=True).double()
        values = (c.W_x, c.W_h, c.b, np.zeros(4))
        with torch.no_grad():
            for parameter, value in zip(theirs.parameters(), values, strict=True):
                parameter.copy_(torch.tensor(value))
            assert close(all_states, theirs(torch.tensor(np.array(list(c.x.values())))[None])[0][0].numpy())


@cache
def small_cell():
    """Two steps of a cell with two units, by algebra: weights, states, direct gradients, and the δ."""
    W = np.array(sp.symbols("w:4")).reshape(2, 2)
    given, shift = np.array(sp.symbols("g:4")).reshape(2, 2), np.array(sp.symbols("s:4")).reshape(2, 2)
    h = [np.array(sp.symbols("h:2"))]
    for t in range(2):
        h.append(np.array([sp.tanh(z) for z in W @ h[-1] + given[t] + shift[t]]))
    names = np.array(sp.symbols("a:4")).reshape(2, 2)  # the states, as what the cost is a function of
    cost = names[0, 0] ** 2 * names[0, 1] + names[1, 0] * names[1, 1] ** 2 + 3 * names[0, 1] * names[1, 0]
    here = dict(zip(names.ravel(), np.ravel(h[1:]), strict=True))
    direct = np.array([[cost.diff(name).subs(here) for name in row] for row in names])
    delta = np.array([[cost.subs(here).diff(s) for s in row] for row in shift])
    return W, h, direct, delta


@equation(
    "eq-torch-bptt",
    r"""\delta_t = \Bigl( \frac{\partial C}{\partial h_t}\Big|_{\text{direct}} + W_h^\top \delta_{t+1} \Bigr)
    \odot (1 - h_t^2) ,""",
)
def _(claim=lambda direct, W_h, delta, h: (direct + W_h.T @ delta) * (1 - h**2)):
    W, h, direct, delta = small_cell()
    known = np.zeros(2, dtype=int)
    for t in (2, 1):
        known = claim(direct[t - 1], W, known, h[t])
        assert all(sp.expand(entry) == 0 for entry in known - delta[t - 1])

    h, direct, (*_, automatic), (*_, by_differences) = through_time()
    known = np.zeros(4)
    for t in range(5, 0, -1):
        known = claim(direct[t], cell().W_h, known, h[t])
        assert close(known, automatic[t - 1])
        assert close(known, by_differences[t - 1], tolerance=1e-7)


@equation(
    "eq-torch-bptt-weights",
    r"""\begin{gathered}
    \frac{\partial C}{\partial W_h} = \sum_{t=1}^{T} \delta_t\, h_{t-1}^\top, \qquad
    \frac{\partial C}{\partial W_x} = \sum_{t=1}^{T} \delta_t\, x_t^\top, \\
    \frac{\partial C}{\partial b} = \sum_{t=1}^{T} \delta_t .
    \end{gathered}""",
    "numerical",
)
def _(
    of_states=lambda delta, h, T: sum(np.outer(delta[t], h[t - 1]) for t in range(1, T + 1)),
    of_inputs=lambda delta, x, T: sum(np.outer(delta[t], x[t]) for t in range(1, T + 1)),
    of_bias=lambda delta, T: sum(delta[t] for t in range(1, T + 1)),
):
    # From a start that is not 0, so that the first term counts. There is no index but 1, …, T.
    h, _, *roads = through_time()
    delta, h = dict(enumerate(roads[0][3], 1)), dict(enumerate(h))
    for tolerance, (W_x, W_h, b, _) in zip((1e-10, 1e-7), roads, strict=True):
        assert close(of_states(delta, h, cell().T), W_h, tolerance)
        assert close(of_inputs(delta, cell().x, cell().T), W_x, tolerance)
        assert close(of_bias(delta, cell().T), b, tolerance)


@cache
def memory():
    """Jacobian of the last state with respect to the first, by autograd and by differences."""
    c = cell()

    def last(start):
        return states(c.W_x, c.W_h, c.b, start, np.zeros((5, 4)))[-1]

    rows = [gradient(lambda start, i=i: last(start)[i], c.start, step=1e-5) for i in range(4)]
    return autograd.jacobian(last)(c.start), np.array(rows)


@equation(
    "eq-torch-memory",
    r"""\begin{gathered}
    \frac{\partial h_T}{\partial h_0} = \prod_{t=T}^{1} \operatorname{diag}(1 - h_t^2)\, W_h, \\
    \Bigl\lVert \frac{\partial h_T}{\partial h_0} \Bigr\rVert \le \lVert W_h \rVert^{T} .
    \end{gathered}""",
    "numerical",
)
def _(
    factors=lambda h, W_h, T: [np.diag(1 - h[t] ** 2) @ W_h for t in range(T, 0, -1)],
    bound=lambda norm, T: norm**T,
):
    h, automatic = through_time()[0], memory()[0]
    jacobian = np.linalg.multi_dot(factors(h, cell().W_h, 5))
    assert close(jacobian, automatic)
    assert close(jacobian, memory()[1], tolerance=1e-8)
    assert np.linalg.norm(automatic, 2) < bound(np.linalg.norm(cell().W_h, 2), 5)
    # Reached where tanh is steepest: all states 0, and a multiple of a rotation.
    rotation, _ = np.linalg.qr(random(3, 3))
    for s in (0.6, 1.3):
        at_rest = autograd.jacobian(lambda h, s=s: anp.tanh(anp.dot(s * rotation, h)))(np.zeros(3))
        assert close(np.linalg.norm(np.linalg.matrix_power(at_rest, 4), 2), bound(s, 4))


# Attention


@cache
def head():
    """Queries, keys and values of five elements, and the gradients of some cost of S or of the output."""
    Q, K, V, G = random(5, 3, seed=1), random(5, 3, seed=2), random(5, 4, seed=3), random(5, 4, seed=4)
    softmax = nn.Softmax()

    def cost(Q, K):
        S = anp.dot(Q, K.T) / anp.sqrt(3.0)
        A = anp.exp(S) / anp.sum(anp.exp(S), axis=1, keepdims=True)
        return anp.sum(anp.dot(A, V) ** 2 * G)

    out = softmax.forward(Q @ K.T / np.sqrt(3)) @ V
    dS = softmax.backward((2 * out * G) @ V.T)
    automatic = autograd.grad(cost, 0)(Q, K), autograd.grad(cost, 1)(Q, K)
    by_differences = gradient(lambda Q: cost(Q, K), Q), gradient(lambda K: cost(Q, K), K)
    return SimpleNamespace(Q=Q, K=K, V=V, dS=dS, automatic=automatic, by_differences=by_differences)


@equation(
    "eq-torch-qkv",
    r"Q = X W_Q^\top, \qquad K = X W_K^\top, \qquad V = X W_V^\top .",
    "numerical",
)
def _(query=lambda X, W_Q: X @ W_Q.T, key=lambda X, W_K: X @ W_K.T, value=lambda X, W_V: X @ W_V.T):
    X = random(5, 3, seed=1)
    for claim, width in ((query, 2), (key, 2), (value, 4)):
        net = network([nn.Dense(3, width)])
        layer = net.layers[0]
        layer.b[:] = 0
        assert close(claim(X, layer.W), net.forward(X))
        assert close(claim(X, layer.W), [[fsum(row * x) for row in layer.W] for x in X])


@equation(
    "eq-torch-attention",
    r"""\begin{gathered}
    S = \frac{Q K^\top}{\sqrt d}, \qquad A = \operatorname{softmax}(S)\ \text{by rows}, \\
    O = A V ,
    \end{gathered}""",
    "numerical",
)
def _(
    scores=lambda Q, K, d: Q @ K.T / sqrt(d),
    weights=lambda S: np.exp(S) / np.exp(S).sum(axis=1, keepdims=True),
    output=lambda A, V: A @ V,
):
    h = head()
    S = scores(h.Q, h.K, 3)
    A = weights(S)
    out = output(A, h.V)
    for i, query in enumerate(h.Q):  # query by query: the weighted mean of the values
        fits = np.array([fsum(query * key) / 3**0.5 for key in h.K])
        assert close(S[i], fits)
        assert close(A[i], nn.Softmax()(fits))
        assert close(out[i], np.average(h.V, axis=0, weights=nn.Softmax()(fits)))
    if torch := pytorch():
        Q, K, V = (torch.tensor(M[None]) for M in (h.Q, h.K, h.V))
        assert close(out, torch.nn.functional.scaled_dot_product_attention(Q, K, V)[0].numpy())


# Distributions with mean 0 and variance 1, lopsided ones among them: pairs of a value and its probability.
FAIR = [(1, Fraction(1, 2)), (-1, Fraction(1, 2))]
STEEP = [(2, Fraction(1, 5)), (Fraction(-1, 2), Fraction(4, 5))]
RARE = [(-3, Fraction(1, 10)), (Fraction(1, 3), Fraction(9, 10))]


def variance(of, distributions):
    """Variance of a function of independent entries, by all the outcomes there are."""
    outcomes = [
        (of([value for value, _ in draw]), prod(share for _, share in draw))
        for draw in product(*distributions)
    ]
    mean = sum(value * share for value, share in outcomes)
    return sum((value - mean) ** 2 * share for value, share in outcomes)


@cache
def dot_variances(d):
    """Var q·k for d entries, and the variances of the products q_c k_c, with the indices 1 to d."""
    queries, keys = [FAIR, STEEP, RARE][:d], [STEEP, RARE, STEEP][:d]
    whole = variance(lambda draw: sum(draw[c] * draw[d + c] for c in range(d)), queries + keys)
    return whole, {c: variance(prod, [queries[c - 1], keys[c - 1]]) for c in range(1, d + 1)}


@equation(
    "eq-torch-dot",
    r"\operatorname{Var}(q \cdot k) = \sum_{c=1}^{d} \operatorname{Var}(q_c k_c) = d .",
    "numerical",
)
def _(terms=lambda parts, d: sum(parts[c] for c in range(1, d + 1)), last=lambda d: d):
    for d in (1, 2, 3):
        whole, parts = dot_variances(d)
        assert whole == terms(parts, d) == last(d)


@equation(
    "eq-torch-attention-back",
    r"dQ = \frac{dS\, K}{\sqrt d}, \qquad dK = \frac{dS^\top Q}{\sqrt d} .",
    "numerical",
)
def _(to_queries=lambda dS, K, d: dS @ K / sqrt(d), to_keys=lambda dS, Q, d: dS.T @ Q / sqrt(d)):
    h = head()
    found = to_queries(h.dS, h.K, 3), to_keys(h.dS, h.Q, 3)
    for mine, automatic, by_differences in zip(found, h.automatic, h.by_differences, strict=True):
        assert close(mine, automatic)
        assert close(mine, by_differences, tolerance=1e-7)
