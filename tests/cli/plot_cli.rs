//! What `lorode plot` promises: one result as its command drew it, several in the same panels.

use std::fs;
use std::path::Path;

use crate::running::{fails, lorode};
use lorode::study::plot::Plot;

/// Runs in a folder and returns what it prints.
pub(crate) fn runs(folder: &Path, line: &str) -> String {
    let output = lorode(line).current_dir(folder).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The complaint in a folder.
pub(crate) fn refuses(folder: &Path, line: &str) -> String {
    let output = lorode(line).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}\n{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

const SEARCH: &str = "search --link erf --link he3 --mu 0.2:0.6:5 --out";
const SGD: &str =
    "simulate --link erf --mu 0.5 --dim 100 --batch 20 --lr 0.1 --steps 300 --seeds 8 --out";
pub(crate) const THEORY: &str = "solve --link erf --mu 0.5 --dim 100 --points 40 --out";

pub(crate) fn figure(
    folder: &Path,
    files: &[&str],
    change: impl Fn(&mut Plot),
) -> lorode::output::Figure {
    let files: Vec<_> = files.iter().map(|file| folder.join(file)).collect();
    let mut plot = Plot::open(&files).unwrap();
    change(&mut plot);
    plot.figure().unwrap()
}

#[test]
fn one_result_is_drawn_as_its_command_drew_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (line, file) in [
        (SEARCH, "search"),
        (SGD, "simulate"),
        (THEORY, "solve"),
        (
            "search --link relu --mu 0.2:0.6:3 --angle 0:60:3 --time steps --lr 0.1 --out",
            "search",
        ),
        (
            "search --link relu --units 2 --teacher-units 2 --mu 0.2:0.6:3 --angle 0:60:3 --out",
            "search",
        ),
        (
            "solve --link erf --units 2 --teacher-units 2 --mu 0.5 --mixture --train-readout 1 --out",
            "solve",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:5 --y angle=0:60:4 --out",
            "phase",
        ),
        (
            "phase --link he3 --x mu=0.1:0.9:17 --y nu=0,0.3 --value outcome --refine --out",
            "phase",
        ),
        (
            "phase --link he3 --x mu=0.2:0.5:7 --value tau --out",
            "phase",
        ),
    ] {
        fs::remove_dir_all(folder.join("a")).ok();
        runs(folder, &format!("{line} a --save json,npz,parquet,svg"));
        let drawn = fs::read_to_string(folder.join(format!("a/{file}.svg"))).unwrap();
        let said = runs(
            folder,
            &format!("plot a/{file}.json --out b --force --save svg"),
        );
        assert!(said.starts_with("wrote b/plot.svg\n"), "{said}");
        assert_eq!(
            fs::read_to_string(folder.join("b/plot.svg")).unwrap(),
            drawn,
            "{line}"
        );
        // Tables hold the same curves.
        let of = |ending: &str| figure(folder, &[&format!("a/{file}.{ending}")], |_| {});
        let json = of("json");
        for ending in ["npz", "parquet"] {
            let table = of(ending);
            assert_eq!(table.provenance, json.provenance);
            for (one, other) in table.panels.iter().zip(&json.panels) {
                // The lines across a map are kept in JSON alone.
                let kept = if file == "phase" {
                    one.curves.len()
                } else {
                    other.curves.len()
                };
                assert_eq!(
                    (&one.curves[..], &one.title, &one.field),
                    (&other.curves[..kept], &other.title, &other.field),
                    "{line} {ending}"
                );
            }
        }
    }
}

/// What is in tables too is compared in tests/study.
#[test]
fn results_of_every_command_are_drawn_again_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let train = concat!(
        "train ",
        env!("CARGO_MANIFEST_DIR"),
        "/examples/two-stages.toml"
    );
    for (line, file) in [
        (&*SGD.replace("simulate", "compare"), "compare"),
        (
            "compare --link erf --link linear --mu 0.2,0.5 --dim 50 --batch 5 --lr 0.1 --seeds 4 --out",
            "compare",
        ),
        (
            "solve --link erf --mu 0.1:0.9:12 --points 20 --out",
            "solve",
        ),
        ("optimum --link he1+he3 --out", "optimum"),
        (
            "scaling --link erf --mu 0 --dims log:1e2:1e8:7 --out",
            "scaling",
        ),
        (&format!("{train} --out"), "train"),
        ("links max(x,0.1*x) --out", "link"),
    ] {
        fs::remove_dir_all(folder.join("a")).ok();
        runs(
            folder,
            &format!("{line} a --save json,svg --style aps-page"),
        );
        let plot = format!("plot a/{file}.json --style aps-page --out b --force --save svg");
        runs(folder, &plot);
        let drawn = |at: &str| fs::read_to_string(folder.join(at)).unwrap();
        assert!(
            drawn("b/plot.svg") == drawn(&format!("a/{file}.svg")),
            "{line}"
        );
    }
}

