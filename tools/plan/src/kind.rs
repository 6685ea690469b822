//! What a node does, and what it is to its parent.

use serde::Serialize;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $short:literal;)*) => {
        /// The node types that rules and renderings tell apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the variants are the server's own node types")]
        pub enum Kind { $($(#[$doc])* $variant,)* /** Any other node; see `Node::node_type`. */ Other }

        impl Kind {
            /// The kind for `"Node Type"` of the JSON form.
            pub fn from_node_type(name: &str) -> Self {
                match name { $($name => Self::$variant,)* _ => Self::Other }
            }

            /// The kind and its JSON name for an abbreviation of the compact form.
            pub(crate) fn from_short(short: &str) -> Option<(Self, &'static str)> {
                match short { $($short => Some((Self::$variant, $name)),)* _ => None }
            }

            /// Abbreviation for the compact form; empty for [`Kind::Other`].
            pub const fn short(self) -> &'static str {
                match self { $(Self::$variant => $short,)* Self::Other => "" }
            }
        }
    };
}

kinds! {
    Result = "Result", "Result";
    ProjectSet = "ProjectSet", "ProjectSet";
    ModifyTable = "ModifyTable", "Modify";
    Append = "Append", "Append";
    MergeAppend = "Merge Append", "MergeAppend";
    RecursiveUnion = "Recursive Union", "Recursive";
    BitmapAnd = "BitmapAnd", "BmpAnd";
    BitmapOr = "BitmapOr", "BmpOr";
    NestedLoop = "Nested Loop", "NL";
    MergeJoin = "Merge Join", "MJ";
    HashJoin = "Hash Join", "HJ";
    SeqScan = "Seq Scan", "Seq";
    SampleScan = "Sample Scan", "Sample";
    Gather = "Gather", "Gather";
    GatherMerge = "Gather Merge", "GatherMerge";
    IndexScan = "Index Scan", "Idx";
    IndexOnlyScan = "Index Only Scan", "IdxOnly";
    BitmapIndexScan = "Bitmap Index Scan", "BmpIdx";
    BitmapHeapScan = "Bitmap Heap Scan", "BmpHeap";
    TidScan = "Tid Scan", "Tid";
    TidRangeScan = "Tid Range Scan", "TidRange";
    SubqueryScan = "Subquery Scan", "Subquery";
    FunctionScan = "Function Scan", "Func";
    ValuesScan = "Values Scan", "Values";
    CteScan = "CTE Scan", "CTE";
    WorkTableScan = "WorkTable Scan", "WorkTable";
    ForeignScan = "Foreign Scan", "Foreign";
    Materialize = "Materialize", "Mat";
    Memoize = "Memoize", "Memo";
    Sort = "Sort", "Sort";
    IncrementalSort = "Incremental Sort", "IncSort";
    Group = "Group", "Group";
    Aggregate = "Aggregate", "Agg";
    WindowAgg = "WindowAgg", "Window";
    Unique = "Unique", "Unique";
    SetOp = "SetOp", "SetOp";
    LockRows = "LockRows", "Lock";
    Limit = "Limit", "Limit";
    Hash = "Hash", "Hash";
}

impl Kind {
    /// Reads a table, an index or both.
    pub const fn is_scan(self) -> bool {
        matches!(
            self,
            Self::SeqScan
                | Self::SampleScan
                | Self::IndexScan
                | Self::IndexOnlyScan
                | Self::BitmapHeapScan
                | Self::TidScan
                | Self::TidRangeScan
                | Self::ForeignScan
        )
    }

    /// Joins its two inputs.
    pub const fn is_join(self) -> bool {
        matches!(self, Self::NestedLoop | Self::MergeJoin | Self::HashJoin)
    }

    /// Reads all of its input before it gives its first row, so that a LIMIT above does not
    /// cut what is below. (An aggregate blocks unless it groups sorted input.)
    pub const fn is_blocking(self) -> bool {
        matches!(self, Self::Sort | Self::Hash | Self::BitmapIndexScan | Self::BitmapAnd | Self::BitmapOr)
    }
}

/// What a node is to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relationship {
    /// The top of the plan.
    Root,
    /// The only or first input.
    Outer,
    /// The second input of a join.
    Inner,
    /// One of many inputs: Append, BitmapAnd, an old multi-table update.
    Member,
    /// The body of a Subquery Scan.
    Subquery,
    /// Runs at most once, when its value is first needed.
    InitPlan,
    /// A `WITH` query that is computed once and read by CTE Scans.
    Cte,
    /// Runs for rows of its parent.
    SubPlan,
}
