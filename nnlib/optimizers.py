"""Optimizers: how parameters move, given the gradient. They know vectors and nothing of networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rate = float | Callable[[int], float]

# Vectors are worked on in pieces of this many numbers. A step passes over each piece a dozen times; small
# pieces stay in the processor's cache, a long vector would come from main memory every time.
PIECE = 65536


@dataclass(frozen=True)
class StepDecay:
    """A learning rate that is multiplied by a factor after every so many updates.

    Parameters
    ----------
    learning_rate : float
        At the start.
    every : int
        Updates between two changes.
    factor : float, default 0.1
        What it is multiplied by.

    Examples
    --------
    >>> import nnlib as nn
    >>> schedule = nn.StepDecay(0.1, every=100, factor=0.5)
    >>> schedule(0), schedule(99), schedule(100)
    (0.1, 0.1, 0.05)
    """

    learning_rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _positive("learning_rate", self.learning_rate)
        _positive("every", self.every)
        _positive("factor", self.factor)

    def __call__(self, t: int) -> float:
        """Learning rate after t updates."""
        return float(self.learning_rate * self.factor ** (t // self.every))


@dataclass(frozen=True)
class Cosine:
    """A learning rate that falls along half a cosine and then stays down [eq-cosine].

    Parameters
    ----------
    learning_rate : float
        At the start.
    steps : int
        Updates on the way down.
    minimum : float, default 0.0
        At the end.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> import nnlib as nn
    >>> schedule = nn.Cosine(0.1, steps=100)
    >>> schedule(0), round(schedule(50), 3), schedule(100)
    (0.1, 0.05, 0.0)
    """

    learning_rate: float
    steps: int
    minimum: float = 0.0

    def __post_init__(self) -> None:
        _positive("learning_rate", self.learning_rate)
        _positive("steps", self.steps)

    def __call__(self, t: int) -> float:
        """Learning rate after t updates."""
        way = min(t / self.steps, 1.0)
        return self.minimum + (self.learning_rate - self.minimum) * (1 + cos(pi * way)) / 2


@dataclass(frozen=True)
class WarmUp:
    """A learning rate that rises in a straight line, and then follows a schedule.

    Parameters
    ----------
    then : float or callable
        A learning rate, or a schedule, which begins when the rise is over.
    steps : int
        Updates of the rise. The first one already moves: the rise begins at 1/steps.

    Examples
    --------
    >>> import nnlib as nn
    >>> schedule = nn.WarmUp(nn.Cosine(1.0, steps=100), steps=4)
    >>> [schedule(t) for t in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    then: Rate
    steps: int

    def __post_init__(self) -> None:
        _positive("steps", self.steps)

    def __call__(self, t: int) -> float:
        """Learning rate after t updates."""
        if t < self.steps:
            return (t + 1) / self.steps * _rate(self.then, 0)
        return _rate(self.then, t - self.steps)


class Optimizer:
    """Moves parameters against the gradient, in place.

    Parameters
    ----------
    learning_rate : float or callable
        η, positive; or a schedule, from the number of updates made so far to η.
    weight_decay : float, default 0.0
        λ of *decoupled* decay: before each step, all parameters are multiplied by ``1 - η λ``
        [eq-decoupled-decay].

    Attributes
    ----------
    t : int
        Updates made so far.
    memory : list of ndarray
        What is remembered from step to step, each of the parameters' shape.
    """

    n_memory = 0

    def __init__(self, learning_rate: Rate, weight_decay: float = 0.0) -> None:
        if not callable(learning_rate):
            _positive("learning_rate", learning_rate)
        if not 0 <= weight_decay < np.inf:
            raise ValueError(f"weight_decay must be a finite number, not negative; got {weight_decay}")
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.t = 0
        self.memory: list[Array] = []
        self._scratch: Array = np.empty(0)

    @property
    def rate(self) -> float:
        """Learning rate of the next step."""
        return _rate(self.learning_rate, self.t)

    def step(self, params: Array, grads: Array) -> None:
        """Move the parameters, in place.

        Parameters
        ----------
        params, grads : ndarray of float, shape (n,)
            Parameters and the gradient at them.

        Raises
        ------
        ValueError
            If the vectors' shapes differ, or are not those of the steps before.
        """
        if params.ndim != 1 or params.shape != grads.shape:
            raise ValueError(f"expected two vectors of one length; got {params.shape} and {grads.shape}")
        if self.t == 0:
            self.memory = [np.zeros_like(params) for _ in range(self.n_memory)]
        if self._scratch.shape != params[:PIECE].shape or self._scratch.dtype != params.dtype:
            self._scratch = np.empty_like(params[:PIECE])
        if any(past.shape != params.shape for past in self.memory):
            raise ValueError(f"this optimizer remembers {self.memory[0].size} parameters; got {params.size}")
        eta = self.rate
        self.t += 1
        for start in range(0, params.size, PIECE):
            part = slice(start, start + PIECE)
            theta = params[part]
            if self.weight_decay:
                theta *= 1 - eta * self.weight_decay
            memory = [past[part] for past in self.memory]
            self.update(theta, grads[part], eta, memory, self._scratch[: theta.size])

    def update(self, theta: Array, g: Array, eta: float, memory: list[Array], out: Array) -> None:
        """Move a piece of the parameters; what a kind of optimizer is.

        Parameters
        ----------
        theta, g : ndarray, shape (k,)
            Parameters, to be changed, and their gradient.
        eta : float
            Learning rate of this step.
        memory : list of ndarray, shape (k,)
            What is remembered of these parameters, to be changed.
        out : ndarray, shape (k,)
            Room to work in.
        """
        raise NotImplementedError

    def state(self) -> dict[str, Array]:
        """Copies of all that a step changes in the optimizer.

        Returns
        -------
        dict of str to ndarray
        """
        return {"t": np.array(self.t)} | {f"memory[{i}]": past.copy() for i, past in enumerate(self.memory)}

    def load_state(self, state: dict[str, Array]) -> None:
        """Go back to what `state` gave.

        Parameters
        ----------
        state : dict of str to ndarray
            From an optimizer of this kind.
        """
        self.t = int(state["t"])
        self.memory = [state[f"memory[{i}]"].copy() for i in range(len(state) - 1)]


class SGD(Optimizer):
    """Gradient descent, ``θ ← θ - η ∇C`` [eq-gradient-descent]; on random batches it is *stochastic*.

    With momentum μ the step is a running sum, ``v ← μ v + ∇C`` and ``θ ← θ - η v`` [eq-momentum]; Nesterov's
    variant looks one step ahead, ``θ ← θ - η (∇C + μ v)``.

    Parameters
    ----------
    learning_rate : float or callable
        η, positive; or a schedule, from the number of updates made so far to η.
    momentum : float, default 0
        μ, at least 0 and less than 1.
    nesterov : bool, default False
        Look ahead; needs momentum.
    weight_decay : float, default 0.0
        Decoupled decay, ``θ ← (1 - η λ) θ`` before the step. Without momentum that is the L2 penalty.

    Raises
    ------
    ValueError
        If a value is out of its range.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational
    Mathematics and Mathematical Physics 4(5), 1964. I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the
    importance of initialization and momentum in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> theta = np.array([4.0])
    >>> sgd = nn.SGD(learning_rate=0.5)
    >>> for _ in range(3):
    ...     sgd.step(theta, 2 * theta / 2)  # the gradient of θ²/2 is θ
    >>> theta
    array([0.5])
    """

    def __init__(
        self, learning_rate: Rate, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and less than 1; got {momentum}")
        if nesterov and not momentum:
            raise ValueError("nesterov needs a momentum greater than 0")
        self.momentum, self.nesterov = momentum, nesterov
        self.n_memory = 1 if momentum else 0

    def update(self, theta: Array, g: Array, eta: float, memory: list[Array], out: Array) -> None:  # noqa: D102
        step = g
        if self.momentum:
            (v,) = memory
            v *= self.momentum
            v += g
            step = v
            if self.nesterov:
                step = np.multiply(v, self.momentum, out=out)
                step += g
        theta -= np.multiply(step, eta, out=out)

    def __repr__(self) -> str:
        more = ", nesterov=True" if self.nesterov else ""
        decay = f", weight_decay={self.weight_decay:g}" if self.weight_decay else ""
        return f"SGD(learning_rate={_show(self.learning_rate)}, momentum={self.momentum:g}{more}{decay})"


class Adam(Optimizer):
    """Steps of nearly one size everywhere: the mean gradient over the root of the mean square.

    ``m ← β1 m + (1 - β1) g``, ``v ← β2 v + (1 - β2) g²``, and ``θ ← θ - η m̂ / (√v̂ + ε)`` with
    ``m̂ = m / (1 - β1ᵗ)``, ``v̂ = v / (1 - β2ᵗ)`` [eq-adam].

    Parameters
    ----------
    learning_rate : float or callable, default 0.001
        η, positive; or a schedule, from the number of updates made so far to η.
    beta1, beta2 : float, default 0.9 and 0.999
        How much of the past is kept; at least 0 and less than 1.
    epsilon : float, default 1e-8
        ε, positive: where gradients have been tiny, steps shrink with them.

    Raises
    ------
    ValueError
        If a value is out of its range.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> theta = np.array([4.0, 4.0])
    >>> nn.Adam(learning_rate=0.1).step(theta, np.array([1.0, 1000.0]))
    >>> theta.round(6)
    array([3.9, 3.9])
    """

    n_memory = 2

    def __init__(
        self, learning_rate: Rate = 1e-3, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(learning_rate)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            if not 0 <= beta < 1:
                raise ValueError(f"{name} must be at least 0 and less than 1; got {beta}")
        _positive("epsilon", epsilon)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def update(self, theta: Array, g: Array, eta: float, memory: list[Array], out: Array) -> None:  # noqa: D102
        # Sums are kept in place of averages: m̂ = a M and v̂ = b² V, and the scalars a and b cost nothing.
        M, V = memory
        a = (1 - self.beta1) / (1 - self.beta1**self.t)
        b = ((1 - self.beta2) / (1 - self.beta2**self.t)) ** 0.5
        M *= self.beta1
        M += g
        V *= self.beta2
        V += np.multiply(g, g, out=out)
        np.sqrt(V, out=out)
        out += self.epsilon / b
        np.divide(M, out, out=out)
        out *= eta * a / b
        theta -= out

    def __repr__(self) -> str:
        decay = f", weight_decay={self.weight_decay:g}" if self.weight_decay else ""
        return (
            f"{type(self).__name__}(learning_rate={_show(self.learning_rate)}, beta1={self.beta1:g}, "
            f"beta2={self.beta2:g}, epsilon={self.epsilon:g}{decay})"
        )


class AdamW(Adam):
    """Adam with decoupled weight decay: ``θ ← (1 - η λ) θ`` before each step [eq-decoupled-decay].

    An L2 penalty would pass through Adam's division by √v̂, which undoes it where gradients are large; this
    decay does not. As in PyTorch, all parameters decay, biases too.

    Parameters
    ----------
    learning_rate : float or callable, default 0.001
        η, positive; or a schedule, from the number of updates made so far to η.
    beta1, beta2 : float, default 0.9 and 0.999
        How much of the past is kept; at least 0 and less than 1.
    epsilon : float, default 1e-8
        ε, positive.
    weight_decay : float, default 0.01
        λ, not negative.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Examples
    --------
    >>> import numpy as np, nnlib as nn
    >>> theta = np.array([4.0])
    >>> nn.AdamW(learning_rate=0.1, weight_decay=0.5).step(theta, np.array([0.0]))
    >>> theta
    array([3.8])
    """

    def __init__(
        self,
        learning_rate: Rate = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon)
        Optimizer.__init__(self, learning_rate, weight_decay)


def _rate(rate: Rate, t: int) -> float:
    """Learning rate after t updates."""
    return float(rate(t)) if callable(rate) else float(rate)


def _show(rate: Rate) -> str:
    """A learning rate as it stands in code."""
    return repr(rate) if callable(rate) else f"{rate:g}"


def _positive(name: str, value: float) -> None:
    """Refuse what is not a positive, finite number."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite; got {value}")
