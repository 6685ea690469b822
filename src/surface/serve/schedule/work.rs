//! One fire's work: a review of each target, under leases.

use std::{sync::Arc, time::Duration};

use dbwright_finding::Severity;
use dbwright_memory::{Claim, Outcome, StoreError, TargetLease};
use dbwright_postgres::Databases;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    super::courier::{Courier, Notice},
    plan::{Plan, PlannedTarget},
    rights,
};
use crate::{
    assemble::Specialist,
    exit::Exit,
    review::{Review, ReviewOptions, conduct},
    surface::Console,
};

/// How long the store waits for a sign of life.
const LEASE: Duration = Duration::from_secs(60);
/// How often it gets one.
const RENEW: Duration = Duration::from_secs(20);
/// How often a target that somebody else reviews is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Takes tasks of the schedules that it knows.
pub(super) struct Worker {
    owner: String,
    specialist: Arc<Specialist>,
    console: Console,
    courier: Courier,
    cancel: CancellationToken,
}

/// How a fire's reviews ended.
enum Ended {
    /// All of them were done.
    Done(Vec<Value>),
    /// One could not be done, or found what must not be.
    Failed(String),
    /// Somebody cancelled the task.
    Cancelled,
    /// The daemon stops: the fire is begun again later.
    Stopped,
    /// Another daemon has the task now.
    Lost,
}

impl Worker {
    pub(super) const fn new(
        owner: String,
        specialist: Arc<Specialist>,
        console: Console,
        courier: Courier,
        cancel: CancellationToken,
    ) -> Self {
        Self { owner, specialist, console, courier, cancel }
    }

    /// Says at the start what will not be reviewed, and why.
    pub(super) async fn announce(&self, plans: &[Plan]) {
        for plan in plans {
            for target in &plan.targets {
                if let Some(refusal) = rights::refusal(&self.specialist, target).await {
                    self.console.complain(format!("schedule {}: {refusal}", plan.name));
                }
            }
        }
    }

    /// Does what waits, until nothing does.
    pub(super) async fn work(&self, plans: &[Plan]) -> Result<(), StoreError> {
        let kinds: Vec<String> = plans.iter().map(Plan::kind).collect();
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        while !self.cancel.is_cancelled() {
            let Some(claim) = self.specialist.store.claim_task(&self.owner, &kinds, LEASE).await? else {
                return Ok(());
            };
            let Some(plan) = plans.iter().find(|plan| plan.kind() == claim.task.kind) else { return Ok(()) };
            self.fulfil(plan, &claim).await?;
        }
        Ok(())
    }

    async fn fulfil(&self, plan: &Plan, claim: &Claim) -> Result<(), StoreError> {
        let store = &self.specialist.store;
        let ended = self.reviews(plan, claim).await?;
        self.notify(plan, &ended).await;
        match ended {
            Ended::Done(reviews) => store.finish_task(claim, Outcome::Done(json!({"reviews": reviews}))).await,
            Ended::Failed(reason) => store.finish_task(claim, Outcome::Failed(reason)).await,
            Ended::Cancelled => store.finish_task(claim, Outcome::Cancelled).await,
            Ended::Stopped => store.release_task(claim, chrono::Utc::now()).await,
            Ended::Lost => Ok(()),
        }
    }

    /// Tells the schedule's receiver how it went, without any text of the databases: counts and ids.
    async fn notify(&self, plan: &Plan, ended: &Ended) {
        let Some(url) = &plan.notify else { return };
        let mut body = match ended {
            Ended::Done(reviews) => json!({"schedule": plan.name, "state": "done", "reviews": reviews}),
            Ended::Failed(reason) => json!({"schedule": plan.name, "state": "failed", "reason": reason}),
            Ended::Cancelled | Ended::Stopped | Ended::Lost => return,
        };
        self.specialist.redactor.redact_json(&mut body);
        let notice = Notice {
            url: url.expose_secret().to_owned(),
            body: body.to_string().into_bytes(),
            token: None,
            headers: Vec::new(),
        };
        if let Err(error) = self.courier.deliver(&notice).await {
            self.console.complain(format!("schedule {}: notify: {error}", plan.name));
        }
    }

