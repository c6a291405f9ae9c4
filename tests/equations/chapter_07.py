"""Checks of the equations in 07-regularization."""

from functools import cache
from itertools import product
from math import prod, sqrt
from types import SimpleNamespace

import autograd
import numpy as np
import sympy as sp
from autograd import numpy as anp
from registry import equation
from scipy import stats

import nnlib as nn
from tools import close, dot, gradient, identical, random

ETA, H, LAM, P, T = sp.symbols("eta h lambda p t", positive=True)


# Penalties


@equation(
    "eq-reg-cost", r"C_\lambda(\theta) = C(\theta) + \lambda\, \Omega(W), \qquad \lambda \ge 0 ,", "numerical"
)
def _(claim=lambda cost, lam, omega: cost + lam * omega, allowed=lambda lam: lam >= 0):
    X, Y, at = random(5, 3, seed=1), random(5, 2, seed=2), random(26, seed=3)

    def network(penalty):
        net = nn.Network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)], nn.MeanSquaredError(), penalty=penalty)
        net.params[:] = at
        return net

    net, free = network(nn.L2(0.3)), network(None)
    net.backward(net.forward(X), Y)

    def regularised(theta):
        free.params[:] = theta
        W = np.append(free.layers[0].W, free.layers[2].W)  # not the biases
        return claim(free.evaluate(X, Y), 0.3, W @ W / 2)

    assert close(gradient(regularised, at), net.grads, tolerance=1e-7)

    for lam in (-2.0, -1e-9, 0.0, 1e-9, 0.5, 3.0):
        try:
            accepted = bool(nn.L2(lam))
        except ValueError:
            accepted = False
        assert allowed(lam) == accepted


@equation("eq-lp", r"\Omega_p(W) = \frac1p \sum_i |w_i|^p .", "numerical")
def _(claim=lambda w, p: sum(abs(v) ** p for v in w) / p):
    w = random(6, seed=1)
    for p in (0.5, 1, 1.5, 2, 3.7):
        assert close(claim(w, p), nn.Lp(1, p).value(w))
        assert close(claim(w, p), np.linalg.norm(w, p) ** p / p)
        assert close(gradient(lambda w, p=p: claim(w, p), w), np.abs(w) ** (p - 1) * np.sign(w), 1e-6)


@equation("eq-l1", r"\Omega_1(W) = \sum_i |w_i| ,", "numerical")
def _(claim=lambda w: np.abs(w).sum()):
    w = random(6, seed=1)
    assert close(claim(w), nn.L1(1).value(w))
    assert close(claim(w), nn.Lp(1, 1).value(w))
    assert close(gradient(claim, w), nn.L1(1).gradient(w), tolerance=1e-8)


@equation("eq-l2", r"\Omega_2(W) = \frac12 \sum_i w_i^2 .", "numerical")
def _(claim=lambda w: 1 / 2 * (w**2).sum()):
    w = random(6, seed=1)
    assert close(claim(w), nn.L2(1).value(w))
    assert close(claim(w), nn.Lp(1, 2).value(w))
    assert close(gradient(claim, w), nn.L2(1).gradient(w), tolerance=1e-8)


@equation(
    "eq-reg-budget",
    r"C(\theta_\lambda) \le C(\theta) \quad\text{for every } \theta \text{ with } \Omega(W) \le t .",
    "numerical",
)
def _(claim=lambda best, cost, omega, t: best <= cost if omega <= t else None):
    # The proof needs nothing of C and Ω, and every set of parameters will do: a finite one, and all of it.
    theta = 2 * random(300, seed=1)
    C, omega = (theta - 1.5) ** 2 + np.sin(5 * theta), np.abs(theta)
    for lam in (0.0, 0.3, 1.0, 3.0):
        k = np.argmin(C + lam * omega)
        answers = [claim(C[k], C[i], omega[i], omega[k]) for i in range(300)]
        assert False not in answers
        assert answers[k]  # an equality there, on both sides
        assert answers.count(None) == np.sum(omega > omega[k])
        if lam:  # the condition is needed
            assert any(answers[i] is None and C[i] < C[k] for i in range(300))


