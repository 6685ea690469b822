//! What endpoints really send, as a table: events in, message or error out.

use serde_json::json;

use super::*;

/// A whole answer.
#[derive(Debug, PartialEq, Default)]
struct Message {
    reasoning: String,
    text: String,
    /// Id, name, arguments.
    calls: Vec<(String, String, String)>,
    extra: Value,
    usage: Usage,
    finish: Option<FinishReason>,
}

fn assemble_with(echo: Echo, events: &[Value]) -> Result<Message, ModelError> {
    let mut assembler = Assembler::new(echo, 36);
    let mut deltas = Vec::new();
    for event in events {
        deltas.extend(assembler.push(Chunk::read(event.clone()))?);
    }
    deltas.extend(assembler.close()?);
    let mut message = Message::default();
    for delta in deltas {
        assert!(message.finish.is_none(), "nothing follows the end");
        match delta {
            Delta::Reasoning(piece) => message.reasoning.push_str(&piece),
            Delta::Text(piece) => message.text.push_str(&piece),
            Delta::Call(call) => message.calls.push((call.id, call.name, call.arguments)),
            Delta::Extra(extra) => message.extra = extra,
            Delta::Usage(usage) => message.usage = usage,
            Delta::Finished(finish) => message.finish = Some(finish),
        }
    }
    Ok(message)
}

fn assemble(events: &[Value]) -> Result<Message, ModelError> {
    assemble_with(Echo::new(&["*"], &["reasoning_details", "extra_content"]), events)
}

