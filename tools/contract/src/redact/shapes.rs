//! Shapes of secrets, and the neighbours that only look like them.
//!
//! A shape names the part that is replaced `secret`; what stands around it stays, so that text
//! about a statement or a setting remains readable. A check decides where the pattern alone
//! cannot: a placeholder, a column, a port are no secrets.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex, RegexSet};

use super::REDACTED;

type Check = fn(&Captures<'_>, &str) -> bool;

/// Names that a value is assigned to.
const NAMED: &str = r#"(?i)(?:\b|_)(?:[a-z0-9.]{1,40}[_.-]){0,4}?(?:[a-z]{0,20}password|passwd|passphrase|pwd|[a-z]{0,12}secret|secret[_-]?key|api[_-]?key|[a-z]{0,12}access[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token|private[_-]?key|rediscli_auth|requirepass|masterauth|token)"#;

/// One shape: its pattern, after [`NAMED`] where it begins with `=`, and its check.
const SHAPES: &[(&str, Check)] = &[
    // postgres://app:hunter2@host; the password may hold @ and /, a port may not be taken for one.
    (r#"(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@'"<>]*:(?P<secret>[^\s'"<>`]+)@"#, not_a_port),
    // https://ghp_…@github.com: a user that is a token.
    (r#"(?i)\b[a-z][a-z0-9+.-]*://(?P<secret>[^\s:/@'"<>`]{20,})@"#, random),
    // password='x', "password": "x", password => "x", and the same inside escaped JSON.
    (r#"=\\?["'`]?\s*(?:=>|:=|=|:)\s*(?:E|U&)?'(?P<secret>(?:[^'\\\n]|''|\\.)+)'"#, value),
    (r#"=\\?["'`]?\s*(?:=>|:=|=|:)\s*"(?P<secret>(?:[^"\\\n]|\\.)+)""#, value),
    (r#"=\\?["'`]?\s*(?:=>|:=|=|:)\s*\\+"(?P<secret>[^"\\\n]+)\\+""#, value),
    // PGPASSWORD=x: no space, no name of a column.
    (r#"==(?P<secret>[^\s;,&'"()\[\]{}|<>`\\]+)(?P<after>\(?)"#, tight),
    // password = x, and YAML's password: x at the end of a line.
    (r#"=["']?[ \t]*=[ \t]+(?P<secret>[^\s;,&'"()\[\]{}|<>`\\]+)(?P<after>\(?)"#, spaced),
    (r#"=["']?:[ \t]+(?P<secret>[^\s;,&'"()\[\]{}|<>`\\]+)(?P<after>)[ \t]*(?:\n|\r|$)"#, spaced),
    // CREATE ROLE … PASSWORD 'x'.
    (r"(?i)\b(?:password|identified\s+by)\s+(?:E|U&)?'(?P<secret>(?:[^']|'')+)'", value),
    (r"(?i)\bpassword\s+\$[a-z_]*\$(?P<secret>[^$]+)\$[a-z_]*\$", value),
    // Headers.
    (r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/=-]{8,})", token),
    (r#"(?i)\bauthorization["']?\s*[:=]\s*["']?basic\s+(?P<secret>[A-Za-z0-9+/_-]{4,}={0,2})"#, value),
    (r"(?i)\bbasic\s+(?P<secret>[A-Za-z0-9+/_-]{8,}={1,2})", value),
    (
        r#"(?i)\bx-(?:api-key|auth-token|vault-token|amz-security-token)["']?\s*[:=]\s*["']?(?P<secret>[^\s"',;&]{6,})"#,
        value,
    ),
    (
        r"(?i)[?&](?:sig|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature)=(?P<secret>[^&\s'\x22]{8,})",
        value,
    ),
    // Keys and tokens that say what they are.
    (
        r"(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$))",
        value,
    ),
    (r"\b(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)", value),
    (
        r"\b(?P<secret>sk-[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|do[opr]_v1_[0-9a-f]{40,}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}|pypi-[A-Za-z0-9_-]{40,}|AGE-SECRET-KEY-1[0-9A-Z]{50,})",
        token,
    ),
    (r#"(?i)\baws.{0,24}?(?:secret|key).{0,24}?["'\s:=]+(?P<secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#, random),
    (r"(?i)\b(?:accountkey|sharedaccesskey|sharedaccesssignature)=(?P<secret>[A-Za-z0-9+/=%&_-]{16,})", value),
    (r"(?i)\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{16,})", value),
    (r"(?i)\bdiscord(?:app)?\.com/api/webhooks/\d+/(?P<secret>[A-Za-z0-9_-]{16,})", value),
    // Hashes that are as good as passwords, or can be tried against them.
    (r"(?P<secret>SCRAM-SHA-256\$[^\s'\x22]+)", value),
    (r"\b(?P<secret>md5[0-9a-f]{32})\b", value),
    (
        r"(?P<secret>\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$[^\s'\x22]{20,}|\$[156]\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,})",
        value,
    ),
    // Redis.
    (r"(?im)^[ \t]*(?:[^\s:]{0,200}:?\d+[ \t:|]+)?(?:requirepass|masterauth)[ \t]+(?P<secret>\S+)[ \t]*$", value),
    (r#"(?i)\bset\s+["']?(?:requirepass|masterauth)["']?\s+["']?(?P<secret>[^\s"']+)"#, value),
    (r#"(?i)"(?:requirepass|masterauth|password)"\s*(?:\d+\)\s*|,\s*)"(?P<secret>[^"]+)""#, value),
    (r#"(?m)(?:^|["'`>;]|\bHELLO\s+\d\s)[ \t]*AUTH[ \t]+(?:[^\s"'`]+[ \t]+)?(?P<secret>[^\s"'`]+)"#, value),
    (
        r#"(?im)^[ \t]*(?:[^\s:]{0,200}:?\d+[ \t:|]+)?auth[ \t]+(?:[^\s"']+[ \t]+)?(?P<secret>[^\s"']*\d[^\s"']*)[ \t]*$"#,
        value,
    ),
    (r#"(?i)"auth"\s+(?:"[^"]*"\s+)?"(?P<secret>[^"]+)""#, value),
    (r#""AUTH"\s*,\s*(?:"[^"]*"\s*,\s*)?"(?P<secret>[^"]+)""#, value),
    (r#"(?i)\bsetuser\b[^\n]*?[\s"'](?P<secret>>[^\s"']+(?:["']?[\s,]+["']?[><#!][^\s"']+)*)"#, value),
    (r#"[\s"'](?P<secret>#[0-9a-f]{64})(?:[^0-9a-f]|$)"#, value),
    // Command lines.
    (r#"(?i)\bredis-cli\b[^\n|;&]*?\s(?:-a|--pass)[ =]+["']?(?P<secret>[^\s"']+)"#, value),
    (r#"(?i)\s--(?:[a-z-]*password|passwd|token|api-key|secret)[ =]["']?(?P<secret>[^\s"'-][^\s"']*)"#, value),
    (r#"(?i)\bcurl\b[^\n|;]*?\s(?:-u|--user)[ =]?["']?[^\s:"']+:(?P<secret>[^\s"']+)"#, value),
    // .pgpass.
    (r"(?m)^(?:localhost|\*|[^\s:#]+[./][^\s:#]+):(?:54\d\d|6432|\*):[^:\s]+:[^:\s]+:(?P<secret>\S+)$", value),
];

struct Compiled {
    any: RegexSet,
    each: Vec<(Regex, Check)>,
}

/// `None` when a pattern does not compile, which a test rules out.
static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let patterns: Vec<String> = SHAPES.iter().map(|(pattern, _)| spelled(pattern)).collect();
    let any = RegexSet::new(&patterns).ok()?;
    let each = patterns.iter().zip(SHAPES).map(|(pattern, (_, check))| Some((Regex::new(pattern).ok()?, *check)));
    Some(Compiled { any, each: each.collect::<Option<_>>()? })
});

fn spelled(pattern: &str) -> String {
    match pattern.strip_prefix('=') {
        Some(rest) => format!("{NAMED}{rest}"),
        None => pattern.to_owned(),
    }
}

/// `text` with every shape's secret replaced; borrowed when there was none.
pub(super) fn without_shapes(text: &str) -> Cow<'_, str> {
    let Some(compiled) = COMPILED.as_ref() else { return Cow::Borrowed(REDACTED) };
    let mut out = Cow::Borrowed(text);
    for at in compiled.any.matches(text) {
        let Some((pattern, check)) = compiled.each.get(at) else { continue };
        if let Some(clean) = replaced(pattern, *check, &out) {
            out = Cow::Owned(clean);
        }
    }
    out
}

fn replaced(pattern: &Regex, check: Check, text: &str) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    for captures in pattern.captures_iter(text) {
        let Some(secret) = captures.name("secret") else { continue };
        if check(&captures, secret.as_str()) {
            out.push_str(text.get(copied..secret.start()).unwrap_or_default());
            out.push_str(REDACTED);
            copied = secret.end();
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Some(out)
}

/// Whether `text` is something that could be a secret: no placeholder, no mask, not empty.
pub(super) fn is_value(text: &str) -> bool {
    let text = text.trim();
    let first = text.chars().next();
    let placeholder = match first {
        None => true,
        Some('?') => text.len() == 1,
        Some('$' | '%' | ':') => {
            // $1, $NAME, ${NAME}, :name, %s: whoever reads the text fills it in.
            let name = text.get(1..).unwrap_or_default();
            let one_case = |is: fn(&char) -> bool| name.chars().all(|letter| letter == '_' || is(&letter));
            name.starts_with(['{', '('])
                || one_case(char::is_ascii_lowercase)
                || one_case(char::is_ascii_uppercase)
                || name.len() < 3 && one_case(char::is_ascii_digit)
        }
        Some('<' | '{' | '[') => true,
        Some(mask @ ('*' | 'x' | 'X' | '.' | '•')) => text.chars().all(|letter| letter == mask),
        Some(_) => false,
    };
    !placeholder && !text.contains(REDACTED)
}

fn value(_: &Captures<'_>, secret: &str) -> bool {
    is_value(secret)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Letters and digits mixed, as chance mixes them.
fn random(_: &Captures<'_>, secret: &str) -> bool {
    is_value(secret) && has_digit(secret) && secret.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A token: prose after `bearer` has no digits.
fn token(_: &Captures<'_>, secret: &str) -> bool {
    is_value(secret) && (has_digit(secret) || secret.len() >= 20)
}

fn not_a_port(_: &Captures<'_>, secret: &str) -> bool {
    let port = secret.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port =
        port.len() < secret.len() && (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    is_value(secret) && !is_port
}

/// A name of a column, with or without its table, or a word of the language.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b':'))
}

fn is_call(captures: &Captures<'_>) -> bool {
    captures.name("after").is_some_and(|after| !after.is_empty())
}

fn tight(captures: &Captures<'_>, secret: &str) -> bool {
    let column = is_name(secret) && secret.contains('.');
    is_value(secret) && !is_call(captures) && !column && !matches!(secret, "true" | "false" | "null" | "NULL" | "none")
}

fn spaced(captures: &Captures<'_>, secret: &str) -> bool {
    let number = secret.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && secret.len() < 6;
    is_value(secret) && !is_call(captures) && !is_name(secret) && !number
}

#[cfg(test)]
#[path = "shapes_tests.rs"]
mod tests;
