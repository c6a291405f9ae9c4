"""Checks of the equations in 06-training-and-test."""

from functools import cache
from itertools import permutations, product
from math import comb, cos, exp, log, pi, prod, sqrt

import autograd.numpy as anp
import numpy as np
import sympy as sp
from autograd import grad, jacobian
from autograd.misc.optimizers import adam as reference_adam
from autograd.misc.optimizers import sgd as reference_sgd
from registry import equation
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

import nnlib as nn
from tools import close, dot, gradient, random

eta, lam, mu, tau, batch, rho, beta = sp.symbols("eta lambda mu tau B rho beta", positive=True)
E = np.mean  # the expectation where all outcomes are equally likely


def same_rational(left, right):
    """Are two rational functions the same? Exact, and faster than to simplify."""
    return sp.cancel(sp.together(left - right)) == 0


# Batches: a small network, and all batches that can be drawn from its five samples.
SAMPLES, LABELS = random(5, 2, seed=1), np.array([0, 1, 1, 0, 1])


@cache
def network():
    return nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 2)], nn.CategoricalCrossEntropy(), seed=4)


@cache
def batch_gradient(samples):
    """nnlib's gradient of the mean loss of some samples, given by their numbers."""
    net, i = network(), list(samples)
    Z = net.forward(SAMPLES[i], training=True)
    net.backward(Z, net.cost.targets(Z, LABELS[i]))
    return net.grads.copy()


@cache
def true_gradient():
    """∇C by differences of the cost."""
    net = network()
    start = net.params.copy()

    def cost(params):
        net.params[:] = params
        return net.evaluate(SAMPLES, LABELS)

    slopes = gradient(cost, start)
    net.params[:] = start
    return slopes


@cache
def single_gradients(m=5):
    return np.array([batch_gradient((i,)) for i in range(m)])


def draws(m, B, replace):
    """All sequences of B out of m, equally likely."""
    return list(product(range(m), repeat=B) if replace else permutations(range(m), B))


def norm2(v):
    return np.sum(np.square(v), axis=-1)


def dots(u, v):
    return np.sum(u * v, axis=-1)


def errors(m, B, replace):
    """e_k of each draw, shape (draws, B, n); the mean squared error of the batch gradient; and V."""
    G = single_gradients(m)
    chosen = G[np.array(draws(m, B, replace))]
    noise = E(norm2(np.average(chosen, axis=1) - E(G, axis=0)))
    return chosen - E(G, axis=0), noise, np.trace(np.cov(G.T, bias=True))


@equation("eq-batch-gradient", r"g = \frac1B \sum_{k=1}^{B} g_{i_k} .", kind="numerical")
def _(claim=lambda g, i, B: 1 / B * sum(g[i[k]] for k in range(B))):
    for samples in ((0, 3, 4), (2, 1), (1, 1, 4, 0)):
        assert close(claim(single_gradients(), samples, len(samples)), batch_gradient(samples))


@equation("eq-batch-unbiased", r"\mathbb{E}\, g = \nabla C .", kind="numerical")
def _(claim=lambda g, batches: sum(g(batch) for batch in batches) / len(batches)):
    for B, replace in ((2, True), (2, False), (3, False), (1, True)):
        assert close(claim(batch_gradient, draws(5, B, replace)), true_gradient(), 1e-8)


@equation(
    "eq-gradient-noise",
    r"V = \frac1m \sum_{i=1}^{m} \lVert g_i - \nabla C \rVert^2 .",
    kind="numerical",
)
def _(claim=lambda g, C, m: 1 / m * sum(norm2(g[i] - C) for i in range(m))):
    covariance = np.cov(single_gradients().T, bias=True)
    assert close(claim(single_gradients(), true_gradient(), 5), np.trace(covariance), 1e-8)


@equation(
    "eq-batch-variance",
    r"""\mathbb{E}\, \lVert g - \nabla C \rVert^2
    = \frac{1}{B^2}\, \mathbb{E}\, \Bigl\lVert \sum_k e_k \Bigr\rVert^2
    = \frac{1}{B^2} \Bigl( \sum_k \mathbb{E} \lVert e_k \rVert^2
    + \sum_{k \ne l} \mathbb{E}\, e_k \cdot e_l \Bigr)
    = \frac{V}{B} ,""",
    kind="numerical",
)
def _(
    first=lambda e, B: 1 / B**2 * E(norm2(e.sum(axis=1))),
    second=lambda e, B: (
        1
        / B**2
        * (
            sum(E(norm2(e[:, k])) for k in range(B))
            + sum(E(dots(e[:, i], e[:, k])) for k in range(B) for i in range(B) if k != i)
        )
    ),
    last=lambda V, B: V / B,
):
    for B in (2, 3):
        for replace in (True, False):  # the first two hold for both, and only without are there mixed terms
            e, noise, V = errors(5, B, replace)
            assert close([first(e, B), second(e, B)], [noise, noise])
            assert close(last(V, B), noise) == replace


