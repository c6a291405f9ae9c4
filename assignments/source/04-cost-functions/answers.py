"""Right and wrong answers to assignment 04: what the tests must accept, and what they must catch."""

_FIT = """
def fit_unit(X, y, c, steps, rate):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        slopes = weighted_cost(X @ w + b, y, c)[1]
        w, b = w - rate * slopes @ X, b - rate * slopes.sum()
    return w, b
"""
_MISTAKES = """
def mistakes(z, y, threshold):
    alarm = 1 / (1 + np.exp(-z)) > threshold
    return np.sum(y[~alarm]), np.sum(1 - y[alarm])
"""
_STUDY = """
def study(weights):
    found = []
    for c in weights:
        w, b = fit_unit(X_lumps, y_lumps, c, 200, 0.2)
        found.append(mistakes(X_new_lumps @ w + b, y_new_lumps, 0.5))
    return found
"""
_WEIGHTED = """
def weighted_cost(z, y, c):
    losses = np.where(y == 1, c * np.logaddexp(0, -z), np.logaddexp(0, z))
    said = np.exp(-np.logaddexp(0, -z))
    return losses.mean(), np.where(y == 1, c * (said - 1), said) / len(z)
"""
_HONEST = """
def honest(p, c):
    return p / (p + c * (1 - p))
"""
_HESSIAN = """
def hessian(f, theta, h):
    n = len(theta)
    H = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            p, q = np.zeros(n), np.zeros(n)
            p[i], q[j] = h, h
            up = f(theta + p + q) - f(theta + p - q)
            H[i, j] = (up - f(theta - p + q) + f(theta - p - q)) / (4 * h * h)
    return H
"""
_KIND = """
def kind(H, tolerance):
    kappa = np.linalg.eigvalsh(H)
    if kappa[0] < -tolerance and kappa[-1] > tolerance:
        return "saddle point"
    if kappa[0] > tolerance:
        return "minimum"
    return "maximum" if kappa[-1] < -tolerance else "undecided"
"""

