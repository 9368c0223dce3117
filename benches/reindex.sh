#!/usr/bin/env bash
# How long it takes to build all secondary indexes of the four tables, and then their foreign keys: by `reviewseed reindex`, and by
# the same ALTERs typed into the client with the server's default settings, in turns.
#
#   benches/reindex.sh [PRODUCTS] [ROUNDS] [FOLDER]      defaults: 100001 3 /tmp/reviewseed-bench
#
# The foreign keys by hand take minutes; FOREIGN_KEYS=no leaves them out.
# The private server lives in FOLDER and is stopped in the end; the data in FOLDER/csv are made once and kept.
# REVIEWSEED names the binary (default: target/release/reviewseed), REVIEWSEED_MYSQLD the server, JOBS is for --jobs.
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

plan() { # FILE of a schema: the ALTERs, with nothing about their sessions and methods
    "$binary" reindex --dry-run -q --schema "$1" | grep -v '^SET ' | sed -z 's/,\n  ALGORITHM=[^;]*;/;/g'
}

by_hand() { client < "$1.sql"; }
by_reindex() { "$binary" reindex -q --schema "$1" ${jobs:+--jobs "$jobs"} > /dev/null; }

seconds() { # runs a command and prints how long it took
    local began=$EPOCHREALTIME
    "$@" >&2
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'
}

line() { awk -v r="$1" -v h="$2" -v t="$3" 'BEGIN { printf "%s\t%s\t%s\t%.2f\n", r, h, t, t / h }'; }

jobs=${JOBS:-}
cp "$root/schema.sql" whole.sql
perl -0pe 's/,\s*CONSTRAINT \w+ FOREIGN KEY[^\n]*\(id\)//g' whole.sql > no-foreign-keys.sql
bare
plan no-foreign-keys.sql > indexes.sql || true

printf 'what\tby hand s\treindex s\tratio\n'
for ((round = 1; round <= rounds; round++)); do
    bare
    if ((round % 2)); then
        hand=$(seconds by_hand indexes); bare; tool=$(seconds by_reindex no-foreign-keys.sql)
    else
        tool=$(seconds by_reindex no-foreign-keys.sql); bare; hand=$(seconds by_hand indexes)
    fi
    line "indexes $round" "$hand" "$tool"
done

[[ ${FOREIGN_KEYS:-yes} == yes ]] || exit 0

# the indexes stand; by hand the server proves the references, by copying the tables, and reindex proves them itself
plan whole.sql > foreign-keys.sql || true
hand=$(seconds by_hand foreign-keys)
client -N -B -e "
    SELECT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP FOREIGN KEY ', CONSTRAINT_NAME, ';')
    FROM information_schema.TABLE_CONSTRAINTS
    WHERE TABLE_SCHEMA = 'reviews' AND CONSTRAINT_TYPE = 'FOREIGN KEY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
tool=$(seconds by_reindex whole.sql)
line "foreign keys" "$hand" "$tool"
"$binary" verify
