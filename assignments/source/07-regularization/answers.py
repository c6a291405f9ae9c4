"""Right and wrong answers to assignment 07: what the tests must accept, and what they must catch."""


def _but(text: str, *changes: tuple[str, str]) -> str:
    """The text with each change made; each must be possible."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"not in the text: {old}")
        text = text.replace(old, new)
    return text


_PENCIL = """
l1, l2, w_l1, w_l2, lam_zero = 0.5, 0.425, 0.25, 4 / 7, 4
score_mean, score_var = -15, 106.25
stop_epoch, kept_epoch = 6, 4
"""
_PENALISED = """
def penalised(value, Ws, dWs, lam1, lam2):
    slopes = []
    for W, dW in zip(Ws, dWs):
        value = value + lam1 * np.sum(np.abs(W)) + lam2 / 2 * np.sum(W**2)
        slopes.append(dW + lam1 * np.sign(W) + lam2 * W)
    return value, slopes
"""
_DROPOUT = """
def dropout_fixed(A, p, training, rng):
    if not training:
        return A, np.ones(A.shape)
    kept = rng.random(A.shape) > p
    factors = kept / (1 - p)
    return A * factors, factors
"""
_WATCH = """
def watch(costs, patience, min_delta):
    best, kept, waited = costs[0], 0, 0
    for epoch, cost in enumerate(costs[1:], start=1):
        if cost < best - min_delta:
            best, kept, waited = cost, epoch, 0
        else:
            waited += 1
        if waited == patience:
            return kept, epoch
    return kept, len(costs) - 1
"""
_DESCEND = """
def descend(slope, w, eta, mu, lam, updates, decoupled):
    w = np.array(w, dtype=float)
    v = np.zeros(len(w))
    for _ in range(updates):
        g = slope(w)
        if not decoupled:
            g = g + lam * w
        v = mu * v + g
        if decoupled:
            w = (1 - eta * lam) * w
        w = w - eta * v
    return w
"""
_EQUAL = """
def equal_lambda(lam, mu):
    return lam * (1 - mu)
"""
_SHIFTED = """
def shifted(X, down, right):
    old, new = X.reshape(-1, 8, 8), np.zeros((len(X), 8, 8))
    for i in range(8):
        for j in range(8):
            if 0 <= i + down < 8 and 0 <= j + right < 8:
                new[:, i + down, j + right] = old[:, i, j]
    return new.reshape(-1, 64)
"""
_GROW = """
def split_and_grow(X, y, test_size, shifts, seed):
    X_train, X_test, y_train, y_test = nn.train_test_split(X, y, test_size, seed)
    pictures, labels = [X_train], [y_train]
    for down, right in shifts:
        pictures.append(shifted(X_train, down, right))
        labels.append(y_train)
    return np.concatenate(pictures), X_test, np.concatenate(labels), y_test
"""
_STEP = """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    new = np.zeros(U.shape)
    for k in range(U.shape[1]):
        length = np.sqrt(np.sum(U[:, k] ** 2))
        if length > eta * lam:
            new[:, k] = (1 - eta * lam / length) * U[:, k]
    return new
"""
_FIT = """
def fit_pixels(X, Y, lam, eta, updates):
    W, b = np.zeros((Y.shape[1], X.shape[1])), np.zeros(Y.shape[1])
    for _ in range(updates):
        dW, db = softmax_slopes(W, b, X, Y)
        W = group_step(W, dW, eta, lam)
        b = b - eta * db
    return W, b
"""
_STUDY = """
def study(lams):
    pairs = []
    for lam in lams:
        W, b = fit_pixels(X_fit, Y_fit, lam, 0.5, 200)
        pixels = np.sum(np.any(W != 0, axis=0))
        answers = np.argmax(X_val @ W.T + b, axis=1)
        pairs.append((pixels, np.mean(answers == y_val)))
    return pairs
"""

RIGHT = {
    "p1-pencil": {
        "numbers": _PENCIL,
        "computed": """
