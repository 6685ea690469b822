//! What must change so that a user has what dbwright needs and nothing more, as one ACL line.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    grants::{Grants, Server, grants},
    user::{Categories, User},
};
use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// Stands for the password's hash in what is shown; the hash itself is not, because it can be
/// tried against word lists.
const PASSWORD: &str = "#SHA256-OF-THE-PASSWORD";

/// The user that is wanted.
#[derive(Debug, Clone)]
pub struct AclRequest {
    /// Its name.
    pub name: String,
    /// Patterns of the keys that it may read; all of them when empty.
    pub keys: Vec<String>,
    /// Whether an existing user gets a new password.
    pub new_password: bool,
}

/// The difference between what is there and what is needed.
#[derive(Debug, Clone, Serialize)]
pub struct AclPlan {
    /// The user.
    pub user: String,
    /// The server's version, as it names itself.
    pub version: String,
    /// The command as a person would type it, the password's hash replaced; `None` when the user
    /// is as it should be.
    pub statement: Option<String>,
    /// What takes it back.
    #[serde(rename = "undo")]
    pub undo_statement: Option<String>,
    /// Whether the command sets a password.
    pub sets_password: bool,
    /// What should be known about it, one sentence each.
    pub notes: Vec<String>,
    #[serde(skip)]
    rules: Vec<String>,
    #[serde(skip)]
    undo: Vec<String>,
    #[serde(skip)]
    saves: bool,
}

impl AclPlan {
    /// Asks the server what is there. Needs a user that may read ACLs.
    ///
    /// # Errors
    /// When the server does not answer, or our user may not read the user that is asked for.
    pub async fn read(redis: &Redis, request: &AclRequest) -> Result<Self, RedisError> {
        if !is_name(&request.name) {
            return Err(RedisError::Reply {
                command: "ACL SETUSER".to_owned(),
                reason: format!("{:?} is no user name: letters, digits, `_`, `-` and `.` only", request.name),
            });
        }
        let server = Server::read(redis).await?;
        let grants = grants(redis, &server, &request.keys).await?;
        let user = User::read(redis, &request.name).await?;
        let categories = match &user {
            Some(_) => Categories::read(redis).await?,
            None => Categories::default(),
        };
        let aclfile = setting(redis, "aclfile").await;
        let mut plan = Self::of(request, &server, grants, user.as_ref(), &categories);
        plan.saves = aclfile.as_deref().is_some_and(|file| !file.is_empty());
        if plan.statement.is_some() {
            plan.notes.push(if plan.saves {
                "the server has an ACL file: ACL SAVE writes the user to it".to_owned()
            } else {
                "the server has no ACL file: the user is lost at the next restart unless the line goes into redis.conf \
                 as `user …`, or an administrator runs CONFIG REWRITE"
                    .to_owned()
            });
        }
        Ok(plan)
    }

    fn of(request: &AclRequest, server: &Server, wanted: Grants, user: Option<&User>, categories: &Categories) -> Self {
        let mut plan = Self {
            user: request.name.clone(),
            version: server.shown.clone(),
            statement: None,
            undo_statement: None,
            sets_password: false,
            notes: wanted.notes,
            rules: Vec::new(),
            undo: Vec::new(),
            saves: false,
        };
        match user {
            None => {
                plan.sets_password = true;
                plan.rules.extend(["reset".to_owned(), "on".to_owned(), PASSWORD.to_owned()]);
                plan.rules.extend(channels(server));
                plan.rules.extend(wanted.keys);
                plan.rules.push("-@all".to_owned());
                plan.rules.extend(wanted.commands);
                plan.undo_statement = Some(format!("ACL DELUSER {}", plan.user));
            }
            Some(user) => {
                plan.identify(request, user);
                plan.reach(server, &wanted.keys, user);
                plan.command(&wanted.commands, user, categories);
            }
        }
        if !plan.rules.is_empty() {
            plan.statement = Some(format!("ACL SETUSER {} {}", plan.user, plan.rules.join(" ")));
            if !plan.undo.is_empty() {
                plan.undo_statement = Some(format!("ACL SETUSER {} {}", plan.user, plan.undo.join(" ")));
            }
        }
        plan
    }

