//! Lines in several pieces, dashes among them, as one element of an SVG document.

use super::geometry::Point;
use super::palette::Colour;
use std::fmt::Write as _;

/// The pieces as one path, its width in units of the document; `unit` is the size of a canvas unit there.
pub(super) fn element<'a>(
    pieces: impl Iterator<Item = &'a [Point]>,
    unit: f64,
    (width, colour): (f64, Colour),
) -> String {
    let mut path = String::new();
    for piece in pieces {
        for (i, point) in piece.iter().enumerate() {
            let step = if i == 0 { 'M' } else { 'L' };
            let (x, y) = (whole(point.x, unit), whole(point.y, unit));
            // Writing to a String cannot fail.
            let _ = write!(path, "{step}{x},{y}");
        }
    }
    format!(
        "<path d=\"{path}\" fill=\"none\" opacity=\"{}\" stroke=\"{}\" stroke-width=\"{width}\"/>\n",
        colour.alpha,
        hex(colour)
    )
}

/// A length in units of the document.
pub(super) fn whole(value: f64, unit: f64) -> i64 {
    (value * unit).round() as i64
}

/// A colour as the document has it.
pub(super) fn hex(Colour { rgb: (r, g, b), .. }: Colour) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}
