//! Exit times of SGD on the theory's.

use crate::error::Error;
use crate::observable::run::EXIT_TIME;
use crate::output::{Curve, CurveStyle, Figure, Panel};
use crate::study::axes::{Spacing, axis};
use crate::study::compare::caption;
use crate::study::read::Saved;
use crate::study::saved::options;

/// Exit time against strength: the theory as a line, SGD as points with 5 to 95 % bars; both
/// medians, where starts are random.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (options, strengths) = (options(saved)?, saved.all("mu")?);
    let theory = saved.numbers("exit_theory_median");
    let [low, middle, high] = ["exit_q05", "exit_q50", "exit_q95"].map(|one| saved.numbers(one));
    let pairs = saved.pairs();
    let first = pairs.first().map_or(&[][..], |(_, rows)| rows.as_slice());
    let spacing = Spacing::of_strengths(&first.iter().map(|k| strengths[*k]).collect::<Vec<_>>());
    let at = |row: &usize| spacing.shown(strengths[*row]);
    let times = [&theory, &low, &high].map(|all| all.iter().copied().flatten());
    let mut panel = Panel::new(
        "median exit time: theory (lines), SGD with 5–95 % (points)",
        spacing.strengths(),
        axis(&EXIT_TIME, &options, times.into_iter().flatten()),
    );
    for (colour, (name, rows)) in pairs.iter().enumerate() {
        let points = rows.iter().map(|row| (at(row), theory[*row]));
        let line = Curve::new(
            format!("{name}, theory"),
            points.collect(),
            CurveStyle::Line,
        );
        panel.curves.push(line.with_colour(colour));
        let seen = |row: &usize| Some((at(row), middle[*row]?, (low[*row]?, high[*row]?)));
        let seen: Vec<_> = rows.iter().filter_map(seen).collect();
        let points = seen.iter().map(|(at, median, _)| (*at, Some(*median)));
        let sgd = Curve::new(format!("{name}, SGD"), points.collect(), CurveStyle::Points);
        let bars = seen.iter().map(|(_, _, bar)| *bar).collect();
        panel
            .curves
            .push(sgd.with_colour(colour).with_error_bars(bars));
    }
    Ok(Figure::new(vec![panel], 1).with_provenance(caption(saved)?))
}
