//! `lorode train`: files, the same bytes again, and what is refused before anything runs.

use std::fs;

use tempfile::TempDir;

use super::written::{file_names, lorode};

const TASKS: &str = "link = \"erf\"\n[tasks.source]\n[tasks.target]\nangle = { source = 40 }\n";

#[test]
fn an_edited_history_does_not_replace_what_the_old_one_gave() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, t: f64| {
        let stage = format!("[[stage]]\ntask = \"target\"\nuntil = {{ t = {t:?} }}\n");
        fs::write(folder.path().join(name), format!("{TASKS}{stage}")).unwrap();
    };
    let run = |file: &str, save: &str, more: &[&str]| {
        let args = [&["train", file, "--save", save, "--out", "out"], more].concat();
        lorode(&args).current_dir(&folder).assert()
    };
    let refused = |file: &str, said: &str| {
        let run = run(file, "csv", &[]).failure();
        let error = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(error.contains(said), "{error}");
    };
    // Every format that keeps the history tells.
    for save in ["json", "npz", "parquet"] {
        write("h.toml", 2.0);
        run("h.toml", save, &["--force"]).success();
        // The same again, and under another name.
        run("h.toml", save, &["--points", "9"]).success();
        write("copy.toml", 2.0);
        run("copy.toml", save, &[]).success();
        write("h.toml", 3.0);
        let said = "the history that was in copy.toml is another one";
        refused("h.toml", said);
        run("h.toml", save, &["--force"]).success();
        fs::remove_dir_all(folder.path().join("out")).unwrap();
    }
}

/// A table of other numbers under the same name is another history.
#[test]
fn tables_of_a_history_are_told_by_their_numbers() {
    let folder = TempDir::new().unwrap();
    let table = |factor: f64| {
        let row = |i: i32| {
            let x = 0.2 * f64::from(i);
            format!("{x},{}\n", factor * x.tanh())
        };
        let rows: String = (-20..=20).map(row).collect();
        fs::write(folder.path().join("t.csv"), rows).unwrap();
    };
    let text = "link = \"table:t.csv\"\n[tasks.a]\n[[stage]]\ntask = \"a\"\nuntil = { t = 0.1 }\n";
    fs::write(folder.path().join("h.toml"), text).unwrap();
    let run = || {
        let args = ["train", "h.toml", "--save", "json", "--out", "out"];
        lorode(&args).current_dir(&folder).assert()
    };
    table(1.0);
    run().success();
    let saved = fs::read_to_string(folder.path().join("out/train.json")).unwrap();
    assert!(saved.contains("t.csv@"));
    run().success();
    table(1.1);
    let error = String::from_utf8(run().failure().get_output().stderr.clone()).unwrap();
    assert!(error.contains("is another one"), "{error}");
}

#[test]
fn a_history_is_written_in_every_format_and_the_same_again() {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "{TASKS}[[stage]]\ntask = \"source\"\nadapter = \"scratch\"\nuntil = {{ t = 12 }}\n\
         [[stage]]\ntask = \"target\"\nlr = 0.1\nbatch = 100\nuntil = {{ steps = 300, excess = 1e-4 }}\n"
    );
    fs::write(folder.path().join("history.toml"), text).unwrap();
    let written = |out: &str| {
        let args = [
            "train",
            "history.toml",
            "--points",
            "20",
            "--save",
            "csv,json,npz,parquet,svg",
            "--out",
            out,
        ];
        let run = lorode(&args).current_dir(&folder).assert().success();
        let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        assert!(
            said.contains("stage 2   target (spherical) ended by steps at t = 30"),
            "{said}"
        );
    };
    written("one");
    written("two");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let names = file_names(&one);
    assert_eq!(names.len(), 5);
    for name in names {
        assert!(
            fs::read(one.join(&name)).unwrap() == fs::read(two.join(&name)).unwrap(),
            "{name}"
        );
    }
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(one.join("train.json")).unwrap()).unwrap();
    let second = &json["stages"][1];
    assert_eq!(
        (second["reason"].as_str(), second["task"].as_str()),
        (Some("steps"), Some("target"))
    );
    assert_eq!(
        (second["steps"].as_f64(), second["samples"].as_f64()),
        (Some(300.0), Some(3e4))
    );
    assert_eq!(
        (second["t_total"].as_f64(), &second["samples_total"]),
        (Some(42.0), &serde_json::Value::Null)
    );
    let last = json["trajectory"]["m"]["source"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(last, &second["m"]["source"]);
    assert_eq!(json["command"], "lorode train history.toml --points 20");
}

