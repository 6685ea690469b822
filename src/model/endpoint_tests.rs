use secrecy::ExposeSecret;

use super::*;

fn env(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Host, path, key and model of what is chosen without flags and settings, for the persona's `sonnet`.
fn chosen(pairs: &[(&str, &str)]) -> (String, Option<String>, WantedModel) {
    endpoint(resolve(&env(pairs), None, None, Some("sonnet"), None))
}

fn endpoint(choice: Result<Choice, ModelError>) -> (String, Option<String>, WantedModel) {
    match choice.unwrap() {
        Choice::Endpoint(endpoint) => {
            let key = endpoint.key.map(|key| key.expose_secret().to_owned());
            (endpoint.base_url, key, endpoint.model)
        }
        Choice::Playbook { reason } => panic!("{reason}"),
    }
}

fn named(url: &str, key: &str, model: &str) -> (String, Option<String>, WantedModel) {
    (url.to_owned(), Some(key.to_owned()), WantedModel::Named(model.to_owned()))
}

fn playbook(choice: Result<Choice, ModelError>) -> String {
    match choice.unwrap() {
        Choice::Playbook { reason } => reason,
        Choice::Endpoint(endpoint) => panic!("{}", endpoint.reason),
    }
}

#[test]
fn without_any_key_the_playbook_answers_and_says_how_to_add_one() {
    let reason = playbook(resolve(&env(&[("OPENAI_API_KEY", "  ")]), None, None, Some("sonnet"), None));
    assert!(!reason.contains('\n'));
    for word in ["playbook", "no language model", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL"] {
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn the_playbook_can_be_asked_for() {
    let keyed = env(&[("OPENAI_API_KEY", "k")]);
    assert!(playbook(resolve(&keyed, None, Some("playbook"), None, None)).contains("--model"));
    let by_env = env(&[("OPENAI_API_KEY", "k"), ("DBWRIGHT_MODEL", "Playbook")]);
    assert!(playbook(resolve(&by_env, None, None, Some("opus"), None)).contains("DBWRIGHT_MODEL"));
    assert!(matches!(resolve(&by_env, None, Some("gpt-5.4"), None, None), Ok(Choice::Endpoint(_))));
    assert!(playbook(resolve(&keyed, None, None, None, Some("playbook"))).contains("configuration"));
}

#[test]
fn endpoints_in_their_order() {
    let all = [
        ("AZURE_OPENAI_API_KEY", "az"),
        ("AZURE_OPENAI_ENDPOINT", "https://shop.openai.azure.com/"),
        ("AZURE_OPENAI_DEPLOYMENT", "prod-gpt"),
        ("GEMINI_API_KEY", "ge"),
        ("OPENROUTER_API_KEY", "or"),
        ("ANTHROPIC_API_KEY", "an"),
        ("OPENAI_API_KEY", "oa"),
    ];
    assert_eq!(chosen(&all), named("https://api.openai.com/v1", "oa", "gpt-5.4"));
    assert_eq!(chosen(&all[..6]), named("https://api.anthropic.com/v1", "an", "claude-sonnet-5-5"));
    assert_eq!(chosen(&all[..5]), named("https://openrouter.ai/api/v1", "or", "anthropic/claude-sonnet-5"));
    assert_eq!(
        chosen(&all[..4]),
        named("https://generativelanguage.googleapis.com/v1beta/openai", "ge", "gemini-flash-latest")
    );
    assert_eq!(chosen(&all[..3]), named("https://shop.openai.azure.com/openai/v1", "az", "prod-gpt"));
    // A key without its endpoint is not an endpoint.
    assert!(playbook(resolve(&env(&all[..1]), None, None, None, None)).contains("no model key"));
}

#[test]
fn a_base_url_in_the_environment_comes_before_keys() {
    let listed = WantedModel::Listed { alias: Some("sonnet".to_owned()) };
    for (text, url) in [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        (" http://[::1]:8080/v1/chat/completions?x=1 ", "http://[::1]:8080/v1"),
        ("http://localhost:1234/openai", "http://localhost:1234/openai"),
    ] {
        let local = chosen(&[("OPENAI_BASE_URL", text), ("ANTHROPIC_API_KEY", "an")]);
        assert_eq!(local, (url.to_owned(), None, listed.clone()));
    }
    let gateway = chosen(&[("OPENAI_BASE_URL", "https://gateway.internal/v1"), ("OPENAI_API_KEY", "oa")]);
    assert_eq!(gateway, ("https://gateway.internal/v1".to_owned(), Some("oa".to_owned()), listed));
    // The base URL of a known vendor has that vendor's dialect and key.
    let vendor = chosen(&[
        ("OPENAI_BASE_URL", "https://api.anthropic.com/v1"),
        ("OPENAI_API_KEY", "oa"),
        ("ANTHROPIC_API_KEY", "an"),
    ]);
    assert_eq!(vendor, named("https://api.anthropic.com/v1", "an", "claude-sonnet-5-5"));
}

#[test]
fn a_configured_endpoint_comes_first_and_gets_no_key_of_another_host() {
    let keys =
        [("OPENAI_API_KEY", "oa"), ("ANTHROPIC_API_KEY", "an"), ("OPENAI_BASE_URL", "https://gateway.internal/v1")];
    let at = |url: &str, more: &[(&str, &str)]| {
        let pairs: Vec<_> = keys.iter().chain(more).copied().collect();
        endpoint(resolve(&env(&pairs), Some(url), Some("m"), None, None))
    };
    assert_eq!(at("https://elsewhere.example/v1", &[]).1, None);
    assert_eq!(at("https://elsewhere.example/v1", &[("DBWRIGHT_API_KEY", "own")]).1.as_deref(), Some("own"));
    assert_eq!(at("https://gateway.internal/other/v1", &[]).1.as_deref(), Some("oa"));
    assert_eq!(at("http://gateway.internal/v1", &[]).1, None);
    assert_eq!(at("https://api.anthropic.com/v1", &[]).1.as_deref(), Some("an"));
    let reason = resolve(&env(&keys), Some("https://elsewhere.example/v1"), None, None, None).unwrap();
    assert!(reason.reason().contains("no key is sent"), "{}", reason.reason());
}

#[test]
fn model_names_in_their_order() {
    let model = |flag, variable: &[(&str, &str)], persona, config| {
        let pairs: Vec<_> = [("OPENAI_API_KEY", "k")].iter().chain(variable).copied().collect();
        endpoint(resolve(&env(&pairs), None, flag, persona, config)).2
    };
    let named = |name: &str| WantedModel::Named(name.to_owned());
    let by_env = [("DBWRIGHT_MODEL", "gpt-b")];
    assert_eq!(model(Some("gpt-a"), &by_env, Some("gpt-c"), Some("gpt-d")), named("gpt-a"));
    assert_eq!(model(None, &by_env, Some("gpt-c"), Some("gpt-d")), named("gpt-b"));
    assert_eq!(model(None, &[], Some("gpt-c"), Some("gpt-d")), named("gpt-c"));
    assert_eq!(model(None, &[], Some("inherit"), Some("gpt-d")), named("gpt-d"));
    assert_eq!(model(None, &[], Some("inherit"), None), named("gpt-5.4"));
    assert_eq!(model(Some("Opus"), &[], None, None), named("gpt-5.5"));
    assert_eq!(model(Some("haiku[1m]"), &[], None, None), named("gpt-5.4-mini"));
}

#[test]
fn aliases_follow_the_environment() {
    let default_sonnet = ("ANTHROPIC_DEFAULT_SONNET_MODEL", "claude-sonnet-4-6");
    let own = ("DBWRIGHT_MODEL_SONNET", "my-sonnet");
    let anthropic = ("ANTHROPIC_API_KEY", "k");
    let named = |name: &str| WantedModel::Named(name.to_owned());
    assert_eq!(chosen(&[anthropic, default_sonnet, own]).2, named("my-sonnet"));
    assert_eq!(chosen(&[anthropic, default_sonnet]).2, named("claude-sonnet-4-6"));
    assert_eq!(chosen(&[("OPENAI_BASE_URL", "http://127.0.0.1:4000"), default_sonnet]).2, named("claude-sonnet-4-6"));
    // A vendor that does not know the name is not asked for it.
    assert_eq!(chosen(&[("OPENAI_API_KEY", "k"), default_sonnet]).2, named("gpt-5.4"));
}

#[test]
fn a_wanted_model_goes_to_the_vendor_that_serves_it() {
    let keys = env(&[("OPENAI_API_KEY", "oa"), ("ANTHROPIC_API_KEY", "an"), ("OPENROUTER_API_KEY", "or")]);
    let at = |model| endpoint(resolve(&keys, None, Some(model), None, None)).0;
    assert_eq!(at("claude-opus-5-5"), "https://api.anthropic.com/v1");
    assert_eq!(at("qwen/qwen3-coder"), "https://openrouter.ai/api/v1");
    assert_eq!(at("something"), "https://api.openai.com/v1");
}

#[test]
fn a_persona_written_for_another_vendor_gets_the_same_tier() {
    let (_, _, model) = endpoint(resolve(&env(&[("OPENAI_API_KEY", "k")]), None, None, Some("claude-opus-4-1"), None));
    assert_eq!(model, WantedModel::Named("gpt-5.5".to_owned()));
    let choice = resolve(&env(&[("OPENAI_API_KEY", "k")]), None, None, Some("claude-opus-4-1"), None).unwrap();
    assert!(choice.reason().contains("in place of claude-opus-4-1"), "{}", choice.reason());
}

#[test]
fn what_cannot_work_is_an_error_that_names_the_remedy() {
    let fault = |pairs: &[(&str, &str)], endpoint, model| {
        resolve(&env(pairs), endpoint, model, None, None).unwrap_err().to_string()
    };
    assert!(fault(&[], None, Some("gpt-5.4")).contains("--model asks for gpt-5.4"));
    assert!(fault(&[], Some("https://api.openai.com/v1"), None).contains("set OPENAI_API_KEY"));
    assert!(fault(&[("OPENAI_BASE_URL", "localhost:8080")], None, None).contains("OPENAI_BASE_URL"));
    let azure = [("AZURE_OPENAI_API_KEY", "k"), ("AZURE_OPENAI_ENDPOINT", "https://shop.openai.azure.com")];
    assert!(fault(&azure, None, None).contains("AZURE_OPENAI_DEPLOYMENT"));
    let secret = fault(&[("OPENAI_BASE_URL", "https://user:hunter22@host/v1")], None, None);
    assert!(!secret.contains("hunter22"), "{secret}");
}

#[test]
fn the_reason_never_holds_the_key() {
    let choice = resolve(&env(&[("OPENAI_API_KEY", "sk-very-secret")]), None, None, Some("sonnet"), None).unwrap();
    assert_eq!(
        choice.reason(),
        "gpt-5.4 at api.openai.com answers: OPENAI_API_KEY is set, the persona asks for `sonnet`"
    );
    assert!(!format!("{choice:?}").contains("very-secret"));
}
