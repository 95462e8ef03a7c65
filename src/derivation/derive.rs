//! Everything derived of one problem.

use super::escape::Escape;
use super::hermite_series::HermiteSeries;
use super::kernel::ExactKernel;
use super::pretrained_weights::Weights;
use super::search::{Critical, LARGEST_STRENGTH, Law, SearchFormulas, Value};
use super::search_limits;
use super::start::Expansion;
use super::system::{System, Terms};
use crate::algebra::Root;
use crate::link::Link;
use crate::model::Model;
use crate::problem::{
    Dynamics, PreTraining, Problem, ProblemError, ProblemOptions, Scaling, Setup,
};
use crate::search::{CriticalStrength, Imprecise, SearchPhase, critical_strengths};
use crate::watch::Cancel;

/// The kernels of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernels {
    /// In closed form.
    Exact(Box<ExactKernel>),
    /// As Hermite series.
    Series(HermiteSeries),
}

/// A start where the gradient vanishes.
#[derive(Clone, Debug, PartialEq)]
pub struct DegenerateStart {
    /// The strength of the aligned pre-training.
    pub mu: Value,
    /// Leading terms of the flow; `None` without closed kernels.
    pub expansion: Option<Expansion>,
    /// How the run leaves.
    pub escape: Escape,
}

/// A derivation: formulas, and numbers where no formula exists.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The problem, at the strength asked for or, for its checks, at 0.5.
    pub setup: Setup,
    /// How the pre-trained weights are given.
    pub weights: Weights,
    /// The strength, when one was asked for.
    pub mu: Option<f64>,
    /// Kernels.
    pub kernels: Kernels,
    /// The closed system.
    pub system: System,
    /// The search phase in closed form; `None` without a LoRA adapter or closed kernels.
    pub search: Option<SearchFormulas>,
    /// The search phase at the strength asked for.
    pub phase: Option<SearchPhase>,
    /// `tau` for `mu -> 0`.
    pub weak: Option<Law>,
    /// `tau` for `mu -> 1`.
    pub strong: Option<Law>,
    /// Strengths at which the gradient vanishes, for aligned pre-training.
    pub critical: Vec<Critical>,
    /// Strengths among which they were not looked for, as the averages there cost too much; `None` where it was
    /// all.
    pub unsearched: Option<(f64, f64)>,
    /// Stretches on which `A` is below the smallest double, and none can be placed.
    pub underflow: Vec<(f64, f64)>,
    /// Starts whose first order vanishes.
    pub degenerate: Vec<DegenerateStart>,
    /// How the run leaves, at the strength asked for.
    pub escape: Option<Escape>,
}

/// Refuses what is not written down: the finite-step map, and step sizes that change.
pub(super) fn check_steps(dynamics: Dynamics, scaling: &Scaling) -> Result<(), ProblemError> {
    let meaningless = |argument, context| Err(ProblemError::Meaningless { argument, context });
    if dynamics == Dynamics::Map {
        return meaningless("dynamics map", "in derive, which writes down closed ODEs");
    }
    if scaling.sizes.is_some() {
        let context = "in derive, whose time is t, and nu what it is at each instant";
        return meaningless("lr-schedule", context);
    }
    Ok(())
}

impl Derivation {
    /// Derives everything for a pair of links. Once `cancel` is thrown, what takes numbers is left out.
    ///
    /// # Errors
    /// What [`Problem::new`] refuses, and the finite-step map, which has no ODEs.
    pub fn new(
        options: &ProblemOptions,
        model: &Model,
        mu: Option<f64>,
        cancel: Cancel,
    ) -> Result<Self, ProblemError> {
        let weights = Weights::of(options)?;
        let needs_strength = weights.has_strength();
        let strength = mu.or(needs_strength.then_some(0.5));
        let problem = options.problem(model, strength)?;
        check_steps(problem.dynamics(), problem.scaling())?;
        problem.refuse_friction("in derive, which writes down gradient flow")?;
        let setup = problem.setup().clone();
        let kernels = kernels(model.teacher(), model.student());
        let mut made = Self {
            system: System::new(terms(&setup, weights)),
            search: None,
            phase: None,
            weak: None,
            strong: None,
            critical: Vec::new(),
            unsearched: None,
            underflow: Vec::new(),
            degenerate: Vec::new(),
            escape: None,
            setup,
            weights,
            mu,
            kernels,
        };
        // What starts at w0 escapes from every strength alike.
        let same_for_all = !made.setup.adapter.facts().has_direction;
        if mu.is_some() || !needs_strength || same_for_all {
            let phase = SearchPhase::estimated(&problem);
            let unknown = |error: Imprecise| ProblemError::Unresolved {
                reason: error.to_string(),
            };
            made.phase = phase
                .map(SearchPhase::checked)
                .transpose()
                .map_err(unknown)?;
            made.escape = Some(Escape::of(&problem, cancel));
        }
        if made.setup.adapter.is_lora() {
            made.search_phase(cancel);
        }
        Ok(made)
    }

