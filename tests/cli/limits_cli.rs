//! What does not fit, what another run holds, and the ends of the range of numbers.

#![cfg(unix)]

use super::files_cli::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs it with so many kilobytes of address space.
fn limited(kilobytes: u32, arguments: &str) -> Output {
    let script = format!("ulimit -v {kilobytes}; exec \"$0\" {arguments}");
    let folder = TempDir::new().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lorode")]);
    command.current_dir(folder.path());
    command.output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_is_refused_beforehand() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("p.toml");
    fs::write(&file, "link = \"erf\"\nmu = \"0.1:0.9:2000000\"\n").unwrap();
    let file = file.display();
    let sgd = "--link erf --lr 0.1 --batch 10 --format csv";
    for (arguments, what) in [
        (
            "search --link erf --mu 0.1:0.9:300000 --format csv".to_owned(),
            "300000 points",
        ),
        (format!("check {file}"), "2000000 points"),
        (
            "search --link erf --mu 0.1:0.9:10000000 --format csv".to_owned(),
            "10000000",
        ),
        (
            format!("simulate {sgd} --mu 0.5 --dim 1e8 --steps 10 --method full"),
            "full method",
        ),
        (
            format!("simulate {sgd} --mu 0.5 --dim 100 --steps 1e6 --every 1"),
            "1000002 records",
        ),
        (
            format!("simulate {sgd} --mu 0.5 --dim 100 --steps 10 --seeds 10000000"),
            "seeds",
        ),
        (
            format!("compare {sgd} --mu 0.1:0.9:300000 --dim 100 --steps 9"),
            "300000 points",
        ),
        (
            "scaling --link erf --mu 0.5 --dims 2:1e7:300000 --format csv".to_owned(),
            "300000 points",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:4000 --y angle=0:80:4000 --refine --format csv"
                .to_owned(),
            "16000000 cells",
        ),
        (
            "phase --link 'a*he1' --x a=1:2:4000 --y mu=0.1:0.9:4000 --format csv".to_owned(),
            "16000000 cells",
        ),
    ] {
        let output = limited(300_000, &arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments}\n{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        for word in [what, "available (ulimit)", "B and "] {
            assert!(text.contains(word), "no '{word}' in {text}");
        }
    }
    // What fits is not refused. Addresses are not memory: the allocator reserves 64 MB of them for each thread.
    for arguments in [
        "search --link erf --mu 0.1:0.9:2000 --format csv".to_owned(),
        format!("simulate {sgd} --mu 0.5 --dim 100 --steps 100 --seeds 4"),
        "phase --link erf --x mu=0.1:0.9:3000 --y angle=0:80:2 --value tau --refine --format csv"
            .to_owned(),
    ] {
        let output = limited(600_000, &arguments);
        assert!(output.status.success(), "{arguments}\n{}", stderr(&output));
    }
}

#[test]
fn two_simulations_do_not_share_a_folder() {
    let folder = TempDir::new().unwrap();
    let args = [
        "simulate", "--link", "erf", "--mu", "0.5", "--lr", "0.1", "--batch", "10", "--dim", "100",
        "--steps", "100", "--seeds", "4", "--out",
    ];
    let run = |more: &[&str]| {
        let mut command = lorode(&args);
        command.arg(folder.path()).args(more);
        command
    };
    let mut held = run(&[])
        .env("LORODE_HOLD", "1")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(held.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert!(line.contains("held"), "{line}");
    for more in [&[][..], &["--resume"]] {
        let text = complaint(&mut run(more), 2);
        let name = folder.path().to_str().unwrap();
        for word in ["another simulate is running", name, "--out"] {
            assert!(text.contains(word), "no '{word}' in {text}");
        }
    }
    // However the run ends, its lock ends with it.
    held.kill().unwrap();
    held.wait().unwrap();
    let output = run(&["--resume"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!folder.path().join(".simulate.lock").exists());
}

#[test]
fn checkpoints_that_are_none_are_refused_unread() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("simulate.checkpoint");
    let args = [
        "simulate", "--link", "erf", "--mu", "0.5", "--lr", "0.1", "--batch", "10", "--dim", "100",
        "--steps", "100", "--seeds", "4", "--resume", "--out",
    ];
    let refused = |what: &str| {
        let text = complaint(lorode(&args).arg(folder.path()), 2);
        assert!(
            text.contains(what) && text.contains("left as it is"),
            "{text}"
        );
    };
    // Longer than any memory.
    fs::File::create(&path).unwrap().set_len(1 << 43).unwrap();
    refused("none of this version");
    fs::write(&path, "short").unwrap();
    refused("none of this version");
    fs::remove_file(&path).unwrap();
    symlink("/dev/full", &path).unwrap();
    refused("not an ordinary file");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("not an ordinary file");
}

#[test]
fn seeds_and_steps_keep_their_digits() {
    let folder = TempDir::new().unwrap();
    let seeds = "9007199254740993,18446744073709551615";
    let output = lorode(&[
        "simulate",
        "--link",
        "erf",
        "--mu",
        "0.5",
        "--lr",
        "0.1",
        "--batch",
        "10",
        "--dim",
        "100",
        "--steps",
        "3",
        "--seeds",
        seeds,
        "--per-seed",
        "--format",
        "npz",
        "--out",
    ])
    .arg(folder.path())
    .output()
    .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = fs::read_to_string(folder.path().join("simulate-seeds.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap()[..2], ["seed", "step"]);
    let rows: Vec<_> = lines.collect();
    assert_eq!(rows[0][..2], ["9007199254740993", "0"]);
    assert_eq!(rows[rows.len() - 1][..2], ["18446744073709551615", "3"]);
    let json = fs::read_to_string(folder.path().join("simulate.json")).unwrap();
    assert!(json.contains("9007199254740993") && json.contains("18446744073709551615"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(output.stdout)).unwrap();
    for (name, kind, last) in [("seed", "'<u8'", u64::MAX), ("step", "'<i8'", 3)] {
        let mut bytes = Vec::new();
        let mut member = archive.by_name(&format!("{name}.npy")).unwrap();
        std::io::Read::read_to_end(&mut member, &mut bytes).unwrap();
        assert!(String::from_utf8_lossy(&bytes[..64]).contains(kind));
        assert_eq!(bytes[bytes.len() - 8..], last.to_le_bytes());
    }
}

#[test]
fn the_smallest_and_the_largest_numbers_are_drawn() {
    for arguments in [
        "search --link erf --mu 0,5e-324",
        "search --link erf --mu 5e-324",
        "search --link erf --mu 0.5,0.5000000000000001",
        "search --link relu --mu 1e-320,1e-310,1e-300",
        "phase --link erf --x mu=0,5e-324 --value tau",
        "phase --link erf --x mu=0:1e-322:4 --y angle=0:1e-322:4 --value tau",
        "phase --link erf --x mu=0.5:0.50000000000001:5 --y angle=0:1e-12:3 --value tau",
        "phase --link c*he1 --x c=1e-320:1e-310:5 --mu 0.5 --value curvature",
        "phase --link erf --x threshold=1e-320,1e-319 --mu 0.5 --value exit_time",
        "phase --link erf --x mu=0.5 --y angle=5e-324 --value tau",
        "phase --link erf --x mu=log:1e-310:0.9:5 --value tau",
        "solve --link erf --mu 5e-324",
    ] {
        let folder = TempDir::new().unwrap();
        let args: Vec<&str> = arguments.split(' ').collect();
        let output = lorode(&args)
            .arg("--out")
            .arg(folder.path())
            .output()
            .unwrap();
        let text = stderr(&output);
        assert!(
            matches!(output.status.code(), Some(0..=2)),
            "{arguments}\n{text}"
        );
        assert!(
            !text.contains("panicked") && !text.contains("None"),
            "{arguments}\n{text}"
        );
        if output.status.success() {
            let name = folder.path().join(format!("{}.svg", args[0]));
            roxmltree::Document::parse(&fs::read_to_string(name).unwrap()).unwrap();
        }
    }
}
