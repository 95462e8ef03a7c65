"""Results in files, data of the user's own, histories, maps in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lorode as lo
import numpy as np
import pytest

ENDINGS = ["json", "npz", "parquet", "csv"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_saved_is_loaded(tmp_path: Path, ending: str) -> None:
    found = lo.search(link="he3", mu=[0.0, 0.5, 0.9])
    path = tmp_path / f"search.{ending}"
    found.save(path)
    again = lo.load(path)
    assert (again.study, again.version, again.command) == ("search", lo.__version__, found.command)
    assert (again.keys(), again.complete) == (found.keys(), True)
    for name in found.keys():
        np.testing.assert_array_equal(again[name], found.to_pandas()[name])
    assert again.parameters["dim"] == 1000
    # Its own files say the same again, whatever it was read from.
    again.save(tmp_path / "again.json")
    np.testing.assert_array_equal(lo.load(tmp_path / "again.json").tau, again.tau)
    assert again.figure("svg").startswith("<svg")


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"a": [1, 2]}')
    with pytest.raises(lo.LorodeError, match="other.json"):
        lo.load(tmp_path / "other.json")
    with pytest.raises(lo.LorodeError, match="none.json"):
        lo.load(tmp_path / "none.json")


def measured() -> tuple[lo.Problem, dict[str, Any]]:
    """Runs of SGD as a program of the user's own would keep them."""
    problem = lo.Problem(link="erf", mu=0.5, dim=1000, lr=0.2, batch=100, alignment0=0.1)
    sgd = problem.simulate(steps=400, seeds=8)
    seeds, steps = np.meshgrid(sgd.seeds, sgd.step, indexing="ij")
    return problem, {"seed": seeds.ravel(), "step": steps.ravel(), "alignment": sgd.alignment.ravel()}


def test_own_data_is_compared_from_a_frame_a_dict_and_a_file(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    problem, columns = measured()
    frame = pandas.DataFrame(columns)
    frame.to_csv(tmp_path / "runs.csv", index=False)
    forms = [frame, columns, tmp_path / "runs.csv"]
    compared = [problem.compare(data=form) for form in forms]
    assert compared[0].follows
    assert len({one.verdict for one in compared}) == 1
    assert set(compared[0].z) == {"alignment"}
    # What is not of SGD with this step size is not judged so.
    assert not problem.replace(mu=0.9).compare(data=frame).follows
    with pytest.raises(TypeError, match="seeds"):
        problem.compare(data=frame, seeds=4)
    with pytest.raises(lo.LorodeError, match="says when"):
        problem.compare(data={"alignment": [0.1]})


def test_a_history_is_that_of_its_file(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "link": "erf",
        "tasks": {"source": {}, "target": {"angle": {"source": 40}}},
        "stages": [
            {"task": "source", "adapter": "scratch", "alignment0": 0.05, "until": {"t": 12}},
            {"task": "target", "alignment0": 0.03, "until": {"excess": 1e-4, "t": 1e6}, "u0": 0.0},
        ],
    }
    (tmp_path / "history.toml").write_text(
        'link = "erf"\n[tasks.source]\n[tasks.target]\nangle = { source = 40 }\n'
        '[[stage]]\ntask = "source"\nadapter = "scratch"\nalignment0 = 0.05\nuntil = { t = 12 }\n'
        '[[stage]]\ntask = "target"\nalignment0 = 0.03\nuntil = { excess = 1e-4, t = 1e6 }\nu0 = 0.0\n'
    )
    here, there = lo.train(**keys), lo.train(tmp_path / "history.toml")
    assert here.stages == there.stages
    assert [stage["reason"] for stage in here.stages] == ["t", "excess"]
    for task in ("source", "target"):
        np.testing.assert_array_equal(here.loss[task], there.loss[task])
        assert here.m[task].shape == here.t_total.shape
    with pytest.raises(lo.LorodeError, match="one or the other"):
        lo.train(tmp_path / "history.toml", link="erf")
    with pytest.raises(lo.LorodeError, match="no task"):
        lo.train(**{**keys, "stages": [{"task": "sorce", "until": {"t": 1}}]})


def test_a_map_in_a_folder_is_taken_up(tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "link": "he3",
        "x": lo.axis("mu", 0.02, 0.98, 12),
        "y": lo.axis("angle", 0, 85, 6),
        "cache": tmp_path / "maps" / "he3",
    }
    first = lo.phase(**asked)
    second = lo.phase(**asked)
    assert (tmp_path / "maps" / "he3").is_dir()
    np.testing.assert_array_equal(first.values, second.values)
    assert first.to_dict() == lo.phase(**{**asked, "cache": None}).to_dict() == second.to_dict()
    with pytest.raises(lo.LorodeError, match="another map"):
        lo.phase(**{**asked, "value": "tau"})


def test_joblib_runs_studies() -> None:
    joblib = pytest.importorskip("joblib")
    problems = [lo.Problem(link="erf", mu=mu) for mu in (0.3, 0.5)]
    exits = joblib.Parallel(n_jobs=2)(joblib.delayed(exit_of)(problem) for problem in problems)
    assert exits == [exit_of(problem) for problem in problems]


def exit_of(problem: lo.Problem) -> float | None:
    return problem.solve().exit_time


def test_the_length_of_pretraining(tmp_path: Path) -> None:
    stages = [
        {"task": "source", "adapter": "full", "until": {"t": 4}},
        {"task": "target", "until": {"excess": 1e-3, "t": 1e6}},
    ]
    found = lo.optimum(link="erf", tasks={"source": {}, "target": {}}, stages=stages, angle=[20, 60])
    assert [curve["angle"] for curve in found.curves] == [20, 60]
    assert found.curves[0]["never_pretrain"]
    (tmp_path / "history.toml").write_text(
        'link = "erf"\n[tasks.source]\n[tasks.target]\nangle = { source = 20 }\n'
        '[[stage]]\ntask = "source"\nadapter = "full"\nuntil = { t = 4 }\n'
        '[[stage]]\ntask = "target"\nuntil = { excess = 1e-3, t = 1e6 }\n'
    )
    again = lo.optimum(file=tmp_path / "history.toml", angle=[20, 60])
    assert again.curves == found.curves
    with pytest.raises(lo.LorodeError, match="mu is not allowed beside"):
        lo.optimum(file=tmp_path / "history.toml", mu=0.5)
