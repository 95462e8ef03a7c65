"""The blocks of docs/python.md and of the README run, and so do the examples of the docstrings."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lorode as lo
import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pytest.importorskip("sympy")
from matplotlib.figure import Figure  # noqa: E402 (after the backend is chosen)

HERE = Path(__file__).parent


def page(name: str) -> Path:
    """Beside the tests where they were copied, else in the checkout."""
    beside = HERE / name
    return beside if beside.exists() else HERE.parents[1] / name


@pytest.mark.parametrize(("name", "fewest"), [("docs/python.md", 5), ("README.md", 1), ("python/README.md", 1)])
def test_the_blocks_of_the_pages_run(name: str, fewest: int) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page(name).read_text(), re.S)
    assert len(blocks) >= fewest
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)


def documented() -> Iterator[tuple[str, str]]:
    """Everything public with its docstring: functions, classes, and what their classes have."""
    modules = {"lorode": lo, "lorode.grid": lo.grid, "lorode.plot": lo.plot}
    for path, module in modules.items():
        yield path, module.__doc__ or ""
        for name in module.__all__:
            one = getattr(module, name)
            if inspect.ismodule(one) or isinstance(one, str):
                continue
            yield f"{path}.{name}", inspect.getdoc(one) or ""
            for member, found in vars(one).items() if inspect.isclass(one) else ():
                # Those of an exception are Python's own.
                if not member.startswith("_") and not issubclass(one, Exception):
                    yield f"{path}.{name}.{member}", getattr(one, member).__doc__ or found.__doc__ or ""


@pytest.mark.parametrize(("name", "words"), list(documented()), ids=lambda given: given if given.startswith("lorode") else "")
def test_docstrings_are_there_and_their_examples_run(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(words) > 10, f"{name} says nothing"
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"lo": lo, "np": np, "ax": Figure().subplots()}
    test = doctest.DocTestParser().get_doctest(words, names, name, None, None)
    said: list[str] = []
    ran = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert ran.failed == 0, "".join(said)


def test_every_function_and_class_has_an_example() -> None:
    lone = [name for name, words in documented() if name.count(".") == 1 and ">>>" not in words]
    # Modules begin with an example of their own kind, and errors are raised by the examples of others.
    assert set(lone) <= {"lorode.grid", "lorode.plot", "lorode.LorodeError", "lorode.IntegrationError"}
