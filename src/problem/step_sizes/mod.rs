//! Step sizes that change along a run, `eta(s) = lr f(s)` after `s` steps: a clock of its own.
//!
//! ```text
//! t(s) = lr T(s),   T(s) = int_0^s f,   nu(t) = nu f(s(t))
//! ```
//!
//! Step `k = 0, 1, ...` of SGD has the size `lr f(k + 1/2)`, so that the sum of the sizes is the time to a small part of
//! one step, and exactly so for lists of steps and warm-ups.

mod elapsed;
mod rule;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::numeral::plain;
use elapsed::Elapsed;
use rule::Rule;

/// The factor `f` of the step size as a function of the number of steps, as written: `constant`,
/// `steps(1000: 0.1, 5000: 0.01)`, `1/t(100)`, `cosine(10000)` or with a floor `cosine(10000, 0.1)`, `warmup(500)`,
/// products of these, or an expression in `step` such as `1/sqrt(1 + step/100)`.
///
/// ```
/// use lorode::problem::StepSizes;
///
/// let sizes: StepSizes = "steps(1000: 0.1)".parse()?;
/// assert_eq!((sizes.factor(10.0), sizes.factor(2000.0)), (1.0, 0.1));
/// assert!((sizes.sum(2000.0) - 1100.0).abs() < 1e-9);
/// assert!((sizes.steps(1100.0) - 2000.0).abs() < 1e-9);
/// # Ok::<(), lorode::problem::StepSizesError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepSizes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    rules: Vec<Rule>,
    elapsed: OnceLock<Elapsed>,
}

/// Why step sizes were refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StepSizesError {
    /// A text that is no rule.
    #[error("lr-schedule '{text}' is not understood: {why}")]
    Unread {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// No step size at a step that a run comes to.
    #[error(
        "lr-schedule '{text}' is {} during step {step}: a factor of the step size is a finite number >= 0; end the run \
         before, or write max(...)", short(*value)
    )]
    NoSize {
        /// What was written.
        text: String,
        /// The first such step.
        step: f64,
        /// The factor there: in the middle of the step, or before that.
        value: f64,
    },
}

/// A number with the digits that matter in a sentence.
fn short(value: f64) -> String {
    plain(format!("{value:.5e}").parse().unwrap_or(value))
}

/// A stretch of time between breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its end, as a sum of factors.
    pub end: f64,
    /// The factor, where it does not change.
    pub factor: Option<f64>,
}

impl StepSizes {
    /// The factor after `s >= 0` steps.
    pub fn factor(&self, s: f64) -> f64 {
        self.0.rules.iter().map(|rule| rule.factor(s)).product()
    }

    /// The factor of a step of SGD: in the middle of it.
    pub fn factor_of_step(&self, step: u64) -> f64 {
        self.factor(step as f64 + 0.5)
    }

    /// Whether the factor is the same at every step.
    pub fn is_constant(&self) -> bool {
        let has_breaks = self.0.rules.iter().any(|rule| !rule.breaks().is_empty());
        !has_breaks && self.constant_from(0.0).is_some()
    }

    /// `T(s)`, the sum of the factors of the first `s` steps; after the last step that counts no more is added.
    pub fn sum(&self, s: f64) -> f64 {
        self.elapsed().at(&|s| self.factor(s), s)
    }

    /// The least `s` with `T(s) = sum`; the last step that counts where there is none.
    pub fn steps(&self, sum: f64) -> f64 {
        self.elapsed().inverse(&|s| self.factor(s), sum)
    }

    /// `f(s)` where `T(s) = sum`.
    pub fn factor_at(&self, sum: f64) -> f64 {
        self.factor(self.steps(sum))
    }

    /// What all factors add up to, up to 2^53 steps.
    pub fn whole(&self) -> f64 {
        self.elapsed().whole()
    }

