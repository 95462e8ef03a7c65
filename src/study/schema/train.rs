//! The table of a history of training.

use super::columns::indexed;
use super::described::Described;
use super::table_of::TableOf;
use crate::observable::{ALIGNMENT, LOSS, M, Q, S, U};

/// Training in stages.
pub static TRAIN: TableOf = TableOf {
    study: "train",
    name: "train",
    rows: "an instant of a stage",
    columns: || {
        let mut all = vec![
            Described::whole("stage", "number of the stage, from 1"),
            Described::text("task", "task of the stage"),
            Described::real("t_total", "t", "time from the start of the first stage"),
            Described::real(
                "samples_total",
                "samples",
                "samples from the start of the first stage; none where a stage has no step size or batch",
            ),
            Described::real("t", "t", "time from the start of the stage").symbol("t"),
            Described::real(
                "steps",
                "steps",
                "SGD steps of the stage; none without a step size",
            ),
            Described::real(
                "samples",
                "samples",
                "samples of the stage; none without a step size and a batch",
            ),
        ];
        all.extend([&U, &ALIGNMENT, &S, &Q].map(Described::from));
        let all = all.into_iter();
        all.map(|one| indexed(one.below("trajectory"), "i"))
            .collect()
    },
    varying: "For every task, by its name: `m_NAME`, the overlap of the weights with its direction, and `loss_NAME`, the population \
              loss on it, on labels without noise. `alignment` and `s` are of the task of the stage.",
    keys: &[
        (
            "stages",
            "one entry a stage: the limit that ended it, its length, what it came to",
        ),
        ("trajectory", "the columns; m and loss are objects by task"),
    ],
};

/// Histories over the length of their pre-training.
pub static OPTIMUM_OF_HISTORY: TableOf = TableOf {
    study: "optimum",
    name: "optimum-history",
    rows: "a length of the first stage that was looked at",
    columns: || {
        let value = "length of the whole history up to the goal of its last stage; none where it does not come to it";
        let points = [
            Described::real("pretraining", "time", "length of the first stage"),
            Described::real("pretraining_t", "t", "the same in ODE time"),
            Described::real("value", "time", value),
        ];
        let angle =
            "degrees between the tasks of the first and the last stage; none where they are one";
        let mut all = vec![Described::real("angle", "degrees", angle).at("curves[i].angle")];
        all.extend(points.map(|one| one.below("curves[i].points[j]")));
        all
    },
    varying: "For every task, by its name: `m_NAME`, the overlap of the weights with its direction where the first stage ends.",
    keys: &[
        ("counted", "what is counted: t, steps or samples"),
        (
            "curves",
            "one entry an angle: its points, the best, that without pre-training, whether never to pre-train is best",
        ),
    ],
};

/// A column of a task.
pub(super) fn by_task(of: &TableOf, name: &str) -> Described {
    let numbers = [&M, &LOSS].into_iter();
    let found =
        numbers.filter_map(|one| Some((one, name.strip_prefix(one.name)?.strip_prefix('_')?)));
    let mut all = found.map(|(one, task)| {
        let place = match of.name == TRAIN.name {
            true => format!("trajectory.{}.{task}[i]", one.name),
            false => format!("curves[i].points[j].{}.{task}", one.name),
        };
        Described::real(name, "", &format!("{} of the task {task}", one.short))
            .symbol(one.symbol)
            .at(place)
    });
    all.next().unwrap_or_else(|| Described::real(name, "", ""))
}
