//! Bytes on disk: tables (CSV, NPZ, Parquet) and figures (SVG, PNG, PDF).
//!
//! Nothing here knows what is plotted: this module computes nothing about the physics and imports
//! nothing from the rest of the crate but how files are written. The same input always gives the same bytes.

#[cfg(feature = "system")]
mod atomic;
mod error;
mod figure;
mod file_format;
mod lattice;
#[cfg(feature = "parquet")]
mod parquet_file;
pub(crate) mod printable;
#[cfg(all(
    feature = "system",
    feature = "figures",
    feature = "npz",
    feature = "parquet"
))]
mod save;
mod table;

#[cfg(feature = "system")]
pub use atomic::{stream_atomically, write_atomically};
pub use error::OutputError;
pub use figure::{
    Axis, BLACK, Categories, Curve, CurveStyle, Field, Figure, HeatMap, LegendSpot, Length,
    LengthError, Mark, PALETTE, PRESETS, Panel, PanelStyle, Preset, Rgb, RgbError, Scale, Stretch,
    Style, Titles, scale_beyond, suggested_levels, suggested_scale,
};
pub use file_format::{FileFormat, UnknownFormat};
pub use lattice::{Lattice, LatticeAxis, LatticeCell, NO_CELL, value_column};
pub use table::{Column, Table};
