//! A link with its slope, and the weight of each Hermite order.

use super::{LinkFacts, SHOWN, ZERO};
use crate::error::Error;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel};
use crate::problem::read_link;
use crate::study::read::Saved;

/// Drawn of the link itself, which is known by its name.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    const HALF: i32 = 200;
    let name: String = saved.parameter("link")?;
    let link = &read_link("link", &name)?;
    let facts = LinkFacts::of(link);
    let xs = || (-HALF..=HALF).map(|i| 4.0 * f64::from(i) / f64::from(HALF));
    let values = xs().map(|x| (x, Some(link.value(x)))).collect();
    // At a cusp it may be infinite.
    let slope = |x: f64| Some(link.derivative(x)).filter(|y| y.is_finite());
    let slopes = xs().map(|x| (x, slope(x))).collect();
    let kinks = link.breaks().iter().filter(|b| b.at.abs() < 4.0);
    let mut factorial = 1.0;
    let mut shares = Vec::new();
    for (k, a) in facts.coefficients.iter().enumerate().take(SHOWN + 8) {
        factorial *= (k as f64).max(1.0);
        let share = a * a * factorial / facts.norm2;
        shares.push((k as f64, (share > ZERO * ZERO).then_some(share)));
    }
    let (x, y) = (Axis::linear("x"), Axis::linear("σ(x), σ′(x)"));
    let mut drawn = Panel::new(format!("(a) {link}"), x, y)
        .with_curve(Curve::new("σ", values, CurveStyle::Line))
        .with_curve(Curve::new("σ′", slopes, CurveStyle::Dashed));
    drawn.marks = kinks.map(|b| Mark::vertical(b.at, "", None)).collect();
    let (x, y) = (Axis::linear("order k"), Axis::log("share k! aₖ² / E[σ²]"));
    let weights = Panel::new("(b) weight of each Hermite order", x, y).with_curve(Curve::new(
        "",
        shares,
        CurveStyle::Points,
    ));
    Ok(Figure::new(vec![drawn, weights], 2).with_provenance(saved.caption()))
}
