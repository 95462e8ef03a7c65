//! Histories whose results are saved.

use serde_json::{Value, json};

/// A history by SGD that takes no time.
pub(super) fn history_of_sgd(more: &[(&str, Value)]) -> Value {
    let mut all = json!({"points": 9, "seeds": "3,5,8,9007199254740993", "history": {
        "link": "erf", "tasks": {"one": {}, "t_w-o": {"angle": {"one": 40}}},
        "stage": [
            {"task": "one", "adapter": "scratch", "dim": 50, "lr": 0.1, "batch": 5, "until": {"t": 2}},
            {"task": "t_w-o", "dim": 50, "lr": 0.1, "batch": 10, "until": {"samples": 100, "excess": 0.2}},
        ],
    }});
    for (key, value) in more {
        all[*key] = value.clone();
    }
    all
}

/// The same of networks.
pub(super) fn networks_by_sgd(more: &[(&str, Value)]) -> Value {
    let mut all = history_of_sgd(more);
    all["history"] = json!({
        "link": "erf", "units": 2, "w0": {"one": 0.5},
        "tasks": {"one": {"units": 2}, "t_w-o": {"angle": {"one": 40}}},
        "stage": [
            {"task": "one", "adapter": "full", "dim": 50, "lr": 0.1, "batch": 5, "until": {"t": 2}},
            {"task": "t_w-o", "rank": 2, "dim": 50, "lr": 0.1, "batch": 10, "until": {"samples": 100, "excess": 0.2}},
        ],
    });
    all
}
