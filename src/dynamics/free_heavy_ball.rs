//! Free LoRA by SGD with momentum `1 - gamma sqrt(eta)`: a ball that rolls, in the time `sqrt(eta) steps`. The velocity of
//! `v` has components in the frame, and beside `r = |v_out|^2` of what `v` has outside there are `c = <v_out, p_out>` and
//! `k = |p_out|^2`.
//!
//! ```text
//! u'' + gamma u' = alpha a + beta (s + u n) - lambda u
//! a'' + gamma a' = chi u (alpha + beta m) - lambda a
//! b'' + gamma b' = chi u beta (rho_perp + u b) - lambda b
//! r' = 2 c,   c' = k - gamma c + (chi u^2 beta - lambda) r
//! k' = -2 gamma k + 2 (chi u^2 beta - lambda) c + chi^2 nu u^2 N
//! ```
//!
//! (docs/step-sizes.md). The energy `L + u'^2/2 + |v'|^2/(2 chi)` falls without noise.

use super::{ClosedSystem, ROLLING, Training, lora_overlaps, outside};
use crate::observable::Observed;
use crate::problem::Start;

/// State `(u, u', a, a', r, c, k, b, b')`; the last two stay 0 with aligned pre-training.
pub(super) struct FreeHeavyBall {
    pub(super) training: Training,
    pub(super) start: Start,
    pub(super) friction: f64,
}

/// The same by name.
struct State {
    u: f64,
    du: f64,
    a: f64,
    da: f64,
    r: f64,
    c: f64,
    k: f64,
    b: f64,
    db: f64,
}

impl State {
    fn of(state: &[f64]) -> Self {
        let of = |i: usize| state.get(i).copied().unwrap_or(0.0);
        Self {
            u: of(0),
            du: of(1),
            a: of(2),
            da: of(3),
            r: of(4),
            c: of(5),
            k: of(6),
            b: of(7),
            db: of(8),
        }
    }
}

impl ClosedSystem for FreeHeavyBall {
    fn start(&self) -> Vec<f64> {
        let Start {
            u,
            alignment,
            transverse,
        } = self.start;
        let rest = outside(alignment, transverse);
        vec![u, 0.0, alignment, 0.0, rest, 0.0, 0.0, transverse, 0.0]
    }

    fn moving(&self) -> usize {
        let aligned = self.training.orthogonal == 0.0 && self.start.transverse == 0.0;
        if aligned { 7 } else { 9 }
    }

    fn grain(&self) -> f64 {
        ROLLING
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, s, gamma) = (&self.training, State::of(state), self.friction);
        let at = lora_overlaps(t, s.u, s.a, s.b, s.r);
        let n = s.a * s.a + s.b * s.b + s.r;
        let drift = t.drift(&at);
        let chi = t.step_ratio;
        let (slope, along) = t.slopes(&drift, &at, s.u * s.a);
        let force = along * s.a + drift.beta * (t.orthogonal * s.b + s.u * n);
        // What pulls at a component outside the frame, over it.
        let pull = chi * s.u * s.u * drift.beta - t.decay;
        rates[0] = s.du;
        rates[1] = force - t.decay * s.u - gamma * s.du;
        rates[2] = s.da;
        rates[3] = chi * s.u * slope - t.decay * s.a - gamma * s.da;
        rates[4] = 2.0 * s.c;
        rates[5] = s.k - gamma * s.c + pull * s.r;
        rates[6] =
            -2.0 * gamma * s.k + 2.0 * pull * s.c + chi * chi * s.u * s.u * t.noise(&at, part);
        if let [db, ddb] = &mut rates[7..] {
            let force = chi * s.u * drift.beta * (t.orthogonal + s.u * s.b);
            (*db, *ddb) = (s.db, force - t.decay * s.b - gamma * s.db);
        }
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let s = State::of(state);
        self.training.lora(s.u, s.a, s.b, s.r)
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }

    fn kinetic(&self, state: &[f64]) -> f64 {
        let s = State::of(state);
        let of_v = s.da * s.da + s.db * s.db + s.k.max(0.0);
        0.5 * (s.du * s.du + of_v / self.training.step_ratio)
    }
}
