#!/usr/bin/env bash
# Compares the time of `reviewseed targets` with that of the published SQL in the client, in turns:
# for the newest 100 products (the SQL with LIMIT 100) and the last tenth (without LIMIT, into a
# file). Then prints the peak memory of `targets`, which must not grow with the list.
#
#   benches/targets.sh [ROUNDS]            default: 5; the private server of the current folder, seeded
#   DATABASE_URL=mysql://… CLIENT='mysql -h… -u… reviews' benches/targets.sh
#
# It only reads. It compares medians with the goals of 0.05 and 1.5; the exit code is 1 if one is
# missed. REVIEWSEED is the binary (default: target/dist/reviewseed), CLIENT a client that reads SQL
# from stdin. A server that is already running stays up.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-5}
binary=$(realpath "${REVIEWSEED:-$root/target/dist/reviewseed}")
read -ra client <<< "${CLIENT:-$binary server shell}"
[[ -z ${DATABASE_URL-} || -n ${CLIENT-} ]] || { echo "with DATABASE_URL, set CLIENT too: the command of a client that runs the published SQL" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -r "$work"; [[ -z ${started-} ]] || "$binary" server stop' EXIT
if [[ -z ${DATABASE_URL-} ]] && ! "$binary" server status > "$work/status" 2>&1; then
    "$binary" server start
    started=yes
fi

published='SELECT DISTINCT product_id, MAX(id) FROM reviews GROUP BY product_id ORDER BY MAX(id) DESC, product_id'

by_hand() { echo "$published $2;" | "${client[@]}" --batch --quick --skip-column-names > "$work/$1"; }
by_targets() { "$binary" targets "${@:2}" --format table -q | tail -n +2 > "$work/$1"; }

seconds() { # runs a command and prints how long it took
    local began=$EPOCHREALTIME
    "$@" >&2
    awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'
}

median() { sort -n "$1" | awk '{ a[NR] = $1 } END { print (a[int((NR + 1) / 2)] + a[int((NR + 2) / 2)]) / 2 }'; }

compare() { # NAME GOAL LIMIT ARGUMENTS…
    local name=$1 goal=$2 limit=$3 round hand tool
    shift 3
    by_hand hand "$limit"; by_targets tool "$@" # once without a clock, so that both find the same pages in memory
    cmp "$work/tool" <(head -n "$(wc -l < "$work/tool")" "$work/hand") || { echo "$name: the lists differ" >&2; return 2; }
    : > "$work/hands"; : > "$work/tools"
    for ((round = 1; round <= rounds; round++)); do
        if ((round % 2)); then
            hand=$(seconds by_hand hand "$limit"); tool=$(seconds by_targets tool "$@")
        else
            tool=$(seconds by_targets tool "$@"); hand=$(seconds by_hand hand "$limit")
        fi
        echo "$hand" >> "$work/hands"; echo "$tool" >> "$work/tools"
    done
    awk -v n="$name" -v g="$goal" -v rows="$(wc -l < "$work/tool")" -v h="$(median "$work/hands")" -v t="$(median "$work/tools")" 'BEGIN {
        printf "%s\t%d\t%.3f\t%.3f\t%.4f\t%s\n", n, rows, h, t, t / h, g; exit t / h > g }'
}

missed=0
printf 'list\trows\tpublished s\ttargets s\tratio\tat most\n'
compare 'newest 100' 0.05 'LIMIT 100' --limit 100 || missed=$?
compare 'last tenth' 1.5 '' || missed=$?

if [[ -x /usr/bin/time ]]; then
    printf '\nlist\tpeak memory kB\n'
    for last in 100 1% 10% 100%; do
        /usr/bin/time -f %M -o "$work/peak" "$binary" targets --last "$last" -q -o "$work/list"
        printf -- '--last %s\t%s\n' "$last" "$(cat "$work/peak")"
    done
else
    echo '/usr/bin/time is not installed, so peak memory is not measured' >&2
fi
exit "$missed"