@equation(
    "eq-reg-map",
    r"""\begin{aligned}
    \underbrace{\sum_{i=1}^m J_i}_{m\, C(\theta)} + \sum_j \frac{w_j^2}{2 \tau^2} + \text{constant}
    = {} & m \left( C(\theta) + \lambda\, \Omega_2(W) \right) + \text{constant} \\
    & \text{with}\quad \lambda = \frac{1}{m\, \tau^2} .
    \end{aligned}""",
    "numerical",
)
def _(
    left=lambda J, w, tau: J.sum() + (w**2 / (2 * tau**2)).sum(),
    brace=lambda m, C: m * C,
    right=lambda m, C, lam, omega: m * (C + lam * omega),
    strength=lambda m, tau: 1 / (m * tau**2),
):
    X, labels, tau, m = random(7, 3, seed=1), np.array([0, 1, 1, 0, 1, 0, 0]), 0.6, 7
    net = nn.Network([nn.Dense(3, 2)], nn.CategoricalCrossEntropy())
    found = []
    for seed in (2, 3, 4):
        net.params[:] = random(8, seed=seed)
        w, Z, C = net.layers[0].W.ravel(), net.forward(X), net.evaluate(X, labels)
        J = net.cost.losses(Z, np.eye(2)[labels])
        assert close(brace(m, C), J.sum())
        # By Bayes' rule, for densities: the product of the prior and of the likelihoods.
        posterior = np.prod(stats.norm.pdf(w, scale=tau)) * np.prod(
            net.predict_proba(X)[np.arange(m), labels]
        )
        found.append([-np.log(posterior), left(J, w, tau), right(m, C, strength(m, tau), nn.L2(1).value(w))])
    for differences in np.diff(found, axis=0):  # without the constants
        assert close(differences[1], differences[0])
        assert close(differences[2], differences[0])


# L2 along the eigenvectors


@cache
def ridge():
    """A linear unit: samples, targets, Hessian, its eigenvectors, the minimum, and the one with a penalty."""
    m, n, lam = 9, 4, 0.37
    X, y = random(m, n, seed=1) * [2.0, 1.0, 0.7, 0.3], random(m, seed=2)
    H = X.T @ X / m
    h, V = np.linalg.eigh(H)
    w_star, *_ = np.linalg.lstsq(X, y)
    # The penalty as more samples: n of them, with the targets 0.
    w_lam, *_ = np.linalg.lstsq(
        np.vstack([X / sqrt(m), sqrt(lam) * np.eye(n)]), np.append(y / sqrt(m), np.zeros(n))
    )
    return SimpleNamespace(m=m, n=n, lam=lam, X=X, y=y, H=H, h=h, V=V, w_star=w_star, w_lam=w_lam)


@equation("eq-reg-quadratic", r"C(w) = C(w^*) + \tfrac12 (w - w^*)^\top H (w - w^*) ,", "numerical")
def _(claim=lambda least, w, w_star, H: least + 1 / 2 * dot(w - w_star, dot(H, w - w_star))):
    r, mse = ridge(), nn.MeanSquaredError()

    def cost(w):
        return mse.value((r.X @ w)[:, None], r.y[:, None])

    for w in random(5, r.n, seed=3):
        assert close(claim(cost(r.w_star), w, r.w_star, r.H), cost(w))  # exact for a linear unit

    A, place = random(5, 3, seed=4), random(3, seed=5)

    def smooth(w):  # not quadratic, with its minimum at that place
        u = anp.dot(A, w - place)
        return anp.sum(anp.exp(u) - u)

    hessian = autograd.hessian(smooth)(place)
    for w in place + 1e-3 * random(5, 3, seed=6):
        assert abs(claim(5.0, w, place, hessian) - smooth(w)) < 0.01 * (smooth(w) - 5.0)


@equation(
    "eq-reg-ridge",
    r"""(H + \lambda I)\, w_\lambda = H w^* \qquad\Longrightarrow\qquad
    w_\lambda = (H + \lambda I)^{-1} H w^* .""",
    "numerical",
)
def _(
    left=lambda H, lam, identity, w: dot(H + lam * identity, w),
    right=lambda H, w_star: dot(H, w_star),
    solution=lambda H, lam, identity, w_star: np.linalg.solve(H + lam * identity, dot(H, w_star)),
):
    r = ridge()
    identity = np.eye(r.n)
    assert close(left(r.H, r.lam, identity, r.w_lam), right(r.H, r.w_star))
    # Away from w_λ the difference of the sides is the slope of the regularised cost.
    for w in random(3, r.n, seed=3):
        slope = r.X.T @ (r.X @ w - r.y) / r.m + nn.L2(r.lam).gradient(w)
        assert close(left(r.H, r.lam, identity, w) - right(r.H, r.w_star), slope)
    assert close(solution(r.H, r.lam, identity, r.w_star), r.w_lam)
    # Also if H cannot be inverted: 3 samples, 5 inputs, and the shortest of the minima.
    X, y = random(3, 5, seed=4), random(3, seed=5)
    more, targets = np.vstack([X / sqrt(3), sqrt(0.2) * np.eye(5)]), np.append(y / sqrt(3), np.zeros(5))
    assert close(
        solution(X.T @ X / 3, 0.2, np.eye(5), np.linalg.pinv(X) @ y), np.linalg.lstsq(more, targets)[0]
    )


