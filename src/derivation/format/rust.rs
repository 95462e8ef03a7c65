//! Rust, without crates.

use super::code::{Program, folded, program};
use super::{Format, FormatError, Wanted};
use crate::algebra::render::Language;
use crate::derivation::derive::{Derivation, Kernels};
use crate::problem::pair_label;

pub(super) const FORMAT: Format = Format {
    name: "rust",
    about: "rhs(t, state, parameters) in Rust",
    write,
};

fn write(derivation: &Derivation, wanted: &Wanted) -> Result<String, FormatError> {
    let setup = &derivation.setup;
    let Kernels::Exact(kernel) = &derivation.kernels else {
        return Err(FormatError::NoProgram {
            format: FORMAT.name,
            pair: pair_label(setup.teacher.name(), setup.student.name()),
        });
    };
    let program = program(derivation, kernel, Language::Rust)?;
    Ok(written(&program, derivation, wanted))
}

fn written(program: &Program, derivation: &Derivation, wanted: &Wanted) -> String {
    let setup = &derivation.setup;
    let links = pair_label(setup.teacher.name(), setup.student.name());
    let (state, size) = (program.state.join(", "), program.state.len());
    let mut out = format!(
        "// {}\n// Closed ODEs, {links}; time is the step size times the SGD steps.\n\n",
        wanted.made
    );
    if program
        .statements
        .iter()
        .any(|(_, text)| text.contains("PI"))
    {
        out.push_str("use std::f64::consts::PI;\n\n");
    }
    out.push_str(
        "/// Pre-training overlaps, SGD noise strength, label-noise variance.\n#[derive(Clone, Copy, Debug)]\n\
         pub struct Parameters {\n    pub rho: f64,\n    pub kappa: f64,\n    pub nu: f64,\n    pub noise: f64,\n}\n\n",
    );
    out.push_str(&format!(
        "/// `d state / dt` for `state = [{state}]`.\n#[allow(non_snake_case)]\n\
         pub fn rhs(_t: f64, state: [f64; {size}], parameters: &Parameters) -> [f64; {size}] {{\n    let [{state}] = state;\n"
    ));
    for (name, value) in &program.constants {
        out.push_str(&format!("    let {name}: f64 = {value};\n"));
    }
    for name in &program.parameters {
        out.push_str(&format!("    let {name} = parameters.{name};\n"));
    }
    for (name, expression) in &program.statements {
        out.push_str(&folded(&format!("let {name} = "), expression, ";", 4));
    }
    out.push_str(&format!("    [{}]\n}}\n", program.rates.join(", ")));
    out
}
