"""Right and wrong answers to assignment 02: what the tests must accept, and what they must catch."""


def but(answer: str, *changes: tuple[str, str]) -> str:
    """Give an answer with one mistake: each text replaced, which must be there."""
    for old, new in changes:
        assert old in answer, old
        answer = answer.replace(old, new)
    return answer


HAND = """
s, s_slope = 1 / 5, 4 / 25
t, t_slope = 4 / 5, 9 / 25
u_slope = 1 / 25
p = [0.2, 0.3, 0.5]
p_double = [4 / 38, 9 / 38, 25 / 38]
slope_13 = -0.1
"""

ELU = """
def elu(z, alpha):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


def elu_slope(z, alpha):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))
"""

MISPRINTS = """
def softsign_slope(z):
    return (1 + np.abs(z)) ** -2.0


def leaky_slope(z, epsilon):
    return np.where(z < 0, epsilon, 1.0)


def tanh_right(z):
    e = np.exp(-np.abs(2 * z))
    return np.where(z >= 0, (1 - e) / (1 + e), (e - 1) / (e + 1))
"""

LOG = """
def log_softmax(Z):
    M = Z.max(axis=1, keepdims=True)
    return Z - M - np.log(np.exp(Z - M).sum(axis=1, keepdims=True))


def log_softmax_back(Z, V):
    P = np.exp(log_softmax(Z))
    return V - P * V.sum(axis=1, keepdims=True)
"""

MASK = """
def masked_softmax(Z, allowed):
    Z = np.where(allowed, Z, -np.inf)
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""

CHAIN = """
def chain(a0, w, b):
    a, slope = a0, 1.0
    for l in range(len(w)):
        z = w[l] * a + b[l]
        a = z / (1 + abs(z))
        slope = slope * w[l] / (1 + abs(z)) ** 2
    return a, slope


def log_chain(a0, w, b):
    a, logs = a0, []
    for l in range(len(w)):
        z = w[l] * a + b[l]
        a = z / (1 + abs(z))
        logs.append(np.log10(abs(w[l]) / (1 + abs(z)) ** 2))
    return sum(logs)
"""

SURE = """
def mean_loss(Z, y, T):
    A = Z / T
    M = A.max(axis=1)
    lse = M + np.log(np.exp(A - M[:, None]).sum(axis=1))
    return np.mean(lse - A[np.arange(len(y)), y])


def best_temperature(Z, y, grid):
    losses = [mean_loss(Z, y, T) for T in grid]
    return grid[np.argmin(losses)]


def sure_minus_right(Z, y, T):
    A = Z / T
    e = np.exp(A - A.max(axis=1, keepdims=True))
    sure = (e / e.sum(axis=1, keepdims=True)).max(axis=1)
    return np.mean(sure) - np.mean(Z.argmax(axis=1) == y)
"""

RIGHT = {
    "p1-hand": {
        "fractions": HAND,
        "computed": """
s = float(nn.Sigmoid()(-np.log(4)))
s_slope = float(nn.Sigmoid().derivative(-np.log(4)))
t = float(np.tanh(np.log(3)))
t_slope = 1 - t * t
u_slope = 5**-2
scores_hand = np.log([2, 3, 5])
p = np.exp(scores_hand) / np.exp(scores_hand).sum()
p_double = np.exp(2 * scores_hand) / np.exp(2 * scores_hand).sum()
slope_13 = float(-p[0] * p[2])
""",
    },
    "p2-elu": {
        "two clipped halves": ELU,
        "numbers one by one": """
def elu(z, alpha):
    flat = [v if v > 0 else alpha * np.expm1(v) for v in np.ravel(z)]
    return np.reshape(flat, np.shape(z))


def elu_slope(z, alpha):
    flat = [1.0 if v > 0 else alpha * np.exp(v) for v in np.ravel(z)]
    return np.reshape(flat, np.shape(z))
