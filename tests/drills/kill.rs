//! `kill -9`: at the places around each write and each effect, and at random times. A client keeps
//! what it was told; the session is resumed, perhaps killed again, and must come to its end with
//! nothing lost and nothing done twice.

use std::{
    collections::HashMap,
    process::Stdio,
    time::{Duration, Instant},
};

use dbwright_servers::testing::{self, TestDatabase};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
};

use super::driver::{EVIDENCE, Goal, answer};
use crate::support::{
    model_server::ModelServer,
    program::{Home, json_lines},
};

/// Every place that a failpoint names in this kind of session, and how often it is passed at least.
const PLACES: [(&str, usize); 11] = [
    ("event.unrecorded", 12),
    ("event.recorded", 12),
    ("journal.uncommitted", 12),
    ("journal.committed", 12),
    ("effect.intended", 6),
    ("effect.done", 6),
    ("effect.recorded", 6),
    ("file.written", 2),
    ("learning.uncommitted", 1),
    ("learning.committed", 1),
    ("effect.intended", 4),
];

/// A small generator of well-mixed numbers: the same ones in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// How one process of a run ends.
#[derive(Debug, Clone)]
enum Death {
    At(String),
    After(Duration),
}

/// What the session is to do: reads, files, a shell command that shows each of its runs, memory.
fn goals() -> Vec<Goal> {
    vec![
        Goal::new("psql", json!({"sql": "select 40 + 2 as answer"})),
        Goal::new("Write", json!({"path": "a.sql", "content": "select 1;\n"})),
        Goal::new("Bash", json!({"command": "echo ran >> runs.txt"})),
        Goal::new("memory_save", json!({"kind": "schema_fact", "title": "The answer is 42", "evidence": [EVIDENCE]})),
        Goal::new("Edit", json!({"path": "a.sql", "old": "select 1", "new": "select 2"})),
        // Each run adds a line: twice would be seen.
        Goal::new("Edit", json!({"path": "a.sql", "old": "select 2;", "new": "-- ran\nselect 2;"})),
        Goal::new("Bash", json!({"command": "echo ran again >> runs.txt"})),
        Goal::new("psql", json!({"sql": "select 'end' as last"})),
    ]
}

/// The client outside: what it was shown, by number.
#[derive(Default)]
struct Client {
    session: Option<String>,
    seen: HashMap<u64, Value>,
}

impl Client {
    fn see(&mut self, line: &str) {
        // A last line may be cut off by the kill: then it was not shown.
        let Ok(event) = serde_json::from_str::<Value>(line) else { return };
        self.session.get_or_insert_with(|| event["session_id"].as_str().unwrap().to_owned());
        self.seen.insert(event["seq"].as_u64().unwrap(), event);
    }
}

struct Run {
    home: Home,
    state: Option<TestDatabase>,
    database: TestDatabase,
    server: ModelServer,
}

