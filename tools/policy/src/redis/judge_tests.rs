//! Decisions by mode, and the corners of argument rules. The long lists are proven on a real
//! server, in the adapter's tests.

use super::*;

fn decision(line: &str, mode: Mode) -> (Decision, String) {
    let ruling = judge(line, mode);
    (ruling.decision, ruling.rule)
}

#[test]
fn a_change_needs_its_mode_and_then_a_yes() {
    for (line, least, effect) in [
        ("MEMORY PURGE", Mode::Maintain, Effect::Maintain),
        ("CONFIG SET maxmemory-policy allkeys-lru", Mode::Change, Effect::Change),
        ("config set hz 20 timeout 300", Mode::Change, Effect::Change),
        ("EXPIRE session:1 3600", Mode::Change, Effect::Change),
        ("EXPIRE session:1 -1", Mode::Change, Effect::Destroy),
        ("EXPIRE session:1 soon", Mode::Change, Effect::Destroy),
        ("PERSIST session:1", Mode::Change, Effect::Change),
        ("UNLINK session:1", Mode::Change, Effect::Destroy),
    ] {
        for mode in [Mode::Readonly, Mode::Maintain, Mode::Change] {
            let ruling = judge(line, mode);
            if mode < least {
                assert_eq!(
                    (ruling.decision, ruling.rule.as_str()),
                    (Decision::Block, "redis.write"),
                    "{line} {mode:?}"
                );
            } else {
                assert_eq!((ruling.decision, ruling.effect), (Decision::Ask, effect), "{line} {mode:?}");
            }
        }
    }
}

#[test]
fn no_mode_lets_these_through() {
    for line in [
        "FLUSHALL",
        "FLUSHDB",
        "SHUTDOWN",
        "DEBUG SLEEP 1",
        "EVAL \"return 1\" 0",
        "SCRIPT LOAD x",
        "MODULE LOAD /x.so",
        "REPLICAOF 10.0.0.1 6379",
        "ACL SETUSER a on nopass ~* +@all",
        "CONFIG SET dir /tmp",
        "CONFIG SET requirepass x",
        "CONFIG SET hz 20 dir /tmp",
        "CONFIG SET hz",
        "CONFIG REWRITE",
        "UNLINK a b",
        "DEL a",
        "KEYS *",
        "MONITOR",
        "CONFIG GET requirepass",
        "SET a b",
        "EXPIRE a",
        "MIGRATE h 1 k 0 1",
        "CLIENT KILL TYPE normal",
    ] {
        for mode in [Mode::Readonly, Mode::Maintain, Mode::Change] {
            assert_eq!(judge(line, mode).decision, Decision::Block, "{line} {mode:?}");
        }
    }
}

#[test]
fn settings_are_read_by_name_or_by_a_prefix_that_meets_no_secret() {
    for line in [
        "CONFIG GET maxmemory",
        "CONFIG GET maxmemory*",
        "CONFIG GET tls-auth-clients",
        "CONFIG GET save appendonly",
        "CONFIG GET hash-max-*",
    ] {
        assert_eq!(decision(line, Mode::Readonly), (Decision::Allow, "redis.read".to_owned()), "{line}");
    }
    for line in [
        "CONFIG GET *",
        "CONFIG GET req*",
        "CONFIG GET requ*",
        "CONFIG GET mast*",
        "CONFIG GET *pass",
        "CONFIG GET [r]equirepass",
        "CONFIG GET tls-key-file-pass",
        "CONFIG GET tls-key*",
        "CONFIG GET masterauth",
        "CONFIG GET maxmemory requirepass",
        "CONFIG GET \"\"",
        "CONFIG GET sentinel-pass",
        "CONFIG GET \"require\\x70ass\"",
        "CONFIG GET re?uirepass",
    ] {
        assert_eq!(decision(line, Mode::Change), (Decision::Block, "redis.secret".to_owned()), "{line}");
    }
}

#[test]
fn options_that_cost_too_much_are_refused() {
    for (line, rule) in [
        ("SORT_RO l BY w_* GET #", "redis.cost"),
        ("SORT_RO l GET v_*", "redis.cost"),
        ("ZRANGEBYSCORE z 0 1 LIMIT 5000000 10", "redis.cost"),
        ("VSIM v ELE a EF 100000", "redis.cost"),
        ("FT.AGGREGATE i * WITHCURSOR", "redis.cost"),
        ("MEMORY USAGE a SAMPLES 0", "redis.cost"),
        ("XREAD BLOCK 0 STREAMS x $", "redis.blocking"),
        ("XREAD COUNT 1", "redis.syntax"),
    ] {
        assert_eq!(decision(line, Mode::Readonly), (Decision::Block, rule.to_owned()), "{line}");
    }
    for line in [
        "SORT_RO l BY nosort GET # ALPHA",
        "XREAD STREAMS BLOCK 0",
        "VSIM v ELE a EF 200",
        "ZRANGE z 0 1 BYSCORE LIMIT 0 10",
    ] {
        assert_eq!(judge(line, Mode::Readonly).decision, Decision::Allow, "{line}");
    }
}

#[test]
fn names_are_unique_and_in_capitals() {
    let mut names: Vec<&str> = reading_commands().collect();
    assert!(names.iter().all(|name| *name == name.to_ascii_uppercase()));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn only_ascii_letters_are_made_capitals() {
    // U+017F and U+212A fold to S and K in Unicode; the server compares bytes.
    for line in ["FLUſHALL", "\u{212a}EYS *", "ınfo"] {
        assert_eq!(decision(line, Mode::Readonly).1, "redis.not_listed", "{line}");
    }
}
