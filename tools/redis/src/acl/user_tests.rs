use super::*;

fn bulk(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

fn list(words: &[&str]) -> Value {
    Value::Array(words.iter().map(|word| bulk(word)).collect())
}

#[test]
fn both_forms_of_the_answer_are_read_alike() {
    let old = Value::Array(vec![
        bulk("flags"),
        list(&["on"]),
        bulk("passwords"),
        list(&["ab"]),
        bulk("commands"),
        bulk("-@all +get +config|get"),
        bulk("keys"),
        list(&["*"]),
        bulk("channels"),
        list(&[]),
    ]);
    let new = Value::Array(vec![
        bulk("flags"),
        list(&["on"]),
        bulk("passwords"),
        list(&["ab"]),
        bulk("commands"),
        bulk("-@all +get +config|get"),
        bulk("keys"),
        bulk("~*"),
        bulk("channels"),
        bulk(""),
        bulk("selectors"),
        list(&[]),
    ]);
    assert_eq!(User::parse(&old), User::parse(&new));
    let user = User::parse(&new).unwrap();
    assert_eq!(user.granted(&Categories::default()), set(&["get", "config|get"]));
    assert!(user.names_single_commands());
    assert_eq!(User::parse(&Value::Nil), None);
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn rules_are_evaluated_in_order_and_categories_opened() {
    let categories = Categories(BTreeMap::from([
        ("read".to_owned(), set(&["get", "ttl"])),
        ("write".to_owned(), set(&["set", "del"])),
        ("admin".to_owned(), set(&["config|get", "config|set"])),
    ]));
    for (rules, granted) in [
        ("-@all +@read -ttl", &["get"][..]),
        ("+@all -@write -config", &["get", "ttl"]),
        ("allcommands nocommands +config", &["config"]),
        ("-@all +GET +config|get", &["get", "config|get"]),
    ] {
        let rules: Vec<String> = rules.split(' ').map(str::to_owned).collect();
        assert_eq!(categories.granted(&rules), set(granted), "{rules:?}");
    }
}
