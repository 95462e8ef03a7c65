"""The blocks of docs/python.md and of the README run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

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
