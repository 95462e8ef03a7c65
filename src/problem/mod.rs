//! What is asked: target, student, pre-trained weights, adapter, noise, start. No tolerances.

mod adapter;
mod error;
mod grid;
mod links;
mod models;
mod momentum;
pub mod network;
mod options;
mod parameter;
mod pretraining;
mod scaling;
mod step_sizes;

use serde::{Deserialize, Serialize};

pub(crate) use adapter::LORA;
pub use adapter::{Adapter, Facts};
pub use error::ProblemError;
pub(crate) use error::go_on;
use error::require;
pub use grid::{Grid, GridError, MAX_GRID};
#[cfg(feature = "cli")]
pub(crate) use links::located;
pub(crate) use links::{check_student, pinned, read_link};
pub use momentum::Momentum;
pub use options::ProblemOptions;
pub(crate) use options::single;
pub use parameter::{Kind, Parameter, Usual};
pub use pretraining::PreTraining;
pub use scaling::{Clock, Scaling, Sgd, TimeUnit};
pub use step_sizes::{StepSizes, StepSizesError, Stretch};

use crate::model::Model;

/// How SGD is idealised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Dynamics {
    /// Closed ODEs: small step, `nu = eta d / B` fixed.
    #[default]
    Flow,
    /// Deterministic map, exact for any step size: `B / d` fixed.
    Map,
}

/// A fine-tuning problem in the words of docs/notation.md; [`Problem::new`] checks it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Teacher, any link, and student, a continuous link.
    pub model: Model,
    /// `rho`, `kappa`.
    pub pretraining: PreTraining,
    /// What is trained.
    pub adapter: Adapter,
    /// ODE or finite-step map.
    pub dynamics: Dynamics,
    /// Label-noise variance `Delta >= 0`.
    pub label_noise: f64,
    /// Dimension, batch, step size, `nu`.
    pub scaling: Scaling,
    /// Step ratio `chi = eta_v / eta_u > 0` (LoRA+).
    pub step_ratio: f64,
    /// Weight decay `lambda >= 0`.
    pub weight_decay: f64,
    /// LoRA amplitude at the start.
    pub u0: f64,
    /// LoRA alignment `<v, omega*>` at the start, in [-1, 1]; `None`: `1/sqrt(d)`.
    pub alignment0: Option<f64>,
    /// `<v, w0>` at the start; `None`: `rho * alignment0`.
    pub s0: Option<f64>,
    /// The search ends when `|alignment|` reaches this, in (0, 1).
    pub threshold: f64,
    /// The run ends here at the latest, in ODE time.
    pub t_max: f64,
    /// Learned: the loss above its best has fallen to this fraction of its initial value.
    pub loss_tolerance: f64,
}

impl Setup {
    /// Spherical LoRA by population gradient flow in dimension 1000, all else at its default.
    pub fn new(model: Model, pretraining: PreTraining) -> Self {
        Self {
            model,
            pretraining,
            adapter: Adapter::default(),
            dynamics: Dynamics::Flow,
            label_noise: 0.0,
            scaling: Scaling {
                dim: 1000.0,
                batch: None,
                step: None,
                nu: 0.0,
                sizes: None,
                momentum: Momentum::None,
            },
            step_ratio: 1.0,
            weight_decay: 0.0,
            u0: 0.0,
            alignment0: None,
            s0: None,
            threshold: 0.5,
            t_max: 1e30,
            loss_tolerance: 1e-6,
        }
    }
}

/// A checked [`Setup`], read through getters.
#[derive(Clone, Debug)]
pub struct Problem {
    setup: Setup,
    start: Start,
}

/// The direction `v` at the start, in the frame of docs/theory.md, section 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    /// LoRA amplitude.
    pub u: f64,
    /// `<v, omega*>`.
    pub alignment: f64,
    /// Component of `v` along the part of `w0` orthogonal to `omega*`.
    pub transverse: f64,
}

impl Problem {
    /// Checks a setup.
    ///
    /// # Errors
    /// [`ProblemError`]: which argument, what it was, what is allowed.
    pub fn new(setup: Setup) -> Result<Self, ProblemError> {
        check_student(&setup.model)?;
        check_numbers(&setup)?;
        setup.adapter.check(&setup)?;
        check_momentum(&setup)?;
        check_dynamics(&setup)?;
        let start = start(&setup)?;
        Ok(Self { setup, start })
    }

