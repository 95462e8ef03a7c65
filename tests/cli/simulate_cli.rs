//! What `lorode simulate` promises: its output, its stops, its errors.

use crate::running::{fails, json, lorode, numbers};
use serde_json::Value;

pub(super) const BASE: &str = "simulate --link erf --mu 0.5 --lr 0.2 --batch 100 --steps 500";

#[test]
fn json_has_the_agreed_keys() {
    let value = json(&format!("{BASE} --seeds 5 --records 20 --format json"));
    let records = &value["records"];
    let steps = numbers(&records["step"]);
    assert_eq!((steps[0], *steps.last().unwrap()), (0.0, 500.0));
    assert!(steps.len() <= 21 && steps.windows(2).all(|w| w[0] < w[1]));
    let times = numbers(&records["t"]);
    let scaled = steps.iter().zip(&times);
    assert!(
        scaled
            .into_iter()
            .all(|(s, t)| (0.2 * s - t).abs() < 1e-12 * t.max(1.0))
    );
    for quantity in ["u", "alignment", "s", "m", "q", "loss"] {
        for number in ["mean", "std", "q05", "q50", "q95"] {
            let column = numbers(&records[quantity][number]);
            assert_eq!(column.len(), steps.len(), "{quantity} {number}");
        }
        let at = |number: &str| numbers(&records[quantity][number]);
        let (low, middle, high) = (at("q05"), at("q50"), at("q95"));
        let ordered = |i: usize| low[i] <= middle[i] && middle[i] <= high[i];
        assert!((0..steps.len()).all(ordered), "{quantity}");
    }
    assert_eq!(value["exit_steps"].as_array().unwrap().len(), 5);
    assert_eq!(value["parameters"]["mu"], 0.5);
    assert_eq!(value["loss_by"], "fresh test batch of 2000 samples");
    assert!(value.get("seeds").is_none());
    let command = value["command"].as_str().unwrap();
    let again = json(&format!("{} --format json", &command["lorode ".len()..]));
    assert_eq!(again, value);
}

#[test]
fn without_an_adapter_there_is_no_u_and_no_s() {
    for adapter in ["--adapter full --mu 0.5", "--adapter scratch"] {
        let value = json(&format!(
            "simulate {adapter} --link erf --lr 0.2 --batch 50 --steps 50 --seeds 3 --per-seed \
             --records 5 --format json"
        ));
        let records = &value["records"];
        assert!(
            records["u"]["mean"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_null)
        );
        assert!(
            records["s"]["q50"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_null)
        );
        assert!(numbers(&records["alignment"]["mean"]).len() > 3);
        assert!(value["seeds"][0]["u"][0].is_null());
    }
}

#[test]
fn per_seed_adds_the_seeds_and_one_seed_is_the_same_alone() {
    let many = json(&format!(
        "{BASE} --seeds 9 --per-seed --records 10 --format json"
    ));
    let alone = json(&format!(
        "{BASE} --seeds 7, --per-seed --records 10 --format json"
    ));
    assert_eq!(many["seeds"].as_array().unwrap().len(), 9);
    assert_eq!(many["seeds"][7], alone["seeds"][0]);
    assert_eq!(many["seeds"][7]["seed"], 7);
    let mean: f64 = (0..9)
        .map(|i| numbers(&many["seeds"][i]["m"]).last().copied().unwrap())
        .sum::<f64>()
        / 9.0;
    let said = numbers(&many["records"]["m"]["mean"])
        .last()
        .copied()
        .unwrap();
    assert!((mean - said).abs() < 1e-14);
    let range = json(&format!(
        "{BASE} --seeds 6:7 --per-seed --records 10 --format json"
    ));
    assert_eq!(range["seeds"][1], alone["seeds"][0]);
}

