//! `P(x > h, y > k)` of two standard normals, `h, k >= 0`, by Plackett's identity
//! `dP/dc = phi_2(h, k; c)` (Drezner and Wesolowsky 1990, Genz 2004).

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

use gauss_quad::legendre::GaussLegendre;

use super::corner::Corner;
use super::tail::above;

/// Cosine beyond which the integral starts from `|c| = 1`.
const NEAR: f64 = 0.925;
/// Farther corners have integrands too steep for these rules.
const FARTHEST: f64 = 5.0;
/// Remainder of a difference, against its terms, below which it is not taken.
const CANCELLED: f64 = 0.01;
/// Sines below which fewer nodes do near `|c| = 1`.
const FEWER: [f64; 2] = [0.06, 0.2];
/// Exponents below this add nothing.
const NOTHING: f64 = -740.0;

/// Nodes on [0, 1] and weights.
type Nodes = Vec<(f64, f64)>;

fn rules() -> &'static [Nodes; 3] {
    static RULES: OnceLock<[Nodes; 3]> = OnceLock::new();
    RULES.get_or_init(|| {
        [10, 16, 24].map(|n| {
            let count = std::num::NonZeroUsize::new(n).unwrap_or(std::num::NonZeroUsize::MIN);
            let rule = GaussLegendre::new(count);
            let pairs = rule.as_node_weight_pairs().iter();
            pairs.map(|(x, w)| (0.5 * (1.0 + x), 0.5 * w)).collect()
        })
    })
}

/// The probability and the size of the terms that it is the sum of; `None` where these cancel. For `c < 0` it is
/// smaller than without correlation, and good to a few roundings of that.
pub(super) fn quadrant(at: &Corner) -> Option<(f64, f64)> {
    if at.h.t.max(at.k.t) > FARTHEST {
        return None;
    }
    let apart = at.h.above * at.k.above;
    let (value, size) = if at.c.abs() <= NEAR {
        let rest = from_right_angle(at);
        (apart + rest, apart + rest.abs())
    } else {
        let (rest, size) = to_alignment(at);
        if at.c < 0.0 {
            (rest, size + apart)
        } else {
            let aligned = at.h.above.min(at.k.above);
            (aligned - rest, aligned + size)
        }
    };
    let good = at.c < 0.0 || value > CANCELLED * size;
    good.then_some((value.max(0.0), size))
}

/// `int_0^c phi_2`, in `t = tan(asin(c) / 2)`.
fn from_right_angle(at: &Corner) -> f64 {
    let Corner { c, s, .. } = *at;
    let (h, k) = (at.h.t, at.k.t);
    let end = c / (1.0 + s);
    let rule = match c.abs() {
        x if x < 0.3 => 0,
        x if x < 0.75 => 1,
        _ => 2,
    };
    let (squares, product) = (-0.5 * (h * h + k * k), 2.0 * h * k);
    let terms = rules()[rule].iter().map(|(node, weight)| {
        let t = end * node;
        let above = 1.0 + t * t;
        let below = 1.0 / (1.0 - t * t);
        let exponent = (squares * above + product * t) * above * below * below;
        weight / above * exponent.exp()
    });
    end / PI * terms.sum::<f64>()
}

/// `int_|c|^1 phi_2` of the corner with `k` negated where `c < 0`, what is singular at 1 in closed form, and
/// the size of its terms.
fn to_alignment(at: &Corner) -> (f64, f64) {
    let Corner { c, s, .. } = *at;
    let (h, k) = (at.h.t, at.k.t);
    let k = if c < 0.0 { -k } else { k };
    let (product, square) = (h * k, s * s);
    let gap = (h - k).abs();
    let gap2 = gap * gap;
    // sqrt(1 - x^2) phi_2 e^(gap^2 / 2 x^2 + h k / 2) = 1 + p x^2 + p d x^4 + ..., x = sqrt(1 - c^2).
    let (p, d) = ((4.0 - product) / 8.0, (12.0 - product) / 16.0);
    let front = s * (-0.5 * (gap2 / square + product)).exp();
    let far = (-0.5 * product).exp() * TAU.sqrt() * above(gap / s) * gap;
    let bent = 1.0 - d * gap2 / 5.0;
    let first = front * (1.0 - p * (gap2 - square) * bent / 3.0 + p * d * square * square / 5.0);
    let second = far * (1.0 - p * gap2 * bent / 3.0);
    let rule = FEWER.iter().filter(|least| s >= **least).count();
    let mut rest = 0.0;
    for (node, weight) in &rules()[rule] {
        let x = s * node;
        let x2 = x * x;
        let exponent = -0.5 * (gap2 / x2 + product);
        if exponent < NOTHING {
            continue;
        }
        let root = (1.0 - x2).sqrt();
        let smooth = (-0.5 * product * x2 / (1.0 + root).powi(2)).exp() / root;
        let expansion = 1.0 + p * x2 * (1.0 + d * x2);
        rest += weight * exponent.exp() * (smooth - expansion);
    }
    let size = front * (1.0 + (p * gap2).abs()) + far * (1.0 + (p * gap2).abs());
    ((first - second + s * rest) / TAU, size / TAU)
}
