//! What the guard says about commands: a table of those that pass and those that do not, and
//! proof on a real server that what passes works and changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use dbwright_contract::{CallCx, Tool, ToolError};
use dbwright_redis::{Redis, RedisCli, RedisCliArgs, RedisConfig, Verdict, judge};
use dbwright_servers::{RedisOptions, testing};
use tokio_util::sync::CancellationToken;

/// Commands that only read, with keys that the live test creates.
const ALLOWED: &[&str] = &[
    "GET s",
    "get s",
    "GET \"s\"",
    "MGET s s2",
    "GETRANGE s 0 -1",
    "SUBSTR s 0 1",
    "STRLEN s",
    "GETBIT s 0",
    "BITCOUNT s",
    "BITCOUNT s 0 -1",
    "BITPOS s 1",
    "BITFIELD_RO s GET u8 0",
    "LCS s s2",
    "EXISTS s h",
    "TYPE s",
    "TTL s",
    "PTTL s",
    "EXPIRETIME s",
    "PEXPIRETIME s",
    "RANDOMKEY",
    "DBSIZE",
    "SCAN 0",
    "SCAN 0 MATCH * COUNT 100",
    "SCAN 0 TYPE hash",
    "DUMP s",
    "SORT_RO l ALPHA",
    "OBJECT ENCODING s",
    "object encoding s",
    "OBJECT IDLETIME s",
    "OBJECT REFCOUNT s",
    "OBJECT HELP",
    "HGET h a",
    "HMGET h a b",
    "HLEN h",
    "HEXISTS h a",
    "HSTRLEN h a",
    "HGETALL h",
    "HKEYS h",
    "HVALS h",
    "HSCAN h 0",
    "HSCAN h 0 COUNT 5000",
    "HRANDFIELD h",
    "HRANDFIELD h 2 WITHVALUES",
    "LLEN l",
    "LINDEX l 0",
    "LRANGE l 0 -1",
    "LPOS l a",
    "SCARD st",
    "SISMEMBER st a",
    "SMISMEMBER st a b",
    "SMEMBERS st",
    "SSCAN st 0",
    "SRANDMEMBER st",
    "SRANDMEMBER st -5",
    "SINTER st st",
    "SUNION st st",
    "SDIFF st st",
    "SINTERCARD 2 st st LIMIT 1",
    "ZCARD z",
    "ZSCORE z a",
    "ZMSCORE z a b",
    "ZRANK z a",
    "ZREVRANK z a",
    "ZCOUNT z -inf +inf",
    "ZLEXCOUNT z - +",
    "ZRANGE z 0 -1",
    "ZRANGE z 0 -1 WITHSCORES",
    "ZRANGE z 0 10 BYSCORE LIMIT 0 5",
    "ZREVRANGE z 0 -1",
    "ZRANGEBYSCORE z -inf +inf",
    "ZRANGEBYSCORE z -inf +inf LIMIT 0 -1",
    "ZREVRANGEBYSCORE z +inf -inf",
    "ZRANGEBYLEX z - +",
    "ZREVRANGEBYLEX z + -",
    "ZSCAN z 0",
    "ZRANDMEMBER z 2",
    "ZINTER 2 z z",
    "ZUNION 2 z z WITHSCORES",
    "ZDIFF 2 z z",
    "ZINTERCARD 2 z z",
    "GEOPOS g Rome",
    "GEODIST g Rome Paris km",
    "GEOHASH g Rome",
    "GEOSEARCH g FROMMEMBER Rome BYRADIUS 2000 km",
    "GEORADIUS_RO g 12 41 100 km",
    "GEORADIUSBYMEMBER_RO g Rome 100 km",
    "XLEN x",
    "XRANGE x - +",
    "XREVRANGE x + - COUNT 1",
    "XREAD STREAMS x 0",
    "XREAD COUNT 5 STREAMS x 0",
    "XPENDING x grp",
    "XPENDING x grp - + 10",
    "XPENDING x grp IDLE 100 - + 5000",
    "XINFO STREAM x",
    "XINFO GROUPS x",
    "XINFO CONSUMERS x grp",
    "PING",
    "PING hello",
    "ECHO hi",
    "CLIENT LIST",
    "CLIENT INFO",
    "CLIENT ID",
    "CLIENT GETNAME",
    "CLIENT TRACKINGINFO",
    "INFO",
    "INFO memory",
    "INFO everything",
    "TIME",
    "ROLE",
    "LASTSAVE",
    "LOLWUT",
    "COMMAND COUNT",
    "COMMAND DOCS GET",
    "COMMAND INFO GET",
    "COMMAND LIST",
    "COMMAND GETKEYS GET a",
    "CONFIG GET maxmemory",
    "CONFIG GET maxmemory maxmemory-policy",
    "SLOWLOG GET",
    "SLOWLOG GET 5000",
    "SLOWLOG GET -1",
    "SLOWLOG LEN",
    "LATENCY LATEST",
    "LATENCY HISTORY command",
    "LATENCY DOCTOR",
    "LATENCY HISTOGRAM get",
    "MEMORY USAGE s",
    "MEMORY USAGE s SAMPLES 5",
    "MEMORY DOCTOR",
    "MEMORY STATS",
    "MEMORY MALLOC-STATS",
    "ACL WHOAMI",
    "ACL USERS",
    "ACL CAT",
    "ACL CAT read",
    "MODULE LIST",
    "FUNCTION LIST",
    "FUNCTION STATS",
    "SCRIPT EXISTS 0000000000000000000000000000000000000000",
    "PUBSUB CHANNELS",
    "PUBSUB NUMSUB a",
    "PUBSUB NUMPAT",
    "ACL DRYRUN default GET s",
];

