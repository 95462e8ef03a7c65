//! Maps in parts, broken off, damaged, held by another run: `--shard`, `--resume`, `merge`.

use crate::running::{fails, lorode};
use std::path::Path;

pub(super) const MAP: &str = "phase --link erf --x mu=0.05:0.95:40 --y angle=0:80:50";

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    ["csv", "json", "npz", "parquet", "svg", "png"]
        .map(|ending| {
            let name = format!("phase.{ending}");
            let bytes = std::fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        })
        .to_vec()
}

pub(super) fn run(arguments: &str) -> String {
    let output = lorode(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn parts_are_joined_to_the_bytes_of_a_single_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    run(&format!("{MAP} --out {}", at("whole").display()));
    let parts = at("parts");
    for part in 1..=3 {
        run(&format!(
            "RAYON_NUM_THREADS=1 {MAP} --shard {part}/3 --out {}",
            parts.display()
        ));
    }
    // Safe to run twice.
    run(&format!("{MAP} --shard 2/3 --out {}", parts.display()));
    let merge = format!("merge {} --out {}", parts.display(), at("merged").display());
    run(&merge);
    assert!(files(&at("whole")) == files(&at("merged")));

    let second = parts.join("phase-2-of-3.part");
    let bytes = std::fs::read(&second).unwrap();
    let refused = |what: &str| {
        std::fs::remove_dir_all(at("merged")).unwrap();
        std::fs::create_dir(at("merged")).unwrap();
        let complaint = fails(&merge, 1);
        assert!(complaint.contains(what), "{complaint}");
        assert_eq!(
            std::fs::read_dir(at("merged")).unwrap().count(),
            0,
            "{complaint}"
        );
    };
    std::fs::remove_file(&second).unwrap();
    refused("part 2 of 3 is missing");
    // A cell takes 13 bytes.
    std::fs::write(&second, &bytes[..bytes.len() - 1300]).unwrap();
    refused("phase-2-of-3.part' is not finished (100 cells missing)");
    std::fs::write(&second, &bytes[..bytes.len() - 8]).unwrap();
    refused("phase-2-of-3.part' is damaged (cells that do not fit their checksums: 1)");
    let mut flipped = bytes.clone();
    let middle = bytes.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&second, flipped).unwrap();
    refused("phase-2-of-3.part' is damaged");
    // Computing it again mends it.
    run(&format!("{MAP} --shard 2/3 --out {}", parts.display()));
    assert!(std::fs::read(&second).unwrap() == bytes);
    std::fs::write(&second, [&bytes[..], b"more"].concat()).unwrap();
    run(&merge);
    assert!(files(&at("whole")) == files(&at("merged")));
    // Companions that some systems leave, and files of others.
    for name in ["._phase-2-of-3.part", "film.part", ".part", "phase-.part"] {
        std::fs::write(parts.join(name), b"no cells").unwrap();
    }
    std::fs::create_dir(parts.join("folder.part")).unwrap();
    run(&merge);
    assert!(files(&at("whole")) == files(&at("merged")));
    std::fs::write(parts.join("phase-4-of-3.part"), b"no cells").unwrap();
    refused("phase-4-of-3.part' is no file of cells");
    std::fs::remove_file(parts.join("phase-4-of-3.part")).unwrap();
    std::fs::write(parts.join("copy.part"), &bytes).unwrap();
    refused("part 2 of 3 is there twice");
    std::fs::remove_file(parts.join("copy.part")).unwrap();
    std::fs::remove_file(&second).unwrap();
    let other = MAP.replace("erf", "relu");
    run(&format!("{other} --shard 2/3 --out {}", parts.display()));
    refused("phase-2-of-3.part' is of another map");
}

#[cfg(unix)]
#[test]
fn a_killed_map_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
    let long = "phase --link erf --x mu=0.05:0.95:40 --y angle=0:80:40";
    run(&format!("{long} --out {}", whole.display()));
    // In its second block of 512 cells; then in its third, from which all is kept.
    let resume = format!("{long} --resume --out {}", part.display());
    crate::running::broken_off(&resume, "-KILL", 700);
    let complaint = crate::running::broken_off(&resume, "-INT", 1200);
    assert!(complaint.contains("1200 of 1600 cells"), "{complaint}");
    // Other options, the same folder: refused, and the cells are kept.
    let foreign = format!(
        "{} --resume --out {}",
        long.replace("erf", "relu"),
        part.display()
    );
    assert!(fails(&foreign, 2).contains("belongs to another map"));
    run(&format!("{long} --resume --out {}", part.display()));
    assert!(files(&whole) == files(&part));
    assert!(!part.join("phase.cells").exists());
}

#[test]
fn an_unfinished_map_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let cells = folder.path().join("phase.cells");
    std::fs::write(&cells, b"hours of work").unwrap();
    let line = format!("{MAP} --out {}", folder.path().display());
    assert!(fails(&line, 2).contains("--resume, or remove it"));
    assert!(fails(&format!("{line} --resume"), 2).contains("is no file of cells"));
    assert_eq!(std::fs::read(&cells).unwrap(), b"hours of work");
}

