//! Where the loss of a network stands still.

use super::problem_files::json;
use serde_json::Value;

const RUN: &str = "solve --link erf --adapter full --units 3 --teacher-units 3 --angle 85 --mu 0.1";

fn plateaus(more: &str) -> Vec<[f64; 3]> {
    let line = format!("{RUN} {more}");
    let answer = json(&line.split_whitespace().collect::<Vec<_>>());
    let one = |plateau: &Value| ["from", "to", "loss"].map(|key| plateau[key].as_f64().unwrap());
    let all = answer["plateaus"].as_array().unwrap();
    all.iter().map(one).collect()
}

/// Ends of plateaus are those of the run: they do not depend on what is recorded, and on the tolerance as a run does; a map
/// has the length of what `solve` finds.
#[test]
fn plateaus_are_those_of_the_run() {
    let found = plateaus("");
    assert_eq!(found.len(), 1, "{found:?}");
    for more in [
        "--points 4",
        "--points 37",
        "--times 0,5",
        "--times 0:1000:11",
    ] {
        assert_eq!(plateaus(more), found, "{more}");
    }
    let fine = plateaus("--rtol 1e-11");
    for (rtol, allowed) in [("1e-6", 1e-4), ("1e-8", 1e-6), ("1e-10", 1e-8)] {
        let found = plateaus(&format!("--rtol {rtol}"));
        for (found, fine) in found.iter().flatten().zip(fine.iter().flatten()) {
            let off = (found / fine - 1.0).abs();
            assert!(off < allowed, "{rtol}: {found} {fine}");
        }
    }
    let line = RUN
        .replace("solve", "phase")
        .replace("--mu 0.1", "--x mu=0.1,0.5");
    let line = format!("{line} --value plateau_length --rtol 1e-9");
    let map = json(&line.split_whitespace().collect::<Vec<_>>());
    let length = map["value"]["matrix"][0].as_f64().unwrap();
    let found = plateaus("--rtol 1e-9");
    let wanted = found[0][1] - found[0][0];
    assert!((length / wanted - 1.0).abs() < 1e-12, "{length} {wanted}");
}
