//! Work that can be gone on with after it was broken off.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Study, Work};
use crate::error::Error;
use crate::shard::Shard;
use crate::watch::Watch;

/// Work whose finished pieces can be kept and taken up by a later run of the same settings, which then
/// comes to the same bytes as a run in one piece.
pub trait Resumable: Work {
    /// What is finished, as it is kept: numbers in it are finite.
    type State: Default + Serialize + DeserializeOwned;

    /// What tells it from other work, whose state is not for it.
    fn made(&self) -> Value;

    /// What is finished or half way, at any time; `None` while that is nothing.
    fn state(&self) -> Option<Self::State>;

    /// Takes up what an earlier run had finished, before the work goes on; what is here already stays.
    ///
    /// # Errors
    /// When the state is not of this work.
    fn resume(&mut self, state: Self::State) -> Result<(), Error>;
}

/// Work whose items can be done on many machines, a part on each, and joined.
pub trait Shared: Resumable {
    /// What one item is called.
    const ITEMS: &'static str;

    /// All settings, which the joined work is made of.
    fn settings(&self) -> Value;

    /// Does the items of a part that are not finished. What belongs to all of them is left to
    /// [`advance`](Work::advance), which finds them finished.
    ///
    /// # Errors
    /// As [`advance`](Work::advance).
    fn advance_part(&self, shard: Shard, progress: &dyn Watch) -> Result<(), Error>;

    /// How many items of a part are finished, and how many there are.
    fn progress(&self, shard: Shard) -> (usize, usize);
}

/// Version, command and settings: what tells work from other work.
pub(crate) fn made<S: Study + Serialize>(settings: &S) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "command": S::NAME,
        "settings": settings,
    })
}
