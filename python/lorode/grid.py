"""Grids of values: evenly spaced, in the logarithm, or approaching 1."""

from ._lorode import Grid, _grid

__all__ = ["Grid", "gap", "linear", "log"]


def linear(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, evenly spaced.

    >>> linear = lo.grid.linear(0.1, 0.5, 5)
    >>> linear.values
    array([0.1, 0.2, 0.3, 0.4, 0.5])
    """
    return _grid("linear", start, stop, count)


def log(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, both above 0, evenly spaced in the logarithm.

    >>> lo.grid.log(10, 1000, 3).values
    array([  10.,  100., 1000.])
    """
    return _grid("log", start, stop, count)


def gap(start: float, stop: float, count: int) -> Grid:
    """``count`` values from ``start`` to ``stop``, both below 1, with 1 - x evenly spaced in the logarithm.

    >>> lo.grid.gap(0.9, 0.999, 3).values.round(12)
    array([0.9  , 0.99 , 0.999])
    """
    return _grid("gap", start, stop, count)
