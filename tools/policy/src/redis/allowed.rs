//! The read-only commands that may run, each with what is checked about its arguments.
//!
//! The list is static on purpose: the server's own flags and categories change between versions
//! and call things read-only that are not (EVAL_RO loops, PFCOUNT writes, DEBUG sleeps).

/// What is checked about a command's arguments, or done to bound its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Args {
    /// Nothing: the reply is small by nature.
    Free,
    /// `GET key`: long values are read in part.
    Value,
    /// `HGET key field`: a huge field is refused, it cannot be read in part.
    Field,
    /// `HMGET key field …`: the fields together.
    Fields,
    /// `MGET key …`.
    Values,
    /// `GETRANGE key start end`.
    ValueRange,
    /// `HGETALL key` and its like: large ones are read by HSCAN.
    WholeHash,
    /// `SMEMBERS key`.
    WholeSet,
    /// `LRANGE key start stop`.
    ListRange,
    /// `ZRANGE key start stop [BYSCORE|BYLEX] [LIMIT o n]`; the others are by index.
    SortedRange,
    /// `ZRANGEBYSCORE key min max [LIMIT o n]`.
    SortedByValue,
    /// `XRANGE key start end [COUNT n]`.
    StreamRange,
    /// `XREAD [COUNT n] STREAMS …`, never with BLOCK.
    StreamRead,
    /// `XINFO STREAM key [FULL [COUNT n]]`.
    StreamInfo,
    /// `XPENDING key group [IDLE ms] [start end count]`.
    StreamPending,
    /// `SCAN cursor …` (no key).
    ScanKeys,
    /// `HSCAN key cursor …`.
    ScanOne,
    /// `SRANDMEMBER key [count]`.
    Random,
    /// Commands over several whole collections: `SINTER key …`.
    Combine,
    /// `ZUNION numkeys key …`.
    CombineCounted,
    /// `DUMP key`, `JSON.GET key`: linear in the value.
    Linear,
    /// `SORT_RO key …`: linear, and without patterns that read other keys.
    Sort,
    /// `LCS a b`: time and memory grow with the product of both lengths.
    Product,
    /// `BITCOUNT key`, `BITPOS key`: linear in the bytes of a string.
    Bits,
    /// `LINDEX key index`: one element, which may be huge.
    Element,
    /// `GEOSEARCH … [COUNT n]`.
    Geo,
    /// `LPOS key element …`.
    ListSearch,
    /// `MEMORY USAGE key [SAMPLES n]`.
    MemoryUsage,
    /// `CONFIG GET name …`: exact names that hold no secret.
    Setting,
    /// `SLOWLOG GET [n]`, `ACL LOG`-like: a count.
    Count,
    /// `CLUSTER GETKEYSINSLOT slot count`.
    SlotKeys,
    /// Lists that are small by nature and take options.
    List,
    /// `PUBSUB CHANNELS [pattern]`: refused where there are very many.
    Channels,
    /// `FT.SEARCH index query … [LIMIT offset n]`.
    Search,
    /// `FT.AGGREGATE index query …`, never with a cursor.
    Aggregate,
    /// `TS.RANGE key from to [COUNT n]`.
    Series,
    /// `VSIM key … [COUNT n] [EF n]`.
    Similar,
}

use Args::{
    Bits, Channels, Combine, CombineCounted, Count, Element, Field, Fields, Free, Geo, Linear, List, ListRange,
    ListSearch, MemoryUsage, Product, Random, ScanKeys, ScanOne, Setting, SlotKeys, Sort, SortedByValue, SortedRange,
    StreamInfo, StreamPending, StreamRange, StreamRead, Value, ValueRange, Values, WholeHash, WholeSet,
};