    /// Refuses a factor that is no number, or negative, at one of the steps before `s`.
    ///
    /// # Errors
    /// [`StepSizesError::NoSize`] names the first one.
    pub fn check(&self, s: f64) -> Result<(), StepSizesError> {
        match self.elapsed().bad {
            Some((step, value)) if step < s => Err(StepSizesError::NoSize {
                text: self.0.text.clone(),
                step,
                value,
            }),
            _ => Ok(()),
        }
    }

    /// The stretches between breaks, in the order of time.
    pub fn stretches(&self) -> Vec<Stretch> {
        let mut from = 0.0;
        let ends = self.breaks().into_iter().chain([self.elapsed().end()]);
        let mut all: Vec<Stretch> = Vec::new();
        for to in ends {
            let end = self.sum(to);
            if end > all.last().map_or(0.0, |last| last.end) {
                let factor = self.constant_from(from);
                all.push(Stretch { end, factor });
            }
            from = to;
        }
        all
    }

    fn constant_from(&self, s: f64) -> Option<f64> {
        self.0
            .rules
            .iter()
            .map(|rule| rule.constant_from(s))
            .product()
    }

    fn breaks(&self) -> Vec<f64> {
        let mut all: Vec<f64> = self.0.rules.iter().flat_map(Rule::breaks).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    fn elapsed(&self) -> &Elapsed {
        let make = || Elapsed::of(&|s| self.factor(s), &self.breaks());
        self.0.elapsed.get_or_init(make)
    }
}

impl FromStr for StepSizes {
    type Err = StepSizesError;

    fn from_str(text: &str) -> Result<Self, StepSizesError> {
        let text = text.trim().to_owned();
        let rules = rule::read(&text).map_err(|why| StepSizesError::Unread {
            text: text.clone(),
            why,
        })?;
        Ok(Self(Arc::new(Inner {
            text,
            rules,
            elapsed: OnceLock::new(),
        })))
    }
}

impl TryFrom<String> for StepSizes {
    type Error = StepSizesError;

    fn try_from(text: String) -> Result<Self, StepSizesError> {
        text.parse()
    }
}

impl From<StepSizes> for String {
    fn from(sizes: StepSizes) -> Self {
        sizes.0.text.clone()
    }
}

impl fmt::Display for StepSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl PartialEq for StepSizes {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn sizes(text: &str) -> StepSizes {
        text.parse().unwrap()
    }

    /// Factors, sums and their inverses against closed forms.
    #[test]
    fn every_kind_of_rule_has_its_sum() {
        type Sum = fn(f64) -> f64;
        let cases: [(&str, Sum); 7] = [
            ("constant", |s| s),
            ("steps(10: 0.5, 100: 0)", |s| {
                s.min(10.0) + 0.5 * (s.clamp(10.0, 100.0) - 10.0)
            }),
            ("1/t(20)", |s| 20.0 * (s / 20.0).ln_1p()),
            ("cosine(200)", |s| {
                let s = s.min(200.0);
                0.5 * (s + 200.0 / PI * (PI * s / 200.0).sin())
            }),
            ("cosine(200, 0.1)", |s| {
                let early = s.min(200.0);
                0.55 * early + 90.0 / PI * (PI * early / 200.0).sin() + 0.1 * (s - early)
            }),
            ("warmup(50)", |s| {
                if s < 50.0 { s * s / 100.0 } else { s - 25.0 }
            }),
            ("1/sqrt(1 + step/100)", |s| {
                200.0 * ((1.0 + s / 100.0).sqrt() - 1.0)
            }),
        ];
        for (text, sum) in cases {
            let sizes = sizes(text);
            for s in [0.3, 1.0, 9.0, 10.0, 77.0, 199.0, 250.0, 1e4] {
                let (ours, exact) = (sizes.sum(s), sum(s));
                assert!(
                    (ours - exact).abs() <= 1e-13 * exact,
                    "{text} at {s}: {ours} {exact}"
                );
                let back = sizes.steps(ours);
                // Where the factor is small the inverse knows as much less.
                let lost = 1e-13 * ours / sizes.factor(s).max(1e-300);
                assert!(
                    sizes.factor(s) == 0.0 || (back - s).abs() <= lost.max(1e-12 * s),
                    "{text}: {back} {s}"
                );
            }
        }
    }

