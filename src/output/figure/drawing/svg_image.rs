//! A grid of cells as elements of an SVG document.

use super::cell_grid::{Cells, HATCH_WIDTH, hatch_lines};
use super::geometry::Rect;
use super::palette::Colour;
use super::png;
use super::svg_path::{self, hex, whole};
use crate::output::OutputError;
use std::fmt::Write as _;

/// The cells as one image of a pixel per cell, transparent where the hatching below shows through.
///
/// `unit` is the size of a canvas unit in the document; the hatching has the colours of paper and hatch.
pub(super) fn elements(
    cells: &Cells,
    unit: f64,
    (paper, hatch): (Colour, Colour),
) -> Result<String, OutputError> {
    let mut text = String::new();
    let Some(seen) = cells.visible() else {
        return Ok(text);
    };
    if let Some(area) = cells.unfinished() {
        text.push_str(&hatching(&area, unit, (paper, hatch)));
    }
    if cells.indices.iter().all(Option::is_none) {
        return Ok(text);
    }
    // The attribute is for viewers that know only the words of SVG 1.1; the style wins elsewhere.
    let image = format!(
        "<image {} preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" \
         style=\"image-rendering: pixelated\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xlink:href=\"data:image/png;base64,{}\"/>\n",
        box_of(&cells.outline, unit),
        base64(&png::encode_indexed(cells)?)
    );
    if seen == cells.outline {
        text.push_str(&image);
    } else {
        // A document within the document cuts what lies outside the frame.
        let place = box_of(&seen, unit);
        let view = [seen.left, seen.top, seen.width(), seen.height()].map(|v| whole(v, unit));
        let [left, top, width, height] = view;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "<svg {place} viewBox=\"{left} {top} {width} {height}\" preserveAspectRatio=\"none\">\n\
             {image}</svg>\n"
        );
    }
    Ok(text)
}

fn box_of(rect: &Rect, unit: f64) -> String {
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        whole(rect.left, unit),
        whole(rect.top, unit),
        whole(rect.width(), unit),
        whole(rect.height(), unit)
    )
}

/// Grey lines on white in a box.
fn hatching(area: &Rect, unit: f64, (paper, hatch): (Colour, Colour)) -> String {
    let lines = hatch_lines(area);
    let pieces = lines.iter().map(|ends| &ends[..]);
    format!(
        "<rect {} fill=\"{}\" stroke=\"none\"/>\n{}",
        box_of(area, unit),
        hex(paper),
        svg_path::element(pieces, unit, (HATCH_WIDTH * unit, hatch))
    )
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |k: usize| u32::from(chunk.get(k).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            text.push(if digit > chunk.len() {
                '='
            } else {
                char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
