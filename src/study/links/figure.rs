//! A link with its slope, and the weight of each Hermite order.

use super::{LinkFacts, SHOWN, ZERO};
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale};

/// The link with its slope, and the weight of each Hermite order.
pub(super) fn figure(facts: &LinkFacts) -> Figure {
    const HALF: i32 = 200;
    let link = &facts.link;
    let axis = |label: &str, scale| Axis {
        label: label.to_owned(),
        scale,
        range: None,
    };
    let xs = || (-HALF..=HALF).map(|i| 4.0 * f64::from(i) / f64::from(HALF));
    let values = xs().map(|x| (x, Some(link.value(x)))).collect();
    let slopes = xs().map(|x| (x, Some(link.derivative(x)))).collect();
    let kinks = link.breaks().iter().filter(|b| b.at.abs() < 4.0);
    let mut factorial = 1.0;
    let mut shares = Vec::new();
    for (k, a) in facts.coefficients.iter().enumerate().take(SHOWN + 8) {
        factorial *= (k as f64).max(1.0);
        let share = a * a * factorial / facts.norm2;
        shares.push((k as f64, (share > ZERO * ZERO).then_some(share)));
    }
    Figure {
        columns: 2,
        panels: vec![
            Panel {
                title: format!("(a) {link}"),
                x: axis("x", Scale::Linear),
                y: axis("σ(x), σ′(x)", Scale::Linear),
                curves: vec![
                    Curve::new("σ", values, CurveStyle::Line),
                    Curve::new("σ′", slopes, CurveStyle::Dashed),
                ],
                field: None,
                marks: kinks
                    .map(|b| Mark::Vertical {
                        at: b.at,
                        label: String::new(),
                        colour: None,
                    })
                    .collect(),
            },
            Panel {
                title: "(b) weight of each Hermite order".to_owned(),
                x: axis("order k", Scale::Linear),
                y: axis("share k! aₖ² / E[σ²]", Scale::Log),
                curves: vec![Curve::new("", shares, CurveStyle::Points)],
                field: None,
                marks: Vec::new(),
            },
        ],
        provenance: format!(
            "lorode links '{}', lorode {}",
            link.name(),
            env!("CARGO_PKG_VERSION")
        ),
    }
}
