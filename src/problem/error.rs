//! Why a fine-tuning problem was refused.

use thiserror::Error;

use super::network::NetworkError;
use crate::link::LinkError;
use crate::numeral::plain;
use crate::watch::asked_to_end;

/// An argument that is missing, out of range, or at odds with another one.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ProblemError {
    /// A number outside its range.
    #[error("{argument} = {} is not allowed: {allowed}", plain(*value))]
    Range {
        /// Name as on the command line and in problem files.
        argument: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// Two arguments that exclude each other.
    #[error("{first} and {second} cannot be given together: {reason}")]
    Conflict {
        /// One argument.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// An argument that another one needs.
    #[error("{argument} is needed {reason}")]
    Missing {
        /// The missing argument.
        argument: &'static str,
        /// For what.
        reason: &'static str,
    },
    /// Averages at the pre-trained weights without a digit that holds.
    #[error("there is no search phase to show: {reason}")]
    Unresolved {
        /// Which, and why.
        reason: String,
    },
    /// An argument without a meaning for this adapter or dynamics.
    #[error("{argument} has no meaning {context}: leave it out")]
    Meaningless {
        /// The argument.
        argument: &'static str,
        /// With what.
        context: &'static str,
    },
    /// A start that no direction `v` has.
    #[error("alignment0 = {} and s0 = {} belong to no unit vector v: {reason}",
            plain(*alignment0), plain(*s0))]
    Start {
        /// `<v, omega*>` given.
        alignment0: f64,
        /// `<v, w0>` given.
        s0: f64,
        /// What is violated.
        reason: String,
    },
    /// Not one pair of links, where one is meant.
    #[error("{command} takes one link pair: give one --link, or one --teacher and --student")]
    OnePair {
        /// The command.
        command: &'static str,
    },
    /// A grid, where one value is meant.
    #[error(
        "one {argument} is meant here, not {grid}; grids are for search, phase, solve and, in mu of one unit, compare"
    )]
    Several {
        /// Name as on the command line and in problem files.
        argument: &'static str,
        /// The values given.
        grid: String,
    },
    /// A letter without a meaning.
    #[error(
        "set {text} is not understood: write a letter that stands in a link and a finite number, as in \
         --link='c*he1 + he3' --set=c=0.5"
    )]
    Letter {
        /// What was written.
        text: String,
    },
    /// Step sizes that are none.
    #[error(transparent)]
    StepSizes(#[from] super::StepSizesError),
    /// What has no meaning while the step size changes.
    #[error(
        "lr-schedule is not allowed here: {reason}; leave it out, or use solve, simulate or compare"
    )]
    Changing {
        /// Why.
        reason: &'static str,
    },
    /// Links of which a network has no averages.
    #[error(transparent)]
    Pair(#[from] crate::model::PairError),
    /// A network that cannot be.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A link that cannot be used.
    #[error("{argument}: {error}")]
    Link {
        /// Which of link, teacher, student it was given as.
        argument: &'static str,
        /// What is wrong with it.
        error: LinkError,
    },
    /// A link with an infinite slope at 0 beside one with which its averages are not taken.
    #[error(
        "the slope of '{link}' is infinite at x = 0, and its averages with '{other}' are not taken: {reason}"
    )]
    Steep {
        /// The link.
        link: String,
        /// The other one.
        other: String,
        /// Why.
        reason: &'static str,
    },
    /// The caller ended the work while its problems were read.
    #[error("interrupted before anything was finished")]
    Interrupted,
    /// A student with a jump: its gradient contains a delta function.
    #[error(
        "student link '{link}' jumps at x = {}: no step of SGD feels a jump, and the noise of one that did would be \
         infinite; a student needs a continuous link (as a teacher it is allowed)",
        plain(*at)
    )]
    StudentJump {
        /// The link.
        link: String,
        /// Where it jumps.
        at: f64,
    },
}

impl ProblemError {
    /// The key of the argument that it is about; of two that do not go together the first.
    pub fn argument(&self) -> Option<&str> {
        let named = match self {
            Self::Range { argument, .. }
            | Self::Missing { argument, .. }
            | Self::Meaningless { argument, .. }
            | Self::Several { argument, .. }
            | Self::Link { argument, .. }
            | Self::Network(
                NetworkError::Unanswered { argument }
                | NetworkError::Sizes { argument, .. }
                | NetworkError::Readouts { argument, .. },
            ) => argument,
            Self::Conflict { first, .. } => first,
            Self::Start { .. } => "alignment0",
            Self::Letter { .. } => "set",
            Self::StepSizes(_) | Self::Changing { .. } => "lr-schedule",
            Self::Network(NetworkError::Dimension { .. }) => "dim",
            _ => return None,
        };
        // Some say its value as well, as in "dynamics map".
        named.split(' ').next()
    }
}

/// Refuses `value` unless `ok`; NaN never passes a comparison, so it is refused as well.
pub(super) fn require(
    ok: bool,
    argument: &'static str,
    value: f64,
    allowed: &'static str,
) -> Result<(), ProblemError> {
    if ok {
        Ok(())
    } else {
        Err(ProblemError::Range {
            argument,
            value,
            allowed,
        })
    }
}

/// Asked between two of many problems that are read.
pub(crate) fn go_on() -> Result<(), ProblemError> {
    match asked_to_end() {
        true => Err(ProblemError::Interrupted),
        false => Ok(()),
    }
}