#[test]
fn what_is_wrong_is_named_before_anything_runs() {
    let stage = |text: &str| format!("{TASKS}[[stage]]\ntask = \"target\"\n{text}\n");
    let t = "until = { t = 1 }";
    let cases = [
        (
            stage(""),
            "stage 1: until is needed: it never ends without a limit",
        ),
        (
            stage("until = { excess = 0 }"),
            "stage 1: until excess = 0 is not allowed",
        ),
        (
            stage("until = { alignment = 1 }"),
            "stage 1: until alignment = 1 is not allowed",
        ),
        (stage("until = { steps = 10 }"), "stage 1: lr is needed"),
        (
            stage("until = { samples = 10 }\nlr = 0.1"),
            "stage 1: batch is needed",
        ),
        (
            stage("until = { epochs = 3 }"),
            "history.toml:7: until: unknown key 'epochs': allowed are t, steps,",
        ),
        (
            stage(&format!("{t}\nmu = 0.5")),
            "stage 1: mu is no key of a stage: weights come from",
        ),
        (
            stage(&format!("{t}\nlink = \"erf\"")),
            "stage 1: link is no key of a stage",
        ),
        (
            stage(&format!("{t}\nt-max = 3")),
            "stage 1: t-max is no key of a stage",
        ),
        (
            stage(&format!("{t}\ncontinue = true")),
            "stage 1: continue is not allowed: there is no stage before",
        ),
        (
            stage(&format!("{t}\nflip-u = true")),
            "stage 1: flip-u is of a stage that continues",
        ),
        (
            stage(&format!("{t}\nadapter = \"full\"\nalignment0 = 0.1")),
            "stage 1: alignment0 has no meaning",
        ),
        (
            stage(&format!("{t}\ndynamics = \"map\"\nlr = 0.1")),
            "stage 1: batch is needed for the finite-step map",
        ),
        (
            stage(&format!("{t}\nlr = nan")),
            "history.toml:8: lr: 'NaN' is not a finite number",
        ),
        (
            stage(&t.replace("= 1 ", "= inf ")),
            "stage 1: until t = inf is not allowed: a finite number > 0",
        ),
        (
            stage(&format!("{t}\nqqq = 3")),
            "history.toml:8: unknown key 'qqq': allowed are task, until, continue, flip-u, adapter,",
        ),
        (
            stage(&format!("{t}\ncontinu = true")),
            "history.toml:8: unknown key 'continu': did you mean 'continue'?",
        ),
        (
            stage(&t.replace("{ t =", "{ time =")),
            "history.toml:7: until: unknown key 'time': did you mean 't'?",
        ),
        (
            stage(&format!("{t}\n[stage.start]\nuu = [[1]]")),
            "history.toml:9: unknown key 'uu': did you mean 'u'?",
        ),
        (
            stage(&format!("{t}\n[stage.start]\nu = [[1], [2]]")),
            "stage 1: u is 2 x 1: 1 x 1 is needed",
        ),
        (
            stage(t).replace("\"target\"", "\"goal\""),
            "stage 1: task 'goal' is no task: there are source, target",
        ),
        (
            stage(t).replace("source = 40", "spruce = 40"),
            "angle of target and spruce is not allowed",
        ),
        (
            stage(t).replace("source = 40", "source = 200"),
            "angle = 200 is not allowed: degrees in [0, 180]",
        ),
        (
            stage(t).replace("[tasks.target]", "[tasks.source]"),
            "duplicate key 'source'",
        ),
        (stage(t).replace("link = \"erf\"\n", ""), "link is needed"),
        (
            stage(t).replace("[tasks.source]", "[tasks.source]\nangle = { target = 40 }"),
            "is given twice",
        ),
        (
            stage(t).replace(
                "[tasks.source]",
                "[tasks.source]\n[tasks.third]\nangle = { source = 30, target = 80 }",
            ),
            "no directions have these angles",
        ),
        (
            format!("w0 = {{ sauce = 1 }}\n{}", stage(t)),
            "w0 'sauce' is no task",
        ),
        (TASKS.to_owned(), "stage is needed"),
        ("link = \"erf\"\n".to_owned(), "tasks is needed"),
    ];
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("history.toml");
    for (text, expected) in cases {
        fs::write(&file, &text).unwrap();
        let run = lorode(&["train", "history.toml"])
            .current_dir(&folder)
            .assert()
            .code(2);
        let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(
            said.contains(expected) && said.lines().count() == 1,
            "{text}\nsaid {said}"
        );
        assert_eq!(file_names(folder.path()), ["history.toml"]);
    }
}