@equation("eq-reg-shrink", r"w_\lambda = \sum_k \frac{h_k}{h_k + \lambda}\, c_k\, v_k .", "numerical")
def _(claim=lambda h, lam, c, v: sum(h[k] / (h[k] + lam) * c[k] * v[k] for k in range(len(h)))):
    r = ridge()
    c = [r.w_star @ v for v in r.V.T]
    assert close(claim(r.h, r.lam, c, r.V.T), r.w_lam)


@equation("eq-reg-dof", r"d_\lambda = \sum_{k} \frac{h_k}{h_k + \lambda} ,", "numerical")
def _(claim=lambda h, lam: sum(h[k] / (h[k] + lam) for k in range(len(h)))):
    # By how much each prediction follows its own target, in sum. It is linear in the targets.
    r = ridge()
    more = np.vstack([r.X / sqrt(r.m), sqrt(r.lam) * np.eye(r.n)])
    targets = np.vstack([np.eye(r.m) / sqrt(r.m), np.zeros((r.n, r.m))])
    assert close(claim(r.h, r.lam), np.trace(r.X @ np.linalg.lstsq(more, targets)[0]))
    assert close(claim(r.h, 1e-13), r.n)


# L1


@equation(
    "eq-reg-subgradient",
    r"""\partial |w| = \begin{cases} \{ \operatorname{sign}(w) \} & \text{if } w \ne 0, \\
    [-1, 1] & \text{if } w = 0 . \end{cases}""",
    "numerical",
)
def _(claim=lambda w: (-1, 1) if w == 0 else (np.sign(w), np.sign(w))):
    places = np.append(np.linspace(-3, 3, 61), [-1e-6, 0.0, 1e-6])
    for w in (-1.7, -1e-3, 0.0, 1e-3, 1.0, 2.4):
        low, high = claim(w)
        for slope in np.linspace(-2, 2, 81):
            below = np.all(abs(w) + slope * (places - w) <= np.abs(places) + 1e-9)
            assert below == (low - 1e-9 <= slope <= high + 1e-9)


def soft(u, kappa):
    """The soft threshold by cases, as on the page before the formula."""
    return np.where(u > kappa, u - kappa, np.where(u < -kappa, u + kappa, 0.0))


@equation(
    "eq-reg-soft",
    r"""w_\lambda = S_{\lambda / h}(w^*) \qquad\text{with}\quad
    S_\kappa(u) = \operatorname{sign}(u)\, \max(|u| - \kappa,\ 0) .""",
    "numerical",
)
def _(kappa=lambda lam, h: lam / h, S=lambda kappa, u: np.sign(u) * max(abs(u) - kappa, 0)):
    for h, lam in ((0.7, 0.3), (2.5, 1.6)):
        for w_star in (-2.9, -0.5, 0.1, 0.6, 1.1, 3.4):
            w = S(kappa(lam, h), w_star)

            def F(w, h=h, lam=lam, w_star=w_star):
                return h / 2 * (w - w_star) ** 2 + lam * abs(w)

            # The minimum: F is convex, and rises on both sides.
            for step in (1e-5, 1e-3, 0.1, 1.0):
                assert F(w) < min(F(w + step), F(w - step))
            assert (w == 0) == (abs(w_star) <= lam / h)


@cache
def lasso():
    """A small problem with L1: Hessian, minimum without, strength, and the solution by all sign patterns."""
    X, y, lam = random(8, 4, seed=11), random(8, seed=12), 0.12
    H, w_star = X.T @ X / 8, np.linalg.lstsq(X, y)[0]
    best, least = None, np.inf
    for signs in product([-1, 0, 1], repeat=4):
        s = np.array(signs)
        on = s != 0
        w = np.zeros(4)
        w[on] = np.linalg.solve(H[np.ix_(on, on)], (H @ w_star - lam * s)[on])
        value = np.sum((X @ w - y) ** 2) / 16 + lam * np.abs(w).sum()
        if value < least:
            best, least = w, value
    return H, w_star, lam, best


@equation(
    "eq-reg-prox", r"w \leftarrow S_{\eta \lambda}\!\left( w - \eta\, \nabla C(w) \right) .", "numerical"
)
def _(kappa=lambda eta, lam: eta * lam, inner=lambda w, eta, slope: w - eta * slope):
    H, w_star, lam, best = lasso()
    assert 0 < np.sum(best == 0) < 4
    for eta in (0.3, 0.15):
        w = random(4, seed=13)
        for _ in range(400):
            w = soft(inner(w, eta, H @ (w - w_star)), kappa(eta, lam))
        assert close(w, best)
        assert np.array_equal(w == 0, best == 0)  # exact zeros
        # One step: the minimum of the tangent, of the penalty, and of the way's square by 2η.
        w, slope = random(4, seed=14), random(4, seed=15)
        after = soft(inner(w, eta, slope), kappa(eta, lam))

        def step_cost(v, w=w, slope=slope, eta=eta):
            return slope @ v + lam * np.abs(v).sum() + np.sum((v - w) ** 2) / (2 * eta)

        for i, way in product(range(4), (-0.1, -1e-4, 1e-4, 0.1)):
            assert step_cost(after) < step_cost(after + way * np.eye(4)[i])


