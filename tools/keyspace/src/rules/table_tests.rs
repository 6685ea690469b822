use std::collections::BTreeSet;

use dbwright_finding::Severity;

use super::*;
use crate::{
    AccessFacts, Analysis, Chosen, ClientFacts, KeySample, KeyType, KeyspaceSnapshot, Miner, ServerInfo, SlowEntry,
    Ttl, Window, analyze,
};

/// A healthy cache: 2 GB of 4 GB used, TTLs spread, a hit ratio of 95 %.
const HEALTHY: &str = "redis_version:7.4.1\nrole:master\nuptime_in_seconds:864000\nused_memory:2000000000\n\
    used_memory_rss:2200000000\nused_memory_dataset:1800000000\nused_memory_overhead:200000000\nmaxmemory:4000000000\n\
    maxmemory_policy:allkeys-lru\ntotal_system_memory:16000000000\nconnected_clients:40\nmaxclients:10000\nblocked_clients:2\n\
    keyspace_hits:950000\nkeyspace_misses:50000\nrejected_connections:0\nrdb_last_bgsave_status:ok\naof_enabled:0\n\
    latest_fork_usec:9000\nexpired_stale_perc:0.5\ndb0:keys=200000,expires=190000,avg_ttl=1\n\
    cmdstat_get:calls=900000,usec=1800000,usec_per_call=2.0\ncmdstat_set:calls=90000,usec=200000,usec_per_call=2.2\n";

struct Case {
    snapshot: KeyspaceSnapshot,
    miner: Miner,
}

impl Case {
    fn healthy() -> Self {
        let mut snapshot = KeyspaceSnapshot {
            info: ServerInfo::parse(HEALTHY),
            window: Some(Window { seconds: 5.0, hits: 9_500, misses: 500, evicted: 0 }),
            dbsize: 200_000,
            weighed: true,
            ..KeyspaceSnapshot::default()
        };
        for (name, value) in [
            ("save", "3600 1"),
            ("bind", "127.0.0.1"),
            ("protected-mode", "yes"),
            ("timeout", "0"),
            ("slowlog-log-slower-than", "10000"),
        ] {
            snapshot.config.insert(name.to_owned(), value.to_owned());
        }
        let mut case = Self { snapshot, miner: Miner::new() };
        case.keys(2_000, "page", "{n}", |n, key| key.ttl = Ttl::Millis(60_000 + n * 1_700));
        case
    }

    fn info(mut self, lines: &str) -> Self {
        self.snapshot.info = ServerInfo::parse(&format!("{HEALTHY}{lines}"));
        self
    }

