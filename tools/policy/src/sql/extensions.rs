//! What is known of extensions by name.

/// Extensions that reach files, programs, other servers or raw pages: none of their functions runs
/// for a reader, and none is installed by a change.
const REACHING: &[&str] = &[
    "adminpack",
    "aws_commons",
    "aws_lambda",
    "aws_s3",
    "azure_storage",
    "dblink",
    "file_fdw",
    "http",
    "lo",
    "mongo_fdw",
    "multicorn",
    "mysql_fdw",
    "odbc_fdw",
    "oracle_fdw",
    "pg_background",
    "pg_cron",
    "pg_curl",
    "pg_net",
    "pg_surgery",
    "pg_task",
    "pgagent",
    "pgmemcache",
    "pljava",
    "plperlu",
    "plpython2u",
    "plpython3u",
    "plpythonu",
    "plrustu",
    "plsh",
    "pltclu",
    "plr",
    "plv8u",
    "postgres_fdw",
    "redis_fdw",
    "sqlite_fdw",
    "tds_fdw",
    "wrappers",
];

/// Extensions whose own functions do what their volatility says.
const TRUSTED: &[&str] = &[
    "address_standardizer",
    "amcheck",
    "bloom",
    "bool_plperl",
    "btree_gin",
    "btree_gist",
    "citext",
    "citus",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "h3",
    "h3_postgis",
    "hll",
    "hstore",
    "hypopg",
    "intagg",
    "intarray",
    "ip4r",
    "isn",
    "ltree",
    "old_snapshot",
    "orafce",
    "pageinspect",
    "pg_bigm",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_hint_plan",
    "pg_ivm",
    "pg_logicalinspect",
    "pg_partman",
    "pg_prewarm",
    "pg_qualstats",
    "pg_similarity",
    "pg_stat_kcache",
    "pg_stat_monitor",
    "pg_stat_statements",
    "pg_trgm",
    "pg_uuidv7",
    "pg_visibility",
    "pg_wait_sampling",
    "pg_walinspect",
    "pgcrypto",
    "pgroonga",
    "pgrouting",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgis",
    "postgis_raster",
    "postgis_sfcgal",
    "postgis_tiger_geocoder",
    "postgis_topology",
    "prefix",
    "rum",
    "seg",
    "semver",
    "sslinfo",
    "tablefunc",
    "timescaledb",
    "timescaledb_toolkit",
    "topn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "unit",
    "uuid-ossp",
    "vector",
    "vectorscale",
    "xml2",
];

/// Wrappers of foreign tables that read what somebody with the right to has mapped.
const READING_WRAPPERS: &[&str] = &["postgres_fdw", "file_fdw", "mysql_fdw", "oracle_fdw", "tds_fdw", "sqlite_fdw"];

/// Whether the extension reaches beyond the database.
pub(super) fn is_reaching(name: &str) -> bool {
    REACHING.contains(&name)
}

/// Whether the extension's functions may be judged by their volatility.
pub(super) fn is_trusted(name: &str) -> bool {
    TRUSTED.contains(&name)
}

/// Why reading a foreign table is refused, if it is.
pub(super) fn foreign_refusal(wrapper: &str, options: &[String]) -> Option<String> {
    if !READING_WRAPPERS.contains(&wrapper) {
        return Some(format!("the wrapper {wrapper} is not known to only read"));
    }
    let program = options.iter().any(|option| option.to_ascii_lowercase().starts_with("program="));
    program.then(|| "it runs a program on the server".to_owned())
}
