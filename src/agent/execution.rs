//! One batch of calls: judged, approved, on record, run.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use dbwright_contract::{
    Assessment, CallCx, Effect, Fence, Outcome, Progress, Redactor, TokenBudget, ToolError, Toolbox, failpoint,
};
use dbwright_finding::Finding;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    approval::{Approver, Decision, PendingCall, PermissionMode, Verdict},
    emitter::Emitter,
    event::{Event, ToolStatus},
    interrupted::Doubts,
    journal::JournalError,
};
use crate::model::{Provenance, ToolCall, ToolReply};

/// What a session lends to its calls.
pub(super) struct Executor {
    pub(super) session_id: String,
    pub(super) toolbox: Toolbox,
    pub(super) approver: Arc<dyn Approver>,
    pub(super) mode: PermissionMode,
    pub(super) redactor: Redactor,
    /// The servers that calls are about: the same action elsewhere is another one.
    pub(super) target: String,
    /// Whether content from outside has entered the session.
    pub(super) tainted: bool,
    /// Exact actions that were approved for the rest of the session.
    pub(super) approved: HashSet<String>,
    /// Changes of which nobody knows whether they were made: they are asked about in every mode.
    pub(super) doubts: Doubts,
    /// What the calls of the running turn found, first finding of an id only.
    pub(super) found: Vec<Finding>,
}

/// A call with its arguments read and its effect judged.
struct Judged<'a> {
    call: &'a ToolCall,
    arguments: Value,
    assessment: Assessment,
}

/// A call that will not run, and why.
struct Unrun {
    status: ToolStatus,
    text: String,
}

struct Finished {
    result: Result<Outcome, ToolError>,
    elapsed_ms: u64,
}

impl Executor {
    /// Runs `calls` and returns their replies in the order of the calls. Observing calls that
    /// stand next to each other run together; all others run alone.
    pub(super) async fn run(
        &mut self,
        calls: &[ToolCall],
        cancel: &CancellationToken,
        emitter: &mut Emitter,
    ) -> Result<Vec<ToolReply>, JournalError> {
        let mut replies: Vec<ToolReply> = Vec::with_capacity(calls.len());
        let mut batch: Vec<Judged<'_>> = Vec::new();
        for call in calls {
            let judged = if cancel.is_cancelled() {
                Err(Unrun { status: ToolStatus::Cancelled, text: "not run: the turn was interrupted".to_owned() })
            } else {
                self.judge(call)
            };
            match judged {
                Ok(judged) if judged.assessment.effect.is_parallel() => batch.push(judged),
                Ok(judged) => {
                    replies.extend(self.run_batch(std::mem::take(&mut batch), cancel, emitter).await?);
                    replies.push(match self.approve(&judged, cancel, emitter).await? {
                        None => {
                            self.run_batch(vec![judged], cancel, emitter).await?.pop().unwrap_or_else(|| lost(call))
                        }
                        Some(unrun) => refuse(call, judged.arguments, unrun, emitter).await?,
                    });
                }
                Err(unrun) => {
                    replies.extend(self.run_batch(std::mem::take(&mut batch), cancel, emitter).await?);
                    replies.push(refuse(call, Value::from(call.arguments.as_str()), unrun, emitter).await?);
                }
            }
        }
        replies.extend(self.run_batch(batch, cancel, emitter).await?);
        Ok(replies)
    }

