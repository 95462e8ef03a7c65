//! Reference problems of the field, stiff and not, of two to eight variables: those up to four are
//! compiled for their size, larger ones are sized at run time.
//!
//! Digits without a formula: F. Mazzia, C. Magherini, Test Set for Initial Value Problem Solvers,
//! release 2.4 (2008); problems B5, B1, D5: T. E. Hull et al., SIAM J. Numer. Anal. 9 (1972) 603, and
//! W. H. Enright, T. E. Hull, B. Lindberg, BIT 15 (1975) 10.

use crate::support::solving::{solve, until};
use lorode::integrator::{Method, Tolerances};

type Rates = fn(&[f64], &mut [f64]);

struct Case {
    name: &'static str,
    rates: Rates,
    start: Vec<f64>,
    end: f64,
    exact: Vec<f64>,
    /// Allowed relative error of every component, in units of `rtol`, by the implicit method and by the
    /// explicit one, whose tolerance is per step: stiff problems forget errors, others gather them.
    gathers: (f64, f64),
}

fn case(
    name: &'static str,
    rates: Rates,
    (start, end): (&[f64], f64),
    exact: &[f64],
    gathers: (f64, f64),
) -> Case {
    Case {
        name,
        rates,
        start: start.to_vec(),
        end,
        exact: exact.to_vec(),
        gathers,
    }
}

fn robertson(y: &[f64], out: &mut [f64]) {
    let (slow, fast, middle) = (0.04 * y[0], 3e7 * y[1] * y[1], 1e4 * y[1] * y[2]);
    out[0] = -slow + middle;
    out[1] = slow - middle - fast;
    out[2] = fast;
}

fn van_der_pol(y: &[f64], out: &mut [f64]) {
    out[0] = y[1];
    out[1] = 1e6 * ((1.0 - y[0] * y[0]) * y[1] - y[0]);
}

fn oregonator(y: &[f64], out: &mut [f64]) {
    out[0] = 77.27 * (y[1] + y[0] * (1.0 - 8.375e-6 * y[0] - y[1]));
    out[1] = (y[2] - (1.0 + y[0]) * y[1]) / 77.27;
    out[2] = 0.161 * (y[0] - y[2]);
}

