//! The guard against a real server: every attack of `tests/guard/redis/attacks.jsonl` is proven to
//! do harm without it and to do nothing with it; every line of `benign.jsonl` is answered and
//! changes nothing. The same for the ACL user alone, whose share is counted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, its helpers too; the counts are for people"
)]

mod attack;
mod cases;
mod fingerprint;
mod raw;
mod stand;

use dbwright_contract::{CallCx, Tool, ToolError};
use dbwright_policy::{
    Decision, Mode,
    redis::{judge, parse},
};
use dbwright_redis::{Redis, RedisCli, RedisCliArgs, RedisConfig, power};
use dbwright_servers::testing;
use tokio_util::sync::CancellationToken;

use crate::{
    attack::{Who, strike},
    cases::{Case, attacks, benign},
    stand::Stand,
};

/// Stands that work at the same time: most of the time is waiting for silence.
const STANDS: usize = 8;

fn tool(url: &str) -> RedisCli {
    RedisCli::new(Redis::new(RedisConfig::new("guarded", url)).unwrap())
}

async fn ask(tool: &RedisCli, command: &str) -> Result<dbwright_redis::RedisReply, ToolError> {
    let cx = CallCx::detached(CancellationToken::new());
    tool.call(&cx, RedisCliArgs { command: command.to_owned(), database: None }).await
}

