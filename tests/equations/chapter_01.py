"""Checks of the equations in 01-perceptron."""

from math import sqrt

import numpy as np
from registry import equation
from scipy.stats import norm

import nnlib as nn
from tools import close, dot, random

SIGN = "s is 1 or -1, its own inverse"
W, X = random(5, seed=1), random(40, 5, seed=2)


@equation("eq-affine", r"z = w \cdot x + b = \sum_{k=1}^{n} w_k x_k + b .", kind="numerical")
def _(claim=lambda w, x, b: sum(w[k] * x[k] for k in range(len(w))) + b):
    for x in X:
        assert close(claim(W, x, 0.7), nn.Perceptron(W, 0.7).z(x))


@equation(
    "eq-step",
    r"""a = \operatorname{step}(z) =
    \begin{cases} 1 & \text{if } z > 0, \\ 0 & \text{if } z \le 0 . \end{cases}""",
    kind="numerical",
)
def _(claim=lambda z: 1 if z > 0 else 0):
    for z in (-2.0, -1e-300, 0.0, 1e-300, 0.5, 3.0):
        assert claim(z) == nn.Step()(z) == nn.Perceptron([1.0])([z])


@equation(
    "eq-bias",
    r"""w \cdot x > \text{threshold} \quad\Longleftrightarrow\quad w \cdot x + b > 0
    \qquad\text{with}\quad b = -\text{threshold}.""",
    kind="numerical",
)
def _(claim=lambda threshold: -threshold):
    for threshold in (-0.8, 0.0, 1.3):
        above = threshold < W @ X.T
        assert np.array_equal(above, W @ X.T + claim(threshold) > 0)
        assert 0 < above.sum() < 40


@equation(
    "eq-distance",
    r"\operatorname{distance}(x) = \frac{|w \cdot x + b|}{\lVert w \rVert} .",
    kind="numerical",
)
def _(claim=lambda w, x, b: abs(dot(w, x) + b) / sqrt(dot(w, w))):
    for x in X:
        # The foot of the perpendicular, from the least squares problem: the nearest point with w·y = -b.
        step, *_ = np.linalg.lstsq(W[None, :], [-0.7 - W @ x], rcond=None)
        assert close(claim(W, x, 0.7), np.linalg.norm(step))


@equation(
    "eq-xor",
    r"""\begin{aligned}
    \text{(0,0)} \mapsto 0:&\quad b \le 0, & \qquad \text{(0,1)} \mapsto 1:&\quad w_2 + b > 0, \\
    \text{(1,1)} \mapsto 0:&\quad w_1 + w_2 + b \le 0, & \qquad \text{(1,0)} \mapsto 1:&\quad w_1 + b > 0 .
    \end{aligned}""",
    kind="numerical",
)
def _(
    first=lambda u, v, b: b <= 0,
    second=lambda u, v, b: v + b > 0,
    third=lambda u, v, b: u + v + b <= 0,
    fourth=lambda u, v, b: u + b > 0,
):
    grid = np.arange(-3, 3.5, 0.5)
    seen = set()
    for u, v, b in np.stack(np.meshgrid(grid, grid, grid), -1).reshape(-1, 3):
        unit = nn.Perceptron([u, v], b)
        right = [unit([0, 0]) == 0, unit([0, 1]) == 1, unit([1, 1]) == 0, unit([1, 0]) == 1]
        assert [first(u, v, b), second(u, v, b), third(u, v, b), fourth(u, v, b)] == right
        seen.add(tuple(right))
    assert len(seen) == 14  # of 16: never all four, never none
    assert (True,) * 4 not in seen


@equation(
    "eq-collapse",
    r"""W_2 (W_1 x + b_1) + b_2 = W x + b \qquad\text{with}\quad W = W_2 W_1,\quad b = W_2 b_1 + b_2 .""",
    kind="numerical",
)
def _(weights=lambda W1, W2: W2 @ W1, biases=lambda W2, b1, b2: W2 @ b1 + b2):
    W1, b1, W2, b2 = random(5, 5), random(5, seed=3), random(5, 5, seed=4), random(5, seed=5)
    for x in X:
        assert close(W2 @ (W1 @ x + b1) + b2, weights(W1, W2) @ x + biases(W2, b1, b2))


