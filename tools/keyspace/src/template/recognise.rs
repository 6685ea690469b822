//! Recognises the kind of one run of bytes. Each recogniser is exact about shape and says no
//! rather than guess; what only counting can tell is left to the tree.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::kind::Kind;

/// The kind of a whole segment, when its shape alone says so.
pub(crate) fn whole(segment: &[u8]) -> Option<Kind> {
    if segment.is_empty() {
        return None;
    }
    if !is_text(segment) {
        return Some(Kind::Binary);
    }
    word(segment)
        .or_else(|| uuid_len(segment).filter(|len| *len == segment.len()).map(|_| Kind::Uuid))
        .or_else(|| date_len(segment).filter(|len| *len == segment.len()).map(|_| Kind::Date))
        .or_else(|| is_number(segment).then_some(Kind::Number))
        .or_else(|| is_ipv4(segment).then_some(Kind::Address))
        .or_else(|| is_email(segment).then_some(Kind::Email))
        .or_else(|| is_prose(segment).then_some(Kind::Text))
        .or_else(|| is_token(segment).then_some(Kind::Token))
}

/// The kind of a run of letters and digits.
pub(crate) fn word(run: &[u8]) -> Option<Kind> {
    if run.is_empty() || !run.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == run.len() {
        return Some(number_kind(run));
    }
    if digits == 0 {
        return None;
    }
    let is_hex = run.iter().all(u8::is_ascii_hexdigit) && !has_both_cases(run);
    if is_hex && (run.len() >= 16 || (run.len() >= 8 && digits >= 2)) {
        return Some(Kind::Hex);
    }
    if run.len() == 26 && run.iter().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(b))) {
        return Some(Kind::Ulid);
    }
    is_token(run).then_some(Kind::Token)
}

fn has_both_cases(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase)
}

/// A date, an epoch or a plain number, by length and range.
fn number_kind(digits: &[u8]) -> Kind {
    let value = digits.iter().take(18).fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    // 2025011510 as seconds is in 2034: an hour of a day is far more likely.
    let is_moment = |scale: u64, rest: &[u64]| {
        let day = value / scale;
        is_calendar_day(day / 10_000, day / 100 % 100, day % 100) && rest.iter().all(|part| *part < 60)
    };
    match digits.len() {
        10 if is_moment(100, &[value % 100]) && value % 100 < 24 && value >= 2_000_000_000 => Kind::Date,
        12 if is_moment(10_000, &[value % 100]) && value / 100 % 100 < 24 => Kind::Date,
        14 if is_moment(1_000_000, &[value % 100, value / 100 % 100]) && value / 10_000 % 100 < 24 => Kind::Date,
        8 if is_calendar_day(value / 10_000, value / 100 % 100, value % 100) => Kind::Date,
        10 if (1_000_000_000..2_200_000_000).contains(&value) => Kind::Epoch,
        13 if (1_000_000_000_000..2_200_000_000_000).contains(&value) => Kind::Epoch,
        _ => Kind::Id,
    }
}

fn is_calendar_day(year: u64, month: u64, day: u64) -> bool {
    (1970..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Valid UTF-8 without control characters.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) && std::str::from_utf8(bytes).is_ok()
}

fn is_number(bytes: &[u8]) -> bool {
    let body = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let dots = body.iter().filter(|byte| **byte == b'.').count();
    (dots == 1 || body.len() < bytes.len())
        && dots <= 1
        && body.first().is_some_and(u8::is_ascii_digit)
        && body.last().is_some_and(u8::is_ascii_digit)
        && body.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

fn is_ipv4(bytes: &[u8]) -> bool {
    bytes.len() >= 7
        && bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

fn is_email(bytes: &[u8]) -> bool {
    let mut parts = bytes.split(|byte| *byte == b'@');
    let (Some(user), Some(host), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    !user.is_empty()
        && host.len() >= 3
        && host.contains(&b'.')
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
        && user.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte))
}

/// Several words with spaces between them, or percent escapes.
fn is_prose(bytes: &[u8]) -> bool {
    bytes.contains(&b' ')
        || bytes.windows(3).any(|w| matches!(w, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// Base64-like text of at least 16 characters that changes its character class often enough to
/// be random: words in camel or snake case do not.
fn is_token(bytes: &[u8]) -> bool {
    if bytes.len() < 16 || !bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_+=.".contains(b)) {
        return false;
    }
    if bytes.starts_with(b"eyJ") && bytes.iter().filter(|byte| **byte == b'.').count() == 2 {
        return true;
    }
    // A joined name is a token only when its letters mix cases, as base64url does.
    if bytes.iter().any(|byte| b"-_.".contains(byte)) && !has_both_cases(bytes) {
        return false;
    }
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0u8,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let letters_and_digits = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    let changes = bytes
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if class(a) != class(b) && class(a) < 3 && class(b) < 3))
        .count();
    letters_and_digits && changes * 4 >= bytes.len() && !bytes.contains(&b'.')
}

/// Length of a UUID at the start of `bytes`.
pub(crate) fn uuid_len(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..36)?;
    let shaped = head.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (shaped && bytes.get(36).is_none_or(|next| !next.is_ascii_alphanumeric())).then_some(36)
}

