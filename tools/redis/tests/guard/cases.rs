//! The sets, one JSON object a line: the form that `dbwright policy check` reads.

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
    /// Whether a server may lack the command: it came after 7.0.
    pub fn is_recent(&self) -> bool {
        self.since.is_some()
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
