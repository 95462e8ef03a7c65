//! A curve, a map, or a map per value of a third axis.

use super::Finished;
use crate::error::Error;
use crate::model::pair_label;
use crate::numeral::counted;
use crate::observable::Unit;
use crate::output::{
    Axis as FigureAxis, BLACK, Categories, Curve, CurveStyle, Field, Figure, HeatMap, Mark, Panel,
    suggested_levels,
};
use crate::phase::{Axis, Boundary, BoundaryKind, Cell, CellOutcome, OUTCOMES};
use crate::study::axes::{Spacing, UNEVEN, axis, label, scale};
use crate::study::provenance::caption;
use crate::study::words::significant;

/// Most cells along an axis of a figure: more than a panel has pixels.
const MOST: usize = 1000;
/// Most panels of small multiples.
const PANELS: usize = 12;

pub(crate) fn figure(finished: &Finished<'_>, lines: &[Boundary]) -> Result<Figure, Error> {
    let axes = finished.map.axes();
    let panels = match axes {
        [x] => vec![curve(finished, x, lines)?],
        [x, y] => vec![sheet(finished, (x, y), 0, lines)?],
        [x, y, z, ..] => thinned(z.values().len(), PANELS)
            .into_iter()
            .map(|k| sheet(finished, (x, y), k, lines))
            .collect::<Result<_, _>>()?,
        [] => Vec::new(),
    };
    let columns = match panels.len() {
        0..=3 => panels.len().max(1),
        4 => 2,
        _ => 3,
    };
    let filled = finished.refinement.map(|r| r.inferred).filter(|n| *n > 0);
    let filled = filled.map_or(String::new(), |n| {
        format!("; {} filled in, not solved", counted(n, "cell"))
    });
    let made = caption("phase", finished.parameters);
    Ok(Figure::new(panels, columns).with_provenance(made + &filled))
}

fn spacing(axis: &Axis) -> Spacing {
    Spacing::of(axis.name(), axis.values())
}

fn figure_axis(axis: &Axis) -> FigureAxis {
    spacing(axis).axis(&axis.label())
}

/// What is drawn, of which links.
fn title(finished: &Finished<'_>) -> String {
    let options = finished.map.options();
    let (teacher, student) = match &options.link[..] {
        [link, ..] => (link, link),
        [] => match (options.teacher.first(), options.student.first()) {
            (Some(teacher), Some(student)) => (teacher, student),
            _ => return finished.map.value().number.label.to_owned(),
        },
    };
    let links = pair_label(teacher, student);
    format!("{links}: {}", finished.map.value().number.label)
}

/// At most `most` of the indices, both ends among them.
fn thinned(length: usize, most: usize) -> Vec<usize> {
    if length <= most {
        return (0..length).collect();
    }
    (0..most).map(|i| i * (length - 1) / (most - 1)).collect()
}

/// Cells of a figure along an axis: evenly spaced centres, and the value that each shows. Values
/// that are not even, or too many, are sampled at the nearest.
struct Samples {
    centres: Vec<f64>,
    indices: Vec<usize>,
    /// Whether every value is shown at its place.
    exact: bool,
}

/// Cells along an uneven axis.
const RESAMPLED: usize = 400;

fn samples(axis: &Axis) -> Samples {
    let values = axis.values();
    let spacing = spacing(axis);
    let to = |x: f64| spacing.along(x);
    let (first, last, count) = (to(values[0]), to(values[values.len() - 1]), values.len());
    let even = spacing.unevenness(values) <= UNEVEN;
    if count <= 2 || (even && count <= MOST) {
        return Samples {
            centres: values.to_vec(),
            indices: (0..count).collect(),
            exact: true,
        }
        .ascending(spacing);
    }
    let cells = if even { MOST } else { RESAMPLED };
    let place = |i: usize| first + (last - first) * i as f64 / (cells - 1) as f64;
    let nearest = |x: f64| {
        let above = values.partition_point(|v| to(*v) < x).min(count - 1);
        let below = above.saturating_sub(1);
        if x - to(values[below]) < to(values[above]) - x {
            below
        } else {
            above
        }
    };
    Samples {
        centres: (0..cells).map(|i| spacing.back(place(i))).collect(),
        indices: (0..cells).map(|i| nearest(place(i))).collect(),
        exact: even,
    }
    .ascending(spacing)
}

impl Samples {
    /// With the centres as they are shown, ascending: gaps fall where strengths rise.
    fn ascending(mut self, spacing: Spacing) -> Self {
        let shown = self.centres.into_iter().map(|value| spacing.shown(value));
        self.centres = shown.collect();
        if spacing == Spacing::Gaps {
            self.centres.reverse();
            self.indices.reverse();
        }
        self
    }
}

/// One axis: the value as a curve, the roots as lines across.
fn curve(finished: &Finished<'_>, x: &Axis, lines: &[Boundary]) -> Result<Panel, Error> {
    let cells = finished.sheet_cells(0)?;
    let spacing = spacing(x);
    let places = x.values().iter().map(|at| spacing.shown(*at));
    let points: Vec<(f64, Option<f64>)> = places.zip(cells.iter().map(|c| c.value)).collect();
    let marks = lines.iter().flat_map(|boundary| {
        let roots = boundary.polylines.iter().flatten();
        roots.map(|(at, _)| {
            let label = format!("{} {}", short(boundary.kind), significant(*at, 4));
            Mark::vertical(spacing.shown(*at), label, Some(1))
        })
    });
    let value = finished.map.value().number;
    let known = points.iter().filter_map(|p| p.1);
    let y = axis(value, finished.map.options(), known);
    let mut panel = Panel::new(title(finished), figure_axis(x), y);
    panel.marks = marks.collect();
    let failed = cells.iter().zip(x.values());
    let failed = failed.filter(|(cell, _)| cell.outcome == CellOutcome::Failed);
    let failed = failed.enumerate().take(MARKED);
    panel.marks.extend(failed.map(|(i, (_, at))| {
        let name = if i == 0 { "failed" } else { "" };
        Mark::vertical(spacing.shown(*at), name, Some(3))
    }));
    if value.unit == Unit::Ratio {
        panel.marks.push(Mark::horizontal(1.0, "ratio 1", None));
    }
    Ok(panel.with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0)))
}

