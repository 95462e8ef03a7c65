//! Tables as links: on the command line, in problem files, in what is written.

use std::fmt::Write;
use std::fs;

use crate::running::{fails, json, lorode};

/// A folder with `act.csv`: tanh at 61 points.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "x,y\n".to_owned();
    for i in -30..=30 {
        let x = 0.2 * f64::from(i);
        writeln!(text, "{x},{}", x.tanh()).unwrap();
    }
    fs::write(folder.path().join("act.csv"), text).unwrap();
    folder
}

#[test]
fn a_table_is_a_link_like_any_other() {
    let folder = folder();
    let table = format!("table:{}", folder.path().join("act.csv").display());
    let link = json(&format!("links {table} --format json"));
    let name = link["link"].as_str().unwrap();
    assert!(
        name.starts_with("table(61 points from -6 to 6, linear outside, checksum "),
        "{name}"
    );
    let sum = name.trim_end_matches(')').rsplit(' ').next().unwrap();

    let kernel = |link: &str| {
        json(&format!(
            "kernel --link {link} --m 0.3 --q 0.5 --format json"
        ))
    };
    let (ours, exact) = (kernel(&table), kernel("tanh"));
    let alpha = |found: &serde_json::Value| found["alpha"].as_f64().unwrap();
    // The slope of the spline is within h^3/24 of the largest fourth derivative, 1.4e-3, of that of tanh.
    assert!(
        (alpha(&ours) / alpha(&exact) - 1.0).abs() < 3e-3,
        "{ours} {exact}"
    );
    // Its name has the checksum of what was read; with it, it is the same table, and another is refused.
    let named = format!("{table}@{sum}");
    assert_eq!(ours["parameters"]["student"], named.as_str());
    assert_eq!(alpha(&kernel(&named)).to_bits(), alpha(&ours).to_bits());
    let other = fails(
        &format!("kernel --link {table}@0123456789abcdef --m 0.3 --q 0.5"),
        2,
    );
    assert!(
        other.contains(&format!("its checksum is {sum}, not 0123456789abcdef")),
        "{other}"
    );

    let program = fails(&format!("derive --link {table} --format python"), 1);
    assert!(
        program.contains("no python program for table:"),
        "{program}"
    );
}

#[test]
fn a_problem_file_names_tables_beside_it() {
    let folder = folder();
    let problem = folder.path().join("p.toml");
    let text = "teacher = \"table-held:act.csv\"\nstudent = \"erf\"\nmu = 0.5\ndim = 60\nbatch = 16\nlr = 0.1\n";
    fs::write(&problem, text).unwrap();
    let found = json(&format!(
        "simulate {} --steps 4 --seeds 2 --format json",
        problem.display()
    ));
    let expected = folder.path().join("act.csv");
    let expected = format!("table-held:{}@", expected.display());
    let teacher = found["parameters"]["teacher"][0].as_str().unwrap();
    assert!(teacher.starts_with(&expected), "{teacher}");
}

/// A result, a part of one and a broken map are of the numbers in a table, not of the name of its file.
#[test]
fn another_table_of_the_same_name_is_another_problem() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (table, out, parts) = (place("act.csv"), place("out"), place("parts"));
    let search = format!("search --link table:{table} --mu 0.1:0.9:5 --what tau");
    let phase = format!("phase --link table:{table} --x mu=0.1:0.9:3 --value tau --out {out}");
    for line in [
        format!("{search} --out {out} --save json"),
        format!("{search} --shard 1/2 --out {parts}"),
        phase.clone(),
    ] {
        assert!(lorode(&line).status().unwrap().success(), "{line}");
    }

    let held = fs::read_to_string(place("act.csv")).unwrap();
    fs::write(place("act.csv"), held + "6.2,1\n").unwrap();
    assert!(
        lorode(&format!("{search} --shard 2/2 --out {parts}"))
            .status()
            .unwrap()
            .success()
    );
    for (line, code, said) in [
        (
            format!("{search} --out {out} --save json"),
            2,
            "holds the result of another problem (link there: ",
        ),
        (format!("merge {parts}"), 1, "is of other settings"),
        (
            format!("{phase} --resume"),
            2,
            "holds the result of another problem (link there: ",
        ),
    ] {
        let complaint = fails(&line, code);
        assert!(complaint.contains(said), "{line}: {complaint}");
    }
}

/// SGD draws the same numbers and takes the same values on any number of threads.
#[test]
fn simulations_of_a_table_do_not_depend_on_threads() {
    let folder = folder();
    let table = folder.path().join("act.csv");
    let runs = |threads: u32| {
        json(&format!(
            "RAYON_NUM_THREADS={threads} simulate --link table:{} --mu 0.5 --dim 60 --batch 16 --lr 0.1 --seeds 4 --steps 40 \
             --format json",
            table.display()
        ))
    };
    let records = |found: serde_json::Value| found["records"].clone();
    let (one, three) = (records(runs(1)), records(runs(3)));
    assert!(one.is_object());
    assert_eq!(one, three);
}

#[test]
fn bad_tables_are_refused_with_the_line() {
    let folder = folder();
    let path = folder.path().join("bad.csv");
    fs::write(&path, "x,y\n0,0\n1,1\n1,2\n3,4\n").unwrap();
    let complaint = fails(
        &format!("solve --link table:{} --mu 0.5", path.display()),
        2,
    );
    assert!(
        complaint.contains("bad.csv', line 4: x = 1 stands there twice"),
        "{complaint}"
    );
    let missing = fails("solve --link table:no-such.csv --mu 0.5", 2);
    assert!(
        missing.contains("'no-such.csv': cannot be read: "),
        "{missing}"
    );
    assert_eq!(missing.lines().count(), 1, "{missing}");
}
