//! A derivation as a document: problem, statistics, loss, kernels, closed system.

use super::derive::{Derivation, Kernels};
use super::document::{Composed, Document, Equation, Math, Relation, Section};
use super::explain::explanation;
use super::hermite_series::HermiteSeries;
use super::kernel::{ExactKernel, formula};
use super::links::shown;
use super::pretrained_weights::Weights;
use super::search_sections::{near_the_start, search_phase};
use super::symbols::{M, NORM, Q, U};
use super::system::{Rate, time};
use crate::algebra::Tree;
use crate::link::Link;
use crate::model::pair_label;

/// The derivation written out, with its steps if `explain`.
pub fn document(derivation: &Derivation, explain: bool) -> Document {
    let setup = &derivation.setup;
    let links = pair_label(setup.model.teacher().name(), setup.model.student().name());
    let mut sections = vec![problem(derivation), statistics(derivation)];
    if explain {
        sections.push(explanation(derivation));
    }
    sections.extend([loss(derivation), kernels(derivation), system(derivation)]);
    sections.extend(search_phase(derivation));
    sections.push(near_the_start(derivation));
    Document {
        title: format!("{links}: the closed ODEs of {}", setup.adapter.facts().name),
        sections,
    }
}

fn problem(derivation: &Derivation) -> Section {
    let setup = &derivation.setup;
    let weights = setup.adapter.facts().trained;
    let pretraining = match derivation.weights {
        Weights::Aligned => " Pre-training: `w₀ = μ ω⋆`, so that `ρ = μ`, `κ = μ²`.".to_owned(),
        Weights::Tilted(angle) => format!(
            " Pre-training: `|w₀| = μ` at {angle} degrees to `ω⋆`, so that `κ = μ²` and `ρ` is `μ` times the cosine."
        ),
        Weights::Mixture => " Pre-training: `w₀ = μ ω⋆ + (1 − μ) ξ` with a random unit vector `ξ`, so that `ρ = μ`, `κ = μ² + (1 − μ)²`.".to_owned(),
        Weights::Overlaps { rho, kappa } => format!(" Pre-training: `ρ = {rho}`, `κ = {kappa}`."),
        Weights::None => String::new(),
    };
    Section::new("Problem").text(format!(
        "Input `x ∼ N(0, I)` in `d` dimensions, target `y = σ⋆(⟨ω⋆, x⟩) + √Δ ξ` with σ⋆ = {}, student \
         `σ(⟨w, x⟩)` with σ = {}; {weights}.{pretraining} One-pass SGD with batch `B` and step `η`, in the \
         limit `d → ∞` with `ν = η d / B` fixed (`ν = 0`: population gradient flow); time is `t = η` times \
         the steps.",
        setup.model.teacher().name(),
        setup.model.student().name(),
    ))
    .equations(links(derivation))
}

/// The links as formulas in their argument.
fn links(derivation: &Derivation) -> Vec<Equation> {
    let setup = &derivation.setup;
    let equation = |name: &str, left: &str, link: &Link| {
        shown(link).map(|tree| Equation::new(name, left, Math::Link(tree)))
    };
    if setup.model.teacher() == setup.model.student() {
        let both = equation("link", "σ⋆(x) = σ(x)", setup.model.teacher());
        return both.into_iter().collect();
    }
    let teacher = equation("teacher_link", "σ⋆(x)", setup.model.teacher());
    let student = equation("student_link", "σ(x)", setup.model.student());
    teacher.into_iter().chain(student).collect()
}

fn statistics(derivation: &Derivation) -> Section {
    let system = &derivation.system;
    let mut all = vec![("m = ⟨w, ω⋆⟩", "student-teacher overlap")];
    if !system.has_unit_length() {
        all.push(("q = ⟨w, w⟩", "student self-overlap"));
        all.push(("ρ = ⟨w₀, ω⋆⟩, κ = ⟨w₀, w₀⟩", "pre-training, fixed"));
    }
    if system.moves(U) {
        all.push(("u", "LoRA amplitude, 0 at the start"));
        all.push(("a = ⟨v, ω⋆⟩", "LoRA alignment, about `1/√d` at the start"));
        all.push((
            "s = ⟨v, w₀⟩",
            "overlap of adapter and pre-training, `ρ a` at the start",
        ));
    }
    if system.moves(NORM) {
        all.push((
            "n = ⟨v, v⟩",
            "squared length of the adapter, 1 at the start",
        ));
    }
    all.push((
        "λ⋆ = ⟨ω⋆, x⟩, z = ⟨w, x⟩",
        "Gaussian, of variances 1 and `q`, covariance `m`",
    ));
    if derivation.exact().is_some_and(ExactKernel::is_angular) {
        all.push((
            "r = q − m²",
            "squared length of the part of `w` orthogonal to `ω⋆`",
        ));
        all.push((
            "φ = arccos(−m/√q)",
            "in `[0, π]`; `π` when `w` is along `ω⋆`",
        ));
    }
    let owned = all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    Section::new("Summary statistics").definitions(owned.collect())
}

fn loss(derivation: &Derivation) -> Section {
    let section = Section::new("Population loss");
    let total = Equation::new("loss", "L(m, q)", "(E[σ⋆²] + Δ + S(q))/2 − F(m, q)")
        .composed(Composed::Loss);
    let (product, square, power) = match &derivation.kernels {
        Kernels::Exact(kernel) => (
            formula(&kernel.product),
            formula(&kernel.square),
            formula(&kernel.target_power),
        ),
        Kernels::Series(series) => (
            series.product(),
            HermiteSeries::square(),
            Tree::Decimal(series.target_power),
        ),
    };
    section.equations(vec![
        total,
        Equation::new("product", "F(m, q)", "E[σ⋆(λ⋆) σ(z)]").and(Relation::Equal, product),
        Equation::new("square", "S(q)", "E[σ(z)²]").and(Relation::Equal, square),
        Equation::new("target_power", "E[σ⋆²]", power),
    ])
}

