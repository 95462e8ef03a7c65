//! The sections of a network's derivation.

use super::NetworkDerivation;
use super::pair::Pair;
use crate::derivation::document::{Document, Equation, Section};
use crate::model::pair_label;
use crate::numeral::plain;
use crate::problem::network::{NetworkProblem, NetworkSetup};
use crate::search::network::network_search;

pub(super) fn document(of: &NetworkDerivation) -> Document {
    let [teacher, student] = of.links();
    let links = pair_label(teacher.name(), student.name());
    let facts = of.problem.setup().adapter.facts();
    let mut sections = vec![
        problem(of),
        statistics(&of.problem),
        averages(of),
        gradient(),
        system(&of.problem),
    ];
    if of.problem.setup().scaling.nu > 0.0 {
        sections.push(noise(of));
    }
    sections.extend(search(&of.problem));
    Document {
        title: format!("{links}: the closed ODEs of a network, {}", facts.name),
        sections,
    }
}

fn problem(of: &NetworkDerivation) -> Section {
    let setup = of.problem.setup();
    let facts = setup.adapter.facts();
    let weights = match (facts.is_lora, facts.on_sphere) {
        (true, true) => {
            "`W = W₀ + U V` with `W₀` frozen, `U` of size `K × r`, rows of `V` kept at length 1 by projection after every step"
        }
        (true, false) => "`W = W₀ + U V` with `W₀` frozen, `U` of size `K × r`, `V` free",
        (false, false) => "all of `W` trained",
        (false, true) => {
            "all of `W` trained, its rows kept at length 1 by projection after every step"
        }
    };
    let readouts = match setup.readout_ratio > 0.0 {
        true => format!(
            "trained with step ratio `χₐ = {}`",
            plain(setup.readout_ratio)
        ),
        false => "frozen".to_owned(),
    };
    let rank = if facts.is_lora {
        format!(", rank `r = {}`", setup.rank)
    } else {
        String::new()
    };
    Section::new("Problem").text(format!(
        "Input `x ∼ N(0, I)` in `d` dimensions; target `y = Σⱼ bⱼ σ⋆(⟨tⱼ, x⟩) + √Δ ξ` of `K⋆ = {}` units with σ⋆ = {}, student \
         `Σᵢ aᵢ σ(⟨wᵢ, x⟩)` of `K = {}` units with σ = {}{rank}; readouts `a` {readouts}; {weights}. One-pass SGD with batch `B` and step \
         `η`, in the limit `d → ∞` with `ν = η d / B = {}` fixed; time is `t = η` times the steps. Label noise `Δ = {}`.",
        of.problem.teacher_units(),
        of.links()[0].name(),
        of.problem.units(),
        of.links()[1].name(),
        plain(setup.scaling.nu),
        plain(setup.label_noise),
    ))
}

fn statistics(problem: &NetworkProblem) -> Section {
    let mut all = vec![
        ("M = W Tᵀ", "student units with teacher units, `K × K⋆`"),
        ("Q = W Wᵀ", "student units with each other, `K × K`"),
    ];
    if problem.setup().adapter.facts().is_lora {
        all.extend([
            (
                "T_f, W⁰_f, V_f",
                "components in an orthonormal frame of `T` and `W₀`",
            ),
            (
                "R",
                "Gram matrix of what `V` has outside the frame, `r × r`",
            ),
            (
                "W_f = W⁰_f + U V_f",
                "so that `M = W_f T_fᵀ`, `Q = W_f W_fᵀ + U R Uᵀ`, `C = V Vᵀ = V_f V_fᵀ + R`",
            ),
        ]);
    } else {
        all.extend([
            ("T_f, W_f", "components in an orthonormal frame of `T`"),
            (
                "R",
                "Gram matrix of what `W` has outside it: `M = W_f T_fᵀ`, `Q = W_f W_fᵀ + R`",
            ),
        ]);
    }
    let owned = all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    Section::new("State").definitions(owned.collect())
}

