//! Letters in link expressions: `c*he1 + he3` with a value, or an axis of a phase diagram, for `c`.

use super::Link;
use super::error::{LinkError, quote};
use super::table_file::file_of;
use crate::numeral::plain;

impl Link {
    /// The link of an expression with values for its letters: `c*he1 + he3` with `c` = 0.5.
    ///
    /// ```
    /// use lorode::link::Link;
    ///
    /// let mix = Link::with_letters("c*he1 + he3", &[("c", 0.5)])?;
    /// assert_eq!((mix.name(), mix.value(2.0)), ("(0.5)*he1 + he3", 3.0));
    /// assert!(Link::with_letters("erf", &[("c", 0.5)]).is_err());
    /// # Ok::<(), lorode::link::LinkError>(())
    /// ```
    ///
    /// # Errors
    /// [`LinkError::Setting`] for a letter that does not stand in the text, or a value that is not finite; and what
    /// [`Link::parse`] refuses.
    pub fn with_letters(text: &str, letters: &[(&str, f64)]) -> Result<Self, LinkError> {
        let mut filled = text.to_owned();
        for &(letter, value) in letters {
            let refused = |allowed| LinkError::Setting {
                argument: letter.to_owned(),
                value: plain(value),
                allowed,
            };
            if !value.is_finite() {
                return Err(refused("a letter has a finite number".to_owned()));
            }
            let absent = || refused(format!("'{}' has no such letter", quote(text, 0)));
            filled = substitute(&filled, letter, value).ok_or_else(absent)?;
        }
        Self::parse(&filled)
    }
}

/// The text with every free-standing `letter` replaced by a number; `None` when there is none, as in
/// the name of a file.
pub(crate) fn substitute(text: &str, letter: &str, value: f64) -> Option<String> {
    renamed(text, letter, &format!("({value:?})"))
}

/// The same with a text in the place of the letter.
pub(super) fn renamed(text: &str, letter: &str, by: &str) -> Option<String> {
    if file_of(text).is_some() {
        return None;
    }
    let mut result = String::with_capacity(text.len() + 24);
    let mut found = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word: usize = if first.is_alphabetic() {
            let end = |c: char| !(c.is_alphanumeric() || c == '_');
            rest.find(end).unwrap_or(rest.len())
        } else if first.is_ascii_digit() {
            // The e of 1e-3 is no letter.
            number_length(rest)
        } else {
            first.len_utf8()
        };
        let (here, later) = rest.split_at(word);
        if here == letter {
            found = true;
            result.push_str(by);
        } else {
            result.push_str(here);
        }
        rest = later;
    }
    found.then_some(result)
}

/// Length of the number at the start of a text.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes
            .get(at)
            .is_some_and(|b| b.is_ascii_digit() || *b == b'.')
        {
            at += 1;
        }
        at
    };
    let mantissa = digits(0);
    if !matches!(bytes.get(mantissa), Some(b'e' | b'E')) {
        return mantissa;
    }
    let sign = usize::from(matches!(bytes.get(mantissa + 1), Some(b'+' | b'-')));
    let exponent = digits(mantissa + 1 + sign);
    if exponent > mantissa + 1 + sign {
        exponent
    } else {
        mantissa
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_that_stand_alone_are_replaced() {
        let with = |text: &str, letter: &str| substitute(text, letter, 0.5);
        assert_eq!(with("c*he1 + he3", "c").unwrap(), "(0.5)*he1 + he3");
        assert_eq!(with("tanh(a*x)+a", "a").unwrap(), "tanh((0.5)*x)+(0.5)");
        assert_eq!(with("1e-3*x + e*relu", "e").unwrap(), "1e-3*x + (0.5)*relu");
        assert_eq!(with("cos(x)", "c"), None);
        assert_eq!(with("table:c.csv", "c"), None);
        assert_eq!(with("2c*x", "c").unwrap(), "2(0.5)*x");
        assert_eq!(substitute("c*x", "c", -1e-7).unwrap(), "(-1e-7)*x");
    }
}
