//! The averages of a pair along all overlaps that its weights can have, with the one that was asked for.

use super::{KernelAt, at_many};
use crate::error::Error;
use crate::numeral::plain;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel};
use crate::study::read::Saved;
use crate::watch::Cancel;

/// Overlaps at which curves are drawn, a step of the angle between teacher and student apart: averages bend most where they
/// are aligned.
const STEPS: i32 = 60;

/// Drawn of the links themselves, which are known by their names.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let asked = KernelAt {
        link: None,
        teacher: saved.parameter("teacher")?,
        student: saved.parameter("student")?,
        m: saved.parameter("m")?,
        q: saved.parameter("q")?,
        noise: saved.parameter("noise")?,
        teacher_variance: saved.parameter("teacher-variance")?,
    };
    let model = asked.model()?;
    let largest = (asked.teacher_variance.unwrap_or(1.0) * asked.q).sqrt();
    let cosine = |i: i32| -(std::f64::consts::PI * f64::from(i) / f64::from(STEPS)).cos();
    // Rounding does not leave the range.
    let m: Vec<f64> = (0..=STEPS)
        .map(|i| largest * cosine(i) * (1.0 - f64::EPSILON))
        .collect();
    let q = vec![asked.q; m.len()];
    let (variance, noise) = (asked.teacher_variance, asked.noise);
    let found = at_many(&model, (&m, &q), variance, noise, &Cancel::default())?;
    let curve = |label: &str, values: &[f64], style| {
        let points = m.iter().zip(values).map(|(m, y)| (*m, Some(*y))).collect();
        Curve::new(label, points, style)
    };
    let panel = |title: String, y: &str| {
        Panel::new(
            title,
            Axis::linear("student–teacher overlap m"),
            Axis::linear(y),
        )
        .with_mark(Mark::vertical(asked.m, "", None))
    };
    let of = format!("(a) {} at q = {}", model.label(), plain(asked.q));
    let gradient = panel(of, "α, β")
        .with_curve(curve("α", &found.alpha, CurveStyle::Line))
        .with_curve(curve("β", &found.beta, CurveStyle::Dashed));
    let size = panel("(b) noise kernel and loss".to_owned(), "N, L")
        .with_curve(curve("N", &found.noise_kernel, CurveStyle::Line))
        .with_curve(curve("L", &found.loss, CurveStyle::Dashed));
    Ok(Figure::new(vec![gradient, size], 2).with_provenance(saved.caption()))
}