fn averages(of: &NetworkDerivation) -> Section {
    let equation = |name: &str, left: &str, pair: &Pair| {
        let formula = pair.formula().concat();
        Equation::new(name, left, &*formula)
    };
    Section::new("Pair averages")
        .text(
            "Pre-activations of variances `v₁`, `v₂` and covariance `c`: `F(v₁, v₂, c) = E[f(z₁) g(z₂)]`, with `∂F/∂c = E[f′ g′]` and \
             `∂F/∂v₂ = E[f g″]/2`. `F` of teacher with student (`f = σ⋆`, `g = σ`), `H` of the student with itself:",
        )
        .equations(vec![
            equation("product", "F(v₁, v₂, c)", &of.cross),
            equation("own_product", "H(v₁, v₂, c)", &of.own),
        ])
        .text(of.cross.remark())
        .text("Below, `F_(ij)` is `F` at `v₁ = (T Tᵀ)_(jj)`, `v₂ = Q_(ii)`, `c = M_(ij)`, `H_(ik)` is `H` at `Q_(ii)`, `Q_(kk)`, `Q_(ik)`, and `S(q) = H(q, q, q)`.")
}

fn gradient() -> Section {
    Section::new("Loss and gradient")
        .text("`−∇L = α T + β W`; with `F_T` the averages of the teacher's units with each other,")
        .equations(vec![
            Equation::new("loss", "L", "½ bᵀ F_T b + ½ aᵀ H a − aᵀ F b + Δ/2"),
            Equation::new("alpha", "α_(ij)", "aᵢ bⱼ ∂F_(ij)/∂M_(ij)"),
            Equation::new("beta", "β_(ik)", "−aᵢ aₖ ∂H_(ik)/∂Q_(ik),  i ≠ k"),
            Equation::new(
                "beta_diagonal",
                "β_(ii)",
                "2aᵢ Σⱼ bⱼ ∂F_(ij)/∂Q_(ii) − aᵢ² S′(Q_(ii)) − 2aᵢ Σ_(k≠i) aₖ ∂H_(ik)/∂Q_(ii)",
            ),
            Equation::new("readout_gradient", "−∂L/∂aᵢ", "Σⱼ bⱼ F_(ij) − Σₖ aₖ H_(ik)"),
        ])
}

fn system(problem: &NetworkProblem) -> Section {
    let setup = problem.setup();
    let mut all = match setup.adapter.facts().is_lora {
        true => lora(setup),
        false => whole(setup),
    };
    if setup.readout_ratio > 0.0 {
        all.push(Equation::new("da", "daᵢ/dt", "χₐ (−∂L/∂aᵢ)"));
    }
    Section::new("Closed system").equations(all)
}

/// A term that is there where a number is not 0.
fn term(number: f64, term: &str) -> &str {
    if number.to_bits() == 0.0_f64.to_bits() {
        ""
    } else {
        term
    }
}

/// The step ratio and its square, left out where it is 1.
fn ratios(setup: &NetworkSetup) -> [&'static str; 2] {
    match setup.step_ratio.to_bits() == 1.0_f64.to_bits() {
        true => ["", ""],
        false => ["χ", "χ²"],
    }
}

fn lora(setup: &NetworkSetup) -> Vec<Equation> {
    let (decay, nu, [chi, square]) = (setup.weight_decay, setup.scaling.nu, ratios(setup));
    let on_sphere = setup.adapter.facts().on_sphere;
    let noise = |factor: &str| match nu > 0.0 {
        true => format!(" + {square}E{factor}"),
        false => String::new(),
    };
    let mut all = vec![
        Equation::new("G", "G", "α T_f + β W⁰_f"),
        Equation::new("h", "h", "Uᵀ β U"),
    ];
    if nu > 0.0 {
        all.push(Equation::new("E", "E", "ν Uᵀ N U"));
    }
    let du = format!("G V_fᵀ + β U C{}", term(decay, " − λ U"));
    all.push(Equation::new("dU", "dU/dt", &*du));
    let [dv, dr] = match on_sphere {
        true => [" − diag(g) V_f", " − diag(g) R − R diag(g)"],
        false => [term(decay, " − λ V_f"), term(decay, " − 2λ R")],
    };
    if on_sphere {
        let own = format!("({chi}Uᵀ (G V_fᵀ + β U C){})_(ii)", noise("/2"));
        all.push(Equation::new("g", "gᵢ", &*own));
    }
    let dv = format!("{chi}(Uᵀ G + h V_f){dv}");
    let dr = format!("{chi}(h R + R h){}{dr}", noise(""));
    all.push(Equation::new("dV", "dV_f/dt", &*dv));
    all.push(Equation::new("dR", "dR/dt", &*dr));
    all
}

