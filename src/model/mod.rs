//! Teacher and student: the links, given once, with their Gaussian averages inside.
//!
//! Averages are made on first use and shared by all copies and threads, so that a model costs
//! nothing where none are taken (simulated SGD).

mod network;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use network::{NetworkAverages, NetworkGram, NetworkSlopes, Readouts};

pub use crate::expectation::PairError;
use crate::expectation::{
    BestLoss, Expansion, Kernel, NEAR, best_loss, flow_kernel, kernel, mean_square,
};
use crate::link::Link;

/// What is learned by what: `y = sigma_*(<omega*, x>) + noise` by `sigma(<w, x>)`. Copies share
/// everything.
///
/// ```
/// use lorode::model::Model;
///
/// let model = Model::new("sign".parse()?, "tanh".parse()?);
/// assert_eq!(model.label(), "sign → tanh");
/// assert!((model.target_power() - 1.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model(Arc<Single>);

/// One teacher unit and one student unit.
#[derive(Debug)]
struct Single {
    teacher: Link,
    student: Link,
    exact: OnceLock<Arc<dyn Kernel>>,
    flow: OnceLock<Arc<dyn Kernel>>,
    target_power: OnceLock<f64>,
    best: OnceLock<BestLoss>,
    network: OnceLock<Result<Arc<NetworkAverages>, PairError>>,
    near: OnceLock<Option<(Expansion, f64)>>,
}

/// Models whose averages those made later share, the one used last at the end.
static KEPT: Mutex<Vec<Model>> = Mutex::new(Vec::new());

/// Models that are kept.
const MOST_KEPT: usize = 8;

impl Model {
    /// A teacher `sigma_*` and a student `sigma`.
    pub fn new(teacher: Link, student: Link) -> Self {
        // A list that another thread is changing is not worth a wait.
        let kept = KEPT.try_lock();
        let same = |kept: &Vec<Self>| {
            kept.iter()
                .find(|one| one.is_of(&teacher, &student))
                .cloned()
        };
        if let Some(known) = kept.ok().and_then(|kept| same(&kept)) {
            return known;
        }
        Self(Arc::new(Single {
            teacher,
            student,
            exact: OnceLock::new(),
            flow: OnceLock::new(),
            target_power: OnceLock::new(),
            best: OnceLock::new(),
            network: OnceLock::new(),
            near: OnceLock::new(),
        }))
    }

    /// Teacher and student with the same link.
    pub fn matched(link: Link) -> Self {
        Self::new(link.clone(), link)
    }

