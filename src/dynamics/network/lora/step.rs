//! One step of SGD with LoRA:
//!
//! ```text
//! U+   = (1 - eta lambda) U + eta (G V_f' + beta U C)                      a+ = a + eta chi_a (-dL/da)
//! A    = k + eta chi h,    V_f~ = A V_f + eta chi U' G,    R~ = A R A' + eta chi^2 E
//! free:      k = 1 - eta lambda,   V_f+ = V_f~,   R+ = R~
//! spherical: k = 1,   n_i^2 = (V_f~ V_f~' + R~)_ii,   V_f+[i] = V_f~[i] / n_i,   R+_ij = R~_ij / (n_i n_j)
//! ```

use super::NetworkLora;
use crate::dynamics::network::products::{add_product, add_product_of_rows};
use crate::dynamics::network::setting::{fold, shorten};

impl NetworkLora {
    pub(super) fn stepped(&self, state: &[f64], eta: f64, next: &mut [f64]) {
        let mut guard = self.at(state);
        let room = &mut *guard;
        let (setting, rank, dim) = (&self.setting, self.rank, self.setting.dim);
        let [v_at, rest_at, end] = self.parts();
        self.pull(room, (1.0, state));
        let kept = 1.0 - eta * setting.decay;
        for (place, next) in next[..v_at].iter_mut().enumerate() {
            let copies = setting.copies[place / rank];
            *next = kept * state[place] + eta * room.pulls[place] / copies;
        }
        let pace = eta * setting.step_ratio;
        let mut turn: Vec<f64> = room.h.iter().map(|h| pace * h).collect();
        for i in 0..rank {
            turn[i * rank + i] += if self.on_sphere { 1.0 } else { kept };
        }
        let out = &mut next[v_at..rest_at];
        let pulls = out.iter_mut().zip(&room.p);
        pulls.for_each(|(out, p)| *out = pace * p);
        add_product(&turn, &state[v_at..rest_at], rank, dim, out);
        let noise = pace * setting.step_ratio;
        let mut rest: Vec<f64> = room.e.iter().map(|e| noise * e).collect();
        let mut turned = vec![0.0; rank * rank];
        add_product(&turn, &room.rest, rank, rank, &mut turned);
        add_product_of_rows(&turned, &turn, rank, &mut rest);
        if self.on_sphere {
            shorten(out, dim, &mut rest);
        }
        fold(rank, !self.on_sphere, &mut next[rest_at..end], |i, k| {
            rest[i * rank + k]
        });
        setting.step_readouts(&room.room, (state, eta), &mut next[end..]);
        self.alike.level(next);
    }
}
