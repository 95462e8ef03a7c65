//! A sketch as an SVG document, through the backend of plotters.

use super::font::FAMILY;
use super::geometry::Point;
use super::palette::Colour;
use super::sketch::{Anchor, Shape, Sketch, Text};
use super::{svg_image, svg_path};
use crate::output::OutputError;
use plotters::backend::{DrawingBackend as _, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle, TextStyle,
};

/// The backend rounds to whole pixels: the canvas is this much larger than the document.
const FINENESS: f64 = 8.0;
/// The backend sets text of vertical position `Top` this far below its point, in units of the size.
const TOP_TO_BASE: f64 = 0.76;
/// The backend divides font sizes by this.
const SIZE_FACTOR: f64 = 1.24;

/// The whole document.
pub(super) fn document(sketch: &Sketch, provenance: &str) -> Result<String, OutputError> {
    const CLOSE: &str = "</svg>\n";
    let size = (
        (sketch.width * FINENESS).round() as u32,
        (sketch.height * FINENESS).round() as u32,
    );
    let mut text = drawn(size, |backend| background(backend, size, sketch.paper()))?;
    text.truncate(text.trim_end_matches(CLOSE).len());
    if !provenance.is_empty() {
        let words = provenance.replace(char::is_control, "\u{fffd}");
        let words = words
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        // Readers look for it before all else.
        let first = text.find('\n').map_or(0, |end| end + 1);
        text.insert_str(first, &format!("<desc>{words}</desc>\n"));
    }
    // The backend knows no images, and makes an element of every dash. What lies between these is drawn to documents of
    // its own, which lend us the elements between their first line and their last.
    let is_ours = |shape: &Shape| match shape {
        Shape::Cells(_) => true,
        Shape::Stroke { pieces, .. } => pieces.len() > 1,
        _ => false,
    };
    for shapes in sketch.shapes.chunk_by(|a, b| !is_ours(a) && !is_ours(b)) {
        match shapes {
            [Shape::Cells(cells)] => text.push_str(&svg_image::elements(
                cells,
                FINENESS,
                (sketch.paper(), sketch.hatch()),
            )?),
            [
                Shape::Stroke {
                    pieces,
                    width,
                    colour,
                },
            ] if pieces.len() > 1 => {
                let pieces = pieces.iter().map(Vec::as_slice);
                let width = (width * FINENESS).round();
                text.push_str(&svg_path::element(pieces, FINENESS, (width, *colour)));
            }
            _ => {
                let part = drawn(size, |backend| paint(backend, shapes))?;
                let elements = part.split_once('\n').map_or("", |(_, rest)| rest);
                text.push_str(elements.trim_end_matches(CLOSE));
            }
        }
    }
    text.push_str(CLOSE);
    let lines = text.split_inclusive('\n').map(with_short_size);
    Ok(with_natural_size(&lines.collect::<String>(), sketch, size))
}

/// A line of the document with the size of its letters to a hundredth: the backend divides, and writes what rounding leaves.
fn with_short_size(line: &str) -> std::borrow::Cow<'_, str> {
    const KEY: &str = " font-size=\"";
    let size = || {
        let (before, rest) = line.split_once(KEY)?;
        let (size, after) = rest.split_once('"')?;
        let size = (size.parse::<f64>().ok()? * 100.0).round() / 100.0;
        Some(format!("{before}{KEY}{size}\"{after}"))
    };
    // What the letters say stands on lines of its own, where no element can begin.
    let size = line.starts_with("<text ").then(size).flatten();
    size.map_or(line.into(), Into::into)
}

/// What the backend makes of some drawing.
fn drawn(
    size: (u32, u32),
    draw: impl FnOnce(&mut SVGBackend) -> Result<(), OutputError>,
) -> Result<String, OutputError> {
    let mut text = String::new();
    let mut backend = SVGBackend::with_string(&mut text, size);
    draw(&mut backend)?;
    backend.present().map_err(refused)?;
    drop(backend);
    Ok(text)
}

/// The document without the enlargement, and with joins that do not stick out at sharp bends.
fn with_natural_size(text: &str, sketch: &Sketch, (width, height): (u32, u32)) -> String {
    let enlarged = format!("width=\"{width}\" height=\"{height}\"");
    let natural = format!(
        "width=\"{}in\" height=\"{}in\" stroke-linejoin=\"round\"",
        sketch.inches(sketch.width),
        sketch.inches(sketch.height)
    );
    text.replacen(&enlarged, &natural, 1)
}

fn refused(error: impl std::fmt::Display) -> OutputError {
    OutputError::drawing("draw the SVG", error)
}

fn background(
    backend: &mut SVGBackend,
    size: (u32, u32),
    paper: Colour,
) -> Result<(), OutputError> {
    let corner = (size.0 as i32, size.1 as i32);
    backend
        .draw_rect((0, 0), corner, &pen(paper, 0.0), true)
        .map_err(refused)
}

fn paint(backend: &mut SVGBackend, shapes: &[Shape]) -> Result<(), OutputError> {
    for shape in shapes {
        match shape {
            Shape::Stroke {
                pieces,
                width,
                colour,
            } => pieces
                .iter()
                .try_for_each(|piece| backend.draw_path(coordinates(piece), &pen(*colour, *width))),
            Shape::Fill { outline, colour } => {
                backend.fill_polygon(coordinates(outline), &pen(*colour, 0.0))
            }
            Shape::Disc {
                centre,
                radius,
                colour,
            } => {
                let radius = (radius * FINENESS).round() as u32;
                backend.draw_circle(coordinate(*centre), radius, &pen(*colour, 0.0), true)
            }
            Shape::Text(text) => {
                backend.draw_text(&text.text, &letters(text), coordinate(top_of(text)))
            }
            Shape::Cells(_) => Ok(()),
        }
        .map_err(refused)?;
    }
    Ok(())
}

fn coordinate(point: Point) -> (i32, i32) {
    (
        (point.x * FINENESS).round() as i32,
        (point.y * FINENESS).round() as i32,
    )
}

fn coordinates(points: &[Point]) -> impl Iterator<Item = (i32, i32)> {
    points.iter().map(|point| coordinate(*point))
}

/// The point from which the backend reaches our base line.
fn top_of(text: &Text) -> Point {
    let rise = TOP_TO_BASE * text.size;
    if text.upwards {
        // Turned to run upwards, "above" is to the left.
        Point::new(text.at.x - rise, text.at.y)
    } else {
        Point::new(text.at.x, text.at.y - rise)
    }
}

fn rgba(colour: Colour) -> RGBAColor {
    let (r, g, b) = colour.rgb;
    RGBAColor(r, g, b, colour.alpha)
}

fn pen(colour: Colour, width: f64) -> ShapeStyle {
    ShapeStyle {
        color: rgba(colour),
        filled: true,
        stroke_width: (width * FINENESS).round() as u32,
    }
}

fn letters(text: &Text) -> TextStyle<'static> {
    let turn = if text.upwards {
        FontTransform::Rotate270
    } else {
        FontTransform::None
    };
    let horizontal = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    FontDesc::new(
        FontFamily::Name(FAMILY),
        text.size * FINENESS * SIZE_FACTOR,
        FontStyle::Normal,
    )
    .transform(turn)
    .color(&rgba(text.colour))
    .pos(Pos::new(horizontal, VPos::Top))
}
