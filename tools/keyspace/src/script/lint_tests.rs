use super::*;

fn rules(text: &str) -> Vec<(String, u32)> {
    lint_script("s.lua", text).into_iter().map(|finding| (finding.rule, finding.location.unwrap().line)).collect()
}

fn only(text: &str, rule: &str, line: u32) {
    assert_eq!(rules(text), [(rule.to_owned(), line)], "{text}");
}

#[test]
fn the_script_that_deletes_by_pattern_is_a_hazard() {
    let found = rules(
        "local keys = redis.call('keys', 'user:*:profile')\nfor i=1,#keys do redis.call('del', keys[i]) end\nreturn #keys",
    );
    let names: Vec<&str> = found.iter().map(|(rule, _)| rule.as_str()).collect();
    for rule in ["lua.keys-command", "lua.call-in-loop", "lua.undeclared-key"] {
        assert!(names.contains(&rule), "{rule} in {names:?}");
    }
}

#[test]
fn sound_scripts_are_silent() {
    for text in [
        "if redis.call('GET', KEYS[1]) == ARGV[1] then\n  return redis.call('DEL', KEYS[1])\nend\nreturn 0",
        "local n = redis.call('INCR', KEYS[1])\nif n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end\nreturn n",
        "#!lua flags=no-writes\n-- KEYS * would be bad\nlocal key = KEYS[1]\nreturn redis.call('HGET', key, 'keys')",
        "for i, key in ipairs(KEYS) do redis.call('UNLINK', key) end",
        "local function take(k) return redis.call('LPOP', k) end\nreturn take(KEYS[1])",
        "local t = {a = 1, b = 2}\nlocal x, y = 1, 2\nx = x + t.a\nt.c = 3\nreturn x",
        "local r = redis.pcall('GET', KEYS[1])\nif type(r) == 'table' and r.err then return r end\nreturn r",
        "while redis.call('LLEN', KEYS[1]) > 100 do redis.call('LPOP', KEYS[1]) end",
        "local prefix = KEYS[1] .. ':meta'\nreturn redis.call('HGETALL', prefix)",
        "return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])",
        "redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])\nredis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])\nredis.call('EXPIRE', KEYS[1], 60)\nreturn redis.call('ZCARD', KEYS[1])",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn each_rule_fires_at_its_place() {
    only("return redis.call('GET', 'user:' .. ARGV[1])", "lua.undeclared-key", 1);
    only("local i = 0\nwhile true do\n  i = i + 1\nend", "lua.unbounded-loop", 2);
    only("repeat\n  local x = redis.call('LPOP', KEYS[1])\nuntil false", "lua.unbounded-loop", 1);
    only(
        "local m = redis.call('SMEMBERS', KEYS[1])\nfor _, v in ipairs(m) do redis.call('SREM', KEYS[2], v) end",
        "lua.call-in-loop",
        2,
    );
    only(
        "for _, v in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do redis.call('RPUSH', KEYS[2], v) end",
        "lua.call-in-loop",
        1,
    );
    only("local m = redis.call('SMEMBERS', KEYS[1])\nreturn redis.call('SADD', KEYS[2], unpack(m))", "lua.unpack", 2);
    only("local t = redis.call('TIME')\nredis.call('SET', KEYS[1], t[1])", "lua.nondeterministic", 1);
    only("return redis.call('SETNX', KEYS[1], ARGV[1])", "lua.incr-without-expire", 1);
    only("return redis.call('GET', KEYS[2])", "lua.unused-key", 1);
    only("total = 0\nreturn total", "lua.global-var", 1);
    only("redis.pcall('SET', KEYS[1], ARGV[1])\nreturn 1", "lua.pcall-ignored", 1);
    only("return redis.call('SCAN', ARGV[1])", "lua.keys-command", 1);
    let found = lint_script("scripts/unlock.lua", "return redis.call('DEL', KEYS[1])");
    assert_eq!(found[0].rule, "lock.release");
}

#[test]
fn broken_text_does_not_break_the_linter() {
    for text in [
        "",
        "--[[",
        "'",
        "redis.call(",
        "end end until",
        "\u{0}\u{ff}(",
        "[==[",
        "redis.call('KEYS'",
        "local",
        "function",
    ] {
        lint_script("s.lua", text);
    }
}

#[test]
fn two_of_a_kind_have_two_ids() {
    let found = lint_script("s.lua", "redis.call('GET', 'a')\nredis.call('GET', 'b')");
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].id, found[1].id);
}
