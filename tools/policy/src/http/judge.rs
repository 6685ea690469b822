//! The ruling for `policy check`: `METHOD URL`, or a URL.

use dbwright_finding::Effect;

use super::vet::vet;
use crate::{Decision, Mode, Refusal, Ruling};

/// Methods that ask or tell. The others open tunnels or make a server repeat what it was sent.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Judges an outgoing request: `POST https://hooks.example.org/x`, or the URL alone. The mode is
/// about servers and makes no difference: where a request may go does not depend on it.
pub fn judge(input: &str, _mode: Mode) -> Ruling {
    let input = input.trim();
    let (method, url) = match input.split_once(char::is_whitespace) {
        Some((method, url)) if method.bytes().all(|byte| byte.is_ascii_alphabetic()) => (method, url.trim()),
        _ => ("POST", input),
    };
    if !METHODS.iter().any(|known| known.eq_ignore_ascii_case(method)) {
        let reason = format!("{method} is no method of a notification");
        return Ruling::block(Effect::Change, Refusal { rule: "http.method", reason });
    }
    match vet(url, &[]) {
        Ok(vetted) => {
            let reason = format!(
                "{} is outside and encrypted; the addresses that it resolves to are judged before they are dialled",
                vetted.host()
            );
            Ruling::new(Decision::Allow, Effect::Observe, "http.public", reason)
        }
        Err(refusal) => Ruling::block(Effect::Change, refusal),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
