//! Momentum of SGD: what a step keeps of the one before.

use super::error::{ProblemError, require};

/// How much of the last step is kept, `x+ = x + b+`, `b+ = theta b - eta grad`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Momentum {
    /// Nothing: plain SGD.
    #[default]
    None,
    /// A fixed part `0 <= theta < 1`. For small steps the same equations, with `t = eta steps / (1 - theta)` and
    /// `nu = eta d / (B (1 - theta))`.
    Fixed(f64),
    /// `theta = 1 - gamma sqrt(eta)`, friction `gamma >= 0`: a ball that rolls, with `t = sqrt(eta) steps` and
    /// `nu = sqrt(eta) d / B`, and velocities among its variables (docs/step-sizes.md).
    HeavyBall(f64),
}

impl Momentum {
    /// From what was given; of both one is meant.
    ///
    /// # Errors
    /// A number out of range, or both.
    pub fn of(momentum: Option<f64>, friction: Option<f64>) -> Result<Self, ProblemError> {
        if let Some(theta) = momentum {
            let allowed = "the part of the last step that is kept, in [0, 1)";
            require((0.0..1.0).contains(&theta), "momentum", theta, allowed)?;
        }
        if let Some(gamma) = friction {
            let allowed = "the friction of a heavy ball is a finite number >= 0";
            require(
                gamma >= 0.0 && gamma.is_finite(),
                "friction",
                gamma,
                allowed,
            )?;
        }
        match (momentum, friction) {
            (Some(_), Some(_)) => Err(ProblemError::Conflict {
                first: "momentum",
                second: "friction",
                reason: "friction makes it 1 - friction sqrt(lr); give one",
            }),
            (Some(theta), None) if theta > 0.0 => Ok(Self::Fixed(theta)),
            (None, Some(gamma)) => Ok(Self::HeavyBall(gamma)),
            _ => Ok(Self::None),
        }
    }

    /// ODE time of a step of size `eta`.
    pub fn pace(self, eta: f64) -> f64 {
        match self {
            Self::None => eta,
            Self::Fixed(theta) => eta / (1.0 - theta),
            Self::HeavyBall(_) => eta.sqrt(),
        }
    }

    /// The part `theta` that a step of size `eta` keeps.
    pub fn kept(self, eta: f64) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Fixed(theta) => theta,
            Self::HeavyBall(gamma) => 1.0 - gamma * eta.sqrt(),
        }
    }

    /// Friction of a heavy ball.
    pub fn friction(self) -> Option<f64> {
        match self {
            Self::HeavyBall(gamma) => Some(gamma),
            Self::None | Self::Fixed(_) => None,
        }
    }
}
