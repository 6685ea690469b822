//! Small closed sets of words that stand for a value wherever they stand: languages, levels,
//! periods, platforms.

use super::kind::Kind;

const LANGUAGES: &[&str] = &[
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
    "en-us", "en-gb", "en_us", "en_gb", "de-de", "de_de", "fr-fr", "fr_fr", "es-es", "es_es", "pt-br", "pt_br",
    "zh-cn", "zh_cn",
];
const LEVELS: &[&str] = &["high", "low", "medium", "normal", "default", "critical", "urgent", "bulk"];
const PERIODS: &[&str] =
    &["hourly", "daily", "weekly", "monthly", "yearly", "hour", "day", "week", "month", "year", "minute", "second"];
const PLATFORMS: &[&str] = &["web", "ios", "android", "mobile", "desktop", "tablet"];

const ALL: [(Kind, &[&str]); 4] =
    [(Kind::Language, LANGUAGES), (Kind::Level, LEVELS), (Kind::Period, PERIODS), (Kind::Platform, PLATFORMS)];

/// The kind that all `words` share, when there are at least two and one set holds them all.
pub(crate) fn shared_kind(words: &[&[u8]]) -> Option<Kind> {
    if words.len() < 2 {
        return None;
    }
    let holds = |set: &[&str], word: &[u8]| set.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word));
    ALL.into_iter().find(|(_, set)| words.iter().all(|word| holds(set, word))).map(|(kind, _)| kind)
}
