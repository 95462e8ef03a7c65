//! What a link is made of.

use std::sync::OnceLock;

use super::breaks::{self, Break};
use super::common_subexpressions::shared;
use super::compiled::Tape;
use super::error::{LinkError, quote};
use super::expression::Expr;
use super::form::{self, Form, Parity};
use super::{check, parity, powers, recognise, smooth_pieces};

/// The most operations the link and its two derivatives may need together.
const MAX_OPERATIONS: usize = 20_000;

/// Everything about a function that passed as a link.
#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: String,
    pub(super) canonical: String,
    pub(super) value: Tape,
    pub(super) first: Tape,
    pub(super) second: Tape,
    /// What the tapes were compiled from.
    pub(super) expressions: [Expr; 3],
    pub(super) breaks: Vec<Break>,
    pub(super) form: Form,
    pub(super) parity: Parity,
    /// Where a derivative above the second jumps and it is no break: edges of splines.
    pub(super) knots: Vec<f64>,
    /// The power of `|x|` that it goes like at 0 where its slope is infinite there.
    pub(super) steep: Option<f64>,
    pub(super) fit_error: Option<f64>,
    /// Whether its name has the checksum of the numbers that it is made of.
    pub(super) summed: bool,
    /// Value, slope and bend as smooth functions, one more than there are breaks; made on demand.
    pub(super) pieces: OnceLock<Vec<[Tape; 3]>>,
    pub(super) symmetries: OnceLock<[Parity; 3]>,
}

impl Inner {
    /// Everything about a function that passes as a link.
    pub(super) fn of(name: String, canonical: String, expr: &Expr) -> Result<Self, LinkError> {
        let expr = recognise::named(&shared(expr));
        let value = Tape::compile(&expr);
        let steep = check::check_value(&expr, &value, &name)?;
        let breaks = breaks::breaks(&expr, &name)?;
        if let Some(power) = steep
            && powers::read(&expr, &breaks).is_none()
        {
            return Err(check::infinite_slope(&name, 0.0, power));
        }
        let derivatives = smooth_pieces::derivatives(&expr, &breaks);
        let [first, second] = derivatives.each_ref().map(Tape::compile);
        let size = value.len() + first.len() + second.len();
        if size > MAX_OPERATIONS {
            let text = quote(&name, 0);
            return Err(LinkError::TooComplicated {
                text,
                size,
                limit: MAX_OPERATIONS,
            });
        }
        check::check_derivatives([&first, &second], &breaks, &name)?;
        let form = form::form(&expr, &breaks);
        let parity = form::parity(&form, || parity::parity(&expr, &value));
        let knots = expr.nodes().into_iter().flat_map(breaks::knots);
        let knots = knots.copied().collect();
        let [slope, bend] = derivatives;
        Ok(Self {
            name,
            canonical,
            value,
            first,
            second,
            expressions: [expr, slope, bend],
            breaks,
            form,
            parity,
            knots,
            steep,
            fit_error: None,
            summed: false,
            pieces: OnceLock::new(),
            symmetries: OnceLock::new(),
        })
    }
}
