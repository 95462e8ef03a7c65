//! The derivation in steps, each with its result for the problem at hand.

use super::derive::{Derivation, Kernels};
use super::document::{Equation, Relation, Section};
use super::kernel::formula;
use super::system::formulas;
use crate::algebra::Expr;
use crate::link::Form;

/// All steps.
pub(super) fn explanation(derivation: &Derivation) -> Section {
    let mut section = Section::new("Derivation in steps");
    section = conditioning(section, derivation);
    section = averages(section, derivation);
    section = stein(section, derivation);
    section = projection(section, derivation);
    section = noise(section, derivation);
    if derivation.setup.adapter.is_lora() {
        section = linearisation(section, derivation);
    }
    section
}

/// An equation that ends with a closed form, where there is one.
fn with_result(
    equation: Equation,
    derivation: &Derivation,
    of: impl Fn(&super::kernel::ExactKernel) -> &Expr,
) -> Equation {
    match &derivation.kernels {
        Kernels::Exact(kernel) => equation.and(Relation::Equal, formula(of(kernel))),
        Kernels::Series(_) => equation,
    }
}

fn conditioning(section: Section, derivation: &Derivation) -> Section {
    let section = section
        .text(
            "1. Gaussian conditioning. The loss sees the input through two numbers only, `λ⋆ = ⟨ω⋆, x⟩` and \
             `z = ⟨w, x⟩`, jointly Gaussian with variances 1 and `q` and covariance `m`. Given `z`, with an independent \
             `ξ ∼ N(0, 1)`,",
        )
        .equations(vec![Equation::new(
            "step_conditioning",
            "λ⋆",
            "(m/q) z + √((q − m²)/q) ξ",
        )]);
    let product = Equation::new("step_product", "F(m, q)", "E[σ⋆(λ⋆) σ(z)]");
    section
        .text("so that every average is a function of `m` and `q`, the loss among them: `L = (E[σ⋆²] + Δ + S)/2 − F`.")
        .equations(vec![with_result(product, derivation, |k| &k.product)])
}

/// How the averages of this pair are done.
fn averages(section: Section, derivation: &Derivation) -> Section {
    let setup = &derivation.setup;
    let forms = [setup.model.teacher().form(), setup.model.student().form()];
    let section = section.text(
        "2. Averages. Stein's identity, integration by parts in the Gaussian, lowers powers: \
         `E[z f] = q E[∂f/∂z] + m E[∂f/∂λ⋆]`, `E[λ⋆ f] = E[∂f/∂λ⋆] + m E[∂f/∂z]`.",
    );
    let mut said = section;
    if forms.iter().any(|f| matches!(f, Form::Polynomial(_))) {
        said = said.text(
            "For a Hermite polynomial, used k times, it gives `E[Heₖ(λ⋆) g(z)] = m^k E[g⁽ᵏ⁾(z)]`; the moments of `z` that \
             remain are `E[z^(2j)] = (2j − 1)!! q^j`.",
        );
    }
    if forms.iter().any(|f| matches!(f, Form::Erf { .. })) {
        said = said.text(
            "For `erf(b z)` the derivative is a Gaussian, which turns the measure into another Gaussian one; what is left \
             are arcsines of a correlation, as in `E[erf(x) erf(y)] = (2/π) arcsin(2C/√((1 + 2V)(1 + 2W)))` for variances \
             `V`, `W` and covariance `C`.",
        );
    }
    if forms
        .iter()
        .any(|f| matches!(f, Form::HalfPolynomial { .. }))
    {
        said = said.text(
            "A link that is a polynomial on each side of 0 is a polynomial plus a polynomial times the unit step `H`. The \
             derivative of `H` is a delta, which conditions on 0; what is left is the probability of a quadrant, \
             `E[H(λ⋆) H(z)] = φ/(2π)`.",
        );
    }
    if let Kernels::Series(_) = &derivation.kernels {
        said = said.text(
            "For this pair the integrals have no closed form; expanding both links in Hermite polynomials leaves a series \
             in `m/√q`, because `E[Heⱼ(λ⋆) Heₖ(z/√q)]` is `k! (m/√q)^k` for `j = k` and 0 otherwise.",
        );
    }
    said
}

fn stein(section: Section, derivation: &Derivation) -> Section {
    let alpha = Equation::new("step_alpha", "α = −∂L/∂m", "E[σ⋆′(λ⋆) σ′(z)]");
    let beta = Equation::new(
        "step_beta",
        "β = −2 ∂L/∂q",
        "E[(σ⋆(λ⋆) − σ(z)) σ″(z)] − E[σ′(z)²]",
    );
    let kink = derivation
        .setup
        .model
        .student()
        .breaks()
        .iter()
        .any(|b| b.slope_jump != 0.0);
    let section = section
        .text(
            "3. Gradient. The chain rule gives `−∇L = α ω⋆ + β w`, and Stein's identity turns the derivatives of `L` into \
             averages:",
        )
        .equations(vec![
            with_result(alpha, derivation, |k| &k.alpha),
            with_result(beta, derivation, |k| &k.beta),
        ]);
    if !kink {
        return section;
    }
    section.text(
        "The kink of σ gives σ″ a delta, which is counted: its jump of slope times the density of `z` there times what \
         `σ⋆(λ⋆) − σ(z)` is on average there.",
    )
}

fn projection(section: Section, derivation: &Derivation) -> Section {
    let step = (formulas(derivation.setup.adapter).projection)();
    section.text(step.text).equations(step.equations)
}

fn noise(section: Section, derivation: &Derivation) -> Section {
    let signal = Equation::new("step_noise", "N₀", "E[(σ⋆(λ⋆) − σ(z))² σ′(z)²]");
    let step = (formulas(derivation.setup.adapter).noise)();
    section
        .text(
            "5. Noise. The gradient of a batch of `B` samples is `−∇L` plus a fluctuation. Along any fixed direction it averages \
             out as `η → 0`, but its squared length in `d` dimensions is `(d/B) N`, with",
        )
        .equations(vec![with_result(signal, derivation, |k| &k.noise)])
        .text(format!(
            "so that a step of size `η` adds `η² (d/B) N = η ν N` to a squared length, as much as the drift does: this is \
             where `ν = η d/B` comes from. Here {}",
            step.text
        ))
        .equations(step.equations)
}

fn linearisation(section: Section, derivation: &Derivation) -> Section {
    let mut equations = vec![Equation::new("step_eigenvalue", "λ₊² − B λ₊ − A²", "0")];
    if let Some(search) = &derivation.search {
        let (left, a) = if search.aligned {
            ("A", &search.gradient)
        } else {
            ("A²", &search.gradient)
        };
        equations.insert(0, Equation::new("step_gradient", left, formula(a)));
        equations.insert(
            1,
            Equation::new("step_curvature", "B", formula(&search.curvature)),
        );
    }
    section
        .text(
            "6. Search. To first order in `u`, `a`, `s` the kernels keep their values at `w₀`: the pair of `u` and the component `p` of \
             `v` along the gradient obeys `du/dt = B u + A p`, `dp/dt = A u`, whose growth rate `λ₊ = 1/τ` solves",
        )
        .equations(equations)
}