# Decay


@equation(
    "eq-decoupled-decay",
    r"""w \leftarrow w - \eta \left( \nabla C(w) + \lambda w \right)
    = (1 - \eta \lambda)\, w - \eta\, \nabla C(w) .""",
    "numerical",
)
def _(
    left=lambda w, eta, slope, lam: w - eta * (slope + lam * w),
    right=lambda w, eta, slope, lam: (1 - eta * lam) * w - eta * slope,
):
    r, eta, w = ridge(), 0.3, random(4, seed=3)
    slope = r.H @ (w - r.w_star)

    def regularised(w):
        return np.sum((r.X @ w - r.y) ** 2) / (2 * r.m) + nn.L2(r.lam).value(w)

    coupled, decoupled = w.copy(), w.copy()
    nn.SGD(eta).step(coupled, gradient(regularised, w))
    nn.SGD(eta, weight_decay=r.lam).step(decoupled, slope)
    for claim in (left, right):
        assert close(claim(w, eta, slope, r.lam), coupled, tolerance=1e-8)
        assert close(claim(w, eta, slope, r.lam), decoupled)


@equation("eq-reg-momentum", r"\nabla C(w) + (1 - \mu)\, \lambda\, w = 0 .", "numerical")
def _(claim=lambda slope, mu, lam, w: slope + (1 - mu) * lam * w):
    h, target = np.array([1.0, 0.4]), np.array([1.3, -0.8])
    for mu, lam in ((0.4, 0.3), (0.7, 0.5)):
        sgd, w = nn.SGD(0.3, momentum=mu, weight_decay=lam), np.array([3.0, 2.0])
        for _ in range(300):
            sgd.step(w, h * (w - target))
        assert close(claim(h * (w - target), mu, lam, w), np.zeros(2))


@equation(
    "eq-reg-adam-scale",
    r"\frac{c\, \hat u}{\sqrt{c^2\, \hat q}} = \frac{\hat u}{\sqrt{\hat q}} .",
    "numerical",
)
def _(left=lambda c, u, q: c * u / sqrt(c**2 * q), right=lambda u, q: u / sqrt(q)):
    steps, powers = random(6, seed=1), np.arange(6)[::-1]
    u, q = np.average(steps, weights=0.9**powers), np.average(steps**2, weights=0.999**powers)
    for c in (0.3, 1.0, 4.7):
        adam, before, after = nn.Adam(1.0, epsilon=1e-200), np.zeros(1), np.zeros(1)
        for g in steps:
            before[:] = after
            adam.step(after, np.array([c * g]))
        assert close(left(c, u, q), before[0] - after[0])
        assert close(right(u, q), before[0] - after[0])


@cache
def adam_on_noise(s, lam, w):
    """What Adam takes away per step, at η = 1, from a weight w with gradients λ w ± s: the mean of both."""
    adam, theta = nn.Adam(1.0, beta1=0.0, beta2=1 - 1e-9, epsilon=1e-200), np.zeros(2)
    signs = np.array([1.0, -1.0])
    for _ in range(2001):
        signs = -signs
        theta[:] = w
        adam.step(theta, lam * w + s * signs)
    return np.mean(w - theta)


@equation(
    "eq-reg-adamw",
    r"""\text{L2 in Adam: } \eta\, \frac{\lambda\, w}{\sqrt{s^2 + \lambda^2 w^2}} ,
    \qquad \text{decoupled: } \eta\, \lambda\, w .""",
    "numerical",
)
def _(
    inside=lambda eta, lam, w, s: eta * (lam * w) / sqrt(s**2 + lam**2 * w**2),
    outside=lambda eta, lam, w: eta * lam * w,
):
    for s, lam, w in ((0.7, 0.4, 1.7), (3.0, 1.5, -0.6)):
        assert abs(inside(0.03, lam, w, s) / (0.03 * adam_on_noise(s, lam, w)) - 1) < 1e-3
        theta = np.array([w])
        nn.AdamW(0.03, weight_decay=lam).step(theta, np.zeros(1))
        assert close(outside(0.03, lam, w), w - theta[0])


# Stopping early


@equation("eq-reg-early", r"w_t = \sum_k \left( 1 - (1 - \eta h_k)^t \right) c_k\, v_k .", "numerical")
def _(claim=lambda eta, h, t, c, v: sum((1 - (1 - eta * h[k]) ** t) * c[k] * v[k] for k in range(len(h)))):
    r = ridge()
    c, w, sgd = r.V.T @ r.w_star, np.zeros(r.n), nn.SGD(0.2)
    for t in range(1, 8):
        sgd.step(w, r.X.T @ (r.X @ w - r.y) / r.m)
        assert close(claim(0.2, r.h, t, c, r.V.T), w)


