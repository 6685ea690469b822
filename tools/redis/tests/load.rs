//! Filling a server of our own: every command arrives, and a refused one is an error.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dbwright_redis::{Redis, RedisConfig};
use dbwright_servers::{RedisOptions, testing};

#[tokio::test]
async fn every_command_arrives_and_a_refused_one_is_an_error() {
    let server = testing::own_redis(RedisOptions::default()).await;
    let redis = Redis::new(RedisConfig::new("cache", server.url())).unwrap();
    let commands = (0..2_500).map(|id| ["SET".to_owned(), format!("key:{id}"), id.to_string()]);
    assert_eq!(redis.load(commands).await.unwrap(), 2_500);
    assert_eq!(redis.count_keys().await.unwrap(), 2_500);
    assert_eq!(redis.info_number("maxmemory").await.unwrap(), Some(0));
    assert_eq!(redis.info_number("no_such_field").await.unwrap(), None);

    let refused = redis.load([["LPUSH", "key:1", "x"]]).await.unwrap_err();
    assert!(refused.to_string().contains("WRONGTYPE"), "{refused}");
    assert_eq!(redis.load(Vec::<Vec<String>>::new()).await.unwrap(), 0);
}
