//! How the exit time grows with the dimension: runs at many dimensions, and the law they follow.
//!
//! ```
//! use lorode::scaling::{Law, ScalingFit};
//!
//! let times: Vec<(f64, f64)> = (4..24).map(|i| {
//!     let dim = 10f64.powf(0.5 * f64::from(i));
//!     (dim, 3.0 * dim.ln() + 5.0)
//! }).collect();
//! let fit = ScalingFit::of(&times)?;
//! assert!(matches!(fit.law, Law::Logarithmic { slope, .. } if (slope - 3.0).abs() < 1e-9));
//! # Ok::<(), lorode::scaling::FitError>(())
//! ```

mod fit;
mod law;
mod measure;
mod prediction;
mod regression;

pub use fit::{FEWEST_POINTS, FitError, Residuals, ScalingFit};
pub use law::Law;
pub use measure::{ScalingCurve, ScalingPoint, ScalingResults, ScalingSweep};
pub use prediction::Prediction;