W = np.array([[2, -2], [0.5, -0.5]])
l1, l2 = 0.1 * np.abs(W).sum(), 0.05 * (W**2).sum()
h, w_star = 4, 1
w_l1, w_l2, lam_zero = max(w_star - 3 / h, 0), h / (h + 3) * w_star, h * w_star
w, a = np.array([1, 3, -2]), np.array([5, 0, 10])
score_mean, score_var = w @ a, 0.2 / 0.8 * (w**2) @ (a**2)
costs = [5, 4, 3, 3.5, 2.9, 3.1, 3.0, 2.8, 2.7]
stop_epoch = next(t for t in range(9) if t - int(np.argmin(costs[: t + 1])) == 2)
kept_epoch = stop_epoch - 2
""",
    },
    "p2-penalties": {
        "one loop": _PENALISED,
        "one long vector": """
def penalised(value, Ws, dWs, lam1, lam2):
    w = np.concatenate([W.ravel() for W in Ws])
    new_value = value + lam1 * np.linalg.norm(w, 1) + lam2 * (w @ w) / 2
    signs = [(W > 0) * 1.0 - (W < 0) * 1.0 for W in Ws]
    return [new_value, [dWs[i] + lam1 * signs[i] + lam2 * Ws[i] for i in range(len(Ws))]]
""",
    },
    "p3-dropout": {
        "two cases": _DROPOUT,
        "binomial numbers": """
def dropout_fixed(A, p, training, rng):
    p = p if training else 0.0
    factors = rng.binomial(1, 1 - p, size=A.shape) / (1 - p)
    return factors * A, factors
""",
        "entry by entry": """
def dropout_fixed(A, p, training, rng):
    factors = np.ones(A.shape)
    if training:
        for i in range(A.shape[0]):
            for j in range(A.shape[1]):
                factors[i, j] = 0 if rng.random() < p else 1 / (1 - p)
    return A * factors, factors.tolist()
""",
    },
    "p4-patience": {
        "counts anew": _WATCH,
        "without a count": """
def watch(costs, patience, min_delta):
    better = [(0, costs[0])]
    for epoch in range(len(costs)):
        if better[-1][1] - costs[epoch] > min_delta:
            better.append((epoch, costs[epoch]))
        if epoch == better[-1][0] + patience:
            break
    return [better[-1][0], epoch]
""",
    },
    "p6-decay": {
        "two cases": _DESCEND + _EQUAL,
        "step for velocity": """
def descend(slope, w, eta, mu, lam, updates, decoupled):
    w = np.asarray(w) * 1.0
    step = 0.0 * w
    for _ in range(updates):
        g = slope(w)
        pull = lam * w
        step = mu * step - eta * (g if decoupled else g + pull)
        w = w + step - (eta * pull if decoupled else 0)
    return w.tolist()


def equal_lambda(lam, mu):
    return lam - mu * lam
""",
    },
    "p7-shifts": {
        "pixel by pixel": _SHIFTED + _GROW,
        "slices, stacked": """
def shifted(X, down, right):
    new = np.zeros((len(X), 8, 8))
    new[:, max(down, 0) : 8 + min(down, 0), max(right, 0) : 8 + min(right, 0)] = np.reshape(X, (-1, 8, 8))[
        :, max(-down, 0) : 8 - max(down, 0), max(-right, 0) : 8 - max(right, 0)
    ]
    return new.reshape(np.shape(X))


def split_and_grow(X, y, test_size, shifts, seed):
    X_train, X_test, y_train, y_test = nn.train_test_split(X, y, test_size=test_size, seed=seed)
    grown = np.vstack([X_train] + [shifted(X_train, *shift) for shift in shifts])
    return grown, X_test, np.concatenate([y_train] * (1 + len(shifts))), y_test
""",
        "rolled and wiped": """
def shifted(X, down, right):
    new = np.roll(X.reshape(-1, 8, 8), (down, right), axis=(1, 2))
    rows, columns = np.arange(8) - down, np.arange(8) - right
    inside = ((rows >= 0) & (rows < 8))[:, None] & ((columns >= 0) & (columns < 8))
    return (new * inside).reshape(-1, 64)