/// A command that may run: its full name, container and subcommand joined by `|`, the least and
/// the greatest number of arguments after the name, and what is checked about them.
pub(super) type Allowed = (&'static str, usize, usize, Args);

/// The server's own commands, of all versions from 6.2 to 8.
pub(super) const CORE: &[Allowed] = &[
    // strings
    ("GET", 1, 1, Value),
    ("MGET", 1, 50, Values),
    ("GETRANGE", 3, 3, ValueRange),
    ("SUBSTR", 3, 3, ValueRange),
    ("STRLEN", 1, 1, Free),
    ("GETBIT", 2, 2, Free),
    ("BITCOUNT", 1, 4, Bits),
    ("BITPOS", 2, 5, Bits),
    ("BITFIELD_RO", 1, 40, Free),
    ("LCS", 2, 8, Product),
    // keys
    ("EXISTS", 1, 100, Free),
    ("TYPE", 1, 1, Free),
    ("TTL", 1, 1, Free),
    ("PTTL", 1, 1, Free),
    ("EXPIRETIME", 1, 1, Free),
    ("PEXPIRETIME", 1, 1, Free),
    ("RANDOMKEY", 0, 0, Free),
    ("DBSIZE", 0, 0, Free),
    ("SCAN", 1, 7, ScanKeys),
    ("DUMP", 1, 1, Linear),
    ("SORT_RO", 1, 20, Sort),
    ("OBJECT|ENCODING", 1, 1, Free),
    ("OBJECT|FREQ", 1, 1, Free),
    ("OBJECT|IDLETIME", 1, 1, Free),
    ("OBJECT|REFCOUNT", 1, 1, Free),
    ("OBJECT|HELP", 0, 0, Free),
    // 8.4
    ("DIGEST", 1, 1, Free),
    // hashes
    ("HGET", 2, 2, Field),
    ("HMGET", 2, 200, Fields),
    ("HLEN", 1, 1, Free),
    ("HEXISTS", 2, 2, Free),
    ("HSTRLEN", 2, 2, Free),
    ("HGETALL", 1, 1, WholeHash),
    ("HKEYS", 1, 1, WholeHash),
    ("HVALS", 1, 1, WholeHash),
    ("HSCAN", 2, 7, ScanOne),
    ("HRANDFIELD", 1, 3, Random),
    ("HTTL", 3, 200, Free),
    ("HPTTL", 3, 200, Free),
    ("HEXPIRETIME", 3, 200, Free),
    ("HPEXPIRETIME", 3, 200, Free),
    // lists
    ("LLEN", 1, 1, Free),
    ("LINDEX", 2, 2, Element),
    ("LRANGE", 3, 3, ListRange),
    ("LPOS", 2, 8, ListSearch),
    // sets
    ("SCARD", 1, 1, Free),
    ("SISMEMBER", 2, 2, Free),
    ("SMISMEMBER", 2, 200, Free),
    ("SMEMBERS", 1, 1, WholeSet),
    ("SSCAN", 2, 6, ScanOne),
    ("SRANDMEMBER", 1, 2, Random),
    ("SINTER", 1, 20, Combine),
    ("SUNION", 1, 20, Combine),
    ("SDIFF", 1, 20, Combine),
    ("SINTERCARD", 2, 22, CombineCounted),
    // sorted sets
    ("ZCARD", 1, 1, Free),
    ("ZSCORE", 2, 2, Free),
    ("ZMSCORE", 2, 200, Free),
    ("ZRANK", 2, 3, Free),
    ("ZREVRANK", 2, 3, Free),
    ("ZCOUNT", 3, 3, Free),
    ("ZLEXCOUNT", 3, 3, Free),
    ("ZRANGE", 3, 9, SortedRange),
    ("ZREVRANGE", 3, 4, SortedRange),
    ("ZRANGEBYSCORE", 3, 7, SortedByValue),
    ("ZREVRANGEBYSCORE", 3, 7, SortedByValue),
    ("ZRANGEBYLEX", 3, 6, SortedByValue),
    ("ZREVRANGEBYLEX", 3, 6, SortedByValue),
    ("ZSCAN", 2, 6, ScanOne),
    ("ZRANDMEMBER", 1, 3, Random),
    ("ZINTER", 2, 24, CombineCounted),
    ("ZUNION", 2, 24, CombineCounted),
    ("ZDIFF", 2, 24, CombineCounted),
    ("ZINTERCARD", 2, 22, CombineCounted),
    // geo
    ("GEOPOS", 1, 200, Free),
    ("GEODIST", 3, 4, Free),
    ("GEOHASH", 1, 200, Free),
    ("GEOSEARCH", 5, 16, Geo),
    ("GEORADIUS_RO", 5, 12, Geo),
    ("GEORADIUSBYMEMBER_RO", 4, 12, Geo),
    // streams
    ("XLEN", 1, 1, Free),
    ("XRANGE", 3, 5, StreamRange),
    ("XREVRANGE", 3, 5, StreamRange),
    ("XREAD", 3, 24, StreamRead),
    ("XPENDING", 2, 8, StreamPending),
    ("XINFO|STREAM", 1, 4, StreamInfo),
    ("XINFO|GROUPS", 1, 1, Free),
    ("XINFO|CONSUMERS", 2, 2, Free),
    ("XINFO|HELP", 0, 0, Free),
    // connection
    ("PING", 0, 1, Free),
    ("ECHO", 1, 1, Free),
    ("CLIENT|LIST", 0, 20, List),
    ("CLIENT|INFO", 0, 0, Free),
    ("CLIENT|ID", 0, 0, Free),
    ("CLIENT|GETNAME", 0, 0, Free),
    ("CLIENT|GETREDIR", 0, 0, Free),
    ("CLIENT|TRACKINGINFO", 0, 0, Free),
    ("CLIENT|HELP", 0, 0, Free),
    // server
    ("INFO", 0, 20, Free),
    ("TIME", 0, 0, Free),
    ("ROLE", 0, 0, Free),
    ("LASTSAVE", 0, 0, Free),
    ("LOLWUT", 0, 4, Free),
    ("COMMAND", 0, 0, List),
    ("COMMAND|COUNT", 0, 0, Free),
    ("COMMAND|DOCS", 0, 40, List),
    ("COMMAND|INFO", 0, 40, List),
    ("COMMAND|LIST", 0, 3, List),
    ("COMMAND|GETKEYS", 1, 200, Free),
    ("COMMAND|GETKEYSANDFLAGS", 1, 200, Free),
    ("COMMAND|HELP", 0, 0, Free),
    ("CONFIG|GET", 1, 40, Setting),
    ("CONFIG|HELP", 0, 0, Free),
    ("SLOWLOG|GET", 0, 1, Count),
    ("SLOWLOG|LEN", 0, 0, Free),
    ("SLOWLOG|HELP", 0, 0, Free),
    ("LATENCY|LATEST", 0, 0, Free),
    ("LATENCY|HISTORY", 1, 1, Free),
    ("LATENCY|HISTOGRAM", 0, 40, List),
    ("LATENCY|DOCTOR", 0, 0, Free),
    ("LATENCY|GRAPH", 1, 1, Free),
    ("LATENCY|HELP", 0, 0, Free),
    ("MEMORY|USAGE", 1, 3, MemoryUsage),
    ("MEMORY|DOCTOR", 0, 0, Free),
    ("MEMORY|STATS", 0, 0, Free),
    ("MEMORY|MALLOC-STATS", 0, 0, Free),
    ("MEMORY|HELP", 0, 0, Free),
    ("ACL|WHOAMI", 0, 0, Free),
    ("ACL|USERS", 0, 0, Free),
    ("ACL|CAT", 0, 1, Free),
    ("ACL|DRYRUN", 2, 40, Free),
    ("ACL|GENPASS", 0, 1, Free),
    ("ACL|HELP", 0, 0, Free),
    ("MODULE|LIST", 0, 0, Free),
    ("MODULE|HELP", 0, 0, Free),
    ("FUNCTION|LIST", 0, 3, List),
    ("FUNCTION|STATS", 0, 0, Free),
    ("FUNCTION|HELP", 0, 0, Free),
    ("SCRIPT|EXISTS", 1, 100, Free),
    ("SCRIPT|HELP", 0, 0, Free),
    ("PUBSUB|CHANNELS", 0, 1, Channels),
    ("PUBSUB|NUMSUB", 0, 100, Free),
    ("PUBSUB|NUMPAT", 0, 0, Free),
    ("PUBSUB|SHARDCHANNELS", 0, 1, Channels),
    ("PUBSUB|SHARDNUMSUB", 0, 100, Free),
    ("PUBSUB|HELP", 0, 0, Free),
    // cluster
    ("CLUSTER|INFO", 0, 0, Free),
    ("CLUSTER|NODES", 0, 0, Free),
    ("CLUSTER|SLOTS", 0, 0, Free),
    ("CLUSTER|SHARDS", 0, 0, Free),
    ("CLUSTER|LINKS", 0, 0, Free),
    ("CLUSTER|MYID", 0, 0, Free),
    ("CLUSTER|MYSHARDID", 0, 0, Free),
    ("CLUSTER|REPLICAS", 1, 1, Free),
    ("CLUSTER|KEYSLOT", 1, 1, Free),
    ("CLUSTER|COUNTKEYSINSLOT", 1, 1, Free),
    ("CLUSTER|COUNT-FAILURE-REPORTS", 1, 1, Free),
    ("CLUSTER|GETKEYSINSLOT", 2, 2, SlotKeys),
    ("CLUSTER|SLOT-STATS", 3, 8, List),
    ("CLUSTER|HELP", 0, 0, Free),
];

/// Commands whose second word is part of the name.
const CONTAINERS: &[&str] = &[
    "ACL",
    "CLIENT",
    "CLUSTER",
    "COMMAND",
    "CONFIG",
    "DEBUG",
    "FUNCTION",
    "LATENCY",
    "MEMORY",
    "MODULE",
    "OBJECT",
    "PUBSUB",
    "SCRIPT",
    "SENTINEL",
    "SLOWLOG",
    "XGROUP",
    "XINFO",
    "HOTKEYS",
    "FT.CONFIG",
    "FT.CURSOR",
    "JSON.DEBUG",
];

/// Whether the second word of a command is part of its name.
pub fn is_container(name: &str) -> bool {
    CONTAINERS.contains(&name)
}
