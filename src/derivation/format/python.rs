//! Python with NumPy and nothing else.

use super::code::{Program, write};
use super::fold::folded;
use super::{Format, network};
use crate::algebra::render::Language;

pub(super) const FORMAT: Format = Format {
    name: "python",
    about: "rhs(t, state, parameters) in Python, with NumPy",
    write: |derivation, wanted| write(derivation, wanted, Language::Python, layout),
    write_network: Some(network::python),
};

fn layout(program: &Program) -> String {
    let mut out: String = program
        .about
        .iter()
        .map(|line| format!("# {line}\n"))
        .collect();
    if program.before.is_empty() {
        out.push_str("import numpy as np\n\n");
    } else {
        out.push_str("import functools\nimport math\n\nimport numpy as np\n\n");
    }
    for (name, value) in &program.constants {
        out.push_str(&format!("{name} = {value}\n"));
    }
    if !program.before.is_empty() {
        out.push_str(&format!("{}\n", program.before));
    }
    let state = program.state.join(", ");
    out.push_str(&format!(
        "\ndef rhs(t, state, parameters):\n    \"\"\"d state / dt for state = [{state}] and a dictionary of rho, kappa, nu, noise.\"\"\"\n"
    ));
    let comma = if program.state.len() == 1 { "," } else { "" };
    out.push_str(&format!("    {state}{comma} = state\n"));
    for name in &program.parameters {
        out.push_str(&format!("    {name} = parameters[\"{name}\"]\n"));
    }
    for statement in &program.statements {
        out.push_str(&folded(&statement.names.join(", "), &statement.expression));
    }
    let rates = program.rates.join(", ");
    out + &format!("    return np.array([{rates}])\n")
}
