//! From when on a run that came to rest stays near it.

use super::legs::Course;
use crate::integrator::Stop;

/// Distance to the rest of a run at which it has settled, against the largest size of each variable.
const NEAR: f64 = 1e-5;

/// The first step from which a run that came to rest stays near it; the end of other runs.
pub(super) fn settled_from(course: &Course) -> f64 {
    let (Stop::FixedPoint, Some((from, path))) = (course.stop, course.last_leg()) else {
        return course.end;
    };
    if path.times().is_empty() {
        return course.end;
    }
    let mut sizes = vec![0.0_f64; course.last.len()];
    for state in path.states() {
        for (size, y) in sizes.iter_mut().zip(state) {
            *size = size.max(y.abs());
        }
    }
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let is_away = |state: &[f64]| {
        let mut off = state.iter().zip(&course.last).zip(&sizes);
        off.any(|((y, rest), size)| (y - rest).abs() > NEAR * size.max(NEAR * largest))
    };
    let away: Vec<bool> = path.states().map(is_away).collect();
    match away.iter().rposition(|away| *away) {
        // A run that never moved is shown for one unit of time.
        None => course.end.min(from + 1.0),
        Some(last) => {
            let next = path.times().get(last + 1);
            next.map_or(course.end, |t| from + t)
        }
    }
}
