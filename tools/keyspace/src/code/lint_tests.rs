use super::*;

fn rules(path: &str, line: &str) -> Vec<String> {
    lint_code(path, line).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn calls_of_every_client_are_found() {
    for (path, line, rule) in [
        ("a.py", "for k in r.keys(f\"cart:{uid}:*\"):", "code.keys"),
        ("a.py", "keys = self.redis.keys(pattern)", "code.keys"),
        ("a.py", "await redis_client.execute_command('KEYS', '*')", "code.keys"),
        ("a.ts", "const keys = await client.keys('session:*');", "code.keys"),
        ("a.js", "await redis.keys(`user:${id}:*`)", "code.keys"),
        ("a.js", "client.sendCommand(['KEYS', '*'])", "code.keys"),
        ("a.rb", "$redis.keys(\"user:*\").each do |k|", "code.keys"),
        ("a.go", "keys, err := rdb.Keys(ctx, \"order:*\").Result()", "code.keys"),
        ("a.java", "Set<String> k = redisTemplate.keys(prefix + \"*\");", "code.keys"),
        ("a.kt", "jedis.keys(\"a:*\")", "code.keys"),
        ("a.php", "$keys = $redis->keys('user:*');", "code.keys"),
        ("a.php", "$keys = Redis::keys('user:*');", "code.keys"),
        ("a.rs", "let keys: Vec<String> = con.keys(\"user:*\").await?;", "code.keys"),
        ("a.rs", "redis::cmd(\"KEYS\").arg(\"*\")", "code.keys"),
        ("a.py", "script = \"for _,k in ipairs(redis.call('keys', ARGV[1])) do\"", "code.keys"),
        ("a.py", "redis.flushall()", "code.flush"),
        ("a.ts", "await client.flushAll()", "code.flush"),
        ("a.go", "rdb.FlushDB(ctx)", "code.flush"),
        ("a.rb", "redis.smembers('online')", "code.smembers"),
        ("a.ts", "await client.sMembers('online')", "code.smembers"),
        ("a.py", "if redis.setnx('lock:' + name, 1):", "code.setnx"),
        ("a.java", "ops.setIfAbsent(key, value)", "code.setnx"),
    ] {
        assert_eq!(rules(path, line), [rule], "{path}: {line}");
    }
}

#[test]
fn dictionaries_and_comments_are_left_alone() {
    for (path, line) in [
        ("a.py", "for k in data.keys():"),
        ("a.py", "# redis.keys('*') would be slow"),
        ("a.py", "x = 1  # redis.keys('*')"),
        ("a.js", "Object.keys(cache).forEach(f)"),
        ("a.js", "const k = Object.keys(redisConfig)"),
        ("a.js", "for (const k of map.keys()) {"),
        ("a.go", "keys := maps.Keys(m)"),
        ("a.rs", "for key in map.keys() {"),
        ("a.rs", "let k = store.keys().next();"),
        ("a.java", "ops.setIfAbsent(key, value, Duration.ofSeconds(5))"),
        ("a.md", "redis.keys('*')"),
        ("a.py", "redis.scan_iter(match='user:*')"),
    ] {
        assert_eq!(rules(path, line), Vec::<String>::new(), "{path}: {line}");
    }
}

#[test]
fn places_and_fixes_are_exact() {
    let found =
        lint_code("src/cache.ts", "const a = 1;\n  const k = await redis.keys('a:*'), l = await redis.keys('b:*');\n");
    let places: Vec<_> = found.iter().map(|finding| finding.location.as_ref().map(|at| (at.line, at.column))).collect();
    assert_eq!(places, [Some((2, 19)), Some((2, 48))]);
    assert_ne!(found[0].id, found[1].id);
    assert!(found[0].fix.as_ref().unwrap().notes.as_ref().unwrap().contains("scanIterator"));
    assert_eq!(lint_code("tests/cache.test.ts", "await redis.flushAll()")[0].severity, Severity::Info);
}