/// `q' = nu E[(..)^2]`, which grows as `q^3` of He3, is infinite in finite time.
#[test]
fn a_run_that_diverges_says_so_and_that_no_second_one_helps() {
    let folder = TempDir::new().unwrap();
    let text = "link = \"he3\"\n[tasks.a]\n[[stage]]\ntask = \"a\"\nuntil = { t = 1 }\n\
                [[stage]]\ntask = \"a\"\nadapter = \"full\"\nnu = 1\nuntil = { t = 100 }\n";
    fs::write(folder.path().join("history.toml"), text).unwrap();
    let run = lorode(&["train", "history.toml", "--out", "."])
        .current_dir(&folder)
        .assert()
        .code(1);
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(
        said.contains("stage 2: the run diverges: its state grows beyond all bounds at t = "),
        "{said}"
    );
    assert!(!said.contains("resume"), "{said}");
}

const SCALE: &str = "dim = 200\nlr = 0.1\nbatch = 20\n";

/// Two stages that SGD can go through.
fn of_sgd() -> String {
    format!(
        "{TASKS}[[stage]]\ntask = \"source\"\nadapter = \"full\"\n{SCALE}until = {{ t = 2 }}\n\
         [[stage]]\ntask = \"target\"\n{SCALE}until = {{ t = 30, excess = 0.05 }}\n"
    )
}

#[test]
fn a_history_by_sgd_is_the_same_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("history.toml"), of_sgd()).unwrap();
    let written = |out: &str, threads: &str, flag: &str| {
        let args = [
            "train",
            "history.toml",
            flag,
            "--seeds",
            "4:11",
            "--points",
            "20",
            "--per-seed",
            "--save",
            "csv,json,npz,parquet,svg",
            "--out",
            out,
        ];
        let run = lorode(&args)
            .current_dir(&folder)
            .env("RAYON_NUM_THREADS", threads)
            .assert()
            .success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    for flag in ["--sgd", "--compare"] {
        let said = written("one", "1", flag);
        assert_eq!(said, written("two", "2", flag).replace("two/", "one/"));
        assert!(
            said.contains("stage 1   source (full), 8 seeds, ended by t at t = 2.0000 +- 0"),
            "{said}"
        );
        assert_eq!(
            said.contains("SGD follows the theory"),
            flag == "--compare",
            "{said}"
        );
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let names = file_names(&one);
        assert_eq!(names.len(), 8, "{names:?}");
        for name in names {
            assert!(
                fs::read(one.join(&name)).unwrap() == fs::read(two.join(&name)).unwrap(),
                "{name}"
            );
        }
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(one.join("train.json")).unwrap()).unwrap();
        let expected =
            format!("lorode train history.toml --points 20 {flag} --seeds 4:11 --per-seed");
        assert_eq!(json["command"], expected);
        assert_eq!(json["seed_numbers"].as_array().unwrap().len(), 8);
        assert_eq!(json["seeds"][0]["reasons"][0], "t");
        assert_eq!(json["stages"][0]["samples_total"]["mean"], 400.0);
        fs::remove_dir_all(one).unwrap();
        fs::remove_dir_all(two).unwrap();
    }
}

#[test]
fn what_sgd_lacks_is_named_before_anything_runs() {
    let folder = TempDir::new().unwrap();
    let cases = [
        (
            of_sgd().replace("lr = 0.1\n", ""),
            "--sgd",
            "stage 1: lr is needed",
        ),
        (
            of_sgd().replace("batch = 20\n", ""),
            "--sgd",
            "stage 1: batch is needed",
        ),
        (
            of_sgd().replace("t = 30, ", ""),
            "--sgd",
            "stage 2: until has no limit in time, which SGD needs",
        ),
        (
            of_sgd().replacen("dim = 200", "dim = 300", 1),
            "--compare",
            "stage 2: dim = 200 is not allowed: SGD has one",
        ),
        (of_sgd(), "--per-seed", "per-seed is of simulated SGD"),
        (of_sgd(), "--seeds=3", "seeds is of simulated SGD"),
        (
            of_sgd().replace("angle = { source = 40 }", "angle = { target = 40 }"),
            "--sgd",
            "it is the same task",
        ),
    ];
    for (text, flag, expected) in cases {
        fs::write(folder.path().join("history.toml"), &text).unwrap();
        let run = lorode(&["train", "history.toml", flag])
            .current_dir(&folder)
            .assert()
            .code(2);
        let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(
            said.contains(expected) && said.lines().count() == 1,
            "{text}\nsaid {said}"
        );
        assert_eq!(file_names(folder.path()), ["history.toml"]);
    }
}