fn whole(setup: &NetworkSetup) -> Vec<Equation> {
    let (decay, nu) = (setup.weight_decay, setup.scaling.nu);
    let mut all = Vec::new();
    let [dw, dr] = match setup.adapter.facts().on_sphere {
        true => [" − diag(g) W_f", " − diag(g) R − R diag(g)"],
        false => [term(decay, " − λ W_f"), term(decay, " − 2λ R")],
    };
    if setup.adapter.facts().on_sphere {
        let own = format!("(α T_f W_fᵀ + β Q{})_(ii)", term(nu, " + ν N/2"));
        all.push(Equation::new("g", "gᵢ", &*own));
    }
    let dw = format!("α T_f + β W_f{dw}");
    let dr = format!("β R + R β{}{dr}", term(nu, " + ν N"));
    all.push(Equation::new("dW", "dW_f/dt", &*dw));
    all.push(Equation::new("dR", "dR/dt", &*dr));
    all
}

/// How the averages over four units are taken.
fn noise(of: &NetworkDerivation) -> Section {
    let section = Section::new("Noise").equations(vec![Equation::new(
        "noise",
        "N_(kl)",
        "aₖ aₗ E[(y − Σᵢ aᵢ σ(zᵢ))² σ′(zₖ) σ′(zₗ)]",
    )]);
    match (&of.cross, &of.own) {
        (Pair::Erf([_, (amplitude, scale)]), Pair::Erf(_)) => section.text(format!(
            "`σ′(zₖ) σ′(zₗ)` is a Gaussian: with `σ(x) = A erf(b x)`, A = {}, b = {}, and `C₂` the covariance of `(zₖ, zₗ)`, it has the weight \
             `(4A²b²/π)/√(det(I + 2b² C₂))`, and all units have under it the covariances `C − C_2ᵀ (C₂ + I/(2b²))⁻¹ C_2`, `C_2` those with \
             `zₖ`, `zₗ`; of these the averages of pairs are taken, and `Δ` is added.",
            plain(*amplitude),
            plain(*scale),
        )),
        (Pair::Polynomials(_), Pair::Polynomials(_)) => section.text(
            "Wick's theorem makes it a finite sum: `E[p₁ p₂ p₃ p₄]` is the sum over numbers `n_(ij)` of lines between the four units of \
             `c_(ij)^(n_(ij))/n_(ij)!` times the means of the derivatives of order `Σⱼ n_(ij)`.",
        ),
        (Pair::Lines(_), Pair::Lines(_)) => section.text(
            "Every term is a mean of at most two of the `z` times signs, which Stein's identity makes means of signs: two signs are \
             `(2/π) arcsin`, four of them one integral.",
        ),
        _ => section.text("It has no closed form: lorode takes a lattice rule in the dimensions that the units span."),
    }
}

fn search(problem: &NetworkProblem) -> Option<Section> {
    let phase = network_search(problem).ok()??;
    let setup = problem.setup();
    let free = match setup.adapter.facts().on_sphere {
        true => "",
        false => term(setup.weight_decay, " − λ p"),
    };
    let decay = term(setup.weight_decay, " − λ u");
    let [chi, _] = ratios(setup);
    let rates = phase.growth_rates.iter().map(|rate| vec![*rate]);
    let mut section = Section::new("Search phase")
        .text("Around `U = 0` each column `u` of `U` and row `p` of `V`, in the frame, obey, with `α`, `β` and `G` at `W₀`,")
        .equations(vec![
            Equation::new("search_u", "du/dt", &*format!("β u + G p{decay}")),
            Equation::new("search_p", "dp/dt", format!("{chi} Gᵀ u{free}").trim_start()),
        ])
        .text("so that growth rates are the eigenvalues of a symmetric matrix, whatever the rank; here:")
        .table(vec!["λ".to_owned()], rates.collect());
    if let Some(tau) = phase.tau {
        section = section.text(format!("The search time is `τ = 1/λ = {}`.", plain(tau)));
    }
    Some(section)
}
