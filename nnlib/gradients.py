"""Gradient checking: backpropagation against derivatives that need no chain rule."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .network import Network

Array = NDArray[Any]
Function = Callable[[Array], Any]


def central_difference(f: Function, x: ArrayLike, step: float | None = None) -> Array:
    """Gradient of f by central differences, ``(f(x + h e_i) - f(x - h e_i)) / 2h`` [eq-central-difference].

    Parameters
    ----------
    f : callable
        From a vector to a number.
    x : array_like, shape (n,)
        Where.
    step : float, optional
        h. If left out, the cube root of the machine epsilon, 6e-6, times ``max(1, |x_i|)``: there the error
        of cutting off the series and the rounding of f are of one size.

    Returns
    -------
    ndarray of float64, shape (n,)
        About ten digits of it are right.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib.gradients import central_difference
    >>> central_difference(lambda x: x[0] ** 2 * x[1], [3.0, 5.0]).round(8)
    array([30.,  9.])
    """
    x = _point(x, step)
    h = np.cbrt(np.finfo(float).eps) * np.maximum(1, np.abs(x)) if step is None else np.full(x.shape, step)
    gradient = np.empty_like(x)
    for i in range(x.size):
        above, below = x.copy(), x.copy()
        above[i] += h[i]
        below[i] -= h[i]
        gradient[i] = (f(above) - f(below)) / (above[i] - below[i])  # the step as it was rounded
    return gradient


def complex_step(f: Function, x: ArrayLike, step: float = 1e-20) -> Array:
    """Gradient of f by a step in an imaginary direction, ``Im f(x + i h e_i) / h`` [eq-complex-step].

    Nothing is subtracted, so nothing cancels: h may be tiny, and all digits are right. It needs an f made
    of functions that take complex numbers and have a complex derivative there.

    Parameters
    ----------
    f : callable
        From a vector to a number, both complex.
    x : array_like, shape (n,)
        Where.
    step : float, default 1e-20
        h.

    Returns
    -------
    ndarray of float64, shape (n,)

    References
    ----------
    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
    40(1), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlib.gradients import complex_step
    >>> bool(complex_step(lambda x: np.exp(x[0]), [1.0])[0] == np.e)
    True
    """
    x = _point(x, step)
    gradient = np.empty_like(x)
    for i in range(x.size):
        moved = x.astype(complex)
        moved[i] += 1j * step
        gradient[i] = np.imag(f(moved)) / step
    return gradient


@dataclass(frozen=True)
class GradientCheck:
    """Two gradients compared.

    Attributes
    ----------
    error : float
        Largest difference between their entries, relative to the largest entry.
    worst : str
        Name of the parameter where the difference is largest.
    analytic, numeric : ndarray, shape (n_parameters,)
        The gradient by backpropagation, and by differences.
    """

    error: float
    worst: str
    analytic: Array
    numeric: Array

    def __repr__(self) -> str:
        return f"GradientCheck(error={self.error:.1e}, worst={self.worst!r})"


def check_gradients(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    method: str = "central",
    step: float | None = None,
    training: bool = True,
) -> GradientCheck:
    """Compare a network's gradient of cost and penalty with one that needs no chain rule.

    Parameters
    ----------
    net : Network
        Of float64. It is left as it was, but for `grads`.
    X : array_like, shape (m, n_in)
        Samples as rows; a few are enough.
    y : array_like
        Targets or labels.
    method : {"central", "complex"}, default "central"
        `central_difference` or `complex_step`.
    step : float, optional
        Of the method; its default if left out.
    training : bool, default True
        Check what training does: dropout with one mask for all, batch norm by the batch's own statistics.

    Returns
    -------
    GradientCheck
        With float64 and no kink nearby, an error up to 1e-7 is to be expected from central differences and
        up to 1e-12 from complex steps. A mistake in the derivation gives 1e-2 and more.

    Raises
    ------
    ValueError
        If the method is unknown, the network is of float32, or data do not fit.

    Examples
    --------
    >>> import nnlib as nn
    >>> net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], nn.BinaryCrossEntropy(), seed=0)
    >>> check = nn.check_gradients(net, [[0, 1], [2, 3]], [0, 1], method="complex")
    >>> check.error < 1e-12
    True
    """
    methods = {"central": central_difference, "complex": complex_step}
    if method not in methods:
        raise ValueError(f"method must be 'central' or 'complex'; got {method!r}")
    if net.params.dtype != np.float64:
        raise ValueError(f"differences need float64; this network is of {net.params.dtype}")
    X = net.samples(X)
    random = deepcopy(net.rng.bit_generator.state)
    state = net.state()

    def forward(network: Network) -> Array:
        network.rng.bit_generator.state = random
        return network.forward(X.astype(network.params.dtype), training)

    Z = forward(net)
    Y = net.cost.targets(Z, y)
    net.backward(Z, Y)
    analytic = net.grads.copy()
    copy = deepcopy(net)
    copy.attach(copy.params.astype(complex if method == "complex" else float))

    def objective(params: Array) -> Any:
        copy.params[:] = params
        cost = copy.cost.losses(forward(copy), Y).sum() / len(X)
        if copy.penalty is not None:
            cost += sum(copy.penalty.value(copy.params[part]) for part in copy.weights)
        return cost

    numeric = methods[method](objective, net.params, **({} if step is None else {"step": step}))
    net.load_state(state)
    net.rng.bit_generator.state = random
    difference = np.abs(analytic - numeric)
    size = max(np.abs(analytic).max(), np.abs(numeric).max())
    return GradientCheck(
        error=float(difference.max() / size) if size else 0.0,
        worst=net.parameter_names()[int(difference.argmax())],
        analytic=analytic,
        numeric=numeric,
    )


def _point(x: ArrayLike, step: float | None) -> Array:
    """Check a point and a step."""
    x = np.array(x, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError(f"expected a vector of finite numbers; got shape {x.shape}")
    if step is not None and not 0 < step < np.inf:
        raise ValueError(f"step must be positive and finite; got {step}")
    return x
