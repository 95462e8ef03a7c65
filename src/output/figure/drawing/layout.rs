//! Where everything goes: cells, margins, frames and the maps inside them.

use super::axis::{AxisMap, around};
use super::font::{CAPITAL, DESCENT, Font};
use super::frame::{LINE_HEIGHT, y_lines};
use super::geometry::{Point, Rect};
use super::palette::Colour;
use super::place::{
    CELL, EDGE, LABEL_GAP, LABEL_SIZE, LegendPlace, Place, TICK_GAP, TICK_SIZE, most_on_height,
    widest,
};
use super::sheet::Sheet;
use super::sketch::{Anchor, Sketch, Text, unit};
use super::ticks::{NARROWEST, Tick, ticks};
use super::{
    Axis, Figure, LegendSpot, Length, Panel, Scale, cell_field, colour_bar, headroom, panel,
};
use crate::output::OutputError;

/// Font size of the provenance.
const PROVENANCE_SIZE: f64 = 7.5;
/// Columns of panels narrower than this are made fewer.
const LEAST_CELL: f64 = 170.0;
/// Least side of a frame.
const LEAST_SIDE: f64 = 20.0;
/// Least distance between two numbers along the horizontal axis.
const NUMBER_GAP: f64 = 6.0;

/// The whole canvas.
pub(super) struct Plan {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) places: Vec<Place>,
    provenance: Vec<String>,
}

/// An axis with its range known.
struct Span {
    scale: Scale,
    range: (f64, f64),
    /// Without data and without a range asked for, numbers on the axis would be invented.
    numbered: bool,
}

impl Span {
    /// The range asked for, else the edges of the cells exactly, else one that holds the values.
    fn of(
        axis: &Axis,
        cells: Option<&[f64]>,
        values: impl Iterator<Item = f64>,
    ) -> Result<Self, OutputError> {
        let edges = cells.and_then(|centres| cell_field::edges(centres, axis.scale));
        let range = match edges.filter(|_| axis.range.is_none()) {
            Some(edges) if axis.scale.spans(edges, NARROWEST) => Some(edges),
            // Cells too near to each other for an axis lie at one place of it.
            Some(edges) => Some(around(axis.scale, edges)),
            None => axis.resolve(values)?,
        };
        Ok(Self {
            scale: axis.scale,
            range: range.unwrap_or((1.0, 10.0)),
            numbered: range.is_some(),
        })
    }

