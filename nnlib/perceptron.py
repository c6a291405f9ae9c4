"""The perceptron: a weighted sum, a bias and a step; and the rule by which it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


class Perceptron:
    """A threshold unit with weights that can be learned.

    It computes ``z = w·x + b`` [eq-affine] and answers 1 if ``z > 0``, else 0 [eq-step].

    Parameters
    ----------
    w : array_like, shape (n,)
        One weight for each input.
    b : float, default 0
        The bias: minus the threshold that ``w·x`` has to pass [eq-bias].

    Attributes
    ----------
    w : ndarray of float64, shape (n,)
        The weights. ``fit`` and ``fit_pocket`` change them.
    b : float
        The bias.

    Raises
    ------
    ValueError
        If ``w`` is not a non-empty vector, or ``w`` or ``b`` is not finite.

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the
    brain", Psychological Review 65(6), 1958.

    Examples
    --------
    >>> from nnlib import Perceptron
    >>> nand = Perceptron(w=[-2, -2], b=3)
    >>> nand([1, 1])
    0
    >>> nand([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([1, 1, 1, 0])
    """

    def __init__(self, w: ArrayLike, b: float = 0.0) -> None:
        self.w: Array = np.array(w, dtype=float)
        self.b = float(b)
        if self.w.ndim != 1 or self.w.size == 0:
            raise ValueError(f"w must be a vector with one weight for each input; got shape {self.w.shape}")
        if not (np.isfinite(self.w).all() and np.isfinite(self.b)):
            raise ValueError(f"weights and bias must be finite; got w={self.w.tolist()}, b={self.b}")

    def z(self, X: ArrayLike) -> Array:
        """Weighted sum plus bias, ``z = w·x + b`` [eq-affine].

        Parameters
        ----------
        X : array_like, shape (n,) or (m, n)
            One sample, or m samples as rows.

        Returns
        -------
        ndarray of float64, shape () or (m,)

        Raises
        ------
        ValueError
            If a sample does not have n values.
        """
        X = np.asarray(X, dtype=float)
        if X.ndim not in (1, 2) or X.shape[-1] != self.w.size:
            expected = f"({self.w.size},) or (m, {self.w.size}), one sample per row"
            raise ValueError(f"a perceptron with {self.w.size} weights expects {expected}; got {X.shape}")
        return np.asarray(X @ self.w + self.b)

    def predict(self, X: ArrayLike) -> Any:
        """Answer 1 where ``z > 0``, else 0 [eq-step].

        Parameters
        ----------
        X : array_like, shape (n,) or (m, n)
            One sample, or m samples as rows.

        Returns
        -------
        int, or ndarray of int64 with shape (m,)
        """
        answers = (self.z(X) > 0).astype(np.int64)
        return answers if answers.ndim else int(answers)

    __call__ = predict

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Fraction of the samples whose label is answered.

        Parameters
        ----------
        X : array_like, shape (m, n)
            Samples as rows.
        y : array_like, shape (m,)
            Labels, 0 and 1 or −1 and +1.

        Returns
        -------
        float
            Between 0 and 1.
        """
        X, s = _samples(X, y)
        return float(np.mean((self.z(X) > 0) == (s > 0)))

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        learning_rate: float = 1.0,
        max_epochs: int = 1000,
        on_update: Callable[[Perceptron, int], None] | None = None,
    ) -> Record:
        """Learn by Rosenblatt's rule: where the answer is wrong, add the sample or take it away.

        A sample x with sign s (+1 for label 1, −1 for label 0) is a mistake if ``s (w·x + b) <= 0``. At
        each mistake, ``w ← w + η s x`` and ``b ← b + η s`` [eq-perceptron-rule]. If some line separates
        the classes the number of updates is at most ``(R/γ)²`` [eq-novikoff], from zero weights and
        whatever the order of the samples.

        Parameters
        ----------
        X : array_like, shape (m, n)
            Samples as rows, visited in this order in each epoch.
        y : array_like, shape (m,)
            Labels, 0 and 1 or −1 and +1.
        learning_rate : float, default 1
            η. From zero weights it scales ``w`` and ``b`` and changes no answer.
        max_epochs : int, default 1000
            Passes over the samples before giving up. On data that no line separates the rule never stops.
        on_update : callable, optional
            Called as ``on_update(perceptron, i)`` after each update, with the sample's index.

        Returns
        -------
        Record
            What happened: mistakes by epoch, and whether the last epoch was free of them.

        Raises
        ------
        ValueError
            If shapes do not fit, labels are not of two kinds, or a value is not finite.

        Examples
        --------
        >>> import numpy as np
        >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> unit = Perceptron(np.zeros(2))
        >>> unit.fit(X, [0, 0, 0, 1]).converged
        True
        >>> unit(X)
        array([0, 0, 0, 1])
        """
        X, s = _samples(X, y)
        self.z(X[0])  # refuse samples of another width before the first update
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive; got {learning_rate}")
        record = Record()
        for _ in range(max_epochs):
            mistakes = 0
            for i in range(len(X)):
                if s[i] * (X[i] @ self.w + self.b) <= 0:
                    self.w += learning_rate * s[i] * X[i]
                    self.b += learning_rate * s[i]
                    mistakes += 1
                    if on_update:
                        on_update(self, i)
            record.mistakes.append(mistakes)
            if mistakes == 0:
                break
        return record

    def fit_pocket(self, X: ArrayLike, y: ArrayLike, max_epochs: int = 100, seed: int = 0) -> Record:
        """Learn on data that no line separates: run the rule, keep the best weights seen.

        After each update the accuracy on all samples is measured; the weights go into the "pocket" when
        they beat those in it. At the end the unit has the pocket's weights. This is the variant with
        *ratchet*, which never gets worse.

        Parameters
        ----------
        X : array_like, shape (m, n)
            Samples as rows; each epoch visits them in a new random order.
        y : array_like, shape (m,)
            Labels, 0 and 1 or −1 and +1.
        max_epochs : int, default 100
            Passes over the samples.
        seed : int, default 0
            Of the order.

        Returns
        -------
        Record
            Mistakes made in each epoch on the way, by the weights that were then in use.

        References
        ----------
        S. I. Gallant, "Perceptron-based learning algorithms", IEEE Transactions on Neural Networks 1(2),
        1990.

        Examples
        --------
        >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
        >>> unit = Perceptron([0, 0])
        >>> record = unit.fit_pocket(X, [0, 1, 1, 0])
        >>> record.converged, unit.accuracy(X, [0, 1, 1, 0])
        (False, 0.75)
        """
        X, s = _samples(X, y)
        rng = np.random.default_rng(seed)
        best, pocket = self.accuracy(X, s), (self.w.copy(), self.b)

        def keep_if_better(unit: Perceptron, i: int) -> None:
            nonlocal best, pocket
            accuracy = unit.accuracy(X, s)
            if accuracy > best:
                best, pocket = accuracy, (unit.w.copy(), unit.b)

        record = Record()
        for _ in range(max_epochs):
            order = rng.permutation(len(X))
            record.mistakes += self.fit(X[order], s[order], max_epochs=1, on_update=keep_if_better).mistakes
            if record.converged:
                break
        self.w, self.b = pocket
        return record

    def __repr__(self) -> str:
        return f"Perceptron(w={self.w.tolist()}, b={self.b:g})"


@dataclass
class Record:
    """What a run of the perceptron rule did.

    Attributes
    ----------
    mistakes : list of int
        Mistakes, that is updates, in each epoch.

    Examples
    --------
    >>> from nnlib.perceptron import Record
    >>> Record(mistakes=[3, 1, 0]).updates
    4
    """

    mistakes: list[int] = field(default_factory=list)

    @property
    def updates(self) -> int:
        """Number of updates made in all."""
        return sum(self.mistakes)

    @property
    def converged(self) -> bool:
        """Whether the last epoch was free of mistakes."""
        return bool(self.mistakes) and self.mistakes[-1] == 0


def margin(w: ArrayLike, b: float, X: ArrayLike, y: ArrayLike) -> float:
    """Margin γ of the data under a separating line, in the space where the bias is a weight.

    With ``ŵ = (w, b)`` and ``x̂ = (x, 1)``, γ is the least ``s ŵ·x̂ / ‖ŵ‖`` over the samples
    [eq-margin]. It is positive if the line separates the classes.

    Parameters
    ----------
    w : array_like, shape (n,)
        Weights.
    b : float
        Bias.
    X : array_like, shape (m, n)
        Samples as rows.
    y : array_like, shape (m,)
        Labels, 0 and 1 or −1 and +1.

    Returns
    -------
    float

    Examples
    --------
    >>> from nnlib.perceptron import margin
    >>> margin([1, 0], 0, X=[[2, 0], [-1, 5]], y=[1, 0])
    1.0
    """
    X, s = _samples(X, y)
    unit = Perceptron(w, b)
    return float(np.min(s * unit.z(X)) / np.hypot(np.linalg.norm(unit.w), unit.b))


def radius(X: ArrayLike) -> float:
    """Radius R of the data where the bias is a weight: the greatest ``‖(x, 1)‖``, as in [eq-radius].

    Parameters
    ----------
    X : array_like, shape (m, n)
        Samples as rows.

    Returns
    -------
    float

    Examples
    --------
    >>> from nnlib.perceptron import radius
    >>> radius([[0, 0], [2, 2]])
    3.0
    """
    X = np.asarray(X, dtype=float)
    return float(np.sqrt(1 + np.max(np.sum(X**2, axis=1))))


def _samples(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Check samples and labels; return them as floats, the labels as signs −1 and +1."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.size == 0:
        raise ValueError(f"X must have shape (m, n), one sample per row, and not be empty; got {X.shape}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must hold one label for each of the {len(X)} samples; got shape {y.shape}")
    if not np.isfinite(X).all():
        raise ValueError("X holds NaN or infinity")
    if not (np.isin(y, (0, 1)).all() or np.isin(y, (-1, 1)).all()):
        raise ValueError(f"labels must be 0 and 1, or -1 and +1; got {np.unique(y)[:5]}")
    return X, np.where(y > 0, 1.0, -1.0)
