//! Files that tools neither read nor write: keys, passwords, the inside of git, our own state.

use std::path::{Component, Path};

/// Why the file at this path stays closed; none when it may be opened.
pub fn withheld(path: &Path) -> Option<&'static str> {
    let names: Vec<String> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().to_lowercase()),
            _ => None,
        })
        .collect();
    folder(&names).or_else(|| names.last().and_then(|name| file(name)))
}

fn folder(names: &[String]) -> Option<&'static str> {
    names.iter().find_map(|name| match name.as_str() {
        ".git" | ".hg" | ".svn" => Some("the inside of version control can run programs"),
        ".dbwright" => Some("it is this program's own configuration and state"),
        ".ssh" | ".gnupg" | ".aws" | ".azure" | ".kube" | ".docker" | ".password-store" => Some("it holds credentials"),
        _ => None,
    })
}

/// What editors and people append to a copy: the copy is as secret as the file.
const COPIES: &[&str] = &["~", ".bak", ".backup", ".old", ".orig", ".save", ".swp", ".swo", ".tmp", ".copy", ".1"];

fn file(name: &str) -> Option<&'static str> {
    let original = COPIES.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    // An editor's swap file also gets a dot in front.
    let swapped = original.strip_prefix('.').filter(|_| original.len() != name.len()).unwrap_or(original);
    exact(original).or_else(|| exact(swapped))
}

fn exact(name: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        ".pgpass",
        "pgpass.conf",
        ".pg_service.conf",
        ".my.cnf",
        ".netrc",
        "_netrc",
        ".npmrc",
        ".pypirc",
        ".htpasswd",
        ".git-credentials",
        ".dockercfg",
        "credentials",
        "credentials.json",
        "master.key",
        "secrets.yml",
        "secrets.yaml",
        "service-account.json",
        ".rediscli_auth",
        "users.acl",
        ".vault-token",
        ".s3cfg",
        ".boto",
        "kubeconfig",
        "credentials.yml",
        "secrets.json",
    ];
    const ENDINGS: &[&str] = &[".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".tfstate"];
    let key_file = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"].contains(&name);
    if key_file || NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Some("it holds credentials");
    }
    let environment = name.ends_with(".env")
        || name == ".envrc"
        || name.strip_prefix(".env").is_some_and(|rest| rest.starts_with(['.', '-', '_']));
    let example = [".example", ".sample", ".template", ".dist", ".defaults"].iter().any(|end| name.ends_with(end));
    if environment && !example {
        return Some("environment files hold credentials");
    }
    let state = ["state.db", "state.db-wal", "state.db-shm"].contains(&name);
    state.then_some("it is this program's own configuration and state")
}

/// Files that steer an agent or its tools, or make git run something: read freely, changed by
/// people only.
pub fn steering(path: &Path) -> Option<&'static str> {
    const FOLDERS: &[&str] = &[".claude", ".cursor", ".vscode", ".idea", ".husky", ".githooks"];
    const FILES: &[&str] = &[".mcp.json", ".envrc", ".gitattributes", ".gitmodules"];
    let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy().to_lowercase()).peekable();
    let persona = parts.peek().is_some_and(|first| first == "agent.md");
    let steers = persona || parts.any(|part| FOLDERS.contains(&part.as_str()) || FILES.contains(&part.as_str()));
    steers.then_some("it steers tools that run with your rights; change it yourself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_withheld_and_examples_are_not() {
        for closed in [
            ".env",
            ".env-old",
            ".env.swp",
            "..env.swp",
            ".pgpass~",
            "id_rsa.bak",
            "app/.env.production",
            "config/prod.env",
            "id_rsa",
            "deploy/server.PEM",
            ".pgpass",
            ".git/config",
            "sub/.git/hooks/pre-commit",
            ".dbwright/config.yaml",
            "x/.ssh/known_hosts",
            "state.db-wal",
        ] {
            assert!(withheld(Path::new(closed)).is_some(), "{closed}");
        }
        for open in [
            ".env.example",
            "src/env.rs",
            "id_rsa.pub",
            ".gitignore",
            ".github/workflows/ci.yml",
            "keyspace.md",
            "environment.ts",
            "monkey.rb",
            "db/migrate/001_credentials.rb",
        ] {
            assert_eq!(withheld(Path::new(open)), None, "{open}");
        }
        assert!(steering(Path::new(".claude/agents/x.md")).is_some());
        assert!(steering(Path::new("packages/a/.mcp.json")).is_some());
        assert!(steering(Path::new("src/claude.rs")).is_none());
        assert!(steering(Path::new("docs/agent.md")).is_none());
    }
}
