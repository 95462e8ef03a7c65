//! A saved result as a report: in the forms that every front shows.

use serde_json::{Map, Value, json};

use super::Saved;
use crate::numeral::json_number;
use crate::output::{Column, Figure, Table};
use crate::study::Report;
use crate::study::plot::Plot;

impl Report for Saved {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    /// What was read from JSON; of another format its columns, at places that its schema names.
    fn json(&self) -> Value {
        if let Some(json) = &self.json {
            return json.clone();
        }
        let table = self.table();
        let mut json = table.metadata.clone();
        let described = json["schema"]["columns"].as_array_mut();
        for column in described.into_iter().flatten() {
            let name = column["name"].as_str().unwrap_or_default();
            column["at"] = json!(format!("columns.{name}[i]"));
        }
        let columns = table.columns.iter();
        let columns: Map<String, Value> = columns
            .map(|column| (column.name().to_owned(), values(column)))
            .collect();
        json["columns"] = columns.into();
        json
    }

    fn table(&self) -> Table {
        self.table().clone()
    }

    /// As `lorode plot` draws it.
    fn figure(&self) -> Option<Figure> {
        let plot = Plot {
            results: vec![(self.study.clone(), self.clone())],
            ..Plot::default()
        };
        plot.figure().ok()
    }

    fn summary(&self) -> String {
        let rows = self.table().rows();
        let columns: Vec<&str> = self.table().columns.iter().map(Column::name).collect();
        format!(
            "{} (lorode {}): {rows} row{} of {}\n",
            self.command,
            self.version,
            if rows == 1 { "" } else { "s" },
            columns.join(", ")
        )
    }
}

/// The values of a column as JSON has them.
fn values(column: &Column) -> Value {
    match column {
        Column::Numbers { values, .. } => values.iter().map(|x| json_number(*x)).collect(),
        Column::Whole { values, .. } => json!(values),
        Column::Truths { values, .. } => json!(values),
        Column::Text { values, .. } => json!(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::FileFormat;
    use crate::study::Study;
    use crate::study::search::Search;

    #[test]
    fn what_was_read_from_columns_is_read_again_from_its_json() {
        let mut search = Search::default();
        search.problem.link = vec!["he3".into()];
        // At 0 nothing grows: infinite, and no exit: missing.
        search.problem.mu = Some("0,0.5".parse().unwrap());
        let report = search.run(&crate::watch::Cancel::default()).unwrap();
        let bytes = report.table().encode(FileFormat::Csv).unwrap().unwrap();
        let saved = Saved::read(&bytes, FileFormat::Csv).unwrap();
        let json = saved.json().to_string();
        let again = Saved::read(json.as_bytes(), FileFormat::Json).unwrap();
        assert_eq!(again.table().columns, report.table().columns);
        assert_eq!(again.summary(), saved.summary());
        assert!(saved.figure().is_some() && again.figure() == saved.figure());
    }
}
