//! Thin lines across a panel and the small text beside them.

use super::font::{CAPITAL, DESCENT, Font};
use super::geometry::{Point, Rect};
use super::palette::{self, Colour, MARK};
use super::place::Place;
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};
use super::{Mark, clip};

const SIZE: f64 = 9.5;
const WIDTH: f64 = 0.8;
/// The least size of a text, where there is little room.
const LEAST: f64 = 0.7 * SIZE;
/// Between two texts side by side.
const APART: f64 = 4.0;
/// Between the line and its text.
const GAP: f64 = 3.0;
/// From the frame to the first text, beyond the ticks.
const INSET: f64 = 7.0;
const ROW: f64 = 12.0;
/// More vertical lines than this without a text stand at the foot of the frame only, as long as this.
const MOST_ACROSS: usize = 6;
const FOOT: f64 = 12.0;
/// Staggered rows tried for texts of vertical marks.
const ROWS: usize = 8;

/// A visible mark.
pub(super) struct Line<'a> {
    label: &'a str,
    colour: Colour,
    pub(super) ends: [Point; 2],
    vertical: bool,
}

/// The marks that lie inside the frame.
pub(super) fn prepare<'a>(marks: &'a [Mark], place: &Place) -> Vec<Line<'a>> {
    let lines = marks.iter().filter_map(|mark| prepare_one(mark, place));
    let mut lines: Vec<Line> = lines.collect();
    let unnamed = |line: &Line| line.vertical && line.label.is_empty();
    if lines.iter().filter(|line| unnamed(line)).count() > MOST_ACROSS {
        let unnamed = lines.iter_mut().filter(|line| unnamed(line));
        unnamed.for_each(|line| line.ends[1].y = line.ends[0].y - FOOT);
    }
    lines
}

fn prepare_one<'a>(mark: &'a Mark, place: &Place) -> Option<Line<'a>> {
    let frame = place.frame;
    let (Mark::Vertical { label, colour, .. } | Mark::Horizontal { label, colour, .. }) = mark;
    let (vertical, ends) = match mark {
        Mark::Vertical { at, .. } => {
            let x = place.x.to_canvas(*at)?;
            (
                true,
                [Point::new(x, frame.bottom), Point::new(x, frame.top)],
            )
        }
        Mark::Horizontal { at, .. } => {
            let y = place.y.to_canvas(*at)?;
            (
                false,
                [Point::new(frame.left, y), Point::new(frame.right, y)],
            )
        }
    };
    let colour = colour.map_or(Colour::GREY, palette::colour);
    frame.contains(ends[0]).then_some(Line {
        label,
        colour,
        ends,
        vertical,
    })
}

/// The lines, below the curves; on a white line where the colours of a field would hide
/// them.
pub(super) fn draw_lines(sketch: &mut Sketch, lines: &[Line], on_field: bool) {
    for line in lines {
        if on_field {
            sketch.line(vec![line.ends.to_vec()], 2.0 * WIDTH, Colour::PAPER);
        }
        sketch.line(clip::dashes(&line.ends, MARK), WIDTH, line.colour);
    }
}

/// The texts, above the curves, each where it hides least of what is drawn before it.
pub(super) fn draw_labels(
    sketch: &mut Sketch,
    lines: &[Line],
    frame: &Rect,
    ink: &mut Ink,
    font: &Font,
) {
    for Label {
        text,
        size,
        rect,
        colour,
        ..
    } in labels(lines, frame, ink, font)
    {
        sketch.veil(&rect);
        sketch.text(Text {
            text,
            at: Point::new(rect.left, rect.top + CAPITAL * SIZE + 1.0),
            anchor: Anchor::Start,
            size,
            colour,
            upwards: false,
        });
    }
}

/// What the texts would hide if a box, as of a legend, were there too.
pub(super) fn cost(lines: &[Line], frame: &Rect, (ink, rect): (&Ink, Rect), font: &Font) -> f64 {
    if lines.iter().all(|line| line.label.is_empty()) {
        return 0.0;
    }
    let mut ink = ink.clone();
    ink.add_block(rect);
    labels(lines, frame, &mut ink, font)
        .iter()
        .map(|label| label.cost)
        .sum()
}

