//! Results that come out of a pickle.

use lorode::output::{Figure, FileFormat, Table};
use lorode::prelude::{Report, Saved};
use serde_json::Value;

/// A result as its file has it, with the words that no file keeps.
pub struct Again {
    saved: Saved,
    words: Words,
}

/// Summary, warnings, points that failed.
pub type Words = (String, Vec<String>, Vec<String>);

impl Again {
    /// What a pickle holds of a result: its JSON, and its words.
    pub fn pickled(report: &dyn Report) -> (String, Words) {
        let words = (report.summary(), report.warnings(), report.failures());
        (report.json().to_string(), words)
    }

    pub fn read(json: &str, words: Words) -> Result<Self, String> {
        let saved = Saved::read(json.as_bytes(), FileFormat::Json);
        let saved = saved.map_err(|error| error.to_string())?;
        Ok(Self { saved, words })
    }
}

impl Report for Again {
    fn incomplete(&self) -> Option<String> {
        self.saved.incomplete()
    }

    fn json(&self) -> Value {
        self.saved.json()
    }

    fn table(&self) -> Table {
        Report::table(&self.saved)
    }

    fn figure(&self) -> Option<Figure> {
        self.saved.figure()
    }

    fn summary(&self) -> String {
        self.words.0.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.words.1.clone()
    }

    fn failures(&self) -> Vec<String> {
        self.words.2.clone()
    }
}
