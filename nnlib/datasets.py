"""Data sets: real measurements that travel with the package or are fetched, and some made to measure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .training import train_test_split

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

# SHA-256 of the decompressed bytes: any mirror will do, and any level of compression.
_MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)


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
        If test_size is not between 0 and 1, or would leave one side without some class.

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
    return train_test_split(stored["X"] / 16, stored["y"].astype(np.int64), test_size, seed)


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
        If test_size is not between 0 and 1, or would leave one side without some class.

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
    X_train, X_test, y_train, y_test = train_test_split(
        stored["X"], stored["y"].astype(np.int64), test_size, seed
    )
    if standardize:
        mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
        X_train, X_test = (X_train - mean) / deviation, (X_test - mean) / deviation
    return X_train, X_test, y_train, y_test


def mnist(
    directory: str | os.PathLike[str] | None = None, dtype: DTypeLike = np.float64, progress: bool = True
) -> Split:
    """Handwritten digits: 70,000 images of 28 × 28 pixels, each a row of 784 grey values.

    The files are read from a directory of yours, or else fetched once (11 MB) and kept in the user's cache.
    Either way they must be the original ones, byte by byte after decompression.

    Parameters
    ----------
    directory : str or path, optional
        Where the four files are, such as ``train-images-idx3-ubyte.gz``, compressed or not. If left out, the
        environment variable ``NNLIB_MNIST_DIR`` is looked up; if that is not set either, they are fetched.
    dtype : float64 or float32, default float64
        Of the grey values: the images take 440 MB in float64, 220 MB in float32.
    progress : bool, default True
        Show a progress bar while fetching, if `tqdm` is installed.

    Returns
    -------
    X_train, X_test : ndarray of dtype, shape (60000, 784) and (10000, 784)
        Grey values between 0 (paper) and 1 (ink).
    y_train, y_test : ndarray of int64, shape (60000,) and (10000,)
        The digits, 0 to 9.

    Raises
    ------
    ValueError
        If a file of the directory is truncated or is not the original one, or the dtype is no float.
    FileNotFoundError
        If the directory lacks a file.
    ConnectionError
        If the files cannot be fetched whole. Nothing of a failed download is kept.
    ImportError
        If they must be fetched and `pooch` is not installed.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from nnlib import datasets
    >>> X_train, X_test, y_train, y_test = datasets.mnist()  # doctest: +SKIP
    >>> X_train.shape  # doctest: +SKIP
    (60000, 784)
    """
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32; got {np.dtype(dtype)}")
    directory = directory or os.environ.get("NNLIB_MNIST_DIR")
    arrays = []
    for name in _MNIST:
        data = _fetch(name, progress) if directory is None else _find(Path(directory), name)
        if "images" in name:  # a header of 16 bytes, then one byte a pixel
            images = np.frombuffer(data, np.uint8, offset=16).reshape(-1, 784).astype(dtype)
            images /= 255
            arrays.append(images)
        else:
            arrays.append(np.frombuffer(data, np.uint8, offset=8).astype(np.int64))
    X_train, X_test, y_train, y_test = arrays
    return X_train, X_test, y_train, y_test


def moons(n_samples: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[Array, Array]:
    """Make two half circles that reach into each other.

    Parameters
    ----------
    n_samples : int, default 200
        How many samples; half of them, give or take one, in each class.
    noise : float, default 0.1
        Standard deviation of the normal noise that is added to each coordinate; the radius is 1.
    seed : int, default 0
        Of everything.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
        Samples in random order.
    y : ndarray of int64, shape (n_samples,)
        0 on the upper half circle, 1 on the lower.

    Raises
    ------
    ValueError
        If there are fewer samples than classes, or the noise is negative or not finite.

    Examples
    --------
    >>> from nnlib import datasets
    >>> X, y = datasets.moons(n_samples=100)
    >>> X.shape, int(y.sum())
    ((100, 2), 50)
    """
    rng, y = _classes(n_samples, 2, noise, seed)
    t = rng.uniform(0, np.pi, n_samples)
    upper, lower = (
        np.stack([np.cos(t), np.sin(t)], axis=1),
        np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1),
    )
    return _blur(rng, np.where(y[:, None] == 0, upper, lower), noise), y


def circles(n_samples: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[Array, Array]:
    """Make a ring around another: no line parts them, but the distance from the middle does.

    Parameters
    ----------
    n_samples : int, default 200
        How many samples; half of them, give or take one, in each class.
    noise : float, default 0.1
        Standard deviation of the normal noise that is added to each coordinate.
    seed : int, default 0
        Of everything.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
        Samples in random order.
    y : ndarray of int64, shape (n_samples,)
        0 on the ring of radius 1, 1 on that of radius 0.5.

    Raises
    ------
    ValueError
        If there are fewer samples than classes, or the noise is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib import datasets
    >>> X, y = datasets.circles(n_samples=4, noise=0)
    >>> np.allclose(np.linalg.norm(X, axis=1), np.where(y == 1, 0.5, 1))
    True
    """
    rng, y = _classes(n_samples, 2, noise, seed)
    t = rng.uniform(0, 2 * np.pi, n_samples)
    radius = np.where(y == 1, 0.5, 1.0)
    return _blur(rng, np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1), noise), y


def spirals(
    n_samples: int = 300, n_classes: int = 2, turns: float = 1.0, noise: float = 0.02, seed: int = 0
) -> tuple[Array, Array]:
    """Make arms that wind around each other, from the middle out to radius 1.

    Parameters
    ----------
    n_samples : int, default 300
        How many samples; the same number, give or take one, in each class.
    n_classes : int, default 2
        How many arms.
    turns : float, default 1.0
        How often each arm winds around the middle.
    noise : float, default 0.02
        Standard deviation of the normal noise that is added to each coordinate.
    seed : int, default 0
        Of everything.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
        Samples in random order.
    y : ndarray of int64, shape (n_samples,)
        The arm, 0 to ``n_classes - 1``.

    Raises
    ------
    ValueError
        If there are fewer than two arms or fewer samples than arms, or a number is negative or not finite.

    Examples
    --------
    >>> from nnlib import datasets
    >>> X, y = datasets.spirals(n_samples=99, n_classes=3)
    >>> [int((y == arm).sum()) for arm in range(3)]
    [33, 33, 33]
    """
    rng, y = _classes(n_samples, n_classes, noise, seed)
    if not 0 <= turns < np.inf:
        raise ValueError(f"turns must be a finite number, not negative; got {turns}")
    # The arms start a little off the middle, where they would all meet.
    radius = rng.uniform(0.1, 1, n_samples)
    angle = 2 * np.pi * (turns * radius + y / n_classes)
    return _blur(rng, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), noise), y


def xor(n_samples: int = 200, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    """Make four squares, coloured as on a chessboard: XOR of the signs of the two coordinates.

    Parameters
    ----------
    n_samples : int, default 200
        How many samples; half of them, give or take one, in each class.
    noise : float, default 0.0
        Standard deviation of the normal noise that is added to each coordinate. Without any, every sample is
        at least 0.1 from both axes and no more than 1.
    seed : int, default 0
        Of everything.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
        Samples in random order.
    y : ndarray of int64, shape (n_samples,)
        1 where the signs differ before the noise is added, else 0.

    Raises
    ------
    ValueError
        If there are fewer samples than classes, or the noise is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib import datasets
    >>> X, y = datasets.xor()
    >>> np.array_equal(y == 1, (X[:, 0] > 0) != (X[:, 1] > 0))
    True
    """
    rng, y = _classes(n_samples, 2, noise, seed)
    first = rng.choice([-1, 1], n_samples)
    signs = np.stack([first, np.where(y == 1, -first, first)], axis=1)
    return _blur(rng, signs * rng.uniform(0.1, 1, (n_samples, 2)), noise), y


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
        (Path(__file__).parent / "data" / f"{name}.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return dict(stored)


def _classes(
    n_samples: int, n_classes: int, noise: float, seed: int
) -> tuple[np.random.Generator, NDArray[np.int64]]:
    """Check what a set of samples is to be like; share them out among the classes, in random order."""
    if not 2 <= n_classes <= n_samples or not 0 <= noise < np.inf:
        raise ValueError(
            "expected two classes or more, a sample or more of each, and noise of 0 or more; "
            f"got {n_classes} classes, {n_samples} samples and noise {noise}"
        )
    rng = np.random.default_rng(seed)
    return rng, rng.permutation(np.arange(n_samples, dtype=np.int64) % n_classes)


def _blur(rng: np.random.Generator, X: Array, noise: float) -> Array:
    """Add normal noise."""
    return X + rng.normal(scale=noise, size=X.shape)


def _verified(path: Path, name: str) -> bytes:
    """Decompressed bytes of a file that must be MNIST's file `name`."""
    import gzip  # here, and not above: few readers need MNIST, and every import of nnlib would wait for these
    import zlib
    from hashlib import sha256

    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):  # gzip
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path} is truncated or damaged: {error}") from error
    found = sha256(data).hexdigest()
    if found != _MNIST[name]:
        raise ValueError(f"{path} is not MNIST's {name}: SHA-256 is {found}, expected {_MNIST[name]}")
    return data