@equation(
    "eq-perceptron-rule",
    r"w \leftarrow w + \eta\, s\, x, \qquad b \leftarrow b + \eta\, s .",
    kind="numerical",
    same={"weights: eta * s with Div": SIGN, "bias: eta * s with Div": SIGN},
)
def _(weights=lambda w, eta, s, x: w + eta * s * x, bias=lambda b, eta, s: b + eta * s):
    for x, label in ((X[0], 0), (X[1], 1)):
        s = 2 * label - 1
        unit = nn.Perceptron(-s * 9 * x, -s)  # certainly wrong
        w, b = unit.w.copy(), unit.b
        unit.fit(x[None, :], [label], learning_rate=0.3, max_epochs=1)
        assert close(unit.w, weights(w, 0.3, s, x))
        assert close(unit.b, bias(b, 0.3, s))


@equation(
    "eq-after-update",
    r"""s z_{\text{new}} = s \bigl( (w + \eta s x) \cdot x + b + \eta s \bigr)
    = s z + \eta \bigl( \lVert x \rVert^2 + 1 \bigr),""",
    kind="numerical",
    same={"middle: eta * s with Div": SIGN},
)
def _(
    middle=lambda w, x, b, s, eta: s * (dot(w + eta * s * x, x) + b + eta * s),
    last=lambda w, x, b, s, eta: s * (dot(w, x) + b) + eta * (dot(x, x) + 1),
):
    for x in X[:10]:
        for s in (-1, 1):
            unit = nn.Perceptron(W + 0.3 * s * x, 0.7 + 0.3 * s)
            assert close(middle(W, x, 0.7, s, 0.3), s * unit.z(x))
            assert close(last(W, x, 0.7, s, 0.3), s * unit.z(x))


@equation(
    "eq-augmented",
    r"\hat x = (x, 1), \qquad \hat w = (w, b), \qquad z = \hat w \cdot \hat x .",
    kind="numerical",
)
def _(claim=lambda w, b, x: dot(np.append(w, b), np.append(x, 1))):
    for x in X:
        assert close(claim(W, 0.7, x), nn.Perceptron(W, 0.7).z(x))


@equation("eq-radius", r"R = \max_i \lVert \hat x_i \rVert .", kind="numerical")
def _(claim=lambda X: max(sqrt(dot(x, x) + 1) for x in X)):
    assert close(claim(X), nn.perceptron.radius(X))
    assert close(claim(X), np.linalg.norm(np.column_stack([X, np.ones(40)]), axis=1).max())


def separated():
    """Samples, signs, the unit vector of a separating plane in the larger space, labels, and the margin."""
    X, y, u, _ = nn.datasets.separable(60, 4, margin=0.2, seed=1)
    shift = 0.3
    b = -shift * u.sum()
    return X + shift, np.where(y == 1, 1, -1), np.append(u, b) / np.hypot(1, b), y, 0.2 / np.hypot(1, b)


@equation(
    "eq-margin",
    r"\gamma = \min_i\, s_i\, \hat u \cdot \hat x_i > 0, \qquad \lVert \hat u \rVert = 1 .",
    kind="numerical",
)
def _(claim=lambda u, X, s: min(s[i] * dot(u, np.append(X[i], 1)) for i in range(len(X)))):
    X, s, u, y, gamma = separated()
    assert close(claim(u, X, s), gamma)
    assert close(claim(u, X, s), nn.perceptron.margin(u[:-1], u[-1], X, y))


def watched_run(eta=0.5):
    """A run of the rule, with the vector before and after each update, and the sample."""
    X, s, u, y, gamma = separated()
    steps = []
    unit = nn.Perceptron(np.zeros(4))
    before = [np.zeros(5)]

    def note(unit, i):
        after = np.append(unit.w, unit.b)
        steps.append((before[0], after, np.append(X[i], 1), s[i]))
        before[0] = after

    assert unit.fit(X, y, learning_rate=eta, on_update=note).converged
    R = np.sqrt((X**2).sum(axis=1).max() + 1)
    return steps, u, R, gamma, eta


# How sharp the inequalities are depends on the samples. So each is tried where it is an equality.
@equation("eq-progress", r"\hat u \cdot \hat w_k \ge k\, \eta\, \gamma .", kind="numerical")
def _(claim=lambda k, eta, gamma: k * eta * gamma):
    steps, u, _, gamma, eta = watched_run()
    for k, (_, after, _, _) in enumerate(steps, 1):
        assert u @ after >= claim(k, eta, gamma) - 1e-9
        assert close(u @ after, claim(k, eta, gamma))  # here every sample lies at the margin itself


