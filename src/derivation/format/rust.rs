//! Rust, without crates.

use super::Format;
use super::code::{Program, write};
use super::fold::folded_let;
use crate::algebra::render::Language;

pub(super) const FORMAT: Format = Format {
    name: "rust",
    about: "rhs(t, state, parameters) in Rust",
    write: |derivation, wanted| write(derivation, wanted, Language::Rust, layout),
    write_network: None,
};

const PARAMETERS: &str = "\
/// Pre-training overlaps, SGD noise strength, label-noise variance.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    pub rho: f64,
    pub kappa: f64,
    pub nu: f64,
    pub noise: f64,
}

";

fn layout(program: &Program) -> String {
    let about = program.about.iter().map(|line| format!("// {line}\n"));
    let mut out = about.collect::<String>() + "\n";
    let mut rhs = head(program);
    for (name, value) in &program.constants {
        rhs.push_str(&format!("    let {name}: f64 = {value};\n"));
    }
    for name in &program.parameters {
        rhs.push_str(&format!("    let {name} = parameters.{name};\n"));
    }
    for statement in &program.statements {
        let names = match statement.names.as_slice() {
            [name] => name.clone(),
            names => format!("[{}]", names.join(", ")),
        };
        rhs.push_str(&folded_let(&names, &statement.expression));
    }
    rhs.push_str(&format!("    [{}]\n}}\n", program.rates.join(", ")));
    let word = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != ':')
            .any(|w| w == "PI")
    };
    if word(&program.before) || word(&rhs) {
        out.push_str("use std::f64::consts::PI;\n\n");
    }
    out.push_str(PARAMETERS);
    if !program.before.is_empty() {
        out.push_str(&format!("{}\n", program.before));
    }
    out + &rhs
}

fn head(program: &Program) -> String {
    let (state, size) = (program.state.join(", "), program.state.len());
    format!(
        "/// `d state / dt` for `state = [{state}]`.\n#[allow(non_snake_case)]\n\
         pub fn rhs(_t: f64, state: [f64; {size}], parameters: &Parameters) -> [f64; {size}] {{\n    let [{state}] = state;\n"
    )
}
