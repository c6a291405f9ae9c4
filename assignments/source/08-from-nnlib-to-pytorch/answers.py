"""Right and wrong answers to assignment 08: what the tests must accept, and what they must catch."""


def _but(answer: str, *changes: tuple[str, str]) -> str:
    """Change an answer in some places, each of which must be there once."""
    for old, new in changes:
        if answer.count(old) != 1:
            raise ValueError(f"{old!r} is there {answer.count(old)} times")
        answer = answer.replace(old, new)
    return answer


_PAPER = """
mse_nnlib, mse_torch, lr_torch = 5, 2.5, 0.12
half_width, variance, glorot_ratio = 0.19245009, 0.01234568, 4.5
train_out, eval_out = 1.60357, 6.8536
running_mean, running_var = 0.6, 2.766667
stuck_32, stuck_16 = 16777216, 2048
"""
_SCORES = """
def cross_entropy(Z, y, weight):
    value, total = 0.0, 0.0
    dZ = np.zeros(Z.shape)
    for i in range(len(Z)):
        if y[i] != -100:
            z = Z[i] - Z[i].max()
            w = weight[y[i]]
            value += w * (np.log(np.exp(z).sum()) - z[y[i]])
            p = np.exp(z) / np.exp(z).sum()
            p[y[i]] -= 1
            dZ[i] = w * p
            total += w
    return value / total, dZ / total
"""
_SGD = """
def torch_sgd(gradient, theta, steps, lr, momentum, dampening, weight_decay):
    path = [theta.astype(float)]
    v = np.zeros(len(theta))
    for t in range(steps):
        g = np.asarray(gradient(path[t])) + weight_decay * path[t]
        if momentum == 0 or t == 0:
            v = g
        else:
            v = momentum * v + (1 - dampening) * g
        path.append(path[t] - lr * v)
    return np.stack(path)
"""
_EVAL = """
def eval_scores(X, params):
    W1, b1, W2, b2 = params
    return np.maximum(X @ W1.T + b1, 0) @ W2.T + b2
"""
_LOOP = """
def mended_loop(X, y, params, batches, masks, lr, momentum):
    W1, b1, W2, b2 = [part.copy() for part in params]
    V1, v1, V2, v2 = 0, 0, 0, 0
    for rows, mask in zip(batches, masks):
        m = len(rows)
        Z1 = X[rows] @ W1.T + b1
        A1 = np.maximum(Z1, 0) * mask / 0.8
        Z2 = A1 @ W2.T + b2
        P = np.exp(Z2) / np.exp(Z2).sum(axis=1, keepdims=True)
        dZ2 = P.copy()
        dZ2[np.arange(m), y[rows]] -= 1
        dZ2 /= m
        dA1 = dZ2 @ W2
        dZ1 = dA1 * mask / 0.8 * (Z1 > 0)
        V2 = momentum * V2 + dZ2.T @ A1
        v2 = momentum * v2 + dZ2.sum(axis=0)
        V1 = momentum * V1 + dZ1.T @ X[rows]
        v1 = momentum * v1 + dZ1.sum(axis=0)
        W1 = W1 - lr * V1
        b1 = b1 - lr * v1
        W2 = W2 - lr * V2
        b2 = b2 - lr * v2
    return [W1, b1, W2, b2]
"""
_VELOCITY = """
        V2 = momentum * V2 + dZ2.T @ A1
        v2 = momentum * v2 + dZ2.sum(axis=0)
        V1 = momentum * V1 + dZ1.T @ X[rows]
        v1 = momentum * v1 + dZ1.sum(axis=0)
"""
_CONV = """
def unfold(X, k, stride, padding):
    m, H, W = X.shape
    framed = np.zeros((m, H + 2 * padding, W + 2 * padding))
    framed[:, padding : padding + H, padding : padding + W] = X
    R = (H + 2 * padding - k) // stride + 1
    S = (W + 2 * padding - k) // stride + 1
    patches = np.zeros((m, R * S, k * k))
    for i in range(R):
        for j in range(S):
            a, b = i * stride, j * stride
            patches[:, i * S + j] = framed[:, a : a + k, b : b + k].reshape(m, k * k)
    return patches


def conv_forward(X, kernels, b, stride, padding):
    c, k, _ = kernels.shape
    R = (X.shape[1] + 2 * padding - k) // stride + 1
    S = (X.shape[2] + 2 * padding - k) // stride + 1
    patches = unfold(X, k, stride, padding)
    flat = kernels.reshape(c, k * k)
    Z = np.einsum("mpq,cq->mcp", patches, flat) + b[:, None]
    return Z.reshape(len(X), c, R, S)


def conv_backward(X, kernels, dZ, stride, padding):
    c, k, _ = kernels.shape
    patches = unfold(X, k, stride, padding)
    slopes = dZ.reshape(len(X), c, -1)
    dkernels = sum(s @ p for s, p in zip(slopes, patches)).reshape(c, k, k)
    db = slopes.sum(axis=(0, 2))
    return dkernels, db
"""
_HEAD = """
def attention(X, W_Q, W_K, W_V, causal):
    T, d = len(X), len(W_Q)
    Q, K, V = X @ W_Q.T, X @ W_K.T, X @ W_V.T
    A = np.zeros((T, T))
    for i in range(T):
        seen = i + 1 if causal else T
        s = K[:seen] @ Q[i] / np.sqrt(d)
        e = np.exp(s - s.max())
        A[i, :seen] = e / e.sum()
    return A @ V, A
"""
_MATRIX_HEAD = """
def attention(X, W_Q, W_K, W_V, causal):
    Q, K, V = X @ W_Q.T, X @ W_K.T, X @ W_V.T
    S = Q @ K.T / np.sqrt(len(W_Q))
    if causal:
        S[np.triu_indices(len(X), 1)] = -np.inf
    S = S - S.max(axis=1, keepdims=True)
    A = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    return A @ V, A
"""
_FAULTY = """
def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def faulty_training(X, y, K, batches, lr, twice, keep):
    W, b = np.zeros((K, X.shape[1])), np.zeros(K)
    dW, db = np.zeros((K, X.shape[1])), np.zeros(K)
    for rows in batches:
        if not keep:
            dW, db = np.zeros((K, X.shape[1])), np.zeros(K)
        P = softmax(X[rows] @ W.T + b)
        Q = softmax(P) if twice else P
        dZ = Q.copy()
        dZ[np.arange(len(rows)), y[rows]] -= 1
        dZ /= len(rows)
        if twice:
            dZ = np.array([(np.diag(p) - np.outer(p, p)) @ g for p, g in zip(P, dZ)])
        dW += dZ.T @ X[rows]
        db += dZ.sum(axis=0)
        W = W - lr * dW
        b = b - lr * db
    return W, b
"""
_STUDY = """
def study(lr):
    def share(twice, keep):
        W, b = faulty_training(pictures, kinds, 10, rounds, lr, twice, keep)
        return np.mean(np.argmax(others @ W.T + b, axis=1) == other_kinds)

    return [share(False, False), share(True, False), share(False, True), share(True, True)]
"""

