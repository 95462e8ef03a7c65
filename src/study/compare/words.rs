//! Theory and SGD along one run, in words.

use std::fmt::Write;

use crate::comparison::Deviation;
use crate::numeral::counted;

/// The largest deviations, a line each.
pub(crate) fn deviations(all: impl Iterator<Item = (String, Deviation)>) -> String {
    let all: Vec<(String, Deviation)> = all.collect();
    let longest = all.iter().map(|(name, _)| name.chars().count()).max();
    let width = longest.map_or(12, |longest| 12.max(longest + 1));
    let mut text = format!(
        "{:<width$}largest deviation     at step   expected there    ratio    std errors\n",
        "quantity"
    );
    for (name, d) in all {
        let _written = writeln!(
            text,
            "{:<width$}{:>17.3e}{:>12}{:>17.3e}{:>9.2}{:>14.1}",
            name, d.max_abs, d.at_step, d.finite_size, d.ratio, d.max_z
        );
    }
    text
}

/// How many of all seeds were left out, if any were.
pub(super) fn left_out(all: usize, ended: usize) -> Option<String> {
    // Of measured runs nothing is left out.
    let out = all.saturating_sub(ended);
    let all = counted(all, "seed");
    (out > 0).then(|| {
        format!("{out} of {all} diverged or were not finished; the averages leave them out")
    })
}
