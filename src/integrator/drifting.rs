//! A flow that drifts for ever although what it lowers has settled: noise makes a free `V` grow like `t^(1/4)`, and `U`
//! shrinks as much, along states of the same loss.

use super::ValueOf;

/// Marks of time are so many times apart, at least.
const DECADE: f64 = 10.0;
/// Decades over which it is watched.
const DECADES: usize = 3;
/// Change over a decade at the end, below which it has settled.
const SETTLED: f64 = 1e-5;
/// Powers of time with which a state grows or shrinks that drifts: `R` of a free `V` goes like `t^(1/2)`. One that waits at a
/// saddle stands still, one that leaves it is faster than any power, and one that has just begun goes like `t`.
const DRIFT: std::ops::RangeInclusive<f64> = 0.02..=0.6;

/// What was there at a time.
struct Mark {
    t: f64,
    /// What has to settle.
    value: f64,
    /// Largest component of the state.
    size: f64,
}

/// The last marks of a run.
#[derive(Default)]
pub(super) struct Drifting {
    marks: Vec<Mark>,
}

impl Drifting {
    /// Takes the end of a step, and tells whether the flow has done nothing but drift for three decades of time: the state
    /// goes like a power of time while a value of it settles.
    pub(super) fn settles(&mut self, t: f64, y: &[f64], value: ValueOf<'_>) -> bool {
        if self.marks.last().is_some_and(|m| t < DECADE * m.t) {
            return false;
        }
        if self.marks.len() > DECADES {
            self.marks.remove(0);
        }
        self.marks.push(Mark {
            t,
            value: value(y),
            size: y.iter().fold(0.0, |size, y| size.max(y.abs())),
        });
        self.marks.len() > DECADES && self.is_drift()
    }

    fn is_drift(&self) -> bool {
        let pairs = || self.marks.iter().zip(&self.marks[1..]);
        let power = |(a, b): (&Mark, &Mark)| ((b.size / a.size).ln() / (b.t / a.t).ln()).abs();
        let changes: Vec<f64> = pairs().map(|(a, b)| (b.value - a.value).abs()).collect();
        pairs().all(|pair| DRIFT.contains(&power(pair)))
            && changes.is_sorted_by(|earlier, later| later <= earlier)
            && changes.last().is_some_and(|last| *last <= SETTLED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a flow of one number settles at some of the times `2^k` up to `1e12`, and when.
    fn settled(y: impl Fn(f64) -> f64, value: impl Fn(f64) -> f64) -> Option<f64> {
        let mut drifting = Drifting::default();
        let mut times = (-10..40).map(|k| 2.0_f64.powi(k));
        times.find(|&t| drifting.settles(t, &[y(t)], &|_| value(t)))
    }

    #[test]
    fn powers_of_time_settle_and_saddles_do_not() {
        let root = |t: f64| 1.0 / (1.0 + t).sqrt();
        let end = settled(|t| t.powf(0.25), root).unwrap();
        // 1/sqrt(t) changes by 1e-5 over a decade from about 5e10 on.
        assert!((1e10..1e12).contains(&end), "{end}");
        // A state that stands still, as at a saddle; one that leaves it at a rate; one whose value does not settle.
        assert_eq!(settled(|_| 1.0, root), None);
        assert_eq!(settled(|t| 1.0 + (1e-9 * t).exp(), |_| 0.5), None);
        assert_eq!(settled(|t| t.powf(0.25), |t| t.ln()), None);
        // One that has just begun, so that nothing of it is seen yet; one that drifts for two decades only.
        assert_eq!(settled(|t| t, |_| 0.5), None);
        assert_eq!(settled(|t| t.clamp(1e3, 1e5).powf(0.25), |_| 0.5), None);
    }
}
