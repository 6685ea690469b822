//! The reading commands of the modules that Redis 8 brings along: vector sets, JSON, search, time
//! series, probabilistic types.

use super::allowed::{
    Allowed,
    Args::{Aggregate, Free, Linear, Random, Search, Series, Similar},
};

/// Same form as the server's own. Left out on purpose: `FT.CURSOR READ` (takes rows away from the
/// cursor's owner), `TS.MRANGE` and `FT.TAGVALS` (replies without a bound), `BF.SCANDUMP`.
pub(super) const MODULES: &[Allowed] = &[
    // vector sets
    ("VCARD", 1, 1, Free),
    ("VDIM", 1, 1, Free),
    ("VEMB", 2, 3, Free),
    ("VGETATTR", 2, 2, Free),
    ("VINFO", 1, 1, Free),
    ("VISMEMBER", 2, 2, Free),
    ("VLINKS", 2, 3, Free),
    ("VRANDMEMBER", 1, 2, Random),
    ("VRANGE", 4, 4, Free),
    ("VSIM", 3, 4000, Similar),
    // JSON
    ("JSON.GET", 1, 20, Linear),
    ("JSON.TYPE", 1, 2, Free),
    ("JSON.OBJKEYS", 1, 2, Linear),
    ("JSON.OBJLEN", 1, 2, Free),
    ("JSON.ARRLEN", 1, 2, Free),
    ("JSON.ARRINDEX", 3, 5, Linear),
    ("JSON.STRLEN", 1, 2, Free),
    ("JSON.RESP", 1, 2, Linear),
    ("JSON.DEBUG|MEMORY", 1, 2, Free),
    // search
    ("FT._LIST", 0, 0, Free),
    ("FT.INFO", 1, 1, Free),
    ("FT.SEARCH", 2, 200, Search),
    ("FT.AGGREGATE", 2, 200, Aggregate),
    ("FT.EXPLAIN", 2, 4, Free),
    ("FT.EXPLAINCLI", 2, 4, Free),
    ("FT.SPELLCHECK", 2, 20, Free),
    ("FT.SUGGET", 2, 8, Free),
    ("FT.SUGLEN", 1, 1, Free),
    // time series
    ("TS.GET", 1, 2, Free),
    ("TS.INFO", 1, 2, Free),
    ("TS.RANGE", 3, 40, Series),
    ("TS.REVRANGE", 3, 40, Series),
    // Bloom, cuckoo, count-min, top-k, t-digest
    ("BF.EXISTS", 2, 2, Free),
    ("BF.MEXISTS", 2, 200, Free),
    ("BF.CARD", 1, 1, Free),
    ("BF.INFO", 1, 2, Free),
    ("CF.EXISTS", 2, 2, Free),
    ("CF.MEXISTS", 2, 200, Free),
    ("CF.COUNT", 2, 2, Free),
    ("CF.INFO", 1, 1, Free),
    ("CMS.QUERY", 2, 200, Free),
    ("CMS.INFO", 1, 1, Free),
    ("TOPK.QUERY", 2, 200, Free),
    ("TOPK.LIST", 1, 2, Free),
    ("TOPK.INFO", 1, 1, Free),
    ("TDIGEST.QUANTILE", 2, 200, Free),
    ("TDIGEST.CDF", 2, 200, Free),
    ("TDIGEST.RANK", 2, 200, Free),
    ("TDIGEST.REVRANK", 2, 200, Free),
    ("TDIGEST.BYRANK", 2, 200, Free),
    ("TDIGEST.BYREVRANK", 2, 200, Free),
    ("TDIGEST.TRIMMED_MEAN", 3, 3, Free),
    ("TDIGEST.MIN", 1, 1, Free),
    ("TDIGEST.MAX", 1, 1, Free),
    ("TDIGEST.INFO", 1, 1, Free),
    // 8.6: read only; START, STOP and RESET are refused with their container
    ("HOTKEYS|GET", 0, 0, Free),
];
