"""Right and wrong answers to assignment 06: what the tests must accept, and what they must catch."""


def _but(text: str, *changes: tuple[str, str]) -> str:
    """The text with each change made; each must be possible."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"not in the text: {old}")
        text = text.replace(old, new)
    return text


_PENCIL = """
theta_1, theta_2, theta_3 = 2, 0, -1
updates, last_batch, epochs_needed = 16, 40, 625
y_batch, run_mean, run_var = [-3, -3, 5, 5], 2.25, 4.25
"""
_BATCHES = """
def epoch_batches(m, size, rng):
    order = rng.permutation(m)
    return [order[i : i + size] for i in range(0, m, size)]
"""
_EPOCH = """
def one_epoch(X, y, w, b, batches, eta):
    w = w.copy()
    for batch in batches:
        error = X[batch] @ w + b - y[batch]
        dw = X[batch].T @ error / len(batch)
        db = error.sum() / len(batch)
        w = w - eta * dw
        b = b - eta * db
    return w, b
"""
_RATE = """
def rate(t, top, warm, total, low):
    if t < warm:
        return top * (t + 1) / warm
    if t >= total:
        return low
    return low + (top - low) * 0.5 * (1 + np.cos(np.pi * (t - warm) / (total - warm)))
"""
_WALK = """
def adam_walk(slope, theta, rates, beta1, beta2, epsilon):
    theta = np.array(theta, dtype=float)
    u, q = np.zeros(len(theta)), np.zeros(len(theta))
    points = [theta]
    for t in range(len(rates)):
        g = slope(theta)
        u = beta1 * u + (1 - beta1) * g
        q = beta2 * q + (1 - beta2) * g**2
        u_hat = u / (1 - beta1 ** (t + 1))
        q_hat = q / (1 - beta2 ** (t + 1))
        theta = theta - rates[t] * u_hat / (np.sqrt(q_hat) + epsilon)
        points.append(theta)
    return np.array(points)
"""
_NORM = """
def batch_norm_fixed(Z, gamma, beta, run_mean, run_var, training):
    m = len(Z)
    if training:
        mean = Z.mean(axis=0)
        var = Z.var(axis=0)
        run_mean = 0.9 * run_mean + 0.1 * mean
        run_var = 0.9 * run_var + 0.1 * var * m / (m - 1)
    else:
        mean, var = run_mean, run_var
    Z_hat = (Z - mean) / np.sqrt(var + 1e-5)
    return gamma * Z_hat + beta, run_mean, run_var
