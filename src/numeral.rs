//! How a number stands in a sentence.

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

#[cfg(test)]
mod tests {
    use super::*;

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
