#!/bin/sh
# Writes the table of functions that come with PostgreSQL, from real servers: tools/policy/data/functions.tsv.
# usage: scripts/function-table.sh BIN_DIR... > tools/policy/data/functions.tsv
#
# BIN_DIR holds initdb and postgres of one major version; `psql` comes from the PATH. Every
# extension that an installation has is created, so that its functions are in the table too.
# Needs to run as a user that PostgreSQL accepts; as root it starts the servers as `postgres`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$(id -u)" -ne 0 ] || chown postgres "$work"

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups env LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" "$@"
    else
        "$@"
    fi
}

# One line a name: extension (`-` for PostgreSQL itself), name, kinds, volatilities, whether one
# argument is enough, major version.
query="SELECT coalesce(e.extname, '-'), p.proname,
    string_agg(DISTINCT p.prokind::text, '' ORDER BY p.prokind::text),
    string_agg(DISTINCT p.provolatile::text, '' ORDER BY p.provolatile::text),
    bool_or(p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1)::int,
    current_setting('server_version_num')::int / 10000
FROM pg_proc p
LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
LEFT JOIN pg_extension e ON e.oid = d.refobjid
WHERE p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
GROUP BY 1, 2"

for bin in "$@"; do
    data="$work/data"
    as_owner "$bin/initdb" -D "$data" -U postgres -A trust --no-sync -E UTF8 --locale=C >"$work/log" 2>&1
    as_owner "$bin/postgres" -D "$data" -k "$work" -c listen_addresses= -c fsync=off >"$work/log" 2>&1 &
    server=$!
    until psql -h "$work" -U postgres -d postgres -Atqc 'SELECT 1' >/dev/null 2>&1; do
        kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
        sleep 0.2
    done
    sql() { psql -X -h "$work" -U postgres -d postgres -AtqF "$(printf '\t')" -c "$1"; }
    for extension in $(sql 'SELECT name FROM pg_available_extensions ORDER BY name'); do
        sql "CREATE EXTENSION IF NOT EXISTS \"$extension\" CASCADE" >/dev/null 2>&1 || true
    done
    sql "$query" >>"$work/rows"
    # The server itself, not the shell that waits for it; -INT: without waiting for sessions.
    kill -INT "$(head -n 1 "$data/postmaster.pid")"
    wait "$server" || true
    rm -rf "$data"
done

# The versions that agree on a name share a line: first and last.
printf '# extension\tname\tkinds\tvolatility\tunary\tfirst\tlast; written by scripts/function-table.sh\n'
awk -F '\t' -v OFS='\t' '{
    key = $1 OFS $2 OFS $3 OFS $4 OFS $5
    if (!(key in first) || $6 < first[key]) first[key] = $6
    if (!(key in last) || $6 > last[key]) last[key] = $6
} END { for (key in first) print key, first[key], last[key] }' "$work/rows" | LC_ALL=C sort
