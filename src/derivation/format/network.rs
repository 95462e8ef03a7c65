//! The closed system of a network as a program in Python, with the numbers of the problem.

use nalgebra::DMatrix;

use super::refused::Refused;
use super::series::{Student, filled};
use super::{FormatError, Wanted};
use crate::algebra::render::{Language, definition};
use crate::derivation::network::{NetworkDerivation, Pair};
use crate::link::Link;
use crate::model::pair_label;
use crate::problem::network::NetworkStart;

const TEMPLATE: &str = include_str!("../../../assets/network.py.in");
/// Most nodes of the noise of polynomials.
const MOST_NODES: f64 = 1e6;

/// The program.
pub(super) fn python(of: &NetworkDerivation, wanted: &Wanted) -> Result<String, FormatError> {
    let [teacher, student] = of.links();
    let label = pair_label(teacher.name(), student.name());
    let none = |reason: &str| FormatError::NoProgram {
        format: Language::Python.name(),
        pair: label.clone(),
        reason: reason.to_owned(),
    };
    let setup = of.problem.setup();
    let facts = setup.adapter.facts();
    let noise = setup.scaling.nu > 0.0;
    if let Some(reason) = none_of(of).filter(|_| noise) {
        return Err(none(reason));
    }
    let mut parts = vec![("numbers", numbers(of))];
    if kind(of) == "general" {
        if !(teacher.breaks().is_empty() && student.breaks().is_empty()) {
            let reason = "its averages are taken on nodes that need smooth links";
            return Err(none(reason));
        }
        parts.extend(
            links([teacher, student]).map_err(|reason| reason.named(Language::Python, &label))?,
        );
    }
    let kind = kind(of);
    let conditions = [
        ("erf", kind == "erf"),
        ("lines", kind == "lines"),
        ("polynomials", kind == "polynomials"),
        ("general", kind == "general"),
        ("lora", facts.is_lora),
        ("sphere", facts.on_sphere),
        ("noise", noise),
    ];
    let about = format!(
        "# {}\n# Closed ODEs of a network, {label}; time is the step size times the SGD steps.\n",
        wanted.made
    );
    Ok(about + &filled(TEMPLATE, &conditions, &parts))
}

/// The functions of links without closed averages.
fn links([teacher, student]: [&Link; 2]) -> Result<[(&'static str, String); 3], Refused> {
    let teacher = Student::new(teacher, Language::Python)?;
    let student = Student::new(student, Language::Python)?;
    let mut functions = teacher.functions.clone();
    for function in &student.functions {
        if !functions
            .iter()
            .any(|known| known.name() == function.name())
        {
            functions.push(*function);
        }
    }
    let found = functions
        .iter()
        .filter_map(|f| definition(*f, Language::Python));
    let body = |link: Student| {
        let lines = link.statements.iter();
        lines
            .map(|(name, e)| format!("    {name} = {e}\n"))
            .collect()
    };
    Ok([
        ("definitions", found.map(|text| text + "\n\n").collect()),
        ("teacher", body(teacher)),
        ("student", body(student)),
    ])
}

/// One of the kinds of pairs, of which both averages are.
fn kind(of: &NetworkDerivation) -> &'static str {
    match (&of.cross, &of.own) {
        (Pair::Erf(_), Pair::Erf(_)) => "erf",
        (Pair::Lines(_), Pair::Lines(_)) | (Pair::Lines(_), Pair::Polynomials(_)) => "lines",
        (Pair::Polynomials(_), Pair::Polynomials(_)) => "polynomials",
        _ => "general",
    }
}

/// Why a program has no noise.
fn none_of(of: &NetworkDerivation) -> Option<&'static str> {
    let setup = of.problem.setup();
    match &of.cross {
        Pair::Erf(_) => None,
        Pair::Polynomials([teacher, student]) => {
            let nodes = 2.0 * teacher.len().max(student.len()) as f64 - 2.0;
            let frame = of.problem.frame();
            let dim = match setup.adapter.facts().is_lora {
                true => frame.dim() + setup.rank,
                false => frame.task() + of.problem.units(),
            };
            let many = nodes.powi(i32::try_from(dim).unwrap_or(i32::MAX)) > MOST_NODES;
            many.then_some("its noise would need more than a million nodes: leave nu out")
        }
        _ => Some("the program has the noise of erf links and of polynomials alone: leave nu out"),
    }
}

/// The constants of the program.
fn numbers(of: &NetworkDerivation) -> String {
    let (setup, frame) = (of.problem.setup(), of.problem.frame());
    let mut out = String::new();
    let mut say = |name: &str, value: String| out.push_str(&format!("{name} = {value}\n"));
    let (shapes, start) = match of.problem.start() {
        NetworkStart::Lora { u, v, rest } => {
            say("T", rows(frame.teachers()));
            say("W0", rows(frame.weights()));
            (vec![u.shape(), v.shape(), rest.shape()], vec![u, v, rest])
        }
        NetworkStart::Whole { w, rest } => {
            say(
                "T",
                rows(&frame.teachers().columns(0, frame.task()).into_owned()),
            );
            (vec![w.shape(), rest.shape()], vec![w, rest])
        }
    };
    say("B", vector(&setup.teacher_readout));
    let shapes = shapes
        .iter()
        .map(|(rows, columns)| format!("({rows}, {columns}), "));
    say(
        "SHAPES",
        format!("[{}({},)]", shapes.collect::<String>(), setup.readout.len()),
    );
    let start = start
        .into_iter()
        .flat_map(|matrix| matrix.transpose().as_slice().to_vec());
    say(
        "START",
        vector(
            &start
                .chain(setup.readout.iter().copied())
                .collect::<Vec<_>>(),
        ),
    );
    let (teacher, student) = match (kind(of), &of.cross, &of.own) {
        (_, Pair::Erf([a, b]), _) => (format!("{a:?}"), format!("{b:?}")),
        (_, Pair::Lines([a, b]), _) => (format!("{a:?}"), format!("{b:?}")),
        (_, Pair::Polynomials([a, b]), _) => (format!("{a:?}"), format!("{b:?}")),
        _ => (
            "lambda x: teacher(x)".to_owned(),
            "lambda x: student(x)".to_owned(),
        ),
    };
    say("TEACHER", teacher);
    say("STUDENT", student);
    for (name, value) in [
        ("NU", setup.scaling.nu),
        ("NOISE", setup.label_noise),
        ("CHI", setup.step_ratio),
        ("DECAY", setup.weight_decay),
        ("READOUT_RATIO", setup.readout_ratio),
        ("END", of.time().min(setup.t_max)),
    ] {
        say(name, format!("{value:?}"));
    }
    out
}

fn vector(values: &[f64]) -> String {
    format!("np.array({values:?})")
}

fn rows(matrix: &DMatrix<f64>) -> String {
    let rows: Vec<Vec<f64>> = matrix
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect();
    format!(
        "np.array({rows:?}).reshape({}, {})",
        matrix.nrows(),
        matrix.ncols()
    )
}
