use super::*;

fn config(access: Access, environment: Environment, allow: bool) -> DatabaseConfig {
    DatabaseConfig {
        access,
        environment,
        allow_production_changes: allow,
        ..DatabaseConfig::new("app", "postgres://x")
    }
}

#[test]
fn production_is_changed_only_where_the_configuration_says_so() {
    use Access::{Change, Maintain, Read};
    use Environment::{Development, Production};
    for (access, environment, allow, effect, permitted) in [
        (Read, Development, false, Effect::Maintain, false),
        (Maintain, Production, false, Effect::Maintain, true),
        (Maintain, Development, false, Effect::Change, false),
        (Change, Development, false, Effect::Change, true),
        (Change, Production, false, Effect::Change, false),
        (Change, Production, false, Effect::Destroy, false),
        (Change, Production, true, Effect::Change, true),
        (Maintain, Production, true, Effect::Change, false),
        (Read, Production, true, Effect::Observe, true),
    ] {
        let answer = permit(&config(access, environment, allow), effect);
        assert_eq!(answer.is_ok(), permitted, "{access:?} {environment:?} {allow} {effect}: {answer:?}");
    }
    let refusal = permit(&config(Change, Production, false), Effect::Change).unwrap_err();
    assert!(refusal.contains("databases.app.allow_production_changes: true"), "{refusal}");
}