/// Commands that are refused, by rule.
const REFUSED: &[(&str, &str)] = &[
    ("KEYS *", "redis.keys"),
    ("keys user:*", "redis.keys"),
    ("FLUSHALL", "redis.destroy"),
    ("FLUSHDB ASYNC", "redis.destroy"),
    ("SWAPDB 0 1", "redis.destroy"),
    ("MONITOR", "redis.stream"),
    ("SUBSCRIBE a", "redis.stream"),
    ("PSUBSCRIBE *", "redis.stream"),
    ("SSUBSCRIBE a", "redis.stream"),
    ("DEBUG SLEEP 10", "redis.admin"),
    ("DEBUG OBJECT s", "redis.admin"),
    ("DEBUG SET-ACTIVE-EXPIRE 0", "redis.admin"),
    ("SHUTDOWN", "redis.admin"),
    ("SHUTDOWN NOSAVE", "redis.admin"),
    ("SAVE", "redis.admin"),
    ("BGSAVE", "redis.admin"),
    ("BGREWRITEAOF", "redis.admin"),
    ("REPLICAOF NO ONE", "redis.admin"),
    ("SLAVEOF 127.0.0.1 1", "redis.admin"),
    ("FAILOVER", "redis.admin"),
    ("MIGRATE h 1 s 0 10", "redis.admin"),
    ("PSYNC ? -1", "redis.admin"),
    ("SYNC", "redis.admin"),
    ("REPLCONF listening-port 1", "redis.admin"),
    ("EVAL \"return 1\" 0", "redis.script"),
    ("EVALSHA abc 0", "redis.script"),
    ("EVAL_RO \"return 1\" 0", "redis.script"),
    ("FCALL f 0", "redis.script"),
    ("FCALL_RO f 0", "redis.script"),
    ("SCRIPT LOAD \"return 1\"", "redis.script"),
    ("SCRIPT FLUSH", "redis.admin"),
    ("SCRIPT KILL", "redis.admin"),
    ("FUNCTION LOAD x", "redis.admin"),
    ("FUNCTION FLUSH", "redis.admin"),
    ("FUNCTION RESTORE x", "redis.admin"),
    ("BLPOP l 0", "redis.blocking"),
    ("BRPOP l 1", "redis.blocking"),
    ("BLMOVE l l2 LEFT LEFT 0", "redis.blocking"),
    ("BZPOPMIN z 0", "redis.blocking"),
    ("BLMPOP 0 1 l LEFT", "redis.blocking"),
    ("WAIT 1 0", "redis.blocking"),
    ("XREAD BLOCK 0 STREAMS x $", "redis.blocking"),
    ("xread count 1 block 100 streams x $", "redis.blocking"),
    ("XREADGROUP GROUP grp c STREAMS x >", "redis.blocking"),
    ("PFCOUNT p", "redis.write"),
    ("SORT l", "redis.write"),
    ("SORT l STORE d", "redis.write"),
    ("SORT_RO l STORE d", "redis.write"),
    ("SORT_RO l BY w_*", "redis.cost"),
    ("GEORADIUS g 1 1 1 km", "redis.write"),
    ("GEORADIUSBYMEMBER g Rome 1 km STORE d", "redis.write"),
    ("BITFIELD s SET u8 0 1", "redis.write"),
    ("GETEX s EX 1", "redis.write"),
    ("GETDEL s", "redis.write"),
    ("GETSET s v", "redis.write"),
    ("TOUCH s", "redis.write"),
    ("LPOP l", "redis.write"),
    ("RPOP l", "redis.write"),
    ("RPOPLPUSH l l2", "redis.write"),
    ("LMOVE l l2 LEFT LEFT", "redis.write"),
    ("SPOP st", "redis.write"),
    ("ZPOPMIN z", "redis.write"),
    ("ACL LIST", "redis.secret"),
    ("ACL GETUSER default", "redis.secret"),
    ("ACL LOG", "redis.secret"),
    ("ACL SETUSER a on nopass +@all", "redis.admin"),
    ("ACL DELUSER a", "redis.admin"),
    ("ACL LOAD", "redis.admin"),
    ("ACL SAVE", "redis.admin"),
    ("CONFIG GET *", "redis.secret"),
    ("CONFIG GET requirepass", "redis.secret"),
    ("CONFIG GET REQUIREPASS", "redis.secret"),
    ("CONFIG GET masterauth", "redis.secret"),
    ("CONFIG GET require?ass", "redis.secret"),
    ("CONFIG GET maxmemory requirepass", "redis.secret"),
    ("CONFIG GET tls-key-file-pass", "redis.secret"),
    ("CONFIG SET maxmemory 1", "redis.admin"),
    ("CONFIG REWRITE", "redis.admin"),
    ("CONFIG RESETSTAT", "redis.admin"),
    ("SLOWLOG RESET", "redis.admin"),
    ("LATENCY RESET", "redis.admin"),
    ("CLIENT KILL TYPE normal", "redis.admin"),
    ("CLIENT PAUSE 1000", "redis.admin"),
    ("CLIENT NO-EVICT on", "redis.admin"),
    ("CLIENT REPLY OFF", "redis.admin"),
    ("CLIENT SETNAME a", "redis.admin"),
    ("CLIENT UNBLOCK 1", "redis.admin"),
    ("MEMORY PURGE", "redis.admin"),
    ("MEMORY USAGE s SAMPLES 0", "redis.cost"),
    ("MEMORY USAGE s SAMPLES 999999", "redis.cost"),
    ("MODULE LOAD /x.so", "redis.admin"),
    ("MODULE UNLOAD x", "redis.admin"),
    ("CLUSTER RESET", "redis.admin"),
    ("CLUSTER FAILOVER", "redis.admin"),
    ("CLUSTER FORGET a", "redis.admin"),
    ("SELECT 1", "redis.connection"),
    ("AUTH x", "redis.connection"),
    ("HELLO 3", "redis.connection"),
    ("RESET", "redis.connection"),
    ("QUIT", "redis.connection"),
    ("MULTI", "redis.connection"),
    ("EXEC", "redis.connection"),
    ("WATCH s", "redis.connection"),
    ("SET s v", "redis.not_listed"),
    ("DEL s", "redis.not_listed"),
    ("UNLINK s", "redis.not_listed"),
    ("EXPIRE s 1", "redis.not_listed"),
    ("PERSIST s", "redis.not_listed"),
    ("RENAME s t", "redis.not_listed"),
    ("COPY s t", "redis.not_listed"),
    ("MOVE s 1", "redis.not_listed"),
    ("RESTORE t 0 x", "redis.not_listed"),
    ("INCR s", "redis.not_listed"),
    ("APPEND s x", "redis.not_listed"),
    ("SETRANGE s 0 x", "redis.not_listed"),
    ("HSET h a b", "redis.not_listed"),
    ("LPUSH l a", "redis.not_listed"),
    ("SADD st a", "redis.not_listed"),
    ("ZADD z 1 a", "redis.not_listed"),
    ("XADD x * a b", "redis.not_listed"),
    ("XGROUP CREATE x g2 $", "redis.not_listed"),
    ("XACK x grp 1-1", "redis.not_listed"),
    ("PFADD p a", "redis.not_listed"),
    ("ZRANGESTORE d z 0 -1", "redis.not_listed"),
    ("SINTERSTORE d st st", "redis.not_listed"),
    ("BITOP NOT d s", "redis.not_listed"),
    ("PUBLISH a b", "redis.not_listed"),
    ("GEOSEARCHSTORE d g FROMMEMBER Rome BYRADIUS 1 km", "redis.not_listed"),
    ("NOSUCH", "redis.not_listed"),
    ("GETX s", "redis.not_listed"),
    ("", "redis.syntax"),
    ("GET", "redis.syntax"),
    ("GET a b", "redis.syntax"),
    ("5 PING", "redis.syntax"),
    ("PING\r\nFLUSHALL", "redis.syntax"),
    ("GET \"a", "redis.syntax"),
    ("\"FLUSHALL\"", "redis.destroy"),
    ("'flushall'", "redis.destroy"),
    ("\"\\x46LUSHALL\"", "redis.destroy"),
    ("FLUSHALL\t", "redis.destroy"),
    ("CONFIG", "redis.admin"),
    ("\"CONFIG GET\" maxmemory", "redis.not_listed"),
];