fn delta(delta: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn piece(call: Value) -> Value {
    delta(json!({"tool_calls": [call]}))
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn calls(wanted: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    wanted.iter().map(|(id, name, arguments)| ((*id).into(), (*name).into(), (*arguments).into())).collect()
}

/// Streams of calls, and the calls in them.
#[test]
fn calls_however_they_are_keyed() {
    let f = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    type Calls = &'static [(&'static str, &'static str, &'static str)];
    let table: Vec<(&str, Vec<Value>, Calls)> = vec![
        (
            "openai: two interleaved calls in pieces",
            vec![
                piece(json!({"index": 0, "id": "a", "type": "function", "function": f("psql", "")})),
                piece(json!({"index": 1, "id": "b", "type": "function", "function": f("explain", "")})),
                piece(json!({"index": 0, "function": {"arguments": "{\"sql\":"}})),
                piece(json!({"index": 1, "function": {"arguments": "{}"}})),
                piece(json!({"index": 0, "function": {"arguments": "\"select 1\"}"}})),
            ],
            &[("a", "psql", "{\"sql\":\"select 1\"}"), ("b", "explain", "{}")],
        ),
        (
            "gemini: whole calls without index",
            vec![delta(json!({"tool_calls": [
                {"id": "a", "type": "function", "function": f("psql", "{\"n\":1}")},
                {"id": "b", "type": "function", "function": f("psql", "{\"n\":2}")},
            ]}))],
            &[("a", "psql", "{\"n\":1}"), ("b", "psql", "{\"n\":2}")],
        ),
        (
            "whole calls without index and without ids",
            vec![
                piece(json!({"function": f("psql", "{\"n\":1}")})),
                piece(json!({"id": "", "function": f("psql", "{\"n\":2}")})),
                piece(json!({"id": null, "function": f("explain", "{}")})),
            ],
            &[("call_1", "psql", "{\"n\":1}"), ("call_2", "psql", "{\"n\":2}"), ("call_3", "explain", "{}")],
        ),
        (
            "pieces without index: those without a name belong to the last call",
            vec![
                piece(json!({"id": "a", "function": f("psql", "")})),
                piece(json!({"function": {"arguments": "{\"n\":"}})),
                piece(json!({"function": {"arguments": "1}"}})),
                piece(json!({"id": "b", "function": f("explain", "")})),
                piece(json!({"id": "b", "function": {"arguments": "{}"}})),
            ],
            &[("a", "psql", "{\"n\":1}"), ("b", "explain", "{}")],
        ),
        (
            "older ollama: every call has index 0, ids differ",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":1}")})),
                piece(json!({"index": 0, "id": "b", "function": f("psql", "{\"n\":2}")})),
            ],
            &[("a", "psql", "{\"n\":1}"), ("b", "psql", "{\"n\":2}")],
        ),
        (
            "index 0 throughout, no ids at all",
            vec![
                piece(json!({"index": 0, "function": f("psql", "{\"n\":1}")})),
                piece(json!({"index": 0, "function": f("psql", "{\"n\":2}")})),
                piece(json!({"index": 0, "function": f("explain", "{}")})),
            ],
            &[("call_1", "psql", "{\"n\":1}"), ("call_2", "psql", "{\"n\":2}"), ("call_3", "explain", "{}")],
        ),
        (
            "same index, different ids, in pieces that come back to the first",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":")})),
                piece(json!({"index": 0, "id": "b", "function": f("psql", "{\"n\":")})),
                piece(json!({"index": 0, "id": "a", "function": {"arguments": "1}"}})),
                piece(json!({"index": 0, "id": "b", "function": {"arguments": "2}"}})),
            ],
            &[("a", "psql", "{\"n\":1}"), ("b", "psql", "{\"n\":2}")],
        ),
        (
            "id and name repeated in every piece",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":")})),
                piece(json!({"index": 0, "id": "a", "function": f("psql", "1}")})),
            ],
            &[("a", "psql", "{\"n\":1}")],
        ),
        (
            "name repeated in every piece, neither index nor id",
            vec![
                piece(json!({"function": f("psql", "")})),
                piece(json!({"function": f("psql", "{\"n\":")})),
                piece(json!({"function": f("psql", "1}")})),
            ],
            &[("call_1", "psql", "{\"n\":1}")],
        ),
        (
            "the id arrives late",
            vec![
                piece(json!({"index": 0, "function": f("psql", "{\"n\":")})),
                piece(json!({"index": 0, "id": "a", "function": {"arguments": "1}"}})),
            ],
            &[("a", "psql", "{\"n\":1}")],
        ),
        (
            "the same id for two calls",
            vec![
                piece(json!({"index": 0, "id": "x", "function": f("psql", "{\"n\":1}")})),
                piece(json!({"index": 1, "id": "x", "function": f("explain", "{}")})),
            ],
            &[("x", "psql", "{\"n\":1}"), ("x_2", "explain", "{}")],
        ),
        (
            "a whole call sent again at the end",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":")})),
                piece(json!({"index": 0, "function": {"arguments": "1}"}})),
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":1}")})),
            ],
            &[("a", "psql", "{\"n\":1}")],
        ),
        (
            "arguments as an object, index and id as other types",
            vec![piece(
                json!({"index": "0", "id": 7, "type": "", "function": {"name": "psql", "arguments": {"n": 1}}}),
            )],
            &[("7", "psql", "{\"n\":1}")],
        ),
        (
            "arguments empty, null, missing",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "")})),
                piece(json!({"index": 1, "id": "b", "function": {"name": "psql", "arguments": null}})),
                piece(json!({"index": 2, "id": "c", "function": {"name": "psql"}})),
            ],
            &[("a", "psql", "{}"), ("b", "psql", "{}"), ("c", "psql", "{}")],
        ),
        (
            "two objects glued together are two calls",
            vec![piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":1}{\"n\":2}")}))],
            &[("a", "psql", "{\"n\":1}"), ("a_2", "psql", "{\"n\":2}")],
        ),
        (
            "a placeholder before the arguments, and the arguments twice",
            vec![
                piece(json!({"index": 0, "id": "a", "function": f("psql", "{}{\"n\":1}")})),
                piece(json!({"index": 1, "id": "b", "function": f("psql", "{\"n\":2}{\"n\": 2}")})),
            ],
            &[("a", "psql", "{\"n\":1}"), ("b", "psql", "{\"n\":2}")],
        ),
        (
            "arguments encoded twice",
            vec![piece(json!({"index": 0, "id": "a", "function": f("psql", "\"{\\\"n\\\":1}\"")}))],
            &[("a", "psql", "{\"n\":1}")],
        ),
        (
            "broken arguments are handed on as they are",
            vec![piece(json!({"index": 0, "id": "a", "function": f("psql", "{\"n\":1")}))],
            &[("a", "psql", "{\"n\":1")],
        ),
        (
            "the function's fields on the call itself; the old function_call",
            vec![
                piece(json!({"index": 0, "id": "a", "name": "psql", "arguments": {}})),
                delta(json!({"function_call": {"name": "explain", "arguments": "{\"n\":1}"}})),
            ],
            &[("a", "psql", "{}"), ("call_2", "explain", "{\"n\":1}")],
        ),
        (
            "an empty entry is no call",
            vec![piece(json!({"index": 0, "function": {"name": "", "arguments": ""}})), piece(json!(null))],
            &[],
        ),
    ];
    for (name, mut events, wanted) in table {
        events.push(finish("stop"));
        let message = assemble(&events).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(message.calls, calls(wanted), "{name}");
        let reason = if wanted.is_empty() { FinishReason::Stop } else { FinishReason::ToolCalls };
        assert_eq!(message.finish, Some(reason), "{name}");
    }
}

