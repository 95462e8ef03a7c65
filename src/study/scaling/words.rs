//! The laws in words.

use std::fmt::Write;

use serde_json::Value;

use super::ScalingReport;
use crate::model::pair_label;
use crate::numeral::{counted, plain};
use crate::scaling::{FEWEST_POINTS, Law, ScalingCurve, ScalingPoint};
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, significant};
use crate::trajectory::Outcome;

pub(super) fn summary(scaled: &ScalingReport) -> String {
    let mut text = format!(
        "exit time against dimension, in {}\n\n",
        plain_unit(&scaled.options)
    );
    let label = |c: &ScalingCurve| pair_label(&c.teacher, &c.student);
    let widths = scaled.curves.iter().map(|c| label(c).chars().count());
    let width = widths.max().unwrap_or(0);
    for curve in &scaled.curves {
        let _infallible = writeln!(
            text,
            "{:width$}  {}",
            label(curve),
            in_words(curve, &scaled.origin.parameters)
        );
    }
    text
}

fn in_words(curve: &ScalingCurve, parameters: &Value) -> String {
    let fit = &curve.fit;
    let uncertainty = fit.uncertainty.unwrap_or_default();
    let (value, error) = match fit.law {
        Law::Constant { time: x }
        | Law::Logarithmic { slope: x, .. }
        | Law::Power { exponent: x, .. } => with_error(x, uncertainty, precision(parameters)),
        Law::Undecided | Law::Never => Default::default(),
    };
    let law = match fit.law {
        Law::Constant { .. } => format!("constant     t -> {value} +- {error}"),
        Law::Logarithmic { .. } => {
            format!("logarithmic  t = {value} ln d + const., slope +- {error}")
        }
        Law::Power { prefactor, .. } => format!(
            "power        t = {} d^{value}, exponent +- {error}",
            significant(prefactor, digits_at(parameters, 4))
        ),
        Law::Undecided => {
            return undecided(curve, parameters) + &left_out(curve) + &predicted(curve);
        }
        Law::Never => return never(curve) + &predicted(curve),
    };
    format!(
        "{law}{}{}{}",
        range(curve),
        left_out(curve),
        predicted(curve)
    )
}

/// What the expansion near the start says.
fn predicted(curve: &ScalingCurve) -> String {
    let Some(prediction) = &curve.predicted else {
        return String::new();
    };
    let told = match (prediction.slope, prediction.prefactor, prediction.exponent) {
        (Some(slope), ..) => format!("{} ln d", significant(slope, 9)),
        (_, Some(prefactor), Some(exponent)) => {
            format!("{} d^{exponent}", significant(prefactor, 4))
        }
        _ => prediction.law.to_owned(),
    };
    format!("; predicted: {told}")
}

/// Smallest error, relative to the value, that is printed: the times are not better than that.
fn precision(parameters: &Value) -> f64 {
    const USUAL: f64 = 1e-7;
    /// A run leaves a third of the tolerance open.
    const OPEN: f64 = 0.3;
    USUAL.max(OPEN * parameters["rtol"].as_f64().unwrap_or(0.0))
}

/// A value with the digits that its error leaves, of which the least is a share of it, and the error, rounded up.
fn with_error(value: f64, error: f64, least: f64) -> (String, String) {
    let error = error.max(least * value.abs());
    if error == 0.0 {
        return ("0".to_owned(), "0".to_owned());
    }
    let place = error.log10().floor();
    let unit = 10f64.powf(place);
    let rounded = (error / unit - 1e-9).ceil() * unit;
    if (-12.0..0.0).contains(&place) {
        let decimals = -place as usize;
        (
            format!("{value:.decimals$}"),
            format!("{rounded:.decimals$}"),
        )
    } else {
        let digits = (value.abs().max(rounded).log10().floor() - place) as usize + 1;
        (significant(value, digits), significant(rounded, 1))
    }
}

fn range(curve: &ScalingCurve) -> String {
    match (curve.fit.from, curve.fit.to) {
        (Some(from), Some(to)) => format!(
            " (d = {} to {}, {} points)",
            significant(from, 3),
            significant(to, 3),
            curve.fit.points
        ),
        _ => String::new(),
    }
}

