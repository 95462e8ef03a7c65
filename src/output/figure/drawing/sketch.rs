//! A drawing as a list of shapes, before any file format.
//!
//! All formats replay the same list, so they show the same picture.

use super::cell_grid::Cells;
use super::geometry::{Point, Rect};
use super::palette::{Colour, Theme};
use crate::output::Style;
use crate::output::figure::style::FONT_SIZE;

/// Where the given point lies in a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) text: String,
    /// A point of the base line.
    pub(super) at: Point,
    pub(super) anchor: Anchor,
    pub(super) size: f64,
    pub(super) colour: Colour,
    /// Whether the text runs upwards.
    pub(super) upwards: bool,
}

/// One thing to draw, in canvas units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Lines of a given width, in an opaque colour.
    Stroke {
        pieces: Vec<Vec<Point>>,
        width: f64,
        colour: Colour,
    },
    /// A filled polygon.
    Fill { outline: Vec<Point>, colour: Colour },
    /// A filled disc.
    Disc {
        centre: Point,
        radius: f64,
        colour: Colour,
    },
    /// Coloured and hatched cells.
    Cells(Cells),
    /// A line of text.
    Text(Text),
}

/// Points in an inch.
const POINTS_PER_INCH: f64 = 72.0;
/// Points in a canvas unit at the usual size of letters: a hundred units are an inch.
const UNIT: f64 = 0.72;
/// Width of a curve, in canvas units.
pub(super) const LINE: f64 = 1.5;

/// Points in a canvas unit: all grows with the letters.
pub(super) fn unit(style: &Style) -> f64 {
    UNIT * (style.font_size / FONT_SIZE)
}

/// Everything on the canvas, the first shape lowest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Points in a canvas unit.
    pub(super) unit: f64,
    /// Pixels per inch, where there are pixels.
    pub(super) dpi: f64,
    pub(super) shapes: Vec<Shape>,
    theme: Theme,
    /// What the widths of lines are multiplied by.
    line: f64,
    /// Size of the smallest letters.
    least: f64,
}

impl Sketch {
    pub(super) fn new((width, height): (f64, f64), style: &Style) -> Self {
        let unit = unit(style);
        let line = style.line_width.map_or(1.0, |points| points / unit / LINE);
        Self {
            width,
            height,
            unit,
            dpi: style.dpi,
            shapes: Vec::new(),
            theme: Theme::of(style),
            line,
            least: style.least_font_size / unit,
        }
    }

    /// The colour of the ground.
    pub(super) fn paper(&self) -> Colour {
        self.theme.resolved(Colour::PAPER)
    }

    /// The colour of the lines of a hatching.
    pub(super) fn hatch(&self) -> Colour {
        self.theme.resolved(Colour::HATCH)
    }

    /// Pixels in a canvas unit.
    pub(super) fn scale(&self) -> f64 {
        self.dpi * self.unit / POINTS_PER_INCH
    }

    /// A length in inches, to a ten-thousandth of one.
    pub(super) fn inches(&self, units: f64) -> f64 {
        (units * self.unit / POINTS_PER_INCH * 1e4).round() / 1e4
    }

    /// Lines of curves, marks and contours, whose widths the style can change.
    pub(super) fn line(&mut self, pieces: Vec<Vec<Point>>, width: f64, colour: Colour) {
        self.stroke(pieces, width * self.line, colour);
    }

    pub(super) fn stroke(&mut self, pieces: Vec<Vec<Point>>, width: f64, colour: Colour) {
        let colour = self.theme.resolved(colour);
        if !pieces.is_empty() {
            self.shapes.push(Shape::Stroke {
                pieces,
                width,
                colour,
            });
        }
    }

    pub(super) fn fill(&mut self, outline: Vec<Point>, colour: Colour) {
        let colour = self.theme.resolved(colour);
        if outline.len() > 2 {
            self.shapes.push(Shape::Fill { outline, colour });
        }
    }

    pub(super) fn disc(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.shapes.push(Shape::Disc {
            centre,
            radius,
            colour: self.theme.resolved(colour),
        });
    }

    pub(super) fn cells(&mut self, mut cells: Cells) {
        for colour in &mut cells.colours {
            *colour = self.theme.resolved(*colour);
        }
        self.shapes.push(Shape::Cells(cells));
    }

    pub(super) fn text(&mut self, mut text: Text) {
        // No document has a place for characters that act.
        text.text = text.text.replace(char::is_control, "\u{fffd}");
        text.size = text.size.max(self.least);
        text.colour = self.theme.resolved(text.colour);
        if !text.text.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// A half-transparent white box that keeps text readable on top of curves.
    pub(super) fn veil(&mut self, rect: &Rect) {
        self.fill(rect.corners(), Colour::PAPER.with_alpha(0.8));
    }
}
