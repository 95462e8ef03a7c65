//! What is known of a seed along a history.

use serde::{Deserialize, Serialize};

use super::super::begin::Drawn;
use super::super::{Reason, StageInstant};

/// What was seen of a seed at one step of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRecord<I = StageInstant> {
    /// Step of the stage.
    pub step: u64,
    /// The student there; the loss is the population's at the seed's weights.
    #[serde(flatten)]
    pub at: I,
}

/// A stage of a seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedStage<I = StageInstant, D = Drawn> {
    /// The adapter, or the weights, that were drawn for it, if they were; as they were drawn.
    pub drawn: Option<D>,
    /// What was seen, at ascending steps, start and end among them.
    pub records: Vec<SeedRecord<I>>,
    /// Steps done.
    pub steps: u64,
    /// The limit that ended it; `None` while it goes on.
    pub reason: Option<Reason>,
}

/// A seed through all stages, as far as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedHistory<I = StageInstant, D = Drawn> {
    /// The seed.
    pub seed: u64,
    /// The stages that it has begun.
    pub stages: Vec<SeedStage<I, D>>,
    /// Why it did not come to its end, if it failed.
    pub failure: Option<String>,
}