    /// Keeps its averages for models that are made later: those of the same links share them, as copies do, and give
    /// the same numbers sooner. For who asks about the same links again and again; the last eight are kept.
    ///
    /// ```
    /// use lorode::model::Model;
    ///
    /// Model::matched("tanh".parse()?).keep();
    /// assert!(Model::matched("tanh".parse()?).target_power() > 0.39);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep(&self) {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|known| !known.is_of(self.teacher(), self.student()));
        if kept.len() == MOST_KEPT {
            kept.remove(0);
        }
        kept.push(self.clone());
    }

    /// Whether it is of these links, under these names.
    fn is_of(&self, teacher: &Link, student: &Link) -> bool {
        let same = |one: &Link, other: &Link| one == other && one.name() == other.name();
        same(self.teacher(), teacher) && same(self.student(), student)
    }

    /// The teacher's link function `sigma_*`.
    pub fn teacher(&self) -> &Link {
        &self.0.teacher
    }

    /// The student's link function `sigma`.
    pub fn student(&self) -> &Link {
        &self.0.student
    }

    /// The most exact averages of the pair, see [`kernel`].
    pub fn exact(&self) -> &Arc<dyn Kernel> {
        let make = || kernel(&self.0.teacher, &self.0.student);
        self.0.exact.get_or_init(make)
    }

    /// The averages to integrate with, see [`flow_kernel`].
    pub fn flow(&self) -> &Arc<dyn Kernel> {
        let make = || flow_kernel(&self.0.teacher, &self.0.student);
        self.0.flow.get_or_init(make)
    }

    /// The gradient of equal links next to their answer and its relative error, for pre-training that lacks so much of it and
    /// is so much across; `None` where that is more than the expansion reaches ([`NEAR`] at most), for other pairs, and where
    /// links bend too sharply.
    pub(crate) fn near_answer(&self, gap: f64, across: f64) -> Option<(Expansion, f64)> {
        let equal = self.teacher() == self.student();
        let find = || {
            equal
                .then(|| Expansion::at_answer(self.flow().aligned()))
                .flatten()
        };
        let is_near = (0.0..=NEAR).contains(&gap) && across <= NEAR;
        let found = is_near.then(|| *self.0.near.get_or_init(find)).flatten();
        found.filter(|(expansion, _)| expansion.is_near(gap, across))
    }

    /// The pull of the teacher on a student without weights, `sigma'(0) E[lambda sigma_*(lambda)]`: `alpha(m, q)` as `q -> 0`,
    /// exactly 0 where it vanishes by parity; `None` where the student bends at 0 with a slope, so that the direction decides.
    pub(crate) fn pull_at_zero(&self) -> Option<f64> {
        // At a kink that is the mean of both sides, with which SGD moves: from 0 it never leaves |x|.
        if self.student().derivative(0.0) == 0.0 {
            return Some(0.0);
        }
        let mut breaks = self.student().breaks().iter();
        let is_smooth = breaks.all(|b| b.at != 0.0);
        is_smooth.then(|| self.flow().aligned().at(0.0).gradient)
    }

    /// `E[sigma_*^2]`.
    pub fn target_power(&self) -> f64 {
        let power = || mean_square(&self.0.teacher);
        *self.0.target_power.get_or_init(power)
    }

    /// The lowest loss the student can reach by any weights.
    pub fn best(&self) -> BestLoss {
        let find = || best_loss((self.teacher(), self.student()), &**self.flow(), &|| false);
        *self.0.best.get_or_init(find)
    }

    /// The same, `None` if it is not found before `ended` says that nobody waits for it: kinked pairs
    /// take seconds.
    pub fn best_unless(&self, ended: &dyn Fn() -> bool) -> Option<BestLoss> {
        if let Some(best) = self.0.best.get() {
            return Some(*best);
        }
        let found = best_loss((self.teacher(), self.student()), &**self.flow(), ended);
        (!ended()).then(|| *self.0.best.get_or_init(|| found))
    }

    /// The averages of networks of these links.
    ///
    /// # Errors
    /// [`PairError`] when the links of a pair have none.
    pub fn network(&self) -> Result<&Arc<NetworkAverages>, PairError> {
        let make = || NetworkAverages::new(self.teacher(), self.student()).map(Arc::new);
        self.0
            .network
            .get_or_init(make)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The pair in words, see [`pair_label`].
    pub fn label(&self) -> String {
        pair_label(self.0.teacher.name(), self.0.student.name())
    }
}

/// A link pair in words: `"erf"`, or `"sign → tanh"` when teacher and student differ.
pub fn pair_label(teacher: &str, student: &str) -> String {
    if teacher == student {
        student.to_owned()
    } else {
        format!("{teacher} → {student}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_shared_by_links_of_the_same_names() {
        let of = |text: &str| Model::matched(text.parse().unwrap());
        let (own, kept) = ("tanh(1.7*x)", of("tanh(1.7*x)"));
        assert!(!Arc::ptr_eq(&kept.0, &of(own).0));
        kept.keep();
        assert!(Arc::ptr_eq(&kept.0, &of(own).0));
        assert!(!Arc::ptr_eq(&kept.0, &of("tanh(1.6*x)").0));
        (0..MOST_KEPT).for_each(|i| of(&format!("tanh({i}.5*x)")).keep());
        assert!(!Arc::ptr_eq(&kept.0, &of(own).0), "the last few are kept");
    }
}
