"""Right and wrong answers to assignment 05: what the tests must accept, and what they must catch."""

_GRAPH = "f_value, df_dx, df_dy, df_dz, f_after = -12, -4, 9, -3, -21.964\n"
_NET = "y_hat, dW2, dW1 = 2, [-6, 0], [[-1.5, -3], [0, 0]]\n"
_NUMERIC = """
def numerical_gradient(f, theta, h):
    slopes = np.zeros(np.shape(theta))
    for index in np.ndindex(slopes.shape):
        step = np.zeros(slopes.shape)
        step[index] = h
        slopes[index] = (f(theta + step) - f(theta - step)) / (2 * h)
    return slopes
"""
_SUSPECTS = """
def suspects(gradient, numeric, tolerance):
    gap = np.abs(gradient - numeric) > tolerance * np.abs(numeric).max()
    return list(zip(*np.nonzero(gap)))
"""
_NETWORK = """
def value_and_gradients(X, Y, Ws, bs):
    L, m = len(Ws), len(X)
    A, Z = [X], []
    for layer in range(L):
        Z.append(A[-1] @ Ws[layer].T + bs[layer])
        A.append(np.maximum(Z[-1], 0))
    value = ((Z[-1] - Y) ** 2).sum() / 2 / m
    dZ = (Z[-1] - Y) / m
    dWs, dbs = [None] * L, [None] * L
    for layer in range(L - 1, -1, -1):
        dWs[layer] = dZ.T @ A[layer]
        dbs[layer] = dZ.sum(axis=0)
        if layer > 0:
            dA = dZ @ Ws[layer]
            dZ = dA * (Z[layer - 1] > 0)
    return value, dWs, dbs
"""
_FIXED = """
def backward_fixed(X, Y, W1, b1, W2, b2):
    A1 = 1 / (1 + np.exp(-(X @ W1.T + b1)))
    E = np.exp(A1 @ W2.T + b2)
    P = E / E.sum(axis=1, keepdims=True)
    dZ2 = (P - Y) / len(X)
    dW2 = dZ2.T @ A1
    db2 = dZ2.sum(axis=0)
    dA1 = dZ2 @ W2
    dZ1 = dA1 * A1 * (1 - A1)
    return dZ1.T @ X, dZ1.sum(axis=0), dW2, db2
"""
_SHARED = """
def shared_gradient(X, Y, W, b, T):
    A = [X]
    for _ in range(T):
        A.append(np.tanh(A[-1] @ W.T + b))
    dA = (A[T] - Y) / len(X)
    dW, db = 0, 0
    for t in range(T, 0, -1):
        dZ = dA * (1 - A[t] ** 2)
        dW = dW + dZ.T @ A[t - 1]
        db = db + dZ.sum(axis=0)
        dA = dZ @ W
    return ((A[T] - Y) ** 2).sum() / 2 / len(X), dW, db
"""
_SIZES = """
def slope_sizes(X, Y, Ws, shortcut):
    A, T = [X], []
    for W in Ws:
        T.append(np.tanh(A[-1] @ W.T))
        A.append(T[-1] + A[-1] if shortcut else T[-1])
    dA = (A[-1] - Y) / len(X)
    sizes = [np.sqrt((dA**2).mean())]
    for l in range(len(Ws) - 1, -1, -1):
        dZ = dA * (1 - T[l] ** 2)
        dA = dZ @ Ws[l] + (dA if shortcut else 0)
        sizes.append(np.sqrt((dA**2).mean()))
    return sizes[::-1]
"""
_FACTOR = """
def factor_per_layer(sizes):
    return (sizes[0] / sizes[-1]) ** (1 / (len(sizes) - 1))
"""
_STUDY = """
def study(gains, shortcut):
    found = []
    for gain in gains:
        sizes = slope_sizes(pictures, averages, random_weights(gain, 20), shortcut)
        found.append(factor_per_layer(sizes))
    return found
"""

