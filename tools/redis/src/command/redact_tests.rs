use super::*;
use crate::command::render;

fn slow(command: &str) -> Value {
    let words = command.split(' ').map(|word| Value::BulkString(word.as_bytes().to_vec())).collect();
    Value::Array(vec![Value::Array(vec![Value::Int(1), Value::Int(2), Value::Int(3), Value::Array(words)])])
}

#[test]
fn passwords_in_the_slow_log_are_hidden_and_nothing_else() {
    for command in [
        "AUTH app s3cret",
        "auth s3cret",
        "CONFIG SET requirepass s3cret",
        "config set maxmemory 1 masterauth s3cret",
        "ACL SETUSER app on >s3cret",
        "HELLO 3 AUTH app s3cret",
        "MIGRATE h 1 k 0 1 AUTH s3cret",
        "MIGRATE h 1 k 0 1 AUTH2 app s3cret",
    ] {
        let shown = render(&redact("SLOWLOG|GET", slow(command)));
        assert!(!shown.contains("s3cret") && shown.contains("(hidden)"), "{shown}");
    }
    for command in ["SET auth s3cret", "HGETALL AUTH", "CONFIG SET maxmemory 1"] {
        assert_eq!(redact("SLOWLOG|GET", slow(command)), slow(command));
    }
}
