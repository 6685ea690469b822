use super::*;

fn persona(head: &str) -> Persona {
    Persona::parse(Path::new("agents/db.md"), &format!("---\n{head}\n---\n# Body\n")).unwrap()
}

#[test]
fn the_embedded_persona_loads_without_a_warning() {
    let persona = Persona::embedded().unwrap();
    assert_eq!(persona.name, "database-specialist");
    assert_eq!(persona.model.as_deref(), Some("sonnet"));
    assert_eq!(persona.skills.len(), 6);
    assert!(persona.warnings.is_empty(), "{:?}", persona.warnings);
    for section in ["Optimize a query", "Write or review a migration", "Design a cache", "Memory", "Hand over"] {
        assert!(persona.body.contains(&format!("## {section}")), "{section}");
    }
}

#[test]
fn bash_grants_the_typed_database_tools() {
    let persona = persona("name: a\ntools: Bash, Read");
    for tool in ["Bash", "psql", "explain", "advise_indexes", "redis_cli", "Read", "memory_search", "escalate"] {
        assert!(persona.allows(tool), "{tool}");
    }
    for tool in ["Write", "Edit", "mcp__github__issues"] {
        assert!(!persona.allows(tool), "{tool}");
    }
}

#[test]
fn without_a_list_every_tool_is_allowed_except_the_denied() {
    let persona = persona("name: a\ndisallowedTools: Bash, Write");
    assert!(persona.allows("psql") && persona.allows("mcp__x__y"));
    assert!(!persona.allows("Bash") && !persona.allows("Write"));
}

#[test]
fn patterns_grant_servers() {
    let persona = persona("name: a\ntools: [Read, \"mcp__github__*\", \"Bash(git log, git diff)\"]");
    assert!(persona.allows("mcp__github__issues"));
    assert!(!persona.allows("mcp__jira__issues"));
    assert!(persona.allows("Bash"));
}

#[test]
fn missing_fields_have_defaults() {
    let persona = Persona::parse(Path::new("agents/helper.md"), "just words").unwrap();
    assert_eq!(persona.name, "helper");
    assert_eq!(persona.permission_mode, PermissionMode::Default);
    assert_eq!((persona.model, persona.tools), (None, None));
    assert_eq!(persona.body, "just words");
}

#[test]
fn modes_and_numbers_are_checked() {
    assert_eq!(persona("permissionMode: \"acceptEdits\"").permission_mode, PermissionMode::AcceptEdits);
    assert_eq!(persona("maxTurns: 12").max_turns, Some(12));
    for head in ["permissionMode: yolo", "maxTurns: 0", "maxTurns: many"] {
        let error = Persona::parse(Path::new("x.md"), &format!("---\n{head}\n---\n")).unwrap_err().to_string();
        assert!(error.starts_with("x.md: "), "{error}");
    }
}

#[test]
fn unknown_keys_are_reported_once_in_one_line() {
    let persona = persona("name: a\nx-one: 1\nx-two: 2");
    assert_eq!(persona.unknown_keys, ["x-one", "x-two"]);
    assert_eq!(persona.warnings.len(), 1);
}

#[test]
fn a_persona_from_another_roster_loads() {
    let persona = persona(concat!(
        "name: code-reviewer\n",
        "description: Use this agent when: code was written. Examples: <example>user: \"done\"</example>\n",
        "tools: Read, Grep, Glob\nmodel: inherit\ncolor: blue\nmemory: project"
    ));
    assert!(persona.description.starts_with("Use this agent when: code"));
    assert_eq!(persona.model.as_deref(), Some("inherit"));
    assert!(persona.unknown_keys.is_empty());
}
