//! A problem as written: flags of the command line and keys of problem files, one list for both.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::links::pinned;
use super::network::{Flat, Matrix, Readout, SECTIONS, one_or_many};
use super::parameter::{Kind, Parameter, Usual};
use super::{
    Adapter, Dynamics, Grid, Momentum, PreTraining, Problem, ProblemError, Scaling, Setup,
    StepSizes, TimeUnit,
};
use crate::link::Link;
use crate::model::Model;

/// The struct of all options, and their list. An option is what `--help` says of it, its name and type, what `--help`
/// calls its value if it takes any, its flag, symbol, unit, kind and default, and what only it needs of clap and serde.
macro_rules! options {
    ($(
        $(#[doc = $about:literal])+
        $name:ident: $type:ty $(= $value:tt)?, is($flag:literal, $symbol:literal, $unit:literal, $kind:ident, $usual:expr)
            $(, arg($($arg:tt)*))? $(, serde($($key:tt)*))?;
    )*) => {
        /// Every physical option, all optional; a flag `--t-max` is the key `t-max` of a problem file.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "cli", derive(clap::Args))]
        #[cfg_attr(feature = "cli", command(next_help_heading = "Problem"))]
        #[serde(remote = "Self", deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct ProblemOptions {$(
            $(#[doc = $about])+
            #[cfg_attr(
                feature = "cli",
                arg(long $(, value_name = $value, allow_hyphen_values = true)? $(, $($arg)*)?)
            )]
            #[serde(skip_serializing_if = "is_unset" $(, $($key)*)?)]
            pub $name: $type,
        )*
            /// Links that no text can say, made by the program itself ([`Link::from_table`], [`Link::from_samples`], the
            /// trait): `link`, `teacher` and `student` may be the [texts that ask for them](ProblemOptions::text_of).
            #[cfg_attr(feature = "cli", arg(skip))]
            #[serde(skip)]
            pub own_links: Vec<Link>,
        }

        /// What a problem file may have at its top.
        static KNOWN: &[&str] = &[$($flag,)* SECTIONS[0], SECTIONS[1]];

        /// Every option, in the order of the flags.
        static OPTIONS: &[Parameter] = &[$(Parameter {
            name: $flag,
            symbol: $symbol,
            unit: $unit,
            about: concat!($($about),+),
            kind: Kind::$kind,
            usual: $usual,
        }),*];
    };
}

