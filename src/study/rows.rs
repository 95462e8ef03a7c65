//! Tables with one row a point of some curves.

use crate::observable::run;
use crate::output::Table;
use crate::sweep::LawTimes;

/// The points of curves, curve by curve.
pub(crate) struct Rows<'a, C, P> {
    points: Vec<(&'a C, &'a P)>,
}

impl<'a, C, P> Rows<'a, C, P> {
    pub(crate) fn of(curves: &'a [C], points: fn(&C) -> &[P]) -> Self {
        let all = curves
            .iter()
            .flat_map(|c| points(c).iter().map(move |p| (c, p)));
        Self {
            points: all.collect(),
        }
    }

    /// Whether a point has this.
    pub(crate) fn any(&self, has: fn(&P) -> bool) -> bool {
        self.points.iter().any(|(_, p)| has(p))
    }

    /// A column of words.
    pub(crate) fn text(&self, of: impl Fn(&C, &P) -> String) -> Vec<String> {
        self.points.iter().map(|(c, p)| of(c, p)).collect()
    }

    /// A column of whole numbers.
    pub(crate) fn whole(&self, of: impl Fn(&P) -> u64) -> Vec<u64> {
        self.points.iter().map(|(_, p)| of(p)).collect()
    }

    /// A column of numbers.
    pub(crate) fn numbers(&self, of: impl Fn(&C, &P) -> Option<f64>) -> Vec<Option<f64>> {
        self.points.iter().map(|(c, p)| of(c, p)).collect()
    }

    /// A table with more columns of numbers, each under its name in data files.
    pub(crate) fn with_numbers(&self, table: Table, columns: &[Named<P>]) -> Table {
        let add = |table: Table, (name, of): &Named<P>| {
            let values = self.numbers(|_, p| of(p));
            table.numbers(*name, values)
        };
        columns.iter().fold(table, add)
    }

    /// The same with the times of the finite-size law.
    pub(crate) fn with_law(&self, table: Table, law: fn(&P) -> &LawTimes) -> Table {
        let add = |table: Table, (name, of): &Named<LawTimes>| {
            let values = self.numbers(|_, p| of(law(p)));
            table.numbers(*name, values)
        };
        LAW.iter().fold(table, add)
    }
}

/// A number of a point with its name.
pub(crate) type Named<P> = (&'static str, fn(&P) -> Option<f64>);

/// The times of the finite-size law.
static LAW: [Named<LawTimes>; 5] = [
    (run::EXIT_MEAN.name, |law| law.exit_mean),
    (run::EXIT_MEDIAN.name, |law| law.exit_median),
    (run::EXIT_Q05.name, |law| law.exit_q05),
    (run::EXIT_Q95.name, |law| law.exit_q95),
    (run::EXIT_MEDIAN_LINEAR.name, |law| law.exit_median_linear),
];