def _find(directory: Path, name: str) -> bytes:
    """Read one of MNIST's files from the reader's own directory."""
    for path in (directory / f"{name}.gz", directory / name):
        if path.is_file():
            return _verified(path, name)
    raise FileNotFoundError(f"MNIST's {name}.gz is not in {directory}, and neither is {name}")


def _fetch(name: str, progress: bool) -> bytes:
    """Read one of MNIST's files from the cache, after fetching it if there is no good copy."""
    from importlib.util import find_spec
    from tempfile import TemporaryDirectory

    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            "fetching MNIST needs pooch (pip install 'nnlib[notebook]'); or name a directory"
        ) from error
    target = Path(pooch.os_cache("nnlib")) / "mnist" / f"{name}.gz"
    if target.is_file():
        try:
            return _verified(target, name)
        except ValueError:  # damaged since it was stored
            target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    bar = progress and find_spec("tqdm") is not None
    download = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16)
    problems = []
    for mirror in _MIRRORS:
        # The file gets its place in the cache only when it is whole and right, and then in one step.
        with TemporaryDirectory(dir=target.parent) as folder:
            fetched = Path(folder) / target.name
            try:
                download(mirror + target.name, str(fetched), None)
                data = _verified(fetched, name)
            except (OSError, ValueError) as error:
                problems.append(f"{mirror}: {error}")
            else:
                fetched.replace(target)
                return data
    raise ConnectionError(
        f"MNIST's {target.name} could not be fetched. If you have the files, name their directory, or set "
        "NNLIB_MNIST_DIR to it.\n" + "\n".join(problems)
    )
