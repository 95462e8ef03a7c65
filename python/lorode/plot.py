"""Results drawn on matplotlib's axes: ``lo.plot.search(ds, ax=ax)``.

Each function draws on the axes given (or on the current ones), returns the artists that it made, and leaves styles to
matplotlib's rcParams; ``lorode.mplstyle`` beside this file is the style of the documentation
(``plt.style.use(lo.plot.STYLE)``). Units and names are those of the results.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional, Sequence, Union

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError as error:
    raise ImportError("lorode.plot needs matplotlib: pip install matplotlib") from error

from ._lorode import Comparison, Diagram, Run, Runs, SearchTimes, Simulation, _scale, _spacing

__all__ = ["STYLE", "compare", "phase", "search", "simulate", "solve"]

STYLE = str(Path(__file__).with_name("lorode.mplstyle"))
"""The style of the documentation, for ``plt.style.use``."""


def _axes(ax: Any) -> Any:
    return plt.gca() if ax is None else ax


def _along(ax: Any, name: str, values: Any, direction: str) -> tuple[Any, Any]:
    """Puts an axis on the scale of its values; the way there and back."""
    spacing = _spacing(name, [float(x) for x in values])
    if spacing == "log":
        getattr(ax, f"set_{direction}scale")("log")
        return np.log, np.exp
    if spacing == "gap":
        there, back = (lambda x: -np.log10(np.maximum(1 - x, 1e-300))), (lambda y: 1 - 10.0**-y)
        getattr(ax, f"set_{direction}scale")("function", functions=(there, back))
        ends = np.sort(np.asarray(values))[[0, -1]]
        exponents = np.arange(np.floor(there(ends[0])), np.ceil(there(ends[1])) + 1)
        getattr(ax, f"set_{direction}ticks")([x for x in back(exponents) if ends[0] <= x <= ends[1]])
        return there, back
    return (lambda x: x), (lambda x: x)


def _edges(values: Any, ways: tuple[Any, Any]) -> Any:
    """Borders of cells around values, halfway on their scale."""
    there, back = ways
    at = there(np.asarray(values, dtype=float))
    if len(at) < 2:
        return back(np.array([at[0] - 0.5, at[0] + 0.5]))
    inner = (at[1:] + at[:-1]) / 2
    return back(np.concatenate([[2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]]))


def search(
    ds: SearchTimes, ax: Any = None, what: str = "tau", critical: bool = False, **line: Any
) -> list[Any]:
    """A curve over ``mu`` for each pair of links (and value of the other number); critical strengths dotted.

    >>> ds = lo.search(links=["erf", "he3"], mu="0.1:0.9:9", what="tau")
    >>> lines = lo.plot.search(ds, ax=ax, critical=True)
    >>> len(lines), ax.get_ylabel()
    (3, 'search time τ [t = η · steps]')
    """
    ax = _axes(ax)
    values, labels = np.asarray(ds[what]), ds.link
    if values.dtype.kind not in "fiu":
        raise ValueError(f"what = {what!r} is no column of numbers: give one, as 'tau' or 'exit_time'")
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
    # What has no sign is shown by its ratios.
    if not np.any(values <= 0):
        ax.set_yscale("log")
    ax.set_xlabel(ds.label("mu"))
    ax.set_ylabel(ds.label(what))
    ax.legend()
    return artists


def solve(
    run: Union[Run, Runs],
    ax: Any = None,
    what: Union[str, Sequence[str]] = ("alignment", "m", "q"),
    **line: Any,
) -> list[Any]:
    """Numbers of a run against time; of several runs a line each, named by the number in which they differ.

    >>> lines = lo.plot.solve(lo.Problem(link="erf", mu=0.5).solve(), ax=ax, what=["m", "loss"])
    >>> [line.get_label() for line in lines]
    ['student–teacher overlap m', 'population loss L']
    """
    ax = _axes(ax)
    names = [what] if isinstance(what, str) else list(what)
    parts: list[tuple[str, Any]] = [("", slice(None))]
    if isinstance(run, Runs):
        parts = [(f"{run.key} = {value:g}", run[run.key] == value) for value in run.values]
    artists: list[Any] = []
    for name in names:
        for number, rows in parts:
            # The axis has the name of a number that is alone.
            words = [number] if number and len(names) == 1 else [run.label(name), number]
            label = ", ".join(word for word in words if word)
            artists += ax.plot(run.t[rows], run[name][rows], label=label, **line)
    if len(names) == 1:
        ax.set_ylabel(run.label(names[0]))
    ax.set_xlabel(run.label("t"))
    ax.legend()
    return artists


def simulate(sim: Simulation, ax: Any = None, what: str = "alignment", **line: Any) -> list[Any]:
    """Every seed as a thin line, the mean on top; of ``alignment`` and ``u``, whose sign is that of the start, their sizes.

    >>> sim = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500).simulate(steps=50, seeds=4)
    >>> len(lo.plot.simulate(sim, ax=ax)), ax.get_ylabel()
    (5, 'LoRA alignment |⟨v, ω*⟩|')
    """
    ax = _axes(ax)
    paths = np.asarray(getattr(sim, what))
    # What has a size is averaged as one: the library has a column for it.
    size = f"abs_{what}"
    if f"{size}_mean" in sim.keys():
        paths, what = np.abs(paths), size
    artists = ax.plot(sim.step, paths.T, lw=0.5, alpha=0.4, color="C0")
    artists += ax.plot(sim.step, np.nanmean(paths, axis=0), color="C1", label="mean of the seeds", **line)
    ax.set_xlabel(sim.label("step"))
    ax.set_ylabel(sim.label(what))
    ax.legend()
    return list(artists)


def compare(cmp: Comparison, ax: Any = None, what: str = "loss", **line: Any) -> list[Any]:
    """The mean of SGD with its 5 to 95 % band, and the theory.

    >>> cmp = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500).compare(seeds=4)
    >>> len(lo.plot.compare(cmp, ax=ax)), ax.get_ylabel()
    (3, 'population loss L')
    """
    ax = _axes(ax)
    artists: list[Any] = [ax.fill_between(cmp.step, cmp[f"{what}_q05"], cmp[f"{what}_q95"], alpha=0.3, lw=0)]
    artists += ax.plot(cmp.step, cmp.sgd[what], label="SGD", **line)
    artists += ax.plot(cmp.step, cmp.theory[what], "k--", label="theory", **line)
    ax.set_xlabel(cmp.label("step"))
    ax.set_ylabel(cmp.label(what))
    ax.legend()
    return artists


def phase(dia: Diagram, ax: Any = None, contours: Optional[Sequence[float]] = None, **mesh: Any) -> list[Any]:
    """A map as coloured cells (a curve with one axis), boundaries as lines, contours at the values given.

    >>> dia = lo.phase(link="he3", x=lo.axis("mu", 0.1, 0.9, 5), y=lo.axis("angle", 0, 80, 5), value="tau")
    >>> cells, *lines = lo.plot.phase(dia, ax=ax)
    >>> ax.get_ylabel()
    'angle between w₀ and ω* [degrees]'
    """
    ax = _axes(ax)
    names = list(dia.coordinates)
    x = np.asarray(dia.coordinates[names[0]])
    values = np.asarray(dia.values)
    if values.ndim == 1:
        _along(ax, names[0], x, "x")
        artists: list[Any] = list(ax.plot(x, values))
        ax.set_yscale(_scale(values[np.isfinite(values)].tolist()))
        ax.set_ylabel(dia.label(dia.metadata["parameters"]["value"]))
    elif values.ndim == 2:
        y = np.asarray(dia.coordinates[names[1]])
        edges = [_edges(at, _along(ax, name, at, way)) for at, name, way in zip((x, y), names, "xy")]
        shown = np.ma.masked_invalid(values)
        if _scale(values[np.isfinite(values)].tolist()) == "log" and not {"norm", "vmin", "vmax"} & set(mesh):
            mesh["norm"] = "log"
        artists = [ax.pcolormesh(*edges, shown, **mesh)]
        if contours is not None:
            artists.append(ax.contour(x, y, values, levels=sorted(contours), colors="k", linewidths=0.7))
        for boundary in dia.boundaries:
            for line in boundary["polylines"]:
                points = np.asarray(line, dtype=float)
                if len(points) > 1:
                    artists += ax.plot(points[:, 0], points[:, 1], "w-", lw=1.5)
        ax.set_ylabel(dia.label(names[1]))
    else:
        raise ValueError("a map over three axes is drawn sheet by sheet: give a diagram over two")
    ax.set_xlabel(dia.label(names[0]))
    return artists
