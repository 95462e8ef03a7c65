//! Saved results drawn again.

use lorode::output::{Figure, FileFormat, Panel};
use lorode::study::plot::Plot;
use lorode::study::read::Saved;

use super::reports;

/// What `lorode plot` draws of JSON is what the study drew, byte for byte; of other formats as much as they hold.
#[test]
fn every_saved_result_is_drawn_as_its_study_drew_it() {
    let svg = |figure: &Figure| figure.to_svg().unwrap();
    for report in reports() {
        let Some(drawn) = report.figure() else {
            continue;
        };
        let text = report.json().to_string();
        let command = report.json()["command"].to_string();
        let alone = |saved: Saved| Plot {
            results: vec![("file".to_owned(), saved)],
            ..Plot::default()
        };
        let plot = alone(Saved::read(text.as_bytes(), FileFormat::Json).unwrap());
        let again = plot.figure().unwrap();
        assert!(svg(&again) == svg(&drawn), "{command}");
        for format in [FileFormat::Csv, FileFormat::Npz, FileFormat::Parquet] {
            let bytes = report.table().encode(format).unwrap().unwrap();
            let again = alone(Saved::read(&bytes, format).unwrap()).figure();
            // A part of a map is drawn by its columns, which have to be named.
            if report.incomplete().is_some() && again.is_err() {
                continue;
            }
            let again = again.unwrap_or_else(|error| panic!("{command} {format:?}: {error}"));
            assert_eq!(again.provenance, drawn.provenance, "{command}");
            let axes = |figure: &Figure| -> Vec<(String, String)> {
                let labels = |panel: &Panel| (panel.x.label.clone(), panel.y.label.clone());
                figure.panels.iter().map(labels).collect()
            };
            let count = axes(&drawn).len();
            assert_eq!(axes(&again).len(), count, "{command} {format:?}");
            svg(&again);
        }
    }
}