    fn judge<'a>(&self, call: &'a ToolCall) -> Result<Judged<'a>, Unrun> {
        let failed = |text: String| Unrun { status: ToolStatus::Failed, text };
        let tool = self.toolbox.get(&call.name).ok_or_else(|| {
            let names: Vec<&str> = self.toolbox.names().collect();
            failed(format!("there is no tool `{}` here; there are: {}", call.name, names.join(", ")))
        })?;
        let text = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
        let arguments: Value = serde_json::from_str(text).map_err(|error| {
            failed(format!("invalid arguments: not JSON ({error}); call {} again with one JSON object", call.name))
        })?;
        let assessment = tool.assess(&arguments).map_err(|error| failed(error.to_string()))?;
        match &assessment.refusal {
            Some(reason) => Err(Unrun { status: ToolStatus::Refused, text: format!("refused: {reason}") }),
            None => Ok(Judged { call, arguments, assessment }),
        }
    }

    /// `None` when the call may run.
    async fn approve(
        &mut self,
        judged: &Judged<'_>,
        cancel: &CancellationToken,
        emitter: &mut Emitter,
    ) -> Result<Option<Unrun>, JournalError> {
        let effect = judged.assessment.effect;
        let action = self.action(judged);
        let doubtful = self.doubts.holds(&judged.call.name, &self.clean_arguments(judged));
        match self.mode.verdict(effect, self.tainted) {
            Verdict::Allow if !doubtful => return Ok(None),
            Verdict::Ask if self.approved.contains(&action) && !doubtful => return Ok(None),
            Verdict::Allow | Verdict::Ask => {}
            Verdict::Deny => {
                let text = format!("refused: the permission mode does not allow {effect} calls");
                return Ok(Some(Unrun { status: ToolStatus::Refused, text }));
            }
        }
        let mut pending = PendingCall {
            call_id: judged.call.id.clone(),
            tool: judged.call.name.clone(),
            assessment: judged.assessment.clone(),
            action: action.clone(),
            tainted: self.tainted,
        };
        if doubtful {
            let summary = &judged.assessment.summary;
            pending.assessment.summary = format!("once more, after a run whose outcome is unknown: {summary}");
        }
        let decision = tokio::select! {
            decision = self.approver.decide(&pending) => decision,
            () = cancel.cancelled() => Decision::Deny { reason: "the turn was interrupted".to_owned() },
        };
        emitter
            .emit([Event::Approval {
                call_id: pending.call_id,
                effect,
                summary: self.redactor.redact(&pending.assessment.summary).into_owned(),
                preview: self.clean_preview(judged),
                action: action.clone(),
                tainted: self.tainted,
                decision: decision.clone(),
            }])
            .await?;
        Ok(match decision {
            Decision::Allow => None,
            Decision::AllowForSession => {
                self.approved.insert(action);
                None
            }
            Decision::Deny { reason } => {
                Some(Unrun { status: ToolStatus::Refused, text: format!("refused by the user: {reason}") })
            }
            Decision::Pending => Some(Unrun {
                status: ToolStatus::Pending,
                text: "not run: it needs an approval and nobody can answer here; it is listed as pending".to_owned(),
            }),
        })
    }

    async fn run_batch(
        &mut self,
        batch: Vec<Judged<'_>>,
        cancel: &CancellationToken,
        emitter: &mut Emitter,
    ) -> Result<Vec<ToolReply>, JournalError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        emitter.emit(batch.iter().map(|judged| self.started(judged))).await?;
        failpoint::reached("effect.intended");
        for judged in &batch {
            let arguments = self.clean_arguments(judged);
            self.doubts.clear(&judged.call.name, &arguments);
        }
        let (progress, mut progress_lines) = mpsc::unbounded_channel::<Progress>();
        // Tasks of their own: a call goes on while this one waits for the journal, which it may need
        // itself, and a panic in a tool ends that call only.
        let mut running: JoinSet<Result<Outcome, ToolError>> = JoinSet::new();
        let stop = cancel.child_token();
        let mut begun: HashMap<tokio::task::Id, (usize, Instant)> = HashMap::new();
        for (index, judged) in batch.iter().enumerate() {
            let call = self.call(judged, &stop, progress.clone());
            begun.insert(running.spawn(call).id(), (index, Instant::now()));
        }
        drop(progress);
        let mut replies: Vec<Option<ToolReply>> = batch.iter().map(|_| None).collect();
        let mut found: Vec<Finding> = Vec::new();
        let recorded = loop {
            let recorded = tokio::select! {
                biased;
                Some(line) = progress_lines.recv() => {
                    let message = self.redactor.redact(&line.message).into_owned();
                    emitter.emit([Event::ToolProgress { call_id: line.call_id, message }]).await
                }
                ended = running.join_next_with_id() => {
                    let Some(ended) = ended else { break Ok(()) };
                    let (id, result) = match ended {
                        Ok((id, result)) => (id, result),
                        Err(error) => (error.id(), Err(ToolError::Failed(format!("the tool failed unexpectedly: {error}")))),
                    };
                    let Some((index, began)) = begun.remove(&id) else { continue };
                    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    let (Some(judged), Some(slot)) = (batch.get(index), replies.get_mut(index)) else { continue };
                    self.finish(judged, Finished { result, elapsed_ms }, &mut found, emitter)
                        .await
                        .map(|reply| {
                            self.tainted |= reply.provenance.is_some();
                            *slot = Some(reply);
                        })
                }
            };
            if recorded.is_err() {
                break recorded;
            }
        };
        if let Err(error) = recorded {
            // What cannot be recorded must not go on; dropped in the middle it might stay half done.
            stop.cancel();
            while running.join_next().await.is_some() {}
            return Err(error);
        }
        for finding in found {
            if !self.found.iter().any(|known| known.id == finding.id) {
                self.found.push(finding);
            }
        }
        Ok(batch.iter().zip(replies).map(|(judged, reply)| reply.unwrap_or_else(|| lost(judged.call))).collect())
    }

    /// The arguments as they stand in the journal.
    fn clean_arguments(&self, judged: &Judged<'_>) -> Value {
        let mut arguments = judged.arguments.clone();
        self.redactor.redact_json(&mut arguments);
        arguments
    }

    fn clean_preview(&self, judged: &Judged<'_>) -> Option<String> {
        judged.assessment.preview.as_deref().map(|text| self.redactor.redact(text).into_owned())
    }

    /// Names one action: the tool, its arguments, what it said it would do, and where.
    fn action(&self, judged: &Judged<'_>) -> String {
        let Assessment { effect, preview, .. } = &judged.assessment;
        let said = serde_json::json!([judged.arguments, effect, preview, self.target]);
        fingerprint(&judged.call.name, &said)
    }

    fn started(&self, judged: &Judged<'_>) -> Event {
        let arguments = self.clean_arguments(judged);
        Event::ToolStarted {
            call_id: judged.call.id.clone(),
            name: judged.call.name.clone(),
            arguments,
            effect: judged.assessment.effect,
            summary: self.redactor.redact(&judged.assessment.summary).into_owned(),
            preview: if judged.assessment.effect > Effect::Rehearse { self.clean_preview(judged) } else { None },
        }
    }

    /// The call as a future that owns what it needs.
    fn call(
        &self,
        judged: &Judged<'_>,
        cancel: &CancellationToken,
        progress: mpsc::UnboundedSender<Progress>,
    ) -> impl Future<Output = Result<Outcome, ToolError>> + Send + 'static {
        let cx =
            CallCx::new(&self.session_id, &judged.call.id, cancel.child_token(), Some(progress)).tainted(self.tainted);
        let tool = self.toolbox.get(&judged.call.name).cloned();
        let (name, arguments) = (judged.call.name.clone(), judged.arguments.clone());
        async move {
            let result = match tool {
                Some(tool) => tool.call(&cx, arguments, TokenBudget::default()).await,
                None => Err(ToolError::Unavailable(format!("the tool {name} is gone"))),
            };
            failpoint::reached("effect.done");
            result
        }
    }

    async fn finish(
        &self,
        judged: &Judged<'_>,
        finished: Finished,
        found: &mut Vec<Finding>,
        emitter: &mut Emitter,
    ) -> Result<ToolReply, JournalError> {
        let call = judged.call;
        let provenance = self.provenance(&call.name, &finished.result);
        let (status, text, json, findings) = match finished.result {
            Ok(mut outcome) => {
                self.redactor.redact_json(&mut outcome.json);
                let text = self.redactor.redact(&outcome.text).into_owned();
                let findings = outcome.findings.into_iter().map(|finding| self.clean(finding)).collect();
                (ToolStatus::Ok, text, outcome.json, findings)
            }
            Err(error) => {
                let status = match &error {
                    ToolError::Refused(_) => ToolStatus::Refused,
                    ToolError::Cancelled => ToolStatus::Cancelled,
                    _ => ToolStatus::Failed,
                };
                (status, self.redactor.redact(&error.to_string()).into_owned(), Value::Null, Vec::new())
            }
        };
        let mut events = vec![Event::ToolFinished {
            call_id: call.id.clone(),
            name: call.name.clone(),
            status,
            text: text.clone(),
            json: json.clone(),
            elapsed_ms: finished.elapsed_ms,
            provenance: provenance.clone(),
        }];
        if let Some(Provenance { source, .. }) = &provenance
            && !self.tainted
        {
            let (call_id, name) = (call.id.clone(), call.name.clone());
            events.push(Event::Tainted { call_id, name, source: source.clone() });
        }
        found.extend(findings.iter().cloned());
        events.extend(
            findings.into_iter().map(|finding| Event::Finding { call_id: call.id.clone(), finding: Box::new(finding) }),
        );
        emitter.emit(events).await?;
        failpoint::reached("effect.recorded");
        let ok = status == ToolStatus::Ok;
        Ok(ToolReply { call_id: call.id.clone(), name: call.name.clone(), ok, text, json, provenance })
    }

    /// Where a result is from, if any of it is from outside. A server's error text is, too: names
    /// and values of rows stand in it.
    fn provenance(&self, tool: &str, result: &Result<Outcome, ToolError>) -> Option<Provenance> {
        match result {
            Ok(outcome) if !outcome.untrusted => None,
            Err(ToolError::Cancelled | ToolError::Arguments(_)) => None,
            Ok(_) | Err(_) => self.outside(tool),
        }
    }

    /// Where words of this tool are from, if it is one that brings them from outside.
    pub(super) fn outside(&self, tool: &str) -> Option<Provenance> {
        let tool = self.toolbox.get(tool).filter(|tool| tool.untrusted_output())?;
        Some(Provenance { source: tool.source().to_owned(), fence: Fence::random() })
    }

    /// A finding without secrets: its texts come from statements, files and keys.
    fn clean(&self, finding: Finding) -> Finding {
        let Ok(mut json) = serde_json::to_value(&finding) else { return finding };
        self.redactor.redact_json(&mut json);
        serde_json::from_value(json).unwrap_or(finding)
    }
}

