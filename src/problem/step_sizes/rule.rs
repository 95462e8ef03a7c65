//! Rules of step sizes as they are written.

use std::f64::consts::PI;

use crate::link::{Function, substitute};

/// The letter of the number of the step in expressions.
const STEP: &str = "step";

/// A factor of the step size as a function of the number of steps done, `s >= 0`.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// 1.
    Constant,
    /// `steps(s1: f1, s2: f2, ...)`: 1 up to `s1`, then `f1`, from `s2` on `f2`.
    Steps(Vec<(f64, f64)>),
    /// `1/t(n)`: `1/(1 + s/n)`.
    Inverse(f64),
    /// `cosine(n, floor)`: `floor + (1 - floor) (1 + cos(pi s/n))/2` up to `n`, then `floor`.
    Cosine { steps: f64, floor: f64 },
    /// `warmup(n)`: `s/n` up to `n`, then 1.
    WarmUp(f64),
    /// An expression in `step`.
    Expression(Function),
}

/// Reads rules that multiply each other; a sentence says what is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Rule>, String> {
    let (mut rules, mut rest) = (Vec::new(), text.trim());
    loop {
        let Some((rule, after)) = named(rest)? else {
            rules.push(expression(rest)?);
            return Ok(rules);
        };
        rules.push(rule);
        let after = after.trim_start();
        if after.is_empty() {
            return Ok(rules);
        }
        rest = after
            .strip_prefix('*')
            .ok_or("rules can be multiplied, as in warmup(500) * cosine(10000), and nothing else")?
            .trim_start();
    }
}

/// The rule with a name that a text begins with, and what follows it.
fn named(text: &str) -> Result<Option<(Rule, &str)>, String> {
    if let Some(after) = text.strip_prefix("constant") {
        return Ok(Some((Rule::Constant, after)));
    }
    for name in ["steps", "1/t", "cosine", "warmup"] {
        let opened = text.strip_prefix(name).map(str::trim_start);
        let Some(inside) = opened.and_then(|rest| rest.strip_prefix('(')) else {
            continue;
        };
        let (inside, after) = inside
            .split_once(')')
            .ok_or(format!("{name}( is never closed"))?;
        return Ok(Some((with_numbers(name, inside)?, after)));
    }
    Ok(None)
}

fn with_numbers(name: &str, inside: &str) -> Result<Rule, String> {
    if name == "steps" {
        return list(inside);
    }
    let numbers: Vec<f64> = inside.split(',').map(number).collect::<Result<_, _>>()?;
    let (steps, floor) = match (numbers.as_slice(), name) {
        ([steps], _) => (*steps, 0.0),
        ([steps, floor], "cosine") => (*steps, *floor),
        _ => {
            return Err(format!(
                "{name} takes one number, the steps, as in {name}(1000)"
            ));
        }
    };
    if !(steps >= 1.0 && (0.0..=1.0).contains(&floor)) {
        return Err(format!(
            "{name}({inside}) is not allowed: at least one step{}",
            if name == "cosine" {
                ", and a floor in [0, 1]"
            } else {
                ""
            }
        ));
    }
    Ok(match name {
        "1/t" => Rule::Inverse(steps),
        "cosine" => Rule::Cosine { steps, floor },
        _ => Rule::WarmUp(steps),
    })
}

/// `1000: 0.1, 5000: 0.01`.
fn list(inside: &str) -> Result<Rule, String> {
    let pair = |text: &str| {
        let (step, factor) = text.split_once(':').ok_or(
            "steps takes pairs of a step and a factor, as in steps(1000: 0.1, 5000: 0.01)",
        )?;
        Ok::<_, String>((number(step)?, number(factor)?))
    };
    let all: Vec<(f64, f64)> = inside.split(',').map(pair).collect::<Result<_, _>>()?;
    let whole = |(step, factor): &(f64, f64)| *step >= 0.0 && step.fract() == 0.0 && *factor >= 0.0;
    if !(all.iter().all(whole) && all.windows(2).all(|two| two[0].0 < two[1].0)) {
        return Err(format!(
            "steps({inside}) is not allowed: whole steps that ascend, and factors >= 0"
        ));
    }
    Ok(Rule::Steps(all))
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|x: &f64| x.is_finite());
    number.ok_or(format!("'{}' is not a finite number", text.trim()))
}

fn expression(text: &str) -> Result<Rule, String> {
    if substitute(text, "x", 0.0).is_some() {
        return Err("the number of the step is called step, not x".to_owned());
    }
    let read = Function::parse(text, STEP);
    read.map(Rule::Expression).map_err(|error| {
        format!(
            "{error} (step stands as x there); rules are constant, steps(1000: 0.1), 1/t(100), cosine(10000, 0.1), \
             warmup(500), products of these, and expressions in step such as 1/sqrt(1 + step/100)"
        )
    })
}

impl Rule {
    /// The factor after `s` steps.
    pub(super) fn factor(&self, s: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Steps(all) => {
                let after = all.partition_point(|(step, _)| *step <= s);
                after.checked_sub(1).map_or(1.0, |last| all[last].1)
            }
            Self::Inverse(steps) => 1.0 / (1.0 + s / steps),
            Self::Cosine { steps, floor } if s >= *steps => *floor,
            Self::Cosine { steps, floor } => {
                // The square keeps the digits of what is left at the end.
                let half = (0.5 * PI * s / steps).cos();
                floor + (1.0 - floor) * half * half
            }
            Self::WarmUp(steps) => (s / steps).min(1.0),
            Self::Expression(function) => function.value(s),
        }
    }

    /// Steps between which the factor is as smooth as it is.
    pub(super) fn breaks(&self) -> Vec<f64> {
        match self {
            Self::Steps(all) => all.iter().map(|(step, _)| *step).collect(),
            Self::Cosine { steps, .. } | Self::WarmUp(steps) => vec![*steps],
            Self::Constant | Self::Inverse(_) | Self::Expression(_) => Vec::new(),
        }
    }

    /// The factor from a step on, up to the next break, where it stays the same.
    pub(super) fn constant_from(&self, s: f64) -> Option<f64> {
        match self {
            Self::Constant | Self::Steps(_) => Some(self.factor(s)),
            Self::Cosine { steps, .. } | Self::WarmUp(steps) => {
                (s >= *steps).then(|| self.factor(s))
            }
            Self::Inverse(_) => None,
            Self::Expression(function) => function.constant(),
        }
    }
}
