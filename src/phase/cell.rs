//! One cell of a phase diagram.

use serde::Serialize;

use crate::trajectory::Outcome;

/// How the computation of a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellOutcome {
    /// The run learned.
    Learned,
    /// It ended at a fixed point with excess loss that is not the noise's.
    Trapped,
    /// Time ran out.
    Unfinished,
    /// It left the search phase; it was not followed further.
    Exited,
    /// The value needs no run.
    Static,
    /// A run failed.
    Failed,
    /// The run learned down to its noise.
    NoiseFloor,
    /// A network that has left the search phase is at rest with a loss that is not the noise's.
    Rest,
    /// It left the search phase where the alignment only just reaches the threshold: its time is less precise than asked.
    Grazed,
}

/// All outcomes, in the order of their codes, from 1; 0 is a cell that was not computed.
pub const OUTCOMES: [CellOutcome; 9] = [
    CellOutcome::Learned,
    CellOutcome::Trapped,
    CellOutcome::Unfinished,
    CellOutcome::Exited,
    CellOutcome::Static,
    CellOutcome::Failed,
    CellOutcome::NoiseFloor,
    CellOutcome::Rest,
    CellOutcome::Grazed,
];

/// Added to the code of a cell that was inferred from other cells.
const INFERRED: u8 = 0x80;
/// Added to the code of a cell whose run had a near miss.
const NEAR_MISS: u8 = 0x40;

impl CellOutcome {
    /// The word used in data files.
    pub fn word(self) -> &'static str {
        match self {
            CellOutcome::Learned => "learned",
            CellOutcome::Trapped => "trapped",
            CellOutcome::Unfinished => "unfinished",
            CellOutcome::Exited => "exited",
            CellOutcome::Static => "static",
            CellOutcome::Failed => "failed",
            CellOutcome::NoiseFloor => "noise-floor",
            CellOutcome::Rest => "rest",
            CellOutcome::Grazed => "grazed",
        }
    }

    /// Its number, 1 to 9: the value of a map of outcomes.
    pub fn code(self) -> u8 {
        1 + self as u8
    }
}

impl From<Outcome> for CellOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Learned => CellOutcome::Learned,
            Outcome::NoiseFloor => CellOutcome::NoiseFloor,
            Outcome::Trapped => CellOutcome::Trapped,
            Outcome::Rest => CellOutcome::Rest,
            Outcome::Unfinished => CellOutcome::Unfinished,
        }
    }
}

/// The value of a cell, if it has one, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The value; `None` where there is none (never exited, infinite, failed).
    pub value: Option<f64>,
    /// Whether there is no value because it is infinite.
    pub infinite: bool,
    /// How it ended.
    pub outcome: CellOutcome,
    /// Whether it was inferred from other cells: filled in (`--refine`), or interpolated along its row.
    pub inferred: bool,
    /// Whether its run had a [near miss](crate::trajectory::Run::near_miss): the value may jump right beside it.
    pub near_miss: bool,
}

/// Bytes of a cell in a file.
pub(super) const CELL_BYTES: usize = 9;

impl Cell {
    pub(super) fn new(value: Option<f64>, outcome: CellOutcome) -> Self {
        Self {
            value: value.filter(|v| v.is_finite()),
            infinite: false,
            outcome,
            inferred: false,
            near_miss: false,
        }
    }

    /// A cell whose value may be infinite.
    pub(super) fn infinite_too(value: Option<f64>, outcome: CellOutcome) -> Self {
        Self {
            infinite: value == Some(f64::INFINITY),
            ..Self::new(value, outcome)
        }
    }

    pub(super) fn to_bytes(self) -> [u8; CELL_BYTES] {
        let mut bytes = [0; CELL_BYTES];
        let none = if self.infinite {
            f64::INFINITY
        } else {
            f64::NAN
        };
        bytes[..8].copy_from_slice(&self.value.unwrap_or(none).to_le_bytes());
        let inferred = if self.inferred { INFERRED } else { 0 };
        let near_miss = if self.near_miss { NEAR_MISS } else { 0 };
        bytes[8] = self.outcome.code() | inferred | near_miss;
        bytes
    }

    /// `None` for a cell that was not computed, or no cell at all.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (value, code) = bytes.split_at_checked(8)?;
        let code = *code.first()?;
        let index = (code & !(INFERRED | NEAR_MISS)).checked_sub(1)?;
        let value = f64::from_le_bytes(value.try_into().ok()?);
        Some(Self {
            value: value.is_finite().then_some(value),
            infinite: value == f64::INFINITY,
            outcome: *OUTCOMES.get(usize::from(index))?,
            inferred: code & INFERRED != 0,
            near_miss: code & NEAR_MISS != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back() {
        for outcome in OUTCOMES {
            for value in [None, Some(0.0), Some(-1.5e300)] {
                for (inferred, infinite) in [(false, value.is_none()), (true, false)] {
                    let cell = Cell {
                        value,
                        infinite,
                        outcome,
                        inferred,
                        near_miss: !inferred,
                    };
                    assert_eq!(Cell::from_bytes(&cell.to_bytes()), Some(cell));
                }
            }
        }
        assert_eq!(Cell::from_bytes(&[0; CELL_BYTES]), None);
        assert_eq!(Cell::from_bytes(&[10; CELL_BYTES]), None);
    }
}
