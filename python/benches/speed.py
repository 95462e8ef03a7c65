"""What the package adds to the library, and the same questions by SciPy. Best of several repetitions.

    cargo bench --bench speed -- 'study_solve|kernels_at_many' | python python/benches/speed.py

reads what the library takes from the table of its benchmarks; without one it prints the package's own times.
"""

from __future__ import annotations

import re
import sys
import time
from typing import Any, Callable, Optional

import lorode as lo
import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


def best(work: Callable[[], Any], repetitions: int) -> float:
    """Seconds of the fastest repetition."""
    taken = []
    for _ in range(repetitions):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def exit_by_scipy(mu: float, rtol: float = 1e-9) -> float:
    """The exit time of erf by LSODA and the right-hand side that lorode derives."""
    parameters = {"rho": mu, "kappa": mu * mu, "nu": 0.0, "noise": 0.0}
    start = np.array([0.0, 1 / np.sqrt(1000), mu / np.sqrt(1000)])

    def exits(t: float, state: Any, parameters: Any) -> float:
        return float(abs(state[1]) - 0.5)

    exits.terminal = True  # type: ignore[attr-defined]
    end = 1e3 / (1 - mu) ** 2
    solved = solve_ivp(RHS, (0, end), start, "LSODA", events=exits, args=(parameters,), rtol=rtol, atol=1e-14)
    return float(solved.t_events[0][0])


def tau_by_scipy(mu: float) -> float:
    """The search time of tanh by a double integral on Hermite nodes, as a notebook does it."""
    x, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / np.sqrt(2 * np.pi)
    slope, bend = (lambda x: 1 / np.cosh(x) ** 2), (lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2)
    alpha = np.sum(w * slope(x) * slope(mu * x))
    beta = np.sum(w * ((np.tanh(x) - np.tanh(mu * x)) * bend(mu * x) - slope(mu * x) ** 2))
    gradient = alpha + mu * beta
    return float(brentq(lambda s: s * s - beta * s - gradient**2, 0, 10) ** -1)


RHS = lo.derive("erf").rhs()

UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def of_the_library(table: str) -> dict[str, float]:
    """Seconds of the fastest sample of each benchmark in a table of divan, by name or argument."""
    lines = re.findall(r"[├╰]─ (\w+)\s+([\d.]+) (ns|µs|ms|s)\b", table)
    return {name: float(number) * UNITS[unit] for name, number, unit in lines}


def beside_scipy() -> None:
    p = lo.Problem(link="erf", mu=0.5)
    strengths = np.linspace(0.05, 0.95, 91)
    rows: list[tuple[str, float, float]] = [
        ("exit time of erf, mu = 0.5 (whole study)", best(p.solve, 300), best(lambda: exit_by_scipy(0.5), 5)),
        (
            "tau of tanh at 91 strengths",
            best(lambda: lo.search(link="tanh", mu=strengths, what="tau"), 10),
            best(lambda: [tau_by_scipy(mu) for mu in strengths], 3),
        ),
        (
            "map of exit times of erf, 40 x 20 (mu x threshold)",
            best(
                lambda: lo.phase(
                    link="erf", x=lo.axis("mu", 0.05, 0.95, 40), y=lo.axis("threshold", 0.3, 0.7, 20), value="exit_time"
                ),
                3,
            ),
            best(lambda: [exit_by_scipy(mu) for mu in np.linspace(0.05, 0.95, 40)], 1) * 20,
        ),
    ]
    print(f"{'':52}{'lorode':>12}{'SciPy':>12}{'ratio':>9}")
    for name, ours, theirs in rows:
        print(f"{name:52}{ours * 1e3:9.3f} ms{theirs * 1e3:9.1f} ms{theirs / ours:9.0f}")


def beside_the_library(library: dict[str, float]) -> None:
    def row(name: str, package: float, alone: Optional[float]) -> None:
        beside = "" if alone is None else f"{alone * 1e6:9.1f} µs{package / alone:9.2f}{(package - alone) * 1e6:9.1f} µs"
        print(f"{name:52}{package * 1e6:9.1f} µs{beside}")

    print(f"\n{'':52}{'package':>12}{'library':>12}{'ratio':>9}{'more':>12}")
    p, m = lo.Problem(link="erf", mu=0.5), np.linspace(0, 0.9, 100_000)
    row("solve of erf, mu = 0.5", best(p.solve, 3000), library.get("study_solve"))
    for link in ("erf", "relu", "he3"):
        made = lo.Link(link)
        row(f"kernel of {link} at 10^5 points", best(lambda: lo.kernel(made, m=m, q=1.0), 50), library.get(link))


if __name__ == "__main__":
    table = "" if sys.stdin.isatty() else sys.stdin.read()
    beside_scipy()
    beside_the_library(of_the_library(table))
