//! Memory, asked for before it is taken.

use thiserror::Error;

/// More memory than there is.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{what} needs {} and {} are available{limit}: {advice}", size(*needed), size(*available))]
pub struct MemoryError {
    /// What would need it.
    pub what: String,
    /// Bytes needed.
    pub needed: f64,
    /// Bytes available.
    pub available: f64,
    /// What sets the bound, if it is not the machine.
    pub limit: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Refuses what needs more bytes than can be had, before anything is allocated.
///
/// # Errors
/// [`MemoryError`] says what, how much, and what to do.
pub fn require_memory(what: String, needed: f64, advice: &'static str) -> Result<(), MemoryError> {
    // Whoever has not this much has no program running.
    const PLAIN: f64 = 4e6;
    if needed <= PLAIN {
        return Ok(());
    }
    // Without a system nobody knows, and nothing is refused.
    #[cfg(not(feature = "system"))]
    let (available, limit) = (f64::INFINITY, "");
    #[cfg(feature = "system")]
    let (available, limit) = super::room::available();
    if needed <= available {
        return Ok(());
    }
    Err(MemoryError {
        what,
        needed,
        available,
        limit,
        advice,
    })
}

/// Bytes as people read them.
fn size(bytes: f64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 10.0 && unit > 0 {
        format!("{value:.1} {}", units[unit])
    } else {
        format!("{value:.0} {}", units[unit])
    }
}
