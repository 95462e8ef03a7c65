//! The shapes of a sketch as the content of a page.

use std::collections::BTreeSet;

use super::super::cell_grid::{Cells, HATCH_WIDTH, hatch_lines};
use super::super::geometry::{Point, Rect};
use super::super::palette::Colour;
use super::super::sketch::{Anchor, Shape, Sketch, Text};
use super::letters::{self, Letters};
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Name, Str};

/// Distance of the control points of a quarter of a circle, in radii.
const QUARTER: f64 = 0.552_284_75;

/// What stands on a page.
pub(super) struct Page<'a> {
    pub(super) content: Vec<u8>,
    /// Opacities in per cent, but the full one.
    pub(super) opacities: Vec<u8>,
    pub(super) images: Vec<&'a Cells>,
}

/// The name of an opacity among the resources of the page.
pub(super) fn opacity_name(percent: u8) -> String {
    format!("A{percent}")
}

/// The name of an image among them.
pub(super) fn image_name(index: usize) -> String {
    format!("I{index}")
}

/// A page being drawn.
struct Pen<'a, 'b> {
    content: Content,
    sketch: &'a Sketch,
    opacity: u8,
    opacities: BTreeSet<u8>,
    images: Vec<&'a Cells>,
    letters: &'a mut Letters<'b>,
}

impl<'a> Page<'a> {
    pub(super) fn draw(sketch: &'a Sketch, letters: &'a mut Letters<'_>) -> Self {
        let mut pen = Pen {
            content: Content::new(),
            sketch,
            opacity: 100,
            opacities: BTreeSet::from([100]),
            images: Vec::new(),
            letters,
        };
        pen.content
            .set_line_cap(LineCapStyle::ButtCap)
            .set_line_join(LineJoinStyle::RoundJoin);
        pen.ground();
        for shape in &sketch.shapes {
            pen.shape(shape);
        }
        Self {
            content: pen.content.finish().into_vec(),
            opacities: pen.opacities.into_iter().collect(),
            images: pen.images,
        }
    }
}

impl<'a> Pen<'a, '_> {
    fn shape(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Stroke {
                pieces,
                width,
                colour,
            } => {
                self.set_stroke(*colour, *width);
                for piece in pieces {
                    self.path(piece);
                    self.content.stroke();
                }
            }
            Shape::Fill { outline, colour } => {
                self.set_fill(*colour);
                self.path(outline);
                self.content.close_path().fill_nonzero();
            }
            Shape::Disc {
                centre,
                radius,
                colour,
            } => self.disc(*centre, *radius, *colour),
            Shape::Cells(cells) => self.cells(cells),
            Shape::Text(text) => self.text(text),
        }
    }

    /// A length in points, to a thousandth of one.
    fn length(&self, units: f64) -> f32 {
        ((units * self.sketch.unit * 1000.0).round() / 1000.0) as f32
    }

    /// The place of a point: y upwards.
    fn at(&self, point: Point) -> (f32, f32) {
        (
            self.length(point.x),
            self.length(self.sketch.height - point.y),
        )
    }

    /// Paper that is not white is painted.
    fn ground(&mut self) {
        let paper = self.sketch.paper();
        if paper.rgb != (0xff, 0xff, 0xff) {
            self.set_fill(paper);
            self.rect(&Rect::new(0.0, 0.0, self.sketch.width, self.sketch.height));
            self.content.fill_nonzero();
        }
    }

    fn path(&mut self, line: &[Point]) {
        for (i, point) in line.iter().enumerate() {
            let (x, y) = self.at(*point);
            if i == 0 {
                self.content.move_to(x, y);
            } else {
                self.content.line_to(x, y);
            }
        }
    }

    fn set_fill(&mut self, colour: Colour) {
        self.set_opacity(colour.alpha);
        let [r, g, b] = parts(colour);
        self.content.set_fill_rgb(r, g, b);
    }

    fn set_stroke(&mut self, colour: Colour, width: f64) {
        self.set_opacity(colour.alpha);
        let [r, g, b] = parts(colour);
        let width = self.length(width);
        self.content.set_stroke_rgb(r, g, b).set_line_width(width);
    }

    fn set_opacity(&mut self, alpha: f64) {
        let percent = (alpha * 100.0).round() as u8;
        if percent != self.opacity {
            self.opacity = percent;
            self.opacities.insert(percent);
            self.content
                .set_parameters(Name(opacity_name(percent).as_bytes()));
        }
    }

    fn disc(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.set_fill(colour);
        let corner =
            |x: f64, y: f64| self.at(Point::new(centre.x + x * radius, centre.y + y * radius));
        let (start, quarters) = (
            corner(1.0, 0.0),
            [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)].map(|(x, y)| {
                // A quarter turn leads from (x, y) to (-y, x).
                [
                    corner(x - QUARTER * y, y + QUARTER * x),
                    corner(-y + QUARTER * x, x + QUARTER * y),
                    corner(-y, x),
                ]
            }),
        );
        self.content.move_to(start.0, start.1);
        for [a, b, end] in quarters {
            self.content.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1);
        }
        self.content.fill_nonzero();
    }

    fn rect(&mut self, rect: &Rect) {
        let (left, bottom) = self.at(Point::new(rect.left, rect.bottom));
        self.content.rect(
            left,
            bottom,
            self.length(rect.width()),
            self.length(rect.height()),
        );
    }

    fn cells(&mut self, cells: &'a Cells) {
        let Some(seen) = cells.visible() else { return };
        if let Some(area) = cells.unfinished() {
            self.hatching(&area);
        }
        if cells.indices.iter().all(Option::is_none) {
            return;
        }
        self.set_opacity(1.0);
        self.content.save_state();
        self.rect(&seen);
        self.content.clip_nonzero().end_path();
        let outline = &cells.outline;
        let (left, bottom) = self.at(Point::new(outline.left, outline.bottom));
        let (width, height) = (self.length(outline.width()), self.length(outline.height()));
        self.content
            .transform([width, 0.0, 0.0, height, left, bottom])
            .x_object(Name(image_name(self.images.len()).as_bytes()))
            .restore_state();
        self.images.push(cells);
    }

    /// Grey lines on white.
    fn hatching(&mut self, area: &Rect) {
        self.set_fill(self.sketch.paper());
        self.rect(area);
        self.content.fill_nonzero();
        self.set_stroke(self.sketch.hatch(), HATCH_WIDTH);
        for line in hatch_lines(area) {
            self.path(&line);
        }
        self.content.stroke();
    }

    fn text(&mut self, text: &Text) {
        self.set_fill(text.colour);
        let width = self.letters.font.width(&text.text, text.size);
        let back = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5 * width,
            Anchor::End => width,
        };
        let (turn, start) = if text.upwards {
            (
                [0.0, 1.0, -1.0, 0.0],
                Point::new(text.at.x, text.at.y + back),
            )
        } else {
            (
                [1.0, 0.0, 0.0, 1.0],
                Point::new(text.at.x - back, text.at.y),
            )
        };
        let (x, y) = self.at(start);
        let line = self.letters.encode(&text.text);
        let size = self.length(text.size);
        self.content
            .begin_text()
            .set_font(letters::NAME, size)
            .set_text_matrix([turn[0], turn[1], turn[2], turn[3], x, y])
            .show(Str(&line))
            .end_text();
    }
}

/// Red, green and blue from 0 to 1.
fn parts(colour: Colour) -> [f32; 3] {
    let (r, g, b) = colour.rgb;
    [r, g, b].map(|part| f32::from(part) / 255.0)
}
