//! The series in Rust.

use super::super::fold::{folded_let, numbers_in_line};
use super::{Row, Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n",
    number: |name, value| {
        let whole = value.parse::<usize>().is_ok();
        let kind = if whole { "usize" } else { "f64" };
        format!("const {name}: {kind} = {value};\n")
    },
    list: |name, length, lines| match length {
        0 => format!("const {name}: [f64; 0] = [];\n"),
        _ => format!("const {name}: [f64; {length}] = [\n{lines}];\n"),
    },
    rows: |name, rows| {
        let row = |(at, all): &Row| format!("    ({at:?}, &[{}]),\n", numbers_in_line(all));
        let count = rows.len();
        let rows: String = rows.iter().map(row).collect();
        format!("const {name}: [(f64, &[f64]); {count}] = [\n{rows}];\n")
    },
    student,
    grid: GRID,
    panels: PANELS,
    series: SERIES,
    steps: STEPS,
    averages: AVERAGES,
    kinks: KINKS,
    result: RESULT,
    shared: &[("@sums@", SUMS)],
    meanings: [
        &[
            ("@arguments@", "m: f64, q: f64"),
            ("@sine@", ""),
            ("@nodes@", "nodes(scale)"),
            ("@given@", "cosine, &roots"),
            ("@turned@", ""),
            ("@turn@", ""),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m: f64, q: f64"),
            ("@sine@", ""),
            (
                "@nodes@",
                "nodes(scale, BREAKS.iter().map(|at| at / scale).collect())",
            ),
            ("@given@", "cosine, &roots"),
            ("@turned@", ""),
            ("@turn@", ""),
            ("@alpha@", ""),
        ],
        &[
            ("@arguments@", "m: f64, q: f64, r: f64"),
            ("@sine@", SINE),
            ("@nodes@", "nodes(scale, edges(scale, cosine, sine))"),
            ("@given@", "cosine, sine, &roots"),
            ("@turned@", "    let mut turned = 0.0;\n"),
            ("@turn@", "        turned += weight * x * mean * slope;\n"),
            ("@alpha@", ALPHA),
        ],
    ],
};

fn student(student: &Student) -> String {
    let mut out =
        "/// `sigma`, `sigma'`, `sigma''` at x.\nfn student(x: f64) -> [f64; 3] {\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded_let(name, expression));
    }
    out + "    [value, slope, bend]\n}\n"
}

/// The Hermite sums, with and without steps.
const SUMS: &str = r#"    let (mut before, mut here) = (0.0, 1.0);
    for k in 0..ORDERS {
        if k < TEACHER.len() {
            mean += TEACHER[k] * here;
        }
        if k + 1 < TEACHER.len() {
            tilt += roots[k + 1] * TEACHER[k + 1] * here;
        }
        if k < SQUARE.len() {
            square += SQUARE[k] * here;
        }
        let next = (cosine * x * here - cosine * cosine * roots[k] * before) / roots[k + 1];
        (before, here) = (here, next);
    }
    [mean, tilt, square]
}
"#;

const GRID: &str = r#"fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Nodes and weights of `E[f(x)]`, `x ~ N(0, 1)`, for a student that is taken at `scale x`.
fn nodes(scale: f64) -> Vec<(f64, f64)> {
    let step = (SPACING / scale).clamp(FINEST, COARSEST);
    let half = (REACH / step).ceil() as i64;
    let x = (-half..=half).map(|i| i as f64 * step);
    x.map(|x| (x, step * density(x))).collect()
}
"#;

const PANELS: &str = r#"fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Nodes and weights of `E[f(x)]`, `x ~ N(0, 1)`, for a student that is taken at `scale x`.
fn nodes(scale: f64, mut edges: Vec<f64>) -> Vec<(f64, f64)> {
    let step = (SPACING / scale).clamp(FINEST, COARSEST);
    edges.retain(|x| x.abs() < REACH);
    edges.extend([-REACH, REACH]);
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let mut all = Vec::new();
    for pair in edges.windows(2) {
        let count = ((pair[1] - pair[0]) / step).ceil();
        let half = 0.5 * (pair[1] - pair[0]) / count;
        for i in 0..count as usize {
            for (node, weight) in GAUSS_NODES.iter().zip(GAUSS_WEIGHTS) {
                let x = pair[0] + half * (2.0 * i as f64 + 1.0 + node);
                all.push((x, half * weight * density(x)));
            }
        }
    }
    all
}
"#;