    /// The closed kernels, if there are.
    pub fn exact(&self) -> Option<&ExactKernel> {
        match &self.kernels {
            Kernels::Exact(kernel) => Some(kernel),
            Kernels::Series(_) => None,
        }
    }

    fn search_phase(&mut self, cancel: Cancel) {
        // From w0 = 0 a kink at 0 leaves no linear search phase.
        let none = self.weights.kappa().is_zero()
            && self
                .setup
                .model
                .student()
                .breaks()
                .iter()
                .any(|b| b.at == 0.0);
        let search = self
            .exact()
            .filter(|_| !none)
            .map(|kernel| SearchFormulas::new(kernel, self.weights));
        if !self.setup.shrinks_direction() && self.weights.has_strength() {
            if let Some(search) = &search {
                (self.weak, self.strong) = (search.weak(&self.setup), search.strong(&self.setup));
            } else if self.weights == Weights::Aligned {
                self.weak = search_limits::weak(&self.setup);
                self.strong = search_limits::strong(&self.setup);
            }
        }
        if self.weights == Weights::Aligned {
            self.find_critical(search.as_ref(), cancel);
            self.degenerate = self.degenerate(cancel);
        }
        self.search = search;
    }

    /// Strengths where `A` vanishes; roots of a polynomial exactly, where they are fractions or square
    /// roots.
    fn find_critical(&mut self, search: Option<&SearchFormulas>, cancel: Cancel) {
        let range = (0.0, LARGEST_STRENGTH as f64);
        let decay = self.setup.weight_decay;
        let found = critical_strengths(&self.setup.model, range, decay, cancel);
        let roots = search.and_then(SearchFormulas::roots).unwrap_or_default();
        let precise = |c: &CriticalStrength| {
            let near = |root: &&Root| (root.value() - c.mu).abs() < NEAR;
            match roots.iter().find(near) {
                Some(Root::Exact(e)) => Value::Exact(e.clone()),
                Some(Root::Numeric(x)) => Value::Number(*x),
                None => Value::Number(c.mu),
            }
        };
        let all = found.strengths.iter().map(|c| {
            // 0 may come as -0.
            let mu = match precise(c) {
                Value::Number(x) => Value::Number(x + 0.0),
                exact => exact,
            };
            let curvature = match (&mu, search) {
                (Value::Exact(e), Some(search)) => Value::Exact(search.curvature_at(e)),
                _ => Value::Number(c.curvature),
            };
            Critical {
                mu,
                curvature,
                kind: c.kind,
            }
        });
        self.critical = all
            .filter(|c| c.curvature.number().abs() < DIVERGED)
            .collect();
        self.unsearched = found.unsearched;
        self.underflow = found.underflow;
    }

    /// The critical strengths, or the one asked for if it is one of them, with what the run does there.
    fn degenerate(&self, cancel: Cancel) -> Vec<DegenerateStart> {
        let asked = |c: &&Critical| self.mu.is_none_or(|mu| (c.mu.number() - mu).abs() < 1e-9);
        let critical = self.critical.iter().filter(asked);
        let start = |c: &Critical| {
            let pretraining = PreTraining::aligned(c.mu.number()).ok()?;
            let problem = Problem::new(Setup {
                pretraining,
                s0: None,
                ..self.setup.clone()
            });
            Some(DegenerateStart {
                mu: c.mu.clone(),
                expansion: self
                    .exact()
                    .and_then(|kernel| Expansion::at(kernel, &self.setup, &c.mu)),
                escape: Escape::of(&problem.ok()?, cancel),
            })
        };
        let wanted = critical.take_while(|_| !cancel.is_set());
        wanted.filter_map(start).collect()
    }
}

/// How near a root of the polynomial a strength found with the kernels may lie to be that root.
const NEAR: f64 = 1e-7;

/// A curvature that grows without bound towards `mu = 0`, where a kink meets a vanishing `w0`, is seen as
/// a number of this size: the gradient does not vanish there.
const DIVERGED: f64 = 1e30;

fn kernels(teacher: &Link, student: &Link) -> Kernels {
    match ExactKernel::of(teacher, student) {
        Some(kernel) => Kernels::Exact(Box::new(kernel)),
        None => Kernels::Series(HermiteSeries::of(teacher, student)),
    }
}

fn terms(setup: &Setup, weights: Weights) -> Terms {
    Terms {
        adapter: setup.adapter,
        aligned: weights.is_aligned(),
        step_ratio: setup.step_ratio.to_bits() != 1.0_f64.to_bits(),
        decay: setup.weight_decay > 0.0,
    }
}