    async fn reviews(&self, plan: &Plan, claim: &Claim) -> Result<Ended, StoreError> {
        let mut done = Vec::new();
        let mut failures = Vec::new();
        for target in &plan.targets {
            let stop = self.cancel.child_token();
            let review = self.review(plan, target, &stop);
            tokio::pin!(review);
            // The review runs on here: once told to stop, it writes down that it did.
            let (ended, stopped) = tokio::select! {
                ended = &mut review => (ended, None),
                stopped = self.keep_task(claim) => {
                    stop.cancel();
                    (review.await, Some(stopped))
                }
            };
            match (ended?, stopped) {
                (_, Some(Ok(()))) => return Ok(Ended::Cancelled),
                (_, Some(Err(StoreError::LeaseLost { .. }))) => return Ok(Ended::Lost),
                (_, Some(Err(error))) => return Err(error),
                (Err(Exit::Interrupted), None) if self.cancel.is_cancelled() => return Ok(Ended::Stopped),
                (Ok(review), None) => {
                    failures.extend(self.told(plan, target, &review));
                    done.push(json!({
                        "session_id": review.session_id,
                        "target": review.target.fingerprint,
                        "findings": review.findings.len(),
                        "new": review.since_last.new.len(),
                        "fixed": review.since_last.fixed.len(),
                    }));
                }
                (Err(exit), None) => {
                    let why = format!("{}: {exit}", named(target));
                    self.console.complain(format!("schedule {}: {why}", plan.name));
                    failures.push(why);
                }
            }
        }
        Ok(if failures.is_empty() { Ended::Done(done) } else { Ended::Failed(failures.join("; ")) })
    }

    /// One review, alone on its target among all daemons that share the store.
    async fn review(
        &self,
        plan: &Plan,
        target: &PlannedTarget,
        stop: &CancellationToken,
    ) -> Result<Result<Review, Exit>, StoreError> {
        if let Some(refusal) = rights::refusal(&self.specialist, target).await {
            return Ok(Err(Exit::Refused(refusal)));
        }
        let Some(lease) = self.lease(plan, target, stop).await? else { return Ok(Err(Exit::Interrupted)) };
        self.console.say(format!("schedule {}: review of {} begins", plan.name, named(target)));
        let specialist = self.about(target).await;
        let (watcher, _unwatched) = mpsc::unbounded_channel();
        let review = conduct(&specialist, ReviewOptions::default(), watcher, stop);
        tokio::pin!(review);
        let ended = loop {
            tokio::select! {
                ended = &mut review => break ended,
                () = tokio::time::sleep(RENEW) => match self.specialist.store.renew_target(&lease, LEASE).await {
                    Err(StoreError::LeaseLost { .. }) => stop.cancel(),
                    // The store may be back by the next time.
                    Err(error) => tracing::warn!(%error, "cannot renew the lease of a target"),
                    Ok(()) => {}
                },
            }
        };
        match self.specialist.store.release_target(lease).await {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => Ok(ended),
            Err(error) => Err(error),
        }
    }

    /// Waits for the target. `None` when told to stop.
    async fn lease(
        &self,
        plan: &Plan,
        target: &PlannedTarget,
        stop: &CancellationToken,
    ) -> Result<Option<TargetLease>, StoreError> {
        let key = format!("{} of {}", named(target), self.specialist.project.display());
        let mut told = false;
        while !stop.is_cancelled() {
            if let Some(lease) = self.specialist.store.lease_target(&key, &self.owner, LEASE).await? {
                return Ok(Some(lease));
            }
            if !std::mem::replace(&mut told, true) {
                self.console.say(format!("schedule {}: waits for another review of {}", plan.name, named(target)));
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        Ok(None)
    }

    /// The specialist with only this target's servers.
    async fn about(&self, target: &PlannedTarget) -> Specialist {
        let wanted = |name: &str| target.database.as_deref() == Some(name);
        let databases = self.specialist.databases.iter().filter(|database| wanted(database.name())).cloned();
        let redis = self.specialist.redis.clone().filter(|_| target.redis);
        self.specialist.narrowed(Databases::new(databases), redis).await
    }

    /// Keeps the task ours. Ends when somebody wants it stopped, or with why it is ours no more.
    async fn keep_task(&self, claim: &Claim) -> Result<(), StoreError> {
        loop {
            tokio::time::sleep(RENEW).await;
            if self.specialist.store.heartbeat(claim, LEASE).await? {
                return Ok(());
            }
        }
    }

    /// Tells how a review went. What makes the fire count as failed comes back.
    fn told(&self, plan: &Plan, target: &PlannedTarget, review: &Review) -> Option<String> {
        let at_least =
            |severity: Severity| review.findings.iter().filter(|finding| finding.severity >= severity).count();
        let fail_on = plan.fail_on.unwrap_or(Severity::Critical);
        let serious = at_least(fail_on);
        self.console.say(format!(
            "schedule {}: {}: {} findings ({serious} at or above {fail_on}), {} new, {} fixed, {:.1} s, session {}",
            plan.name,
            named(target),
            review.findings.len(),
            review.since_last.new.len(),
            review.since_last.fixed.len(),
            Duration::from_millis(review.duration_ms).as_secs_f64(),
            review.session_id,
        ));
        (plan.fail_on.is_some() && serious > 0).then(|| {
            format!("{}: {serious} findings at or above {fail_on}, session {}", named(target), review.session_id)
        })
    }
}

fn named(target: &PlannedTarget) -> &str {
    match (&target.database, target.redis) {
        (Some(name), _) => name,
        (None, true) => "Redis",
        (None, false) => "the repository",
    }
}
