//! Random kernels of every kind against a quadrature written apart: the error is within the
//! estimate, without exception.

use crate::support::cases::seed;
use crate::support::generated::KINDS;
use crate::support::plane::plane;
use crate::support::{Random, link};
use lorode::expectation::{Overlaps, kernel};
use rayon::prelude::*;

/// A pair and where it is averaged.
struct Case {
    teacher: String,
    student: String,
    m: f64,
    q: f64,
}

fn case(random: &mut Random, kind: usize) -> Case {
    let (teacher, student) = random.pair(KINDS[kind % KINDS.len()]);
    let q = (random.decades(0.05, 4.0) * 1000.0).round() / 1000.0;
    let cosine = match random.below(5) {
        0 => 0.0,
        1 => 0.999,
        _ => random.within(-0.98, 0.98),
    };
    let m = (cosine * q.sqrt() * 1000.0).trunc() / 1000.0;
    Case {
        teacher,
        student,
        m,
        q,
    }
}

/// Averages off by more than the program says and this quadrature may be.
fn complaint(case: &Case) -> Option<String> {
    let Case {
        teacher,
        student,
        m,
        q,
    } = case;
    let (t, s) = (link(teacher), link(student));
    let kernel = kernel(&t, &s);
    let at = Overlaps::new(*m, *q).unwrap();
    let (drift, noise, errors) = (kernel.drift(&at), kernel.noise(&at), kernel.errors(&at));
    let found = [
        (drift.alpha, errors.alpha),
        (drift.beta, errors.beta),
        (noise.signal, errors.signal),
        (noise.slope, errors.slope),
        (kernel.loss(&at), errors.loss),
    ];
    let (right, own) = plane(&t, &s, *m, *q);
    let mut wrong = String::new();
    for (((name, right), (_, own)), (value, claimed)) in
        right.all().into_iter().zip(own.all()).zip(found)
    {
        let error = (value - right).abs();
        if error > claimed + own || error.is_nan() {
            wrong += &format!(
                "\n    {name} = {value:e}, right {right:e} +- {own:.1e}: error {error:.1e}, claimed {claimed:.1e}"
            );
        }
    }
    let route = kernel.route(&at);
    (!wrong.is_empty())
        .then(|| format!("{teacher} -> {student} at m = {m}, q = {q} ({route}){wrong}"))
}

fn errors_are_within_the_estimates(count: usize, seed: u64) {
    let mut random = Random(seed);
    let cases: Vec<Case> = (0..count).map(|kind| case(&mut random, kind)).collect();
    let complaints: Vec<String> = cases.par_iter().filter_map(complaint).collect();
    assert!(
        complaints.is_empty(),
        "{} of {count} kernels:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn errors_of_random_kernels_are_within_the_estimates() {
    errors_are_within_the_estimates(50, 26);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn errors_of_many_random_kernels_are_within_the_estimates() {
    errors_are_within_the_estimates(10_000, seed(27));
}
