//! A question answered by its study.

use std::sync::Mutex;

use lorode::model::Model;
use lorode::output::Figure;
use lorode::problem::ProblemOptions;
use lorode::study::compare::{Compare, CompareNetwork};
use lorode::study::derive::Derive;
use lorode::study::phase::Phase;
use lorode::study::search::{Search, SearchNetwork, SearchReport};
use lorode::study::simulate::Simulate;
use lorode::study::solve::{Solve, SolveNetwork};
use lorode::study::{Origin, Picture, Report, Study, Work};
use lorode::watch::Cancel;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::page::Looking;
use crate::{controls, lock};

type Failure = Box<dyn std::error::Error>;

/// What the page asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    study: String,
    #[serde(default)]
    settings: Value,
    /// The strength that is marked in the figure of `search`.
    #[serde(default)]
    chosen: Option<f64>,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    picture: Picture,
}

/// How the answer is given.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Figure, words and how it was made, as JSON.
    #[default]
    Shown,
    Svg,
    Png,
    Pdf,
    Csv,
    /// All data, as the command writes them to a file.
    Json,
}

/// The search times that were last asked for: another chosen strength changes their figure only.
static LAST: Mutex<Option<(Value, SearchReport)>> = Mutex::new(None);

pub fn answer(question: &[u8]) -> Result<Vec<u8>, Failure> {
    let question: Question = serde_json::from_slice(question)?;
    match question.study.as_str() {
        "controls" => Ok(serde_json::to_vec(&controls::controls())?),
        "solve" if is_network(&question) => run::<SolveNetwork>(question),
        "solve" => run::<Solve>(question),
        "compare" if is_network(&question) => run::<CompareNetwork>(question),
        "compare" => run::<Compare>(question),
        "simulate" => run::<Simulate>(question),
        "phase" => run::<Phase>(question),
        "search" if is_network(&question) => run::<SearchNetwork>(question),
        "search" => search(question),
        "derive" => {
            let derive: Derive = serde_json::from_value(question.settings)?;
            Ok(derive.run(&Cancel::default())?.text.into_bytes())
        }
        other => Err(format!("there is no study '{other}' here").into()),
    }
}

/// Whether its problem has several units; one that cannot be read is refused by its study.
fn is_network(question: &Question) -> bool {
    let problem = ProblemOptions::deserialize(&question.settings["problem"]);
    problem.is_ok_and(|problem| problem.is_network())
}

fn run<S: Study + DeserializeOwned>(question: Question) -> Result<Vec<u8>, Failure> {
    let shown = (question.form, &question.picture);
    let report = report_of::<S>(question.settings, shown)?;
    of_report(&report, shown, report.figure())
}

fn report_of<S: Study + DeserializeOwned>(
    settings: Value,
    (form, picture): (Form, &Picture),
) -> Result<<S::Work as Work>::Report, Failure> {
    let study: S = serde_json::from_value(settings)?;
    let work = study.begin()?;
    // The next question is about the same links as a rule.
    work.models().iter().for_each(Model::keep);
    let looking = Looking {
        work: &work,
        form,
        picture,
    };
    work.advance(&looking)?;
    Ok(work.report().ok_or_else(|| work.missing())?)
}

fn search(question: Question) -> Result<Vec<u8>, Failure> {
    let shown = (question.form, &question.picture);
    let mut last = lock(&LAST);
    let report = match last.take() {
        Some((settings, report)) if settings == question.settings => report,
        _ => report_of::<Search>(question.settings.clone(), shown)?,
    };
    let figure = match question.chosen {
        Some(mu) => Some(report.figure_at(mu)),
        None => report.figure(),
    };
    let answer = of_report(&report, shown, figure);
    *last = Some((question.settings, report));
    answer
}

/// A report in the form asked for, with this figure or its own.
pub fn of_report(
    report: &dyn Report,
    (form, picture): (Form, &Picture),
    figure: Option<Figure>,
) -> Result<Vec<u8>, Failure> {
    let figure = figure.or_else(|| report.figure());
    let figure = figure.map(|figure| picture.on(figure)).transpose()?;
    let drawn = || figure.as_ref().ok_or("there is nothing to draw");
    match form {
        Form::Svg => Ok(drawn()?.to_svg()?.into_bytes()),
        Form::Png => Ok(drawn()?.to_png()?),
        Form::Pdf => Ok(drawn()?.to_pdf()?),
        Form::Csv => Ok(report.table().to_csv()?),
        Form::Json => Ok((serde_json::to_string_pretty(&report.json())? + "\n").into_bytes()),
        Form::Shown => {
            let figure = figure.as_ref();
            // Of all data the axes of a map alone are shown, where a click becomes a run, and the command of what has no origin.
            let is_map = figure.is_some_and(|one| one.panels.iter().any(|p| p.field.is_some()));
            let data = (is_map || report.origin().is_none()).then(|| report.json());
            let data = data.unwrap_or_default();
            let command = report.origin().map(Origin::command);
            let frames = figure.filter(|_| is_map).map(Figure::frames);
            let shown = json!({
                "figure": figure.map(Figure::to_svg).transpose()?,
                "frames": frames.transpose()?,
                "summary": report.summary(),
                "warnings": report.warnings(),
                "failures": report.failures(),
                "incomplete": report.incomplete(),
                "command": command.or_else(|| Some(data["command"].as_str()?.to_owned())),
                "x": data["x"],
                "y": data["y"],
            });
            Ok(serde_json::to_vec(&shown)?)
        }
    }
}
