//! Starts of networks that just exist, and those that just do not; ends of runs that no solver can pass.

use serde_json::Value;

use super::network_cli::{matrix, of_file, refused};
use super::problem_files::{Folder, lorode};

/// Adapters in the span of teachers and weights: the exact eigenvalue of what lies beyond is 0.
#[test]
fn directions_in_the_span_are_a_start_whatever_rounding_makes_of_it() {
    for mu in [0.1, 0.3, 0.7, 0.9] {
        let square: f64 = mu * mu;
        for alignment in ["[[1, 0], [0, 1]]", "[[0.6, 0.8], [0.8, -0.6]]"] {
            let text = format!(
                "link = \"erf\"\n[pretraining]\nm = [[{mu}, 0], [0, {mu}]]\nq = [[{square:?}, 0], [0, {square:?}]]\n\
                 [adapter]\nrank = 2\n[start]\nalignment = {alignment}\n"
            );
            let run = of_file("solve", &text, &["--t-max", "1"]);
            let rows = matrix(&run["trajectory"]["c"][0]);
            assert!((rows[0][0] - 1.0).abs() < 1e-14 && rows[0][1].abs() < 1e-14);
            let flags = [
                "--lr", "0.1", "--batch", "4", "--dim", "4", "--steps", "3", "--seeds", "1",
            ];
            of_file("simulate", &text, &flags);
        }
    }
}

/// `V` of two rows in the span of two teachers and two units that fill all four dimensions: given by its overlaps, all of
/// which are rounded.
#[test]
fn an_adapter_without_a_direction_of_its_own_needs_none() {
    let text = "link = \"erf\"\n[teacher]\noverlaps = [[1, 0.3], [0.3, 1]]\n\
           [pretraining]\nm = [[0.5, 0.2], [-0.1, 0.7]]\nq = [[1.3, 0.4], [0.4, 0.9]]\n\
           [adapter]\nkind = \"free\"\nrank = 2\n\
           [start]\nalignment = [[0.1, 0.37], [0.73, -0.2]]\ns = [[0.33, 0.11], [0.07, -0.29]]\n";
    // The shortest vectors with these overlaps have this Gram matrix: p G^-1 p'.
    let gram = nalgebra::Matrix4::new(
        1.0, 0.3, 0.5, -0.1, 0.3, 1.0, 0.2, 0.7, 0.5, 0.2, 1.3, 0.4, -0.1, 0.7, 0.4, 0.9,
    );
    let p = nalgebra::Matrix2x4::new(0.1, 0.37, 0.33, 0.11, 0.73, -0.2, 0.07, -0.29);
    let c = p * gram.try_inverse().unwrap() * p.transpose();
    let c = format!(
        "c = [[{:?}, {:?}], [{:?}, {:?}]]\n",
        c[(0, 0)],
        c[(0, 1)],
        c[(0, 1)],
        c[(1, 1)]
    );
    let text = format!("{text}{c}");
    of_file("solve", &text, &["--t-max", "1"]);
    let flags = [
        "--lr", "0.1", "--batch", "4", "--dim", "4", "--steps", "3", "--seeds", "1",
    ];
    of_file("simulate", &text, &flags);
}

/// SGD draws all of the adapter where nothing is given.
#[test]
fn a_simulation_of_which_no_start_is_given_runs() {
    let text = "link = \"erf\"\nunits = 2\nteacher-units = 2\nmu = 0.5\n";
    let flags = [
        "--lr", "0.1", "--batch", "4", "--dim", "20", "--steps", "3", "--seeds", "1",
    ];
    of_file("simulate", text, &flags);
}

