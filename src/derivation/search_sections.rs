//! A derivation as a document: search phase and start.

use num_traits::{One, Zero};

use super::derive::{DegenerateStart, Derivation};
use super::document::{Composed, Equation, Math, Relation, Section};
use super::escape::Escape;
use super::kernel::formula;
use super::pretrained_weights::Weights;
use super::search::{Critical, Law, Value};
use super::symbols::{A, CURVATURE, GRADIENT, M, MU};
use crate::algebra::render::text;
use crate::algebra::{Exponent, Symbol, Tree};
use crate::search::CriticalKind;

/// The search phase; none without a LoRA adapter.
pub(super) fn search_phase(derivation: &Derivation) -> Option<Section> {
    let setup = &derivation.setup;
    if !setup.adapter.is_lora() {
        return None;
    }
    let mut section = Section::new("Search phase").text(
        "Around `u = a = s = 0` the pair `(u, p)`, `p` the component of `v` along the gradient at `w₀`, obeys \
         `du/dt = B u + A p`, `dp/dt = A u`, with the gradient's length `A` and the curvature `B`, both taken at `w = w₀`:",
    );
    section = section.equations(gradient(derivation));
    if let (Some(cosine), Weights::Tilted(angle)) =
        (derivation.weights.cosine(), derivation.weights)
    {
        let number = digits(cosine);
        section = section.text(format!(
            "with `c = {number}`, the cosine of {angle} degrees."
        ));
    }
    section = section.equations(growth(derivation));
    let limits: Vec<Equation> = [
        (&derivation.weak, "tau_weak", "τ(μ → 0)", "μ"),
        (&derivation.strong, "tau_strong", "τ(μ → 1)", "(1 − μ)"),
    ]
    .into_iter()
    .filter_map(|(law, name, left, x)| Some(limit(law.as_ref()?, name, left, x)))
    .collect();
    section = section.equations(limits);
    if let Some(phase) = &derivation.phase {
        let mut rows = vec![
            Equation::new(
                "gradient_at_mu",
                Tree::Symbol(GRADIENT),
                Tree::Decimal(phase.gradient_norm),
            ),
            Equation::new(
                "curvature_at_mu",
                Tree::Symbol(CURVATURE),
                Tree::Decimal(phase.curvature),
            ),
        ];
        rows.extend(
            phase
                .tau
                .map(|tau| Equation::new("tau_at_mu", "τ", Tree::Decimal(tau))),
        );
        let place = derivation
            .mu
            .map_or("At this pre-training:".to_owned(), |mu| {
                format!("At `μ = {mu}`:")
            });
        section = section.text(place).equations(rows);
    }
    Some(critical(section, derivation))
}

fn gradient(derivation: &Derivation) -> Vec<Equation> {
    let weights = derivation.weights;
    let (left, definition) = match (weights.is_aligned(), weights.has_strength()) {
        (true, true) => ("A(μ)", "α + ρ β"),
        (true, false) => ("A", "α + ρ β"),
        (false, true) => ("A(μ)²", "α² + 2αβρ + β²κ"),
        (false, false) => ("A²", "α² + 2αβρ + β²κ"),
    };
    let right = if weights.has_strength() { "B(μ)" } else { "B" };
    let mut a = Equation::new("gradient", left, definition);
    let mut b = Equation::new("curvature", right, "β(ρ, κ)");
    if let Some(search) = &derivation.search {
        a = a.and(Relation::Equal, formula(&search.gradient));
        b = b.and(Relation::Equal, formula(&search.curvature));
    }
    vec![a, b]
}

fn growth(derivation: &Derivation) -> Vec<Equation> {
    let setup = &derivation.setup;
    let chi = if setup.step_ratio.to_bits() == 1.0_f64.to_bits() {
        ""
    } else {
        "χ"
    };
    if setup.shrinks_direction() {
        let rate = format!("(B + √(B² + 4{chi}A²))/2 − λ");
        return vec![Equation::new("growth_rate", "λ₊(t = 0)", rate.as_str())];
    }
    let b = if setup.weight_decay > 0.0 {
        "(B − λ)"
    } else {
        "B"
    };
    let root = format!("√({b}² + 4{chi}A²)");
    let rate = format!("({b} + {root})/2");
    let tau = format!("2/({b} + {root})");
    let other = format!("({root} − {b})/(2{chi}A²)");
    let time = Equation::new("tau", "τ = 1/λ₊", tau.as_str()).and(Relation::Equal, other.as_str());
    let of_square = !derivation.weights.is_aligned();
    // The formula that is filled in has neither chi nor decay.
    let is_plain = chi.is_empty() && setup.weight_decay <= 0.0;
    vec![
        Equation::new("growth_rate", "λ₊", rate.as_str()),
        match is_plain {
            true => time.composed(Composed::SearchTime { of_square }),
            false => time,
        },
    ]
}

