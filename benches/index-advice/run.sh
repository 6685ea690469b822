#!/bin/sh
# Scores index advice with real builds: measures a workload, takes the advice, builds it, measures again, drops it, and
# measures once more as the control.
# usage: benches/index-advice/run.sh WORKLOAD [FACTOR] [FILE.sql]
#   WORKLOAD  a folder beside this script with schema.sql (psql variable `factor`), reads.sql and, if there are any, writes.sql
#   FACTOR    size of the data, 1 unless told
#   FILE.sql  CREATE INDEX statements of another advisor to score instead of ours
# Connects as PGHOST, PGPORT and PGUSER say, as a superuser, to a server of your own; makes the database `bench_WORKLOAD`
# where it is missing. ADVISE holds further options of `dbwright advise`, DBWRIGHT the program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
workload=$1 factor=${2:-1} given=${3:-}
program=${DBWRIGHT:-$here/../../target/release/dbwright}
export PGDATABASE="bench_$workload" PGOPTIONS="-c max_parallel_workers_per_gather=0 -c jit=off" PGTZ=UTC
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

say() { printf '%s\n' "$*" >&2; }
run() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

if [ "$(psql -X -d postgres -At -c "SELECT count(*) FROM pg_database WHERE datname = '$PGDATABASE'")" = 0 ]; then
    say "loading $workload at factor $factor"
    createdb -T template0 "$PGDATABASE"
    run -v factor="$factor" -f "$here/$workload/schema.sql" >/dev/null
    run -c 'CREATE EXTENSION IF NOT EXISTS hypopg' || say 'no hypopg here'
fi
run -f "$here/score.sql"
run -c 'TRUNCATE bench.statement, bench.run'
python3 - "$here/$workload" > "$out/statements.sql" <<'PY'
import os, sys
for kind, name in (("read", "reads.sql"), ("write", "writes.sql")):
    path = os.path.join(sys.argv[1], name)
    if not os.path.exists(path):
        continue
    lines = [line for line in open(path) if not line.startswith("--")]
    for n, sql in enumerate(filter(str.strip, "".join(lines).split(";\n")), 1):
        body = sql.strip().rstrip(";")
        print(f"INSERT INTO bench.statement VALUES ({n}, '{kind}', $body${body}$body$);")
PY
run -f "$out/statements.sql"

measure() {
    run -c 'VACUUM'
    run -c "CALL bench.measure('$1', 'read')"
    run -c "CALL bench.measure('$1', 'write')"
}

say 'measuring before'
measure before
if [ -n "$given" ]; then
    cp "$given" "$out/advice.sql"
else
    say 'taking advice'
    start=$(date +%s%N)
    # shellcheck disable=SC2086
    "$program" advise --db "postgres:///$PGDATABASE?host=$PGHOST&port=$PGPORT&user=$PGUSER" --queries "$here/$workload/reads.sql" \
        --max-indexes 100 --format sql --output "$out/advice.sql" ${ADVISE:---verify scratch}
    say "advice took $(( ($(date +%s%N) - start) / 1000000 )) ms"
fi
cat "$out/advice.sql"
psql -X -At -c "SELECT format('%I.%I', schemaname, indexname) FROM pg_indexes WHERE schemaname = 'public'" | sort > "$out/old"
run -f "$out/advice.sql" >/dev/null
run -c 'ANALYZE'
say 'measuring with the indexes'
measure with
run -f "$here/report.sql" > "$out/report" || true
psql -X -At -c "SELECT format('%I.%I', schemaname, indexname) FROM pg_indexes WHERE schemaname = 'public'" | sort > "$out/new"
comm -13 "$out/old" "$out/new" | while read -r index; do run -c "DROP INDEX $index"; done
say 'measuring after dropping them'
measure after
run -f "$here/report.sql"
sed -n '/^Indexes/,$p' "$out/report"