/// The same tool with the same arguments, whatever the order of their keys.
pub(super) fn fingerprint(tool: &str, arguments: &Value) -> String {
    fn canonical(value: &Value, out: &mut String) {
        match value {
            Value::Object(object) => {
                let mut keys: Vec<&String> = object.keys().collect();
                keys.sort();
                out.push('{');
                for key in keys {
                    out.push_str(key);
                    out.push('\u{1}');
                    object.get(key).into_iter().for_each(|inner| canonical(inner, out));
                    out.push('\u{2}');
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                items.iter().for_each(|item| {
                    canonical(item, out);
                    out.push('\u{2}');
                });
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut text = format!("{tool}\u{0}");
    canonical(arguments, &mut text);
    Sha256::digest(text.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

async fn refuse(
    call: &ToolCall,
    arguments: Value,
    unrun: Unrun,
    emitter: &mut Emitter,
) -> Result<ToolReply, JournalError> {
    tracing::debug!(tool = %call.name, %arguments, "call not run");
    emitter
        .emit([Event::ToolFinished {
            call_id: call.id.clone(),
            name: call.name.clone(),
            status: unrun.status,
            text: unrun.text.clone(),
            json: Value::Null,
            elapsed_ms: 0,
            provenance: None,
        }])
        .await?;
    Ok(ToolReply {
        call_id: call.id.clone(),
        name: call.name.clone(),
        ok: false,
        text: unrun.text,
        json: Value::Null,
        provenance: None,
    })
}

/// A reply for a call whose future vanished: said plainly rather than left out, because every
/// call needs an answer in the transcript.
fn lost(call: &ToolCall) -> ToolReply {
    ToolReply {
        call_id: call.id.clone(),
        name: call.name.clone(),
        ok: false,
        text: "the call ended without a result".to_owned(),
        json: Value::Null,
        provenance: None,
    }
}
