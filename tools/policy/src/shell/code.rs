//! Inline code and long texts: marks that say what they are after.

use super::places::refusal;
use crate::Refusal;

const MARKS: &[(&str, &str, &[&str])] = &[
    (
        "shell.terminal",
        "it types into the terminal that started it",
        &["tiocsti", "0x5412", "tioclinux", "0x541c", "tiocsetd"],
    ),
    (
        "shell.network",
        "there is no network in the sandbox",
        &[
            "socket.",
            "import socket",
            "io::socket",
            "use socket",
            "/dev/tcp/",
            "/dev/udp/",
            "urllib",
            "requests.",
            "http.client",
            "httpx",
            "aiohttp",
            "net.connect",
            "require('net')",
            "require(\"net\")",
            "require('http",
            "require(\"http",
            "fetch(",
            "tcpsocket",
            "unixsocket",
            "af_inet",
            "af_unix",
            "net/http",
            "fsockopen",
            "curl ",
            "wget ",
        ],
    ),
    (
        "shell.database",
        "databases are reached through their own tools",
        &[
            "psycopg",
            "asyncpg",
            "pg8000",
            "sqlalchemy",
            "import redis",
            "redis.redis",
            "require('pg')",
            "require(\"pg\")",
            "pymysql",
            "dbi:pg",
            "dbi->connect",
            ".s.pgsql",
            "psql ",
            "redis-cli",
        ],
    ),
    (
        "shell.credentials",
        "it reaches for credentials",
        &[
            "/environ",
            "os.environ",
            "process.env",
            "getenv(",
            "$env{",
            "env['",
            "env[\"",
            "/etc/shadow",
            ".ssh/",
            "id_rsa",
            ".aws/",
            ".pgpass",
            ".env'",
            ".env\"",
            ".git-credentials",
            ".netrc",
            "pgpassword",
            "database_url",
        ],
    ),
    (
        "shell.processes",
        "it works on other processes",
        &["ptrace", "process_vm_", "os.kill(-1", "os.kill(1,", "kill(-1", "/proc/1/", "/proc/self/mem", "prctl("],
    ),
    (
        "shell.privilege",
        "it asks for rights over the machine",
        &[
            "setuid(",
            "setns(",
            "unshare(",
            "clone_new",
            "os.chroot",
            "libc.mount",
            "bpf(",
            "io_uring",
            "userfaultfd",
            "keyctl",
            "syscall(",
        ],
    ),
    (
        "shell.persistence",
        "it makes other programs run something later",
        &[
            ".git/hooks",
            ".git/config",
            ".bashrc",
            ".profile",
            "crontab",
            "/etc/cron",
            "core.hookspath",
            ".claude/",
            ".mcp.json",
        ],
    ),
    (
        "shell.destroy",
        "it destroys more than it can name",
        &[
            "rmtree('/",
            "rmtree(\"/",
            "rmtree('.",
            "rmtree(\".",
            "rm -rf /",
            "rm -rf ~",
            "rm -rf .",
            "rimraf",
            "os.fork() while",
            "while(1){fork",
            "while 1: os.fork",
            "while true: os.fork",
            "fork while 1",
            "fork while fork",
        ],
    ),
];

/// The rule that a text of code meets.
pub(super) fn judge(text: &str) -> Option<Refusal> {
    let lower = text.to_lowercase();
    MARKS.iter().find_map(|(rule, why, marks)| {
        let mark = marks.iter().find(|mark| lower.contains(*mark))?;
        Some(refusal(rule, format!("the code has `{}`: {why}", mark.trim())))
    })
}
