//! What is asked of any bytes that a user may hand to the program. `tests/cli/fuzz_regressions.rs` asks
//! the same of the inputs that once failed.

use std::path::Path;

use lorode::link::{Link, Outside};
use lorode::output::FileFormat;
use lorode::phase::{CellFile, Faults, Parts};
use lorode::model::Model;
use lorode::problem::ProblemOptions;
use lorode::simulation::{Checkpoint, Method, Schedule, Settings, Simulation, Until};
use lorode::shard::Shard;
use lorode::storage::{checkpoint, read_checkpoint};
use lorode::study::read::Saved;
use lorode::watch::Cancel;
use serde_json::json;

/// Longer texts are no other code, only slower.
const LONGEST: usize = 2000;

/// A link is refused in words, or has values wherever it is asked for them, and a name that is
/// read back as the same link.
pub fn expressions(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if text.len() > LONGEST {
        return;
    }
    let link = match Link::parse(text) {
        Ok(link) => link,
        Err(error) => {
            // Messages quote what they refuse, up to a length that can be read.
            assert!(error.to_string().len() < 4 * LONGEST);
            return;
        }
    };
    for x in [
        0.0,
        -0.0,
        0.3,
        -7.5,
        1e-300,
        1e300,
        f64::MAX,
        f64::MIN_POSITIVE,
    ] {
        let all = [link.value(x), link.derivative(x), link.second_derivative(x)];
        std::hint::black_box(all);
    }
    for b in link.breaks() {
        assert!(b.at.is_finite(), "{b:?}");
    }
    let name = link.to_string();
    let again = Link::parse(&name).expect("a name is read back");
    assert_eq!(again.to_string(), name);
    let (own, other) = (link.value(0.3), again.value(0.3));
    assert!(own.to_bits() == other.to_bits() || own.is_nan() && other.is_nan());
}

/// A table of values is refused in words, or its link goes through its points, and is finite beside and
/// between them.
pub fn tables(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for outside in [Outside::Linear, Outside::Held] {
        let link = match Link::from_csv("a.csv", text, outside) {
            Ok(link) => link,
            Err(error) => {
                // One line is quoted, up to a length that can be read.
                assert!(error.to_string().len() < LONGEST, "{error}");
                continue;
            }
        };
        for b in link.breaks() {
            assert!(b.at.is_finite(), "{b:?}");
        }
        let mut plain = text.lines().filter_map(|line| {
            let (x, y) = line.split_once(',')?;
            Some((x.trim().parse::<f64>().ok()?, y.trim().parse::<f64>().ok()?))
        });
        // Of files whose first columns are x and y without names; others name them, quote them or add some.
        if text.bytes().all(|b| b.is_ascii_digit() || b"+-.,eE \n".contains(&b)) {
            let largest = plain.clone().fold(0.0f64, |most, (_, y)| most.max(y.abs()));
            assert!(plain.all(|(x, y)| (link.value(x) - y).abs() <= 1e-9 * largest));
        }
        for x in [-1e3, -2.5, -0.0, 0.3, 1.0, 7.0, 1e3] {
            let all = [link.value(x), link.derivative(x), link.second_derivative(x)];
            assert!(all.iter().all(|f| f.is_finite()), "{x}: {all:?}");
        }
    }
}

/// A problem file is refused in words, or its problems can be posed or are refused in words.
pub fn problem_files(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(options) = toml::from_str::<ProblemOptions>(text) else {
        return;
    };
    let Ok(models) = options.models(&["erf"]) else {
        return;
    };
    let grid = options.mu.as_ref().map(|grid| grid.values().to_vec());
    let mut strengths: Vec<Option<f64>> = vec![None];
    strengths.extend(grid.iter().flatten().take(3).map(|mu| Some(*mu)));
    for model in models.iter().take(3) {
        for mu in &strengths {
            pose(&options, model, *mu);
        }
    }
    // What was read can be written, and is read back.
    let written = toml::to_string(&options).expect("options can be written");
    let again: ProblemOptions = toml::from_str(&written).expect("and read back");
    assert_eq!(written, toml::to_string(&again).expect("again"));
}

fn pose(options: &ProblemOptions, model: &Model, mu: Option<f64>) {
    let Ok(problem) = options.problem(model, mu) else {
        return;
    };
    let start = problem.start();
    let numbers = [
        start.u,
        start.alignment,
        problem.pretraining().rho(),
        problem.pretraining().kappa(),
        problem.scaling().nu,
        problem.threshold(),
    ];
    assert!(numbers.iter().all(|x| x.is_finite()), "{numbers:?}");
}

