//! `redis_cli` against a real server: bounds, binary data, rights, and what goes wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use dbwright_contract::{CallCx, ErasedTool, Report, TokenBudget, Tool, ToolError};
use dbwright_redis::{Redis, RedisCli, RedisCliArgs, RedisConfig, RedisReply};
use dbwright_servers::{RedisOptions, testing};
use tokio_util::sync::CancellationToken;

fn cx() -> CallCx {
    CallCx::detached(CancellationToken::new())
}

fn tool(url: &str) -> RedisCli {
    RedisCli::new(Redis::new(RedisConfig::new("cache", url)).unwrap())
}

async fn ask(tool: &RedisCli, command: &str) -> Result<RedisReply, ToolError> {
    Tool::call(tool, &cx(), RedisCliArgs { command: command.to_owned(), database: None }).await
}

async fn connect(url: &str) -> redis::aio::MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn large_replies_are_read_in_part() {
    let server = testing::redis().await;
    let mut connection = connect(&server.url()).await;
    let mut pipeline = redis::pipe();
    pipeline.cmd("SET").arg("big:s").arg("x".repeat(3_000_000)).ignore();
    for n in 0..50_000 {
        pipeline.cmd("HSET").arg("big:h").arg(format!("f{n}")).arg(n).ignore();
    }
    for n in 0..5_000 {
        pipeline.cmd("RPUSH").arg("big:l").arg(n).ignore();
        pipeline.cmd("SADD").arg("big:st").arg(format!("m{n}")).ignore();
        pipeline.cmd("ZADD").arg("big:z").arg(n).arg(format!("m{n}")).ignore();
        pipeline.cmd("XADD").arg("big:x").arg("*").arg("f").arg(n).ignore();
    }
    pipeline.query_async::<()>(&mut connection).await.unwrap();
    let tool = tool(&server.url());

    let reply = ask(&tool, "HGETALL big:h").await.unwrap();
    let elements = reply.reply.as_array().unwrap().len();
    assert!((2..=400).contains(&elements), "{elements}");
    assert!(
        reply.notices[0].contains("of 50000 elements") && reply.notices[0].contains("HSCAN"),
        "{:?}",
        reply.notices
    );

    let reply = ask(&tool, "GET big:s").await.unwrap();
    assert_eq!(reply.reply.as_str().unwrap().len(), 16 * 1024);
    assert!(reply.notices[0].contains("3000000"), "{:?}", reply.notices);
    assert!(reply.for_model(TokenBudget::default()).len() <= TokenBudget::default().bytes());

    for (command, first, last) in [
        ("LRANGE big:l 0 -1", "0", "199"),
        ("LRANGE big:l -1000 -1", "4000", "4199"),
        ("ZRANGE big:z 0 -1", "m0", "m199"),
        ("ZRANGEBYSCORE big:z 1000 +inf", "m1000", "m1199"),
        ("ZRANGE big:z 1000 5000 BYSCORE LIMIT 0 100000", "m1000", "m1199"),
    ] {
        let reply = ask(&tool, command).await.unwrap();
        let items = reply.reply.as_array().unwrap();
        assert_eq!((items.len(), items[0].as_str(), items[199].as_str()), (200, Some(first), Some(last)), "{command}");
        assert_eq!(reply.notices.len(), 1, "{command}");
    }
    let reply = ask(&tool, "LRANGE big:l 10 20").await.unwrap();
    assert_eq!((reply.reply.as_array().unwrap().len(), reply.notices.len()), (11, 0));
    let reply = ask(&tool, "SMEMBERS big:st").await.unwrap();
    assert!(reply.reply.as_array().unwrap().len() <= 200 && reply.notices[0].contains("of 5000"));
    let reply = ask(&tool, "XRANGE big:x - +").await.unwrap();
    assert_eq!(reply.reply.as_array().unwrap().len(), 100);
    let reply = ask(&tool, "MGET big:s big:s missing").await.unwrap();
    assert!(reply.reply[0].as_str().unwrap().len() <= 16 * 1024);
    let refused = ask(&tool, "SUNION big:st big:st big:st").await.unwrap_err();
    assert!(refused.to_string().contains("15000 members"), "{refused}");
    let refused = ask(&tool, "DUMP big:s").await.unwrap_err();
    assert!(refused.to_string().contains("not sent"), "{refused}");
}

