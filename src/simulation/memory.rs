//! What a simulation needs of the machine's memory, asked before anything is allocated.

use super::error::SimulationError;
use super::full::VECTORS;
use super::{Method, Settings};
use crate::problem::Problem;
use crate::storage::require_memory;

/// Bytes of one record of one seed: in the run, set aside, and in a checkpoint.
const RECORD: f64 = 250.0;
/// Bytes of one recorded step in averages, tables and JSON, measured.
const STEP: f64 = 7000.0;

/// Refuses a simulation that would not fit.
pub(super) fn check(problem: &Problem, settings: &Settings) -> Result<(), SimulationError> {
    let seeds = settings.seeds.numbers().len() as f64;
    let records = settings.schedule.count(settings.steps) as f64;
    let needed = seeds * records * RECORD + records * STEP;
    let what = format!("keeping {records} records of {seeds} seeds");
    let advice = "ask for fewer with --records or --every, or for fewer seeds";
    require_memory(what, needed, advice)?;
    if settings.method == Method::Full {
        let at_once = seeds.min(rayon::current_num_threads() as f64);
        let needed = at_once * VECTORS * 8.0 * problem.scaling().dim;
        let dim = problem.scaling().dim;
        let what = format!("the full method at dim = {dim} with {at_once} runs at once");
        let advice = "use --method projected, the same law at any dimension";
        require_memory(what, needed, advice)?;
    }
    Ok(())
}
