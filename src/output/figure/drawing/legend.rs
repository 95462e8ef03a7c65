//! The legend: what it names, how large it is, where it goes.

use std::borrow::Cow;

use super::cell_grid::Cells;
use super::curves::{Drawn, draw_marker};
use super::font::{CAPITAL, Font};
use super::geometry::{Point, Rect};
use super::marks::{self, Line};
use super::palette::{self, Colour, SOLID};
use super::place::{EDGE, Place};
use super::placement::Ink;
use super::sketch::{Anchor, Sketch, Text};
use super::{Field, Panel, clip};

const SIZE: f64 = 10.0;
const ROW: f64 = 13.5;
/// Length of the sample of a curve, and width of the sample of an area.
const SAMPLE: f64 = 26.0;
const AREA_SAMPLE: f64 = 15.0;
const SAMPLE_GAP: f64 = 5.0;
const COLUMN_GAP: f64 = 10.0;
const PADDING: f64 = 4.0;
/// Distance from the frame, beyond the ticks.
const INSET: f64 = 7.0;
/// Longest label before it is cut.
const LONGEST: f64 = 190.0;
/// Names of areas stand beside the frame, which shall keep its width: they are set smaller before
/// they are cut.
const LONGEST_NAME: f64 = 108.0;
const LEAST_SIZE: f64 = 7.5;
/// A legend that hides more than this (in samples of [`Ink`]) goes outside.
const CROWDED: f64 = 6.0;
/// Most entries; those beyond are counted.
const MOST: usize = 24;
/// From this many entries on a second column is tried.
const TWO_COLUMNS_FROM: usize = 4;

/// A legend with its place.
pub(super) struct Legend {
    pub(super) rect: Rect,
    columns: usize,
    pub(super) hidden: f64,
}

impl Legend {
    pub(super) fn is_crowded(&self) -> bool {
        self.hidden > CROWDED
    }
}

/// Something with a name.
pub(super) struct Entry<'a> {
    label: Cow<'a, str>,
    sample: Sample<'a>,
    /// Longest label before it is cut.
    longest: f64,
}

enum Sample<'a> {
    Curve(&'a Drawn<'a>),
    /// Of those that are only counted.
    None,
    Area(Colour),
    Hatched,
}

impl<'a> Entry<'a> {
    fn new(label: &'a str, sample: Sample<'a>) -> Self {
        let longest = match sample {
            Sample::Curve(_) | Sample::None => LONGEST,
            _ => LONGEST_NAME,
        };
        Self {
            label: label.into(),
            sample,
            longest,
        }
    }

    /// The text and its size.
    fn text(&self, font: &Font) -> (String, f64) {
        let least = match self.sample {
            Sample::Curve(_) | Sample::None => SIZE,
            _ => LEAST_SIZE,
        };
        font.fitted(&self.label, SIZE, least, self.longest)
    }
}

/// Lets labels be as long as a panel of this width is wide.
pub(super) fn widen(entries: &mut [Entry], width: f64) {
    let room = width - 2.0 * (EDGE + PADDING) - SAMPLE - SAMPLE_GAP;
    entries.iter_mut().for_each(|entry| entry.longest = room);
}

/// Lets names of curves be as long as most of a wide frame.
pub(super) fn lengthen(entries: &mut [Entry], frame: f64) {
    const PART: f64 = 0.6;
    let curves = entries.iter_mut().filter(|entry| entry.longest == LONGEST);
    curves.for_each(|entry| entry.longest = LONGEST.max(PART * frame));
}

/// What the legend of a panel names: categories that occur, then curves with a label.
pub(super) fn entries<'a>(panel: &'a Panel, curves: &'a [Drawn<'a>]) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    if let Some(Field::Categories(map)) = &panel.field {
        let mut occurs = vec![false; map.names.len() + 1];
        for value in &map.values {
            // The place beyond the names stands for cells without one.
            let place = value.unwrap_or(map.names.len());
            if let Some(occurs) = occurs.get_mut(place) {
                *occurs = true;
            }
        }
        let area = |index| Sample::Area(palette::tint(index));
        let names = map.names.iter().enumerate();
        let names = names.map(|(index, name)| Entry::new(name, area(index)));
        let unfinished = Entry::new("unfinished", Sample::Hatched);
        let all = names.chain([unfinished]).zip(occurs);
        entries.extend(all.filter(|(_, occurs)| *occurs).map(|(entry, _)| entry));
    }
    let curves = curves
        .iter()
        .map(|curve| Entry::new(curve.label, Sample::Curve(curve)));
    entries.extend(curves);
    entries.retain(|entry| !entry.label.is_empty());
    if entries.len() > MOST {
        let more = entries.split_off(MOST - 1).len();
        let mut last = Entry::new("", Sample::None);
        last.label = format!("and {more} more").into();
        entries.push(last);
    }
    entries
}

