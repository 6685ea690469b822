//! Why a command is refused, and what to use in its place.

/// The reason for refusing a full command name (`CONFIG|SET`), with the safe alternative. Names
/// that are not here get a general reason.
pub(crate) fn reason(name: &str) -> Option<(&'static str, &'static str)> {
    let (parent, _) = name.split_once('|').unwrap_or((name, ""));
    Some(match name {
        "KEYS" => (
            "redis.keys",
            "KEYS walks the whole keyspace while nobody else is served: use SCAN 0 MATCH pattern COUNT 500, or analyze_keyspace",
        ),
        "FLUSHALL" | "FLUSHDB" | "SWAPDB" => (
            "redis.destroy",
            "it replaces or erases a whole database; to remove a family of keys, UNLINK them in SCAN batches after approval",
        ),
        "MONITOR" => (
            "redis.stream",
            "MONITOR copies every command of every client, secrets included: use SLOWLOG GET, LATENCY LATEST or INFO commandstats",
        ),
        "DEBUG" | "SHUTDOWN" | "FAILOVER" | "REPLICAOF" | "SLAVEOF" | "RESTORE-ASKING" | "MIGRATE" | "PFDEBUG"
        | "PFSELFTEST" => {
            ("redis.admin", "it can stop or damage the server; it is an operator's work on the machine itself")
        }
        "SAVE" | "BGSAVE" | "BGREWRITEAOF" => {
            ("redis.admin", "it forks or stops the server; LASTSAVE and INFO persistence tell the state")
        }
        "EVAL" | "EVALSHA" | "FCALL" | "EVAL_RO" | "EVALSHA_RO" | "FCALL_RO" | "SCRIPT|LOAD" => (
            "redis.script",
            "a script can write or loop without end: read with plain commands; lint the script text instead",
        ),
        "SUBSCRIBE" | "PSUBSCRIBE" | "SSUBSCRIBE" | "UNSUBSCRIBE" | "PUNSUBSCRIBE" | "SUNSUBSCRIBE" => {
            ("redis.stream", "a subscription never ends: use PUBSUB CHANNELS and PUBSUB NUMSUB")
        }
        "BLPOP" | "BRPOP" | "BLMOVE" | "BRPOPLPUSH" | "BLMPOP" | "BZPOPMIN" | "BZPOPMAX" | "BZMPOP" | "WAIT"
        | "WAITAOF" | "XREADGROUP" => {
            ("redis.blocking", "it waits for, or takes, somebody's data: use LRANGE, ZRANGE, XRANGE or XINFO")
        }
        "PFCOUNT" => (
            "redis.write",
            "PFCOUNT rewrites the cached cardinality inside the value although it is called read-only: use it from the application",
        ),
        "SORT" => ("redis.write", "SORT can store its result: use SORT_RO"),
        "GEORADIUS" => ("redis.write", "GEORADIUS can store its result: use GEOSEARCH or GEORADIUS_RO"),
        "GEORADIUSBYMEMBER" => {
            ("redis.write", "GEORADIUSBYMEMBER can store its result: use GEOSEARCH or GEORADIUSBYMEMBER_RO")
        }
        "BITFIELD" => ("redis.write", "BITFIELD can write: use BITFIELD_RO"),
        "GETEX" => ("redis.write", "GETEX changes the TTL: use GET and PTTL"),
        "GETDEL" | "GETSET" => ("redis.write", "it removes or replaces the value: use GET"),
        "TOUCH" => ("redis.write", "TOUCH changes the access time: use EXISTS, or OBJECT IDLETIME"),
        "LPOP" | "RPOP" | "LMPOP" | "LMOVE" | "RPOPLPUSH" => ("redis.write", "it takes elements away: use LRANGE"),
        "SPOP" => ("redis.write", "SPOP takes members away: use SRANDMEMBER"),
        "ZPOPMIN" | "ZPOPMAX" | "ZMPOP" => ("redis.write", "it takes members away: use ZRANGE"),
        "ACL|LIST" | "ACL|GETUSER" => {
            ("redis.secret", "it shows password hashes: use ACL WHOAMI, ACL USERS and ACL DRYRUN user command")
        }
        "ACL|LOG" => ("redis.secret", "it shows refused commands of others with their arguments: use INFO errorstats"),
        "SELECT" => ("redis.connection", "a selection would outlive the call: pass `database`"),
        "AUTH" | "HELLO" | "RESET" | "QUIT" | "ASKING" | "READONLY" | "READWRITE" => (
            "redis.connection",
            "it changes the connection, which the tool keeps itself; credentials belong into the configured url",
        ),
        "MULTI" | "EXEC" | "DISCARD" | "WATCH" | "UNWATCH" => {
            ("redis.connection", "transactions only serve writes here: send the reads one by one")
        }
        "PSYNC" | "SYNC" | "REPLCONF" => {
            ("redis.admin", "it makes the server send its whole data: use INFO replication")
        }
        "MEMORY|PURGE" => {
            ("redis.admin", "MEMORY PURGE works on the allocator of the running server: use MEMORY DOCTOR")
        }
        "CONFIG|SET" | "CONFIG|REWRITE" => {
            ("redis.admin", "it changes settings: propose the change as a fix, with its undo; CONFIG GET reads them")
        }
        "CONFIG|RESETSTAT" => {
            ("redis.admin", "it erases the statistics that others rely on: compare two INFO readings instead")
        }
        "SLOWLOG|RESET" | "LATENCY|RESET" => {
            ("redis.admin", "it erases evidence: read with SLOWLOG GET or LATENCY LATEST")
        }
        "CLIENT|KILL" | "CLIENT|PAUSE" | "CLIENT|UNPAUSE" | "CLIENT|UNBLOCK" => {
            ("redis.admin", "it acts on other clients: use CLIENT LIST")
        }
        name if WRITES.contains(&name) || REMOVALS.contains(&name) => {
            ("redis.write", "it changes data: propose the change as a fix, with its undo")
        }
        _ => match parent {
            "DEBUG" | "SENTINEL" => {
                ("redis.admin", "it can stop or change the server: use INFO, MEMORY USAGE and OBJECT ENCODING")
            }
            "XGROUP" => ("redis.write", "it changes consumer groups: use XINFO GROUPS and XINFO CONSUMERS"),
            "HOTKEYS" => ("redis.admin", "it switches the server's tracking: HOTKEYS GET reads it"),
            "CLIENT" | "ACL" | "CONFIG" | "MODULE" | "FUNCTION" | "SCRIPT" | "CLUSTER" => (
                "redis.admin",
                "it changes the server or the connection; the reading subcommands (INFO, LIST, GET, NODES) are allowed",
            ),
            module if module.contains('.') => {
                ("redis.not_listed", "only the reading commands of known modules are listed")
            }
            _ => return None,
        },
    })
}

