//! Piecewise polynomials as the polynomial around 0 and what every break adds beyond it, in truncated powers
//! of the distance: nothing far out enters what happens near 0.

/// Coefficients below this many roundings of what they are made of are 0.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// A polynomial, lowest power first.
#[derive(Clone, Debug, Default)]
pub(super) struct Polynomial {
    pub(super) powers: Vec<f64>,
    /// What the rounding errors of the coefficients are proportional to.
    pub(super) sizes: Vec<f64>,
}

impl Polynomial {
    pub(super) fn of(powers: &[f64]) -> Self {
        Self {
            powers: powers.to_vec(),
            sizes: powers.iter().map(|c| c.abs()).collect(),
        }
    }

    /// With coefficients of one sign.
    pub(super) fn absolute(&self) -> Self {
        self.map(|p| p.iter().map(|c| c.abs()).collect())
    }

    fn map(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        Self {
            powers: f(&self.powers),
            sizes: f(&self.sizes),
        }
    }

    fn derivative(&self) -> Self {
        self.map(|p| {
            p.iter()
                .enumerate()
                .skip(1)
                .map(|(n, c)| n as f64 * c)
                .collect()
        })
    }

    fn times(&self, other: &Self) -> Self {
        let product = |a: &[f64], b: &[f64]| {
            let mut out = vec![0.0; (a.len() + b.len()).saturating_sub(1)];
            for (i, a) in a.iter().enumerate() {
                b.iter().enumerate().for_each(|(k, b)| out[i + k] += a * b);
            }
            if a.is_empty() || b.is_empty() {
                Vec::new()
            } else {
                out
            }
        };
        Self {
            powers: product(&self.powers, &other.powers),
            sizes: product(&self.sizes, &other.sizes),
        }
    }

    /// `self + sign * other`.
    fn plus(&self, sign: f64, other: &Self) -> Self {
        let sum = |a: &[f64], sign: f64, b: &[f64]| {
            let at = |v: &[f64], n: usize| v.get(n).copied().unwrap_or(0.0);
            (0..a.len().max(b.len()))
                .map(|n| at(a, n) + sign * at(b, n))
                .collect()
        };
        Self {
            powers: sum(&self.powers, sign, &other.powers),
            sizes: sum(&self.sizes, 1.0, &other.sizes),
        }
    }

    /// `p(at + side * u)` in powers of `u`.
    fn around(&self, at: f64, side: f64) -> Self {
        let shifted = |p: &[f64], at: f64| {
            let mut made = p.to_vec();
            for i in 0..made.len() {
                for n in (i..made.len().saturating_sub(1)).rev() {
                    made[n] += at * made[n + 1];
                }
            }
            made
        };
        let mut made = Self {
            powers: shifted(&self.powers, at),
            sizes: shifted(&self.sizes, at.abs()),
        };
        let odd = made.powers.iter_mut().skip(1).step_by(2);
        odd.for_each(|c| *c *= side);
        made
    }

    /// Without what is 0 to rounding.
    fn trimmed(mut self) -> Self {
        for (c, size) in self.powers.iter_mut().zip(&mut self.sizes) {
            if c.abs() <= ROUNDING * *size {
                (*c, *size) = (0.0, 0.0);
            }
        }
        while self.powers.last() == Some(&0.0) {
            self.powers.pop();
            self.sizes.pop();
        }
        self
    }
}

/// A break: on which side of 0 and how far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) side: f64,
    pub(super) distance: f64,
}

/// A function that is a polynomial between breaks.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    pub(super) breaks: Vec<f64>,
    /// In powers of `x`, one more than breaks.
    pub(super) pieces: Vec<Polynomial>,
    /// Those that meet at each break, towards 0 and beyond, in powers of the distance beyond it: products of these
    /// do not cancel.
    meeting: Vec<[Polynomial; 2]>,
}

impl Pieces {
    pub(super) fn new(breaks: Vec<f64>, pieces: Vec<Polynomial>) -> Self {
        let mut made = Self {
            meeting: vec![<[Polynomial; 2]>::default(); breaks.len()],
            breaks,
            pieces,
        };
        let (centre, edges) = (made.centre(), made.edges());
        let walks: [Vec<usize>; 2] = [(0..centre).rev().collect(), (centre..edges.len()).collect()];
        for walk in walks {
            let mut before: Option<usize> = None;
            for i in walk {
                let (edge, at) = (edges[i], made.breaks[i]);
                let inner = match before {
                    None => made.pieces[centre].around(at, edge.side),
                    Some(k) => made.meeting[k][1].around(edge.distance - edges[k].distance, 1.0),
                };
                // What is continuous is so to the last bit.
                let outer = inner.plus(1.0, &made.added(i).around(at, edge.side).trimmed());
                made.meeting[i] = [inner, outer];
                before = Some(i);
            }
        }
        made
    }

    /// The piece beyond a break without that before it.
    fn added(&self, i: usize) -> Polynomial {
        let (left, right) = (&self.pieces[i], &self.pieces[i + 1]);
        let gap = if i < self.centre() {
            left.plus(-1.0, right)
        } else {
            right.plus(-1.0, left)
        };
        gap.trimmed()
    }

    pub(super) fn derivative(&self) -> Self {
        let edges = self.edges();
        let meeting = self.meeting.iter().zip(&edges).map(|(both, edge)| {
            let slope = |p: &Polynomial| p.derivative().times(&Polynomial::of(&[edge.side]));
            [slope(&both[0]), slope(&both[1])]
        });
        Self {
            breaks: self.breaks.clone(),
            pieces: self.pieces.iter().map(Polynomial::derivative).collect(),
            meeting: meeting.collect(),
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        self.with(other, Polynomial::times)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a.plus(1.0, b))
    }

    fn with(&self, other: &Self, f: impl Fn(&Polynomial, &Polynomial) -> Polynomial) -> Self {
        let pieces = self.pieces.iter().zip(&other.pieces);
        let meeting = self.meeting.iter().zip(&other.meeting);
        Self {
            breaks: self.breaks.clone(),
            pieces: pieces.map(|(a, b)| f(a, b)).collect(),
            meeting: meeting
                .map(|(a, b)| [f(&a[0], &b[0]), f(&a[1], &b[1])])
                .collect(),
        }
    }

    pub(super) fn degree(&self) -> usize {
        let lengths = self.pieces.iter().map(|p| p.powers.len());
        lengths.max().unwrap_or(0).saturating_sub(1)
    }

    /// Number of the piece around 0: of breaks at 0 or below.
    fn centre(&self) -> usize {
        self.breaks.partition_point(|b| *b <= 0.0)
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let centre = self.centre();
        let edge = |(i, b): (usize, &f64)| Edge {
            side: if i < centre { -1.0 } else { 1.0 },
            distance: b.abs(),
        };
        self.breaks.iter().enumerate().map(edge).collect()
    }

    /// The piece around 0, and what every break adds beyond it in powers of the distance from it.
    pub(super) fn parts(&self) -> Vec<Polynomial> {
        let beyond = self
            .meeting
            .iter()
            .map(|[inner, outer]| outer.plus(-1.0, inner));
        let centre = self.pieces[self.centre()].clone();
        let all = std::iter::once(centre).chain(beyond);
        all.map(Polynomial::trimmed).collect()
    }
}
