"""Kingma and Ba 2015, section 6.2 and figure 2a: Adam beside Nesterov's momentum on a network with dropout.

Two hidden layers of 1,000 ReLU units, batches of 128, MNIST. The paper searches each method's learning rate
"over a dense grid", which it does not print, shows 200 epochs, and reports curves, no number. We search a
grid of four for each method by two epochs of one seed, and compare fifteen epochs of three seeds.
"""

from dataclasses import replace
from functools import partial

from .results import Claim, differences, last, load
from .training import Training

ADAM = Training(
    (784, 1000, 1000, 10),
    epochs=15,
    batch_size=128,
    learning_rate=0.001,
    optimizer="Adam",
    activation="ReLU",
    start="he",
    dropout=(0.2, 0.5),
)
KINDS = {"adam": ADAM, "nesterov": replace(ADAM, optimizer="SGD", momentum=0.9, nesterov=True)}
GRIDS = {"adam": (0.0003, 0.001, 0.003, 0.01), "nesterov": (0.01, 0.03, 0.1, 0.3)}
RUNS = {
    f"grid-{name}-{rate}": replace(KINDS[name], epochs=2, learning_rate=rate, seeds=1)
    for name, rates in GRIDS.items()
    for rate in rates
}


def best_rate(name: str) -> float:
    """Learning rate with the lowest training cost on the grid."""
    return min(GRIDS[name], key=lambda rate: last("adam", f"grid-{name}-{rate}", "cost"))


RATES = {"adam": 0.001, "nesterov": 0.03}
RUNS |= {name: replace(KINDS[name], learning_rate=rate) for name, rate in RATES.items()}


def ahead(epoch: int) -> list[float]:
    """Training cost with Nesterov's momentum minus that with Adam, in an epoch counted from 1."""
    costs = [
        [run["curves"]["cost"][epoch - 1] for run in load("adam", name)] for name in ("nesterov", "adam")
    ]
    return differences(*costs)


CLAIMS = [
    Claim(
        f"training cost in epoch {epoch}: Nesterov's minus Adam's",
        "figure 2a",
        partial(ahead, epoch),
        unit="nat",
    )
    for epoch in (1, 15)
]
