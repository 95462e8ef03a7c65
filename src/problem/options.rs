//! A problem as written: flags of the command line and keys of problem files, one list for both.

use serde::{Deserialize, Serialize};

use super::{
    Adapter, Dynamics, Grid, PreTraining, Problem, ProblemError, Scaling, Setup, TimeUnit,
};
use crate::model::Model;

/// Every physical option, all optional; a flag `--t-max` is the key `t-max` of a problem file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Problem"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ProblemOptions {
    /// Link function of teacher and student: a name or an expression in x (see `lorode links`)
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "LINK", allow_hyphen_values = true)
    )]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub link: Vec<String>,
    /// Teacher's link function, with --student
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "LINK", allow_hyphen_values = true)
    )]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub teacher: Vec<String>,
    /// Student's link function, with --teacher
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "LINK", allow_hyphen_values = true)
    )]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub student: Vec<String>,
    /// Value of a letter in the links, NAME=X, as in --link 'c*he1 + he3' --set c=0.5
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "NAME=X", allow_hyphen_values = true)
    )]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub set: Vec<String>,
    /// Pre-training strength |w0| (or the weight of omega* with --mixture); a grid for `search`:
    /// 0.1,0.2 or start:stop:count, log:…, gap:… (1 - mu even in the logarithm)
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "GRID", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mu: Option<Grid>,
    /// Angle between w0 and omega*, in degrees
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "DEG", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub angle: Option<f64>,
    /// Pre-training w0 = mu omega* + (1 - mu) times a random direction
    #[cfg_attr(feature = "cli", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mixture: bool,
    /// Pre-training overlap <w0, omega*>, with --kappa instead of --mu
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rho: Option<f64>,
    /// Pre-training self-overlap <w0, w0>, with --rho
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kappa: Option<f64>,
    /// What is trained [default: spherical]
    #[cfg_attr(feature = "cli", arg(long, value_enum))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    /// Closed ODEs, or the finite-step map (needs --lr, --batch) [default: flow]
    #[cfg_attr(feature = "cli", arg(long, value_enum))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamics: Option<Dynamics>,
    /// Label-noise variance Delta [default: 0]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "D", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// Input dimension d [default: 1000]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "D", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dim: Option<f64>,
    /// Batch size B
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "B", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<f64>,
    /// Step size eta; with --batch it sets nu = eta d / B
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            visible_alias = "eta",
            value_name = "ETA",
            allow_hyphen_values = true
        )
    )]
    #[serde(alias = "eta", skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// SGD noise strength nu = eta d / B [default: 0, population gradient flow]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "NU", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nu: Option<f64>,
    /// Step ratio eta_v / eta_u of LoRA+ [default: 1]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chi: Option<f64>,
    /// Weight decay lambda of the adapter [default: 0]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// LoRA amplitude u at the start [default: 0]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub u0: Option<f64>,
    /// LoRA alignment <v, omega*> at the start [default: 1/sqrt(d)]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alignment0: Option<f64>,
    /// Overlap <v, w0> at the start [default: rho * alignment0]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s0: Option<f64>,
    /// |alignment| that ends the search [default: 0.5]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Longest time, in ODE time [default: 1e30]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "T", allow_hyphen_values = true)
    )]
    #[serde(alias = "t_max", skip_serializing_if = "Option::is_none")]
    pub t_max: Option<f64>,
    /// Learned when the excess loss has fallen to this fraction of its initial value [default: 1e-6]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    #[serde(alias = "loss_tolerance", skip_serializing_if = "Option::is_none")]
    pub loss_tolerance: Option<f64>,
    /// Unit of times in the output [default: t]
    #[cfg_attr(feature = "cli", arg(long, value_enum))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeUnit>,
    /// Multiply times by E[sigma'(xi)^2] of the student, as the paper's scripts do for He_k
    #[cfg_attr(feature = "cli", arg(long))]
    #[serde(alias = "hermite_time", skip_serializing_if = "std::ops::Not::not")]
    pub hermite_time: bool,
}

impl ProblemOptions {
    /// The pre-trained weights at strength `mu`; `None` when strength is not how they are given.
    ///
    /// # Errors
    /// On conflicts between mu, angle, mixture, rho and kappa, or values out of range.
    pub fn pretraining(&self, mu: Option<f64>) -> Result<PreTraining, ProblemError> {
        let conflict = |first, second, reason| {
            Err(ProblemError::Conflict {
                first,
                second,
                reason,
            })
        };
        let adapter = self.adapter.unwrap_or_default();
        if let Some((option, reason)) = adapter.facts().no_pretraining {
            if mu.is_some() || self.rho.is_some() || self.kappa.is_some() {
                return conflict(option, "mu, rho or kappa", reason);
            }
            return Ok(PreTraining::none());
        }
        if self.rho.is_some() || self.kappa.is_some() {
            if mu.is_some() || self.angle.is_some() || self.mixture {
                let reason = "give the pre-training once: mu, or rho with kappa";
                return conflict("rho or kappa", "mu, angle or mixture", reason);
            }
            let reason = "with its partner: give both rho and kappa";
            let missing = |argument| ProblemError::Missing { argument, reason };
            let rho = self.rho.ok_or(missing("rho"))?;
            return PreTraining::overlaps(rho, self.kappa.ok_or(missing("kappa"))?);
        }
        let Some(mu) = mu else {
            let reason = match (self.angle, self.mixture) {
                (Some(_), _) => "with angle: the strength that is tilted, as in --mu 0.5",
                (None, true) => "with mixture: the weight of omega*, as in --mu 0.5",
                (None, false) => "(or rho with kappa): the pre-training strength, as in --mu 0.5",
            };
            return Err(ProblemError::Missing {
                argument: "mu",
                reason,
            });
        };
        match (self.angle, self.mixture) {
            (Some(_), true) => conflict("angle", "mixture", "choose one kind of pre-training"),
            (Some(angle), false) => PreTraining::tilted(mu, angle),
            (None, true) => PreTraining::mixture(mu),
            (None, false) => PreTraining::aligned(mu),
        }
    }

    /// The problem of one model at one strength, checked.
    ///
    /// # Errors
    /// Whatever [`Problem::new`] refuses, and conflicts between options.
    pub fn problem(&self, model: &Model, mu: Option<f64>) -> Result<Problem, ProblemError> {
        let defaults = Setup::new(model.clone(), self.pretraining(mu)?);
        let scaling = Scaling::new(
            self.dim.unwrap_or(defaults.scaling.dim),
            self.batch,
            self.lr,
            self.nu,
        )?;
        Problem::new(Setup {
            adapter: self.adapter.unwrap_or_default(),
            dynamics: self.dynamics.unwrap_or_default(),
            label_noise: self.noise.unwrap_or(defaults.label_noise),
            scaling,
            step_ratio: self.chi.unwrap_or(defaults.step_ratio),
            weight_decay: self.decay.unwrap_or(defaults.weight_decay),
            u0: self.u0.unwrap_or(defaults.u0),
            alignment0: self.alignment0,
            s0: self.s0,
            threshold: self.threshold.unwrap_or(defaults.threshold),
            t_max: self.t_max.unwrap_or(defaults.t_max),
            loss_tolerance: self.loss_tolerance.unwrap_or(defaults.loss_tolerance),
            ..defaults
        })
    }
}

/// Accepts `"erf"` and `["erf", "relu"]`.
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "text or an array of texts")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) if texts.is_empty() => {
            return Err(serde::de::Error::custom(
                "the list is empty: name a link, or leave the key out",
            ));
        }
        OneOrMany::Many(texts) => texts,
    })
}
