//! Julia, without packages.

use super::Format;
use super::code::{Program, write};
use super::fold::folded;
use crate::algebra::render::Language;

pub(super) const FORMAT: Format = Format {
    name: "julia",
    about: "rhs(t, state, parameters) in Julia",
    write: |derivation, wanted| write(derivation, wanted, Language::Julia, layout),
    write_network: None,
};

fn layout(program: &Program) -> String {
    let mut out: String = program
        .about
        .iter()
        .map(|line| format!("# {line}\n"))
        .collect();
    for (name, value) in &program.constants {
        out.push_str(&format!("const {name} = {value}\n"));
    }
    if !program.before.is_empty() {
        out.push_str(&format!("\n{}", program.before));
    }
    let state = program.state.join(", ");
    let comma = if program.state.len() == 1 { "," } else { "" };
    out.push_str(&format!(
        "\n# d state / dt for state = [{state}] and parameters with the fields rho, kappa, nu, noise.\n\
         function rhs(t, state, parameters)\n    ({state}{comma}) = state\n"
    ));
    for name in &program.parameters {
        out.push_str(&format!("    {name} = parameters.{name}\n"));
    }
    for statement in &program.statements {
        out.push_str(&folded(&statement.names.join(", "), &statement.expression));
    }
    let rates = program.rates.join(", ");
    out + &format!("    return [{rates}]\nend\n")
}