    fn ticks(&self, most: usize) -> Vec<Tick> {
        if self.numbered {
            ticks(self.scale, self.range, most)
        } else {
            Vec::new()
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Margins {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// The part of the right margin that a colour bar takes.
    bar: f64,
}

/// Arrange the panels of a figure.
pub(super) fn plan(figure: &Figure, panels: &[Panel], font: &Font) -> Result<Plan, OutputError> {
    let (columns, width) = breadth(figure);
    let rows = panels.len().div_ceil(columns).max(1);
    let caption = if figure.style.caption {
        figure.provenance.as_str()
    } else {
        ""
    };
    let provenance = font.lines(caption, PROVENANCE_SIZE, width - 2.0 * EDGE);
    let strip = if provenance.is_empty() {
        0.0
    } else {
        (1.3 * PROVENANCE_SIZE * provenance.len() as f64 + EDGE).ceil()
    };
    let mut spans = panels.iter().map(spans).collect::<Result<Vec<_>, _>>()?;
    let height = figure.style.height.map(|height| in_units(height, figure));
    let mut sheet = Sheet::new((columns, rows), width, height.map(|height| height - strip));
    let tight = arranged(panels, &spans, &sheet, font);
    for ((panel, (_, y)), place) in panels.iter().zip(&mut spans).zip(&tight) {
        y.range = headroom::range(panel, place, (y.scale, y.range), font);
    }
    let first = arranged(panels, &spans, &sheet, font);
    let wish = (figure.style.legend, height.is_some());
    let legends = legends(panels, &first, (&sheet, wish), font);
    sheet.make_room(&legends, height.is_some());
    let mut margins = margins(panels, &spans, &sheet, font);
    for (margin, legend) in margins.iter_mut().zip(&legends) {
        if let LegendPlace::Right(width) = legend {
            margin.right = margin.bar + width + EDGE;
        }
    }
    let mut places = places(&spans, &aligned(&margins, columns), &sheet, font);
    for (place, legend) in places.iter_mut().zip(legends) {
        place.legend = legend;
    }
    roomy(figure, &places)?;
    Ok(Plan {
        width,
        height: sheet.tops[rows] + strip,
        places,
        provenance,
    })
}

/// Where the legends go; `wish` is what is asked of them, and whether the height is fixed.
fn legends(
    panels: &[Panel],
    places: &[Place],
    (sheet, wish): (&Sheet, (LegendSpot, bool)),
    font: &Font,
) -> Vec<LegendPlace> {
    let both = panels.iter().zip(places);
    let mut legends: Vec<LegendPlace> = both
        .map(|(panel, place)| panel::legend_place(panel, place, wish, font))
        .collect();
    for (index, panel) in panels.iter().enumerate() {
        if let Some(ends) = sheet.room_below(&legends, index) {
            legends[index] = panel::legend_below(panel, &places[index], ends, font);
        }
    }
    legends
}

fn margins(panels: &[Panel], spans: &[(Span, Span)], sheet: &Sheet, font: &Font) -> Vec<Margins> {
    let both = panels.iter().zip(spans);
    both.map(|(panel, spans)| natural_margins(panel, spans, sheet.cell.1, font))
        .collect()
}

/// The places of panels as their margins want them.
fn arranged(panels: &[Panel], spans: &[(Span, Span)], sheet: &Sheet, font: &Font) -> Vec<Place> {
    let margins = aligned(&margins(panels, spans, sheet, font), sheet.columns);
    places(spans, &margins, sheet, font)
}

fn in_units(length: Length, figure: &Figure) -> f64 {
    length.points() / unit(&figure.style)
}

/// Columns and width: fewer columns than wished for where panels would be too narrow.
fn breadth(figure: &Figure) -> (usize, f64) {
    let columns = figure.columns.clamp(1, figure.panels.len().max(1));
    match figure.style.width {
        None => (columns, CELL.0 * columns as f64),
        Some(width) => {
            let width = in_units(width, figure);
            (columns.min((width / LEAST_CELL) as usize).max(1), width)
        }
    }
}

/// Refuses frames in which nothing could be seen.
fn roomy(figure: &Figure, places: &[Place]) -> Result<(), OutputError> {
    let narrow = places.iter().any(|place| place.frame.width() < LEAST_SIDE);
    let low = places.iter().any(|place| place.frame.height() < LEAST_SIDE);
    let (key, length) = match (narrow, low) {
        (false, false) => return Ok(()),
        (true, _) => ("width", figure.style.width),
        _ => ("height", figure.style.height),
    };
    let natural = || "as it comes".to_owned();
    Err(OutputError::InvalidStyle {
        key,
        given: length.map_or_else(natural, |length| length.to_string()),
        allowed: "its letters and legends leave no room for the frames; make it larger, or font-size smaller"
            .to_owned(),
    })
}

/// The horizontal and the vertical span of a panel.
fn spans(panel: &Panel) -> Result<(Span, Span), OutputError> {
    // A point counts only if both axes can show it.
    let shown = |x: f64, y: f64| panel.x.scale.shows(x) && panel.y.scale.shows(y);
    let mut xs = Vec::new();
    let mut ys = Vec::new();
    for curve in &panel.curves {
        for (index, (x, y)) in curve.points.iter().enumerate() {
            let Some(y) = y.filter(|y| shown(*x, *y)) else {
                continue;
            };
            xs.push(*x);
            ys.push(y);
            for (low, high) in [&curve.error_bars, &curve.band]
                .into_iter()
                .flatten()
                .filter_map(|ends| ends.get(index))
            {
                ys.extend([*low, *high]);
            }
        }
    }
    // Marks widen a range but do not make one: alone they say nothing about the scale of the data.
    for mark in &panel.marks {
        match mark {
            super::Mark::Vertical { at, .. } if !xs.is_empty() => xs.push(*at),
            super::Mark::Horizontal { at, .. } if !ys.is_empty() => ys.push(*at),
            _ => {}
        }
    }
    let cells = panel.field.as_ref().filter(|field| !field.is_empty());
    let cells = cells.map(super::Field::centres);
    Ok((
        Span::of(&panel.x, cells.map(|(x, _)| x), xs.into_iter())?,
        Span::of(&panel.y, cells.map(|(_, y)| y), ys.into_iter())?,
    ))
}

/// The margins a panel needs for itself.
fn natural_margins(panel: &Panel, (x, y): &(Span, Span), cell_height: f64, font: &Font) -> Margins {
    let label = |text: &str| {
        if text.is_empty() {
            0.0
        } else {
            (CAPITAL + DESCENT) * LABEL_SIZE + LABEL_GAP
        }
    };
    let top = if panel.title.is_empty() {
        2.0 * EDGE
    } else {
        EDGE + label(&panel.title)
    };
    let bottom = TICK_GAP + CAPITAL * TICK_SIZE + label(&panel.x.label) + EDGE;
    let height = cell_height - top - bottom;
    let y_ticks = y.ticks(most_on_height(y.scale, height));
    let bar = colour_bar::width(panel, height, font);
    let numbers = widest(&y_ticks, font);
    let half_number = widest(&x.ticks(4), font) / 2.0;
    let room = height + top + TICK_GAP + CAPITAL * TICK_SIZE - EDGE;
    let (lines, size) = y_lines(&panel.y.label, room, font);
    let more = LINE_HEIGHT * size * lines.len().saturating_sub(1) as f64;
    Margins {
        left: (EDGE + label(&panel.y.label) + more + numbers + TICK_GAP).max(half_number + EDGE),
        right: (half_number + 1.0).max(2.0 * EDGE).max(bar + EDGE),
        top,
        bottom,
        bar,
    }
}

/// The same margins for all panels of a column (left, right) and of a row (top, bottom).
fn aligned(margins: &[Margins], columns: usize) -> Vec<Margins> {
    let largest = |which: &dyn Fn(usize) -> bool, part: &dyn Fn(&Margins) -> f64| {
        margins
            .iter()
            .enumerate()
            .filter(|(index, _)| which(*index))
            .map(|(_, m)| part(m))
            .fold(0.0, f64::max)
    };
    (0..margins.len())
        .map(|index| {
            let column = |other: usize| other % columns == index % columns;
            let row = |other: usize| other / columns == index / columns;
            Margins {
                left: largest(&column, &|m| m.left),
                right: largest(&column, &|m| m.right),
                top: largest(&row, &|m| m.top),
                bottom: largest(&row, &|m| m.bottom),
                bar: margins[index].bar,
            }
        })
        .collect()
}

fn places(spans: &[(Span, Span)], margins: &[Margins], sheet: &Sheet, font: &Font) -> Vec<Place> {
    let one = |(index, ((x, y), margin)): (usize, (&(Span, Span), &Margins))| {
        let left = sheet.cell.0 * (index % sheet.columns) as f64;
        let top = sheet.tops[index / sheet.columns];
        let cell = Rect::new(left, top, sheet.cell.0, sheet.cell.1);
        // Whole units are whole pixels: the frame stays sharp.
        let frame = Rect {
            left: (cell.left + margin.left).ceil(),
            top: (cell.top + margin.top).ceil(),
            right: (cell.right - margin.right).floor(),
            bottom: (cell.bottom - margin.bottom).floor(),
        };
        let x_map = AxisMap::new(x.scale, x.range, (frame.left, frame.right));
        Place {
            x_ticks: fitting_ticks(x, x_map, font),
            y_ticks: y.ticks(most_on_height(y.scale, frame.height())),
            y: AxisMap::new(y.scale, y.range, (frame.bottom, frame.top)),
            x: x_map,
            cell,
            frame,
            legend: LegendPlace::Inside,
        }
    };
    spans.iter().zip(margins).enumerate().map(one).collect()
}

/// As many ticks as the widths of their numbers allow along the horizontal axis.
fn fitting_ticks(span: &Span, map: AxisMap, font: &Font) -> Vec<Tick> {
    let most = match span.scale {
        Scale::Linear => 7,
        Scale::Log => 9,
    };
    let fits = |ticks: &Vec<Tick>| {
        let mut end = f64::NEG_INFINITY;
        ticks.iter().all(|tick| {
            let (Some(label), Some(at)) = (&tick.label, map.to_canvas(tick.value)) else {
                return true;
            };
            let half = font.width(label, TICK_SIZE) / 2.0;
            let free = at - half >= end + NUMBER_GAP;
            end = at + half;
            free
        })
    };
    (2..=most)
        .rev()
        .map(|most| span.ticks(most))
        .find(fits)
        .unwrap_or_else(|| span.ticks(2))
}

/// The small grey lines at the bottom right.
pub(super) fn provenance(sketch: &mut Sketch, plan: &Plan) {
    for (text, line) in plan.provenance.iter().zip((0..plan.provenance.len()).rev()) {
        sketch.text(Text {
            text: text.clone(),
            at: Point::new(
                plan.width - EDGE,
                plan.height - EDGE - 1.3 * PROVENANCE_SIZE * line as f64,
            ),
            anchor: Anchor::End,
            size: PROVENANCE_SIZE,
            colour: Colour::GREY,
            upwards: false,
        });
    }
}
