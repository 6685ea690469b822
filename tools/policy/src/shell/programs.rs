//! Programs by what they do.

/// What is known of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// Reads files, or only computes.
    Reads,
    /// Changes the files that it is given; all of them are judged as written.
    Writes,
    /// The last file is written, the others are read.
    Copies,
    /// Removes what it is given.
    Removes,
    /// Builds and tests; whatever it runs, it runs confined.
    Develops,
    /// A shell: `-c TEXT` is a script of its own.
    Shell,
    /// An interpreter: inline code is read for marks, files run confined.
    Interpreter,
    /// Runs the command that follows its options.
    Wrapper,
    /// Has a judgement of its own.
    Git,
    /// See [`Program::Git`].
    Find,
    /// Reads, unless `-i` makes it write.
    Edits,
    /// Refused whatever its arguments.
    Refused(&'static str, &'static str),
    /// Needs what the sandbox does not give; asks.
    Asks(&'static str),
}

use Program::{Asks, Copies, Develops, Edits, Find, Git, Interpreter, Reads, Refused, Removes, Shell, Wrapper, Writes};

const READS: &str = "\
    ls cat head tail wc grep egrep fgrep rg ag ack cut sort uniq tr awk gawk mawk diff cmp comm file \
    stat du df pwd echo printf true false test [ expr seq date basename dirname realpath readlink which \
    type tree less more nl tac rev column paste join fold fmt od xxd hexdump strings md5sum sha1sum \
    sha256sum sha512sum b2sum cksum base64 jq yq tsort whoami id uname nproc sleep wait ps free uptime \
    cd pushd popd let local declare typeset readonly read shift return exit break continue set shopt \
    unset trap alias hash getopts ulimit umask jobs fg bg for case select function in : bat fd fdfind \
    tokei cloc scc look getconf locale tput clear dircolors numfmt shuf hostname arch zcat zgrep bzcat \
    xzcat hyperfine pg_query sqlfluff squawk export yes ldd nm objdump size mktemp iconv vmstat lscpu \
    lsblk";
const WRITES: &str = "\
    mkdir touch tee truncate split csplit patch rmdir gzip gunzip bzip2 xz zstd";
const COPIES: &str = "\
    cp mv ln install";
const DEVELOPS: &str = "\
    make gmake cmake ninja meson bazel just task cargo rustc rustfmt clippy-driver go gofmt \
    golangci-lint npm npx pnpm yarn bun deno tsc eslint prettier jest vitest mocha pytest tox nox ruff \
    black flake8 mypy pyright isort pylint coverage poetry uv pip pip3 pipenv bundle rake rails rspec \
    rubocop gem mix iex rebar3 mvn gradle gradlew javac java sbt scala kotlinc dotnet gcc cc g++ c++ \
    clang clang++ ld ar strip composer phpunit artisan alembic flask django-admin sqlx diesel knex \
    prisma sqitch dbmate goose flyway liquibase protoc shellcheck shfmt hadolint dbwright tar zip unzip \
    cpio stack cabal ghc ocamlfind dune swift zig nim crystal pre-commit bats cypress playwright sqlite3 \
    duckdb";
const WRAPPERS: &str = "\
    env nice nohup time timeout command builtin exec stdbuf setsid ionice xargs watch parallel busybox \
    chrt taskset unbuffer catchsegv";
const NETWORK: &str = "\
    curl wget nc ncat netcat socat telnet ssh scp sftp ssh-keyscan ssh-add ssh-agent ftp lftp tftp ping \
    ping6 dig nslookup host traceroute tracepath mtr nmap aria2c rclone aws gcloud gsutil az gh hub glab \
    heroku flyctl vercel httpie http https xh websocat openvpn wg ip ifconfig iptables nft tcpdump \
    tshark sendmail mail mutt resolvectl whois rsync w3m lynx links chisel ngrok cloudflared tor";
const DATABASE: &str = "\
    psql pg_dump pg_restore pg_dumpall pg_basebackup pg_receivewal pg_recvlogical createdb dropdb \
    createuser dropuser pgbench pg_isready vacuumdb reindexdb clusterdb pgcli usql pg_ctl initdb \
    postgres pg_rewind pg_resetwal pg_upgrade redis-cli valkey-cli redis-server redis-benchmark iredis \
    mysql mysqldump mysqladmin mariadb mongosh mongo mongodump sqlcmd bcp sqlplus cqlsh \
    clickhouse-client clickhouse memcached pgloader ora2pg";
