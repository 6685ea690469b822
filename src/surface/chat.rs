//! `chat`: the terminal REPL. Append-only, nothing is redrawn; history and editing by rustyline.

mod commands;

use std::sync::Arc;

use dbwright_memory::Door;
use rustyline::{DefaultEditor, error::ReadlineError};
use tokio_util::sync::CancellationToken;

use self::commands::Command;
use super::{approval::TerminalApprover, ask::watched_turn, console::Console};
use crate::{
    agent::{Driver, Session},
    assemble::{Opening, Specialist},
    cli::ChatArgs,
    exit::Exit,
};

/// Lines kept in the history file.
const HISTORY: usize = 2_000;

/// Runs the command until the person leaves.
///
/// # Errors
/// When no session can be opened, or the journal fails.
pub(super) async fn run(args: ChatArgs, specialist: Specialist, console: &Console) -> Result<(), Exit> {
    let mut session = open(&args, &specialist, console).await?;
    greet(&specialist, &session, console);
    let history = specialist.paths.home.join("history");
    let mut editor = Editor::new(&history)?;
    let playbook = specialist.playbook();
    let mut by_playbook = false;
    loop {
        let line = match editor.read(prompt(&specialist, &session)).await? {
            Line::Text(line) => line,
            Line::Cleared => continue,
            Line::End => break,
        };
        match commands::parse(&line) {
            Command::Nothing => {}
            Command::Quit => break,
            Command::Say(text) => {
                let driver = if by_playbook { &playbook } else { &specialist.driver };
                turn(&mut session, driver, &text, console).await?;
            }
            Command::Play(text) => turn(&mut session, &playbook, &text, console).await?,
            Command::Mode(None) => console.say(format!("permission mode: {:?}", session.mode())),
            Command::Mode(Some(mode)) => {
                session.set_mode(mode);
                console.say(format!("permission mode: {mode:?}"));
            }
            Command::Status => console.say(status(&specialist, &session)),
            Command::Tools => console.say(specialist.toolbox.names().collect::<Vec<_>>().join("  ")),
            Command::Driver => {
                by_playbook = !by_playbook;
                let driver = if by_playbook { &playbook } else { &specialist.driver };
                console.say(format!("answers: {}", driver.model.name()));
            }
            Command::Help => console.say(commands::help()),
            Command::Unknown(name) => console.say(format!("there is no /{name}; /help lists what there is")),
        }
    }
    specialist.store.finish_session(session.id(), "left").await?;
    console.say(format!("session {} is kept: dbwright chat --resume {}", session.id(), session.id()));
    Ok(())
}

async fn open(args: &ChatArgs, specialist: &Specialist, console: &Console) -> Result<Session, Exit> {
    let opening = || Opening {
        door: Door::Chat,
        title: "chat",
        approver: Arc::new(TerminalApprover::new(console.clone())),
        limits: specialist.limits(),
        output_schema: None,
    };
    let Some(wanted) = &args.resume else { return specialist.open(opening()).await };
    let id = if wanted == "last" {
        let sessions = specialist.store.list_sessions(200).await?;
        let newest = sessions.into_iter().find(|session| session.door == Door::Chat);
        newest.ok_or_else(|| Exit::Usage("there is no chat to take up: start one with `dbwright chat`".to_owned()))?.id
    } else {
        wanted.clone()
    };
    specialist.resume(&id, opening()).await
}

fn greet(specialist: &Specialist, session: &Session, console: &Console) {
    let style = console.talk_style();
    console.say(format!("{} · {}", style.bold("dbwright"), specialist.persona.name));
    specialist.notices.iter().for_each(|notice| console.say(style.dim(notice)));
    let databases: Vec<&str> = specialist.databases.names().collect();
    let databases = if databases.is_empty() { "none (pass --db URL)".to_owned() } else { databases.join(", ") };
    let redis = specialist.redis.as_ref().map_or("none", dbwright_redis::Redis::name);
    console.say(style.dim(&format!("databases: {databases} · Redis: {redis} · session {}", session.id())));
    console.say(style.dim("ask in words, or /help; Ctrl-C stops an answer, Ctrl-D leaves"));
}

fn prompt(specialist: &Specialist, session: &Session) -> String {
    let name = specialist.databases.names().next().unwrap_or("no database").to_owned();
    let access = specialist
        .databases
        .iter()
        .next()
        .map_or("", |database| if database.access() > dbwright_postgres::Access::Read { " rw" } else { " ro" });
    let plan = if session.mode() == crate::agent::PermissionMode::Plan { " plan" } else { "" };
    format!("{name}{access}{plan}> ")
}

fn status(specialist: &Specialist, session: &Session) -> String {
    let usage = session.usage();
    let cost = session.cost_usd().map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.4}"));
    format!(
        "session {}\nanswers: {}\ntokens: {} read ({} cached), {} written{} · cost: {cost}\npermission mode: {:?}\ncontent from outside: {}\nstate: {}",
        session.id(),
        specialist.driver.model.name(),
        usage.input_tokens,
        usage.cached_tokens,
        usage.output_tokens,
        if usage.estimated { " (estimated)" } else { "" },
        session.mode(),
        if session.is_tainted() { "yes, changes to servers are always asked about" } else { "none yet" },
        specialist.store.place(),
    )
}

/// One turn; Ctrl-C cancels it, and with it whatever runs on a server.
async fn turn(session: &mut Session, driver: &Driver, text: &str, console: &Console) -> Result<(), Exit> {
    let cancel = CancellationToken::new();
    let stopper = cancel.clone();
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopper.cancel();
        }
    });
    let outcome = watched_turn(session, driver, text, console, false, &cancel).await;
    listening.abort();
    outcome?.1.map(|_| ())
}

enum Line {
    Text(String),
    Cleared,
    End,
}

/// The line editor on a thread of its own: it blocks.
struct Editor {
    editor: Option<DefaultEditor>,
    history: std::path::PathBuf,
}

impl Editor {
    fn new(history: &std::path::Path) -> Result<Self, Exit> {
        let config = rustyline::Config::builder()
            .max_history_size(HISTORY)
            .and_then(|config| config.history_ignore_dups(true))
            .map(|config| config.auto_add_history(true).bracketed_paste(true).build())
            .map_err(unusable)?;
        let mut editor = DefaultEditor::with_config(config).map_err(unusable)?;
        // No history yet, or a read-only home: the chat works without.
        let _ = editor.load_history(history);
        Ok(Self { editor: Some(editor), history: history.to_owned() })
    }

    async fn read(&mut self, prompt: String) -> Result<Line, Exit> {
        let Some(mut editor) = self.editor.take() else { return Ok(Line::End) };
        let history = self.history.clone();
        let (editor, line) = tokio::task::spawn_blocking(move || {
            let line = editor.readline(&prompt);
            let _ = editor.append_history(&history);
            (editor, line)
        })
        .await
        .map_err(|error| Exit::Failed(format!("the line editor stopped: {error}")))?;
        self.editor = Some(editor);
        match line {
            Ok(text) => Ok(Line::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Line::Cleared),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(unusable(error)),
        }
    }
}

fn unusable(error: ReadlineError) -> Exit {
    Exit::Failed(format!("the terminal cannot be used: {error}; `dbwright ask` works without one"))
}
