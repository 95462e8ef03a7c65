"""Networks: the same numbers as the command line, matrices as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import lorode as lo
import numpy as np
import pytest


def test_a_run_has_the_matrices_of_the_command_line(answer: Callable[..., Any]) -> None:
    flags = "--link erf --units 3 --teacher-units 2 --rank 2 --mu 0.5 --angle 30"
    network = lo.Network(link="erf", units=3, teacher_units=2, rank=2, mu=0.5, angle=30)
    run, wanted = network.solve(points=9), answer(*f"solve {flags} --points 9".split())
    times = len(wanted["trajectory"]["t"])
    shapes = {"m": (3, 2), "q": (3, 3), "u": (3, 2), "alignment": (2, 2), "s": (2, 3), "c": (2, 2), "readout": (3,)}
    for name, shape in shapes.items():
        array = getattr(run, name)
        assert array.shape == (times, *shape)
        np.testing.assert_array_equal(array, wanted["trajectory"][name])
    np.testing.assert_array_equal(run.m_3_2, run.m[:, 2, 1])
    assert (run.exit_time, run.outcome, run.tau) == (wanted["exit_time"], wanted["outcome"], wanted["tau"])
    ray = network.search(mu=[0.3, 0.6, 0.9], what="tau")
    line = f"search {flags.replace('--mu 0.5', '--mu 0.3,0.6,0.9')} --what tau"
    points = answer(*line.split())["curves"][0]["points"]
    np.testing.assert_array_equal(ray.growth_rate_1, [point["growth_rates"][0] for point in points])


def test_matrices_are_arrays_and_seeds_are_those_of_the_command_line(answer: Callable[..., Any]) -> None:
    network = lo.Network(
        link="erf", teacher_overlaps=np.eye(2), pretraining_m=np.diag([0.5, 0.2]), pretraining_q=np.diag([0.25, 0.04])
    )
    assert network.solve(points=5).m[0].tolist() == [[0.5, 0.0], [0.0, 0.2]]
    sgd = lo.Network(link="erf", units=2, mu=0.5, mixture=True, dim=50, batch=5, lr=0.1)
    line = "simulate --link erf --units 2 --mu 0.5 --mixture --dim 50 --batch 5 --lr 0.1 --steps 20 --seeds 4"
    wanted = answer(*line.split())
    simulated = sgd.simulate(steps=20, seeds=4)
    np.testing.assert_array_equal(simulated.loss_mean, wanted["records"]["loss"]["mean"])
    assert sgd.compare(steps=20, seeds=4).to_dict()["seeds_counted"] == 4


def test_what_no_network_has_is_refused() -> None:
    with pytest.raises(lo.LorodeError, match="units = 0"):
        lo.Network(link="erf", units=0, mu=0.5)
    with pytest.raises(lo.LorodeError, match="row 2 has 1 number,"):
        lo.Network(link="erf", pretraining_m=[[1, 0], [0]], pretraining_q=[[1]])
    with pytest.raises(lo.LorodeError, match="makes this a network"):
        lo.Problem(link="erf", units=3, mu=0.5)


def test_derived_programs_are_the_closed_system() -> None:
    network = lo.Network(link="erf", units=2, teacher_units=2, mu=0.5, angle=30, nu=0.2)
    equations = network.derive()
    assert {"alpha", "beta", "dU", "dR", "noise"} <= set(equations.names)
    program: dict[str, object] = {"__name__": "program"}
    exec(equations.format("python"), program)
    state = np.array(program["START"])
    step = 1e-3 * program["rhs"](0.0, state)  # type: ignore[operator]
    loss = program["loss"]
    ours = network.solve(times=[0.0, 1e-3]).loss
    assert abs(loss(state) - ours[0]) < 1e-13  # type: ignore[operator]
    assert abs(loss(state + step) - ours[1]) < 1e-7  # type: ignore[operator]


def test_a_grid_is_a_run_for_each_value(answer: Callable[..., Any]) -> None:
    network = lo.Network(link="erf", units=2, teacher_units=2, rank=1, mu=0.5)
    flags = "solve --link erf --units 2 --teacher-units 2 --points 9"
    for key, runs, line in [
        ("rank", network.solve(points=9, rank="1,2"), f"{flags} --mu 0.5 --rank 1,2"),
        ("teacher_units", network.solve(points=9, teacher_units="2,3"), "solve --link erf --units 2 --rank 1 --points 9 --mu 0.5 --teacher-units 2,3"),
        ("mu", network.solve(points=9, mu="0.3,0.6"), f"{flags} --rank 1 --mu 0.3,0.6"),
        ("mu", lo.Problem(link="erf", mu=0.5).solve(points=9, mu="0.3,0.6"), "solve --link erf --mu 0.3,0.6 --points 9"),
    ]:
        wanted = answer(*line.split())
        assert (runs.key, len(runs.values), runs.to_dict()) == (key, 2, wanted)
        np.testing.assert_array_equal(runs.exit_time, [one["exit_time"] or np.nan for one in wanted["runs"]])
        np.testing.assert_array_equal(runs.end_time, [one["end_time"] for one in wanted["runs"]])
        np.testing.assert_array_equal(runs.tau, [one["tau"] for one in wanted["runs"]])
        assert runs.outcome == [one["outcome"] for one in wanted["runs"]]
        second = runs.loss[runs[key] == runs.values[1]]
        np.testing.assert_array_equal(second, wanted["runs"][1]["trajectory"]["loss"])
    assert network.solve(rank=[1, 2]).values.tolist() == [1, 2]
    with pytest.raises(lo.LorodeError, match="both grids"):
        network.solve(mu=[0.3, 0.6], rank=[1, 2])


def test_stages_by_sgd_are_those_of_the_command_line(answer: Callable[..., Any], tmp_path: Path) -> None:
    stage = {"dim": 100, "lr": 0.1, "batch": 20}
    his = lo.train(
        link="erf",
        units=2,
        w0={"source": 0.5},
        tasks={"source": {"units": 2}, "target": {"units": 1, "angle": {"source": 40}}},
        stages=[
            {"task": "source", "adapter": "full", **stage, "until": {"t": 1}},
            {"task": "target", "rank": 2, **stage, "until": {"t": 2}},
        ],
        compare=True,
        seeds=4,
    )
    file = tmp_path / "history.toml"
    file.write_text(his.toml)
    there = answer("train", str(file), "--compare", "--seeds", "4")
    assert his.stages == there["stages"] and his.follows == there["follows"]
    assert his.m["source"].shape == (his.t_total.size, 2, 2)
    assert his.m_theory["target"].shape == (his.t_total.size, 2, 1)
    assert his.m["source"][:, 1, 0].tolist() == there["trajectory"]["m"]["source"][1][0]["mean"]
    assert his.loss["target"].tolist() == there["trajectory"]["loss"]["target"]["mean"]
