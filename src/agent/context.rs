//! What of the transcript fits the model's window.
//!
//! The transcript itself only grows. When it outgrows the window, results of old calls are sent
//! as one line each; the newest ones, and every word of people and driver, stay whole.

use crate::model::{Item, Profile};

/// Share of the window that a request may fill; the rest is for the answer.
const FILL: f64 = 0.75;
/// Results that always stay whole.
const RECENT: usize = 6;

/// Tokens of `text`, estimated at 3.6 bytes each.
fn tokens(text: &str) -> usize {
    text.len() * 5 / 18
}

fn item_tokens(item: &Item) -> usize {
    match item {
        Item::User { text } => tokens(text),
        Item::Assistant { text, calls, .. } => {
            tokens(text) + calls.iter().map(|call| tokens(&call.arguments) + 12).sum::<usize>()
        }
        Item::Tool(reply) => tokens(&reply.text) + 8,
    }
}

/// The transcript as it is sent: whole when it fits, else with old results shortened.
pub(super) fn fit(items: &[Item], fixed_tokens: usize, profile: Profile) -> Vec<Item> {
    let mut fitted = items.to_vec();
    let (Some(window), false) = (profile.window, profile.deterministic) else { return fitted };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a 32-bit window")]
    let room = ((f64::from(window) * FILL) as usize).saturating_sub(fixed_tokens);
    let mut used: usize = fitted.iter().map(item_tokens).sum();
    let results = fitted.iter().filter(|item| matches!(item, Item::Tool(_))).count();
    let mut shortenable = results.saturating_sub(RECENT);
    for item in &mut fitted {
        if used <= room || shortenable == 0 {
            break;
        }
        let before = item_tokens(item);
        let Item::Tool(reply) = item else { continue };
        shortenable -= 1;
        reply.text =
            format!("[earlier result of {}, {} bytes, left out; call again if needed]", reply.name, reply.text.len());
        used = used - before + item_tokens(item);
    }
    fitted
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
