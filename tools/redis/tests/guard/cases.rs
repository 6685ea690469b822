//! The sets, one JSON object a line: the form that `dbwright policy check` reads.

use dbwright_servers::Version;

const ATTACKS: &str = include_str!("../../../../tests/guard/redis/attacks.jsonl");
const BENIGN: &str = include_str!("../../../../tests/guard/redis/benign.jsonl");

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Case {
    pub input: String,
    /// What an attack does without the guard: state, connection, hold, leak or flood.
    #[serde(default)]
    pub proof: String,
    /// The first version that has the command.
    #[serde(default)]
    since: Option<String>,
}

impl Case {
    pub fn is_for(&self, version: Version) -> bool {
        let Some((major, minor)) = self.since.as_deref().and_then(|since| since.split_once('.')) else { return true };
        (version.major, version.minor) >= (major.parse().unwrap(), minor.parse().unwrap())
    }
}

fn read(text: &str) -> Vec<Case> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn attacks() -> Vec<Case> {
    read(ATTACKS)
}

pub fn benign() -> Vec<Case> {
    read(BENIGN)
}
