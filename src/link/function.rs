//! Functions of one number that are no links: read as links are, without what averages ask of one.

use super::compiled::Tape;
use super::error::LinkError;
use super::letter::renamed;
use super::parse;

/// An expression in one letter, of any values.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    tape: Tape,
    constant: Option<f64>,
}

impl Function {
    /// Reads an expression in `letter`; where the text has it, it stands for the argument, not for a link of its name.
    ///
    /// # Errors
    /// [`LinkError`] when the text cannot be read.
    pub(crate) fn parse(text: &str, letter: &str) -> Result<Self, LinkError> {
        let in_x = renamed(text, letter, "x").unwrap_or_else(|| text.to_owned());
        let expr = parse::parse(in_x.trim())?.expr;
        Ok(Self {
            tape: Tape::compile(&expr),
            constant: expr.constant(),
        })
    }

    /// Its value; not finite where it has none.
    pub(crate) fn value(&self, at: f64) -> f64 {
        self.tape.value(at)
    }

    /// The value of one that does not depend on its argument.
    pub(crate) fn constant(&self) -> Option<f64> {
        self.constant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_the_argument() {
        let of = |text: &str| Function::parse(text, "step");
        let decay = of("1/sqrt(1 + step/100)").unwrap();
        assert!((decay.value(300.0) - 0.5).abs() < 1e-15);
        assert_eq!(decay.constant(), None);
        assert_eq!(of("0.25*2").unwrap().constant(), Some(0.5));
        assert!(of("1/step").unwrap().value(0.0).is_infinite());
        assert!(of("1 - step").unwrap().value(3.0) < 0.0, "of any sign");
        assert!(of("sqrt(").is_err() && of("1 + epoch").is_err());
    }
}