RIGHT = {
    "p1-pencil": {
        "numbers": _GRAPH + _NET,
        "computed": """
x, y, z = 3.0, -1.0, 5.0
f_value = x * y * (y + z)
df_dx, df_dy, df_dz = y * (y + z), x * (y + z) + x * y, x * y
x, y, z = x - 0.1 * df_dx, y - 0.1 * df_dy, z - 0.1 * df_dz
f_after = x * y * (y + z)
v, first, last = np.array([1.0, 2]), np.array([[1.0, -1], [2, 0]]), np.array([0.5, 4])
a = np.maximum(first @ v + [3, -3], 0)
y_hat = last @ a + 1
dW2 = (y_hat - 5) * a
dW1 = np.outer((y_hat - 5) * last * (a > 0), v)
""",
    },
    "p2-layer": {
        "loops": """
def layer_backward(A, W, dZ):
    m, n, p = len(A), len(A[0]), len(W)
    dA = [[sum(dZ[i, j] * W[j, k] for j in range(p)) for k in range(n)] for i in range(m)]
    dW = [[sum(dZ[i, j] * A[i, k] for i in range(m)) for k in range(n)] for j in range(p)]
    return dA, dW, [sum(dZ[i, j] for i in range(m)) for j in range(p)]
""",
        "sample by sample": """
def layer_backward(A, W, dZ):
    dW, db, dA = np.zeros(W.shape), np.zeros(len(W)), []
    for a, delta in zip(A, dZ):
        dW += np.outer(delta, a)
        db += delta
        dA.append(W.T @ delta)
    return np.array(dA), dW, db
""",
        "transposed": """
def layer_backward(A, W, dZ):
    return (W.T @ dZ.T).T, (A.T @ dZ).T, np.ones(len(dZ)) @ dZ
""",
    },
    "p3-witness": {
        "flat, moved and moved back": """
def numerical_gradient(f, theta, h):
    v = np.array(theta, dtype=float)
    flat, slopes = v.reshape(-1), []
    for i in range(len(flat)):
        kept = flat[i]
        flat[i] = kept + h
        up = f(v)
        flat[i] = kept - h
        slopes.append((up - f(v)) / (2 * h))
        flat[i] = kept
    return np.reshape(slopes, v.shape)


def suspects(gradient, numeric, tolerance):
    limit = tolerance * np.max(np.abs(numeric))
    return [i for i in np.ndindex(numeric.shape) if abs(gradient[i] - numeric[i]) > limit]
""",
        "unit arrays": """
def numerical_gradient(f, theta, h):
    theta = np.asarray(theta)
    units = np.eye(theta.size).reshape(theta.size, *theta.shape)
    return np.array([f(theta + h * e) - f(theta - h * e) for e in units]).reshape(theta.shape) / (2 * h)
"""
        + _SUSPECTS,
    },
    "p4-network": {
        "slopes with the pre-activations": _NETWORK,
        "sample by sample, recursive": """
def value_and_gradients(X, Y, Ws, bs):
    m = len(X)
    dWs, dbs = [np.zeros(W.shape) for W in Ws], [np.zeros(b.shape) for b in bs]

    def back(a, y, layer):
        z = Ws[layer] @ a + bs[layer]
        if layer == len(Ws) - 1:
            loss, delta = np.sum((z - y) ** 2) / 2, z - y
        else:
            loss, da = back(np.maximum(z, 0), y, layer + 1)
            delta = da * (z > 0)
        dWs[layer] += np.outer(delta, a) / m
        dbs[layer] += delta / m
        return loss, Ws[layer].T @ delta

    value = sum(back(x, y, 0)[0] for x, y in zip(X, Y)) / m
    return value, dWs, dbs
""",
        "bias as a weight": """
def value_and_gradients(X, Y, Ws, bs):
    one = np.ones((len(X), 1))
    Vs = [np.column_stack([W, b]) for W, b in zip(Ws, bs)]
    relu, A = nn.ReLU(), [np.hstack([X, one])]
    for V in Vs:
        Z = A[-1] @ V.T
        A.append(np.hstack([relu(Z), one]))
    dZ, slopes = (Z - Y) / len(X), []
    for V, A_in in zip(Vs[::-1], A[-2::-1]):
        slopes.append(dZ.T @ A_in)
        dZ = (dZ @ V * relu.derivative(A_in))[:, :-1]
    slopes = slopes[::-1]
    return np.mean(np.sum((Z - Y) ** 2, axis=1)) / 2, [s[:, :-1] for s in slopes], [s[:, -1] for s in slopes]
""",
    },
    "p6-bugs": {
        "line by line": _FIXED,
        "one sample after the other": """
def backward_fixed(X, Y, W1, b1, W2, b2):
    total = [np.zeros(W1.shape), np.zeros(len(b1)), np.zeros(W2.shape), np.zeros(len(b2))]
    for x, y in zip(X, Y):
        a = nn.Sigmoid()(W1 @ x + b1)
        delta2 = nn.Softmax()(W2 @ a + b2) - y
        delta1 = a * (1 - a) * (W2.T @ delta2)
        for slot, part in zip(total, (np.outer(delta1, x), delta1, np.outer(delta2, a), delta2)):
            slot += part / len(X)
    return total
""",
        "through the whole Jacobian": """
def backward_fixed(X, Y, W1, b1, W2, b2):
    A1 = 1 / (1 + np.exp(-(X @ W1.T + b1)))
    softmax, Z2 = nn.Softmax(), A1 @ W2.T + b2
    dZ2 = [softmax.jacobian(z) @ (-y / softmax(z)) for z, y in zip(Z2, Y)]
    dZ2 = np.array(dZ2) / len(X)
    dZ1 = np.einsum("ij,jk,ik->ik", dZ2, W2, A1 - A1**2)
    return dZ1.T @ X, dZ1.sum(axis=0), dZ2.T @ A1, dZ2.sum(axis=0)
""",
    },
    "p7-shared": {
        "loop": _SHARED,
        "recursive": """
def shared_gradient(X, Y, W, b, T):
    slopes = [np.zeros(W.shape), np.zeros(b.shape)]

    def use(A, left):
        if left == 0:
            return ((A - Y) ** 2).sum(axis=1).mean() / 2, (A - Y) / len(X)
        tanh = np.tanh(A @ W.T + b)
        value, d = use(tanh, left - 1)
        d = d * nn.Tanh().derivative(A @ W.T + b)
        slopes[0] += d.T @ A
        slopes[1] += d.sum(axis=0)
        return value, d @ W

    value, _ = use(X, T)
    return value, slopes[0], slopes[1]
""",
        "forward mode": """
def shared_gradient(X, Y, W, b, T):
    n = len(b)
    A = X
    dA = np.zeros((*X.shape, n * n + n))
    for _ in range(T):
        dZ = np.einsum("jk,ikq->ijq", W, dA)
        for j in range(n):
            for k in range(n):
                dZ[:, j, j * n + k] += A[:, k]
            dZ[:, j, n * n + j] += 1
        A = np.tanh(A @ W.T + b)
        dA = (1 - A**2)[:, :, None] * dZ
    slopes = np.einsum("ij,ijq->q", A - Y, dA) / len(X)
    value = ((A - Y) ** 2).sum() / (2 * len(X))
    return value, slopes[: n * n].reshape(n, n), slopes[n * n :]
""",
    },
    "p8-shortcut": {
        "lists": _SIZES + _FACTOR + _STUDY,
        "logarithms and recursion": """
def slope_sizes(X, Y, Ws, shortcut):
    def back(A, rest):
        if not rest:
            d = (A - Y) / len(X)
            return d, [np.linalg.norm(d) / np.sqrt(d.size)]
        W = rest[0]
        Z = A @ W.T
        d, sizes = back(np.tanh(Z) + shortcut * A, rest[1:])
        d = (d * nn.Tanh().derivative(Z)) @ W + shortcut * d
        return d, [np.linalg.norm(d) / np.sqrt(d.size), *sizes]

    return np.array(back(X, list(Ws))[1])


def factor_per_layer(sizes):
    steps = -np.diff(np.log(sizes))
    return np.exp(steps.mean())


def study(gains, shortcut):
    return [
        factor_per_layer(slope_sizes(pictures, averages, random_weights(g, 20), shortcut)) for g in gains
    ]
""",
    },
}