/// Streams of words: text, reasoning.
#[test]
fn words_wherever_they_stand() {
    let table: Vec<(&str, Vec<Value>, &str, &str)> = vec![
        (
            "plain",
            vec![
                delta(json!({"role": "assistant", "content": ""})),
                delta(json!({"content": "a"})),
                delta(json!({"content": "b"})),
            ],
            "ab",
            "",
        ),
        ("missing id, created, model, object", vec![json!({"choices": [{"delta": {"content": "a"}}]})], "a", ""),
        (
            "missing index, delta null",
            vec![json!({"choices": [{"delta": null}]}), json!({"choices": [{"delta": {"content": "a"}}]})],
            "a",
            "",
        ),
        (
            "milliseconds, unknown tier, empty role",
            vec![
                json!({"created": 1.7e12, "service_tier": "on_demand", "choices": [{"index": 0, "delta": {"role": "", "content": "a"}}]}),
            ],
            "a",
            "",
        ),
        (
            "no choices, empty choices, choices null",
            vec![json!({}), json!({"choices": []}), json!({"choices": null}), delta(json!({"content": "a"}))],
            "a",
            "",
        ),
        (
            "azure: filter results first",
            vec![
                json!({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
                delta(json!({"content": "a"})),
            ],
            "a",
            "",
        ),
        (
            "content in parts",
            vec![delta(json!({"content": [{"type": "text", "text": "a"}, "b", {"type": "image_url"}, 7]}))],
            "ab",
            "",
        ),
        (
            "mistral: thinking parts",
            vec![delta(
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "r"}]}, {"type": "text", "text": "a"}]}),
            )],
            "a",
            "r",
        ),
        ("refusal", vec![delta(json!({"content": null, "refusal": "no"}))], "no", ""),
        ("reasoning_content", vec![delta(json!({"reasoning_content": "r"})), delta(json!({"content": "a"}))], "a", "r"),
        (
            "reasoning",
            vec![delta(json!({"reasoning": "r", "content": null})), delta(json!({"content": "a"}))],
            "a",
            "r",
        ),
        (
            "both names, same words",
            vec![delta(json!({"reasoning": "r", "reasoning_content": "r"})), delta(json!({"content": "a"}))],
            "a",
            "r",
        ),
        (
            "reasoning_details",
            vec![
                delta(json!({"reasoning_details": [{"type": "reasoning.text", "text": "r", "index": 0}]})),
                delta(json!({"content": "a"})),
            ],
            "a",
            "r",
        ),
        (
            "think tags over several events",
            vec![
                delta(json!({"content": "<th"})),
                delta(json!({"content": "ink>r</thi"})),
                delta(json!({"content": "nk>\n\na"})),
            ],
            "a",
            "r",
        ),
        (
            "a second choice is not ours",
            vec![json!({"choices": [{"index": 1, "delta": {"content": "x"}}]}), delta(json!({"content": "a"}))],
            "a",
            "",
        ),
        (
            "a body that is not streamed",
            vec![
                json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "a", "reasoning_content": "r"}, "finish_reason": "stop"}]}),
            ],
            "a",
            "r",
        ),
        (
            "the whole message after its parts",
            vec![
                delta(json!({"content": "a"})),
                json!({"choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]}),
            ],
            "a",
            "",
        ),
    ];
    for (name, mut events, text, reasoning) in table {
        events.push(finish("stop"));
        let message = assemble(&events).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((message.text.as_str(), message.reasoning.as_str()), (text, reasoning), "{name}");
        assert_eq!(message.finish, Some(FinishReason::Stop), "{name}");
    }
}

