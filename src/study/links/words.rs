//! Links in words.

use std::fmt::Write;

use super::{LinkFacts, SEARCHED, SHOWN};
use crate::link::builtin_links;

/// All links there are.
pub(super) fn list() -> String {
    let links = builtin_links();
    let width = links.iter().map(|l| l.label().len()).max().unwrap_or(0);
    let mut summary = String::new();
    for link in links {
        let only = if link.targets_only {
            " (targets only)"
        } else {
            ""
        };
        let extra = if link.parameters.is_empty() {
            String::new()
        } else {
            format!("; {}", link.parameters)
        };
        let _infallible = writeln!(
            summary,
            "{:width$}  {}{extra}{only}",
            link.label(),
            link.about
        );
    }
    summary.push_str(
        "\nAny expression in x is a link too: he1 + 0.5*he3, square(relu), tanh(2*x), \
         x*sigmoid(x),\nmax(x, 0.1*x), exp(-x^2). `lorode links 'EXPRESSION'` describes it.\n",
    );
    summary
}

/// One link.
pub(super) fn facts(facts: &LinkFacts, averages: Option<&str>) -> String {
    let link = &facts.link;
    let parity = facts.parity();
    let exponent = facts.information_exponent;
    let mut summary = format!(
        "{link}\n\
         parity                {parity}\n\
         information exponent  {}\n\
         mean E[sigma]         {:.15}\n\
         norm E[sigma^2]       {:.15}\n\
         E[sigma'^2]           {:.15}\n",
        exponent.map_or(format!("none up to {}", SEARCHED - 1), |k| k.to_string()),
        facts.mean,
        facts.norm2,
        facts.slope_power
    );
    let averages = averages.unwrap_or("as those of the student: a target only");
    let _infallible = writeln!(summary, "averages              {averages}");
    for b in link.breaks() {
        let _infallible = writeln!(
            summary,
            "break                 x = {}, jump {}, slope jump {}",
            b.at, b.jump, b.slope_jump
        );
    }
    summary.push_str("\n k  a_k, sigma = sum a_k He_k\n");
    for (k, a) in facts.coefficients.iter().take(SHOWN).enumerate() {
        let _infallible = writeln!(summary, "{k:2}  {a:+.15e}");
    }
    summary
}
