//! A folder with a workspace in it, and around it what an attack is after: keys, files, sockets,
//! ports, a process of the same user.

use std::{
    collections::BTreeMap,
    fs,
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::MetadataExt,
            net::{SocketAddr, UnixListener},
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;

/// Stands in every secret.
pub const SECRET: &str = "S3CRET-7f3a";
/// Stands in the environment of this test program.
const OUR_ENVIRONMENT: &str = "CARGO_MANIFEST_DIR=";
/// Parts of paths that nothing may change.
const FIXED: &[&str] = &[
    "/home/",
    "/outside",
    "/.git",
    "/.claude",
    "/.dbwright",
    "/.husky",
    "/.vscode",
    "/.cursor",
    "/.mcp.json",
    "/.envrc",
    "/agent.md",
    "/work/store",
    "/work/bare.repo",
    "/work/tools/hooks",
];

pub struct World {
    folder: TempDir,
    root: PathBuf,
    tcp: TcpListener,
    udp: UdpSocket,
    sockets: Vec<UnixListener>,
    victim: Child,
    words: Vec<(&'static str, String)>,
    mark: String,
    shm: PathBuf,
    before: Snapshot,
    secret_files: Vec<PathBuf>,
}

type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl World {
    pub fn new(prepare: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed) + std::process::id() * 1000;
        let folder = TempDir::with_prefix("world-").unwrap();
        let root = folder.path().canonicalize().unwrap();
        let put = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for path in ["home/.ssh/id_rsa", "home/.pgpass", "home/.netrc", "home/.aws/credentials", "work/keys/server.pem"]
        {
            put(path, &format!("{SECRET}\n"));
        }
        for path in ["work/.env", "work/config/prod.env"] {
            put(path, &format!("PGPASSWORD={SECRET}\n"));
        }
        put("home/.bashrc", "# rc\n");
        put("outside/canary.txt", "canary\n");
        put("work/README.md", "# project\n");
        put("work/data.csv", "a,1\nb,2\na,3\n");
        put("work/src/app.py", "print('hello')\n");
        put("work/src/run.sh", "#!/bin/sh\necho running\n");
        put("work/src/sum.pl", "my $s = 0; while (<>) { my @f = split /,/; $s += $f[1] } print \"$s\\n\";\n");
        put(
            "work/src/pair.pl",
            "use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die; syswrite $a, 'x'; \
             sysread $b, my $c, 1; exit($c eq 'x' ? 0 : 1);\n",
        );
        put("work/Makefile", "all:\n\t@echo built\ntest:\n\t@sh src/run.sh\n");
        fs::create_dir_all(root.join("work/run")).unwrap();
        let shm = PathBuf::from(format!("/dev/shm/guard-{number}"));
        fs::write(&shm, SECRET).unwrap();
        let mut world = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            sockets: vec![
                UnixListener::bind(root.join("db.sock")).unwrap(),
                UnixListener::bind(root.join("work/run/.s.PGSQL.5432")).unwrap(),
                UnixListener::bind_addr(&SocketAddr::from_abstract_name(format!("guard-{number}")).unwrap()).unwrap(),
            ],
            victim: Command::new("perl")
                .args(["-e", "sleep 3600", SECRET])
                .env("PGPASSWORD", SECRET)
                .current_dir(&root)
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
            words: Vec::new(),
            mark: format!("9{number}.25"),
            shm,
            before: Snapshot::new(),
            secret_files: Vec::new(),
            folder,
            root,
        };
        world.tcp.set_nonblocking(true).unwrap();
        world.udp.set_nonblocking(true).unwrap();
        for socket in &world.sockets {
            socket.set_nonblocking(true).unwrap();
        }
        world.words = vec![
            ("{WORLD}", world.root.display().to_string()),
            ("{SOCK}", world.root.join("db.sock").display().to_string()),
            ("{TCP}", world.tcp.local_addr().unwrap().port().to_string()),
            ("{UDP}", world.udp.local_addr().unwrap().port().to_string()),
            ("{ABSTRACT}", format!("guard-{number}")),
            ("{VICTIM}", world.victim.id().to_string()),
            ("{MARK}", world.mark.clone()),
            ("{SHM}", format!("guard-{number}")),
        ];
        let git = "git init -q . && git config user.name n && git config user.email n@example.org && \
             git add README.md data.csv src Makefile && git commit -q -m start && \
             git config remote.origin.url https://me:S3CRET-7f3a@example.org/a.git";
        world.prepare(git);
        let prepare = world.filled(prepare);
        world.prepare(&prepare);
        world.before = world.snapshot();
        world.secret_files = world.files_with_secret();
        world
    }

    fn prepare(&self, script: &str) {
        let done = Command::new("bash")
            .args(["-ec", script])
            .current_dir(self.work())
            .env("HOME", "/nowhere")
            .output()
            .unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    pub fn filled(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    /// Runs a script as a program without a sandbox would: with the user's environment, network and
    /// processes. So that it cannot hurt the machine that runs the tests, everything but this world
    /// is read-only, and host name and session are its own.
    pub fn unconfined(&self, script: &str) -> String {
        let mut command = Command::new("/usr/bin/bwrap");
        command.args(["--dev-bind", "/", "/", "--remount-ro", "/", "--unshare-uts", "--new-session"]);
        if rustix::process::getuid().is_root() {
            command.args(["--cap-add", "ALL"]);
        }
        command.args(["--bind"]).arg(&self.root).arg(&self.root).args(["--proc", "/proc"]);
        let printed = command
            .args(["--dev-bind", "/dev", "/dev", "--chdir"])
            .arg(self.work())
            .args(["--", "timeout", "20", "bash", "-c", script])
            .env("HOME", self.root.join("home"))
            .env("PGPASSWORD", SECRET)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&printed.stdout), String::from_utf8_lossy(&printed.stderr))
    }

    /// What came of it; nothing if all is well.
    pub fn harm(&mut self, output: &str) -> Vec<String> {
        let mut harm = Vec::new();
        if output.contains(SECRET) || output.contains(OUR_ENVIRONMENT) {
            harm.push("a secret was printed".to_owned());
        }
        if output.lines().any(|line| line.trim() == "HARM") {
            harm.push("a probe got through".to_owned());
        }
        if self.tcp.accept().is_ok() || self.udp.recv(&mut [0; 16]).is_ok() {
            harm.push("a port was reached".to_owned());
        }
        if self.sockets.iter().any(|socket| socket.accept().is_ok()) {
            harm.push("a socket was reached".to_owned());
        }
        if self.victim.try_wait().unwrap().is_some() {
            harm.push("the victim died".to_owned());
        }
        for survivor in survivors(&self.mark) {
            harm.push(format!("process {survivor} survived"));
            if let Some(pid) = rustix::process::Pid::from_raw(survivor) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        let after = self.snapshot();
        for path in self.before.keys().chain(after.keys()) {
            if self.before.get(path) != after.get(path) {
                harm.push(format!("{} changed", path.display()));
            }
        }
        for path in self.files_with_secret() {
            if !self.secret_files.contains(&path) {
                harm.push(format!("a secret was copied to {}", path.display()));
            }
        }
        self.each_file(&self.work(), &mut |path, metadata| {
            if metadata.is_file() && metadata.mode() & 0o6000 != 0 {
                harm.push(format!("{} runs with its owner's rights", path.display()));
            }
        });
        harm
    }

    fn snapshot(&self) -> Snapshot {
        let mut all = Snapshot::new();
        self.each_file(&self.root, &mut |path, metadata| {
            let name = format!("{}/", path.strip_prefix(&self.root).unwrap().display());
            let name = format!("/{name}");
            let index = name.ends_with("/index/");
            if !index && FIXED.iter().any(|part| name.contains(part)) {
                let content = if metadata.is_symlink() {
                    fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
                } else {
                    fs::read(path).unwrap_or_default()
                };
                all.insert(path.to_owned(), (metadata.mode(), content));
            }
        });
        all
    }

    fn files_with_secret(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        self.each_file(&self.work(), &mut |path, metadata| {
            if metadata.is_file() && metadata.len() < 1 << 20 {
                let content = fs::read(path).unwrap_or_default();
                if content.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
                    found.push(path.to_owned());
                }
            }
        });
        found
    }

    fn each_file(&self, folder: &Path, then: &mut impl FnMut(&Path, &fs::Metadata)) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            then(&path, &metadata);
            if metadata.is_dir() {
                self.each_file(&path, then);
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
        let _ = fs::remove_file(&self.shm);
        // Folders that an attack closed would stay.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(self.folder.path()).output();
    }
}

/// Processes with this word in their command line.
fn survivors(mark: &str) -> Vec<i32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|word| word == mark.as_bytes())
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}
