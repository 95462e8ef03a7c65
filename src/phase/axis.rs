//! The axes of a phase diagram: any number that a problem has.

use std::str::FromStr;

use super::error::PhaseError;
use crate::link::substitute;
use crate::problem::{Grid, ProblemOptions};

/// How a number of the problem is varied.
#[derive(Clone, Copy)]
pub struct AxisKind {
    /// Its name, that of the flag.
    pub name: &'static str,
    /// For the axis of a figure: words, symbol, unit.
    pub label: &'static str,
    /// The option that it is.
    of: fn(&ProblemOptions) -> &Option<Grid>,
    /// The same, to put a value there.
    of_mut: fn(&mut ProblemOptions) -> &mut Option<Grid>,
    /// Whether it is a whole number.
    whole: bool,
}

/// An axis whose option is a field of [`ProblemOptions`].
macro_rules! option_axis {
    ($name:literal, $label:literal, $field:ident) => {
        AxisKind {
            name: $name,
            label: $label,
            of: |options| &options.$field,
            of_mut: |options| &mut options.$field,
            whole: false,
        }
    };
}

/// The registry: every axis beside the coefficients of link expressions.
pub const AXES: &[AxisKind] = &[
    option_axis!("mu", "pre-training strength μ", mu),
    option_axis!("angle", "angle between w₀ and ω* [degrees]", angle),
    option_axis!("rho", "pre-training overlap ρ", rho),
    option_axis!("kappa", "pre-training self-overlap κ", kappa),
    option_axis!("gap", "1 − μ of aligned pre-training", gap),
    option_axis!("nu", "SGD noise ν = η d / B", nu),
    option_axis!("noise", "label noise Δ", noise),
    option_axis!("lr", "step size η", lr),
    AxisKind {
        whole: true,
        ..option_axis!("batch", "batch size B", batch)
    },
    AxisKind {
        whole: true,
        ..option_axis!("dim", "input dimension d", dim)
    },
    option_axis!("threshold", "exit threshold |⟨v, ω*⟩|", threshold),
    option_axis!("chi", "step ratio χ", chi),
    option_axis!("decay", "weight decay λ", decay),
    option_axis!("alignment0", "initial alignment a₀", alignment0),
    option_axis!("u0", "initial amplitude u₀", u0),
    AxisKind {
        whole: true,
        ..option_axis!("units", "student units K", units)
    },
    AxisKind {
        whole: true,
        ..option_axis!("teacher-units", "teacher units K⋆", teacher_units)
    },
    option_axis!(
        "teacher-overlap",
        "overlap of teacher units",
        teacher_overlap
    ),
    AxisKind {
        whole: true,
        ..option_axis!("rank", "rank r", rank)
    },
];

impl AxisKind {
    fn set(&self, options: &mut ProblemOptions, value: f64) {
        // Whole numbers also where a line is followed between grid points.
        let value = if self.whole { value.round() } else { value };
        *(self.of_mut)(options) = Some(value.into());
    }
}

/// What an axis varies.
#[derive(Clone)]
pub(super) enum Target {
    /// A number of the problem.
    Option(&'static AxisKind),
    /// A letter in the link expressions.
    Coefficient(String),
}

/// Values of one number.
#[derive(Clone)]
pub struct Axis {
    pub(super) target: Target,
    grid: Grid,
}

impl Axis {
    /// Its name, that of the flag or the letter.
    pub fn name(&self) -> &str {
        match &self.target {
            Target::Option(kind) => kind.name,
            Target::Coefficient(letter) => letter,
        }
    }

    /// For the axis of a figure.
    pub fn label(&self) -> String {
        match &self.target {
            Target::Option(kind) => kind.label.to_owned(),
            Target::Coefficient(letter) => format!("coefficient {letter}"),
        }
    }

    /// Whether its values are whole numbers by nature.
    pub fn is_whole(&self) -> bool {
        matches!(self.target, Target::Option(kind) if kind.whole)
    }

    /// Its values, ascending.
    pub fn values(&self) -> &[f64] {
        self.grid.values()
    }

    /// Options with one of its values, a letter among them.
    pub(crate) fn with_value(&self, options: &ProblemOptions, value: f64) -> ProblemOptions {
        let mut options = options.clone();
        match &self.target {
            Target::Option(kind) => kind.set(&mut options, value),
            Target::Coefficient(letter) => options.set.push(format!("{letter}={value}")),
        }
        options
    }

    /// Puts a value into options; a coefficient is no option.
    pub(super) fn apply(&self, options: &mut ProblemOptions, value: f64) {
        if let Target::Option(kind) = &self.target {
            kind.set(options, value);
        }
    }

