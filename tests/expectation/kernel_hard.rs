//! Kernels of steep, kinked, cusped, far and jumping links against values made independently of the
//! program (tests/reference/README.md), and their error estimates against the errors.

use std::sync::Arc;

use lorode::expectation::{Kernel, Overlaps, flow_kernel, kernel};
use lorode::link::Link;
use rayon::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    kernels: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    teacher: String,
    student: String,
    m: f64,
    q: f64,
    label_noise: f64,
    alpha: Option<f64>,
    beta: Option<f64>,
    noise_kernel: Option<f64>,
    loss: Option<f64>,
}

/// Relative to the value, where nothing cancels.
const TOLERANCE: f64 = 1e-10;

/// What the reference may be off by: doubles, and its largest terms.
const OWN: f64 = 4e-16;

/// Every deviation beyond tolerance or estimate.
fn failures(p: &Point, make: fn(&Link, &Link) -> Arc<dyn Kernel>) -> Vec<String> {
    let (teacher, student) = (p.teacher.parse().unwrap(), p.student.parse().unwrap());
    let kernel = make(&teacher, &student);
    let at = Overlaps::new(p.m, p.q).unwrap();
    let (drift, errors) = (kernel.drift(&at), kernel.errors(&at));
    let noise = kernel.noise(&at).total(p.label_noise);
    let loss = kernel.loss(&at) + p.label_noise / 2.0;
    let all = [
        ("alpha", drift.alpha, p.alpha, errors.alpha),
        ("beta", drift.beta, p.beta, errors.beta),
        ("N", noise, p.noise_kernel, errors.noise(p.label_noise)),
        ("loss", loss, p.loss, errors.loss),
    ];
    let mut failed = Vec::new();
    for (name, ours, expected, estimate) in all {
        let Some(expected) = expected else { continue };
        let gap = (ours - expected).abs();
        let own = OWN * expected.abs().max(estimate);
        let allowed = TOLERANCE * expected.abs() + estimate.min(1e-11);
        let holds = gap <= estimate + own && gap <= allowed;
        if !holds {
            failed.push(format!(
                "{name} of {} -> {} at m = {}, q = {} ({}): {ours:e} against {expected:e}, off by \
                 {gap:.1e}, estimate {estimate:.1e}",
                p.teacher,
                p.student,
                p.m,
                p.q,
                kernel.route(&at)
            ));
        }
    }
    failed
}

fn check(make: fn(&Link, &Link) -> Arc<dyn Kernel>) {
    let text = include_str!("../reference/hard_kernels.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    assert_eq!(reference.kernels.len(), 108);
    let all = reference.kernels.par_iter();
    let failed: Vec<String> = all.flat_map_iter(|p| failures(p, make)).collect();
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n"));
}

#[test]
fn hard_kernels_match_the_reference_within_their_estimates() {
    check(kernel);
}

#[test]
fn hard_flow_kernels_match_the_reference_within_their_estimates() {
    check(flow_kernel);
}
