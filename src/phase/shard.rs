//! Parts of a map, for many machines.

use std::fmt;
use std::str::FromStr;

use super::error::PhaseError;

/// Cells of a unit of work.
pub(super) const UNIT: u64 = 512;

/// A part of a map, `index` of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub index: u64,
    /// Of how many.
    pub count: u64,
}

impl Shard {
    /// The whole map.
    pub const WHOLE: Shard = Shard { index: 1, count: 1 };

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

impl FromStr for Shard {
    type Err = PhaseError;

    fn from_str(text: &str) -> Result<Self, PhaseError> {
        let refuse = || PhaseError::Shard {
            text: text.to_owned(),
        };
        let (index, count) = text.split_once('/').ok_or_else(refuse)?;
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| refuse());
        let (index, count) = (number(index)?, number(count)?);
        if (1..=count).contains(&index) && count <= 1_000_000 {
            Ok(Self { index, count })
        } else {
            Err(refuse())
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}
