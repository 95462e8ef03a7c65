//! The closed system of a network with indices (docs/theory.md, section 5), as a document.

mod pair;
mod sections;

pub(super) use pair::Pair;

use crate::link::Link;
use crate::problem::ProblemError;
use crate::problem::network::NetworkProblem;

use super::derive::check_steps;
use super::document::Document;
use crate::search::network::network_search;

/// Times of the search that a run is shown for.
const SEARCHES: f64 = 20.0;

/// The closed ODEs of a network.
#[derive(Clone, Debug)]
pub struct NetworkDerivation {
    /// The network.
    pub problem: NetworkProblem,
    /// Averages of teacher with student.
    pub(super) cross: Pair,
    /// Averages of the student with itself.
    pub(super) own: Pair,
}

impl NetworkDerivation {
    /// Of a network.
    ///
    /// # Errors
    /// The finite-step map, which has no ODEs, and step sizes that change.
    pub fn new(problem: NetworkProblem) -> Result<Self, ProblemError> {
        check_steps(problem.setup().dynamics, &problem.setup().scaling)?;
        let (teacher, student) = (problem.model().teacher(), problem.model().student());
        Ok(Self {
            cross: Pair::of(teacher, student),
            own: Pair::of(student, student),
            problem,
        })
    }

    /// Whether both averages have a closed form at all variances.
    pub fn is_exact(&self) -> bool {
        ![&self.cross, &self.own].contains(&&Pair::General)
    }

    /// The derivation written out.
    pub fn document(&self) -> Document {
        sections::document(self)
    }

    /// A time after which a run has come to something: 20 times that of its search.
    pub(super) fn time(&self) -> f64 {
        let phase = network_search(&self.problem).ok().flatten();
        let tau = phase.and_then(|phase| phase.tau);
        SEARCHES * tau.unwrap_or(1.0)
    }

    pub(super) fn links(&self) -> [&Link; 2] {
        [
            self.problem.model().teacher(),
            self.problem.model().student(),
        ]
    }
}
