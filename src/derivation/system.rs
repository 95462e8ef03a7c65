//! The closed system of every adapter, as formulas in `alpha`, `beta` and `N`
//! (docs/theory.md, section 3).

use super::symbols::{A, ALPHA, BETA, CHI, KAPPA, LAMBDA, M, MU, NOISE, NORM, NU, Q, RHO, S, U};
use crate::algebra::{Exponent, Symbol, Tree};
use crate::problem::Adapter;

/// One equation `d variable / dt = rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// What moves.
    pub variable: Symbol,
    /// Its time derivative.
    pub rate: Tree,
}

/// A closed system of ODEs.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// The equations, in the order of the state.
    pub rates: Vec<Rate>,
    /// The same in the variables `(u, a)` alone, when the pre-training is aligned.
    pub aligned: Vec<Rate>,
    /// `m` as a function of the state.
    pub m: Tree,
    /// `q` as a function of the state.
    pub q: Tree,
    /// `dm/dt` and `dq/dt` by those of the state, empty when `m` and `q` are the state.
    pub overlaps: Vec<Rate>,
}

/// Which terms a system has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What is trained.
    pub adapter: Adapter,
    /// Whether `w0` is along `omega*`.
    pub aligned: bool,
    /// Whether the step ratio is not 1.
    pub step_ratio: bool,
    /// Whether there is weight decay.
    pub decay: bool,
}

impl System {
    /// Writes down the system with these terms; a new adapter is one arm here.
    pub fn new(terms: Terms) -> Self {
        match terms.adapter {
            Adapter::Spherical => spherical(terms),
            Adapter::Free => free(terms),
            Adapter::Full => full(terms),
            Adapter::Scratch => scratch(),
        }
    }
}

fn spherical(terms: Terms) -> System {
    let (a, s) = (sym(A), sym(S));
    let drift_a = sum(vec![
        product(vec![sym(ALPHA), one_minus_square(A)]),
        product(vec![
            sym(BETA),
            minus(sym(RHO), product(vec![s.clone(), a.clone()])),
        ]),
    ]);
    let drift_s = sum(vec![
        product(vec![
            sym(ALPHA),
            minus(sym(RHO), product(vec![s.clone(), a.clone()])),
        ]),
        product(vec![sym(BETA), minus(sym(KAPPA), square(S))]),
    ]);
    let rate_u = sum(vec![
        product(vec![sym(ALPHA), a.clone()]),
        product(vec![sym(BETA), sum(vec![s.clone(), sym(U)])]),
    ]);
    let aligned_drift = product(vec![one_minus_square(A), gradient()]);
    let aligned = vec![
        Rate {
            variable: U,
            rate: terms.with_decay(
                sum(vec![
                    product(vec![gradient(), a.clone()]),
                    product(vec![sym(BETA), sym(U)]),
                ]),
                U,
            ),
        },
        Rate {
            variable: A,
            rate: terms.on_sphere(aligned_drift, A),
        },
    ];
    System {
        rates: vec![
            Rate {
                variable: U,
                rate: terms.with_decay(rate_u, U),
            },
            Rate {
                variable: A,
                rate: terms.on_sphere(drift_a, A),
            },
            Rate {
                variable: S,
                rate: terms.on_sphere(drift_s, S),
            },
        ],
        aligned: if terms.aligned { aligned } else { Vec::new() },
        m: lora_m(),
        q: sum(vec![
            sym(KAPPA),
            product(vec![Tree::int(2), sym(U), sym(S)]),
            square(U),
        ]),
        overlaps: vec![
            lora_m_rate(),
            Rate {
                variable: Q,
                rate: sum(vec![
                    product(vec![Tree::int(2), sum(vec![sym(S), sym(U)]), time(U)]),
                    product(vec![Tree::int(2), sym(U), time(S)]),
                ]),
            },
        ],
    }
}

fn free(terms: Terms) -> System {
    let pull = || {
        sum(vec![
            product(vec![sym(ALPHA), sym(A)]),
            product(vec![
                sym(BETA),
                sum(vec![sym(S), product(vec![sym(U), sym(NORM)])]),
            ]),
        ])
    };
    let drift_a = sum(vec![sym(ALPHA), product(vec![sym(BETA), sym(M)])]);
    let drift_s = sum(vec![
        product(vec![sym(ALPHA), sym(RHO)]),
        product(vec![
            sym(BETA),
            sum(vec![sym(KAPPA), product(vec![sym(U), sym(S)])]),
        ]),
    ]);
    let mut length = vec![
        product([terms.chi(1), vec![Tree::int(2), sym(U), pull()]].concat()),
        product([terms.chi(2), vec![sym(NU), square(U), sym(NOISE)]].concat()),
    ];
    if terms.decay {
        length.push(product(vec![Tree::int(2), sym(LAMBDA), sym(NORM)]).negative());
    }
    let moved = |drift: Tree, x: Symbol| {
        terms.with_decay(product([terms.chi(1), vec![sym(U), drift]].concat()), x)
    };
    System {
        rates: vec![
            Rate {
                variable: U,
                rate: terms.with_decay(pull(), U),
            },
            Rate {
                variable: A,
                rate: moved(drift_a, A),
            },
            Rate {
                variable: S,
                rate: moved(drift_s, S),
            },
            Rate {
                variable: NORM,
                rate: sum(length),
            },
        ],
        aligned: Vec::new(),
        m: lora_m(),
        q: sum(vec![
            sym(KAPPA),
            product(vec![Tree::int(2), sym(U), sym(S)]),
            product(vec![square(U), sym(NORM)]),
        ]),
        overlaps: vec![
            lora_m_rate(),
            Rate {
                variable: Q,
                rate: sum(vec![
                    product(vec![
                        Tree::int(2),
                        sum(vec![sym(S), product(vec![sym(U), sym(NORM)])]),
                        time(U),
                    ]),
                    product(vec![Tree::int(2), sym(U), time(S)]),
                    product(vec![square(U), time(NORM)]),
                ]),
            },
        ],
    }
}

