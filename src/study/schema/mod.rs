//! What the files of results hold: one description of every column, from which the key `schema` of files and the page
//! docs/files.md are made.

mod columns;
mod described;
mod grids;
mod network;
mod page;
mod runs;
mod sgd;
mod table_of;
mod train;
mod train_network;

use serde_json::{Value, json};

pub use described::Described;
pub use grids::{DERIVE, KERNEL, LINK, LINKS, PHASE};
pub use network::{
    COMPARE_NETWORK, SEARCH_NETWORK, SEEDS_NETWORK, SIMULATE_NETWORK, SOLVE_NETWORK, SOLVE_NETWORKS,
};
pub use page::page;
pub use runs::{OPTIMUM, SCALING, SEARCH, SOLVE, SOLVE_STRENGTHS};
pub use sgd::{COMPARE, EXITS, SEEDS, SIMULATE};
pub use table_of::TableOf;
pub use train::{OPTIMUM_OF_HISTORY, OPTIMUM_OF_NETWORK_HISTORY, TRAIN, TRAIN_SEEDS, TRAIN_SGD};
pub use train_network::{TRAIN_NETWORK, TRAIN_NETWORK_SEEDS, TRAIN_NETWORK_SGD};

use super::parameters::parameters;
use crate::output::{Column, LatticeAxis, Table, value_column};

/// Version of the layout of files.
pub const VERSION: u64 = 1;

/// All tables.
pub static TABLES: [&TableOf; 28] = [
    &SOLVE,
    &SOLVE_STRENGTHS,
    &SOLVE_NETWORK,
    &SOLVE_NETWORKS,
    &TRAIN,
    &TRAIN_SGD,
    &TRAIN_SEEDS,
    &TRAIN_NETWORK,
    &TRAIN_NETWORK_SGD,
    &TRAIN_NETWORK_SEEDS,
    &SEARCH,
    &SEARCH_NETWORK,
    &SIMULATE,
    &SEEDS,
    &SIMULATE_NETWORK,
    &SEEDS_NETWORK,
    &COMPARE,
    &COMPARE_NETWORK,
    &EXITS,
    &PHASE,
    &OPTIMUM,
    &OPTIMUM_OF_HISTORY,
    &OPTIMUM_OF_NETWORK_HISTORY,
    &SCALING,
    &KERNEL,
    &LINK,
    &LINKS,
    &DERIVE,
];

/// A table whose metadata say what its columns are.
pub(crate) fn with_schema(mut table: Table, of: &TableOf) -> Table {
    let names = table
        .columns
        .iter()
        .map(|column| (column.name(), column.kind()));
    table.metadata["schema"] = schema(of, names, &table.metadata);
    table
}

/// The key `schema` in JSON: that of its table, with those of further ones.
pub(crate) fn of_tables(table: Table, more: Vec<Table>) -> Value {
    let mut schema = table.metadata["schema"].clone();
    let more: Vec<Value> = more
        .into_iter()
        .map(|one| one.metadata["schema"].clone())
        .collect();
    if !more.is_empty() {
        schema["more"] = json!(more);
    }
    schema
}

/// The schema of a map.
pub(crate) fn of_map(axes: &[LatticeAxis<'_>], value: &str, made: &Value) -> Value {
    let axes: Vec<Column> = axes.iter().map(LatticeAxis::column).collect();
    let mut columns: Vec<(&str, &str)> =
        axes.iter().map(|axis| (axis.name(), axis.kind())).collect();
    columns.extend([
        (value_column(value), "real"),
        ("outcome", "text"),
        ("solved", "boolean"),
    ]);
    let mut schema = schema(&PHASE, columns.into_iter(), made);
    // The place of an axis, of a value, and of as many indices as there are axes.
    let indices = ["[i]", "[j]", "[k]"];
    let matrix: String = indices[..axes.len()].iter().rev().copied().collect();
    let names = ["x.values[i]", "y.values[j]", "z.values[k]"];
    let mut places: Vec<String> = names[..axes.len()]
        .iter()
        .map(|at| (*at).to_owned())
        .collect();
    places.extend(["value.matrix", "outcome", "solved"].map(|at| at.to_owned() + &matrix));
    let columns = schema["columns"].as_array_mut().into_iter().flatten();
    for (column, at) in columns.zip(places) {
        column["at"] = json!(at);
    }
    schema
}

fn schema<'a>(
    of: &TableOf,
    columns: impl Iterator<Item = (&'a str, &'a str)>,
    made: &Value,
) -> Value {
    let known = (of.columns)();
    let time = unit_of_time(made);
    let entry = |(name, kind): (&str, &str)| {
        let one = known.iter().find(|one| one.name == name).cloned();
        let one = one.unwrap_or_else(|| varying(of, name));
        let mut entry = json!({
            "name": name,
            "symbol": one.symbol,
            "unit": one.unit.replace("time", &time),
            "meaning": one.meaning,
            "type": kind,
            "at": one.at,
        });
        if !one.null.is_empty() {
            let words = one
                .null
                .iter()
                .map(|(key, word)| ((*key).to_owned(), json!(word)));
            entry["null"] = Value::Object(words.collect());
        }
        entry
    };
    let columns: Vec<Value> = columns.map(entry).collect();
    json!({ "version": VERSION, "table": of.name, "columns": columns })
}

/// Whether a table has columns of this kind, beside those of its list: an entry of a matrix.
pub(crate) fn is_entry(of: &TableOf, name: &str) -> bool {
    network::entry(of, name).is_some()
}

/// A column that depends on what was asked for: a value of a map, a parameter, a letter of the links.
fn varying(of: &TableOf, name: &str) -> Described {
    let value = grids::values()
        .find(|value| value.name == name || name == "outcome_code" && value.name == "outcome");
    if let Some(value) = value.filter(|_| of.name == PHASE.name) {
        return value;
    }
    let networks = [
        &TRAIN_NETWORK,
        &TRAIN_NETWORK_SGD,
        &TRAIN_NETWORK_SEEDS,
        &OPTIMUM_OF_NETWORK_HISTORY,
    ];
    if networks.iter().any(|one| one.name == of.name) {
        return train_network::entry(of, name);
    }
    if of.study == TRAIN.study || of.name == OPTIMUM_OF_HISTORY.name {
        return train::by_task(of, name);
    }
    if let Some(entry) = network::entry(of, name) {
        return entry;
    }
    let one = parameters(of.study)
        .into_iter()
        .find(|one| one.name.replace('-', "_") == name);
    let described = match one {
        Some(one) => Described::from(&one),
        None => Described::real(name, "", "value of this letter in the links").symbol(name),
    };
    described.at(format!("curves[i].{name}"))
}

/// The unit of times, as far as the parameters say.
fn unit_of_time(made: &Value) -> String {
    let parameters = &made["parameters"];
    let unit = parameters["time"].as_str().unwrap_or("t");
    match parameters["hermite-time"] == json!(true) {
        true => format!("{unit} * E[sigma'^2]"),
        false => unit.to_owned(),
    }
}