#[test]
fn several_results_share_their_panels() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    runs(folder, &format!("{SEARCH} s0"));
    runs(folder, &format!("{SEARCH} s30 --angle 30"));
    let both = figure(folder, &["s0/search.json", "s30/search.csv"], |_| {});
    let labels = |panel: &lorode::output::Panel| -> Vec<String> {
        let all = panel.curves.iter().map(|curve| curve.label.clone());
        all.filter(|label| !label.is_empty()).collect()
    };
    assert_eq!(both.panels.len(), 2);
    assert_eq!(
        labels(&both.panels[0]),
        ["angle = 0: erf", "angle = 30: erf"]
    );
    let colours: Vec<_> = both.panels[0]
        .curves
        .iter()
        .map(|curve| curve.colour)
        .collect();
    assert_eq!(colours, [0, 0, 1, 1].map(Some));
    let named = figure(folder, &["s0/search.json", "s30/search.csv"], |plot| {
        plot.choice.label = vec!["aligned".into(), "tilted".into()];
    });
    assert_eq!(labels(&named.panels[1]), ["aligned: he3", "tilted: he3"]);
    // SGD over theory: sizes against sizes, as random starts have both signs.
    runs(folder, &format!("{SGD} sgd"));
    runs(folder, &format!("{THEORY} ode"));
    let over = figure(folder, &["ode/solve.json", "sgd/simulate.json"], |_| {});
    assert_eq!(over.panels.len(), 5);
    assert!(
        over.panels[0].y.label.contains('|'),
        "{}",
        over.panels[0].y.label
    );
    assert_eq!(over.panels[0].curves[0].label, "theory");
    assert!(over.panels[0].curves[1].label.starts_with("SGD: "));
    assert!(over.panels.iter().all(|panel| panel.curves.len() == 2));
    // A panel that names one of them names both.
    for panel in &over.panels {
        let unnamed = panel.curves.iter().filter(|curve| curve.label.is_empty());
        assert!([0, 2].contains(&unnamed.count()), "{}", panel.title);
    }
    // The command below the figure draws it again.
    let line =
        "plot ode/solve.json sgd/simulate.json --label ODE --label SGD --style aps-page --out";
    runs(folder, &format!("{line} p --save svg,pdf"));
    let svg = fs::read_to_string(folder.join("p/plot.svg")).unwrap();
    let again =
        "lorode plot ode/solve.json sgd/simulate.json --label ODE --label SGD --style aps-page";
    assert!(svg.contains(again), "{svg}");
    runs(
        folder,
        &format!("{} --out q --save svg", again.trim_start_matches("lorode ")),
    );
    assert_eq!(fs::read_to_string(folder.join("q/plot.svg")).unwrap(), svg);
    assert!(folder.join("p/plot.pdf").exists());
}

