//! The bearer token: configured, or made once and kept.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

use crate::{exit::Exit, surface::Console};

/// Random bytes of a token of ours.
const BYTES: usize = 32;
/// Shortest token that is accepted: 16 random hex digits are 64 bits.
const SHORTEST: usize = 16;

/// The configured token, else the one in `home/token`, made there at the first start. Its place is
/// told, never its value.
pub(super) fn load(configured: Option<&SecretString>, home: &Path, console: &Console) -> Result<SecretString, Exit> {
    if let Some(token) = configured {
        if token.expose_secret().trim().len() < SHORTEST {
            return Err(Exit::Usage(format!(
                "serve.token is shorter than {SHORTEST} characters: anybody could guess it"
            )));
        }
        return Ok(SecretString::from(token.expose_secret().trim()));
    }
    let path = home.join("token");
    let failed = |error: std::io::Error| {
        let why = format!("cannot keep a token in {}: {error}", path.display());
        Exit::Failed(format!("{why}; set serve.token or DBWRIGHT_TOKEN"))
    };
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= SHORTEST => {
            let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
            if mode & 0o077 != 0 {
                let fix = "chmod 600 it, or delete it to get a new token";
                return Err(Exit::Usage(format!("others can read {}: {fix}", path.display())));
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
