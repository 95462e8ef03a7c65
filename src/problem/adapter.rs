//! What can be trained: one list of all that tells adapters apart, but for their formulas.

use serde::{Deserialize, Serialize};

use super::{Dynamics, PreTraining, ProblemError, Setup};

/// What is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// `w = w0 + u v`, `|v| = 1` kept by projection (the paper's).
    #[default]
    Spherical,
    /// `w = w0 + u v`, `v` free.
    Free,
    /// All of `w`, from `w0`.
    Full,
    /// All of `w` on the unit sphere, from a random direction; no pre-training.
    Scratch,
}

/// What there is to know of an adapter beside its closed system (`src/dynamics`) and its formulas
/// (`src/derivation/system`).
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Its name in titles.
    pub name: &'static str,
    /// What is trained, in words.
    pub trained: &'static str,
    /// Whether `w = w0 + u v` with `w0` frozen, which gives the run a search phase; else all of `w`
    /// is trained.
    pub is_lora: bool,
    /// Whether the trained vector, `v` or `w`, is put back on the unit sphere after every step.
    pub on_sphere: bool,
    /// Whether the trained vector starts in a direction of its own, random unless the problem fixes
    /// it; else it starts at `w0`.
    pub has_direction: bool,
    /// Whether there is a finite-step map.
    pub has_map: bool,
    /// For one without pre-trained weights: its option, and why it has none.
    pub no_pretraining: Option<(&'static str, &'static str)>,
    refuses: &'static [Refusal],
}

/// An option that an adapter cannot honour.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    /// Its name on the command line.
    option: &'static str,
    /// With what it has no meaning.
    context: &'static str,
    is_given: fn(&Setup) -> bool,
    leave_out: fn(&mut Setup),
}

/// What a question needs that is about LoRA alone.
pub(crate) const LORA: &str = "a LoRA adapter (spherical or free)";
const WITHOUT_LORA: &str = "without a LoRA adapter (full or scratch)";

const CHI: Refusal = Refusal {
    option: "chi",
    context: WITHOUT_LORA,
    is_given: |setup| setup.step_ratio.to_bits() != 1.0_f64.to_bits(),
    leave_out: |setup| setup.step_ratio = 1.0,
};
const U0: Refusal = Refusal {
    option: "u0",
    context: WITHOUT_LORA,
    is_given: |setup| setup.u0 != 0.0,
    leave_out: |setup| setup.u0 = 0.0,
};
const S0: Refusal = Refusal {
    option: "s0",
    context: WITHOUT_LORA,
    is_given: |setup| setup.s0.is_some(),
    leave_out: |setup| setup.s0 = None,
};
const ALIGNMENT0: Refusal = Refusal {
    option: "alignment0",
    context: "with full fine-tuning, which starts at w0",
    is_given: |setup| setup.alignment0.is_some(),
    leave_out: |setup| setup.alignment0 = None,
};
const DECAY: Refusal = Refusal {
    option: "decay",
    context: "on the sphere (scratch)",
    is_given: |setup| setup.weight_decay > 0.0,
    leave_out: |setup| setup.weight_decay = 0.0,
};

impl Adapter {
    /// The list.
    pub fn facts(self) -> Facts {
        match self {
            Adapter::Spherical => Facts {
                name: "spherical LoRA",
                trained: "`w = w₀ + u v` with `w₀` frozen, `|v| = 1` kept by projection after every step",
                is_lora: true,
                on_sphere: true,
                has_direction: true,
                has_map: true,
                no_pretraining: None,
                refuses: &[],
            },
            Adapter::Free => Facts {
                name: "free LoRA",
                trained: "`w = w₀ + u v` with `w₀` frozen and `v` free",
                is_lora: true,
                on_sphere: false,
                has_direction: true,
                has_map: false,
                no_pretraining: None,
                refuses: &[],
            },
            Adapter::Full => Facts {
                name: "full fine-tuning",
                trained: "all of `w` is trained, from `w₀`",
                is_lora: false,
                on_sphere: false,
                has_direction: false,
                has_map: false,
                no_pretraining: None,
                refuses: &[CHI, U0, S0, ALIGNMENT0],
            },
            Adapter::Scratch => Facts {
                name: "training from scratch on the sphere",
                trained: "all of `w` is trained on the unit sphere, from a random direction",
                is_lora: false,
                on_sphere: true,
                has_direction: true,
                has_map: false,
                no_pretraining: Some((
                    "adapter scratch",
                    "from scratch there is no pre-training; leave it out",
                )),
                refuses: &[CHI, U0, S0, DECAY],
            },
        }
    }

