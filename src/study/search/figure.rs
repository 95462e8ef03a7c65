//! Search times of Hermite links and of all others.

use super::kept::curves;
use crate::error::Error;
use crate::model::pair_label;
use crate::observable::run::EXIT_TIME;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, PALETTE, Panel};
use crate::problem::ProblemOptions;
use crate::search::CriticalKind;
use crate::study::axes::{Spacing, scale};
use crate::study::many::is_named;
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::units::unit;
use crate::study::words::significant;
use crate::sweep::{SearchCurve, SearchPoint};

/// Most critical strengths of a panel that are named beside their lines.
const NAMED: usize = 6;

/// The figure of a search that was saved; critical strengths are in JSON only.
///
/// # Errors
/// A file without what a search writes.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let options = options(saved)?;
    Ok(figure(&options, saved.caption(), &curves(saved)?))
}

/// One panel per family of links that is present.
pub(super) fn figure(options: &ProblemOptions, caption: String, curves: &[SearchCurve]) -> Figure {
    let (hermite, others): (Vec<_>, Vec<_>) = curves.iter().partition(|c| is_hermite(&c.student));
    let families = [("", others), ("Hermite links: ", hermite)];
    let present: Vec<_> = families.iter().filter(|(_, f)| !f.is_empty()).collect();
    let alone = present.len() == 1;
    let panels: Vec<Panel> = present
        .iter()
        .enumerate()
        .map(|(i, (family, curves))| {
            let title = Drawn::of(curves).title();
            let title = match char::from(b'a' + i as u8) {
                _ if alone => in_common(options, curves) + &title,
                letter => format!("({letter}) {family}{title}"),
            };
            panel(options, title, curves)
        })
        .collect();
    let columns = panels.len().max(1);
    Figure::new(panels, columns).with_provenance(caption)
}

/// The figure with a line at one strength in every panel.
pub(super) fn at_strength(mut figure: Figure, curves: &[SearchCurve], mu: f64) -> Figure {
    let spacing = spacing(curves.first());
    for panel in &mut figure.panels {
        let label = format!("μ = {}", significant(mu, 4));
        let mark = Mark::vertical(spacing.shown(mu), label, None);
        panel.marks.push(mark);
    }
    figure
}

/// How the strengths of a sweep are spaced; all its curves have the same.
fn spacing(curve: Option<&SearchCurve>) -> Spacing {
    let points = curve.map_or(&[][..], |curve| &curve.points);
    let strengths: Vec<f64> = points.iter().filter_map(|p| p.mu).collect();
    Spacing::of_strengths(&strengths)
}

fn is_hermite(link: &str) -> bool {
    let number = link.strip_prefix("he").or_else(|| link.strip_prefix("He"));
    number.is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n >= 2))
}

/// The search time, where it ends.
fn tau(point: &SearchPoint) -> Option<f64> {
    point.tau.filter(|tau| tau.is_finite())
}

/// What of each point is drawn.
struct Drawn {
    tau: bool,
    exit: bool,
    /// No curve has two points.
    points: bool,
}

impl Drawn {
    fn of(curves: &[&SearchCurve]) -> Self {
        let any = |f: fn(&SearchPoint) -> Option<f64>| {
            let mut points = curves.iter().flat_map(|curve| &curve.points);
            points.any(|point| f(point).is_some())
        };
        Self {
            tau: any(tau),
            exit: any(|p| p.exit_time),
            points: curves.iter().all(|curve| curve.points.len() < 2),
        }
    }

    fn title(&self) -> String {
        let (tau, exit) = match self.points {
            true => ("dots", "rings"),
            false => ("solid", "dashed"),
        };
        match (self.tau, self.exit) {
            (true, true) => format!("τ ({tau}), exit time ({exit})"),
            (false, true) => format!("exit time ({exit})"),
            _ => "search time τ".to_owned(),
        }
    }

    fn label(&self) -> &'static str {
        match (self.tau, self.exit) {
            (true, true) => "search time τ, exit time",
            (false, true) => "exit time",
            _ => "search time τ",
        }
    }
}

