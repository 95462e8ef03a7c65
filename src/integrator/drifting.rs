//! A flow that drifts for ever, like a power of time: what it lowers has settled, or nothing it is watched for is near.
//!
//! Noise makes a free `V` grow like `t^(1/4)`, and `U` shrinks as much, along states of the same loss; a student that fits a
//! jump of its teacher ever better grows like `t^(1/3)`, its loss going like `t^(-1/3)`.

use super::Stop;

/// Marks of time are so many times apart, at least.
const DECADE: f64 = 10.0;
/// Decades over which it is watched.
const DECADES: usize = 3;
/// Change over a decade at the end, below which it has settled.
const SETTLED: f64 = 1e-5;
/// Powers of time with which a state grows or shrinks that drifts: `R` of a free `V` goes like `t^(1/2)`. One that waits at a
/// saddle stands still, one that leaves it is faster than any power, and one that has just begun goes like `t`.
const DRIFT: std::ops::RangeInclusive<f64> = 0.02..=0.6;
/// Powers of three decades that are the same one.
const STEADY: f64 = 0.01;
/// Decades beyond which an event, or the end of the span, is not near: a run would take all its steps to it.
pub(super) const REACH: f64 = 6.0;
/// The same of a run that [labours](Drifting::labours).
pub(super) const SHORT_REACH: f64 = 1.0;
/// Steps since the last mark from which it does, as rounding of its rates hides what it moves by ...
const MANY: usize = 1000;
/// ... if they are so many times those of the decade before.
const MORE: usize = 4;
/// The pace of an event's function from one decade to the next that is no faster; differences that are rounding.
const AS_FAST: f64 = 1.1;
const ROUNDING: f64 = 1e-9;

/// How far a run has come at a time.
pub(super) struct Way {
    pub(super) t: f64,
    /// Steps so far.
    pub(super) steps: usize,
    /// What has to settle.
    pub(super) value: f64,
    /// Largest component of the state.
    pub(super) size: f64,
    /// The functions of the events that are still ahead, below 0, terminal or not; `None` of those that were met.
    pub(super) ahead: Vec<Option<f64>>,
}

/// The last marks of a run.
#[derive(Default)]
pub(super) struct Drifting {
    marks: Vec<Way>,
}

impl Drifting {
    /// Whether a time is a decade beyond the last mark.
    pub(super) fn is_due(&self, t: f64) -> bool {
        self.marks.last().is_none_or(|last| t >= DECADE * last.t)
    }

    /// Whether steps have become so short that it hardly goes on.
    pub(super) fn labours(&self, steps: usize) -> bool {
        let [.., before, last] = &self.marks[..] else {
            return false;
        };
        let (then, now) = (last.steps - before.steps, steps - last.steps);
        now > MANY.max(MORE * then)
    }

    pub(super) fn take(&mut self, mark: Way) {
        if self.marks.len() > DECADES {
            self.marks.remove(0);
        }
        self.marks.push(mark);
    }

    fn pairs(&self) -> impl Iterator<Item = (&Way, &Way)> {
        self.marks.iter().zip(self.marks.iter().skip(1))
    }

    /// The powers of time with which the state went over all decades, once there are enough.
    fn powers(&self) -> Option<Vec<f64>> {
        let power = |(a, b): (&Way, &Way)| (b.size / a.size).ln() / (b.t / a.t).ln();
        (self.marks.len() > DECADES).then(|| self.pairs().map(power).collect())
    }

    /// Whether the flow has done nothing but drift while a value of it settled.
    pub(super) fn has_settled(&self) -> bool {
        let changes: Vec<f64> = self
            .pairs()
            .map(|(a, b)| (b.value - a.value).abs())
            .collect();
        let drifts = |powers: Vec<f64>| powers.iter().all(|power| DRIFT.contains(&power.abs()));
        self.powers().is_some_and(drifts)
            && changes.is_sorted_by(|earlier, later| later <= earlier)
            && changes.last().is_some_and(|last| *last <= SETTLED)
    }

