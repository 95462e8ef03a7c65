//! An optimum in words.

use super::OptimumReport;
use crate::phase::OptimumGoal;
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, least_at, significant};

pub(super) fn goal_in_words(goal: OptimumGoal) -> &'static str {
    match goal {
        OptimumGoal::Exit => "time to the exit",
        OptimumGoal::Learn => "time to learn",
    }
}

pub(super) fn summary(of: &OptimumReport) -> String {
    let Some(optimum) = &of.optimum else {
        return format!("{}: {}\n", of.model.label(), goal_in_words(of.goal));
    };
    let factor = of.time_factor;
    let digits = |usual: usize| digits_at(&of.origin.parameters, usual);
    let compared = |name: &str, other: Option<f64>| match other {
        Some(other) => format!(
            "{name:<13} {}  ({} times the optimum's)\n",
            significant(other * factor, digits(9)),
            significant(other / optimum.value, digits(5))
        ),
        None => format!("{name:<13} never\n"),
    };
    format!(
        "{}: {}, in {}\nbest mu       {}\nvalue         {}\n{}{}",
        of.model.label(),
        goal_in_words(of.goal),
        plain_unit(&of.options),
        match optimum.is_at_end {
            true => significant(optimum.mu, 8),
            false => least_at(optimum.mu, 8, 1.0, &of.origin.parameters),
        } + match (optimum.is_at_end, optimum.reached < optimum.curve.len()) {
            (true, _) => "  (the end of the range: the time may fall further)",
            (_, true) => "  (among the strengths that have a time)",
            _ => "",
        },
        significant(optimum.value * factor, digits(10)),
        compared("at mu = 0", optimum.value_at_zero),
        compared(
            &format!("at mu = {}", optimum.near_one.0),
            optimum.near_one.1
        )
    )
}
