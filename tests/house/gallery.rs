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

/// Values that round otherwise on another processor move a cell's colour by a step of its scale, and
/// the edge of a letter or line by a shade: no pixel by more than this of 255 ...
const SHADE: u8 = 3;
/// ... but for one in so many, for cells that change between colours far apart, and the version in the corner.
const FEW: usize = 1_000;

/// Size and colours of a PNG file.
fn picture(path: &Path) -> ([u32; 2], Vec<[u8; 3]>) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    let colours = bytes.chunks_exact(frame.color_type.samples());
    let colours = colours.map(|colour| [colour[0], colour[1], colour[2]]);
    ([frame.width, frame.height], colours.collect())
}

#[test]
fn the_gallery_is_what_its_commands_draw() {
    let folder = tempfile::tempdir().unwrap();
    let examples = folder.path().join("examples");
    std::fs::create_dir(&examples).unwrap();
    let commands = commands();
    for word in commands.iter().flat_map(|(command, _)| command.split(' ')) {
        if word.starts_with("examples/") {
            std::fs::copy(word, folder.path().join(word)).unwrap();
        }
    }
    assert!(commands.len() >= 8, "{}", commands.len());
    for (command, name) in commands {
        let output = crate::running::lorode(&command)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{complaint}");
        let shown = Path::new("docs/figures/gallery").join(format!("{name}.png"));
        let study = command.split(' ').next().unwrap();
        let file = |ending: &str| folder.path().join(&name).join(format!("{study}.{ending}"));
        let drawn = file("png");
        let ((size, drawn), (expected, shown)) = (picture(&drawn), picture(&shown));
        assert_eq!(size, expected, "{name}");
        let far = |(a, b): &(&[u8; 3], &[u8; 3])| (0..3).any(|i| a[i].abs_diff(b[i]) > SHADE);
        let wrong = drawn.iter().zip(&shown).filter(far).count();
        let most = drawn.len() / FEW;
        assert!(
            wrong <= most,
            "{name}: {wrong} pixels differ, not {most} at most"
        );
        let json = std::fs::read(file("json")).unwrap();
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
