//! Julia, without packages.

use super::code::{Program, folded, program};
use super::{Format, FormatError, Wanted};
use crate::algebra::render::Language;
use crate::derivation::derive::{Derivation, Kernels};
use crate::problem::pair_label;

pub(super) const FORMAT: Format = Format {
    name: "julia",
    about: "rhs(t, state, parameters) in Julia",
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
    let program = program(derivation, kernel, Language::Julia)?;
    Ok(written(&program, derivation, wanted))
}

fn written(program: &Program, derivation: &Derivation, wanted: &Wanted) -> String {
    let setup = &derivation.setup;
    let links = pair_label(setup.teacher.name(), setup.student.name());
    let state = program.state.join(", ");
    let mut out = format!(
        "# {}\n# Closed ODEs, {links}; time is the step size times the SGD steps.\n",
        wanted.made
    );
    for (name, value) in &program.constants {
        out.push_str(&format!("const {name} = {value}\n"));
    }
    out.push_str(&format!(
        "\n# d state / dt for state = [{state}] and parameters with the fields rho, kappa, nu, noise.\n\
         function rhs(t, state, parameters)\n    {state}{} = state\n",
        if program.state.len() == 1 { "," } else { "" }
    ));
    for name in &program.parameters {
        out.push_str(&format!("    {name} = parameters.{name}\n"));
    }
    for (name, expression) in &program.statements {
        out.push_str(&folded(&format!("{name} = "), expression, "", 4));
    }
    out.push_str(&format!("    return [{}]\nend\n", program.rates.join(", ")));
    out
}