    /// Whether `w = w0 + u v`.
    pub fn is_lora(self) -> bool {
        self.facts().is_lora
    }

    /// Whether the alignment is a cosine, and 1 its largest value.
    pub(super) fn has_cosine(self) -> bool {
        let facts = self.facts();
        facts.on_sphere || !facts.is_lora
    }

    /// Refuses what it cannot honour, which is better than to ignore it.
    pub(super) fn check(self, setup: &Setup) -> Result<(), ProblemError> {
        let facts = self.facts();
        let refused = facts.refuses.iter().find(|one| (one.is_given)(setup));
        refused.map_or(Ok(()), |one| {
            Err(ProblemError::Meaningless {
                argument: one.option,
                context: one.context,
            })
        })
    }
}

/// Largest threshold of a setup whose alignment becomes a cosine.
const LARGEST_COSINE: f64 = 0.999;

impl Setup {
    /// The same task with another adapter, without what that one refuses.
    #[must_use]
    pub fn trained_by(mut self, adapter: Adapter) -> Self {
        let facts = adapter.facts();
        self.adapter = adapter;
        facts
            .refuses
            .iter()
            .for_each(|one| (one.leave_out)(&mut self));
        if facts.no_pretraining.is_some() {
            self.pretraining = PreTraining::none();
        }
        if adapter.has_cosine() {
            self.threshold = self.threshold.min(LARGEST_COSINE);
        }
        if !facts.has_map {
            self.dynamics = Dynamics::Flow;
        }
        self
    }

    /// Whether weight decay shrinks `v` itself, and no growth rate is constant.
    pub fn shrinks_direction(&self) -> bool {
        let facts = self.adapter.facts();
        facts.is_lora && !facts.on_sphere && self.weight_decay > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Link;
    use crate::model::Model;
    use crate::problem::Problem;

    #[test]
    fn an_adapter_is_taken_without_what_it_refuses_and_not_with_it() {
        let erf: Link = "erf".parse().unwrap();
        let everything = Setup {
            step_ratio: 2.0,
            weight_decay: 0.1,
            u0: 0.1,
            alignment0: Some(0.2),
            s0: Some(0.1),
            ..Setup::new(Model::matched(erf), PreTraining::aligned(0.5).unwrap())
        };
        for adapter in [
            Adapter::Spherical,
            Adapter::Free,
            Adapter::Full,
            Adapter::Scratch,
        ] {
            let asked = Setup {
                adapter,
                ..everything.clone()
            };
            let refuses = !adapter.facts().refuses.is_empty();
            assert_eq!(Problem::new(asked).is_err(), refuses, "{adapter:?}");
            let taken = everything.clone().trained_by(adapter);
            assert!(Problem::new(taken).is_ok(), "{adapter:?}");
            let by_map = Setup {
                dynamics: Dynamics::Map,
                ..everything.clone()
            };
            let map = by_map.trained_by(adapter).dynamics == Dynamics::Map;
            assert_eq!(map, adapter.facts().has_map);
        }
    }

    #[test]
    fn a_threshold_beyond_a_cosine_is_lowered_where_the_alignment_is_one() {
        let erf: Link = "erf".parse().unwrap();
        let free = Setup {
            adapter: Adapter::Free,
            threshold: 3.0,
            ..Setup::new(Model::matched(erf), PreTraining::aligned(0.5).unwrap())
        };
        let threshold = |adapter| free.clone().trained_by(adapter).threshold;
        assert!((threshold(Adapter::Free) - 3.0).abs() < f64::EPSILON);
        assert!((threshold(Adapter::Full) - LARGEST_COSINE).abs() < f64::EPSILON);
        assert!(Problem::new(free.clone().trained_by(Adapter::Spherical)).is_ok());
    }
}
