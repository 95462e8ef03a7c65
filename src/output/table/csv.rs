//! CSV, readable by pandas without options.

use super::{Column, Table};
use crate::output::OutputError;

/// The table, already checked, as CSV bytes.
pub(super) fn encode(table: &Table) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    write_rows(&mut writer, table)
        .map_err(|error| OutputError::drawing("encode the table as CSV", error))?;
    writer
        .into_inner()
        .map_err(|error| OutputError::drawing("encode the table as CSV", error))
}

fn write_rows(writer: &mut csv::Writer<Vec<u8>>, table: &Table) -> csv::Result<()> {
    let (columns, constants) = (&table.columns, &table.constants);
    if columns.is_empty() {
        return Ok(());
    }
    writer.write_record(columns.iter().chain(constants).map(Column::name))?;
    let constant: Vec<String> = constants.iter().map(|column| field(column, 0)).collect();
    for row in 0..table.rows() {
        for column in columns {
            writer.write_field(field(column, row))?;
        }
        writer.write_record(&constant)?;
    }
    Ok(())
}

/// Fields of a column that need no quotes, made once unless they are many.
pub(in crate::output) struct Fields {
    column: Column,
    made: Vec<String>,
}

impl Fields {
    /// Of a column; of more than `most` rows each field is made when it is asked for.
    pub(in crate::output) fn of(column: Column, most: usize) -> Self {
        let few = Some(column.len()).filter(|length| *length <= most);
        let made = (0..few.unwrap_or(0)).map(|row| field(&column, row));
        Self {
            made: made.collect(),
            column,
        }
    }

    pub(in crate::output) fn len(&self) -> usize {
        self.column.len()
    }

    /// Writes one, and a comma.
    pub(in crate::output) fn write(&self, out: &mut Vec<u8>, row: usize) {
        match self.made.get(row) {
            Some(field) => out.extend(field.as_bytes()),
            None => out.extend(field(&self.column, row).as_bytes()),
        }
        out.push(b',');
    }
}

fn field(column: &Column, row: usize) -> String {
    match column {
        Column::Numbers { values, .. } => shown(values.get(row).copied().flatten(), real),
        Column::Whole { values, .. } => {
            shown(values.get(row).copied().flatten(), |n| n.to_string())
        }
        Column::Truths { values, .. } => shown(values.get(row).copied(), |truth| truth.to_string()),
        Column::Text { values, .. } => values.get(row).cloned().unwrap_or_default(),
    }
}

/// Nothing where a value is missing.
fn shown<T>(value: Option<T>, write: fn(T) -> String) -> String {
    value.map(write).unwrap_or_default()
}

/// The fewest digits that read back to the same number, with an exponent where that is shorter, and always a sign of
/// being real: `1.0`, `1e22`, `inf`.
fn real(value: f64) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::super::Table;

    #[test]
    fn exact_text() {
        let table = Table::default()
            .numbers("mu", vec![Some(0.1), Some(2.0), Some(f64::INFINITY)])
            .numbers("tau, scaled", vec![None, Some(-1.0 / 3.0), Some(1e22)])
            .text(
                "outcome",
                vec!["found".into(), "said \"no\"".into(), String::new()],
            )
            .truths("solved", vec![true, false, true])
            .constant_text("version", "9");
        let text = String::from_utf8(table.to_csv().unwrap()).unwrap();
        assert_eq!(
            text,
            "mu,\"tau, scaled\",outcome,solved,version\n0.1,,found,true,9\n\
             2.0,-0.3333333333333333,\"said \"\"no\"\"\",false,9\ninf,1e22,,true,9\n"
        );
    }

    #[test]
    fn whole_numbers_keep_their_digits() {
        let table =
            Table::default().whole("seed", [Some(0), None, Some((1 << 53) + 1), Some(u64::MAX)]);
        assert_eq!(
            table.to_csv().unwrap(),
            b"seed\n0\n\"\"\n9007199254740993\n18446744073709551615\n"
        );
    }

    #[test]
    fn a_lone_missing_value_is_still_a_row() {
        let table = Table::default().numbers("a", vec![None, Some(1.0)]);
        assert_eq!(table.to_csv().unwrap(), b"a\n\"\"\n1.0\n");
    }

    proptest::proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn numbers_read_back(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO) {
            let text = super::real(value);
            proptest::prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
