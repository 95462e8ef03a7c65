//! An image of pixels.

/// An image with three bytes per pixel, row by row.
pub(super) struct Image {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels per canvas unit.
    pub(super) scale: f64,
    pub(super) pixels: Vec<u8>,
}