""",
        "masks on a copy": """
def elu(z, alpha):
    out = z.copy()
    out[z <= 0] = alpha * np.expm1(z[z <= 0])
    return out


def elu_slope(z, alpha):
    out = np.ones(z.shape)
    out[z <= 0] = alpha + elu(z[z <= 0], alpha)
    return out
""",
    },
    "p3-misprints": {
        "exponents at most 0": MISPRINTS,
        "by the sigmoid": """
def softsign_slope(z):
    return (1 - np.abs(z / (1 + np.abs(z)))) ** 2


def leaky_slope(z, epsilon):
    return (z > 0) + epsilon * (z <= 0)


def tanh_right(z):
    return 2 * nn.Sigmoid()(2 * z) - 1
""",
        "clipped": """
def softsign_slope(z):
    return 1 / (1 + 2 * abs(z) + z * z)


def leaky_slope(z, epsilon):
    return epsilon + (1 - epsilon) * np.heaviside(z, 0.5)


def tanh_right(z):
    z = np.clip(z, -50, 50)
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
""",
    },
    "p5-log": {
        "shifted": LOG,
        "row by row": """
def log_softmax(Z):
    rows = []
    for z in Z:
        rows.append(z - np.logaddexp.reduce(z))
    return rows


def log_softmax_back(Z, V):
    rows = []
    for z, v in zip(np.array(log_softmax(Z)), V):
        J = np.eye(len(z)) - np.outer(np.ones(len(z)), np.exp(z))
        rows.append(J.T @ v)
    return np.array(rows)
""",
        "transposed": """
def log_softmax(Z):
    S = Z.T - np.amax(Z, axis=1)
    return (S - np.log(np.sum(np.exp(S), axis=0))).T


def log_softmax_back(Z, V):
    return V - np.exp(log_softmax(Z)) * (V @ np.ones((V.shape[1], 1)))
""",
    },
    "p6-mask": {
        "minus infinity": MASK,
        "row by row": """
def masked_softmax(Z, allowed):
    P = [[0.0] * Z.shape[1] for _ in Z]
    for i in range(len(Z)):
        places = [k for k in range(Z.shape[1]) if allowed[i, k]]
        top = max(Z[i, k] for k in places)
        total = sum(np.exp(Z[i, k] - top) for k in places)
        for k in places:
            P[i][k] = np.exp(Z[i, k] - top) / total
    return P
""",
        "where in the maximum": """
def masked_softmax(Z, allowed):
    top = np.max(Z, axis=1, keepdims=True, where=allowed, initial=-np.inf)
    e = np.exp(np.minimum(Z - top, 0)) * allowed
    return e / e.sum(axis=1, keepdims=True)
""",
    },
    "p7-chain": {
        "loop": CHAIN,
        "by the answers": """
def answers(a, w, b):
    found = []
    for v, c in zip(w, b):
        z = v * a + c
        a = z / (1 + np.abs(z))
        found.append(a)
    return np.array(found)


def chain(a0, w, b):
    a = answers(a0, w, b)
    return a[-1], np.prod(w * (1 - np.abs(a)) ** 2)


def log_chain(a0, w, b):
    a = answers(a0, w, b)
    return np.sum(np.log10(np.abs(w))) + 2 * np.sum(np.log10(1 - np.abs(a)))
""",
        "from the end": """
def chain(a0, w, b):
    if len(w) == 0:
        return a0, 1.0
    a, slope = chain(a0, w[:-1], b[:-1])
    z = w[-1] * a + b[-1]
    return z / (1 + abs(z)), slope * w[-1] / (1 + abs(z)) ** 2


def log_chain(a0, w, b):
    total = 0.0
    for l in range(len(w)):
        a0, slope = chain(a0, w[l : l + 1], b[l : l + 1])
        total = total + np.log(abs(slope)) / np.log(10)
    return total
