"""Distortions of images: affine maps, and the elastic fields of Simard, Steinkraus and Platt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SIDE = 28


def resample(images: Array, rows: Array, columns: Array) -> Array:
    """Read images at other places; between pixels the four around are mixed, outside there is paper.

    Parameters
    ----------
    images : ndarray, shape (m, 784)
        Images as rows.
    rows, columns : ndarray, shape (m, 28, 28)
        Where each pixel of the result comes from.

    Returns
    -------
    ndarray, shape (m, 784)
    """
    side = SIDE + 2  # a frame of paper
    m = len(images)
    padded = np.zeros((m, side, side), images.dtype)
    padded[:, 1:-1, 1:-1] = images.reshape(m, SIDE, SIDE)
    rows, columns = np.clip(rows + 1, 0, side - 1.001), np.clip(columns + 1, 0, side - 1.001)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - top, columns - left
    corner = (np.arange(m, dtype=np.int32) * side**2)[:, None, None] + top * side + left
    flat = padded.ravel()
    upper = flat.take(corner) * (1 - right) + flat.take(corner + 1) * right
    lower = flat.take(corner + side) * (1 - right) + flat.take(corner + side + 1) * right
    return (upper * (1 - down) + lower * down).reshape(m, -1).astype(images.dtype, copy=False)


def affine_places(
    m: int, rng: np.random.Generator, shift: float, degrees: float, stretch: float, shear: float
) -> tuple[Array, Array]:
    """Draw where the pixels of m images come from: turned, stretched, sheared and shifted at random.

    Parameters
    ----------
    m : int
        Images.
    rng : numpy.random.Generator
        Source of randomness.
    shift, degrees, stretch, shear : float
        The most, either way: pixels, degrees, share, and share.

    Returns
    -------
    rows, columns : ndarray of float32, shape (m, 28, 28)
    """

    def draw(most: float) -> Array:
        return rng.uniform(-most, most, size=(m, 1, 1)).astype(np.float32)

    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - (SIDE - 1) / 2
    angle, slant = np.radians(draw(degrees)), draw(shear)
    tall, wide = 1 + draw(stretch), 1 + draw(stretch)
    rows = tall * (np.cos(angle) * y - np.sin(angle) * x) + draw(shift)
    columns = wide * (np.sin(angle) * y + np.cos(angle) * x + slant * y) + draw(shift)
    middle = np.float32((SIDE - 1) / 2)
    return rows + middle, columns + middle


def elastic_field(m: int, rng: np.random.Generator, sigma: float = 4.0, alpha: float = 34.0) -> Array:
    """Draw smooth fields of displacements: noise between −1 and 1, blurred, times alpha.

    Parameters
    ----------
    m : int
        Images.
    rng : numpy.random.Generator
        Source of randomness.
    sigma : float, default 4
        Standard deviation of the blur, in pixels.
    alpha : float, default 34
        Strength.

    Returns
    -------
    ndarray of float32, shape (2, m, 28, 28)
        Displacements of the rows, and of the columns.

    References
    ----------
    P. Y. Simard, D. Steinkraus and J. C. Platt, "Best practices for convolutional neural networks applied to
    visual document analysis", ICDAR 2003.
    """
    i = np.arange(SIDE)
    blur = np.exp(-((i[:, None] - i) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    blur = blur.astype(np.float32)  # a blur in two directions is a product from either side
    noise = 2 * rng.random((2, m, SIDE, SIDE), np.float32) - 1
    return np.float32(alpha) * (blur @ noise @ blur)


def affine(X: Array, rng: np.random.Generator) -> Array:
    """Distort images by affine maps.

    Parameters
    ----------
    X : ndarray, shape (m, 784)
        Images as rows.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (m, 784)
    """
    return resample(X, *affine_places(len(X), rng, shift=2, degrees=10, stretch=0.1, shear=0.1))


def elastic(X: Array, rng: np.random.Generator) -> Array:
    """Distort images elastically, and shift them.

    Parameters
    ----------
    X : ndarray, shape (m, 784)
        Images as rows.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (m, 784)
    """
    rows, columns = affine_places(len(X), rng, shift=1, degrees=7.5, stretch=0.075, shear=0.0)
    down, right = elastic_field(len(X), rng)
    return resample(X, rows + down, columns + right)


DISTORTIONS: dict[str, Callable[[Array, np.random.Generator], Array]] = {"affine": affine, "elastic": elastic}