impl Run {
    async fn new(state_in_postgres: bool) -> Self {
        let postgres = testing::postgres().await;
        let home = Home::new();
        let config = home.path().join(".config/dbwright");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("config.yaml"), "permission_mode: bypassPermissions\n").unwrap();
        let state = if state_in_postgres { Some(postgres.database("killed_state").await) } else { None };
        let goals = goals();
        let server = ModelServer::start_with(move |_, body| answer(&goals, body)).await;
        Self { home, state, database: postgres.database("killed").await, server }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command_with_model(&self.server.base_url(), arguments);
        if let Some(state) = &self.state {
            command.env("DBWRIGHT_STATE_URL", state.url());
        }
        command
    }

    /// One process of the session, until it dies or ends. Returns its exit code, if it had one, and
    /// how long it took to its first event.
    async fn process(&self, client: &mut Client, death: Option<&Death>) -> (Option<i32>, Option<Duration>, String) {
        let url = self.database.url();
        let mut arguments = vec!["ask", "--json", "--db", &url];
        let session = client.session.clone();
        if let Some(id) = &session {
            arguments.extend(["--resume", id]);
        }
        arguments.push("do everything");
        let mut command = self.command(&arguments);
        if let Some(Death::At(place)) = death {
            command.env("DBWRIGHT_FAILPOINT", place);
        }
        let began = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let errors = tokio::spawn(async move {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text).await;
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let timer = match death {
            Some(Death::After(wait)) => *wait,
            _ => Duration::from_secs(120),
        };
        let timer = tokio::time::sleep(timer);
        tokio::pin!(timer);
        let mut first = None;
        loop {
            tokio::select! {
                line = lines.next_line() => match line {
                    Ok(Some(line)) => {
                        first.get_or_insert_with(|| began.elapsed());
                        client.see(&line);
                    }
                    _ => break,
                },
                () = &mut timer => {
                    child.start_kill().unwrap();
                    // What it still said before it died was shown.
                    while let Ok(Some(line)) = lines.next_line().await {
                        client.see(&line);
                    }
                    break;
                }
            }
        }
        let status = child.wait().await.unwrap();
        (status.code(), first, errors.await.unwrap())
    }

    async fn output(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn lines_of(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.home.project().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// One session with its deaths. Returns how long the last process took to its first event.
async fn drill(deaths: Vec<Death>, state_in_postgres: bool) -> (Duration, String) {
    let run = Run::new(state_in_postgres).await;
    let mut client = Client::default();
    for death in &deaths {
        let (code, _, errors) = run.process(&mut client, Some(death)).await;
        assert!(matches!(code, None | Some(0)), "{deaths:?}: exit {code:?}: {errors}");
    }
    let (code, resumed, errors) = run.process(&mut client, None).await;
    assert_eq!(code, Some(0), "{deaths:?}: {errors}");
    let id = client.session.clone().unwrap();
    let exported = run.output(&["sessions", "export", &id]).await;
    let context = format!("{deaths:?}, state in PostgreSQL: {state_in_postgres}\n{exported}");
    let journal = json_lines(&exported);

    // Nothing that was shown is lost, numbers have no gap.
    for (entry, number) in journal.iter().zip(1u64..) {
        assert_eq!(entry["seq"], number, "{context}");
    }
    for (number, seen) in &client.seen {
        let kept = journal.get(usize::try_from(*number).unwrap() - 1);
        let kept = kept.unwrap_or_else(|| panic!("event {number} was shown and is lost: {context}"));
        assert_eq!((&kept["type"], &kept["call_id"], &kept["text"]), (&seen["type"], &seen["call_id"], &seen["text"]));
    }
    // Each intent has one outcome.
    let of = |kind: &str| -> Vec<String> {
        let events = journal.iter().filter(|event| event["type"] == kind);
        events.map(|event| event["call_id"].as_str().unwrap().to_owned()).collect()
    };
    let finished = of("tool_finished");
    for started in of("tool_started") {
        let outcomes = finished.iter().filter(|id| **id == started).count();
        assert_eq!(outcomes, 1, "{started}: {context}");
    }
    assert_eq!(journal.last().unwrap()["type"], "turn_finished", "{context}");
    assert_eq!(journal.last().unwrap()["answer"], "Everything is done.", "{context}");

    // Nothing was done twice; what is said to be done is done.
    let said_done = |goal: usize| {
        journal.iter().any(|event| {
            event["type"] == "tool_finished"
                && event["status"] == "ok"
                && event["call_id"].as_str().unwrap().starts_with(&format!("goal{goal}try"))
        })
    };
    let runs = run.lines_of("runs.txt");
    for (goal, line) in [(2, "ran"), (6, "ran again")] {
        let count = runs.iter().filter(|ran| *ran == line).count();
        assert!(count <= 1, "`{line}` {count} times: {context}");
        assert!(count == 1 || !said_done(goal), "`{line}` is said to be done: {context}");
    }
    assert_eq!(run.lines_of("a.sql"), ["-- ran", "select 2;"], "{context}");
    let learned: Value = serde_json::from_str(&run.output(&["memory", "list", "--format", "json"]).await).unwrap();
    assert_eq!(learned.as_array().unwrap().len(), 1, "{context}");
    assert_eq!(learned[0]["hits"], 1, "saved twice: {context}");

    let listed = run.output(&["sessions", "list"]).await;
    assert!(!listed.contains(" open "), "{context}: {listed}");
    let mut connection = PgConnection::connect(&run.database.url()).await.unwrap();
    let left = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let left: i64 = sqlx::query(left).fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(left, 0, "connections were left on the server: {context}");
    (resumed.unwrap_or_default(), format!("{deaths:?}, state in PostgreSQL: {state_in_postgres}"))
}

/// The deaths of round `number`: first every place in turn, then random times, sometimes two.
fn deaths(number: usize, dice: &mut Dice) -> Vec<Death> {
    let one = |number: usize, dice: &mut Dice| {
        if number % 4 == 3 {
            return Death::After(Duration::from_millis(150 + dice.below(1200) as u64));
        }
        let (place, times) = PLACES[(number - number / 4) % PLACES.len()];
        Death::At(format!("{place}:{}", 1 + dice.below(times)))
    };
    let mut deaths = vec![one(number, dice)];
    if number % 3 == 2 {
        // And once more while it goes on.
        deaths.push(one(number + 1 + dice.below(8), dice));
    }
    deaths
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    let long = std::env::var("DBWRIGHT_DRILLS").is_ok_and(|value| value == "long");
    let rounds = if long { 220 } else { 24 };
    let mut dice = Dice(7);
    let mut drills: Vec<(Vec<Death>, bool)> =
        (0..rounds).map(|number| (deaths(number, &mut dice), number % 5 == 4)).collect();
    drills.reverse();
    let mut running = tokio::task::JoinSet::new();
    let mut back = Vec::new();
    loop {
        while running.len() < 3
            && let Some((deaths, state_in_postgres)) = drills.pop()
        {
            running.spawn(drill(deaths, state_in_postgres));
        }
        let Some(ended) = running.join_next().await else { break };
        back.push(ended.unwrap());
    }
    // Times are told, not judged: what else the machine does is in them.
    back.sort();
    let (median, slowest) = (&back[back.len() / 2], &back[back.len() - 1]);
    println!(
        "{rounds} sessions killed and resumed; back after {} ms in the median, {} ms at worst ({})",
        median.0.as_millis(),
        slowest.0.as_millis(),
        slowest.1
    );
}
