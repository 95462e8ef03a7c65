//! One step of SGD where all of `W` is trained:
//!
//! ```text
//! A = k + eta beta,    W_f~ = A W_f + eta alpha T_f,    R~ = A R A' + eta nu N,    a+ = a + eta chi_a (-dL/da)
//! full:   k = 1 - eta lambda,   W_f+ = W_f~,   R+ = R~
//! sphere: k = 1,   n_i^2 = (W_f~ W_f~' + R~)_ii,   W_f+[i] = W_f~[i] / n_i,   R+_ij = R~_ij / (n_i n_j)
//! ```

use super::WholeNetwork;
use crate::dynamics::network::products::{add_product, add_product_of_rows};
use crate::dynamics::network::setting::{fold, shorten};

impl WholeNetwork {
    pub(super) fn stepped(&self, state: &[f64], eta: f64, next: &mut [f64]) {
        let mut guard = self.at(state);
        let room = &mut *guard;
        let setting = &self.setting;
        let (units, task) = (setting.units(), setting.task);
        let [w_end, rest_end] = self.parts();
        self.pull(room, (1.0, state));
        let each = |i: usize| eta / setting.copies[i];
        let beta = room.room.slopes.beta.iter().enumerate();
        let mut turn: Vec<f64> = beta.map(|(at, beta)| each(at / units) * beta).collect();
        for i in 0..units {
            turn[i * units + i] += match self.on_sphere {
                true => 1.0,
                false => 1.0 - eta * setting.decay,
            };
        }
        let out = &mut next[..w_end];
        for (at, (out, pull)) in out.iter_mut().zip(&room.pull).enumerate() {
            *out = each(at / task) * pull;
        }
        add_product(&turn, &state[..w_end], units, task, out);
        let mut rest = vec![0.0; units * units];
        if setting.has_noise() {
            for (at, (rest, noise)) in rest.iter_mut().zip(&room.room.noise).enumerate() {
                *rest = each(at / units) * noise / setting.copies[at % units];
            }
        }
        let mut turned = vec![0.0; units * units];
        add_product(&turn, &room.room.rest, units, units, &mut turned);
        add_product_of_rows(&turned, &turn, units, &mut rest);
        if self.on_sphere {
            shorten(out, task, &mut rest);
        }
        fold(
            units,
            !self.on_sphere,
            &mut next[w_end..rest_end],
            |i, k| rest[i * units + k],
        );
        setting.step_readouts(&room.room, (state, eta), &mut next[rest_end..]);
        self.alike.level(next);
    }
}
