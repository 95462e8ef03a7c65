//! What `lorode compare` promises: verdicts, deviations, figures.

use crate::running::{fails, json, lorode, numbers};

#[test]
fn sgd_follows_the_theory_and_the_numbers_say_so() {
    let value = json("compare --link erf --mu 0.5 --lr 0.2 --batch 500 --seeds 48 --format json");
    let verdict = value["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("SGD follows the theory: worst in"),
        "{verdict}"
    );
    assert_eq!(value["follows"], true);
    let records = &value["records"];
    let steps = numbers(&records["step"]);
    for quantity in ["u", "alignment", "s", "m", "q", "loss"] {
        let deviation = &value["deviation"][quantity];
        let gap = |i: usize| {
            let at = |name: &str| numbers(&records[quantity][name])[i];
            (at("mean") - at("theory")).abs()
        };
        let gaps: Vec<f64> = (0..steps.len()).map(gap).collect();
        let largest = gaps.iter().copied().fold(0.0, f64::max);
        let max_abs = deviation["max_abs"].as_f64().unwrap();
        assert!((largest - max_abs).abs() < 1e-12, "{quantity}");
        let at = deviation["at_step"].as_f64().unwrap();
        let index = steps
            .iter()
            .position(|s| s.to_bits() == at.to_bits())
            .unwrap();
        assert!((gaps[index] - max_abs).abs() < 1e-12, "{quantity}");
        assert!(deviation["max_z"].as_f64().unwrap() > 0.0);
        assert!(max_abs < 0.1, "{quantity}: {max_abs}");
    }
}

#[test]
fn steps_that_the_theory_decides_are_a_number() {
    for units in ["", " --units 2 --teacher-units 2"] {
        let line =
            "compare --link erf --mu 0.3 --lr 0.2 --dim 50 --batch 50 --seeds 4 --format json";
        let value = json(&format!("{line}{units}"));
        let last = value["records"]["step"].as_array().unwrap().last().unwrap();
        assert_eq!(&value["parameters"]["steps"], last);
        assert!(last.as_u64().unwrap() > 10);
        let given = value["given"].as_array().unwrap();
        assert!(!given.iter().any(|name| name == "steps"));
    }
}

#[test]
fn a_wrong_theory_is_found_out() {
    // At nu = 20 the noise term decides: SGD of B = 1 against the flow of the same nu agrees, but
    // not against the flow without it, which the exact solution of `solve` is.
    let right = json(
        "compare --link linear --mu 0.2 --alignment0 0.5 --u0 0.5 --dim 1e5 --batch 1 --lr 2e-5 \
         --steps 100000 --seeds 16 --format json",
    );
    assert_eq!(right["follows"], true, "{}", right["verdict"]);
    let size = right["deviation"]["alignment"]["finite_size"]
        .as_f64()
        .unwrap();
    let without =
        json("solve --link linear --mu 0.2 --alignment0 0.5 --u0 0.5 --t-max 2 --format json");
    // The verdict says so where the step is too large for the ODE (and chi leaves no map).
    let wrong = json(
        "compare --link erf --mu 0.3 --lr 1.5 --batch 20000 --dim 10000 --alignment0 0.3 --chi 2 \
         --seeds 32 --steps 60 --format json",
    );
    assert_eq!(wrong["follows"], false, "{}", wrong["verdict"]);
    let verdict = wrong["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("SGD departs from the theory"),
        "{verdict}"
    );
    let noiseless = *numbers(&without["trajectory"]["alignment"]).last().unwrap();
    let simulated = *numbers(&right["records"]["alignment"]["mean"])
        .last()
        .unwrap();
    assert!(
        (noiseless - simulated).abs() > 5.0 * size,
        "{noiseless} {simulated} {size}"
    );
}

#[test]
fn a_large_step_follows_the_map() {
    let value = json(
        "compare --link erf --mu 0.3 --lr 1.5 --batch 20000 --dim 10000 --alignment0 0.3 --seeds \
         32 --steps 60 --format json",
    );
    let verdict = value["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("SGD follows the finite-step map but not the flow"),
        "{verdict}"
    );
    assert_eq!(value["follows"], false);
    let map = value["deviation_from_map"]["alignment"]["max_abs"]
        .as_f64()
        .unwrap();
    let flow = value["deviation"]["alignment"]["max_abs"].as_f64().unwrap();
    assert!(flow > 10.0 * map, "{flow} {map}");
    assert_eq!(
        numbers(&value["records"]["m"]["map"]).len(),
        numbers(&value["records"]["t"]).len()
    );
}