#[test]
fn reasons_to_end() {
    let text = delta(json!({"content": "a"}));
    let call = piece(json!({"index": 0, "id": "a", "function": {"name": "psql", "arguments": "{\"n\":1}"}}));
    let open = piece(json!({"index": 0, "id": "a", "function": {"name": "psql", "arguments": "{\"n\":"}}));
    let bare = piece(json!({"index": 0, "id": "a", "function": {"name": "psql"}}));
    for (events, reason, wanted) in [
        (&text, "stop", FinishReason::Stop),
        (&text, "end_turn", FinishReason::Stop),
        (&text, "eos", FinishReason::Stop),
        (&text, "length", FinishReason::Length),
        (&text, "MAX_TOKENS", FinishReason::Length),
        (&text, "content_filter", FinishReason::Filtered),
        (&text, "SAFETY", FinishReason::Filtered),
        (&call, "tool_calls", FinishReason::ToolCalls),
        (&call, "tool_use", FinishReason::ToolCalls),
        (&call, "stop", FinishReason::ToolCalls),
        (&call, "length", FinishReason::ToolCalls),
        (&open, "length", FinishReason::Length),
        (&bare, "length", FinishReason::Length),
        (&open, "tool_calls", FinishReason::ToolCalls),
    ] {
        let message = assemble(&[events.clone(), finish(reason)]).unwrap();
        assert_eq!(message.finish, Some(wanted), "{events} {reason}");
    }
}

#[test]
fn an_end_without_a_reason_is_an_error() {
    let text = delta(json!({"content": "half"}));
    for events in
        [vec![], vec![text.clone()], vec![text.clone(), finish("")], vec![text, json!({"usage": {"prompt_tokens": 3}})]]
    {
        let error = assemble(&events).unwrap_err();
        assert!(matches!(error, ModelError::BrokenOff(_)) && error.is_retryable(), "{error}");
    }
}

#[test]
fn errors_in_place_of_an_answer() {
    let in_stream = |message: &str| ModelError::InStream(message.to_owned());
    for (event, wanted) in [
        (json!({"error": {"message": "overloaded", "type": "server_error"}}), in_stream("overloaded")),
        (json!({"error": "overloaded"}), in_stream("overloaded")),
        (
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
            in_stream("Overloaded"),
        ),
        (json!({"object": "error", "message": "engine died", "code": 500}), in_stream("engine died")),
        (json!({"detail": "worker lost"}), in_stream("worker lost")),
        (json!({"error": {"code": 429, "message": "slow down"}}), in_stream("slow down")),
        (
            json!({"error": {"code": 502, "message": "upstream", "metadata": {"raw": "timeout"}}}),
            in_stream("upstream: timeout"),
        ),
        (json!([{"error": {"code": 503, "message": "busy"}}]), in_stream("busy")),
        (
            json!({"choices": [{"delta": {}, "finish_reason": "error", "error": {"message": "provider"}}]}),
            in_stream("provider"),
        ),
        (
            json!({"error": {"code": "400", "message": "too long"}}),
            ModelError::Refused { status: 400, message: "too long".into() },
        ),
    ] {
        let error = assemble(&[delta(json!({"content": "a"})), event.clone(), finish("stop")]).unwrap_err();
        assert_eq!(error, wanted, "{event}");
    }
    assert!(matches!(assemble(&[finish("error")]), Err(ModelError::InStream(_))));
    assert!(matches!(assemble(&[finish("MALFORMED_FUNCTION_CALL")]), Err(ModelError::BrokenOff(_))));
    // A null error is none.
    assert!(assemble(&[json!({"error": null, "choices": []}), finish("stop")]).is_ok());
}

