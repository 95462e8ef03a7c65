//! The one switch that ends the work of a command.

use std::sync::OnceLock;

use crate::watch::Cancel;

/// The switch that signals throw.
pub(super) fn cancel() -> Cancel {
    static SWITCH: OnceLock<Cancel> = OnceLock::new();
    *SWITCH.get_or_init(Cancel::new)
}