/// `tau ~ C x^-p`, the constant in digits too where it is no whole number.
fn limit(law: &Law, name: &str, left: &str, x: &str) -> Equation {
    let power = |constant: Tree| -> Tree {
        if law.exponent.is_zero() {
            return constant;
        }
        let base = if x == "μ" {
            Tree::Symbol(MU)
        } else {
            Tree::Sum(vec![Tree::int(1), Tree::Symbol(MU).negative()])
        };
        Tree::product(vec![constant, Tree::Power(Box::new(base), -law.exponent)])
    };
    let shown = value(&law.constant);
    let equation = Equation::new(name, left, power(shown.clone())).related(Relation::Asymptotic);
    if is_plain(&shown) {
        return equation;
    }
    let digits = law.constant.number();
    // A closed form may be a number beyond double precision.
    if !digits.is_finite() {
        return equation;
    }
    equation.and(Relation::Nearly, power(Tree::Decimal(digits)))
}

/// A number as a formula.
pub(super) fn value(value: &Value) -> Tree {
    match value {
        Value::Exact(e) => formula(e),
        Value::Number(x) => Tree::Decimal(*x),
    }
}

fn is_plain(tree: &Tree) -> bool {
    match tree {
        Tree::Number(n) => n.denom().is_one(),
        Tree::Decimal(_) => true,
        Tree::Negative(inner) => is_plain(inner),
        _ => false,
    }
}

fn critical(section: Section, derivation: &Derivation) -> Section {
    if derivation.weights != Weights::Aligned {
        return section;
    }
    let searched = derivation.unsearched.map_or(0.0, |(_, to)| to);
    let mut section = match derivation.unsearched {
        None => section,
        Some((from, to)) => section.text(format!(
            "Critical strengths between `μ = {from}` and `{to}` were not looked for: `A` costs too much there."
        )),
    };
    for (from, to) in &derivation.underflow {
        section = section.text(format!(
            "Critical strengths between `μ = {from:.6}` and `{to:.6}` cannot be placed: `A` is below the smallest double there."
        ));
    }
    if derivation.critical.is_empty() {
        let elsewhere = if derivation.underflow.is_empty() {
            ""
        } else {
            " elsewhere"
        };
        return section.text(format!(
            "There is no critical strength{elsewhere}: in `{searched} ≤ μ ≤ 2`, `A` vanishes at most where `w₀` is the answer already."
        ));
    }
    let equations = derivation
        .critical
        .iter()
        .enumerate()
        .flat_map(|(i, c)| strength(i, c));
    section
        .text("Critical strengths, where `A = 0` and `w₀` is a critical point of the loss:")
        .equations(equations.collect())
}

/// Size of a curvature that is 0.
const FLAT: f64 = 1e-12;

fn strength(i: usize, critical: &Critical) -> Vec<Equation> {
    let kind = match critical.kind {
        _ if critical.curvature.number().abs() < FLAT => "flat: higher orders decide",
        CriticalKind::Trap => "trap: u decays",
        CriticalKind::Saddle => "saddle: u grows",
    };
    let shown = value(&critical.mu);
    let mut mu = Equation::new(&format!("critical_{i}"), "μ꜀", shown.clone());
    if !is_plain(&shown) {
        mu = mu.and(Relation::Nearly, Tree::Decimal(critical.mu.number()));
    }
    let curvature = value(&critical.curvature);
    let mut b = Equation::new(
        &format!("critical_{i}_curvature"),
        "B(μ꜀)",
        curvature.clone(),
    );
    if !is_plain(&curvature) {
        b = b.and(Relation::Nearly, Tree::Decimal(critical.curvature.number()));
    }
    b.remark = Some(kind.to_owned());
    vec![mu, b]
}

/// What the flow does at its start, and the law of the exit time.
pub(super) fn near_the_start(derivation: &Derivation) -> Section {
    let setup = &derivation.setup;
    let mut section = Section::new("Near the start");
    if setup.shrinks_direction() {
        section = section
            .text("Weight decay shrinks `v` too: the growth rate above holds at `t = 0` only.");
    } else if setup.adapter.is_lora()
        && derivation.mu.is_none()
        && derivation.weights.has_strength()
    {
        section = section.text(
            "Where `A ≠ 0`, `du/dt = B u + A p` and `dp/dt = A u` to first order: both grow like `exp(t/τ)`, and with \
             `p` the alignment, unless the gradient is orthogonal to `ω⋆`. From `u = 0`, `a = 1/√d` a run that exits does so at \
             `t ∼ (τ/2) ln d`.",
        );
    }
    for (i, start) in derivation.degenerate.iter().enumerate() {
        section = degenerate(section, start, i, setup.weight_decay);
    }
    if let (Some(escape), true) = (&derivation.escape, derivation.degenerate.is_empty()) {
        section = section.text(told(escape, setup.weight_decay));
    }
    section
}

