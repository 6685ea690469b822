use dbwright_contract::{CallCx, Report, Tool};
use dbwright_finding::Finding;
use dbwright_postgres::{AdviseArgs, AdviseIndexes, Database, DatabaseConfig, Databases, Explain, ExplainArgs, check};
use dbwright_redis::{Redis, RedisConfig, analyze};
use dbwright_servers::{InstallPolicy, Quiet};
use tokio_util::sync::CancellationToken;

use super::{
    expected::{DECOYS, PLANTED, Seen},
    *,
};

#[test]
fn problems_for_people_are_those_for_tests() {
    let text = include_str!("../../demo/PROBLEMS.md");
    for planted in PLANTED {
        let named =
            text.lines().any(|line| line.contains(&format!("`{}`", planted.rule)) && line.contains(planted.object));
        assert!(named, "PROBLEMS.md has no line with `{}` and {}", planted.rule, planted.object);
    }
    for decoy in DECOYS {
        assert!(text.contains(decoy.object), "PROBLEMS.md does not name {}", decoy.object);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_carry_what_was_planted_and_decoys_stay_silent() {
    let folder = tempfile::tempdir().unwrap();
    let options = DemoOptions { policy: InstallPolicy::PrivateOnly, repository: folder.path().join("shop") };
    let demo = Demo::start(options, &mut Quiet).await.unwrap();
    assert_eq!(demo.notices, Vec::<String>::new());

    let cx = CallCx::detached(CancellationToken::new());
    let database = Database::new(DatabaseConfig::new(DATABASE, demo.database_url.as_str())).unwrap();
    let databases = Databases::new([database.clone()]);
    let mut found: Vec<(Seen, Vec<Finding>)> = Vec::new();
    found.push((Seen::Health, check(&database, &Default::default(), None).await.unwrap().findings));
    let advice: AdviseArgs = serde_json::from_str("{}").unwrap();
    let advice = AdviseIndexes::new(databases.clone()).call(&cx, advice).await.unwrap();
    found.push((Seen::Advice, advice.findings().to_vec()));
    for planted in PLANTED {
        let Seen::Plan(sql) = planted.seen else { continue };
        let arguments = ExplainArgs { sql: sql.to_owned(), analyze: true, parameters: Vec::new(), database: None };
        let plan = Explain::new(databases.clone()).call(&cx, arguments).await.unwrap();
        found.push((planted.seen, plan.findings().to_vec()));
    }
    let redis = Redis::new(RedisConfig::new("demo", demo.redis_url.clone().unwrap())).unwrap();
    found.push((Seen::Keyspace, analyze(&redis, &Default::default(), &cx).await.unwrap().findings));
    demo.stop().await.unwrap();

    let all: Vec<String> = found
        .iter()
        .flat_map(|(seen, findings)| {
            findings
                .iter()
                .map(move |finding| format!("{seen:?} {} {}: {}", finding.rule, finding.object.name, finding.title))
        })
        .collect();
    let has = |seen: Seen, rule: &str, object: &str| {
        found.iter().filter(|(place, _)| *place == seen).flat_map(|(_, findings)| findings).any(|finding| {
            let about = finding.object.name.contains(object) || finding.title.contains(object);
            finding.rule == rule && about
        })
    };
    let on_servers = |seen: Seen| matches!(seen, Seen::Health | Seen::Advice | Seen::Plan(_) | Seen::Keyspace);
    let missing: Vec<_> = PLANTED
        .iter()
        .filter(|planted| on_servers(planted.seen) && !has(planted.seen, planted.rule, planted.object))
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\nfound: {all:#?}");

    let loud: Vec<String> = DECOYS
        .iter()
        .flat_map(|decoy| {
            found.iter().flat_map(|(_, findings)| findings).filter(|finding| {
                decoy.silent.contains(&finding.rule.as_str()) && finding.object.name.contains(decoy.object)
            })
        })
        .map(|finding| finding.title.clone())
        .collect();
    assert_eq!(loud, Vec::<String>::new());
}
