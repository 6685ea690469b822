#!/bin/sh
# The figures of README and docs, measured on this machine: binary, start, idle chat, turn overhead,
# prompt size, review of the demo, health checks of 5,000 tables.
# usage: benches/product.sh            (builds first; then about two minutes)
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked --bin dbwright --example model_server >/dev/null 2>&1
bin=${CARGO_TARGET_DIR:-target}/release/dbwright
home=$(mktemp -d)
trap 'kill $kept 2>/dev/null || true; rm -rf "$home"' EXIT
kept=
export DBWRIGHT_HOME="$home" DBWRIGHT_YES=1
unset OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY OPENROUTER_API_KEY GEMINI_API_KEY DATABASE_URL REDIS_URL DBWRIGHT_MODEL 2>/dev/null || true

cpu_ms() { # CPU milliseconds (user and system) of a command, mean over N runs
    n=$1
    shift
    python3 - "$n" "$@" <<'PY'
import os, subprocess, sys
n, command = int(sys.argv[1]), sys.argv[2:]
before = os.times()
for _ in range(n):
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
after = os.times()
print(f"{1000 * (after.children_user + after.children_system - before.children_user - before.children_system) / n:.1f}")
PY
}

printf '%-52s %s\n' figure measured
printf '%-52s %s\n' 'release binary, MB' "$(python3 -c "import os; print(f'{os.path.getsize(\"$bin\") / 1e6:.1f}')")"
printf '%-52s %s\n' '--version, CPU ms (mean of 50)' "$(cpu_ms 50 "$bin" --version)"

python3 - "$bin" <<'PY'
import os, pty, sys, time
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "chat"])
time.sleep(2)
for line in open(f"/proc/{pid}/status"):
    if line.startswith("VmRSS"):
        print(f"{'idle chat, RSS MB':<52} {int(line.split()[1]) / 1024:.1f}")
os.write(master, b"\x04")
time.sleep(0.5)
os.close(master)
os.waitpid(pid, 0)
PY

"$bin" tools --strict --db postgres://u@127.0.0.1:1/x --redis redis://127.0.0.1:1 2>/dev/null >"$home/tools"
python3 - "$home/tools" agent.md prompts/system/environment.md <<'PY'
import json, sys
schemas = sum(len(json.dumps(tool, separators=(",", ":"), ensure_ascii=False).encode()) for tool in json.load(open(sys.argv[1])))
persona = len(open(sys.argv[2], "rb").read().split(b"\n---\n", 1)[1]) + len(open(sys.argv[3], "rb").read()) + 300
print(f"{'fixed prompt + tool schemas, tokens (bytes / 3.6)':<52} {(schemas + persona) / 3.6:.0f}")
PY

# A hundred turns of a tool that finds nothing (each call differs: identical ones are stopped), against a scripted
# endpoint; the CPU of the process that starts, answers and ends is in the figure.
python3 - "$home/script.json" <<'PY'
import json, sys
call = lambda n: {"calls": [["Glob", {"pattern": f"nothing{n}", "path": None}]]}
json.dump([*(call(n) for n in range(100)), {"text": "done"}], open(sys.argv[1], "w"))
PY
"${CARGO_TARGET_DIR:-target}/release/examples/model_server" "$home/script.json" 127.0.0.1:0 >"$home/endpoint" 2>/dev/null &
kept=$!
sleep 1
endpoint=$(grep -o 'http://[^ ]*' "$home/endpoint" | head -1)
if [ -n "$endpoint" ]; then
    mkdir -p "$home/project"
    base=$(OPENAI_BASE_URL=$endpoint OPENAI_API_KEY=none DBWRIGHT_MODEL=scripted cpu_ms 1 "$bin" ask --json --max-turns 200 --path "$home/project" go)
    turns=$("$bin" sessions export "$("$bin" sessions list --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')" | grep -c tool_finished)
    [ "$turns" = 100 ] || { echo "only $turns turns" >&2; exit 1; }
    printf '%-52s %s\n' 'CPU ms for each no-op tool turn (100 turns)' "$(python3 -c "print(f'{$base / 100:.2f}')")"
fi

began=$(date +%s.%N)
"$bin" demo --keep >"$home/report" 2>"$home/talk"
printf '%-52s %s\n' 'demo from nothing with its review, s' "$(python3 -c "import time; print(f'{time.time() - $began:.1f}')")"
db=$(grep -o 'postgres://[^ ]*' "$home/talk" | tail -1 | tr -d "'")
printf '%-52s %s\n' 'review of the demo again, s' "$(python3 - "$bin" "$db" <<'PY'
import subprocess, sys, time
began = time.time()
subprocess.run([sys.argv[1], "review", "--db", sys.argv[2], "--path", "demo/repository"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(f"{time.time() - began:.1f}")
PY
)"
if command -v psql >/dev/null 2>&1; then
    psql -q "$db" -c 'create schema wide' -c "do \$\$ begin for n in 1..5000 loop execute format('create table wide.t%s (id bigint primary key, a text, b int)', n); if n % 500 = 0 then commit; end if; end loop; end \$\$" >/dev/null
    printf '%-52s %s\n' 'health checks with 5,000 more tables, s' "$(python3 - "$bin" "$db" <<'PY'
import subprocess, sys, time
began = time.time()
subprocess.run([sys.argv[1], "check", "--db", sys.argv[2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(f"{time.time() - began:.1f}")
PY
)"
fi
"$bin" demo --stop >/dev/null 2>&1
