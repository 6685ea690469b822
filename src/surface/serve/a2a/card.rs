//! The agent card: how other agents find out what to ask, and how.

use std::collections::HashMap;

use a2a::{
    AgentCard, AgentInterface, AgentSkill, HttpAuthSecurityScheme, SecurityScheme, TRANSPORT_PROTOCOL_HTTP_JSON,
    TRANSPORT_PROTOCOL_JSONRPC,
};
use sha2::{Digest, Sha256};

use super::{INPUT_MODES, JSONRPC, OUTPUT_MODES, REST, capabilities};
use crate::persona::Persona;

/// Name of the security scheme within the card.
const BEARER: &str = "bearer";

/// The card of `persona` for a client that reaches us as `host` (name and port).
pub(super) fn card(persona: &Persona, host: &str) -> AgentCard {
    let modes = |modes: &[&str]| modes.iter().map(|mode| (*mode).to_owned()).collect::<Vec<_>>();
    let scheme = SecurityScheme::HttpAuth(HttpAuthSecurityScheme {
        scheme: "Bearer".to_owned(),
        description: Some("The token that the daemon was started with, or made at its first start".to_owned()),
        bearer_format: None,
    });
    AgentCard {
        name: persona.name.clone(),
        description: persona.description.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        supported_interfaces: vec![
            AgentInterface::new(format!("http://{host}{JSONRPC}"), TRANSPORT_PROTOCOL_JSONRPC),
            AgentInterface::new(format!("http://{host}{REST}"), TRANSPORT_PROTOCOL_HTTP_JSON),
        ],
        capabilities: capabilities(),
        default_input_modes: modes(INPUT_MODES),
        default_output_modes: modes(OUTPUT_MODES),
        skills: skills(persona),
        provider: None,
        documentation_url: None,
        icon_url: None,
        security_schemes: Some(HashMap::from([(BEARER.to_owned(), scheme)])),
        security_requirements: Some(vec![HashMap::from([(BEARER.to_owned(), Vec::new())])]),
        signatures: None,
    }
}

/// One skill: the persona is one specialist. Its triggers are what requests for it sound like.
fn skills(persona: &Persona) -> Vec<AgentSkill> {
    let mut tags = persona.tags.clone();
    tags.extend(persona.triggers.iter().filter(|trigger| !persona.tags.contains(trigger)).cloned());
    vec![AgentSkill {
        id: persona.name.clone(),
        name: persona.name.clone(),
        description: persona.description.clone(),
        tags,
        examples: None,
        input_modes: None,
        output_modes: None,
        security_requirements: None,
    }]
}

/// Changes when the card does.
pub(super) fn tag(card: &AgentCard) -> String {
    let text = serde_json::to_string(card).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
