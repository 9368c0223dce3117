#!/usr/bin/env bash
# Measures the time to build all secondary indexes of the four tables, and then their foreign keys:
# with `reviewseed reindex`, and with the same ALTERs in the client with the server's default
# settings, in turns.
#
#   benches/reindex.sh [PRODUCTS] [ROUNDS] [FOLDER]      defaults: 100001 3 /tmp/reviewseed-bench
#
# Before each measurement, dirty pages are written to disk, and a first build, which is not counted,
# has extended the files. CPU seconds are the server's. reindex also rehearses the plan and updates
# the statistics; the ALTERs by hand do not. The foreign keys by hand take minutes; FOREIGN_KEYS=no
# omits them. The private server is in FOLDER and is stopped at the end; the data in FOLDER/csv is
# generated once and kept. REVIEWSEED names the binary (default: target/dist/reviewseed),
# REVIEWSEED_MYSQLD the server, JOBS is for --jobs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
products=${1:-100001} rounds=${2:-3} folder=${3:-/tmp/reviewseed-bench}
binary=$(realpath "${REVIEWSEED:-$root/target/dist/reviewseed}")
export REVIEWSEED_MYSQLD=${REVIEWSEED_MYSQLD:-$root/.servers/mysql/bin/mysqld}
unset DATABASE_URL

mkdir -p "$folder"
cd "$folder"
[[ -e csv/reviews.csv ]] || "$binary" generate csv --products "$products" -q
"$binary" server start
trap '"$binary" server stop' EXIT
"$binary" seed csv -q

client() { "$binary" server shell "$@"; }

settle() { # waits until the pool holds nothing that has to be written
    local percent
    percent=$(client -N -B -e 'SELECT @@GLOBAL.innodb_max_dirty_pages_pct')
    client -e 'SET GLOBAL innodb_max_dirty_pages_pct = 0'
    until [[ $(client -N -B -e "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'" | cut -f2) -lt 100 ]]; do sleep 0.5; done
    client -e "SET GLOBAL innodb_max_dirty_pages_pct = $percent"
}

bare() { # drops what is to be built, foreign keys first
    client -N -B -e "
        SELECT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP FOREIGN KEY ', CONSTRAINT_NAME, ';')
        FROM information_schema.TABLE_CONSTRAINTS
        WHERE TABLE_SCHEMA = 'reviews' AND CONSTRAINT_TYPE = 'FOREIGN KEY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
    client -N -B -e "
        SELECT DISTINCT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP INDEX ', INDEX_NAME, ';')
        FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = 'reviews' AND INDEX_NAME <> 'PRIMARY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
    settle
}

plan() { # FILE of a schema: the ALTERs, with nothing about their sessions and methods
    "$binary" reindex --dry-run -q --schema "$1" | grep -v '^SET ' | sed -z 's/,\n  ALGORITHM=[^;]*;/;/g'
}

by_hand() { client < "$1.sql"; }
by_reindex() { "$binary" reindex -q --schema "$1" ${jobs:+--jobs "$jobs"} > /dev/null; }

server=$("$binary" server status | sed -n '1s/.*(pid \([0-9]*\)).*/\1/p')
cpu() { awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / ticks }' "/proc/$server/stat"; }

seconds() { # runs a command and prints how long it took, and the CPU time of the server
    local began=$EPOCHREALTIME at_work
    at_work=$(cpu)
    "$@" >&2
    awk -v a="$began" -v b="$EPOCHREALTIME" -v c="$at_work" -v d="$(cpu)" 'BEGIN { printf "%.2f\t%.2f", b - a, d - c }'
}

line() { # WHAT HAND TOOL
    printf '%s\t%s\t%s\n' "$@" | awk -F '\t' '{ printf "%s\t%s\t%s\t%.2f\t%s\t%s\t%.2f\n", $1, $2, $4, $4 / $2, $3, $5, $5 / $3 }'
}

jobs=${JOBS:-}
cp "$root/schema.sql" whole.sql
perl -0pe 's/,\s*CONSTRAINT \w+ FOREIGN KEY[^\n]*\(id\)//g' whole.sql > no-foreign-keys.sql
rm -f rounds.tsv
bare
plan no-foreign-keys.sql > indexes.sql || true

by_hand indexes

printf 'what\tby hand s\treindex s\tratio\tby hand CPU s\treindex CPU s\tratio\n'
for ((round = 1; round <= rounds; round++)); do
    bare
    if ((round % 2)); then
        hand=$(seconds by_hand indexes); bare; tool=$(seconds by_reindex no-foreign-keys.sql)
    else
        tool=$(seconds by_reindex no-foreign-keys.sql); bare; hand=$(seconds by_hand indexes)
    fi
    line "indexes $round" "$hand" "$tool" | tee -a rounds.tsv
done
sort -n -t $'\t' -k 4 rounds.tsv | awk -F '\t' '{ ratio[NR] = $4 } END { printf "median ratio of %d rounds: %.2f\n", NR, (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2 }'

[[ ${FOREIGN_KEYS:-yes} == yes ]] || exit 0

# the indexes exist now; by hand, the server checks the foreign keys by copying the tables; reindex
# checks them itself
plan whole.sql > foreign-keys.sql || true
settle
hand=$(seconds by_hand foreign-keys)
client -N -B -e "
    SELECT CONCAT('ALTER TABLE ', TABLE_NAME, ' DROP FOREIGN KEY ', CONSTRAINT_NAME, ';')
    FROM information_schema.TABLE_CONSTRAINTS
    WHERE TABLE_SCHEMA = 'reviews' AND CONSTRAINT_TYPE = 'FOREIGN KEY' AND LEFT(TABLE_NAME, 1) <> '_'" | client
settle
tool=$(seconds by_reindex whole.sql)
line "foreign keys" "$hand" "$tool"
"$binary" verify
