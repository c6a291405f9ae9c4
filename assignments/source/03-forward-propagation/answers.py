"""Right and wrong answers to assignment 03: what the tests must accept, and what they must catch."""


def but(answer: str, *changes: tuple[str, str]) -> str:
    """Give an answer with one mistake: each text replaced, which must be there."""
    for old, new in changes:
        assert old in answer, old
        answer = answer.replace(old, new)
    return answer


HAND = """
z1, a1, scores = [1, -1], [1, 0], [2, -1]
G, c = [[3, 3, 0], [-2, -2, 0]], [5, -3]
n_parameters, n_products = 383, 18000
"""

FORWARD = """
def forward_all(X, Ws, bs):
    Zs, As = [], [X]
    for l in range(len(Ws)):
        Z = As[l] @ Ws[l].T + bs[l]
        A = np.maximum(Z, 0) if l < len(Ws) - 1 else Z
        Zs.append(Z)
        As.append(A)
    return Zs, As
"""

BUDGET = """
def count(n_in, n_out, hidden, n):
    widths = [n_in] + [n] * hidden + [n_out]
    return sum(new * (old + 1) for old, new in zip(widths, widths[1:]))


def widest(n_in, n_out, hidden, budget):
    n = 1
    while count(n_in, n_out, hidden, n) <= budget:
        n = n + 1
    return n - 1
"""

BUG = """
def two_layers_fixed(X, W1, b1, W2, b2):
    A1 = np.maximum(X @ W1.T + b1, 0)
    Z2 = A1 @ W2.T + b2
    return Z2
"""

NORMAL = """
def normal_form(W1, b1, W2):
    length = np.sqrt((W1**2).sum(axis=1))
    W1 = W1 / length[:, None]
    b1 = b1 / length
    W2 = W2 * length
    order = np.argsort(W1[:, 0])
    return W1[order], b1[order], W2[:, order]
"""

PATCH = """
def patch_matrix(kernel, height, width):
    p, q = kernel.shape
    down, across = height - p + 1, width - q + 1
    W = np.zeros((down * across, height * width))
    for r in range(down):
        for c in range(across):
            for a in range(p):
                for b in range(q):
                    W[r * across + c, (r + a) * width + c + b] = kernel[a, b]
    return W
"""

START = """
def sparse_start(rng, n_in, n_out, k):
    W = np.zeros((n_out, n_in))
    for j in range(n_out):
        places = rng.permutation(n_in)[:k]
        W[j, places] = rng.normal(0, (2 / k) ** 0.5, k)
    return W
"""

RADIUS = """
def radius(x, Ws, bs):
    G, c, best = np.eye(len(x)), np.zeros(len(x)), np.inf
    for W, b in zip(Ws, bs):
        G, c = W @ G, W @ c + b
        z = G @ x + c
        for j in range(len(z)):
            size = np.sqrt(np.sum(G[j] ** 2))
            if size > 0:
                best = min(best, abs(z[j]) / size)
        D = np.diag(np.where(z > 0, 1.0, 0.0))
        G, c = D @ G, D @ c
    return best


def median_radius(X, Ws, bs):
    return np.median([radius(x, Ws, bs) for x in X])
"""

