//! Numbers along a run, of the ODEs or of SGD.

use super::{Observable, PLAIN, Role};

/// LoRA amplitude `u`.
pub static U: Observable = Observable {
    name: "u",
    symbol: "u",
    short: "u",
    label: "LoRA amplitude u",
    needs_lora: true,
    about: "LoRA amplitude, in w = w0 + u v",
    signed: true,
    of: |at| at.seen.u,
    size: Some(&ABS_U),
    panel: Some(3),
    ..PLAIN
};

/// LoRA alignment, or the cosine between `w` and `omega*`.
pub static ALIGNMENT: Observable = Observable {
    name: "alignment",
    symbol: "a",
    short: "alignment",
    label: "LoRA alignment ⟨v, ω*⟩",
    label_without_lora: Some("alignment cos(w, ω*)"),
    about: "LoRA alignment <v, omega*>; without LoRA the cosine between w and omega*",
    signed: true,
    role: Role::Progress,
    of: |at| Some(at.seen.alignment),
    size: Some(&ABS_ALIGNMENT),
    panel: Some(0),
    ..PLAIN
};

/// `<v, w0>`.
pub static S: Observable = Observable {
    name: "s",
    symbol: "s",
    short: "s",
    label: "overlap ⟨v, w₀⟩",
    needs_lora: true,
    about: "overlap <v, w0> of adapter and pre-training",
    signed: true,
    of: |at| at.seen.s,
    ..PLAIN
};

/// Student-teacher overlap.
pub static M: Observable = Observable {
    name: "m",
    symbol: "m",
    short: "m",
    label: "student–teacher overlap m",
    about: "student-teacher overlap <w, omega*>",
    signed: true,
    of: |at| Some(at.seen.m),
    panel: Some(1),
    ..PLAIN
};

/// Student self-overlap.
pub static Q: Observable = Observable {
    name: "q",
    symbol: "q",
    short: "q",
    label: "student self-overlap q",
    about: "student self-overlap <w, w>",
    of: |at| Some(at.seen.q()),
    panel: Some(2),
    ..PLAIN
};

/// Population loss.
pub static LOSS: Observable = Observable {
    name: "loss",
    symbol: "L",
    short: "L",
    label: "population loss L",
    about: "population loss, label noise included",
    role: Role::Loss,
    of: |at| Some(at.loss),
    panel: Some(4),
    ..PLAIN
};

/// `|u|`.
pub static ABS_U: Observable = Observable {
    name: "abs_u",
    symbol: "|u|",
    short: "|u|",
    label: "LoRA amplitude |u|",
    needs_lora: true,
    about: "size of the LoRA amplitude",
    of: |at| at.seen.u.map(f64::abs),
    ..PLAIN
};

/// `|alignment|`.
pub static ABS_ALIGNMENT: Observable = Observable {
    name: "abs_alignment",
    symbol: "|a|",
    short: "|alignment|",
    label: "LoRA alignment |⟨v, ω*⟩|",
    label_without_lora: Some("alignment |cos(w, ω*)|"),
    about: "size of the alignment",
    role: Role::Progress,
    of: |at| Some(at.seen.alignment.abs()),
    ..PLAIN
};

/// How far the search of a network has come ([`NetworkObserved::cosine`](super::NetworkObserved)); one unit has it not.
pub static COSINE: Observable = Observable {
    name: "cosine",
    symbol: "cos",
    short: "cosine",
    label: "largest cosine with the teachers",
    about: "largest cosine between what is trained and the span of the teachers",
    role: Role::Progress,
    of: |_| None,
    ..PLAIN
};

/// The list: what every run has, in the order of the data files.
pub static ALONG: &[&Observable] = &[&U, &ALIGNMENT, &S, &M, &Q, &LOSS];

/// What an ensemble of runs has averages of: the numbers of [`ALONG`], then sizes.
pub fn of_ensembles() -> impl Iterator<Item = &'static Observable> {
    let sizes = ALONG.iter().filter_map(|one| one.size);
    ALONG.iter().copied().chain(sizes)
}

/// What figures show, a panel each; of those that a run has.
pub fn panels() -> Vec<&'static Observable> {
    let shown = ALONG.iter().copied().filter(|one| one.panel.is_some());
    let mut all: Vec<&Observable> = shown.collect();
    all.sort_by_key(|one| one.panel);
    all
}
