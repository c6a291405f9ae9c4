"""One epoch of training by nnlib and by its peers, side by side: `make bench`.

Every contender trains the same network on the same data with Adam, in float32. They take turns, A B C A B C,
in one process, because a machine's speed drifts; the table gives the median of the ratios of one round, and
between which values the middle half of them lies. The floor is the bare matrix products of a step, with all
arrays ready: what remains above it is biases, activations, cost, gathering of batches, and the optimizer.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

THREADS = (1, 2)
# Sizes of the layers, batch size, samples: an epoch takes about a tenth of a second.
ROWS = {
    "digits 64-32-10, 32": ((64, 32, 10), 32, 1437),
    "moons 2-16-16-1, 32": ((2, 16, 16, 1), 32, 1437),
    "MNIST 784-128-10, 32": ((784, 128, 10), 32, 4096),
    "MNIST 784-128-10, 128": ((784, 128, 10), 128, 8192),
    "MNIST 784-128-10, 1024": ((784, 128, 10), 1024, 16384),
    "MNIST 784-512-512-10, 128": ((784, 512, 512, 10), 128, 4096),
}
ROUNDS = 21
Epoch = Callable[[], None]


def with_nnlib(sizes, batch_size, X, y) -> Epoch:
    import nnlib as nn

    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, nn.he), nn.ReLU()]
    cost = nn.BinaryCrossEntropy() if sizes[-1] == 1 else nn.CategoricalCrossEntropy()
    net, adam = nn.Network(layers[:-1], cost, dtype="float32"), nn.Adam(learning_rate=1e-3)
    return lambda: nn.fit(net, X, y, adam, epochs=1, batch_size=batch_size, progress=False)


def with_scikit_learn(sizes, batch_size, X, y) -> Epoch:
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(sizes[1:-1], alpha=0, batch_size=batch_size, learning_rate_init=1e-3, random_state=0)
    classes = np.unique(y)
    return lambda: net.partial_fit(X, y, classes=classes)


def with_pytorch(sizes, batch_size, X, y, fused=False) -> Epoch:
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    binary = sizes[-1] == 1
    cost = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)
    X, y = torch.from_numpy(X), torch.from_numpy(y[:, None].astype("float32") if binary else y)

    def epoch() -> None:
        for batch in torch.randperm(len(X)).split(batch_size):
            adam.zero_grad()
            cost(net(X[batch]), y[batch]).backward()
            adam.step()

    return epoch


def with_pytorch_fused(sizes, batch_size, X, y) -> Epoch:
    return with_pytorch(sizes, batch_size, X, y, fused=True)


def with_jax(sizes, batch_size, X, y) -> Epoch:
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy as np

    rng = np.random.default_rng(0)
    params = [
        (jnp.array(rng.normal(scale=(2 / a) ** 0.5, size=(a, b)), "float32"), jnp.zeros(b))
        for a, b in pairwise(sizes)
    ]
    binary = sizes[-1] == 1

    def cost(params, A, y):
        for i, (W, b) in enumerate(params):
            A = (jax.nn.relu(A) if i else A) @ W + b
        if binary:
            return jnp.mean(jax.nn.softplus(A[:, 0]) - y * A[:, 0])
        return -jnp.mean(jax.nn.log_softmax(A)[jnp.arange(len(A)), y])

    @partial(jax.jit, donate_argnums=(0,))
    def step(state, X, y, batch):
        params, m, v, t = state
        g = jax.grad(cost)(params, X[batch], y[batch])
        t += 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        scale = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda w, m, v: w - scale * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return params, m, v, t

    zeros = jax.tree.map(jnp.zeros_like, params)
    state = [params, zeros, jax.tree.map(jnp.zeros_like, params), jnp.float32(0)]
    data, shuffle = (jnp.array(X), jnp.array(y)), np.random.default_rng(0)

    def epoch() -> None:
        order = shuffle.permutation(len(X))
        for start in range(0, len(X), batch_size):
            state[:] = step(tuple(state), *data, order[start : start + batch_size])
        jax.block_until_ready(state)

    return epoch


def floor(sizes, batch_size, X, y) -> Epoch:
    import numpy as np

    rng = np.random.default_rng(0)
    A = [rng.random((batch_size, n), dtype="float32") for n in sizes]
    W = [rng.random((b, a), dtype="float32") / a for a, b in pairwise(sizes)]
    Z, dA, dW = [a.copy() for a in A], [a.copy() for a in A], [w.copy() for w in W]

    def epoch() -> None:
        for _ in range(0, len(X), batch_size):
            for i in range(len(W)):
                np.matmul(A[i], W[i].T, out=Z[i + 1])
            for i in reversed(range(len(W))):
                np.matmul(Z[i + 1].T, A[i], out=dW[i])
                if i:  # nobody asks for the gradient with respect to the data
                    np.matmul(Z[i + 1], W[i], out=dA[i])

    return epoch


CONTENDERS = {
    "nnlib": with_nnlib,
    "scikit-learn": with_scikit_learn,
    "PyTorch eager": with_pytorch,
    "PyTorch fused Adam": with_pytorch_fused,
    "JAX jit": with_jax,
    "floor": floor,
}
PACKAGES = {"scikit-learn": "scikit-learn", "PyTorch": "torch", "JAX": "jax"}


def measure(row: str) -> dict[str, list[float]]:
    """Seconds of an epoch, round by round, for each contender."""
    import numpy as np

    sizes, batch_size, m = ROWS[row]
    rng = np.random.default_rng(0)
    X = rng.random((m, sizes[0]), dtype="float32")
    y = (X @ rng.normal(size=(sizes[0], max(2, sizes[-1])))).argmax(axis=1)  # something that can be learned
    epochs = {name: make(sizes, batch_size, X, y) for name, make in CONTENDERS.items()}
    for epoch in epochs.values():
        epoch()  # compilation, first touch of memory
    # On one thread, time of the processor: what else the machine does then counts less.
    clock = time.process_time if os.environ["OMP_NUM_THREADS"] == "1" else time.perf_counter
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(ROUNDS):
        for name, epoch in epochs.items():
            start = clock()
            epoch()
            seconds[name].append(clock() - start)
    return seconds


def table(results: dict[str, dict[str, list[float]]]) -> list[str]:
    """Rows of Markdown: how many times nnlib's speed, and how far it is from the floor."""
    import numpy as np

    peers = [name for name in CONTENDERS if name not in ("nnlib", "floor")]
    head = [
        "network, batch",
        "nnlib, steps a second",
        *(f"vs {peer}" for peer in peers),
        "nnlib ÷ GEMM floor",
    ]
    lines = ["| " + " | ".join(head) + " |", "| --- " + "| ---: " * (len(head) - 1) + "|"]
    for row, seconds in results.items():
        _, batch_size, m = ROWS[row]
        own = np.array(seconds["nnlib"])
        ratios = [np.array(seconds[peer]) / own for peer in peers] + [own / np.array(seconds["floor"])]
        cells = [f"{-(-m // batch_size) / np.median(own):,.0f}"]
        for ratio in ratios:
            low, middle, high = np.percentile(ratio, [25, 50, 75])
            cells.append(f"{middle:.2f} ({low:.2f}–{high:.2f})")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return lines


