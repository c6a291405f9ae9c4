"""Right and wrong answers to assignment 01: what the tests must accept, and what they must catch."""

RIGHT = {
    "p1-hand": {
        "fractions": """
z_clear_calm, z_all, rings, b_or = 1 / 2, -5 / 2, 1, 0
""",
        "computed": """
weights = np.array([2, 1, -3])
z_clear_calm = float(weights @ [1, 1, 0] - 2.5)
z_all = float(weights @ [1, 1, 1] - 2.5)
rings = sum(
    int(weights @ [p, q, r] - 2.5 > 0) for p in (0, 1) for q in (0, 1) for r in (0, 1)
)
b_or = -0.999
""",
    },
    "p2-output": {
        "loops": """
def output(X, w, b):
    answers = []
    for x in X:
        z = b
        for x_j, w_j in zip(x, w):
            z += x_j * w_j
        answers.append(1 if z > 0 else 0)
    return answers
""",
        "booleans": """
def output(X, w, b):
    return np.dot(w, X.T) > -b
""",
        "heaviside": """
def output(X, w, b):
    return np.heaviside((X * w).sum(axis=1) + b, 0)
""",
    },
    "p3-gates": {
        "other weights": """
def majority_weights():
    return [3, 3, 3], -5


def parity(x):
    def xor(p, q):
        either = unit([p, q], [1, 1], -0.5)
        both = unit([p, q], [1, 1], -1.5)
        return unit([either, both], [1, -1], -0.5)

    return xor(xor(x[0], x[1]), x[2])
""",
        "nand": """
def majority_weights():
    return (0.2, 0.2, 0.2), -0.3


def parity(x):
    def nand(p, q):
        return unit([p, q], [-2, -2], 3)

    def xor(p, q):
        middle = nand(p, q)
        return nand(nand(p, middle), nand(q, middle))

    return xor(x[0], xor(x[1], x[2]))
""",
    },
    "p5-learn": {
        "bias as a weight": """
def learn(X, y, epochs):
    X = np.column_stack([X, np.ones(len(X))])
    w, mistakes = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        wrong = 0
        for x, target in zip(X, y):
            error = target - (1 if x @ w > 0 else 0)
            w += error * x
            wrong += abs(error)
        mistakes.append(wrong)
    return w[:-1], w[-1], np.array(mistakes)
""",
        "lists": """
def learn(X, y, epochs):
    n = len(X[0])
    w, b, mistakes = [0.0] * n, 0.0, [0] * epochs
    for epoch in range(epochs):
        for i in range(len(X)):
            z = sum(X[i][j] * w[j] for j in range(n)) + b
            if z > 0 and y[i] == 0:
                w, b = [w[j] - X[i][j] for j in range(n)], b - 1
                mistakes[epoch] += 1
            elif z <= 0 and y[i] == 1:
                w, b = [w[j] + X[i][j] for j in range(n)], b + 1
                mistakes[epoch] += 1
    return w, b, mistakes
""",
    },
    "p6-bug": {
        "labels moved": """
def accuracy_fixed(X, y, w, b):
    return np.mean((X @ w + b > 0) == (y == 1))
""",
        "loop": """
def accuracy_fixed(X, y, w, b):
    right = 0
    for x, label in zip(X, y):
        z = float(np.dot(x, w)) + b
        right += (label == 1) if z > 0 else (label == -1)
    return right / len(y)
""",
    },
    "p7-margin": {
        "unit vector first": """
def margin(X, y, w, b):
    length = np.sqrt(w @ w)
    return min(y * (X @ (w / length) + b / length))


def margins_without(X, y, w, b):
    answers = []
    for j in range(len(w)):
        keep = np.arange(len(w)) != j
        answers.append(margin(X[:, keep], y, w[keep], b))
    return np.array(answers)
""",
        "weight set to zero": """
def margin(X, y, w, b):
    distances = [label * (np.dot(x, w) + b) for x, label in zip(X, y)]
    return sorted(distances)[0] / np.linalg.norm(w)


def margins_without(X, y, w, b):
    answers = []
    for j in range(len(w)):
        v = w.copy()
        v[j] = 0
        answers.append(margin(X, y, v, b))
    return answers
""",
    },
}

