//! How far a run has come after so many steps: the integral of the factor of its step size.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use gauss_quad::legendre::GaussLegendre;

/// Most steps of any run: beyond, a double no longer counts them.
pub(super) const MOST_STEPS: f64 = 9_007_199_254_740_992.0;
/// Panels at most: a factor that keeps bending is known up to some step only.
const MOST_PANELS: usize = 20_000;
/// Relative change of the integral by which halving a panel may change it.
const PRECISION: f64 = 1e-14;
/// Steps that are looked at one by one.
const FIRST_STEPS: u32 = 4096;
/// Narrowest panel, in steps.
const NARROWEST: f64 = 1e-6;
const NODES: usize = 16;
const TRIALS: usize = 100;

type Factor<'a> = &'a dyn Fn(f64) -> f64;

/// `T(s) = int_0^s f`, in panels.
#[derive(Clone, Debug)]
pub(super) struct Elapsed {
    steps: Vec<f64>,
    sums: Vec<f64>,
    /// The first step at which the factor is none, and what it is there.
    pub(super) bad: Option<(f64, f64)>,
}

fn is_factor(x: f64) -> bool {
    x >= 0.0 && x.is_finite()
}

/// The integral over a panel, or a place where the factor is none.
fn panel(factor: Factor<'_>, from: f64, to: f64) -> Result<f64, f64> {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    let rule = RULE.get_or_init(|| {
        let count = NonZeroUsize::new(NODES).unwrap_or(NonZeroUsize::MIN);
        GaussLegendre::new(count).as_node_weight_pairs().to_vec()
    });
    let half = 0.5 * (to - from);
    let first = factor(from + half);
    let (mut sum, mut is_constant) = (0.0, true);
    for (node, weight) in rule {
        let at = from + half * (1.0 + node);
        let value = factor(at);
        if !is_factor(value) {
            return Err(at);
        }
        sum += weight * value;
        is_constant &= value.to_bits() == first.to_bits();
    }
    // So that a list of steps has the sum that one takes of it.
    Ok(if is_constant {
        (to - from) * first
    } else {
        half * sum
    })
}

impl Elapsed {
    pub(super) fn of(factor: Factor<'_>, breaks: &[f64]) -> Self {
        let mut all = Self {
            steps: vec![0.0],
            sums: vec![0.0],
            bad: None,
        };
        let middle = |step: &u32| !is_factor(factor(f64::from(*step) + 0.5));
        let early = (0..FIRST_STEPS).find(middle).map(f64::from);
        all.bad = early.map(|step| (step, factor(step + 0.5)));
        let last = early.unwrap_or(MOST_STEPS);
        let ends = breaks.iter().copied().filter(|at| *at < last);
        for end in ends.chain([last]) {
            let mut width = 1.0;
            while all.end() < end && all.steps.len() < MOST_PANELS {
                let from = all.end();
                if let Err(bad) = all.add(factor, (from, (from + width).min(end))) {
                    all.end_before(factor, bad);
                    return all;
                }
                width *= 2.0;
            }
        }
        all
    }

    /// The last step that is known of.
    pub(super) fn end(&self) -> f64 {
        self.steps.last().copied().unwrap_or(0.0)
    }

    /// The integral up to there.
    pub(super) fn whole(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// Adds a stretch, in as many panels as it takes.
    fn add(&mut self, factor: Factor<'_>, (from, to): (f64, f64)) -> Result<(), f64> {
        let mut left = vec![(from, to, panel(factor, from, to)?)];
        while let Some((from, to, whole)) = left.pop() {
            let middle = 0.5 * (from + to);
            let (first, second) = (panel(factor, from, middle)?, panel(factor, middle, to)?);
            let sum = self.whole() + first + second;
            let is_exact = (first + second - whole).abs() <= PRECISION * sum;
            if is_exact || to - from < NARROWEST || self.steps.len() + left.len() > MOST_PANELS {
                self.steps.push(to);
                self.sums.push(sum);
                if self.steps.len() >= MOST_PANELS {
                    return Ok(());
                }
                continue;
            }
            left.extend([(middle, to, second), (from, middle, first)]);
        }
        Ok(())
    }

    /// Ends before the first step whose factor is none, next to a place where it is none.
    fn end_before(&mut self, factor: Factor<'_>, bad: f64) {
        let is_bad = |step: f64| !is_factor(factor(step + 0.5));
        let (mut good, mut step) = (self.end().floor(), bad.floor());
        while step - good > 1.0 {
            let middle = (0.5 * (good + step)).floor();
            if is_bad(middle) {
                step = middle;
            } else {
                good = middle;
            }
        }
        let at = if is_bad(step) { step + 0.5 } else { bad };
        self.bad = Some((step, factor(at)));
        if step > self.end() {
            // What cannot be added is not known; the run ends before it.
            let _known = self.add(factor, (self.end(), step));
        }
    }

    /// `T(s)`.
    pub(super) fn at(&self, factor: Factor<'_>, s: f64) -> f64 {
        if s >= self.end() {
            return self.whole();
        }
        let i = self.steps.partition_point(|step| *step <= s).max(1) - 1;
        self.sums[i] + panel(factor, self.steps[i], s.max(0.0)).unwrap_or(0.0)
    }

    /// The least `s` with `T(s) = sum`, the last one known where there is none.
    pub(super) fn inverse(&self, factor: Factor<'_>, sum: f64) -> f64 {
        if sum <= 0.0 {
            return 0.0;
        }
        let whole = self.whole();
        if sum >= whole * (1.0 - 4.0 * f64::EPSILON) {
            // Next to its end a factor that comes to 0 hides the steps in rounding.
            let i = self.sums.partition_point(|known| *known < whole);
            return self.steps[i.min(self.steps.len() - 1)];
        }
        let i = self.sums.partition_point(|known| *known < sum);
        let (from, to) = (self.steps[i - 1], self.steps[i]);
        let (before, after) = (self.sums[i - 1], self.sums[i]);
        let (mut low, mut high) = (from, to);
        let mut s = from + (to - from) * (sum - before) / (after - before);
        for _ in 0..TRIALS {
            let off = before + panel(factor, from, s).unwrap_or(0.0) - sum;
            if off == 0.0 {
                break;
            }
            if off < 0.0 {
                low = s;
            } else {
                high = s;
            }
            let newton = s - off / factor(s);
            let next = if newton > low && newton < high {
                newton
            } else {
                0.5 * (low + high)
            };
            if (next - s).abs() <= f64::EPSILON * s {
                break;
            }
            s = next;
        }
        s
    }
}