#[test]
fn random_starts_are_averaged_over() {
    let value = json(
        "compare --link erf --mu 0.5 --lr 0.2 --batch 500 --seeds 48 --starts random --exact-loss \
         --format json",
    );
    assert_eq!(value["follows"], true, "{}", value["verdict"]);
    assert!(
        value["starts"]
            .as_str()
            .unwrap()
            .contains("averaged over those of SGD")
    );
    assert_eq!(value["loss_by"], "kernel");
    // Half-normal starts: mean sqrt(2/(pi d)).
    let start = numbers(&value["records"]["alignment"]["theory"])[0];
    assert!((start - 0.0252).abs() < 0.008, "{start}");
    // Both start at the same places, with an amplitude as well.
    let value = json(
        "compare --link erf --mu 0.5 --lr 0.1 --batch 500 --seeds 8 --u0 0.3 --starts random --steps \
         300 --exact-loss --format json",
    );
    for quantity in ["u", "alignment", "s", "m", "q", "loss"] {
        let at = |name: &str| numbers(&value["records"][quantity][name])[0];
        assert!((at("theory") - at("mean")).abs() < 1e-12, "{quantity}");
    }
}

#[test]
fn one_bad_strength_does_not_cost_the_others() {
    let line =
        "compare --link he3 --mu 0.05,0.5,3 --lr 0.02 --batch 20 --dim 50 --seeds 8 --steps 3000";
    let output = lorode(&format!("{line} --format json")).output().unwrap();
    assert!(output.status.success());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("he3, mu = 3: 8 of 8 seeds diverged"),
        "{complaint}"
    );
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = value["curves"][0]["points"].as_array().unwrap();
    assert_eq!(
        (points.len(), &points[2]["seeds"]),
        (3, &serde_json::json!(8))
    );
    for point in points {
        // A mean needs every seed.
        let exited = point["exited"].as_f64().unwrap();
        let whole = 8.0 - point["diverged"].as_f64().unwrap();
        assert_eq!(
            point["mean"].is_null(),
            exited < whole || whole < 1.0,
            "{point}"
        );
    }
}

#[test]
fn times_of_each_link_have_its_own_factor() {
    let exit = |links: &str, index: usize| {
        let value = json(&format!(
            "compare {links} --mu 0.1,0.6 --lr 0.05 --batch 500 --seeds 4 --hermite-time --format json"
        ));
        value["curves"][index]["points"][1]["theory"]
            .as_f64()
            .unwrap()
    };
    let (both, alone) = (exit("--link linear --link he3", 1), exit("--link he3", 0));
    assert_eq!(both.to_bits(), alone.to_bits());
}