/// Cell files are refused in words, or joined to a map all of whose cells are there.
pub fn cell_files(bytes: &[u8]) {
    let folder = tempfile::tempdir_in(memory()).expect("a folder");
    for content in [bytes, &cell_file(bytes)] {
        let part = folder.path().join("phase-1-of-1.part");
        std::fs::write(&part, content).expect("a file");
        let joined = Parts::find(folder.path()).and_then(|parts| parts.join(folder.path()));
        if let Ok(whole) = joined {
            let faults = whole.faults().expect("it is read back");
            assert_eq!(faults, Faults::default());
        }
        let made = json!({ "version": "0" });
        if let Ok(file) = CellFile::open(&part, &made, 3, Shard::WHOLE) {
            let _found = file.faults().expect("it is read");
        }
        std::fs::remove_file(part).expect("a file");
    }
}

/// A file with the checksums that no random change would meet: a first line up to a line break,
/// then cells of nine bytes.
fn cell_file(bytes: &[u8]) -> Vec<u8> {
    let (line, cells) = match bytes.iter().position(|b| *b == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &b""[..]),
    };
    let mut file = line.to_vec();
    file.resize((line.len() + 9).next_multiple_of(4096) - 9, b' ');
    let key = crc32(&file);
    file.extend(format!("{key:08x}\n").bytes());
    for (cell, place) in cells.chunks(9).zip(0_u64..) {
        file.extend(cell);
        let sum = crc32(&[&key.to_le_bytes()[..], &place.to_le_bytes(), cell].concat());
        file.extend(sum.to_le_bytes());
    }
    file
}

/// Checkpoints are refused in words, or gone on with.
pub fn checkpoints(bytes: &[u8]) {
    let folder = tempfile::tempdir_in(memory()).expect("a folder");
    let path = folder.path().join("simulate.checkpoint");
    let made = json!({ "version": "0" });
    go_on(&path, bytes, &made);
    // Behind its checksum, which no random change would meet.
    let body = [br#"{"made":{"version":"0"},"state":{"runs":"#, bytes, b"}}"].concat();
    let line = format!("lorode checkpoint 2, crc32 {:08x}\n", crc32(&body));
    go_on(&path, &[line.as_bytes(), &body].concat(), &made);
}

fn go_on(path: &Path, bytes: &[u8], made: &serde_json::Value) {
    std::fs::write(path, bytes).expect("a file");
    let Ok(state) = read_checkpoint::<Checkpoint>(path, made) else {
        return;
    };
    let written = checkpoint(made, &state).expect("it can be written");
    std::fs::write(path, written).expect("a file");
    let again: Checkpoint = read_checkpoint(path, made).expect("and read back");
    assert_eq!(again, state);
    // Foreign states are refused; ours are gone on with to the end.
    if let Ok(ensemble) = simulation().run(&Cancel::default(), Some(state)) {
        assert!(ensemble.is_finished);
    }
}

/// The simulation that checkpoints are tried on.
fn simulation() -> Simulation {
    let text = "link = 'erf'\nmu = 0.5\ndim = 50\nlr = 0.2\nbatch = 2";
    let options: ProblemOptions = toml::from_str(text).expect("options");
    let models = options.models(&[]).expect("a model");
    let problem = options.problem(&models[0], Some(0.5)).expect("a problem");
    let settings = Settings {
        method: Method::Projected,
        steps: 20,
        until: Until::Steps,
        schedule: Schedule::Logarithmic(2),
        seeds: "0:2".parse().expect("seeds"),
        test_batch: 1,
    };
    Simulation::new(problem, settings).expect("a simulation")
}

/// Bit by bit: the program's own is no part of its interface.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(!0, byte)
}

/// A folder in memory where there is one.
fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        shared.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// A saved result is refused in words, or read; the first byte says in which format.
pub fn saved(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let formats = [FileFormat::Json, FileFormat::Csv, FileFormat::Npz, FileFormat::Parquet];
    let format = formats[usize::from(*first) % formats.len()];
    match Saved::read(bytes, format) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(saved) => {
            let rows = saved.table().rows();
            assert!(saved.table().columns.iter().all(|column| column.len() == rows));
        }
    }
}