@equation(
    "eq-length",
    r"""\lVert \hat w_k \rVert^2 = \lVert \hat w_{k-1} \rVert^2 + 2 \eta\, s\, \hat w_{k-1} \cdot \hat x
    + \eta^2 \lVert \hat x \rVert^2 .""",
    kind="numerical",
    same={"claim: 2 * eta * s with Div": SIGN},
)
def _(claim=lambda old, eta, s, x: dot(old, old) + 2 * eta * s * dot(old, x) + eta**2 * dot(x, x)):
    steps, *_, eta = watched_run(eta=0.7)
    for old, new, x, s in steps:
        assert close(claim(old, eta, s, x), new @ new)


@equation("eq-growth", r"\lVert \hat w_k \rVert^2 \le k\, \eta^2 R^2 .", kind="numerical")
def _(claim=lambda k, eta, R: k * eta**2 * R**2):
    steps, _, R, _, eta = watched_run(eta=0.7)
    for k, (_, after, _, _) in enumerate(steps, 1):
        assert after @ after <= claim(k, eta, R) + 1e-9
    # Sharp: orthogonal samples of one length, all of them mistakes.
    vectors, total = 3.0 * np.eye(6), np.zeros(6)
    for k, x in enumerate(vectors, 1):
        total += 0.7 * x
        assert close(total @ total, claim(k, 0.7, 3.0))


@equation(
    "eq-squeeze",
    r"""k\, \eta\, \gamma \;\le\; \hat u \cdot \hat w_k \;\le\; \lVert \hat w_k \rVert
    \;\le\; \sqrt{k}\, \eta R .""",
    kind="numerical",
)
def _(floor=lambda k, eta, gamma: k * eta * gamma, ceiling=lambda k, eta, R: sqrt(k) * eta * R):
    steps, u, R, gamma, eta = watched_run(eta=0.7)
    for k, (_, after, _, _) in enumerate(steps, 1):
        length = np.linalg.norm(after)
        assert floor(k, eta, gamma) - 1e-9 <= u @ after <= length <= ceiling(k, eta, R) + 1e-9
        assert close(floor(k, eta, gamma), u @ after)
    for k in range(1, 7):
        assert close(ceiling(k, 0.7, 3.0), np.linalg.norm(0.7 * 3.0 * np.eye(6)[:k].sum(axis=0)))


@equation("eq-novikoff", r"k \le \left( \frac{R}{\gamma} \right)^{2}", kind="numerical")
def _(claim=lambda R, gamma: (R / gamma) ** 2):
    steps, _, R, gamma, _ = watched_run()
    assert len(steps) <= claim(R, gamma)
    # Where the floor k η γ meets the ceiling √k η R: no more updates fit in.
    for R, gamma in ((3.0, 0.2), (1.0, 0.5), (2.0, 1.5)):
        k = claim(R, gamma)
        assert close(k * gamma, np.sqrt(k) * R)


@equation("eq-plausible", r"|\hat p - p| \le c \sqrt{\frac{p (1 - p)}{m}} .", kind="numerical")
def _(claim=lambda c, p, m: c * sqrt(p * (1 - p) / m)):
    # c standard deviations of a share: for 95 % two of them, of a binomial count divided by m.
    for p, m in ((0.5, 100), (0.9, 400), (0.2, 1000)):
        counts = np.arange(m + 1)
        weights = np.exp(norm.logpdf(counts, m * p, np.sqrt(m * p * (1 - p))))
        weights /= weights.sum()
        mean = weights @ counts / m
        deviation = np.sqrt(weights @ (counts / m - mean) ** 2)
        assert close(claim(1.96, p, m), 1.96 * deviation, tolerance=1e-3)


@equation(
    "eq-wilson",
    r"""p = \frac{1}{1 + \frac{c^2}{m}} \left( \hat p + \frac{c^2}{2m} \pm
    c \sqrt{\frac{\hat p (1 - \hat p)}{m} + \frac{c^2}{4 m^2}} \right) .""",
    kind="numerical",
)
def _(
    claim=lambda p, m, c, sign: (
        (p + c**2 / (2 * m) + sign * c * sqrt(p * (1 - p) / m + c**2 / (4 * m**2))) / (1 + c**2 / m)
    ),
):
    for right, total in ((110, 114), (3, 7), (50, 200)):
        p, c = right / total, norm.ppf(0.975)
        low, high = nn.wilson_interval(right, total)
        assert close([claim(p, total, c, -1), claim(p, total, c, 1)], [low, high])
        for end in (low, high):  # the ends are where the deviation is just plausible
            assert close(abs(p - end), c * sqrt(end * (1 - end) / total))