    fn identify(&mut self, request: &AclRequest, user: &User) {
        if !user.flags.contains("on") {
            self.rules.push("on".to_owned());
            self.undo.push("off".to_owned());
        }
        if request.new_password || !user.has_password || user.flags.contains("nopass") {
            self.sets_password = true;
            self.rules.extend(["resetpass".to_owned(), PASSWORD.to_owned()]);
            self.notes.push(
                "the old password ends with this; the server does not tell it, so it cannot be put back".to_owned(),
            );
        }
    }

    fn reach(&mut self, server: &Server, keys: &BTreeSet<String>, user: &User) {
        if user.keys != *keys {
            self.rules.push("resetkeys".to_owned());
            self.rules.extend(keys.iter().cloned());
            self.undo.push("resetkeys".to_owned());
            self.undo.extend(user.keys.iter().cloned());
        }
        if !user.channels.is_empty() {
            self.rules.extend(channels(server));
            self.undo.extend(user.channels.iter().cloned());
        }
        if user.has_selectors {
            self.rules.push("clearselectors".to_owned());
            self.notes
                .push("the user has selectors; they are removed and the undo does not bring them back".to_owned());
        }
    }

    fn command(&mut self, wanted: &BTreeSet<String>, user: &User, categories: &Categories) {
        let (needed, granted) = (categories.granted(wanted), user.granted(categories));
        if needed == granted {
            return;
        }
        if user.names_single_commands() {
            let (missing, excess) = (needed.difference(&granted), granted.difference(&needed));
            let rules = |sign: char, names: Vec<&String>| {
                names.into_iter().map(move |name| format!("{sign}{name}")).collect::<Vec<_>>()
            };
            self.rules.extend(rules('+', missing.clone().collect()));
            self.rules.extend(rules('-', excess.clone().collect()));
            self.undo.extend(rules('-', missing.collect()));
            self.undo.extend(rules('+', excess.collect()));
        } else {
            // Categories mean other commands in every version: single commands take their place.
            self.rules.push("-@all".to_owned());
            self.rules.extend(wanted.iter().cloned());
            self.undo.push("-@all".to_owned());
            self.undo.extend(user.commands.iter().cloned());
        }
    }

    /// Makes the user as planned; where there is an ACL file, it is saved. The server gets the
    /// hash of the password, never the password.
    ///
    /// # Errors
    /// When the server refuses; a password is needed and none was given.
    pub async fn apply(&self, redis: &Redis, password: Option<&SecretString>) -> Result<(), RedisError> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let hash = match (self.sets_password, password) {
            (false, _) => None,
            (true, Some(password)) => Some(digest(password)),
            (true, None) => {
                return Err(RedisError::Reply {
                    command: "ACL SETUSER".to_owned(),
                    reason: "the user needs a password and none was given".to_owned(),
                });
            }
        };
        let mut command = argv(["ACL", "SETUSER", &self.user]);
        for rule in &self.rules {
            match (&hash, rule.as_str()) {
                (Some(hash), PASSWORD) => command.push(format!("#{}", hash.expose_secret()).into_bytes()),
                _ => command.push(rule.clone().into_bytes()),
            }
        }
        redis.call(redis.default_database(), &command).await?;
        if self.saves {
            redis.call(redis.default_database(), &argv(["ACL", "SAVE"])).await?;
        }
        Ok(())
    }
}

/// Channels are limited since 6.2.
fn channels(server: &Server) -> Option<String> {
    (server.version >= (6, 2)).then(|| "resetchannels".to_owned())
}

fn digest(password: &SecretString) -> SecretString {
    let bytes = Sha256::digest(password.expose_secret().as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// Names that need no quoting anywhere: in the ACL file, in a URL, in a shell.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

async fn setting(redis: &Redis, name: &str) -> Option<String> {
    let reply = redis.call(redis.default_database(), &argv(["CONFIG", "GET", name])).await.ok()?;
    value::items(&reply).get(1).and_then(value::text)
}