"""
_UNITS = """
def standardise(X_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    constant = X_train.min(axis=0) == X_train.max(axis=0)
    std[constant] = 1
    A, B = (X_train - mean) / std, (X_new - mean) / std
    A[:, constant] = 0
    B[:, constant] = 0
    return A, B
"""
_GROUPS = """
def hold_out_groups(groups, n_test, rng):
    names = np.unique(groups)
    chosen = rng.permutation(names)[:n_test]
    return np.isin(groups, chosen)
"""
_HONEST = """
def honest_report(train, validation, test, settings):
    mean, std = train[0].mean(axis=0), train[0].std(axis=0)
    train, validation, test = (((X - mean) / std, y) for X, y in (train, validation, test))
    chosen, least, best = 0, np.inf, None
    for i, (columns, updates) in enumerate(settings):
        w = fit_logistic(train[0][:, :columns], train[1], updates)
        cost = cost_of(w, validation[0][:, :columns], validation[1])
        if cost < least:
            chosen, least, best = i, cost, w
    columns = settings[chosen][0]
    right = right_of(best, test[0][:, :columns], test[1])
    low, high = nn.wilson_interval(right, len(test[1]))
    return chosen, right, low, high
"""
_RUN = """
def noisy_run(X, Y, W, eta, size, updates, rng):
    def cost(W):
        return np.mean(((X @ W.T - Y) ** 2).sum(axis=1)) / 2
    total, mean = 0, 0
    half = updates // 2
    for t in range(updates):
        batch = rng.integers(len(X), size=size)
        W = W - eta * (X[batch] @ W.T - Y[batch]).T @ X[batch] / size
        if t >= half:
            total = total + cost(W) / half
            mean = mean + W / half
    return total, cost(mean)
"""
_STUDY = """
def study(pairs):
    best = ((F @ W_best.T - Y) ** 2).sum() / 800
    out = []
    for eta, size in pairs:
        rng = np.random.default_rng(0)
        a, b = noisy_run(F, Y, W_best, eta, size, 600, rng)
        out.append([a - best, b - best])
    return out
"""

RIGHT = {
    "p1-pencil": {
        "numbers": _PENCIL,
        "loops": """
theta, velocity, path = 4.0, 0.0, []
for _ in range(3):
    velocity = velocity / 2 + 2 * theta
    theta = theta - velocity / 4
    path.append(theta)
theta_1, theta_2, theta_3 = path
updates = int(np.ceil(1000 / 64))
last_batch = 1000 % 64
epochs_needed = int(np.ceil(10_000 / updates))
z = np.array([1, 1, 5, 5])
y_batch = (4 * (z - z.mean()) / z.std() + 1).tolist()
run_mean = z.mean() * 0.75
run_var = 0.25 + 0.75 * z.var(ddof=1)
""",
    },
    "p2-epoch": {
        "slices": _BATCHES + _EPOCH,
        "array_split at chosen places, sample by sample": """
def epoch_batches(m, size, rng):
    order = np.arange(m)
    rng.shuffle(order)
    return [list(part) for part in np.split(order, range(size, m, size))]


def one_epoch(X, y, w, b, batches, eta):
    for batch in batches:
        dw, db = np.zeros(len(w)), 0.0
        for i in batch:
            error = sum(X[i] * w) + b - y[i]
            dw += error * X[i]
            db += error
        w, b = w - eta / len(batch) * dw, b - eta / len(batch) * db
    return [w, b]
""",
        "random keys, bias as a column": """
def epoch_batches(m, size, rng):
    order = np.argsort(rng.random(m))
    batches = []
    while len(order):
        batches.append(order[:size])
        order = order[size:]
    return batches


def one_epoch(X, y, w, b, batches, eta):
    F, v = np.column_stack([X, np.ones(len(X))]), np.append(w, b)
    for batch in batches:
        v = v - eta * np.mean((F[batch] @ v - y[batch])[:, None] * F[batch], axis=0)
    return v[:-1], float(v[-1])
""",
    },
    "p3-adam": {
        "as in the chapter": _RATE + _WALK,
        "running products instead of powers, cosine of the half angle": """
def rate(t, top, warm, total, low):
    if t < warm:
        return (t + 1) * top / warm
    half = np.pi / 2 * min(1.0, (t - warm) / (total - warm))
    return low * np.sin(half) ** 2 + top * np.cos(half) ** 2


def adam_walk(slope, theta, rates, beta1, beta2, epsilon):
    walk = np.zeros((len(rates) + 1, len(theta)))
    walk[0] = theta
    u, q, weight1, weight2 = 0.0, 0.0, 1.0, 1.0
    for t, eta in enumerate(rates):
        g = np.asarray(slope(walk[t].copy()))
        u += (1 - beta1) * (g - u)
        q += (1 - beta2) * (g * g - q)
        weight1, weight2 = weight1 * beta1, weight2 * beta2
        walk[t + 1] = walk[t] - eta * (u / (1 - weight1)) / (np.sqrt(q / (1 - weight2)) + epsilon)
    return walk
""",
    },
    "p4-norm": {
        "two cases": _NORM,
        "column by column": """
def batch_norm_fixed(Z, gamma, beta, run_mean, run_var, training):
    Y, new_mean, new_var = np.zeros(Z.shape), np.array(run_mean), np.array(run_var)
    for j in range(Z.shape[1]):
        z = Z[:, j]
        mean, var = run_mean[j], run_var[j]
        if training:
            mean = sum(z) / len(z)
            squares = sum((z - mean) ** 2)
            var = squares / len(z)
            new_mean[j] += 0.1 * (mean - run_mean[j])
            new_var[j] += 0.1 * (squares / (len(z) - 1) - run_var[j])
        Y[:, j] = gamma[j] / (var + 1e-5) ** 0.5 * (z - mean) + beta[j]
    return [Y, new_mean, new_var]
""",
    },
    "p6-leak": {
        "minimum and maximum, permutation": _UNITS + _GROUPS,
        "column by column, sets": """
def standardise(X_train, X_new):
    A, B = np.zeros(X_train.shape), np.zeros(X_new.shape)
    for j in range(X_train.shape[1]):
        column = X_train[:, j]
        if len(set(column.tolist())) > 1:
            A[:, j] = (column - np.mean(column)) / np.std(column)
            B[:, j] = (X_new[:, j] - np.mean(column)) / np.std(column)
    return A, B


def hold_out_groups(groups, n_test, rng):
    names = sorted(set(groups.tolist()))
    rng.shuffle(names)
    return [g in names[:n_test] for g in groups.tolist()]
""",
    },
    "p7-honest": {
        "one loop": _HONEST,
        "least of a list": """
def honest_report(train, validation, test, settings):
    centre, spread = np.mean(train[0], axis=0), np.std(train[0], axis=0)

    def units(X, columns):
        return ((X - centre) / spread)[:, :columns]

    def model(setting):
        return fit_logistic(units(train[0], setting[0]), train[1], setting[1])

    costs = [cost_of(model(s), units(validation[0], s[0]), validation[1]) for s in settings]
    best = min(range(len(settings)), key=costs.__getitem__)
    right = right_of(model(settings[best]), units(test[0], settings[best][0]), test[1])
    return [best, right, *nn.wilson_interval(right, len(test[1]))]
""",
    },
    "p8-noise": {
        "running sums": _RUN + _STUDY,
        "all weights kept": """
def noisy_run(X, Y, W, eta, size, updates, rng):
    path = [W]
    for _ in range(updates):
        i = rng.integers(len(X), size=size)
        error = X[i] @ path[-1].T - Y[i]
        path.append(path[-1] - eta * np.einsum("ij,ik->jk", error, X[i]) / size)
    late = np.array(path[updates // 2 + 1 :])
    errors = np.einsum("ik,tjk->tij", X, late) - Y
    costs = (errors**2).sum(axis=(1, 2)) / 2 / len(X)
    last = X @ late.mean(axis=0).T - Y
    return costs.mean(), (last**2).sum() / 2 / len(X)


def study(pairs):
    best = np.sum((F @ W_best.T - Y) ** 2) / 2 / len(F)
    return [
        np.array(noisy_run(F, Y, W_best, eta, size, 600, np.random.default_rng(0))) - best
        for eta, size in pairs
    ]
""",
    },
}

WRONG = {
    "p1-pencil": {
        "forgets the velocity": (
            _but(_PENCIL, ("= 2, 0, -1", "= 2, 1, 0.5")),
            ["p1-pencil-test-momentum"],
        ),
        "slope of half the square": (
            _but(_PENCIL, ("= 2, 0, -1", "= 3, 1.75, 0.6875")),
            ["p1-pencil-test-momentum"],
        ),
        "velocity not halved": (
            _but(_PENCIL, ("= 2, 0, -1", "= 2, -1, -3.5")),
            ["p1-pencil-test-momentum"],
        ),
        "the last batch is thrown away": (
            _but(_PENCIL, ("16, 40, 625", "15, 64, 667")),
            ["p1-pencil-test-counting"],
        ),
        "counts no whole updates": (
            _but(_PENCIL, ("16, 40, 625", "15.625, 40, 640")),
            ["p1-pencil-test-counting"],
        ),
        "divides by the variance": (
            _but(_PENCIL, ("[-3, -3, 5, 5]", "[-1, -1, 3, 3]")),
            ["p1-pencil-test-norm"],
        ),
        "gain and shift exchanged": (
            _but(_PENCIL, ("[-3, -3, 5, 5]", "[3, 3, 5, 5]")),
            ["p1-pencil-test-norm"],
        ),
        "running variance with m": (_but(_PENCIL, ("4.25", "3.25")), ["p1-pencil-test-norm"]),
        "rate at the wrong part": (
            _but(_PENCIL, ("2.25, 4.25", "0.75, 25 / 12")),
            ["p1-pencil-test-norm"],
        ),
    },
    "p2-epoch": {
        "the rest is left out": (
            _but(_BATCHES, ("range(0, m, size)", "range(0, m - size + 1, size)")) + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "drawn with replacement": (
            _but(_BATCHES, ("rng.permutation(m)", "rng.integers(m, size=m)")) + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "not shuffled": (
            _but(_BATCHES, ("rng.permutation(m)", "np.arange(m)")) + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "a generator of its own": (
            _but(_BATCHES, ("rng.permutation", "np.random.default_rng(0).permutation")) + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "shuffles batches, not samples": (
            """
def epoch_batches(m, size, rng):
    order = np.arange(m)
    parts = [order[i : i + size] for i in range(0, m, size)]
    return [parts[i] for i in rng.permutation(len(parts) - 1)] + parts[-1:]
"""
            + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "indices from 1": (
            _but(_BATCHES, ("rng.permutation(m)", "rng.permutation(m) + 1")) + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "equal parts": (
            """
def epoch_batches(m, size, rng):
    return np.array_split(rng.permutation(m), -(-m // size))
"""
            + _EPOCH,
            ["p2-epoch-test-batches"],
        ),
        "sum, no average": (
            _BATCHES + _but(_EPOCH, (" / len(batch)", "")),
            ["p2-epoch-test-updates"],
        ),
        "divides by all samples": (
            _BATCHES + _but(_EPOCH, ("/ len(batch)", "/ len(X)")),
            ["p2-epoch-test-updates"],
        ),
        "divides by the first batch": (
            _BATCHES + _but(_EPOCH, ("/ len(batch)", "/ len(batches[0])")),
            ["p2-epoch-test-updates"],
        ),
        "all slopes at the start": (
            _BATCHES
            + _but(
                _EPOCH,
                ("w = w.copy()", "w0, b0 = w, b"),
                ("X[batch] @ w + b -", "X[batch] @ w0 + b0 -"),
            ),
            ["p2-epoch-test-updates"],
        ),
        "changes w in place": (
            _BATCHES + _but(_EPOCH, ("    w = w.copy()\n", ""), ("w = w - eta * dw", "w -= eta * dw")),
            ["p2-epoch-test-updates"],
        ),
        "bias not trained": (
            _BATCHES + _but(_EPOCH, ("        b = b - eta * db\n", "")),
            ["p2-epoch-test-updates"],
        ),
        "uphill": (_BATCHES + _but(_EPOCH, ("- eta *", "+ eta *")), ["p2-epoch-test-updates"]),
        "bias after the new weights": (
            _BATCHES
            + _but(
                _EPOCH,
                (
                    "        b = b - eta * db\n",
                    "        b = b - eta * np.mean(X[batch] @ w + b - y[batch])\n",
                ),
            ),
            ["p2-epoch-test-updates"],
        ),
    },
    "p3-adam": {
        "rise begins at 0": (_but(_RATE, ("(t + 1)", "t")) + _WALK, ["p3-adam-test-rate"]),
        "cosine begins at 0, not at warm": (
            _but(_RATE, ("(t - warm) / (total - warm)", "t / total")) + _WALK,
            ["p3-adam-test-rate"],
        ),
        "low forgotten": (
            _but(_RATE, ("low + (top - low) * 0.5", "top * 0.5")) + _WALK,
            ["p3-adam-test-rate"],
        ),
        "rises again after the end": (
            _but(_RATE, ("    if t >= total:\n        return low\n", "")) + _WALK,
            ["p3-adam-test-rate"],
        ),
        "straight down": (
            _but(
                _RATE,
                ("0.5 * (1 + np.cos(np.pi * (t - warm) / (total - warm)))", "(total - t) / (total - warm)"),
            )
            + _WALK,
            ["p3-adam-test-rate"],
        ),
        "top not reached: quarter of a cosine": (
            _but(_RATE, ("0.5 * (1 + np.cos(np.pi * (t", "(np.cos(np.pi / 2 * (t")) + _WALK,
            ["p3-adam-test-rate"],
        ),
        "no correction": (
            _RATE + _but(_WALK, (" / (1 - beta1 ** (t + 1))", ""), (" / (1 - beta2 ** (t + 1))", "")),
            ["p3-adam-test-walk"],
        ),
        "t from 0": (_RATE + _but(_WALK, ("** (t + 1)", "** max(t, 1)")), ["p3-adam-test-walk"]),
        "epsilon under the root": (
            _RATE + _but(_WALK, ("(np.sqrt(q_hat) + epsilon)", "np.sqrt(q_hat + epsilon)")),
            ["p3-adam-test-walk"],
        ),
        "no root": (_RATE + _but(_WALK, ("np.sqrt(q_hat)", "q_hat")), ["p3-adam-test-walk"]),
        "only one correction": (
            _RATE + _but(_WALK, (" / (1 - beta1 ** (t + 1))", "")),
            ["p3-adam-test-walk"],
        ),
        "betas exchanged": (
            _RATE + _but(_WALK, ("rates, beta1, beta2,", "rates, beta2, beta1,")),
            ["p3-adam-test-walk"],
        ),
        "slope always at the start": (
            _RATE + _but(_WALK, ("slope(theta)", "slope(points[0])")),
            ["p3-adam-test-walk"],
        ),
        "whole numbers cut off": (
            _RATE
            + _but(
                _WALK,
                ("np.array(theta, dtype=float)", "np.array(theta)"),
                (
                    "        theta = theta - rates[t] * u_hat / (np.sqrt(q_hat) + epsilon)\n        points.append(theta)",
                    "        theta = (theta - rates[t] * u_hat / (np.sqrt(q_hat) + epsilon)).astype(points[0].dtype)\n"
                    "        points.append(theta)",
                ),
            ),
            ["p3-adam-test-walk"],
        ),
        "one array for all points": (
            _RATE
            + _but(
                _WALK,
                ("theta = theta - rates[t] * u_hat", "theta -= rates[t] * u_hat"),
            ),
            ["p3-adam-test-walk"],
        ),
        "constant learning rate": (_RATE + _but(_WALK, ("rates[t]", "rates[0]")), ["p3-adam-test-walk"]),
        "only the last point": (
            _RATE + _but(_WALK, ("return np.array(points)", "return theta")),
            ["p3-adam-test-walk"],
        ),
        "start left out": (
            _RATE + _but(_WALK, ("return np.array(points)", "return np.array(points[1:])")),
            ["p3-adam-test-walk"],
        ),
    },
    "p4-norm": {
        "as in the notes": """
def batch_norm_fixed(Z, gamma, beta, run_mean, run_var, training):
    m = len(Z)
    mean = Z.mean(axis=0)
    var = Z.var(axis=0)
    Z_hat = (Z - mean) / (var + 1e-5)
    run_mean = 0.1 * run_mean + 0.9 * mean
    run_var = 0.1 * run_var + 0.9 * var * m / max(m - 1, 1)
    return gamma * Z_hat + beta, run_mean, run_var
""",
        "variance for standard deviation": (
            _but(_NORM, ("np.sqrt(var + 1e-5)", "(var + 1e-5)")),
            ["p4-norm-test-training", "p4-norm-test-predict"],
        ),
        "epsilon outside the root": (
            _but(_NORM, ("np.sqrt(var + 1e-5)", "(np.sqrt(var) + 1e-5)")),
            ["p4-norm-test-training"],
        ),
        "no epsilon": (
            _but(_NORM, ("np.sqrt(var + 1e-5)", "np.sqrt(var)")),
            ["p4-norm-test-training"],
        ),
        "one mean for all columns": (
            _but(_NORM, ("Z.mean(axis=0)", "Z.mean()"), ("Z.var(axis=0)", "Z.var()")),
            ["p4-norm-test-training"],
        ),
        "normalises the rows": (
            _but(
                _NORM,
                ("Z.mean(axis=0)", "Z.mean(axis=1, keepdims=True)"),
                ("Z.var(axis=0)", "Z.var(axis=1, keepdims=True)"),
            ),
            ["p4-norm-test-training"],
        ),
        "gain and shift exchanged": (
            _but(_NORM, ("gamma * Z_hat + beta", "beta * Z_hat + gamma")),
            ["p4-norm-test-training", "p4-norm-test-predict"],
        ),
        "unbiased variance in the output": (
            _but(_NORM, ("var = Z.var(axis=0)", "var = Z.var(axis=0, ddof=1)"), (" * m / (m - 1)", "")),
            ["p4-norm-test-training"],
        ),
        "rate at the wrong part": (
            _but(_NORM, ("0.9 *", "0.7 *"), ("0.1 *", "0.9 *"), ("0.7 *", "0.1 *")),
            ["p4-norm-test-running"],
        ),
        "running variance with m": (_but(_NORM, (" * m / (m - 1)", "")), ["p4-norm-test-running"]),
        "statistics of the batch in prediction": (
            _but(_NORM, ("mean, var = run_mean, run_var", "mean, var = Z.mean(axis=0), Z.var(axis=0)")),
            ["p4-norm-test-predict"],
        ),
        "running statistics in training": (
            _but(_NORM, ("    Z_hat", "    mean, var = run_mean, run_var\n    Z_hat")),
            ["p4-norm-test-training"],
        ),
        "moves in prediction, too": (
            _but(
                _NORM,
                (
                    "        mean, var = run_mean, run_var\n",
                    "        mean, var = run_mean, run_var\n"
                    "        run_mean = 0.9 * run_mean + 0.1 * Z.mean(axis=0)\n",
                ),
            ),
            ["p4-norm-test-predict"],
        ),
        "statistics in place": (
            _but(
                _NORM,
                (
                    "run_mean = 0.9 * run_mean + 0.1 * mean",
                    "run_mean *= 0.9\n        run_mean += 0.1 * mean",
                ),
            ),
            ["p4-norm-test-running"],
        ),
    },
    "p6-leak": {
        "each in its own units": (
            """
def standardise(X_train, X_new):
    def units(X):
        std = X.std(axis=0)
        return (X - X.mean(axis=0)) / np.where(std < 1e-12, 1, std)
    return units(X_train), units(X_new)
"""
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "units of both together": (
            _but(
                _UNITS,
                (
                    "mean, std = X_train.mean(axis=0), X_train.std(axis=0)",
                    "both = np.concatenate([X_train, X_new])\n"
                    "    mean, std = both.mean(axis=0), both.std(axis=0)",
                ),
            )
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "divides by 0": (
            """
def standardise(X_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    with np.errstate(all="ignore"):
        return (X_train - mean) / std, (X_new - mean) / std
"""
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "something small added": (
            """
def standardise(X_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0) + 1e-8
    return (X_train - mean) / std, (X_new - mean) / std
"""
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "constant columns move in the new array": (
            _but(_UNITS, ("    B[:, constant] = 0\n", "")) + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "m - 1": (_but(_UNITS, ("std(axis=0)", "std(axis=0, ddof=1)")) + _GROUPS, ["p6-leak-test-units"]),
        "one number for all columns": (
            """
def standardise(X_train, X_new):
    return (X_train - X_train.mean()) / X_train.std(), (X_new - X_train.mean()) / X_train.std()
"""
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "changes the input": (
            """
def standardise(X_train, X_new):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    constant = X_train.min(axis=0) == X_train.max(axis=0)
    std[constant] = 1
    X_train -= mean
    X_new -= mean
    X_train /= std
    X_new /= std
    X_train[:, constant] = 0
    X_new[:, constant] = 0
    return X_train, X_new
"""
            + _GROUPS,
            ["p6-leak-test-units"],
        ),
        "splits samples, not groups": (
            _UNITS
            + """
def hold_out_groups(groups, n_test, rng):
    held_out = np.zeros(len(groups), dtype=bool)
    held_out[rng.permutation(len(groups))[:n_test]] = True
    return held_out
""",
            ["p6-leak-test-groups"],
        ),
        "large groups more likely": (
            _UNITS
            + """
def hold_out_groups(groups, n_test, rng):
    chosen = []
    for g in rng.permutation(groups):
        if g not in chosen and len(chosen) < n_test:
            chosen.append(g)
    return np.isin(groups, chosen)
""",
            ["p6-leak-test-groups"],
        ),
        "always the first groups": (
            _UNITS + _but(_GROUPS, ("rng.permutation(names)", "names")),
            ["p6-leak-test-groups"],
        ),
        "drawn with replacement": (
            _UNITS + _but(_GROUPS, ("rng.permutation(names)[:n_test]", "rng.choice(names, size=n_test)")),
            ["p6-leak-test-groups"],
        ),
        "training for test": (
            _UNITS + _but(_GROUPS, ("return np.isin", "return ~np.isin")),
            ["p6-leak-test-groups"],
        ),
        "groups are 0, 1, 2 ...": (
            _UNITS + _but(_GROUPS, ("np.unique(groups)", "np.arange(groups.max() + 1)")),
            ["p6-leak-test-groups"],
        ),
        "indices for truth values": (
            _UNITS
            + _but(
                _GROUPS, ("return np.isin(groups, chosen)", "return np.flatnonzero(np.isin(groups, chosen))")
            ),
            ["p6-leak-test-groups"],
        ),
    },
    "p7-honest": {
        "as in the notes": (
            """
def honest_report(train, validation, test, settings):
    return report_from_notes(train, validation, test, settings)
""",
            ["p7-honest-test-choice", "p7-honest-test-leak", "p7-honest-test-interval"],
        ),
        "chooses on the test set": (
            _but(
                _HONEST,
                (
                    "cost_of(w, validation[0][:, :columns], validation[1])",
                    "cost_of(w, test[0][:, :columns], test[1])",
                ),
            ),
            ["p7-honest-test-choice", "p7-honest-test-leak"],
        ),
        "chooses on the training set": (
            _but(
                _HONEST,
                (
                    "cost_of(w, validation[0][:, :columns], validation[1])",
                    "cost_of(w, train[0][:, :columns], train[1])",
                ),
            ),
            ["p7-honest-test-choice"],
        ),
        "units of all samples": (
            _but(
                _HONEST,
                (
                    "mean, std = train[0].mean(axis=0), train[0].std(axis=0)",
                    "every = np.concatenate([train[0], validation[0], test[0]])\n"
                    "    mean, std = every.mean(axis=0), every.std(axis=0)",
                ),
            ),
            ["p7-honest-test-leak"],
        ),
        "units of training and validation": (
            _but(
                _HONEST,
                (
                    "mean, std = train[0].mean(axis=0), train[0].std(axis=0)",
                    "every = np.concatenate([train[0], validation[0]])\n"
                    "    mean, std = every.mean(axis=0), every.std(axis=0)",
                ),
            ),
            ["p7-honest-test-leak"],
        ),
        "each set in its own units": (
            _but(
                _HONEST,
                (
                    "    train, validation, test = (((X - mean) / std, y) for X, y in (train, validation, test))\n",
                    "    train, validation, test = (\n"
                    "        ((X - X.mean(axis=0)) / (X.std(axis=0) + 1e-12), y)\n"
                    "        for X, y in (train, validation, test)\n"
                    "    )\n",
                ),
            ),
            ["p7-honest-test-leak"],
        ),
        "interval for all samples": (
            _but(
                _HONEST,
                ("(right, len(test[1]))", "(right, len(train[1]) + len(validation[1]) + len(test[1]))"),
            ),
            ["p7-honest-test-interval"],
        ),
        "by right answers": (
            _but(
                _HONEST,
                ("cost_of(w, validation", "-right_of(w, validation"),
            ),
            ["p7-honest-test-choice"],
        ),
        "the highest cost": (
            _but(_HONEST, ("if cost < least", "if cost > least"), ("0, np.inf, None", "0, -np.inf, None")),
            ["p7-honest-test-choice"],
        ),
        "the last of equally good ones": (
            _but(_HONEST, ("cost < least", "cost <= least")),
            ["p7-honest-test-choice"],
        ),
        "the last model": (
            _but(_HONEST, ("right_of(best, test[0][:, :columns]", "right_of(w, test[0][:, : len(w) - 1]")),
            ["p7-honest-test-interval"],
        ),
        "fitted again on more samples": (
            _but(
                _HONEST,
                (
                    "    right = right_of(best,",
                    "    both = np.concatenate([train[0], validation[0]])[:, :columns]\n"
                    "    best = fit_logistic(both, np.concatenate([train[1], validation[1]]), settings[chosen][1])\n"
                    "    right = right_of(best,",
                ),
            ),
            ["p7-honest-test-interval"],
        ),
        "plain interval": (
            _but(
                _HONEST,
                (
                    "    low, high = nn.wilson_interval(right, len(test[1]))",
                    "    p, n = right / len(test[1]), len(test[1])\n"
                    "    half = 1.96 * (p * (1 - p) / n) ** 0.5\n"
                    "    low, high = p - half, p + half",
                ),
            ),
            ["p7-honest-test-interval"],
        ),
    },
    "p8-noise": {
        "before the updates": (
            _but(
                _RUN,
                (
                    "        W = W - eta * (X[batch] @ W.T - Y[batch]).T @ X[batch] / size\n"
                    "        if t >= half:\n"
                    "            total = total + cost(W) / half\n"
                    "            mean = mean + W / half\n",
                    "        if t >= half:\n"
                    "            total = total + cost(W) / half\n"
                    "            mean = mean + W / half\n"
                    "        W = W - eta * (X[batch] @ W.T - Y[batch]).T @ X[batch] / size\n",
                ),
            )
            + _STUDY,
            ["p8-noise-test-costs", "p8-noise-test-mean"],
        ),
        "no half": (_but(_RUN, (".sum(axis=1)) / 2", ".sum(axis=1))")) + _STUDY, ["p8-noise-test-costs"]),
        "mean over the entries": (
            _but(_RUN, ("np.mean(((X @ W.T - Y) ** 2).sum(axis=1)) / 2", "np.mean((X @ W.T - Y) ** 2) / 2"))
            + _STUDY,
            ["p8-noise-test-costs"],
        ),
        "sum over the batch": (
            _but(_RUN, (" @ X[batch] / size", " @ X[batch]")) + _STUDY,
            ["p8-noise-test-costs"],
        ),
        "divides by all": (
            _but(_RUN, (" @ X[batch] / size", " @ X[batch] / len(X)")) + _STUDY,
            ["p8-noise-test-costs"],
        ),
        "mean of the costs twice": (
            _but(_RUN, ("return total, cost(mean)", "return total, total")) + _STUDY,
            ["p8-noise-test-mean"],
        ),
        "the last weights for the mean": (
            _but(_RUN, ("cost(mean)", "cost(W)")) + _STUDY,
            ["p8-noise-test-mean"],
        ),
        "all updates": (
            _but(_RUN, ("if t >= half", "if t >= 0"), ("half = updates // 2", "half = updates")) + _STUDY,
            ["p8-noise-test-costs", "p8-noise-test-mean"],
        ),
        "one too few": (_but(_RUN, ("if t >= half", "if t > half")) + _STUDY, ["p8-noise-test-costs"]),
        "cost of the batch": (
            _but(
                _RUN,
                (
                    "cost(W) / half",
                    "((X[batch] @ W.T - Y[batch]) ** 2).sum() / 2 / size / half",
                ),
            )
            + _STUDY,
            ["p8-noise-test-costs"],
        ),
        "changes W": (
            _but(_RUN, ("W = W - eta *", "W -= eta *")) + _STUDY,
            ["p8-noise-test-costs"],
        ),
        "no excess": (_RUN + _but(_STUDY, ("[a - best, b - best]", "[a, b]")), ["p8-noise-test-study"]),
        "from zero, not from the best": (
            _RUN + _but(_STUDY, ("noisy_run(F, Y, W_best,", "noisy_run(F, Y, 0 * W_best,")),
            ["p8-noise-test-study"],
        ),
        "one generator for all": (
            _RUN
            + _but(
                _STUDY,
                ("        rng = np.random.default_rng(0)\n", ""),
                ("    out = []\n", "    out, rng = [], np.random.default_rng(0)\n"),
            ),
            ["p8-noise-test-study"],
        ),
        "ratio for difference": (
            _RUN + _but(_STUDY, ("[a - best, b - best]", "[a / best, b / best]")),
            ["p8-noise-test-study"],
        ),
    },
}
