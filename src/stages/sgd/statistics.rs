//! Averages over the seeds of a history, stage by stage.

use super::{BySgd, HistorySgd, RunOf, SeedRecord, SeedStage};
use crate::simulation::{Summary, by_step, summarise};
use crate::stages::{Number, Reason};

/// A stage over the seeds that came to its end and did not fail; one that ended it early keeps its last values, so that
/// all rows average over the same seeds.
#[derive(Clone, Debug)]
pub struct StageStatistics {
    /// Places of these seeds.
    pub counted: Vec<usize>,
    /// How many ended by which limit.
    pub reasons: Vec<(Reason, usize)>,
    /// Steps of the rows.
    pub step: Vec<u64>,
    /// Per number of [`BySgd::numbers`] and row; `None` for a number that the stage has not.
    pub rows: Vec<(Number, Vec<Option<Summary>>)>,
    /// Per number, at the ends of the seeds.
    pub ends: Vec<(Number, Option<Summary>)>,
    /// Steps of the stage.
    pub steps: Summary,
}

impl<H: BySgd> HistorySgd<H> {
    /// The averages over the stages that some seed has come to the end of.
    pub fn statistics(&self, runs: &[RunOf<H>]) -> Vec<StageStatistics> {
        let stages = 0..self.plan.stages.len();
        stages.map_while(|stage| self.stage(runs, stage)).collect()
    }

    fn stage(&self, runs: &[RunOf<H>], stage: usize) -> Option<StageStatistics> {
        let ended = |run: &RunOf<H>| {
            run.failure.is_none()
                && run
                    .stages
                    .get(stage)
                    .is_some_and(|own| own.reason.is_some())
        };
        let places = (0..runs.len()).filter(|place| ended(&runs[*place]));
        let counted: Vec<usize> = places.collect();
        let own: Vec<&SeedStage<H::Instant, H::Drawn>> =
            counted.iter().map(|i| &runs[*i].stages[stage]).collect();
        let mut steps: Vec<f64> = own.iter().map(|one| one.steps as f64).collect();
        let steps = summarise(&mut steps)?;
        let mut reasons: Vec<(Reason, usize)> = Vec::new();
        for reason in own.iter().filter_map(|one| one.reason) {
            match reasons.iter_mut().find(|(one, _)| *one == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
        let records: Vec<&[SeedRecord<H::Instant>]> =
            own.iter().map(|one| one.records.as_slice()).collect();
        let rows = by_step(&records, self.record_steps(stage), |record| record.step);
        let last: Vec<&SeedRecord<H::Instant>> =
            records.iter().filter_map(|one| one.last()).collect();
        let summary = |number: &Number, here: &[&SeedRecord<H::Instant>]| {
            let values = here
                .iter()
                .filter_map(|record| H::value(number, &record.at));
            summarise(&mut values.collect::<Vec<f64>>())
        };
        let numbers = self.history().numbers();
        let column = |number: &Number| -> Vec<Option<Summary>> {
            rows.iter().map(|(_, here)| summary(number, here)).collect()
        };
        Some(StageStatistics {
            step: rows.iter().map(|(step, _)| *step).collect(),
            ends: numbers
                .iter()
                .map(|one| (*one, summary(one, &last)))
                .collect(),
            rows: numbers.iter().map(|one| (*one, column(one))).collect(),
            counted,
            reasons,
            steps,
        })
    }
}
