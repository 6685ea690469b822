//! The bearer token: configured, or made once and kept.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use secrecy::SecretString;

use crate::{config::ServeSettings, exit::Exit, surface::Console};

/// Random bytes of a token of ours.
const BYTES: usize = 32;

/// The configured token, else the one in `home/token`, made there at the first start. Its place is
/// told, never its value.
pub(super) fn load(settings: &ServeSettings, home: &Path, console: &Console) -> Result<SecretString, Exit> {
    if let Some(token) = &settings.token {
        return Ok(token.clone());
    }
    let path = home.join("token");
    let failed = |error: std::io::Error| {
        Exit::Failed(format!("cannot keep a token in {}: {error}; set serve.token or DBWRIGHT_TOKEN", path.display()))
    };
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= BYTES => {
            let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(Exit::Usage(format!("others can read {}: chmod 600 it, or delete it to get a new token", path.display())));
            }
            console.say(format!("bearer token: in {}", path.display()));
            Ok(SecretString::from(text.trim()))
        }
        Ok(_) => Err(Exit::Usage(format!("{} holds no token: delete it to get a new one", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let token = random().map_err(failed)?;
            fs::create_dir_all(home).map_err(failed)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
            writeln!(file, "{token}").and_then(|()| file.sync_all()).map_err(failed)?;
            console.say(format!("bearer token: made, in {}", path.display()));
            Ok(SecretString::from(token))
        }
        Err(error) => Err(failed(error)),
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0_u8; BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
