//! What stands on an axis of a column.

use crate::observable::{Observable, of_ensembles, run, search_phase};
use crate::output::Table;
use crate::study::axes::STRENGTH;

/// Words, symbol and unit of a column, as an axis shows them: `search time τ [t = η · steps]`.
///
/// ```
/// use lorode::study::{Report, Study, plot::label, search::Search};
///
/// let mut search = Search::default();
/// (search.problem.link, search.problem.mu) = (vec!["erf".into()], Some("0.5".parse()?));
/// let table = search.run(&lorode::watch::Cancel::default())?.table();
/// assert_eq!(label(&table, "tau"), "search time τ [t = η · steps]");
/// assert_eq!(label(&table, "mu"), "pre-training strength μ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn label(table: &Table, name: &str) -> String {
    let columns = table.metadata["schema"]["columns"].as_array();
    let entry = columns
        .into_iter()
        .flatten()
        .find(|entry| entry["name"] == name);
    let text = |key: &str| {
        entry
            .and_then(|entry| entry[key].as_str())
            .unwrap_or_default()
    };
    let words = match (number(name), name, text("symbol")) {
        (Some(number), ..) => number.label.to_owned(),
        (None, "mu", _) => STRENGTH.to_owned(),
        (None, "t", _) => "time".to_owned(),
        (None, "dim", _) => "dimension d".to_owned(),
        (None, _, symbol) if symbol.is_empty() || symbol == name => name.replace('_', " "),
        (None, _, symbol) => format!("{} {symbol}", name.replace('_', " ")),
    };
    match text("unit") {
        "" => words,
        "t" => format!("{words} [t = η · steps]"),
        "steps" => format!("{words} [SGD steps]"),
        unit => format!("{words} [{unit}]"),
    }
}

/// A number that people plot, by the name of its column.
fn number(name: &str) -> Option<&'static Observable> {
    let of_runs = run::ALL.iter().chain(search_phase::ALL).copied();
    of_ensembles().chain(of_runs).find(|one| one.name == name)
}
