//! Who looks at the demo: the role and the user that `setup role` makes, so that the demo shows
//! what a review sees that can do no harm.

use dbwright_postgres::{
    Database, DatabaseConfig, PgError, ScriptSession,
    role::{Password, RolePlan, RoleRequest},
};
use dbwright_redis::{AclPlan, AclRequest, Redis, RedisError};
use secrecy::SecretString;

/// The name of both.
pub(super) const NAME: &str = "specialist";

/// The shop's policies want to know the tenant, as its application tells them.
const TENANT: &str = "ALTER ROLE specialist SET shop.tenant = '1'";

/// Makes the role. The demo's PostgreSQL is reached through a socket of our own and lets every role
/// in without a password.
pub(super) async fn on_postgres(owner_url: &str, database: &str) -> Result<(), PgError> {
    let database = Database::new(DatabaseConfig::new(database, owner_url))?;
    let request = RoleRequest { name: NAME.to_owned(), schemas: Vec::new(), password: Password::None };
    RolePlan::read(&database, &request).await?.apply(&database, None).await?;
    let mut session = ScriptSession::open(&owner_url.into(), "shop-setup").await?;
    session.run(TENANT).await?;
    session.close().await;
    Ok(())
}

/// Makes the user.
pub(super) async fn on_redis(redis: &Redis, password: &SecretString) -> Result<(), RedisError> {
    let request = AclRequest { name: NAME.to_owned(), keys: Vec::new(), new_password: false };
    AclPlan::read(redis, &request).await?.apply(redis, Some(password)).await
}
