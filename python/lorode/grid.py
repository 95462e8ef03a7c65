"""Grids of values: evenly spaced, in the logarithm, or approaching 1."""

from ._lorode import Grid, _grid

__all__ = ["Grid", "gap", "linear", "log"]


def linear(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, evenly spaced."""
    return _grid("linear", start, stop, count)


def log(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, both above 0, evenly spaced in the logarithm."""
    return _grid("log", start, stop, count)


def gap(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, both below 1, with 1 - x evenly spaced in the logarithm."""
    return _grid("gap", start, stop, count)
