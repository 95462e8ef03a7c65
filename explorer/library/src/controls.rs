//! What can be turned on the page, in the library's words.

use lorode::link::builtin_links;
use lorode::phase::VALUES;
use lorode::problem::{Adapter, Kind, Parameter, Usual};
use lorode::study::parameters::parameters;
use serde_json::{Value, json};

/// Parameters that have a control, in their order on the page.
const SHOWN: [&str; 24] = [
    "link",
    "teacher",
    "student",
    "mu",
    "angle",
    "mixture",
    "rho",
    "kappa",
    "adapter",
    "units",
    "teacher-units",
    "rank",
    "readout",
    "train-readout",
    "set",
    "noise",
    "dim",
    "lr",
    "batch",
    "nu",
    "chi",
    "decay",
    "threshold",
    "time",
];

/// The adapters, the usual one first.
const ADAPTERS: [Adapter; 4] = [
    Adapter::Spherical,
    Adapter::Free,
    Adapter::Full,
    Adapter::Scratch,
];

/// The controls with their words, and the names that may be typed.
pub fn controls() -> Value {
    let all = parameters("solve");
    let one = |name: &&str| all.iter().find(|one| one.name == *name).map(control);
    let links: Vec<&str> = builtin_links().iter().map(|link| link.name).collect();
    let values: Vec<Value> = VALUES
        .iter()
        .map(|value| json!({"name": value.number.name, "label": value.number.label}))
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "controls": SHOWN.iter().filter_map(one).collect::<Vec<_>>(),
        "links": links,
        "adapters": ADAPTERS,
        "values": values,
    })
}

fn control(one: &Parameter) -> Value {
    let usual = match one.usual {
        Usual::Unset | Usual::No => String::new(),
        Usual::Number(number) => number.to_string(),
        Usual::Word(word) | Usual::Rule(word) => word.to_owned(),
    };
    let is_truth = one.kind == Kind::Truth;
    json!({"name": one.name, "is_truth": is_truth, "symbol": one.symbol, "unit": one.unit, "about": one.about, "usual": usual})
}
