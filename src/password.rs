//! Passwords that nobody has chosen, and salts, from the system's random generator.

use secrecy::SecretString;

/// Sixteen random bytes.
///
/// # Errors
/// When the system has none.
pub fn random() -> std::io::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| std::io::Error::other(format!("the system's random generator does not work: {error}")))?;
    Ok(bytes)
}

/// A password of 128 bits in hexadecimal: needs no quoting in a URL, a file or a shell.
///
/// # Errors
/// As [`random`].
pub fn generate() -> std::io::Result<SecretString> {
    let password: String = random()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(password.into())
}
