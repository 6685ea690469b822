//! Which driver answers, and whether a model can do what a session needs of it.

use std::{collections::HashMap, time::Duration};

use super::line::Line;
use crate::{
    cli::Global,
    config::Settings,
    model::{Choice, Endpoint, Model, OpenAi, resolve},
    persona::Persona,
};

const TOPIC: &str = "model";
/// A probe is short: an endpoint that is silent for longer is in trouble.
const IDLE: Duration = Duration::from_secs(60);

/// The choice with its reason; an endpoint is tried.
pub(super) async fn choice(
    global: &Global,
    env: &HashMap<String, String>,
    settings: &Settings,
    persona: &Persona,
) -> Vec<Line> {
    let choice = resolve(
        env,
        settings.model.endpoint.as_deref(),
        global.model.as_deref(),
        persona.model.as_deref(),
        settings.model.name.as_deref(),
    );
    match choice {
        Ok(Choice::Playbook { reason }) => vec![Line::ok(TOPIC, reason)],
        Ok(Choice::Endpoint(endpoint)) => {
            let mut lines = vec![Line::ok(TOPIC, endpoint.reason.clone())];
            lines.extend(tried(&endpoint).await);
            lines
        }
        Err(error) => vec![Line::fail(TOPIC, error.to_string())],
    }
}

async fn tried(endpoint: &Endpoint) -> Vec<Line> {
    let failed = |error: &dyn std::fmt::Display| {
        vec![
            Line::fail(TOPIC, error.to_string()).hint("sessions go on with the playbook; --model playbook asks for it"),
        ]
    };
    let model = match OpenAi::connect(endpoint, IDLE).await {
        Ok(model) => model,
        Err(error) => return failed(&error),
    };
    match model.probe().await {
        Ok(probes) => probes
            .into_iter()
            .map(|probe| {
                let topic = format!("{TOPIC} {}", probe.name);
                match probe.outcome {
                    Ok(seen) => Line::ok(topic, format!("{}: {seen}", model.name())),
                    // Without tools no session can work; the rest is comfort.
                    Err(missing) if probe.name == "tools" => Line::fail(topic, missing),
                    Err(missing) => Line::warn(topic, missing),
                }
            })
            .collect(),
        Err(error) => failed(&error),
    }
}
