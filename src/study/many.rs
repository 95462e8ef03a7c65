//! Curves that differ by a number: what they are called, and which of them are named.

use super::words::significant;

/// Most curves that are named: what lies between is seen by its colour.
const MOST: usize = 8;
/// Fewest of many.
const FEWEST: usize = 5;

/// Whether the curve in this place of `all` has a name in the legend: of many some that are evenly spread, with both ends.
pub(crate) fn is_named(place: usize, all: usize) -> bool {
    let last = all.saturating_sub(1);
    if last < MOST {
        return true;
    }
    let even = (FEWEST - 1..MOST)
        .rev()
        .find(|gaps| last.is_multiple_of(*gaps));
    let gaps = even.unwrap_or(MOST - 1);
    (0..=gaps).any(|k| (k * last + gaps / 2) / gaps == place)
}

/// A number and its value, without the zeros at its end.
pub(crate) fn name(number: &str, value: f64) -> String {
    let symbol = if number == "mu" { "μ" } else { number };
    let text = significant(value, 4);
    let (digits, power) = text.split_at(text.find('e').unwrap_or(text.len()));
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    format!("{symbol} = {digits}{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_curves_some_are_named_with_both_ends() {
        let named = |all: usize| -> Vec<usize> { (0..all).filter(|k| is_named(*k, all)).collect() };
        assert_eq!(named(1), [0]);
        assert_eq!(named(8).len(), 8);
        assert_eq!(named(19), [0, 3, 6, 9, 12, 15, 18]);
        for all in 9..60 {
            let named = named(all);
            assert!((FEWEST..=MOST).contains(&named.len()), "{all}");
            assert_eq!((named[0], named[named.len() - 1]), (0, all - 1));
        }
    }

    #[test]
    fn values_are_short() {
        assert_eq!(name("mu", 0.1 + 0.2), "μ = 0.3");
        assert_eq!(name("rank", 2.0), "rank = 2");
        assert_eq!(name("dim", 1e20), "dim = 1e20");
    }
}
