use serde_json::json;

use super::*;

#[test]
fn listings_of_servers_in_use() {
    let vllm = json!({"object": "list", "data": [{"id": "Qwen/Qwen3-32B", "object": "model", "max_model_len": 40960}]});
    assert_eq!(read(&vllm), [Listed { id: "Qwen/Qwen3-32B".into(), window: Some(40_960) }]);
    let llama_cpp = json!({"models": [{"name": "m.gguf"}], "data": [{"id": "m.gguf", "meta": {"n_ctx": 8192}}]});
    assert_eq!(read(&llama_cpp), [Listed { id: "m.gguf".into(), window: Some(8192) }]);
    let bare = json!([{"id": "a"}, {"nothing": 1}, 7]);
    assert_eq!(read(&bare), [Listed { id: "a".into(), window: None }]);
    assert_eq!(read(&json!({"data": null})), []);
}

#[test]
fn an_alias_finds_its_model_else_the_first_that_answers() {
    let listed = |ids: &[&str]| ids.iter().map(|id| Listed { id: (*id).to_owned(), window: None }).collect::<Vec<_>>();
    let chosen = |ids: &[&str], alias: Option<&str>| choose(listed(ids), alias).map(|model| model.id);
    assert_eq!(chosen(&["nomic-embed-text", "qwen3:8b", "b"], Some("sonnet")).as_deref(), Some("qwen3:8b"));
    assert_eq!(chosen(&["claude-sonnet-4-5", "sonnet"], Some("sonnet")).as_deref(), Some("sonnet"));
    assert_eq!(chosen(&["claude-opus-5", "claude-sonnet-5"], Some("sonnet")).as_deref(), Some("claude-sonnet-5"));
    assert_eq!(chosen(&["a", "b"], None).as_deref(), Some("a"));
    assert_eq!(chosen(&[], Some("sonnet")), None);
}
