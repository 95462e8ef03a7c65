//! How long the series of a pair is, and where its averages change near `m^2 = q`: before it is made.

use super::{SeriesKernel, TAIL_TOLERANCE};
use crate::expectation::prepared_link::Side;

/// Half-width of the strip in which a link is analytic, in widths of its narrowest panel, about.
const STRIP: f64 = 2.5;
/// How far averages see, in deviations.
const NEAREST: f64 = 9.0;

impl SeriesKernel {
    /// The sine of the angle at which the averages change near `m^2 = q`: the widths within which both
    /// links bend, in deviations. `None` where a link cannot be resolved.
    pub(in crate::expectation) fn width(&self, q: f64) -> Option<f64> {
        let [teacher, student] = self.widths(q)?;
        let broken = |side: &Side| !side.resolution.breaks().is_empty();
        Some(match (broken(&self.teacher), broken(&self.student)) {
            (false, false) => teacher.hypot(student),
            (true, false) => student,
            (false, true) => teacher,
            (true, true) => teacher.min(student),
        })
    }

    /// Terms that the series needs at `q` where `m^2 = q`, about.
    pub(in crate::expectation) fn aligned_terms(&self, q: f64) -> f64 {
        let Some(widths) = self.widths(q) else {
            return f64::INFINITY;
        };
        let sides = [&self.teacher, &self.student].into_iter().zip(widths);
        let smooth = sides.filter(|(side, _)| side.resolution.breaks().is_empty());
        // Coefficients of a function analytic in a strip of half-width d fall like exp(-d sqrt(2k)).
        let strip: f64 = smooth.map(|(_, width)| STRIP * width).sum();
        0.5 * (-TAIL_TOLERANCE.ln() / strip).powi(2)
    }

    /// Width of the narrowest panel of each link as seen at `q`, in deviations.
    fn widths(&self, q: f64) -> Option<[f64; 2]> {
        let width = |side: &Side, scale: f64| {
            let window = NEAREST * scale;
            Some(side.resolution.finest(-window, window)? / scale)
        };
        Some([width(&self.teacher, 1.0)?, width(&self.student, q.sqrt())?])
    }
}
