//! Arithmetic of power series with a number of known terms.

use num_integer::Integer;
use num_traits::One;

use super::{Base, Exponent, Expr, Rational};

/// Finest lattice of exponents.
const FINEST_LATTICE: i64 = 1_000;

/// `sum_i c_i x^((low + i)/d)`, unknown from `i = c.len()` on.
#[derive(Clone, Debug)]
pub(super) struct Truncated {
    pub(super) d: i64,
    pub(super) low: i64,
    pub(super) c: Vec<Expr>,
}

pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A coefficient in its shortest form, 0 if it is.
fn tidy(e: Expr) -> Expr {
    let sums = e
        .terms()
        .any(|(m, _)| m.powers().any(|(b, _)| matches!(b, Base::Sum(_))));
    if sums { e.together() } else { e }
}

/// Whether a coefficient is seen to be negative: it has no symbols.
fn is_negative(e: &Expr) -> bool {
    e.evaluate(&|_| f64::NAN) < 0.0
}

fn as_number(e: Exponent) -> Expr {
    Expr::ratio(*e.numer(), *e.denom())
}

impl Truncated {
    /// On a finer lattice, `d` a multiple of its own.
    fn refined(self, d: i64) -> Option<Self> {
        let factor = d / self.d;
        if factor == 1 {
            return Some(self);
        }
        if d > FINEST_LATTICE {
            return None;
        }
        let between = usize::try_from(factor).ok()?;
        let mut c = vec![Expr::zero(); self.c.len() * between];
        for (i, own) in self.c.into_iter().enumerate() {
            c[i * between] = own;
        }
        Some(Self {
            d,
            low: self.low.checked_mul(factor)?,
            c,
        })
    }

    /// Both on one lattice.
    fn aligned(self, other: Self) -> Option<(Self, Self)> {
        let d = self.d.lcm(&other.d);
        Some((self.refined(d)?, other.refined(d)?))
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let low = a.low.min(b.low);
        let end = (a.low + count(a.c.len())).min(b.low + count(b.c.len()));
        let length = usize::try_from(end - low).unwrap_or(0);
        let mut c = vec![Expr::zero(); length];
        let mut touched = vec![0; length];
        for part in [&a, &b] {
            let start = usize::try_from(part.low - low).ok()?;
            for (i, own) in part.c.iter().enumerate().take(length.saturating_sub(start)) {
                if !own.is_zero() {
                    c[start + i] = std::mem::take(&mut c[start + i]) + own.clone();
                    touched[start + i] += 1;
                }
            }
        }
        let both = c.into_iter().zip(touched);
        let c = both.map(|(c, n)| if n > 1 { tidy(c) } else { c }).collect();
        Some(Self { d: a.d, low, c })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let (a, b) = self.aligned(other)?;
        let length = a.c.len().min(b.c.len());
        let mut c = vec![Expr::zero(); length];
        for (i, x) in a.c.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            for (j, y) in b.c.iter().enumerate().take(length.saturating_sub(i)) {
                if !y.is_zero() {
                    c[i + j] = std::mem::take(&mut c[i + j]) + x * y;
                }
            }
        }
        let c = c.into_iter().map(tidy).collect();
        Some(Self {
            d: a.d,
            low: a.low.checked_add(b.low)?,
            c,
        })
    }

    /// Without leading zeros; `None` when nothing is known to be left.
    pub(super) fn stripped(self) -> Option<Self> {
        let zeros = self.c.iter().take_while(|c| c.is_zero()).count();
        let c: Vec<Expr> = self.c.into_iter().skip(zeros).collect();
        let low = self.low + count(zeros);
        (!c.is_empty()).then_some(Self { d: self.d, low, c })
    }

    /// `self^e` by Miller's recursion, the first coefficient not 0.
    pub(super) fn power(self, e: Exponent) -> Option<Self> {
        let own = self;
        if !e.is_integer() && is_negative(&own.c[0]) {
            return None;
        }
        if e == Exponent::one() {
            return Some(own);
        }
        // The leading power may be off the lattice.
        let start = Exponent::new(own.low, own.d) * e;
        let own = {
            let d = own.d.lcm(start.denom());
            own.refined(d)?
        };
        let low = (start * Exponent::from_integer(own.d)).to_integer();
        let scale = tidy(own.c[0].power(e));
        let inverse = own.c[0].recip();
        let ratio: Vec<Expr> = own.c.iter().map(|c| tidy(c * &inverse)).collect();
        let mut u = vec![Expr::one()];
        for k in 1..ratio.len() {
            let mut sum = Expr::zero();
            for j in (1..=k).filter(|j| !ratio[*j].is_zero()) {
                let (k, i) = (count(k), count(j));
                let weight = (e + Exponent::one()) * Exponent::new(i, k) - Exponent::one();
                let product = &ratio[j] * &u[(k - i) as usize];
                sum = sum + product * as_number(weight);
            }
            u.push(tidy(sum));
        }
        let c = u.into_iter().map(|u| tidy(&scale * &u)).collect();
        Some(Self { d: own.d, low, c })
    }

    /// The coefficient of power 0; `None` with negative powers or when it is not known.
    pub(super) fn constant_term(&self) -> Option<Expr> {
        let place = usize::try_from(-self.low);
        let negative = self.c.iter().take(place.unwrap_or(0)).any(|c| !c.is_zero());
        match place {
            Ok(_) if negative => None,
            Ok(at) => self.c.get(at).cloned(),
            Err(_) => Some(Expr::zero()),
        }
    }

    pub(super) fn derivative(&self) -> Option<Self> {
        let each = self.c.iter().zip(self.low..);
        let c = each.map(|(c, n)| c * &as_number(Exponent::new(n, self.d)));
        Some(Self {
            d: self.d,
            low: self.low.checked_sub(self.d)?,
            c: c.collect(),
        })
    }

    /// The integral from 0; `None` with a power that diverges.
    pub(super) fn integral(&self) -> Option<Self> {
        let low = self.low.checked_add(self.d)?;
        let mut c = Vec::new();
        for (own, n) in self.c.iter().zip(low..) {
            if own.is_zero() {
                c.push(Expr::zero());
            } else if n <= 0 {
                return None;
            } else {
                c.push(own * &Expr::number(Rational::new(self.d.into(), n.into())));
            }
        }
        Some(Self { d: self.d, low, c })
    }
}