fn sample_width(entries: &[Entry]) -> f64 {
    let is_curve = |entry: &Entry| matches!(entry.sample, Sample::Curve(_));
    if entries.iter().any(is_curve) {
        SAMPLE
    } else {
        AREA_SAMPLE
    }
}

fn column_width(entries: &[Entry], font: &Font) -> f64 {
    let longest = entries
        .iter()
        .map(|entry| {
            let (text, size) = entry.text(font);
            font.width(&text, size)
        })
        .fold(0.0, f64::max);
    sample_width(entries) + SAMPLE_GAP + longest
}

fn dimensions(entries: &[Entry], columns: usize, font: &Font) -> (f64, f64) {
    let rows = entries.len().div_ceil(columns);
    let column = column_width(entries, font);
    let width = columns as f64 * column + (columns - 1) as f64 * COLUMN_GAP + 2.0 * PADDING;
    (width, rows as f64 * ROW + 2.0 * PADDING)
}

/// Margin a panel needs to the right of its frame for its legend.
pub(super) fn width_outside(entries: &[Entry], font: &Font) -> f64 {
    column_width(entries, font) + 2.0 * PADDING
}

/// Whether the legend is no higher than a frame.
pub(super) fn fits_beside(entries: &[Entry], frame: &Rect, font: &Font) -> bool {
    dimensions(entries, 1, font).1 <= frame.height()
}

/// As many columns as fit below a panel of this width, and their height there.
fn columns_below(entries: &[Entry], width: f64, font: &Font) -> (usize, f64) {
    let column = column_width(entries, font) + COLUMN_GAP;
    let room = width - 2.0 * (EDGE + PADDING) + COLUMN_GAP;
    let columns = ((room / column) as usize).clamp(1, entries.len().max(1));
    // Rows as even as they can be.
    let columns = entries
        .len()
        .div_ceil(entries.len().div_ceil(columns).max(1));
    (columns.max(1), dimensions(entries, columns.max(1), font).1)
}

/// Height a panel needs below its cell for its legend.
pub(super) fn height_below(entries: &[Entry], width: f64, font: &Font) -> f64 {
    columns_below(entries, width, font).1 + EDGE
}

/// The legend below the cell of a panel: in its middle, or from its frame on below other cells.
pub(super) fn below(
    entries: &[Entry],
    place: &Place,
    (from, to): (f64, f64),
    font: &Font,
) -> Option<Legend> {
    let cell = &place.cell;
    let columns = columns_below(entries, to - from, font).0;
    let (width, height) = dimensions(entries, columns, font);
    let left = match width > cell.width() {
        true => place.frame.left.min(to - width).max(from),
        false => cell.middle().x - width / 2.0,
    };
    (!entries.is_empty()).then_some(Legend {
        rect: Rect::new(left, cell.bottom, width, height),
        columns,
        hidden: 0.0,
    })
}

/// The place inside the frame that hides least; `None` without labels.
///
/// Corners win over sides, sides over the middle, one column over two, unless data would be hidden, by the legend or by
/// texts of marks, which it leaves the rest.
pub(super) fn inside(
    entries: &[Entry],
    (place, lines): (&Place, &[Line]),
    ink: &Ink,
    font: &Font,
) -> Option<Legend> {
    let frame = &place.frame;
    if entries.is_empty() {
        return None;
    }
    let mut best: Option<(f64, Legend)> = None;
    for columns in 1..=if entries.len() < TWO_COLUMNS_FROM {
        1
    } else {
        2
    } {
        let (width, height) = dimensions(entries, columns, font);
        let room = (
            frame.width() - 2.0 * INSET - width,
            frame.height() - 2.0 * INSET - height,
        );
        if room.0 < 0.0 || room.1 < 0.0 {
            continue;
        }
        for (fx, fy, dislike) in spots() {
            let rect = Rect::new(
                frame.left + INSET + fx * room.0,
                frame.top + INSET + fy * room.1,
                width,
                height,
            );
            let hidden = ink.hidden_by(&rect);
            let mut cost = hidden + dislike + 0.5 * (columns - 1) as f64;
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                cost += marks::cost(lines, frame, (ink, rect), font);
            }
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((
                    cost,
                    Legend {
                        rect,
                        columns,
                        hidden,
                    },
                ));
            }
        }
    }
    // Too large for the frame altogether: the right-hand side, from the top.
    let (width, height) = dimensions(entries, 1, font);
    let fallback = Legend {
        rect: Rect::new(frame.left + INSET, frame.top + INSET, width, height),
        columns: 1,
        hidden: f64::INFINITY,
    };
    Some(best.map_or(fallback, |(_, legend)| legend))
}

