//! Pre-trained weights `w0`, as the two overlaps that matter.

use super::error::{ProblemError, require};

/// The frozen weights `w0`, known through `rho = <w0, omega*>` and `kappa = <w0, w0>`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreTraining {
    rho: f64,
    orthogonal: f64,
    /// `1 - rho`, to its own digits.
    gap: f64,
}

impl PreTraining {
    /// `w0 = mu omega*`: `rho = mu`, `kappa = mu^2`; `mu >= 0`.
    ///
    /// # Errors
    /// When `mu` is negative or not finite.
    pub fn aligned(mu: f64) -> Result<Self, ProblemError> {
        Self::tilted(mu, 0.0)
    }

    /// `w0 = (1 - gap) omega*`, `gap` in [0, 1]: pre-training that is nearly perfect, with the digits of `1 - mu` that
    /// the double nearest to `mu` has not.
    ///
    /// # Errors
    /// When `gap` is out of range.
    pub fn near(gap: f64) -> Result<Self, ProblemError> {
        require(
            (0.0..=1.0).contains(&gap),
            "gap",
            gap,
            "1 - mu, a number in [0, 1]",
        )?;
        Ok(Self {
            rho: 1.0 - gap,
            orthogonal: 0.0,
            gap,
        })
    }

    /// `|w0| = mu` at `angle` degrees to `omega*`: `rho = mu cos(angle)`, `kappa = mu^2`;
    /// `mu >= 0`, angle in [0, 180].
    ///
    /// # Errors
    /// When an argument is out of range.
    pub fn tilted(mu: f64, angle: f64) -> Result<Self, ProblemError> {
        strength(mu)?;
        Self::at(mu, 0.0).turned(angle)
    }

    /// The same weights where the direction of their `rho` is that of a source task, at `angle` degrees to `omega*`,
    /// and what is orthogonal to it is orthogonal to `omega*` as well: `rho cos(angle)`, with `kappa` as it is.
    ///
    /// # Errors
    /// When the angle is not in [0, 180].
    pub fn turned(self, angle: f64) -> Result<Self, ProblemError> {
        require(
            (0.0..=180.0).contains(&angle),
            "angle",
            angle,
            "degrees in [0, 180]",
        )?;
        let (sine, cosine) = match angle {
            // sin(pi) is not 0 in floating point; the aligned case must be exact.
            0.0 => return Ok(self),
            180.0 => (0.0, -1.0),
            90.0 => (1.0, 0.0),
            _ => angle.to_radians().sin_cos(),
        };
        let orthogonal = (self.rho * sine).hypot(self.orthogonal);
        Ok(Self::at(self.rho * cosine, orthogonal))
    }

    /// `w0 = mu omega* + (1 - mu) xi`, `xi` a random unit direction: `rho = mu`,
    /// `kappa = mu^2 + (1-mu)^2`; `mu` in [0, 1].
    ///
    /// # Errors
    /// When `mu` is out of range.
    pub fn mixture(mu: f64) -> Result<Self, ProblemError> {
        strength(mu)?;
        require(mu <= 1.0, "mu", mu, "a mixture needs mu in [0, 1]")?;
        Ok(Self::at(mu, 1.0 - mu))
    }

    /// From `rho` (any sign) and `kappa >= rho^2`.
    ///
    /// # Errors
    /// When they are not finite or `kappa < rho^2`.
    pub fn overlaps(rho: f64, kappa: f64) -> Result<Self, ProblemError> {
        require(rho.is_finite(), "rho", rho, "a finite number")?;
        let orthogonal2 = (-rho).mul_add(rho, kappa);
        require(
            kappa.is_finite() && orthogonal2 >= -4.0 * f64::EPSILON * kappa.abs(),
            "kappa",
            kappa,
            "kappa = <w0,w0> must be finite and at least rho^2",
        )?;
        Ok(Self::at(rho, orthogonal2.max(0.0).sqrt()))
    }

    /// `w0 = 0`.
    pub fn none() -> Self {
        Self::at(0.0, 0.0)
    }

    fn at(rho: f64, orthogonal: f64) -> Self {
        Self {
            rho,
            orthogonal,
            gap: 1.0 - rho,
        }
    }

    /// `rho = <w0, omega*>`.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// `1 - rho`, as it was given to [`near`](Self::near).
    pub fn gap(&self) -> f64 {
        self.gap
    }

    /// `sqrt(kappa - rho^2) >= 0`: the part of `w0` orthogonal to `omega*`, exactly 0 when
    /// aligned.
    pub fn orthogonal(&self) -> f64 {
        self.orthogonal
    }

    /// `kappa = <w0, w0>`.
    pub fn kappa(&self) -> f64 {
        self.rho
            .mul_add(self.rho, self.orthogonal * self.orthogonal)
    }
}

fn strength(mu: f64) -> Result<(), ProblemError> {
    require(
        mu >= 0.0 && mu.is_finite(),
        "mu",
        mu,
        "the pre-training strength is a finite number >= 0",
    )
}
