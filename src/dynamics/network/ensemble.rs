//! All units of both networks at once, as averages over four of them take them.

use nalgebra::DMatrix;

use super::products::dot;
use crate::expectation::Ensemble;
use crate::model::{NetworkGram, Readouts};

/// All units, teachers first.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    stars: usize,
    gram: Vec<f64>,
    weights: Vec<f64>,
    vectors: Vec<f64>,
    dim: usize,
}

impl Units {
    /// Their overlaps: `teachers = T T'`, the others from a Gram matrix.
    pub(super) fn overlap(
        &mut self,
        teachers: &DMatrix<f64>,
        gram: &NetworkGram,
        readouts: Readouts<'_>,
    ) {
        let (units, stars) = (readouts.student.len(), readouts.teacher.len());
        let all = units + stars;
        self.stars = stars;
        self.gram.resize(all * all, 0.0);
        self.weights.clear();
        self.weights.extend(readouts.teacher);
        self.weights.extend(readouts.student.iter().map(|a| -a));
        for j in 0..stars {
            for k in 0..stars {
                self.gram[j * all + k] = teachers[(j, k)];
            }
        }
        for i in 0..units {
            let place = stars + i;
            self.gram[place * all + place] = gram.variances[i];
            for j in 0..stars {
                let c = gram.cross[i * stars + j].c;
                self.gram[place * all + j] = c;
                self.gram[j * all + place] = c;
            }
            for k in 0..i {
                let c = gram.pairs[i * (i - 1) / 2 + k].c;
                self.gram[place * all + stars + k] = c;
                self.gram[(stars + k) * all + place] = c;
            }
        }
    }

    /// Their components: those of the teachers in a frame, those of the students there and outside.
    pub(super) fn extend<'a>(
        &mut self,
        teachers: impl Iterator<Item = &'a [f64]>,
        inside: &[f64],
        outside: &[f64],
    ) {
        let units = self.weights.len() - self.stars;
        let (dim, beyond) = (inside.len() / units, outside.len() / units);
        self.dim = dim + beyond;
        self.vectors.clear();
        for teacher in teachers {
            self.vectors.extend(&teacher[..dim]);
            self.vectors.extend((0..beyond).map(|_| 0.0));
        }
        for i in 0..units {
            self.vectors.extend(&inside[i * dim..(i + 1) * dim]);
            self.vectors.extend(&outside[i * beyond..(i + 1) * beyond]);
        }
    }

    pub(super) fn view(&self, label_noise: f64) -> Ensemble<'_> {
        Ensemble {
            teachers: self.stars,
            gram: &self.gram,
            weights: &self.weights,
            label_noise,
            vectors: &self.vectors,
            dim: self.dim,
        }
    }

    /// The same with the components of every student unit moved by half its length in a direction of its own, as a run may
    /// move it; overlaps stay what they were.
    pub(super) fn turned(&self) -> Self {
        let mut turned = self.clone();
        let students = turned.vectors.chunks_exact_mut(self.dim).skip(self.stars);
        for (i, unit) in students.enumerate() {
            let length = dot(unit, unit).sqrt();
            let step = 0.5 * length / (self.dim as f64).sqrt();
            for (x, component) in unit.iter_mut().enumerate() {
                // Signs of rows of a Hadamard matrix.
                let odd = ((i + 1) & (x + 1)).count_ones() % 2 == 1;
                *component += if odd { -step } else { step };
            }
        }
        turned
    }
}