const SERIES: &str = r#"/// `E[sigma* | x]`, `E[sigma*' | x]`, `E[sigma*^2 | x]`, with `TEACHER = E[sigma* h_k]` and
/// `SQUARE = E[sigma*^2 h_k]` for `h_k = He_k / sqrt(k!)`; `roots[k] = sqrt(k)`.
fn teacher(x: f64, cosine: f64, roots: &[f64]) -> [f64; 3] {
    let [mut mean, mut tilt, mut square] = [0.0; 3];
@sums@"#;

const STEPS: &str = r#"/// What steps add to `E[f(y)]`, `y ~ N(mean, sine^2)`, and its derivative by the mean: a step is
/// `sum_n powers[n] (y - at)^n` for `y > at`.
fn added(steps: &[(f64, &[f64])], mean: f64, sine: f64) -> [f64; 2] {
    let [mut total, mut slope] = [0.0; 2];
    for (at, powers) in steps {
        let gap = mean - at;
        // E[(y - at)^n; y > at] for n = -1 (by its limit) and 0, then on by parts.
        let mut before = density(gap / sine) / sine;
        let mut here = 0.5 + 0.5 * erf(gap / sine / 2.0_f64.sqrt());
        for (n, factor) in powers.iter().enumerate() {
            let order = n.max(1) as f64;
            total += factor * here;
            slope += factor * order * before;
            (before, here) = (here, gap * here + order * sine * sine * before);
        }
    }
    [total, slope]
}

/// `E[sigma* | x]`, `E[sigma*' | x]`, `E[sigma*^2 | x]`: `TEACHER` and `SQUARE` are the polynomials
/// left of all steps, by `h_k = He_k / sqrt(k!)`; `roots[k] = sqrt(k)`.
fn teacher(x: f64, cosine: f64, sine: f64, roots: &[f64]) -> [f64; 3] {
    let [mut mean, mut tilt] = added(&STEPS, cosine * x, sine);
    let [mut square, _] = added(&SQUARE_STEPS, cosine * x, sine);
@sums@
/// Where `sigma(scale x)` breaks, and places around the steps as they are seen from `x`.
fn edges(scale: f64, cosine: f64, sine: f64) -> Vec<f64> {
    let mut found: Vec<f64> = BREAKS.iter().map(|at| at / scale).collect();
    if cosine.abs() <= 1e-9 {
        return found;
    }
    let blur = sine / cosine.abs();
    for (at, _) in STEPS {
        let centre = at / cosine;
        found.push(centre);
        let mut offset = blur;
        while offset > 1e-15 && offset < (10.0 * blur).clamp(1.0, 20.0) {
            found.extend([centre - offset, centre + offset]);
            offset *= 2.0;
        }
    }
    found
}
"#;

const SINE: &str = "    // Not 0, where steps would be divided by it.
    let sine = (r / q).sqrt().clamp(1e-17, 1.0);
";

const AVERAGES: &str = r#"/// `alpha`, `beta`, `E[(sigma* - sigma)^2 sigma'^2]`, `E[sigma'^2]` at overlaps `m`, `q`.
fn averages(@arguments@) -> [f64; 4] {
    let scale = q.sqrt();
    let cosine = (m / scale).clamp(-1.0, 1.0);
@sine@    let roots: Vec<f64> = (0..=ORDERS).map(|k| (k as f64).sqrt()).collect();
    let [mut alpha, mut pull, mut own, mut signal, mut power] = [0.0; 5];
@turned@    for (x, weight) in @nodes@ {
        let [value, slope, bend] = student(scale * x);
        let [mean, tilt, square] = teacher(x, @given@);
        alpha += weight * tilt * slope;
        pull += weight * mean * bend;
        own += weight * value * bend;
        signal += weight * (square - 2.0 * mean * value + value * value) * slope * slope;
        power += weight * slope * slope;
@turn@    }
"#;

const KINKS: &str = r#"    // sigma'' has a delta where the slope jumps.
    for (at, jump) in KINKS {
        let corner = at / scale;
        if corner.abs() < REACH {
            let weight = jump[0] * density(corner) / scale;
            pull += weight * teacher(corner, @given@)[0];
            own += weight * jump[1];
        }
    }
"#;

const ALPHA: &str = r#"    if cosine.abs() > 0.7 {
        // By parts, so that no narrow peak of E[sigma*' | x] is averaged.
        alpha = (turned - scale * pull) / cosine;
    }
"#;

const RESULT: &str =
    "@alpha@    [alpha, pull - own - power, if signal < 0.0 { 0.0 } else { signal }, power]
}
";
