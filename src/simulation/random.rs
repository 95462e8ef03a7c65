//! The random numbers of one seed: a function of the seed alone.

use pulp::Arch;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::normal::{BLOCK, Lanes};

/// Normal numbers made at a time; a multiple of [`BLOCK`] that stays in the first-level cache.
const BUFFER: usize = 2 * BLOCK;

/// What a stream is for; streams of one seed are independent of each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Starts and batches.
    Training = 1,
    /// Test batches, so that a run does not depend on when it is looked at.
    Testing = 2,
}

/// Standard normal and chi-squared numbers.
#[derive(Debug)]
pub struct Stream {
    /// One number at a time.
    scalars: ChaCha8Rng,
    /// Many at a time.
    lanes: Lanes,
    /// `lanes` before the buffer was filled.
    filled_from: Lanes,
    buffer: Vec<f64>,
    used: usize,
    arch: Arch,
}

/// Where a stream stands, to go on from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    words: u64,
    lanes: Lanes,
    used: usize,
}

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut scalars = ChaCha8Rng::seed_from_u64(purpose as u64);
        scalars.set_stream(seed);
        let lanes = Lanes::seeded(&mut scalars);
        Self {
            scalars,
            filled_from: lanes.clone(),
            lanes,
            buffer: vec![0.0; BUFFER],
            used: BUFFER,
            arch: Arch::new(),
        }
    }

    /// A stream of the same seed and purpose, elsewhere; `None` for a position that no stream has.
    pub(crate) fn at(seed: u64, purpose: Purpose, position: &Position) -> Option<Self> {
        let mut stream = Self::new(seed, purpose);
        stream.scalars.set_word_pos(u128::from(position.words));
        stream.lanes = position.lanes.clone();
        stream.filled_from = position.lanes.clone();
        if position.used > BUFFER {
            return None;
        }
        stream.used = position.used;
        if position.used < BUFFER {
            stream.lanes.fill(&mut stream.buffer, stream.arch);
        }
        Some(stream)
    }

    pub(crate) fn position(&self) -> Position {
        let full = self.used == BUFFER;
        Position {
            words: self.scalars.get_word_pos() as u64,
            lanes: if full {
                self.lanes.clone()
            } else {
                self.filled_from.clone()
            },
            used: self.used,
        }
    }

    /// Independent standard normal numbers.
    pub(super) fn fill(&mut self, mut out: &mut [f64]) {
        while !out.is_empty() {
            if self.used == BUFFER {
                self.filled_from.clone_from(&self.lanes);
                self.lanes.fill(&mut self.buffer, self.arch);
                self.used = 0;
            }
            let count = out.len().min(BUFFER - self.used);
            let (now, later) = out.split_at_mut(count);
            now.copy_from_slice(&self.buffer[self.used..self.used + count]);
            self.used += count;
            out = later;
        }
    }

    /// One standard normal number.
    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.scalars)
    }

    /// The squared length of a standard normal vector of `count` components, `count` a whole
    /// number >= 0, as large as 1e15.
    pub(crate) fn squared_length(&mut self, count: f64) -> f64 {
        // `ChiSquared` refuses no degrees of freedom only.
        ChiSquared::new(count).map_or(0.0, |law| law.sample(&mut self.scalars))
    }

    /// A random word, for tests of independence.
    #[cfg(test)]
    pub(super) fn word(&mut self) -> u64 {
        rand::Rng::next_u64(&mut self.scalars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_where_it_was() {
        for drawn in [0, 1, BUFFER - 1, BUFFER, BUFFER + 7, 3 * BUFFER] {
            let mut one = Stream::new(7, Purpose::Training);
            one.fill(&mut vec![0.0; drawn]);
            one.normal();
            let mut other = Stream::at(7, Purpose::Training, &one.position()).unwrap();
            let (mut a, mut b) = (vec![0.0; 2 * BUFFER], vec![0.0; 2 * BUFFER]);
            one.fill(&mut a);
            other.fill(&mut b);
            assert_eq!(a, b, "{drawn}");
            let lengths = [&mut one, &mut other].map(|s| s.squared_length(997.0).to_bits());
            assert_eq!(lengths[0], lengths[1]);
            assert_eq!(one.position(), other.position());
        }
    }

    #[test]
    fn seeds_and_purposes_differ() {
        let mut words = vec![
            Stream::new(7, Purpose::Training).word(),
            Stream::new(8, Purpose::Training).word(),
            Stream::new(7, Purpose::Testing).word(),
            Stream::new(8, Purpose::Testing).word(),
        ];
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 4);
    }

    #[test]
    fn squared_lengths_have_mean_n_and_variance_2n() {
        let mut stream = Stream::new(1, Purpose::Training);
        assert_eq!(stream.squared_length(0.0).to_bits(), 0.0_f64.to_bits());
        for n in [1.0, 47.0, 1e12] {
            let draws: Vec<f64> = (0..20_000).map(|_| stream.squared_length(n)).collect();
            let mean = draws.iter().sum::<f64>() / 2e4;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2e4;
            // Five standard errors of the mean, sqrt(2n/20000); the variance's relative one is
            // below sqrt((2 + 12/n)/20000).
            assert!((mean - n).abs() < 5.0 * (2.0 * n / 2e4).sqrt(), "{n}");
            assert!((variance / (2.0 * n) - 1.0).abs() < 0.15, "{n}");
        }
    }
}
