//! The times of a run.

use super::Solve;
use crate::error::Error;
use crate::numeral::plain;
use crate::problem::{Clock, Grid, Problem};

impl Solve {
    /// Refuses times that no run has.
    pub(super) fn check_times(&self) -> Result<(), Error> {
        if self.points < 4 {
            let points = self.points;
            let why =
                format!("points = {points} is not allowed: a trajectory has at least 4 times");
            return Err(Error::Setting(why));
        }
        let early = |grid: &Grid| grid.values().iter().copied().find(|t| *t < 0.0);
        if let Some(time) = self.times.as_ref().and_then(early) {
            let why = format!(
                "times = {} is not allowed: a run begins at time 0",
                plain(time)
            );
            return Err(Error::Setting(why));
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

    /// Refuses times that the step sizes do not come to, and runs that have no end.
    pub(super) fn check_against(&self, problem: &Problem, clock: &Clock) -> Result<(), Error> {
        let times = self.times_in(|t| clock.time(t)).unwrap_or_default();
        let last = times.last().copied().unwrap_or(0.0);
        let most = problem.scaling().last_time();
        if last > most {
            let (last, most) = (plain(last), plain(most));
            let why = format!(
                "times up to t = {last} are not allowed: the step sizes of lr-schedule come to t = {most} in all"
            );
            return Err(Error::Setting(why));
        }
        problem
            .scaling()
            .check_until(problem.setup().t_max.max(last))?;
        if problem.never_rests() && self.problem.t_max.is_none() {
            let why = "t-max is needed with friction 0, with which a run never comes to rest, as in --t-max=200";
            return Err(Error::Setting(why.to_owned()));
        }
        Ok(())
    }
}
