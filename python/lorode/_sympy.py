"""Expression trees of derived equations as SymPy expressions."""

from __future__ import annotations

from typing import Any, Callable

import sympy as sp


def expression(tree: dict[str, Any]) -> Any:
    """The tree of a formula, whose nodes are ``op`` with what it acts on, as an expression."""
    return _KINDS[tree["op"]](tree)


def _rational(tree: dict[str, Any]) -> Any:
    return sp.Rational(int(tree["numerator"]), int(tree["denominator"]))


def _of_argument(function: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda tree: function(expression(tree["arg"]))


def _arguments(tree: dict[str, Any]) -> list[Any]:
    return [expression(argument) for argument in tree["args"]]


def _hermite(tree: dict[str, Any]) -> Any:
    # Those of probability theory, from those of physics.
    n, x = tree["degree"], expression(tree["arg"])
    return sp.expand(2 ** sp.Rational(-n, 2) * sp.hermite(n, x / sp.sqrt(2)))


def _choose(tree: dict[str, Any]) -> Any:
    test, below, above = (expression(tree[key]) for key in ("test", "negative", "positive"))
    return sp.Piecewise((below, test < 0), (above, True))


def _series(tree: dict[str, Any]) -> Any:
    end = sp.oo if tree["to"] is None else tree["to"]
    return sp.Sum(expression(tree["term"]), (_symbol(tree["index"]), tree["from"], end))


def _symbol(name: str) -> Any:
    return sp.Symbol(name, real=True)


def _mean(argument: Any) -> Any:
    return sp.Function("E")(argument)


_KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "number": _rational,
    "decimal": lambda tree: sp.Float(tree["value"], 17),
    "pi": lambda tree: sp.pi,
    "symbol": lambda tree: _symbol(tree["name"]),
    "sum": lambda tree: sp.Add(*_arguments(tree)),
    "product": lambda tree: sp.Mul(*_arguments(tree)),
    "negative": _of_argument(lambda x: -x),
    "quotient": lambda tree: expression(tree["numerator"]) / expression(tree["denominator"]),
    "power": lambda tree: expression(tree["base"]) ** _rational(tree["exponent"]),
    "formal_power": lambda tree: expression(tree["base"]) ** expression(tree["exponent"]),
    "arcsin": _of_argument(sp.asin),
    "arccos": _of_argument(sp.acos),
    "factorial": _of_argument(sp.factorial),
    "mean": _of_argument(_mean),
    "exp": _of_argument(sp.exp),
    "ln": _of_argument(sp.log),
    "erf": _of_argument(sp.erf),
    "tanh": _of_argument(sp.tanh),
    "sin": _of_argument(sp.sin),
    "cos": _of_argument(sp.cos),
    "sigmoid": _of_argument(lambda x: 1 / (1 + sp.exp(-x))),
    "softplus": _of_argument(lambda x: sp.log(1 + sp.exp(x))),
    "hermite": _hermite,
    "choose": _choose,
    "apply": lambda tree: sp.Function(tree["name"])(*_arguments(tree)),
    "series": _series,
}
