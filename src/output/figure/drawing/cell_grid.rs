//! A grid of coloured and hatched cells on the canvas, and its pixels.

use super::geometry::{Point, Rect};
use super::image::Image;
use super::palette::Colour;

/// Distance of the lines of a hatching along x and along y, in canvas units.
const PERIOD: f64 = 4.0;
/// Width of the lines of a hatching.
pub(super) const HATCH_WIDTH: f64 = 0.7;

/// Cells of equal size, row by row from the top.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cells {
    /// The outer edges.
    pub(super) outline: Rect,
    /// Nothing is drawn beyond it.
    pub(super) clip: Rect,
    pub(super) columns: usize,
    pub(super) colours: Vec<Colour>,
    /// Index in `colours`; `None` is hatched.
    pub(super) indices: Vec<Option<u8>>,
}

impl Cells {
    /// One hatched cell.
    pub(super) fn hatched(place: Rect) -> Self {
        Self {
            outline: place,
            clip: place,
            columns: 1,
            colours: Vec::new(),
            indices: vec![None],
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.indices.len().checked_div(self.columns).unwrap_or(0)
    }

    /// A palette, with one entry more than there are colours, a byte for each cell, and the byte of those that are
    /// hatched.
    pub(super) fn indexed(&self) -> (Vec<u8>, Vec<u8>, u8) {
        let clear = u8::try_from(self.colours.len()).unwrap_or(u8::MAX);
        let colours = self.colours.iter().map(|colour| colour.rgb);
        let palette = colours
            .chain([(0xff, 0xff, 0xff)])
            .flat_map(|(r, g, b)| [r, g, b])
            .collect();
        let bytes = self.indices.iter();
        let bytes = bytes.map(|index| index.unwrap_or(clear)).collect();
        (palette, bytes, clear)
    }

    /// What can be seen of the cells, if anything.
    pub(super) fn visible(&self) -> Option<Rect> {
        let (outline, clip) = (self.outline, self.clip);
        let rect = Rect {
            left: outline.left.max(clip.left),
            top: outline.top.max(clip.top),
            right: outline.right.min(clip.right),
            bottom: outline.bottom.min(clip.bottom),
        };
        (!self.indices.is_empty() && rect.width() > 0.0 && rect.height() > 0.0).then_some(rect)
    }

    /// The part of the canvas that holds all hatched cells, if there are any.
    pub(super) fn unfinished(&self) -> Option<Rect> {
        let seen = self.visible()?;
        let (width, height) = self.cell_size();
        let holes = self.indices.iter().enumerate();
        let places = holes
            .filter(|(_, index)| index.is_none())
            .map(|(cell, _)| (cell % self.columns, cell / self.columns));
        let (left, top, right, bottom) = places.fold(
            (usize::MAX, usize::MAX, 0, 0),
            |(left, top, right, bottom), (i, j)| {
                (left.min(i), top.min(j), right.max(i + 1), bottom.max(j + 1))
            },
        );
        let rect = Rect {
            left: (self.outline.left + left as f64 * width).max(seen.left),
            top: (self.outline.top + top as f64 * height).max(seen.top),
            right: (self.outline.left + right as f64 * width).min(seen.right),
            bottom: (self.outline.top + bottom as f64 * height).min(seen.bottom),
        };
        (right > 0 && rect.width() > 0.0 && rect.height() > 0.0).then_some(rect)
    }

    fn cell_size(&self) -> (f64, f64) {
        (
            self.outline.width() / self.columns as f64,
            self.outline.height() / self.rows() as f64,
        )
    }

    /// Set every visible pixel: no edges are blended, so that there are no seams.
    ///
    /// A pixel takes the colour of the cell at its middle; but where cells are smaller than pixels
    /// it is hatched as soon as it holds one hatched cell.
    pub(super) fn paint(&self, image: &mut Image, hatching: &Hatching) {
        let Some(seen) = self.visible() else { return };
        let scale = image.scale;
        let pixel = |place: f64, most: usize| ((place * scale).round() as usize).min(most);
        let (left, right) = (
            pixel(seen.left, image.width),
            pixel(seen.right, image.width),
        );
        let (top, bottom) = (
            pixel(seen.top, image.height),
            pixel(seen.bottom, image.height),
        );
        let across = (self.outline.left, self.outline.right);
        let down = (self.outline.top, self.outline.bottom);
        let columns: Vec<Covered> = (left..right)
            .map(|x| Covered::by(x, across, self.columns, scale))
            .collect();
        let has_holes = self.indices.iter().any(Option::is_none);
        for y in top..bottom {
            let rows = Covered::by(y, down, self.rows(), scale);
            for (x, columns) in (left..right).zip(&columns) {
                let middle = self.indices[rows.middle * self.columns + columns.middle];
                let hole = has_holes
                    && (rows.first..rows.end).any(|row| {
                        let start = row * self.columns;
                        self.indices[start + columns.first..start + columns.end]
                            .iter()
                            .any(Option::is_none)
                    });
                let rgb = match middle {
                    Some(index) if !hole => self.colours[usize::from(index)].rgb,
                    _ => hatching.pixel(x, y, scale),
                };
                let at = 3 * (y * image.width + x);
                image.pixels[at..at + 3].copy_from_slice(&[rgb.0, rgb.1, rgb.2]);
            }
        }
    }
}

/// The cells of a row (or column) that a pixel covers.
struct Covered {
    /// The one at its middle.
    middle: usize,
    /// All of them if they are smaller than the pixel, else only the one at its middle.
    first: usize,
    end: usize,
}

impl Covered {
    fn by(pixel: usize, (start, stop): (f64, f64), cells: usize, scale: f64) -> Self {
        let per_pixel = cells as f64 / ((stop - start) * scale);
        let cell = |pixels: f64| (pixels - start * scale) * per_pixel;
        let middle = (cell(pixel as f64 + 0.5) as usize).min(cells - 1);
        if per_pixel <= 1.0 {
            return Self {
                middle,
                first: middle,
                end: middle + 1,
            };
        }
        Self {
            middle,
            first: (cell(pixel as f64) as usize).min(middle),
            end: (cell(pixel as f64 + 1.0).ceil() as usize).clamp(middle + 1, cells),
        }
    }
}

/// The colours of a hatching, the same pattern all over the canvas.
pub(super) struct Hatching {
    pub(super) paper: Colour,
    pub(super) lines: Colour,
}

impl Hatching {
    /// Colour of a pixel.
    fn pixel(&self, x: usize, y: usize, scale: f64) -> (u8, u8, u8) {
        let along = (x as f64 + y as f64 + 1.0).rem_euclid(PERIOD * scale);
        let distance = along.min(PERIOD * scale - along) / std::f64::consts::SQRT_2;
        let share = (HATCH_WIDTH * scale / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
        let mixed = |paper: u8, ink: u8| {
            (f64::from(paper) - share * (f64::from(paper) - f64::from(ink))).round() as u8
        };
        let (paper, ink) = (self.paper.rgb, self.lines.rgb);
        (
            mixed(paper.0, ink.0),
            mixed(paper.1, ink.1),
            mixed(paper.2, ink.2),
        )
    }
}

/// The lines of the hatching inside a box: where x + y is a multiple of the period.
pub(super) fn hatch_lines(rect: &Rect) -> Vec<[Point; 2]> {
    let first = ((rect.left + rect.top) / PERIOD).ceil() as i64;
    let last = ((rect.right + rect.bottom) / PERIOD).floor() as i64;
    let line = |k: i64| {
        let sum = k as f64 * PERIOD;
        let (low, high) = (
            rect.left.max(sum - rect.bottom),
            rect.right.min(sum - rect.top),
        );
        [Point::new(low, sum - low), Point::new(high, sum - high)]
    };
    (first..=last).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Hatching = Hatching {
        paper: Colour::solid(0xff, 0xff, 0xff),
        lines: Colour::solid(0x99, 0x99, 0x99),
    };

    fn image(width: usize, height: usize) -> Image {
        Image {
            width,
            height,
            scale: 3.0,
            pixels: vec![0xff; 3 * width * height],
        }
    }

    fn is_grey(pixel: &[u8]) -> bool {
        pixel[0] == pixel[1] && pixel[1] == pixel[2]
    }

    #[test]
    fn a_lone_hole_among_more_cells_than_pixels_is_seen() {
        let red = Colour::solid(0xff, 0, 0);
        let outline = Rect::new(0.0, 0.0, 10.0, 10.0);
        let mut cells = Cells {
            outline,
            clip: outline,
            columns: 97,
            colours: vec![red],
            indices: vec![Some(0); 97 * 97],
        };
        cells.indices[97 * 50 + 31] = None;
        let mut image = image(30, 30);
        cells.paint(&mut image, &GREY);
        let grey = image.pixels.chunks(3).filter(|p| is_grey(p)).count();
        assert!((1..=4).contains(&grey), "{grey}");
        let hole = cells.unfinished().unwrap();
        assert!(
            (hole.left - 310.0 / 97.0).abs() < 1e-9 && (hole.width() - 10.0 / 97.0).abs() < 1e-9
        );
    }

    #[test]
    fn hatching_is_ink_on_white() {
        let mut image = image(60, 60);
        Cells::hatched(Rect::new(0.0, 0.0, 20.0, 20.0)).paint(&mut image, &GREY);
        assert!(image.pixels.chunks(3).all(is_grey));
        let white = image.pixels.iter().filter(|v| **v == 0xff).count();
        let share = white as f64 / image.pixels.len() as f64;
        assert!((0.4..0.9).contains(&share), "{share}");
        for [a, b] in hatch_lines(&Rect::new(3.0, 5.0, 10.0, 20.0)) {
            assert!((a.x + a.y - b.x - b.y).abs() < 1e-9 && b.x >= a.x && a.y <= 25.0);
        }
    }
}