RIGHT = {
    "p1-hand": {
        "numbers": HAND,
        "computed": """
W_one, b_one = np.array([[1, 1, 0], [2, 0, -1]]), np.array([2, 0])
W_two, b_two = np.array([[3, 5], [-2, 4]]), np.array([-1, 1])
z1 = W_one @ [1, -2, 3] + b_one
a1 = np.maximum(z1, 0)
scores = W_two @ a1 + b_two
G = W_two @ np.diag(z1 > 0) @ W_one
c = W_two @ np.diag(z1 > 0) @ b_one + b_two
n_products = 50 * (20 * 12 + 12 * 8 + 8 * 3)
n_parameters = n_products // 50 + 12 + 8 + 3
""",
    },
    "p2-forward": {
        "matrices": FORWARD,
        "units one by one": """
def forward_all(X, Ws, bs):
    Zs, As = [], [X.tolist()]
    for number, (W, b) in enumerate(zip(Ws, bs), start=1):
        Z = [[sum(w * v for w, v in zip(row, a)) + c for row, c in zip(W, b)] for a in As[-1]]
        Zs.append(Z)
        last = number == len(Ws)
        As.append([[z if last or z > 0 else 0.0 for z in row] for row in Z])
    return Zs, As
""",
        "columns inside": """
def forward_all(X, Ws, bs):
    Zs, As = (), (X,)
    for W, b in zip(Ws[:-1], bs[:-1]):
        Zs += ((W @ As[-1].T + b[:, None]).T,)
        As += (Zs[-1] * (Zs[-1] > 0),)
    Zs += (np.einsum("ik,jk->ij", As[-1], Ws[-1]) + bs[-1],)
    return [list(Zs), list(As + Zs[-1:])]
""",
    },
    "p3-budget": {
        "one by one": BUDGET,
        "halving": """
def widest(n_in, n_out, hidden, budget):
    def fits(n):
        weights = n_in * n + (hidden - 1) * n * n + n * n_out
        return weights + hidden * n + n_out <= budget

    low, high = 0, max(budget, 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return high if fits(high) else low
""",
        "quadratic formula": """
def widest(n_in, n_out, hidden, budget):
    a, b, c = hidden - 1, n_in + hidden + n_out, n_out - budget
    n = -c / b if a == 0 else (-b + np.sqrt(max(0, b * b - 4 * a * c))) / (2 * a)
    return max(0, int(np.floor(n + 1e-9)))
""",
    },
    "p4-bug": {
        "two lines": BUG,
        "unit by unit": """
def two_layers_fixed(X, W1, b1, W2, b2):
    answers = []
    for x in X:
        a = [max(0.0, float(np.dot(w, x)) + c) for w, c in zip(W1, b1)]
        answers.append([float(np.dot(w, a)) + c for w, c in zip(W2, b2)])
    return answers
""",
        "columns inside": """
def two_layers_fixed(X, W1, b1, W2, b2):
    A = np.maximum(W1 @ X.T + b1[:, None], 0)
    return (W2 @ A + b2[:, None]).T
""",
    },
    "p6-normal": {
        "arrays": NORMAL,
        "unit by unit": """
def normal_form(W1, b1, W2):
    units = []
    for j in range(len(W1)):
        size = np.linalg.norm(W1[j])
        units.append((list(W1[j] / size), b1[j] / size, list(W2[:, j] * size)))
    units.sort()
    rows, biases, columns = zip(*units)
    return np.array(rows), np.array(biases), np.array(columns).T
""",
        "diagonal matrices": """
def normal_form(W1, b1, W2):
    D = np.diag(1 / np.linalg.norm(W1, axis=1))
    P = np.eye(len(W1))[np.argsort((D @ W1)[:, 0])]
    return [P @ D @ W1, P @ D @ b1, W2 @ np.linalg.inv(D) @ P.T]
""",
    },
    "p7-patch": {
        "four loops": PATCH,
        "by unit pictures": """
def patch_matrix(kernel, height, width):
    columns = []
    for pixel in np.eye(height * width):
        windows = np.lib.stride_tricks.sliding_window_view(pixel.reshape(height, width), kernel.shape)
        columns.append((windows * kernel).sum(axis=(2, 3)).ravel())
    return np.array(columns).T
""",
        "lists": """
def patch_matrix(kernel, height, width):
    p, q = len(kernel), len(kernel[0])
    rows = []
    for r in range(height - p + 1):
        for c in range(width - q + 1):
            row = []
            for i in range(height):
                for j in range(width):
                    inside = 0 <= i - r < p and 0 <= j - c < q
                    row.append(float(kernel[i - r, j - c]) if inside else 0.0)
            rows.append(row)
    return rows
""",
    },
    "p8-start": {
        "permutation": START,
        "sorted noise": """
def sparse_start(rng, n_in, n_out, k):
    rank = rng.random((n_out, n_in)).argsort(axis=1).argsort(axis=1)
    return np.where(rank < k, np.sqrt(2.0 / k) * rng.standard_normal((n_out, n_in)), 0)
""",
        "shuffled rows": """
def sparse_start(rng, n_in, n_out, k):
    W = np.zeros((n_out, n_in))
    W[:, :k] = nn.he(rng, k, n_out)
    return rng.permuted(W, axis=1)
""",
    },
    "p9-radius": {
        "loops": RADIUS,
        "by slopes of a step": """
def hidden_values(x, Ws, bs, patterns=None):
    values, on, a = [], [], x
    for l, (W, b) in enumerate(zip(Ws, bs)):
        z = W @ a + b
        on.append((z > 0) if patterns is None else patterns[l])
        values.append(z)
        a = np.where(on[l], z, 0)
    return np.concatenate(values), on


def radius(x, Ws, bs):
    z, on = hidden_values(x, Ws, bs)
    zero, _ = hidden_values(np.zeros(len(x)), Ws, bs, on)
    G = np.array([hidden_values(e, Ws, bs, on)[0] - zero for e in np.eye(len(x))]).T
    steep = np.sqrt(np.sum(G**2, axis=1))
    moves = steep > 1e-12
    return float(np.min(np.abs(z[moves]) / steep[moves])) if np.any(moves) else np.inf


def median_radius(X, Ws, bs):
    found = sorted(radius(x, Ws, bs) for x in X)
    m = len(found)
    return (found[(m - 1) // 2] + found[m // 2]) / 2
""",
    },
}

