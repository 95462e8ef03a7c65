//! The field of a panel on the canvas: its cells and its contour lines.

use super::cell_grid::Cells;
use super::colour_scale::{self, Shades};
use super::contour::Grid;
use super::font::{CAPITAL, Font};
use super::geometry::{Point, Rect};
use super::palette::{self, Colour};
use super::place::Place;
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};
use super::{Field, HeatMap, Panel, cell_field, clip, levels};

const WIDTH: f64 = 0.8;
const SIZE: f64 = 8.5;
/// Free space around a number on a contour line.
const GAP: f64 = 2.0;
/// From the frame to the nearest number.
const INSET: f64 = 4.0;
/// Lines of a level that may carry a number, the longest first.
const NUMBERED: usize = 3;
/// A line shorter than this many widths of its number carries none.
const SHORTEST: f64 = 2.5;
/// Line left between a number and an end.
const STUB: f64 = 7.0;
/// Distance between the places tried for a number.
const STEP: f64 = 5.0;
/// Contour lines longer than this altogether (some ten frames full) leave no room for numbers.
const MOST_LINES: f64 = 15_000.0;
/// A number that hides more than this of contour lines (in samples of [`Ink`]) is left out ...
const CROWDED: f64 = 11.0;
/// ... and so is one that hides more than this of anything else.
const STRUCK: f64 = 0.5;

/// The cells of a panel; `None` without a field.
pub(super) fn cells(panel: &Panel, place: &Place) -> Option<Cells> {
    let field = panel.field.as_ref()?;
    let outline = outline(panel, place)?;
    let columns = field.centres().0.len();
    let (colours, indices) = match field {
        Field::HeatMap(map) => {
            let shades = Shades::of(map);
            let index = |value: f64| shades.as_ref().map(|shades| shades.index(value));
            let shown = |value: &Option<f64>| value.filter(|value| map.scale.shows(*value));
            let colours = shades.as_ref().map(Shades::colours).unwrap_or_default();
            let from_top = from_top(&map.values, columns);
            (
                colours,
                from_top.map(|v| shown(v).and_then(index)).collect(),
            )
        }
        Field::Categories(map) => {
            let tint = |value: usize| (value % palette::COUNT) as u8;
            let colours = (0..palette::COUNT).map(palette::tint).collect();
            let from_top = from_top(&map.values, columns);
            (colours, from_top.map(|value| value.map(tint)).collect())
        }
    };
    Some(Cells {
        outline,
        clip: place.frame,
        columns,
        colours,
        indices,
    })
}

/// The rows in the order of an image.
fn from_top<T>(values: &[T], columns: usize) -> impl Iterator<Item = &T> {
    values.chunks(columns.max(1)).rev().flatten()
}

/// Where the outer edges of the cells lie.
fn outline(panel: &Panel, place: &Place) -> Option<Rect> {
    let (x, y) = panel.field.as_ref()?.centres();
    let (x, y) = (
        cell_field::edges(x, panel.x.scale)?,
        cell_field::edges(y, panel.y.scale)?,
    );
    Some(Rect {
        left: place.x.to_canvas(x.0)?,
        top: place.y.to_canvas(y.1)?,
        right: place.x.to_canvas(x.1)?,
        bottom: place.y.to_canvas(y.0)?,
    })
}

/// The contour lines of one level.
pub(super) struct Contour {
    colour: Colour,
    pieces: Vec<Vec<Point>>,
    text: String,
}

/// The contour lines of a panel, level by level.
pub(super) fn contours(panel: &Panel, place: &Place) -> Vec<Contour> {
    let (Some(Field::HeatMap(map)), Some(outline)) = (&panel.field, outline(panel, place)) else {
        return Vec::new();
    };
    let Some(shades) = Shades::of(map).filter(|_| !map.contours.is_empty()) else {
        return Vec::new();
    };
    let grid = Grid::new(map.x.len(), &map.values, map.scale);
    let colours = shades.colours();
    let contour = |(level, text): (&f64, String)| Contour {
        // Dark on light colours, white on dark ones: the colour below a line is that of its level.
        colour: match colours.get(usize::from(shades.index(*level))) {
            Some(below) if !colour_scale::is_light(*below) => Colour::solid(0xff, 0xff, 0xff),
            _ => Colour::solid(0x1a, 0x1a, 0x1a),
        },
        pieces: pieces(&grid, *level, map, &outline, &place.frame),
        text,
    };
    let texts = levels::numbers(&map.contours, map.scale);
    map.contours.iter().zip(texts).map(contour).collect()
}