    #[test]
    fn rules_multiply() {
        let both = sizes("warmup(10) * cosine(100, 0.5)*1/sqrt(step + 1)");
        let factor = (0.4) * (0.5 + 0.5 * (0.02 * PI).cos().powi(2)) / 5.0_f64.sqrt();
        assert!((both.factor(4.0) - factor).abs() < 1e-15);
        assert!(!both.is_constant());
        assert!(sizes("constant").is_constant() && sizes("0.5").is_constant());
        assert!(!sizes("steps(5: 1)").is_constant());
    }

    #[test]
    fn stretches_end_at_breaks_and_say_where_the_factor_stays() {
        let stretch = |end, factor| Stretch { end, factor };
        let all = sizes("steps(10: 0.5, 30: 0.1)").stretches();
        assert_eq!(all.len(), 3);
        assert_eq!(
            all[..2],
            [stretch(10.0, Some(1.0)), stretch(20.0, Some(0.5))]
        );
        assert_eq!(all[2].factor, Some(0.1));
        // A factor of 0 at the end takes no time.
        let ending = sizes("cosine(100)");
        assert_eq!(ending.stretches(), [stretch(ending.whole(), None)]);
        assert!((ending.whole() - 50.0).abs() < 1e-12);
        assert!((ending.steps(ending.whole()) - 100.0).abs() < 1e-9);
        let warm = sizes("warmup(10)").stretches();
        assert_eq!((warm[0].factor, warm[1].factor), (None, Some(1.0)));
    }

    #[test]
    fn what_is_no_factor_is_named_with_its_step() {
        let refused = |text: &str, s: f64| sizes(text).check(s).unwrap_err().to_string();
        let said = refused("1 - step/1000", 2000.0);
        assert!(
            said.starts_with("lr-schedule '1 - step/1000' is -0.0005 during step 1000: "),
            "{said}"
        );
        assert!(sizes("1 - step/1000").check(1000.0).is_ok());
        let said = refused("1 - step/1e7", 2e7);
        assert!(said.contains("during step 10000000: "), "{said}");
        assert!((sizes("1 - step/1e7").whole() - 5e6).abs() < 1e-3);
        let said = refused("log(step - 3)", 10.0);
        assert!(said.contains("during step 0: "), "{said}");
        assert!(
            sizes("1/step").check(10.0).is_ok(),
            "the middle of the first step has one"
        );
    }

    #[test]
    fn a_factor_that_keeps_bending_is_known_up_to_some_step() {
        let waves = sizes("1 + 0.5*cos(step/100)");
        let exact = |s: f64| s + 50.0 * (s / 100.0).sin();
        assert!((waves.sum(1e5) - exact(1e5)).abs() < 1e-7);
        assert!(waves.whole() > 1e6 && waves.whole().is_finite());
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for (text, why) in [
            ("", "is not understood"),
            ("cosine(0)", "at least one step"),
            ("cosine(10, 2)", "floor in [0, 1]"),
            ("cosine(10", "never closed"),
            ("warmup(1, 2)", "takes one number"),
            ("1/t(nan)", "not a finite number"),
            ("steps(100)", "pairs of a step and a factor"),
            ("steps(100: 0.1, 50: 0.2)", "ascend"),
            ("steps(1.5: 0.1)", "whole steps"),
            ("steps(10: -1)", "factors >= 0"),
            ("cosine(10) + 1", "multiplied"),
            ("1/sqrt(x)", "called step, not x"),
            ("linear decay", "expressions in step"),
        ] {
            let said = text.parse::<StepSizes>().unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
