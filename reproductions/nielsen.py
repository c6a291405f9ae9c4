"""Nielsen, "Neural Networks and Deep Learning": chapters 1 and 3.

His code starts all weights and biases from N(0, 1), trains on the first 50,000 images, and keeps the other
10,000 for validation. His λ stands in ``(λ/2n) Σ w²``, so that nnlib's is λ/n. Chapter 1 counts on the test
set, and quotes the best epoch; chapter 3 counts on the validation set, and quotes the last.
"""

from dataclasses import replace
from functools import partial

from .results import Claim, last, load
from .training import Training

N = 50000
QUADRATIC = Training(
    (784, 30, 10),
    epochs=30,
    batch_size=10,
    learning_rate=3.0,
    cost="quadratic",
    start=1.0,
    start_biases=1.0,
    samples=N,
    seeds=5,
)
ENTROPY = replace(QUADRATIC, sizes=(784, 100, 10), learning_rate=0.5, cost="sigmoid", lam=5.0 / N)
RUNS = {
    "quadratic-30": QUADRATIC,
    "quadratic-100": replace(QUADRATIC, sizes=(784, 100, 10)),
    "entropy-100": ENTROPY,
    "entropy-100-slow": replace(ENTROPY, epochs=60, learning_rate=0.1),
}


def best(variant: str) -> list[float]:
    """Test accuracy of each seed's best epoch: chosen by looking at the test set, as in the book."""
    return [100 - min(run["curves"]["test_error"]) for run in load("nielsen", variant)]


def final(variant: str) -> list[float]:
    """Validation accuracy of each seed after the last epoch."""
    return [100 - error for error in last("nielsen", variant, "validation_error")]


CLAIMS = [
    Claim(
        "30 hidden units, quadratic cost, best of 30 epochs",
        "chapter 1",
        partial(best, "quadratic-30"),
        published=95.42,
        tolerance=0.5,
    ),
    Claim(
        "100 hidden units, quadratic cost, best of 30 epochs",
        "chapter 1",
        partial(best, "quadratic-100"),
        published=96.59,
        tolerance=0.5,
    ),
    Claim(
        "100 hidden units, cross-entropy, λ = 5, η = 0.5, 30 epochs",
        "chapter 3",
        partial(final, "entropy-100"),
        published=97.92,
        tolerance=0.3,
    ),
    Claim(
        "the same with η = 0.1, 60 epochs",
        "chapter 3",
        partial(final, "entropy-100-slow"),
        published=98.04,
        tolerance=0.3,
    ),
]