@equation("eq-reg-early-lambda", r"\lambda = \frac{1}{\eta\, t} .")
def _(claim=lambda eta, t: 1 / (eta * t)):
    # The factors of both methods agree where the cost is flat: in the first order in h.
    stopped, shrunk = 1 - (1 - ETA * H) ** T, H / (H + LAM)
    assert stopped.subs(H, 0) == shrunk.subs(H, 0) == 0
    assert identical(shrunk.diff(H).subs(H, 0).subs(LAM, claim(ETA, T)), stopped.diff(H).subs(H, 0))


@equation(
    "eq-reg-early-bounds",
    r"""\begin{aligned}
    &\frac{h}{h + \lambda} = \frac{x}{1 + x} \ \le\ 1 - e^{-x} \ \le\ 1 - (1 - \eta h)^t , \\[1ex]
    &1 - e^{-x} - \frac{x}{1 + x} < 0.204 .
    \end{aligned}""",
    "numerical",
)
def _(
    shrunk=lambda h, lam: h / (h + lam),
    first=lambda x: x / (1 + x),
    second=lambda x: 1 - np.exp(-x),
    third=lambda eta, h, t: 1 - (1 - eta * h) ** t,
    gap=lambda x: 1 - np.exp(-x) - x / (1 + x),
    bound=lambda: 0.204,
):
    eta, t, h = 0.4, np.arange(1, 30)[:, None], np.linspace(0, 2.5, 41)  # ηh from 0 to 1
    x = eta * h * t
    w, sgd, walk = np.zeros(41), nn.SGD(eta), []
    for _ in t:
        sgd.step(w, h * (w - 1))
        walk.append(w.copy())
    assert close(third(eta, h, t), np.array(walk))
    weight = h[1:] / (h[1:] + 1 / (eta * t))  # a quadratic's minimum with a penalty: where the slope is 0
    assert close(h[1:] * (weight - 1) + weight / (eta * t), np.zeros((29, 40)))
    assert close(shrunk(h[1:], 1 / (eta * t)), weight)
    assert close(first(x[:, 1:]), weight)
    assert np.all(first(x) <= second(x) + 1e-15)
    assert np.all(second(x) <= third(eta, h, t) + 1e-15)
    # Both are equalities at 0; the first one only there, the second one also for steps infinitely small.
    assert first(0.0) == second(0.0) == third(eta, 0.0, 3) == 0
    assert close(second(1.7), third(1e-6, 1.7, 1e6), tolerance=1e-5)
    # The second line: the largest gap, with its place, as a computer puts it.
    fine = np.linspace(0, 40, 40_001)
    assert close(gap(fine), second(fine) - first(fine))
    assert bound() - 0.001 < gap(fine).max() < bound()
    assert abs(fine[np.argmax(gap(fine))] - 2.513) < 1e-3


# Dropout


def masks(n, p):
    """All masks of n units, as rows, and their probabilities: unit by unit, by the chain rule."""
    rows, chances = [()], [1.0]
    for _ in range(n):
        rows = [(*row, d) for row in rows for d in (0, 1)]
        chances = [chance * (p, 1 - p)[d] for chance in chances for d in (0, 1)]
    return np.array(rows), np.array(chances)


@cache
def dropped(p):
    """Activations, what nnlib's dropout makes of them, and which units it kept."""
    A = random(100, 200, seed=1) + 5
    drop = nn.Dropout(p)
    drop.initialize(np.random.default_rng(2))
    out = drop.forward(A, training=True)
    return A, out, (out != 0).astype(float)


@equation(
    "eq-dropout",
    r"""\tilde a = \frac{d}{1 - p}\, a , \qquad d = 1 \text{ with probability } 1 - p,\ \text{ else } 0 .""",
    "numerical",
)
def _(claim=lambda d, p, a: d / (1 - p) * a, kept=lambda p: 1 - p, otherwise=lambda: 0):
    for p in (0.2, 0.7):
        A, out, d = dropped(p)
        assert close(claim(d, p, A), out)
        assert abs(kept(p) - d.mean()) < 0.01  # three standard deviations, of 20,000
        assert set(np.unique(d)) == {otherwise(), 1.0}


@equation(
    "eq-reg-dropout-moments",
    r"""\mathrm{E}[\tilde a] = a \qquad\text{and}\qquad
    \operatorname{Var}(\tilde a) = \frac{p}{1 - p}\, a^2 .""",
)
def _(mean=lambda a: a, variance=lambda p, a: p / (1 - p) * a**2):
    a = sp.symbols("a", real=True)
    outcomes = [(a / (1 - P), 1 - P), (sp.Integer(0), P)]
    assert identical(sum(value * chance for value, chance in outcomes), mean(a))
    assert identical(sum((value - a) ** 2 * chance for value, chance in outcomes), variance(P, a))