/// The first line of a file of cells with its checksum made anew, as a program of bad intent would.
fn with_head(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    let mut head = change(std::str::from_utf8(&bytes[..end - 9]).unwrap()).into_bytes();
    head.resize(end - 9, b' ');
    let sum = crc32fast::hash(&head);
    head.extend(format!("{sum:08x}\n").bytes());
    head.extend(&bytes[end..]);
    head
}

#[test]
fn parts_of_another_number_of_cells_or_version_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let line = "phase --link erf --x mu=0.1:0.9:20 --value tau";
    run(&format!(
        "{line} --shard 1/1 --out {}",
        folder.path().display()
    ));
    let part = folder.path().join("phase-1-of-1.part");
    let bytes = std::fs::read(&part).unwrap();
    let merge = format!("merge {} --format csv", folder.path().display());
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&part, bytes).unwrap();
        let complaint = fails(&merge, 1);
        assert!(complaint.contains(what), "{complaint}");
    };
    let cells = |n: &'static str| with_head(&bytes, move |h| h.replace("\"cells\":20", n));
    refused(&cells("\"cells\":10"), "of 10 cells and their axes have 20");
    refused(&cells("\"cells\":21"), "of 21 cells and their axes have 20");
    refused(&cells("\"cells\":1000000000000"), "of 1000000000000 cells");
    for cells_there in [
        "\"cells\":0",
        "\"cells\":18446744073709551615",
        "\"cells\":-1",
    ] {
        refused(&cells(cells_there), "no file of cells of this version");
    }
    let axis = with_head(&bytes, |h| h.replace("0.9:20", "0.9:30"));
    refused(&axis, "of 20 cells and their axes have 30");
    let version = with_head(&bytes, |h| h.replace("\"0.2.", "\"0.9."));
    refused(&version, "are of version 0.9.");
    // The same numbers under another first line are not taken for its own.
    let other = with_head(&bytes, |h| h.replace("\"erf\"", "\"cos\""));
    refused(&other, "do not fit their checksums: 20");
    // Version 0.1 had other bytes.
    let mut old = br#"{"format":"lorode cells 1","made":{},"cells":20,"shard":"1/1"}"#.to_vec();
    old.resize(4095, b' ');
    old.push(b'\n');
    old.resize(4096 + 512 * 9 + 8, 0);
    refused(&old, "was made by lorode 0.1");
    std::fs::write(&part, &bytes).unwrap();
    run(&merge);
}

#[test]
fn a_damaged_file_loses_the_cells_that_were_hit() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
    let line = "phase --link erf --x mu=0.1:0.9:30 --y angle=0:80:40 --value tau";
    run(&format!("{line} --out {}", whole.display()));
    run(&format!("{line} --shard 1/1 --out {}", part.display()));
    let bytes = std::fs::read(part.join("phase-1-of-1.part")).unwrap();
    std::fs::remove_file(part.join("phase-1-of-1.part")).unwrap();
    let cells = part.join("phase.cells");
    let resume = format!("{line} --resume --out {}", part.display());
    let damages: [fn(&mut Vec<u8>); 6] = [
        |b| b.truncate(4096 + 13 * 700 + 5),
        |b| b.truncate(4096),
        |b| b[6000..9000].fill(0),
        |b| b[6000..9000].fill(0xff),
        |b| b[10_000] ^= 0x10,
        // A block in another place.
        |b| b.copy_within(4096..4096 + 13 * 50, 4096 + 13 * 100),
    ];
    for (i, damage) in damages.iter().enumerate() {
        let mut bytes = bytes.clone();
        damage(&mut bytes);
        std::fs::write(&cells, &bytes).unwrap();
        let output = lorode(&resume).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        // Said of what was hit, not of what was never computed.
        assert_eq!(complaint.contains("damaged"), i != 1, "{i}: {complaint}");
        assert!(files(&whole) == files(&part), "{i}");
        assert!(!cells.exists());
    }
    // In the first line nothing can be trusted, and nothing is lost.
    let mut bytes = bytes.clone();
    bytes[40] ^= 1;
    std::fs::write(&cells, &bytes).unwrap();
    assert!(fails(&resume, 2).contains("damaged in its first line"));
    assert_eq!(std::fs::read(&cells).unwrap(), bytes);
}

#[test]
fn two_runs_do_not_share_cells() {
    let folder = tempfile::tempdir().unwrap();
    let line = "phase --link erf --x mu=0.1:0.9:20 --value tau";
    let out = format!("--out {}", folder.path().display());
    run(&format!("{line} --shard 1/1 {out}"));
    let part = folder.path().join("phase-1-of-1.part");
    let cells = folder.path().join("phase.cells");
    std::fs::rename(&part, &cells).unwrap();
    let held = std::fs::File::open(&cells).unwrap();
    held.lock().unwrap();
    for more in ["", "--resume"] {
        let complaint = fails(&format!("{line} {more} {out}"), 2);
        assert!(
            complaint.contains("phase.cells' is being computed by another run"),
            "{complaint}"
        );
        assert!(complaint.contains("--out"), "{complaint}");
    }
    // The lock goes with its process, the cells stay.
    drop(held);
    assert!(fails(&format!("{line} {out}"), 2).contains("--resume, or remove it"));
    run(&format!("{line} --resume {out}"));
}