#[test]
fn bytes_do_not_depend_on_threads_or_method_of_output() {
    let arguments = format!("{BASE} --seeds 12 --per-seed --format csv");
    let with = |threads: &str| {
        let mut command = lorode(&arguments);
        let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let one = with("1");
    assert_eq!(one, with("4"));
    let text = String::from_utf8(one).unwrap();
    assert!(text.starts_with("seed,step,t,exit_step,u,alignment,s,m,q,loss,"));
}

#[test]
fn runs_stop_at_the_exit_or_when_learned() {
    let long = "simulate --link linear --mu 0.3 --lr 0.2 --batch 500 --steps 100000 --seeds 6";
    let exit = json(&format!("{long} --until exit --per-seed --format json"));
    for seed in exit["seeds"].as_array().unwrap() {
        assert_eq!(seed["end"], "exit");
        assert_eq!(seed["steps"], seed["exit_step"]);
        let alignment = numbers(&seed["alignment"]);
        let (last, before) = alignment.split_last().unwrap();
        assert!(last.abs() >= 0.5 && before.iter().all(|a| a.abs() < 0.5));
    }
    // Seeds that have stopped keep their last values: every step counts all of them.
    let counts = numbers(&exit["records"]["count"]);
    assert!(counts.iter().all(|c| *c as usize == 6));
    let steps = numbers(&exit["records"]["step"]);
    let exits = numbers(&exit["exit_steps"]);
    let last = exits.iter().copied().fold(0.0, f64::max);
    assert_eq!(steps.last().copied().unwrap().to_bits(), last.to_bits());
    let learned = json(&format!(
        "{long} --until learned --exact-loss --per-seed --format json"
    ));
    assert_eq!(learned["loss_by"], "kernel");
    for seed in learned["seeds"].as_array().unwrap() {
        let loss = numbers(&seed["loss"]);
        // The default tolerance is 1e-6 of the initial excess loss, all of it for equal links.
        assert!(loss.last().unwrap() <= &(1e-6 * loss[0] * (1.0 + 1e-9)));
        assert_eq!(seed["end"], "learned");
    }
}

#[test]
fn sizes_that_would_not_fit_are_no_crash() {
    // A huge test batch is slow but takes no memory; more records than steps are all steps.
    let value = json(&format!(
        "{BASE} --seeds 1 --records 1e15 --test-batch 1 --format json"
    ));
    assert_eq!(numbers(&value["records"]["step"]).len(), 501);
    assert!(value["records"]["m"]["std"][0].is_null());
    let complaint = fails(
        "simulate --link erf --mu 0.5 --lr 0.1 --batch 5 --steps 5e8 --every 1",
        2,
    );
    assert!(complaint.contains("needs"), "{complaint}");
}

#[test]
fn seeds_that_do_not_exit_are_later_than_all_others() {
    let line = "simulate --link erf --mu 0.5 --lr 0.2 --batch 500 --seeds 20 --steps 700";
    let value = json(&format!("{line} --format json"));
    let exits = value["exit_steps"].as_array().unwrap();
    let never = exits.iter().filter(|e| e.is_null()).count();
    assert!(never > 2 && never < 18, "{never}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let output = lorode(&format!("{line} --out {out}")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let row = text.lines().find(|l| l.starts_with("exit step")).unwrap();
    assert!(
        row.contains(&format!("{} of 20 seeds", 20 - never)) && row.ends_with("95 % none"),
        "{row}"
    );
}

#[test]
fn the_test_batch_estimates_the_exact_loss() {
    let with = |more: &str| {
        let value = json(&format!(
            "{BASE} --noise 0.4 --seeds 16 --records 6 {more} --format json"
        ));
        numbers(&value["records"]["loss"]["mean"])
    };
    let (exact, estimated) = (with("--exact-loss"), with("--test-batch 20000"));
    for (a, b) in exact.iter().zip(&estimated) {
        // 320,000 samples: a relative error of about 2/sqrt(320000) of the part without noise.
        assert!((a - b).abs() < 5.0 * 3.5e-3 * (a - 0.2).abs(), "{a} {b}");
    }
}

#[test]
fn a_diverged_seed_is_reported_and_left_out() {
    let line = "simulate --link he3 --mu 0.4 --lr 0.016 --batch 3 --dim 100 --steps 400 --seeds 24";
    let output = lorode(&format!("{line} --per-seed --format json"))
        .output()
        .unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let diverged = numbers(&value["diverged"]);
    assert!(!diverged.is_empty() && diverged.len() < 24, "{diverged:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains(&format!("seed {} diverged at step", diverged[0])),
        "{complaint}"
    );
    assert!(output.status.success());
    let counts = numbers(&value["records"]["count"]);
    assert!(counts.iter().all(|c| *c as usize == 24 - diverged.len()));
    let seed = &value["seeds"][diverged[0] as usize];
    assert_eq!(seed["end"], "diverged");
    assert!(!numbers(&seed["q"]).is_empty());
    let complaint = fails(&line.replace("0.016", "5"), 1);
    assert!(complaint.contains("every seed diverged"), "{complaint}");
}

#[test]
fn bad_input_is_refused_with_the_reason() {
    let full = "simulate --link erf --mu 0.5 --lr 0.1 --batch 5 --steps 5 --method full";
    for (arguments, reason) in [
        (
            "simulate --link erf --mu 0.5 --lr 0.1 --batch 0 --steps 5",
            "batch = 0 is not allowed",
        ),
        (
            "simulate --link erf --mu 0.5 --lr -1 --batch 5 --steps 5",
            "lr = -1 is not allowed",
        ),
        (
            "simulate --link erf --mu 0.5 --lr 0.1 --batch 5 --steps 0",
            "a whole number from 1",
        ),
        (
            "simulate --link erf --mu 0.5 --lr 0.1 --batch 5",
            "steps is needed",
        ),
        (
            "simulate --link erf --mu 0.5 --lr 0.1 --steps 5",
            "batch is needed",
        ),
        (
            "simulate --link erf --mu 0.5 --batch 5 --steps 5",
            "lr is needed",
        ),
        (
            "simulate --link erf --mu 0.5 --angle 20 --dim 2 --lr 0.1 --batch 5 --steps 5",
            "dim = 2 is below the 3 directions",
        ),
        (
            "simulate --link sign --mu 0.5 --lr 0.1 --batch 5 --steps 5",
            "student link 'sign' jumps",
        ),
        (&format!("{full} --dim 1e11"), "needs 9.6 TB and"),
        (
            &format!("{BASE} --seeds 0"),
            "seeds = '0' is not understood",
        ),
        (
            &format!("{BASE} --every 5 --records 7"),
            "cannot be used with",
        ),
        (
            &format!("{BASE} --resume --format json"),
            "give it with --out",
        ),
        (
            &format!("{BASE} --dynamics map"),
            "dynamics has no meaning in simulate",
        ),
        (
            &format!("{BASE} --t-max 3"),
            "t-max has no meaning in simulate",
        ),
        (
            &format!("{BASE} --angle 30 --s0 0.1"),
            "alignment0 beside s0 is needed",
        ),
        (
            "simulate --link erf --mu 0.5 --lr 0.1 --batch 5 --steps 1e13 --every 1",
            "keeping 10000000000002 records",
        ),
    ] {
        let complaint = match arguments.contains("--dim 1e11") {
            // One run at a time on any machine.
            true => fails(&format!("RAYON_NUM_THREADS=2 {arguments} --seeds 2"), 2),
            false => fails(arguments, 2),
        };
        assert!(complaint.contains(reason), "{arguments}: {complaint}");
        assert_eq!(complaint.trim().lines().count(), 1, "{complaint}");
    }
}
