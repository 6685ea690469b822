use dbwright_postgres::Environment;

use super::*;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn load(&self, env: &[(&str, &str)], flags: Vec<Layer>) -> Result<Layers, ConfigError> {
        let root = self.0.path();
        let paths = Paths {
            home: root.join("home"),
            system_config: root.join("etc/config.yaml"),
            user_config: root.join("user/config.yaml"),
        };
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Layers::load(&paths, &root.join("project"), None, &env, flags)
    }
}

#[test]
fn the_defaults_alone_are_complete() {
    let settings = Home::new().load(&[], vec![]).unwrap().settings().unwrap();
    assert_eq!(settings.limits.steps, 60);
    assert!(settings.serve.listen.ip().is_loopback());
    assert!(settings.databases.is_empty());
}

#[test]
fn later_layers_win_and_every_value_knows_its_origin() {
    let home = Home::new();
    home.write("etc/config.yaml", "limits: {steps: 10, tokens: 1000}\n");
    home.write("user/config.yaml", "limits: {steps: 20}\n");
    home.write(
        "project/.dbwright/config.yaml",
        "databases: {app: {url: 'postgres://u:hunter22@h/app', environment: staging}}\n",
    );
    let flag = Layer::single(Origin::Flag("--max-turns"), "limits.steps", 30);
    let layers = home.load(&[("DBWRIGHT_STATE_URL", "postgres://u:secret12@h/state")], vec![flag]).unwrap();
    let settings = layers.settings().unwrap();
    assert_eq!((settings.limits.steps, settings.limits.tokens), (30, Some(1000)));
    assert_eq!(settings.databases["app"].environment, Environment::Staging);
    let rows = layers.rows();
    let origin = |path: &str| rows.iter().find(|row| row.0 == path).map(|row| row.2.clone()).unwrap();
    assert_eq!(origin("limits.steps"), "flag --max-turns");
    assert!(origin("limits.tokens").ends_with("etc/config.yaml"));
    assert_eq!(origin("limits.cost_usd"), "default");
    assert_eq!(origin("state.url"), "environment DBWRIGHT_STATE_URL");
    let shown = format!("{rows:?}{settings:?}");
    assert!(!shown.contains("hunter22") && !shown.contains("secret12"), "{shown}");
}

#[test]
fn a_misspelt_key_is_named_with_its_file_and_the_likely_one() {
    let home = Home::new();
    home.write("user/config.yaml", "limits:\n  stepps: 3\n");
    let error = home.load(&[], vec![]).unwrap_err().to_string();
    assert!(
        error.contains("user/config.yaml") && error.contains("`limits.stepps`") && error.contains("`limits.steps`"),
        "{error}"
    );
}

#[test]
fn broken_yaml_and_wrong_values_are_clear_errors() {
    let home = Home::new();
    home.write("user/config.yaml", "limits: [1\n");
    assert!(home.load(&[], vec![]).unwrap_err().to_string().contains("user/config.yaml"));
    home.write("user/config.yaml", "limits: {steps: many}\n");
    let error = home.load(&[], vec![]).unwrap().settings().unwrap_err().to_string();
    assert!(error.contains("user/config.yaml") && error.contains("steps"), "{error}");
}

#[test]
fn an_empty_file_sets_nothing() {
    let home = Home::new();
    home.write("user/config.yaml", "# nothing yet\n");
    assert_eq!(home.load(&[], vec![]).unwrap().settings().unwrap().limits.steps, 60);
}
