//! Tables as links: on the command line, in problem files, in what is written.

use std::fmt::Write;
use std::fs;

use crate::running::{fails, json};

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

    let search = |link: &str| json(&format!("search --link {link} --mu 0.5 --format json"));
    let curve = |found: &serde_json::Value| found["curves"][0].clone();
    let (ours, exact) = (curve(&search(&table)), curve(&search("tanh")));
    // What was asked for, and the checksum of what was read.
    assert_eq!(ours["teacher"], format!("{table}@{sum}"));
    let time = |curve: &serde_json::Value| curve["points"][0]["tau"].as_f64().unwrap();
    // The spline is within 5/384 0.2^4 4.1 = 9e-5 of tanh.
    assert!(
        (time(&ours) / time(&exact) - 1.0).abs() < 1e-3,
        "{ours} {exact}"
    );
    // With its checksum it is the same table; another one is refused.
    assert_eq!(
        curve(&search(&format!("{table}@{sum}")))["tau"],
        ours["tau"]
    );
    let other = fails(
        &format!("search --link {table}@0123456789abcdef --mu 0.5"),
        2,
    );
    assert!(
        other.contains(&format!("its checksum is {sum}, not 0123456789abcdef")),
        "{other}"
    );

    let program = fails(&format!("derive --link {table} --format python"), 2);
    assert!(program.contains("has no formula"), "{program}");
}

#[test]
fn a_problem_file_names_tables_beside_it() {
    let folder = folder();
    let problem = folder.path().join("p.toml");
    fs::write(
        &problem,
        "teacher = \"table-held:act.csv\"\nstudent = \"erf\"\nmu = 0.5\n",
    )
    .unwrap();
    let found = json(&format!("search {} --format json", problem.display()));
    let teacher = found["curves"][0]["teacher"].as_str().unwrap();
    assert!(
        teacher.starts_with("table-held:") && teacher.contains("act.csv@"),
        "{teacher}"
    );
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
    let mut both = [runs(1), runs(3)];
    for one in &mut both {
        one.as_object_mut().unwrap().remove("seconds");
    }
    assert_eq!(both[0], both[1]);
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
