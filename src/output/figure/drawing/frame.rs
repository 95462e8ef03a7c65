//! The frame of a panel: border, ticks, numbers, axis labels, title.

use super::Panel;
use super::axis::AxisMap;
use super::font::{CAPITAL, DESCENT, Font};
use super::geometry::{Point, Rect};
use super::palette::Colour;
use super::place::{EDGE, LABEL_GAP, LABEL_SIZE, Place, TICK_GAP, TICK_SIZE, widest};
use super::sketch::{Anchor, Sketch, Text};
use super::ticks::Tick;

/// Two pixels of a PNG.
pub(super) const LINE: f64 = 2.0 / 3.0;
const MAJOR: f64 = 4.5;
const MINOR: f64 = 2.4;
/// Outward ticks as a fraction of inward ones, which leaves a gap to the numbers.
const OUTWARD: f64 = -0.68;
/// Titles and labels shrink to this before they are cut.
pub(super) const LEAST_SIZE: f64 = 8.0;

/// Border and ticks; drawn above the curves, so that lines end at the frame.
/// Ticks point inwards from all sides, or outwards at the numbers.
pub(super) fn draw(sketch: &mut Sketch, place: &Place, outward: bool) {
    let Rect {
        left,
        top,
        right,
        bottom,
    } = place.frame;
    // Starting in the middle of a side leaves no notch at a corner.
    let start = Point::new(place.frame.middle().x, top);
    let mut border = vec![start];
    border.extend(
        [(right, top), (right, bottom), (left, bottom), (left, top)].map(|(x, y)| Point::new(x, y)),
    );
    border.push(start);
    let mut pieces = vec![border];
    // Inward ticks would drown in the colours of a field.
    let (inwards, both_sides) = if outward {
        (OUTWARD, false)
    } else {
        (1.0, true)
    };
    for (at, length) in positions(&place.x_ticks, place.x) {
        let length = inwards * length;
        pieces.push(vec![
            Point::new(at, bottom),
            Point::new(at, bottom - length),
        ]);
        if both_sides {
            pieces.push(vec![Point::new(at, top), Point::new(at, top + length)]);
        }
    }
    for (at, length) in positions(&place.y_ticks, place.y) {
        let length = inwards * length;
        pieces.push(vec![Point::new(left, at), Point::new(left + length, at)]);
        if both_sides {
            pieces.push(vec![Point::new(right, at), Point::new(right - length, at)]);
        }
    }
    sketch.stroke(pieces, LINE, Colour::INK);
}

fn positions(ticks: &[Tick], map: AxisMap) -> impl Iterator<Item = (f64, f64)> {
    ticks.iter().filter_map(move |tick| {
        Some((
            map.to_canvas(tick.value)?,
            if tick.label.is_some() { MAJOR } else { MINOR },
        ))
    })
}

/// Numbers, axis labels and title.
pub(super) fn draw_text(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    draw_numbers(sketch, place);
    draw_x_label(sketch, panel, place, font);
    draw_y_label(sketch, panel, place, font);
    let frame = place.frame;
    let (text, size) = font.fitted(
        &panel.title,
        LABEL_SIZE,
        LEAST_SIZE,
        place.cell.right - EDGE - frame.left,
    );
    let at = Point::new(frame.left, frame.top - EDGE - 0.5);
    sketch.text(Text {
        text,
        at,
        anchor: Anchor::Start,
        size,
        colour: Colour::INK,
        upwards: false,
    });
}

fn draw_numbers(sketch: &mut Sketch, place: &Place) {
    let frame = place.frame;
    let number_line = frame.bottom + TICK_GAP + CAPITAL * TICK_SIZE;
    for (tick, at) in place
        .x_ticks
        .iter()
        .filter_map(|tick| Some((tick, place.x.to_canvas(tick.value)?)))
    {
        number(sketch, tick, Point::new(at, number_line), Anchor::Middle);
    }
    for (tick, at) in place
        .y_ticks
        .iter()
        .filter_map(|tick| Some((tick, place.y.to_canvas(tick.value)?)))
    {
        let base = at + CAPITAL * TICK_SIZE / 2.0;
        number(
            sketch,
            tick,
            Point::new(frame.left - TICK_GAP, base),
            Anchor::End,
        );
    }
}

fn draw_x_label(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    // The corner below the vertical label stays free.
    let left = place.cell.left
        + EDGE
        + if panel.y.label.is_empty() {
            0.0
        } else {
            LABEL_SIZE + LABEL_GAP
        };
    let right = place.cell.right - EDGE;
    let (text, size) = font.fitted(&panel.x.label, LABEL_SIZE, LEAST_SIZE, right - left);
    let x = centred(
        place.frame.middle().x,
        font.width(&text, size) / 2.0,
        (left, right),
    );
    let at = Point::new(x, place.cell.bottom - EDGE - DESCENT * LABEL_SIZE);
    sketch.text(Text {
        text,
        at,
        anchor: Anchor::Middle,
        size,
        colour: Colour::INK,
        upwards: false,
    });
}

/// From line to line, in units of the size.
pub(super) const LINE_HEIGHT: f64 = 1.2;

/// The label of a vertical axis, set smaller where there is no room for it, then in more lines; and its size.
pub(super) fn y_lines(label: &str, room: f64, font: &Font) -> (Vec<String>, f64) {
    let size = LABEL_SIZE * (room / font.width(label, LABEL_SIZE)).min(1.0);
    if size >= LEAST_SIZE && font.width(label, size) <= room + 1e-6 {
        return (vec![label.to_owned()], size);
    }
    let lines = font.lines(label, LEAST_SIZE, room);
    // As even as they can be: no letter stands alone in the last of them.
    let narrower =
        (10..20).map(|part| font.lines(label, LEAST_SIZE, room * f64::from(part) / 20.0));
    let same =
        |other: &Vec<String>| other.len() == lines.len() && other.join(" ") == lines.join(" ");
    let even = narrower.into_iter().find(same);
    (even.unwrap_or(lines), LEAST_SIZE)
}

fn draw_y_label(sketch: &mut Sketch, panel: &Panel, place: &Place, font: &Font) {
    let top = place.cell.top + EDGE;
    let bottom = place.frame.bottom + TICK_GAP + CAPITAL * TICK_SIZE;
    let (lines, size) = y_lines(&panel.y.label, bottom - top, font);
    let numbers = widest(&place.y_ticks, font);
    let x = place.frame.left - TICK_GAP - numbers - LABEL_GAP - DESCENT * LABEL_SIZE;
    for (index, text) in lines.iter().rev().enumerate() {
        let half = font.width(text, size) / 2.0;
        let y = centred(place.frame.middle().y, half, (top, bottom));
        sketch.text(Text {
            text: text.clone(),
            at: Point::new(x - LINE_HEIGHT * size * index as f64, y),
            anchor: Anchor::Middle,
            size,
            colour: Colour::INK,
            upwards: true,
        });
    }
}

/// The middle of a text of this half-width: as wished, but inside the ends.
pub(super) fn centred(wished: f64, half: f64, (low, high): (f64, f64)) -> f64 {
    wished.min(high - half).max(low + half)
}

fn number(sketch: &mut Sketch, tick: &Tick, at: Point, anchor: Anchor) {
    if let Some(label) = &tick.label {
        let (text, size, colour) = (label.clone(), TICK_SIZE, Colour::INK);
        sketch.text(Text {
            text,
            at,
            anchor,
            size,
            colour,
            upwards: false,
        });
    }
}
