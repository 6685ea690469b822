use std::path::Path;

use super::*;
use crate::config::{Layer, Layers, Origin, Paths};

fn settings(yaml: &[(&str, &str)]) -> Settings {
    let flags = yaml.iter().map(|(path, value)| Layer::single(Origin::Flag("test"), path, *value)).collect();
    let nowhere = Path::new("/nonexistent");
    let paths = Paths { home: nowhere.into(), system_config: nowhere.join("s"), user_config: nowhere.join("u") };
    Layers::load(&paths, nowhere, None, &HashMap::new(), flags).unwrap().settings().unwrap()
}

fn env(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn names(targets: &Targets) -> Vec<&str> {
    targets.databases.iter().map(|config| config.name.as_str()).collect()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_settings() {
    let settings =
        settings(&[("databases.main.url", "postgres://h/main"), ("databases.other.url", "postgres://h/other")]);
    let database_url = env(&[("DATABASE_URL", "postgres://u@h/fromenv")]);
    let flags = ["postgres://h/shop".to_owned(), "other".to_owned()];
    assert_eq!(names(&Targets::resolve(&flags, &[], &database_url, &settings).unwrap()), ["shop", "other"]);
    assert_eq!(names(&Targets::resolve(&[], &[], &database_url, &settings).unwrap()), ["fromenv"]);
    assert_eq!(names(&Targets::resolve(&[], &[], &env(&[]), &settings).unwrap()), ["main", "other"]);
}

#[test]
fn two_urls_with_the_same_database_name_are_told_apart() {
    let flags = ["postgres://a/shop".to_owned(), "postgres://b/shop".to_owned()];
    assert_eq!(names(&Targets::resolve(&flags, &[], &env(&[]), &settings(&[])).unwrap()), ["shop", "shop2"]);
}

#[test]
fn libpq_variables_are_understood() {
    let env = env(&[("PGHOST", "/var/run/pg"), ("PGUSER", "me"), ("PGPASSWORD", "p@ss/w"), ("PGDATABASE", "my db")]);
    let targets = Targets::resolve(&[], &[], &env, &settings(&[])).unwrap();
    let url = targets.databases[0].url.expose_secret();
    assert_eq!(url, "postgres://me:p%40ss%2Fw@localhost:5432/my%20db?host=%2Fvar%2Frun%2Fpg");
    assert_eq!(targets.databases[0].name, "my db");
}

#[test]
fn an_unknown_name_lists_the_known_ones_and_leaks_nothing() {
    let settings = settings(&[("databases.main.url", "postgres://h/main")]);
    let error = Targets::resolve(&["mian".into()], &[], &env(&[]), &settings).unwrap_err().to_string();
    assert!(error.contains("`--db mian`") && error.contains("main"), "{error}");
    let error = Targets::resolve(&["mysql://u:hunter2@h/x".into()], &[], &env(&[]), &settings).unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn passwords_are_known_as_secrets_in_both_spellings() {
    let targets = Targets::resolve(
        &["postgres://u:p%40ssword@h/x".into()],
        &["redis://:cachepw@h".into()],
        &env(&[]),
        &settings(&[]),
    )
    .unwrap();
    let secrets: Vec<String> = secrets(&targets).iter().map(|secret| secret.expose_secret().to_owned()).collect();
    assert_eq!(secrets, ["p%40ssword", "p@ssword", "cachepw"]);
}