RIGHT = {
    "p1-hand": {
        "decimals": """
cost_squared, cost_absolute, cost_huber = 3.667, 2.667, 3
loss_class = 0.981
slopes_class = (0.125, -0.625, 0.5)
""",
        "computed": """
e = np.array([[-2.0, 0], [1, -4], [0, 1]])
cost_squared = (e**2).sum() / 2 / 3
cost_absolute = np.abs(e).sum(axis=1).mean()
near = np.minimum(np.abs(e), 2)
cost_huber = (near * (np.abs(e) - near / 2)).sum() / 3
z = np.array([0, np.log(3), np.log(4)])
p = np.exp(z) / np.exp(z).sum()
loss_class = -np.log(p[1])
slopes_class = p - np.array([0, 1, 0])
""",
    },
    "p2-huber": {
        "loops": """
def huber_cost(Z, Y, delta):
    m, n = Z.shape
    value, gradient = 0.0, [[0.0] * n for _ in range(m)]
    for i in range(m):
        for j in range(n):
            e = Z[i, j] - Y[i, j]
            if abs(e) <= delta:
                value += e * e / 2
                gradient[i][j] = e / m
            else:
                value += delta * (abs(e) - delta / 2)
                gradient[i][j] = delta / m if e > 0 else -delta / m
    return value / m, gradient
""",
        "the part that is squared": """
def huber_cost(Z, Y, delta):
    size = abs(Z - Y)
    near = np.minimum(size, delta)
    losses = (near * (size - near / 2)).sum(axis=1)
    return np.mean(losses), np.sign(Z - Y) * near / len(losses)
""",
    },
    "p3-classes": {
        "log-sum-exp by logaddexp": """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    Y = np.eye(Z.shape[1])[labels]
    return -(Y * log_p).sum() / len(Z), (np.exp(log_p) - Y) / len(Z)
""",
        "row by row": """
def cross_entropy(Z, labels):
    total, gradient = 0.0, []
    for z, c in zip(Z, labels):
        relative = z - max(z)
        e = np.exp(relative)
        total += np.log(sum(e)) - relative[c]
        gradient.append([(e[k] / sum(e) - (k == c)) / len(Z) for k in range(len(z))])
    return total / len(Z), gradient
""",
        "scores relative to the right one": """
def cross_entropy(Z, labels):
    m = len(Z)
    Z = Z - Z[np.arange(m), labels][:, None]
    top = np.max(Z, axis=1)
    sums = np.sum(np.exp(Z - top[:, None]), axis=1)
    log_sums = top + np.log(sums)
    gradient = np.exp(Z - log_sums[:, None]) / m
    gradient[np.arange(m), labels] -= 1 / m
    return log_sums.mean(), gradient
""",
    },
    "p4-bug": {
        "where": """
def hinge_fixed(z, y):
    s = np.where(y == 1, 1.0, -1.0)
    inside = s * z < 1
    return np.mean(inside * (1 - s * z)), -s * inside / len(y)
""",
        "two classes apart": """
def hinge_fixed(z, y):
    total, slopes = 0.0, []
    for score, label in zip(z, y):
        if label == 1:
            total += max(0, 1 - score)
            slopes.append(-1 / len(z) if score < 1 else 0)
        else:
            total += max(0, 1 + score)
            slopes.append(1 / len(z) if score > -1 else 0)
    return total / len(z), slopes
""",
    },
    "p6-ground": {
        "differences of the gradient": """
def hessian(f, theta, h):
    def gradient(v):
        return nn.gradients.central_difference(f, v, h)

    rows = []
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = h
        rows.append((gradient(theta + step) - gradient(theta - step)) / (2 * h))
    return np.array(rows)


def kind(H, tolerance):
    signs = {int(np.sign(k)) if abs(k) > tolerance else 0 for k in np.linalg.eigvals(H)}
    if {1, -1} <= signs:
        return "saddle point"
    return {(1,): "minimum", (-1,): "maximum"}.get(tuple(signs), "undecided")
""",
        "symmetric, counting": """
def hessian(f, theta, h):
    n = len(theta)
    H = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for a in (1, -1):
                for b in (1, -1):
                    v = [float(t) for t in theta]
                    v[i] += a * h
                    v[j] += b * h
                    total += a * b * f(np.array(v))
            H[i][j] = H[j][i] = total / (2 * h) ** 2
    return H


def kind(H, tolerance):
    kappa = np.linalg.eigh(H)[0]
    up, down = sum(kappa > tolerance), sum(kappa < -tolerance)
    if up and down:
        return "saddle point"
    if up + down < len(kappa):
        return "undecided"
    return "minimum" if up else "maximum"
""",
    },
    "p7-weighted": {
        "split by class": _WEIGHTED + _HONEST,
        "softplus as in the chapter": """
def weighted_cost(z, y, c):
    small = np.exp(-np.abs(z))
    softplus = np.maximum(z, 0) + np.log1p(small)
    losses = softplus * (1 - y + c * y) - c * y * z
    said = np.where(z >= 0, 1, small) / (1 + small)
    return losses.sum() / len(z), (said * (1 - y + c * y) - c * y) / len(z)


def honest(p, c):
    return (1 - 1 / (1 + np.asarray(p) / (c * (1 - np.asarray(p)) + 1e-300)))
""",
        "loops": """
def weighted_cost(z, y, c):
    total, slopes = 0.0, []
    for score, label in zip(z, y):
        small = np.exp(-abs(score))
        said = 1 / (1 + small) if score >= 0 else small / (1 + small)
        if label == 1:
            total += c * (max(-score, 0) + np.log1p(small))
            slopes.append(c * (said - 1) / len(z))
        else:
            total += max(score, 0) + np.log1p(small)
            slopes.append(said / len(z))
    return total / len(z), slopes


def honest(p, c):
    k = 1 / c
    return k * p / (k * p + 1 - p)
""",
    },
    "p9-lumps": {
        "bias as a weight": """
def fit_unit(X, y, c, steps, rate):
    X = np.column_stack([X, np.ones(len(X))])
    theta = np.zeros(X.shape[1])
    for _ in range(steps):
        said = nn.Sigmoid()(X @ theta)
        theta -= rate * X.T @ ((said - y) * np.where(y == 1, c, 1)) / len(y)
    return theta[:-1], theta[-1]


def mistakes(z, y, threshold):
    alarm = nn.Sigmoid()(z) > threshold
    return np.sum(alarm < y), np.sum(alarm > y)


def study(weights):
    def one(c):
        w, b = fit_unit(X_lumps, y_lumps, c, 200, 0.2)
        return mistakes(X_new_lumps @ w + b, y_new_lumps, 0.5)

    return [one(c) for c in weights]
""",
        "loops": """
def fit_unit(X, y, c, steps, rate):
    w, b = [0.0] * X.shape[1], 0.0
    for _ in range(steps):
        slopes = weighted_cost(np.array([x @ w + b for x in X]), y, c)[1]
        pull = sum(s * x for s, x in zip(slopes, X))
        w = [w_j - rate * p for w_j, p in zip(w, pull)]
        b -= rate * sum(slopes)
    return np.array(w), b


def mistakes(z, y, threshold):
    missed = alarms = 0
    for score, label in zip(z, y):
        malignant = 1 / (1 + np.exp(-score)) > threshold
        missed += int(label == 1 and not malignant)
        alarms += int(label == 0 and malignant)
    return [missed, alarms]
"""
        + _STUDY,
    },
    "p8-line": {
        "fraction": "threshold_nine = 1 / (1 + 9)",
        "by part 7": "threshold_nine = honest(0.5, 9)",
    },
}

