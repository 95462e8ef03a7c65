//! How the seeds of a kind of history are told.

use super::super::HistoryOptions;
use super::super::stages::Told;
use super::figure;
use crate::error::Error;
use crate::stages::network::NetworkHistory;
use crate::stages::{BySgd, History};
use crate::study::saved::Drawing;
use crate::study::schema::{
    TRAIN_NETWORK_SEEDS, TRAIN_NETWORK_SGD, TRAIN_SEEDS, TRAIN_SGD, TableOf,
};

/// A history that SGD goes through, and its tables and figure.
pub trait ToldOfSeeds: BySgd + Told {
    /// The columns of the averages over seeds.
    const SEEDS_TABLE: &'static TableOf;
    /// Those of every seed.
    const EACH_SEED_TABLE: &'static TableOf;
    /// Their figure.
    const SEEDS_DRAWING: Drawing;

    /// The history that is asked for, checked.
    ///
    /// # Errors
    /// A setting that is refused: which one, in which stage, what is allowed.
    fn of(options: &HistoryOptions) -> Result<Self, Error>;
}

impl ToldOfSeeds for History {
    const SEEDS_TABLE: &'static TableOf = &TRAIN_SGD;
    const EACH_SEED_TABLE: &'static TableOf = &TRAIN_SEEDS;
    const SEEDS_DRAWING: Drawing = figure::figure;

    fn of(options: &HistoryOptions) -> Result<Self, Error> {
        options.history()
    }
}

impl ToldOfSeeds for NetworkHistory {
    const SEEDS_TABLE: &'static TableOf = &TRAIN_NETWORK_SGD;
    const EACH_SEED_TABLE: &'static TableOf = &TRAIN_NETWORK_SEEDS;
    const SEEDS_DRAWING: Drawing = figure::network_figure;

    fn of(options: &HistoryOptions) -> Result<Self, Error> {
        options.network_history()
    }
}
