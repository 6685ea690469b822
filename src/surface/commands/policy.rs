//! `policy`: judges inputs without running them, one JSON line in, one out.

use std::io::{BufRead, Read, Write};

use dbwright_contract::{Effect, ToolError};
use dbwright_policy::{
    Mode, Refusal, Ruling,
    data::Kind,
    http, path, redis, shell,
    sql::{self, Facts},
};
use dbwright_postgres::GuardedSession;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bench::Bench;
use crate::{
    cli::{Format, PolicyArgs, PolicyCheckArgs, PolicyCommand, PolicyMode},
    config::policy_rules,
    exit::Exit,
    surface::{findings::json as document, terminal::table},
};

/// A line that is longer is answered, not read: no input of a tool is so long.
const LONGEST_LINE: usize = 4 << 20;

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &PolicyArgs) -> Result<(), Exit> {
    match &args.command {
        PolicyCommand::Check(args) => check(bench, args).await,
        PolicyCommand::Rules => rules(bench),
    }
}

/// The table of rules, those in code and those of all files.
fn rules(bench: &Bench<'_>) -> Result<(), Exit> {
    let rules = policy_rules(&bench.paths, &bench.project)?.list();
    if bench.format("policy rules", &[Format::Text, Format::Json])? == Format::Json {
        let rules: Vec<_> = rules
            .iter()
            .map(|(id, summary, origin)| serde_json::json!({"id": id, "summary": summary, "origin": origin}))
            .collect();
        return bench.deliver(&document(&rules)?);
    }
    let rows: Vec<Vec<String>> = rules.into_iter().map(|(id, summary, origin)| vec![id, origin, summary]).collect();
    bench.deliver(&table(&rows))
}

/// A line of input.
#[derive(Debug, Deserialize)]
struct Question {
    #[serde(default)]
    id: Value,
    kind: Kind,
    input: String,
}

/// A line of output.
#[derive(Debug, Serialize)]
struct Answer {
    id: Value,
    #[serde(flatten)]
    ruling: Ruling,
}

/// Answers each line as it comes, so that it can stand in a pipe.
async fn check(bench: &Bench<'_>, args: &PolicyCheckArgs) -> Result<(), Exit> {
    let mode = match args.mode {
        PolicyMode::Readonly => Mode::Readonly,
        PolicyMode::Maintain => Mode::Maintain,
        PolicyMode::Change => Mode::Change,
    };
    let rules = policy_rules(&bench.paths, &bench.project)?;
    let facts = rules.informed(Facts::embedded(args.pg_version.unwrap_or(*sql::MAJORS.end())));
    let mut catalog = match (bench.global.db.is_empty(), bench.database()) {
        (false, Some(database)) => Some(GuardedSession::open(database).await.map_err(ToolError::from)?),
        _ => None,
    };
    let mut input = std::io::BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut line = Vec::new();
    while next_line(&mut input, &mut line)? {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = match question(&line) {
            Err(answer) => *answer,
            Ok(question) => {
                let ruling = match (question.kind, &mut catalog) {
                    (Kind::Sql, Some(session)) => session.rule(&question.input, mode).await.map_err(ToolError::from)?,
                    (Kind::Sql, None) => sql::judge(&question.input, mode, &facts),
                    (Kind::Redis, _) => redis::judge(&question.input, mode),
                    (Kind::Bash, _) => shell::judge(&question.input, mode),
                    (Kind::Path, _) => path::judge_below(Some(&bench.project), &question.input, mode),
                    (Kind::Http, _) => http::judge(&question.input, mode),
                };
                let ruling = rules.refine(question.kind, &question.input, mode, ruling);
                Answer { id: question.id, ruling }
            }
        };
        let text = serde_json::to_string(&answer).map_err(|error| Exit::Failed(error.to_string()))?;
        writeln!(out, "{text}")?;
        // A reader on the other end of a pipe waits for its answer.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    if let Some(session) = catalog {
        session.close().await;
    }
    Ok(())
}

/// Reads one line without its end, cut off beyond [`LONGEST_LINE`]; false at the end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let most = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') && line.len() > LONGEST_LINE {
        // The rest of the line belongs to it, too.
        loop {
            let buffer = input.fill_buf()?;
            let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else {
                let length = buffer.len();
                if length == 0 {
                    break;
                }
                input.consume(length);
                continue;
            };
            input.consume(end + 1);
            break;
        }
    }
    Ok(true)
}

fn question(line: &[u8]) -> Result<Question, Box<Answer>> {
    if line.len() > LONGEST_LINE {
        return Err(Box::new(unusable(Value::Null, format!("the line is longer than {LONGEST_LINE} bytes"))));
    }
    serde_json::from_slice(line).map_err(|error| {
        // The id helps to find the line, where at least that can be read.
        let id = serde_json::from_slice::<Value>(line).ok().and_then(|value| value.get("id").cloned());
        Box::new(unusable(
            id.unwrap_or_default(),
            format!("the line is no {{\"id\",\"kind\":\"sql|redis|bash|path|http\",\"input\"}}: {error}"),
        ))
    })
}

fn unusable(id: Value, reason: String) -> Answer {
    let refusal = Refusal { rule: "policy.input", reason };
    Answer { id, ruling: Ruling::block(Effect::Observe, refusal) }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