    /// [`Stop::Growth`] where the flow has done nothing but grow, steadily, where no event ahead of it comes nearer ever
    /// faster, and neither one nor the end is within so many decades.
    pub(super) fn growth(&self, end: f64, reach: f64) -> Option<Stop> {
        let powers = self.powers()?;
        let (first, power) = (*powers.first()?, *powers.last()?);
        let is_steady = |one: &f64| DRIFT.contains(one) && (one - first).abs() <= STEADY;
        let now = self.marks.last()?;
        let goes_on =
            end > now.t * DECADE.powf(reach) && !(0..now.ahead.len()).any(|i| self.nears(i, reach));
        (powers.iter().all(is_steady) && goes_on).then_some(Stop::Growth { power })
    }

    /// Whether an event comes nearer ever faster, or is near.
    fn nears(&self, event: usize, reach: f64) -> bool {
        let at = |way: &Way| way.ahead.get(event).copied().flatten();
        let Some(now) = self.marks.last().and_then(at) else {
            return false;
        };
        let pace = |(a, b): (&Way, &Way)| Some((at(b)? - at(a)?) / (b.t / a.t).log10());
        let paces: Vec<f64> = self.pairs().filter_map(pace).collect();
        let is_slower = |a: &f64, b: &f64| b.abs() <= AS_FAST * a.abs() + ROUNDING;
        let is_far = |pace: &f64| now + reach * pace < 0.0;
        !(paces.is_sorted_by(is_slower) && paces.last().is_some_and(is_far))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a flow of one number settles, and where it grows, of the times `2^k` up to `1e12`, watched for an event.
    fn ends(
        y: impl Fn(f64) -> f64,
        value: impl Fn(f64) -> f64,
        event: impl Fn(f64) -> f64,
    ) -> [Option<f64>; 2] {
        let (mut drifting, mut found) = (Drifting::default(), [None; 2]);
        for t in (-10..40).map(|k| 2.0_f64.powi(k)) {
            if drifting.is_due(t) {
                let (value, size, ahead) = (value(t), y(t), vec![Some(event(t))]);
                drifting.take(Way {
                    steps: 0,
                    t,
                    value,
                    size,
                    ahead,
                });
                let grows = drifting.growth(1e30, REACH).is_some();
                for (found, now) in found.iter_mut().zip([drifting.has_settled(), grows]) {
                    *found = found.or(now.then_some(t));
                }
            }
        }
        found
    }

    fn settled(y: impl Fn(f64) -> f64, value: impl Fn(f64) -> f64) -> Option<f64> {
        ends(y, value, |_| -1.0)[0]
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

    #[test]
    fn powers_of_time_grow_unless_an_event_is_near() {
        fn third(t: f64) -> f64 {
            (1.0 + t).cbrt()
        }
        let grown = |y: fn(f64) -> f64, event: fn(f64) -> f64| ends(y, |t| t.ln(), event)[1];
        // The logarithm of a loss like t^(-1/3), of which 1e-9 of that at t = 1 is asked, at 1e27.
        let end = grown(third, |t| third(t).ln() - 1e9_f64.ln()).unwrap();
        assert!((1e4..1e6).contains(&end), "{end}");
        // One of which 1e-3 is asked, at 1e9, is near; so is one that comes ever faster.
        assert_eq!(grown(third, |t| third(t).ln() - 1e3_f64.ln()), None);
        assert_eq!(grown(third, |t| 1e-6 * third(t) - 1.0), None);
        // A state that shrinks, one that has not found its power, one whose power is that of the time itself.
        assert_eq!(grown(|t| 1.0 / (1.0 + t).cbrt(), |_| -1.0), None);
        assert_eq!(grown(|t| (1e10 + t).cbrt(), |_| -1.0), None);
        assert_eq!(grown(|t| t, |_| -1.0), None);
    }

    #[test]
    fn a_run_labours_that_takes_many_more_steps_than_before() {
        let mut drifting = Drifting::default();
        for (t, steps) in [(1.0, 300), (10.0, 500)] {
            let (value, size, ahead) = (0.0, 1.0, Vec::new());
            drifting.take(Way {
                t,
                steps,
                value,
                size,
                ahead,
            });
        }
        assert!(!drifting.labours(1500) && drifting.labours(1501));
    }
}
