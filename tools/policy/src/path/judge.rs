//! May this file be read, or written?

use std::path::{Component, Path, PathBuf};

use dbwright_finding::Effect;

use super::{steering, withheld};
use crate::{Decision, Mode, Refusal, Ruling};

/// The longest path that Linux takes.
const LONGEST: usize = 4096;

/// Judges `PATH`, `read:PATH` or `write:PATH`, relative to the workspace. Links are followed and
/// checked when the file is opened; here only the text counts. Writing needs somebody's yes in
/// every mode.
pub fn judge(input: &str, mode: Mode) -> Ruling {
    judge_below(None, input, mode)
}

/// [`judge`], where absolute paths below `root` are welcome too.
pub fn judge_below(root: Option<&Path>, input: &str, _: Mode) -> Ruling {
    let (effect, given) = match input.split_once(':') {
        Some(("write", path)) => (Effect::WriteFiles, path),
        Some(("read", path)) => (Effect::Observe, path),
        _ => (Effect::Observe, input),
    };
    let block = |rule, reason: String| Ruling::block(effect, Refusal { rule, reason });
    let path = match inside(root, given) {
        Ok(path) => path,
        Err(refusal) => return Ruling::block(effect, refusal),
    };
    if let Some(reason) = withheld(&path) {
        return block("path.withheld", format!("{given} is withheld: {reason}"));
    }
    if effect == Effect::Observe {
        return Ruling::new(Decision::Allow, effect, "path.inside", "a file of the workspace");
    }
    if path.as_os_str().is_empty() {
        return block("path.folder", "the workspace itself is a folder, not a file".to_owned());
    }
    match steering(&path) {
        Some(reason) => block("path.steering", format!("{given}: {reason}")),
        None => Ruling::new(Decision::Ask, effect, "path.write", "it changes a file of the workspace"),
    }
}

/// The path relative to the workspace, without `.` and `..`.
fn inside(root: Option<&Path>, given: &str) -> Result<PathBuf, Refusal> {
    let refuse = |rule, reason: String| Err(Refusal { rule, reason });
    let shown: String = given.chars().filter(|c| !c.is_control()).take(200).collect();
    if given.chars().any(char::is_control) {
        return refuse("path.syntax", format!("{shown} has control characters in it"));
    }
    if given.len() > LONGEST {
        return refuse("path.syntax", format!("a path has at most {LONGEST} bytes"));
    }
    let text = given.trim();
    if text.starts_with('~') {
        return refuse("path.outside", format!("{shown}: homes are outside the workspace"));
    }
    if text.contains("://") || text.to_lowercase().starts_with("file:") {
        return refuse("path.outside", format!("{shown} is an address, not a path"));
    }
    if text.starts_with('\\')
        || text.split('\\').count() > 1 && text.split('\\').any(|part| part == "..")
        || drive(text)
    {
        return refuse("path.outside", format!("{shown} is a path of another system"));
    }
    let mut path = Path::new(text);
    if path.is_absolute() {
        path = match root.and_then(|root| path.strip_prefix(root).ok()) {
            Some(below) => below,
            None => return refuse("path.outside", format!("{shown} is outside: give paths relative to the workspace")),
        };
    }
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            _ => return refuse("path.outside", format!("{shown} climbs out of the workspace")),
        }
    }
    Ok(clean)
}

/// `C:\…`.
fn drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
