"""Drawing on given axes."""

from __future__ import annotations

from typing import Any

import lorode as lo
import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def ax() -> Any:
    import matplotlib.pyplot as plt

    with plt.style.context(lo.plot.STYLE):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def test_search(ax: Any) -> None:
    ds = lo.search(links=["erf", "he3"], mu="0.1:0.9:9", what="tau")
    artists = lo.plot.search(ds, ax=ax, critical=True)
    assert len(artists) == 3 and ax.get_yscale() == "log" and ax.get_xlabel() == ds.label("mu")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["erf", "he3"]


def test_curves_are_named_by_the_number_in_which_they_differ(ax: Any) -> None:
    ds = lo.search(links=["erf", "he3"], mu="0.1:0.9:5", angle=[0, 30], what="tau")
    lo.plot.search(ds, ax=ax)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["erf, angle = 0", "erf, angle = 30", "he3, angle = 0", "he3, angle = 30"]


def test_solve_simulate_compare(ax: Any) -> None:
    p = lo.Problem(link="erf", mu=0.5, lr=0.2, batch=500)
    assert len(lo.plot.solve(p.solve(), ax=ax)) == 3
    assert len(lo.plot.simulate(p.simulate(steps=50, seeds=4), ax=ax)) == 5
    assert len(lo.plot.compare(p.compare(seeds=4), ax=ax)) == 3


def test_phase(ax: Any) -> None:
    dia = lo.phase(link="he3", x=lo.axis("mu", 0.02, 0.98, 9), y=lo.axis("angle", 0, 85, 7), value="exit_time")
    artists = lo.plot.phase(dia, ax=ax, contours=[10, 100])
    assert len(artists) >= 2 and ax.get_xlabel() == "pre-training strength μ"
    assert ax.get_ylabel() == "angle between w₀ and ω* [degrees]"
    curve = lo.phase(link="erf", x=lo.axis("mu", 0.1, 0.9, 5), value="tau")
    assert len(lo.plot.phase(curve, ax=ax)) == 1


def test_scales_are_those_of_the_values(ax: Any) -> None:
    ds = lo.search(links="erf", mu="0.2:0.8:4")
    lo.plot.search(ds, ax=ax, what="curvature")
    assert ax.get_yscale() == "linear" and np.all(ds.curvature < 0)
    with pytest.raises(ValueError, match="what = 'outcome' is no column of numbers"):
        lo.plot.search(ds, ax=ax, what="outcome")
    ax.clear()  # its limits too
    x, y = lo.axis("mu", 0.9, 0.9999, 5, kind="gap"), lo.axis("noise", 0.001, 1, 4, kind="log")
    dia = lo.phase(link="erf", x=x, y=y, value="tau")
    cells, *_ = lo.plot.phase(dia, ax=ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("function", "log")
    assert type(cells.norm).__name__ == "LogNorm"
    ax.figure.canvas.draw()


def test_several_runs_are_a_line_each(ax: Any) -> None:
    runs = lo.Problem(link="erf", mu=0.5).solve(mu=[0.2, 0.5])
    lines = lo.plot.solve(runs, ax=ax, what="alignment")
    assert [line.get_label() for line in lines] == ["mu = 0.2", "mu = 0.5"]
    assert ax.get_ylabel() == runs.label("alignment")
    assert np.array_equal(lines[1].get_xdata(), runs.t[runs.mu == 0.5])
    both = lo.plot.solve(runs, ax=ax, what=["m", "q"])
    assert len(both) == 4 and both[0].get_label() == f"{runs.label('m')}, mu = 0.2"
