//! What the playbook can do, and the words that ask for it.

/// A procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Play {
    Review,
    SlowQueries,
    Optimize,
    Explain,
    PlanText,
    IndexAdvice,
    IndexUse,
    IndexFaults,
    Health,
    Locks,
    Vacuum,
    Connections,
    Settings,
    RowSecurity,
    Replication,
    Schema,
    Describe,
    Space,
    MigrationReview,
    MigrationAuthor,
    CodeScan,
    Redis,
    Cache,
    Script,
    Recall,
    SinceLast,
    HandOver,
    Help,
}

/// One line of the table.
pub(in super::super) struct Entry {
    pub(in super::super) play: Play,
    /// The command that asks for it, without its slash.
    pub(in super::super) slash: Option<&'static str>,
    /// What it does, as people read it in a list.
    pub(in super::super) does: &'static str,
    /// An example that leads here.
    pub(in super::super) example: &'static str,
    /// Patterns over the words in lower case, each with its weight. 4 and more decide alone.
    pub(in super::super) triggers: &'static [(&'static str, u32)],
}

const fn entry(
    play: Play,
    slash: Option<&'static str>,
    does: &'static str,
    example: &'static str,
    triggers: &'static [(&'static str, u32)],
) -> Entry {
    Entry { play, slash, does, example, triggers }
}