fn hires(y: &[f64], out: &mut [f64]) {
    out[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
    out[1] = 1.71 * y[0] - 8.75 * y[1];
    out[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
    out[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
    out[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
    let bound = 280.0 * y[5] * y[7];
    out[5] = -bound + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
    out[6] = bound - 1.81 * y[6];
    out[7] = -out[6];
}

/// B5 of the stiff set: a fast rotation beside four decays.
fn decays(y: &[f64], out: &mut [f64]) {
    out[0] = -10.0 * y[0] + 100.0 * y[1];
    out[1] = -100.0 * y[0] - 10.0 * y[1];
    for (i, rate) in [4.0, 1.0, 0.5, 0.1].iter().enumerate() {
        out[2 + i] = -rate * y[2 + i];
    }
}

/// B1: two species.
fn species(y: &[f64], out: &mut [f64]) {
    out[0] = 2.0 * (y[0] - y[0] * y[1]);
    out[1] = -(y[1] - y[0] * y[1]);
}

/// D5: an orbit of eccentricity 0.9.
fn orbit(y: &[f64], out: &mut [f64]) {
    let cube = (y[0] * y[0] + y[1] * y[1]).powf(1.5);
    (out[0], out[1]) = (y[2], y[3]);
    (out[2], out[3]) = (-y[0] / cube, -y[1] / cube);
}

fn kepler(t: f64) -> [f64; 4] {
    let e: f64 = 0.9;
    let mut anomaly = t;
    for _ in 0..50 {
        anomaly -= (anomaly - e * anomaly.sin() - t) / (1.0 - e * anomaly.cos());
    }
    let (sine, cosine) = anomaly.sin_cos();
    let (flat, pace) = ((1.0 - e * e).sqrt(), 1.0 / (1.0 - e * cosine));
    [cosine - e, flat * sine, -sine * pace, flat * cosine * pace]
}

/// By the implicit method alone.
const STIFF: (f64, f64) = (1.0, f64::NAN);

fn stiff() -> Vec<Case> {
    let late = [
        0.208_334_014_970_125_5e-7,
        0.833_336_077_033_471_3e-13,
        0.999_999_979_166_505,
    ];
    let limit = [1.706_167_732_170_483, -0.892_809_701_024_797_5];
    let reaction = [
        1.000_814_870_318_523,
        1_228.178_521_549_917,
        132.055_494_284_670_6,
    ];
    let light = [
        0.737_131_257_332_566_8e-3,
        0.144_248_572_631_618_5e-3,
        0.588_872_974_096_757_5e-4,
        0.117_565_134_328_314_9e-2,
        0.238_635_619_883_133_1e-2,
        0.623_896_825_274_279_6e-2,
        0.284_999_839_518_576_9e-2,
        0.285_000_160_481_423_1e-2,
    ];
    let mut dark = [0.0; 8];
    (dark[0], dark[7]) = (1.0, 0.0057);
    vec![
        case(
            "Robertson",
            robertson,
            (&[1.0, 0.0, 0.0], 1e11),
            &late,
            STIFF,
        ),
        case(
            "van der Pol",
            van_der_pol,
            (&[2.0, 0.0], 2.0),
            &limit,
            STIFF,
        ),
        case(
            "Oregonator",
            oregonator,
            (&[1.0, 2.0, 3.0], 360.0),
            &reaction,
            STIFF,
        ),
        case("HIRES", hires, (&dark, 321.8122), &light, STIFF),
    ]
}

fn smooth() -> Vec<Case> {
    let two = [0.676_187_600_857_666_7, 0.186_081_609_964_003_6];
    let rates: [f64; 4] = [4.0, 1.0, 0.5, 0.1];
    let (size, angle) = ((-10.0_f64).exp(), 100.0_f64);
    let (sine, cosine) = angle.sin_cos();
    let mut six = vec![size * (cosine + sine), size * (cosine - sine)];
    six.extend(rates.map(|rate| (-rate).exp()));
    let near = kepler(0.0);
    vec![
        case("B1", species, (&[1.0, 3.0], 20.0), &two, (5.0, 50.0)),
        case("B5", decays, (&[1.0; 6], 1.0), &six, (1.0, 100.0)),
        case("D5", orbit, (&near, 20.0), &kepler(20.0), (100.0, 5000.0)),
    ]
}

fn hold(case: &Case, method: Method, rtol: f64) {
    let gathers = match method {
        Method::Rk45 => case.gathers.1,
        _ => case.gathers.0,
    };
    let tolerances = Tolerances {
        method,
        rtol,
        atol: Some(1e-10 * rtol),
        ..Tolerances::default()
    };
    let span = until(case.end);
    let dim = case.start.len();
    let run = solve(dim, &case.rates, &case.start, span, &tolerances, &[]).unwrap();
    for (y, exact) in run.last.iter().zip(&case.exact) {
        let gap = (y / exact - 1.0).abs();
        let allowed = gathers * rtol;
        assert!(
            gap < allowed,
            "{} by {method:?} at {rtol:e}: {gap:e}",
            case.name
        );
    }
}

#[test]
fn stiff_problems_hold_to_the_tolerance() {
    for case in stiff() {
        for rtol in [1e-5, 1e-7, 1e-9] {
            hold(&case, Method::Implicit, rtol);
        }
    }
}

#[test]
fn other_problems_hold_by_both_methods() {
    for case in smooth() {
        for rtol in [1e-5, 1e-7, 1e-9] {
            hold(&case, Method::Implicit, rtol);
            hold(&case, Method::Rk45, rtol);
        }
    }
}
