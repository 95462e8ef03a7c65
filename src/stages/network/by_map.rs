//! A stage of a history of networks by the finite-step map.

use super::course::{Look, NetworkInstant};
use super::student::NetworkStudent;
use crate::stages::by_map::{ByMap, Stepped};
use crate::stages::staged::StageRun;
use crate::stages::{Reason, StageError};
use crate::trajectory::Wanted;
use crate::trajectory::network::Halt;

impl Stepped for Look<'_> {
    fn start(&self) -> Vec<f64> {
        self.system.start()
    }

    fn step(&self, size: f64, state: &[f64], next: &mut [f64]) {
        self.system.step(state, size, next);
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.system.loss(state)
    }

    fn met(&self, state: &[f64]) -> Option<Reason> {
        let until = &self.stage.until;
        if until
            .excess
            .is_some_and(|excess| self.loss(state) <= excess)
        {
            return Some(Reason::Excess);
        }
        let least = until.alignment;
        let least = least.filter(|least| self.system.cosine(state) >= *least);
        least.map(|_| Reason::Alignment)
    }
}

impl Look<'_> {
    /// What the flow gives, by the map.
    pub(super) fn by_map(
        &self,
        wanted: Wanted<'_>,
    ) -> Result<(StageRun<NetworkInstant>, NetworkStudent), StageError> {
        let by_map = ByMap {
            map: self,
            scaling: &self.stage.setup.scaling,
            until: &self.stage.until,
            cancel: self.tolerances.cancel,
        };
        let (run, state) = by_map.run(wanted, |t, state| self.instant(t, state))?;
        let setup = &self.stage.setup;
        Halt::of(&setup.model, &*self.system, setup.noise_error).noise_error(&state)?;
        Ok((run, self.left(&state)))
    }
}
