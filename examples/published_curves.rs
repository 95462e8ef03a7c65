//! Does tau(mu) agree with the curves published with the paper, and where not? Draws
//! published-tau.svg and .png into lorode-out (or the folder given).

use std::path::PathBuf;

use lorode::expectation::{PairAverages, slope_power};
use lorode::link::Link;
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
    let figure = Figure {
        columns: 2,
        panels: vec![
            Panel {
                title: "(a) τ: exact (lines), published (points)".to_owned(),
                x: mu(),
                y: axis("search time τ · E[σ′²] for Heₖ, τ else", Scale::Log),
                curves: times,
                field: None,
                marks: Vec::new(),
            },
            Panel {
                title: "(b) published over exact".to_owned(),
                x: mu(),
                y: axis("τ published / τ exact", Scale::Linear),
                curves: ratios,
                field: None,
                marks: Vec::new(),
            },
        ],
        provenance: format!(
            "cargo run --release --example published_curves, lorode {}",
            env!("CARGO_PKG_VERSION")
        ),
    };
    figure.save(&folder.join("published-tau.svg"))?;
    figure.save(&folder.join("published-tau.png"))?;
    Ok(())
}

/// The published curve of a link and ours at the same strengths.
fn curves(name: &str) -> Result<(Points, Points), Box<dyn std::error::Error>> {
    let link: Link = name.parse()?;
    let averages = PairAverages::new(&link, &link);
    // The paper's scripts measure the time of He_k in units of 1/(k k!).
    let unit = if name.starts_with("he") {
        slope_power(&link)
    } else {
        1.0
    };
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
        let problem = Problem::new(Setup::new(link.clone(), link.clone(), pretraining))?;
        let phase = SearchPhase::of(&problem, &*averages.exact).ok_or("LoRA")?;
        published.push((mu, Some(tau)));
        ours.push((mu, phase.tau.map(|tau| tau * unit)));
    }
    Ok((published, ours))
}
