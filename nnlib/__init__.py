"""nnlib: the neural networks of the book, in NumPy.

The modules follow the chapters, and import only what stands before them. `plots` and `widgets` need
matplotlib and ipywidgets; they are loaded when they are first asked for.
"""

from importlib import import_module
from typing import Any

from . import datasets, gates, perceptron
from .activations import Activation, Identity, Layer, LeakyReLU, ReLU, Sigmoid, Softmax, Softsign, Step, Tanh
from .costs import BinaryCrossEntropy, CategoricalCrossEntropy, Cost, MeanSquaredError
from .layers import Dense, glorot, he
from .network import Network
from .optimizers import SGD
from .perceptron import Perceptron
from .training import History, fit, wilson_interval

__all__ = [
    "SGD",
    "Activation",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Cost",
    "Dense",
    "History",
    "Identity",
    "Layer",
    "LeakyReLU",
    "MeanSquaredError",
    "Network",
    "Perceptron",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softsign",
    "Step",
    "Tanh",
    "datasets",
    "fit",
    "gates",
    "glorot",
    "he",
    "perceptron",
    "plots",
    "widgets",
    "wilson_interval",
]


def __getattr__(name: str) -> Any:
    if name in ("plots", "widgets"):
        return import_module(f"nnlib.{name}")
    raise AttributeError(f"module 'nnlib' has no attribute {name!r}")