#[test]
fn columns_and_cuts_are_chosen_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    runs(folder, &format!("{SEARCH} s"));
    let columns = figure(folder, &["s/search.npz"].map(|_| "s/search.csv"), |plot| {
        plot.choice.y = vec!["curvature".into(), "exit_time".into()];
    });
    let labels: Vec<_> = columns
        .panels
        .iter()
        .map(|panel| panel.y.label.as_str())
        .collect();
    assert_eq!(labels, ["curvature B", "exit time [t = η · steps]"]);
    let names: Vec<_> = columns.panels[0]
        .curves
        .iter()
        .map(|curve| curve.label.as_str())
        .collect();
    assert_eq!(names, ["erf", "he3"]);
    runs(
        folder,
        "phase --link erf --x mu=0.1:0.9:5 --y angle=0,30 --value tau --out map",
    );
    runs(
        folder,
        "search --link erf --mu 0.1:0.9:5 --angle 30 --what tau --out line",
    );
    for ending in ["json", "npz", "parquet", "csv"] {
        let cut = figure(folder, &[&format!("map/phase.{ending}")], |plot| {
            plot.choice.cut = vec!["angle=30".into()];
        });
        let line = figure(folder, &["line/search.json"], |_| {});
        assert_eq!(
            cut.panels[0].curves[0].points, line.panels[0].curves[0].points,
            "{ending}"
        );
    }
    let cuts = figure(folder, &["map/phase.npz"], |plot| {
        plot.choice.cut = vec!["angle=0,30".into()]
    });
    let names: Vec<_> = cuts.panels[0]
        .curves
        .iter()
        .map(|curve| curve.label.as_str())
        .collect();
    assert_eq!(names, ["angle = 0", "angle = 30"]);
    let said = refuses(folder, "plot map/phase.npz --y tau");
    assert!(said.contains("--cut=angle=VALUE"), "{said}");
    let said = refuses(folder, "plot map/phase.npz --cut angle=31");
    assert!(said.contains("there are 0, 30"), "{said}");
    let said = refuses(folder, "plot map/phase.npz --cut noise=0");
    assert!(said.contains("which has mu, angle, tau"), "{said}");
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    runs(folder, &format!("{SEARCH} s"));
    runs(folder, &format!("{SEARCH} steps --lr 0.2 --time steps"));
    runs(folder, &format!("{THEORY} ode"));
    fs::write(folder.join("mine.csv"), "step,loss\n1,2\n").unwrap();
    for (line, said) in [
        (
            "plot s/search.json --y nothing",
            "y = 'nothing' is no column of numbers in 's/search.json', which has mu, ",
        ),
        (
            "plot s/search.json --x outcome",
            "x = 'outcome' is no column of numbers",
        ),
        (
            "plot s/search.json steps/search.json",
            "have different units: t = η · steps and SGD steps",
        ),
        (
            "plot s/search.json ode/solve.json",
            "they have no panel in common",
        ),
        ("plot mine.csv", "it does not say that lorode made it"),
        ("plot none.json", "cannot read 'none.json'"),
        ("plot s/search.svg", "its name ends in 'svg'"),
        (
            "plot s/search.json --label a --label b",
            "2 labels for 1 result:",
        ),
        ("plot s/search.json --save csv", "csv holds no figure"),
        ("plot s/search.json --cut angle", "write NAME=VALUE"),
    ] {
        let complaint = refuses(folder, line);
        assert!(complaint.contains(said), "{line}: {complaint}");
    }
    assert!(fails("plot", 2).contains("FILE"));
    assert!(!folder.join("lorode-out").exists());
}

/// The library that reads Parquet panics on some of these, which nobody is to see.
#[test]
fn a_damaged_parquet_file_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    runs(folder, &format!("{SEARCH} s --save parquet"));
    let whole = fs::read(folder.join("s/search.parquet")).unwrap();
    let mut refused = 0;
    for place in (4..600.min(whole.len())).step_by(11) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        fs::write(folder.join("x.parquet"), bytes).unwrap();
        let output = lorode("plot x.parquet --out p --save svg")
            .current_dir(folder)
            .output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{place}: {said}");
        assert!(said.lines().count() <= 1, "{place}: {said}");
        refused += usize::from(!output.status.success());
    }
    assert!(refused > 0);
}
