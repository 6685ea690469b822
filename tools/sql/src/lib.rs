//! SQL as the server reads it: parse, split, classify, fingerprint, redact