/// Runs every attack as `who`, without the guard, and returns those that did harm with the kind.
async fn unguarded(who: Who) -> Vec<(Case, Vec<&'static str>)> {
    let mut work = tokio::task::JoinSet::new();
    let all = attacks();
    for part in all.chunks(all.len().div_ceil(STANDS)) {
        let part = part.to_vec();
        work.spawn(async move {
            let mut done = Vec::new();
            let mut stand = Stand::planted().await;
            for case in part {
                let harm = strike(&stand, who, &case.input).await;
                if !harm.is_empty() {
                    stand = Stand::planted().await;
                }
                done.push((case, harm));
            }
            done
        });
    }
    work.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_guard_every_attack_does_what_it_says() {
    let version = testing::redis_binaries().version;
    let done = unguarded(Who::Owner).await;
    let unproven: Vec<_> = done
        .iter()
        .filter(|(case, harm)| !harm.contains(&case.proof.as_str()))
        .map(|(case, harm)| (&case.input, &case.proof, harm))
        .collect();
    eprintln!("Redis {version}: {} of {} attacks proven without the guard", done.len() - unproven.len(), done.len());
    // The set is written for 7.0: older servers lack commands, newer ones gained protections.
    if version.major == 7 {
        assert!(unproven.is_empty(), "{unproven:#?}");
    } else {
        assert!(unproven.len() * 8 < done.len(), "{unproven:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_guard_no_attack_gets_to_the_server() {
    let stand = Stand::planted().await;
    let tool = tool(&stand.url());
    let before = stand.fingerprint().await;
    let attacks = attacks();
    assert!(attacks.len() >= 170, "{}", attacks.len());
    for case in &attacks {
        let reply = ask(&tool, &case.input).await;
        assert!(matches!(reply, Err(ToolError::Refused(_))), "{}: {reply:?}", case.input);
        assert_eq!(before.differences(&stand.fingerprint().await), Vec::<String>::new(), "{}", case.input);
        for mode in [Mode::Readonly, Mode::Maintain] {
            assert_eq!(judge(&case.input, mode).decision, Decision::Block, "{}", case.input);
        }
        assert_ne!(judge(&case.input, Mode::Change).decision, Decision::Allow, "{}", case.input);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_is_answered_and_changes_nothing() {
    let stand = Stand::plain().await;
    let specialist = stand.specialist().await;
    let before = stand.fingerprint().await;
    let lines = benign();
    assert!(lines.len() >= 110, "{}", lines.len());
    for (who, url) in [("the owner", stand.url()), ("the ACL user", specialist)] {
        let tool = tool(&url);
        let (mut refused, mut missing) = (Vec::new(), 0);
        for case in &lines {
            assert!(parse(&case.input).is_ok(), "{}", case.input);
            match ask(&tool, &case.input).await {
                Ok(_) => {}
                // Redis 8 declares the keys of vector sets as written: no ACL can grant them for reading.
                Err(ToolError::Unavailable(_) | ToolError::Privilege(_) | ToolError::Failed(_)) if case.is_recent() => {
                    missing += 1;
                }
                Err(error) => refused.push((case.input.clone(), error.to_string())),
            }
        }
        eprintln!(
            "Redis {}: {} of {} benign lines answered for {who}, {missing} more are of newer versions",
            stand.version(),
            lines.len() - refused.len() - missing,
            lines.len() - missing
        );
        let is_old = stand.version().major < 7;
        // Commands and options that 6.2 does not have yet.
        let unknown = |error: &str| {
            is_old
                && (error.contains("does not have")
                    || error.contains("syntax")
                    || error.contains("wrong number")
                    || error.contains("Unknown")
                    || error.contains("nknown sub"))
        };
        refused.retain(|(_, error)| !unknown(error));
        assert!(refused.is_empty(), "{who}: {refused:#?}");
        assert_eq!(before.differences(&stand.fingerprint().await), Vec::<String>::new(), "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_acl_user_alone_stops_nearly_everything() {
    let done = unguarded(Who::Specialist).await;
    let harmful: Vec<_> =
        done.iter().filter(|(_, harm)| !harm.is_empty()).map(|(case, harm)| (&case.input, harm)).collect();
    eprintln!(
        "the ACL user alone: {} of {} attacks do nothing; left: {harmful:?}",
        done.len() - harmful.len(),
        done.len()
    );
    // What is left holds or changes the attacker's own connection: the server cannot deny AUTH,
    // HELLO, QUIT and RESET, and XREAD waits when it is told to.
    for (input, harm) in &harmful {
        assert!(harm.iter().all(|kind| matches!(*kind, "connection" | "hold")), "{input}: {harm:?}");
    }
    assert!(harmful.len() * 20 <= done.len(), "{harmful:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_plan_shows_the_difference_only() {
    let stand = Stand::plain().await;
    stand.specialist().await;
    assert_eq!(stand.plan().await.statement, None);
    let mut observer = stand.observer().await;
    fingerprint::ask(&mut observer, &["ACL", "SETUSER", "specialist", "+set", "-get", "resetkeys", "~more*"]).await;
    let users = ask_text(&mut observer).await;
    let plan = stand.plan().await;
    let statement = plan.statement.clone().unwrap();
    assert!(!plan.sets_password && statement.starts_with("ACL SETUSER specialist resetkeys "), "{statement}");
    stand.apply(&plan).await;
    assert_eq!(stand.plan().await.statement, None);
    let undo = plan.undo_statement.unwrap();
    let words: Vec<&str> = undo.split(' ').collect();
    fingerprint::ask(&mut observer, &words).await;
    assert_eq!(ask_text(&mut observer).await, users, "{undo}");
}

async fn ask_text(observer: &mut redis::aio::MultiplexedConnection) -> Vec<String> {
    let mut allowed = Vec::new();
    for command in ["set", "get", "ttl", "del"] {
        let words = ["ACL", "DRYRUN", "specialist", command, "more:1", "x"];
        let words = if command == "set" { &words[..] } else { &words[..5] };
        allowed.push(format!("{command} {:?}", fingerprint::ask(observer, words).await));
    }
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_has_rights_in_excess_and_the_acl_user_none() {
    let stand = Stand::planted().await;
    let redis = |url: String| Redis::new(RedisConfig::new("power", url)).unwrap();
    let before = stand.fingerprint().await;
    let owner = power(&redis(stand.url())).await.unwrap();
    assert!(owner.excess.len() >= 10 || stand.version().major < 7, "{owner:?}");
    assert!(owner.excess.iter().any(|excess| excess.right.contains("SET, DEL")), "{owner:?}");
    assert!(owner.excess.iter().all(|excess| excess.revoke.starts_with("ACL SETUSER default -")), "{owner:?}");
    let specialist = power(&redis(stand.specialist_url())).await.unwrap();
    assert_eq!((specialist.user.as_str(), specialist.excess.as_slice()), ("specialist", &[][..]));
    assert_eq!(before.differences(&stand.fingerprint().await), Vec::<String>::new());
}
