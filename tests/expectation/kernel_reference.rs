//! Kernels against values made independently of the program (tests/reference/README.md).

use lorode::expectation::{Kernel, Overlaps, flow_kernel, kernel};
use lorode::link::Link;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    kernels: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Point {
    #[serde(rename = "teacher")]
    teacher: String,
    #[serde(rename = "student")]
    student: String,
    m: f64,
    q: f64,
    #[serde(rename = "noise_variance")]
    noise_variance: f64,
    #[serde(rename = "alpha")]
    alpha: f64,
    #[serde(rename = "beta")]
    beta: f64,
    n: f64,
    #[serde(rename = "loss")]
    loss: f64,
}

/// The reference is good to 1e-11 relative, absolute where the value is below 1e-3.
fn gap(ours: f64, reference: f64) -> f64 {
    (ours - reference).abs() / reference.abs().max(1e-3)
}

fn compare(make: fn(&Link, &Link) -> std::sync::Arc<dyn Kernel>, tolerance: f64) {
    let text = include_str!("../reference/values.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    assert!(reference.kernels.len() >= 36);
    for p in &reference.kernels {
        let (teacher, student) = (p.teacher.parse().unwrap(), p.student.parse().unwrap());
        let kernel = make(&teacher, &student);
        let at = Overlaps::new(p.m, p.q).unwrap();
        let drift = kernel.drift(&at);
        let ours = [
            ("alpha", drift.alpha, p.alpha),
            ("beta", drift.beta, p.beta),
            ("N", kernel.noise(&at).total(p.noise_variance), p.n),
            ("loss", kernel.loss(&at) + p.noise_variance / 2.0, p.loss),
        ];
        for (name, value, expected) in ours {
            let gap = gap(value, expected);
            assert!(
                gap < tolerance,
                "{name} of {} -> {} at m = {}, q = {}: {value} against {expected} ({gap:.1e})",
                p.teacher,
                p.student,
                p.m,
                p.q
            );
        }
    }
}

#[test]
fn exact_kernels_match_the_reference() {
    compare(kernel, 3e-11);
}

#[test]
fn flow_kernels_match_the_reference() {
    compare(flow_kernel, 3e-11);
}
