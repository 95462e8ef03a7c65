"""Results drawn on matplotlib's axes: ``lo.plot.search(ds, ax=ax)``.

Each function draws on the axes given (or on the current ones), returns the artists that it made, and leaves styles to
matplotlib's rcParams; ``lorode.mplstyle`` beside this file is the style of the documentation
(``plt.style.use(lo.plot.STYLE)``). Units and names are those of the results.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional, Sequence

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError as error:
    raise ImportError("lorode.plot needs matplotlib: pip install matplotlib") from error

from ._lorode import Comparison, Diagram, Run, SearchTimes, Simulation

__all__ = ["STYLE", "compare", "phase", "search", "simulate", "solve"]

STYLE = str(Path(__file__).with_name("lorode.mplstyle"))
"""The style of the documentation, for ``plt.style.use``."""


def _axes(ax: Any) -> Any:
    return plt.gca() if ax is None else ax


def _time(result: Any) -> str:
    unit = result.metadata["parameters"]["time"]
    return {"t": "$t = \\eta\\cdot$steps", "steps": "SGD steps", "samples": "samples"}[unit]


def search(
    ds: SearchTimes, ax: Any = None, what: str = "tau", critical: bool = False, **line: Any
) -> list[Any]:
    """A curve over ``mu`` for each pair of links (and value of the other number); critical strengths dotted."""
    ax = _axes(ax)
    values, labels = np.asarray(ds[what]), ds.link
    artists: list[Any] = []
    for i, label in enumerate(labels):
        curves = values[i] if values.ndim == 3 else values[i][:, None]
        for j in range(curves.shape[1]):
            # Curves of a pair of links differ in the number that ``critical`` names.
            other = {k: v for k, v in ds.critical[i * curves.shape[1] + j].items() if isinstance(v, float)}
            name = ", ".join([label, *(f"{key} = {value:g}" for key, value in other.items())])
            artists += ax.plot(ds.mu, curves[:, j], label=name, **line)
    if critical:
        marks = {c["mu"] for curve in ds.critical for c in curve["critical_strengths"]}
        artists += [ax.axvline(mu, ls=":", color="0.4", lw=0.8) for mu in sorted(marks)]
    ax.set_yscale("log")
    ax.set_xlabel(r"pre-training strength $\mu$")
    ax.set_ylabel(f"{what.replace('_', ' ')} [{_time(ds)}]")
    ax.legend()
    return artists


def solve(run: Run, ax: Any = None, what: Sequence[str] = ("alignment", "m", "q"), **line: Any) -> list[Any]:
    """Numbers of a run against time."""
    ax = _axes(ax)
    artists = [ax.plot(run.t, run[name], label=name, **line)[0] for name in what]
    ax.set_xlabel(_time(run))
    ax.legend()
    return artists


def simulate(sim: Simulation, ax: Any = None, what: str = "alignment", **line: Any) -> list[Any]:
    """Every seed as a thin line, their mean of absolute values or values on top."""
    ax = _axes(ax)
    paths = np.asarray(getattr(sim, what))
    artists = ax.plot(sim.step, np.abs(paths.T), lw=0.5, alpha=0.4, color="C0")
    artists += ax.plot(sim.step, np.nanmean(np.abs(paths), axis=0), color="C1", label=f"mean |{what}|", **line)
    ax.set_xlabel("SGD steps")
    ax.set_ylabel(f"|{what}|")
    ax.legend()
    return list(artists)


def compare(cmp: Comparison, ax: Any = None, what: str = "loss", **line: Any) -> list[Any]:
    """The mean of SGD with its 5 to 95 % band, and the theory."""
    ax = _axes(ax)
    artists: list[Any] = [ax.fill_between(cmp.step, cmp[f"{what}_q05"], cmp[f"{what}_q95"], alpha=0.3, lw=0)]
    artists += ax.plot(cmp.step, cmp.sgd[what], label="SGD", **line)
    artists += ax.plot(cmp.step, cmp.theory[what], "k--", label="theory", **line)
    ax.set_xlabel("SGD steps")
    ax.set_ylabel(what)
    ax.legend()
    return artists


def phase(dia: Diagram, ax: Any = None, contours: Optional[Sequence[float]] = None, **mesh: Any) -> list[Any]:
    """A map as coloured cells (a curve with one axis), boundaries as lines, contours at the values given."""
    ax = _axes(ax)
    names = list(dia.coordinates)
    x = np.asarray(dia.coordinates[names[0]])
    values = np.asarray(dia.values)
    if values.ndim == 1:
        artists: list[Any] = list(ax.plot(x, values))
    elif values.ndim == 2:
        y = np.asarray(dia.coordinates[names[1]])
        artists = [ax.pcolormesh(x, y, np.ma.masked_invalid(values), shading="nearest", **mesh)]
        if contours is not None:
            artists.append(ax.contour(x, y, values, levels=sorted(contours), colors="k", linewidths=0.7))
        for boundary in dia.boundaries:
            for line in boundary["polylines"]:
                points = np.asarray(line, dtype=float)
                if len(points) > 1:
                    artists += ax.plot(points[:, 0], points[:, 1], "w-", lw=1.5)
        ax.set_ylabel(names[1])
    else:
        raise ValueError("a map over three axes is drawn sheet by sheet: give a diagram over two")
    ax.set_xlabel(names[0])
    return artists
