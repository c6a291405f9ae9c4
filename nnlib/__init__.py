"""nnlib: the neural networks of the book, in NumPy."""

from . import gates
from .perceptron import Perceptron

__all__ = ["Perceptron", "gates"]
