//! Calls that send a statement to a database, by the drivers' own names.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    language::Language,
    loops::{closing, pattern},
};

/// Calls that take many rows at once (`executemany`, `createMany`, `saveAll`, `insert_all`,
/// `addBatch`, `Queue`) are no query of these patterns by their names.
static PYTHON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b\w*(?: cur | curs | cursor | conn | connection | db | database | session | engine | pool | tx | transaction )\w* \.
            (?: execute | fetchrow | fetchval | fetch_one | fetch_all | fetch_val | query | scalar | scalars ) \(
        | \b(?: conn | connection | pool | db | database )\w* \. fetch \( [^)]
        | \b(?: session | db\.session ) \. get \(
        | \. objects (?: \.using\([^()]*\) )? \.
            (?: get | filter | exclude | create | get_or_create | update_or_create | count | first | last | aggregate ) \(
        ",
    )
});

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b\w*(?: db | client | pool | conn | connection | knex | trx | tx | sequelize | queryRunner | dataSource | Db | Client | Pool | Connection )
            \. (?: query | execute | one | oneOrNone | many | manyOrNone | any | none | raw | \$queryRaw | \$executeRaw ) (?: <[^>()]*> )? [(`]
        | \b(?: prisma | this\.prisma | tx | db ) \. \w+ \.
            (?: findUnique | findFirst | findMany | create | update | delete | upsert | count | aggregate )(?: OrThrow )? \(
        | \b[A-Z]\w+ \. (?: findOne | findByPk | findAll | findAndCountAll | findOneBy | findById | findOrCreate ) \(
        | \b\w*[rR]epo(?: sitory )? \. (?: find | findOne | findOneBy | findBy | findOneOrFail | count | query ) \(
        | \b await \s+ (?: knex | trx | db | sql ) \s* [(`]
        ",
    )
});

static RUBY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b[A-Z][a-z]\w*(?: ::[A-Z]\w* )* \.
            (?: find | find_by!? | where | exists\? | create!? | find_or_create_by!? | pluck | sum | update_all | delete_all | destroy_all | first | last | count )
            (?: \( | \s+ [:\w] | \b )
        | \b(?: conn | connection | db | DB | client )\w* \. (?: execute | exec | exec_params | exec_query | query | select_all | select_value ) \(?
        ",
    )
});

static GO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b\w*(?: db | DB | Db | tx | Tx | conn | Conn | pool | Pool | stmt | Stmt ) \.
            (?: Query | QueryRow | QueryContext | QueryRowContext | Exec | ExecContext | Queryx | QueryRowx | NamedExec | NamedQuery
              | (?: Get | Select )(?: Context )? \( (?: \w+,\s* )? & )
            (?: \( | \b )
        | \b\w*(?: db | DB | Db | tx | Tx ) \. (?: WithContext\(\w+\)\. )? (?: Where | First | Raw | Model | Preload | Take )\(
        ",
    )
});

static JAVA: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b\w*(?: [jJ]dbcTemplate | [jJ]dbc | [eE]ntityManager | em | [sS]tatement | stmt | pstmt | ps | jdbi | handle ) \.
            (?: query | queryForObject | queryForList | queryForMap | queryForRowSet | update | execute | executeQuery | executeUpdate
              | find | createQuery | createNativeQuery ) \(
        | \b\w*[rR]epository \. (?: findById | findOne | findBy\w+ | getById | getReferenceById | existsBy\w* | countBy\w* | save | deleteById ) \(
        | \b\w*[dD]ao \. (?: find\w* | get\w* | load\w* | select\w* | insert | update ) \(
        ",
    )
});

static PHP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \$(?: this-> )? \w*(?: db | pdo | conn | connection | stmt | statement | mysqli | wpdb | em | entityManager | Pdo | Db | Connection | Statement )
            -> (?: query | prepare | execute | exec | get_results | get_row | get_var | find | fetchOne | fetchAssociative | fetchAllAssociative | executeQuery | executeStatement ) \(
        | \b DB:: (?: select | selectOne | table | insert | update | delete | statement | scalar ) \(
        | \b[A-Z]\w+ :: (?: find | findOrFail | where | whereKey | firstWhere | firstOrCreate | updateOrCreate | firstOrFail ) \(
        ",
    )
});