    /// Whether its values make networks of these options.
    pub(super) fn of_networks(&self, options: &ProblemOptions) -> bool {
        let mut options = options.clone();
        if let Target::Option(kind) = &self.target {
            *(kind.of_mut)(&mut options) = Some(self.grid.clone());
        }
        options.is_network()
    }

    /// Whether the options fix what the axis varies.
    pub(crate) fn is_fixed(&self, options: &ProblemOptions) -> bool {
        matches!(&self.target, Target::Option(kind) if (kind.of)(options).is_some())
    }

    /// The grids in options beside that of mu: one axis for each number that has several values.
    ///
    /// # Errors
    /// When values do not ascend.
    pub(crate) fn beside_mu(options: &ProblemOptions) -> Result<Vec<Self>, PhaseError> {
        let several = |kind: &'static AxisKind| {
            let grid = (kind.of)(options).as_ref();
            let grid = grid.filter(|grid| grid.single().is_none())?;
            Some(Self::new(Target::Option(kind), grid.clone()))
        };
        let others = AXES.iter().filter(|kind| kind.name != "mu");
        others.filter_map(several).collect()
    }

    fn new(target: Target, grid: Grid) -> Result<Self, PhaseError> {
        let mut axis = Self { target, grid };
        // Whole also where a grid is even in the logarithm.
        if axis.is_whole() {
            let mut whole: Vec<f64> = axis.values().iter().map(|v| v.round()).collect();
            whole.dedup();
            axis.grid = Grid::new(whole).map_err(|error| PhaseError::Grid {
                axis: axis.name().to_owned(),
                error: Box::new(error),
            })?;
        }
        for pair in axis.values().windows(2) {
            // Written so that equal values are refused as well.
            if pair[1] <= pair[0] {
                return Err(PhaseError::Order {
                    axis: axis.name().to_owned(),
                    before: pair[0],
                    after: pair[1],
                });
            }
        }
        Ok(axis)
    }
}

impl FromStr for Axis {
    type Err = PhaseError;

    fn from_str(text: &str) -> Result<Self, PhaseError> {
        let refuse = || PhaseError::Axis {
            text: text.to_owned(),
            names: AXES.iter().map(|kind| kind.name).collect(),
        };
        let (name, grid) = text.split_once('=').ok_or_else(refuse)?;
        let name = name.trim().replace('_', "-");
        let name = if name == "eta" { "lr" } else { &name };
        let target = match AXES.iter().find(|kind| kind.name == name) {
            Some(kind) => Target::Option(kind),
            None if is_letter(name) => Target::Coefficient(name.to_owned()),
            None => return Err(refuse()),
        };
        let grid: Grid = grid.parse().map_err(|error| PhaseError::Grid {
            axis: name.to_owned(),
            error: Box::new(error),
        })?;
        Self::new(target, grid)
    }
}

/// No axis twice, none that an option fixes, and every letter stands in a link.
pub(super) fn check_axes(
    axes: &[Axis],
    options: &ProblemOptions,
    texts: &(String, String),
) -> Result<(), PhaseError> {
    for (i, axis) in axes.iter().enumerate() {
        if axes[..i].iter().any(|other| other.name() == axis.name()) {
            return Err(PhaseError::Twice {
                axis: axis.name().to_owned(),
            });
        }
        if axis.is_fixed(options) {
            return Err(PhaseError::Fixed {
                axis: axis.name().to_owned(),
            });
        }
    }
    // A letter must stand in a link; which number it is there does not matter yet.
    for axis in axes {
        if let Target::Coefficient(letter) = &axis.target {
            let both = [&texts.0, &texts.1];
            if both
                .iter()
                .all(|t| options.own(t).is_some() || substitute(t, letter, 1.0).is_none())
            {
                return Err(PhaseError::Absent {
                    axis: letter.clone(),
                    reason: format!(
                        "no link has the letter '{letter}', as in --link='{letter}*he1 + he3'"
                    ),
                });
            }
        }
    }
    Ok(())
}

/// A coefficient is one letter, but for `x`.
fn is_letter(name: &str) -> bool {
    let mut letters = name.chars();
    matches!((letters.next(), letters.next()), (Some(c), None) if c.is_ascii_lowercase() && c != 'x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_read() {
        let axis: Axis = "dim=log:100:1e6:5".parse().unwrap();
        assert_eq!((axis.name(), axis.values().len()), ("dim", 5));
        assert_eq!("eta=0.1,0.2".parse::<Axis>().unwrap().name(), "lr");
        assert_eq!("c=0:2:3".parse::<Axis>().unwrap().name(), "c");
        for text in [
            "mu",
            "mo=0:1:3",
            "x=0:1:3",
            "mu=1:0:3",
            "mu=",
            "mu=0.1,0.1",
            "=1",
        ] {
            assert!(text.parse::<Axis>().is_err(), "{text}");
        }
    }
}
