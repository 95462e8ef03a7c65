//! Python with NumPy and nothing else.

use super::code::{Program, folded, program};
use super::{Format, FormatError, Wanted};
use crate::algebra::render::Language;
use crate::derivation::derive::{Derivation, Kernels};
use crate::problem::pair_label;

pub(super) const FORMAT: Format = Format {
    name: "python",
    about: "rhs(t, state, parameters) in Python, with NumPy",
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
    let program = program(derivation, kernel, Language::Python)?;
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
    out.push_str("import numpy as np\n\n");
    for (name, value) in &program.constants {
        out.push_str(&format!("{name} = {value}\n"));
    }
    out.push_str(&format!(
        "\ndef rhs(t, state, parameters):\n    \"\"\"d state / dt for state = [{state}] and a dictionary of rho, kappa, nu, noise.\"\"\"\n"
    ));
    let comma = if program.state.len() == 1 { "," } else { "" };
    out.push_str(&format!("    {state}{comma} = state\n"));
    for name in &program.parameters {
        out.push_str(&format!("    {name} = parameters[\"{name}\"]\n"));
    }
    for (name, expression) in &program.statements {
        out.push_str(&folded(&format!("{name} = "), expression, "", 4));
    }
    out.push_str(&format!(
        "    return np.array([{}])\n",
        program.rates.join(", ")
    ));
    out
}
