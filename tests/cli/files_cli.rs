//! Files that are none, names that would act, links that were planted: what a user meets at the
//! borders of the program.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(super) fn lorode(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command.args(args).stdin(Stdio::null());
    command
}

pub(super) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs it, with the exit code and one line of complaint without anything that acts on a terminal.
pub(super) fn complaint(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{text}");
    assert_eq!(text.lines().count(), 1, "{text:?}");
    harmless(&text);
    text
}

pub(super) fn harmless(text: &str) {
    let acts = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(acts), "{text:?}");
}

fn write_executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_problem_file_without_an_end_is_refused() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::File::create(at("long"))
        .unwrap()
        .set_len(3 << 30)
        .unwrap();
    fs::write(at("bytes"), b"link = \"\xff\"").unwrap();
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    for (file, word) in [
        ("/dev/full".to_owned(), "1048576 bytes"),
        ("/dev/zero".to_owned(), "1048576 bytes"),
        (at("long"), "1048576 bytes"),
        (at("pipe"), "nothing came"),
        (at("bytes"), "no text"),
        (at("missing"), "No such file"),
        (at(""), "directory"),
    ] {
        for command in ["check", "search"] {
            let text = complaint(&mut lorode(&[command, &file]), 2);
            assert!(text.contains(&file) && text.contains(word), "{text}");
        }
    }
    // Pipes that somebody writes to are read as before, with a name and without.
    let script = r#"
        "$0" check <(echo 'link = "erf"') && echo 'link = "erf"' | "$0" check /dev/stdin &&
        { echo 'link = "erf"' > "$1" & "$0" check "$1"; }"#;
    let program = env!("CARGO_BIN_EXE_lorode");
    let output = Command::new("bash")
        .args(["-c", script, program, &at("pipe")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        String::from_utf8(output.stdout)
            .unwrap()
            .matches("in order")
            .count(),
        3
    );
}

#[test]
fn names_do_not_act_on_a_terminal() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a\u{1b}[2J\nb.toml");
    let hostile = [
        r#"link = "erf\u001b]0;x\u0007""#,
        r#"link = "he1 +\n\r he\u009b3""#,
        r#""\u001b[31m\n" = 3"#,
        r#"link = "erf"
           adapter = "\u001b[1m\u202e""#,
        r#"link = "erf"
           mu = "\u0000\n0.5""#,
    ];
    for text in hostile {
        fs::write(&file, text).unwrap();
        for command in ["check", "solve", "search", "simulate", "optimum"] {
            complaint(lorode(&[command]).arg(&file), 2);
        }
    }
    for args in [
        &["search", "--link", "erf\u{1b}[0m"][..],
        &["search", "--mu", "0.5\u{7}"],
        &["phase", "--link", "erf", "--x", "m\nu=0:1:3"],
        &[
            "phase",
            "--link",
            "erf",
            "--x",
            "mu=0:1:3",
            "--shard",
            "\u{9b}1/2",
        ],
        &["simulate", "--link", "erf", "--seeds", "\u{8}3"],
        &["se\u{1b}arch"],
        &[
            "search",
            "--out",
            "/dev/null/\u{1b}c\n",
            "--link",
            "erf",
            "--mu",
            "0.5",
        ],
    ] {
        complaint(&mut lorode(args), 2);
    }
    // A formula over several lines is one; its name stands on one line everywhere.
    fs::write(&file, "link = '''\n he1\n\t+ 0.5*he3\r\n'''\nmu = 0.5\n").unwrap();
    let out = folder.path().join("out\u{1b}[2J\n");
    for command in ["check", "search", "solve"] {
        let mut run = lorode(&[command]);
        run.arg(&file);
        if command != "check" {
            run.arg("--out").arg(&out);
        }
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        harmless(&text);
        assert!(text.contains("he1 + 0.5*he3"), "{text}");
    }
    for name in ["search.csv", "search.svg", "solve.svg"] {
        let text = fs::read_to_string(out.join(name)).unwrap();
        harmless(&text);
        if name.ends_with("csv") {
            assert_eq!(text.lines().count(), 2, "{text}");
            // The command still repeats the run, line breaks and all.
            assert!(text.contains("$' he1\\n\\x09+ 0.5*he3\\x0d\\n'"), "{text}");
        } else {
            roxmltree::Document::parse(&text).unwrap();
        }
    }
}

#[test]
fn planted_links_are_not_followed() {
    let folder = TempDir::new().unwrap();
    let (victim, out) = (folder.path().join("victim"), folder.path().join("out"));
    fs::write(&victim, "mine").unwrap();
    fs::create_dir(&out).unwrap();
    // Under the names of results, and under every name a process of the coming numbers would have
    // taken for its own.
    for name in ["search.csv", "search.svg", "phase.csv", "phase.cells.lock"] {
        symlink(&victim, out.join(name)).unwrap();
    }
    let me = std::process::id();
    for pid in me..me + 3000 {
        symlink(&victim, out.join(format!(".lorode-{pid}"))).unwrap();
        symlink(&victim, out.join(format!("phase.cells.{pid}.new"))).unwrap();
    }
    for args in [
        &["search", "--link", "erf", "--mu", "0.5"][..],
        &[
            "phase",
            "--link",
            "erf",
            "--x",
            "mu=0.1:0.9:3",
            "--value",
            "tau",
        ],
    ] {
        let output = lorode(args).arg("--out").arg(&out).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert!(fs::read(&victim).unwrap() == b"mine");
    for name in ["search.csv", "phase.csv"] {
        assert!(fs::symlink_metadata(out.join(name)).unwrap().is_file());
    }
    let hidden = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.ends_with(".tmp") || name == "phase.cells"
    };
    assert!(
        !fs::read_dir(&out)
            .unwrap()
            .any(|entry| hidden(entry.unwrap()))
    );
}

