//! The commands of docs/gallery.md that draw are run, and draw what the page shows; those that print
//! are run by readme.rs.

use std::path::Path;

/// The commands, with the folder each writes to.
fn commands() -> Vec<(String, String)> {
    let page = include_str!("../../docs/gallery.md");
    let lines = page
        .lines()
        .filter_map(|line| line.strip_prefix("$ lorode "))
        .filter(|line| line.contains("--out "));
    lines
        .map(|line| {
            let folder = line.rsplit("--out ").next().unwrap();
            (line.replace('\'', ""), folder.to_owned())
        })
        .collect()
}

/// Width and height from the header of a PNG file.
fn size(path: &Path) -> [u32; 2] {
    let bytes = std::fs::read(path).unwrap();
    [16, 20].map(|at| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()))
}

#[test]
fn the_gallery_is_what_its_commands_draw() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands();
    assert!(commands.len() >= 8, "{}", commands.len());
    for (command, name) in commands {
        let output = crate::running::lorode(&command)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{complaint}");
        let shown = Path::new("docs/figures/gallery").join(format!("{name}.png"));
        let drawn = folder.path().join(&name).join("phase.png");
        assert_eq!(size(&drawn), size(&shown), "{name}");
        let json = std::fs::read(folder.path().join(&name).join("phase.json")).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        // The command that the file remembers is the one on the page, but for where it writes.
        let asked: std::collections::BTreeSet<&str> = command.split(" --").skip(1).collect();
        let kept = value["command"].as_str().unwrap().replace('\'', "");
        for flag in asked.iter().filter(|flag| !flag.starts_with("out ")) {
            let (name, number) = flag.split_once(' ').unwrap_or((flag, ""));
            let same = kept.contains(flag)
                || number
                    .parse::<f64>()
                    .is_ok_and(|x| kept.contains(&format!("{name} {x}")));
            assert!(same, "{flag} is not in {kept}");
        }
    }
}
