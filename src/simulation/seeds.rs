//! The seeds of an ensemble, as written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::SimulationError;
use crate::numeral::plain;
use crate::storage::require_memory;

/// Most seeds of one ensemble.
const MOST: u64 = 10_000_000;

/// Distinct seeds in ascending order: `64` is 0 to 63, `3,5,8` a list (`7,` a list of one),
/// `10:19` a range with both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Written")]
pub struct Seeds {
    numbers: Vec<u64>,
    text: String,
}

impl Seeds {
    /// The seeds.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }
}

/// 64 seeds: 0 to 63.
impl Default for Seeds {
    fn default() -> Self {
        Self {
            numbers: (0..64).collect(),
            text: "64".to_owned(),
        }
    }
}

/// How many, or text; anything else is refused in the words of a text that is none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Count(u64),
    Text(String),
    Other(serde_json::Value),
}

impl TryFrom<Written> for Seeds {
    type Error = SimulationError;

    fn try_from(written: Written) -> Result<Self, SimulationError> {
        match written {
            Written::Count(count) => count.to_string().parse(),
            Written::Text(text) => text.parse(),
            Written::Other(other) => Err(SimulationError::Seeds {
                text: other.as_f64().map_or_else(|| other.to_string(), plain),
            }),
        }
    }
}

impl From<Seeds> for String {
    fn from(seeds: Seeds) -> Self {
        seeds.text
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Seeds {
    type Err = SimulationError;

    fn from_str(text: &str) -> Result<Self, SimulationError> {
        let text = text.trim();
        let refuse = || SimulationError::Seeds {
            // The comma that makes a list of one is not part of what was meant.
            text: text.strip_suffix(',').unwrap_or(text).to_owned(),
        };
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| refuse());
        let range = |from: u64, to: u64| {
            if from <= to && to - from < MOST {
                // The seeds, and the copies that reading options and a simulation make of them.
                let needed = 64.0 * (to - from + 1) as f64;
                require_memory(format!("seeds = {text}"), needed, "ask for fewer seeds")?;
                Ok((from..=to).collect::<Vec<u64>>())
            } else {
                Err(refuse())
            }
        };
        let mut numbers = if let Some((from, to)) = text.split_once(':') {
            range(number(from)?, number(to)?)?
        } else if text.contains(',') {
            let list = text.strip_suffix(',').unwrap_or(text);
            list.split(',').map(number).collect::<Result<_, _>>()?
        } else {
            range(0, number(text)?.checked_sub(1).ok_or_else(refuse)?)?
        };
        numbers.sort_unstable();
        if let Some(twice) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            let (text, seed) = (text.to_owned(), twice[0]);
            return Err(SimulationError::Repeated { text, seed });
        }
        Ok(Self {
            numbers,
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lists_and_ranges() {
        let numbers = |text: &str| text.parse::<Seeds>().map(|s| s.numbers().to_vec()).ok();
        assert_eq!(numbers("3"), Some(vec![0, 1, 2]));
        assert_eq!(numbers("7,"), Some(vec![7]));
        assert_eq!(numbers("8, 3,5"), Some(vec![3, 5, 8]));
        let twice = "8, 3,5,3".parse::<Seeds>().unwrap_err().to_string();
        assert!(
            twice.starts_with("seeds = 8, 3,5,3 is not allowed: 3"),
            "{twice}"
        );
        assert_eq!(numbers("10:12"), Some(vec![10, 11, 12]));
        for text in [
            "0",
            "",
            "-1",
            "3.5",
            "5:4",
            "a",
            "1,,2",
            "0:99999999999",
            "1:2:3",
        ] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_count_and_no_text_is_refused_by_its_value() {
        for value in ["-1", "1.5", "true"] {
            let refused = serde_json::from_str::<Seeds>(value).unwrap_err();
            let said = format!("seeds = '{value}' is not understood: give how many");
            assert!(refused.to_string().starts_with(&said), "{refused}");
        }
    }
}
