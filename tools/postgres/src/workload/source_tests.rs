use super::*;

fn remedy(created: bool, loaded: bool, installed: bool, preload: Option<&str>) -> Option<String> {
    Source { created, loaded, installed, preload: preload.map(str::to_owned) }.remedy()
}

#[test]
fn each_missing_piece_is_named() {
    assert_eq!(remedy(true, true, true, None), None);
    assert_eq!(
        remedy(false, true, true, None).as_deref(),
        Some("pg_stat_statements is loaded but not created here: CREATE EXTENSION pg_stat_statements in this database")
    );
    assert_eq!(
        remedy(false, false, false, Some("auto_explain")).as_deref(),
        Some(
            "pg_stat_statements is not loaded: install the contrib package of this server version, ALTER SYSTEM SET \
             shared_preload_libraries = 'auto_explain,pg_stat_statements', restart the server, then CREATE EXTENSION \
             pg_stat_statements in this database"
        )
    );
    assert_eq!(
        remedy(true, false, true, Some("")).as_deref(),
        Some(
            "pg_stat_statements is not loaded: ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', restart \
             the server"
        )
    );
}
