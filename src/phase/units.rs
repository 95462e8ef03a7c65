//! Parts of a map, in units of work.

use crate::shard::Shard;

/// Cells of a unit of work.
pub(super) const UNIT: u64 = 512;

impl Shard {
    /// The units of this part, of `units` in all: every `count`-th.
    pub(super) fn units(self, units: u64) -> impl Iterator<Item = u64> {
        (self.index - 1..units).step_by(usize::try_from(self.count).unwrap_or(usize::MAX))
    }

    /// Cells of this part, of `cells` in all.
    pub(super) fn cells(self, cells: u64) -> u64 {
        let units = cells.div_ceil(UNIT);
        if units < self.index {
            return 0;
        }
        let own = (units - self.index) / self.count + 1;
        // Only the last unit of the map may be short.
        let is_last = (units - self.index).is_multiple_of(self.count);
        own * UNIT - if is_last { units * UNIT - cells } else { 0 }
    }
}
