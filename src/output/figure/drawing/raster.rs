//! A sketch as pixels.
//!
//! Not through the bitmap backend of plotters: it rounds every vertex to a whole pixel, fills
//! self-crossing strokes with holes and drops the side bearings of letters. The exact coverage of
//! each pixel, from the rasteriser that also draws the letters, is smoother and faster.

use super::cell_grid::Hatching;
use super::font::Font;
use super::geometry::Point;
use super::image::Image;
use super::palette::Colour;
use super::sketch::{Anchor, Shape, Sketch, Text};
use crate::output::OutputError;
use ab_glyph_rasterizer::{Rasterizer, point};

/// Bends sharper than this (the cosine of the turn) get a round join.
const SHARP: f64 = 0.9;
const DISC_SIDES: usize = 32;

/// Most pixels of an image: 600 MB while it is drawn.
const MOST_PIXELS: usize = 200_000_000;

/// Draw every shape on the paper.
pub(super) fn paint(sketch: &Sketch) -> Result<Image, OutputError> {
    let font = Font::load()?;
    let scale = sketch.scale();
    let (width, height) = (
        (sketch.width * scale).round() as usize,
        (sketch.height * scale).round() as usize,
    );
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(OutputError::InvalidStyle {
            key: "dpi",
            given: sketch.dpi.to_string(),
            allowed: format!(
                "the image would have {width} x {height} pixels, {MOST_PIXELS} in all at most; take fewer per inch"
            ),
        });
    }
    let hatching = Hatching {
        paper: sketch.paper(),
        lines: sketch.hatch(),
    };
    let (r, g, b) = hatching.paper.rgb;
    let mut image = Image {
        width,
        height,
        scale,
        pixels: [r, g, b].repeat(width * height),
    };
    let scaled = |point: Point| Point::new(point.x * scale, point.y * scale);
    for shape in &sketch.shapes {
        match shape {
            Shape::Stroke {
                pieces,
                width,
                colour,
            } => {
                // Each piece by itself: strokes are opaque, and small boxes are quickly filled.
                for piece in pieces {
                    let line: Vec<Point> = piece.iter().map(|p| scaled(*p)).collect();
                    image.fill(&stroke(&line, width * scale), *colour);
                }
            }
            Shape::Fill { outline, colour } => {
                image.fill(&[outline.iter().map(|p| scaled(*p)).collect()], *colour);
            }
            Shape::Disc {
                centre,
                radius,
                colour,
            } => image.fill(&[disc(scaled(*centre), radius * scale)], *colour),
            Shape::Cells(cells) => cells.paint(&mut image, &hatching),
            Shape::Text(text) => image.letters(text, &font),
        }
    }
    Ok(image)
}

/// A thick line as polygons that all turn the same way round: where they overlap the rasteriser
/// then counts more than full coverage, which is full.
fn stroke(line: &[Point], width: f64) -> Vec<Vec<Point>> {
    let half = width / 2.0;
    let mut parts = Vec::new();
    let mut before: Option<(Point, Point)> = None;
    for pair in line.windows(2) {
        let &[a, b] = pair else { continue };
        let length = a.distance(b);
        if length <= 0.0 {
            continue;
        }
        let along = Point::new((b.x - a.x) / length, (b.y - a.y) / length);
        let side = Point::new(-along.y * half, along.x * half);
        parts.push(vec![
            moved(a, side, 1.0),
            moved(b, side, 1.0),
            moved(b, side, -1.0),
            moved(a, side, -1.0),
        ]);
        if let Some((last_along, last_side)) = before {
            let cosine = along.x * last_along.x + along.y * last_along.y;
            if cosine < SHARP {
                parts.push(disc(a, half));
            } else {
                parts.extend(
                    [1.0, -1.0]
                        .map(|sign| wedge(a, moved(a, last_side, sign), moved(a, side, sign))),
                );
            }
        }
        before = Some((along, side));
    }
    parts
}

fn moved(point: Point, by: Point, sign: f64) -> Point {
    Point::new(point.x + sign * by.x, point.y + sign * by.y)
}

/// The triangle that fills the outer side of a slight bend, turned like the other parts.
fn wedge(a: Point, b: Point, c: Point) -> Vec<Point> {
    let turn = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if turn < 0.0 {
        vec![a, b, c]
    } else {
        vec![a, c, b]
    }
}

