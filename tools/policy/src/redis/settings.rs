//! Which settings may be read, and which may be changed after approval.

/// Settings that hold passwords, or the names that go with them.
const SECRETS: &[&str] = &[
    "requirepass",
    "masterauth",
    "masteruser",
    "primaryauth",
    "primaryuser",
    "tls-key-file-pass",
    "tls-client-key-file-pass",
    "sentinel-pass",
    "sentinel-user",
    "user",
];

/// Settings that tune a running server and can be set back: memory, encodings, expiry, logs of
/// slow commands, timeouts. None names a file, an address, a user or a module, and none decides
/// what survives a restart.
const TUNABLE: &[&str] = &[
    "active-expire-effort",
    "activedefrag",
    "active-defrag-cycle-max",
    "active-defrag-cycle-min",
    "active-defrag-ignore-bytes",
    "active-defrag-threshold-lower",
    "active-defrag-threshold-upper",
    "busy-reply-threshold",
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "hash-max-ziplist-entries",
    "hash-max-ziplist-value",
    "hz",
    "latency-monitor-threshold",
    "lazyfree-lazy-eviction",
    "lazyfree-lazy-expire",
    "lazyfree-lazy-server-del",
    "lazyfree-lazy-user-del",
    "lfu-decay-time",
    "lfu-log-factor",
    "list-compress-depth",
    "list-max-listpack-size",
    "list-max-ziplist-size",
    "lua-time-limit",
    "maxmemory",
    "maxmemory-policy",
    "maxmemory-samples",
    "set-max-intset-entries",
    "set-max-listpack-entries",
    "set-max-listpack-value",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "stream-node-max-bytes",
    "stream-node-max-entries",
    "tcp-keepalive",
    "timeout",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "zset-max-ziplist-entries",
    "zset-max-ziplist-value",
];

/// Whether a setting holds a secret, in any version: by name, or by how such names end.
pub fn is_secret_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.contains(&name.as_str())
        || name.contains("pass")
        || name.contains("secret")
        || name.contains("token")
        || name.ends_with("auth")
}

/// Whether a setting may be changed after approval.
pub fn is_tunable_setting(name: &str) -> bool {
    TUNABLE.contains(&name.to_ascii_lowercase().as_str())
}

/// Why an argument of CONFIG GET is refused: a pattern that could match a secret, or a secret.
/// `prefix*` passes where the prefix is long enough to say which settings are meant and begins no
/// secret's name.
pub(super) fn refused_reading(name: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let (stem, is_prefix) = match name.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (name.as_str(), false),
    };
    let is_exact = !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_exact || (is_prefix && stem.len() < 4) {
        return Some("CONFIG GET takes names or prefix* here: another pattern could match a password".to_owned());
    }
    if is_prefix && SECRETS.iter().any(|secret| secret.starts_with(stem)) {
        return Some(format!("{name} matches a setting that holds a secret: name the settings that are meant"));
    }
    is_secret_setting(stem)
        .then(|| format!("the setting {stem} holds a secret; ACL WHOAMI and INFO server tell who we are"))
}