fn undecided(curve: &ScalingCurve, parameters: &Value) -> String {
    let exits = curve.points.iter().filter_map(|p| p.exit_time);
    let exits = exits.filter(|t| *t > 0.0).count();
    if exits < FEWEST_POINTS {
        let exits = counted(exits, "run");
        return format!("undecided    too few for a law: {exits} with an exit");
    }
    let local = curve.points.iter().rev().find_map(|p| p.local_exponent);
    let local = local.map_or(String::new(), |p| {
        format!(
            ": the local exponent ends at {}",
            significant(p, digits_at(parameters, 4))
        )
    });
    format!("undecided    neither law fits{local}{}", range(curve))
}

/// Runs by their outcome, as in `21 trapped`.
fn outcomes(curve: &ScalingCurve, of: impl Fn(&ScalingPoint) -> bool) -> String {
    let counted = [
        (Some(Outcome::Learned), "learned"),
        (Some(Outcome::NoiseFloor), "at its noise floor"),
        (Some(Outcome::Trapped), "trapped"),
        (Some(Outcome::Rest), "at rest"),
        (Some(Outcome::Unfinished), "unfinished"),
        (None, "not run to the end"),
    ];
    let parts = counted.iter().filter_map(|(outcome, word)| {
        let points = curve.points.iter().filter(|p| of(p));
        let count = points.filter(|p| p.outcome == *outcome).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What became of the runs without an exit beside those with one.
fn left_out(curve: &ScalingCurve) -> String {
    let without: Vec<&ScalingPoint> = curve
        .points
        .iter()
        .filter(|p| p.exit_time.is_none())
        .collect();
    match (without.first(), without.last()) {
        (Some(first), Some(last)) => format!(
            "; {} without an exit between d = {} and {} ({})",
            without.len(),
            significant(first.dim, 3),
            significant(last.dim, 3),
            outcomes(curve, |p| p.exit_time.is_none())
        ),
        _ => String::new(),
    }
}

fn never(curve: &ScalingCurve) -> String {
    let stuck = |p: &ScalingPoint| p.u0 == Some(0.0) && p.outcome == Some(Outcome::Trapped);
    let hint = if curve.points.iter().all(stuck) {
        "; u = 0 may be a fixed point: start away from it with --u0 or --u0-exponent"
    } else if curve
        .points
        .iter()
        .any(|p| p.outcome == Some(Outcome::Unfinished))
    {
        "; a longer --t-max may show one"
    } else {
        ""
    };
    format!(
        "none         no run leaves: {}{hint}",
        outcomes(curve, |_| true)
    )
}

/// The runs that failed, and why.
pub(super) fn failures(curves: &[ScalingCurve]) -> Vec<String> {
    let of = |curve: &ScalingCurve, point: &ScalingPoint| {
        let failure = point.failure.as_ref()?;
        let links = pair_label(&curve.teacher, &curve.student);
        Some(format!("{links} at d = {}: {failure}", plain(point.dim)))
    };
    let all = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    all.filter_map(|(curve, point)| of(curve, point)).collect()
}

#[cfg(test)]
mod tests {
    use super::{precision, with_error};

    #[test]
    fn values_have_the_digits_their_errors_leave() {
        let text = |value, error| {
            let (value, error) = with_error(value, error, precision(&serde_json::json!({})));
            format!("{value} +- {error}")
        };
        assert_eq!(text(0.4974, 0.0052), "0.497 +- 0.006");
        assert_eq!(text(1.0, 3e-11), "1.0000000 +- 0.0000001");
        assert_eq!(text(22.797, 0.1), "22.8 +- 0.1");
        assert_eq!(text(123_456.0, 210.0), "1.235e5 +- 3e2");
        assert_eq!(text(0.0, 0.0), "0 +- 0");
        assert_eq!(text(1.23456e12, 2e8), "1.2346e12 +- 2e8");
        let loose = precision(&serde_json::json!({"rtol": 1e-3}));
        assert_eq!(with_error(22.797_086, 1e-9, loose).0, "22.797");
        assert_eq!(with_error(22.797_086, 1e-9, loose).1, "0.007");
    }
}
