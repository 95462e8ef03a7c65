//! Networks in every study: what they answer, and what they refuse and why.

use super::network_cli::{matrix, numbers, refused, relu};
use super::problem_files::{Folder, json, lorode};
use serde_json::Value;

fn refused_file(text: &str) -> String {
    let folder = Folder::new();
    let file = folder.file(text);
    refused(&["check", file.to_str().unwrap()])
}

#[test]
fn matrices_that_cannot_be_are_named() {
    let base = "link = \"erf\"\n[pretraining]\n";
    for (text, said) in [
        // As tables.
        (
            "m = [[1, 0], [0]]\nq = [[1, 0], [0, 1]]",
            ":3: m: the rows of the matrix differ: row 2 has 1 number, row 1 has 2",
        ),
        (
            "m = [[1, 0, 0], [0, 1, 0]]\nq = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]",
            "m is 2 x 3: 3 x 2 is needed (a row for each student unit, a column for each teacher unit); it is transposed",
        ),
        (
            "m = [[1, 0], [0, 1]]\nq = [[0.5, 0], [0, 1]]",
            "no vectors have these overlaps: their Gram matrix has the eigenvalue -0.",
        ),
        (
            "m = [[0.5]]\nq = [[1, 0.5], [0.4, 1]]",
            "q is not symmetric: row 2, column 1 is 0.4, the other way round 0.5",
        ),
        ("m = []\nq = []", ":3: m: the matrix is empty"),
        ("m = [[0.5]]", "pretraining-q is needed with its partner"),
        (
            "m = [[0.5]]\nq = [[1]]\n[teacher]\nreadout = [0]",
            "teacher-readout = 0 is not allowed: not all readouts may be 0",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[student]\nreadout = [1, 1]",
            "student-readout: 2 numbers for 1 unit: give one",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[adapter]\nrank = 3\n[start]\nalignment = [[0.1], [0.1], [0.1]]\nu = [[1], [2], [3]]",
            "u is 3 x 1: 1 x 3 is needed (a row for each student unit, a column for each rank); it is transposed",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[start]\nc = [[2]]",
            "c: row 1 has the squared length 2: on the sphere it is 1",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[teacher]\noverlapps = [[1]]",
            ":6: unknown key 'overlapps': did you mean 'overlaps'?",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[student]\ntrain-readout = nan",
            ":6: train-readout: 'NaN' is not a finite number",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[pretrainig]\nm = [[1]]",
            ":5: unknown key 'pretrainig': did you mean 'pretraining'?",
        ),
        (
            "m = [[0.5]]\nq = [[1]]\n[adapter]\nkind = \"sphericle\"",
            ":6: kind: unknown variant `sphericle`",
        ),
    ] {
        let found = refused_file(&format!("{base}{text}\n"));
        assert!(found.contains(said), "{text}: {found}");
    }
    for (flags, said) in [
        (&["--units", "0"][..], "units = 0 is not allowed"),
        (&["--units", "1.5"], "units = 1.5 is not allowed"),
        (&["--units", "2", "--rank", "0"], "rank = 0 is not allowed"),
        (
            &["--units", "2", "--rank", "7", "--dim", "6"],
            "rank = 7 is not allowed",
        ),
        (
            &["--units", "2", "--u0", "0.1"],
            "u0 has no meaning with a network",
        ),
        (
            &["--units", "2", "--dynamics", "map", "--lr", "0.1"],
            "batch is needed for the finite-step map",
        ),
        (
            &["--units", "2", "--start-m", "0.1;0.1"],
            "start-m or start-q (m or q in [start]) has no meaning with pre-trained weights",
        ),
        (
            &["--units", "2", "--readout", "sum", "--teacher-readout", "1"],
            "readout and teacher-readout or student-readout cannot be given together",
        ),
        (
            &["--units", "3", "--angle", "20", "--dim", "3"],
            "dim = 3 is not allowed: teachers and weights span 4 dimensions",
        ),
        (&["--units", "1,2", "--rank", "1,2"], "are both grids"),
        // Given beside what says otherwise: nothing is left out in silence.
        (
            &["--units", "2", "--gap", "0.1"],
            "gap has no meaning with a network",
        ),
        (
            &["--teacher-overlap", "0.1"],
            "teacher-overlap has no meaning with one teacher unit",
        ),
        (
            &[
                "--units",
                "3",
                "--pretraining-m",
                "1;1",
                "--pretraining-q",
                "1,1;1,1",
            ],
            "units = 3 does not agree with pretraining-q, which has 2 rows",
        ),
        (
            &["--teacher-units", "3", "--teacher-overlaps", "1,0;0,1"],
            "teacher-units = 3 does not agree with teacher-overlaps, which has 2 rows",
        ),
        (
            &[
                "--teacher-units",
                "2",
                "--pretraining-m",
                "1;1",
                "--pretraining-q",
                "1,1;1,1",
            ],
            "teacher-units = 2 does not agree with pretraining-m, which has 1 column",
        ),
        (
            &[
                "--units",
                "2",
                "--teacher-units",
                "3",
                "--pretraining-m",
                "1,0",
                "--pretraining-q",
                "1,0;0,1",
            ],
            "is 1 x 2: 2 x 3 is needed (a row for each student unit, a column for each teacher unit)",
        ),
    ] {
        let args = [&["solve", "--link", "erf", "--mu", "0.5"], flags].concat();
        let found = refused(&args);
        assert!(found.contains(said), "{flags:?}: {found}");
    }
}