/// Whether a refused command takes something away that cannot be had back.
pub(super) fn removes(full: &str) -> bool {
    REMOVALS.contains(&full)
}

/// Writing commands that take something away.
const REMOVALS: &[&str] = &[
    "DEL",
    "UNLINK",
    "DELEX",
    "HDEL",
    "HGETDEL",
    "SREM",
    "ZREM",
    "ZREMRANGEBYRANK",
    "ZREMRANGEBYSCORE",
    "ZREMRANGEBYLEX",
    "LREM",
    "LTRIM",
    "XDEL",
    "XDELEX",
    "XACKDEL",
    "XTRIM",
    "VREM",
    "GETDEL",
    "LPOP",
    "RPOP",
    "LMPOP",
    "SPOP",
    "ZPOPMIN",
    "ZPOPMAX",
    "ZMPOP",
    "GETSET",
    "EXPIRE",
    "PEXPIRE",
    "EXPIREAT",
    "PEXPIREAT",
    "HEXPIRE",
    "HPEXPIRE",
    "HEXPIREAT",
    "HPEXPIREAT",
];

/// Other writing commands, of all versions; only for the words of the refusal.
const WRITES: &[&str] = &[
    "APPEND",
    "BITOP",
    "COPY",
    "DECR",
    "DECRBY",
    "GEOADD",
    "GEOSEARCHSTORE",
    "HINCRBY",
    "HINCRBYFLOAT",
    "HGETEX",
    "HSET",
    "HSETEX",
    "HMSET",
    "HSETNX",
    "HPERSIST",
    "INCR",
    "INCRBY",
    "INCRBYFLOAT",
    "LINSERT",
    "LPUSH",
    "LPUSHX",
    "LSET",
    "MOVE",
    "MSET",
    "MSETEX",
    "MSETNX",
    "PERSIST",
    "PFADD",
    "PFMERGE",
    "PSETEX",
    "PUBLISH",
    "SPUBLISH",
    "RENAME",
    "RENAMENX",
    "RESTORE",
    "RPUSH",
    "RPUSHX",
    "SADD",
    "SDIFFSTORE",
    "SET",
    "SETBIT",
    "SETEX",
    "SETNX",
    "SETRANGE",
    "SINTERSTORE",
    "SMOVE",
    "SUNIONSTORE",
    "VADD",
    "VSETATTR",
    "XACK",
    "XADD",
    "XAUTOCLAIM",
    "XCLAIM",
    "XCFGSET",
    "XSETID",
    "ZADD",
    "ZDIFFSTORE",
    "ZINCRBY",
    "ZINTERSTORE",
    "ZRANGESTORE",
    "ZUNIONSTORE",
];