WRONG = {
    "p1-hand": {
        "ReLU at the end": (but(HAND, ("[2, -1]", "[2, 0]")), ["p1-hand-test-values"]),
        "bias forgotten": (
            but(
                HAND,
                ("z1, a1, scores = [1, -1], [1, 0], [2, -1]", "z1, a1, scores = [-1, -1], [0, 0], [-1, 1]"),
            ),
            ["p1-hand-test-values"],
        ),
        "no ReLU": (but(HAND, ("[1, 0], [2, -1]", "[1, -1], [-3, -5]")), ["p1-hand-test-values"]),
        "weights transposed": (but(HAND, ("[2, -1]", "[2, 6]")), ["p1-hand-test-values"]),
        "both units pass": (
            but(HAND, ("[[3, 3, 0], [-2, -2, 0]]", "[[13, 3, -5], [6, -2, -4]]")),
            ["p1-hand-test-map"],
        ),
        "only the last bias": (but(HAND, ("[5, -3]", "[-1, 1]")), ["p1-hand-test-map"]),
        "slope 0": (
            but(HAND, ("[[3, 3, 0], [-2, -2, 0]], [5, -3]", "[[0, 0, 0], [0, 0, 0]], [2, -1]")),
            ["p1-hand-test-map"],
        ),
        "biases not counted": (but(HAND, ("383", "360")), ["p1-hand-test-counts"]),
        "input counted as a layer": (but(HAND, ("383", "403")), ["p1-hand-test-counts"]),
        "biases multiplied": (but(HAND, ("18000", "19150")), ["p1-hand-test-counts"]),
        "one sample only": (but(HAND, ("18000", "360")), ["p1-hand-test-counts"]),
    },
    "p2-forward": {
        "ReLU at the end": (
            but(FORWARD, (" if l < len(Ws) - 1 else Z", "")),
            ["p2-forward-test", "p2-forward-test-one"],
        ),
        "no ReLU": (but(FORWARD, ("np.maximum(Z, 0) if l < len(Ws) - 1 else Z", "Z")), ["p2-forward-test"]),
        "ReLU in place": (but(FORWARD, ("np.maximum(Z, 0)", "np.maximum(Z, 0, out=Z)")), ["p2-forward-test"]),
        "W not transposed": (but(FORWARD, ("@ Ws[l].T", "@ Ws[l]")), ["p2-forward-test"]),
        "W not transposed where it fits": (
            but(
                FORWARD,
                ("As[l] @ Ws[l].T", "As[l] @ (Ws[l] if Ws[l].shape[0] == Ws[l].shape[1] else Ws[l].T)"),
            ),
            ["p2-forward-test", "p2-forward-test-one"],
        ),
        "biases forgotten": (but(FORWARD, (" + bs[l]", "")), ["p2-forward-test", "p2-forward-test-one"]),
        "a bias for each sample": (
            but(FORWARD, ("+ bs[l]", "+ (bs[l][:, None] if len(X) == len(bs[l]) else bs[l])")),
            ["p2-forward-test"],
        ),
        "input not kept": (but(FORWARD, ("return Zs, As", "return Zs, As[1:]")), ["p2-forward-test"]),
        "exchanged": (but(FORWARD, ("return Zs, As", "return As, Zs")), ["p2-forward-test"]),
        "two layers always": (
            """
def forward_all(X, Ws, bs):
    Z1 = X @ Ws[0].T + bs[0]
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ Ws[1].T + bs[1]
    return [Z1, Z2], [X, A1, Z2]
""",
            ["p2-forward-test", "p2-forward-test-one"],
        ),
        "one sample loses its row": (
            but(FORWARD, ("    return Zs, As", "    return Zs, [np.squeeze(A) for A in As]")),
            ["p2-forward-test-one"],
        ),
        "changes X": (
            but(FORWARD, ("    return Zs, As", "    X /= 2\n    X *= 3\n    return Zs, As")),
            ["p2-forward-test", "p2-forward-test-one"],
        ),
        "ReLU of the input, too": (
            but(FORWARD, ("[], [X]", "[], [np.maximum(X, 0)]")),
            ["p2-forward-test", "p2-forward-test-one"],
        ),
    },
    "p3-budget": {
        "off by one": (
            but(BUDGET, ("return n - 1", "return n")),
            ["p3-budget-test", "p3-budget-test-little"],
        ),
        "less than the budget": (
            but(BUDGET, ("<= budget", "< budget")),
            ["p3-budget-test", "p3-budget-test-little"],
        ),
        "no biases": (but(BUDGET, ("(old + 1)", "old")), ["p3-budget-test"]),
        "last biases forgotten": (
            but(BUDGET, ("(old + 1) for", "(old + 1) - (new == n_out) * new / n_out * n_out for")),
            ["p3-budget-test"],
        ),
        "one hidden layer only": (but(BUDGET, ("[n] * hidden", "[n]")), ["p3-budget-test"]),
        "a hidden layer too many": (but(BUDGET, ("[n] * hidden", "[n] * (hidden + 1)")), ["p3-budget-test"]),
        "scores forgotten": (but(BUDGET, (" + [n_out]", "")), ["p3-budget-test"]),
        "at least one": (but(BUDGET, ("return n - 1", "return max(1, n - 1)")), ["p3-budget-test-little"]),
        "the example's answers": (
            "def widest(n_in, n_out, hidden, budget):\n    return 5 if hidden == 1 else 3",
            ["p3-budget-test", "p3-budget-test-little"],
        ),
    },
    "p4-bug": {
        "the bugs themselves": (
            """
def two_layers_fixed(X, W1, b1, W2, b2):
    A1 = np.maximum(X @ W1 + b1[:, None], 0)
    Z2 = np.maximum(A1 @ W2 + b2[:, None], 0)
    return Z2
""",
            ["p4-bug-test", "p4-bug-test-output"],
        ),
        "ReLU at the end": (
            but(BUG, ("Z2 = A1 @ W2.T + b2", "Z2 = np.maximum(A1 @ W2.T + b2, 0)")),
            ["p4-bug-test-output"],
        ),
        "no ReLU at all": (but(BUG, ("np.maximum(X @ W1.T + b1, 0)", "X @ W1.T + b1")), ["p4-bug-test"]),
        "W1 not transposed": (but(BUG, ("W1.T", "W1")), ["p4-bug-test"]),
        "W2 not transposed": (but(BUG, ("W2.T", "W2")), ["p4-bug-test"]),
        "W2 transposed only where it must be": (
            but(BUG, ("A1 @ W2.T", "A1 @ (W2 if W2.shape[0] == W2.shape[1] else W2.T)")),
            ["p4-bug-test"],
        ),
        "column of biases": (but(BUG, ("+ b2", "+ b2[:, None]")), ["p4-bug-test"]),
        "column of hidden biases": (but(BUG, ("+ b1", "+ b1[:, None]")), ["p4-bug-test"]),
        "biases left out": (but(BUG, (" + b1", "")), ["p4-bug-test"]),
        "entry by entry": (but(BUG, ("A1 @ W2.T + b2", "(A1 * W2).sum(axis=1) + b2")), ["p4-bug-test"]),
        "changes X": (but(BUG, ("    return Z2", "    X -= 1\n    return Z2")), ["p4-bug-test"]),
    },
    "p6-normal": {
        "biases not scaled": (
            but(NORMAL, ("b1 = b1 / length", "b1 = b1 + 0")),
            ["p6-normal-test", "p6-normal-test-twin"],
        ),
        "outgoing weights divided": (
            but(NORMAL, ("W2 * length", "W2 / length")),
            ["p6-normal-test", "p6-normal-test-twin"],
        ),
        "outgoing weights not scaled": (but(NORMAL, ("W2 * length", "W2 * 1")), ["p6-normal-test"]),
        "square of the length": (
            but(NORMAL, ("np.sqrt((W1**2).sum(axis=1))", "(W1**2).sum(axis=1)")),
            ["p6-normal-test"],
        ),
        "length with the bias": (
            but(NORMAL, ("(W1**2).sum(axis=1)", "(W1**2).sum(axis=1) + b1**2")),
            ["p6-normal-test"],
        ),
        "lengths of the columns": (but(NORMAL, ("sum(axis=1)", "sum(axis=0)")), ["p6-normal-test"]),
        "only W1 in order": (
            but(NORMAL, ("b1[order], W2[:, order]", "b1, W2")),
            ["p6-normal-test", "p6-normal-test-twin"],
        ),
        "rows of W2 in order": (
            but(NORMAL, ("W2[:, order]", "(W2[order] if len(W2) == len(order) else W2)")),
            ["p6-normal-test"],
        ),
        "columns sorted one by one": (
            but(NORMAL, ("return W1[order]", "return np.sort(W1, axis=0)")),
            ["p6-normal-test"],
        ),
        "descending": (but(NORMAL, ("np.argsort(W1[:, 0])", "np.argsort(-W1[:, 0])")), ["p6-normal-test"]),
        "in order before scaling": (
            but(
                NORMAL,
                ("    order = np.argsort(W1[:, 0])\n", ""),
                ("    length =", "    order = np.argsort(W1[:, 0])\n    length ="),
            ),
            ["p6-normal-test", "p6-normal-test-twin"],
        ),
        "signs turned": (
            but(NORMAL, ("sum(axis=1))", "sum(axis=1)) * np.where(W1[:, 0] < 0, -1, 1)")),
            ["p6-normal-test"],
        ),
        "changes W1": (
            but(NORMAL, ("W1 = W1 / length[:, None]", "W1 /= length[:, None]")),
            ["p6-normal-test"],
        ),
        "not in order": (
            but(NORMAL, ("np.argsort(W1[:, 0])", "np.arange(len(W1))")),
            ["p6-normal-test", "p6-normal-test-twin"],
        ),
    },
    "p7-patch": {
        "kernel turned round": (
            but(PATCH, ("kernel[a, b]", "kernel[p - 1 - a, q - 1 - b]")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "height for width": (but(PATCH, ("(r + a) * width", "(r + a) * height")), ["p7-patch-test"]),
        "one place too few": (
            but(PATCH, ("height - p + 1, width - q + 1", "height - p, width - q")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "columns first": (
            but(PATCH, ("W[r * across + c,", "W[c * down + r,")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "pixels by columns": (
            but(PATCH, ("(r + a) * width + c + b", "(c + b) * height + r + a")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "W transposed": (but(PATCH, ("return W", "return W.T")), ["p7-patch-test", "p7-patch-test-digits"]),
        "kernel transposed": (
            but(PATCH, ("kernel.shape", "kernel.shape[::-1]"), ("kernel[a, b]", "kernel[b, a]")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "always 3 × 3": (but(PATCH, ("p, q = kernel.shape", "p, q = 3, 3")), ["p7-patch-test"]),
        "kernel squared": (
            but(PATCH, ("kernel[a, b]", "kernel[a, b] ** 2")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "places as a picture": (
            but(PATCH, ("return W", "return W.reshape(down, across, height * width)")),
            ["p7-patch-test", "p7-patch-test-digits"],
        ),
        "changes the kernel": (
            but(PATCH, ("    return W", "    kernel -= kernel.mean() + 1\n    return W")),
            ["p7-patch-test"],
        ),
    },
    "p8-start": {
        "He's variance": (but(START, ("(2 / k) ** 0.5", "(2 / n_in) ** 0.5")), ["p8-start-test-size"]),
        "variance for scale": (but(START, ("(2 / k) ** 0.5", "2 / k")), ["p8-start-test-size"]),
        "LeCun's variance": (but(START, ("(2 / k) ** 0.5", "(1 / k) ** 0.5")), ["p8-start-test-size"]),
        "inverse": (but(START, ("(2 / k) ** 0.5", "(2 / k * n_in / k) ** 0.5")), ["p8-start-test-size"]),
        "uniform": (
            but(
                START,
                ("rng.normal(0, (2 / k) ** 0.5, k)", "rng.uniform(-((6 / k) ** 0.5), (6 / k) ** 0.5, k)"),
            ),
            ["p8-start-test-size"],
        ),
        "positive": (
            but(START, ("rng.normal(0, (2 / k) ** 0.5, k)", "abs(rng.normal(0, (2 / k) ** 0.5, k))")),
            ["p8-start-test-size"],
        ),
        "first inputs always": (but(START, ("rng.permutation(n_in)[:k]", "np.arange(k)")), ["p8-start-test"]),
        "same inputs for all rows": (
            but(
                START,
                ("        places = rng.permutation(n_in)[:k]\n", ""),
                ("    for j", "    places = rng.permutation(n_in)[:k]\n    for j"),
            ),
            ["p8-start-test"],
        ),
        "with repetition": (
            but(START, ("rng.permutation(n_in)[:k]", "rng.integers(n_in, size=k)")),
            ["p8-start-test"],
        ),
        "k on the average": (
            """
def sparse_start(rng, n_in, n_out, k):
    return (rng.random((n_out, n_in)) < k / n_in) * rng.normal(0, (2 / k) ** 0.5, (n_out, n_in))
""",
            ["p8-start-test"],
        ),
        "k in each column": (
            """
def sparse_start(rng, n_in, n_out, k):
    W = np.zeros((n_out, n_in))
    for i in range(n_in):
        W[rng.permutation(n_out)[:k], i] = rng.normal(0, (2 / k) ** 0.5, min(k, n_out))
    return W
""",
            ["p8-start-test"],
        ),
        "transposed": (but(START, ("return W", "return W.T")), ["p8-start-test"]),
        "own generator": (
            but(START, ("    W = np.zeros", "    rng = np.random.default_rng(0)\n    W = np.zeros")),
            ["p8-start-test"],
        ),
        "NumPy's global generator": (but(START, ("rng.normal(0", "np.random.normal(0")), ["p8-start-test"]),
    },
    "p9-radius": {
        "not divided": (
            but(RADIUS, ("abs(z[j]) / size", "abs(z[j])")),
            ["p9-radius-test-one", "p9-radius-test-deep"],
        ),
        "square of the length": (
            but(RADIUS, ("size = np.sqrt(np.sum(G[j] ** 2))", "size = np.sum(G[j] ** 2)")),
            ["p9-radius-test-one"],
        ),
        "with its sign": (but(RADIUS, ("abs(z[j])", "z[j]")), ["p9-radius-test-one"]),
        "only units that are on": (
            but(RADIUS, ("if size > 0:", "if size > 0 and z[j] > 0:")),
            ["p9-radius-test-one"],
        ),
        "largest": (
            but(RADIUS, ("min(best,", "max(best,"), ("np.inf\n", "0.0\n")),
            ["p9-radius-test-one", "p9-radius-test-deep"],
        ),
        "last layer only": (
            but(RADIUS, ("        z = G", "        best = np.inf\n        z = G")),
            ["p9-radius-test-deep"],
        ),
        "first layer only": (but(RADIUS, ("zip(Ws, bs)", "zip(Ws[:1], bs[:1])")), ["p9-radius-test-deep"]),
        "length of the layer's own weights": (
            but(RADIUS, ("np.sum(G[j] ** 2)", "np.sum(W[j] ** 2)")),
            ["p9-radius-test-deep"],
        ),
        "all units pass": (
            but(RADIUS, ("np.where(z > 0, 1.0, 0.0)", "np.where(z > 0, 1.0, 1.0)")),
            ["p9-radius-test-deep"],
        ),
        "units off pass, those on do not": (
            but(RADIUS, ("z > 0, 1.0, 0.0", "z > 0, 0.0, 1.0")),
            ["p9-radius-test-deep"],
        ),
        "biases forgotten": (
            but(RADIUS, ("W @ c + b", "W @ c")),
            ["p9-radius-test-one", "p9-radius-test-deep"],
        ),
        "0 divided by 0": (
            but(RADIUS, ("if size > 0:", "if True:"), ("min(best,", "np.minimum(best,")),
            ["p9-radius-test-deep"],
        ),
        "mean for median": (but(RADIUS, ("np.median(", "np.mean(")), ["p9-radius-test-median"]),
        "upper of the two middle ones": (
            but(
                RADIUS,
                (
                    "np.median([radius(x, Ws, bs) for x in X])",
                    "sorted(radius(x, Ws, bs) for x in X)[len(X) // 2]",
                ),
            ),
            ["p9-radius-test-median"],
        ),
        "radius of the mean digit": (
            but(RADIUS, ("np.median([radius(x, Ws, bs) for x in X])", "radius(X.mean(axis=0), Ws, bs)")),
            ["p9-radius-test-median"],
        ),
        "smallest of all": (but(RADIUS, ("np.median(", "np.min(")), ["p9-radius-test-median"]),
        "changes x": (
            but(RADIUS, ("    return best\n", "    x *= 2\n    return best\n")),
            ["p9-radius-test-one", "p9-radius-test-median"],
        ),
    },
}
