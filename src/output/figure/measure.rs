//! Lengths and colours as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A length on paper, as in `3.375in`, `8.6cm`, `86mm`, `243pt`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Length {
    number: f64,
    /// Its place in [`UNITS`].
    unit: usize,
}

/// Units with their points; 72 points are an inch.
const UNITS: [(&str, f64); 4] = [
    ("in", 72.0),
    ("cm", 72.0 / 2.54),
    ("mm", 72.0 / 25.4),
    ("pt", 1.0),
];

/// A text that is no length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no length: give a positive number with its unit, as in 3.375in, 8.6cm, 86mm or 243pt"
)]
pub struct LengthError(String);

impl Length {
    pub(super) const fn inches(number: f64) -> Self {
        Self { number, unit: 0 }
    }

    pub(super) const fn centimetres(number: f64) -> Self {
        Self { number, unit: 1 }
    }

    /// In points, 72 to an inch.
    pub fn points(self) -> f64 {
        self.number * UNITS[self.unit].1
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || LengthError(text.to_owned());
        let found = UNITS.iter().enumerate().find_map(|(unit, (name, _))| {
            let number = text.trim().strip_suffix(name)?;
            Some((number.trim().parse::<f64>(), unit))
        });
        match found {
            Some((Ok(number), unit)) if number > 0.0 && number.is_finite() => {
                Ok(Self { number, unit })
            }
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, UNITS[self.unit].0)
    }
}

/// Red, green and blue, written `#0072b2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A text that is no colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no colour: give six digits in base 16, as in #0072b2")]
pub struct RgbError(String);

impl FromStr for Rgb {
    type Err = RgbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || RgbError(text.to_owned());
        let digits = text.strip_prefix('#').ok_or_else(refused)?;
        let is_hex = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).map_err(|_| refused())?;
        let [_, r, g, b] = number.to_be_bytes();
        is_hex.then_some(Self(r, g, b)).ok_or_else(refused)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Serde reads and writes these as they are shown.
macro_rules! as_text {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

as_text!(Length, LengthError);
as_text!(Rgb, RgbError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        for (text, points) in [
            ("3.375in", 243.0),
            ("2.54 cm", 72.0),
            ("25.4mm", 72.0),
            ("10pt", 10.0),
        ] {
            let length: Length = text.parse().unwrap();
            assert!((length.points() - points).abs() < 1e-9, "{text}");
            assert_eq!(length.to_string().parse::<Length>(), Ok(length));
        }
        for text in ["", "3", "in", "-1in", "NaNin", "infcm", "3em"] {
            let error = text.parse::<Length>().unwrap_err().to_string();
            assert!(error.contains("3.375in"), "{error}");
        }
    }

    #[test]
    fn colours_have_six_digits() {
        assert_eq!("#0072B2".parse(), Ok(Rgb(0, 0x72, 0xb2)));
        assert_eq!(Rgb(0, 0x72, 0xb2).to_string(), "#0072b2");
        for text in ["0072b2", "#0072b", "#+072b2", "#gggggg", "#ééé"] {
            assert!(text.parse::<Rgb>().is_err(), "{text}");
        }
    }
}
