"""Against SciPy and mpmath."""

from __future__ import annotations

from typing import Any

import lorode as lo
import numpy as np
import pytest

scipy_integrate = pytest.importorskip("scipy.integrate")
mpmath = pytest.importorskip("mpmath")


def test_the_equations_integrated_by_scipy_exit_when_the_run_does() -> None:
    run = lo.Problem(link="erf", mu=0.5, dim=1000).solve()
    rhs = lo.derive("erf").rhs()
    start = np.array([0.0, 1 / np.sqrt(1000), 0.5 / np.sqrt(1000)])
    parameters = {"rho": 0.5, "kappa": 0.25, "nu": 0.0, "noise": 0.0}

    def exits(t: float, state: Any, parameters: dict[str, float]) -> float:
        return float(abs(state[1]) - 0.5)

    exits.terminal = True  # type: ignore[attr-defined]
    solved = scipy_integrate.solve_ivp(
        rhs, (0, 1e4), start, "DOP853", events=exits, args=(parameters,), rtol=1e-12, atol=1e-14
    )
    assert run.exit_time is not None
    assert abs(solved.t_events[0][0] / run.exit_time - 1) < 1e-8


@pytest.mark.parametrize(("m", "q"), [(0.3, 0.7), (-0.2, 0.5), (0.9, 1.0)])
def test_kernels_of_tanh_against_the_trapezoidal_rule(m: float, q: float) -> None:
    # Analytic in a strip and Gaussian at the ends: the rule converges faster than any power of its step, 0.06.
    x = np.linspace(-9, 9, 301)
    weight = np.exp(-x * x / 2) * (x[1] - x[0]) / np.sqrt(2 * np.pi)
    # z = sqrt(q) x, the teacher's field is (m / sqrt(q)) x + sqrt(1 - m^2 / q) y.
    field = m / np.sqrt(q) * x[:, None] + np.sqrt(1 - m * m / q) * x
    alpha = weight @ (1 / np.cosh(np.sqrt(q) * x) ** 2 * (1 / np.cosh(field) ** 2 @ weight))
    assert abs(lo.kernel(lo.Link("tanh"), m=m, q=q).alpha - alpha) < 1e-12


def test_kernels_of_a_shorter_teacher() -> None:
    v, m, q = 0.4, np.array([0.1, 0.3]), 0.7
    ours = lo.kernel(lo.Link("erf"), m=m, q=q, teacher_variance=v).alpha
    exact = 4 / np.pi / np.sqrt((1 + 2 * v) * (1 + 2 * q) - 4 * m**2)
    assert np.abs(ours - exact).max() < 1e-14
    with pytest.raises(ValueError, match="teacher_variance = -1"):
        lo.kernel(lo.Link("erf"), m=m, q=q, teacher_variance=-1.0)


def test_kernels_of_a_kinked_pair_against_mpmath() -> None:
    # alpha of relu: E[1(teacher's field > 0) 1(z > 0)] = 1/4 + asin(m / sqrt(q)) / (2 pi), by an integral in the angle.
    rho = mpmath.mpf("0.3") / mpmath.sqrt("0.7")
    alpha = mpmath.quad(lambda r: 1 / mpmath.sqrt(1 - r * r), [0, rho]) / (2 * mpmath.pi) + mpmath.mpf(1) / 4
    assert abs(lo.kernel(lo.Link("relu"), m=0.3, q=0.7).alpha - float(alpha)) < 1e-12


def test_derived_formulas_are_the_kernels() -> None:
    sympy = pytest.importorskip("sympy")
    eq = lo.derive("erf")
    alpha = sympy.lambdify(sympy.symbols("m q", real=True), eq.sympy("alpha"))
    ours = lo.kernel(lo.Link("erf"), m=np.array([0.1, 0.5]), q=0.7).alpha
    assert np.allclose(alpha(np.array([0.1, 0.5]), 0.7), ours, rtol=1e-14)
    assert eq.latex("A").lstrip().startswith("A(")


def test_a_link_from_a_callable_is_its_expression() -> None:
    own = lo.Link.from_callable(lambda x: x / (1 + np.exp(-2 * x)), name="own")
    named = lo.Link("x*sigmoid(2*x)")
    x = np.linspace(-8, 8, 400)
    assert np.abs(own(x) - named(x)).max() < 1e-9
    runs = [lo.Problem(link=link, mu=0.5).solve(points=4)["t"][-1] for link in (own, named)]
    assert abs(runs[0] / runs[1] - 1) < 1e-9
    table = lo.Link.from_table(x, np.tanh(x), name="trained")
    assert abs(table(0.3) - np.tanh(0.3)) < 1e-7


def test_fits_see_narrow_features_in_the_middle() -> None:
    for place in (-1.713, 0.31, 2.77):
        link = lo.Link.from_callable(lambda x: x + np.exp(-1e6 * (x - place) ** 2))
        assert abs(link(place) - (place + 1)) < 1e-9
