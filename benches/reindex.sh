#!/usr/bin/env bash
# How long it takes to build all secondary indexes and foreign keys of the four tables: by `reviewseed reindex`, and by the same
# ALTERs typed into the client with the server's default settings, in turns.
#
#   benches/reindex.sh [PRODUCTS] [ROUNDS] [FOLDER]      defaults: 100001 3 /tmp/reviewseed-bench
#
# The private server lives in FOLDER and is stopped in the end; the data in FOLDER/csv are made once and kept.
# REVIEWSEED names the binary (default: target/release/reviewseed), REVIEWSEED_MYSQLD the server.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
products=${1:-100001} rounds=${2:-3} folder=${3:-/tmp/reviewseed-bench}
binary=$(realpath "${REVIEWSEED:-$root/target/release/reviewseed}")
export REVIEWSEED_MYSQLD=${REVIEWSEED_MYSQLD:-$root/.servers/mysql/bin/mysqld}
unset DATABASE_URL

mkdir -p "$folder"
cd "$folder"
[[ -e csv/reviews.csv ]] || "$binary" generate csv --products "$products" -q
"$binary" server start
trap '"$binary" server stop' EXIT
"$binary" seed csv -q

client() { "$binary" server shell "$@"; }

bare() { # drops what is to be built, foreign keys first
    client -N -B -e "
        SELECT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP FOREIGN KEY ', CONSTRAINT_NAME, ';')
        FROM information_schema.TABLE_CONSTRAINTS
        WHERE TABLE_SCHEMA = 'reviews' AND CONSTRAINT_TYPE = 'FOREIGN KEY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
    client -N -B -e "
        SELECT DISTINCT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP INDEX ', INDEX_NAME, ';')
        FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = 'reviews' AND INDEX_NAME <> 'PRIMARY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
}

by_hand() { client < by-hand.sql; }
by_reindex() { "$binary" reindex -q > reindex.sql; }

seconds() { # runs a command and prints how long it took
    local began=$EPOCHREALTIME
    "$@" >&2
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'
}

bare
# the plan without the variables of its sessions
"$binary" reindex --dry-run -q | grep -v '^SET SESSION' > by-hand.sql || true
grep -q '^ALTER' by-hand.sql

printf 'round\tby hand s\treindex s\tratio\n'
for ((round = 1; round <= rounds; round++)); do
    if ((round % 2)); then
        bare; hand=$(seconds by_hand); bare; tool=$(seconds by_reindex)
    else
        bare; tool=$(seconds by_reindex); bare; hand=$(seconds by_hand)
    fi
    awk -v r="$round" -v h="$hand" -v t="$tool" 'BEGIN { printf "%d\t%s\t%s\t%.2f\n", r, h, t, t / h }'
done
"$binary" verify
