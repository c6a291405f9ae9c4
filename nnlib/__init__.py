"""nnlib: the neural networks of the book, in NumPy.

The modules follow the chapters, and import only what stands before them. `plots` and `widgets` need
matplotlib and ipywidgets, `parallel` a Dask cluster; they are loaded when they are first asked for.
"""

from importlib import import_module
from typing import Any

from . import datasets, gates, gradients, perceptron
from .activations import Activation, Identity, Layer, LeakyReLU, ReLU, Sigmoid, Softmax, Softsign, Step, Tanh
from .augmentation import random_rotations, random_shifts
from .costs import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Cost,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
)
from .gradients import check_gradients
from .layers import Dense, glorot, he, lecun, normal, zeros
from .network import Network
from .normalization import BatchNorm
from .optimizers import SGD, Adam, AdamW, Cosine, Optimizer, StepDecay, WarmUp
from .perceptron import Perceptron
from .quoting import quote
from .regularization import L1, L2, DropConnect, Dropout, EarlyStopping, Lp
from .training import Callback, History, confusion_matrix, fit, train_test_split, wilson_interval

__all__ = [
    "L1",
    "L2",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Callback",
    "CategoricalCrossEntropy",
    "Cosine",
    "Cost",
    "Dense",
    "DropConnect",
    "Dropout",
    "EarlyStopping",
    "Hinge",
    "History",
    "Huber",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Lp",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Network",
    "Optimizer",
    "Perceptron",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softsign",
    "Step",
    "StepDecay",
    "Tanh",
    "WarmUp",
    "check_gradients",
    "confusion_matrix",
    "datasets",
    "fit",
    "gates",
    "glorot",
    "gradients",
    "he",
    "lecun",
    "normal",
    "parallel",
    "perceptron",
    "plots",
    "quote",
    "random_rotations",
    "random_shifts",
    "train_test_split",
    "widgets",
    "wilson_interval",
    "zeros",
]


def __getattr__(name: str) -> Any:
    if name in ("parallel", "plots", "widgets"):
        return import_module(f"nnlib.{name}")
    raise AttributeError(f"module 'nnlib' has no attribute {name!r}")
