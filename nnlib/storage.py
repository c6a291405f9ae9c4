"""Files: arrays with a header, and checkpoints of a run. Nothing in a file can run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def write_arrays(path: str | Path, header: dict[str, Any], arrays: dict[str, Array]) -> None:
    """Write a header and arrays to one file, which gets its name when it is whole.

    Parameters
    ----------
    path : str or Path
        The file.
    header : dict
        What JSON can hold.
    arrays : dict of str to ndarray
        Of numbers.
    """
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, header=np.array(json.dumps(header)), **arrays)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_arrays(path: str | Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read what `write_arrays` wrote. No pickle, so nothing in the file can run.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    header : dict
    arrays : dict of str to ndarray

    Raises
    ------
    ValueError
        If the file is not of this kind, or is damaged.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
        header = json.loads(str(arrays.pop("header")))
    except (BadZipFile, EOFError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not a file of nnlib, or is damaged: {error}") from error
    if not isinstance(header, dict):
        raise ValueError(f"{path} is not a file of nnlib: its header is no table")
    return header, arrays


class Checkpoint:
    """All that a run changes, in a file: with it the run can go on, bit for bit as if never interrupted.

    Parameters
    ----------
    path : str, Path or None
        The file; None for no checkpoints.
    parts : dict
        What has a state, by name: things with the methods ``state()`` and ``load_state(state)``.
    generators : list of numpy.random.Generator
        All that is random.
    records : dict of str to list
        Lists that grow, epoch by epoch.

    Attributes
    ----------
    stopped : bool
        Whether the run has come to an end by itself.
    """

    def __init__(
        self,
        path: str | Path | None,
        parts: dict[str, Any],
        generators: list[np.random.Generator],
        records: dict[str, list[float]],
    ) -> None:
        self.path, self.parts, self.generators, self.records = path, parts, generators, records
        self.settings: dict[str, Any] = {}
        self.stopped = False

    def resume(self, **settings: Any) -> None:
        """Go on from the file, if it is there.

        Parameters
        ----------
        **settings
            What makes this run this run, as JSON can hold it.

        Raises
        ------
        ValueError
            If the file is of a run with other settings.
        """
        self.settings = settings
        if self.path is None or not Path(self.path).exists():
            return
        header, arrays = read_arrays(self.path)
        other = [name for name, value in settings.items() if header["settings"].get(name) != value]
        if other:
            raise ValueError(
                f"the checkpoint {self.path} is of another run: {', '.join(other)} differ; name another "
                "file, or remove it to begin again"
            )
        for name, part in self.parts.items():
            start = f"{name}/"
            part.load_state({key[len(start) :]: arrays[key] for key in arrays if key.startswith(start)})
        for generator, state in zip(self.generators, header["random"], strict=True):
            generator.bit_generator.state = state
        for name, record in self.records.items():
            record[:] = header["records"][name]
        self.stopped = header["stopped"]

    def save(self) -> None:
        """Write the file, if there is to be one."""
        if self.path is None:
            return
        header = {
            "settings": self.settings,
            "random": [generator.bit_generator.state for generator in self.generators],
            "records": self.records,
            "stopped": self.stopped,
        }
        states = {name: part.state() for name, part in self.parts.items()}
        arrays = {f"{name}/{key}": array for name in states for key, array in states[name].items()}
        write_arrays(self.path, header, arrays)
