//! An image of pixels.

/// Pixels per canvas unit.
pub(super) const SCALE: f64 = 3.0;

/// An image with three bytes per pixel, row by row.
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}