options! {
    /// Link function of teacher and student: a name or an expression in x (see `lorode links`)
    link: Vec<String> = "LINK", is("link", "σ", "", Text, Usual::Unset), serde(deserialize_with = "one_or_many");
    /// Teacher's link function, with --student
    teacher: Vec<String> = "LINK", is("teacher", "σ⋆", "", Text, Usual::Unset), serde(deserialize_with = "one_or_many");
    /// Student's link function, with --teacher
    student: Vec<String> = "LINK", is("student", "σ", "", Text, Usual::Unset), serde(deserialize_with = "one_or_many");
    /// Value of a letter in the links, NAME=X, as in --link 'c*he1 + he3' --set c=0.5
    set: Vec<String> = "NAME=X", is("set", "", "", Text, Usual::Unset), serde(deserialize_with = "one_or_many");
    /// Pre-training strength |w0| (or the weight of omega* with --mixture); `search` takes a grid here and in
    /// one more number: 0.1,0.2 or start:stop:count, log:…, gap:… (1 - mu even in the logarithm)
    mu: Option<Grid> = "GRID", is("mu", "μ", "", Real, Usual::Unset);
    /// Angle between w0 and omega*, in degrees
    angle: Option<Grid> = "DEG", is("angle", "", "degrees", Real, Usual::Number(0.0));
    /// Pre-training w0 = mu omega* + (1 - mu) times a random direction
    mixture: bool, is("mixture", "", "", Truth, Usual::No);
    /// Pre-training overlap <w0, omega*>, with --kappa instead of --mu
    rho: Option<Grid> = "X", is("rho", "ρ", "", Real, Usual::Unset);
    /// Pre-training self-overlap <w0, w0>, with --rho
    kappa: Option<Grid> = "X", is("kappa", "κ", "", Real, Usual::Unset);
    /// 1 - mu of aligned pre-training, instead of --mu, with all its digits: next to 1 a double has few
    gap: Option<Grid> = "X", is("gap", "1 − μ", "", Real, Usual::Unset);
    /// What is trained [default: spherical]
    adapter: Option<Adapter>, is("adapter", "", "", Text, Usual::Word("spherical")), arg(value_enum);
    /// Closed ODEs, or the finite-step map (needs --lr, --batch) [default: flow]
    dynamics: Option<Dynamics>, is("dynamics", "", "", Text, Usual::Word("flow")), arg(value_enum);
    /// Label-noise variance Delta [default: 0]
    noise: Option<Grid> = "D", is("noise", "Δ", "", Real, Usual::Number(0.0));
    /// Input dimension d [default: 1000]
    dim: Option<Grid> = "D", is("dim", "d", "", Whole, Usual::Number(1000.0));
    /// Batch size B
    batch: Option<Grid> = "B", is("batch", "B", "samples", Whole, Usual::Unset);
    /// Step size eta; with --batch it sets nu = eta d / B
    lr: Option<Grid> = "ETA", is("lr", "η", "", Real, Usual::Unset), arg(visible_alias = "eta"), serde(alias = "eta");
    /// Step size over lr as a function of the step: steps(1000: 0.1), 1/t(100), cosine(10000, 0.1), warmup(500),
    /// products of these, or an expression in step [default: constant]
    lr_schedule: Option<StepSizes> = "RULE", is("lr-schedule", "η/lr", "", Text, Usual::Word("constant")), serde(alias = "lr_schedule");
    /// Part of the last step that SGD keeps, in [0, 1): t = eta steps / (1 - theta) and nu = eta d / (B (1 - theta))
    /// [default: 0]
    momentum: Option<f64> = "THETA", is("momentum", "θ", "", Real, Usual::Number(0.0));
    /// Friction gamma of a heavy ball, momentum 1 - gamma sqrt(eta): t = sqrt(eta) steps, nu = sqrt(eta) d / B; of free
    /// LoRA and full training [default: none]
    friction: Option<f64> = "GAMMA", is("friction", "γ", "1/t", Real, Usual::Unset);
    /// SGD noise strength nu = eta d / B [default: 0, population gradient flow]
    nu: Option<Grid> = "NU", is("nu", "ν", "", Real, Usual::Rule("lr * dim / batch if both are given, else 0"));
    /// Step ratio eta_v / eta_u of LoRA+ [default: 1]
    chi: Option<Grid> = "X", is("chi", "χ", "", Real, Usual::Number(1.0));
    /// Weight decay lambda of the adapter [default: 0]
    decay: Option<Grid> = "X", is("decay", "λ", "1/t", Real, Usual::Number(0.0));
    /// LoRA amplitude u at the start [default: 0]
    u0: Option<Grid> = "X", is("u0", "u₀", "", Real, Usual::Number(0.0));
    /// LoRA alignment <v, omega*> at the start [default: 1/sqrt(d)]
    alignment0: Option<Grid> = "X", is("alignment0", "a₀", "", Real, Usual::Rule("1/sqrt(dim)"));
    /// Overlap <v, w0> at the start [default: rho * alignment0]
    s0: Option<f64> = "X", is("s0", "s₀", "", Real, Usual::Rule("rho * alignment0"));
    /// |alignment| that ends the search [default: 0.5]
    threshold: Option<Grid> = "X", is("threshold", "", "", Real, Usual::Number(0.5));
    /// Longest time, in ODE time [default: 1e30]
    t_max: Option<f64> = "T", is("t-max", "", "t", Real, Usual::Number(1e30)), serde(alias = "t_max");
    /// Learned when the excess loss has fallen to this fraction of its initial value [default: 1e-6]
    loss_tolerance: Option<f64> = "X", is("loss-tolerance", "", "", Real, Usual::Number(1e-6)), serde(alias = "loss_tolerance");
    /// Unit of times in the output [default: t]
    time: Option<TimeUnit>, is("time", "", "", Text, Usual::Word("t")), arg(value_enum);
    /// Multiply times by E[sigma'(xi)^2] of the student, as the paper's scripts do for He_k
    hermite_time: bool, is("hermite-time", "", "", Truth, Usual::No), serde(alias = "hermite_time");
    /// Units K of the student: a network, whose unit i is pre-trained to strength mu towards teacher unit i mod K*
    /// [default: 1]
    units: Option<Grid> = "K", is("units", "K", "", Whole, Usual::Rule("1, or the size of the matrices")), arg(help_heading = NETWORK);
    /// Units K* of the teacher, orthonormal [default: 1]
    teacher_units: Option<Grid> = "K*", is("teacher-units", "K⋆", "", Whole, Usual::Rule("1, or the size of the matrices")), arg(help_heading = NETWORK);
    /// Rank r of the adapter [default: 1]
    rank: Option<Grid> = "R", is("rank", "r", "", Whole, Usual::Number(1.0)), arg(help_heading = NETWORK);
    /// Readouts of teacher and student [default: mean]
    readout: Option<Readout>, is("readout", "a", "", Text, Usual::Word("mean")), arg(value_enum, help_heading = NETWORK);
    /// Step ratio chi_a = eta_a / eta of the student's readouts; 0: they are frozen [default: 0]
    train_readout: Option<f64> = "X", is("train-readout", "χₐ", "", Real, Usual::Number(0.0)), arg(help_heading = NETWORK);
    /// Overlap of any two of the teacher's units, which are of length 1 [default: 0]
    teacher_overlap: Option<Grid> = "X", is("teacher-overlap", "TTᵀ", "", Real, Usual::Number(0.0)), arg(help_heading = NETWORK);
    /// Overlaps TT' of the teacher's units, K* x K*; rows apart by semicolons, as in 1,0.3;0.3,1 [default: orthonormal]
    teacher_overlaps: Option<Matrix> = "MATRIX", is("teacher-overlaps", "TTᵀ", "", Text, Usual::Rule("orthonormal")), arg(help_heading = NETWORK);
    /// Readouts of the teacher's units, one for each
    teacher_readout: Option<Grid> = "LIST", is("teacher-readout", "a⋆", "", Real, Usual::Rule("as readout says")), arg(help_heading = NETWORK);
    /// Readouts of the student's units at the start, one for each
    student_readout: Option<Grid> = "LIST", is("student-readout", "a", "", Real, Usual::Rule("as readout says")), arg(help_heading = NETWORK);
    /// Pre-training overlaps M0 = W0 T', K x K*, with --pretraining-q; with --mu x that of x W0
    pretraining_m: Option<Matrix> = "MATRIX", is("pretraining-m", "M₀", "", Text, Usual::Unset), arg(help_heading = NETWORK);
    /// Pre-training overlaps Q0 = W0 W0', K x K, with --pretraining-m
    pretraining_q: Option<Matrix> = "MATRIX", is("pretraining-q", "Q₀", "", Text, Usual::Unset), arg(help_heading = NETWORK);
    /// LoRA amplitudes U at the start, K x r [default: 0]
    start_u: Option<Matrix> = "MATRIX", is("start-u", "U", "", Text, Usual::Rule("0")), arg(help_heading = NETWORK);
    /// Overlaps P = V T' at the start, r x K* [default: 1/sqrt(d) of row i with teacher unit i mod K*, else 0]
    start_alignment: Option<Matrix> = "MATRIX", is("start-alignment", "P", "", Text, Usual::Rule("1/sqrt(dim) of row i with teacher unit i mod K*, else 0")), arg(help_heading = NETWORK);
    /// Overlaps V W0' at the start, r x K [default: nothing along what W0 has outside the span of the teachers]
    start_s: Option<Matrix> = "MATRIX", is("start-s", "s", "", Text, Usual::Rule("nothing along what W0 has outside the span of the teachers")), arg(help_heading = NETWORK);
    /// Overlaps C = V V' at the start, r x r [default: orthonormal]
    start_c: Option<Matrix> = "MATRIX", is("start-c", "C", "", Text, Usual::Rule("orthonormal")), arg(help_heading = NETWORK);
    /// From scratch: overlaps M = W T' at the start, K x K* [default: 1/sqrt(d) of unit i with teacher unit i mod K*]
    start_m: Option<Matrix> = "MATRIX", is("start-m", "M", "", Text, Usual::Rule("1/sqrt(dim) of unit i with teacher unit i mod K*, else 0")), arg(help_heading = NETWORK);
    /// From scratch: overlaps Q = W W' at the start, K x K [default: orthonormal]
    start_q: Option<Matrix> = "MATRIX", is("start-q", "Q", "", Text, Usual::Rule("orthonormal")), arg(help_heading = NETWORK);
    /// Largest relative error of the noise of links without a closed form [default: 1e-3]
    noise_error: Option<f64> = "X", is("noise-error", "", "", Real, Usual::Number(1e-3)), arg(help_heading = NETWORK), serde(alias = "noise_error");
    /// Treat one unit as a network too: the output has matrices
    network: bool, is("network", "", "", Truth, Usual::No), arg(help_heading = NETWORK);
}

