//! The loop against a driver that follows a script, with real (tiny) tools.

use std::{
    borrow::Cow,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use dbwright_contract::{Assessment, CallCx, Effect, Redactor, Report, TokenBudget, Tool, ToolError, Toolbox};
use futures_util::{future::BoxFuture, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{Barrier, mpsc};

use super::*;
use crate::{
    agent::{Approver, Decision, Limits, MemoryJournal, PendingCall, PermissionMode, SessionParts, ToolStatus},
    model::{DeltaStream, Profile},
};

type Script = Vec<Result<Vec<Result<Delta, ModelError>>, ModelError>>;

/// Answers each request with the next entry of its script and keeps what it was asked.
struct Scripted {
    script: Mutex<Script>,
    asked: Mutex<Vec<Vec<Item>>>,
}

impl Scripted {
    fn new(mut script: Script) -> Arc<Self> {
        script.reverse();
        Arc::new(Self { script: Mutex::new(script), asked: Mutex::new(Vec::new()) })
    }
}

impl Model for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn stream<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<DeltaStream<'a>, ModelError>> {
        self.asked.lock().unwrap().push(request.items.clone());
        let next = self.script.lock().unwrap().pop().expect("the script has another entry");
        Box::pin(async move { next.map(|deltas| Box::pin(stream::iter(deltas)) as DeltaStream<'a>) })
    }
}

/// Never answers: only cancellation ends it.
struct Silent;

impl Model for Silent {
    fn name(&self) -> &str {
        "silent"
    }

    fn profile(&self) -> Profile {
        Profile::default()
    }

    fn stream<'a>(&'a self, _request: &'a Request) -> BoxFuture<'a, Result<DeltaStream<'a>, ModelError>> {
        Box::pin(async { Ok(Box::pin(stream::pending()) as DeltaStream<'a>) })
    }
}

#[derive(Deserialize, JsonSchema)]
struct Args {
    word: String,
}

#[derive(Serialize)]
struct Echoed {
    word: String,
}

impl Report for Echoed {
    fn for_model(&self, _budget: TokenBudget) -> Cow<'_, str> {
        Cow::Owned(format!("heard {}", self.word))
    }
}

/// Observing; two calls of it meet at a barrier, which proves that they overlap.
struct Meet(Arc<Barrier>);

impl Tool for Meet {
    const NAME: &'static str = "meet";
    const DESCRIPTION: &'static str = "Meets.";
    type Args = Args;
    type Output = Echoed;

    fn assess(&self, _args: &Args) -> Assessment {
        Assessment::observe("meet")
    }

    async fn call(&self, cx: &CallCx, args: Args) -> Result<Echoed, ToolError> {
        cx.progress("waiting for the other");
        self.0.wait().await;
        Ok(Echoed { word: args.word })
    }
}

/// Changing; counts how many run at once.
#[derive(Default)]
struct Alone {
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Tool for Alone {
    const NAME: &'static str = "alone";
    const DESCRIPTION: &'static str = "Changes.";
    type Args = Args;
    type Output = Echoed;

    fn assess(&self, args: &Args) -> Assessment {
        let assessment = Assessment::new(Effect::Change, "change").preview(format!("CHANGE {}", args.word));
        if args.word == "forbidden" { assessment.refuse("rule no_forbidden: say something else") } else { assessment }
    }

    async fn call(&self, _cx: &CallCx, args: Args) -> Result<Echoed, ToolError> {
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(Echoed { word: args.word })
    }
}

/// Waits until it is cancelled.
struct Forever;

impl Tool for Forever {
    const NAME: &'static str = "forever";
    const DESCRIPTION: &'static str = "Waits.";
    type Args = Args;
    type Output = Echoed;

    fn assess(&self, _args: &Args) -> Assessment {
        Assessment::observe("wait")
    }

    async fn call(&self, cx: &CallCx, _args: Args) -> Result<Echoed, ToolError> {
        cx.cancel.cancelled().await;
        Err(ToolError::Cancelled)
    }
}

/// Breaks.
struct Broken;

impl Tool for Broken {
    const NAME: &'static str = "broken";
    const DESCRIPTION: &'static str = "Breaks.";
    type Args = Args;
    type Output = Echoed;

    fn assess(&self, _args: &Args) -> Assessment {
        Assessment::observe("break")
    }

    async fn call(&self, _cx: &CallCx, _args: Args) -> Result<Echoed, ToolError> {
        panic!("a fault of ours")
    }
}

struct Always(Decision);

impl Approver for Always {
    fn decide<'a>(&'a self, _call: &'a PendingCall) -> BoxFuture<'a, Decision> {
        Box::pin(std::future::ready(self.0.clone()))
    }
}

struct Bench {
    session: Session,
    journal: Arc<MemoryJournal>,
    alone: Arc<Alone>,
}

fn bench(decision: Decision) -> Bench {
    let journal = Arc::new(MemoryJournal::default());
    let alone = Arc::new(Alone::default());
    let toolbox =
        Toolbox::new().with(Meet(Arc::new(Barrier::new(2)))).with(Arc::clone(&alone)).with(Forever).with(Broken);
    let session = Session::new(SessionParts {
        id: "s1".into(),
        system: "be brief".into(),
        toolbox,
        journal: Arc::clone(&journal) as Arc<dyn crate::agent::Journal>,
        approver: Arc::new(Always(decision)),
        mode: PermissionMode::Default,
        limits: Limits::default(),
        redactor: Redactor::new(),
        target: "here".into(),
    });
    Bench { session, journal, alone }
}

impl Bench {
    async fn turn(&mut self, model: Arc<dyn Model>) -> TurnOutcome {
        let (watcher, _events) = mpsc::unbounded_channel();
        self.session.turn(&Driver::only(model), "hello", &CancellationToken::new(), watcher).await.unwrap()
    }

    fn finished(&self) -> Vec<(String, ToolStatus, String)> {
        self.journal
            .entries()
            .into_iter()
            .filter_map(|entry| match entry.event {
                Event::ToolFinished { call_id, status, text, .. } => Some((call_id, status, text)),
                _ => None,
            })
            .collect()
    }
}

fn call(id: &str, name: &str, arguments: &str) -> Result<Delta, ModelError> {
    Ok(Delta::Call(ToolCall { id: id.into(), name: name.into(), arguments: arguments.into(), extra: Value::Null }))
}

fn calls(deltas: Vec<Result<Delta, ModelError>>) -> Result<Vec<Result<Delta, ModelError>>, ModelError> {
    let mut deltas = deltas;
    deltas.push(Ok(Delta::Finished(FinishReason::ToolCalls)));
    Ok(deltas)
}

fn says(text: &str) -> Result<Vec<Result<Delta, ModelError>>, ModelError> {
    Ok(vec![Ok(Delta::Text(text.into())), Ok(Delta::Finished(FinishReason::Stop))])
}

#[tokio::test]
async fn observing_calls_overlap_and_replies_keep_the_order_of_the_calls() {
    let mut bench = bench(Decision::Pending);
    let model = Scripted::new(vec![
        calls(vec![call("a", "meet", r#"{"word":"one"}"#), call("b", "meet", r#"{"word":"two"}"#)]),
        says("done"),
    ]);
    let outcome = bench.turn(model.clone()).await;
    assert_eq!((outcome.answer.as_str(), outcome.stop, outcome.steps), ("done", Stop::Answered, 2));
    let asked = model.asked.lock().unwrap();
    let replies: Vec<&str> = asked[1]
        .iter()
        .filter_map(|item| match item {
            Item::Tool(reply) => Some(reply.text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(replies, ["heard one", "heard two"]);
    let progress = bench.journal.entries().iter().filter(|e| matches!(e.event, Event::ToolProgress { .. })).count();
    assert_eq!(progress, 2);
}

#[tokio::test]
async fn changing_calls_run_one_at_a_time_after_approval() {
    let mut bench = bench(Decision::Allow);
    let model = Scripted::new(vec![
        calls(vec![call("a", "alone", r#"{"word":"one"}"#), call("b", "alone", r#"{"word":"two"}"#)]),
        says("done"),
    ]);
    bench.turn(model).await;
    assert_eq!(bench.alone.most.load(Ordering::SeqCst), 1);
    assert!(bench.finished().iter().all(|(_, status, _)| *status == ToolStatus::Ok));
    let kinds: Vec<&str> = bench.journal.entries().iter().map(|entry| entry.event.kind()).collect();
    let approval = kinds.iter().position(|kind| *kind == "approval").unwrap();
    let started = kinds.iter().position(|kind| *kind == "tool_started").unwrap();
    assert!(approval < started, "{kinds:?}");
}

#[tokio::test]
async fn a_denied_a_pending_and_a_refused_call_do_not_run() {
    for (decision, word, status, words) in [
        (Decision::Deny { reason: "not today".into() }, "x", ToolStatus::Refused, "not today"),
        (Decision::Pending, "x", ToolStatus::Pending, "nobody can answer"),
        (Decision::Allow, "forbidden", ToolStatus::Refused, "no_forbidden"),
    ] {
        let mut bench = bench(decision);
        let arguments = format!(r#"{{"word":"{word}"}}"#);
        bench.turn(Scripted::new(vec![calls(vec![call("a", "alone", &arguments)]), says("ok")])).await;
        let finished = bench.finished();
        assert_eq!(finished[0].1, status);
        assert!(finished[0].2.contains(words), "{finished:?}");
        assert_eq!(bench.alone.most.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn faulty_arguments_are_answered_with_the_fault() {
    let mut bench = bench(Decision::Pending);
    let model = Scripted::new(vec![
        calls(vec![
            call("a", "meet", r#"{"word":"#),
            call("b", "meet", r#"{"wrd":"x"}"#),
            call("c", "no_such_tool", "{}"),
        ]),
        says("sorry"),
    ]);
    bench.turn(model).await;
    let finished = bench.finished();
    assert!(finished[0].2.contains("not JSON"), "{finished:?}");
    assert!(finished[1].2.contains("missing field `word`") && finished[1].2.contains("\"properties\""), "{finished:?}");
    assert!(
        finished[2].2.contains("there is no tool `no_such_tool`") && finished[2].2.contains("meet"),
        "{finished:?}"
    );
}

#[tokio::test]
async fn the_same_call_with_the_same_reply_is_stopped() {
    let mut bench = bench(Decision::Pending);
    let again = |id: &str| calls(vec![call(id, "alone", r#"{"word":"x"}"#)]);
    let outcome = bench.turn(Scripted::new(vec![again("a"), again("b"), again("c"), says("never")])).await;
    assert_eq!(outcome.stop, Stop::Repetition { tool: "alone".into() });
}

#[tokio::test]
async fn step_and_token_limits_stop_the_turn() {
    let mut bench = bench(Decision::Pending);
    bench.session.limits.steps = 1;
    let script = || Scripted::new(vec![calls(vec![call("a", "alone", r#"{"word":"x"}"#)]), says("never")]);
    assert_eq!(bench.turn(script()).await.stop, Stop::StepLimit { limit: 1 });

    let mut bench = self::bench(Decision::Pending);
    bench.session.limits.tokens = Some(100);
    let spent = Ok(Delta::Usage(Usage { input_tokens: 90, output_tokens: 20, ..Usage::default() }));
    let script = vec![calls(vec![call("a", "alone", r#"{"word":"x"}"#), spent]), says("never")];
    assert!(matches!(bench.turn(Scripted::new(script)).await.stop, Stop::Budget { .. }));
}

#[tokio::test]
async fn cancelling_stops_a_running_call_and_is_on_record() {
    let mut bench = bench(Decision::Pending);
    let cancel = CancellationToken::new();
    let (watcher, mut events) = mpsc::unbounded_channel::<super::super::event::Recorded>();
    let stopper = cancel.clone();
    let watch = tokio::spawn(async move {
        while let Some(recorded) = events.recv().await {
            if matches!(recorded.event, Event::ToolStarted { .. }) {
                stopper.cancel();
            }
        }
    });
    let model = Scripted::new(vec![calls(vec![call("a", "forever", r#"{"word":"x"}"#)]), says("never")]);
    let outcome = bench.session.turn(&Driver::only(model), "wait", &cancel, watcher).await.unwrap();
    watch.await.unwrap();
    assert_eq!(outcome.stop, Stop::Cancelled);
    assert_eq!(bench.finished()[0].1, ToolStatus::Cancelled);
    assert_eq!(bench.journal.entries().last().map(|entry| entry.event.kind()), Some("turn_finished"));
}

#[tokio::test]
async fn cancelling_stops_a_silent_driver() {
    let mut bench = bench(Decision::Pending);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (watcher, _events) = mpsc::unbounded_channel();
    let outcome = bench.session.turn(&Driver::only(Arc::new(Silent)), "hi", &cancel, watcher).await.unwrap();
    assert_eq!(outcome.stop, Stop::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_busy_endpoint_is_asked_again_and_a_broken_one_is_replaced() {
    let busy = || {
        Err(ModelError::Busy { status: 429, message: "slow down".into(), retry_after: Some(Duration::from_secs(2)) })
    };
    let mut bench = bench(Decision::Pending);
    assert_eq!(bench.turn(Scripted::new(vec![busy(), says("late")])).await.answer, "late");

    let refused = || Err(ModelError::Refused { status: 400, message: "unknown model".into() });
    let (watcher, _events) = mpsc::unbounded_channel();
    let driver = Driver { model: Scripted::new(vec![refused()]), fallback: Some(Scripted::new(vec![says("floor")])) };
    let outcome = bench.session.turn(&driver, "hi", &CancellationToken::new(), watcher).await.unwrap();
    assert_eq!((outcome.answer.as_str(), outcome.stop), ("floor", Stop::Answered));

    let outcome = bench.turn(Scripted::new(vec![refused()])).await;
    assert!(matches!(outcome.stop, Stop::ModelFailed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_early_is_no_answer() {
    let mut bench = bench(Decision::Pending);
    let cut = Ok(vec![Ok(Delta::Text("half a sen".into()))]);
    let outcome = bench.turn(Scripted::new(vec![cut, says("whole sentence")])).await;
    assert_eq!(outcome.answer, "whole sentence");
}

#[tokio::test]
async fn duplicate_call_ids_are_told_apart() {
    let mut bench = bench(Decision::Allow);
    let model = Scripted::new(vec![
        calls(vec![
            call("x", "alone", r#"{"word":"1"}"#),
            call("x", "alone", r#"{"word":"2"}"#),
            call("", "alone", r#"{"word":"3"}"#),
        ]),
        says("done"),
    ]);
    bench.turn(model).await;
    let ids: Vec<String> = bench.finished().into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["x", "x_2", "call"]);
}

#[tokio::test]
async fn what_a_surface_sees_is_what_the_journal_has() {
    let mut bench = bench(Decision::Pending);
    let (watcher, mut events) = mpsc::unbounded_channel();
    let model = Scripted::new(vec![says("line one\nline two")]);
    bench.session.turn(&Driver::only(model), "hi", &CancellationToken::new(), watcher).await.unwrap();
    let mut seen = Vec::new();
    while let Ok(recorded) = events.try_recv() {
        seen.push(recorded);
    }
    assert_eq!(seen, bench.journal.entries());
    assert_eq!(seen.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=seen.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_panic_in_a_tool_ends_that_call_only() {
    let mut bench = bench(Decision::Pending);
    let model = Scripted::new(vec![calls(vec![call("a", "broken", r#"{"word":"x"}"#)]), says("went on")]);
    let outcome = bench.turn(model).await;
    assert_eq!(outcome.answer, "went on");
    assert_eq!(bench.finished()[0].1, ToolStatus::Failed);
}

/// Reads: its words come from outside.
fn reads(id: &str) -> Result<Vec<Result<Delta, ModelError>>, ModelError> {
    calls(vec![call(id, "broken", r#"{"word":"x"}"#)])
}

fn changes(id: &str, word: &str) -> Result<Vec<Result<Delta, ModelError>>, ModelError> {
    calls(vec![call(id, "alone", &format!(r#"{{"word":"{word}"}}"#))])
}

/// What was asked and how it was answered.
fn approvals(bench: &Bench) -> Vec<(String, bool, Decision)> {
    let entries = bench.journal.entries().into_iter();
    entries
        .filter_map(|entry| match entry.event {
            Event::Approval { action, tainted, decision, .. } => Some((action, tainted, decision)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn content_from_outside_takes_away_what_the_mode_allowed() {
    let mut bench = bench(Decision::Deny { reason: "no".into() });
    bench.session.set_mode(PermissionMode::BypassPermissions);
    bench.turn(Scripted::new(vec![changes("a", "before"), says("ok")])).await;
    assert_eq!(bench.finished()[0].1, ToolStatus::Ok, "nothing from outside yet");
    // The first change brought a result; from now on nothing changes without a person.
    assert!(bench.session.is_tainted());
    bench.turn(Scripted::new(vec![changes("b", "after"), says("ok")])).await;
    assert_eq!(bench.finished()[1].1, ToolStatus::Refused);
    let asked = approvals(&bench);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].1 && !asked[0].0.is_empty(), "{asked:?}");
    let tainted = bench.journal.entries().iter().filter(|entry| entry.event.kind() == "tainted").count();
    assert_eq!(tainted, 1, "said once");
}

#[tokio::test]
async fn a_session_that_is_taken_up_again_is_still_tainted() {
    let mut first = bench(Decision::Allow);
    first.turn(Scripted::new(vec![reads("a"), says("ok")])).await;
    let replayed = crate::agent::replay(first.journal.entries());
    assert!(replayed.tainted);
    let mut again = bench(Decision::Pending);
    again.session = again.session.resumed(replayed);
    again.session.set_mode(PermissionMode::BypassPermissions);
    again.turn(Scripted::new(vec![changes("b", "x"), says("ok")])).await;
    assert_eq!(again.finished().last().unwrap().1, ToolStatus::Pending);
}

#[tokio::test]
async fn an_answer_for_the_session_is_about_one_action_on_one_target() {
    let mut bench = bench(Decision::AllowForSession);
    for word in ["one", "one", "two"] {
        bench.turn(Scripted::new(vec![changes(word, word), says("ok")])).await;
    }
    let first = approvals(&bench);
    assert_eq!(first.len(), 2, "asked for each action once");
    assert_ne!(first[0].0, first[1].0);
    bench.session.executor.target = "elsewhere".into();
    bench.turn(Scripted::new(vec![changes("again", "one"), says("ok")])).await;
    let then = approvals(&bench);
    assert_eq!(then.len(), 3, "the same words about another server are another action");
    assert_ne!(then[2].0, then[0].0);
}

#[tokio::test]
async fn each_result_from_outside_has_a_fence_of_its_own_and_keeps_it() {
    let mut bench = bench(Decision::Allow);
    bench.turn(Scripted::new(vec![changes("a", "x"), changes("b", "y"), says("ok")])).await;
    let fences = |items: &[Item]| -> Vec<crate::model::Provenance> {
        items
            .iter()
            .filter_map(|item| match item {
                Item::Tool(reply) => reply.provenance.clone(),
                _ => None,
            })
            .collect()
    };
    let now = fences(bench.session.items());
    assert_eq!(now.len(), 2);
    assert_ne!(now[0], now[1]);
    assert_eq!(fences(&crate::agent::replay(bench.journal.entries()).items), now);
}

#[tokio::test]
async fn secrets_in_pieces_and_in_arguments_reach_no_record() {
    let mut bench = bench(Decision::Allow);
    bench.session.executor.redactor = Redactor::new().knows("correct-horse-battery".to_owned().into());
    let pieces = ["It is corr", "ect-horse-bat", "tery and postgres://a:hun", "ter22@h/d.\n"];
    let mut deltas: Vec<_> = pieces.iter().map(|piece| Ok(Delta::Text((*piece).to_owned()))).collect();
    deltas.extend(pieces.iter().map(|piece| Ok(Delta::Reasoning((*piece).to_owned()))));
    deltas.push(call("a", "alone", r#"{"word":"correct-horse-battery"}"#));
    deltas.push(Ok(Delta::Extra(serde_json::json!({"signature": "correct-horse-battery"}))));
    bench.turn(Scripted::new(vec![calls(deltas), says("ok")])).await;
    let journal = serde_json::to_string(&bench.journal.entries()).unwrap();
    let items = serde_json::to_string(bench.session.items()).unwrap();
    for secret in ["correct-horse", "battery", "hunter22", "hun"] {
        assert!(!journal.contains(secret) && !items.contains(secret), "{secret} in {journal}");
    }
    assert!(journal.contains("It is [redacted] and postgres://a:[redacted]@h/d."), "{journal}");
}
