//! The approval card in a terminal.

use std::io::BufRead;

use dbwright_contract::{Effect, visible};
use futures_util::future::BoxFuture;

use super::console::Console;
use crate::agent::{Approver, Decision, PendingCall};

/// Asks the person at the terminal.
#[derive(Debug, Clone)]
pub(super) struct TerminalApprover {
    console: Console,
}

impl TerminalApprover {
    /// Asks through `console`, reads standard input.
    pub(super) const fn new(console: Console) -> Self {
        Self { console }
    }

    fn card(&self, call: &PendingCall) -> String {
        let style = self.console.talk_style();
        let effect = call.assessment.effect;
        let colour =
            if effect >= Effect::Maintain { style.red(effect.as_str()) } else { style.yellow(effect.as_str()) };
        let mut card =
            format!("{} {} wants to: {}", colour, style.cyan(&visible(&call.tool)), visible(&call.assessment.summary));
        if call.tainted {
            let warning = "content from outside is in this session: is this what you asked for?";
            card.push_str(&format!("\n  {}", style.yellow(warning)));
        }
        // Whole, and with nothing in it that hides: the answer is about exactly this.
        let preview = call.assessment.preview.as_deref().map(visible);
        for line in preview.iter().flat_map(|preview| preview.lines()) {
            let shown = match line.chars().next() {
                Some('+') => style.green(line),
                Some('-') => style.red(line),
                _ => line.to_owned(),
            };
            card.push_str(&format!("\n  {shown}"));
        }
        card.push_str("\n  y once · a this exact action for the session · n no, or a reason:");
        card
    }
}

impl Approver for TerminalApprover {
    fn decide<'a>(&'a self, call: &'a PendingCall) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            self.console.say(self.card(call));
            let answer = tokio::task::spawn_blocking(|| {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line))
            })
            .await;
            match answer {
                Ok(Ok(Some(line))) => decision(line.trim()),
                _ => Decision::Deny { reason: "no answer".to_owned() },
            }
        })
    }
}

fn decision(answer: &str) -> Decision {
    match answer.to_lowercase().as_str() {
        "y" | "yes" => Decision::Allow,
        "a" | "always" => Decision::AllowForSession,
        "" | "n" | "no" => Decision::Deny { reason: "declined".to_owned() },
        _ => Decision::Deny { reason: answer.to_owned() },
    }
}
