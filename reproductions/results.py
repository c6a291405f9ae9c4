"""Stored results: one small JSON for each run, and what follows from them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "results"


def settings(config: Any) -> dict[str, Any]:
    """All that decides a run but its seed, as JSON can hold it.

    Parameters
    ----------
    config : dataclass
        With a field ``seeds``: how many the page needs, which decides no run.

    Returns
    -------
    dict
    """
    return {name: value for name, value in asdict(config).items() if name != "seeds"}


def digest(config: dict[str, Any]) -> str:
    """Name a configuration by a few letters, which change when it does.

    Parameters
    ----------
    config : dict
        What JSON can hold.

    Returns
    -------
    str
    """
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:12]


def environment() -> dict[str, Any]:
    """What a run ran on: versions and the kind of machine, no names and no paths.

    Returns
    -------
    dict
    """
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "kernels": os.environ.get("OPENBLAS_CORETYPE"),
    }


def path_of(name: str, variant: str, seed: int, folder: Path = FOLDER) -> Path:
    """Path of a run's file.

    Parameters
    ----------
    name, variant : str
        The result, and which of its runs.
    seed : int
    folder : Path

    Returns
    -------
    Path
    """
    return folder / f"{name}-{variant}-{seed}.json"


def store(
    name: str,
    variant: str,
    seed: int,
    config: dict[str, Any],
    measured: dict[str, Any],
    folder: Path = FOLDER,
) -> None:
    """Write a run's file, in one step.

    Parameters
    ----------
    name, variant : str
        The result, and which of its runs.
    seed : int
    config : dict
        What decided the run.
    measured : dict
        What it gave.
    folder : Path
    """
    whole = {
        "name": name,
        "variant": variant,
        "seed": seed,
        "config": config,
        "digest": digest(config),
        "environment": environment(),
    }
    path = path_of(name, variant, seed, folder)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    text = json.dumps(whole | measured, separators=(",", ":"), allow_nan=False)
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(path)


def load(name: str, variant: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Read the runs of a variant, in the order of their seeds.

    Parameters
    ----------
    name, variant : str
        The result, and which of its runs.
    folder : Path

    Returns
    -------
    list of dict
    """
    paths = sorted(folder.glob(f"{name}-{variant}-[0-9]*.json"), key=lambda p: int(p.stem.split("-")[-1]))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


@dataclass(frozen=True)
class Claim:
    """A published figure, and the rule by which it counts as reproduced; both stand here before any run.

    Attributes
    ----------
    text : str
        What was published.
    where : str
        Place in the publication.
    measure : callable
        The runs' numbers, one for each seed.
    published : float or None
        The figure; None if the claim is an order: then `measure` is positive where it holds.
    tolerance : float
        How far the mean may be from the figure.
    unit : str
    """

    text: str
    where: str
    measure: Callable[[], list[float]]
    published: float | None = None
    tolerance: float = 0.0
    unit: str = "%"

    def verdict(self) -> str:
        """Judge by the stored runs.

        Returns
        -------
        str
            "reproduced", or what is the case instead.
        """
        mean, half = interval(self.measure())
        if self.published is None:
            if mean - half > 0:
                return "reproduced"
            return "not certain" if mean + half > 0 else "not reproduced"
        if abs(mean - self.published) <= self.tolerance:
            return "reproduced"
        return "not reproduced: higher" if mean > self.published else "not reproduced: lower"

    def row(self) -> dict[str, str]:
        """A row of the table.

        Returns
        -------
        dict of str to str
        """
        values = self.measure()
        mean, half = interval(values)
        places = max(0, 1 - math.floor(math.log10(half))) if half else 2  # two digits of the interval
        published = "> 0" if self.published is None else f"{self.published:g} ± {self.tolerance:g}"
        return {
            "claim": self.text,
            "published": f"{published} {self.unit}".strip(),
            "reproduced": f"{mean:.{places}f} ± {half:.{places}f} {self.unit}".strip().replace("-", "−"),
            "verdict": self.verdict(),
            "seeds": str(len(values)),
        }


def interval(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """Mean of a few runs, and half the width of Student's interval around it [eq-reg-interval].

    Parameters
    ----------
    values : list of float
        At least two.
    confidence : float, default 0.95

    Returns
    -------
    mean, half : float

    Raises
    ------
    ValueError
        If there are fewer than two values.
    """
    k = len(values)
    if k < 2:
        raise ValueError(f"an interval needs two runs or more; got {k}")
    return float(np.mean(values)), student(confidence, k - 1) * float(np.std(values, ddof=1)) / math.sqrt(k)


def student(confidence: float, freedom: int) -> float:
    """Find t with ``P(|T| < t) = confidence``, from the closed form of the distribution.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.
    freedom : int
        Degrees of freedom, at least 1.

    Returns
    -------
    float

    References
    ----------
    M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and 26.7.4.
    """

    def within(t: float) -> float:
        angle = math.atan(t / math.sqrt(freedom))
        term = total = 1.0 if freedom % 2 == 0 else math.cos(angle)
        for i in range(1 + freedom % 2, freedom - 2, 2):
            term *= math.cos(angle) ** 2 * i / (i + 1)
            total += term
        if freedom % 2 == 0:
            return math.sin(angle) * total
        return 2 / math.pi * (angle + (math.sin(angle) * total if freedom > 1 else 0))

    low, high = 0.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < confidence else (low, middle)
    return low


def last(name: str, variant: str, curve: str) -> list[float]:
    """Last values of a curve, one for each seed.

    Parameters
    ----------
    name, variant, curve : str
        The result, which of its runs, and what was recorded.

    Returns
    -------
    list of float
    """
    return [run["curves"][curve][-1] for run in load(name, variant)]


def differences(first: list[float], second: list[float]) -> list[float]:
    """First minus second, seed by seed.

    Parameters
    ----------
    first, second : list of float

    Returns
    -------
    list of float
    """
    return [a - b for a, b in zip(first, second, strict=True)]


def table(claims: list[Claim]) -> str:
    """Table in Markdown: what was published, what came out, and the verdict.

    Parameters
    ----------
    claims : list of Claim

    Returns
    -------
    str
    """
    head = ("what", "published", "here", "verdict", "seeds")
    return _markdown(head, [tuple(claim.row().values()) for claim in claims])


def cost_table(name: str, variants: list[str]) -> str:
    """Table in Markdown: what one run of each variant cost, on the average over its seeds.

    Parameters
    ----------
    name : str
        The result.
    variants : list of str
        Which of its runs.

    Returns
    -------
    str
    """
    rows = []
    for variant in variants:
        runs = load(name, variant)
        seconds = float(np.mean([run["seconds"] for run in runs]))
        flops = float(np.mean([run["gemm_flops"] for run in runs]))
        samples = float(f"{runs[0]['samples'] / seconds:.2g}")
        rows.append(
            (
                variant,
                f"{runs[0]['config']['epochs']}",
                f"{seconds:.0f}",
                f"{samples:,.0f}",
                f"{flops / 1e12:.2f}",
                f"{flops / seconds / 1e9:.1f}",
            )
        )
    head = ("run", "epochs", "seconds", "samples a second", "10¹² operations", "10⁹ a second")
    return _markdown(head, rows)


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Lay out a table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
