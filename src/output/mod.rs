//! Bytes on disk: tables (CSV, NPZ) and figures (SVG, PNG).
//!
//! Nothing here knows what is plotted: this module computes nothing about the physics and imports
//! nothing from the rest of the crate but how files are written. The same input always gives the same bytes.

mod atomic;
mod error;
mod figure;
mod lattice;
pub(crate) mod printable;
mod table;

pub use atomic::{stream_atomically, write_atomically};
pub use error::OutputError;
pub use figure::{
    Axis, Categories, Curve, CurveStyle, Field, Figure, HeatMap, Mark, Panel, Scale,
    suggested_levels, suggested_scale,
};
pub use lattice::{Lattice, LatticeCell, NO_CELL};
pub use table::{Column, Table};

use std::path::Path;

/// The extension of `path` in lower case if it is one of `allowed`.
fn extension_among(
    path: &Path,
    allowed: &'static [&'static str],
) -> Result<&'static str, OutputError> {
    let given = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("")
        .to_ascii_lowercase();
    allowed
        .iter()
        .find(|ext| **ext == given)
        .copied()
        .ok_or_else(|| OutputError::UnsupportedExtension {
            path: path.to_path_buf(),
            allowed,
        })
}