#[test]
fn judges_every_command_of_the_table() {
    assert!(ALLOWED.len() + REFUSED.len() >= 240, "{} {}", ALLOWED.len(), REFUSED.len());
    for line in ALLOWED {
        assert_eq!(judge(line), Verdict::Allowed, "{line}");
    }
    // The test server is no cluster.
    for line in ["CLUSTER KEYSLOT s", "CLUSTER INFO", "CLUSTER NODES", "CLUSTER SHARDS", "CLUSTER GETKEYSINSLOT 1 10"] {
        assert_eq!(judge(line), Verdict::Allowed, "{line}");
    }
    for (line, expected) in REFUSED {
        match judge(line) {
            Verdict::Refused { rule, reason } => {
                assert_eq!(rule, *expected, "{line}: {reason}");
                assert!(reason.len() > 15, "{line}: {reason}");
            }
            Verdict::Allowed => panic!("{line} was allowed"),
        }
    }
}

async fn query(connection: &mut redis::aio::MultiplexedConnection, line: &str) -> redis::Value {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    for word in words {
        command.arg(word);
    }
    command.query_async(connection).await.unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[tokio::test]
async fn what_is_allowed_works_and_changes_nothing() {
    // 7.0 and later want DEBUG to be enabled.
    let is_old = testing::redis_binaries().version.major < 7;
    let options = RedisOptions::default();
    let options = if is_old { options } else { options.setting("enable-debug-command", "yes") };
    let server = testing::own_redis(options).await;
    let mut connection = redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
    for line in [
        "SET s value",
        "SET s2 other",
        "HSET h a 1 b 2 c 3",
        "RPUSH l a b c",
        "SADD st a b c",
        "ZADD z 1 a 2 b 3 c",
        "GEOADD g 12.5 41.9 Rome 2.35 48.85 Paris",
        "XADD x 1-1 f v",
        "XGROUP CREATE x grp 0",
        "XREADGROUP GROUP grp c STREAMS x >",
        "PFADD p a b c",
    ] {
        query(&mut connection, line).await;
    }
    let before = query(&mut connection, "DEBUG DIGEST").await;
    let tool = RedisCli::new(Redis::new(RedisConfig::new("test", server.url())).unwrap());
    let cx = CallCx::detached(CancellationToken::new());
    for line in ALLOWED {
        let reply = tool.call(&cx, RedisCliArgs { command: (*line).to_owned(), database: None }).await;
        let is_newer = is_old && matches!(reply, Err(ToolError::Unavailable(_)));
        assert!(reply.is_ok() || is_newer, "{line}: {:?}", reply.err());
    }
    for (line, _) in REFUSED {
        let reply = tool.call(&cx, RedisCliArgs { command: (*line).to_owned(), database: None }).await;
        assert!(matches!(reply, Err(ToolError::Refused(_))), "{line}: {reply:?}");
    }
    assert_eq!(query(&mut connection, "DEBUG DIGEST").await, before);
}