    /// Teacher, student and their averages.
    pub fn model(&self) -> &Model {
        &self.setup.model
    }

    /// `rho`, `kappa`.
    pub fn pretraining(&self) -> PreTraining {
        self.setup.pretraining
    }

    /// What is trained.
    pub fn adapter(&self) -> Adapter {
        self.setup.adapter
    }

    /// ODE or finite-step map.
    pub fn dynamics(&self) -> Dynamics {
        self.setup.dynamics
    }

    /// Label-noise variance `Delta >= 0`.
    pub fn label_noise(&self) -> f64 {
        self.setup.label_noise
    }

    /// Dimension, batch, step size, `nu`.
    pub fn scaling(&self) -> &Scaling {
        &self.setup.scaling
    }

    /// Dimension, batch and step size, all of which SGD needs.
    ///
    /// # Errors
    /// [`ProblemError::Missing`] when the step size or the batch is not known.
    pub fn sgd(&self) -> Result<Sgd, ProblemError> {
        self.setup.scaling.sgd([
            "to simulate SGD, as in --lr=0.2",
            "to simulate SGD, as in --batch=500",
        ])
    }

    /// Refuses a heavy ball where what is asked is known of gradient flow only.
    ///
    /// # Errors
    /// [`ProblemError::Meaningless`] with the context.
    pub(crate) fn refuse_friction(&self, context: &'static str) -> Result<(), ProblemError> {
        let argument = "friction";
        match self.setup.scaling.momentum.friction() {
            Some(_) => Err(ProblemError::Meaningless { argument, context }),
            None => Ok(()),
        }
    }

    /// Whether nothing slows the run down: it passes the best loss and comes to rest nowhere.
    pub fn never_rests(&self) -> bool {
        self.setup.scaling.momentum.friction() == Some(0.0)
    }

    /// Step ratio `chi = eta_v / eta_u > 0` (LoRA+).
    pub fn step_ratio(&self) -> f64 {
        self.setup.step_ratio
    }

    /// Weight decay `lambda >= 0`.
    pub fn weight_decay(&self) -> f64 {
        self.setup.weight_decay
    }

    /// The search ends when `|alignment|` reaches this.
    pub fn threshold(&self) -> f64 {
        self.setup.threshold
    }

    /// The run ends here at the latest, in ODE time, or where step sizes that shrink come to.
    pub fn t_max(&self) -> f64 {
        self.setup.t_max.min(self.setup.scaling.last_time())
    }

    /// Learned: the loss above its best has fallen to this fraction of its initial value.
    pub fn loss_tolerance(&self) -> f64 {
        self.setup.loss_tolerance
    }

    /// What was asked for, to be varied and checked again.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Where the run starts.
    pub fn start(&self) -> Start {
        self.start
    }

    /// The same problem from another start.
    ///
    /// # Errors
    /// [`ProblemError`] for a component that is not finite, or a direction longer than 1.
    pub fn started_at(mut self, start: Start) -> Result<Self, ProblemError> {
        let allowed = "a finite number";
        require(start.u.is_finite(), "u0", start.u, allowed)?;
        let length = start.alignment.hypot(start.transverse);
        let allowed = "a direction's components in a plane, no longer than 1 together";
        require(length <= 1.0, "alignment0", length, allowed)?;
        let pretraining = self.setup.pretraining;
        let s0 = pretraining.rho() * start.alignment + pretraining.orthogonal() * start.transverse;
        self.setup.u0 = start.u;
        self.setup.alignment0 = Some(start.alignment);
        self.setup.s0 = Some(s0);
        self.start = start;
        Ok(self)
    }
}

fn check_numbers(setup: &Setup) -> Result<(), ProblemError> {
    let (x, finite) = (setup.label_noise, f64::is_finite);
    let allowed = "the label-noise variance is a finite number >= 0";
    require(x >= 0.0 && finite(x), "noise", x, allowed)?;
    let x = setup.step_ratio;
    let allowed = "the step ratio eta_v/eta_u is a finite number > 0";
    require(x > 0.0 && finite(x), "chi", x, allowed)?;
    let x = setup.weight_decay;
    let allowed = "the weight decay is a finite number >= 0";
    require(x >= 0.0 && finite(x), "decay", x, allowed)?;
    let x = setup.t_max;
    let allowed = "the longest time is a finite number > 0";
    require(x > 0.0 && finite(x), "t-max", x, allowed)?;
    let x = setup.loss_tolerance;
    let allowed = "a fraction of the initial excess loss, in (0, 1)";
    require(x > 0.0 && x < 1.0, "loss-tolerance", x, allowed)?;
    require(finite(setup.u0), "u0", setup.u0, "a finite number")?;
    let x = setup.threshold;
    if setup.adapter.has_cosine() {
        let allowed = "a unit direction's alignment ends the search at a value in (0, 1)";
        require(x > 0.0 && x < 1.0, "threshold", x, allowed)
    } else {
        let allowed = "the alignment that ends the search is a finite number > 0";
        require(x > 0.0 && finite(x), "threshold", x, allowed)
    }
}

