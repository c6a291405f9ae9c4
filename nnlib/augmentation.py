"""Augmentation: images moved a little are more images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def random_shifts(
    X: ArrayLike, rng: np.random.Generator, shape: tuple[int, int] = (8, 8), pixels: int = 1
) -> Array:
    """Shift each image by a few pixels, up or down and left or right; what enters is 0.

    Parameters
    ----------
    X : array_like, shape (m, height · width)
        Images as rows.
    rng : numpy.random.Generator
        Source of randomness.
    shape : (int, int), default (8, 8)
        Height and width.
    pixels : int, default 1
        The largest shift in either direction.

    Returns
    -------
    ndarray, shape (m, height · width)

    Raises
    ------
    ValueError
        If the images do not have this shape, or pixels is negative.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.random_shifts([[1, 2, 3, 4]], np.random.default_rng(3), shape=(2, 2))
    array([[0., 3., 0., 0.]])
    """
    images, (height, width) = _images(X, shape)
    if pixels < 0:
        raise ValueError(f"pixels must not be negative; got {pixels}")
    padded = np.pad(images, [(0, 0), (pixels, pixels), (pixels, pixels)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 2 * pixels + 1, size=(2, len(images)))
    return windows[np.arange(len(images)), down, right].reshape(len(images), -1)


def random_rotations(
    X: ArrayLike, rng: np.random.Generator, shape: tuple[int, int] = (8, 8), degrees: float = 10.0
) -> Array:
    """Turn each image about its middle by a random angle; values between pixels are interpolated.

    Parameters
    ----------
    X : array_like, shape (m, height · width)
        Images as rows.
    rng : numpy.random.Generator
        Source of randomness.
    shape : (int, int), default (8, 8)
        Height and width.
    degrees : float, default 10.0
        The largest angle, either way.

    Returns
    -------
    ndarray, shape (m, height · width)

    Raises
    ------
    ValueError
        If the images do not have this shape, or degrees is negative or not finite.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> nn.random_rotations([[1, 2, 3, 4]], np.random.default_rng(0), shape=(2, 2), degrees=0)
    array([[1., 2., 3., 4.]])
    """
    images, (height, width) = _images(X, shape)
    if not 0 <= degrees < np.inf:
        raise ValueError(f"degrees must be a finite number, not negative; got {degrees}")
    angle = np.radians(rng.uniform(-degrees, degrees, size=(len(images), 1, 1)))
    y, x = np.mgrid[:height, :width] - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2
    # Each pixel of the result looks where it came from, and mixes the four pixels around that place.
    row = np.cos(angle) * y - np.sin(angle) * x + (height - 1) / 2 + 1
    column = np.sin(angle) * y + np.cos(angle) * x + (width - 1) / 2 + 1
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1)])
    row, column = np.clip(row, 0, height + 1), np.clip(column, 0, width + 1)
    top, left = np.minimum(row.astype(int), height), np.minimum(column.astype(int), width)
    i = np.arange(len(images)).reshape(-1, 1, 1)
    turned = np.zeros_like(images)
    for r in (0, 1):
        for c in (0, 1):
            share = (1 - np.abs(row - top - r)) * (1 - np.abs(column - left - c))
            turned += (share * padded[i, top + r, left + c]).astype(images.dtype)
    return turned.reshape(len(images), -1)


def _images(X: ArrayLike, shape: tuple[int, int]) -> tuple[Array, tuple[int, int]]:
    """Give rows the shape of images; whole numbers become floats."""
    X = np.asarray(X)
    if X.ndim != 2 or len(shape) != 2 or X.shape[1] != shape[0] * shape[1]:
        raise ValueError(f"expected images of {shape[0]} × {shape[1]} pixels as rows; got shape {X.shape}")
    X = X if X.dtype.kind == "f" else X.astype(np.float64)
    return X.reshape(-1, *shape), shape
