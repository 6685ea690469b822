//! Steps of a set-up on standard error, with the time since the run began. A step that takes long
//! says so every few seconds: silence looks like a hang.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use dbwright_servers::Progress;
use tokio::task::JoinHandle;

use super::console::Console;

/// How long a step may be silent.
const TICK: Duration = Duration::from_secs(5);

/// Longest line of an installer that is shown.
const WIDTH: usize = 100;

/// Shows steps as they come.
#[derive(Debug)]
pub(crate) struct Steps {
    console: Console,
    clock: Instant,
    open: Open,
    ticker: JoinHandle<()>,
}

/// The step under way, unless its clock is paused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open(Arc<Mutex<Option<(String, Instant)>>>);

impl Open {
    fn set(&self, step: Option<(String, Instant)>) -> Option<(String, Instant)> {
        // A name and a time are whole in any case.
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), step)
    }

    fn get(&self) -> Option<(String, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps quiet while a person is being asked something.
    pub(crate) fn paused<T>(&self, ask: impl FnOnce() -> T) -> T {
        let step = self.set(None);
        let answer = ask();
        self.set(step);
        answer
    }
}

impl Steps {
    /// Starts the clock. Needs a runtime.
    pub(crate) fn new(console: &Console) -> Self {
        let (clock, open) = (Instant::now(), Open::default());
        let ticker = tokio::spawn(tick(console.clone(), clock, open.clone()));
        Self { console: console.clone(), clock, open, ticker }
    }

    /// The step under way, for whoever has to pause it.
    pub(crate) fn open(&self) -> Open {
        self.open.clone()
    }

    fn say(&self, line: &str) {
        say(&self.console, self.clock, line);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.ticker.abort();
    }
}

impl Progress for Steps {
    fn started(&mut self, step: &str) {
        self.say(&format!("{step} …"));
        self.open.set(Some((step.to_owned(), Instant::now())));
    }

    fn detail(&mut self, text: &str) {
        let text: String = text.chars().filter(|character| !character.is_control()).take(WIDTH).collect();
        self.say(&self.console.talk_style().dim(&format!("  {text}")));
    }

    fn finished(&mut self, step: &str, elapsed: Duration, outcome: Result<&str, &str>) {
        self.open.set(None);
        let style = self.console.talk_style();
        let took = style.dim(&format!("{:.1} s", elapsed.as_secs_f64()));
        match outcome {
            Ok("") => self.say(&format!("{step}: {} {took}", style.green("done"))),
            Ok(outcome) => self.say(&format!("{step}: {} {took}", style.green(outcome))),
            Err(reason) => self.say(&format!("{step}: {} {took}", style.red(reason))),
        }
    }
}

async fn tick(console: Console, clock: Instant, open: Open) {
    loop {
        tokio::time::sleep(TICK).await;
        if let Some((step, since)) = open.get().filter(|(_, since)| since.elapsed() >= TICK) {
            let line = format!("{step} … {} s", since.elapsed().as_secs());
            say(&console, clock, &console.talk_style().dim(&line));
        }
    }
}

fn say(console: &Console, clock: Instant, line: &str) {
    let elapsed = console.talk_style().dim(&format!("[{:6.1}s]", clock.elapsed().as_secs_f64()));
    console.say(format!("{elapsed} {line}"));
}