/// The finite-step map needs a step size and a batch, and is that of plain steps.
pub(crate) fn check_map(scaling: &Scaling) -> Result<(), ProblemError> {
    scaling.sgd(["for the finite-step map"; 2])?;
    if scaling.sizes.is_some() || scaling.momentum != Momentum::None {
        return Err(ProblemError::Conflict {
            first: "dynamics map",
            second: "lr-schedule, momentum or friction",
            reason: "the map is that of plain steps of one size; use --dynamics=flow",
        });
    }
    Ok(())
}

/// Options that a given dynamics cannot honour are refused, not ignored.
fn check_dynamics(setup: &Setup) -> Result<(), ProblemError> {
    if setup.dynamics == Dynamics::Map {
        if !setup.adapter.facts().has_map {
            return Err(ProblemError::Conflict {
                first: "dynamics map",
                second: "this adapter",
                reason: "the finite-step map is that of spherical LoRA; use --dynamics=flow",
            });
        }
        check_map(&setup.scaling)?;
        if setup.weight_decay > 0.0 || setup.step_ratio.to_bits() != 1.0_f64.to_bits() {
            return Err(ProblemError::Meaningless {
                argument: "decay or chi",
                context: "in the finite-step map",
            });
        }
    }
    Ok(())
}

/// A heavy ball has a closed system where nothing puts it back on a sphere.
fn check_momentum(setup: &Setup) -> Result<(), ProblemError> {
    match setup.scaling.momentum {
        Momentum::HeavyBall(_) if setup.adapter.facts().on_sphere => {
            Err(ProblemError::Meaningless {
                argument: "friction",
                context: "on the sphere, where no closed system of a heavy ball is known: use adapter free or full, or momentum",
            })
        }
        _ => Ok(()),
    }
}

fn start(setup: &Setup) -> Result<Start, ProblemError> {
    let alignment = setup
        .alignment0
        .unwrap_or_else(|| 1.0 / setup.scaling.dim.sqrt());
    let allowed = "the alignment of a unit direction, in [-1, 1]";
    require(
        (-1.0..=1.0).contains(&alignment),
        "alignment0",
        alignment,
        allowed,
    )?;
    let (rho, orthogonal) = (setup.pretraining.rho(), setup.pretraining.orthogonal());
    let transverse = match setup.s0 {
        None => 0.0,
        Some(s0) => transverse(s0, alignment, rho, orthogonal)?,
    };
    Ok(Start {
        u: setup.u0,
        alignment,
        transverse,
    })
}

/// The component of `v` orthogonal to `omega*` in the plane of `w0`, from `s0 = <v, w0>`.
fn transverse(s0: f64, alignment: f64, rho: f64, orthogonal: f64) -> Result<f64, ProblemError> {
    require(s0.is_finite(), "s0", s0, "a finite number")?;
    let refuse = |reason: String| {
        Err(ProblemError::Start {
            alignment0: alignment,
            s0,
            reason,
        })
    };
    let rest = s0 - rho * alignment;
    if orthogonal == 0.0 {
        // Written with few digits, s0 = mu * alignment0 is still meant.
        if rest.abs() > 1e-9 * s0.abs().max(rho.abs() * alignment.abs()) {
            return refuse(format!(
                "with aligned pre-training s0 = rho * alignment0 = {}",
                rho * alignment
            ));
        }
        return Ok(0.0);
    }
    let transverse = rest / orthogonal;
    if f64::hypot(alignment, transverse) > 1.0 + 4.0 * f64::EPSILON {
        return refuse(format!(
            "|s0 - rho * alignment0| must be at most {}",
            orthogonal * (1.0 - alignment * alignment).max(0.0).sqrt()
        ));
    }
    Ok(transverse)
}