WRONG = {
    "p1-pencil": {
        "one path only": (_GRAPH.replace(" 9,", " 12,") + _NET, ["p1-pencil-test-graph"]),
        "the two paths of y multiplied": (_GRAPH.replace(" 9,", " -36,") + _NET, ["p1-pencil-test-graph"]),
        "slopes of q and of r exchanged": (
            _GRAPH.replace("-4, 9, -3", "3, -5, 4") + _NET,
            ["p1-pencil-test-graph"],
        ),
        "step uphill": (_GRAPH.replace("-21.964", "-1.196") + _NET, ["p1-pencil-test-graph"]),
        "step without y's second path": (
            _GRAPH.replace("-21.964", "-23.188") + _NET,
            ["p1-pencil-test-graph"],
        ),
        "slope passes a unit that is off": (
            _GRAPH + _NET.replace("[0, 0]]", "[-12, -24]]"),
            ["p1-pencil-test-network"],
        ),
        "transposed": (
            _GRAPH + _NET.replace("[[-1.5, -3], [0, 0]]", "[[-1.5, 0], [-3, 0]]"),
            ["p1-pencil-test-network"],
        ),
        "truth minus prediction": (
            _GRAPH + "y_hat, dW2, dW1 = 2, [6, 0], [[1.5, 3], [0, 0]]",
            ["p1-pencil-test-network"],
        ),
        "no ReLU": (
            _GRAPH + "y_hat, dW2, dW1 = -2, [-14, 7], [[-3.5, -7], [-28, -56]]",
            ["p1-pencil-test-network"],
        ),
    },
    "p2-layer": {
        "W transposed": (
            "def layer_backward(A, W, dZ):\n    return dZ @ W.T, dZ.T @ A, dZ.sum(axis=0)",
            ["p2-layer-test", "p2-layer-test-square"],
        ),
        "W transposed where it fits": (
            """
def layer_backward(A, W, dZ):
    dA = dZ @ W.T if W.shape[0] == W.shape[1] else dZ @ W
    return dA, dZ.T @ A, dZ.sum(axis=0)
""",
            ["p2-layer-test-square"],
        ),
        "dW transposed": (
            "def layer_backward(A, W, dZ):\n    return dZ @ W, A.T @ dZ, dZ.sum(axis=0)",
            ["p2-layer-test", "p2-layer-test-square"],
        ),
        "averaged once more": (
            """
def layer_backward(A, W, dZ):
    return dZ @ W, dZ.T @ A / len(A), dZ.mean(axis=0)
""",
            ["p2-layer-test"],
        ),
        "biases added over the units": (
            "def layer_backward(A, W, dZ):\n    return dZ @ W, dZ.T @ A, dZ.sum(axis=1)",
            ["p2-layer-test"],
        ),
        "biases as a row": (
            "def layer_backward(A, W, dZ):\n    return dZ @ W, dZ.T @ A, dZ.sum(axis=0, keepdims=True)",
            ["p2-layer-test"],
        ),
        "biases get what each sample says": (
            "def layer_backward(A, W, dZ):\n    return dZ @ W, dZ.T @ A, dZ[0]",
            ["p2-layer-test"],
        ),
        "written over in place": (
            """
def layer_backward(A, W, dZ):
    dW, db = dZ.T @ A, dZ.sum(axis=0)
    A[:] = dZ @ W
    return A, dW, db
""",
            ["p2-layer-test"],
        ),
        "entry by entry": (
            "def layer_backward(A, W, dZ):\n    return A * dZ.sum(), W * dZ.sum(), dZ.sum(axis=0)",
            ["p2-layer-test", "p2-layer-test-square"],
        ),
    },
    "p3-witness": {
        "one-sided": (
            _NUMERIC.replace("f(theta - step)) / (2 * h)", "f(theta)) / h") + _SUSPECTS,
            ["p3-witness-test-numeric"],
        ),
        "divided by h": (_NUMERIC.replace("(2 * h)", "h") + _SUSPECTS, ["p3-witness-test-numeric"]),
        "step left in": (
            _NUMERIC.replace("        step = np.zeros(slopes.shape)\n", "").replace(
                "    for index", "    step = np.zeros(slopes.shape)\n    for index"
            )
            + _SUSPECTS,
            ["p3-witness-test-numeric"],
        ),
        "theta moved and not moved back": (
            """
def numerical_gradient(f, theta, h):
    theta = np.asarray(theta, dtype=float)
    slopes = np.zeros(theta.shape)
    for index in np.ndindex(theta.shape):
        theta[index] += h
        up = f(theta)
        theta[index] -= 2 * h
        slopes[index] = (up - f(theta)) / (2 * h)
    return slopes
"""
            + _SUSPECTS,
            ["p3-witness-test-numeric"],
        ),
        "step lost in whole numbers": (
            """
def numerical_gradient(f, theta, h):
    slopes = np.zeros(theta.shape)
    for index in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[index] += h
        down[index] -= h
        slopes[index] = (f(up) - f(down)) / (2 * h)
    return slopes
"""
            + _SUSPECTS,
            ["p3-witness-test-numeric"],
        ),
        "vectors only": (
            """
def numerical_gradient(f, theta, h):
    slopes = []
    for e in np.eye(len(theta)):
        slopes.append((f(theta + h * e) - f(theta - h * e)) / (2 * h))
    return np.array(slopes)
"""
            + _SUSPECTS,
            ["p3-witness-test-numeric"],
        ),
        "tolerance is absolute": (
            _NUMERIC + _SUSPECTS.replace(" * np.abs(numeric).max()", ""),
            ["p3-witness-test-suspects"],
        ),
        "tolerance by entry": (
            _NUMERIC + _SUSPECTS.replace("np.abs(numeric).max()", "np.abs(numeric)"),
            ["p3-witness-test-suspects"],
        ),
        "signed difference": (
            _NUMERIC + _SUSPECTS.replace("np.abs(gradient - numeric) >", "gradient - numeric >"),
            ["p3-witness-test-suspects"],
        ),
        "signed largest entry": (
            _NUMERIC
            + _SUSPECTS.replace("np.abs(numeric).max()", "numeric.max()").replace(
                "np.abs(gradient - numeric)", "np.abs(np.abs(gradient) - np.abs(numeric))"
            ),
            ["p3-witness-test-suspects"],
        ),
        "only the worst": (
            _NUMERIC
            + """
def suspects(gradient, numeric, tolerance):
    gap = np.abs(gradient - numeric)
    if gap.max() <= tolerance * np.abs(numeric).max():
        return []
    return [np.unravel_index(gap.argmax(), gap.shape)]
""",
            ["p3-witness-test-suspects"],
        ),
    },
    "p4-network": {
        "sum, not average": (
            _NETWORK.replace(".sum() / 2 / m", ".sum() / 2").replace("(Z[-1] - Y) / m", "Z[-1] - Y"),
            ["p4-network-test-value", "p4-network-test-last", "p4-network-test-all"],
        ),
        "averaged over the outputs, too": (
            _NETWORK.replace(".sum() / 2 / m", ".mean() / 2").replace(
                "(Z[-1] - Y) / m", "(Z[-1] - Y) / Y.size"
            ),
            ["p4-network-test-value", "p4-network-test-last", "p4-network-test-all"],
        ),
        "the half forgotten": (
            _NETWORK.replace(".sum() / 2 / m", ".sum() / m").replace(
                "(Z[-1] - Y) / m", "2 * (Z[-1] - Y) / m"
            ),
            ["p4-network-test-value", "p4-network-test-last", "p4-network-test-all"],
        ),
        "1/m written twice": (
            _NETWORK.replace("dZ.T @ A[layer]", "dZ.T @ A[layer] / m").replace(
                "dZ.sum(axis=0)", "dZ.mean(axis=0)"
            ),
            ["p4-network-test-last", "p4-network-test-all"],
        ),
        "ReLU at the end": (
            _NETWORK.replace("(Z[-1] - Y) ** 2", "(A[-1] - Y) ** 2").replace(
                "(Z[-1] - Y) / m", "(A[-1] - Y) * (Z[-1] > 0) / m"
            ),
            ["p4-network-test-value", "p4-network-test-last", "p4-network-test-all"],
        ),
        "slope of the ReLU forgotten": (
            _NETWORK.replace("dA * (Z[layer - 1] > 0)", "dA"),
            ["p4-network-test-all"],
        ),
        "slope passes where Z is not 0": (
            _NETWORK.replace("Z[layer - 1] > 0", "Z[layer - 1] != 0"),
            ["p4-network-test-all"],
        ),
        "mask of the slopes, not of the units": (
            _NETWORK.replace("dA * (Z[layer - 1] > 0)", "np.maximum(dA, 0)"),
            ["p4-network-test-all"],
        ),
        "W transposed where it fits": (
            _NETWORK.replace(
                "dZ @ Ws[layer]\n",
                "dZ @ (Ws[layer].T if Ws[layer].shape[0] == Ws[layer].shape[1] else Ws[layer])\n",
            ),
            ["p4-network-test-all"],
        ),
        "adjusts the weights": (
            _NETWORK.replace(
                "    return value, dWs, dbs",
                "    for layer in range(L):\n        Ws[layer] -= 0.1 * dWs[layer]\n    return value, dWs, dbs",
            ),
            ["p4-network-test-all"],
        ),
        "goes back over weights already moved": (
            _NETWORK.replace(
                "        if layer > 0:",
                "        Ws[layer][:] = Ws[layer] - 0.1 * dWs[layer]\n        if layer > 0:",
            ),
            ["p4-network-test-all"],
        ),
        "lists from last to first": (
            _NETWORK.replace("return value, dWs, dbs", "return value, dWs[::-1], dbs[::-1]"),
            ["p4-network-test-last", "p4-network-test-all"],
        ),
        "stops after the last layer": (
            _NETWORK.replace("            dZ = dA * (Z[layer - 1] > 0)", "            dZ = 0 * dA"),
            ["p4-network-test-all"],
        ),
    },
    "p6-bugs": {
        "as in the notes": (
            _FIXED.replace("(P - Y) / len(X)", "(P - Y) * P * (1 - P)").replace("dZ2 @ W2", "dZ2 @ W2.T"),
            ["p6-bugs-test-last", "p6-bugs-test-first"],
        ),
        "sum left": (
            _FIXED.replace("(P - Y) / len(X)", "P - Y"),
            ["p6-bugs-test-last", "p6-bugs-test-first"],
        ),
        "slope of the softmax left": (
            _FIXED.replace("(P - Y) / len(X)", "(P - Y) * P * (1 - P) / len(X)"),
            ["p6-bugs-test-last", "p6-bugs-test-first"],
        ),
        "transposition left": (_FIXED.replace("dZ2 @ W2", "dZ2 @ W2.T"), ["p6-bugs-test-first"]),
        "transposition left where it fits": (
            _FIXED.replace("dZ2 @ W2", "dZ2 @ (W2.T if len(b1) == len(b2) else W2)"),
            ["p6-bugs-test-first"],
        ),
        "average in the last layer only": (
            _FIXED.replace("dA1 = dZ2 @ W2", "dA1 = len(X) * dZ2 @ W2"),
            ["p6-bugs-test-first"],
        ),
        "divided twice in the first layer": (
            _FIXED.replace("dA1 * A1 * (1 - A1)", "dA1 * A1 * (1 - A1) / len(X)"),
            ["p6-bugs-test-first"],
        ),
        "slope of the sigmoid gone, too": (
            _FIXED.replace("dA1 * A1 * (1 - A1)", "dA1"),
            ["p6-bugs-test-first"],
        ),
        "divided by the classes": (
            _FIXED.replace("(P - Y) / len(X)", "(P - Y) / P.size"),
            ["p6-bugs-test-last", "p6-bugs-test-first"],
        ),
    },
    "p7-shared": {
        "last use only": (
            _SHARED.replace("dW = dW + dZ.T @ A[t - 1]", "dW = dZ.T @ A[t - 1] if t == T else dW").replace(
                "db = db + dZ.sum(axis=0)", "db = dZ.sum(axis=0) if t == T else db"
            ),
            ["p7-shared-test-often"],
        ),
        "first use only": (
            _SHARED.replace("dW + dZ", "dZ").replace("db + dZ", "dZ"),
            ["p7-shared-test-often"],
        ),
        "averaged over the uses": (
            _SHARED.replace("len(X), dW, db", "len(X), dW / T, db / T"),
            ["p7-shared-test-often"],
        ),
        "sum over the samples": (
            _SHARED.replace("(A[T] - Y) / len(X)", "A[T] - Y"),
            ["p7-shared-test-once", "p7-shared-test-often"],
        ),
        "what came out for what went in": (
            _SHARED.replace("A[t - 1]", "A[t]"),
            ["p7-shared-test-once", "p7-shared-test-often"],
        ),
        "always the data": (_SHARED.replace("A[t - 1]", "X"), ["p7-shared-test-often"]),
        "slope of the last tanh everywhere": (
            _SHARED.replace("1 - A[t] ** 2", "1 - A[T] ** 2"),
            ["p7-shared-test-often"],
        ),
        "slope of the tanh forgotten": (
            _SHARED.replace("dA * (1 - A[t] ** 2)", "dA"),
            ["p7-shared-test-once", "p7-shared-test-often"],
        ),
        "W transposed": (_SHARED.replace("dA = dZ @ W\n", "dA = dZ @ W.T\n"), ["p7-shared-test-often"]),
        "one use too few": (_SHARED.replace("range(T, 0, -1)", "range(T, 1, -1)"), ["p7-shared-test-once"]),
        "data written over": (
            _SHARED.replace("    A = [X]\n", "    A = [X.copy()]\n").replace(
                "    dW, db = 0, 0\n", "    dW, db = 0, 0\n    X[:] = A[T]\n"
            ),
            ["p7-shared-test-often"],
        ),
    },
    "p8-shortcut": {
        "shortcut forgotten on the way back": (
            _SIZES.replace("dZ @ Ws[l] + (dA if shortcut else 0)", "dZ @ Ws[l]") + _FACTOR + _STUDY,
            ["p8-shortcut-test-shortcut"],
        ),
        "shortcut alone on the way back": (
            _SIZES.replace("dZ @ Ws[l] + (dA if shortcut else 0)", "dA if shortcut else dZ @ Ws[l]")
            + _FACTOR
            + _STUDY,
            ["p8-shortcut-test-shortcut"],
        ),
        "shortcut always": (
            _SIZES.replace("(dA if shortcut else 0)", "dA").replace(
                "T[-1] + A[-1] if shortcut else T[-1]", "T[-1] + A[-1]"
            )
            + _FACTOR
            + _STUDY,
            ["p8-shortcut-test-plain"],
        ),
        "slope taken at the sum": (
            _SIZES.replace("1 - T[l] ** 2", "1 - A[l + 1] ** 2") + _FACTOR + _STUDY,
            ["p8-shortcut-test-shortcut"],
        ),
        "from output to input": (
            _SIZES.replace("return sizes[::-1]", "return sizes") + _FACTOR + _STUDY,
            ["p8-shortcut-test-plain"],
        ),
        "without the input": (
            _SIZES.replace("return sizes[::-1]", "return sizes[-2::-1]") + _FACTOR + _STUDY,
            ["p8-shortcut-test-plain", "p8-shortcut-test-shortcut"],
        ),
        "length, not the root of the mean": (
            _SIZES.replace(".mean()", ".sum()") + _FACTOR + _STUDY,
            ["p8-shortcut-test-plain"],
        ),
        "slopes of the sum": (
            _SIZES.replace("(A[-1] - Y) / len(X)", "A[-1] - Y") + _FACTOR + _STUDY,
            ["p8-shortcut-test-plain"],
        ),
        "W transposed": (
            _SIZES.replace("dZ @ Ws[l]", "dZ @ Ws[l].T") + _FACTOR + _STUDY,
            ["p8-shortcut-test-plain"],
        ),
        "one layer too many in the root": (
            _SIZES + _FACTOR.replace("(len(sizes) - 1)", "len(sizes)") + _STUDY,
            ["p8-shortcut-test-study"],
        ),
        "factor forwards": (
            _SIZES + _FACTOR.replace("sizes[0] / sizes[-1]", "sizes[-1] / sizes[0]") + _STUDY,
            ["p8-shortcut-test-study"],
        ),
        "factor of all layers": (
            _SIZES + _FACTOR.replace("** (1 / (len(sizes) - 1))", "") + _STUDY,
            ["p8-shortcut-test-study"],
        ),
        "mean of the factors": (
            _SIZES
            + """
def factor_per_layer(sizes):
    return np.mean(np.divide(sizes[:-1], sizes[1:]))
"""
            + _STUDY,
            ["p8-shortcut-test-study"],
        ),
        "study without the shortcut": (
            _SIZES + _FACTOR + _STUDY.replace("20), shortcut)", "20), False)"),
            ["p8-shortcut-test-study"],
        ),
        "ten layers": (_SIZES + _FACTOR + _STUDY.replace("gain, 20", "gain, 10"), ["p8-shortcut-test-study"]),
    },
}
