//! What all Parquet files have in common.

use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

/// Key under which a file says how it was made.
pub(super) const KEY: &str = "lorode";

/// Plain pages, the program's name, and how the file was made under `lorode`.
pub(super) fn properties(metadata: &serde_json::Value) -> WriterProperties {
    let made = KeyValue::new(KEY.to_owned(), metadata.to_string());
    WriterProperties::builder()
        .set_created_by(format!("lorode {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(vec![made]))
        .build()
}
