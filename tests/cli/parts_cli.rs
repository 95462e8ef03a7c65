//! Searches and simulations in parts: `--shard`, `merge`, and the script that has Slurm do it.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::running::{broken_off, fails, lorode};

const SEARCH: &str = "search --link erf --link he1+0.5*he3 --mu 0.1:0.9:9 --angle 0,30";
const SIMULATE: &str = "simulate --link erf --mu 0.5 --lr 0.02 --batch 50 --steps 400 --seeds 3,5:10 --records 20 \
                        --until exit --per-seed";

fn simulate() -> String {
    SIMULATE.replace("3,5:10", "3,5,6,7,8,9,12")
}

fn run(line: &str) -> String {
    let output = lorode(line).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// All files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

#[test]
fn a_part_of_other_settings_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let part = |dim: u32| {
        let out = folder.path().display();
        format!("search --link erf --mu 0.2,0.5 --dim {dim} --what tau --shard 1/2 --out {out}")
    };
    run(&part(100));
    let said = fails(&part(200), 2);
    assert!(
        said.contains("give the same options, or another --out for this part"),
        "{said}"
    );
    assert!(!said.contains("--resume"), "{said}");
}

#[test]
fn parts_are_joined_to_the_bytes_of_a_single_run() {
    for (line, count) in [
        (SEARCH.to_owned(), 3),
        (simulate(), 2),
        // More parts than points: some have none.
        (
            "search --link relu --mu 0.2,0.5,0.8 --what tau".to_owned(),
            5,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        run(&format!("{line} --out {}", at("whole").display()));
        let parts = at("parts");
        for part in (1..=count).rev() {
            let part = format!("{line} --shard {part}/{count} --out {}", parts.display());
            let said = run(&format!("RAYON_NUM_THREADS=1 {part}"));
            assert!(said.contains(&format!("/{count} of ")), "{said}");
            // Safe to run twice.
            let before = files(&parts);
            assert_eq!(run(&part), said);
            assert!(files(&parts) == before, "{line}");
        }
        assert_eq!(files(&parts).len(), count, "{:?}", files(&parts).keys());
        run(&format!(
            "merge {} --out {}",
            parts.display(),
            at("merged").display()
        ));
        let (whole, merged) = (files(&at("whole")), files(&at("merged")));
        assert!(
            whole.keys().eq(merged.keys()),
            "{line}: {:?}",
            merged.keys()
        );
        for (name, bytes) in &whole {
            assert!(merged[name] == *bytes, "{line}: {name} differs");
        }
    }
}

#[test]
fn a_part_that_was_broken_off_goes_on() {
    for (line, [killed, interrupted]) in [(SEARCH.to_owned(), [4, 9]), (simulate(), [500, 1000])] {
        let folder = tempfile::tempdir().unwrap();
        let parts = folder.path().join("parts");
        let part = |k: u8| format!("{line} --shard {k}/2 --out {}", parts.display());
        let merge = format!("merge {} --format json", parts.display());
        broken_off(&part(1), "-KILL", killed);
        let said = broken_off(&part(1), "-INT", interrupted);
        assert!(said.contains("finished and kept in '"), "{said}");
        assert!(
            said.contains("-1-of-2.part'; the same command goes on"),
            "{said}"
        );
        run(&part(2));
        let complaint = fails(&merge, 1);
        assert!(
            complaint.contains("-1-of-2.part' is not finished ("),
            "{complaint}"
        );
        run(&part(1));
        let whole = run(&format!("{line} --format json"));
        let merged = run(&merge);
        // Beside what the run took, which is not known of parts.
        let bare = |text: &str| {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
            for key in ["seconds", "steps_per_second"] {
                value.as_object_mut().unwrap().remove(key);
            }
            value
        };
        assert!(bare(&whole) == bare(&merged), "{line}");
    }
}

#[test]
fn parts_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let line = "search --link erf --mu 0.1:0.9:4 --what tau";
    let merge = format!("merge {out} --format csv");
    for part in 1..=2 {
        run(&format!("{line} --shard {part}/2 --out {out}"));
    }
    let whole = run(&merge);
    let (first, second) = ("search-1-of-2.part", "search-2-of-2.part");
    let path = folder.path().join(second);
    let bytes = fs::read(&path).unwrap();
    let refused = |what: &str| {
        let complaint = fails(&merge, 1);
        assert!(complaint.contains(what), "{complaint}");
    };
    fs::remove_file(&path).unwrap();
    refused("is not complete: part 2 of 2 is missing");
    fs::copy(folder.path().join(first), folder.path().join("b.part")).unwrap();
    refused("part 1 of 2 is there twice");
    fs::remove_file(folder.path().join("b.part")).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    refused("search-2-of-2.part' is damaged (its checksum does not fit): run its command again");
    // Computing it again mends it, and says so.
    let again = lorode(&format!("{line} --shard 2/2 --out {out}"))
        .output()
        .unwrap();
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        again.status.success() && said.contains("is damaged: the part is computed again"),
        "{said}"
    );
    assert!(fs::read(&path).unwrap() == bytes);
    assert_eq!(run(&merge), whole);
    // Of other settings: the part is not taken for this one, nor joined with the others.
    let other = line.replace("erf", "relu");
    let complaint = fails(&format!("{other} --shard 2/2 --out {out}"), 2);
    assert!(
        complaint.contains("(link there: erf, here: relu)"),
        "{complaint}"
    );
    run(&format!("{other} --shard 2/2 --out {out}/other"));
    fs::rename(folder.path().join("other").join(second), &path).unwrap();
    refused("is of other settings than");
    fs::write(&path, &bytes).unwrap();
    run(&format!(
        "phase --link erf --x mu=0.1:0.9:3 --value tau --shard 1/1 --out {out}"
    ));
    refused("holds the parts of a map as well");
    assert!(fails(&format!("{line} --shard 3/2"), 2).contains("K/N"));
    // A part has no figure and no tables.
    for whole in ["--style dark", "--width 3in", "--dpi 90", "--save csv"] {
        for line in [line, "phase --link erf --x mu=0.1:0.9:3"] {
            let complaint = fails(&format!("{line} --shard 1/2 --out {out} {whole}"), 2);
            assert!(
                complaint.contains("give them to `lorode merge`"),
                "{complaint}"
            );
        }
    }
}

