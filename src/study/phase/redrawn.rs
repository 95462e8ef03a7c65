//! The figure of a map that was saved.

use serde_json::Value;

use super::{Finished, Phase, figure};
use crate::error::Error;
use crate::output::{Column, Figure, value_column};
use crate::phase::{Boundary, Cell, MemoryCells, OUTCOMES, PhaseMap, Refinement};
use crate::study::command_words::given;
use crate::study::read::Saved;
use crate::study::saved::column;

/// As the study drew it; the lines across it are kept in JSON alone.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let parameters = Value::Object(given("phase", &saved.command));
    let map = Phase::from_parameters(&parameters)?.map()?;
    let cells = cells(saved, &map)?;
    let inferred = cells.iter().filter(|cell| cell.inferred).count() as u64;
    let refined = parameters["refine"] == Value::Bool(true) && inferred > 0;
    let refinement = refined.then(|| Refinement {
        inferred,
        solved: cells.len() as u64 - inferred,
        ..Refinement::default()
    });
    let finished = Finished {
        map: &map,
        file: &MemoryCells::from(cells),
        parameters: &parameters,
        refinement,
    };
    figure(&finished, &lines(saved)?)
}

/// The cells, x running fastest.
fn cells(saved: &Saved, map: &PhaseMap) -> Result<Vec<Cell>, Error> {
    let table = saved.table();
    let values = column(table, value_column(map.value().number.name));
    let words = saved.words("outcome");
    let solved = table.columns.iter().find_map(|one| match one {
        Column::Truths { name, values } if name == "solved" => Some(values),
        _ => None,
    });
    let whole = |length: usize| length as u64 == map.cells();
    let (Some(values), Some(solved)) = (values, solved) else {
        return Err(not_whole(saved));
    };
    if ![values.len(), words.len(), solved.len()]
        .into_iter()
        .all(whole)
    {
        return Err(not_whole(saved));
    }
    let cell = |(value, (word, solved)): (Option<f64>, (String, &bool))| {
        let outcome = OUTCOMES.into_iter().find(|one| one.word() == word);
        Ok(Cell {
            value: value.filter(|value| value.is_finite()),
            infinite: value.is_some_and(f64::is_infinite),
            outcome: outcome.ok_or_else(|| not_whole(saved))?,
            inferred: !solved,
            near_miss: false,
        })
    };
    let rows = values.into_iter().zip(words.into_iter().zip(solved));
    rows.map(cell).collect()
}

fn not_whole(saved: &Saved) -> Error {
    Error::Setting(format!(
        "the map of `{}` is not whole, and not drawn as one: name columns with --x and --y, or a cut with --cut",
        saved.command
    ))
}

/// The lines across the map.
fn lines(saved: &Saved) -> Result<Vec<Boundary>, Error> {
    let known = saved.fact("boundaries").cloned().unwrap_or_default();
    let known = if known.is_null() {
        Value::Array(Vec::new())
    } else {
        known
    };
    serde_json::from_value(known).map_err(|error| {
        Error::Setting(format!(
            "the lines of `{}` are not understood: {error}",
            saved.command
        ))
    })
}
