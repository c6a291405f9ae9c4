"""Data sets: two of real measurements that travel with the package, and one made to measure."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Split = tuple[Array, Array, Array, Array]

_MEASURED = (
    "radius", "texture", "perimeter", "area", "smoothness",
    "compactness", "concavity", "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
BREAST_CANCER_FEATURES = [
    *(f"mean {what}" for what in _MEASURED),
    *(f"{what} error" for what in _MEASURED),
    *(f"worst {what}" for what in _MEASURED),
]
"""Names of the 30 measurements of `breast_cancer`, in the order of the columns."""


def digits(test_size: float = 0.2, seed: int = 0) -> Split:
    """Handwritten digits: 1,797 images of 8 × 8 pixels, each a row of 64 grey values.

    Parameters
    ----------
    test_size : float, default 0.2
        Fraction of each class that is held out.
    seed : int, default 0
        Of the choice.

    Returns
    -------
    X_train, X_test : ndarray of float64, shape (m, 64)
        Grey values between 0 and 1.
    y_train, y_test : ndarray of int64, shape (m,)
        The digits, 0 to 9.

    Raises
    ------
    ValueError
        If test_size is not between 0 and 1.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository,
    1998 (the test set).

    Examples
    --------
    >>> from nnlib import datasets
    >>> X_train, X_test, y_train, y_test = datasets.digits()
    >>> X_train.shape, X_test.shape
    ((1437, 64), (360, 64))
    """
    stored = _load("digits")
    return _split(stored["X"] / 16, stored["y"].astype(np.int64), test_size, seed)


def breast_cancer(test_size: float = 0.2, seed: int = 0, standardize: bool = True) -> Split:
    """Breast lumps: 569 cases, 30 measurements of cell nuclei each; 1 is malignant, 0 benign.

    Parameters
    ----------
    test_size : float, default 0.2
        Fraction of each class that is held out.
    seed : int, default 0
        Of the choice.
    standardize : bool, default True
        Subtract the mean of each measurement and divide by its standard deviation, both taken from the
        training set alone. The names of the measurements are in `BREAST_CANCER_FEATURES`.

    Returns
    -------
    X_train, X_test : ndarray of float64, shape (m, 30)
    y_train, y_test : ndarray of int64, shape (m,)

    Raises
    ------
    ValueError
        If test_size is not between 0 and 1.

    References
    ----------
    W. N. Street, W. H. Wolberg and O. L. Mangasarian, "Nuclear feature extraction for breast tumor
    diagnosis", Proc. SPIE 1905, 1993.

    Examples
    --------
    >>> from nnlib import datasets
    >>> X_train, X_test, y_train, y_test = datasets.breast_cancer()
    >>> X_train.shape, int(y_train.sum())
    ((455, 30), 170)
    """
    stored = _load("breast_cancer")
    X_train, X_test, y_train, y_test = _split(stored["X"], stored["y"].astype(np.int64), test_size, seed)
    if standardize:
        mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
        X_train, X_test = (X_train - mean) / deviation, (X_test - mean) / deviation
    return X_train, X_test, y_train, y_test


def separable(
    n_samples: int, n_features: int, margin: float, seed: int = 0
) -> tuple[Array, Array, Array, float]:
    """Make samples in the unit ball, all at the distance `margin` from a random plane through the origin.

    Parameters
    ----------
    n_samples, n_features : int
        How many samples, and inputs of each: at least 1 and 2.
    margin : float
        Distance of every sample from the plane, between 0 and 1.
    seed : int, default 0
        Of everything.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of int64, shape (n_samples,)
        0 on one side of the plane, 1 on the other.
    w : ndarray of float64, shape (n_features,)
        Unit vector at right angles to the plane.
    b : float
        0.0, the bias of the true plane.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib import datasets
    >>> X, y, w, b = datasets.separable(n_samples=100, n_features=3, margin=0.1)
    >>> np.allclose(X @ w + b, np.where(y == 1, 0.1, -0.1))
    True
    """
    if n_samples < 1 or n_features < 2 or not 0 < margin < 1:
        raise ValueError(
            "expected n_samples >= 1, n_features >= 2 and a margin between 0 and 1; "
            f"got {n_samples}, {n_features} and {margin}"
        )
    rng = np.random.default_rng(seed)
    w = rng.normal(size=n_features)
    w /= np.linalg.norm(w)
    y = rng.integers(0, 2, size=n_samples)
    along = rng.normal(size=(n_samples, n_features))
    along -= np.outer(along @ w, w)  # within the plane
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # In a ball of d dimensions the share of volume within the radius r is r^d; here d = n_features - 1.
    along *= np.sqrt(1 - margin**2) * rng.random((n_samples, 1)) ** (1 / (n_features - 1))
    return along + np.outer(np.where(y == 1, margin, -margin), w), y, w, 0.0


def _load(name: str) -> dict[str, Array]:
    """Read one of the embedded files; no pickle, so that reading cannot run code."""
    with (
        (files("nnlib") / "data" / f"{name}.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return dict(stored)


def _split(X: Array, y: Array, test_size: float, seed: int) -> Split:
    """Hold out the same fraction of every class."""
    if not 0 < test_size < 1:
        raise ValueError(f"test_size must lie between 0 and 1; got {test_size}")
    rng, held_out = np.random.default_rng(seed), np.zeros(len(y), dtype=bool)
    order = rng.permutation(len(y))
    by_class = order[np.argsort(y[order], kind="stable")]
    counts = np.ceil(np.arange(len(y) + 1) * test_size)  # how many of the first i samples are held out
    held_out[by_class[np.diff(counts) > 0]] = True
    train, test = rng.permutation(np.flatnonzero(~held_out)), rng.permutation(np.flatnonzero(held_out))
    return X[train], X[test], y[train], y[test]