#[test]
fn usage_in_every_shape() {
    let usage = |input_tokens, cached_tokens, output_tokens| Usage {
        input_tokens,
        cached_tokens,
        output_tokens,
        estimated: false,
    };
    for (name, sent, wanted) in [
        (
            "openai",
            json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}}),
            usage(9, 4, 3),
        ),
        (
            "null details",
            json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": null}),
            usage(9, 0, 3),
        ),
        ("deepseek", json!({"prompt_tokens": 9, "completion_tokens": 3, "prompt_cache_hit_tokens": 8}), usage(9, 8, 3)),
        ("anthropic names", json!({"input_tokens": 9, "output_tokens": 3}), usage(9, 0, 3)),
        (
            "gemini: reasoning only in the total",
            json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 40}),
            usage(9, 0, 31),
        ),
        ("floats", json!({"prompt_tokens": 9.0, "completion_tokens": 3.0}), usage(9, 0, 3)),
    ] {
        let events = [delta(json!({"content": "a"})), finish("stop"), json!({"choices": [], "usage": sent})];
        assert_eq!(assemble(&events).unwrap().usage, wanted, "{name}");
    }
}

#[test]
fn the_last_usage_counts_and_placeholders_do_not() {
    let with = |usage: Value| json!({"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": usage});
    let zero = json!({"prompt_tokens": 0, "completion_tokens": 0});
    let events = [
        with(json!(null)),
        with(json!({"prompt_tokens": 9, "completion_tokens": 1})),
        with(json!({"prompt_tokens": 9, "completion_tokens": 2})),
        with(zero),
        finish("stop"),
    ];
    let usage = assemble(&events).unwrap().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.estimated), (9, 2, false));
}

#[test]
fn missing_usage_is_estimated_and_marked() {
    let message = assemble(&[delta(json!({"content": "123456789012345678"})), finish("stop")]).unwrap();
    assert_eq!(message.usage, Usage { input_tokens: 10, cached_tokens: 0, output_tokens: 5, estimated: true });
}

#[test]
fn fields_to_echo_are_kept_and_others_are_not() {
    let signed = json!({"id": "a", "function": {"name": "psql", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "s"}}, "provider": "x"});
    let events = [
        delta(json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 0, "data": "AA"}], "native": 1})),
        delta(json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 0, "data": "BB"}]})),
        piece(signed),
        finish("stop"),
    ];
    let mut assembler = Assembler::new(Echo::new(&["extra_content"], &["reasoning_details"]), 0);
    for event in &events {
        assembler.push(Chunk::read(event.clone())).unwrap();
    }
    let deltas = assembler.close().unwrap();
    let call = deltas.iter().find_map(|delta| match delta {
        Delta::Call(call) => Some(call),
        _ => None,
    });
    assert_eq!(call.unwrap().extra, json!({"extra_content": {"google": {"thought_signature": "s"}}}));
    let message = assemble(&events).unwrap();
    assert_eq!(
        message.extra,
        json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 0, "data": "AABB"}]})
    );
    assert_eq!(assemble_with(Echo::default(), &events).unwrap().extra, Value::Null);
}

proptest::proptest! {
    #[test]
    fn no_event_panics(events in proptest::collection::vec(any_json(), 0..6)) {
        let _ = assemble(&events);
    }

    /// However arguments are cut, they come out whole.
    #[test]
    fn any_cut_of_arguments(cuts in proptest::collection::vec(0usize..30, 0..5)) {
        let arguments = "{\"sql\":\"select 1\",\"n\":[1,2]}";
        let mut at: Vec<usize> = cuts.into_iter().map(|cut| cut.min(arguments.len())).chain([0, arguments.len()]).collect();
        at.sort_unstable();
        let mut events = vec![piece(json!({"index": 0, "id": "a", "function": {"name": "psql", "arguments": ""}}))];
        events.extend(at.windows(2).map(|pair| piece(json!({"index": 0, "function": {"arguments": &arguments[pair[0]..pair[1]]}}))));
        events.push(finish("tool_calls"));
        proptest::prop_assert_eq!(assemble(&events).unwrap().calls, calls(&[("a", "psql", arguments)]));
    }
}

/// JSON that has the protocol's names in the wrong places.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["", "stop", "<think>", "{", "{}", "a"]).prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "choices",
        "delta",
        "message",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "index",
        "id",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "total_tokens",
        "error",
        "code",
        "reasoning_details",
        "text",
        "type",
    ]);
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}
