//! From when on a run that came to rest stays near it.

use crate::integrator::{Solution, Stop};

/// Distance to the rest of a run at which it has settled, against the largest size of each variable.
const NEAR: f64 = 1e-5;

/// The first step from which a run that came to rest stays near it; the end of other runs.
pub(super) fn settled_from(solution: &Solution) -> f64 {
    let path = &solution.path;
    if solution.stop != Stop::FixedPoint || path.times().is_empty() {
        return solution.end;
    }
    let mut sizes = vec![0.0_f64; solution.last.len()];
    for state in path.states() {
        for (size, y) in sizes.iter_mut().zip(state) {
            *size = size.max(y.abs());
        }
    }
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let is_away = |state: &[f64]| {
        let mut off = state.iter().zip(&solution.last).zip(&sizes);
        off.any(|((y, rest), size)| (y - rest).abs() > NEAR * size.max(NEAR * largest))
    };
    let away: Vec<bool> = path.states().map(is_away).collect();
    match away.iter().rposition(|away| *away) {
        // A run that never moved is shown for one unit of time.
        None => solution.end.min(1.0),
        Some(last) => path.times().get(last + 1).copied().unwrap_or(solution.end),
    }
}
