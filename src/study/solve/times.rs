//! The times of a run.

use super::{MOST_POINTS, Solve, SolveWork};
use crate::error::Error;
use crate::numeral::plain;
use crate::problem::{Clock, Grid, Problem, Scaling};
use crate::study::Study;
use crate::trajectory::Trajectory;

/// One problem whose rows stand in the order of the times asked for, as often as each was given; the command that repeats
/// them has them ascending, once each.
#[derive(Clone, Debug, PartialEq)]
pub struct SolveAt(pub Solve);

impl Study for SolveAt {
    const NAME: &'static str = Solve::NAME;
    type Work = SolveWork;

    fn begin(&self) -> Result<SolveWork, Error> {
        Ok(SolveWork {
            is_as_asked: true,
            ..self.0.begin()?
        })
    }
}

impl SolveWork {
    /// What is recorded, in the order asked for: of each time the nearest, which is the time itself but for the finite-step
    /// map; none of those that a broken run did not come to.
    pub(super) fn as_asked(&self, recorded: &Trajectory) -> Trajectory {
        let asked = self.settings.times.iter().flat_map(Grid::values);
        let t = &recorded.t;
        let nearest = |time: f64| {
            let next = t.partition_point(|other| *other < time);
            let before = next.checked_sub(1);
            let is_before = before.is_some_and(|before| {
                t.get(next)
                    .is_none_or(|after| time - t[before] < after - time)
            });
            let is_reached = next < t.len() || self.ended.get().is_some();
            before
                .filter(|_| is_before)
                .or(Some(next))
                .filter(|_| is_reached)
        };
        let places = asked.filter_map(|time| nearest(self.clock.time(*time)));
        recorded.rows(&places.collect::<Vec<_>>())
    }
}

impl Solve {
    /// Refuses times that no run has.
    pub(super) fn check_times(&self) -> Result<(), Error> {
        if self.points < 4 {
            let points = self.points;
            let why = format!("= {points} is not allowed: a trajectory has at least 4 times");
            return Err(Error::refused("points", why));
        }
        if self.points > MOST_POINTS {
            let points = self.points;
            let why =
                format!("= {points} is not allowed: a trajectory has at most {MOST_POINTS} times");
            return Err(Error::refused("points", why));
        }
        let early = |grid: &Grid| grid.values().iter().copied().find(|t| *t < 0.0);
        if let Some(time) = self.times.as_ref().and_then(early) {
            let time = plain(time);
            let why = format!("= {time} is not allowed: a run begins at time 0");
            return Err(Error::refused("times", why));
        }
        Ok(())
    }

    /// The times asked for in ODE time, ascending, once each.
    pub(super) fn times_in(&self, time: impl Fn(f64) -> f64) -> Option<Vec<f64>> {
        let grid = self.times.as_ref()?;
        let mut times: Vec<f64> = grid.values().iter().copied().map(time).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        Some(times)
    }

    /// Refuses times that the step sizes do not come to.
    pub(super) fn check_steps(
        &self,
        (scaling, t_max): (&Scaling, f64),
        clock: &Clock,
    ) -> Result<(), Error> {
        let times = self.times_in(|t| clock.time(t)).unwrap_or_default();
        let last = times.last().copied().unwrap_or(0.0);
        let most = scaling.last_time();
        if last > most {
            let (last, most) = (plain(last), plain(most));
            let why = format!(
                "up to t = {last} are not allowed: the step sizes of lr-schedule come to t = {most} in all"
            );
            return Err(Error::refused("times", why));
        }
        Ok(scaling.check_until(t_max.max(last))?)
    }

    /// The same, and runs that have no end.
    pub(super) fn check_against(&self, problem: &Problem, clock: &Clock) -> Result<(), Error> {
        self.check_steps((problem.scaling(), problem.setup().t_max), clock)?;
        if problem.never_rests() && self.problem.t_max.is_none() {
            let why = "is needed with friction 0, with which a run never comes to rest, as in --t-max=200";
            return Err(Error::refused("t-max", why));
        }
        Ok(())
    }
}
