//! A server of a test's own, with data, secrets and bystanders on it.

use std::path::PathBuf;

use dbwright_redis::{AclPlan, AclRequest, Redis as Handle, RedisConfig};
use dbwright_servers::{Redis, RedisOptions, Version, testing};
use redis::aio::MultiplexedConnection;

use crate::{
    fingerprint::{Fingerprint, ask},
    raw::Raw,
};

pub const OWNER_PASSWORD: &str = "pl4nted-require";
pub const SPECIALIST_PASSWORD: &str = "pl4nted-specialist";

const SEED: &[&str] = &[
    "SET s value",
    "SET s2 other",
    "SET n 10",
    "SET t fleeting EX 100000",
    "HSET h a 1 b 2 c 3",
    "RPUSH l a b c",
    "RPUSH l2 x",
    "SADD st a b c",
    "SADD st2 b c d",
    "ZADD z 1 a 2 b 3 c",
    "ZADD z2 1 a",
    "GEOADD g 12.5 41.9 Rome 2.35 48.85 Paris",
    "XADD x 1-1 f v",
    "XADD x 1-2 f v",
    "XGROUP CREATE x grp 0",
    "XREADGROUP GROUP grp c COUNT 1 STREAMS x >",
    "PFADD p a b c",
    "PFADD p2 c d e",
    "ACL SETUSER app on >pl4nted-app ~app:* +@read",
    "LATENCY RESET",
    "CONFIG SET latency-monitor-threshold 1",
    "DEBUG SLEEP 0.01",
    "CONFIG SET latency-monitor-threshold 0",
    "CONFIG SET slowlog-log-slower-than 0",
    "PING",
    "CONFIG SET slowlog-log-slower-than -1",
    "SELECT 1",
    "SET k1 elsewhere",
    "SELECT 0",
    "AUTH app wrong",
    "VADD v VALUES 3 1 0 0 a",
    "VADD v VALUES 3 0 1 0 b",
];

const LIBRARY: &str = "#!lua name=planted
redis.register_function('setit', function(keys) return redis.call('SET', keys[1], 'changed') end)
redis.register_function{function_name='forever', callback=function() while true do end end, flags={'no-writes'}}";

pub const SCRIPT: &str = "return redis.call(\"SET\",KEYS[1],\"changed\")";

pub struct Stand {
    server: Redis,
    has_secrets: bool,
    _bystander: MultiplexedConnection,
}

impl Stand {
    /// With passwords in the settings, and the least-privilege user.
    pub async fn planted() -> Self {
        let mut stand = Self::start(true).await;
        stand.fill().await;
        stand.specialist().await;
        stand
    }

    /// Without any secret in the settings.
    pub async fn plain() -> Self {
        let mut stand = Self::start(false).await;
        stand.fill().await;
        stand
    }

    async fn start(has_secrets: bool) -> Self {
        let version = testing::redis_binaries().version;
        let mut options = RedisOptions::default();
        if version.major >= 7 {
            options = options
                .setting("enable-debug-command", "yes")
                .setting("busy-reply-threshold", "50")
                .setting("enable-protected-configs", "yes");
        } else {
            options = options.setting("lua-time-limit", "50");
        }
        if has_secrets {
            options = options.setting("requirepass", OWNER_PASSWORD).setting("masterauth", "pl4nted-master");
        }
        let server = testing::own_redis(options).await;
        let client =
            redis::Client::open(url(&server, "default", if has_secrets { OWNER_PASSWORD } else { "" })).unwrap();
        let mut bystander = client.get_multiplexed_async_connection().await.unwrap();
        ask(&mut bystander, &["CLIENT", "SETNAME", "bystander"]).await;
        Self { server, has_secrets, _bystander: bystander }
    }

    async fn fill(&mut self) {
        let mut raw = Raw::connect(&self.socket(), "default", self.password()).await;
        for line in SEED {
            raw.say(line).await;
        }
        let mut connection = self.observer().await;
        ask(&mut connection, &["FUNCTION", "LOAD", LIBRARY]).await;
        ask(&mut connection, &["SCRIPT", "LOAD", SCRIPT]).await;
    }

    fn owner(&self) -> Handle {
        Handle::new(RedisConfig::new("stand", self.url())).unwrap()
    }

    pub async fn plan(&self) -> AclPlan {
        let request = AclRequest { name: "specialist".to_owned(), keys: Vec::new(), new_password: false };
        AclPlan::read(&self.owner(), &request).await.unwrap()
    }

    pub async fn apply(&self, plan: &AclPlan) {
        plan.apply(&self.owner(), Some(&SPECIALIST_PASSWORD.into())).await.unwrap();
    }

    /// Makes the least-privilege user as `setup role` does, and returns its URL.
    pub async fn specialist(&self) -> String {
        self.apply(&self.plan().await).await;
        self.specialist_url()
    }

    pub fn password(&self) -> &'static str {
        if self.has_secrets { OWNER_PASSWORD } else { "" }
    }

    pub fn url(&self) -> String {
        url(&self.server, "default", self.password())
    }

    pub fn specialist_url(&self) -> String {
        url(&self.server, "specialist", SPECIALIST_PASSWORD)
    }

    pub fn socket(&self) -> PathBuf {
        self.server.socket()
    }

    pub fn version(&self) -> Version {
        self.server.version()
    }

    pub async fn observer(&self) -> MultiplexedConnection {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    pub async fn fingerprint(&self) -> Fingerprint {
        Fingerprint::read(&mut self.observer().await).await
    }
}

fn url(server: &Redis, user: &str, password: &str) -> String {
    if password.is_empty() {
        return server.url();
    }
    format!("{}?user={user}&pass={password}", server.url())
}
