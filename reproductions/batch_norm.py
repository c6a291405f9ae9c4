"""Ioffe and Szegedy 2015, section 4.1 and figure 1: three hidden layers of 100 sigmoids, with and without.

Binary images, batches of 60, 50,000 steps, start weights from a normal distribution with a small deviation.
The paper names neither that deviation nor the learning rate, nor what it ends at: we take 0.1 and two rates,
and ask only for the order.
"""

from dataclasses import replace
from functools import partial

from .results import Claim, differences, last, load
from .training import Training

BASE = Training((784, 100, 100, 100, 10), 50, 60, learning_rate=0.1, start=0.1, binary=True)
RUNS = {
    f"{name}-{rate}": replace(BASE, learning_rate=rate, batch_norm=name == "with", watch=rate == 0.1)
    for rate in (0.1, 0.5)
    for name in ("without", "with")
}


def gain(rate: float) -> list[float]:
    """Test error without minus with, in points, after the last step."""
    return differences(
        last("batch_norm", f"without-{rate}", "test_error"), last("batch_norm", f"with-{rate}", "test_error")
    )


def sooner(rate: float) -> list[float]:
    """Epochs until the final test error of the network without is reached: without, minus with."""
    saved = []
    for plain, normalized in zip(
        load("batch_norm", f"without-{rate}"), load("batch_norm", f"with-{rate}"), strict=True
    ):
        goal = plain["curves"]["test_error"][-1]
        errors = normalized["curves"]["test_error"]
        reached = next((i for i, error in enumerate(errors) if error <= goal), len(errors))
        saved.append(float(len(plain["curves"]["test_error"]) - 1 - reached))
    return saved


CLAIMS = [
    Claim(
        "test error that batch normalization takes off (η = 0.1)",
        "figure 1a",
        partial(gain, 0.1),
        unit="points",
    ),
    Claim("the same with η = 0.5", "figure 1a", partial(gain, 0.5), unit="points"),
    Claim(
        "steps that it saves on the way to the other's final error (η = 0.1)",
        "figure 1a",
        partial(sooner, 0.1),
        unit="thousand steps",
    ),
    Claim("the same with η = 0.5", "figure 1a", partial(sooner, 0.5), unit="thousand steps"),
]
