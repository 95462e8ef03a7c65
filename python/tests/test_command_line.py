"""Every study equals the command line, bit for bit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Callable

import lorode as lo
import numpy as np
import pytest
from conftest import command

Answer = Callable[..., Any]

SGD = {"lr": 0.2, "batch": 500}
FLAGS = ["--link", "erf", "--mu", "0.5", "--lr", "0.2", "--batch", "500"]


def same(ours: Any, theirs: Any) -> None:
    """Equal but for the clock and for the paths of a command."""
    for one in (ours, theirs):
        one.get("solver", {}).pop("seconds", None)
    assert ours == theirs


def test_solve(answer: Answer) -> None:
    run = lo.Problem(link="erf", mu=0.5, dim=1000).solve(points=50)
    theirs = answer("solve", "--link", "erf", "--mu", "0.5", "--dim", "1000", "--points", "50")
    same(run.to_dict(), theirs)
    assert run.t.tolist() == theirs["trajectory"]["t"]
    assert run.alignment.tolist() == theirs["trajectory"]["alignment"]
    assert run.exit_time == theirs["exit_time"] and run.outcome == theirs["outcome"]
    assert run.tau == theirs["tau"]


def test_search(answer: Answer) -> None:
    ds = lo.search(links=["erf", "relu"], mu="0.1:0.9:5", angle=[0, 10])
    theirs = answer("search", "--link", "erf", "--link", "relu", "--mu", "0.1:0.9:5", "--angle", "0,10")
    assert ds.tau.shape == (2, 5, 2)
    for i, curve in enumerate(theirs["curves"]):
        ours = ds.exit_time[i // 2, :, i % 2]
        assert ours.tolist() == [point["exit_time"] for point in curve["points"]]
    assert ds.angle.tolist() == [0.0, 10.0] and ds.link == ["erf", "relu"]


def test_simulate(answer: Answer) -> None:
    sim = lo.Problem(link="erf", mu=0.5, **SGD).simulate(steps=1500, seeds=range(8))
    theirs = answer("simulate", *FLAGS, "--steps", "1500", "--seeds", "8", "--per-seed")
    assert sim.exit_steps.tolist() == theirs["exit_steps"]
    assert sim.alignment.shape == (8, len(theirs["records"]["step"]))
    assert sim.loss[3].tolist() == theirs["seeds"][3]["loss"]


def test_compare(answer: Answer) -> None:
    cmp = lo.Problem(link="erf", mu=0.5, **SGD).compare(seeds=8, starts="random")
    theirs = answer("compare", *FLAGS, "--seeds", "8", "--starts", "random")
    assert cmp.to_dict() == theirs
    assert cmp.follows is True and "SGD follows the theory" in cmp.verdict
    assert set(cmp.sgd) == set(cmp.theory)


def test_phase(answer: Answer) -> None:
    dia = lo.phase(link="he3", x=lo.axis("mu", 0.02, 0.98, 7), y=lo.axis("angle", 0, 85, 5), value="exit_time")
    theirs = answer("phase", "--link", "he3", "--x", "mu=0.02:0.98:7", "--y", "angle=0:85:5")
    cells = np.array(theirs["value"]["matrix"], dtype=float)
    assert dia.values.shape == (5, 7)
    assert np.array_equal(dia.values, cells, equal_nan=True)
    # Of a problem: what an axis varies, its own value does not say.
    problem = lo.Problem(link="he3", mu=0.5, angle=30)
    again = lo.phase(problem, x=lo.axis("mu", 0.02, 0.98, 7), y=lo.axis("angle", 0, 85, 5), value="exit_time")
    assert again.to_dict()["value"] == dia.to_dict()["value"] and again.command == dia.command


def test_optimum_and_scaling(answer: Answer) -> None:
    assert lo.optimum("he1+he3").best_mu == answer("optimum", "--link", "he1+he3")["mu"]
    law = lo.scaling("he4", mu=0, u0_exponent=2)
    theirs = answer("scaling", "--link", "he4", "--mu", "0", "--u0-exponent", "2")
    assert law.to_dict() == theirs
    assert law.laws[0]["fit"]["law"] == "power"


def test_kernel(answer: Answer) -> None:
    sign, tanh = lo.Link("sign"), lo.Link("tanh")
    ours = lo.kernel(sign, tanh, m=0.3, q=0.8, noise=0.1)
    theirs = answer("kernel", "--teacher", "sign", "--student", "tanh", "--m", "0.3", "--q", "0.8", "--noise", "0.1")
    assert (ours.alpha, ours.beta) == (theirs["alpha"], theirs["beta"])
    assert (ours.noise, ours.loss) == (theirs["noise_kernel"], theirs["loss"])


@pytest.mark.parametrize("ending", ["json", "csv", "npz", "parquet", "svg", "png", "pdf"])
def test_saved_files_have_the_bytes_of_the_command_line(tmp_path: Path, ending: str) -> None:
    import subprocess

    from conftest import command

    out = tmp_path / "out"
    line = [*command(), "search", "--link", "erf", "--mu", "0.1:0.9:5", "--out", str(out), "--save", ending]
    subprocess.run(line, check=True, capture_output=True)
    ours = tmp_path / f"search.{ending}"
    lo.search(link="erf", mu="0.1:0.9:5").save(ours)
    assert ours.read_bytes() == (out / f"search.{ending}").read_bytes()
    if ending == "json":
        assert json.loads(ours.read_text())["complete"] is True


def test_a_history_by_sgd(answer: Answer, tmp_path: Path) -> None:
    stage = {"dim": 200, "lr": 0.1, "batch": 20}
    keys: dict[str, Any] = {
        "link": "erf",
        "tasks": {"source": {}, "target": {"angle": {"source": 40}}},
        "stages": [
            {"task": "source", "adapter": "full", **stage, "until": {"t": 2}},
            {"task": "target", **stage, "until": {"t": 4}},
        ],
    }
    rest = "dim = 200\nlr = 0.1\nbatch = 20\n"
    file = tmp_path / "history.toml"
    file.write_text(
        'link = "erf"\n[tasks.source]\n[tasks.target]\nangle = { source = 40 }\n'
        f'[[stage]]\ntask = "source"\nadapter = "full"\n{rest}until = {{ t = 2 }}\n'
        f'[[stage]]\ntask = "target"\n{rest}until = {{ t = 4 }}\n'
    )
    by_flag = {
        "sgd": lo.train(sgd=True, seeds=range(4), **keys),
        "compare": lo.train(compare=True, seeds=range(4), **keys),
    }
    for flag, here in by_flag.items():
        there = answer("train", str(file), f"--{flag}", "--seeds", "4")
        assert here.stages == there["stages"] and here.follows == there.get("follows")
        for task in ("source", "target"):
            assert here.loss[task].tolist() == there["trajectory"]["loss"][task]["mean"]
            assert here.m[task].shape == here.t_total.shape
        assert here.alignment_q95.tolist() == there["trajectory"]["alignment"]["q95"]
    assert here.verdict and "SGD" in here.verdict
    assert here.loss_theory["target"].shape == here.t_total.shape
    whole = lo.train(file, sgd=True, seeds=4)
    assert whole.verdict is None and not whole.loss_theory
    assert whole.to_dict()["stages"] == lo.train(file, sgd=True, seeds=4, threads=1).to_dict()["stages"]
    with pytest.raises(lo.LorodeError, match="is of simulated SGD"):
        lo.train(file, seeds=2)


def test_results_are_drawn_together_as_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for link in ("erf", "he3"):
        lo.search(link=link, mu="0.1:0.9:9", what="tau").save(f"{link}.json")
    choices: list[tuple[list[str], dict[str, Any]]] = [
        ([], {}),
        (["--y", "curvature", "--label", "one", "--label", "other"], {"y": "curvature", "label": ["one", "other"]}),
    ]
    for flags, keywords in choices:
        line = [*command(), "plot", "erf.json", "he3.json", *flags, "--out", "out", "--force"]
        subprocess.run(line, check=True, capture_output=True)
        drawn = lo.draw("erf.json", lo.load("he3.json"), **keywords)
        assert drawn.figure() == (tmp_path / "out" / "plot.svg").read_text()
        assert drawn.command == " ".join(["lorode plot erf.json he3.json", *flags])
        drawn.save("again.png")
        assert (tmp_path / "again.png").read_bytes() == drawn.figure("png")
    # Alone it is the figure of its study.
    assert lo.draw("erf.json").figure() == lo.load("erf.json").figure()
    with pytest.raises(lo.LorodeError, match="labels"):
        lo.draw("erf.json", label=["one", "other"])
    with pytest.raises(lo.LorodeError, match="tauu"):
        lo.draw("erf.json", y="tauu")
    with pytest.raises(lo.LorodeError, match="svg, png or pdf"):
        lo.draw("erf.json").save("again.json")


def test_a_history_of_keywords_is_repeated_by_its_command(tmp_path: Path) -> None:
    tasks = {"source": {}, "target": {"angle": {"source": 20}}}
    stages = [
        {"task": "source", "adapter": "full", "until": {"t": 12}},
        {"task": "target", "alignment0": 0.03, "until": {"excess": 1e-4, "t": 1e6}},
    ]
    results: list[Any] = [
        lo.train(link="erf", tasks=tasks, stages=stages),
        lo.optimum(link="erf", tasks=tasks, stages=stages, angle="20,60"),
    ]
    for result in results:
        program, *words = result.command.split()
        line = [*command(), *words, "--format", "json"]
        done = subprocess.run(line, input=result.toml, capture_output=True, text=True, check=True)
        assert (program, json.loads(done.stdout)) == ("lorode", result.to_dict())