@equation(
    "eq-batch-finite",
    r"""\mathbb{E}\, \lVert g - \nabla C \rVert^2
    = \frac{1}{B^2} \Bigl( B V - \frac{B (B - 1)}{m - 1} V \Bigr)
    = \frac{V}{B} \cdot \frac{m - B}{m - 1} .""",
    kind="numerical",
)
def _(
    middle=lambda V, B, m: 1 / B**2 * (B * V - B * (B - 1) / (m - 1) * V),
    last=lambda V, B, m: V / B * ((m - B) / (m - 1)),
):
    for m, B in ((5, 2), (5, 3), (4, 3), (4, 4), (5, 1)):
        _, noise, V = errors(m, B, replace=False)
        assert close([middle(V, B, m), last(V, B, m)], [noise, noise])


@cache
def variance_after_an_update():
    """Of θ - η (λ θ + ξ), ξ the mean of three independent values with mean 0 and variance τ²; and of θ."""
    thetas = {-1: sp.Rational(1, 2), 2: sp.Rational(1, 3), 5: sp.Rational(1, 6)}
    noises = {2 * tau: sp.Rational(1, 5), -tau / 2: sp.Rational(4, 5)}
    outcomes = []
    for (theta, p), *xi in product(thetas.items(), *[noises.items()] * 3):
        g = lam * theta + sum(value for value, _ in xi) / 3
        outcomes.append((sp.expand(theta - eta * g), p * prod(q for _, q in xi)))
    mean = sp.expand(sum(p * value for value, p in outcomes))
    first = sum(p * theta for theta, p in thetas.items())
    return (
        sp.expand(sum(p * (value - mean) ** 2 for value, p in outcomes)),
        sum(p * (theta - first) ** 2 for theta, p in thetas.items()),
    )


@equation(
    "eq-noise-step",
    r"""\operatorname{var} \theta_{t+1} = (1 - \eta\lambda)^2 \operatorname{var} \theta_t
    + \eta^2 \frac{\tau^2}{B} .""",
)
def _(claim=lambda var, eta, lam, tau, B: (1 - eta * lam) ** 2 * var + eta**2 * (tau**2 / B)):
    after, before = variance_after_an_update()
    assert same_rational(claim(before, eta, lam, tau, 3), after)


@equation(
    "eq-noise-floor",
    r"""\operatorname{var} \theta_\infty = \frac{\eta\, \tau^2}{B\, \lambda\, (2 - \eta\lambda)}
    \approx \frac{\eta}{B} \cdot \frac{\tau^2}{2 \lambda} .""",
)
def _(
    exact=lambda eta, lam, tau, B: eta * tau**2 / (B * lam * (2 - eta * lam)),
    small=lambda eta, lam, tau, B: eta / B * (tau**2 / (2 * lam)),
):
    # A single ξ_j stays in θ with the factor -η (1 - ηλ)^(t - j): a geometric series of variances.
    series = eta**2 * (tau**2 / batch) / (1 - (1 - eta * lam) ** 2)
    assert same_rational(exact(eta, lam, tau, batch), series)
    assert sp.cancel(series / small(eta, lam, tau, batch)).subs(eta, 0) == 1  # continuous: the limit
    var = 0.0
    for _ in range(200):  # and from a start without variance it gets there
        var = (1 - 0.3 * 5) ** 2 * var + 0.3**2 * 0.49 / 8
    assert close(exact(0.3, 5, 0.7, 8), var)


