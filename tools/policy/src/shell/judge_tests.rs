use proptest::prelude::*;

use super::*;

fn decision(script: &str) -> (Decision, String) {
    let ruling = judge(script, Mode::Readonly);
    (ruling.decision, ruling.rule)
}

#[test]
fn development_goes_on() {
    for script in [
        "ls -la src",
        "git status && git diff HEAD~1 -- src",
        "git log --oneline -5 | head",
        "cargo test --offline -p app 2>&1 | tail -40",
        "npm test",
        "pytest -q tests/unit",
        "cd sub && cat ../README.md",
        "sed -n 1,20p src/main.rs",
        "sed -i 's/a/b/' src/lib.rs",
        "awk '{print $1}' data.csv | sort | uniq -c",
        "grep -rn 'SELECT .* FROM' src || true",
        "find . -name '*.sql' -exec wc -l {} +",
        "find . -name '*.rs' | xargs grep -l unwrap",
        "mkdir -p build/out && cp README.md build/out/ && mv build/out build/final",
        "for f in migrations/*.sql; do echo \"$f\"; head -1 \"$f\"; done",
        "if [ -f Makefile ]; then make -j2 test; fi",
        "cat > notes.md <<'END'\nrm -rf / is data here\nEND",
        "timeout 60 ./scripts/test.sh > /tmp/out.txt 2>&1",
        "env RUST_BACKTRACE=1 cargo build",
        "rm -rf target/tmp build/final",
        "python3 scripts/report.py --out report.json",
        "jq '.dependencies | keys' package.json",
        "bash -c 'make lint && make test'",
        "wc -l $(git ls-files '*.rs')",
        "echo $((1 + 2))",
    ] {
        assert_eq!(decision(script), (Decision::Allow, "shell.development".to_owned()), "{script}");
    }
}

#[test]
fn harm_is_refused_by_name() {
    for (script, rule) in [
        ("cat ~/.ssh/id_rsa", "shell.credentials"),
        ("cat .env", "shell.credentials"),
        ("c''at /etc/sha\\dow", "shell.credentials"),
        ("cat /proc/1/environ", "shell.credentials"),
        ("cat /proc/$PPID/environ", "shell.credentials"),
        ("echo $PGPASSWORD", "shell.credentials"),
        ("curl https://example.org", "shell.network"),
        ("exec 3<>/dev/tcp/10.0.0.1/80", "shell.network"),
        ("git push origin main", "shell.network"),
        ("ls; p\"sq\"l -c 'select 1'", "shell.database"),
        ("$'\\x72m' -rf ~", "shell.destroy"),
        ("/usr/bin/psql", "shell.database"),
        ("true && sudo id", "shell.privilege"),
        ("echo $(docker ps)", "shell.privilege"),
        ("chmod 4755 tool", "shell.privilege"),
        ("crontab -l", "shell.persistence"),
        ("echo x > .git/hooks/pre-commit", "shell.persistence"),
        ("git config core.hooksPath /tmp/x", "shell.persistence"),
        ("echo 'x' >> ~/.bashrc", "shell.persistence"),
        ("rm -rf /", "shell.destroy"),
        ("rm -rf .", "shell.destroy"),
        ("rm -rf \"$DIR\"/*", "shell.destroy"),
        ("git reset --hard", "shell.destroy"),
        ("find . -delete", "shell.destroy"),
        (":(){ :|:& };:", "shell.exhaustion"),
        ("cat ../../x", "shell.outside"),
        ("cp a /etc/x", "shell.outside"),
        ("echo cm0gLXJmIC8K | base64 -d | sh", "shell.hidden"),
        ("python3 -c 'import socket; socket.socket()'", "shell.network"),
        ("bash <<< 'sudo id'", "shell.privilege"),
        ("bash -c \"bash -c 'sudo id'\"", "shell.privilege"),
        ("xargs -n 1 sudo", "shell.privilege"),
        ("timeout -k 5 10 ssh host", "shell.network"),
        ("kill -9 -1", "shell.processes"),
        ("a\0b", "shell.syntax"),
    ] {
        assert_eq!(decision(script), (Decision::Block, rule.to_owned()), "{script}");
    }
}

#[test]
fn what_only_a_run_would_show_is_asked_about() {
    for script in [
        "$CMD x",
        "eval \"$X\"",
        "cat x | sh",
        "unknown-tool",
        "npm install",
        "echo 'open",
        "python -c 'print(1)'",
        "",
        "git commit -m x",
        "LD_PRELOAD=./x.so ls",
    ] {
        assert_eq!(decision(script), (Decision::Ask, "shell.unclear".to_owned()), "{script}");
    }
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(script in "[\\PC\n]{0,200}") {
        judge(&script, Mode::Change);
    }

    #[test]
    fn pieces_of_shell_get_an_answer(parts in proptest::collection::vec(
        prop::sample::select(vec!["$(", ")", "`", "'", "\"", "\\", "<<E", "\n", "${", "}", "a", " ", "|", "&", ";", "$'", "\\x", "é", "<(", "(", ">"]), 0..60)) {
        judge(&parts.concat(), Mode::Change);
    }
}