/// The links, where curves differ by another number: the legend then names only that.
fn in_common(options: &ProblemOptions, curves: &[&SearchCurve]) -> String {
    match (named_by_number(curves), &options.link[..], curves) {
        (false, ..) | (_, _, []) => String::new(),
        (true, [link], _) => format!("{link}: "),
        (true, _, [first, ..]) => format!("{}: ", pair_label(&first.teacher, &first.student)),
    }
}

/// Whether every curve has a value of its own of the number besides.
fn named_by_number(curves: &[&SearchCurve]) -> bool {
    let value = |curve: &SearchCurve| curve.also.as_ref().map(|also| also.value.to_bits());
    let values = || curves.iter().map(|curve| value(curve));
    values().all(|value| value.is_some())
        && values().collect::<std::collections::BTreeSet<_>>().len() == curves.len()
}

fn panel(options: &ProblemOptions, title: String, curves: &[&SearchCurve]) -> Panel {
    let spacing = spacing(curves.first().copied());
    let x = move |p: &SearchPoint| p.mu.map(|mu| spacing.shown(mu));
    let by_number = named_by_number(curves);
    let coloured = |index: usize, curve: Curve| match curves.len() {
        0..=PALETTE => curve.with_colour(index),
        many => curve.with_shade(index as f64 / (many - 1) as f64),
    };
    let mut drawn = Vec::new();
    let mut marks = Vec::new();
    for (index, curve) in curves.iter().enumerate() {
        let line = |f: fn(&SearchPoint) -> Option<f64>| -> Vec<(f64, Option<f64>)> {
            let points = curve.points.iter();
            points.filter_map(|p| Some((x(p)?, f(p)))).collect()
        };
        let name = match &curve.also {
            Some(also) if by_number => format!("{} = {}", also.key, significant(also.value, 4)),
            _ => curve.label(),
        };
        let name = match by_number && !is_named(index, curves.len()) {
            true => String::new(),
            false => name,
        };
        let search = Curve::new(name.clone(), line(tau), CurveStyle::Line);
        let has_tau = search.points.iter().any(|point| point.1.is_some());
        let name = if has_tau { String::new() } else { name };
        let exit = Curve::new(name, line(|p| p.exit_time), CurveStyle::Dashed);
        drawn.extend([search, exit].map(|curve| coloured(index, curve)));
        let colour = (curves.len() <= PALETTE).then_some(index);
        for mark in critical_marks(curve, spacing, colour) {
            // Curves of the same links often share their critical strengths.
            let known = |other: &Mark| label_of(other) == label_of(&mark);
            if curve.also.is_none() || !marks.iter().any(known) {
                marks.push(mark);
            }
        }
    }
    if marks.len() > NAMED {
        marks.iter_mut().for_each(unname);
    }
    let times = curves
        .iter()
        .flat_map(|c| c.points.iter().flat_map(|p| [tau(p), p.exit_time]))
        .flatten();
    let label = format!("{} [{}]", Drawn::of(curves).label(), unit(options));
    let y = Axis::new(label, scale(&EXIT_TIME, times));
    let mut panel = Panel::new(title, spacing.strengths(), y);
    (panel.curves, panel.marks) = (drawn, marks);
    panel
}

/// The strengths at which the gradient vanishes.
fn critical_marks(
    curve: &SearchCurve,
    spacing: Spacing,
    colour: Option<usize>,
) -> impl Iterator<Item = Mark> {
    let all = curve.critical_strengths.iter().filter(|c| c.mu > 0.0);
    all.map(move |c| {
        let kind = match c.kind {
            CriticalKind::Trap => "trap",
            CriticalKind::Saddle => "saddle",
        };
        let at = spacing.shown(c.mu);
        // The colour says whose it is where the name is long.
        let name = match curve.student.len() {
            0..=SHORT => format!("{} ", curve.student),
            _ => String::new(),
        };
        Mark::vertical(at, format!("{name}{kind}, μ = {:.4}", c.mu), colour)
    })
}

/// Letters of a link that leave room for its critical strength.
const SHORT: usize = 14;

fn label_of(mark: &Mark) -> &str {
    match mark {
        Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } => label,
    }
}

fn unname(mark: &mut Mark) {
    match mark {
        Mark::Vertical { label, .. } | Mark::Horizontal { label, .. } => label.clear(),
    }
}
