//! Directions of several tasks, from the angles between them.

use thiserror::Error;

use crate::numeral::plain;

/// Unit vectors, one a task, in a space as small as they allow; the first is its first axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    vectors: Vec<Vec<f64>>,
    dim: usize,
}

/// Angles that no directions have.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum AngleError {
    /// An angle out of range.
    #[error("angle = {} is not allowed: degrees in [0, 180]", plain(*degrees))]
    Range {
        /// The angle.
        degrees: f64,
    },
    /// No vectors have these angles.
    #[error(
        "no directions have these angles: with the others, tasks {0} and {1} cannot be {degrees} degrees apart \
         (pairs without an angle are at 90)", pair.0, pair.1, degrees = plain(*degrees)
    )]
    Impossible {
        /// Places of two tasks, from 1.
        pair: (usize, usize),
        /// The angle that they were to have.
        degrees: f64,
    },
}

/// What a unit vector has outside the space of others, squared, that rounding cannot tell from 0.
const ROUNDING: f64 = 1e-14;
/// Largest error of a cosine.
const PRECISION: f64 = 1e-9;

impl Directions {
    /// Directions at these angles in degrees, `angles[i][j]` for `j < i`.
    ///
    /// # Errors
    /// An angle out of [0, 180], or angles that no vectors have: their Gram matrix is not positive semidefinite.
    pub fn at_angles(angles: &[Vec<f64>]) -> Result<Self, AngleError> {
        let mut vectors: Vec<Vec<f64>> = Vec::new();
        // Places of the tasks that brought a new axis each.
        let mut axes: Vec<usize> = Vec::new();
        for (i, row) in angles.iter().enumerate() {
            let mut cosines = Vec::new();
            for &degrees in row.iter().take(i) {
                if !(0.0..=180.0).contains(&degrees) {
                    return Err(AngleError::Range { degrees });
                }
                cosines.push(cosine(degrees));
            }
            let mut vector: Vec<f64> = Vec::new();
            for (place, &axis) in axes.iter().enumerate() {
                let known = vector.iter().zip(&vectors[axis]).map(|(x, y)| x * y);
                vector.push((cosines[axis] - known.sum::<f64>()) / vectors[axis][place]);
            }
            let left = 1.0 - vector.iter().map(|x| x * x).sum::<f64>();
            if left > ROUNDING {
                axes.push(i);
                vector.push(left.sqrt());
            }
            let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            let off = (0..i).find(|j| {
                let product = vector.iter().zip(&vectors[*j]).map(|(x, y)| x * y);
                (product.sum::<f64>() - cosines[*j]).abs() > PRECISION
            });
            if let Some(j) = off {
                let (pair, degrees) = ((j + 1, i + 1), row[j]);
                return Err(AngleError::Impossible { pair, degrees });
            }
            vectors.push(vector);
        }
        let dim = axes.len();
        vectors.iter_mut().for_each(|one| one.resize(dim, 0.0));
        Ok(Self { vectors, dim })
    }

    /// Dimension of the space of all.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Cosine of the angle between two directions.
    pub fn cosine(&self, one: usize, other: usize) -> f64 {
        let both = self.vectors[one].iter().zip(&self.vectors[other]);
        both.map(|(x, y)| x * y).sum::<f64>().clamp(-1.0, 1.0)
    }

    /// The sum of the directions with these weights.
    pub fn sum(&self, weights: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.dim];
        for (weight, vector) in weights.iter().zip(&self.vectors) {
            sum.iter_mut()
                .zip(vector)
                .for_each(|(s, x)| *s += weight * x);
        }
        sum
    }

    /// The frame of a task.
    pub fn frame(&self, task: usize) -> Frame {
        Frame::of(&self.vectors[task])
    }
}

/// `cos`, exact where a right angle or none is meant.
fn cosine(degrees: f64) -> f64 {
    match degrees {
        0.0 => 1.0,
        90.0 => 0.0,
        180.0 => -1.0,
        60.0 => 0.5,
        120.0 => -0.5,
        _ => degrees.to_radians().cos(),
    }
}

/// An orthonormal frame with a given first vector: a reflection, its own inverse.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    mirror: Vec<f64>,
    sign: f64,
}

/// Components below this part of the largest one are rounding.
const DUST: f64 = 4.0 * f64::EPSILON;

impl Frame {
    fn of(first: &[f64]) -> Self {
        // The sign for which nothing cancels.
        let sign = -1.0_f64.copysign(first[0]);
        let mut mirror: Vec<f64> = first.iter().map(|x| -sign * x).collect();
        mirror[0] += 1.0;
        Self { mirror, sign }
    }

    /// The components of a vector in the frame, or back.
    pub fn turn(&self, vector: &[f64]) -> Vec<f64> {
        let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
        let part = 2.0 * product(&self.mirror, vector) / product(&self.mirror, &self.mirror);
        let turned = vector.iter().zip(&self.mirror);
        let mut turned: Vec<f64> = turned.map(|(x, w)| self.sign * (x - part * w)).collect();
        let largest = turned.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        for x in &mut turned {
            if x.abs() <= DUST * largest {
                *x = 0.0;
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-15
    }

    #[test]
    fn frames_begin_with_their_task_and_turn_back() {
        let angles = vec![vec![], vec![40.0], vec![60.0, 75.0]];
        let all = Directions::at_angles(&angles).unwrap();
        assert_eq!(all.dim(), 3);
        for task in 0..3 {
            let frame = all.frame(task);
            let first = frame.turn(&all.vectors[task]);
            assert!(close(first[0], 1.0) && first[1..].iter().all(|x| close(*x, 0.0)));
            for (j, vector) in all.vectors.iter().enumerate().filter(|(j, _)| *j != task) {
                let degrees = angles[task.max(j)][task.min(j)];
                let turned = frame.turn(vector);
                assert!((turned[0] - cosine(degrees)).abs() < 4e-16);
                let back = frame.turn(&turned);
                assert!(back.iter().zip(vector).all(|(x, y)| (x - y).abs() < 4e-16));
            }
        }
    }

    #[test]
    fn parallel_tasks_share_an_axis_and_impossible_angles_are_refused() {
        let same = Directions::at_angles(&[vec![], vec![0.0], vec![180.0, 180.0]]).unwrap();
        assert_eq!((same.dim(), same.sum(&[1.0, 2.0, 4.0])), (1, vec![-1.0]));
        let flat = Directions::at_angles(&[vec![], vec![30.0], vec![60.0, 30.0]]).unwrap();
        assert_eq!(flat.dim(), 2);
        let none = Directions::at_angles(&[vec![], vec![30.0], vec![90.0, 30.0]]);
        assert!(
            matches!(
                none,
                Err(AngleError::Impossible {
                    pair: (1 | 2, 3),
                    ..
                })
            ),
            "{none:?}"
        );
        let far = Directions::at_angles(&[vec![], vec![181.0]]);
        assert_eq!(far, Err(AngleError::Range { degrees: 181.0 }));
    }
}
