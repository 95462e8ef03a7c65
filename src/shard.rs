//! Parts of a work, for many machines, and the order in which its items are done.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// Most parts of a work.
const MOST: u64 = 1_000_000;
/// The golden section: steps of this share of a circle come evenly close to every place on it.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// A part of a work, `index` of `count`, from 1: every `count`-th item from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub index: u64,
    /// Of how many.
    pub count: u64,
}

/// A part that is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the shard '{text}' is not understood: write K/N with 1 <= K <= N, as in 3/64")]
pub struct ShardError {
    /// What was written.
    pub text: String,
}

impl Shard {
    /// The whole work.
    pub const WHOLE: Shard = Shard { index: 1, count: 1 };

    /// Whether an item, counted from 0, belongs to this part.
    pub fn holds(self, item: usize) -> bool {
        item as u64 % self.count == self.index - 1
    }

    /// The items of this part, of `all`, in an order in which any first few are spread evenly over
    /// the others: what they cost says what the rest will.
    pub fn spread(self, all: usize) -> Vec<usize> {
        let own: Vec<usize> = (0..all).filter(|item| self.holds(*item)).collect();
        let step = step(own.len());
        (0..own.len()).map(|i| own[i * step % own.len()]).collect()
    }
}

/// Holds that parts in a folder, each with its file and in the order of their numbers, are all there once.
///
/// # Errors
/// The file, or the folder, and what is wrong with it.
pub fn all_there(folder: &Path, parts: &[(Shard, &Path)]) -> Result<(), (PathBuf, String)> {
    let count = parts.first().map_or(0, |(shard, _)| shard.count);
    if let Some((shard, path)) = parts.iter().find(|(shard, _)| shard.count != count) {
        let why = format!("is a part of {}, others are of {count}", shard.count);
        return Err((path.to_path_buf(), why));
    }
    let incomplete = |what: String| Err((folder.to_owned(), format!("is not complete: {what}")));
    for ((shard, path), index) in parts.iter().zip(1..) {
        if shard.index < index {
            return incomplete(format!(
                "part {} of {count} is there twice, as '{}' too",
                shard.index,
                path.display()
            ));
        }
        if shard.index > index {
            return incomplete(format!("part {index} of {count} is missing"));
        }
    }
    let there = parts.len() as u64;
    if there < count {
        return incomplete(format!("part {} of {count} is missing", there + 1));
    }
    Ok(())
}

/// The whole number nearest above the golden section of `count` that has no divisor with it.
fn step(count: usize) -> usize {
    let divides = |a: usize, b: usize| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let from = ((count as f64 * GOLDEN) as usize).max(1);
    (from..)
        .find(|step| divides(*step, count) <= 1)
        .unwrap_or(1)
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let refuse = || ShardError {
            text: text.to_owned(),
        };
        let (index, count) = text.split_once('/').ok_or_else(refuse)?;
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| refuse());
        let (index, count) = (number(index)?, number(count)?);
        if (1..=count).contains(&index) && count <= MOST {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_in_one_part_once_and_the_first_are_spread() {
        for all in [0, 1, 2, 3, 5, 13, 89, 200, 1000] {
            let mut seen: Vec<usize> = (1..=3)
                .flat_map(|index| Shard { index, count: 3 }.spread(all))
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..all).collect::<Vec<_>>());
        }
        // A tenth of them leaves no gap of a twentieth.
        let mut first = Shard::WHOLE.spread(1000)[..100].to_vec();
        first.sort_unstable();
        let gap = first.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(gap < Some(50), "{gap:?}");
    }

    #[test]
    fn parts_are_read() {
        assert_eq!(
            "3/64".parse(),
            Ok(Shard {
                index: 3,
                count: 64
            })
        );
        for wrong in ["", "3", "0/4", "5/4", "1/2000000", "a/b", "-1/2"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert!(error.to_string().contains("K/N"), "{error}");
        }
    }
}