/// Length of a date at the start of `bytes`: `2024-01`, `2024-01-15`, `2024-W03`,
/// `2024-01-15T10`, `2024-01-15-10`, with optional `:MM:SS` and zone after a `T`.
pub(crate) fn date_len(bytes: &[u8]) -> Option<usize> {
    let number = |from: usize, len: usize| -> Option<u64> {
        let digits = bytes.get(from..from + len)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |sum, d| sum * 10 + u64::from(d - b'0')))
    };
    let byte = |at: usize| bytes.get(at).copied();
    let ends = |at: usize| byte(at).is_none_or(|next| !next.is_ascii_alphanumeric());
    let year = number(0, 4).filter(|year| (1970..2100).contains(year))?;
    if byte(4) != Some(b'-') {
        return None;
    }
    if byte(5) == Some(b'W') && number(6, 2).is_some_and(|week| (1..=53).contains(&week)) && ends(8) {
        return Some(8);
    }
    let month = number(5, 2).filter(|month| (1..=12).contains(month))?;
    if byte(7) != Some(b'-') || number(8, 2).is_none() {
        return ends(7).then_some(7);
    }
    let day = number(8, 2)?;
    if !is_calendar_day(year, month, day) {
        return None;
    }
    let hour = number(11, 2).filter(|hour| *hour < 24);
    match byte(10) {
        Some(b'T' | b' ') if hour.is_some() => Some(time_end(bytes, 13)),
        Some(b'-' | b'_') if hour.is_some() && ends(13) => Some(13),
        _ if ends(10) => Some(10),
        _ => None,
    }
}

/// Where `:MM:SS.fff±hh:mm` or `Z` after an hour ends.
fn time_end(bytes: &[u8], mut at: usize) -> usize {
    let pair = |at: usize, lead: &[u8]| matches!(bytes.get(at..at + 3), Some([sep, a, b]) if lead.contains(sep) && a.is_ascii_digit() && b.is_ascii_digit());
    while pair(at, b":-") {
        at += 3;
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1 + bytes.iter().skip(at + 1).take_while(|byte| byte.is_ascii_digit()).count();
    }
    if bytes.get(at) == Some(&b'Z') {
        return at + 1;
    }
    while pair(at, b"+-:") {
        at += 3;
    }
    at
}

/// Length of an IPv6 or MAC address at the start of `bytes`, which may run over `:` separators.
/// It must be unmistakable: `::` or a letter in it, and end where a segment ends.
pub(crate) fn colon_address_len(bytes: &[u8]) -> Option<usize> {
    let run = bytes.iter().take(45).take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':').count();
    let mut end = run;
    while end >= 8 {
        let boundary = bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
        if boundary
            && let Some(text) = bytes.get(..end).and_then(|head| std::str::from_utf8(head).ok())
            && !text.ends_with(':')
        {
            let groups = text.split(':').count();
            let is_mac = groups == 6 && text.split(':').all(|group| group.len() == 2);
            let marked = text.contains("::") || text.bytes().any(|byte| byte.is_ascii_alphabetic());
            if is_mac || (marked && groups >= 3 && text.parse::<Ipv6Addr>().is_ok()) {
                return Some(end);
            }
        }
        end = bytes.get(..end)?.iter().rposition(|byte| *byte == b':')?;
    }
    None
}
