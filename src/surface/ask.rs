//! `ask`: one question, one answer, for people and for programs.

use std::{
    io::{IsTerminal, Read},
    sync::Arc,
};

use dbwright_memory::Door;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    approval::TerminalApprover,
    console::Console,
    event_view::{EventView, Shown},
};
use crate::{
    agent::{Approver, Driver, Event, NobodyToAsk, Recorded, Session, ToolStatus, TurnOutcome},
    assemble::{Opening, Specialist},
    cli::AskArgs,
    exit::Exit,
};

/// Longest question that is read from standard input.
const MAX_INPUT: u64 = 1024 * 1024;

/// Runs the command.
///
/// # Errors
/// With the exit code that the end of the turn asks for.
pub(super) async fn run(
    args: AskArgs,
    specialist: &Specialist,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let input = question(&args.prompt, args.resume.is_some())?;
    let output_schema = match &args.output_schema {
        None => None,
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?;
            Some(
                serde_json::from_str::<Value>(&text)
                    .map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?,
            )
        }
    };
    if output_schema.is_some() && specialist.driver.model.profile().deterministic {
        return Err(Exit::Usage(
            "--output-schema needs a model: the playbook answers in its own form (see --json)".to_owned(),
        ));
    }
    let mut limits = specialist.limits();
    limits.steps = args.max_turns.unwrap_or(limits.steps);
    limits.cost_usd = args.budget.or(limits.cost_usd);
    let interactive = !args.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let approver: Arc<dyn Approver> =
        if interactive { Arc::new(TerminalApprover::new(console.clone())) } else { Arc::new(NobodyToAsk) };
    let opening = Opening { door: Door::Ask, title: &input, approver, limits, output_schema };
    let mut session = match &args.resume {
        Some(id) => specialist.resume(id, opening).await?,
        None => specialist.open(opening).await?,
    };
    specialist.notices.iter().for_each(|notice| console.say(notice));
    console.say(format!("session {}", session.id()));
    let (outcome, printed) = watched_turn(&mut session, &specialist.driver, &input, console, args.json, cancel).await?;
    specialist.store.finish_session(session.id(), &format!("{:?}", outcome.stop)).await?;
    match (Exit::of_stop(&outcome.stop), printed?.nothing()) {
        (Some(exit), _) => Err(exit),
        (None, Some(reason)) => Err(Exit::DatabaseUnreachable(reason)),
        (None, None) => Ok(()),
    }
}

/// Whether the servers that a turn asked were there.
#[derive(Debug, Default)]
pub(super) struct Reached {
    answered: bool,
    unreachable: Option<String>,
}

impl Reached {
    fn note(&mut self, event: &Event) {
        if let Event::ToolFinished { name, status, text, .. } = event
            && !name.starts_with("memory_")
        {
            self.answered |= *status == ToolStatus::Ok;
            if *status == ToolStatus::Failed && text.starts_with(UNREACHABLE) {
                self.unreachable.get_or_insert_with(|| text.clone());
            }
        }
    }

    /// Why there was nothing to answer from: every server that was asked is out of reach.
    fn nothing(self) -> Option<String> {
        self.unreachable.filter(|_| !self.answered)
    }
}

/// How a tool's error begins when its server cannot be reached.
const UNREACHABLE: &str = "unreachable: ";

/// Runs one turn and prints its events as they are recorded. A reader that goes away ends the turn:
/// nobody would see what it does. The turn's own end comes back beside that of the printing.
pub(super) async fn watched_turn(
    session: &mut Session,
    driver: &Driver,
    input: &str,
    console: &Console,
    json: bool,
    cancel: &CancellationToken,
) -> Result<(TurnOutcome, Result<Reached, Exit>), Exit> {
    let (watcher, events) = mpsc::unbounded_channel();
    let stop = cancel.child_token();
    let printer = async {
        let printed = print_events(events, console, json).await;
        if printed.is_err() {
            stop.cancel();
        }
        printed
    };
    let (outcome, printed) = tokio::join!(session.turn(driver, input, &stop, watcher), printer);
    Ok((outcome?, printed))
}

async fn print_events(
    mut events: mpsc::UnboundedReceiver<Recorded>,
    console: &Console,
    json: bool,
) -> Result<Reached, Exit> {
    let mut reached = Reached::default();
    let mut view = EventView::new(console.talk_style());
    while let Some(recorded) = events.recv().await {
        reached.note(&recorded.event);
        if json {
            let line = serde_json::to_string(&recorded).map_err(|error| Exit::Failed(error.to_string()))?;
            console.write(&format!("{line}\n"))?;
            continue;
        }
        match view.show(&recorded.event) {
            Shown::Answer(text) => console.write(&text)?,
            Shown::Talk(line) => console.say(line),
            Shown::Nothing => {}
        }
    }
    Ok(reached)
}

/// What a session that is taken up without a new question goes on with.
const CONTINUE: &str = "continue";

/// The words on the command line; `-` among them stands for standard input. Standard input is
/// never read unasked: a parent may hold it open without ever writing.
fn question(words: &[String], resuming: bool) -> Result<String, Exit> {
    if words.is_empty() {
        if resuming {
            return Ok(CONTINUE.to_owned());
        }
        if std::io::stdin().is_terminal() {
            return Err(Exit::Usage(
                "nothing was asked: dbwright ask 'find slow queries', or pipe a question in".to_owned(),
            ));
        }
    } else if !words.iter().any(|word| word == "-") {
        let typed = words.join(" ");
        if typed.trim().is_empty() {
            return Err(Exit::Usage("the question is empty: nothing was asked".to_owned()));
        }
        return Ok(typed);
    }
    let typed: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "-").collect();
    let piped = read_stdin()?;
    if piped.trim().is_empty() && typed.is_empty() {
        return Err(Exit::Usage("standard input is empty: nothing was asked".to_owned()));
    }
    Ok(format!("{}\n\n{piped}", typed.join(" ")).trim().to_owned())
}

fn read_stdin() -> Result<String, Exit> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(Exit::Usage(format!(
            "standard input is longer than {MAX_INPUT} bytes: pass a file to the tool that reads it"
        )));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