"""
        + _GROW,
    },
    "p8-pixels": {
        "column by column": _STEP + _FIT + _STUDY,
        "factors, bias as a pair": """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    length = np.linalg.norm(U, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = 1 - eta * lam / length
    return np.where(length > eta * lam, factor, 0) * U if lam else U


def fit_pixels(X, Y, lam, eta, updates):
    model = np.zeros((Y.shape[1], X.shape[1])), np.zeros(Y.shape[1])
    for _ in range(updates):
        slopes = softmax_slopes(*model, X, Y)
        model = group_step(model[0], slopes[0], eta, lam), model[1] - eta * slopes[1]
    return list(model)


def study(lams):
    models = [fit_pixels(X_fit, Y_fit, lam, 0.5, 200) for lam in lams]
    used = [len({int(k) for k in np.nonzero(W)[1]}) for W, _ in models]
    right = [sum((X_val @ W.T + b).argmax(1) == y_val) / len(y_val) for W, b in models]
    return list(zip(used, right))
""",
    },
}

WRONG = {
    "p1-pencil": {
        "sum without absolute values": (
            _but(_PENCIL, ("= 0.5, 0.425", "= 0, 0.425")),
            ["p1-pencil-test-penalties"],
        ),
        "no half": (_but(_PENCIL, ("0.425", "0.85")), ["p1-pencil-test-penalties"]),
        "root of the squares": (_but(_PENCIL, ("0.425", "0.1458")), ["p1-pencil-test-penalties"]),
        "curvature forgotten": (
            _but(_PENCIL, ("0.25, 4 / 7, 4", "0.25, 1 / 4, 1")),
            ["p1-pencil-test-penalties"],
        ),
        "past zero": (_but(_PENCIL, ("0.25, 4 / 7", "-2, 4 / 7")), ["p1-pencil-test-penalties"]),
        "not inverted": (_but(_PENCIL, ("-15, 106.25", "-12, 68")), ["p1-pencil-test-dropout"]),
        "variance not scaled": (_but(_PENCIL, ("106.25", "68")), ["p1-pencil-test-dropout"]),
        "keeps with p": (_but(_PENCIL, ("106.25", "1700")), ["p1-pencil-test-dropout"]),
        "weights not squared": (_but(_PENCIL, ("106.25", "43.75")), ["p1-pencil-test-dropout"]),
        "waits in all": (_but(_PENCIL, ("6, 4", "5, 4")), ["p1-pencil-test-stopping"]),
        "the lowest of all": (_but(_PENCIL, ("6, 4", "8, 8")), ["p1-pencil-test-stopping"]),
        "epochs from 1": (_but(_PENCIL, ("6, 4", "7, 5")), ["p1-pencil-test-stopping"]),
    },
    "p2-penalties": {
        "no absolute values": (
            _but(_PENALISED, ("np.sum(np.abs(W))", "np.sum(W)")),
            ["p2-penalties-test-value"],
        ),
        "absolute value of the sum": (
            _but(_PENALISED, ("np.sum(np.abs(W))", "abs(np.sum(W))")),
            ["p2-penalties-test-value"],
        ),
        "no half": (_but(_PENALISED, ("lam2 / 2", "lam2")), ["p2-penalties-test-value"]),
        "length, not its square": (
            _but(_PENALISED, ("np.sum(W**2)", "np.sum(W**2) ** 0.5")),
            ["p2-penalties-test-value"],
        ),
        "only the last layer": (
            _but(
                _PENALISED, ("value = value + lam1", "total = value + lam1"), ("return value", "return total")
            ),
            ["p2-penalties-test-value"],
        ),
        "no sign": (_but(_PENALISED, ("np.sign(W)", "np.ones(W.shape)")), ["p2-penalties-test-slopes"]),
        "slope of the square twice": (
            _but(_PENALISED, ("lam2 * W)", "2 * lam2 * W)")),
            ["p2-penalties-test-slopes"],
        ),
        "slope without that of the cost": (
            _but(_PENALISED, ("dW + lam1", "lam1")),
            ["p2-penalties-test-slopes"],
        ),
        "nan at 0": (
            _but(_PENALISED, ("np.sign(W)", "(W / np.where(W == 0, np.nan, np.abs(W)))")),
            ["p2-penalties-test-slopes"],
        ),
        "1 at 0": (
            _but(_PENALISED, ("np.sign(W)", "np.where(W >= 0, 1, -1)")),
            ["p2-penalties-test-slopes"],
        ),
        "strengths exchanged": _but(_PENALISED, ("Ws, dWs, lam1, lam2", "Ws, dWs, lam2, lam1")),
        "slopes in place": (
            _but(
                _PENALISED,
                (
                    "        slopes.append(dW + lam1 * np.sign(W) + lam2 * W)\n",
                    "        dW += lam1 * np.sign(W) + lam2 * W\n        slopes.append(dW)\n",
                ),
            ),
            ["p2-penalties-test-slopes"],
        ),
    },
    "p3-dropout": {
        "as in the notes": (
            """
def dropout_fixed(A, p, training, rng):
    mask = rng.random(A.shape[1]) < p
    return A * mask, mask
""",
            ["p3-dropout-test-scale", "p3-dropout-test-chance", "p3-dropout-test-predict"],
        ),
        "not scaled": (_but(_DROPOUT, ("kept / (1 - p)", "kept * 1.0")), ["p3-dropout-test-scale"]),
        "keeps with p": (
            _but(_DROPOUT, ("> p", "< p")),
            ["p3-dropout-test-chance"],
        ),
        "divided by p": (
            _but(_DROPOUT, ("kept / (1 - p)", "kept / max(p, 1e-9)")),
            ["p3-dropout-test-scale"],
        ),
        "scaled the wrong way": (
            _but(_DROPOUT, ("kept / (1 - p)", "kept * (1 - p)")),
            ["p3-dropout-test-scale"],
        ),
        "one mask for the batch": (
            _but(_DROPOUT, ("rng.random(A.shape) > p", "np.tile(rng.random(A.shape[1]) > p, (len(A), 1))")),
            ["p3-dropout-test-chance"],
        ),
        "whole samples": (
            _but(
                _DROPOUT,
                ("rng.random(A.shape) > p", "np.repeat(rng.random((len(A), 1)) > p, A.shape[1], axis=1)"),
            ),
            ["p3-dropout-test-chance"],
        ),
        "exactly that share": (
            _but(
                _DROPOUT,
                (
                    "kept = rng.random(A.shape) > p",
                    "n = A.shape[1]\n    kept = rng.random(A.shape).argsort(axis=1) >= round(p * n)",
                ),
            ),
            ["p3-dropout-test-chance"],
        ),
        "a generator of its own": (
            _but(_DROPOUT, ("rng.random", "np.random.default_rng(0).random")),
            ["p3-dropout-test-chance"],
        ),
        "drops in prediction": (
            _but(_DROPOUT, ("    if not training:\n        return A, np.ones(A.shape)\n", "")),
            ["p3-dropout-test-predict"],
        ),
        "scaled in prediction, too": (
            _but(_DROPOUT, ("return A, np.ones(A.shape)", "return A * (1 - p), np.full(A.shape, 1 - p)")),
            ["p3-dropout-test-predict"],
        ),
        "no factors in prediction": (
            _but(_DROPOUT, ("return A, np.ones(A.shape)", "return A, None")),
            ["p3-dropout-test-predict"],
        ),
        "mask for factors": (
            _but(_DROPOUT, ("A * factors, factors", "A * factors, kept")),
            ["p3-dropout-test-scale"],
        ),
        "changes the input": (
            _but(_DROPOUT, ("    return A * factors", "    A *= factors\n    return A")),
            ["p3-dropout-test-scale"],
        ),
    },
    "p4-patience": {
        "as in the notes": """
def watch(costs, patience, min_delta):
    best, kept, waited = costs[0], 0, 0
    for epoch, cost in enumerate(costs):
        if cost < best - min_delta:
            best, kept = cost, epoch
        else:
            waited += 1
        if waited == patience:
            return kept, epoch
    return kept, len(costs) - 1
""",
        "begins anew, but waits for epoch 0": _but(_WATCH, ("costs[1:], start=1", "costs")),
        "does not begin anew": _but(
            _WATCH, ("best, kept, waited = cost, epoch, 0", "best, kept = cost, epoch")
        ),
        "one epoch too late": _but(_WATCH, ("waited == patience", "waited > patience")),
        "margin forgotten": _but(_WATCH, ("best - min_delta", "best")),
        "margin on the wrong side": _but(_WATCH, ("best - min_delta", "best + min_delta")),
        "equal is better": _but(_WATCH, ("cost < best", "cost <= best")),
        "best moves with every epoch": _but(
            _WATCH,
            (
                "        if waited == patience",
                "        best = min(best, cost)\n        if waited == patience",
            ),
        ),
        "compares with the epoch before": _but(
            _WATCH, ("        if waited == patience", "        best = cost\n        if waited == patience")
        ),
        "keeps the last": _but(_WATCH, ("return kept, epoch", "return epoch, epoch")),
        "lowest of all, also of those after the stop": _but(
            _WATCH, ("return kept, epoch", "return int(np.argmin(costs)), epoch")
        ),
        "nan is better": _but(_WATCH, ("if cost < best - min_delta", "if not cost >= best - min_delta")),
        "epochs from 1": _but(_WATCH, ("return kept, epoch", "return kept + 1, epoch + 1")),
    },
    "p6-decay": {
        "always L2": (
            _but(_DESCEND, ("if not decoupled", "if True"), ("if decoupled", "if False")) + _EQUAL,
            ["p6-decay-test-decoupled"],
        ),
        "always decoupled": (
            _but(_DESCEND, ("if not decoupled", "if False"), ("if decoupled", "if True")) + _EQUAL,
            ["p6-decay-test-l2"],
        ),
        "exchanged": (
            _but(
                _DESCEND,
                ("if not decoupled", "if off"),
                ("if decoupled", "if not decoupled"),
                ("if off", "if decoupled"),
            )
            + _EQUAL,
            ["p6-decay-test-l2", "p6-decay-test-decoupled"],
        ),
        "both at once": (
            _but(
                _DESCEND,
                ("        if not decoupled:\n            g = g + lam * w\n", "        g = g + lam * w\n"),
            )
            + _EQUAL,
            ["p6-decay-test-decoupled"],
        ),
        "decay without the learning rate": (
            _but(_DESCEND, ("(1 - eta * lam)", "(1 - lam)")) + _EQUAL,
            ["p6-decay-test-decoupled"],
        ),
        "penalty beside the velocity": (
            _but(
                _DESCEND,
                (
                    "        if not decoupled:\n            g = g + lam * w\n",
                    "",
                ),
                (
                    "        if decoupled:\n            w = (1 - eta * lam) * w\n",
                    "        w = (1 - eta * lam) * w\n",
                ),
            )
            + _EQUAL,
            ["p6-decay-test-l2"],
        ),
        "slope after the decay": (
            _but(
                _DESCEND,
                ("        if decoupled:\n            w = (1 - eta * lam) * w\n", ""),
                (
                    "        g = slope(w)\n",
                    "        if decoupled:\n            w = (1 - eta * lam) * w\n        g = slope(w)\n",
                ),
            )
            + _EQUAL,
            ["p6-decay-test-decoupled"],
        ),
        "decay of the step, too": (
            _but(
                _DESCEND,
                (
                    "        if decoupled:\n            w = (1 - eta * lam) * w\n        w = w - eta * v\n",
                    "        w = w - eta * v\n        if decoupled:\n            w = (1 - eta * lam) * w\n",
                ),
            )
            + _EQUAL,
            ["p6-decay-test-decoupled"],
        ),
        "no momentum": (_but(_DESCEND, ("mu * v + g", "g")) + _EQUAL, ["p6-decay-test-l2"]),
        "running mean": (
            _but(_DESCEND, ("mu * v + g", "mu * v + (1 - mu) * g")) + _EQUAL,
            ["p6-decay-test-l2", "p6-decay-test-decoupled"],
        ),
        "twice the penalty": (
            _but(_DESCEND, ("g + lam * w", "g + 2 * lam * w")) + _EQUAL,
            ["p6-decay-test-l2"],
        ),
        "changes the start": (
            _but(
                _DESCEND,
                ("    w = np.array(w, dtype=float)\n", ""),
                ("w = w - eta * v", "w[...] = w - eta * v"),
            )
            + _EQUAL,
            ["p6-decay-test-l2"],
        ),
        "not weaker": (_DESCEND + _but(_EQUAL, (" * (1 - mu)", "")), ["p6-decay-test-rest"]),
        "stronger": (_DESCEND + _but(_EQUAL, ("* (1 - mu)", "/ (1 - mu)")), ["p6-decay-test-rest"]),
        "momentum itself": (
            _DESCEND + _but(_EQUAL, ("(1 - mu)", "(mu if mu else 1)")),
            ["p6-decay-test-rest"],
        ),
    },
    "p7-shifts": {
        "comes in again": (
            """
def shifted(X, down, right):
    return np.roll(X.reshape(-1, 8, 8), (down, right), axis=(1, 2)).reshape(-1, 64)
"""
            + _GROW,
            ["p7-shifts-test-shifted"],
        ),
        "rows and columns exchanged": (
            _but(_SHIFTED, ("X, down, right", "X, right, down")) + _GROW,
            ["p7-shifts-test-shifted"],
        ),
        "the other way": (
            _but(_SHIFTED, ("i + down", "i - down"), ("j + right", "j - right")) + _GROW,
            ["p7-shifts-test-shifted"],
        ),
        "pushed along the row of 64": (
            """
def shifted(X, down, right):
    new, by = np.zeros(X.shape), 8 * down + right
    if by >= 0:
        new[:, by:] = X[:, : 64 - by]
    else:
        new[:, :by] = X[:, -by:]
    return new
"""
            + _GROW,
            ["p7-shifts-test-shifted"],
        ),
        "the edge is repeated": (
            """
def shifted(X, down, right):
    i, j = np.clip(np.arange(8) - down, 0, 7), np.clip(np.arange(8) - right, 0, 7)
    return X.reshape(-1, 8, 8)[:, i][:, :, j].reshape(-1, 64)
"""
            + _GROW,
            ["p7-shifts-test-shifted"],
        ),
        "pictures as 8 × 8": (
            _but(_SHIFTED, ("return new.reshape(-1, 64)", "return new"))
            + _but(_GROW, ("shifted(X_train, down, right)", "shifted(X_train, down, right).reshape(-1, 64)")),
            ["p7-shifts-test-shifted"],
        ),
        "copies before the split": (
            _SHIFTED
            + """
def split_and_grow(X, y, test_size, shifts, seed):
    grown = np.concatenate([X] + [shifted(X, *shift) for shift in shifts])
    return nn.train_test_split(grown, np.tile(y, 1 + len(shifts)), test_size, seed)
""",
            ["p7-shifts-test-split"],
        ),
        "test set grows, too": (
            _SHIFTED
            + _but(
                _GROW,
                (
                    "    return ",
                    "    X_test = np.concatenate([X_test] + [shifted(X_test, *s) for s in shifts])\n"
                    "    y_test = np.tile(y_test, 1 + len(shifts))\n    return ",
                ),
            ),
            ["p7-shifts-test-split"],
        ),
        "copies of all pictures": (
            _SHIFTED
            + _but(
                _GROW,
                ("shifted(X_train, down, right)", "shifted(X, down, right)"),
                ("labels.append(y_train)", "labels.append(y)"),
            ),
            ["p7-shifts-test-split"],
        ),
        "labels repeated in the other order": (
            _SHIFTED + _but(_GROW, ("np.concatenate(labels)", "np.repeat(y_train, 1 + len(shifts))")),
            ["p7-shifts-test-split"],
        ),
        "labels of the originals only": (
            _SHIFTED + _but(_GROW, ("np.concatenate(labels)", "y_train")),
            ["p7-shifts-test-split"],
        ),
        "originals left out": (
            _SHIFTED + _but(_GROW, ("[X_train], [y_train]", "[X_train[:0]], [y_train[:0]]")),
            ["p7-shifts-test-split"],
        ),
        "shifts of shifts": (
            _SHIFTED + _but(_GROW, ("shifted(X_train,", "shifted(pictures[-1],")),
            ["p7-shifts-test-split"],
        ),
        "always the same split": (
            _SHIFTED + _but(_GROW, ("test_size, seed)\n    pictures", "test_size)\n    pictures")),
            ["p7-shifts-test-split"],
        ),
    },
    "p8-pixels": {
        "L1": (
            """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    return np.sign(U) * np.maximum(np.abs(U) - eta * lam, 0)
"""
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step", "p8-pixels-test-fit"],
        ),
        "rows for columns": (
            """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    length = np.maximum(np.sqrt((U**2).sum(axis=1, keepdims=True)), 1e-300)
    return U * np.maximum(1 - eta * lam / length, 0)
"""
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step", "p8-pixels-test-study"],
        ),
        "turned round": (
            """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    return U * (1 - eta * lam / np.maximum(np.sqrt((U**2).sum(axis=0)), 1e-300))
"""
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step", "p8-pixels-test-fit", "p8-pixels-test-study"],
        ),
        "0 / 0": (
            """
def group_step(W, dW, eta, lam):
    U = W - eta * dW
    with np.errstate(all="ignore"):
        return U / np.sqrt((U**2).sum(axis=0)) * np.maximum(np.sqrt((U**2).sum(axis=0)) - eta * lam, 0)
"""
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step"],
        ),
        "learning rate forgotten": (
            _but(_STEP, ("length > eta * lam", "length > lam"), ("eta * lam / length", "lam / length"))
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step"],
        ),
        "slope of the length": (
            """
def group_step(W, dW, eta, lam):
    length = np.sqrt((W**2).sum(axis=0))
    return W - eta * (dW + lam * W / np.where(length > 0, length, 1))
"""
            + _FIT
            + _STUDY,
            ["p8-pixels-test-step", "p8-pixels-test-study"],
        ),
        "squared length": (
            _but(_STEP, ("np.sqrt(np.sum(U[:, k] ** 2))", "np.sum(U[:, k] ** 2)")) + _FIT + _STUDY,
            ["p8-pixels-test-step"],
        ),
        "length before the step": (
            _but(_STEP, ("np.sum(U[:, k] ** 2)", "np.sum(W[:, k] ** 2)")) + _FIT + _STUDY,
            ["p8-pixels-test-step"],
        ),
        "the step on the cost left out": (
            _but(_STEP, ("U = W - eta * dW", "U = W * 1.0")) + _FIT + _STUDY,
            ["p8-pixels-test-step", "p8-pixels-test-fit"],
        ),
        "changes W": (
            _but(_STEP, ("    U = W - eta * dW\n", "    W -= eta * dW\n    U = W\n")) + _FIT + _STUDY,
            ["p8-pixels-test-step"],
        ),
        "bias penalised": (
            _STEP
            + _but(
                _FIT,
                (
                    "        b = b - eta * db\n",
                    "        b = group_step(b[:, None], db[:, None], eta, lam)[:, 0]\n",
                ),
            )
            + _STUDY,
            ["p8-pixels-test-fit"],
        ),
        "bias left out": (
            _STEP + _but(_FIT, ("        b = b - eta * db\n", "")) + _STUDY,
            ["p8-pixels-test-fit"],
        ),
        "one update too many": (
            _STEP + _but(_FIT, ("range(updates)", "range(updates + 1)")) + _STUDY,
            ["p8-pixels-test-fit"],
        ),
        "bias from the new weights": (
            _STEP
            + _but(
                _FIT, ("        b = b - eta * db\n", "        b = b - eta * softmax_slopes(W, b, X, Y)[1]\n")
            )
            + _STUDY,
            ["p8-pixels-test-fit"],
        ),
        "penalty only at the end": (
            _STEP
            + _but(
                _FIT,
                ("group_step(W, dW, eta, lam)", "group_step(W, dW, eta, 0.0)"),
                ("    return W, b", "    return group_step(W, 0 * W, eta, lam), b"),
            )
            + _STUDY,
            ["p8-pixels-test-fit", "p8-pixels-test-study"],
        ),
        "counts weights": (
            _STEP + _FIT + _but(_STUDY, ("np.sum(np.any(W != 0, axis=0))", "np.sum(W != 0)")),
            ["p8-pixels-test-study"],
        ),
        "counts classes": (
            _STEP
            + _FIT
            + _but(
                _STUDY,
                (
                    "axis=0",
                    "axis=1",
                ),
            ),
            ["p8-pixels-test-study"],
        ),
        "counts pixels that are out": (
            _STEP + _FIT + _but(_STUDY, ("np.any(W != 0, axis=0)", "np.all(W == 0, axis=0)")),
            ["p8-pixels-test-study"],
        ),
        "judged on the training set": (
            _STEP
            + _FIT
            + _but(
                _STUDY,
                ("X_val @ W.T", "X_fit @ W.T"),
                ("answers == y_val", "answers == Y_fit.argmax(axis=1)"),
            ),
            ["p8-pixels-test-study"],
        ),
        "number for share": (
            _STEP + _FIT + _but(_STUDY, ("np.mean(answers", "np.sum(answers")),
            ["p8-pixels-test-study"],
        ),
    },
}
