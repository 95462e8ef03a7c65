//! How a number stands in a sentence, and in JSON.

use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// A number as people write it, with the digits that tell it from its neighbours (at most 17):
/// `0.5`, `1000`, `1e-6`, `1e300`.
pub fn plain(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-4..1e15).contains(&size) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// How many of what: `1 seed`, `2 seeds`.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// A real number in JSON, where it may be missing (null) or infinite (the text "inf" or "-inf"; JSON has no such number).
pub fn json_number(value: Option<f64>) -> Value {
    match value {
        Some(value) if value.is_infinite() => json!(plain(value)),
        other => json!(other),
    }
}

/// [`json_number`] for a field of a struct.
pub fn infinite_too<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    json_number(*value).serialize(serializer)
}

/// What [`infinite_too`] wrote.
///
/// # Errors
/// When it is neither a number nor `"inf"`, `"-inf"` or null.
pub fn infinite_back<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let refuse = || serde::de::Error::custom("neither a number nor \"inf\"");
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| refuse()),
        other => other.as_f64().map(Some).ok_or_else(refuse),
    }
}

/// A whole number in JSON: an integer, as far as 64 bits hold it.
pub fn json_whole(value: f64) -> Value {
    match value >= 0.0 && value < u64::MAX as f64 && value.fract() == 0.0 {
        true => json!(value as u64),
        false => json!(value),
    }
}

/// [`json_whole`] for a field of a struct.
pub fn whole<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    json_whole(*value).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_json() {
        let all = [
            None,
            Some(1.0),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
        ];
        let texts = all.map(|value| json_number(value).to_string());
        assert_eq!(texts, ["null", "1.0", "\"inf\"", "\"-inf\""]);
        let back: Vec<Option<f64>> = texts
            .iter()
            .map(|text| infinite_back(&mut serde_json::Deserializer::from_str(text)).unwrap())
            .collect();
        assert_eq!(back, all);
        let texts = [1e6, 2e19].map(|value| json_whole(value).to_string());
        assert_eq!(texts, ["1000000", "2e+19"]);
    }

    #[test]
    fn one_has_no_ending() {
        let texts = [0, 1, 2].map(|count: u64| counted(count, "seed"));
        assert_eq!(texts, ["0 seeds", "1 seed", "2 seeds"]);
        assert_eq!(counted(1.0, "run"), "1 run");
    }

    #[test]
    fn at_most_seventeen_digits() {
        for (value, text) in [
            (0.5, "0.5"),
            (-1000.0, "-1000"),
            (0.0, "0"),
            (1e-6, "1e-6"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123_456_789_012_345.67, "123456789012345.67"),
            (-1.234_567_890_123_456_7e-5, "-1.2345678901234568e-5"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(plain(value), text);
        }
    }
}