RIGHT = {
    "p1-paper": {
        "rounded": _PAPER,
        "by program": """
errors = np.array([[1, -1, 2, 0], [3, 1, 0, -2]])
mse_nnlib, mse_torch = nn.MeanSquaredError().value(errors, 0 * errors), np.mean(errors**2)
lr_torch = 0.06 * 4 / 2
half_width, variance = np.sqrt(6 / ((1 + 5) * 27)), 1 / 81
glorot_ratio = (2 / 36) * 81
z = np.array([2.0, 4, 6, 12])
train_out = (z[-1] - z.mean()) / z.std()
running_mean, running_var = 0.1 * z.mean(), 0.9 + 0.1 * z.var(ddof=1)
eval_out = (12 - running_mean) / np.sqrt(running_var)
stuck_32, stuck_16 = np.float32(2**24), np.float16(2048)
""",
    },
    "p2-scores": {
        "sample by sample": _SCORES,
        "logaddexp": """
def cross_entropy(Z, y, weight):
    known = y >= 0
    label = np.where(known, y, 0)
    share = np.where(known, weight[label], 0)
    share = share / share.sum()
    log_p = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    value = -share @ log_p[np.arange(len(Z)), label]
    hot = label[:, None] == np.arange(Z.shape[1])
    return float(value), (np.exp(log_p) - hot) * share[:, None]
""",
    },
    "p3-sgd": {
        "with the number of the update": _SGD,
        "by nnlib": """
def torch_sgd(gradient, theta, steps, lr, momentum, dampening, weight_decay):
    sgd, theta = nn.SGD(lr, momentum=momentum), np.array(theta, dtype=float)
    path = [theta.copy()]
    for t in range(steps):
        g = np.array(gradient(theta), dtype=float) + weight_decay * theta
        sgd.step(theta, g * (1 - dampening) if t and momentum else g)
        path.append(theta.copy())
    return path
""",
    },
    "p5-lines": {
        "before and after": "too_much, clear_after, switch_after = 3, 10, 13\n",
        "behind the step": "too_much = 3\nclear_after = 12\nswitch_after = 12\n",
    },
    "p5-loop": {
        "part by part": _EVAL + _LOOP,
        "one vector of slopes": """
def _forward(X, params, mask):
    Z = X @ params[0].T + params[1]
    A = np.where(Z > 0, Z, 0) * mask
    return A, A @ params[2].T + params[3]


def eval_scores(X, params):
    return _forward(X, params, 1)[1]


def mended_loop(X, y, params, batches, masks, lr, momentum):
    params = [np.array(part) for part in params]
    sgd, K = nn.SGD(lr, momentum=momentum), len(params[3])
    for rows, mask in zip(batches, masks):
        A, Z = _forward(X[rows], params, mask * 1.25)
        P = np.exp(Z - Z.max(axis=1, keepdims=True))
        P = P / P.sum(axis=1, keepdims=True)
        dZ = (P - np.eye(K)[y[rows]]) / len(rows)
        low = dZ @ params[2] * (A > 0) * 1.25
        slopes = [low.T @ X[rows], low.sum(axis=0), dZ.T @ A, dZ.sum(axis=0)]
        flat = np.concatenate([part.ravel() for part in params])
        sgd.step(flat, np.concatenate([part.ravel() for part in slopes]))
        ends = np.cumsum([part.size for part in params])[:-1]
        params = [new.reshape(old.shape) for new, old in zip(np.split(flat, ends), params)]
    return params
""",
    },
    "p6-convolution": {
        "place by place": _CONV,
        "windows": """
def _windows(X, k, stride, padding):
    framed = np.pad(X, [(0, 0), (padding, padding), (padding, padding)])
    return np.lib.stride_tricks.sliding_window_view(framed, (k, k), (1, 2))[:, ::stride, ::stride]


def unfold(X, k, stride, padding):
    return _windows(X, k, stride, padding).reshape(len(X), -1, k * k)


def conv_forward(X, kernels, b, stride, padding):
    seen = _windows(X, kernels.shape[-1], stride, padding)
    return np.einsum("mijuv,cuv->mcij", seen, kernels) + b.reshape(-1, 1, 1)


def conv_backward(X, kernels, dZ, stride, padding):
    seen = _windows(X, kernels.shape[-1], stride, padding)
    return np.tensordot(dZ, seen, axes=([0, 2, 3], [0, 1, 2])), np.einsum("mcij->c", dZ)
""",
    },
    "p7-attention": {"row by row": _HEAD, "masked scores": _MATRIX_HEAD},
    "p8-cost": {
        "Jacobians": _FAULTY + _STUDY,
        "one matrix": """
def _softmax(Z):
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1)[:, None])


def faulty_training(X, y, K, batches, lr, twice, keep):
    theta = np.zeros((K, X.shape[1] + 1))
    ones = np.hstack([X, np.ones((len(X), 1))])
    slopes = np.zeros_like(theta)
    for rows in batches:
        P = _softmax(ones[rows] @ theta.T)
        if twice:
            g = _softmax(P) - np.eye(K)[y[rows]]
            g = P * g - P * np.sum(P * g, axis=1, keepdims=True)
        else:
            g = P - np.eye(K)[y[rows]]
        new = g.T @ ones[rows] / len(rows)
        slopes = slopes + new if keep else new
        theta = theta - lr * slopes
    return theta[:, :-1], theta[:, -1]


def study(lr):
    accuracies = []
    for keep in (False, True):
        for twice in (False, True):
            W, b = faulty_training(pictures, kinds, 10, rounds, lr, twice, keep)
            accuracies.append(((others @ W.T + b).argmax(1) == other_kinds).mean())
    return np.array(accuracies)
""",
    },
}

