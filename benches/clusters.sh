#!/usr/bin/env bash
# Usage: benches/clusters.sh [PRODUCTS [TARGET …]]
#
# Seeds the dirty variant with PRODUCTS products (default 100001) into each TARGET, one after
# another on this machine: mysql and mariadb (single servers), group-replication, galera. Each
# starts empty, has a buffer pool of 128 MB per server, and is stopped afterwards. With
# REVIEWSEED_EFFECTS=1, group-replication and galera are also seeded with other batch sizes and
# numbers of connections. REVIEWSEED_BINARY is the program to run (default: that of `make dist`).
#
# Prints one line for each run: wall seconds; seconds of load, index and verify from the report; CPU
# seconds of all servers; growth of their folders; bytes that they wrote to disk during the run,
# including logs (from /proc, so only on Linux). Checksums must be equal for all targets.
# docs/engines.md has the results.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
case ${1-} in -h | --help) exec sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;; esac
products=${1-100001}
shift || true
targets=("$@")
((${#targets[@]})) || targets=(mysql mariadb group-replication galera)
reviewseed=${REVIEWSEED_BINARY-$root/target/dist/reviewseed}
work=$(mktemp -d "$root/target/clusters.XXXXXX")
checksums=''

say() { printf 'clusters: %s\n' "$@" >&2; }
export REVIEWSEED_CLUSTER_HOME=$work/cluster REVIEWSEED_CLUSTER_PORT=${REVIEWSEED_CLUSTER_PORT-24800}
cluster() { "$root/scripts/cluster" "$@"; }

down() {
    case $target in
        mysql | mariadb) (cd "$work/$target" && "$reviewseed" server stop 2>/dev/null) || true && rm -rf "${work:?}/$target" ;;
        *) cluster "$target" down >&2 && rm -rf "${work:?}/cluster/$target" ;;
    esac
}
trap '[[ -z ${target-} ]] || down; rm -rf "$work"' EXIT

up() {
    case $target in
        mysql | mariadb)
            mkdir -p "$work/$target"
            servers=$work/$target
            daemon=$root/.servers/mysql/bin/mysqld
            [[ $target == mysql ]] || daemon=$root/.servers/mariadb/bin/mariadbd
            url=$(cd "$work/$target" && "$reviewseed" server start --buffer-pool 128M --mysqld "$daemon" && "$reviewseed" server url)
            ;;
        *)
            servers=$work/cluster/$target
            cluster "$target" up >&2
            url=$(cluster "$target" url)
            ;;
    esac
}

size() { du -s --block-size=1M "$servers" | cut -f1; }

# since the servers were started: MB written, and seconds of CPU (in hundredths, as Linux counts
# them)
spent() {
    local line process written=0 ticks=0
    for line in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' 2>/dev/null <"$line" | grep -qF -- "--datadir=$servers/" || continue
        process=${line%/cmdline}
        written=$((written + $(sed -n 's/^write_bytes: //p' "$process/io")))
        # the fields after the name, which may have blanks
        ticks=$((ticks + $(sed 's/.*) //' "$process/stat" | awk '{print $12 + $13}')))
    done
    echo $((written >> 20)) $ticks
}

# one seed, with the options in "$@"
measure() {
    local size before began ended
    up
    size=$(size)
    before=$(spent)
    began=$EPOCHREALTIME
    "$reviewseed" seed "$work/csv" -q --database-url "$url" --rejects "$work/rejects" --report "$work/seed.json" "$@"
    ended=$EPOCHREALTIME
    python3 - "$work" "$began" "$ended" "$target${*:+ $*}" $(($(size) - size)) "$before" "$(spent)" "$checksums" >"$work/line" <<'EOF'
import json, sys
work, began, ended, name, grown, before, after, earlier = sys.argv[1:]
written, ticks = (int(b) - int(a) for a, b in zip(before.split(), after.split()))
report = json.load(open(f"{work}/seed.json"))
spent = {}
for phase in report["phases"]:
    spent[phase["name"]] = spent.get(phase["name"], 0) + phase["seconds"]
print(f"| {name} | {float(ended) - float(began):.1f} | " + " | ".join(f"{spent[p]:.1f}" for p in ("load", "index", "verify")) + f" | {ticks / 100:.0f} | {grown} MB | {written} MB |")
checksums = ",".join(table["checksum"] for table in report["tables"])
if earlier and checksums != earlier:
    sys.exit(f"clusters: {name} has other rows than the targets before it: checksums {checksums}, not {earlier}")
print(checksums)
EOF
    head -n 1 "$work/line"
    checksums=$(tail -n 1 "$work/line")
    down
}

"$reviewseed" generate "$work/csv" -q --variant dirty --products "$products"
say "$products products, $(du -m "$work/csv" | tail -n 1 | cut -f1) MB of files"
printf '%s\n' "| target | wall s | load s | index s | verify s | servers' CPU s | grown | written |" '|---|---|---|---|---|---|---|---|'
for target in "${targets[@]}"; do
    measure
    case ${REVIEWSEED_EFFECTS-}$target in
        1group-replication | 1galera)
            for batch in 128K 8M; do measure --batch-size "$batch"; done
            for connections in 1 4; do measure --connections "$connections"; done
            ;;
    esac
done
target=''