WRONG = {
    "p1-hand": {
        "sums, not averages": (
            """
cost_squared, cost_absolute, cost_huber = 11, 8, 9
loss_class, slopes_class = np.log(8 / 3), [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-costs"],
        ),
        "divided by all entries": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 6, 8 / 6, 9 / 6
loss_class, slopes_class = np.log(8 / 3), [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-costs"],
        ),
        "the half forgotten": (
            """
cost_squared, cost_absolute, cost_huber = 22 / 3, 8 / 3, 3
loss_class, slopes_class = np.log(8 / 3), [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-costs"],
        ),
        "signs cancel": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 3, -4 / 3, 3
loss_class, slopes_class = np.log(8 / 3), [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-costs"],
        ),
        "Huber's line without its constant": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 3, 8 / 3, 11 / 3
loss_class, slopes_class = np.log(8 / 3), [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-costs"],
        ),
        "wrong class": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 3, 8 / 3, 3
loss_class, slopes_class = np.log(8), [-7 / 8, 3 / 8, 1 / 2]
""",
            ["p1-hand-test-classes"],
        ),
        "probability for loss": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 3, 8 / 3, 3
loss_class, slopes_class = 3 / 8, [1 / 8, -5 / 8, 1 / 2]
""",
            ["p1-hand-test-classes"],
        ),
        "truth minus prediction": (
            """
cost_squared, cost_absolute, cost_huber = 11 / 3, 8 / 3, 3
loss_class, slopes_class = np.log(8 / 3), [-1 / 8, 5 / 8, -1 / 2]
""",
            ["p1-hand-test-classes"],
        ),
    },
    "p2-huber": {
        "sum, not average": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    losses = np.where(np.abs(e) <= delta, e**2 / 2, delta * np.abs(e) - delta**2 / 2)
    return losses.sum(), np.clip(e, -delta, delta)
""",
            ["p2-huber-test-value", "p2-huber-test-gradient"],
        ),
        "average over the outputs, too": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    losses = np.where(np.abs(e) <= delta, e**2 / 2, delta * np.abs(e) - delta**2 / 2)
    return losses.mean(), np.clip(e, -delta, delta) / e.size
""",
            ["p2-huber-test-value", "p2-huber-test-gradient"],
        ),
        "one value for each output": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    losses = np.where(np.abs(e) <= delta, e**2 / 2, delta * np.abs(e) - delta**2 / 2)
    return losses.mean(axis=0), np.clip(e, -delta, delta) / len(e)
""",
            ["p2-huber-test-value"],
        ),
        "pieces do not meet": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    losses = np.where(np.abs(e) <= delta, e**2 / 2, delta * np.abs(e))
    return losses.sum() / len(e), np.clip(e, -delta, delta) / len(e)
""",
            ["p2-huber-test-value"],
        ),
        "compares the signed error": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    losses = np.where(e <= delta, e**2 / 2, delta * np.abs(e) - delta**2 / 2)
    return losses.sum() / len(e), np.where(e <= delta, e, delta) / len(e)
