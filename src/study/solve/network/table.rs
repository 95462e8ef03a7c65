//! The table of a network's run: a column for each entry of its matrices.

use nalgebra::DMatrix;
use serde_json::Value;

use crate::model::Model;
use crate::output::Table;
use crate::problem::Clock;
use crate::study::provenance::{signed, with_links};
use crate::study::schema::{SOLVE_NETWORK, with_schema};
use crate::trajectory::network::NetworkTrajectory;

/// The matrices of a run by their names in files; those that it has not are left out.
pub(super) fn matrices(
    run: &NetworkTrajectory,
) -> impl Iterator<Item = (&'static str, &[DMatrix<f64>])> {
    let all = [
        ("m", &run.m),
        ("q", &run.q),
        ("u", &run.u),
        ("alignment", &run.alignment),
        ("s", &run.s),
        ("c", &run.c),
    ];
    let all = all.map(|(name, matrices)| (name, matrices.as_slice()));
    all.into_iter().filter(|(_, matrices)| !matrices.is_empty())
}

pub(super) fn table(
    model: &Model,
    run: &NetworkTrajectory,
    clock: &Clock,
    metadata: Value,
) -> Table {
    let times = run.t.iter().map(|t| Some(clock.at(*t))).collect();
    let losses = run.loss.iter().copied().map(Some).collect();
    let cosines = run.cosine.iter().copied().map(Some).collect();
    let mut table = Table::new(metadata)
        .numbers("t", times)
        .numbers("loss", losses)
        .numbers("cosine", cosines);
    for (name, matrices) in matrices(run) {
        let (rows, columns) = matrices.first().map_or((0, 0), DMatrix::shape);
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let entries = matrices.iter().map(|matrix| Some(matrix[(i, j)])).collect();
            table = table.numbers(format!("{name}_{}_{}", i + 1, j + 1), entries);
        }
    }
    let units = run.readout.first().map_or(0, Vec::len);
    for i in 0..units {
        let entries = run.readout.iter().map(|readout| Some(readout[i])).collect();
        table = table.numbers(format!("readout_{}", i + 1), entries);
    }
    with_schema(signed(with_links(table, model)), &SOLVE_NETWORK)
}