WRONG = {
    "p1-paper": {
        "mean over the samples only": (
            _but(_PAPER, ("5, 2.5, 0.12", "10, 5, 0.12")),
            ["p1-paper-test-error"],
        ),
        "the rate the wrong way": (_but(_PAPER, ("0.12", "0.03")), ["p1-paper-test-error"]),
        "He's half width": (
            _but(_PAPER, ("0.19245009, 0.01234568, 4.5", "0.4714045, 0.0740741, 0.75")),
            ["p1-paper-test-start"],
        ),
        "outputs counted": (
            _but(_PAPER, ("0.19245009, 0.01234568, 4.5", "1 / 3, 1 / 27, 1.5")),
            ["p1-paper-test-start"],
        ),
        "the biased variance is kept": (
            _but(_PAPER, ("2.766667", "2.3"), ("6.8536", "7.5168")),
            ["p1-paper-test-norm"],
        ),
        "momentum the other way round": (
            _but(_PAPER, ("0.6, 2.766667", "5.4, 16.9"), ("6.8536", "1.6055")),
            ["p1-paper-test-norm"],
        ),
        "normalised with m - 1": (_but(_PAPER, ("1.60357", "1.38873")), ["p1-paper-test-norm"]),
        "23 and 10 bits": (
            _but(_PAPER, ("16777216, 2048", "2**23, 2**10")),
            ["p1-paper-test-rounding"],
        ),
        "the largest numbers": (
            _but(_PAPER, ("16777216, 2048", "3.4028235e38, 65504")),
            ["p1-paper-test-rounding"],
        ),
    },
    "p2-scores": {
        "divided by the number of samples": (
            _but(_SCORES, ("total += w", "total += 1")),
            ["p2-scores-test-value", "p2-scores-test-slopes"],
        ),
        "no weights": (
            _but(_SCORES, ("w = weight[y[i]]", "w = 1.0")),
            ["p2-scores-test-value", "p2-scores-test-slopes"],
        ),
        "weights in the value only": (
            _but(_SCORES, ("dZ[i] = w * p", "dZ[i] = p")),
            ["p2-scores-test-slopes"],
        ),
        "slopes not divided": (_but(_SCORES, ("dZ / total", "dZ")), ["p2-scores-test-slopes"]),
        "ignored samples count": (
            _but(
                _SCORES, ("if y[i] != -100:", "total += weight[0] * (y[i] == -100)\n        if y[i] != -100:")
            ),
            ["p2-scores-test-ignored"],
        ),
        "-100 counts from the end": (
            _but(_SCORES, ("if y[i] != -100:", "if True:")),
            ["p2-scores-test-ignored"],
        ),
        "rows of ignored samples left out": (
            _but(_SCORES, ("dZ / total", "dZ[y != -100] / total")),
            ["p2-scores-test-ignored"],
        ),
        "overflow": (_but(_SCORES, ("Z[i] - Z[i].max()", "Z[i]")), ["p2-scores-test-large"]),
        "one maximum for all": (_but(_SCORES, ("Z[i].max()", "Z.max()")), ["p2-scores-test-large"]),
        "cut off logarithm": (
            _but(
                _SCORES,
                (
                    "(np.log(np.exp(z).sum()) - z[y[i]])",
                    "-np.log((np.exp(z) / np.exp(z).sum())[y[i]] + 1e-12)",
                ),
            ),
            ["p2-scores-test-large"],
        ),
        "softmax twice": (
            _but(
                _SCORES,
                ("z = Z[i] - Z[i].max()", "z = np.exp(Z[i] - Z[i].max())\n            z = z / z.sum()"),
            ),
            ["p2-scores-test-value", "p2-scores-test-large"],
        ),
        "truth minus prediction": (
            _but(_SCORES, ("p[y[i]] -= 1", "p[y[i]] -= 1\n            p = -p")),
            ["p2-scores-test-slopes"],
        ),
        "changes the scores": (
            _but(_SCORES, ("z = Z[i] - Z[i].max()", "Z[i] -= Z[i].max()\n            z = Z[i]")),
            ["p2-scores-test-value"],
        ),
    },
    "p3-sgd": {
        "decoupled decay": (
            _but(
                _SGD,
                (" + weight_decay * path[t]", ""),
                ("path[t] - lr * v", "(1 - lr * weight_decay) * path[t] - lr * v"),
            ),
            ["p3-sgd-test-coupled"],
        ),
        "decay forgotten": (_but(_SGD, (" + weight_decay * path[t]", "")), ["p3-sgd-test-plain"]),
        "decay from the start only": (
            _but(_SGD, ("weight_decay * path[t]", "weight_decay * path[0]")),
            ["p3-sgd-test-plain"],
        ),
        "first update dampened": (_but(_SGD, (" or t == 0", "")), ["p3-sgd-test-dampening"]),
        "dampening forgotten": (_but(_SGD, ("(1 - dampening) * g", "g")), ["p3-sgd-test-dampening"]),
        "dampening without momentum": (
            _but(_SGD, ("momentum == 0 or t == 0", "t == 0")),
            ["p3-sgd-test-plain"],
        ),
        "dampening times the slopes": (
            _but(_SGD, ("(1 - dampening) * g", "dampening * g")),
            ["p3-sgd-test-coupled", "p3-sgd-test-dampening"],
        ),
        "the rate inside of v": (
            _but(_SGD, ("momentum * v", "lr * momentum * v")),
            ["p3-sgd-test-coupled"],
        ),
        "uphill": (_but(_SGD, ("path[t] - lr", "path[t] + lr")), ["p3-sgd-test-plain"]),
        "the start is missing": (_but(_SGD, ("np.stack(path)", "np.array(path[1:])")), ["p3-sgd-test-plain"]),
        "one array, many names": (
            _but(_SGD, ("path.append(path[t] - lr * v)", "path[t] -= lr * v\n        path.append(path[t])")),
            ["p3-sgd-test-plain"],
        ),
    },
    "p5-lines": {
        "the cost is blamed": "too_much, clear_after, switch_after = 6, 9, 12\n",
        "dropout is blamed": "too_much, clear_after, switch_after = 2, 9, 12\n",
        "no_grad is blamed": "too_much, clear_after, switch_after = 13, 9, 12\n",
        "cleared between backward and step": "too_much, clear_after, switch_after = 3, 11, 12\n",
        "cleared once an epoch": "too_much, clear_after, switch_after = 3, 8, 12\n",
        "switched after the question": "too_much, clear_after, switch_after = 3, 9, 14\n",
        "switched before the batches": "too_much, clear_after, switch_after = 3, 9, 8\n",
        "names of lines": "too_much, clear_after, switch_after = 'Softmax', 'backward', 'eval'\n",
    },
    "p5-loop": {
        "scores scaled in the test": (
            _but(_EVAL, ("@ W2.T", "* 0.8 @ W2.T")) + _LOOP,
            ["p5-loop-test-scores"],
        ),
        "probabilities in the test": (
            _but(_EVAL, ("return np.maximum", "Z = np.maximum"))
            + "    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)\n"
            + _LOOP,
            ["p5-loop-test-scores"],
        ),
        "no ReLU in the test": (
            _but(_EVAL, ("np.maximum(X @ W1.T + b1, 0)", "(X @ W1.T + b1)")) + _LOOP,
            ["p5-loop-test-scores"],
        ),
        "dropout not scaled": (
            _EVAL + _LOOP.replace("mask / 0.8", "mask"),
            ["p5-loop-test-update"],
        ),
        "scaled by 0.2": (_EVAL + _LOOP.replace("/ 0.8", "/ 0.2"), ["p5-loop-test-update"]),
        "mask forwards only": (
            _EVAL + _but(_LOOP, ("dA1 * mask / 0.8", "dA1")),
            ["p5-loop-test-update"],
        ),
        "sum over the batch": (_EVAL + _but(_LOOP, ("dZ2 /= m", "pass")), ["p5-loop-test-update"]),
        "mean over all samples": (
            _EVAL + _but(_LOOP, ("dZ2 /= m", "dZ2 /= len(X)")),
            ["p5-loop-test-update"],
        ),
        "uphill": (_EVAL + _LOOP.replace("- lr", "+ lr"), ["p5-loop-test-update"]),
        "updated weights pass the slopes back": (
            _EVAL + _but(_LOOP, ("dA1 = dZ2 @ W2", "dA1 = dZ2 @ (W2 - lr * dZ2.T @ A1)")),
            ["p5-loop-test-update"],
        ),
        "slopes never cleared": (
            _EVAL
            + _but(
                _LOOP,
                ("V1, v1, V2, v2 = 0, 0, 0, 0", "V1, v1, V2, v2, G1, g1, G2, g2 = [0] * 8"),
                (
                    _VELOCITY,
                    """
        G1, g1 = G1 + dZ1.T @ X[rows], g1 + dZ1.sum(axis=0)
        G2, g2 = G2 + dZ2.T @ A1, g2 + dZ2.sum(axis=0)
        V1, v1 = momentum * V1 + G1, momentum * v1 + g1
        V2, v2 = momentum * V2 + G2, momentum * v2 + g2
""",
                ),
            ),
            ["p5-loop-test-updates"],
        ),
        "no momentum": (
            _EVAL + _LOOP.replace("momentum *", "0 *"),
            ["p5-loop-test-updates"],
        ),
        "momentum as an average": (
            _EVAL + _but(_LOOP, (_VELOCITY, _VELOCITY.replace("+ dZ", "+ (1 - momentum) * dZ"))),
            ["p5-loop-test-update", "p5-loop-test-updates"],
        ),
        "params changed": (
            _EVAL
            + _but(
                _LOOP.replace("W1 = W1 - lr * V1", "W1 -= lr * V1").replace(
                    "b2 = b2 - lr * v2", "b2 -= lr * v2"
                ),
                ("[part.copy() for part in params]", "params"),
            ),
            ["p5-loop-test-updates"],
        ),
    },
    "p6-convolution": {
        "padding on one side": (
            _but(_CONV, ("framed[:, padding : padding + H, padding : padding + W]", "framed[:, :H, :W]")),
            ["p6-convolution-test-unfold"],
        ),
        "padding forgotten": (
            _but(
                _CONV,
                ("m, H, W = X.shape", "m, H, W = X.shape\n    padding = 0"),
            ),
            ["p6-convolution-test-unfold"],
        ),
        "one place too few": (
            _CONV.replace("// stride + 1", "// stride"),
            ["p6-convolution-test-unfold", "p6-convolution-test-forward"],
        ),
        "stride forgotten at the places": (
            _but(_CONV, ("a, b = i * stride, j * stride", "a, b = i, j")),
            ["p6-convolution-test-unfold", "p6-convolution-test-backward"],
        ),
        "columns first": (
            _but(_CONV, ("patches[:, i * S + j]", "patches[:, j * R + i]")),
            ["p6-convolution-test-unfold", "p6-convolution-test-forward"],
        ),
        "square images only": (
            _but(_CONV, ("S = (W + 2 * padding", "S = (H + 2 * padding")),
            ["p6-convolution-test-unfold"],
        ),
        "kernel turned around": (
            _but(_CONV, ("flat = kernels.reshape", "flat = kernels[:, ::-1, ::-1].reshape")),
            ["p6-convolution-test-forward"],
        ),
        "kernel transposed": (
            _but(_CONV, ("flat = kernels.reshape", "flat = kernels.transpose(0, 2, 1).reshape")),
            ["p6-convolution-test-forward"],
        ),
        "axes not exchanged": (
            _but(_CONV, ('"mpq,cq->mcp", patches, flat) + b[:, None]', '"mpq,cq->mpc", patches, flat) + b')),
            ["p6-convolution-test-forward"],
        ),
        "bias forgotten": (_but(_CONV, (" + b[:, None]", "")), ["p6-convolution-test-forward"]),
        "mean over the places": (
            _but(_CONV, (".reshape(c, k, k)", ".reshape(c, k, k) / dZ[0, 0].size")),
            ["p6-convolution-test-backward"],
        ),
        "mean over the images": (
            _but(_CONV, (".reshape(c, k, k)", ".reshape(c, k, k) / len(X)")),
            ["p6-convolution-test-backward"],
        ),
        "slopes of the last image only": (
            _but(_CONV, ("sum(s @ p for s, p in zip(slopes, patches))", "(slopes[-1] @ patches[-1])")),
            ["p6-convolution-test-backward"],
        ),
        "db summed over the kernels": (
            _but(_CONV, ("slopes.sum(axis=(0, 2))", "slopes.sum(axis=(0, 1))")),
            ["p6-convolution-test-backward"],
        ),
    },
    "p7-attention": {
        "softmax over the queries": (
            _MATRIX_HEAD.replace("axis=1", "axis=0"),
            ["p7-attention-test-free"],
        ),
        "not scaled": (_but(_HEAD, (" / np.sqrt(d)", "")), ["p7-attention-test-free"]),
        "divided by d": (_but(_HEAD, ("np.sqrt(d)", "d")), ["p7-attention-test-free"]),
        "root of the width": (
            _but(_HEAD, ("np.sqrt(d)", "np.sqrt(X.shape[1])")),
            ["p7-attention-test-free"],
        ),
        "root of the length": (_but(_HEAD, ("np.sqrt(d)", "np.sqrt(T)")), ["p7-attention-test-free"]),
        "queries and keys exchanged": (
            _but(_HEAD, ("K[:seen] @ Q[i]", "Q[:seen] @ K[i]")),
            ["p7-attention-test-free", "p7-attention-test-causal"],
        ),
        "inputs in place of values": (
            _but(_HEAD, ("X @ W_Q.T, X @ W_K.T, X @ W_V.T", "X @ W_Q.T, X @ W_K.T, X")),
            ["p7-attention-test-free"],
        ),
        "weights transposed": (_but(_HEAD, ("A @ V, A", "A.T @ V, A.T")), ["p7-attention-test-free"]),
        "the other triangle": (
            _but(_MATRIX_HEAD, ("np.triu_indices(len(X), 1)", "np.tril_indices(len(X), -1)")),
            ["p7-attention-test-causal"],
        ),
        "a row does not see itself": (
            _but(_HEAD, ("i + 1 if", "max(i, 1) if")),
            ["p7-attention-test-causal"],
        ),
        "masked after the softmax": (
            _but(
                _MATRIX_HEAD,
                ("    if causal:\n        S[np.triu_indices(len(X), 1)] = -np.inf\n", ""),
                ("return A @ V, A", "if causal:\n        A = np.tril(A)\n    return A @ V, A"),
            ),
            ["p7-attention-test-causal"],
        ),
        "hidden scores are 0": (_but(_MATRIX_HEAD, ("-np.inf", "0")), ["p7-attention-test-causal"]),
        "causal forgotten": (_but(_HEAD, ("i + 1 if causal else T", "T")), ["p7-attention-test-causal"]),
        "a finite mask": (_but(_MATRIX_HEAD, ("-np.inf", "-1000")), ["p7-attention-test-large"]),
        "overflow": (_but(_HEAD, ("s - s.max()", "s")), ["p7-attention-test-large"]),
        "maximum of hidden rows": (
            _but(
                _HEAD,
                ("s = K[:seen] @ Q[i] / np.sqrt(d)", "s = K @ Q[i] / np.sqrt(d)"),
                ("e = np.exp(s - s.max())", "e = np.exp(s - s.max())[:seen]"),
            ),
            ["p7-attention-test-large"],
        ),
    },
    "p8-cost": {
        "slopes at p taken for those at z": (
            _but(_FAULTY, ("(np.diag(p) - np.outer(p, p)) @ g", "g")) + _STUDY,
            ["p8-cost-test-twice", "p8-cost-test-study"],
        ),
        "diagonal of the Jacobian": (
            _but(_FAULTY, ("(np.diag(p) - np.outer(p, p)) @ g", "p * (1 - p) * g")) + _STUDY,
            ["p8-cost-test-twice"],
        ),
        "Jacobian of the outer softmax": (
            _but(_FAULTY, ("zip(P, dZ)", "zip(Q, dZ)")) + _STUDY,
            ["p8-cost-test-twice"],
        ),
        "twice ignored": (
            _but(_FAULTY, ("    for rows in batches:", "    twice = False\n    for rows in batches:"))
            + _STUDY,
            ["p8-cost-test-twice", "p8-cost-test-study"],
        ),
        "keep ignored": (
            _but(_FAULTY, ("if not keep:", "if True:")) + _STUDY,
            ["p8-cost-test-keep", "p8-cost-test-study"],
        ),
        "keep the other way round": (
            _but(_FAULTY, ("if not keep:", "if keep:")) + _STUDY,
            ["p8-cost-test-keep", "p8-cost-test-plain"],
        ),
        "biases cleared, weights kept": (
            _but(_FAULTY, ("        if not keep:", "        db = np.zeros(K)\n        if not keep:"))
            + _STUDY,
            ["p8-cost-test-keep"],
        ),
        "sum over the batch": (
            _but(_FAULTY, ("dZ /= len(rows)", "pass")) + _STUDY,
            ["p8-cost-test-plain", "p8-cost-test-twice"],
        ),
        "overflow": (
            _but(_FAULTY, ("Z - Z.max(axis=1, keepdims=True)", "Z")) + _STUDY,
            ["p8-cost-test-twice"],
        ),
        "only one batch": (
            _but(_FAULTY, ("b = b - lr * db", "b = b - lr * db\n        break")) + _STUDY,
            ["p8-cost-test-plain", "p8-cost-test-study"],
        ),
        "training digits measured": (
            _FAULTY + _but(_STUDY, ("others @ W.T", "pictures @ W.T"), ("== other_kinds", "== kinds")),
            ["p8-cost-test-study"],
        ),
        "keep and twice exchanged": (
            _FAULTY
            + _but(
                _STUDY, ("share(True, False), share(False, True)", "share(False, True), share(True, False)")
            ),
            ["p8-cost-test-study"],
        ),
        "errors in place of accuracies": (
            _FAULTY + _but(_STUDY, ("== other_kinds", "!= other_kinds")),
            ["p8-cost-test-study"],
        ),
        "given numbers": (
            _FAULTY + "\n\ndef study(lr):\n    return [0.9, 0.522, 0.911, 0.636]\n",
            ["p8-cost-test-study"],
        ),
    },
}