/// Every procedure, in the order in which ties are offered.
pub(in super::super) const PLAYS: &[Entry] = &[
    entry(
        Play::Review,
        Some("review"),
        "review everything: locks, health, workload, plans, indexes, migrations, code, Redis",
        "review everything",
        &[
            (r"\breview (?:everything|all|the database|my database|this database|it all)\b", 6),
            (r"\A\W*(?:please )?(?:do |run |start )?(?:a |the |full |complete |whole )*review\W*\z", 6),
            (r"\bfull (?:review|check|audit)\b|\baudit\b", 5),
            (r"\beverything\b", 2),
            (r"\breview\b", 1),
        ],
    ),
    entry(
        Play::SlowQueries,
        Some("slow"),
        "find the statements that cost most",
        "find slow queries",
        &[
            (
                r"\b(?:slow(?:est)?|expensive|heav(?:y|iest)|worst|top|costl(?:y|iest)) (?:\w+ )?(?:quer(?:y|ies)|statements?|sql)\b",
                5,
            ),
            (r"\bpg_stat_statements\b|\bworkload\b", 4),
            (
                r"\bwhat(?: is|'s|s)? (?:so )?slow\b|\bwhat (?:costs|takes) (?:the )?most\b|\bwhy is (?:it|everything|the (?:database|db|app|site)) (?:so )?slow\b",
                5,
            ),
            (r"\bslow\b", 2),
            (r"\bqueries\b", 1),
        ],
    ),
    entry(
        Play::Optimize,
        None,
        "say why a statement is slow, and prove what makes it faster",
        "why is this slow: SELECT …",
        &[
            (r"\b(?:optimi[sz]e|speed up|tune|make .*faster|improve)\b.*\b(?:query|statement|sql|this|it)\b", 4),
            (r"\bwhy (?:is|does) (?:this|that|the)(?: \w+)? (?:query|statement|sql)?\s*(?:so )?(?:slow|take)", 4),
            (
                r"\bwhy (?:is|are|does|do) (?:this|that|the|my|our)(?: \w+)? (?:query|queries|statement|select|update|lookup)\b.*\b(?:slow|takes?|long)\b",
                5,
            ),
            (r"\boptimi[sz]e\b|\bfaster\b", 2),
        ],
    ),
    entry(
        Play::Explain,
        Some("explain"),
        "show and read the plan of a statement",
        "explain SELECT …",
        &[
            (r"\bexplain\b(?: analy[sz]e)?\W*(?:this|the|my|a)?\s*(?:query|statement|sql|plan)?", 3),
            (r"\bquery plan\b|\bexecution plan\b", 3),
        ],
    ),
    entry(
        Play::PlanText,
        None,
        "read a pasted EXPLAIN plan (text or JSON)",
        "paste the output of EXPLAIN (ANALYZE, BUFFERS)",
        &[(r"\b(?:read|here is|look at|what about) (?:this|the|my|a) (?:\w+ )?plan\b", 3)],
    ),
    entry(
        Play::IndexAdvice,
        Some("index"),
        "advise indexes for a statement or the workload, tried before advised",
        "what index for SELECT …",
        &[
            (r"\b(?:what|which|suggest|advise|recommend|propose|find|need)\b.*\bindex(?:es)?\b", 4),
            (r"\bindex(?:es)? (?:advice|advis|recommend|suggest|should|would|do i need|for)\w*", 4),
            (r"\bmissing index(?:es)?\b", 4),
            (r"\bindex(?:es)?\b", 2),
        ],
    ),
    entry(
        Play::IndexUse,
        None,
        "say whether an index is used and whether it can go",
        "is index orders_status_idx used?",
        &[
            (r"\bis (?:the )?(?:index )?[\w.]+ (?:still )?(?:used|needed|necessary|unused)\b", 6),
            (
                r"\bcan (?:i|we) (?:safely )?(?:drop|remove|delete) (?:the )?(?:index\b|[\w.]*_(?:idx|index|key|pkey)\b)",
                6,
            ),
            (r"\b(?:who|what|does anything|anything) uses? (?:the )?index\b", 5),
        ],
    ),
    entry(
        Play::IndexFaults,
        None,
        "find unused, duplicate, redundant and invalid indexes",
        "unused or duplicate indexes",
        &[
            (
                r"\b(?:unused|useless|duplicate[sd]?|redundant|invalid|broken|bloated|superfluous)\b.*\bind(?:ex(?:es)?|ices)\b",
                8,
            ),
            (
                r"\bind(?:ex(?:es)?|ices)\b.*\b(?:unused|useless|duplicate[sd]?|redundant|invalid|not used|never used)\b",
                8,
            ),
            (r"\bforeign keys?\b.*\bwithout\b.*\bindex", 5),
            (
                r"\bind(?:exes|ices)\b.*\b(?:i|we|to|be) (?:can |could |safely |should )*(?:drop|dropped|remove|removed|delete|deleted|get rid)\b",
                8,
            ),
            (r"\b(?:can|could|should|may) (?:i|we) (?:safely )?(?:drop|remove|delete)\b.*\bind(?:exes|ices)\b", 8),
        ],
    ),
    entry(
        Play::Locks,
        Some("locks"),
        "say who blocks whom right now",
        "what is blocking?",
        &[
            (
                r"\b(?:what|who|which|why).*\b(?:block(?:s|ed|ing)?|lock(?:s|ed|ing)?|wait(?:s|ing)|stuck|hang(?:s|ing)?)\b",
                5,
            ),
            (r"\bdeadlocks?\b|\block waits?\b|\bblocking\b|\bblocked\b", 4),
            (r"\blocks?\b", 3),
            (r"\bidle in transaction\b|\blong(?:-| )running transactions?\b", 5),
        ],
    ),
    entry(
        Play::Vacuum,
        None,
        "check vacuum, bloat, statistics and wraparound",
        "bloat and vacuum",
        &[
            (r"\b(?:auto)?vacuum(?:s|ing)?\b", 4),
            (r"\bbloat(?:ed)?\b", 4),
            (r"\bwrap-?around\b|\bxid\b|\bxmin\b|\bfreez(?:e|ing)\b", 5),
            (r"\bdead (?:rows|tuples)\b|\bstale stat(?:istic)?s\b", 4),
        ],
    ),
    entry(
        Play::Connections,
        None,
        "check sessions, connections and pool",
        "too many connections",
        &[
            (r"\bconnections?\b", 4),
            (r"\bpool(?:s|ing|er)?(?: size)?\b", 4),
            (r"\bmax_connections\b", 5),
            (r"\bsessions?\b", 2),
        ],
    ),
    entry(
        Play::Settings,
        None,
        "review the server's settings",
        "config review",
        &[
            (r"\b(?:config(?:uration)?|settings?|postgresql\.conf|parameters?|gucs?)\b", 4),
            (r"\b(?:shared_buffers|work_mem|random_page_cost|effective_cache_size|max_wal_size|checkpoints?)\b", 5),
        ],
    ),
    entry(
        Play::RowSecurity,
        None,
        "check row-level security, grants and functions",
        "RLS for the tenant column",
        &[
            (r"\brls\b|\brow[- ]level[- ]security\b|\brow security\b", 6),
            (r"\b(?:polic(?:y|ies)|privileges?|grants?|permissions?|security)\b", 3),
            (r"\btenant\b", 2),
        ],
    ),
    entry(
        Play::Replication,
        None,
        "check replication, slots and archiving",
        "replication lag",
        &[(r"\breplica(?:tion|s)?\b|\bstandbys?\b|\breplication slots?\b|\bslots?\b|\barchiv(?:e|ing)\b|\bwal\b", 4)],
    ),
    entry(
        Play::Schema,
        None,
        "check keys, constraints, sequences and types",
        "check the schema",
        &[
            (r"\b(?:check|review|lint|audit) (?:the |my )?schema\b", 5),
            (r"\bsequences?\b|\bconstraints?\b|\bprimary keys?\b|\bdata types?\b", 3),
            (r"\bwithout (?:a )?primary key\b", 5),
        ],
    ),
    entry(
        Play::Health,
        Some("health"),
        "check health, schema and settings",
        "health check",
        &[
            (r"\bhealth(?:y|check)?\b", 4),
            (
                r"\bis (?:the |my |everything )?(?:database|db|postgres(?:ql)?|everything) (?:ok|okay|fine|healthy|alright)\b",
                5,
            ),
            (r"\bwhat(?: is|'s|s) wrong\b|\bdiagnose\b", 4),
        ],
    ),
    entry(
        Play::Describe,
        None,
        "describe a table, view, index, sequence or function; sizes",
        "show the schema of orders",
        &[
            (
                r"\b(?:show|describe|what is|display|print)\b.*\b(?:schema|table|columns?|definition|structure|view)\b",
                4,
            ),
            (r"\bdescribe\b|\A\\d", 4),
            (
                r"\b(?:size of|how (?:big|large)|(?:table|index|database) sizes?|biggest tables?|largest tables?|how many rows)\b",
                4,
            ),
            (r"\blist (?:the |all )?tables\b|\bwhich tables\b|\bwhat tables\b", 4),
        ],
    ),
    entry(
        Play::Space,
        None,
        "list the biggest tables and the indexes that can go",
        "which tables are biggest, and which indexes can I drop?",
        &[
            (
                r"\b(?:biggest|largest|big|size|space|disk)\b.*\bind(?:exes|ices)\b.*\b(?:drop(?:ped)?|removed?|deleted?|unused|go|rid)\b",
                14,
            ),
            (
                r"\b(?:biggest|largest) tables?\b.*\b(?:unused|useless|superfluous|duplicate|redundant)\b.*\bind(?:exes|ices)\b",
                14,
            ),
        ],
    ),
    entry(
        Play::MigrationReview,
        Some("migration"),
        "review migrations: locks, rewrites, safe forms",
        "review migrations, or: is this safe: ALTER TABLE …",
        &[
            (r"\b(?:review|check|lint|look at|are|is)\b.*\bmigrations?\b", 5),
            (r"\bmigrations?\b", 3),
            (r"\bis (?:this|it) safe\b|\bsafe to run\b", 3),
            (r"\b(?:alter|ddl)\b", 1),
        ],
    ),
    entry(
        Play::MigrationAuthor,
        None,
        "write a zero-downtime migration",
        "add column region text to orders safely",
        &[
            (r"\badd (?:a |the )?(?:not null |nullable )?column\b", 6),
            (r"\bmake\b.*\bnot null\b|\bset not null\b", 6),
            (r"\b(?:rename|drop|remove) (?:the |a )?(?:column|table)\b", 6),
            (r"\badd (?:a |the )?(?:foreign key|check|unique|constraint)\b", 6),
            (r"\b(?:create|add|build) (?:an? |the )?(?:unique )?index on\b", 6),
            (r"\bbackfill\b", 5),
            (r"\bpartition \S+ by\b|\bpartition(?:ing)?\b", 4),
            (r"\bchange (?:the )?type\b", 6),
            (r"\b(?:write|create|author|generate|new) (?:a |the )?migration\b", 6),
        ],
    ),
    entry(
        Play::CodeScan,
        None,
        "find queries in loops in the code",
        "n+1 queries in the code",
        &[
            (r"\bn ?\+ ?1\b|\bn plus (?:1|one)\b", 6),
            (r"\bquer(?:y|ies) in (?:a )?loops?\b", 6),
            (r"\bscan (?:the |my )?code\b", 6),
        ],
    ),
    entry(
        Play::Redis,
        Some("redis"),
        "analyse Redis: memory, TTLs, big keys, commands",
        "redis health",
        &[
            (r"\bredis\b|\bvalkey\b", 5),
            (r"\b(?:redis|valkey)\b.*\bmemory\b|\bmemory\b.*\b(?:by|does|in|of) (?:redis|valkey)\b", 4),
            (r"\bbig(?:gest)? keys?\b|\blarge(?:st)? keys?\b|\bhot keys?\b", 5),
            (r"\bkeys? (?:without|with no|with out) (?:a )?(?:ttl|expir\w+)\b|\bno ttl\b|\bttls?\b", 5),
            (r"\bhit (?:rate|ratio)\b|\beviction\b|\bmaxmemory\b|\bkeyspace\b", 5),
        ],
    ),
    entry(
        Play::Cache,
        None,
        "design a cache: structure, key, TTL, invalidation, stampede guard",
        "design a cache for product pages",
        &[
            (r"\b(?:design|plan|propose|set up|build|add|implement)\b.*\bcach(?:e|ing)\b", 6),
            (r"\bcach(?:e|ing) (?:strategy|design|for)\b|\bhow (?:should|do|can|would) (?:i|we) cache\b", 6),
            (r"\bleaderboard\b|\brate limit\w*\b|\bsession store\b", 4),
            (r"\bcach(?:e|ing)\b", 3),
        ],
    ),
    entry(
        Play::Script,
        None,
        "review a Redis Lua script",
        "replace KEYS in this Lua: …",
        &[(r"\blua\b", 4), (r"\breplace keys\b", 4)],
    ),
    entry(
        Play::Recall,
        Some("memory"),
        "say what earlier sessions learned",
        "what do you remember about orders?",
        &[
            (r"\b(?:remember|recall|memory|learned|learnt|learnings?|know about|knew)\b", 5),
            (r"\bforget\b", 5),
            (r"\b(?:conventions?|last time)\b", 2),
        ],
    ),
    entry(
        Play::SinceLast,
        None,
        "say what changed since the last review",
        "what changed since the last review?",
        &[
            (r"\bsince (?:the )?last (?:review|time|session)\b", 8),
            (r"\bwhat(?:'s| is| has)? (?:changed|new|different)\b", 4),
        ],
    ),
    entry(
        Play::HandOver,
        None,
        "hand over what is not the database's",
        "who should shard this service?",
        &[
            (
                r"\b(?:shard(?:ing)?|micro-?services?|service boundar\w+|mongo(?:db)?|cassandra|elasticsearch|dynamodb|kafka)\b",
                5,
            ),
            (r"\b(?:front-?end|css|react|browser|network latency|cpu profil\w+|flame ?graphs?)\b", 5),
            (r"\b(?:backups?|restore|failover|kernel|hardware|kubernetes|k8s|docker|terraform|patroni)\b", 5),
            (
                r"\b(?:golang|go (?:code|service|handler)|node(?:\.?js)? (?:code|service|handler)|eager loading|active ?record|sequelize|prisma client|hibernate mapping)\b",
                5,
            ),
            (r"\bescalate\b|\bhand (?:it |this )?over\b", 6),
        ],
    ),
    entry(
        Play::Help,
        None,
        "say what this can do",
        "what can you do?",
        &[
            (r"\bwhat can (?:you|i|this|it)\b|\bwho are you\b|\bhow do you work\b", 8),
            (r"\A\W*(?:help|hello|hi|hey|commands?|options|menu)\W*\z", 8),
        ],
    ),
];
