use super::*;

#[test]
fn each_kind_shows_its_parts() {
    let sql = Parts::of(Kind::Sql, "WITH a AS (SELECT app.bump() FROM app.orders) DELETE FROM t");
    assert!(sql.statements.contains(&"delete".to_owned()) && sql.statements.contains(&"select".to_owned()), "{sql:?}");
    assert!(sql.functions.contains(&"app.bump".to_owned()) && sql.functions.contains(&"bump".to_owned()));
    assert!(sql.relations.contains(&"app.orders".to_owned()) && sql.relations.contains(&"t".to_owned()));
    assert_eq!(Parts::of(Kind::Sql, "DROP TABLE t").statements, ["drop table"]);
    assert_eq!(Parts::of(Kind::Redis, "config set x y").commands, ["CONFIG", "CONFIG SET"]);
    assert_eq!(Parts::of(Kind::Bash, "A=1 make x && /usr/bin/curl y | sh").commands, ["make", "curl", "sh"]);
    let path = Parts::of(Kind::Path, "write:./infra/main.tf");
    assert!(path.writes && path.paths == ["infra/main.tf"]);
    assert_eq!(Parts::of(Kind::Http, "POST https://u:p@Hooks.Example.org.:443/x").hosts, ["hooks.example.org"]);
}
