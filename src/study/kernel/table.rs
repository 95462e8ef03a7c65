//! Averages in one row.

use serde_json::Value;

use super::KernelReport;
use crate::output::Table;
use crate::study::provenance::signed;
use crate::study::schema::{KERNEL, with_schema};

pub(super) fn table(of: &KernelReport, made: Value) -> Table {
    let errors = &of.errors;
    let numbers = [
        ("m", of.at.c),
        ("q", of.at.v2),
        ("noise", of.noise),
        ("teacher_variance", of.at.v1),
        ("alpha", of.drift.alpha),
        ("beta", of.drift.beta),
        ("noise_kernel", of.noise_kernel),
        ("loss", of.loss),
        ("error_estimate", errors.drift()),
        ("alpha_error", errors.alpha),
        ("beta_error", errors.beta),
        ("noise_kernel_error", errors.noise(of.noise)),
        ("loss_error", errors.loss),
    ];
    let mut table = Table::new(made)
        .text("teacher", vec![of.model.teacher().name().to_owned()])
        .text("student", vec![of.model.student().name().to_owned()]);
    for (name, value) in numbers {
        table = table.numbers(name, vec![Some(value)]);
    }
    let table = table.text("method", vec![of.route.to_string()]);
    with_schema(signed(table), &KERNEL)
}