@equation("eq-reg-mask", r"P(d) = (1 - p)^{k}\, p^{\,n - k} .")
def _(claim=lambda p, k, n: (1 - p) ** k * p ** (n - k)):
    for n in (3, 4):
        for d in product([0, 1], repeat=n):
            one_by_one = prod(1 - P if kept else P for kept in d)
            assert sp.expand(claim(P, sum(d), n) - one_by_one) == 0
        assert sp.expand(sum(claim(P, sum(d), n) for d in product([0, 1], repeat=n))) == 1


@cache
def last_layer():
    """Dropout before an affine layer: nnlib's scores without it, and those of each mask, with its chance."""
    p, a = 0.3, random(1, 4, seed=1)
    net = nn.Network([nn.Dropout(p), nn.Dense(4, 3)], nn.CategoricalCrossEntropy())
    net.params[:] = random(15, seed=2)
    d, chances = masks(4, p)
    affine = nn.Network([nn.Dense(4, 3)], nn.CategoricalCrossEntropy())
    affine.params[:] = net.params
    scores = affine.forward(d * a / (1 - p)).copy()
    W, b = net.layers[1].W, net.layers[1].b
    return SimpleNamespace(
        p=p, a=a[0], W=W, b=b, d=d, chances=chances, scores=scores,
        full=net.forward(a)[0].copy(), probabilities=net.predict_proba(a)[0],
    )  # fmt: skip


@equation("eq-reg-ensemble", r"\mathrm{E}[z(d)] = \sum_d P(d)\, z(d) = W a + b .", "numerical")
def _(
    total=lambda P, z: sum(P[d] * z[d] for d in range(len(P))),
    last=lambda W, a, b: W @ a + b,
):
    c = last_layer()
    # The mean, unit by unit: of pairs of masks that differ in the last unit, then in the one before …
    mean = c.scores
    for _ in range(4):
        mean = c.p * mean[::2] + (1 - c.p) * mean[1::2]
    assert close(total(c.chances, c.scores), mean[0])
    assert close(last(c.W, c.a, c.b), mean[0])
    assert close(last(c.W, c.a, c.b), c.full)


@equation(
    "eq-reg-geometric",
    r"\frac{G_i}{\sum_j G_j} = \operatorname{softmax}(W a + b)_i .",
    "numerical",
)
def _(left=lambda G, i: G[i] / G.sum(), right=lambda softmax, W, a, b, i: softmax(W @ a + b)[i]):
    c, softmax = last_layer(), nn.Softmax()
    G = np.prod(softmax(c.scores) ** c.chances[:, None], axis=0)
    for i in range(3):
        assert close(left(G, i), c.probabilities[i])
        assert close(right(softmax, c.W, c.a, c.b, i), c.probabilities[i])
    assert not close(c.chances @ softmax(c.scores), c.probabilities, tolerance=1e-3)  # the ordinary mean


@equation(
    "eq-reg-dropout-penalty",
    r"""\begin{aligned}
    \mathrm{E}\, \frac{1}{2m} \sum_{i=1}^m \left( w \cdot \tilde x_i - y_i \right)^2
    = {} & \frac{1}{2m} \sum_{i=1}^m \left( w \cdot x_i - y_i \right)^2 \\
    & + \frac12\, \frac{p}{1 - p} \sum_k w_k^2 \left( \frac1m \sum_{i=1}^m x_{ik}^2 \right) .
    \end{aligned}""",
    "numerical",
)
def _(
    left=lambda w, X, y, m: 1 / (2 * m) * sum((dot(w, X[i]) - y[i]) ** 2 for i in range(m)),
    right=lambda w, X, y, m, n, p: (
        1 / (2 * m) * sum((dot(w, X[i]) - y[i]) ** 2 for i in range(m))
        + 1
        / 2
        * (p / (1 - p))
        * sum(w[k] ** 2 * (1 / m * sum(X[i, k] ** 2 for i in range(m))) for k in range(n))
    ),
):
    m, n, p = 3, 2, 0.3
    X, y, w = random(m, n, seed=1), random(m, seed=2), random(n, seed=3)
    d, chances = masks(m * n, p)  # each sample with a mask of its own
    mean = sum(P * left(w, X * one.reshape(m, n) / (1 - p), y, m) for P, one in zip(chances, d, strict=True))
    assert close(right(w, X, y, m, n, p), mean)
    assert close(left(w, X, y, m), nn.MeanSquaredError().value((X @ w)[:, None], y[:, None]))
    # As on the page, with ridge regression's λ if the mean square of each feature is 1.
    X /= np.sqrt(np.mean(X**2, axis=0))
    assert close(right(w, X, y, m, n, p), left(w, X, y, m) + nn.L2(p / (1 - p)).value(w))


