//! Exit time against dimension, runs and fitted laws.

use crate::error::Error;
use crate::observable::run::EXIT_TIME;
use crate::output::{Axis, Curve, CurveStyle, Figure, Panel};
use crate::scaling::Law;
use crate::study::axes::axis;
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::words::significant;

/// Points of a drawn law.
const DRAWN: usize = 60;

/// The laws are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (dims, times) = (saved.all("dim")?, saved.numbers(EXIT_TIME.name));
    let pairs = saved.pairs();
    let first = pairs.first().map_or(&[][..], |(_, rows)| rows.as_slice());
    // An exit at the start, at time 0, has no place on a logarithmic axis.
    let shown = times.iter().copied().flatten().filter(|t| *t > 0.0);
    let mut panel = Panel::new(
        "exit time: runs (points), fitted law (line)",
        dimensions(
            first
                .first()
                .zip(first.last())
                .map(|(a, b)| (dims[*a], dims[*b])),
        ),
        axis(&EXIT_TIME, &options(saved)?, shown),
    );
    for (colour, (pair, rows)) in pairs.iter().enumerate() {
        let fit = Fit::of(saved, colour);
        let label = match &fit {
            Some(fit) => format!("{pair}: {}", words(fit.law)),
            None => pair.clone(),
        };
        let points = rows.iter().map(|row| (dims[*row], times[*row]));
        let runs = Curve::new(label, points.collect(), CurveStyle::Points);
        panel = panel.with_curve(runs.with_colour(colour));
        let law = Curve::new("", fit.map_or_else(Vec::new, Fit::drawn), CurveStyle::Line);
        panel = panel.with_curve(law.with_colour(colour));
    }
    let has_law = panel.curves.iter().any(|curve| {
        curve.style == CurveStyle::Line && curve.points.iter().any(|point| point.1.is_some())
    });
    if !has_law {
        panel.title = "exit time".to_owned();
    }
    Ok(Figure::new(vec![panel], 1).with_provenance(saved.caption()))
}

/// The dimensions, with room for the markers at the ends.
fn dimensions(ends: Option<(f64, f64)>) -> Axis {
    const ROOM: f64 = 0.03;
    let axis = Axis::log("dimension d");
    match ends {
        Some((first, last)) if first < last => {
            let room = (last / first).powf(ROOM);
            axis.with_range(first / room, last * room)
        }
        _ => axis,
    }
}

/// A law in words, as in `d¹·⁰⁰⁰`.
fn words(law: Law) -> String {
    match law {
        Law::Constant { time } => format!("constant {}", significant(time, 4)),
        Law::Logarithmic { slope, .. } => format!("{} ln d", significant(slope, 4)),
        Law::Power { exponent, .. } => format!("d{}", raised(exponent)),
        Law::Undecided => "undecided".to_owned(),
        Law::Never => "no exit".to_owned(),
    }
}

/// A law, and the range it was fitted to.
#[derive(Clone, Copy)]
struct Fit {
    law: Law,
    range: Option<(f64, f64)>,
}

impl Fit {
    fn of(saved: &Saved, curve: usize) -> Option<Self> {
        let fit = saved.fact("fits")?.get(curve)?;
        Some(Self {
            law: serde_json::from_value(fit.clone()).ok()?,
            range: fit["from"].as_f64().zip(fit["to"].as_f64()),
        })
    }

    /// The law over its range.
    fn drawn(self) -> Vec<(f64, Option<f64>)> {
        let Some((from, to)) = self.range else {
            return Vec::new();
        };
        let dim = |i: usize| from * (to / from).powf(i as f64 / (DRAWN - 1) as f64);
        (0..DRAWN).map(|i| (dim(i), self.law.at(dim(i)))).collect()
    }
}

/// A number in small raised digits, to three decimals.
fn raised(number: f64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let letters = format!("{number:.3}");
    let raised = letters.chars().map(|letter| match letter {
        '-' => '⁻',
        '.' => '·',
        digit => digit
            .to_digit(10)
            .map_or(digit, |digit| DIGITS[digit as usize]),
    });
    raised.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn exponents_are_raised() {
        assert_eq!(super::raised(0.5), "⁰·⁵⁰⁰");
        assert_eq!(super::raised(-1.25), "⁻¹·²⁵⁰");
    }
}
