"""Judges the requests of a load generator. They must be for ids of the list only, for many of them, and
for no id more often than twice its weight. If the tool keeps a rate, the requests must be even.
"""

import collections
import re

PATH = re.compile(r"/reviews\?product_id=(\d+)")
# minimum fraction of the distinct ids that this many requests could have used
MANY = 0.9
# maximum fraction of quarter seconds with less than half of the rate: a busy machine may stall now
# and then, but users that all wait at the same time leave every other quarter empty
STALLED = 0.25


def judge(requests, ids, rate=None):
    """Returns a line of figures, and the faults.

    requests: (seconds, method, path) as recorded. ids: the list, which has each id as often as its
    weight. rate: requests per second, for a tool that keeps a rate.
    """
    weights = collections.Counter(ids)
    asked = collections.Counter()
    faults = []
    for _, method, path in requests:
        match = PATH.fullmatch(path)
        if method == "GET" and match:
            asked[match.group(1)] += 1
        elif len(faults) < 3:
            faults.append(f"asked for {method} {path}")
    total = sum(asked.values())
    if total == 0:
        return "no requests", faults + ["asked for nothing"]
    foreign = [id for id in asked if id not in weights]
    if foreign:
        faults.append(f"{len(foreign)} ids are not of the list, as {foreign[0]}")
    # if the list is used several times, each entry may be requested that many times
    rounds = max(1, total / len(ids))
    often, most = max((count / (weights[id] * rounds), id) for id, count in asked.items() if id in weights)
    if often >= 2:
        faults.append(f"{most} was asked for {asked[most]} times, {often:.1f} times what its weight warrants")
    reachable = min(total, len(weights))
    if len(asked) < MANY * reachable:
        faults.append(f"only {len(asked)} different ids in {total} requests")
    seconds = requests[-1][0] - requests[0][0]
    figures = f"{total} requests in {seconds:.1f} s; {len(asked)} of {len(weights)} ids; most often {often:.2f} of its weight"
    if rate:
        quarters = collections.Counter(int(4 * (at - requests[0][0])) for at, _, _ in requests)
        whole = range(int(4 * seconds))
        stalled = sum(quarters[quarter] < rate / 8 for quarter in whole) / max(1, len(whole))
        figures += f"; {stalled:.0%} of the time below half the rate"
        if stalled > STALLED:
            faults.append(f"the rate of {rate} a second was not kept; is the machine free?")
    return figures, faults