""",
    },
    "p9-sure": {
        "log-sum-exp": SURE,
        "sample by sample": """
def mean_loss(Z, y, T):
    total = 0.0
    for z, k in zip(Z, y):
        total += np.logaddexp.reduce((z - z[k]) / T)
    return total / len(y)


def best_temperature(Z, y, grid):
    best, least = None, np.inf
    for T in grid:
        loss = mean_loss(Z, y, T)
        if loss < least:
            best, least = T, loss
    return best


def sure_minus_right(Z, y, T):
    sure = right = 0
    for z, k in zip(Z, y):
        sure += 1 / np.exp((z - z.max()) / T).sum()
        right += z[k] == z.max()
    return (sure - right) / len(y)
""",
    },
}

WRONG = {
    "p1-hand": {
        "sign of z lost": (but(HAND, ("s, s_slope = 1 / 5", "s, s_slope = 4 / 5")), ["p1-hand-test-scalars"]),
        "slope of the sigmoid is s²": (but(HAND, ("4 / 25", "1 / 25")), ["p1-hand-test-scalars"]),
        "tanh as printed": (
            but(HAND, ("t, t_slope = 4 / 5, 9 / 25", "t, t_slope = 1, 0")),
            ["p1-hand-test-scalars"],
        ),
        "tanh without the minus": (
            but(HAND, ("t, t_slope = 4 / 5", "t, t_slope = 5 / 4")),
            ["p1-hand-test-scalars"],
        ),
        "slope 1 − t": (but(HAND, ("9 / 25", "1 / 5")), ["p1-hand-test-scalars"]),
        "softsign as printed": (
            but(HAND, ("u_slope = 1 / 25", "u_slope = -4 / 25")),
            ["p1-hand-test-scalars"],
        ),
        "scores as probabilities": (
            but(HAND, ("[0.2, 0.3, 0.5]", "list(np.log([2, 3, 5]) / np.log(30))")),
            ["p1-hand-test-softmax"],
        ),
        "relative scale kept": (
            but(HAND, ("[4 / 38, 9 / 38, 25 / 38]", "[0.2, 0.3, 0.5]")),
            ["p1-hand-test-softmax"],
        ),
        "slope as on the diagonal": (
            but(HAND, ("slope_13 = -0.1", "slope_13 = 0.16")),
            ["p1-hand-test-softmax"],
        ),
        "sign of the slope": (but(HAND, ("slope_13 = -0.1", "slope_13 = 0.1")), ["p1-hand-test-softmax"]),
    },
    "p2-elu": {
        "e^z − 1 without the digits": (
            but(ELU, ("np.expm1(np.minimum(z, 0))", "(np.exp(np.minimum(z, 0)) - 1)")),
            ["p2-elu-test-far"],
        ),
        "0 times infinity": (
            but(
                ELU,
                (
                    "np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))",
                    "(z > 0) * z + (z <= 0) * alpha * np.expm1(z)",
                ),
            ),
            ["p2-elu-test-far"],
        ),
        "alpha before the exponential only": (
            but(ELU, ("alpha * np.expm1(np.minimum(z, 0))", "alpha * np.exp(np.minimum(z, 0)) - 1")),
            ["p2-elu-test"],
        ),
        "alpha forgotten in the slope": (but(ELU, ("alpha * np.exp(", "np.exp(")), ["p2-elu-test-slope"]),
        "slope 1 at the kink": (but(ELU, ("np.where(z > 0,", "np.where(z >= 0,")), ["p2-elu-test-slope"]),
        "value for slope": (but(ELU, ("alpha * np.exp(np", "alpha * np.expm1(np")), ["p2-elu-test-slope"]),
        "leaky ReLU": (but(ELU, ("np.expm1(np.minimum(z, 0))", "np.minimum(z, 0)")), ["p2-elu-test"]),
        "changes z": (
            """
def elu(z, alpha):
    z[z <= 0] = alpha * np.expm1(z[z <= 0])
    return z