    fn setting(mut self, name: &str, value: &str) -> Self {
        self.snapshot.config.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds keys `prefix:suffix` with `{n}` counting.
    fn keys(&mut self, count: u64, prefix: &str, suffix: &str, change: impl Fn(u64, &mut KeySample)) {
        for n in 0..count {
            let name = format!("{prefix}:{}", suffix.replace("{n}", &n.to_string())).into_bytes();
            let mut sample = KeySample {
                name: name.clone(),
                kind: Some(KeyType::String),
                encoding: Some("raw".to_owned()),
                ttl: Ttl::Millis(600_000 + n * 977),
                memory: Some(500),
                length: Some(200),
                ..KeySample::default()
            };
            change(n, &mut sample);
            self.miner.add(&name, sample.memory.unwrap_or(0));
            self.snapshot.samples.push(sample);
            self.snapshot.walked += 1;
        }
    }

    fn with(mut self, count: u64, prefix: &str, change: impl Fn(u64, &mut KeySample)) -> Self {
        self.keys(count, prefix, "{n}", change);
        self
    }

    fn slow(mut self, micros: u64, line: &str) -> Self {
        let args = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        self.snapshot.slowlog.push(SlowEntry { id: 1, micros, args, client: String::new() });
        self
    }

    fn judge(mut self) -> Analysis {
        self.snapshot.templates = self.miner.finish();
        self.snapshot.dbsize = self.snapshot.walked;
        analyze(&self.snapshot)
    }
}

fn never(_: u64, key: &mut KeySample) {
    key.ttl = Ttl::Never;
}

fn sized(kind: KeyType, length: u64, memory: u64) -> impl Fn(u64, &mut KeySample) {
    move |_, key| {
        key.kind = Some(kind.clone());
        key.length = Some(length);
        key.memory = Some(memory);
        key.chosen = Chosen::Size;
    }
}

/// One planted fault for each rule, and the severity it deserves.
fn cases() -> Vec<(&'static str, Severity, Case)> {
    use Severity::{Critical, High, Info, Low, Medium};
    let base = Case::healthy;
    let mut mails = base();
    mails.keys(20, "mail", "u{n}@shop.example.com", |_, _| {});
    let mut tagged = base();
    tagged.keys(1_000, "{shop}", "{n}", |_, _| {});
    let mut clients = base();
    clients.snapshot.clients = Some(ClientFacts { count: 40, largest_output: 50 << 20, ..ClientFacts::default() });
    let mut open = base().setting("bind", "0.0.0.0").setting("protected-mode", "no");
    open.snapshot.access = AccessFacts { without_password: true, remote: false };
    let mut evicting = base();
    evicting.snapshot.window = Some(Window { seconds: 5.0, hits: 9_500, misses: 500, evicted: 5_000 });
    let mut missing = base();
    missing.snapshot.window = Some(Window { seconds: 5.0, hits: 4_000, misses: 6_000, evicted: 0 });
    vec![
        ("ttl.none-ephemeral", Medium, base().with(400, "session", never)),
        (
            "ttl.partial",
            Low,
            base().with(400, "item", |n, key| {
                if n % 5 == 0 {
                    key.ttl = Ttl::Never
                }
            }),
        ),
        ("ttl.sync-expiry", Low, base().with(1_500, "card", |_, key| key.ttl = Ttl::Millis(900_000))),
        ("lock.no-ttl", High, base().with(3, "order:lock", never)),
        ("mem.big-string", Medium, base().with(1, "blob", sized(KeyType::String, 3_000_000, 3_000_100))),
        ("mem.big-collection", High, base().with(1, "basket", sized(KeyType::Hash, 200_000, 9_000_000))),
        ("mem.skew", Medium, base().with(1, "giant", sized(KeyType::Zset, 9_000, 200_000_000))),
        ("stream.unbounded", Medium, base().with(1, "events", sized(KeyType::Stream, 900_000, 30_000_000))),
        (
            "mem.listpack-near-miss",
            Low,
            base().setting("hash-max-listpack-entries", "128").with(2_000, "profile", |_, key| {
                key.kind = Some(KeyType::Hash);
                key.encoding = Some("hashtable".to_owned());
                key.length = Some(150);
                key.memory = Some(9_000);
            }),
        ),
        (
            "mem.small-strings",
            Low,
            base().with(11_000, "likes", |_, key| {
                key.ttl = Ttl::Never;
                key.length = Some(3);
                key.memory = Some(70);
            }),
        ),
        (
            "mem.one-field-hash",
            Low,
            base().with(1_200, "flag", |_, key| {
                key.kind = Some(KeyType::Hash);
                key.length = Some(1);
            }),
        ),
        (
            "mem.json-string",
            Low,
            base().with(50, "catalog", |_, key| {
                key.length = Some(40_000);
                key.head = Some(b"{\"id\": 1".to_vec());
            }),
        ),
        ("mem.frag", Medium, base().info("used_memory_rss:4000000000\n")),
        ("mem.frag", High, base().info("used_memory_rss:1000000000\n")),
        ("mem.overhead", Low, base().info("used_memory_overhead:1500000000\n")),
        ("mem.no-maxmemory", Low, base().info("maxmemory:0\n")),
        ("mem.no-maxmemory", High, base().info("maxmemory:0\nused_memory:9000000000\nused_memory_rss:9000000000\n")),
        ("mem.logical-dbs", Info, base().info("db3:keys=5,expires=5,avg_ttl=0\n")),
        (
            "evict.policy",
            High,
            base().info("maxmemory_policy:noeviction\nused_memory:3900000000\nused_memory_rss:3900000000\n"),
        ),
        ("evict.policy", Medium, base().info("maxmemory_policy:noeviction\n")),
        ("evict.policy", Medium, base().info("maxmemory_policy:volatile-lru\ndb0:keys=200000,expires=100,avg_ttl=1\n")),
        ("evict.rate", Medium, evicting),
        ("hit.ratio", Medium, missing),
        ("expire.stale", Low, {
            let mut case = base().info("expired_stale_perc:30.0\n");
            case.snapshot.walked = 200_000;
            case
        }),
        ("hot.key", Medium, {
            let mut case = base();
            case.keys(100, "post", "{n}", |n, key| key.freq = Some(if n == 7 { 220 } else { 5 }));
            case
        }),
        ("hot.slot", Low, tagged),
        ("cmd.slowlog", High, base().slow(180_000, "KEYS page:*")),
        ("cmd.slowlog", Medium, base().slow(40_000, "LRANGE page:1 0 -1")),
        ("cmd.dangerous", High, base().info("cmdstat_keys:calls=40,usec=7200000,usec_per_call=180000.0\n")),
        ("cmd.stats", Medium, base().info("cmdstat_smembers:calls=400,usec=1600000,usec_per_call=4000.0\n")),
        ("lua.heavy", Medium, base().info("cmdstat_eval:calls=100,usec=900000,usec_per_call=9000.0\n")),
        ("lua.heavy", Medium, base().info("number_of_cached_scripts:40000\n")),
        ("per.failing", Critical, base().info("rdb_last_bgsave_status:err\nrdb_changes_since_last_save:77\n")),
        ("per.none", Medium, base().info("maxmemory_policy:noeviction\n").setting("save", "").with(100, "jobs", never)),
        ("cli.count", High, base().info("connected_clients:9500\n")),
        ("cli.blocked", Low, base().info("connected_clients:200\nblocked_clients:150\n")),
        ("cli.buffers", Medium, clients),
        (
            "rep.lag",
            High,
            base().info("master_repl_offset:90000000\nslave0:ip=10.0.0.2,port=6379,state=online,offset=100,lag=40\n"),
        ),
        ("lat.fork", Medium, base().info("latest_fork_usec:500000\n")),
        ("lat.monitor-off", Low, base().setting("slowlog-log-slower-than", "-1")),
        ("sec.nopass", Medium, open),
        ("name.convention", Low, mails),
        ("ver.eol", Medium, base().info("redis_version:5.0.14\n")),
    ]
}

#[test]
fn a_healthy_cache_is_silent() {
    let found = Case::healthy().judge().findings;
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_rule_finds_its_fault_and_nothing_louder_comes_along() {
    let mut fired = BTreeSet::new();
    for (rule, severity, case) in cases() {
        let found = case.judge().findings;
        let hit = found.iter().find(|finding| finding.rule == rule);
        let hit = hit.unwrap_or_else(|| panic!("{rule} is missing among {found:#?}"));
        assert_eq!(hit.severity, severity, "{rule}: {}", hit.title);
        assert!(!hit.evidence.is_empty() && hit.fix.is_some(), "{rule}");
        fired.insert(rule);
    }
    let declared: BTreeSet<&str> = KEYSPACE_RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(declared, fired, "a rule has no case");
    assert_eq!(declared.len(), KEYSPACE_RULES.len(), "two rules share an id");
}

#[test]
fn titles_are_as_approved() {
    let titles: Vec<String> = cases()
        .into_iter()
        .flat_map(|(rule, _, case)| case.judge().findings.into_iter().filter(move |finding| finding.rule == rule))
        .map(|finding| format!("{} {}: {}", finding.severity, finding.rule, finding.title))
        .collect();
    insta::assert_snapshot!(titles.join("\n"));
}
