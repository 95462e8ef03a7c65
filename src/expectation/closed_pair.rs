//! Closed forms of a pair that lose digits where the student's weights are far from 1, with the general route there.

use std::sync::{Arc, OnceLock};

use super::aligned::AlignedClosed;
use super::series::SeriesKernel;
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

/// The closed form where it [covers](ClosedPair::covers) the self-overlap, else the general route.
#[derive(Debug)]
pub(super) struct ClosedKernel<P> {
    pub(super) pair: Arc<P>,
    pub(super) links: [Link; 2],
    general: OnceLock<Box<SeriesKernel>>,
    aligned: AlignedKernel,
}

impl<P: ClosedPair> ClosedKernel<P> {
    /// `None` for pairs without this closed form.
    pub(super) fn new(teacher: &Link, student: &Link) -> Option<Self> {
        let pair = Arc::new(P::new(teacher, student)?);
        let closed: Arc<dyn AlignedClosed> = Arc::clone(&pair) as _;
        Some(Self {
            aligned: AlignedKernel::of_closed(closed, teacher, student),
            links: [teacher.clone(), student.clone()],
            general: OnceLock::new(),
            pair,
        })
    }

    fn general(&self, at: &Overlaps) -> Option<&SeriesKernel> {
        (!self.pair.covers(at.q)).then(|| {
            let [teacher, student] = &self.links;
            let make = || Box::new(SeriesKernel::new(teacher, student));
            &**self.general.get_or_init(make)
        })
    }
}

impl<P: ClosedPair> Kernel for ClosedKernel<P> {
    fn route(&self, at: &Overlaps) -> Route {
        let general = self.general(at).map(|general| general.route(at));
        general.unwrap_or(P::ROUTE)
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        match self.general(at) {
            Some(general) => general.drift(at),
            None => self.pair.drift(at),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        match self.general(at) {
            Some(general) => general.noise(at),
            None => self.pair.noise(at),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.general(at) {
            Some(general) => general.loss(at),
            None => self.pair.loss(at),
        }
    }

    fn aligned(&self) -> &AlignedKernel {
        &self.aligned
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        match self.general(at) {
            Some(general) => general.errors(at),
            None => self.pair.errors(at),
        }
    }
}