/// A line in a legend.
fn legend(kind: BoundaryKind) -> &'static str {
    match kind {
        BoundaryKind::CriticalStrength => "A = 0",
        BoundaryKind::RatioOne => "ratio 1",
        BoundaryKind::Learned => "border",
    }
}

fn short(kind: BoundaryKind) -> &'static str {
    match kind {
        BoundaryKind::CriticalStrength => "A = 0 at",
        BoundaryKind::RatioOne => "ratio 1 at",
        BoundaryKind::Learned => "border at",
    }
}

/// Two axes: colours, contours, and the located lines.
fn sheet(
    finished: &Finished<'_>,
    (x, y): (&Axis, &Axis),
    index: usize,
    lines: &[Boundary],
) -> Result<Panel, Error> {
    let (columns, rows) = (samples(x), samples(y));
    let shown = finished.sampled_cells(index, &columns.indices, &rows.indices)?;
    let sheet = finished.map.axes().get(2).map(|z| (z, z.values()[index]));
    let title = match sheet {
        Some((z, at)) => format!("{} = {}", z.name(), significant(at, 4)),
        None => title(finished),
    };
    let unvalued = shown.iter().any(|c| c.value.is_none());
    let title = match finished.map.value().number.name {
        "outcome" => title,
        "exit_time" | "exit_samples" | "sgd_exit_time" if unvalued => {
            format!("{title} (hatched: none)")
        }
        _ if unvalued => format!("{title} (hatched: no value)"),
        _ => title,
    };
    let failed = failed(finished, &columns, &rows, &shown);
    let mut panel = Panel::new(title, figure_axis(x), figure_axis(y));
    panel.field = Some(match finished.map.value().number.unit {
        Unit::Outcome => Field::Categories(outcomes(columns.centres, rows.centres, &shown)),
        _ => {
            let exact = columns.exact && rows.exact;
            let mut map = heat(finished, columns.centres, rows.centres, &shown);
            // Contours of steps would be stairs.
            map.contours.retain(|_| exact);
            Field::HeatMap(map)
        }
    });
    panel.curves.extend(failed);
    let (sx, sy) = (spacing(x), spacing(y));
    for boundary in lines.iter().filter(|b| b.sheet == sheet.map(|(_, at)| at)) {
        for (i, polyline) in boundary.polylines.iter().enumerate() {
            let name = if i == 0 { legend(boundary.kind) } else { "" };
            let points = polyline.iter();
            let points = points.map(|(x, y)| (sx.shown(*x), Some(sy.shown(*y))));
            let style = match boundary.kind {
                _ if polyline.len() == 1 => CurveStyle::Points,
                BoundaryKind::CriticalStrength => CurveStyle::Dashed,
                _ => CurveStyle::Line,
            };
            let line = Curve::new(name, points.collect(), style);
            panel = panel.with_curve(line.with_colour(BLACK));
        }
    }
    Ok(panel)
}

/// Most marks of failed cells.
const MARKED: usize = 2000;

/// Failed cells of a map of numbers, marked by points; a map of outcomes has a colour for them.
fn failed(
    finished: &Finished<'_>,
    columns: &Samples,
    rows: &Samples,
    shown: &[Cell],
) -> Option<Curve> {
    let is_failed = |cell: &Cell| cell.outcome == CellOutcome::Failed;
    let count = shown.iter().filter(|cell| is_failed(cell)).count();
    if count == 0 || finished.map.value().number.unit == Unit::Outcome {
        return None;
    }
    let all = rows
        .centres
        .iter()
        .flat_map(|y| columns.centres.iter().map(move |x| (*x, *y)));
    let failed = all.zip(shown).filter(|(_, cell)| is_failed(cell));
    let points = failed.step_by(count.div_ceil(MARKED));
    let points = points.map(|((x, y), _)| (x, Some(y))).collect();
    Some(Curve::new("failed", points, CurveStyle::Points).with_colour(3))
}

fn heat(finished: &Finished<'_>, x: Vec<f64>, y: Vec<f64>, cells: &[Cell]) -> HeatMap {
    let values: Vec<Option<f64>> = cells.iter().map(|c| c.value).collect();
    let known = || values.iter().flatten().copied();
    let value = finished.map.value().number;
    let scale = scale(value, known());
    let levels = suggested_levels(known(), scale);
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
        (a.min(v), b.max(v))
    });
    let map = HeatMap::new(x, y, values, label(value, finished.map.options()), scale)
        .with_contours(levels);
    // Two colours only where both sides of the centre are there to be told apart.
    if value.unit == Unit::Ratio && low < 1.0 && high > 1.0 {
        map.with_centre(1.0)
    } else if low < 0.0 && high > 0.0 {
        map.with_centre(0.0)
    } else {
        map
    }
}

fn outcomes(x: Vec<f64>, y: Vec<f64>, cells: &[Cell]) -> Categories {
    let index = |cell: &Cell| match cell.outcome {
        CellOutcome::Unfinished => None,
        outcome => Some(outcome as usize),
    };
    Categories::new(
        x,
        y,
        cells.iter().map(index).collect(),
        OUTCOMES.map(CellOutcome::word),
    )
}