fn degenerate(section: Section, start: &DegenerateStart, i: usize, decay: f64) -> Section {
    let at = digits(start.mu.number());
    let mut section = section;
    if let Some(expansion) = &start.expansion {
        section = section
            .text(format!("At `μ = {at}` the gradient vanishes; to the first order that does not, for `u > 0`, `ν = 0`:"))
            .equations(vec![
                Equation::new(&format!("start_{i}_du_dt"), "du/dt", Math::Tree(expansion.amplitude.clone())).related(Relation::Asymptotic),
                Equation::new(&format!("start_{i}_da_dt"), "da/dt", Math::Tree(expansion.alignment.clone())).related(Relation::Asymptotic),
            ]);
    } else {
        section = section.text(format!("At `μ = {at}` the gradient vanishes."));
    }
    section.text(told(&start.escape, decay))
}

/// A number in words.
fn digits(x: f64) -> String {
    text(&Tree::Decimal(x))
}

/// `x^power`, nothing for the power 0.
fn raised(x: Symbol, power: usize) -> String {
    match power {
        0 => String::new(),
        _ => text(&Tree::Symbol(x).to_power(Exponent::from_integer(power as i64))),
    }
}

/// The exit time `d^((order - 1)/2)`.
fn dimension_law(order: usize) -> String {
    const DIM: Symbol = Symbol {
        name: "d",
        text: "d",
        latex: "d",
        positive: true,
    };
    let law = Tree::Symbol(DIM).to_power(Exponent::new(order as i64 - 1, 2));
    format!("the exit time grows like `{}`", text(&law))
}

/// An escape in words.
fn told(escape: &Escape, decay: f64) -> String {
    // What u grows by is B less the weight decay.
    let b = if decay > 0.0 { "B − λ" } else { "B" };
    match *escape {
        Escape::Exponential { tau } => format!(
            "`a` and `u` grow together like `exp(t/τ)`. From `u = 0`, `a = 1/√d` a run that exits does so at \
             `t ∼ (τ/2) ln d` with `τ/2 = {}`.",
            digits(tau / 2.0)
        ),
        Escape::Perfect => "`w₀` is the best answer already: nothing is left to learn.".to_owned(),
        Escape::Immediate => {
            "From `w₀ = 0` a student with a kink at 0 has a gradient that is not linear in `u`: neither `du/dt` nor `da/dt` \
             vanishes at `a = 0`, `u > 0`, and the exit time tends to a constant."
                .to_owned()
        }
        Escape::Trapped => format!("`{b} < 0`: `u` decays, and the run never leaves."),
        Escape::Fixed => {
            "The run starts at `w₀` whatever the dimension: the exit time does not depend on `d`.".to_owned()
        }
        Escape::Undecided => {
            "Higher orders decide how it leaves; `lorode scaling` measures it.".replace('`', "'")
        }
        Escape::Plateau {
            growth,
            amplitude,
            order,
            rate,
            ..
        } => format!(
            "`{b} > 0`: from `u₀ ≠ 0` (at `u₀ = 0` it stays) `u` grows like `exp({} t)` to a plateau at `u = {}`, where \
             `da/dt ∼ {}{}`: {}.",
            digits(growth),
            digits(amplitude),
            digits(rate),
            raised(A, order),
            match order {
                0 => "the alignment leaves at once, and the exit time is that of the climb, `ln(1/u₀)` over its rate".to_owned(),
                _ if rate < 0.0 => "the alignment decays, and the run never leaves".to_owned(),
                1 => "the exit time is logarithmic in the dimension".to_owned(),
                _ => dimension_law(order),
            }
        ),
        Escape::Scratch { order, rate } => format!(
            "From `m = 1/√d`, `dm/dt ∼ {}{}`: {}.",
            digits(rate),
            raised(M, order),
            match order {
                0 => "the exit time does not depend on the dimension".to_owned(),
                _ if rate < 0.0 => "`m` decays, and the run never leaves".to_owned(),
                1 => format!("the exit time is logarithmic, `t ∼ {} ln d`", digits(0.5 / rate)),
                _ => dimension_law(order),
            }
        ),
    }
}
