//! `analyze_keyspace` against real servers: planted faults are found, a healthy cache is silent,
//! and what may not be read is a gap.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use std::time::Duration;

use dbwright_contract::{CallCx, Report, TokenBudget, Tool, ToolError};
use dbwright_finding::Severity;
use dbwright_keyspace::{Analysis, SampleMethod};
use dbwright_redis::{
    AnalyzeKeyspace, AnalyzeKeyspaceArgs, KeyspaceReport, Redis, RedisConfig, SampleOptions, SampleSize, analyze,
};
use dbwright_servers::{RedisOptions, testing};
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn cx() -> CallCx {
    CallCx::detached(CancellationToken::new())
}

fn handle(url: &str) -> Redis {
    Redis::new(RedisConfig::new("cache", url)).unwrap()
}

async fn connect(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// Sends lines of words; `{n}` counts from 0.
async fn fill(connection: &mut MultiplexedConnection, count: usize, lines: &[&str]) {
    let numbers: Vec<usize> = (0..count).collect();
    for chunk in numbers.chunks(2_000) {
        let mut pipeline = redis::pipe();
        for n in chunk {
            for line in lines {
                let line = line.replace("{n}", &n.to_string()).replace("{hex}", &format!("{:032x}", n * 7_919 + 1));
                let mut words = line.split(' ');
                pipeline.cmd(words.next().unwrap());
                for word in words {
                    pipeline.arg(word);
                }
                pipeline.ignore();
            }
        }
        pipeline.query_async::<()>(connection).await.unwrap();
    }
}

fn rules(analysis: &Analysis) -> Vec<&str> {
    analysis.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[tokio::test]
async fn planted_faults_are_found_with_their_numbers() {
    let settings = [
        ("maxmemory", "2gb"),
        ("maxmemory-policy", "volatile-lru"),
        ("slowlog-log-slower-than", "0"),
        ("slowlog-max-len", "128"),
    ];
    let options =
        settings.iter().fold(RedisOptions::default(), |options, (name, value)| options.setting(*name, *value));
    let server = testing::own_redis(options).await;
    let mut connection = connect(&server.url()).await;
    fill(&mut connection, 3_000, &["SET session:{hex} data", "SET user:{n}:name n{n}", "HSET flag:{n} on 1"]).await;
    fill(&mut connection, 40, &["SET lock:order:{n} 1", "SET mail:u{n}@shop.example.com 1"]).await;
    fill(&mut connection, 2_000, &["SET product:{n}:card x EX 600"]).await;
    fill(&mut connection, 60_000, &["HSET cart:huge f{n} v{n}"]).await;
    fill(&mut connection, 120_000, &["XADD events * f {n}"]).await;
    let big = "x".repeat(2_000_000);
    redis::cmd("SET").arg("page:home").arg(&big).query_async::<()>(&mut connection).await.unwrap();
    redis::cmd("CONFIG")
        .arg(&["SET", "slowlog-log-slower-than", "10000"])
        .query_async::<()>(&mut connection)
        .await
        .unwrap();
    fill(&mut connection, 6, &["KEYS user:*"]).await;

    let found = analyze(&handle(&server.url()), &SampleOptions::default(), &cx()).await.unwrap();
    let rules = rules(&found);
    for rule in [
        "ttl.none-ephemeral",
        "lock.no-ttl",
        "ttl.sync-expiry",
        "mem.big-collection",
        "mem.big-string",
        "stream.unbounded",
        "evict.policy",
        "mem.one-field-hash",
        "name.convention",
        "cmd.dangerous",
        "per.none",
    ] {
        assert!(rules.contains(&rule), "{rule} is missing among {rules:?}");
    }
    let session =
        found.templates.iter().find(|family| family.template == "session:{hex}").expect("the template of sessions");
    assert_eq!((session.keys, session.no_ttl_share), (3_000, Some(1.0)));
    let huge = found.findings.iter().find(|finding| finding.rule == "mem.big-collection").unwrap();
    assert!(huge.title.contains("60,000 fields"), "{}", huge.title);
    assert_eq!(found.method, SampleMethod::FullWalk);
    assert_eq!((found.walked, found.dbsize), (11_083, 11_083));
    assert_eq!(
        found.big_keys.iter().filter(|key| ["cart:huge", "events", "page:home"].contains(&key.name.as_str())).count(),
        3
    );
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    assert!(found.findings.iter().all(|finding| !finding.evidence.is_empty() && finding.fix.is_some()));
}

#[tokio::test]
async fn a_healthy_small_cache_is_silent() {
    let options = RedisOptions::default().setting("maxmemory", "100mb").setting("maxmemory-policy", "allkeys-lfu");
    let server = testing::own_redis(options).await;
    let mut connection = connect(&server.url()).await;
    for ttl in [600, 1_400, 2_200, 3_100] {
        fill(
            &mut connection,
            300,
            &[&format!("SET session:{ttl}{{n}} data EX {ttl}"), &format!("HSET user:{ttl}{{n}} a 1 b 2")],
        )
        .await;
    }
    let found = analyze(&handle(&server.url()), &SampleOptions::default(), &cx()).await.unwrap();
    let loud: Vec<_> = found.findings.iter().filter(|finding| finding.severity >= Severity::Medium).collect();
    assert!(loud.is_empty(), "{loud:?}");
    assert!(found.templates.iter().any(|family| family.max_freq.is_some()), "LFU counters are read");
}

#[tokio::test]
async fn an_empty_server_has_nothing_to_say() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let found = analyze(&handle(&server.url()), &SampleOptions::default(), &cx()).await.unwrap();
    assert_eq!((found.dbsize, found.templates.len()), (0, 0));
    assert!(found.findings.iter().all(|finding| finding.severity < Severity::Medium), "{:?}", found.findings);
}

#[tokio::test]
async fn all_keys_pattern_and_database_are_honoured() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let mut connection = connect(&format!("{}?db=2", server.url())).await;
    fill(&mut connection, 500, &["SET a:{n} 1", "SET b:{n} 1"]).await;
    let mut zero = connect(&server.url()).await;
    fill(&mut zero, 10, &["SET z:{n} 1"]).await;
    let redis = handle(&server.url());
    let options = SampleOptions {
        sample: SampleSize::All,
        database: Some(2),
        pattern: Some("a:*".to_owned()),
        ..SampleOptions::default()
    };
    let found = analyze(&redis, &options, &cx()).await.unwrap();
    assert_eq!((found.method, found.dbsize, found.sampled), (SampleMethod::Census, 500, 500));
    assert_eq!(found.templates.iter().map(|family| family.template.as_str()).collect::<Vec<_>>(), ["a:{id}"]);
    let found = analyze(&redis, &SampleOptions::default(), &cx()).await.unwrap();
    assert_eq!(
        found.other_databases.iter().map(|other| (other.database, other.keys)).collect::<Vec<_>>(),
        [(2, 1_000)]
    );
}

