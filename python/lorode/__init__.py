"""Closed ODEs for LoRA fine-tuning of single-index models: search times, exit times, phase diagrams, SGD.

    import lorode as lo
    erf = lo.Link("erf")
    run = lo.Problem(link=erf, mu=0.5, dim=1000).solve()
    run.exit_time, run.t, run.alignment

The numbers, defaults, units, figures and sentences are those of the command line ``lorode``, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import grid
from ._lorode import (
    Averages,
    Comparison,
    Diagram,
    Drawing,
    Equations,
    History,
    HistoryOptimum,
    HistorySeeds,
    IntegrationError,
    Link,
    LorodeError,
    Network,
    NetworkHistory,
    NetworkRun,
    Networks,
    Optimum,
    Problem,
    Result,
    Run,
    Runs,
    Saved,
    ScalingLaw,
    SearchTimes,
    Simulation,
    __version__,
    axis,
    derive,
    draw,
    kernel,
    load,
    optimum,
    phase,
    scaling,
    search,
    train,
)

if TYPE_CHECKING:
    from . import plot

__all__ = [
    "Averages",
    "Comparison",
    "Diagram",
    "Drawing",
    "Equations",
    "History",
    "HistoryOptimum",
    "HistorySeeds",
    "IntegrationError",
    "Link",
    "LorodeError",
    "Network",
    "NetworkHistory",
    "NetworkRun",
    "Networks",
    "Optimum",
    "Problem",
    "Result",
    "Run",
    "Runs",
    "Saved",
    "ScalingLaw",
    "SearchTimes",
    "Simulation",
    "__version__",
    "axis",
    "derive",
    "draw",
    "grid",
    "kernel",
    "load",
    "optimum",
    "phase",
    "plot",
    "scaling",
    "search",
    "train",
]


def __getattr__(name: str) -> Any:
    # Drawing needs matplotlib, which is not asked for before it is used.
    if name == "plot":
        import importlib

        return importlib.import_module(".plot", __name__)
    raise AttributeError(f"module 'lorode' has no attribute {name!r}")


def _link_again(how: str, positional: tuple[Any, ...], keywords: dict[str, Any]) -> Link:
    make = getattr(Link, how) if how else Link
    link: Link = make(*positional, **keywords)
    return link


def _problem_again(given: dict[str, Any]) -> Problem:
    return Problem(**given)
