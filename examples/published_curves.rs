//! Does tau(mu) agree with the curves published with the paper, and where not? Draws
//! published-tau.svg and .png into lorode-out (or the folder given), and prints what the term that
//! the paper's scripts drop is worth with squared labels (docs/published-data.md).

#![allow(
    dead_code,
    reason = "tests/house/published_data.rs takes the table alone"
)]

use std::path::PathBuf;

use lorode::expectation::slope_power;
use lorode::link::Link;
use lorode::model::Model;
use lorode::output::{Axis, Curve, CurveStyle, Figure, Panel, Scale};
use lorode::problem::{PreTraining, Problem, Setup};
use lorode::search::SearchPhase;

const PUBLISHED: &str = include_str!("../tests/reference/paper_tau.csv");

type Points = Vec<(f64, Option<f64>)>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or("lorode-out".to_owned());
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    for (colour, name) in ["linear", "he2", "erf", "relu", "he3"].iter().enumerate() {
        let (published, ours) = curves(name)?;
        let ratio: Points = published
            .iter()
            .zip(&ours)
            .map(|((mu, theirs), (_, ours))| (*mu, theirs.zip(*ours).map(|(t, o)| t / o)))
            .collect();
        let worst = ratio.iter().filter(|p| p.0 <= 0.9).filter_map(|p| p.1);
        let worst = worst.map(|r| (r - 1.0).abs()).fold(0.0, f64::max);
        println!("{name:8} largest |published / ours - 1| for mu <= 0.9: {worst:.2e}");
        times.push(Curve::new(*name, ours, CurveStyle::Line).with_colour(colour));
        times.push(Curve::new("", published, CurveStyle::Points).with_colour(colour));
        ratios.push(Curve::new(*name, ratio, CurveStyle::LineAndPoints).with_colour(colour));
    }
    let axis = |label: &str, scale| Axis {
        label: label.to_owned(),
        scale,
        range: None,
    };
    let mu = || axis("pre-training strength μ", Scale::Linear);
    let panels = vec![
        Panel {
            title: "(a) τ: exact (lines), published (points)".to_owned(),
            x: mu(),
            y: axis("search time τ · E[σ′²] for Heₖ, τ else", Scale::Log),
            curves: times,
            field: None,
            marks: Vec::new(),
            stretches: Vec::new(),
        },
        Panel {
            title: "(b) published over exact".to_owned(),
            x: mu(),
            y: axis("τ published / τ exact", Scale::Linear),
            curves: ratios,
            field: None,
            marks: Vec::new(),
            stretches: Vec::new(),
        },
        squared_panel()?,
    ];
    let made = format!(
        "cargo run --release --example published_curves, lorode {}",
        env!("CARGO_PKG_VERSION")
    );
    let figure = Figure::new(panels, 3).with_provenance(made);
    figure.save(&folder.join("published-tau.svg"))?;
    figure.save(&folder.join("published-tau.png"))?;
    println!("| student | mu | tau | without the term | without / exact |");
    println!("|---|---|---|---|---|");
    for (student, mu) in squared_cases() {
        println!("{}", squared_row(student, mu)?);
    }
    Ok(())
}

/// Links with E[sigma''] != 0, and strengths.
pub fn squared_cases() -> Vec<(&'static str, f64)> {
    let strengths = [0.032, 0.1, 0.3, 0.5, 0.7, 0.9];
    let links = ["relu", "he2", "he4"];
    let pairs = links.map(|link| strengths.map(|mu| (link, mu)));
    pairs.concat()
}

/// Teacher `sigma^2`, student `sigma`: tau, and what it becomes when B lacks E[sigma_*] E[sigma''],
/// the k = 0 term of its Hermite series.
fn squared(student: &str, mu: f64) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let (link, teacher): (Link, Link) = (student.parse()?, format!("square({student})").parse()?);
    let unit = unit(student, &link);
    let problem = Problem::new(Setup::new(
        Model::new(teacher, link),
        PreTraining::aligned(mu)?,
    ))?;
    let phase = SearchPhase::of(&problem).ok_or("LoRA")?;
    // E[sigma^2] of a standard normal, times E[sigma''] at variance mu^2.
    let dropped = match student {
        "relu" => 0.5 / ((2.0 * std::f64::consts::PI).sqrt() * mu),
        "he2" => 2.0 * 2.0,
        "he4" => 24.0 * 12.0 * (mu * mu - 1.0),
        _ => return Err("no closed form here".into()),
    };
    let (a, b) = (phase.gradient_norm, phase.curvature - dropped);
    let rate = 2.0 * a * a / ((b * b + 4.0 * a * a).sqrt() - b);
    Ok((unit * phase.tau.ok_or("A is not 0")?, unit / rate))
}

/// A row of the table of squared labels.
pub fn squared_row(student: &str, mu: f64) -> Result<String, Box<dyn std::error::Error>> {
    let (exact, without) = squared(student, mu)?;
    Ok(format!(
        "| {student} | {mu} | {exact:.6} | {without:.6} | {:.3} |",
        without / exact
    ))
}

/// What the dropped term is worth with squared labels.
fn squared_panel() -> Result<Panel, Box<dyn std::error::Error>> {
    let mut panel = Panel::new(
        "(c) squared labels: the dropped term",
        Axis::new("pre-training strength μ".to_owned(), Scale::Linear),
        Axis::new("τ without E[σ⋆] E[σ″] / τ exact".to_owned(), Scale::Log),
    );
    for (colour, student) in ["relu", "he2", "he4"].into_iter().enumerate() {
        let mut points = Vec::new();
        for i in 1..50 {
            let mu = 0.02 * f64::from(i);
            let (exact, without) = squared(student, mu)?;
            points.push((mu, Some(without / exact)));
        }
        let curve = Curve::new(student, points, CurveStyle::Line);
        panel = panel.with_curve(curve.with_colour(colour));
    }
    Ok(panel)
}

/// The paper's scripts measure the time of He_k in units of 1/(k k!).
fn unit(name: &str, link: &Link) -> f64 {
    if name.starts_with("he") {
        slope_power(link)
    } else {
        1.0
    }
}

/// The published curve of a link and ours at the same strengths.
fn curves(name: &str) -> Result<(Points, Points), Box<dyn std::error::Error>> {
    let link: Link = name.parse()?;
    let unit = unit(name, &link);
    let (mut published, mut ours) = (Vec::new(), Vec::new());
    for line in PUBLISHED.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (Ok(mu), Ok(tau)) = (fields[1].parse::<f64>(), fields[2].parse::<f64>()) else {
            continue;
        };
        if fields[0] != name {
            continue;
        }
        let pretraining = PreTraining::aligned(mu)?;
        let problem = Problem::new(Setup::new(Model::matched(link.clone()), pretraining))?;
        let phase = SearchPhase::of(&problem).ok_or("LoRA")?;
        published.push((mu, Some(tau)));
        ours.push((mu, phase.tau.map(|tau| tau * unit)));
    }
    Ok((published, ours))
}
