//! The series in Rust.

use super::super::fold::folded;
use super::{Student, Template};

pub(super) const TEMPLATE: Template = Template {
    gap: "\n",
    number: |name, value| {
        let kind = if value.parse::<usize>().is_ok() { "usize" } else { "f64" };
        format!("const {name}: {kind} = {value};\n")
    },
    list: |name, length, lines| format!("const {name}: [f64; {length}] = [\n{lines}];\n"),
    triples: |name, length, lines| {
        format!("const {name}: [(f64, f64, f64); {length}] = [\n{lines}];\n")
    },
    student,
    grid: GRID,
    panels: PANELS,
    averages: AVERAGES,
    kinks: KINKS,
    result: "    [alpha, beta, if signal < 0.0 { 0.0 } else { signal }, power]\n}\n",
};

fn student(student: &Student) -> String {
    let mut out = "/// `sigma`, `sigma'`, `sigma''` at x.\nfn student(x: f64) -> [f64; 3] {\n".to_owned();
    for (name, expression) in &student.statements {
        out.push_str(&folded(&format!("let {name} = "), expression, ";", 4));
    }
    out + "    [value, slope, bend]\n}\n"
}

const GRID: &str = r#"/// Nodes and weights of `E[f(x)]`, `x ~ N(0, 1)`, for a student that is taken at `scale x`.
fn nodes(scale: f64) -> Vec<(f64, f64)> {
    let step = (SPACING / scale).clamp(FINEST, COARSEST);
    let half = (REACH / step).ceil() as i64;
    let x = (-half..=half).map(|i| i as f64 * step);
    x.map(|x| (x, step * density(x))).collect()
}
"#;

const PANELS: &str = r#"/// Nodes and weights of `E[f(x)]`, `x ~ N(0, 1)`, for a student that is taken at `scale x`.
fn nodes(scale: f64) -> Vec<(f64, f64)> {
    let step = (SPACING / scale).clamp(FINEST, COARSEST);
    let mut edges = vec![-REACH];
    edges.extend(BREAKS.iter().map(|at| at / scale).filter(|x| x.abs() < REACH));
    edges.push(REACH);
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

const AVERAGES: &str = r#"fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// `E[sigma* | x]`, `E[sigma*' | x]`, `E[sigma*^2 | x]`, with `TEACHER = E[sigma* h_k]` and
/// `SQUARE = E[sigma*^2 h_k]` for `h_k = He_k / sqrt(k!)`; `roots[k] = sqrt(k)`.
fn teacher(x: f64, cosine: f64, roots: &[f64]) -> [f64; 3] {
    let [mut mean, mut tilt, mut square] = [0.0; 3];
    let (mut before, mut here) = (0.0, 1.0);
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

/// `alpha`, `beta`, `E[(sigma* - sigma)^2 sigma'^2]`, `E[sigma'^2]` at overlaps `m`, `q`.
fn averages(m: f64, q: f64) -> [f64; 4] {
    let scale = q.sqrt();
    let cosine = (m / scale).clamp(-1.0, 1.0);
    let roots: Vec<f64> = (0..=ORDERS).map(|k| (k as f64).sqrt()).collect();
    let [mut alpha, mut beta, mut signal, mut power] = [0.0; 4];
    for (x, weight) in nodes(scale) {
        let [value, slope, bend] = student(scale * x);
        let [mean, tilt, square] = teacher(x, cosine, &roots);
        alpha += weight * tilt * slope;
        beta += weight * ((mean - value) * bend - slope * slope);
        signal += weight * (square - 2.0 * mean * value + value * value) * slope * slope;
        power += weight * slope * slope;
    }
"#;

const KINKS: &str = r#"    // sigma'' has a delta where the slope jumps.
    for (at, jump, there) in KINKS {
        let corner = at / scale;
        if corner.abs() < REACH {
            let [mean, _, _] = teacher(corner, cosine, &roots);
            beta += jump * density(corner) / scale * (mean - there);
        }
    }
"#;