static RUST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        \b sqlx::query(?: _as | _scalar )? !? (?: ::<[^;(]*?> )? \s* \(
        | \b(?: client | conn | connection | tx | transaction | db | pg )\w* \. (?: query | query_one | query_opt | execute | query_row ) (?: ::<[^;(]*?> )? \(
        | \. (?: load | first | get_result | get_results | execute ) (?: ::<[^;(]*?> )? \( \s* (?: &mut \s+ )? \*? (?: conn | connection | db )\w* \s* \)
        ",
    )
});

/// Names with the form of a model class that are none.
const NO_MODELS: &[&str] = &[
    "File",
    "Dir",
    "Time",
    "Date",
    "DateTime",
    "Set",
    "Hash",
    "Array",
    "Struct",
    "Pathname",
    "Regexp",
    "Object",
    "Math",
    "Carbon",
    "Str",
    "Arr",
    "Cache",
    "Log",
    "Route",
    "Schema",
    "Config",
    "Http",
    "Storage",
    "Collection",
    "Rails",
    "Redis",
    "Enumerator",
    "String",
    "Integer",
    "Float",
    "Process",
    "Thread",
    "Queue",
    "Session",
    "Cookie",
    "Validator",
    "Faker",
];

/// Statements that are not asked once for each row of a result.
static NOT_ROWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)^[^"'`]*["'`\s]+(?:create|alter|drop|set|vacuum|analyze|reindex|begin|commit|rollback|savepoint|release|refresh|grant|revoke|copy|listen|notify|lock|truncate|comment|pragma|explain|cluster)\b"#,
    )
});

/// Bytes of a call that are looked at.
const LONGEST: usize = 2000;

/// The calls inside `body`, from the receiver to the closing bracket, in order.
pub(super) fn calls(text: &str, masked: &str, body: &Range<usize>, language: Language) -> Vec<Range<usize>> {
    let calls = match language {
        Language::Python => &*PYTHON,
        Language::Script => &*SCRIPT,
        Language::Ruby => &*RUBY,
        Language::Go => &*GO,
        Language::Java => &*JAVA,
        Language::Php => &*PHP,
        Language::Rust => &*RUST,
    };
    let inside = masked.get(body.clone()).unwrap_or_default();
    calls
        .find_iter(inside)
        .map(|found| {
            let start = body.start + found.start();
            start..end_of_call(masked, start, body.start + found.end()).min(body.end)
        })
        .filter(|call| {
            let source = text.get(call.clone()).unwrap_or_default();
            let model = source.split(['.', ':']).next().unwrap_or_default();
            let arguments = source.split_once('(').map(|(_, arguments)| arguments);
            !NO_MODELS.contains(&model) && !arguments.is_some_and(|arguments| NOT_ROWS.is_match(arguments))
        })
        .collect()
}

/// The end of the call and of what is chained to it (`.filter(…).first()`, `->where(…)`), or of
/// its line when it has no brackets.
fn end_of_call(masked: &str, start: usize, after: usize) -> usize {
    let limit = masked.floor_char_boundary(masked.len().min(start + LONGEST));
    let head = masked.get(start..after).unwrap_or_default();
    let end = if let Some(open) = head.rfind('(') {
        closing(masked, start + open)
    } else if head.ends_with('`') {
        masked.get(after..).and_then(|rest| rest.find('`')).map(|length| after + length + 1)
    } else {
        None
    };
    match end {
        Some(end) => chained(masked, end).min(limit),
        None => masked.get(after..).and_then(|rest| rest.find('\n')).map_or(limit, |at| (after + at).min(limit)),
    }
}

/// Follows `.name(…)` from the end of a call.
fn chained(masked: &str, mut end: usize) -> usize {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s*(?:\.|\?\.|!\.|->|\?->)\s*\w+!?\s*(?:::<[^;(]*?>\s*)?\("));
    while let Some(link) = masked.get(end..).and_then(|rest| LINK.find(rest)) {
        match closing(masked, end + link.end() - 1) {
            Some(next) => end = next,
            None => break,
        }
    }
    end
}