@equation("eq-step-decay", r"\eta_t = \eta_0\, q^{\lfloor t / k \rfloor} ,", kind="numerical")
def _(claim=lambda start, q, t, k: start * q ** (t // k)):
    schedule, rate = nn.StepDecay(0.7, every=4, factor=0.3), 0.7
    for t in range(20):
        if t and t % 4 == 0:
            rate *= 0.3
        assert close([rate, schedule(t)], [claim(0.7, 0.3, t, 4)] * 2)


@equation(
    "eq-cosine",
    r"\eta_t = \tfrac12\, \eta_0 \Bigl( 1 + \cos \frac{\pi t}{T} \Bigr) \quad (t \le T) ,",
    kind="numerical",
)
def _(
    claim=lambda start, t, T: 1 / 2 * start * (1 + cos(pi * t / T)),
    where=lambda t, T: t <= T,
):
    schedule = nn.Cosine(0.7, steps=9)
    for t in range(18):
        assert close(claim(0.7, t, 9), schedule(t)) == where(t, 9)
        assert close(claim(0.7, t, 9) + claim(0.7, 9 - t, 9), 0.7)  # as far from the start as from the end
    assert (claim(0.7, 0, 9), abs(claim(0.7, 9, 9)) < 1e-15) == (0.7, True)


@equation(
    "eq-warm-up",
    r"\eta_t = \eta_0\, \frac{t + 1}{k} \quad (t < k) .",
    kind="numerical",
)
def _(claim=lambda start, t, k: start * ((t + 1) / k), where=lambda t, k: t < k):
    schedule = nn.WarmUp(0.7, steps=5)
    for t in range(12):
        assert close(claim(0.7, t, 5), schedule(t)) == where(t, 5)
    assert close(np.diff([0, *[claim(0.7, t, 5) for t in range(5)]]), np.full(5, 0.7 / 5))  # a straight line


@equation(
    "eq-momentum",
    r"v_{t+1} = \mu\, v_t + g_t , \qquad \theta_{t+1} = \theta_t - \eta\, v_{t+1} .",
    kind="numerical",
)
def _(velocity=lambda mu, v, g: mu * v + g, step=lambda theta, eta, v: theta - eta * v):
    curvature, start = np.array([1.0, 25.0, 3.0]), np.array([-4.0, 1.5, 0.6])
    theta, v = start, np.zeros(3)
    rolling, sgd = start.copy(), nn.SGD(0.03, momentum=0.6)
    for _ in range(6):
        v = velocity(0.6, v, curvature * theta)
        theta = step(theta, 0.03, v)
        sgd.step(rolling, curvature * rolling)
        assert close(theta, rolling)
        assert close(v, sgd.memory[0])
    # autograd's velocity is (1 - μ) times as large, the other way, and the learning rate makes up for it.
    assert close(theta, reference_sgd(lambda x, i: curvature * x, start, None, 6, 0.03 / 0.4, 0.6))


@equation(
    "eq-momentum-sum",
    r"v_{t+1} = g_t + \mu\, g_{t-1} + \mu^2 g_{t-2} + \dots + \mu^t g_0 .",
)
def _(
    claim=lambda mu, g, t: (
        g[t] + mu * g[t - 1] + mu**2 * g[t - 2] + sum(mu**j * g[t - j] for j in range(3, t)) + mu**t * g[0]
    ),
):
    g, v = sp.symbols("g:7"), 0
    for t in range(7):
        v = sp.expand(mu * v + g[t])
        if t > 2:
            assert same_rational(claim(mu, g, t), v)


@equation(
    "eq-momentum-recursion",
    r"\theta_{t+1} = (1 + \mu - \eta\lambda)\, \theta_t - \mu\, \theta_{t-1} .",
)
def _(claim=lambda mu, eta, lam, now, before: (1 + mu - eta * lam) * now - mu * before):
    before, v = sp.symbols("theta v")
    v = mu * v + lam * before
    now = before - eta * v
    after = now - eta * (mu * v + lam * now)
    assert same_rational(claim(mu, eta, lam, now, before), after)


@cache
def momentum_roots():
    """Characteristic polynomial of one update of (v, θ) on a parabola."""
    update = sp.Matrix([[mu, lam], [-eta * mu, 1 - eta * lam]])
    return (rho * sp.eye(2) - update).det()


@equation("eq-momentum-roots", r"\rho^2 - (1 + \mu - \eta\lambda)\, \rho + \mu = 0 .")
def _(claim=lambda rho, mu, eta, lam: rho**2 - (1 + mu - eta * lam) * rho + mu):
    assert same_rational(claim(rho, mu, eta, lam), momentum_roots())


@equation("eq-momentum-window", r"(1 - \sqrt\mu)^2 < \eta\lambda < (1 + \sqrt\mu)^2 .")
def _(
    low=lambda mu, eta, lam: (1 - sp.sqrt(mu)) ** 2 < eta * lam,
    high=lambda mu, eta, lam: eta * lam < (1 + sp.sqrt(mu)) ** 2,
):
    discriminant, seen = sp.discriminant(momentum_roots(), rho), set()
    for root in (sp.Rational(1, 2), sp.Rational(2, 3)):
        ends = [(1 - root) ** 2, (1 + root) ** 2]
        tiny = sp.Rational(1, 10**6)
        for w in [*ends, *[end + tiny for end in ends], *[end - tiny for end in ends], 1, tiny, 6]:
            for rate in (sp.Rational(1, 3), 2):
                values = root**2, rate, w / rate
                not_real = discriminant.subs(dict(zip((mu, eta, lam), values, strict=True))) < 0
                assert bool(low(*values) and high(*values)) == bool(not_real)
                seen.add((bool(low(*values)), bool(high(*values))))
    assert len(seen) == 3


def slowest(eta, mu, kappa):
    """Decrease per update of the slower of the directions λ = 1 and λ = κ; arrays of η and of μ."""
    factors = []
    for curvature in (1, kappa):
        half = (1 + mu - eta * curvature) / 2
        D = half**2 - mu
        factors.append(np.where(D < 0, np.sqrt(mu), np.abs(half) + np.sqrt(np.maximum(D, 0))))
    return np.maximum(*factors)


@cache
def best_decrease(kappa):
    """The best that a search finds, over η with μ = 0; and over both."""
    etas = np.linspace(0, 4 / kappa, 4001)[1:]
    plain = minimize_scalar(
        slowest, bounds=(0, 2), args=(0.0, kappa), method="bounded", options={"xatol": 1e-12}
    )
    return plain.fun, slowest(etas[:, None], np.linspace(0, 1, 201), kappa).min()


@equation(
    "eq-momentum-rate",
    r"""\sqrt\mu = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} ,
    \qquad\text{against}\qquad
    \frac{\kappa - 1}{\kappa + 1}
    \quad\text{for the best plain descent.}""",
    kind="numerical",
)
def _(
    rolling=lambda kappa: (sqrt(kappa) - 1) / (sqrt(kappa) + 1),
    plain=lambda kappa: (kappa - 1) / (kappa + 1),
):
    for kappa in (5, 20, 100):
        best_plain, best = best_decrease(kappa)
        root = rolling(kappa)
        assert close(plain(kappa), best_plain, 1e-6)
        assert root <= best < root + 0.03  # the search is no better, and hardly worse
        # The two ends of the window: the same η serves the shallow and the steep direction.
        assert close((1 - root) ** 2 / 1, (1 + root) ** 2 / kappa)
        assert close(slowest((1 - root) ** 2, root**2, kappa), root, 1e-6)


@equation(
    "eq-adam-means",
    r"""u_t = \beta_1 u_{t-1} + (1 - \beta_1)\, g_t , \qquad
    q_t = \beta_2 q_{t-1} + (1 - \beta_2)\, g_t^2 .""",
    kind="numerical",
)
def _(
    mean=lambda beta1, u, g: beta1 * u + (1 - beta1) * g,
    square=lambda beta2, q, g: beta2 * q + (1 - beta2) * g**2,
):
    adam, theta = nn.Adam(0.1, beta1=0.6, beta2=0.8), np.zeros(3)
    u, q = np.zeros(3), np.zeros(3)
    gradients = random(5, 3)
    for t, g in enumerate(gradients, 1):
        u, q = mean(0.6, u, g), square(0.8, q, g)
        adam.step(theta, g)
        assert close([u, q], [0.4 * adam.memory[0], 0.2 * adam.memory[1]])  # nnlib keeps the sums
        weights = 0.4 * 0.6 ** np.arange(t)[::-1], 0.2 * 0.8 ** np.arange(t)[::-1]
        assert close([u, q], [weights[0] @ gradients[:t], weights[1] @ gradients[:t] ** 2])


@cache
def mean_of_u(t):
    """E u_t where each gradient is -2 with probability 1/3 and 5 with 2/3; and E g."""
    total, values = 0, {-2: sp.Rational(1, 3), 5: sp.Rational(2, 3)}
    for outcome in product(values.items(), repeat=t):
        u = 0
        for g, _ in outcome:
            u = beta * u + (1 - beta) * g
        total += prod(p for _, p in outcome) * u
    return sp.expand(total), sum(p * g for g, p in values.items())


@equation(
    "eq-adam-bias",
    r"""\mathbb{E}\, u_t = \mathbb{E}\, g \cdot (1 - \beta_1) \sum_{j=0}^{t-1} \beta_1^{\,j}
    = (1 - \beta_1^{\,t})\; \mathbb{E}\, g ,""",
)
def _(
    middle=lambda Eg, beta, t: Eg * (1 - beta) * sum(beta**j for j in range(t)),
    last=lambda Eg, beta, t: (1 - beta**t) * Eg,
):
    for t in (1, 2, 3):
        mean, g = mean_of_u(t)
        assert same_rational(middle(g, beta, t), mean)
        assert same_rational(last(g, beta, t), mean)


@equation(
    "eq-adam",
    r"""\hat u_t = \frac{u_t}{1 - \beta_1^{\,t}} , \qquad
    \hat q_t = \frac{q_t}{1 - \beta_2^{\,t}} , \qquad
    \theta_t = \theta_{t-1} - \eta\, \frac{\hat u_t}{\sqrt{\hat q_t} + \varepsilon} .""",
    kind="numerical",
)
def _(
    mean=lambda u, beta1, t: u / (1 - beta1**t),
    square=lambda q, beta2, t: q / (1 - beta2**t),
    step=lambda theta, eta, u, q, epsilon: theta - eta * (u / (np.sqrt(q) + epsilon)),
):
    curvature, start = np.array([1.0, 25.0, 3.0]), np.array([-4.0, 1.5, 0.6])
    theta, u, q = start, np.zeros(3), np.zeros(3)
    moved, adam = start.copy(), nn.Adam(0.3, beta1=0.6, beta2=0.8, epsilon=0.2)
    for t in range(1, 6):
        g = curvature * theta
        u, q = 0.6 * u + 0.4 * g, 0.8 * q + 0.2 * g**2
        theta = step(theta, 0.3, mean(u, 0.6, t), square(q, 0.8, t), 0.2)
        adam.step(moved, curvature * moved)
        assert close(theta, moved)
    assert close(theta, reference_adam(lambda x, i: curvature * x, start, None, 5, 0.3, 0.6, 0.8, 0.2))


# Batch normalisation: a batch of five, three features; ε is large, so that it is seen.
BATCH, D = random(5, 3, seed=2) * [1, 2, 0.5] + [0.4, -2, 3], random(5, 3, seed=3)
GAIN, SHIFT, EPSILON = np.array([1.7, -0.6, 2.3]), np.array([0.3, 1.4, -0.8]), 0.3


@cache
def batch_norm():
    """nnlib's layer after forward and backward: output, gradient, layer."""
    net = nn.Network([nn.BatchNorm(3, momentum=0.3, epsilon=EPSILON)], nn.MeanSquaredError())
    (layer,) = net.layers
    layer.gamma[:], layer.beta[:] = GAIN, SHIFT
    return layer.forward(BATCH, training=True), layer.backward(D), layer


def normalized(Z, gain, shift, xp=np):
    """Batch normalisation by NumPy, or by autograd's."""
    return gain * (Z - xp.mean(Z, axis=0)) / xp.sqrt(xp.var(Z, axis=0) + EPSILON) + shift


@cache
def slopes():
    """Of C, whose gradient with respect to the output is D: by Z, gain and shift.

    First by autograd, then by differences.
    """
    at = (BATCH, GAIN, SHIFT)

    def cost(xp):
        return lambda *args: xp.sum(D * normalized(*args, xp=xp))

    auto = [grad(cost(anp), i)(*at) for i in range(3)]
    numeric = [gradient(lambda v, i=i: cost(np)(*at[:i], v, *at[i + 1 :]), at[i]) for i in range(3)]
    return list(zip(auto, numeric, strict=True))


@equation(
    "eq-batch-norm",
    r"""\begin{aligned}
    \bar z &= \frac1m \sum_{i=1}^{m} z_i , & \qquad
    r &= \sqrt{\frac1m \sum_{i=1}^{m} (z_i - \bar z)^2 + \varepsilon} , \\
    \hat z_i &= \frac{z_i - \bar z}{r} , & \qquad
    y_i &= \gamma\, \hat z_i + \beta .
    \end{aligned}""",
    kind="numerical",
)
def _(
    mean=lambda z, m: 1 / m * sum(z[i] for i in range(m)),
    root=lambda z, mean, m, epsilon: sqrt(1 / m * sum((z[i] - mean) ** 2 for i in range(m)) + epsilon),
    hat=lambda z, mean, r, i: (z[i] - mean) / r,
    out=lambda gamma, hat, beta: gamma * hat + beta,
):
    Y, _, layer = batch_norm()
    for k in range(3):
        z = BATCH[:, k]
        average = mean(z, 5)
        r = root(z, average, 5, EPSILON)
        hats = np.array([hat(z, average, r, i) for i in range(5)])
        assert close([average, r], [np.average(z), 1 / layer.inverse[k]])
        assert close(hats, layer.normalized[:, k])
        assert close(out(GAIN[k], hats, SHIFT[k]), Y[:, k])
        assert close(out(GAIN[k], hats, SHIFT[k]), normalized(BATCH, GAIN, SHIFT)[:, k])


@equation(
    "eq-batch-norm-moments",
    r"""\frac1m \sum_i y_i = \beta , \qquad
    \frac1m \sum_i (y_i - \beta)^2 = \gamma^2 \Bigl( 1 - \frac{\varepsilon}{r^2} \Bigr) .""",
    kind="numerical",
)
def _(
    mean=lambda y, m: 1 / m * sum(y),
    square=lambda y, m, beta: 1 / m * sum((y_i - beta) ** 2 for y_i in y),
    right=lambda gamma, epsilon, r: gamma**2 * (1 - epsilon / r**2),
):
    Y, _, layer = batch_norm()
    for k in range(3):
        assert close(mean(Y[:, k], 5), SHIFT[k])
        assert close(square(Y[:, k], 5, SHIFT[k]), np.var(Y[:, k]))
        assert close(right(GAIN[k], EPSILON, 1 / layer.inverse[k]), np.var(Y[:, k]))


@equation(
    "eq-batch-norm-parameters",
    r"""\frac{\partial C}{\partial \beta} = \sum_i d_i , \qquad
    \frac{\partial C}{\partial \gamma} = \sum_i d_i\, \hat z_i .""",
    kind="numerical",
)
def _(shift=lambda d: d.sum(axis=0), gain=lambda d, z_hat: (d * z_hat).sum(axis=0)):
    *_, layer = batch_norm()
    _, by_gain, by_shift = slopes()
    for slope, tolerance in zip(by_shift, (1e-10, 1e-7), strict=True):
        assert close(shift(D), slope, tolerance)
    for slope, tolerance in zip(by_gain, (1e-10, 1e-7), strict=True):
        assert close(gain(D, layer.normalized), slope, tolerance)
    assert close(shift(D), layer.dbeta)
    assert close(gain(D, layer.normalized), layer.dgamma)


@cache
def exact_batch():
    """Three samples for which r is rational: mean 4, r = 3, ẑ, and the derivatives ∂ẑ_i/∂z_j by algebra."""
    z, values, epsilon = sp.symbols("z:3"), (1, 3, 8), sp.Rational(1, 3)
    mean = sum(z) / 3
    r = sp.sqrt(sum((z_i - mean) ** 2 for z_i in z) / 3 + epsilon)
    at = dict(zip(z, values, strict=True))
    table = sp.Matrix([[sp.diff((z_i - mean) / r, z_j).subs(at) for z_j in z] for z_i in z])
    return values, mean.subs(at), r.subs(at), [((z_i - mean) / r).subs(at) for z_i in z], table


def delta(i, j):
    return int(i == j)


@equation(
    "eq-batch-norm-jacobian",
    r"""\frac{\partial \hat z_i}{\partial z_j}
    = \frac{1}{r} \Bigl( \delta_{ij} - \frac1m \Bigr) - \frac{z_i - \bar z}{r^2} \cdot \frac{\hat z_j}{m}
    = \frac1r \Bigl( \delta_{ij} - \frac1m - \frac{\hat z_i\, \hat z_j}{m} \Bigr) .""",
)
def _(
    middle=lambda z, mean, r, hat, m, i, j: (
        1 / r * (delta(i, j) - 1 / m) - (z[i] - mean) / r**2 * (hat[j] / m)
    ),
    last=lambda r, hat, m, i, j: 1 / r * (delta(i, j) - 1 / m - hat[i] * hat[j] / m),
):
    z, mean, r, hat, table = exact_batch()
    m = sp.Integer(3)
    for i, j in product(range(3), repeat=2):
        assert middle(z, mean, r, hat, m, i, j) == last(r, hat, m, i, j) == table[i, j]
    # and by autograd, on five samples
    *_, layer = batch_norm()
    auto = jacobians()
    for k, i, j in product(range(3), range(5), range(5)):
        hat, r = layer.normalized[:, k], 1 / layer.inverse[k]
        assert close(middle(BATCH[:, k], np.average(BATCH[:, k]), r, hat, 5, i, j), auto[k][i, j])
        assert close(last(r, hat, 5, i, j), auto[k][i, j])


@cache
def jacobians():
    return [jacobian(lambda z: normalized(z, 1.0, 0.0, anp))(BATCH[:, k]) for k in range(3)]


@equation(
    "eq-batch-norm-backward",
    r"""\frac{\partial C}{\partial z_j}
    = \frac{\gamma}{r} \Bigl( d_j - \overline{d} - \hat z_j\, \overline{d\, \hat z} \Bigr) .""",
    kind="numerical",
)
def _(claim=lambda gamma, r, d, hat, j: gamma / r * (d[j] - d.mean() - hat[j] * (d * hat).mean())):
    # by algebra, with the sum over the samples that z_j has touched
    _, _, r, hat, table = exact_batch()
    d = np.array([sp.Rational(2, 7), -3, sp.Rational(5, 2)])
    for j in range(3):
        assert claim(11, r, d, np.array(hat), j) == 11 * sum(d[i] * table[i, j] for i in range(3))
    # by nnlib, autograd, and differences
    _, dZ, layer = batch_norm()
    auto, numeric = slopes()[0]
    for k, j in product(range(3), range(5)):
        slope = claim(GAIN[k], 1 / layer.inverse[k], D[:, k], layer.normalized[:, k], j)
        assert close([slope, slope], [dZ[j, k], auto[j, k]])
        assert close(slope, numeric[j, k], 1e-7)


@equation(
    "eq-batch-norm-running",
    r"""\begin{aligned}
    \bar z_{\text{run}} &\leftarrow (1 - \alpha)\, \bar z_{\text{run}} + \alpha\, \bar z , \\
    s^2_{\text{run}} &\leftarrow (1 - \alpha)\, s^2_{\text{run}} + \alpha\,
    \frac{1}{m - 1} \sum_i (z_i - \bar z)^2 ,
    \end{aligned}""",
    kind="numerical",
)
def _(
    mean=lambda run, alpha, mean: (1 - alpha) * run + alpha * mean,
    square=lambda run, alpha, m, z, mean: (
        (1 - alpha) * run + alpha * (1 / (m - 1)) * sum((z_i - mean) ** 2 for z_i in z)
    ),
):
    net = nn.Network([nn.BatchNorm(3, momentum=0.3)], nn.MeanSquaredError())
    (layer,) = net.layers
    centre, spread = layer.running_mean.copy(), layer.running_var.copy()
    for Z in (BATCH, 2 * BATCH[:4] - 1):
        net.forward(Z, training=True)
        average = np.average(Z, axis=0)
        centre, spread = mean(centre, 0.3, average), square(spread, 0.3, len(Z), Z, average)
        assert close([centre, spread], [layer.running_mean, layer.running_var])
    # with its expectations: the running variance is unbiased, whatever the batch size
    source = np.array([1.0, 2.0, 6.0])
    means, squares = zip(
        *((mean(0, 0.3, np.mean(z)), square(0, 0.3, 2, z, np.mean(z))) for z in product(source, repeat=2)),
        strict=True,
    )
    assert close([E(means), E(squares)], [0.3 * np.mean(source), 0.3 * np.var(source)])


@equation("eq-restarts", r"1 - (1 - p)^k .", kind="numerical")
def _(claim=lambda p, k: 1 - (1 - p) ** k):
    for p in (0.65, 0.2):
        for k in range(1, 6):
            lucky = [outcome for outcome in product((True, False), repeat=k) if any(outcome)]
            assert close(claim(p, k), sum(prod(p if hit else 1 - p for hit in row) for row in lucky))


@equation("eq-generalisation", r"R = \mathbb{E}_{(x, y)}\, J(x, y) .", kind="numerical")
def _(claim=lambda p, J: sum(p[i] * J[i] for i in range(len(p)))):
    # A source of five samples: the cost on a test set of two, over all such sets, is R on the average.
    p = np.array([0.1, 0.15, 0.2, 0.25, 0.3])
    net = network()
    losses = [net.evaluate(SAMPLES[[i]], LABELS[[i]]) for i in range(5)]
    costs = {i: net.evaluate(SAMPLES[list(i)], LABELS[list(i)]) for i in product(range(5), repeat=2)}
    assert close(claim(p, losses), sum(p[i] * p[j] * cost for (i, j), cost in costs.items()))


@equation("eq-test-size", r"m \approx \frac{1.96^2\, p (1 - p)}{h^2}", kind="numerical")
def _(claim=lambda p, h: 1.96**2 * p * (1 - p) / h**2):
    assert np.ceil(claim(0.98, 0.01)) == 753  # as the text says
    for p, h in ((0.98, 0.001), (0.7, 0.004)):
        m = round(claim(p, h))
        deviation = binom.std(m, p) / m
        assert close(h, norm.ppf(0.975) * deviation, 1e-4)
        low, high = nn.wilson_interval(round(p * m), m)
        assert abs((high - low) / 2 / h - 1) < 2e-3
        # of all measured accuracies, 95 % are no farther than h from the true one
        inside = binom.cdf(m * (p + h), m, p) - binom.cdf(m * (p - h), m, p)
        assert abs(inside - 0.95) < 2e-3


@cache
def luck(p, n, k):
    """E max_i D_i of k independent classifiers of accuracy p on n test samples."""
    right = np.arange(n)  # E max = n - Σ P(max ≤ j), j < n
    with np.errstate(divide="ignore"):  # the logarithm of a probability too small for a number
        return (n - np.sum(np.exp(k * np.log1p(-binom.sf(right, n, p))))) / n - p


@equation(
    "eq-choice",
    r"\mathbb{E} \max_i D_i \;\le\; \sqrt{\frac{\ln k}{2 n}} .",
    kind="numerical",
)
def _(claim=lambda k, n: sqrt(log(k) / (2 * n))):
    for p, n, k in product((0.5, 0.9, 0.3), (1, 7, 100), (1, 2, 10, 200)):
        assert luck(p, n, k) <= claim(k, n) + 1e-12
    # Not independent: one is right where the other is wrong.
    for n in (1, 2, 9):
        apart = sum(comb(n, j) / 2**n * abs(j / n - 0.5) for j in range(n + 1))
        assert apart <= claim(2, n)
    # It is the least of the bounds ln k / s + s / (8n), and no factor better than 1 would do for all k and n.
    for n, k in ((100, 200), (30, 5)):
        s = np.geomspace(1, 500, 2001)
        assert close(claim(k, n), np.min(log(k) / s + s / (8 * n)), 1e-4)
    ratios = [luck(0.5, 20_000, k) / claim(k, 20_000) for k in (1e2, 1e5, 1e12)]
    assert ratios == sorted(ratios)
    assert 0.94 < ratios[-1] < 1


@equation(
    "eq-hoeffding",
    r"""\mathbb{E}\, e^{s D_i} = \Bigl( \mathbb{E}\, e^{(s/n) (Z - \mathbb{E} Z)} \Bigr)^n
    \le e^{s^2 / (8 n)} .""",
    kind="numerical",
)
def _(
    middle=lambda p, Z, s, n: dot(p, np.exp(s / n * (Z - dot(p, Z)))) ** n,
    right=lambda s, n: exp(s**2 / (8 * n)),
):
    sources = (([0.0, 0.3, 1.0], [0.5, 0.2, 0.3]), ([0.0, 1.0], [0.9, 0.1]), ([0.0, 1.0], [0.5, 0.5]))
    for (values, p), n, s in product(sources, (2, 3), (0.2, 1.5, 6.0)):
        Z, centre = np.array(values), dot(values, p)
        left = sum(
            prod(p[i] for i in outcome) * exp(s * (sum(Z[i] for i in outcome) / n - centre))
            for outcome in product(range(len(p)), repeat=n)
        )
        assert close(middle(p, Z, s, n), left)
        assert left <= right(s, n)
    for n in (2, 3):  # sharp: a fair coin, small s
        assert abs(log(middle([0.5, 0.5], np.array([0.0, 1.0]), 0.1, n)) / log(right(0.1, n)) - 1) < 1e-3


@cache
def fits():
    """Five points, a quadratic truth, lines fitted to all 2⁵ patterns of a noise that is not symmetric.

    At the point 0.1: predictions and their probabilities, the truth; and the values of the noise and theirs.
    """
    tau, points = 0.8, np.array([-1.0, -0.4, 0.1, 0.5, 1.0])
    noises, weights = np.array([2 * tau, -tau / 2]), np.array([0.2, 0.8])  # mean 0, variance τ²
    patterns = np.array(list(product((0, 1), repeat=5)))
    slope, intercept = np.polyfit(points, (points**2 + 1 + noises[patterns]).T, 1)
    return slope * 0.1 + intercept, weights[patterns].prod(axis=1), 0.1**2 + 1, noises, weights, tau


@equation(
    "eq-bias-variance",
    r"""\mathbb{E}\, (y - \hat y)^2
    = \mathbb{E} \bigl( \xi + (f - h) + (h - \hat y) \bigr)^2
    = \underbrace{\tau^2}_{\text{noise}}
    + \underbrace{(f - h)^2}_{\text{bias}^2}
    + \underbrace{\mathbb{E}\, (\hat y - h)^2}_{\text{variance}} ,""",
    kind="numerical",
)
def _(
    middle=lambda xi, f, h, guess: (xi + (f - h) + (h - guess)) ** 2,
    last=lambda tau, f, h, guess, E: tau**2 + (f - h) ** 2 + E((guess - h) ** 2),
):
    guess, p, f, noises, weights, tau = fits()
    h = dot(p, guess)
    assert abs(f - h) > 0.1
    expected = 0
    for xi, weight in zip(noises, weights, strict=True):
        assert close(middle(xi, f, h, guess), (f + xi - guess) ** 2)  # each outcome, not only the mean
        expected += weight * dot(p, (f + xi - guess) ** 2)
    assert close(last(tau, f, h, guess, lambda values: dot(p, values)), expected)


@equation(
    "eq-variance-parameters",
    r"""\frac1n \sum_{i=1}^{n} \operatorname{var} \hat y_i
    = \frac1n\, \mathbb{E}\, \lVert H \xi \rVert^2
    = \frac1n\, \mathbb{E}\; \xi^\top H\, \xi
    = \frac{\tau^2}{n} \operatorname{trace} H
    = \tau^2\, \frac{d + 1}{n} .""",
    kind="numerical",
)
def _(
    first=lambda var, n: 1 / n * sum(var[i] for i in range(n)),
    second=lambda E, H, xi, n: 1 / n * E([norm2(dot(H, x)) for x in xi]),
    third=lambda E, H, xi, n: 1 / n * E([dot(x, dot(H, x)) for x in xi]),
    fourth=lambda tau, H, n: tau**2 / n * np.trace(H),
    last=lambda tau, d, n: tau**2 * ((d + 1) / n),
):
    for d in (1, 3):
        var, p, H, xi, tau = least_squares(d)
        value = np.average(var)
        assert close(first(var, 6), value)
        for term in (second, third):
            assert close(term(lambda values, p=p: dot(p, values), H, xi, 6), value)
        assert close([fourth(tau, H, 6), last(tau, d, 6)], [value, value])


@cache
def least_squares(d):
    """Variances of polynomials' values at six points, over all 2⁶ patterns of noise.

    And the probabilities of the patterns, the projection, and the patterns with their τ.
    """
    tau, x = 0.7, np.array([-1.0, -0.7, -0.1, 0.3, 0.6, 1.0])
    patterns = np.array(list(product((0, 1), repeat=6)))
    xi, p = np.array([2 * tau, -tau / 2])[patterns], np.array([0.2, 0.8])[patterns].prod(axis=1)
    values = np.vander(x, d + 1) @ np.polyfit(x, (np.sin(3 * x) + xi).T, d)  # by the fits, not by H
    var = values**2 @ p - (values @ p) ** 2
    Q, _ = np.linalg.qr(np.vander(x, d + 1))
    return var, p, Q @ Q.T, xi, tau


@equation("eq-min-norm", r"W = F^\top (F F^\top)^{-1}\, Y .", kind="numerical")
def _(claim=lambda F, Y: F.T @ np.linalg.inv(F @ F.T) @ Y):
    F, Y = random(3, 5), random(3, 2, seed=7)
    W = claim(F, Y)
    assert close(W, np.linalg.lstsq(F, Y, rcond=None)[0])
    assert close(F @ W, Y)
    _, _, rows = np.linalg.svd(F)
    assert close(rows[3:] @ W, np.zeros((2, 2)))  # at right angles to all U with F U = 0: none is shorter
