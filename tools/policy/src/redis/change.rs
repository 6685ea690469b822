//! The few changes that may run once somebody has approved the exact command.

use dbwright_finding::Effect;

use super::settings::is_tunable_setting;
use crate::{Mode, Refusal};

/// A change that needs approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Full name: `CONFIG|SET`.
    pub name: &'static str,
    /// The words as the server gets them.
    pub argv: Vec<Vec<u8>>,
    /// The most that it does.
    pub effect: Effect,
    /// What a person should know before saying yes.
    pub consequence: &'static str,
}

/// Name, least and greatest number of arguments, the mode that it needs, effect, consequence.
type Row = (&'static str, usize, usize, Mode, Effect, &'static str);

const CHANGES: &[Row] = &[
    (
        "MEMORY|PURGE",
        0,
        0,
        Mode::Maintain,
        Effect::Maintain,
        "asks the allocator to return free pages; the server may pause for some milliseconds",
    ),
    (
        "CONFIG|SET",
        2,
        40,
        Mode::Change,
        Effect::Change,
        "holds until the next restart unless CONFIG REWRITE or the configuration file keeps it; \
         a lower maxmemory or another maxmemory-policy can evict keys at once",
    ),
    ("EXPIRE", 2, 3, Mode::Change, Effect::Change, "the key disappears when its time has passed"),
    ("PEXPIRE", 2, 3, Mode::Change, Effect::Change, "the key disappears when its time has passed"),
    ("EXPIREAT", 2, 3, Mode::Change, Effect::Change, "the key disappears at that time, at once when it is past"),
    ("PEXPIREAT", 2, 3, Mode::Change, Effect::Change, "the key disappears at that time, at once when it is past"),
    ("PERSIST", 1, 1, Mode::Change, Effect::Change, "the key stays for ever"),
    ("UNLINK", 1, 1, Mode::Change, Effect::Destroy, "the key and its value are gone for good"),
];

/// Whether a full name is a change that could be approved in some mode.
pub(super) fn least_mode(full: &str) -> Option<Mode> {
    CHANGES.iter().find(|(name, ..)| *name == full).map(|(.., mode, _, _)| *mode)
}

/// The change that the words ask for, judged; `None` where they ask for something else, or for
/// more than `mode` has.
pub(super) fn judge(full: &str, argv: &[Vec<u8>], first: usize, mode: Mode) -> Option<Result<Change, Refusal>> {
    let (name, least, most, needed, effect, consequence) = CHANGES.iter().find(|(name, ..)| *name == full).copied()?;
    if mode < needed {
        return None;
    }
    let arguments = argv.get(first..).unwrap_or_default();
    let refuse = |rule, reason: String| Some(Err(Refusal { rule, reason }));
    if arguments.len() < least || arguments.len() > most {
        let shown = full.replace('|', " ");
        return refuse("redis.syntax", format!("{shown} takes {least} to {most} arguments here"));
    }
    if name == "CONFIG|SET" {
        if arguments.len() % 2 != 0 {
            return refuse("redis.syntax", "CONFIG SET takes pairs of a name and a value".to_owned());
        }
        for pair in arguments.chunks(2) {
            let setting = pair.first().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default();
            if !is_tunable_setting(&setting) {
                let shown: String = setting.chars().filter(|letter| !letter.is_control()).take(40).collect();
                return refuse(
                    "redis.setting",
                    format!(
                        "{shown} is not a setting that is changed from here: it belongs into the configuration file"
                    ),
                );
            }
        }
    }
    // `EXPIRE key -1` deletes.
    let deletes = name.contains("EXPIRE") && arguments.get(1).is_some_and(|time| is_at_most_zero(time));
    let effect = if deletes { Effect::Destroy } else { effect };
    Some(Ok(Change { name, argv: argv.to_vec(), effect, consequence }))
}

fn is_at_most_zero(time: &[u8]) -> bool {
    std::str::from_utf8(time).ok().and_then(|text| text.parse::<i64>().ok()).is_none_or(|time| time <= 0)
}
