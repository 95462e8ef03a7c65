//! How well the averages of a map are known.

use super::diagram::{PairMemory, PhaseMap};
use crate::search::SearchPhase;
use crate::trajectory::solve;

impl PhaseMap {
    /// The largest relative error to expect of `A`, `B` and `tau` ([`SearchPhase::relative_error`]) in the middle and
    /// at the corners of the map, and the place in words; `None` where no problem there has a search phase.
    ///
    /// The links decide whether averages can be resolved, and the error changes slowly over a map, while an
    /// estimate takes longer than a cell: away from the target's direction some milliseconds.
    pub fn imprecision(&self) -> Option<(f64, String)> {
        let mut memory = PairMemory::default();
        let found = self.looked().filter_map(|place| {
            let phase = self.at(&place, &mut memory, |p| SearchPhase::estimated(p.problem));
            let error = phase.ok()??.relative_error();
            Some((error, self.place(&place)))
        });
        found.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The largest relative error to expect of the averages at the exits and ends of runs ([`Run::imprecision`]) at the
    /// same places; `None` where the value needs no run.
    ///
    /// [`Run::imprecision`]: crate::trajectory::Run::imprecision
    pub fn imprecision_of_runs(&self) -> Option<(f64, String)> {
        if self.is_network || !self.value().runs() {
            return None;
        }
        let mut memory = PairMemory::default();
        let found = self.looked().filter_map(|place| {
            let run = self.at(&place, &mut memory, |p| solve(p.problem, p.tolerances));
            // One that fails is a cell that fails, with its reason.
            Some((run.ok()?.ok()?.imprecision, self.place(&place)))
        });
        found.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Coordinates of the corners and of the middle.
    fn looked(&self) -> impl Iterator<Item = Vec<f64>> {
        let ends = |i: usize, corner: usize| {
            let values = self.axes()[i].values();
            let last = values.len() - 1;
            values[if corner >> i & 1 == 1 { last } else { 0 }]
        };
        let count = self.axes().len();
        let corner = |corner| (0..count).map(|i| ends(i, corner)).collect::<Vec<f64>>();
        let middle = self.axes().iter().map(|a| a.values()[a.values().len() / 2]);
        let corners: Vec<Vec<f64>> = (0..1_usize << count).map(corner).collect();
        corners.into_iter().chain([middle.collect()])
    }
}