/// How much of some ink the texts of vertical lines hide or touch, at most.
pub(super) fn hidden(lines: &[Line], frame: &Rect, ink: &Ink, font: &Font) -> f64 {
    labels(lines, frame, &mut ink.clone(), font)
        .iter()
        .filter(|label| label.vertical)
        .map(|label| ink.hidden_by(&label.rect.widened(GAP)))
        .fold(0.0, f64::max)
}

/// What so many rows of texts take of the height of a frame.
pub(super) fn room(rows: usize) -> f64 {
    INSET + ROW * rows as f64
}

/// A text with its place.
struct Label {
    text: String,
    size: f64,
    rect: Rect,
    colour: Colour,
    /// Whether its line is.
    vertical: bool,
    cost: f64,
}

fn labels(lines: &[Line], frame: &Rect, ink: &mut Ink, font: &Font) -> Vec<Label> {
    let mut labels = Vec::new();
    for line in lines.iter().filter(|line| !line.label.is_empty()) {
        let (text, size) = match room_beside(line, frame) {
            Some(room) if font.width(line.label, LEAST) <= room => {
                font.fitted(line.label, SIZE, LEAST, room)
            }
            _ => fitted(line.label, frame.width() - 2.0 * INSET, font),
        };
        let width = font.width(&text, size);
        let places = if line.vertical {
            beside(line, width, frame)
        } else {
            along(line, width, frame)
        };
        let cost = |(index, rect): &(usize, Rect)| ink.hidden_by(rect) + 0.4 * *index as f64;
        let best = places
            .into_iter()
            .enumerate()
            .map(|place| (cost(&place), place.1))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((cost, rect)) = best else { continue };
        // What stands right beside it would be read with it.
        ink.add_block(rect.widened(APART));
        labels.push(Label {
            text,
            size,
            rect,
            colour: line.colour,
            vertical: line.vertical,
            cost,
        });
    }
    labels
}

/// The wider side of a vertical line.
fn room_beside(line: &Line, frame: &Rect) -> Option<f64> {
    let x = line.ends[0].x;
    let wider = (x - frame.left).max(frame.right - x);
    line.vertical.then_some(wider - GAP - INSET)
}

/// The text and its size, smaller where it is too wide; then without its first words, as the numbers come last.
fn fitted(label: &str, room: f64, font: &Font) -> (String, f64) {
    let mut rest = label;
    while font.width(rest, LEAST) > room {
        let Some((_, shorter)) = rest.split_once(' ') else {
            break;
        };
        rest = shorter;
    }
    font.fitted(rest, SIZE, LEAST, room)
}

fn height() -> f64 {
    (CAPITAL + DESCENT) * SIZE + 1.0
}

/// Places beside a vertical line, best first: rows from the top and from the bottom, right and left.
fn beside(line: &Line, width: f64, frame: &Rect) -> Vec<Rect> {
    let x = line.ends[0].x;
    let mut places = Vec::new();
    for row in 0..ROWS {
        let down = INSET + row as f64 * ROW;
        for top in [frame.top + down, frame.bottom - down - height()] {
            for left in [x + GAP, x - GAP - width] {
                if left >= frame.left + INSET && left + width <= frame.right - INSET {
                    places.push(Rect::new(left, top, width, height()));
                }
            }
        }
    }
    if places.is_empty() {
        // Wider than both sides: across the line, inside the frame.
        let left = (x + GAP)
            .min(frame.right - INSET - width)
            .max(frame.left + INSET);
        let downs = (0..ROWS).map(|row| INSET + row as f64 * ROW);
        let inside = downs.filter(|down| frame.top + down + height() <= frame.bottom);
        places.extend(inside.map(|down| Rect::new(left, frame.top + down, width, height())));
    }
    places
}

/// Places along a horizontal line: above and below, from the right end to the left.
fn along(line: &Line, width: f64, frame: &Rect) -> Vec<Rect> {
    let y = line.ends[0].y;
    let room = frame.width() - 2.0 * INSET - width;
    let mut places = Vec::new();
    for step in (0..=4).rev() {
        let left = frame.left + INSET + room * f64::from(step) / 4.0;
        for top in [y - 1.0 - height(), y + GAP] {
            if top >= frame.top + 1.0 && top + height() <= frame.bottom - 1.0 {
                places.push(Rect::new(left, top, width, height()));
            }
        }
    }
    places
}
