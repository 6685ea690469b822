# Parent of one throwaway server. It outlives the process that asked for the server, and ends
# the server and removes its folder as soon as nobody uses it any more.
#
# Whoever uses the server holds a shared lock on DIR/users. The kernel releases that lock
# however the user ends, so there is no count that could be left wrong by a kill -9.
#
# usage: sh guard.sh DIR SIGNAL PROGRAM ARGUMENT...
dir=$1 signal=$2
shift 2

# Locks the file behind descriptor $1; the lock stays with the descriptor.
lock() {
    if command -v flock >/dev/null 2>&1; then
        flock -x "$1"
    else
        perl -e 'open(my $file, "<&=", $ARGV[0]) or exit 1; flock($file, 2) or exit 1' "$1"
    fi
}

# Held by this shell and by the watcher below: tells a later sweep that the folder is tended.
exec 8<"$dir/guard"
lock 8 || exit 1

# Where the system can do it, the server also ends with this shell, however this shell ends.
if command -v setpriv >/dev/null 2>&1 && setpriv --pdeathsig TERM true >/dev/null 2>&1; then
    setpriv --pdeathsig "$signal" "$@" </dev/null >>"$dir/log" 2>&1 8<&- &
else
    "$@" </dev/null >>"$dir/log" 2>&1 8<&- &
fi
server=$!
trap '' HUP INT QUIT TERM
echo "$server" >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"

(
    exec 9<"$dir/users"
    lock 9 || exit 1
    # A kept server stays until somebody removes the mark.
    while [ -e "$dir/keep" ]; do sleep 1; done
    # From here on nobody can join.
    rm -f "$dir/users"
    [ -e "$dir/exit" ] || kill -s "$signal" "$server" 2>/dev/null
    tries=0
    while [ ! -e "$dir/exit" ] && kill -0 "$server" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -eq 200 ] && kill -s KILL "$server" 2>/dev/null
        sleep 0.05
    done
    rm -rf "$dir"
) &
watcher=$!

wait "$server"
echo $? >"$dir/exit" 2>/dev/null
wait "$watcher"