fn kernels(derivation: &Derivation) -> Section {
    let section = Section::new("Kernels")
        .text("The gradient is `−∇L = α ω⋆ + β w`; the batch adds fluctuations of strength `N`.");
    let alpha = Equation::new("alpha", "α(m, q)", "∂F/∂m").and(Relation::Equal, "E[σ⋆′(λ⋆) σ′(z)]");
    let beta = Equation::new("beta", "β(m, q)", "2 ∂F/∂q − S′(q)")
        .and(Relation::Equal, "E[(σ⋆(λ⋆) − σ(z)) σ″(z)] − E[σ′(z)²]");
    let noise =
        Equation::new("noise", "N(m, q)", "N₀(m, q) + Δ E[σ′(z)²]").composed(Composed::Noise);
    let signal = Equation::new("noise_signal", "N₀(m, q)", "E[(σ⋆(λ⋆) − σ(z))² σ′(z)²]");
    let slope = Equation::new("noise_slope", "E[σ′(z)²]", Math::Written(String::new()));
    match &derivation.kernels {
        Kernels::Exact(kernel) => section.equations(vec![
            alpha.and(Relation::Equal, formula(&kernel.alpha)),
            beta.and(Relation::Equal, formula(&kernel.beta)),
            noise,
            signal.and(Relation::Equal, formula(&kernel.noise)),
            Equation {
                right: vec![(Relation::Equal, formula(&kernel.slope).into())],
                ..slope
            },
        ]),
        Kernels::Series(series) => {
            let beta_series = Tree::Sum(vec![series.pull(), HermiteSeries::own().negative()]);
            let section = section.equations(vec![
                alpha.and(Relation::Equal, series.alpha()),
                beta.and(Relation::Equal, beta_series),
                noise,
                signal,
                Equation {
                    right: vec![(Relation::Equal, HermiteSeries::slope().into())],
                    ..slope
                },
            ]);
            coefficients(section, series)
        }
    }
}

/// Relative rounding of a coefficient.
const ROUNDING: f64 = 1e-14;

/// Definitions and values of the coefficients of a series.
fn coefficients(section: Section, series: &HermiteSeries) -> Section {
    let columns = series.overlaps.iter().map(|q| format!("cₖ({q})"));
    let columns = ["k".to_owned(), "tₖ".to_owned()].into_iter().chain(columns);
    // Projections on He_k are at most sqrt(k!) times the norm: what is far below is rounding.
    let mut bound = series.target_power.sqrt().max(1.0);
    let rows = series.teacher.iter().enumerate().map(|(k, t)| {
        bound *= (k.max(1) as f64).sqrt();
        let student = series.student.iter().map(|row| row[k]);
        let values = std::iter::once(*t).chain(student);
        let clean = values.map(|x| if x.abs() < ROUNDING * bound { 0.0 } else { x });
        std::iter::once(k as f64).chain(clean).collect()
    });
    section
        .text(
            "This pair has no closed form. The coefficients are Gaussian integrals, by Heₖ the probabilists' Hermite \
             polynomials:",
        )
        .equations(vec![
            Equation::new("t", "tₖ", "E[σ⋆(ξ) Heₖ(ξ)]"),
            Equation::new("c", "cₖ(q)", "E[σ(√q ξ) Heₖ(ξ)]"),
            Equation::new("density", "E[f(ξ)]", "(2π)^(−1/2) ∫ f(ξ) exp(−ξ²/2) dξ"),
        ])
        .text("Their values:")
        .table(columns.collect(), rows.collect())
}

fn system(derivation: &Derivation) -> Section {
    let (setup, system) = (&derivation.setup, &derivation.system);
    let mut section = Section::new("Closed system").equations(rates(&system.rates, ""));
    if system.has_unit_length() {
        return section.text("with `q = 1` throughout and `m` about `1/√d` at the start.");
    }
    if !system.overlaps.is_empty() {
        let overlaps = vec![
            Equation::new("m", Tree::Symbol(M), system.m.clone()),
            Equation::new("q", Tree::Symbol(Q), system.q.clone()),
        ];
        section = section
            .text("with the overlaps, at which `α`, `β` and `N` are taken,")
            .equations(overlaps)
            .text("so that")
            .equations(rates(&system.overlaps, ""));
    }
    if !system.aligned.is_empty() {
        section = section
            .text(
                "With aligned pre-training `s = μ a` stays true and the system closes on `(u, a)`:",
            )
            .equations(rates(&system.aligned, "aligned_"));
    }
    let mut values = Vec::new();
    if setup.step_ratio.to_bits() != 1.0_f64.to_bits() {
        values.push(format!("`χ = η_v/η_u = {}`", setup.step_ratio));
    }
    if setup.weight_decay > 0.0 {
        values.push(format!("weight decay `λ = {}`", setup.weight_decay));
    }
    if values.is_empty() {
        return section;
    }
    section.text(format!("with {}.", values.join(", ")))
}

fn rates(rates: &[Rate], prefix: &str) -> Vec<Equation> {
    let equation = |rate: &Rate| {
        let name = format!("{prefix}d{}_dt", rate.variable.name);
        Equation::new(&name, time(rate.variable), rate.rate.clone())
    };
    rates.iter().map(equation).collect()
}