fn pieces(grid: &Grid, level: f64, map: &HeatMap, outline: &Rect, frame: &Rect) -> Vec<Vec<Point>> {
    let width = outline.width() / map.x.len() as f64;
    let height = outline.height() / map.y.len() as f64;
    let on_canvas = |point: &Point| {
        Point::new(
            outline.left + (point.x + 0.5) * width,
            outline.bottom - (point.y + 0.5) * height,
        )
    };
    grid.lines(level)
        .iter()
        .flat_map(|line| {
            let line: Vec<Point> = line.iter().map(on_canvas).collect();
            clip::polyline(&line, frame)
        })
        .collect()
}

/// Draw the lines, each interrupted at its numbers, which keep away from each other and from `ink`.
pub(super) fn draw_contours(
    sketch: &mut Sketch,
    contours: &[Contour],
    place: &Place,
    ink: &Ink,
    font: &Font,
) {
    let pieces = || contours.iter().flat_map(|contour| &contour.pieces);
    if pieces().map(|piece| length(piece)).sum::<f64>() > MOST_LINES {
        for contour in contours {
            sketch.line(contour.pieces.clone(), WIDTH, contour.colour);
        }
        return;
    }
    let mut own = Ink::default();
    pieces().for_each(|piece| own.add_line(piece));
    let mut ink = (own, ink.clone());
    for contour in contours {
        let mut order: Vec<(f64, &Vec<Point>)> = contour
            .pieces
            .iter()
            .map(|piece| (length(piece), piece))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let size = (font.width(&contour.text, SIZE), CAPITAL * SIZE);
        for (k, (length, piece)) in order.into_iter().enumerate() {
            let roomy = k < NUMBERED && length >= SHORTEST * size.0;
            let at = roomy.then(|| number_place(piece, size, &place.frame, &ink));
            let Some(at) = at.flatten() else {
                sketch.line(vec![piece.clone()], WIDTH, contour.colour);
                continue;
            };
            let gap = box_around(at, size);
            ink.1.add_block(gap);
            sketch.line(clip::outside(piece, &gap), WIDTH, contour.colour);
            sketch.text(Text {
                text: contour.text.clone(),
                at: Point::new(at.x, at.y + size.1 / 2.0),
                anchor: Anchor::Middle,
                size: SIZE,
                colour: contour.colour,
                upwards: false,
            });
        }
    }
}

fn box_around(at: Point, (width, height): (f64, f64)) -> Rect {
    let (width, height) = (width + 2.0 * GAP, height + 2.0 * GAP);
    Rect::new(at.x - width / 2.0, at.y - height / 2.0, width, height)
}

fn length(line: &[Point]) -> f64 {
    line.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
}

/// The place on a line where a number of this size hides least, near its middle if that is as good; beside
/// the frame it moves off the line, inwards, as far as it still interrupts it. `ink` are contour lines and all else.
fn number_place(
    line: &[Point],
    size: (f64, f64),
    frame: &Rect,
    (own, other): &(Ink, Ink),
) -> Option<Point> {
    let inner = Rect::new(
        frame.left + INSET + GAP + size.0 / 2.0,
        frame.top + INSET + GAP + size.1 / 2.0,
        frame.width() - 2.0 * (INSET + GAP) - size.0,
        frame.height() - 2.0 * (INSET + GAP) - size.1,
    );
    if inner.width() < 0.0 || inner.height() < 0.0 {
        return None;
    }
    let whole = length(line);
    // A short stub beyond the number would look like a minus sign.
    let stub = if line.first() == line.last() {
        0.0
    } else {
        0.5 * size.0.hypot(size.1) + STUB
    };
    let mut travelled = 0.0;
    let mut next = stub.max(STEP);
    let mut best: Option<(f64, Point)> = None;
    for pair in line.windows(2) {
        let &[from, to] = pair else { continue };
        let step = from.distance(to);
        while next <= travelled + step {
            let on_line = from.towards(to, (next - travelled) / step);
            let at = Point::new(
                on_line.x.clamp(inner.left, inner.right),
                on_line.y.clamp(inner.top, inner.bottom),
            );
            let rect = box_around(at, size);
            let hidden = own.hidden_by(&rect);
            let cost = hidden + 2.0 * (next / whole - 0.5).abs() + on_line.distance(at);
            if rect.contains(on_line)
                && next <= whole - stub
                && hidden <= CROWDED
                && other.hidden_by(&rect) <= STRUCK
                && best.is_none_or(|(least, _)| cost < least)
            {
                best = Some((cost, at));
            }
            next += STEP;
        }
        travelled += step;
    }
    best.map(|(_, at)| at)
}
