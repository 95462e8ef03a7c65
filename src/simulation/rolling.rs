//! Momentum: the student goes on with a part `theta` of its last step.
//!
//! ```text
//! b+ = theta b + delta,   p+ = p + b+
//! ```
//!
//! for `u` and for the trained vector `p` (`v`, or `w` without LoRA), `delta` being what plain SGD adds, weight decay among
//! it. On the sphere `p` is divided by its length then, and `b` stays as it is.

use super::vector::add_scaled;
use pulp::Arch;

/// What the last step added.
#[derive(Clone, Debug)]
pub(super) struct Memory<V> {
    /// The part that is kept.
    theta: f64,
    u: f64,
    trained: V,
}

/// Axes of the frame of the projected simulator, and one along what the last step added at right angles to them.
const AXES: usize = 4;

impl Memory<[f64; AXES]> {
    pub(super) fn in_frame(theta: f64) -> Self {
        let trained = [0.0; AXES];
        Self {
            theta,
            u: 0.0,
            trained,
        }
    }

    /// A step, of which plain SGD adds `delta` along the axes and beyond them all: the law of the overlaps is exactly that
    /// of the full run, as what lies beyond is at right angles to all that was.
    pub(super) fn advance(
        &mut self,
        (u, trained): (&mut f64, &mut [f64; 3]),
        (delta_u, delta): (f64, [f64; AXES + 1]),
    ) {
        self.u = self.theta * self.u + delta_u;
        *u += self.u;
        let added = |i: usize| self.theta * self.trained.get(i).copied().unwrap_or(0.0) + delta[i];
        let added: [f64; AXES + 1] = std::array::from_fn(added);
        trained[0] += added[0];
        trained[1] += added[1];
        // The rests of both span a plane; that of the trained vector is its first axis.
        let rest = [trained[2] + added[2], added[3], added[4]];
        let of_memory = [added[2], added[3], added[4]];
        let length = rest[0].hypot(rest[1]).hypot(rest[2]);
        let along = match length > 0.0 {
            true => (0..3).map(|i| rest[i] / length * of_memory[i]).sum(),
            false => 0.0,
        };
        let aside = |i: usize| match length > 0.0 {
            true => of_memory[i] - along * (rest[i] / length),
            false => of_memory[i],
        };
        trained[2] = length;
        self.trained = [
            added[0],
            added[1],
            along,
            aside(0).hypot(aside(1)).hypot(aside(2)),
        ];
    }

    /// All its numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.u).chain(self.trained)
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(super) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        let (u, trained) = numbers.split_first()?;
        (self.u, self.trained) = (*u, trained.try_into().ok()?);
        Some(())
    }
}

impl Memory<Vec<f64>> {
    pub(super) fn in_space(theta: f64, dim: usize) -> Self {
        let trained = vec![0.0; dim];
        Self {
            theta,
            u: 0.0,
            trained,
        }
    }

    /// A step, of which plain SGD adds `delta_u`, and `pull` times the gradient less a part of the trained vector.
    pub(super) fn advance(
        &mut self,
        arch: Arch,
        (u, trained): (&mut f64, &mut [f64]),
        delta_u: f64,
        (pull, gradient, keep): (f64, &[f64], f64),
    ) {
        self.u = self.theta * self.u + delta_u;
        *u += self.u;
        self.trained.iter_mut().for_each(|b| *b *= self.theta);
        add_scaled(arch, keep - 1.0, trained, &mut self.trained);
        add_scaled(arch, pull, gradient, &mut self.trained);
        add_scaled(arch, 1.0, &self.trained, trained);
    }

    /// All its numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.u).chain(self.trained.iter().copied())
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(super) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        let (u, trained) = numbers.split_first()?;
        if trained.len() != self.trained.len() {
            return None;
        }
        self.u = *u;
        self.trained.copy_from_slice(trained);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The projected step has the scalar products of the literal one, whatever the directions.
    #[test]
    fn a_step_in_the_frame_is_one_in_space() {
        // Frame e1, e2; rest of p along e3, of b along e3 and e4; the gradient also along e5.
        let (theta, delta) = (0.7, [0.1, -0.2, 0.3, 0.05, 0.4]);
        let mut in_frame = Memory::in_frame(theta);
        in_frame.trained = [0.2, -0.1, 0.3, 0.5];
        let mut in_space = Memory::in_space(theta, 5);
        in_space.trained = vec![0.2, -0.1, 0.3, 0.5, 0.0];
        let (mut u, mut p) = (0.3, [0.6, 0.1, 0.7]);
        let (mut other_u, mut q) = (0.3, vec![0.6, 0.1, 0.7, 0.0, 0.0]);
        in_frame.advance((&mut u, &mut p), (0.11, delta));
        in_space.advance(
            Arch::new(),
            (&mut other_u, &mut q),
            0.11,
            (1.0, &delta, 1.0),
        );
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        close(u, other_u);
        let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (b, c) = (in_frame.trained, &in_space.trained);
        for i in 0..2 {
            close(p[i], q[i]);
            close(b[i], c[i]);
        }
        close(product(&p, &p), product(&q, &q));
        close(product(&b, &b), product(c, c));
        close(product(&b[..3], &p), product(c, &q));
    }
}
