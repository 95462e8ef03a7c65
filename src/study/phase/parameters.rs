//! The settings of a phase diagram as the parameters of its files, and back.

use serde_json::{Map, Value, json};

use super::Phase;
use crate::error::Error;
use crate::study::provenance::object;

const REFINE: &str = "refine";
const EVERY_CELL: &str = "every-cell";

impl Phase {
    /// All that defines the map, as the flags that repeat it; not how or where it is computed.
    pub(crate) fn parameters(&self) -> Map<String, Value> {
        let mut all = object(&self.problem);
        all.insert("x".into(), json!(self.x));
        for (name, axis) in [("y", &self.y), ("z", &self.z)] {
            if let Some(axis) = axis {
                all.insert(name.into(), json!(axis));
            }
        }
        all.insert("value".into(), json!(self.value));
        for (name, set) in [(REFINE, self.refine), (EVERY_CELL, self.every_cell)] {
            if set {
                all.insert(name.into(), json!(true));
            }
        }
        all.extend(self.precision.parameters());
        all
    }

    /// The diagram that parameters describe, as a part of a map says.
    pub(crate) fn from_parameters(parameters: &Value) -> Result<Self, Error> {
        let mut rest = parameters.as_object().cloned().unwrap_or_default();
        let mut take = |key: &str| rest.remove(key);
        let text = |value: Option<Value>| value.and_then(|v| v.as_str().map(str::to_owned));
        let axes = ["x", "y", "z"].map(|key| text(take(key)));
        let value = text(take("value")).unwrap_or_default();
        let [refine, every_cell] = [REFINE, EVERY_CELL].map(|key| take(key) == Some(json!(true)));
        let mut precision = Map::new();
        for key in ["method", "rtol", "atol", "max-steps"] {
            precision.extend(take(key).map(|value| (key.to_owned(), value)));
        }
        let read = |error: serde_json::Error| Error::Unfinished(error.to_string());
        let [x, y, z] = axes;
        Ok(Self {
            problem: serde_json::from_value(Value::Object(rest)).map_err(read)?,
            x: x.unwrap_or_default(),
            y,
            z,
            value,
            refine,
            every_cell,
            precision: serde_json::from_value(Value::Object(precision)).map_err(read)?,
            #[cfg(feature = "cli")]
            cache: None,
        })
    }
}
