//! Reviews by the clock.
//!
//! A fire is claimed in the store before it runs: daemons that share a store run it once, and one
//! that was down at the time does not run it twice later.

use std::{str::FromStr, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use croner::Cron;
use dbwright_finding::Severity;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    assemble::Specialist,
    config::ScheduleSettings,
    exit::Exit,
    review::{ReviewOptions, conduct},
    surface::Console,
};

/// Longest sleep: the wall clock may be set while we wait.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// A schedule that is understood.
pub(super) struct Schedule {
    settings: ScheduleSettings,
    cron: Cron,
}

impl Schedule {
    /// Name, pattern and next time, for people.
    pub(super) fn describe(&self) -> String {
        let next = self.next_after(Utc::now()).map_or_else(|| "never".to_owned(), |next| next.to_rfc3339());
        format!("{} ({}), next {next}", self.settings.name, self.settings.cron)
    }

    fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.find_next_occurrence(&time, false).ok()
    }
}

/// Reads the schedules.
pub(super) fn parse(settings: &[ScheduleSettings]) -> Result<Vec<Schedule>, Exit> {
    settings
        .iter()
        .map(|settings| {
            let cron = croner::parser::CronParser::builder()
                .seconds(croner::parser::Seconds::Optional)
                .build()
                .parse(&settings.cron)
                .map_err(|error| Exit::Usage(format!("schedule {}: `{}` is no cron pattern: {error}", settings.name, settings.cron)))?;
            Ok(Schedule { settings: settings.clone(), cron })
        })
        .collect()
}

/// Runs what is due until cancelled, one review at a time.
pub(super) async fn keep(schedules: Vec<Schedule>, specialist: Arc<Specialist>, console: Console, cancel: CancellationToken) {
    if schedules.is_empty() {
        return;
    }
    let mut seen = Utc::now();
    loop {
        let next = schedules.iter().filter_map(|schedule| Some((schedule.next_after(seen)?, schedule))).min_by_key(|(at, _)| *at);
        let Some((at, schedule)) = next else { return };
        let wait = (at - Utc::now()).to_std().unwrap_or_default();
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(wait.min(LONGEST_SLEEP)) => {}
        }
        if Utc::now() < at {
            continue;
        }
        seen = at;
        match specialist.store.claim_fire(&schedule.settings.name, at).await {
            Ok(true) => review(schedule, &specialist, &console, &cancel).await,
            Ok(false) => {}
            Err(error) => console.complain(format!("schedule {}: {error}", schedule.settings.name)),
        }
        // What came due while the review ran is run once, not once for each time missed.
        seen = seen.max(Utc::now() - chrono::Duration::seconds(1));
    }
}

async fn review(schedule: &Schedule, specialist: &Specialist, console: &Console, cancel: &CancellationToken) {
    let name = &schedule.settings.name;
    console.say(format!("schedule {name}: review begins"));
    let (watcher, _unwatched) = mpsc::unbounded_channel();
    match conduct(specialist, ReviewOptions::default(), watcher, cancel).await {
        Ok(review) => {
            let fail_on = schedule.settings.fail_on.unwrap_or(Severity::Critical);
            let serious = review.findings.iter().filter(|finding| finding.severity >= fail_on).count();
            console.say(format!(
                "schedule {name}: {} findings ({serious} at or above {fail_on}), {} new, {} fixed, {:.1} s, session {}",
                review.findings.len(),
                review.since_last.new.len(),
                review.since_last.fixed.len(),
                Duration::from_millis(review.duration_ms).as_secs_f64(),
                review.session_id,
            ));
        }
        Err(exit) => console.complain(format!("schedule {name}: {exit}")),
    }
}
