"""Results as values: rows in the order asked, pickles, files that are there, formulas that can be evaluated."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import lorode as lo
import numpy as np
import pytest

P = lo.Problem(link="erf", mu=0.5)


def test_rows_stand_in_the_order_of_the_times() -> None:
    run = P.solve()
    asked = run.at([80, 1, 40, 1])
    assert asked.t.tolist() == [80.0, 1.0, 40.0, 1.0]
    ascending = run.at([1, 40, 80])
    assert asked.alignment.tolist() == [ascending.alignment[i] for i in (2, 0, 1, 0)]
    assert asked.figure() and asked.at([2, 1]).t.tolist() == [2.0, 1.0]
    # The finite-step map has its nearest steps.
    steps = P.replace(lr=0.1, batch=500, dynamics="map", time="steps").solve()
    assert steps.at([30, 10, 10.2]).t.tolist() == [30.0, 10.0, 10.0]


def test_an_infinite_search_time_is_infinite() -> None:
    run = lo.Problem(teacher="cos", student="linear", mu=0).solve(t_max=10)
    assert run.tau == math.inf and pickle.loads(pickle.dumps(run)).tau == math.inf


def test_runs_pickle_with_all_they_know() -> None:
    table = lo.Link.from_table([-1, 0, 1, 2], [-1, 0, 1, 2.5], name="mine")
    for run in (P.solve(points=50, threads=1), P.replace(link=table).solve(lr=0.1, time="steps"), P.solve().at([3, 1])):
        again = pickle.loads(pickle.dumps(run))
        assert isinstance(again, lo.Run) and again.keys() == run.keys()
        for name in run.keys():
            assert np.array_equal(again[name], run[name], equal_nan=True), name
        facts = ("exit_time", "outcome", "end_time", "tau", "A", "B", "solver", "summary", "warnings", "command", "complete")
        for name in facts:
            assert getattr(again, name) == getattr(run, name), name
        assert again.to_dict() == run.to_dict()
        assert np.array_equal(again.at([2.0, 1.0]).m, run.at([2.0, 1.0]).m)
    with pytest.raises(TypeError, match="SearchTimes does not pickle: .* to_pandas"):
        pickle.dumps(lo.search(link="erf", mu=[0.2, 0.5], what="tau"))


def test_runs_come_back_from_workers() -> None:
    joblib = pytest.importorskip("joblib")
    one, other = joblib.Parallel(2)(joblib.delayed(P.solve)(mu=mu) for mu in (0.4, 0.6))
    assert one.exit_time == P.solve(mu=0.4).exit_time and other.outcome == "learned"


def test_columns_are_in_a_result() -> None:
    run = P.solve()
    assert "t" in run and "nothing" not in run and 3 not in run


def test_files_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(lo.LorodeError, match="does not say that lorode made it, and is left alone"):
        P.solve().save(path, force=True)
    assert path.read_text() == "a,b\n1,2\n"
    ours = tmp_path / "ours.json"
    ours.touch()
    P.solve().save(ours)
    P.solve(points=50).save(ours)
    for other in (P.solve(mu=0.6), lo.search(P, what="tau")):
        with pytest.raises(lo.LorodeError, match="holds the result of another problem"):
            other.save(ours)
    P.solve(mu=0.6).save(ours, force=True)
    assert lo.load(ours).parameters["mu"] == 0.6
    for nowhere in (tmp_path / "run.txt", tmp_path / "missing" / "run.csv"):
        with pytest.raises(lo.LorodeError):
            P.solve().save(nowhere)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lo.Link("erf").hermite(10**10), "count = 10000000000 is not allowed: from 0 to 10000"),
        (lambda: P.solve(points=2 * 10**6), "points = 2000000 is not allowed: a trajectory has at most 1000000"),
        (lambda: P.simulate(lr=0.1, batch=10, steps=5, seeds=-1), "seeds = '-1' is not understood: give how many"),
        (lambda: P.simulate(lr=0.1, batch=10, steps=5, seeds=1.5), "seeds = '1.5' is not understood"),
        (lambda: P.simulate(lr=0.1, batch=10, steps=5, seeds=True), "seeds = 'true' is not understood"),
        (lambda: lo.derive("sin").sympy("gradient"), "'gradient' has no formula of its own here"),
    ],
)
def test_refusals(make: Any, words: str) -> None:
    with pytest.raises(lo.LorodeError) as refused:
        make()
    assert words in str(refused.value)


def test_arguments_as_python_has_them() -> None:
    sim = P.simulate(lr=0.1, batch=10, steps=1e1, seeds=2)
    assert sim.step[-1] == 10
    with pytest.raises(TypeError, match="search\\(\\) got both link and links"):
        lo.search(link="relu", links=["erf"], mu=[0.5])
    with pytest.raises(lo.IntegrationError) as failed:
        P.solve(max_steps=3)
    assert "--" not in str(failed.value) and "max_steps" in str(failed.value)


def test_formulas_are_in_variables_of_the_problem() -> None:
    pytest.importorskip("sympy")
    eq = lo.derive("relu")
    alpha = eq.sympy("alpha")
    assert {symbol.name for symbol in alpha.free_symbols} == {"m", "q"}
    at = {symbol: {"m": 0.3, "q": 0.7, "noise": 0.1}.get(symbol.name) for symbol in eq.sympy("loss").free_symbols}
    loss, kernel = float(eq.sympy("loss").subs(at)), lo.kernel(lo.Link("relu"), m=0.3, q=0.7, noise=0.1)
    assert loss == pytest.approx(kernel.loss, rel=1e-12)
    assert float(eq.sympy("N").subs(at)) == pytest.approx(kernel.noise, rel=1e-12)
    assert float(alpha.subs(at)) == pytest.approx(math.acos(-0.3 / math.sqrt(0.7)) / (2 * math.pi), rel=1e-14)
    (mu,) = eq.sympy("tau").free_symbols
    tau = lo.Problem(link="relu", mu=0.5).solve().tau
    assert float(eq.sympy("tau").subs({mu: 0.5})) == pytest.approx(tau, rel=1e-9)


def test_arrays_of_any_kind_are_measured_data(tmp_path: Path) -> None:
    sgd = P.replace(lr=0.2, batch=500)
    sim = sgd.simulate(steps=40, seeds=4)
    seeds, steps = np.meshgrid(sim.seeds, sim.step, indexing="ij")
    whole = {"seed": seeds.ravel(), "step": steps.ravel(), "alignment": sim.alignment.ravel()}
    verdicts = []
    for kinds in (("<u8", "<i8", "<f8"), ("<i4", ">i2", ">f8"), ("|u1", "<u4", "<f4")):
        path = tmp_path / "mine.npz"
        np.savez(path, **{name: x.astype(kind) for (name, x), kind in zip(whole.items(), kinds)})
        verdicts.append(sgd.compare(data=path).follows)
    assert verdicts == [True, True, True] or len(set(verdicts)) == 1
    np.savez(tmp_path / "mine.npz", step=np.arange(3) + 0j)
    with pytest.raises(lo.LorodeError, match="step.npy has values of the type <c16"):
        sgd.compare(data=tmp_path / "mine.npz")