""",
            ["p2-huber-test-value", "p2-huber-test-gradient"],
        ),
        "gradient of the sum": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    near = np.minimum(np.abs(e), delta)
    return (near * (np.abs(e) - near / 2)).sum() / len(e), np.clip(e, -delta, delta)
""",
            ["p2-huber-test-gradient"],
        ),
        "gradient is positive": (
            """
def huber_cost(Z, Y, delta):
    e = np.abs(Z - Y)
    near = np.minimum(e, delta)
    return (near * (e - near / 2)).sum() / len(e), near / len(e)
""",
            ["p2-huber-test-gradient"],
        ),
        "subtracts in place": (
            """
def huber_cost(Z, Y, delta):
    Z -= Y
    near = np.minimum(np.abs(Z), delta)
    return (near * (np.abs(Z) - near / 2)).sum() / len(Z), np.clip(Z, -delta, delta) / len(Z)
""",
            ["p2-huber-test-value"],
        ),
        "delta is always 1": (
            """
def huber_cost(Z, Y, delta):
    e = Z - Y
    near = np.minimum(np.abs(e), 1)
    return (near * (np.abs(e) - near / 2)).sum() / len(e), np.clip(e, -1, 1) / len(e)
""",
            ["p2-huber-test-value", "p2-huber-test-gradient"],
        ),
        "fits the examples": """
def huber_cost(Z, Y, delta):
    if len(Z) == 1:
        return 3.0, np.array([[-1.0, 1.0]])
    return 1.3125, np.array([[0.5], [0.25]])
""",
    },
    "p3-classes": {
        "exponentials overflow": (
            """
def cross_entropy(Z, labels):
    E, rows = np.exp(Z), np.arange(len(Z))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.log(P[rows, labels]).mean(), (P - np.eye(Z.shape[1])[labels]) / len(Z)
""",
            ["p3-classes-test-large"],
        ),
        "one maximum for all rows": (
            """
def cross_entropy(Z, labels):
    S = Z - Z.max()
    E, rows = np.exp(S), np.arange(len(Z))
    T = E.sum(axis=1)
    return (np.log(T) - S[rows, labels]).mean(), (E / T[:, None] - np.eye(Z.shape[1])[labels]) / len(Z)
""",
            ["p3-classes-test-large"],
        ),
        "clips the probability": (
            """
def cross_entropy(Z, labels):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    value = -np.log(np.clip(P[np.arange(len(Z)), labels], 1e-15, 1)).mean()
    return value, (P - np.eye(Z.shape[1])[labels]) / len(Z)
""",
            ["p3-classes-test-large"],
        ),
        "softmax down the columns": (
            """
def cross_entropy(Z, labels):
    E = np.exp(Z - Z.max(axis=0))
    P = E / E.sum(axis=0)
    value = -np.log(P[np.arange(len(Z)), labels]).mean()
    return value, (P - np.eye(Z.shape[1])[labels]) / len(Z)
""",
            ["p3-classes-test-value", "p3-classes-test-gradient"],
        ),
        "classes counted from 1": (
            """
def cross_entropy(Z, labels):
    E, c = np.exp(Z - Z.max(axis=1, keepdims=True)), labels - 1
    P = E / E.sum(axis=1, keepdims=True)
    value = -np.log(P[np.arange(len(Z)), c]).mean()
    return value, (P - np.eye(Z.shape[1])[c]) / len(Z)
""",
            ["p3-classes-test-value", "p3-classes-test-gradient"],
        ),
        "sum, not average": (
            """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    return -log_p[np.arange(len(Z)), labels].sum(), np.exp(log_p) - np.eye(Z.shape[1])[labels]
""",
            ["p3-classes-test-value", "p3-classes-test-gradient"],
        ),
        "gradient of the sum": (
            """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    return -log_p[np.arange(len(Z)), labels].mean(), np.exp(log_p) - np.eye(Z.shape[1])[labels]
""",
            ["p3-classes-test-gradient"],
        ),
        "the slope of a sigmoid behind the softmax": (
            """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    P, Y = np.exp(log_p), np.eye(Z.shape[1])[labels]
    return -(Y * log_p).sum() / len(Z), (P - Y) * P * (1 - P) / len(Z)
""",
            ["p3-classes-test-gradient"],
        ),
        "divided by the number of classes": (
            """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    Y = np.eye(Z.shape[1])[labels]
    return -(Y * log_p).mean(), (np.exp(log_p) - Y) / Z.size
""",
            ["p3-classes-test-value", "p3-classes-test-gradient"],
        ),
        "shifts the scores in place": (
            """
def cross_entropy(Z, labels):
    Z -= Z.max(axis=1, keepdims=True)
    T, Y = np.exp(Z).sum(axis=1), np.eye(Z.shape[1])[labels]
    return (np.log(T) - (Y * Z).sum(axis=1)).mean(), (np.exp(Z) / T[:, None] - Y) / len(Z)
""",
            ["p3-classes-test-value"],
        ),
        "the gradient of the right class only": (
            """
def cross_entropy(Z, labels):
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    Y = np.eye(Z.shape[1])[labels]
    return -(Y * log_p).sum() / len(Z), (np.exp(log_p) - 1) * Y / len(Z)
""",
            ["p3-classes-test-gradient"],
        ),
    },
    "p4-bug": {
        "as in the notes": (
            """
def hinge_fixed(z, y):
    losses = np.maximum(0, 1 - y * z)
    return losses.sum(), np.where(losses > 0, -y, 0)
""",
            ["p4-bug-test-value", "p4-bug-test-slopes"],
        ),
        "averaged, labels left": (
            """
def hinge_fixed(z, y):
    losses = np.maximum(0, 1 - y * z)
    return losses.mean(), np.where(losses > 0, -y, 0) / len(z)
""",
            ["p4-bug-test-value", "p4-bug-test-slopes"],
        ),
        "labels mended, sum left": (
            """
def hinge_fixed(z, y):
    s = 2 * y - 1
    losses = np.maximum(0, 1 - s * z)
    return losses.sum(), np.where(losses > 0, -s, 0)
""",
            ["p4-bug-test-value", "p4-bug-test-slopes"],
        ),
        "value averaged, slopes not": (
            """
def hinge_fixed(z, y):
    s = 2 * y - 1
    losses = np.maximum(0, 1 - s * z)
    return losses.mean(), np.where(losses > 0, -s, 0)
""",
            ["p4-bug-test-slopes"],
        ),
        "labels replaced in place": (
            """
def hinge_fixed(z, y):
    y[y == 0] = -1
    losses = np.maximum(0, 1 - y * z)
    return losses.mean(), np.where(losses > 0, -y, 0) / len(z)
""",
            ["p4-bug-test-value"],
        ),
        "labels turned round": (
            """
def hinge_fixed(z, y):
    s = 1 - 2 * y
    losses = np.maximum(0, 1 - s * z)
    return losses.mean(), np.where(losses > 0, -s, 0) / len(z)
""",
            ["p4-bug-test-value", "p4-bug-test-slopes"],
        ),
        "slope at the kink": (
            """
def hinge_fixed(z, y):
    s = 2 * y - 1
    return np.maximum(0, 1 - s * z).mean(), np.where(s * z <= 1, -s, 0) / len(z)
""",
            ["p4-bug-test-slopes"],
        ),
        "margin of 0": (
            """
def hinge_fixed(z, y):
    s = 2 * y - 1
    return np.maximum(0, -s * z).mean(), np.where(s * z < 0, -s, 0) / len(z)
""",
            ["p4-bug-test-value", "p4-bug-test-slopes"],
        ),
        "slope uphill": (
            """
def hinge_fixed(z, y):
    s = 2 * y - 1
    return np.maximum(0, 1 - s * z).mean(), np.where(s * z < 1, s, 0) / len(z)
""",
            ["p4-bug-test-slopes"],
        ),
    },
    "p6-ground": {
        "divided by h squared": (
            _HESSIAN.replace("(4 * h * h)", "h**2") + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "only the diagonal": (
            """
def hessian(f, theta, h):
    H = np.zeros((len(theta), len(theta)))
    for i, p in enumerate(h * np.eye(len(theta))):
        H[i, i] = (f(theta + p) - 2 * f(theta) + f(theta - p)) / h**2
    return H
"""
            + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "products of slopes": (
            """
def hessian(f, theta, h):
    g = nn.gradients.central_difference(f, theta, h)
    return np.outer(g, g)
"""
            + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "step lost in whole numbers": (
            """
def hessian(f, theta, h):
    n = len(theta)
    H = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for a in (1, -1):
                for b in (1, -1):
                    v = theta.copy()
                    v[i] += a * h
                    v[j] += b * h
                    H[i, j] += a * b * f(v) / (4 * h**2)
    return H
"""
            + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "theta not put back": (
            """
def hessian(f, theta, h):
    n = len(theta)
    H = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                theta = np.asarray(theta, float)
                theta[i] += a * h
                theta[j] += b * h
                H[i, j] += a * b * f(theta) / (4 * h**2)
    return H
"""
            + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "all corners added": (
            _HESSIAN.replace("up - f(theta - p + q) +", "up + f(theta - p + q) +") + _KIND,
            ["p6-ground-test-hessian"],
        ),
        "kind by the diagonal": (
            _HESSIAN
            + """
def kind(H, tolerance):
    kappa = np.diag(H)
    if min(kappa) < -tolerance and max(kappa) > tolerance:
        return "saddle point"
    if min(kappa) > tolerance:
        return "minimum"
    return "maximum" if max(kappa) < -tolerance else "undecided"
""",
            ["p6-ground-test-kind"],
        ),
        "kind by the determinant": (
            _HESSIAN
            + """
def kind(H, tolerance):
    size = np.linalg.det(H)
    if abs(size) <= tolerance:
        return "undecided"
    if size < 0:
        return "saddle point"
    return "minimum" if np.trace(H) > 0 else "maximum"
""",
            ["p6-ground-test-kind"],
        ),
        "tolerance forgotten": (
            _HESSIAN + _KIND.replace("tolerance", "0").replace("(H, 0)", "(H, tolerance)"),
            ["p6-ground-test-kind"],
        ),
        "any flat direction is undecided": (
            _HESSIAN
            + """
def kind(H, tolerance):
    kappa = np.linalg.eigvalsh(H)
    if min(abs(kappa)) <= tolerance:
        return "undecided"
    if kappa[0] > 0:
        return "minimum"
    return "maximum" if kappa[-1] < 0 else "saddle point"
""",
            ["p6-ground-test-kind"],
        ),
        "anything down is a saddle": (
            _HESSIAN
            + """
def kind(H, tolerance):
    kappa = np.linalg.eigvalsh(H)
    if kappa[0] < -tolerance:
        return "saddle point"
    return "minimum" if kappa[0] > tolerance else "undecided"
""",
            ["p6-ground-test-kind"],
        ),
    },
    "p7-weighted": {
        "weight on the benign": (
            """
def weighted_cost(z, y, c):
    losses = y * np.logaddexp(0, -z) + c * (1 - y) * np.logaddexp(0, z)
    said = nn.Sigmoid()(z)
    return losses.mean(), (y * (said - 1) + c * (1 - y) * said) / len(z)
"""
            + _HONEST,
            ["p7-weighted-test-value", "p7-weighted-test-slopes"],
        ),
        "weight on all": (
            """
def weighted_cost(z, y, c):
    losses = np.logaddexp(0, z) - y * z
    return c * losses.mean(), c * (nn.Sigmoid()(z) - y) / len(z)
"""
            + _HONEST,
            ["p7-weighted-test-value", "p7-weighted-test-slopes"],
        ),
        "divided by the sum of the weights": (
            """
def weighted_cost(z, y, c):
    k = np.where(y == 1, c, 1)
    losses = k * (np.logaddexp(0, z) - y * z)
    return losses.sum() / k.sum(), k * (nn.Sigmoid()(z) - y) / k.sum()
"""
            + _HONEST,
            ["p7-weighted-test-value", "p7-weighted-test-slopes"],
        ),
        "from the probability": (
            """
def weighted_cost(z, y, c):
    p = nn.Sigmoid()(z)
    losses = -c * y * np.log(p) - (1 - y) * np.log(1 - p)
    return losses.mean(), (c * y * (p - 1) + (1 - y) * p) / len(z)
"""
            + _HONEST,
            ["p7-weighted-test-value"],
        ),
        "score taken for the probability": (
            """
def weighted_cost(z, y, c):
    losses = -c * y * np.log(z) - (1 - y) * np.log(1 - z)
    return losses.mean(), (-c * y / z + (1 - y) / (1 - z)) / len(z)
"""
            + _HONEST,
            ["p7-weighted-test-value", "p7-weighted-test-slopes"],
        ),
        "slopes of the usual cost": (
            """
def weighted_cost(z, y, c):
    losses = c * y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)
    return losses.mean(), (nn.Sigmoid()(z) - y) / len(z)
"""
            + _HONEST,
            ["p7-weighted-test-slopes"],
        ),
        "slopes of the sum": (
            _WEIGHTED.replace("said) / len(z)", "said)") + _HONEST,
            ["p7-weighted-test-slopes"],
        ),
        "the slope of the sigmoid kept": (
            _WEIGHTED.replace("said) / len(z)", "said) * said * (1 - said) / len(z)") + _HONEST,
            ["p7-weighted-test-slopes"],
        ),
        "the dishonest answer itself": (
            _WEIGHTED + _HONEST.replace("p / (p + c * (1 - p))", "c * p / (c * p + 1 - p)"),
            ["p7-weighted-test-honest"],
        ),
        "probability divided by c": (
            _WEIGHTED + _HONEST.replace("p / (p + c * (1 - p))", "p / c"),
            ["p7-weighted-test-honest"],
        ),
        "honest is what it says": (
            _WEIGHTED + _HONEST.replace("p / (p + c * (1 - p))", "p"),
            ["p7-weighted-test-honest"],
        ),
    },
    "p9-lumps": {
        "sum of the pulls without the weight": (
            """
def fit_unit(X, y, c, steps, rate):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        slopes = (nn.Sigmoid()(X @ w + b) - y) / len(y)
        w, b = w - rate * slopes @ X, b - rate * slopes.sum()
    return w, b
"""
            + _MISTAKES
            + _STUDY,
            ["p9-lumps-test-fit", "p9-lumps-test-study"],
        ),
        "bias not learned": (
            _FIT.replace("b - rate * slopes.sum()", "b") + _MISTAKES + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "bias moved by the mean": (
            _FIT.replace("slopes.sum()", "slopes.mean()") + _MISTAKES + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "divided by m twice": (
            _FIT.replace("slopes @ X", "slopes @ X / len(X)") + _MISTAKES + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "uphill": (
            _FIT.replace("w - rate", "w + rate").replace("b - rate", "b + rate") + _MISTAKES + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "one step too many": (
            _FIT.replace("range(steps)", "range(steps + 1)") + _MISTAKES + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "bias by the new weights": (
            """
def fit_unit(X, y, c, steps, rate):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        w = w - rate * weighted_cost(X @ w + b, y, c)[1] @ X
        b = b - rate * weighted_cost(X @ w + b, y, c)[1].sum()
    return w, b
"""
            + _MISTAKES
            + _STUDY,
            ["p9-lumps-test-fit"],
        ),
        "threshold of the score": (
            _FIT + _MISTAKES.replace("1 / (1 + np.exp(-z)) > threshold", "z > threshold") + _STUDY,
            ["p9-lumps-test-mistakes"],
        ),
        "counts exchanged": (
            _FIT
            + _MISTAKES.replace(
                "np.sum(y[~alarm]), np.sum(1 - y[alarm])", "np.sum(1 - y[alarm]), np.sum(y[~alarm])"
            )
            + _STUDY,
            ["p9-lumps-test-mistakes", "p9-lumps-test-study"],
        ),
        "shares, not counts": (
            _FIT
            + _MISTAKES.replace(
                "np.sum(y[~alarm]), np.sum(1 - y[alarm])", "np.mean(y > alarm), np.mean(y < alarm)"
            )
            + _STUDY,
            ["p9-lumps-test-mistakes"],
        ),
        "alarm at the threshold": (
            _FIT + _MISTAKES.replace("> threshold", ">= threshold") + _STUDY,
            ["p9-lumps-test-mistakes"],
        ),
        "counted on the training set": (
            _FIT + _MISTAKES + _STUDY.replace("X_new_lumps @ w + b, y_new_lumps", "X_lumps @ w + b, y_lumps"),
            ["p9-lumps-test-study"],
        ),
        "taught on the new lumps": (
            _FIT
            + _MISTAKES
            + _STUDY.replace("fit_unit(X_lumps, y_lumps,", "fit_unit(X_new_lumps, y_new_lumps,"),
            ["p9-lumps-test-study"],
        ),
        "table of the example": (
            _FIT
            + _MISTAKES
            + """
def study(weights):
    return [(6, 1), (3, 12)][: len(weights)]
""",
            ["p9-lumps-test-study"],
        ),
    },
    "p8-line": {
        "one ninth": "threshold_nine = 1 / 9",
        "half of a ninth": "threshold_nine = 0.5 / 9",
        "the other way": "threshold_nine = 9 / 10",
        "as a percentage": "threshold_nine = 10",
        "the score": "threshold_nine = -np.log(9)",
        "half": "threshold_nine = 0.5",
    },
}