#[test]
fn teachers_that_depend_on_each_other_ask_for_an_alignment() {
    let folder = Folder::new();
    for overlaps in ["[[0, 0], [0, 1]]", "[[1, 1], [1, 1]]"] {
        let text = format!("link = \"erf\"\nmu = 0.5\n[teacher]\noverlaps = {overlaps}\n");
        let said = refused(&["check", folder.file(&text).to_str().unwrap()]);
        assert!(
            said.contains("alignment is left out") && said.contains("length 0"),
            "{said}"
        );
    }
    // No length at all.
    let text = "link = \"erf\"\n[teacher]\noverlaps = [[0]]\n[pretraining]\nm = [[0]]\nq = [[0]]\n";
    let said = refused(&["check", folder.file(text).to_str().unwrap()]);
    assert!(said.contains("alignment is left out"), "{said}");
}

/// Nothing overflows where a ReLU unit dies: it has no gradient any more.
#[test]
fn a_unit_that_shrinks_to_nothing_is_named() {
    let text = "link = \"relu\"\n[teacher]\noverlaps = [[1, -0.2], [-0.2, 1]]\nreadout = [0.2, 2.2]\n\
                [student]\nreadout = [-0.9]\n[pretraining]\nm = [[-0.01, -0.01]]\nq = [[0.11]]\n\
                [adapter]\nkind = \"full\"\n";
    let folder = Folder::new();
    let file = folder.file(text);
    let out = file.with_extension("out");
    let args = [
        "solve",
        file.to_str().unwrap(),
        "--t-max",
        "20",
        "--out",
        out.to_str().unwrap(),
    ];
    let run = lorode(&args).assert().code(1);
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(
        said.contains("student unit 1 has shrunk to 0 at t = 3.5"),
        "{said}"
    );
    assert!(out.join("solve-partial.csv").exists(), "{said}");
}

#[test]
fn the_search_from_no_weights_has_its_loss_and_says_what_it_has_not() {
    let text = "link = \"relu\"\n[pretraining]\nm = [[0.5, 0], [0, 0]]\nq = [[0.25, 0], [0, 0]]\n";
    let search = of_file("search", text, &["--what", "tau"]);
    let solve = of_file("solve", text, &["--t-max", "1e-3"]);
    let loss = |value: &Value| value.as_f64().unwrap();
    let found = search["curves"][0]["points"][0].clone();
    assert!(
        (loss(&found["loss"]) - loss(&solve["trajectory"]["loss"][0])).abs() < 1e-12,
        "{found}"
    );
    let folder = Folder::new();
    let file = folder.file(text);
    let out = file.with_extension("out");
    let run = lorode(&[
        "search",
        file.to_str().unwrap(),
        "--what",
        "tau",
        "--out",
        out.to_str().unwrap(),
    ])
    .assert();
    let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(
        said.contains("no growth rates: a unit without weights"),
        "{said}"
    );
}

const TASKS: &str = "link = \"erf\"\nunits = 2\nw0 = { a = 0.5, b = 0.3 }\n[tasks.a]\nunits = 2\n[tasks.b]\nunits = 2\nangle = { a = 60 }\n";

/// What a history says of its start is a start of it, by the ODEs and by SGD, whatever its weights have along other tasks.
#[test]
fn the_overlaps_of_a_stage_with_its_weights_can_be_given() {
    let stage = |more: &str| {
        format!(
            "{TASKS}[[stage]]\ntask = \"b\"\nlr = 0.1\nbatch = 4\ndim = 50\n{more}until = {{ t = 1 }}\n"
        )
    };
    let first = of_file("train", &stage(""), &[]);
    let at = |run: &Value, key: &str| run["trajectory"][key][0].clone();
    let given = format!(
        "start-alignment = {}\nstart-s = {}\n",
        at(&first, "alignment"),
        at(&first, "s")
    );
    let again = of_file("train", &stage(&given), &[]);
    let apart =
        |one: &Value, other: &Value| (one.as_f64().unwrap() - other.as_f64().unwrap()).abs();
    let last = |run: &Value| run["stages"][0]["loss"]["b"].clone();
    assert!(apart(&last(&first), &last(&again)) < 1e-12);
    let other = of_file("train", &stage("start-s = [[0.1, -0.05]]\n"), &[]);
    let s = matrix(&at(&other, "s"));
    assert!((s[0][0] - 0.1).abs() < 1e-14 && (s[0][1] + 0.05).abs() < 1e-14);
    of_file(
        "train",
        &stage("start-s = [[0.1, -0.05]]\n"),
        &["--sgd", "--seeds", "1"],
    );
    // One unit, with the s that there is when it is left out, and another.
    for s in ["", "start-s = [[0.04]]\n", "start-s = [[0.1]]\n"] {
        let text = format!(
            "link = \"erf\"\nunits = 1\nw0 = {{ a = 0.5, b = 0.5 }}\n[tasks.a]\nunits = 1\n[tasks.b]\nunits = 1\n\
             angle = {{ a = 60 }}\n[[stage]]\ntask = \"a\"\nstart-alignment = [[0.05]]\n{s}until = {{ t = 1 }}\n"
        );
        of_file("train", &text, &[]);
    }
}