def elu_slope(z, alpha):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))
""",
            ["p2-elu-test"],
        ),
        "flat arrays only": (
            """
def elu(z, alpha):
    return np.array([v if v > 0 else alpha * np.expm1(v) for v in z.flat])


def elu_slope(z, alpha):
    return np.array([1.0 if v > 0 else alpha * np.exp(v) for v in z.flat])
""",
            ["p2-elu-test"],
        ),
        "the example's values": (
            """
def elu(z, alpha):
    return np.array([[0.5 / np.e - 0.5, 0.0, 2.0]])


def elu_slope(z, alpha):
    return np.array([0.5 / np.e, 0.5, 1.0])
""",
            ["p2-elu-test", "p2-elu-test-slope", "p2-elu-test-far"],
        ),
    },
    "p3-misprints": {
        "softsign as printed": (
            but(MISPRINTS, ("(1 + np.abs(z)) ** -2.0", "z / (1 + np.abs(z)) ** 2")),
            ["p3-misprints-test-softsign"],
        ),
        "softsign: size of z above": (
            but(MISPRINTS, ("(1 + np.abs(z)) ** -2.0", "np.abs(z) / (1 + np.abs(z)) ** 2")),
            ["p3-misprints-test-softsign"],
        ),
        "softsign: no square": (but(MISPRINTS, ("** -2.0", "** -1.0")), ["p3-misprints-test-softsign"]),
        "softsign: no size": (
            but(MISPRINTS, ("(1 + np.abs(z)) ** -2.0", "1 / (1 + z) ** 2")),
            ["p3-misprints-test-softsign"],
        ),
        "leaky as printed": (
            but(MISPRINTS, ("np.where(z < 0, epsilon, 1.0)", "np.where(z != 0, epsilon, 1.0)")),
            ["p3-misprints-test-leaky"],
        ),
        "leaky: 0 on the left": (but(MISPRINTS, ("epsilon, 1.0)", "0.0, 1.0)")), ["p3-misprints-test-leaky"]),
        "leaky: 0.01 always": (but(MISPRINTS, ("epsilon, 1.0)", "0.01, 1.0)")), ["p3-misprints-test-leaky"]),
        "leaky: minus ε": (but(MISPRINTS, ("epsilon, 1.0)", "-epsilon, 1.0)")), ["p3-misprints-test-leaky"]),
        "leaky: 0 at the kink": (
            but(
                MISPRINTS,
                ("np.where(z < 0, epsilon, 1.0)", "np.where(z == 0, 0.0, np.where(z < 0, epsilon, 1.0))"),
            ),
            ["p3-misprints-test-leaky"],
        ),
        "tanh: overflows": (
            but(
                MISPRINTS,
                (
                    "np.where(z >= 0, (1 - e) / (1 + e), (e - 1) / (e + 1))",
                    "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))",
                ),
            ),
            ["p3-misprints-test-tanh"],
        ),
        "tanh: one side overflows": (
            but(
                MISPRINTS,
                ("np.exp(-np.abs(2 * z))", "np.exp(-2 * z)"),
                ("np.where(z >= 0, (1 - e) / (1 + e), (e - 1) / (e + 1))", "(1 - e) / (1 + e)"),
            ),
            ["p3-misprints-test-tanh"],
        ),
        "tanh: even": (
            but(MISPRINTS, ("(e - 1) / (e + 1)", "(1 - e) / (1 + e)")),
            ["p3-misprints-test-tanh"],
        ),
        "tanh: single speed": (but(MISPRINTS, ("np.abs(2 * z)", "np.abs(z)")), ["p3-misprints-test-tanh"]),
    },
    "p5-log": {
        "log of the probability": (
            but(
                LOG,
                (
                    "Z - M - np.log(np.exp(Z - M).sum(axis=1, keepdims=True))",
                    "np.log(np.exp(Z - M) / np.exp(Z - M).sum(axis=1, keepdims=True))",
                ),
            ),
            ["p5-log-test-far"],
        ),
        "no shift": (but(LOG, ("M = Z.max(axis=1, keepdims=True)", "M = 0")), ["p5-log-test-far"]),
        "one maximum for all rows": (
            but(LOG, ("Z.max(axis=1, keepdims=True)", "Z.max()")),
            ["p5-log-test-far"],
        ),
        "clipped": (
            but(
                LOG,
                (
                    "return Z - M - np.log(np.exp(Z - M)",
                    "return np.log(1e-300 + np.exp(Z - M)) - np.log(np.exp(Z - M)",
                ),
            ),
            ["p5-log-test-far"],
        ),
        "wrong axis": (but(LOG, ("np.exp(Z - M).sum(axis=1", "np.exp(Z - M).sum(axis=0")), ["p5-log-test"]),
        "sum of all rows": (
            but(LOG, ("np.exp(Z - M).sum(axis=1, keepdims=True)", "np.exp(Z - M).sum()")),
            ["p5-log-test"],
        ),
        "maximum not put back": (but(LOG, ("return Z - M -", "return Z -")), ["p5-log-test"]),
        "base ten": (but(LOG, ("np.log(", "np.log10(")), ["p5-log-test"]),
        "changes Z": (
            but(LOG, ("    return Z - M", "    Z -= M\n    M = 0\n    return Z - M")),
            ["p5-log-test", "p5-log-test-back"],
        ),
        "J v": (
            but(LOG, ("P * V.sum(axis=1, keepdims=True)", "(P * V).sum(axis=1, keepdims=True)")),
            ["p5-log-test-back"],
        ),
        "softmax's own Jacobian": (
            but(
                LOG, ("V - P * V.sum(axis=1, keepdims=True)", "P * (V - (P * V).sum(axis=1, keepdims=True))")
            ),
            ["p5-log-test-back"],
        ),
        "sum forgotten": (but(LOG, ("P * V.sum(axis=1, keepdims=True)", "P")), ["p5-log-test-back"]),
        "mean for sum": (but(LOG, ("V.sum(", "V.mean(")), ["p5-log-test-back"]),
        "divided by the batch": (
            but(
                LOG,
                (
                    "return V - P * V.sum(axis=1, keepdims=True)",
                    "return (V - P * V.sum(axis=1, keepdims=True)) / len(Z)",
                ),
            ),
            ["p5-log-test-back"],
        ),
        "changes V": (
            but(
                LOG,
                (
                    "return V - P * V.sum(axis=1, keepdims=True)",
                    "V -= P * V.sum(axis=1, keepdims=True)\n    return V",
                ),
            ),
            ["p5-log-test-back"],
        ),
        "the example's values": (
            """
