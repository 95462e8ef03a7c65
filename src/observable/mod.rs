//! The numbers that people plot, in one list: how data files, axes and sentences call them, what
//! they mean, and for those along a run, what they are of its overlaps.
//!
//! Trajectories of the ODEs and records of SGD alike are columns of [`ALONG`]; the numbers of a
//! search phase ([`search_phase`]) and of a whole run ([`run`]) are described in the same words.

mod along;
mod columns;
pub mod network;
mod observed;
pub mod run;
pub mod search_phase;

pub use along::{
    ABS_ALIGNMENT, ABS_U, ALIGNMENT, ALONG, COSINE, LOSS, M, Q, S, U, of_ensembles, panels,
};
pub use columns::Columns;
pub use network::NetworkObserved;
pub(crate) use observed::BEYOND;
pub use observed::Observed;

/// A number with its names.
#[derive(Debug)]
pub struct Observable {
    /// In data files and on the command line; no other has it.
    pub name: &'static str,
    /// In formulas, as in docs/notation.md.
    pub symbol: &'static str,
    /// In a legend.
    pub short: &'static str,
    /// On an axis: words and symbol.
    pub label: &'static str,
    /// On an axis without LoRA, where it is something else then.
    pub label_without_lora: Option<&'static str>,
    /// Whether only LoRA has it.
    pub needs_lora: bool,
    /// What it is, in a line.
    pub about: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Whether it can be negative.
    pub signed: bool,
    /// How an axis of a figure shows it.
    pub axis: AxisScale,
    /// What a run is judged by.
    pub role: Role,
    /// Its value at an instant of a run; `None` for a number that the run has not, or has as a whole.
    pub of: fn(&Instant) -> Option<f64>,
    /// Its size, where its sign is that of the start (`v -> -v`, `u -> -u` changes nothing) and
    /// averages over random starts say nothing.
    pub size: Option<&'static Observable>,
    /// Its place among the panels of a figure, if it has one.
    pub panel: Option<u8>,
}

/// What a number is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: it has no dimension.
    One,
    /// The unit of time asked for.
    Time,
    /// One over a time.
    Rate,
    /// Samples.
    Samples,
    /// A ratio of times: 1 is a boundary.
    Ratio,
    /// An outcome, by its code.
    Outcome,
}

/// How an axis shows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisScale {
    /// Logarithmic where the values shown are positive and span decades, else linear.
    BySpan,
    /// Linear.
    Linear,
    /// Logarithmic.
    Log,
}

/// What a run is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The loss, label noise included.
    Loss,
    /// How far the search has come: the threshold is one of its values.
    Progress,
    /// Nothing.
    Other,
}

/// What is known of the student at one instant, by the theory or by SGD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instant {
    /// Its overlaps.
    pub seen: Observed,
    /// Population loss, label noise included.
    pub loss: f64,
}

/// What the entries have in common.
const PLAIN: Observable = Observable {
    name: "",
    symbol: "",
    short: "",
    label: "",
    label_without_lora: None,
    needs_lora: false,
    about: "",
    unit: Unit::One,
    signed: false,
    axis: AxisScale::BySpan,
    role: Role::Other,
    of: |_| None,
    size: None,
    panel: None,
};

impl Observable {
    /// Words and symbol for an axis.
    pub fn label_for(&self, is_lora: bool) -> &'static str {
        match self.label_without_lora {
            Some(label) if !is_lora => label,
            _ => self.label,
        }
    }
}

impl PartialEq for Observable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Observable> {
        let of_runs = search_phase::ALL.iter().chain(run::ALL);
        of_ensembles().chain(of_runs.copied())
    }

    #[test]
    fn every_number_has_a_name_of_its_own_and_words() {
        let mut names = BTreeSet::new();
        for number in all() {
            assert!(names.insert(number.name), "{} stands twice", number.name);
            let words = [number.symbol, number.short, number.label, number.about];
            assert!(words.iter().all(|w| !w.is_empty()), "{}", number.name);
        }
    }

    #[test]
    fn numbers_along_a_run_are_those_of_its_instants() {
        let seen = Observed {
            u: Some(-2.0),
            alignment: -0.5,
            s: Some(0.25),
            m: 0.5,
            residual: 3.75,
        };
        let instant = Instant { seen, loss: 0.3 };
        let values: Vec<_> = of_ensembles().map(|o| (o.of)(&instant)).collect();
        let expected = [-2.0, -0.5, 0.25, 0.5, 4.0, 0.3, 2.0, 0.5].map(Some);
        assert_eq!(values, expected);
        for number in of_ensembles() {
            let value = (number.of)(&instant);
            assert!(number.signed || value >= Some(0.0), "{}", number.name);
            if let Some(size) = number.size {
                assert_eq!((size.of)(&instant), value.map(f64::abs));
            }
        }
        let without = Instant {
            seen: Observed {
                u: None,
                s: None,
                ..seen
            },
            ..instant
        };
        let lacks = |o: &Observable| (o.of)(&without).is_none();
        assert!(of_ensembles().all(|o| o.needs_lora == lacks(o)));
        let of_runs = search_phase::ALL.iter().chain(run::ALL);
        assert!(of_runs.into_iter().all(|o| (o.of)(&instant).is_none()));
        let judged = |role| ALONG.iter().filter(move |o| o.role == role).count();
        assert_eq!((judged(Role::Loss), judged(Role::Progress)), (1, 1));
    }
}