const PRIVILEGE: &str = "\
    sudo su doas pkexec runuser setpriv newgrp sg chroot unshare nsenter capsh setcap mount umount \
    losetup insmod modprobe rmmod kexec sysctl passwd chpasswd useradd usermod userdel groupadd visudo \
    chown chgrp bwrap firejail docker podman nerdctl buildah ctr crictl lxc kubectl helm systemctl \
    service initctl systemd-run machinectl loginctl busctl dbus-send gdbus reboot shutdown halt poweroff \
    init telinit hostnamectl timedatectl swapoff swapon mknod apt apt-get dpkg yum dnf rpm apk pacman \
    snap flatpak brew newuidmap aa-exec chattr";
const PROCESSES: &str = "\
    gdb strace ltrace perf bpftrace gcore reptyr pkill killall renice fuser";
const PERSISTENCE: &str = "\
    crontab at batch atrm update-rc.d chkconfig chsh chfn screen tmux";
const CREDENTIALS: &str = "\
    gpg gpg2 pass op bw vault secret-tool security keyctl ssh-keygen git-credential printenv";
const DESTROYS: &str = "\
    shred wipe srm wipefs fdisk parted sfdisk blkdiscard hdparm cryptsetup";

/// What this program does, by its name without folders.
pub(super) fn program(name: &str) -> Option<Program> {
    let among = |list: &str| list.split_whitespace().any(|known| known == name);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match name {
        "git" => Git,
        "find" => Find,
        "sed" => Edits,
        "rm" | "unlink" => Removes,
        "chmod" => Writes,
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "fish" | "ash" | "rbash" => Shell,
        "eval" | "source" | "." => Asks("it runs text that only a run would show"),
        "dd" => Asks("it writes as much as it is told"),
        "kill" => Asks("it ends a process"),
        "dbus-monitor" | "script" => Refused("shell.terminal", "it records or drives a terminal"),
        _ if among(READS) => Reads,
        _ if among(WRITES) => Writes,
        _ if among(COPIES) => Copies,
        _ if among(DEVELOPS) => Develops,
        _ if among(WRAPPERS) => Wrapper,
        _ if among(NETWORK) => Refused("shell.network", "there is no network in the sandbox"),
        _ if among(DATABASE) => Refused(
            "shell.database",
            "databases are reached through their own tools, which read safely and are recorded",
        ),
        _ if among(PRIVILEGE) => Refused("shell.privilege", "it needs rights over the machine, which nothing here has"),
        _ if among(PROCESSES) => Refused("shell.processes", "it works on other processes"),
        _ if among(PERSISTENCE) => Refused("shell.persistence", "what it starts would outlive the session"),
        _ if among(CREDENTIALS) => Refused("shell.credentials", "it works with keys and passwords"),
        _ if among(DESTROYS) || name.starts_with("mkfs") => {
            Refused("shell.destroy", "it destroys data that nothing brings back")
        }
        _ if ["python", "node", "nodejs", "perl", "ruby", "php", "lua", "Rscript", "tclsh", "pypy", "ipython"]
            .contains(&stem) =>
        {
            Interpreter
        }
        _ => return None,
    })
}

/// Subcommands of package managers that fetch; there is nothing to fetch from.
pub(super) fn fetches(name: &str, first: &str) -> bool {
    match name {
        "npm" | "pnpm" | "yarn" | "bun" => {
            matches!(first, "install" | "i" | "ci" | "add" | "update" | "publish" | "login")
        }
        "pip" | "pip3" | "uv" | "poetry" | "pipenv" => {
            matches!(first, "install" | "download" | "sync" | "add" | "publish")
        }
        "cargo" => matches!(first, "install" | "publish" | "login" | "search" | "add" | "update" | "fetch"),
        "gem" | "bundle" | "composer" => matches!(first, "install" | "update" | "push"),
        "go" => matches!(first, "get" | "install"),
        _ => false,
    }
}
