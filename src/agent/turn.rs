//! The loop: ask the driver, run its calls, ask again, until it answers or a limit says stop.

use std::{collections::HashMap, sync::Arc, time::Duration};

use dbwright_contract::StreamRedactor;
use futures_util::StreamExt;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    context::fit,
    emitter::Emitter,
    event::{Event, Stop},
    execution::fingerprint,
    grounding::ungrounded_figures,
    journal::JournalError,
    session::{Driver, Session, TurnOutcome},
};
use crate::model::{Delta, FinishReason, Item, Model, ModelError, Request, ToolCall, Usage};

/// Attempts at one exchange before the driver counts as failed.
const ATTEMPTS: u32 = 4;
/// Longest wait between attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One message of the driver.
#[derive(Default)]
struct Message {
    text: String,
    calls: Vec<ToolCall>,
    extra: Value,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
}

/// Why an exchange gave no message.
enum Broken {
    Cancelled,
    Model(ModelError),
    Journal(JournalError),
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

pub(super) struct Turn<'a> {
    session: &'a mut Session,
    model: Arc<dyn Model>,
    fallback: Option<Arc<dyn Model>>,
    cancel: &'a CancellationToken,
    emitter: Emitter,
    steps: u32,
    /// Tokens of the system prompt and the tools: the same for every exchange of the turn.
    fixed_tokens: usize,
    /// How often each call gave the same reply in this turn.
    repeated: HashMap<String, u32>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        driver: &Driver,
        cancel: &'a CancellationToken,
        emitter: Emitter,
    ) -> Self {
        let Driver { model, fallback } = driver.clone();
        let schemas = session.executor.toolbox.specs().iter().map(|tool| tool.parameters.to_string().len());
        let fixed_tokens = (session.system.len() + schemas.sum::<usize>()) * 5 / 18;
        Self { session, model, fallback, cancel, emitter, steps: 0, fixed_tokens, repeated: HashMap::new() }
    }

    pub(super) async fn run(mut self, input: &str) -> Result<TurnOutcome, JournalError> {
        self.settle_interrupted().await?;
        self.session.turns += 1;
        let turn = self.session.turns;
        let input = self.session.executor.redactor.redact(input).into_owned();
        self.emitter
            .emit([Event::TurnStarted { turn, input: input.clone(), driver: self.model.name().to_owned() }])
            .await?;
        self.session.items.push(Item::User { text: input });
        let (stop, answer) = self.exchange_until_answered().await?;
        if !answer.is_empty() && !self.model.profile().deterministic {
            self.check_grounding(&answer).await?;
        }
        let findings = std::mem::take(&mut self.session.executor.found);
        self.emitter
            .emit([Event::TurnFinished { turn, stop: stop.clone(), steps: self.steps, answer: answer.clone() }])
            .await?;
        Ok(TurnOutcome { answer, stop, steps: self.steps, driver: self.model.name().to_owned(), findings })
    }

    /// Finds out how the calls ended that were under way when the process was lost.
    async fn settle_interrupted(&mut self) -> Result<(), JournalError> {
        let calls = std::mem::take(&mut self.session.interrupted);
        if calls.is_empty() {
            return Ok(());
        }
        let replies = self.session.executor.settle(&calls, self.cancel, &mut self.emitter).await?;
        self.session.items.extend(replies.into_iter().map(Item::Tool));
        Ok(())
    }

    async fn exchange_until_answered(&mut self) -> Result<(Stop, String), JournalError> {
        loop {
            if self.cancel.is_cancelled() {
                return Ok((Stop::Cancelled, String::new()));
            }
            if let Some(stop) = self.session.limits.exceeded(self.steps, self.session.total, self.session.cost_usd) {
                return Ok((stop, String::new()));
            }
            self.steps += 1;
            let message = match self.ask().await {
                Ok(message) => message,
                Err(Broken::Cancelled) => return Ok((Stop::Cancelled, String::new())),
                Err(Broken::Journal(error)) => return Err(error),
                Err(Broken::Model(error)) => {
                    if self.fall_back(&error).await? {
                        continue;
                    }
                    return Ok((Stop::ModelFailed { message: error.to_string() }, String::new()));
                }
            };
            let Message { text, mut calls, extra, usage, finish } = message;
            if let Some(cut) = cut_short(finish, &calls) {
                // A cut answer may hold half a call: running it would be a guess.
                calls.clear();
                self.emitter.emit([Event::Notice { text: cut.into() }]).await?;
            }
            // What is called and what is kept differ where the driver wrote a secret.
            let kept = self.without_secrets(&calls);
            let extra = self.known_secrets_out(extra);
            let message = Event::Message { text: text.clone(), calls: kept.clone(), extra: extra.clone() };
            // One durable write for both.
            let events: Vec<Event> = std::iter::once(message).chain(self.account(usage)).collect();
            self.emitter.emit(events).await?;
            self.session.items.push(Item::Assistant { text: text.clone(), calls: kept, extra });
            if calls.is_empty() {
                return Ok((Stop::Answered, text));
            }
            let replies = self.session.executor.run(&calls, self.cancel, &mut self.emitter).await?;
            let repetition =
                self.repetition(&calls, &replies.iter().map(|reply| reply.text.as_str()).collect::<Vec<_>>());
            self.session.items.extend(replies.into_iter().map(Item::Tool));
            if let Some(tool) = repetition {
                return Ok((Stop::Repetition { tool }, String::new()));
            }
        }
    }

    /// One exchange, retried while that can help and nothing has been shown yet.
    async fn ask(&mut self) -> Result<Message, Broken> {
        let request = self.request();
        let model = Arc::clone(&self.model);
        let mut attempt = 1;
        loop {
            let mut shown = false;
            let error = match self.listen(model.as_ref(), &request, &mut shown).await {
                Err(Broken::Model(error)) => error,
                other => return other,
            };
            if !error.is_retryable() || attempt >= ATTEMPTS {
                return Err(Broken::Model(error));
            }
            let wait = error.retry_after().unwrap_or(Duration::from_millis(500) * 2u32.pow(attempt)).min(LONGEST_WAIT);
            let again = if shown { "; the answer starts again" } else { "" };
            let text = format!("{error}; trying again in {:.1} s{again}", wait.as_secs_f64());
            self.emitter
                .emit([Event::Notice { text: self.session.executor.redactor.redact(&text).into_owned() }])
                .await?;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cancel.cancelled() => return Err(Broken::Cancelled),
            }
            attempt += 1;
        }
    }

    fn request(&self) -> Request {
        Request {
            system: self.session.system.clone(),
            items: fit(&self.session.items, self.fixed_tokens, self.model.profile()),
            tools: self.session.executor.toolbox.specs().to_vec(),
            max_output_tokens: None,
            output_schema: self.session.output_schema.clone(),
        }
    }

    async fn listen(&mut self, model: &dyn Model, request: &Request, shown: &mut bool) -> Result<Message, Broken> {
        let cancel = self.cancel;
        let mut stream = tokio::select! {
            stream = model.stream(request) => stream.map_err(Broken::Model)?,
            () = cancel.cancelled() => return Err(Broken::Cancelled),
        };
        let mut message = Message::default();
        // A secret may come in two pieces: what could still become one is held back.
        let mut words = StreamRedactor::default();
        let mut thoughts = StreamRedactor::default();
        loop {
            let delta = tokio::select! {
                delta = stream.next() => delta,
                () = cancel.cancelled() => {
                    self.let_out(&mut words, &mut thoughts).await?;
                    return Err(Broken::Cancelled);
                }
            };
            match delta {
                Some(Ok(Delta::Text(piece))) => {
                    *shown = true;
                    message.text.push_str(&piece);
                    let clean = words.push(&self.session.executor.redactor, &piece);
                    self.emitter.text(&clean).await?;
                }
                Some(Ok(Delta::Reasoning(piece))) => {
                    let text = thoughts.push(&self.session.executor.redactor, &piece);
                    if !text.is_empty() {
                        self.emitter.emit([Event::Reasoning { text }]).await?;
                    }
                }
                Some(Ok(Delta::Call(call))) => message.calls.push(call),
                Some(Ok(Delta::Extra(extra))) => message.extra = extra,
                Some(Ok(Delta::Usage(usage))) => message.usage = Some(usage),
                Some(Ok(Delta::Finished(reason))) => message.finish = Some(reason),
                Some(Err(error)) => {
                    self.let_out(&mut words, &mut thoughts).await?;
                    return Err(Broken::Model(error));
                }
                None if message.finish.is_none() => {
                    self.let_out(&mut words, &mut thoughts).await?;
                    let why = "the stream ended without saying that it was finished".to_owned();
                    return Err(Broken::Model(ModelError::BrokenOff(why)));
                }
                None => {
                    self.let_out(&mut words, &mut thoughts).await?;
                    message.text = self.session.executor.redactor.redact(&message.text).into_owned();
                    message.calls = unique_ids(message.calls, &self.session.items);
                    return Ok(message);
                }
            }
        }
    }

    /// The end of a stream: records what was held back.
    async fn let_out(&mut self, words: &mut StreamRedactor, thoughts: &mut StreamRedactor) -> Result<(), JournalError> {
        let redactor = &self.session.executor.redactor;
        let (text, thought) = (words.finish(redactor), thoughts.finish(redactor));
        self.emitter.text(&text).await?;
        let thought = (!thought.is_empty()).then_some(Event::Reasoning { text: thought });
        self.emitter.emit(thought).await
    }

    /// Calls as they are kept and sent again.
    fn without_secrets(&self, calls: &[ToolCall]) -> Vec<ToolCall> {
        let redactor = &self.session.executor.redactor;
        let clean = |call: &ToolCall| {
            let arguments = match serde_json::from_str::<Value>(&call.arguments) {
                Ok(read) => {
                    let mut clean = read.clone();
                    redactor.redact_json(&mut clean);
                    // As the driver wrote them where nothing was secret: endpoints cache the text.
                    if clean == read { call.arguments.clone() } else { clean.to_string() }
                }
                Err(_) => redactor.redact(&call.arguments).into_owned(),
            };
            ToolCall { arguments, extra: self.known_secrets_out(call.extra.clone()), ..call.clone() }
        };
        calls.iter().map(clean).collect()
    }

    /// Fields of the endpoint are signed blobs: only what is known to be secret is taken out.
    fn known_secrets_out(&self, extra: Value) -> Value {
        fn clean(value: &mut Value, redactor: &dbwright_contract::Redactor) {
            match value {
                Value::String(text) => {
                    if let std::borrow::Cow::Owned(clean) = redactor.without_known(text) {
                        *text = clean;
                    }
                }
                Value::Array(items) => items.iter_mut().for_each(|item| clean(item, redactor)),
                Value::Object(object) => object.values_mut().for_each(|item| clean(item, redactor)),
                _ => {}
            }
        }
        let mut extra = extra;
        clean(&mut extra, &self.session.executor.redactor);
        extra
    }

    /// Hands the rest of the turn to the fallback, if there is one.
    async fn fall_back(&mut self, error: &ModelError) -> Result<bool, JournalError> {
        let Some(fallback) = self.fallback.take() else { return Ok(false) };
        let text = format!("{error}; the {} finishes this turn", fallback.name());
        self.emitter.emit([Event::Notice { text: self.session.executor.redactor.redact(&text).into_owned() }]).await?;
        self.model = fallback;
        Ok(true)
    }

    /// Adds an exchange to the session's sums.
    fn account(&mut self, usage: Option<Usage>) -> Option<Event> {
        let usage = usage?;
        self.session.total += usage;
        if let Some(cost) = self.model.profile().cost(usage) {
            *self.session.cost_usd.get_or_insert(0.0) += cost;
        }
        Some(Event::Usage { usage, total: self.session.total, cost_usd: self.session.cost_usd })
    }

    /// The tool that was called with the same arguments and gave the same reply too often.
    fn repetition(&mut self, calls: &[ToolCall], replies: &[&str]) -> Option<String> {
        for (call, reply) in calls.iter().zip(replies) {
            let arguments =
                serde_json::from_str(&call.arguments).unwrap_or_else(|_| Value::from(call.arguments.as_str()));
            let key = fingerprint(&call.name, &Value::from(vec![arguments, Value::from(*reply)]));
            let seen = self.repeated.entry(key).or_insert(0);
            *seen += 1;
            if *seen >= self.session.limits.repetitions {
                return Some(call.name.clone());
            }
        }
        None
    }

    async fn check_grounding(&mut self, answer: &str) -> Result<(), JournalError> {
        let figures = ungrounded_figures(answer, &self.session.items);
        if figures.is_empty() {
            return Ok(());
        }
        let text = format!("no tool result of this session contains: {}", figures.join(", "));
        self.emitter.emit([Event::Notice { text }]).await
    }
}

