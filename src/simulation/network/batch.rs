//! One batch of a network, seen through its coordinates.

use nalgebra::DMatrix;
use pulp::Arch;

use super::super::random::Stream;
use super::forward::Forward;
use super::rows::{Products, weigh};
use super::update::Gradient;

/// Samples looked at together: a few dozen arrays of this length stay in the cache, and links take so many at a time.
const CHUNK: usize = 128;

/// Draws batches and adds up their gradients.
#[derive(Debug)]
pub(super) struct Batch {
    forward: Forward,
    size: u64,
    trains_readout: bool,
    arch: Arch,
    /// `g_b,i` without the `1/B`, unit by unit.
    weights: Vec<f64>,
    along: Products,
    squares: Products,
    pulled: Products,
}

/// Sums over a batch, `g_b,i = a_i (y_b - yhat_b) sigma'(z_b,i) / B`.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) gradient: Gradient,
    /// `sum_b g_b g_b'`, `K x K`.
    pub(super) squares: DMatrix<f64>,
}

impl Batch {
    pub(super) fn new(forward: Forward, size: f64, trains_readout: bool) -> Self {
        Self {
            forward,
            size: size as u64,
            trains_readout,
            arch: Arch::new(),
            weights: Vec::new(),
            along: Products::default(),
            squares: Products::default(),
            pulled: Products::default(),
        }
    }

    /// The sums of a fresh batch for weights `W'` (coordinates x `K`) and readouts.
    pub(super) fn sums(&mut self, w: &DMatrix<f64>, readout: &[f64], stream: &mut Stream) -> Sums {
        let (coordinates, units) = w.shape();
        self.along.begin(coordinates, units);
        self.squares.begin(units, units);
        self.pulled.begin(units, 1);
        let mut left = self.size;
        while left > 0 {
            let count = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
            left -= count as u64;
            self.forward.draw(count, (w, readout), stream);
            self.forward.slopes(&mut self.weights);
            let (arch, error) = (self.arch, self.forward.error());
            weigh(arch, readout, error, &mut self.weights);
            let (x, g) = (self.forward.coordinates(), &self.weights[..]);
            self.along.add(arch, (x, g), count);
            self.squares.add(arch, (g, g), count);
            if self.trains_readout {
                self.pulled
                    .add(arch, (self.forward.outputs(), error), count);
            }
        }
        let scale = 1.0 / self.size as f64;
        let gradient = Gradient {
            weights: self.along.total(scale),
            readout: self.pulled.total(scale).as_slice().to_vec(),
        };
        let squares = self.squares.total(scale * scale);
        Sums { gradient, squares }
    }
}
