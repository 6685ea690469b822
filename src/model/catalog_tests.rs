use super::*;

#[test]
fn the_embedded_catalog_loads_and_every_alias_has_a_window() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(
        catalog.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(),
        ["openai", "anthropic", "openrouter", "gemini", "azure"]
    );
    for endpoint in catalog.endpoints.iter().filter(|endpoint| endpoint.name != "azure") {
        for tier in ["opus", "sonnet", "haiku"] {
            let model = endpoint.aliases.get(tier).unwrap_or_else(|| panic!("{} has no {tier}", endpoint.name));
            assert!(catalog.profile(endpoint, model).window.is_some(), "{model}");
        }
    }
}

#[test]
fn the_longest_beginning_wins_and_unknown_models_have_no_figures() {
    let catalog = Catalog::embedded().unwrap();
    let openai = catalog.at_host("api.openai.com");
    assert_eq!(catalog.profile(openai, "gpt-5.4-mini-2026-03-01").input_price, Some(0.75));
    assert_eq!(catalog.profile(openai, "gpt-5.4").input_price, Some(2.5));
    assert_eq!(catalog.profile(openai, "gpt-5.6-terra").input_price, None);
    assert_eq!(catalog.profile(openai, "something-new"), Profile::default());
}

#[test]
fn gateways_of_unknown_kind_have_windows_but_no_prices() {
    let catalog = Catalog::embedded().unwrap();
    let gateway = catalog.at_host("gateway.internal");
    assert_eq!(gateway.name, "compatible");
    let profile = catalog.profile(gateway, "openai/gpt-5.4");
    assert_eq!((profile.window, profile.input_price), (Some(1_000_000), None));
}

#[test]
fn hosts_and_owners() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(catalog.at_host("shop.openai.azure.com").name, "azure");
    assert_eq!(catalog.at_host("evil-api.openai.com.example").name, "compatible");
    assert_eq!(catalog.at_host("notopenrouter.ai").name, "compatible");
    assert_eq!(catalog.owner("claude-sonnet-5-5").unwrap().name, "anthropic");
    assert_eq!(catalog.owner("o3-mini").unwrap().name, "openai");
    assert_eq!(catalog.owner("qwen/qwen3-coder").unwrap().name, "openrouter");
    assert!(catalog.owner("qwen3").is_none());
}
