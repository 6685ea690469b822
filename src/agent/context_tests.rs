use serde_json::Value;

use super::*;
use crate::model::ToolReply;

fn result(n: usize, bytes: usize) -> Item {
    Item::Tool(ToolReply {
        call_id: format!("c{n}"),
        name: "psql".into(),
        ok: true,
        text: "x".repeat(bytes),
        json: Value::Null,
        provenance: None,
    })
}

fn transcript() -> Vec<Item> {
    let mut items = vec![Item::User { text: "why is it slow?".into() }];
    items.extend((0..10).map(|n| result(n, 3_600)));
    items
}

#[test]
fn a_transcript_that_fits_is_sent_whole() {
    let profile = Profile { window: Some(128_000), ..Profile::default() };
    assert_eq!(fit(&transcript(), 5_000, profile), transcript());
}

#[test]
fn old_results_are_shortened_oldest_first_and_recent_ones_stay() {
    let profile = Profile { window: Some(12_000), ..Profile::default() };
    let fitted = fit(&transcript(), 1_000, profile);
    let lengths: Vec<usize> = fitted.iter().map(item_tokens).collect();
    assert!(lengths.iter().sum::<usize>() <= 8_000);
    assert_eq!(fitted[0], transcript()[0]);
    assert_ne!(fitted[1], transcript()[1]);
    assert_eq!(fitted[5..], transcript()[5..]);
}

#[test]
fn the_playbook_always_sees_everything() {
    let profile = Profile { window: Some(10), deterministic: true, ..Profile::default() };
    assert_eq!(fit(&transcript(), 0, profile), transcript());
}
