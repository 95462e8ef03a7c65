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

/// Along the axes of a frame, the last along the rest of the trained vector, and along what the last step added at right
/// angles to them all.
#[derive(Clone, Debug)]
pub(super) struct Framed(Vec<f64>);

impl Memory<Framed> {
    pub(super) fn in_frame(theta: f64, axes: usize) -> Self {
        let trained = Framed(vec![0.0; axes + 1]);
        Self {
            theta,
            u: 0.0,
            trained,
        }
    }

    /// A step, of which plain SGD adds `delta` along the axes, `aside` along what the last step added beside them, and a
    /// length `beyond` all of these: the law of the overlaps is exactly that of the full run, as what lies beyond is at right
    /// angles to all that was.
    pub(super) fn advance(
        &mut self,
        (u, trained): (&mut f64, &mut [f64]),
        (delta_u, delta, [aside, beyond]): (f64, &[f64], [f64; 2]),
    ) {
        self.u = self.theta * self.u + delta_u;
        *u += self.u;
        let Some((own, trained)) = trained.split_last_mut() else {
            return;
        };
        let last = &mut self.trained.0;
        let axes = trained.len();
        let delta = delta.iter().chain(std::iter::once(&aside));
        for (last, delta) in last.iter_mut().zip(delta) {
            *last = self.theta * *last + delta;
        }
        let along = trained.iter_mut().zip(&*last);
        along.for_each(|(x, added)| *x += added);
        // The rests of both span a plane; that of the trained vector is its first axis.
        let of_memory = [last[axes], last[axes + 1], beyond];
        let rest = [*own + of_memory[0], of_memory[1], of_memory[2]];
        let length = rest[0].hypot(rest[1]).hypot(rest[2]);
        let along = match length > 0.0 {
            true => (0..3).map(|i| rest[i] / length * of_memory[i]).sum(),
            false => 0.0,
        };
        let aside = |i: usize| match length > 0.0 {
            true => of_memory[i] - along * (rest[i] / length),
            false => of_memory[i],
        };
        *own = length;
        (last[axes], last[axes + 1]) = (along, aside(0).hypot(aside(1)).hypot(aside(2)));
    }

    /// All its numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.u).chain(self.trained.0.iter().copied())
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(super) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        let (u, trained) = numbers.split_first()?;
        if trained.len() != self.trained.0.len() {
            return None;
        }
        (self.u, self.trained) = (*u, Framed(trained.to_vec()));
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
        let mut in_frame = Memory::in_frame(theta, 3);
        in_frame.trained = Framed(vec![0.2, -0.1, 0.3, 0.5]);
        let mut in_space = Memory::in_space(theta, 5);
        in_space.trained = vec![0.2, -0.1, 0.3, 0.5, 0.0];
        let (mut u, mut p) = (0.3, [0.6, 0.1, 0.7]);
        let (mut other_u, mut q) = (0.3, vec![0.6, 0.1, 0.7, 0.0, 0.0]);
        let [along @ .., aside, beyond] = delta;
        in_frame.advance((&mut u, &mut p), (0.11, &along, [aside, beyond]));
        in_space.advance(
            Arch::new(),
            (&mut other_u, &mut q),
            0.11,
            (1.0, &delta, 1.0),
        );
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        close(u, other_u);
        let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (b, c) = (in_frame.trained.0, &in_space.trained);
        for i in 0..2 {
            close(p[i], q[i]);
            close(b[i], c[i]);
        }
        close(product(&p, &p), product(&q, &q));
        close(product(&b, &b), product(c, c));
        close(product(&b[..3], &p), product(c, &q));
    }
}
