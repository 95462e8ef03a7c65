//! The table of a search of networks.

use serde_json::Value;

use super::words::outcome;
use crate::observable::run::EXIT_TIME;
use crate::observable::search_phase::{GROWTH_RATE, TAU};
use crate::output::{Column, Table};
use crate::study::provenance::with_parameters;
use crate::study::rows::Rows;
use crate::study::schema::{SEARCH_NETWORK, with_schema};
use crate::sweep::{NetworkCurve, NetworkPoint};

/// A list of numbers of a point.
type List = fn(&NetworkPoint) -> &[f64];

/// One row per point; rates and singular values are numbered.
pub(super) fn table(curves: &[NetworkCurve], metadata: Value) -> Table {
    let rows = Rows::of(curves, |c: &NetworkCurve| &c.points);
    let mut table = Table::new(metadata)
        .text("teacher", rows.text(|c, _| c.teacher.clone()))
        .text("student", rows.text(|c, _| c.student.clone()))
        .numbers("mu", rows.numbers(|_, p| p.mu));
    let also = curves.iter().find_map(|c| c.also.as_ref());
    if let Some(also) = also {
        let values = rows.numbers(|c, _| c.also.as_ref().map(|also| also.value));
        let name = also.key.replace('-', "_");
        table = match also.is_whole {
            true => table.with(Column::of_whole(name, &values)),
            false => table.numbers(name, values),
        };
    }
    table = rows.with_numbers(
        table,
        &[
            (GROWTH_RATE.name, |p| p.growth_rate),
            (TAU.name, |p| p.tau),
            ("loss", |p| p.loss),
            (EXIT_TIME.name, |p| p.exit_time),
        ],
    );
    table = table.text("outcome", rows.text(|_, p| outcome(p).to_owned()));
    if rows.any(|p: &NetworkPoint| p.failure.is_some()) {
        let failures = rows.text(|_, p| p.failure.clone().unwrap_or_default());
        table = table.text("failure", failures);
    }
    let lists: [(&str, List); 2] = [
        ("growth_rate", |p| &p.growth_rates),
        ("gradient_singular_value", |p| &p.gradient_singular_values),
    ];
    for (name, list) in lists {
        let points = curves.iter().flat_map(|c| &c.points);
        let longest = points.map(|p| list(p).len()).max().unwrap_or(0);
        for k in 0..longest {
            let values = rows.numbers(|_, p| list(p).get(k).copied());
            table = table.numbers(format!("{name}_{}", k + 1), values);
        }
    }
    let mut left_out = vec!["teacher", "student", "mu", "also"];
    left_out.extend(also.map(|also| also.key.as_str()));
    with_schema(with_parameters(table, "search", &left_out), &SEARCH_NETWORK)
}