#[tokio::test]
async fn binary_keys_and_values_are_exact() {
    let server = testing::redis().await;
    let mut connection = connect(&server.url()).await;
    let key: &[u8] = b"bin:\xff\x00\n\"";
    redis::cmd("SET").arg(key).arg(&b"\x00\xfe ok"[..]).query_async::<()>(&mut connection).await.unwrap();
    let tool = tool(&server.url());
    let reply = ask(&tool, r#"GET "bin:\xff\x00\n\"""#).await.unwrap();
    assert_eq!(reply.reply, serde_json::json!("\\x00\\xfe ok"));
    let scanned = ask(&tool, "SCAN 0 MATCH bin:* COUNT 1000").await.unwrap();
    assert!(scanned.for_model(TokenBudget::default()).contains(r#""bin:\xff\x00\n\"""#));
}

#[tokio::test]
async fn databases_are_chosen_by_argument() {
    let server = testing::redis().await;
    let mut connection = connect(&format!("{}?db=3", server.url())).await;
    redis::cmd("SET").arg("only:in:three").arg(1).query_async::<()>(&mut connection).await.unwrap();
    let tool = tool(&server.url());
    let cx = cx();
    let exists =
        |database| Tool::call(&tool, &cx, RedisCliArgs { command: "EXISTS only:in:three".to_owned(), database });
    assert_eq!(exists(Some(3)).await.unwrap().reply, 1);
    assert_eq!(exists(None).await.unwrap().reply, 0);
    let wrong = exists(Some(4000)).await.unwrap_err();
    assert!(wrong.to_string().contains("out of range"), "{wrong}");
}

#[tokio::test]
async fn a_limited_user_learns_which_grant_is_missing() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let mut connection = connect(&server.url()).await;
    redis::cmd("ACL")
        .arg(&[
            "SETUSER",
            "limited",
            "on",
            ">secret-word",
            "resetchannels",
            "~app:*",
            "-@all",
            "+get",
            "+strlen",
            "+ping",
        ])
        .query_async::<()>(&mut connection)
        .await
        .unwrap();
    let url = format!("{}?user=limited&pass=secret-word", server.url());
    let tool = tool(&url);
    assert_eq!(ask(&tool, "GET app:1").await.unwrap().reply, serde_json::Value::Null);
    let error = ask(&tool, "INFO memory").await.unwrap_err();
    assert!(matches!(error, ToolError::Privilege(_)), "{error:?}");
    assert!(error.to_string().contains("ACL SETUSER limited +info"), "{error}");
    let error = ask(&tool, "MEMORY DOCTOR").await.unwrap_err();
    assert!(error.to_string().contains("+memory|doctor"), "{error}");
    let error = ask(&tool, "GET other:1").await.unwrap_err();
    assert!(error.to_string().contains("%R~"), "{error}");
    assert!(!format!("{error:?} {error}").contains("secret-word"));
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_server_are_told_apart() {
    let server = testing::own_redis(RedisOptions::default().setting("requirepass", "right-word")).await;
    let none = ask(&tool(&server.url()), "PING").await.unwrap_err();
    assert!(matches!(none, ToolError::Unreachable(_)) && none.to_string().contains("refused the login"), "{none}");
    let wrong = ask(&tool(&format!("{}?pass=wrong-word", server.url())), "PING").await.unwrap_err();
    assert!(wrong.to_string().contains("refused the login"), "{wrong}");
    assert!(!wrong.to_string().contains("wrong-word"), "{wrong}");
    let right = ask(&tool(&format!("{}?pass=right-word", server.url())), "PING").await.unwrap();
    assert_eq!(right.reply, "PONG");

    let gone = ask(&tool("redis://:hidden-word@127.0.0.1:1"), "PING").await.unwrap_err();
    assert!(matches!(gone, ToolError::Unreachable(_)), "{gone:?}");
    assert!(gone.to_string().contains("127.0.0.1:1") && !gone.to_string().contains("hidden-word"), "{gone}");
    let nonsense = Redis::new(RedisConfig::new("cache", "http://:hidden-word@nowhere")).unwrap_err();
    assert!(
        nonsense.to_string().contains("cannot be used") && !nonsense.to_string().contains("hidden-word"),
        "{nonsense}"
    );
}

#[tokio::test]
async fn a_lost_server_is_an_error_once_and_then_a_new_connection() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let tool = tool(&server.url());
    ask(&tool, "PING").await.unwrap();
    let mut connection = connect(&server.url()).await;
    redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
        .query_async::<()>(&mut connection)
        .await
        .unwrap();
    // The first call may meet the closed connection; the next one opens another.
    let _ = ask(&tool, "PING").await;
    assert_eq!(ask(&tool, "PING").await.unwrap().reply, "PONG");
}

#[tokio::test]
async fn errors_of_the_server_keep_its_words() {
    let server = testing::redis().await;
    let mut connection = connect(&server.url()).await;
    redis::cmd("SADD").arg("a:set").arg(1).query_async::<()>(&mut connection).await.unwrap();
    let tool = tool(&server.url());
    let wrong = ask(&tool, "GET a:set").await.unwrap_err();
    assert!(wrong.to_string().contains("WRONGTYPE"), "{wrong}");
    let assessed = ErasedTool::assess(&tool, &serde_json::json!({"command": "FLUSHALL"})).unwrap();
    assert!(assessed.refusal.unwrap().starts_with("redis.destroy"));
    let fault = ErasedTool::assess(&tool, &serde_json::json!({"cmd": 1})).unwrap_err();
    assert!(matches!(fault, ToolError::Arguments(_)));
}