/// What people must know of an answer that the endpoint ended early.
const fn cut_short(finish: Option<FinishReason>, calls: &[ToolCall]) -> Option<&'static str> {
    match finish {
        Some(FinishReason::Length) if calls.is_empty() => Some("the answer hit the output limit and is cut short"),
        Some(FinishReason::Length) => Some("the answer hit the output limit; its calls were not run"),
        Some(FinishReason::Filtered) if calls.is_empty() => Some("the endpoint's content filter cut the answer short"),
        Some(FinishReason::Filtered) => Some("the endpoint's content filter cut the answer; its calls were not run"),
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None => None,
    }
}

/// Endpoints repeat or omit call ids; replies need them unique within the session.
fn unique_ids(calls: Vec<ToolCall>, items: &[Item]) -> Vec<ToolCall> {
    let mut known: std::collections::HashSet<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Assistant { calls, .. } => Some(calls.iter().map(|call| call.id.clone())),
            _ => None,
        })
        .flatten()
        .collect();
    calls
        .into_iter()
        .map(|mut call| {
            let base = if call.id.is_empty() { "call".to_owned() } else { call.id.clone() };
            let mut id = base.clone();
            let mut n = 1;
            while id.is_empty() || known.contains(&id) {
                n += 1;
                id = format!("{base}_{n}");
            }
            known.insert(id.clone());
            call.id = id;
            call
        })
        .collect()
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
