use super::*;

/// Reasoning and text of `pieces`.
fn split(pieces: &[&str]) -> (String, String) {
    let mut splitter = ThinkSplitter::default();
    let mut deltas: Vec<Delta> = pieces.iter().flat_map(|piece| splitter.push(piece)).collect();
    deltas.extend(splitter.finish());
    let (mut reasoning, mut text) = (String::new(), String::new());
    for delta in deltas {
        match delta {
            Delta::Reasoning(piece) => reasoning.push_str(&piece),
            Delta::Text(piece) => text.push_str(&piece),
            other => panic!("{other:?}"),
        }
    }
    (reasoning, text)
}

fn pair(reasoning: &str, text: &str) -> (String, String) {
    (reasoning.to_owned(), text.to_owned())
}

#[test]
fn tags_may_be_cut_anywhere() {
    let whole = "\n<think>a < b </thin k\n</think>\n\nIndex it.";
    for cut in 0..=whole.len() {
        let (left, right) = whole.split_at(cut);
        assert_eq!(split(&[left, right]), pair("a < b </thin k\n", "Index it."), "cut at {cut}");
    }
    let letters: Vec<String> = whole.chars().map(String::from).collect();
    assert_eq!(split(&letters.iter().map(String::as_str).collect::<Vec<_>>()), pair("a < b </thin k\n", "Index it."));
}

#[test]
fn a_tag_that_is_quoted_in_the_answer_is_text() {
    assert_eq!(split(&["The tag <think>x</think> is"]), pair("", "The tag <think>x</think> is"));
    assert_eq!(split(&["<think>x</think>a <think>b</think>"]), pair("x", "a <think>b</think>"));
}

#[test]
fn text_that_only_begins_like_a_tag_is_text() {
    assert_eq!(split(&["<thi", "s>"]), pair("", "<this>"));
    assert_eq!(split(&["<"]), pair("", "<"));
    assert_eq!(split(&["<thinking>a</thinking>b"]), pair("a", "b"));
}

#[test]
fn thinking_that_never_ends_stays_reasoning() {
    assert_eq!(split(&["<think>a</thi"]), pair("a</thi", ""));
}