/// Heading of the flags of networks.
#[cfg(feature = "cli")]
const NETWORK: &str = "Network";

/// With the checksums of the tables that the links name.
impl Serialize for ProblemOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pin = |texts: &[String]| {
            let all = texts.iter().map(|text| pinned(text, &self.own_links));
            all.collect()
        };
        let pinned = Self {
            link: pin(&self.link),
            teacher: pin(&self.teacher),
            student: pin(&self.student),
            ..self.clone()
        };
        Self::serialize(&pinned, serializer)
    }
}

/// Keys, or the tables of a problem file.
impl<'de> Deserialize<'de> for ProblemOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(Flat {
            inner: deserializer,
            known: KNOWN,
        })
    }
}

/// A number that is no grid here.
///
/// # Errors
/// When it has several values.
pub(crate) fn single(
    argument: &'static str,
    number: &Option<Grid>,
) -> Result<Option<f64>, ProblemError> {
    let one = |grid: &Grid| {
        grid.single().ok_or_else(|| ProblemError::Several {
            argument,
            grid: grid.to_string(),
        })
    };
    number.as_ref().map(one).transpose()
}

fn is_unset<T: Default + PartialEq>(option: &T) -> bool {
    *option == T::default()
}

impl ProblemOptions {
    /// What there is to know of each option, in the order of the flags.
    pub fn parameters() -> impl Iterator<Item = Parameter> {
        OPTIONS.iter().map(|one| Parameter {
            // `--help` goes on with how to write grids, and with defaults.
            about: one
                .about
                .split([';', '['])
                .next()
                .unwrap_or_default()
                .trim(),
            ..*one
        })
    }

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
            if mu.is_some() || self.rho.is_some() || self.kappa.is_some() || self.gap.is_some() {
                return conflict(option, "mu, gap, rho or kappa", reason);
            }
            return Ok(PreTraining::none());
        }
        if let Some(gap) = single("gap", &self.gap)? {
            let overlaps = self.rho.is_some() || self.kappa.is_some();
            if mu.is_some() || self.angle.is_some() || self.mixture || overlaps {
                let reason = "give the pre-training once: gap is 1 - mu of weights along omega*";
                return conflict("gap", "mu, angle, mixture, rho or kappa", reason);
            }
            return PreTraining::near(gap);
        }
        if self.rho.is_some() || self.kappa.is_some() {
            if mu.is_some() || self.angle.is_some() || self.mixture {
                let reason = "give the pre-training once: mu, or rho with kappa";
                return conflict("rho or kappa", "mu, angle or mixture", reason);
            }
            let reason = "with its partner: give both rho and kappa";
            let missing = |argument| ProblemError::Missing { argument, reason };
            let rho = single("rho", &self.rho)?.ok_or(missing("rho"))?;
            let kappa = single("kappa", &self.kappa)?.ok_or(missing("kappa"))?;
            return PreTraining::overlaps(rho, kappa);
        }
        let Some(mu) = mu else {
            let reason = match (&self.angle, self.mixture) {
                (Some(_), _) => "with angle: the strength that is tilted, as in --mu=0.5",
                (None, true) => "with mixture: the weight of omega*, as in --mu=0.5",
                (None, false) => "(or rho with kappa): the pre-training strength, as in --mu=0.5",
            };
            return Err(ProblemError::Missing {
                argument: "mu",
                reason,
            });
        };
        // A strength of a grid that is even in 1 - mu has more digits there than it has itself.
        let exact = self.mu.as_ref().and_then(|grid| grid.gap_of(mu));
        match (single("angle", &self.angle)?, self.mixture, exact) {
            (Some(_), true, _) => conflict("angle", "mixture", "choose one kind of pre-training"),
            (Some(angle), false, _) => PreTraining::tilted(mu, angle),
            (None, true, _) => PreTraining::mixture(mu),
            (None, false, Some(gap)) => PreTraining::near(gap),
            (None, false, None) => PreTraining::aligned(mu),
        }
    }

    /// Dimension (this one if none is given), batch, step sizes, noise and momentum.
    pub(super) fn scaling(&self, dim: f64) -> Result<Scaling, ProblemError> {
        Scaling::new(
            single("dim", &self.dim)?.unwrap_or(dim),
            single("batch", &self.batch)?,
            single("lr", &self.lr)?,
            single("nu", &self.nu)?,
        )?
        .with_sizes(self.lr_schedule.clone())?
        .with_momentum(Momentum::of(self.momentum, self.friction)?)
    }

    /// The problem of one model at one strength, checked.
    ///
    /// # Errors
    /// Whatever [`Problem::new`] refuses, conflicts between options, grids, and a network.
    pub fn problem(&self, model: &Model, mu: Option<f64>) -> Result<Problem, ProblemError> {
        self.refuse_network()?;
        let defaults = Setup::new(model.clone(), self.pretraining(mu)?);
        let scaling = self.scaling(defaults.scaling.dim)?;
        Problem::new(Setup {
            adapter: self.adapter.unwrap_or_default(),
            dynamics: self.dynamics.unwrap_or_default(),
            label_noise: single("noise", &self.noise)?.unwrap_or(defaults.label_noise),
            scaling,
            step_ratio: single("chi", &self.chi)?.unwrap_or(defaults.step_ratio),
            weight_decay: single("decay", &self.decay)?.unwrap_or(defaults.weight_decay),
            u0: single("u0", &self.u0)?.unwrap_or(defaults.u0),
            alignment0: single("alignment0", &self.alignment0)?,
            s0: self.s0,
            threshold: single("threshold", &self.threshold)?.unwrap_or(defaults.threshold),
            t_max: self.t_max.unwrap_or(defaults.t_max),
            loss_tolerance: self.loss_tolerance.unwrap_or(defaults.loss_tolerance),
            ..defaults
        })
    }
}