#[test]
fn a_start_of_a_stage_that_no_vectors_have_is_refused_before_it_runs() {
    let refused = |stage: &str| {
        let folder = Folder::new();
        let text = format!("{TASKS}[[stage]]\ntask = \"b\"\n{stage}until = {{ t = 1 }}\n");
        refused(&["check", folder.file(&text).to_str().unwrap()])
    };
    let said = refused("start-s = [[3, 0]]\n");
    assert!(said.contains("stage 1: start: "), "{said}");
    let said = refused("start-s = [[0.1]]\n");
    assert!(
        said.contains("stage 1: s is 1 x 1: 1 x 2 is needed"),
        "{said}"
    );
    let said = refused("adapter = \"full\"\nstart-s = [[0.1, 0]]\n");
    assert!(said.contains("without a LoRA adapter"), "{said}");
    let said = refused("adapter = \"full\"\nrank = 3\n");
    assert!(
        said.contains("rank") && said.contains("without a LoRA adapter"),
        "{said}"
    );
}

#[test]
fn what_goes_on_has_the_rank_of_the_stage_before() {
    let text = |rank: &str| {
        format!(
            "{TASKS}[[stage]]\ntask = \"a\"\nrank = 2\nuntil = {{ t = 1 }}\n\
             [[stage]]\ntask = \"b\"\ncontinue = true\n{rank}until = {{ t = 1 }}\n"
        )
    };
    let left_out = of_file("train", &text(""), &[]);
    let given = of_file("train", &text("rank = 2\n"), &[]);
    assert_eq!(left_out["stages"], given["stages"]);
    let folder = Folder::new();
    let said = refused(&["check", folder.file(&text("rank = 1\n")).to_str().unwrap()]);
    assert!(said.contains("another adapter, or rank"), "{said}");
}

/// The last step of this schedule has the factor f(299.5) > 0.
#[test]
fn a_stage_may_last_as_long_as_its_step_sizes() {
    let text = |until: &str| {
        format!(
            "link = \"erf\"\n[tasks.a]\n[[stage]]\ntask = \"a\"\nlr = 0.1\nbatch = 10\ndim = 100\n\
             lr-schedule = \"1 - step/300\"\nuntil = {{ {until} }}\n"
        )
    };
    for until in ["steps = 300", "t = 15", "samples = 3000"] {
        let run = of_file("train", &text(until), &[]);
        assert_eq!(run["stages"][0]["steps"], 300.0, "{until}");
    }
    of_file("train", &text("steps = 300"), &["--sgd", "--seeds", "1"]);
    let folder = Folder::new();
    let said = refused(&["check", folder.file(&text("steps = 301")).to_str().unwrap()]);
    assert!(said.contains("come to an end at steps = 300"), "{said}");
    let said = refused(&[
        "check",
        folder.file(&text("excess = 1e-3")).to_str().unwrap(),
    ]);
    assert!(said.contains("during step 300: "), "{said}");
}