def machine() -> str:
    """The machine in a few words."""
    model, features = platform.processor() or platform.machine(), ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = dict(line.split("\t: ", 1) for line in cpuinfo.read_text().split("\n") if "\t: " in line)
        lines = {key.strip(): value for key, value in lines.items()}
        model = f"{lines.get('model name', model)} (family {lines.get('cpu family', '?')})"
        features = " with AVX-512" if "avx512f" in lines.get("flags", "") else ""
    packages = ", ".join(f"{name} {version(package)}" for name, package in PACKAGES.items())
    return (
        f"{os.cpu_count()} cores of {model}{features}, {platform.system()}, "
        f"Python {platform.python_version()}, "
        f"NumPy {version('numpy')} (OpenBLAS kernels: {kernels()}), {packages}"
    )


def kernels() -> str:
    """For which processor OpenBLAS, as it comes with NumPy, takes this one."""
    import numpy  # noqa: F401 - loads OpenBLAS
    from threadpoolctl import threadpool_info

    return ", ".join(library.get("architecture", "?") for library in threadpool_info()) or "unknown"


def run(threads: int, **environment: str) -> list[str]:
    """Measure every row, each in a process of its own; return the table."""
    names = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")
    limits = {f"{name}_NUM_THREADS": str(threads) for name in names} | environment
    if threads == 1:
        limits["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    results = {}
    for row in ROWS:
        print(f"{threads} thread(s): {row}", file=sys.stderr, flush=True)
        command = [sys.executable, __file__, row, str(threads)]
        done = subprocess.run(command, env=os.environ | limits, stdout=subprocess.PIPE, check=True)
        results[row] = json.loads(done.stdout)
    lines = table(results)
    print("\n".join(lines), flush=True)
    return lines


def main() -> None:
    """Measure with one thread and with two, and write the tables."""
    lines = [
        "# Speed of training",
        "",
        "Made by `make bench`; `benchmarks/training_speed.py` says how. The numbers say how many times as "
        "fast as each peer nnlib trains the same network on the same data: the median over "
        f"{ROUNDS} rounds, and the middle half of them in brackets. The last column is the time of nnlib "
        "over that of the bare matrix products of the same steps. On one thread the clock is the "
        "processor's, on two the wall's.",
        "",
        f"Machine: {machine()}.",
        "",
        "## One thread",
        "",
        *run(1),
        "",
        "## Two threads",
        "",
        *run(2),
    ]
    if kernels() in ("Haswell", "Zen") and "AVX-512" in machine():
        lines += [
            "",
            "## One thread, with OpenBLAS's kernels for AVX-512",
            "",
            "OpenBLAS does not know this processor and uses its kernels for an older one; JAX brings its "
            "own. With the environment variable `OPENBLAS_CORETYPE=SkylakeX` OpenBLAS uses the wider "
            "registers too:",
            "",
            *run(1, OPENBLAS_CORETYPE="SkylakeX"),
        ]
    (Path(__file__).parent / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        if hasattr(os, "sched_setaffinity"):  # the pools of JAX and of the operating system, too
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
