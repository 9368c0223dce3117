#!/usr/bin/env bash
# Usage: benches/oceanbase.sh [PRODUCTS [ROUNDS]]
#
# Seeds PRODUCTS products (default 100001) into OceanBase, ROUNDS times (default 3) in turns with
# what people use there instead:
#   reviewseed   `seed` with its defaults: validation, ledger, indexes, foreign keys, verification
#   load data    one LOAD DATA LOCAL per table, four connections at a time; then the keys
#   inserts      INSERT statements of 2,000 rows over one connection; then the keys
# Each begins with an empty database. Prints wall seconds per round and the medians, with the share
# that the keys took. The rows and keys of all three must be equal in the end.
#
# Needs `scripts/servers oceanbase` and the mariadb client of `scripts/servers mariadb`; starts the
# server, and removes it with its data afterwards. REVIEWSEED_BINARY is the program to run (default:
# that of `make dist`). docs/engines.md has the results.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
case ${1-} in -h | --help) exec sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;; esac
products=${1-100001}
rounds=${2-3}
reviewseed=${REVIEWSEED_BINARY-$root/target/dist/reviewseed}
mkdir -p "$root/target"
work=$(mktemp -d "$root/target/oceanbase-bench.XXXXXX")
export OCEANBASE_HOME=$work/server OCEANBASE_PORT=${OCEANBASE_PORT-2891}

say() { printf 'oceanbase: %s\n' "$@" >&2; }
client() {
    "$root/.servers/mariadb/bin/mariadb" --no-defaults --protocol=tcp --host=127.0.0.1 --port="$OCEANBASE_PORT" \
        --user=root --local-infile=1 --default-character-set=utf8mb4 --batch --skip-column-names "$@"
}
# the statements of benches/sql as this engine accepts them: its own collation, and one ALTER per
# index or foreign key
statements() {
    sed -e 's/utf8mb4_unicode_520_ci/utf8mb4_general_ci/' "$root/benches/sql/$1.sql"
}
keys() {
    echo 'SET ob_query_timeout = 3600000000; SET foreign_key_checks = 0;'
    statements keys | awk '
        /^ALTER TABLE/ { table = $3; next }
        /^  ADD/ { sub(/[,;]$/, ""); print "ALTER TABLE", table, $0 ";" }'
}

empty() {
    client -e 'DROP DATABASE IF EXISTS bench; CREATE DATABASE bench'
}

# Fills `load` and `keys` with seconds.
run_script() {
    local began=$EPOCHREALTIME middle
    statements tables | client bench
    "$1"
    middle=$EPOCHREALTIME
    keys | client bench
    load=$(echo "$middle - $began" | bc)
    keys=$(echo "$EPOCHREALTIME - $middle" | bc)
}
load_data() {
    local table clients=()
    for table in reviews characteristics reviews_photos characteristic_reviews; do
        {
            echo 'SET ob_query_timeout = 3600000000;'
            statements load | sed -n "/INTO TABLE $table /,/;\$/p" | sed \
                -e "s|{directory}|$work/csv|" -e 's|{null}|null|' \
                -e 's|{date}|FROM_UNIXTIME(CAST(@date AS DECIMAL(20)) / 1000)|'
        } | client --init-command="SET time_zone = '+00:00'" bench &
        clients+=($!)
    done
    for table in "${clients[@]}"; do wait "$table"; done
}
inserts() {
    { echo 'SET foreign_key_checks = 0;' && python3 "$root/benches/inserts.py" "$work/csv" epoch 2000; } | client bench
}
run_reviewseed() {
    local began=$EPOCHREALTIME
    "$reviewseed" seed "$work/csv" -q --database-url "mysql://root@127.0.0.1:$OCEANBASE_PORT/bench" \
        --rejects "$work/rejects" --report "$work/seed.json"
    load=$(echo "$EPOCHREALTIME - $began" | bc)
    keys=0
}

# what the database holds
contents() {
    client bench <"$root/benches/sql/contents.sql"
}

measure() {
    local name=$1 whole
    empty
    shift
    "$@"
    whole=$(echo "$load + $keys" | bc)
    contents >"$work/contents"
    [[ -e $work/expected ]] || cp "$work/contents" "$work/expected"
    diff -u "$work/expected" "$work/contents" >&2 || { say "$name has other rows or keys" && exit 1; }
    printf '| %s | %.1f | %.1f |\n' "$name" "$whole" "$keys"
    echo "$whole" >>"$work/$name"
}

trap '"$root/scripts/oceanbase" remove >&2; rm -rf "$work"' EXIT
"$root/scripts/oceanbase" up >/dev/null
"$reviewseed" generate "$work/csv" -q --products "$products"
say "$products products, $(du -m "$work/csv" | tail -n 1 | cut -f1) MB of files"
printf '%s\n' '| contender | wall s | of which keys |' '|---|---:|---:|'
for ((round = 0; round < rounds; round++)); do
    measure reviewseed run_reviewseed
    measure 'load data' run_script load_data
    measure inserts run_script inserts
done
for name in reviewseed 'load data' inserts; do
    say "median of $name: $(sort -n "$work/$name" | sed -n "$((rounds / 2 + 1))p") s"
done