@equation(
    "eq-dropconnect",
    r"""\operatorname{Cov}(z_j, z_l) = \begin{cases}
    \dfrac{p}{1 - p} \displaystyle\sum_k w_{jk}\, w_{lk}\, a_k^2 & \text{dropout}, \\[2ex]
    0 & \text{DropConnect} . \end{cases}""",
    "numerical",
)
def _(
    units=lambda p, w, i, j, a, n: p / (1 - p) * sum(w[i, k] * w[j, k] * a[k] ** 2 for k in range(n)),
    weights=lambda: 0,
):
    p, W, a, b = 0.3, random(2, 3, seed=1), random(3, seed=2), random(2, seed=3)

    def covariance(z, chances):
        centred = z - chances @ z
        return chances @ (centred[:, 0] * centred[:, 1])

    d, chances = masks(3, p)
    assert close(units(p, W, 0, 1, a, 3), covariance((d * a / (1 - p)) @ W.T + b, chances))
    d, chances = masks(6, p)
    z = (d.reshape(-1, 2, 3) * W / (1 - p)) @ a + b
    assert close(float(weights()), covariance(z, chances))
    # nnlib's layer gives the scores of one of these masks.
    net = nn.Network([nn.DropConnect(3, 2, p)], nn.MeanSquaredError(), seed=4)
    net.layers[0].W[:], net.layers[0].b[:] = W, b
    assert np.abs(z - net.forward(a[None], training=True)).max(axis=1).min() < 1e-12


# Noise


@equation(
    "eq-reg-noise",
    r"""\mathrm{E}\, \tfrac12 \left( w \cdot (x + \epsilon) - y \right)^2
    = \tfrac12 \left( w \cdot x - y \right)^2 + \tfrac{\sigma_\epsilon^2}{2}\, \lVert w \rVert^2 .""",
    "numerical",
)
def _(
    left=lambda w, x, epsilon, y: 1 / 2 * (dot(w, x + epsilon) - y) ** 2,
    right=lambda w, x, y, sigma: 1 / 2 * (dot(w, x) - y) ** 2 + sigma**2 / 2 * dot(w, w),
):
    w, x, y = random(3, seed=1), random(3, seed=2), 0.7
    # Two distributions with mean 0, one of them lopsided: pairs of a value and its probability.
    for one in (((0.6, 0.5), (-0.6, 0.5)), ((0.9, 0.25), (-0.3, 0.75))):
        sigma = sqrt(sum(value**2 * chance for value, chance in one))
        mean = 0.0
        for draw in product(one, repeat=3):
            mean += prod(chance for _, chance in draw) * left(w, x, np.array([v for v, _ in draw]), y)
        assert close(right(w, x, y, sigma), mean)
    mse = nn.MeanSquaredError()
    for epsilon in random(3, 3, seed=4):
        assert close(left(w, x, epsilon, y), mse.value(np.array([[w @ (x + epsilon)]]), y))


# Implicit regularization


@cache
def shortest():
    """Few samples of many inputs: gradient descent's solution from 0, and a basis of what the rows miss."""
    X, y = random(3, 6, seed=1), random(3, seed=2)
    w, sgd = np.zeros(6), nn.SGD(0.3)
    for _ in range(1500):
        sgd.step(w, X.T @ (X @ w - y) / 3)
    assert close(X @ w, y)
    return X, y, w, np.linalg.svd(X)[2][3:]


@equation(
    "eq-reg-minnorm",
    r"\lVert \hat w \rVert \le \lVert w \rVert \quad\text{for every } w \text{ with } X w = y .",
    "numerical",
)
def _(claim=lambda best, w: sqrt(dot(best, best)) <= sqrt(dot(w, w))):
    X, y, best, others = shortest()
    for scale in (1e-3, 0.1, 1.0, 10.0):
        for way in scale * random(5, 3, seed=3) @ others:
            assert close(X @ (best + way), y)
            assert claim(best, best + way) is True
            assert claim(best + way, best) is False
    assert claim(best, best)
    # Not for every w: some are shorter, and no solutions. And not from another start.
    assert not claim(best, best / 2)


@equation("eq-reg-modified", r"\tilde C(w) = C(w) + \frac{\eta}{4} \lVert \nabla C(w) \rVert^2 .")
def _(claim=lambda C, eta, slope: C + eta / 4 * slope.dot(slope)):
    # The path of slow descent on it for the time η, to the second order: it ends where one step on C does.
    u, v = sp.symbols("u v")
    w = sp.Matrix([u, v])
    C = u**3 / 3 + 2 * u * v**2 - u * v + 5 * v**3
    slope = sp.Matrix([C]).jacobian(w).T
    speed = -sp.Matrix([claim(C, ETA, slope)]).jacobian(w).T
    move = ETA * speed + ETA**2 / 2 * speed.jacobian(w) * speed
    for entry in (move + ETA * slope).subs({u: sp.Rational(2, 3), v: sp.Rational(-3, 5)}):
        orders = [entry.diff(ETA, k).subs(ETA, 0) for k in range(4)]
        assert orders[:3] == [0, 0, 0]
        assert orders[3] != 0  # and no further