fn full(terms: Terms) -> System {
    let rate_m = sum(vec![sym(ALPHA), product(vec![sym(BETA), sym(M)])]);
    let mut rate_q = vec![
        product(vec![
            Tree::int(2),
            sum(vec![
                product(vec![sym(ALPHA), sym(M)]),
                product(vec![sym(BETA), sym(Q)]),
            ]),
        ]),
        product(vec![sym(NU), sym(NOISE)]),
    ];
    if terms.decay {
        rate_q.push(product(vec![Tree::int(2), sym(LAMBDA), sym(Q)]).negative());
    }
    System {
        rates: vec![
            Rate {
                variable: M,
                rate: terms.with_decay(rate_m, M),
            },
            Rate {
                variable: Q,
                rate: sum(rate_q),
            },
        ],
        aligned: Vec::new(),
        m: sym(M),
        q: sym(Q),
        overlaps: Vec::new(),
    }
}

fn scratch() -> System {
    let drift = product(vec![sym(ALPHA), one_minus_square(M)]);
    let shrink = product(vec![half(NU), sym(NOISE), sym(M)]);
    System {
        rates: vec![Rate {
            variable: M,
            rate: minus(drift, shrink),
        }],
        aligned: Vec::new(),
        m: sym(M),
        q: Tree::int(1),
        overlaps: Vec::new(),
    }
}

impl Terms {
    /// `chi^power`, where the step ratio counts.
    fn chi(self, power: i64) -> Vec<Tree> {
        if self.step_ratio {
            vec![sym(CHI).to_power(Exponent::from_integer(power))]
        } else {
            Vec::new()
        }
    }

    /// `rate - lambda x`, where there is decay.
    fn with_decay(self, rate: Tree, x: Symbol) -> Tree {
        if !self.decay {
            return rate;
        }
        minus(rate, product(vec![sym(LAMBDA), sym(x)]))
    }

    /// `chi u drift - chi^2 (nu/2) u^2 N x`.
    fn on_sphere(self, drift: Tree, x: Symbol) -> Tree {
        let moved = product([self.chi(1), vec![sym(U), drift]].concat());
        let shrink = [self.chi(2), vec![half(NU), square(U), sym(NOISE), sym(x)]];
        minus(moved, product(shrink.concat()))
    }
}

/// `alpha + mu beta`.
fn gradient() -> Tree {
    sum(vec![sym(ALPHA), product(vec![sym(MU), sym(BETA)])])
}

fn lora_m() -> Tree {
    sum(vec![sym(RHO), product(vec![sym(U), sym(A)])])
}

fn lora_m_rate() -> Rate {
    Rate {
        variable: M,
        rate: sum(vec![
            product(vec![sym(A), time(U)]),
            product(vec![sym(U), time(A)]),
        ]),
    }
}

/// `dx/dt`, as a symbol of its own.
pub fn time(x: Symbol) -> Tree {
    const fn rate(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
        Symbol {
            name,
            text,
            latex,
            positive: false,
        }
    }
    Tree::Symbol(match x {
        x if x == U => rate("du_dt", "du/dt", "\\dot{u}"),
        x if x == A => rate("da_dt", "da/dt", "\\dot{a}"),
        x if x == S => rate("ds_dt", "ds/dt", "\\dot{s}"),
        x if x == NORM => rate("dn_dt", "dn/dt", "\\dot{n}"),
        x if x == M => rate("dm_dt", "dm/dt", "\\dot{m}"),
        _ => rate("dq_dt", "dq/dt", "\\dot{q}"),
    })
}

/// A variable as a formula.
pub(super) fn sym(symbol: Symbol) -> Tree {
    Tree::Symbol(symbol)
}

pub(super) fn sum(terms: Vec<Tree>) -> Tree {
    Tree::sum(terms)
}

pub(super) fn product(factors: Vec<Tree>) -> Tree {
    Tree::product(factors)
}

fn minus(a: Tree, b: Tree) -> Tree {
    let mut terms = match a {
        Tree::Sum(terms) => terms,
        other => vec![other],
    };
    terms.push(b.negative());
    Tree::Sum(terms)
}

pub(super) fn square(x: Symbol) -> Tree {
    sym(x).to_power(Exponent::from_integer(2))
}

fn one_minus_square(x: Symbol) -> Tree {
    minus(Tree::int(1), square(x))
}

fn half(x: Symbol) -> Tree {
    sym(x).over(Tree::int(2))
}
