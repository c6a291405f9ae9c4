"""Simard, Steinkraus and Platt 2003, table 1: what distorted images add for a network with 800 hidden units.

The paper's elastic fields have σ = 4 and α = 34. How far its affine maps go, it does not say; ours are in
`distorting`. It trains for far longer than we do.
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