WRONG = {
    "p1-hand": {
        "bias forgotten": ("z_clear_calm, z_all, rings, b_or = 3, 0, 1, -0.5", ["p1-hand-test-z"]),
        "bias added": ("z_clear_calm, z_all, rings, b_or = 5.5, 2.5, 1, -0.5", ["p1-hand-test-z"]),
        "cloud counted as +3": ("z_clear_calm, z_all, rings, b_or = 0.5, 3.5, 1, -0.5", ["p1-hand-test-z"]),
        "two ring": ("z_clear_calm, z_all, rings, b_or = 0.5, -2.5, 2, -0.5", ["p1-hand-test-rule"]),
        "threshold for bias": ("z_clear_calm, z_all, rings, b_or = 0.5, -2.5, 1, 0.5", ["p1-hand-test-rule"]),
        "tie rings": ("z_clear_calm, z_all, rings, b_or = 0.5, -2.5, 1, -1", ["p1-hand-test-rule"]),
    },
    "p2-output": {
        "bias forgotten": """
def output(X, w, b):
    return (X @ w > 0).astype(int)
""",
        "bias subtracted": """
def output(X, w, b):
    return (X @ w > b).astype(int)
""",
        "ties are 1": (
            """
def output(X, w, b):
    return (X @ w + b >= 0).astype(int)
""",
            ["p2-output-test-tie"],
        ),
        "transposed": """
def output(X, w, b):
    if X.shape[0] == X.shape[1]:
        return (X.T @ w + b > 0).astype(int)
    return (X @ w + b > 0).astype(int)
""",
        "answers −1 and 1": """
def output(X, w, b):
    return np.where(X @ w + b > 0, 1, -1)
""",
        "a column": """
def output(X, w, b):
    return (X @ w.reshape(-1, 1) + b > 0).astype(int)
""",
        "changes X": (
            """
def output(X, w, b):
    X *= w
    return (X.sum(axis=1) + b > 0).astype(int)
""",
            ["p2-output-test"],
        ),
        "the example's answers": """
def output(X, w, b):
    return np.array([1, 0, 1])
""",
        "prints, returns nothing": """
def output(X, w, b):
    print((X @ w + b > 0).astype(int))
""",
    },
    "p3-gates": {
        "and": (
            """
def majority_weights():
    return [1, 1, 1], -2.5


def parity(x):
    return sum(x) % 2
""",
            ["p3-gates-test-majority"],
        ),
        "or": (
            """
def majority_weights():
    return [1, 1, 1], -0.5


def parity(x):
    return sum(x) % 2
""",
            ["p3-gates-test-majority"],
        ),
        "threshold for bias": (
            """
def majority_weights():
    return [1, 1, 1], 1.5


def parity(x):
    return sum(x) % 2
""",
            ["p3-gates-test-majority"],
        ),
        "parity of two": (
            """
def majority_weights():
    return [1, 1, 1], -1.5


def parity(x):
    either, both = unit(x, [1, 1, 1], -0.5), unit(x, [1, 1, 1], -1.5)
    return unit([either, both], [1, -1], -0.5)
""",
            ["p3-gates-test-parity"],
        ),
        "only two inputs": (
            """
def majority_weights():
    return [1, 1, 1], -1.5


def parity(x):
    either, both = unit(x[:2], [1, 1], -0.5), unit(x[:2], [1, 1], -1.5)
    return unit([either, both], [1, -1], -0.5)
""",
            ["p3-gates-test-parity"],
        ),
        "even": (
            """
def majority_weights():
    return [1, 1, 1], -1.5


def parity(x):
    return 1 - sum(x) % 2
""",
            ["p3-gates-test-parity"],
        ),
        "one unit": (
            """
def majority_weights():
    return [1, 1, 1], -1.5


def parity(x):
    return unit(x, [1, 1, 1], -0.5)
""",
            ["p3-gates-test-parity"],
        ),
    },
    "p5-learn": {
        "bias not learned": (
            """
def learn(X, y, epochs):
    w, mistakes = np.zeros(X.shape[1]), []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - int(w @ x > 0)
            w = w + error * x
            count += abs(error)
        mistakes.append(count)
    return w, 0.0, mistakes
""",
            ["p5-learn-test"],
        ),
        "ties are 1": (
            """
def learn(X, y, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - int(w @ x + b >= 0)
            w, b = w + error * x, b + error
            count += abs(error)
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test"],
        ),
        "sign turned": (
            """
def learn(X, y, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = int(w @ x + b > 0) - target
            w, b = w + error * x, b + error
            count += abs(error)
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test"],
        ),
        "all samples at once": (
            """
def learn(X, y, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        errors = y - (X @ w + b > 0)
        w, b = w + errors @ X, b + errors.sum()
        mistakes.append(int(np.abs(errors).sum()))
    return w, b, mistakes
""",
            ["p5-learn-test", "p5-learn-test-mistakes"],
        ),
        "one epoch only": (
            """
def learn(X, y, epochs):
    w, b, count = np.zeros(X.shape[1]), 0.0, 0
    for x, target in zip(X, y):
        error = target - int(w @ x + b > 0)
        w, b, count = w + error * x, b + error, count + abs(error)
    return w, b, [count] * epochs
""",
            ["p5-learn-test", "p5-learn-test-mistakes"],
        ),
        "mistakes add up": (
            """
def learn(X, y, epochs):
    w, b, mistakes, count = np.zeros(X.shape[1]), 0.0, [], 0
    for _ in range(epochs):
        for x, target in zip(X, y):
            error = target - int(w @ x + b > 0)
            w, b = w + error * x, b + error
            count += abs(error)
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test-mistakes"],
        ),
        "signed mistakes": (
            """
def learn(X, y, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            error = target - int(w @ x + b > 0)
            w, b = w + error * x, b + error
            count += error
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test-mistakes"],
        ),
        "learns on right answers too": (
            """
def learn(X, y, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            count += int(w @ x + b > 0) != target
            sign = 2 * target - 1
            w, b = w + sign * x, b + sign
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test"],
        ),
        "changes y": (
            """
def learn(X, y, epochs):
    y *= 2
    y -= 1
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, target in zip(X, y):
            answer = 1 if w @ x + b > 0 else -1
            if answer != target:
                w, b, count = w + target * x, b + target, count + 1
        mistakes.append(count)
    return w, b, mistakes
""",
            ["p5-learn-test"],
        ),
    },
    "p6-bug": {
        "the bug itself": """
def accuracy_fixed(X, y, w, b):
    answers = X @ w + b > 0
    return (answers == y).mean()
""",
        "labels 0 and 1": """
def accuracy_fixed(X, y, w, b):
    answers = (X @ w + b > 0).astype(int)
    return (answers == y).mean()
""",
        "sign, with 0 at ties": """
def accuracy_fixed(X, y, w, b):
    return float((np.sign(X @ w + b) == y).mean())
""",
        "ties are +1": """
def accuracy_fixed(X, y, w, b):
    return float((np.where(X @ w + b >= 0, 1, -1) == y).mean())
""",
        "bias forgotten": """
def accuracy_fixed(X, y, w, b):
    return float((np.where(X @ w > 0, 1, -1) == y).mean())
""",
        "a count": """
def accuracy_fixed(X, y, w, b):
    return int((np.where(X @ w + b > 0, 1, -1) == y).sum())
""",
        "always 1": """
def accuracy_fixed(X, y, w, b):
    return 1.0
""",
    },
    "p7-margin": {
        "not divided": (
            """
def margin(X, y, w, b):
    return float(np.min(y * (X @ w + b)))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test", "p7-margin-test-without"],
        ),
        "squared length": (
            """
def margin(X, y, w, b):
    return float(np.min(y * (X @ w + b)) / np.sum(w**2))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test", "p7-margin-test-without"],
        ),
        "without sign": (
            """
def margin(X, y, w, b):
    return float(np.min(np.abs(X @ w + b)) / np.linalg.norm(w))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test", "p7-margin-test-without"],
        ),
        "bias not multiplied": (
            """
def margin(X, y, w, b):
    return float(np.min(y * (X @ w) + b) / np.linalg.norm(w))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test"],
        ),
        "changes w": (
            """
def margin(X, y, w, b):
    length = np.linalg.norm(w)
    w /= length
    return float(np.min(y * (X @ w + b / length)))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test"],
        ),
        "largest": (
            """
def margin(X, y, w, b):
    return float(np.max(y * (X @ w + b)) / np.linalg.norm(w))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 1), y, np.delete(w, j), b) for j in range(len(w))]
""",
            ["p7-margin-test", "p7-margin-test-without"],
        ),
        "samples left out": (
            """
def margin(X, y, w, b):
    return float(np.min(y * (X @ w + b)) / np.linalg.norm(w))


def margins_without(X, y, w, b):
    return [margin(np.delete(X, j, 0), np.delete(y, j), w, b) for j in range(len(w))]
""",
            ["p7-margin-test-without"],
        ),
        "old length": (
            """
def margin(X, y, w, b):
    return float(np.min(y * (X @ w + b)) / np.linalg.norm(w))


def margins_without(X, y, w, b):
    answers = []
    for j in range(len(w)):
        z = np.delete(X, j, 1) @ np.delete(w, j) + b
        answers.append(np.min(y * z) / np.linalg.norm(w))
    return answers
""",
            ["p7-margin-test-without"],
        ),
    },
}
