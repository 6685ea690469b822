//! Schedules as configured, understood.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use croner::{
    Cron,
    parser::{CronParser, Seconds},
};
use dbwright_finding::Severity;
use dbwright_postgres::Databases;
use dbwright_redis::Redis;
use secrecy::{ExposeSecret, SecretString};

use super::super::courier::Courier;
use crate::{config::ScheduleSettings, exit::Exit};

/// Fields of a pattern with seconds; a pattern of five begins with the second one.
const FIELDS: &[&str] = &["second", "minute", "hour", "day of month", "month", "day of week"];
/// Where tasks of schedules are found among others.
const KIND: &str = "review ";

/// One schedule.
#[derive(Debug, Clone)]
pub(in super::super) struct Plan {
    pub(super) name: String,
    pub(super) cron_text: String,
    cron: Cron,
    /// One review each, in order.
    pub(super) targets: Vec<PlannedTarget>,
    pub(super) fail_on: Option<Severity>,
    /// Where outcomes are told.
    pub(super) notify: Option<SecretString>,
}

/// What one review is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedTarget {
    pub(super) database: Option<String>,
    pub(super) redis: bool,
}

impl Plan {
    /// Name, pattern and next time, for people.
    pub(in super::super) fn describe(&self) -> String {
        let next = self.next_after(Utc::now()).map_or_else(|| "never".to_owned(), |next| next.to_rfc3339());
        format!("{} ({}), next {next}", self.name, self.cron_text)
    }

    pub(super) fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.find_next_occurrence(&time, false).ok()
    }

    /// The kind of its tasks: only daemons that know the schedule take them.
    pub(super) fn kind(&self) -> String {
        format!("{KIND}{}", self.name)
    }

    pub(super) fn target_names(&self) -> Vec<&str> {
        self.targets.iter().filter_map(|target| target.database.as_deref()).collect()
    }
}

/// Reads the schedules.
///
/// # Errors
/// When one cannot be understood; names the schedule and the field.
pub(in super::super) fn plans(
    settings: &[ScheduleSettings],
    databases: &Databases,
    redis: Option<&Redis>,
    courier: &Courier,
) -> Result<Vec<Plan>, Exit> {
    let mut names = HashSet::new();
    let mut plans = Vec::with_capacity(settings.len());
    for schedule in settings {
        let name = &schedule.name;
        let wrong = |field: &str, why: String| Exit::Usage(format!("schedule {name}: {field}: {why}"));
        if name.trim().is_empty() || name.contains(',') || name.chars().any(char::is_control) {
            return Err(wrong("name", "it is empty, or holds a comma or a control character".to_owned()));
        }
        if !names.insert(name.as_str()) {
            return Err(wrong("name", "there are two schedules of that name".to_owned()));
        }
        let cron =
            parser().parse(&schedule.cron).map_err(|error| wrong("cron", fault(&schedule.cron, &error.to_string())))?;
        let plan = Plan {
            name: name.clone(),
            cron_text: schedule.cron.clone(),
            cron,
            targets: targets(&schedule.targets, databases, redis).map_err(|why| wrong("targets", why))?,
            fail_on: schedule.fail_on,
            notify: schedule.notify.clone(),
        };
        if let Some(url) = &schedule.notify {
            courier.vet(url.expose_secret()).map_err(|refusal| wrong("notify", refusal.to_string()))?;
        }
        if plan.next_after(Utc::now()).is_none() {
            return Err(wrong("cron", format!("`{}` never comes", schedule.cron)));
        }
        plans.push(plan);
    }
    Ok(plans)
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Optional).build()
}

/// Which field of the pattern is wrong: each is tried alone.
fn fault(pattern: &str, error: &str) -> String {
    let given: Vec<&str> = pattern.split_whitespace().collect();
    let known: &[&str] = match given.len() {
        5 => FIELDS.get(1..).unwrap_or_default(),
        6 => FIELDS,
        _ => return format!("`{pattern}` is no cron pattern of five or six fields: {error}"),
    };
    for (at, (value, field)) in given.iter().zip(known).enumerate() {
        let alone: Vec<&str> = (0..given.len()).map(|n| if n == at { *value } else { "*" }).collect();
        if parser().parse(&alone.join(" ")).is_err() {
            return format!("`{pattern}` has a wrong {field}, `{value}`: {error}");
        }
    }
    format!("`{pattern}` is no cron pattern: {error}")
}

/// One review for each database; Redis is looked at with the first. Without names, everything.
fn targets(names: &[String], databases: &Databases, redis: Option<&Redis>) -> Result<Vec<PlannedTarget>, String> {
    let redis_name = redis.map(Redis::name);
    for name in names {
        if !databases.names().any(|known| known == name) && redis_name != Some(name) {
            let known: Vec<&str> = databases.names().chain(redis_name).collect();
            return Err(format!("there is no target {name}; there are: {}", known.join(", ")));
        }
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let mut planned: Vec<PlannedTarget> = databases
        .names()
        .filter(|name| wanted(name))
        .map(|name| PlannedTarget { database: Some(name.to_owned()), redis: false })
        .collect();
    if redis_name.is_some_and(wanted) {
        match planned.first_mut() {
            Some(first) => first.redis = true,
            None => planned.push(PlannedTarget { database: None, redis: true }),
        }
    }
    if planned.is_empty() {
        // Migrations and code under the project's folder are a target of their own.
        planned.push(PlannedTarget { database: None, redis: false });
    }
    Ok(planned)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
