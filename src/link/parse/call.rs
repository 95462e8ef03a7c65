//! Built-in links called: which arguments are parameters, and what the call means.

use super::Parser;
use crate::link::builtin::{BuiltinLink, Maker};
use crate::link::error::{LinkError, quote};
use crate::link::expression::Expr;
use crate::link::token::Placed;
use crate::link::written::written;

impl Parser<'_> {
    /// A built-in link, its name read.
    pub(super) fn builtin(
        &mut self,
        word: &Placed,
        entry: &BuiltinLink,
        digits: &str,
    ) -> Result<Expr, LinkError> {
        let bad = || LinkError::BadParameter {
            function: entry.name.to_owned(),
            column: word.column,
            usage: entry.parameters.to_owned(),
        };
        let arguments = self.arguments()?.unwrap_or_default();
        match entry.maker {
            Maker::Fixed(make) => {
                let (g, _) = self.sorted(word, arguments, &[])?.ok_or_else(bad)?;
                Ok(Expr::call(make(), g))
            }
            Maker::Parameter { default, make } => {
                let (g, values) = self.sorted(word, arguments, &[default])?.ok_or_else(bad)?;
                Ok(Expr::call(make(values[0]), g))
            }
            Maker::Written { text, parameters } => {
                let defaults: Vec<f64> = parameters.iter().map(|(_, value)| *value).collect();
                let (g, values) = self.sorted(word, arguments, &defaults)?.ok_or_else(bad)?;
                let letters = parameters.iter().map(|(letter, _)| *letter);
                written(text, letters.zip(values), &g).map_err(|_| bad())
            }
            Maker::Index { max, make } => {
                let index = digits
                    .parse()
                    .ok()
                    .filter(|index| (1..=max).contains(index));
                let index = index.ok_or_else(|| LinkError::IndexOutOfRange {
                    name: quote(&word.typed, 0),
                    column: word.column,
                    stem: entry.name.to_owned(),
                    max,
                })?;
                let (g, _) = self.sorted(word, arguments, &[])?.ok_or_else(bad)?;
                Ok(Expr::call(make(index), g))
            }
        }
    }

    /// The argument, `x` where there is none, and the parameters: constants alone are the parameters,
    /// an expression alone is the argument. `None` where a parameter is no finite number.
    fn sorted(
        &self,
        word: &Placed,
        mut arguments: Vec<Expr>,
        defaults: &[f64],
    ) -> Result<Option<(Expr, Vec<f64>)>, LinkError> {
        let (count, found) = (defaults.len(), arguments.len());
        let constant = |a: &Expr| a.constant().is_some();
        let bare = found == count && (count != 1 || arguments.iter().all(constant));
        if found == 0 || bare {
            arguments.insert(0, Expr::x());
        } else if found != 1 && found != count + 1 {
            let expected = match count {
                0 => "1 argument".to_owned(),
                1 => "1 or 2 arguments".to_owned(),
                _ => format!("1, {count} or {} arguments", count + 1),
            };
            return Err(self.wrong_count(word, &expected, found));
        }
        let g = arguments.remove(0);
        if arguments.is_empty() {
            return Ok(Some((g, defaults.to_vec())));
        }
        let finite = |a: &Expr| a.constant().filter(|value| value.is_finite());
        let values: Option<Vec<f64>> = arguments.iter().map(finite).collect();
        Ok(values.map(|values| (g, values)))
    }
}
