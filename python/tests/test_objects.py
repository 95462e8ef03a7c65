"""Links, problems and results as Python's objects; arguments that are refused."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import Any, Callable, Optional

import lorode as lo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


# A value that no argument has, of no type.
NOTHING: Any = "nothing"


def test_links_have_letters_values_and_facts() -> None:
    mix = lo.Link("a*he1 + b*he3", a=1.0, b=0.5)
    assert mix(2.0) == 2.0 + 0.5 * (8 - 6)
    assert mix.with_(b=0.7)(2.0) == pytest.approx(2.0 + 0.7 * 2, abs=1e-15)
    assert eval(repr(mix), {"Link": lo.Link}) == mix
    assert lo.Link("he3").information_exponent == 3
    assert lo.Link("relu").breaks == [(0.0, 0.0, 1.0)]
    assert lo.Link("erf").hermite(3).shape == (3,)
    assert mix(np.ones((2, 3))).shape == (2, 3) and isinstance(mix(1.0), float)


def test_problems_are_values() -> None:
    p = lo.Problem(link=lo.Link("erf"), mu=0.5, dim=1000)
    assert p == lo.Problem(link="erf", mu=0.5, dim=1000) and hash(p) == hash(p.replace())
    assert eval(repr(p), {"Problem": lo.Problem, "Link": lo.Link}) == p
    assert p.replace(mu=0.6) != p and p.replace(dim=None) == lo.Problem(link="erf", mu=0.5)
    for again in (pickle.loads(pickle.dumps(p)), copy.deepcopy(p)):
        assert again == p
    table = lo.Link.from_table([-1, 0, 1, 2], [-1, 0, 1, 2.5], name="mine")
    assert pickle.loads(pickle.dumps(table)) == table
    own = lo.Problem(link=table, mu=0.5)
    assert pickle.loads(pickle.dumps(own)) == own


def test_a_link_of_ones_own_takes_the_place_of_no_other() -> None:
    x = np.linspace(-8, 8, 201)
    own = lo.Link.from_table(x, 0.5 * np.tanh(x), name="erf")
    nameless = lo.Link.from_table(x, 0.5 * np.tanh(x))
    erf = lo.search(links="erf", mu=[0.5], what="tau").tau
    alone = lo.search(links=own, mu=[0.5], what="tau")
    assert alone.link == ["erf"] and alone.tau != erf
    assert alone.tau == lo.search(links=nameless, mu=[0.5], what="tau").tau
    for call in (
        lambda: lo.search(links=["erf", own], mu=[0.5], what="tau"),
        lambda: lo.Problem(teacher="erf", student=own, mu=0.5),
        lambda: lo.Problem(link=own, mu=0.5).solve(link="erf"),
        lambda: lo.Network(teacher=own, student="erf", units=2, mu=0.5),
    ):
        with pytest.raises(lo.LorodeError, match="'erf': two links have this name"):
            call()


def test_problems_keep_no_hold_of_what_the_caller_may_change() -> None:
    strength, letters, matrix = np.array([0.5]), {"c": 0.5}, [[0.5, 0.0], [0.0, 0.5]]
    p = lo.Problem(link="c*he1 + he3", set=letters, mu=strength)
    q = lo.Network(link="erf", units=2, teacher_units=2, pretraining_m=matrix, pretraining_q=[[1, 0], [0, 1]])
    before = repr(p), repr(q)
    strength[0], letters["c"], matrix[0][0] = 0.9, 0.1, 0.1
    assert (repr(p), repr(q)) == before
    assert p.replace() == p == pickle.loads(pickle.dumps(p)) == lo.Problem(link="c*he1 + he3", set={"c": 0.5}, mu=0.5)
    # What can be gone through once is kept as well.
    assert lo.Problem(link="erf", mu=(x for x in [0.5])).replace(dim=100).solve().complete
    grid = lo.grid.linear(0.1, 0.5, 3)
    link = lo.Link("erf")
    assert copy.deepcopy(grid) is copy.copy(grid) is grid
    assert copy.deepcopy(link) is copy.copy(link) is link
    values: Any = {"a": 0.5}.values()
    assert lo.Problem(link="erf", mu=values).replace(dim=100).solve().complete


def test_what_is_masked_stays_masked() -> None:
    erf, x = lo.Link("erf"), np.ma.array([0.1, 9.0, 0.3], mask=[False, True, False])
    for got in (erf(x), erf.derivative(x), lo.kernel(erf, m=x, q=1.0).alpha):
        assert got.mask.tolist() == x.mask.tolist() and got.count() == 2
    assert erf(x)[2] == erf(0.3)
    # The result has a mask of its own.
    got[1] = 0.5
    assert x.mask.tolist() == [False, True, False]
    kernel = lo.kernel(erf, m=x[:, None], q=np.ma.array([1.0, -1.0], mask=[False, True]))
    assert kernel.loss.shape == (3, 2) and kernel.loss.count() == 2
    assert kernel.loss[0, 0] == lo.kernel(erf, m=0.1, q=1.0).loss
    with pytest.raises(lo.LorodeError, match="point 3: x = 2, y = NaN is not finite"):
        lo.Link.from_table([0, 1, 2, 3], np.ma.array([0, 1, 2, 4], mask=[False, False, True, False]))


def test_arrays_are_read_only_and_made_once() -> None:
    run = lo.Problem(link="erf", mu=0.5).solve()
    assert run.t is run.t and not run.t.flags.writeable and run.t.dtype == np.float64
    with pytest.raises(ValueError):
        run.t[0] = 1.0
    times = np.geomspace(1e-2, 80, 5)
    assert np.allclose(run.at(times).t, times, rtol=1e-15)
    assert "alignment" in dir(run) and run["m"] is run.m
    with pytest.raises(AttributeError):
        run.nothing
    with pytest.raises(KeyError):
        run["nothing"]


def test_frames() -> None:
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    ds = lo.search(links=["erf", "he3"], mu=[0.1, 0.5, 0.9], what="tau")
    frame = ds.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 6
    assert frame.attrs["command"].startswith("lorode search")
    data = ds.to_xarray()
    assert isinstance(data, xarray.Dataset)
    assert data.tau.sel(link="he3", mu=0.5).item() == ds.tau[1, 1]


def test_notebooks_show_figure_and_words() -> None:
    html = lo.Problem(link="erf", mu=0.5).solve()._repr_html_()
    assert html.startswith("<div><svg") and "exit time" in html
    equations = lo.derive("erf")
    assert equations._repr_markdown_().count("# erf: the closed ODEs") == 1
    latex = equations._repr_latex_()
    assert latex.startswith("$\\begin{aligned}") and equations.latex("alpha") in latex


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: lo.Problem(link="erf", mu=0.5, dimm=3), TypeError, "did you mean dim"),
        (lambda: lo.Problem(link="eff", mu=0.5), lo.LorodeError, "did you mean 'erf'"),
        (lambda: lo.Problem(link="erf", mu=float("nan")), lo.LorodeError, "mu = NaN"),
        (lambda: lo.Problem(link="erf", mu=0.5, t_max=-1), lo.LorodeError, "t_max = -1"),
        (lambda: lo.Problem(link="erf"), lo.LorodeError, "as in mu=0.5"),
        (lambda: lo.Problem(link="erf"), lo.LorodeError, "mu is needed"),
        (lambda: lo.Problem(link=3, mu=0.5), lo.LorodeError, "link"),
        (lambda: lo.Problem(link="erf", mu=object()), TypeError, "mu is a object"),
        (lambda: lo.Problem(link="erf", mu=0.5).simulate(steps=9), lo.LorodeError, "lr is needed"),
        (lambda: lo.Link.from_callable(lambda x: 1 / 0), ZeroDivisionError, "division"),
        (lambda: lo.Link.from_table([0, 1, 1, 2], [1, 2, 3, 4]), lo.LorodeError, "x = 1 stands there twice"),
        (lambda: lo.kernel(lo.Link("erf"), m=2.0, q=1.0), lo.LorodeError, "m = 2"),
        (lambda: lo.kernel(lo.Link("erf"), m=[0.1, 0.2], q=[1, 1, 1]), ValueError, "broadcast"),
        (lambda: lo.search(link="erf", threads=0), lo.LorodeError, "threads"),
        (lambda: lo.phase(link="erf", x="mu=0:1"), lo.LorodeError, "grid"),
        (lambda: lo.Problem(link="erf", mu=0.5).solve(points="x"), lo.LorodeError, "points"),
        (lambda: lo.optimum(), lo.LorodeError, "one link, or one teacher and student"),
        (lambda: lo.Link("erf", b=1), lo.LorodeError, "b = 1 is not allowed: 'erf' has no such letter"),
        (lambda: lo.Link("a*he1", a=1).with_(**{"a": NOTHING}), TypeError, "a is a letter of a link"),
        (lambda: lo.Link.from_callable(np.sign), lo.LorodeError, "jumps near there"),
        (lambda: lo.Problem(link="erf", mu=0.5).compare(data=5), TypeError, "data is a <class 'int'>"),
    ],
)
def test_what_is_refused_names_its_argument(make: Callable[[], Any], kind: type, words: str) -> None:
    with pytest.raises(kind, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: lo.Problem(link="erf", mu=0.5, t_max=-1), "t_max"),
        (lambda: lo.Problem(link="erf", mu=0.5).solve(points=2), "points"),
        (lambda: lo.Problem(link="erf", mu=0.5).solve(points="x"), "points"),
        (lambda: lo.Problem(link="erf", mu=0.5).solve(rtol=1), "rtol"),
        (lambda: lo.search(link="erf", threads=0), "threads"),
        (lambda: lo.phase(link="erf", x="mu=0:1"), None),
        (lambda: lo.Link("a*he1", a=np.nan), "a"),
        (lambda: lo.Link.from_table([0, 1, 1, 2], [1, 2, 3, 4]), "x"),
        (lambda: lo.Link.from_table([0, 1, 2, 3], [1, np.nan, 3, 4]), "y"),
        (lambda: lo.Link.from_table([0, 1, 2, 3], [1, 2, 3, 5], outside=NOTHING), "outside"),
        (lambda: lo.Link.from_callable(np.tanh, interval=(1, 1)), "interval"),
        (lambda: lo.Link.from_callable(np.tanh, tolerance=0), "tolerance"),
        (lambda: lo.Link("erf").hermite(-1), "count"),
        (lambda: lo.kernel(lo.Link("erf"), m=2.0, q=1.0), "m"),
        (lambda: lo.kernel(lo.Link("erf"), m=0.1, q=-1.0), "q"),
        (lambda: lo.search(link="erf", threads=-1), "threads"),
        (lambda: lo.search(link="erf", what="tau").figure(NOTHING), "format"),
        (lambda: lo.search(link="erf", what="tau").save("nowhere/a.csv"), "path"),
        (lambda: lo.load("nowhere.json"), "path"),
        (lambda: lo.derive("erf").latex("none"), "name"),
        (lambda: lo.Problem(link="erf", mu=0.5, lr=0.2, batch=50).compare(data="nowhere.csv"), "data"),
        (lambda: lo.Problem(link="erf", mu=0.5, lr=0.2, batch=50).simulate(steps=9, seeds=[1, 1, 2]), "seeds"),
        (lambda: lo.train(link="erf", tasks={"s": {}}, stages=[{"task": "s", "until": {"t": np.nan}}]), "t"),
    ],
)
def test_what_is_refused_has_its_argument(make: Callable[[], Any], argument: Optional[str]) -> None:
    with pytest.raises(lo.LorodeError) as error:
        make()
    assert error.value.argument == argument


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-0.9, 0.9), min_size=1, max_size=4),
    st.lists(st.floats(1.0, 4.0), min_size=1, max_size=3),
)
def test_kernels_broadcast_like_ufuncs(m: list[float], q: list[float]) -> None:
    erf = lo.Link("erf")
    both = lo.kernel(erf, m=np.array(m)[:, None], q=np.array(q))
    assert both.alpha.shape == (len(m), len(q))
    single = lo.kernel(erf, m=m[-1], q=q[0])
    assert both.alpha[-1, 0] == single.alpha and both.loss[-1, 0] == single.loss


def test_the_package_computes_nothing() -> None:
    package = Path(lo.__file__).parent
    for file in package.glob("*.py"):
        text = file.read_text()
        assert "subprocess" not in text and "json.loads" not in text, file
