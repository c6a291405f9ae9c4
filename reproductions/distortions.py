"""Simard, Steinkraus and Platt 2003, section 5: what distorted images add for a network of 800 hidden units.

The paper trains on the first 50,000 images, keeps 10,000 to choose parameters by, starts from weights with
the deviation 0.05, uses plain descent with a rate that falls every 100 epochs, and speaks of hundreds of
epochs. Its elastic fields have σ = 4 and α = 34. How far its affine maps go, and which activation the hidden
units have, it does not say. We take ReLU, 20 epochs (10 without distortions) in batches of 100 with
momentum and a cosine, and the last of them. The learning rate is, of 0.03, 0.1 and 0.2, the one with the
lowest training cost in a trial without distortions.
"""

from dataclasses import replace
from functools import partial

from .results import Claim, differences, last
from .training import Training

BASE = Training(
    (784, 800, 10),
    epochs=10,
    batch_size=100,
    learning_rate=0.2,
    momentum=0.9,
    cosine=True,
    activation="ReLU",
    start="he",
    samples=50000,
)
RUNS = {
    "none": BASE,
    "affine": replace(BASE, epochs=20, distort="affine"),
    "elastic": replace(BASE, epochs=20, distort="elastic"),
}


def off(variant: str) -> list[float]:
    """What a distortion takes off the test error, in points."""
    return differences(last("distortions", "none", "test_error"), last("distortions", variant, "test_error"))


CLAIMS = [
    Claim(
        f"784-800-10, cross-entropy, distortions: {name}",
        "section 5",
        partial(last, "distortions", name, "test_error"),
        published=published,
        tolerance=0.2,
    )
    for name, published in (("none", 1.6), ("affine", 1.1), ("elastic", 0.7))
] + [
    Claim(f"what {name} distortions take off", "section 5", partial(off, name), unit="points")
    for name in ("affine", "elastic")
]
