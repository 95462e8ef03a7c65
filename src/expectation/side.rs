//! One link of a pair with all that the general route needs to average it.

use super::gaussian::{Beside, Resolution, Rule, reach};
use super::piecewise::PiecewisePolynomial;
use crate::link::Link;

/// A link and how to integrate it.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) link: Link,
    pub(super) resolution: Resolution,
    /// The closed form of its averages, when it is a piecewise polynomial with breaks.
    pub(super) pieces: Option<PiecewisePolynomial>,
}

/// A link and two derivatives at many points.
pub(super) struct Jets {
    pub(super) value: Vec<f64>,
    pub(super) slope: Vec<f64>,
    pub(super) bend: Vec<f64>,
}

/// Nodes, weights, and the link there.
pub(super) struct Sample {
    pub(super) rule: Rule,
    pub(super) jets: Jets,
}

impl Side {
    pub(super) fn new(link: &Link) -> Self {
        Self {
            link: link.clone(),
            resolution: Resolution::of(link),
            pieces: PiecewisePolynomial::of(link),
        }
    }

    /// The link and its derivatives at `z`.
    pub(super) fn jets(&self, z: &[f64]) -> Jets {
        let block = |fill: fn(&Link, &[f64], &mut [f64])| {
            let mut out = vec![0.0; z.len()];
            fill(&self.link, z, &mut out);
            out
        };
        Jets {
            value: block(Link::values),
            slope: block(Link::derivatives),
            bend: block(Link::second_derivatives),
        }
    }

    /// A rule for Hermite projections of `sigma(scale x)`, with the link at its nodes.
    pub(super) fn sample(&self, scale: f64) -> Sample {
        let reach = reach(&self.link, scale);
        let rule = self.resolution.rule(Beside::Hermite, scale, reach, &[]);
        let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
        Sample {
            jets: self.jets(&z),
            rule,
        }
    }
}

impl Sample {
    /// `w_i f(i)` for all nodes.
    pub(super) fn weighted(&self, f: impl Fn(usize) -> f64) -> Vec<f64> {
        let terms = self.rule.w.iter().enumerate();
        terms.map(|(i, w)| w * f(i)).collect()
    }
}