@equation(
    "eq-reg-batch-noise",
    r"""\frac1K \sum_{k=1}^K \lVert \nabla C_k \rVert^2
    = \lVert \nabla C \rVert^2 + \frac1K \sum_{k=1}^K \lVert \nabla C_k - \nabla C \rVert^2 .""",
    "numerical",
)
def _(
    left=lambda G, K: 1 / K * sum(dot(G[k], G[k]) for k in range(K)),
    right=lambda g, G, K: dot(g, g) + 1 / K * sum(np.linalg.norm(G[k] - g) ** 2 for k in range(K)),
):
    # Gradients of a network on batches of 4, and on all 20 samples.
    X, Y = random(20, 3, seed=1), random(20, 2, seed=2)
    net = nn.Network([nn.Dense(3, 4), nn.Tanh(), nn.Dense(4, 2)], nn.MeanSquaredError())

    def slope(part):
        net.backward(net.forward(X[part]), Y[part])
        return net.grads.copy()

    G = np.array([slope(slice(i, i + 4)) for i in range(0, 20, 4)])
    mean_square = np.linalg.norm(G) ** 2 / 5
    assert close(left(G, 5), mean_square)
    assert close(right(slope(slice(None)), G, 5), mean_square)


@cache
def batch_noise(B):
    """Noise of one value's normalisation by BatchNorm: its deviation over 4000 batches, which are columns."""
    batch = random(B, 4000, seed=B)
    batch[0] = 0.8
    net = nn.Network([nn.BatchNorm(4000), nn.Dense(4000, 1)], nn.MeanSquaredError())
    return net.layers[0].forward(batch, training=True)[0].std()


@equation("eq-reg-bn-noise", r"\text{noise} \propto \frac{1}{\sqrt B} .", "numerical")
def _(claim=lambda B: 1 / sqrt(B)):
    # Exact for the mean of a batch, whose deviation has the factor σ: all batches there are, of four values.
    values = np.array([0.3, -1.1, 2.0, 0.7])
    for B in (1, 2, 3, 5):
        means = [sum(batch) / B for batch in product(values, repeat=B)]
        assert close(np.std(means), values.std() * claim(B))
    # And of what BatchNorm makes of a value, nearly: mean and variance of its batch both vary.
    for B in (20, 80):
        assert abs(batch_noise(4 * B) / batch_noise(B) / (claim(4 * B) / claim(B)) - 1) < 0.05


@equation("eq-reg-bn-scale", r"\operatorname{BN}(c\, W a) = \operatorname{BN}(W a) .", "numerical")
def _(left=lambda BN, c, W, A: BN((c * W @ A.T).T), right=lambda BN, W, A: BN((W @ A.T).T)):
    net = nn.Network([nn.BatchNorm(2, epsilon=1e-14)], nn.MeanSquaredError())
    net.layers[0].gamma[:], net.layers[0].beta[:] = (1.3, -0.4), (0.2, 0.9)

    def BN(Z):
        return net.forward(Z, training=True).copy()

    W, A = random(2, 4, seed=1), random(7, 4, seed=2)
    expected = np.array([1.3, -0.4]) * stats.zscore(np.inner(A, W)) + [0.2, 0.9]
    for c in (0.4, 3.7):
        assert close(left(BN, c, W, A), expected)
        assert close(right(BN, W, A), expected)
    assert not close(left(BN, -2.0, W, A), expected, tolerance=1e-3)  # it needs c > 0


# How sure?


@equation(
    "eq-reg-interval",
    r"""\bar d \pm t\, \frac{\hat\sigma}{\sqrt{k}} , \qquad
    \hat\sigma^2 = \frac{1}{k - 1} \sum_{i=1}^{k} (d_i - \bar d)^2 .""",
    "numerical",
)
def _(
    end=lambda mean, sign, t, sigma, k: mean + sign * t * (sigma / sqrt(k)),
    square=lambda d, mean, k: 1 / (k - 1) * sum((d[i] - mean) ** 2 for i in range(k)),
):
    for d in (random(10, seed=1) + 0.5, 3 * random(6, seed=2)):
        k, mean = len(d), d.mean()
        assert close(square(d, mean, k), np.var(d, ddof=1))
        expected = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        t, sigma = stats.t.ppf(0.975, k - 1), sqrt(square(d, mean, k))
        assert close([end(mean, -1, t, sigma, k), end(mean, 1, t, sigma, k)], [expected.low, expected.high])