#[tokio::test]
async fn a_short_budget_scales_up_and_says_so() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let mut connection = connect(&server.url()).await;
    fill(&mut connection, 60_000, &["SET item:{n} value", "SET user:{n}:name value"]).await;
    let options = SampleOptions {
        sample: SampleSize::Keys(200),
        max_time: Duration::from_millis(250),
        ..SampleOptions::default()
    };
    let found = analyze(&handle(&server.url()), &options, &cx()).await.unwrap();
    assert_eq!((found.method, found.dbsize), (SampleMethod::Window, 120_000));
    assert!(found.gaps.iter().any(|gap| gap.contains("were walked in the time allowed")), "{:?}", found.gaps);
    let total: u64 = found.templates.iter().map(|family| family.keys).sum();
    assert!((119_900..120_100).contains(&total), "{total}");
}

#[tokio::test]
async fn missing_rights_are_gaps() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let mut connection = connect(&server.url()).await;
    fill(&mut connection, 500, &["SET session:{n} 1"]).await;
    redis::cmd("ACL")
        .arg(&[
            "SETUSER",
            "narrow",
            "on",
            ">pw-narrow",
            "resetchannels",
            "~*",
            "-@all",
            "+scan",
            "+type",
            "+pttl",
            "+ping",
            "+dbsize",
            "+info",
        ])
        .query_async::<()>(&mut connection)
        .await
        .unwrap();
    let redis = handle(&format!("{}?user=narrow&pass=pw-narrow", server.url()));
    let found = analyze(&redis, &SampleOptions::default(), &cx()).await.unwrap();
    for grant in ["+memory|usage", "+config|get", "+slowlog|get", "+client|list", "+object|encoding", "+strlen"] {
        assert!(found.gaps.iter().any(|gap| gap.contains(grant)), "{grant} is missing in {:#?}", found.gaps);
    }
    assert_eq!(found.templates[0].no_ttl_share, Some(1.0));
    assert!(found.templates[0].bytes.is_none());
    assert!(rules(&found).contains(&"ttl.none-ephemeral"));

    redis::cmd("ACL").arg(&["SETUSER", "narrow", "-scan"]).query_async::<()>(&mut connection).await.unwrap();
    let error = ToolError::from(analyze(&redis, &SampleOptions::default(), &cx()).await.unwrap_err());
    assert!(matches!(error, ToolError::Privilege(_)) && error.to_string().contains("+scan"), "{error}");
}

#[tokio::test]
async fn the_tool_reports_progress_bounds_its_text_and_stops_when_cancelled() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let mut connection = connect(&server.url()).await;
    for family in 0..60 {
        fill(
            &mut connection,
            30,
            &[&format!("SET family{}{}:{{n}} 1", char::from(b'a' + family / 26), char::from(b'a' + family % 26))],
        )
        .await;
    }
    fill(&mut connection, 1, &["SET bin:\u{1}{n} 1"]).await;
    let tool = AnalyzeKeyspace::new(handle(&server.url()));
    let (sender, mut progress) = mpsc::unbounded_channel();
    let cx = CallCx::new("s", "c", CancellationToken::new(), Some(sender));
    let args: AnalyzeKeyspaceArgs =
        serde_json::from_str(r#"{"sample": 500, "max_time_ms": null, "pattern": null}"#).unwrap();
    let KeyspaceReport(analysis) = Tool::call(&tool, &cx, args).await.unwrap();
    assert!(progress.try_recv().is_ok());
    let report = KeyspaceReport(analysis);
    let text = report.for_model(TokenBudget(700));
    assert!(text.len() <= TokenBudget(700).bytes() && text.starts_with("redis "), "{text}");
    assert!(serde_json::to_string(&report).unwrap().contains("bin:{bin}"));

    cx.cancel.cancel();
    let args: AnalyzeKeyspaceArgs = serde_json::from_str(r#"{"sample": "all"}"#).unwrap();
    assert!(matches!(Tool::call(&tool, &cx, args).await, Err(ToolError::Cancelled)));
    let args: AnalyzeKeyspaceArgs = serde_json::from_str(r#"{"sample": "some"}"#).unwrap();
    assert!(matches!(Tool::call(&tool, &cx, args).await, Err(ToolError::Arguments(_))));
}
