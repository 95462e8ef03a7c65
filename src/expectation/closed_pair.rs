//! Closed forms of a pair that lose digits where the student's weights are far from 1, with the general route there.

use std::sync::{Arc, OnceLock};

use super::aligned::AlignedClosed;
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route};
use crate::link::Link;

/// The averages of a pair of links in closed form.
pub(super) trait ClosedPair: AlignedClosed + Sized + 'static {
    /// The name of the way.
    const ROUTE: Route;

    /// `None` for pairs without this closed form.
    fn new(teacher: &Link, student: &Link) -> Option<Self>;
    /// Whether the closed form keeps its digits at this self-overlap.
    fn covers(&self, q: f64) -> bool;
    /// As [`Kernel::drift`].
    fn drift(&self, at: &Overlaps) -> Drift;
    /// As [`Kernel::noise`].
    fn noise(&self, at: &Overlaps) -> Noise;
    /// As [`Kernel::loss`].
    fn loss(&self, at: &Overlaps) -> f64;
    /// As [`Kernel::errors`].
    fn errors(&self, at: &Overlaps) -> KernelErrors;
}

/// Makes the general route of a teacher and a student.
pub(super) type General = fn(&Link, &Link) -> Arc<dyn Kernel>;

/// The closed form where it [covers](ClosedPair::covers) the self-overlap, else the general route.
#[derive(Debug)]
pub(super) struct ClosedKernel<P> {
    pub(super) pair: Arc<P>,
    pub(super) links: [Link; 2],
    general: (General, OnceLock<Arc<dyn Kernel>>),
    aligned: AlignedKernel,
}

impl<P: ClosedPair> ClosedKernel<P> {
    /// `None` for pairs without this closed form.
    pub(super) fn new(teacher: &Link, student: &Link, general: General) -> Option<Self> {
        let pair = Arc::new(P::new(teacher, student)?);
        let closed: Arc<dyn AlignedClosed> = Arc::clone(&pair) as _;
        Some(Self {
            aligned: AlignedKernel::of_closed(closed, teacher, student),
            links: [teacher.clone(), student.clone()],
            general: (general, OnceLock::new()),
            pair,
        })
    }

    fn general(&self, q: f64) -> Option<&dyn Kernel> {
        (!self.pair.covers(q)).then(|| {
            let ([teacher, student], (make, made)) = (&self.links, &self.general);
            &**made.get_or_init(|| make(teacher, student))
        })
    }
}

impl<P: ClosedPair> Kernel for ClosedKernel<P> {
    fn route(&self, at: &Overlaps) -> Route {
        let general = self.general(at.q).map(|general| general.route(at));
        general.unwrap_or(P::ROUTE)
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        match self.general(at.q) {
            Some(general) => general.drift(at),
            None => self.pair.drift(at),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        match self.general(at.q) {
            Some(general) => general.noise(at),
            None => self.pair.noise(at),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.general(at.q) {
            Some(general) => general.loss(at),
            None => self.pair.loss(at),
        }
    }

    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        let at = |&c: &f64| self.pair.loss(&Overlaps::from_cosine(c, q));
        match self.general(q) {
            Some(general) => general.loss_profile(q, cosines),
            None => cosines.iter().map(at).collect(),
        }
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        match self.general(at.q) {
            Some(general) => general.errors(at),
            None => self.pair.errors(at),
        }
    }

    fn errors_at_hand(&self, at: &Overlaps, noise: bool) -> KernelErrors {
        match self.general(at.q) {
            Some(general) => general.errors_at_hand(at, noise),
            None => self.pair.errors(at),
        }
    }
}
