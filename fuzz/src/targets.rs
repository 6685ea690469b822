//! What is fuzzed: every reader of text that somebody else wrote. A target panics when a promise
//! is broken, not only when a reader crashes. The same file is part of the ordinary tests, which
//! run each target on its seeds and some thousand mutations of them.

use std::path::Path;

use dbwright::{frontmatter::Document, model::read_recorded, persona::Persona};
use dbwright_contract::{Redactor, StreamRedactor};
use dbwright_policy::{Mode, sql::Facts};

/// A name and what it does with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("sql_policy", sql_policy),
    ("redis_quoting", redis_quoting),
    ("shell", shell),
    ("http_and_path", http_and_path),
    ("frontmatter", frontmatter),
    ("stream", stream),
    ("plan", plan),
    ("migration", migration),
    ("keyspace", keyspace),
    ("code", code),
    ("redactor", redactor),
    ("protocol_bodies", protocol_bodies),
];

const MODES: [Mode; 3] = [Mode::Readonly, Mode::Maintain, Mode::Change];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A statement that cannot be read never runs.
fn sql_policy(bytes: &[u8]) {
    let sql = text(bytes);
    let facts = Facts::embedded(15);
    let refusal = dbwright_policy::sql::read_only_refusal(&sql);
    for mode in MODES {
        let ruling = dbwright_policy::sql::judge(&sql, mode, &facts);
        let _ = dbwright_policy::sql::wanted(&sql, mode, &facts);
        if refusal.is_err() {
            assert_ne!(ruling.decision, dbwright_policy::Decision::Allow, "unreadable and allowed: {sql}");
        }
    }
    let _ = (dbwright_sql::classify(&sql), dbwright_sql::relations(&sql), dbwright_sql::max_parameter(&sql));
    let _ = (dbwright_sql::brief(&sql, 80), dbwright_sql::redact_literals(&sql));
    // A fingerprint is that of the normal form, too.
    if let (Ok(normal), Ok(_)) = (dbwright_sql::normalize(&sql), dbwright_sql::fingerprint(&sql)) {
        let _ = dbwright_sql::fingerprint(&normal);
    }
}

fn redis_quoting(bytes: &[u8]) {
    let line = text(bytes);
    for mode in MODES {
        let _ = dbwright_policy::redis::judge(&line, mode);
        let _ = dbwright_policy::redis::permit(&line, mode);
    }
    let _ = dbwright_policy::redis::parse(&line);
}

fn shell(bytes: &[u8]) {
    let _ = dbwright_policy::shell::judge(&text(bytes), Mode::Readonly);
}

fn http_and_path(bytes: &[u8]) {
    let input = text(bytes);
    let _ = dbwright_policy::http::judge(&input, Mode::Readonly);
    let _ = dbwright_policy::http::vet(&input, &[]);
    let _ = dbwright_policy::path::judge(&input, Mode::Readonly);
}

fn frontmatter(bytes: &[u8]) {
    let text = text(bytes);
    let file = Path::new("fuzz.md");
    if let Ok(document) = Document::parse(file, &text) {
        let _ = (document.text("name"), document.list("tools"));
    }
    let _ = Persona::parse(file, &text);
}

/// However the network cuts an answer into reads, it says the same.
fn stream(bytes: &[u8]) {
    let whole = read_recorded([bytes]);
    let cut = bytes.first().map_or(1, |byte| usize::from(*byte) % 13 + 1);
    let pieces = read_recorded(bytes.chunks(cut));
    assert_eq!(whole, pieces, "cut every {cut} bytes");
}

/// A plan that can be read can be shown, judged and read back from its compact form.
fn plan(bytes: &[u8]) {
    let text = text(bytes);
    let _ = dbwright_plan::parse_text(&text);
    let _ = dbwright_plan::parse_compact(&text);
    let _ = dbwright_plan::Predicate::parse(&text);
    if let Ok(plan) = dbwright_plan::parse_any(&text) {
        let _ = dbwright_plan::analyze(&plan, &dbwright_plan::Context::new("fuzz"));
        let _ = dbwright_plan::tree(&plan, 80, false);
        let _ = dbwright_plan::summary(&plan);
        let _ = dbwright_plan::compact(&plan);
    }
}

/// The pieces of a script stand in it, in order and without overlap.
fn migration(bytes: &[u8]) {
    let sql = text(bytes);
    if let Ok(statements) = dbwright_sql::split(&sql) {
        let mut end = 0;
        for statement in &statements {
            assert!(statement.start >= end, "statements overlap in {sql}");
            let here = sql.get(statement.start..).is_some_and(|rest| rest.starts_with(statement.text));
            assert!(here, "`{}` is not where it is said to be in {sql}", statement.text);
            end = statement.start + statement.text.len();
        }
    }
    let scripts = [dbwright_migrations::Script::new("001_fuzz.sql", sql.clone())];
    let _ = dbwright_migrations::lint(&scripts, &dbwright_migrations::Context::default());
    let _ = dbwright_migrations::parse_intent(&sql);
}

fn keyspace(bytes: &[u8]) {
    let names = dbwright_keyspace::parse_names(bytes);
    let _ = dbwright_keyspace::mine(names.iter().map(Vec::as_slice));
}

fn code(bytes: &[u8]) {
    let text = text(bytes);
    let _ = dbwright_keyspace::lint_script("fuzz.lua", &text);
    for path in ["fuzz.py", "fuzz.ts", "fuzz.go", "fuzz.rb"] {
        let _ = dbwright_keyspace::lint_code(path, &text);
    }
}

/// A known secret is nowhere in what was redacted, and however a stream is cut, nowhere in it.
fn redactor(bytes: &[u8]) {
    const SECRET: &str = "correct-horse-battery";
    let text = text(bytes);
    let redactor = Redactor::new().knows(SECRET.to_owned().into());
    assert!(!redactor.redact(&text).contains(SECRET), "{text}");
    let cut = bytes.first().map_or(1, |byte| usize::from(*byte) % 11 + 1);
    let letters: Vec<char> = text.chars().collect();
    let mut stream = StreamRedactor::default();
    let mut out = String::new();
    for piece in letters.chunks(cut) {
        out.push_str(&stream.push(&redactor, &piece.iter().collect::<String>()));
    }
    out.push_str(&stream.finish(&redactor));
    assert!(!out.contains(SECRET), "cut every {cut} letters: {text}");
}

/// Bodies as MCP and A2A carry them, read into the types that the daemon reads them into.
fn protocol_bodies(bytes: &[u8]) {
    let _ = serde_json::from_slice::<rmcp::model::ClientJsonRpcMessage>(bytes);
    if let Ok(request) = serde_json::from_slice::<a2a::SendMessageRequest>(bytes) {
        let _ = serde_json::to_vec(&request.message);
    }
    let _ = serde_json::from_slice::<dbwright::agent::Recorded>(bytes);
}
