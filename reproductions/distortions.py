"""Simard, Steinkraus and Platt 2003, table 1: what distorted images add for a network with 800 hidden units.

The paper trains on the first 50,000 images, keeps 10,000 to choose the epoch by, starts from weights with
the deviation 0.05, uses plain descent with a rate that falls every 100 epochs, and speaks of hundreds of
epochs. Its elastic fields have σ = 4 and α = 34. How far its affine maps go, and which activation the hidden
units have, it does not say. We take 40 epochs in batches of 100 with momentum and a cosine, and the last.
"""

from dataclasses import replace
from functools import partial

from .results import Claim, last
from .training import Training

BASE = Training((784, 800, 10), 20, 100, learning_rate=0.1, momentum=0.9, cosine=True)
RUNS = {
    "none": BASE,
    "affine": replace(BASE, epochs=40, distort="affine"),
    "elastic": replace(BASE, epochs=40, distort="elastic"),
}
CLAIMS = [
    Claim(
        f"784-800-10, cross-entropy, distortions: {name}",
        "table 1",
        partial(last, "distortions", name, "test_error"),
        published=published,
        tolerance=0.2,
    )
    for name, published in (("none", 1.6), ("affine", 1.1), ("elastic", 0.7))
]