/// A `sbatch` that runs the jobs at once, and writes down what it was given.
const SBATCH: &str = r#"#!/bin/bash
set -e
printf '%s\0' "$@" >> "$CALLS"
script="${@: -2:1}" mode="${@: -1}" count=0
for word in "$@"; do
  case "$word" in --array=1-*) count="${word#--array=1-}" ;; esac
done
if [ "$mode" = part ]; then
  for i in $(seq "$count"); do SLURM_ARRAY_TASK_ID=$i bash "$script" part >/dev/null; done
else
  bash "$script" merge >/dev/null
fi
echo 7
"#;

fn submitted(script: &str, folder: &Path) -> Output {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    let sbatch = bin.join("sbatch");
    fs::write(&sbatch, SBATCH).unwrap();
    fs::set_permissions(&sbatch, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.arg(script).current_dir(folder);
    bash.env("PATH", path).env("CALLS", folder.join("calls"));
    bash.env("LORODE", env!("CARGO_BIN_EXE_lorode"));
    bash.output().unwrap()
}

#[test]
fn scripts_do_all_kinds_of_work_in_parts() {
    let map = "phase --link erf --x mu=0.1:0.9:30 --y angle=0:80:40 --value tau";
    for line in [SEARCH.to_owned(), simulate(), map.to_owned()] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let how = "--save csv,json,svg --style aps-column,dark --width 3in";
        run(&format!("{line} {how} --out {}", at("whole").display()));
        let script = at("job.sh");
        run(&format!(
            "{line} {how} --slurm {} --slurm-jobs 3 --out {}",
            script.display(),
            at("out").display()
        ));
        let output = submitted("job.sh", folder.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}");
        let (whole, merged) = (files(&at("whole")), files(&at("out")));
        for (name, bytes) in &whole {
            assert!(merged.get(name) == Some(bytes), "{line}: {name} differs");
        }
        assert_eq!(merged.len(), whole.len() + 3, "{:?}", merged.keys());
    }
}

#[test]
fn options_of_jobs_are_words_of_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("p.toml"),
        "link = \"he1 +\\n 0.5*he3\"\nmu = 0.5\n",
    )
    .unwrap();
    let hostile = "a'b\n$(touch broken)`touch broken`";
    let script = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
        command.args([
            "search",
            "p.toml",
            "--slurm",
            "job.sh",
            "--slurm-jobs",
            "2",
            "--out",
            "o'ut",
        ]);
        command.args(more).current_dir(folder.path());
        command.output().unwrap()
    };
    let all = [
        "--slurm-time",
        "1-12",
        "--slurm-memory",
        "4G",
        "--slurm-cpus",
        "8",
        "--slurm-partition",
        hostile,
        "--slurm-account",
        "a b",
        "--slurm-option",
        "qos=high",
        "--slurm-option",
        "--comment=it's $HOME",
    ];
    assert!(script(&all).status.success());
    let output = submitted("job.sh", folder.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    let words: Vec<&str> = calls.split('\0').collect();
    let partition = format!("--partition={hostile}");
    let wanted = [
        "--time=1-12",
        "--mem=4G",
        &partition,
        "--cpus-per-task=8",
        "--account=a b",
        "--qos=high",
        "--comment=it's $HOME",
        "job.sh",
    ];
    // Of the array and of the job that joins.
    assert_eq!(
        words
            .windows(wanted.len())
            .filter(|some| *some == wanted)
            .count(),
        2
    );
    assert!(!folder.path().join("broken").exists());
    assert!(folder.path().join("o'ut").join("search.csv").exists());

    let refused = |more: &[&str], what: &str| {
        let output = script(more);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(what), "{complaint}");
    };
    refused(&["--slurm-option", "array=1-9"], "are set by the script");
    refused(&["--slurm-option", "--output=x"], "are set by the script");
    refused(&["--slurm-option", "foo bar=x"], "'foo bar' is no name");
    refused(&["--slurm-cpus", "0"], "slurm-cpus");
    refused(&["--shard", "1/2"], "--shard");
    // A script of somebody else is not overwritten; one of ours is.
    assert!(script(&[]).status.success());
    fs::write(folder.path().join("job.sh"), "#!/bin/bash\necho mine\n").unwrap();
    refused(&[], "is no script of lorode's");
    assert!(fails("search --link erf --slurm-time 1:00", 2).contains("--slurm"));
}