/// The legend in a corner of the frame.
pub(super) fn corner(
    entries: &[Entry],
    frame: &Rect,
    (right, bottom): (bool, bool),
    font: &Font,
) -> Option<Legend> {
    let (width, height) = dimensions(entries, 1, font);
    let left = match right {
        true => frame.right - INSET - width,
        false => frame.left + INSET,
    };
    let top = match bottom {
        true => frame.bottom - INSET - height,
        false => frame.top + INSET,
    };
    (!entries.is_empty()).then_some(Legend {
        rect: Rect::new(left, top, width, height),
        columns: 1,
        hidden: 0.0,
    })
}

/// Places as fractions of the free room, with a dislike of those away from the corners.
fn spots() -> impl Iterator<Item = (f64, f64, f64)> {
    const STEPS: [f64; 9] = [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0];
    // The top right corner first: ties go to it.
    STEPS.into_iter().rev().flat_map(|fx| {
        STEPS.into_iter().map(move |fy| {
            let away = |f: f64| f.min(1.0 - f);
            (fx, fy, 4.0 * (away(fx) + away(fy)))
        })
    })
}

/// The legend to the right of the frame, at this distance from it.
pub(super) fn outside(
    entries: &[Entry],
    frame: &Rect,
    distance: f64,
    font: &Font,
) -> Option<Legend> {
    let (width, height) = dimensions(entries, 1, font);
    let rect = Rect::new(frame.right + EDGE + distance, frame.top, width, height);
    (!entries.is_empty()).then_some(Legend {
        rect,
        columns: 1,
        hidden: 0.0,
    })
}

/// Draw the legend at its place.
pub(super) fn draw(sketch: &mut Sketch, entries: &[Entry], legend: &Legend, font: &Font) {
    // A curve may pass above and below the entries, in their padding.
    sketch.veil(&legend.rect.grown(-PADDING).widened(PADDING));
    let rows = entries.len().div_ceil(legend.columns);
    let column = column_width(entries, font) + COLUMN_GAP;
    let sample = sample_width(entries);
    for (index, entry) in entries.iter().enumerate() {
        let left = legend.rect.left + PADDING + (index / rows) as f64 * column;
        let middle = legend.rect.top + PADDING + ((index % rows) as f64 + 0.5) * ROW;
        draw_sample(sketch, &entry.sample, Point::new(left, middle), sample);
        let (text, size) = entry.text(font);
        let at = Point::new(left + sample + SAMPLE_GAP, middle + CAPITAL * SIZE / 2.0);
        sketch.text(Text {
            text,
            at,
            anchor: Anchor::Start,
            size,
            colour: Colour::INK,
            upwards: false,
        });
    }
}

fn draw_sample(sketch: &mut Sketch, sample: &Sample, left: Point, width: f64) {
    let half = 0.36 * ROW;
    let area = Rect::new(left.x, left.y - half, width, 2.0 * half);
    match sample {
        Sample::Curve(curve) => return draw_curve(sketch, curve, left),
        Sample::None => return,
        Sample::Area(colour) => sketch.fill(area.corners(), *colour),
        Sample::Hatched => sketch.cells(Cells::hatched(area)),
    }
    let mut border = area.corners();
    border.push(Point::new(area.left, area.top));
    sketch.stroke(vec![border], 0.5, Colour::GREY);
}

fn draw_curve(sketch: &mut Sketch, curve: &Drawn, left: Point) {
    let look = curve.look;
    let right = Point::new(left.x + SAMPLE, left.y);
    if look.band {
        let half = 0.28 * ROW;
        sketch.fill(
            Rect::new(left.x, left.y - half, SAMPLE, 2.0 * half).corners(),
            look.colour.with_alpha(0.18),
        );
    }
    if let Some(dash) = look.dash.filter(|_| curve.sample() == look.marker) {
        let line = clip::dashes(&[left, right], if dash.is_empty() { SOLID } else { dash });
        sketch.line(line, look.width, look.colour);
    }
    if let Some(marker) = curve.sample() {
        draw_marker(sketch, left.towards(right, 0.5), marker, look.colour);
    }
}
