//! CSV, readable by pandas without options.

use super::Column;
use crate::output::OutputError;

/// The columns, already checked, as CSV bytes.
pub(super) fn encode(columns: &[Column]) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    write(&mut writer, columns)
        .map_err(|error| OutputError::drawing("encode the table as CSV", error))?;
    writer
        .into_inner()
        .map_err(|error| OutputError::drawing("encode the table as CSV", error))
}

fn write(writer: &mut csv::Writer<Vec<u8>>, columns: &[Column]) -> csv::Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    writer.write_record(columns.iter().map(Column::name))?;
    let rows = columns.first().map_or(0, Column::len);
    for row in 0..rows {
        writer.write_record(columns.iter().map(|column| field(column, row)))?;
    }
    Ok(())
}

fn field(column: &Column, row: usize) -> String {
    match column {
        Column::Numbers { values, .. } => values
            .get(row)
            .copied()
            .flatten()
            .map_or_else(String::new, shortest),
        Column::Whole { values, .. } => values.get(row).map(u64::to_string).unwrap_or_default(),
        Column::Text { values, .. } => values.get(row).cloned().unwrap_or_default(),
    }
}

/// The fewest digits that read back to the same number, with an exponent where that is shorter.
fn shortest(value: f64) -> String {
    let mut text = format!("{value:?}");
    // Whole numbers without ".0": seeds and dimensions then load as integers.
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Table;

    #[test]
    fn exact_text() {
        let table = Table::default()
            .numbers("mu", vec![Some(0.1), Some(2.0), Some(1e-300)])
            .numbers("tau, scaled", vec![None, Some(-1.0 / 3.0), Some(1e22)])
            .text(
                "outcome",
                vec!["found".into(), "said \"no\"".into(), String::new()],
            );
        let text = String::from_utf8(table.to_csv().unwrap()).unwrap();
        assert_eq!(
            text,
            "mu,\"tau, scaled\",outcome\n0.1,,found\n2,-0.3333333333333333,\"said \"\"no\"\"\"\n1e-300,1e22,\n"
        );
    }

    #[test]
    fn whole_numbers_keep_their_digits() {
        let table = Table::default().whole("seed", vec![0, (1 << 53) + 1, u64::MAX]);
        assert_eq!(
            table.to_csv().unwrap(),
            b"seed\n0\n9007199254740993\n18446744073709551615\n"
        );
    }

    #[test]
    fn a_lone_missing_value_is_still_a_row() {
        let table = Table::default().numbers("a", vec![None, Some(1.0)]);
        assert_eq!(table.to_csv().unwrap(), b"a\n\"\"\n1\n");
    }

    proptest::proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn numbers_read_back(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO) {
            let text = super::shortest(value);
            proptest::prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