fn disc(centre: Point, radius: f64) -> Vec<Point> {
    let corner = |k: usize| {
        let angle = -std::f64::consts::TAU * k as f64 / DISC_SIDES as f64;
        Point::new(
            centre.x + radius * angle.cos(),
            centre.y + radius * angle.sin(),
        )
    };
    (0..DISC_SIDES).map(corner).collect()
}

impl Image {
    /// Fill the union of polygons that turn the same way round.
    fn fill(&mut self, parts: &[Vec<Point>], colour: Colour) {
        let corners = || parts.iter().flatten();
        let least =
            |part: fn(&Point) -> f64| corners().map(part).fold(f64::INFINITY, f64::min).floor();
        let most =
            |part: fn(&Point) -> f64| corners().map(part).fold(f64::NEG_INFINITY, f64::max).ceil();
        let (left, top) = (least(|p| p.x), least(|p| p.y));
        let size = (most(|p| p.x) - left + 2.0, most(|p| p.y) - top + 2.0);
        if !(size.0.is_finite() && size.1.is_finite()) {
            return;
        }
        let mut coverage = Rasterizer::new(size.0 as usize, size.1 as usize);
        let local = |p: &Point| point((p.x - left) as f32, (p.y - top) as f32);
        for part in parts {
            for (a, b) in part.iter().zip(part.iter().cycle().skip(1)) {
                coverage.draw_line(local(a), local(b));
            }
        }
        coverage.for_each_pixel_2d(|x, y, share| {
            if share > 0.0 {
                self.blend(
                    left as i64 + i64::from(x),
                    top as i64 + i64::from(y),
                    share,
                    colour,
                );
            }
        });
    }

    fn letters(&mut self, text: &Text, font: &Font) {
        let size = text.size * self.scale;
        let back = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5 * font.width(&text.text, size),
            Anchor::End => font.width(&text.text, size),
        };
        let at = Point::new(text.at.x * self.scale, text.at.y * self.scale);
        // Text that runs upwards is set along x from the origin and each pixel turned.
        let (origin, turn_at) = if text.upwards {
            (
                (-back, 0.0),
                Some((at.x.round() as i64, at.y.round() as i64)),
            )
        } else {
            // A base line between two rows of pixels would blur every letter.
            ((at.x - back, at.y.round()), None)
        };
        for outline in font.outlines(&text.text, size, origin) {
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
            outline.draw(|x, y, share| {
                if share <= 0.0 {
                    return;
                }
                let (x, y) = (left + i64::from(x), top + i64::from(y));
                let (x, y) = turn_at.map_or((x, y), |(column, row)| (column + y, row - 1 - x));
                self.blend(x, y, share, text.colour);
            });
        }
    }

    fn blend(&mut self, x: i64, y: i64, share: f32, colour: Colour) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height {
            return;
        }
        let opacity = share.min(1.0) * colour.alpha as f32;
        let start = 3 * (y * self.width + x);
        let (r, g, b) = colour.rgb;
        if opacity >= 1.0 {
            self.pixels[start..start + 3].copy_from_slice(&[r, g, b]);
            return;
        }
        for (old, new) in self.pixels[start..start + 3].iter_mut().zip([r, g, b]) {
            let mixed = f32::from(*old) + opacity * (f32::from(new) - f32::from(*old));
            // To the nearest, by the exact rest: `round` is a call of a function.
            let below = mixed as u8;
            *old = below + u8::from(mixed - f32::from(below) >= 0.5);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thick_line_has_its_width_and_no_holes_where_it_crosses_itself() {
        let line =
            [(10.0, 20.0), (30.0, 20.0), (12.0, 21.0), (30.0, 22.0)].map(|(x, y)| Point::new(x, y));
        let mut sketch = Sketch::new((40.0, 40.0), &crate::output::Style::default());
        sketch.stroke(vec![line.to_vec()], 2.0, Colour::INK);
        let image = paint(&sketch).unwrap();
        let dark = |x: usize, y: usize| image.pixels[3 * (y * image.width + x)] == 0x1a;
        assert!((57..63).all(|y| dark(45, y)) && !dark(45, 56));
        assert!((20..30).all(|x| dark(3 * x, 61)));
    }
}
