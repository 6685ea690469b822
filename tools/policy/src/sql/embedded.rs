//! The functions that come with PostgreSQL 13 to 18 and their usual extensions, as a table.

use std::{collections::HashMap, sync::LazyLock};

use super::facts::Function;

/// Written by `scripts/function-table.sh` from real servers.
const TABLE: &str = include_str!("../../data/functions.tsv");
/// Names of extensions that are common and do not come with PostgreSQL; written by hand.
const OTHERS: &str = include_str!("../../data/others.tsv");

/// The versions that the table knows.
pub const MAJORS: std::ops::RangeInclusive<u32> = 13..=18;

struct Row {
    extension: Option<&'static str>,
    volatility: char,
    unary: bool,
    first: u32,
    last: u32,
}

static ROWS: LazyLock<HashMap<&'static str, Vec<Row>>> = LazyLock::new(|| {
    let mut rows: HashMap<&'static str, Vec<Row>> = HashMap::new();
    for line in TABLE.lines().chain(OTHERS.lines()) {
        if let Some((name, row)) = row(line) {
            rows.entry(name).or_default().push(row);
        }
    }
    rows
});

fn row(line: &'static str) -> Option<(&'static str, Row)> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let (extension, name, _kinds, letters, unary) = (cell()?, cell()?, cell()?, cell()?, cell()?);
    if extension.starts_with('#') {
        return None;
    }
    // Overloads share a line: the worst of them counts.
    let volatility = ['v', 's', 'i'].into_iter().find(|letter| letters.contains(*letter))?;
    let row = Row {
        extension: Some(extension).filter(|extension| *extension != "-"),
        volatility,
        unary: unary == "1",
        first: cell()?.parse().ok()?,
        last: cell()?.parse().ok()?,
    };
    Some((name, row))
}

/// The functions of a name. Extensions may live in any schema, but a schema that is written out
/// and is not one where extensions usually go names something of the application's.
pub(super) fn functions(schema: Option<&str>, name: &str, major: u32) -> Vec<Function> {
    // A server newer than the table is judged by its newest column.
    let major = major.clamp(*MAJORS.start(), *MAJORS.end());
    // The parser's grammar is newer: PG 13 writes EXTRACT as date_part.
    let name = if name == "extract" && major < 14 { "date_part" } else { name };
    let rows = ROWS.get(name).map_or(&[][..], Vec::as_slice);
    let here = |row: &&Row| {
        let named = match (schema, row.extension) {
            (None, _) => true,
            (Some("pg_catalog" | "information_schema"), None) => true,
            (Some("public" | "extensions"), Some(_)) => true,
            (Some(schema), Some(extension)) => schema == extension,
            (Some(_), None) => false,
        };
        named && (row.first..=row.last).contains(&major)
    };
    rows.iter().filter(here).map(|row| function(name, row)).collect()
}

fn function(name: &str, row: &Row) -> Function {
    Function {
        oid: 0,
        schema: "pg_catalog".to_owned(),
        name: name.to_owned(),
        volatility: row.volatility,
        security_definer: false,
        language: "c".to_owned(),
        min_args: u32::from(!row.unary) * 2,
        max_args: None,
        system: row.extension.is_none(),
        extension: row.extension.map(str::to_owned),
        definition: None,
        settings: Vec::new(),
        parts: Vec::new(),
        types: Vec::new(),
    }
}

/// Whether the operator is one of PostgreSQL's own or of its usual extensions: all of those stand
/// for functions that only compute.
pub(super) fn is_known_operator(name: &str) -> bool {
    const OPERATORS: &str = "+ - * / % ^ |/ ||/ @ & | # ~ << >> = <> != < > <= >= || ~~ ~~* !~~ !~~* ~* !~ !~* ^@ \
        @@ @@@ && -> ->> #> #>> @> <@ ? ?| ?& #- @? <-> ## &< &> <<| |>> &<| |&> <^ >^ ?# ?- ?-| ?|| ~= !! <<= >>= \
        -|- ~>=~ ~<=~ ~>~ ~<~ *= *<> *< *> *<= *>= \
        %% #= #>= #<= <% %> <<% %>> <<-> <->> <<<-> <->>> ~> ?~ ^? @@@ ?@ ?<@ ?^@ ^@> ^<@ ^@ <#> <=> <+> <~> <%> |=| \
        &&& @@ ~@ ~== &/& @>> <<@ <<#>> <<->> #< #> <#>>";
    static NAMES: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| OPERATORS.split_whitespace().collect());
    NAMES.contains(name)
}

/// Types that can be called like a function (`uuid('…')`) and have none of their name.
pub(super) fn is_builtin_type(name: &str) -> bool {
    const TYPES: &str = "bool bytea char int2 int4 int8 float4 float8 numeric text varchar bpchar name oid json jsonb \
        jsonpath xml uuid date time timetz timestamp timestamptz interval bit varbit inet cidr macaddr macaddr8 \
        money point line lseg box path polygon circle tsvector tsquery regclass regproc regprocedure regoper \
        regoperator regtype regrole regnamespace regconfig regdictionary regcollation tid xid xid8 cid pg_lsn \
        pg_snapshot txid_snapshot int4range int8range numrange tsrange tstzrange daterange int4multirange \
        int8multirange nummultirange tsmultirange tstzmultirange datemultirange refcursor aclitem";
    static NAMES: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| TYPES.split_whitespace().collect());
    NAMES.contains(name)
}

#[cfg(test)]
#[path = "embedded_tests.rs"]
mod tests;
