//! One procedure a file, and the table of them.

mod cache;
mod checks;
mod describe;
mod guidance;
mod hand_over;
mod health_review;
mod index_use;
mod learn;
mod mentioned;
mod migration;
mod plan_text;
mod query;
mod recall;
mod redis;
mod since_last;
mod slow;
mod space;
mod table;
mod workload;

use self::checks::Subject;
use super::{
    route::Route,
    run::{Pending, Run, Step},
};

pub(super) use table::{PLAYS, Play};

/// Plays a route: the next calls, or the answer.
pub(super) fn play(route: Route, run: &mut Run<'_>) -> Step {
    let play = match route {
        Route::Play { play, turn, view } => {
            run.work_on(turn, view);
            play
        }
        Route::Clarify { options, .. } => return Step::Answer(guidance::clarify(&options)),
        Route::Unknown { nearest, again, .. } => return Step::Answer(guidance::unknown(&nearest, again)),
        Route::Broken { sql, reason } => return Step::Answer(guidance::broken(&sql, &reason)),
        Route::Remark(remark) => return Step::Answer(guidance::remark(remark)),
    };
    let played = perform(play, run);
    run.finish(played)
}

fn perform(play: Play, run: &mut Run<'_>) -> Result<String, Pending> {
    match play {
        Play::Review => health_review::play(run),
        Play::SlowQueries => slow::play(run),
        Play::Optimize => query::optimize(run),
        Play::Explain => query::explain(run),
        Play::PlanText => plan_text::play(run),
        Play::IndexAdvice => query::indexes(run),
        Play::IndexUse => index_use::play(run),
        Play::IndexFaults => checks::play(run, Subject::Indexes),
        Play::Health => checks::play(run, Subject::All),
        Play::Locks => checks::play(run, Subject::Locks),
        Play::Vacuum => checks::play(run, Subject::Vacuum),
        Play::Connections => checks::play(run, Subject::Connections),
        Play::Settings => checks::play(run, Subject::Settings),
        Play::RowSecurity => checks::play(run, Subject::Security),
        Play::Replication => checks::play(run, Subject::Replication),
        Play::Schema => checks::play(run, Subject::Schema),
        Play::Describe => describe::play(run),
        Play::Space => space::play(run),
        Play::MigrationReview => migration::review(run),
        Play::MigrationAuthor => migration::author(run),
        Play::CodeScan => migration::scan(run),
        Play::Redis => redis::play(run),
        Play::Cache => cache::play(run),
        Play::Script => redis::script(run),
        Play::Recall => recall::play(run),
        Play::SinceLast => since_last::play(run),
        Play::HandOver => hand_over::play(run),
        Play::Help => Ok(guidance::help()),
    }
}
