//! What a simulation needs of the machine's memory, asked before anything is allocated.

use super::error::SimulationError;
use super::student::Footprint;
use super::{Method, Settings};
use crate::numeral::counted;
use crate::storage::require_memory;

/// Bytes of one recorded step in averages, tables and JSON, measured, for each of a record.
const STEP: f64 = 28.0;

/// Refuses a simulation that would not fit.
pub(super) fn check(
    footprint: Footprint,
    dim: f64,
    settings: &Settings,
) -> Result<(), SimulationError> {
    let seeds = settings.seeds.numbers().len() as f64;
    let records = settings.schedule.count(settings.steps) as f64;
    let needed = (seeds + STEP) * records * footprint.record;
    let what = format!(
        "keeping {} of {}",
        counted(records, "record"),
        counted(seeds, "seed")
    );
    let advice = "ask for fewer with --records or --every, or for fewer seeds";
    require_memory(what, needed, advice)?;
    if settings.method == Method::Full {
        let at_once = seeds.min(rayon::current_num_threads() as f64);
        let needed = at_once * footprint.vectors * 8.0 * dim;
        let runs = counted(at_once, "run");
        let what = format!("the full method at dim = {dim} with {runs} at once");
        let advice = "use --method=projected, the same law at any dimension";
        require_memory(what, needed, advice)?;
    }
    Ok(())
}
