"""Published results, computed again with nnlib.

One module for each result: the configuration, what was published, and the tolerance, all of it stated before
anything runs. ``python -m reproductions`` runs what has not been run; the page of the book reads
``results/``.
"""

from importlib import import_module
from types import ModuleType

NAMES = ("nielsen", "initialisation", "distortions", "adam", "batch_norm", "dropout", "scaling")


def module(name: str) -> ModuleType:
    """Return the module of a result.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    module

    Raises
    ------
    ValueError
        If there is no such result.
    """
    if name not in NAMES:
        raise ValueError(f"there is no result {name!r}; known: {', '.join(NAMES)}")
    return import_module(f"reproductions.{name}")
