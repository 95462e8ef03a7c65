//! A drawing as a list of shapes, before any file format.
//!
//! All formats replay the same list, so they show the same picture.

use super::cell_grid::Cells;
use super::geometry::{Point, Rect};
use super::palette::Colour;

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

/// Everything on the canvas, the first shape lowest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) shapes: Vec<Shape>,
}

impl Sketch {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            shapes: Vec::new(),
        }
    }

    pub(super) fn stroke(&mut self, pieces: Vec<Vec<Point>>, width: f64, colour: Colour) {
        if !pieces.is_empty() {
            self.shapes.push(Shape::Stroke {
                pieces,
                width,
                colour,
            });
        }
    }

    pub(super) fn fill(&mut self, outline: Vec<Point>, colour: Colour) {
        if outline.len() > 2 {
            self.shapes.push(Shape::Fill { outline, colour });
        }
    }

    pub(super) fn disc(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.shapes.push(Shape::Disc {
            centre,
            radius,
            colour,
        });
    }

    pub(super) fn cells(&mut self, cells: Cells) {
        self.shapes.push(Shape::Cells(cells));
    }

    pub(super) fn text(&mut self, mut text: Text) {
        // No document has a place for characters that act.
        text.text = text.text.replace(char::is_control, "\u{fffd}");
        if !text.text.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// A half-transparent white box that keeps text readable on top of curves.
    pub(super) fn veil(&mut self, rect: &Rect) {
        self.fill(rect.corners(), Colour::WHITE.with_alpha(0.8));
    }
}
