//! Work that is not the database's goes to who is right for it.

use serde_json::{Value, json};

use crate::model::playbook::{
    answer::Answer,
    findings::Found,
    run::{Answered, Pending, Run, Wanted},
};

/// Words, who takes over, why it is theirs, what they should do first.
const TABLE: &[(&[&str], &str, &str, &str)] = &[
    (
        &[
            "shard",
            "microservice",
            "micro-service",
            "service boundar",
            "mongo",
            "cassandra",
            "elasticsearch",
            "dynamodb",
            "kafka",
        ],
        "architect",
        "it is about service boundaries, sharding or another kind of store",
        "decide whether the data's shape and growth need it, with the database's sizes and workload at hand",
    ),
    (
        &["backup", "restore", "failover", "kernel", "hardware", "kubernetes", "k8s", "docker", "terraform", "patroni"],
        "devops-engineer",
        "it is about operating servers: hardware, backups, failover, clusters",
        "check the present state of that part of the operation",
    ),
    (
        &["eager loading", "active record", "activerecord", "sequelize", "prisma client", "hibernate", "orm"],
        "orm-expert",
        "it is about mapping and loading in an ORM",
        "find the place in the code and load what it needs in one query",
    ),
    (
        &["golang", "go code", "go service", "go handler"],
        "backend-go",
        "it needs code changes in a Go service",
        "find the code path and its queries",
    ),
    (
        &["node", "nodejs", "node.js"],
        "backend-node",
        "it needs code changes in a Node service",
        "find the code path and its queries",
    ),
    (
        &["front-end", "frontend", "css", "react", "browser", "network latency", "cpu profil", "flame"],
        "performance-optimizer",
        "it is about time that is not the database's",
        "measure where the time goes outside the database",
    ),
];

/// Hands the question over.
pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let input = run.input();
    let fits = |words: &&[&str]| words.iter().any(|word| input.prose.contains(word));
    let Some((_, to, reason, next)) = TABLE.iter().find(|(words, ..)| fits(words)) else {
        return Ok(Answer::new("Who should take over depends on the subject.")
            .list("Who is right for what", TABLE.iter().map(|(_, to, reason, _)| format!("@{to}: {reason}")))
            .close(&[], "say what it is about"));
    };
    let evidence = vec![format!("the question: {}", dbwright_sql::brief(input.text, 300))];
    let handed = run.call(
        "escalate",
        "escalate",
        json!({"to": to, "reason": format!("Not the database's to solve: {reason}"), "evidence": evidence, "next_step": next}),
    )?;
    Ok(match line(&handed) {
        Some(line) => Answer::new(line),
        None => Answer::new(format!("That is for @{to}: {reason}. First: {next}.")),
    }
    .close(&run.gaps, "`/review` looks at the database's side of it"))
}

/// Hands queries in loops over to whoever writes that code.
pub(super) fn code(run: &mut Run<'_>, found: &[Found]) -> Result<Vec<String>, Pending> {
    let of = |endings: &[&str]| -> Vec<&Found> {
        let is_theirs = |found: &&Found| {
            found.finding.rule == "n_plus_one_code"
                && endings.iter().any(|ending| found.finding.object.name.ends_with(ending))
        };
        found.iter().filter(is_theirs).collect()
    };
    let readers: [(&str, Vec<&Found>); 3] = [
        ("backend-go", of(&[".go"])),
        ("backend-node", of(&[".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx"])),
        ("orm-expert", of(&[".py", ".rb", ".java", ".kt", ".php"])),
    ];
    let wanted: Vec<Wanted> = readers
        .iter()
        .filter(|(_, found)| !found.is_empty())
        .map(|(to, found)| {
            let evidence: Vec<String> =
                found.iter().take(10).map(|found| format!("{}: {}", found.source, found.finding.title)).collect();
            let next = found
                .iter()
                .find_map(|found| found.finding.fix.as_ref()?.notes.clone())
                .unwrap_or_else(|| "ask once for all items instead of once for each".to_owned());
            Wanted::new(
                "escalate",
                json!({"to": to, "reason": "the code asks the database once for each item", "evidence": evidence, "next_step": next}),
            )
        })
        .collect();
    if wanted.is_empty() || !run.offers("escalate") {
        return Ok(Vec::new());
    }
    Ok(run.all("escalate", wanted)?.iter().filter_map(line).collect())
}

fn line(handed: &Answered) -> Option<String> {
    let (to, reason) = (handed.text("/handle")?, handed.text("/reason")?);
    let evidence: Vec<&str> = handed.list("/evidence").iter().filter_map(Value::as_str).collect();
    let facts = if evidence.is_empty() { String::new() } else { format!(" Evidence: {}.", evidence.join("; ")) };
    let next = handed.text("/next_step").map(|next| format!(" First: {next}")).unwrap_or_default();
    Some(format!("{to}: {reason}.{facts}{next} ({})", handed.source))
}
