//! The search phase: how long the adapter looks for a direction (docs/theory.md, section 4).

mod critical;
mod exit_law;
mod linear;
pub mod network;
mod rates;

pub use critical::{CriticalKind, CriticalStrength, CriticalStrengths, critical_strengths};
pub use exit_law::ExitLaw;
pub use linear::{Imprecise, SearchErrors, SearchPhase};