#[test]
fn check_says_who_overlaps_with_whom() {
    let folder = Folder::new();
    let file = folder.file(&relu(0.1, 2));
    let run = lorode(&["check", file.to_str().unwrap()])
        .assert()
        .success();
    let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    for line in [
        "teachers      orthonormal",
        "unit 1        length 0.100000, overlaps with teacher 1 (0.100000)",
        "adapter       spherical, rank 2",
        "state         U 4 x 2, V 2 x 4 in the frame of teachers and weights, Gram matrix of the rest 2 x 2: 19 numbers",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn maps_have_units_and_ranks_as_axes() {
    let map = |value: &str, flags: &[&str]| {
        let args = [
            "phase",
            "--link",
            "erf",
            "--mu",
            "0.5",
            "--teacher-units",
            "2",
        ];
        let axes = ["--x", "units=1,2,4", "--y", "rank=1,2", "--value", value];
        json(&[&args[..], &axes, flags].concat())
    };
    let rates = matrix(&map("growth_rate", &[])["value"]["matrix"]);
    // The rank changes no rate.
    assert_eq!(rates[0], rates[1]);
    for (units, rate) in ["1", "2", "4"].iter().zip(&rates[0]) {
        let args = [
            "search",
            "--link",
            "erf",
            "--mu",
            "0.5",
            "--teacher-units",
            "2",
        ];
        let one = json(&[&args[..], &["--units", units, "--what", "tau"]].concat());
        assert_eq!(one["curves"][0]["points"][0]["growth_rate"], *rate);
    }
    let exits = matrix(&map("exit_time", &[])["value"]["matrix"]);
    assert!(exits.iter().flatten().all(|t| *t > 1.0), "{exits:?}");
    let args = ["phase", "--link", "erf", "--x", "units=2,3", "--mu", "0.5"];
    let said = refused(&[&args[..], &["--value", "curvature"]].concat());
    assert!(
        said.contains("networks (docs/networks.md) have tau, growth_rate"),
        "{said}"
    );
}

/// Work in parts, joined, has the bytes of work in one piece.
#[test]
fn parts_of_networks_join() {
    for (study, line) in [
        ("search", "--angle 30 --mu 0.2:0.8:3"),
        (
            "simulate",
            "--mu 0.5 --mixture --dim 40 --batch 10 --lr 0.1 --steps 30 --seeds 4 --records 5",
        ),
    ] {
        let folder = Folder::new();
        let place = folder.file("");
        let place = place.parent().unwrap();
        let (parts, whole) = (place.join("parts"), place.join("whole"));
        let run = |folder: &std::path::Path, more: &[&str]| {
            let network = "--link erf --units 2 --teacher-units 2 --out";
            let mut all = vec![study];
            all.extend(line.split(' ').chain(network.split(' ')));
            all.push(folder.to_str().unwrap());
            lorode(&[&all, more].concat()).assert().success();
        };
        run(&parts, &["--shard", "1/2"]);
        run(&parts, &["--shard", "2/2"]);
        let folder = parts.to_str().unwrap();
        lorode(&["merge", folder, "--out", folder])
            .assert()
            .success();
        run(&whole, &[]);
        for ending in ["json", "csv", "svg"] {
            let name = format!("{study}.{ending}");
            let bytes = |folder: &std::path::Path| std::fs::read(folder.join(&name)).unwrap();
            assert!(bytes(&parts) == bytes(&whole), "{name}");
        }
    }
}

#[test]
fn simulations_are_records_of_matrices() {
    let network = "--link erf --units 3 --teacher-units 2 --rank 2 --mu 0.5 --mixture --dim 400";
    let sgd = "--batch 4000 --lr 0.2 --exact-loss --per-seed --every 50";
    let line = format!("simulate {network} {sgd} --steps 100 --seeds 4");
    let ours = json(&line.split(' ').collect::<Vec<_>>());
    let records = &ours["records"];
    for (key, wanted) in [
        ("m", (3, 2)),
        ("q", (3, 3)),
        ("u", (3, 2)),
        ("alignment", (2, 2)),
        ("s", (2, 3)),
        ("c", (2, 2)),
    ] {
        for word in ["mean", "std"] {
            let last = matrix(&records[key][word][2]);
            assert_eq!((last.len(), last[0].len()), wanted, "{key} {word}");
        }
        assert_eq!(ours["seeds"][3][key].as_array().unwrap().len(), 3, "{key}");
    }
    assert_eq!(records["readout"]["mean"][2].as_array().unwrap().len(), 3);
    assert_eq!(ours["loss_by"], "kernel");
    // With U = 0 the start has the loss of the theory, whatever the directions that were drawn.
    let theory = format!("solve {network} --times 0");
    let theory = json(&theory.split(' ').collect::<Vec<_>>());
    let theirs = theory["trajectory"]["loss"][0].as_f64().unwrap();
    let loss = numbers(&records["loss"]["mean"]);
    assert!((loss[0] / theirs - 1.0).abs() < 1e-12, "{loss:?} {theirs}");
    assert!(loss[2] < loss[0], "{loss:?}");
}

#[test]
fn simulated_networks_follow_their_equations_and_others_do_not() {
    let compare = |more: &str| {
        let line = format!(
            "compare --link erf --units 3 --teacher-units 2 --mu 0.5 --angle 30 --dim 2000 --noise 0.1 \
             --steps 300 {more}"
        );
        json(&line.split_whitespace().collect::<Vec<_>>())
    };
    for more in ["--rank 2", "--rank 2 --starts random", "--adapter full"] {
        let compared = compare(&format!("--seeds 8 --batch 200 --lr 0.2 {more}"));
        assert_eq!(
            compared["follows"],
            Value::Bool(true),
            "{more}: {}",
            compared["verdict"]
        );
        let records = &compared["records"];
        let steps = records["step"].as_array().unwrap().len();
        for number in ["loss", "cosine", "m_1_1", "m_3_2"] {
            assert_eq!(numbers(&records[number]["theory"]).len(), steps, "{number}");
            assert!(compared["deviation"][number]["ratio"].is_number());
        }
    }
    // A batch of two is not in the limit of small steps: the theory with its nu does not describe it.
    let far = compare("--seeds 40 --adapter full --batch 2 --lr 1 --exact-loss");
    assert_eq!(far["follows"], Value::Bool(false), "{}", far["verdict"]);
}
