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
    assert_eq!(user.granted().unwrap(), BTreeSet::from(["+get".to_owned(), "+config|get".to_owned()]));
    assert_eq!(User::parse(&Value::Nil), None);
}

#[test]
fn a_category_is_more_than_single_commands() {
    let mut user = User {
        flags: BTreeSet::new(),
        has_password: true,
        commands: vec!["-@all".to_owned(), "+@read".to_owned()],
        keys: BTreeSet::new(),
        channels: BTreeSet::new(),
        has_selectors: false,
    };
    assert_eq!(user.granted(), None);
    user.commands = ["+set", "-@all", "+get", "+ttl", "-ttl"].map(str::to_owned).to_vec();
    assert_eq!(user.granted().unwrap(), BTreeSet::from(["+get".to_owned()]));
}