#[test]
fn folders_that_are_none_and_disks_that_are_full() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let base = ["search", "--link", "erf", "--mu", "0.5", "--out"];
    for out in [
        &file,
        &file.join("below"),
        Path::new("/dev/full"),
        Path::new("/proc"),
    ] {
        let text = complaint(lorode(&base).arg(out), 2);
        assert!(
            text.contains("--out") && text.contains(out.to_str().unwrap()),
            "{text}"
        );
    }
    // A device under the name of a result is left alone.
    let text = complaint(
        &mut lorode(&[
            "phase",
            "--link",
            "erf",
            "--x",
            "mu=0.1:0.9:3",
            "--slurm",
            "/dev/null",
        ]),
        1,
    );
    assert!(text.contains("no ordinary file"), "{text}");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    // Names that a shell or a pattern would take apart.
    let odd = folder.path().join("it's \"odd\"\n%a $(x) `y` μ");
    let output = lorode(&base).arg(&odd).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&odd).unwrap().count(), 4);
}

/// What a script hands to `sbatch` and to the program, and where it is told that it runs.
#[test]
fn slurm_scripts_hold_words_only() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let bin = at("bin");
    fs::create_dir(&bin).unwrap();
    // Both write down their arguments, each ended by a zero byte.
    write_executable(
        &bin.join("sbatch"),
        "#!/bin/bash\nprintf '%s\\0' \"$@\" >> \"$CALLS\"\nenv | grep -q '^SLURM_JOB_ID=' && exit 9\n\
         [ \"$SLURM_CONF\" = kept ] || exit 8\necho '7;cluster'\n",
    );
    write_executable(
        &bin.join("fake"),
        "#!/bin/bash\nprintf '%s\\0' \"$@\" > \"$CALLS\"\n",
    );
    let mark = at("mark");
    let link = format!("he1 +\n 0.5*he3 # '; touch {}\n", mark.display());
    let name = format!(
        "map\n touch {}\n'$(touch x)'.sh",
        mark.file_name().unwrap().to_str().unwrap()
    );
    let (out, script) = (at("-o'ut\n$(x)%"), at(&name.replace('/', "_")));
    let out_name = out.file_name().unwrap();
    fs::write(at("p.toml"), format!("link = {:?}\n", "he1 +\n0.5*he3")).unwrap();
    let output = lorode(&[
        "phase",
        "p.toml",
        "--x",
        "mu=0.1:0.9:3",
        "--slurm-jobs",
        "2",
        "--slurm",
    ])
    .arg(script.file_name().unwrap())
    .arg(format!("--out={}", out_name.to_str().unwrap()))
    .current_dir(folder.path())
    .output()
    .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    harmless(&String::from_utf8(output.stdout).unwrap());
    assert!(link.contains('\n'));

    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let calls = at("calls");
        let _none = fs::remove_file(&calls);
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .arg(&script)
            .args(args)
            .env("PATH", path)
            .env("CALLS", &calls)
            .env("LORODE", "fake")
            .env("SLURM_CONF", "kept")
            .envs(variables.iter().copied())
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let bytes = fs::read(&calls).unwrap();
        let words: Vec<String> = bytes
            .split(|b| *b == 0)
            .map(|word| OsStr::from_bytes(word).to_string_lossy().into_owned())
            .collect();
        words[..words.len() - 1].to_vec()
    };
    let syntax = Command::new("bash")
        .arg("-n")
        .arg(&script)
        .status()
        .unwrap();
    assert!(syntax.success());
    // By hand, and from inside an allocation, it submits.
    for variables in [&[][..], &[("SLURM_JOB_ID", "12"), ("SLURM_NTASKS", "1")]] {
        let words = run(&[], variables);
        let logs = "--output=./-o'ut\n$(x)%%";
        assert_eq!(
            words[1..3],
            ["--array=1-2".to_owned(), format!("{logs}/part-%a.log")]
        );
        assert_eq!(words[4], "part");
        assert_eq!(words[6], "--dependency=afterok:7");
        assert_eq!(words[9], "merge");
        assert!(out.is_dir());
    }
    // A part, as the script submits it and as `sbatch --array` by hand does.
    let task = [("SLURM_JOB_ID", "12"), ("SLURM_ARRAY_TASK_ID", "2")];
    for args in [&["part"][..], &[]] {
        let words = run(args, &task);
        assert_eq!(words[..3], ["phase", "--link", "he1 +\n0.5*he3"]);
        assert_eq!(
            words[words.len() - 4..],
            ["--shard", "2/2", "--out", "./-o'ut\n$(x)%"]
        );
    }
    let words = run(&["merge"], &[]);
    assert_eq!(
        words,
        ["merge", "./-o'ut\n$(x)%", "--out", "./-o'ut\n$(x)%"]
    );
    assert!(!mark.exists() && !at("x").exists());
}