#[test]
fn exit_times_over_a_grid_lie_on_the_theory() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let value = json(&format!(
        "compare --link linear --link erf --mu 0.2:0.6:3 --lr 0.2 --batch 500 --seeds 40 --starts \
         random --format json --out {out}"
    ));
    let curves = value["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 2);
    for curve in curves {
        assert_eq!(curve["points"].as_array().unwrap().len(), 3);
        for point in curve["points"].as_array().unwrap() {
            let at = |name: &str| point[name].as_f64().unwrap();
            assert_eq!(point["exited"], 40);
            assert!((at("mean") - at("theory")).abs() < at("std"), "{point}");
            assert!(at("q05") <= at("q50") && at("q50") <= at("q95"));
        }
    }
    let deviation = &value["deviation"]["exit_time"];
    assert!(deviation["max_abs"].as_f64().unwrap() > 0.0);
    assert!(
        value["verdict"]
            .as_str()
            .unwrap()
            .starts_with("SGD exits when the theory says")
    );
    for name in ["compare.csv", "compare.json", "compare.svg", "compare.png"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    let csv = std::fs::read_to_string(folder.path().join("compare.csv")).unwrap();
    assert_eq!(csv.lines().count(), 7);
}

#[test]
fn bad_input_is_refused_with_the_reason() {
    for (arguments, reason) in [
        ("compare --link erf --mu 0.5 --lr 0.2", "batch is needed"),
        (
            "compare --link erf --mu 0.5 --lr 0.2 --batch 5 --dynamics map",
            "dynamics has no meaning in compare",
        ),
        (
            "compare --link erf --mu 0.5 --lr 0.2 --batch 5 --seeds 1",
            "1 seed cannot tell",
        ),
        (
            "compare --link erf --mu 0.5 --lr 0.2 --batch 5 --adapter full --starts random --steps 9",
            "starts random has no meaning with full fine-tuning",
        ),
        (
            "compare --link erf --mu 0.2,0.99999 --lr 1e-3 --batch 50",
            "at mu = 0.99999 SGD would be given",
        ),
        (
            "compare --link erf --mu 0.1,0.2 --lr 0.2 --batch 5 --exact-loss",
            "exact-loss has no meaning over a grid",
        ),
        (
            "compare --link erf --link relu --mu 0.5 --lr 0.2 --batch 5",
            "one link pair",
        ),
        (
            "compare --link erf --mu 0.9999 --lr 1e-3 --batch 500",
            "say how many to simulate with --steps",
        ),
    ] {
        let complaint = fails(arguments, 2);
        assert!(complaint.contains(reason), "{arguments}: {complaint}");
    }
    let diverging = "compare --link he3 --mu 0.5 --lr 50 --batch 5 --steps 100 --seeds 4";
    assert!(fails(diverging, 1).contains("every seed diverged"));
}

#[test]
fn medians_of_sgd_are_drawn_beside_medians_of_the_theory() {
    let folder = tempfile::tempdir().unwrap();
    let of = |more: &str| {
        let out = folder.path().join("random");
        let line = "compare --link erf --mu 0.5 --dim 200 --batch 20 --lr 0.1 --seeds 8 --steps 4000 --force";
        let output = lorode(&format!(
            "{line} {more} --save json,npz --out {}",
            out.display()
        ));
        assert!({ output }.output().unwrap().status.success());
        ["json", "npz"].map(|ending| {
            let file = out.join(format!("compare.{ending}"));
            let figure = lorode::study::plot::Plot::open(&[file])
                .unwrap()
                .figure()
                .unwrap();
            figure.panels[4].clone()
        })
    };
    let names = |panel: &lorode::output::Panel| -> Vec<String> {
        let all = panel.curves.iter().map(|curve| curve.label.clone());
        all.filter(|name| !name.is_empty()).collect()
    };
    let [json, npz] = of("--starts random");
    assert_eq!(names(&json), ["SGD, median", "ODE, median"]);
    assert_eq!(names(&npz), ["SGD, median", "ODE, mean over starts"]);
    // They fall together where the mean is that of the latest start.
    let line = |panel: &lorode::output::Panel, name: &str| -> Vec<f64> {
        let mut all = panel.curves.iter();
        let curve = all.find(|curve| curve.label.starts_with(name)).unwrap();
        let values = curve.points.iter().map(|point| point.1.unwrap_or(0.0));
        values.collect()
    };
    let apart = |panel| {
        let pairs = line(panel, "SGD").into_iter().zip(line(panel, "ODE"));
        let decades = pairs.filter(|(sgd, ode)| sgd.min(*ode) > 1e-10);
        let decades = decades.map(|(sgd, ode)| (sgd / ode).log10().abs());
        decades.fold(0.0, f64::max)
    };
    let (medians, means) = (apart(&json), apart(&npz));
    assert!(medians < 0.5 * means && means > 1.0, "{medians} {means}");
    assert_eq!(names(&of("")[0]), ["SGD, median"]);
}

#[test]
fn the_figure_is_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let draw = |name: &str| {
        let out = folder.path().join(name);
        let line = "compare --link relu --mu 0.4 --lr 0.1 --batch 50 --seeds 6 --steps 400";
        let output = lorode(&format!("{line} --out {}", out.display()))
            .output()
            .unwrap();
        assert!(output.status.success());
        std::fs::read_to_string(out.join("compare.svg")).unwrap()
    };
    let (one, other) = (draw("one"), draw("other"));
    assert_eq!(one, other);
    assert!(one.contains("standard errors") && one.contains("same alignment"));
}
