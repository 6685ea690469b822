use super::*;

fn read_body(language: &str, definition: &str) -> Result<Body, String> {
    read(&Function {
        oid: 1,
        schema: "app".to_owned(),
        name: "f".to_owned(),
        volatility: 'i',
        security_definer: false,
        language: language.to_owned(),
        min_args: 0,
        max_args: None,
        system: false,
        extension: None,
        definition: Some(definition.to_owned()),
        settings: Vec::new(),
        parts: Vec::new(),
        types: Vec::new(),
    })
}

#[test]
fn sql_is_followed_in_every_form() {
    for definition in [
        "CREATE FUNCTION f(x int DEFAULT g()) RETURNS int LANGUAGE sql AS 'SELECT h(x)'",
        "CREATE FUNCTION f(x int DEFAULT g()) RETURNS int LANGUAGE sql RETURN h(x)",
        "CREATE FUNCTION f(x int DEFAULT g()) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT h(x); END",
    ] {
        let trees = read_body("sql", definition).unwrap().trees;
        let mut called = Vec::new();
        for tree in &trees {
            tree.walk(&mut |node| called.extend(node.last_name("funcname").map(str::to_owned)));
        }
        called.sort();
        assert_eq!(called, ["g", "h"], "{definition}");
    }
    assert!(read_body("sql", "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM t'").is_err());
    assert!(read_body("sql", "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT 1; NOTIFY x'").is_err());
}

#[test]
fn procedural_code_is_known_by_its_words() {
    let body =
        procedural("DECLARE n int := 1; BEGIN IF n <@ m THEN RETURN \"Odd Name\"(n) || (n).lo_unlink; END IF; END")
            .unwrap();
    for word in ["n", "Odd Name", "lo_unlink", "return"] {
        assert!(body.words.iter().any(|found| found == word), "{word}: {body:?}");
    }
    for operator in ["<@", "||"] {
        assert!(body.operators.iter().any(|found| found == operator), "{operator}: {body:?}");
    }
    for text in
        ["BEGIN EXECUTE q; END", "BEGIN INSERT INTO t VALUES (1); END", "BEGIN COMMIT; END", "BEGIN U&\"x\"(); END"]
    {
        assert!(procedural(text).is_err(), "{text}");
    }
    assert!(procedural("BEGIN RETURN current_setting('app.tenant', true)::int; END").is_ok());
    assert!(procedural("BEGIN RETURN current_setting('primary_conninfo'); END").is_err());
    assert!(procedural("BEGIN RETURN current_setting(name); END").is_err());
    assert!(procedural("BEGIN RETURN 'execute'; -- delete\n END").is_ok());
}

#[test]
fn other_languages_and_settings_are_not_read() {
    assert!(read_body("plpython3u", "CREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS 'pass'").is_err());
    assert!(own_path(&["role=postgres".to_owned()]).is_err());
    assert_eq!(own_path(&["search_path=app, \"Odd\"".to_owned()]).unwrap().unwrap(), ["app", "Odd"]);
}