def log_softmax(Z):
    return np.log([[0.2, 0.3, 0.5], [0.25, 0.25, 0.5]])


def log_softmax_back(Z, V):
    return np.array([[0.8, -0.3, -0.5]])
""",
            ["p5-log-test", "p5-log-test-far", "p5-log-test-back"],
        ),
    },
    "p6-mask": {
        "maximum of all": (
            but(
                MASK,
                ("    e = np.exp(Z - Z.max", "    e = np.exp(Z - M"),
                ("    Z = np.where", "    M = Z.max(axis=1, keepdims=True)\n    Z = np.where"),
                ("M(axis=1, keepdims=True))\n    return", "M)\n    return"),
            ),
            ["p6-mask-test-far"],
        ),
        "no shift": (but(MASK, (" - Z.max(axis=1, keepdims=True)", "")), ["p6-mask-test-far"]),
        "−10⁹ for minus infinity, added": (
            but(MASK, ("np.where(allowed, Z, -np.inf)", "Z - 1e4 * ~allowed")),
            ["p6-mask-test-far"],
        ),
        "one maximum for all rows": (
            but(MASK, ("Z.max(axis=1, keepdims=True)", "Z.max()")),
            ["p6-mask-test-far"],
        ),
        "not shared out again": (
            """
def masked_softmax(Z, allowed):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) * allowed
""",
            ["p6-mask-test"],
        ),
        "scores set to 0": (but(MASK, ("-np.inf", "0.0")), ["p6-mask-test"]),
        "forbidden and allowed exchanged": (
            but(MASK, ("allowed, Z, -np.inf", "allowed, -np.inf, Z")),
            ["p6-mask-test"],
        ),
        "wrong axis": (but(MASK, ("axis=1", "axis=0")), ["p6-mask-test"]),
        "first row's rules for all": (
            but(MASK, ("np.where(allowed,", "np.where(allowed[0],")),
            ["p6-mask-test"],
        ),
        "changes Z": (
            but(MASK, ("Z = np.where(allowed, Z, -np.inf)", "Z[~allowed] = -np.inf")),
            ["p6-mask-test"],
        ),
        "hardly allowed": (but(MASK, ("    return e", "    e = e + 1e-12\n    return e")), ["p6-mask-test"]),
        "the example's values": (
            "def masked_softmax(Z, allowed):\n    return np.array([[0.4, 0.6, 0.0]])",
            ["p6-mask-test", "p6-mask-test-far"],
        ),
    },
    "p7-chain": {
        "slope at the answer": (
            but(CHAIN, ("slope * w[l] / (1 + abs(z)) ** 2", "slope * w[l] / (1 + abs(a)) ** 2")),
            ["p7-chain-test"],
        ),
        "weight is no factor": (but(CHAIN, ("slope * w[l] /", "slope /")), ["p7-chain-test"]),
        "factors added": (
            but(CHAIN, ("slope * w[l] /", "slope + w[l] /"), ("slope = a0, 1.0", "slope = a0, 0.0")),
            ["p7-chain-test"],
        ),
        "slope as printed": (but(CHAIN, ("slope * w[l] / (1", "slope * w[l] * z / (1")), ["p7-chain-test"]),
        "bias forgotten": (but(CHAIN, (" + b[l]", "")), ["p7-chain-test", "p7-chain-test-log"]),
        "last unit left out": (
            but(CHAIN, ("range(len(w))", "range(len(w) - 1)")),
            ["p7-chain-test", "p7-chain-test-log"],
        ),
        "first unit left out": (
            but(CHAIN, ("range(len(w))", "range(1, len(w))")),
            ["p7-chain-test", "p7-chain-test-log"],
        ),
        "only one answer": (but(CHAIN, ("return a, slope", "return slope")), ["p7-chain-test"]),
        "changes w": (
            but(
                CHAIN,
                (
                    "        slope = slope * w[l] / (1 + abs(z)) ** 2\n    return a, slope",
                    "        w[l] /= (1 + abs(z)) ** 2\n    return a, w.prod()",
                ),
            ),
            ["p7-chain-test"],
        ),
        "logarithm of the product": (
            but(
                CHAIN, (CHAIN[CHAIN.index("    a, logs") :], "    return np.log10(abs(chain(a0, w, b)[1]))\n")
            ),
            ["p7-chain-test-log"],
        ),
        "sign kept": (but(CHAIN, ("np.log10(abs(w[l])", "np.log10(w[l]")), ["p7-chain-test-log"]),
        "natural logarithm": (but(CHAIN, ("np.log10", "np.log")), ["p7-chain-test-log"]),
        "logs multiplied": (but(CHAIN, ("return sum(logs)", "return np.prod(logs)")), ["p7-chain-test-log"]),
        "square forgotten": (
            but(CHAIN, ("/ (1 + abs(z)) ** 2))", "/ (1 + abs(z))))")),
            ["p7-chain-test-log"],
        ),
    },
    "p9-sure": {
        "multiplied by T": (
            but(SURE, ("Z / T", "Z * T")),
            ["p9-sure-test-loss", "p9-sure-test-best", "p9-sure-test-gap"],
        ),
        "T forgotten in the loss": (
            but(SURE, ("    A = Z / T\n    M", "    A = Z\n    M")),
            ["p9-sure-test-loss", "p9-sure-test-best"],
        ),
        "sum for mean": (but(SURE, ("np.mean(lse", "np.sum(lse")), ["p9-sure-test-loss"]),
        "minus forgotten": (
            but(SURE, ("np.mean(lse - A[np.arange(len(y)), y])", "np.mean(A[np.arange(len(y)), y] - lse)")),
            ["p9-sure-test-loss", "p9-sure-test-best"],
        ),
        "all columns": (
            but(SURE, ("np.mean(lse - A[np.arange(len(y)), y])", "np.mean(lse[:, None] - A[:, y])")),
            ["p9-sure-test-loss"],
        ),
        "no shift": (but(SURE, ("M = A.max(axis=1)", "M = np.zeros(len(A))")), ["p9-sure-test-loss"]),
        "log of the probability": (
            but(
                SURE,
                (
                    "np.mean(lse - A[np.arange(len(y)), y])",
                    "-np.mean(np.log(np.exp(A - lse[:, None])[np.arange(len(y)), y]))",
                ),
            ),
            ["p9-sure-test-loss"],
        ),
        "classes counted from 1": (
            but(SURE, ("A[np.arange(len(y)), y]", "A[np.arange(len(y)), y - 1]")),
            ["p9-sure-test-loss"],
        ),
        "changes Z": (
            but(SURE, ("    A = Z / T\n    M", "    Z /= T\n    A = Z\n    M")),
            ["p9-sure-test-loss"],
        ),
        "place in the grid": (
            but(SURE, ("return grid[np.argmin(losses)]", "return np.argmin(losses)")),
            ["p9-sure-test-best"],
        ),
        "largest loss": (but(SURE, ("np.argmin(losses)", "np.argmax(losses)")), ["p9-sure-test-best"]),
        "the loss itself": (
            but(SURE, ("return grid[np.argmin(losses)]", "return min(losses)")),
            ["p9-sure-test-best"],
        ),
        "grid sorted": (but(SURE, ("    losses =", "    grid.sort()\n    losses =")), ["p9-sure-test-best"]),
        "most often right": (
            but(
                SURE,
                (
                    "[mean_loss(Z, y, T) for T in grid]",
                    "[-np.mean((Z / T).argmax(axis=1) == y) for T in grid]",
                ),
            ),
            ["p9-sure-test-best"],
        ),
        "the right class's probability": (
            but(
                SURE,
                (
                    ".max(axis=1)\n    return np.mean(sure)",
                    "[np.arange(len(y)), y]\n    return np.mean(sure)",
                ),
            ),
            ["p9-sure-test-gap"],
        ),
        "size of the gap": (
            but(
                SURE,
                (
                    "np.mean(sure) - np.mean(Z.argmax(axis=1) == y)",
                    "abs(np.mean(sure) - np.mean(Z.argmax(axis=1) == y))",
                ),
            ),
            ["p9-sure-test-gap"],
        ),
        "right minus sure": (
            but(
                SURE,
                (
                    "np.mean(sure) - np.mean(Z.argmax(axis=1) == y)",
                    "np.mean(Z.argmax(axis=1) == y) - np.mean(sure)",
                ),
            ),
            ["p9-sure-test-gap"],
        ),
        "gap at T = 1": (but(SURE, ("    A = Z / T\n    e", "    A = Z\n    e")), ["p9-sure-test-gap"]),
        "overflows": (
            but(SURE, ("np.exp(A - A.max(axis=1, keepdims=True))", "np.exp(A)")),
            ["p9-sure-test-gap"],
        ),
    },
}
