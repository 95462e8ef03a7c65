//! What `lorode plot` calls curves and panels, and what it does not join.

use lorode::study::plot::Plot;

use crate::plot_cli::{THEORY, figure, refuses, runs};

/// Names and points of the curves of the first panel.
fn curves(figure: &lorode::output::Figure) -> Vec<(&str, usize)> {
    let all = figure.panels[0].curves.iter();
    all.map(|curve| (curve.label.as_str(), curve.points.len()))
        .collect()
}

#[test]
fn the_end_of_a_run_is_not_joined_to_the_start_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let line = "solve --link erf --mu 0.1:0.9:5 --points 9 --out so --save json,csv,npz,parquet";
    runs(folder, line);
    let against = |plot: &mut Plot| {
        plot.choice.x = Some("alignment".into());
        plot.choice.y = vec!["loss".into()];
    };
    let names = [0.1, 0.3, 0.5, 0.7, 0.9].map(|mu| format!("mu = {mu}"));
    let expected: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 8)).collect();
    for ending in ["json", "csv", "npz", "parquet"] {
        let alone = figure(folder, &[&format!("so/solve.{ending}")], against);
        assert_eq!(curves(&alone), expected, "{ending}");
    }
    let both = figure(folder, &["so/solve.json", "so/solve.csv"], against);
    assert_eq!(both.panels[0].curves.len(), 10);
    // Stages begin anew, but for what is counted from the first one.
    let stages = concat!(
        "train ",
        env!("CARGO_MANIFEST_DIR"),
        "/examples/two-stages.toml --out tr"
    );
    runs(folder, stages);
    for (x, names) in [
        ("t", &["stage = 1", "stage = 2"][..]),
        ("t_total", &[""][..]),
    ] {
        let of = figure(folder, &["tr/train.json"], |plot| {
            plot.choice.x = Some(x.into());
            plot.choice.y = vec!["q".into()];
        });
        let found: Vec<&str> = curves(&of).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, names, "{x}");
    }
    // A search of networks has a curve for each angle, and across them one for each strength.
    let line = "search --link relu --units 2 --teacher-units 2 --mu 0.2,0.6 --angle 0:60:3 --what tau --out n";
    runs(folder, line);
    for (x, number, count) in [("mu", 2, 3), ("angle", 3, 2)] {
        let of = figure(folder, &["n/search.json"], |plot| {
            plot.choice.x = Some(x.into());
            plot.choice.y = vec!["tau".into()];
        });
        let points: Vec<usize> = curves(&of).into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, vec![number; count], "{x}");
    }
}

#[test]
fn results_are_named_by_what_was_given_and_their_panels_by_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let search = "search --link erf --mu 0.2:0.8:4 --what tau";
    runs(
        folder,
        &format!("{search} --angle 0,60 --noise 0.1 --out a"),
    );
    runs(folder, &format!("{search} --angle 0,60 --dim 1e5 --out b"));
    runs(
        folder,
        &format!(
            "{} --angle 0,30,60 --out c",
            search.replace("0.8:4", "0.8:3")
        ),
    );
    let named = |files: &[&str]| -> Vec<String> {
        let drawn = figure(folder, files, |_| {});
        let all = curves(&drawn).into_iter().map(|(name, _)| name.to_owned());
        all.filter(|name| !name.is_empty()).collect()
    };
    let of_two = named(&["a/search.json", "b/search.json"]);
    let first = ["0", "60.00"].map(|angle| format!("noise = 0.1, dim = 1000: angle = {angle}"));
    let second = ["0", "60.00"].map(|angle| format!("noise = 0, dim = 100000: angle = {angle}"));
    assert_eq!(of_two, [first, second].concat());
    // Grids are shown by the axis and by the curves.
    assert_eq!(
        named(&["a/search.json", "c/search.json"])[2],
        "noise = 0: angle = 0"
    );
    // The same twice: the files tell them apart, by their paths where their names are the same.
    let twice = named(&["a/search.json", "a/search.csv"]);
    assert!(twice[0].ends_with("a/search.json: angle = 0"), "{twice:?}");
    for link in ["he1", "he2"] {
        runs(
            folder,
            &format!("phase --link {link} --x mu=0.1:0.9:5 --value tau --out {link}"),
        );
    }
    let of_both = figure(folder, &["he1/phase.json", "he2/phase.json"], |_| {});
    assert_eq!(of_both.panels[0].title, "search time τ");
    assert_eq!(curves(&of_both), [("he1", 5), ("he2", 5)]);
    // The law of a scaling is in JSON only.
    runs(
        folder,
        "scaling --link erf --mu 0 --dims log:1e2:1e8:7 --save json,npz --out sc",
    );
    let title = |ending: &str| {
        let drawn = figure(folder, &[&format!("sc/scaling.{ending}")], |_| {});
        drawn.panels[0].title.clone()
    };
    assert_eq!(title("npz"), "exit time");
    assert_eq!(title("json"), "exit time: runs (points), fitted law (line)");
}

#[test]
fn stages_have_the_unit_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let stages = concat!(
        "train ",
        env!("CARGO_MANIFEST_DIR"),
        "/examples/two-stages.toml --out tr"
    );
    runs(folder, stages);
    runs(folder, &format!("{THEORY} ode"));
    let both = figure(folder, &["tr/train.json", "ode/solve.json"], |_| {});
    assert!(
        both.panels[0]
            .curves
            .iter()
            .any(|curve| curve.label == "theory")
    );
    runs(folder, &format!("{THEORY} steps --time steps --lr 0.1"));
    let said = refuses(folder, "plot tr/train.json steps/solve.json");
    assert!(
        said.contains("have different units: t and SGD steps"),
        "{said}"
    );
}
