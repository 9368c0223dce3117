"""@RATE@ requests per second, for @SECONDS@ seconds, each for the next id of the list.

    locust --headless -f @SCRIPT@
    locust --headless -f @SCRIPT@ --host http://api:3000

The exit code is 1 when a threshold is missed. A user waits for an answer before it sends its next
request. So @USERS@ users send one request every 2 seconds: they keep @RATE@ requests per second
while answers take less than 2 seconds. If answers take longer, the test fails anyway. With
--processes, each process reads the whole list.
"""

import csv
import itertools
import pathlib
import time

import gevent
from locust import FastHttpUser, LoadTestShape, events, task

RATE = @RATE@
SECONDS = @SECONDS@
LONGEST = 2  # seconds that an answer may take

with open(pathlib.Path(__file__).with_name("@FEED@"), newline="") as feed:
    rows = list(csv.DictReader(feed))
# shared by all users, so that no id repeats until all have been used
following = itertools.cycle(rows)


# users in the order of their start
places = itertools.count()


class Reader(FastHttpUser):
    host = "@BASE@"

    def on_start(self):
        # all users start at once; this delay spreads their first requests evenly over an interval
        place = next(places) % (RATE * LONGEST)
        self.due = time.monotonic() + place / RATE
        gevent.sleep(place / RATE)

    def wait_time(self):
        # constant_throughput would count the wait in on_start as work, so all users would send
        # their requests at the same time
        self.due += LONGEST
        return max(0, self.due - time.monotonic())

    @task
    def read(self):
        row = next(following)
        # the statistics have one row for this name, instead of one row per id
        self.client.request("@METHOD@", f"@PATH@", name="@NAME@")


class Constant(LoadTestShape):
    def tick(self):
        if self.get_run_time() < SECONDS:
            return (RATE * LONGEST, RATE * LONGEST)
        return None


@events.quitting.add_listener
def judge(environment, **_):
    total = environment.stats.total
    slow = total.get_response_time_percentile(0.99) or 0
    if total.num_requests == 0 or total.fail_ratio >= 0.01 or slow >= 1000 * LONGEST:
        environment.process_exit_code = 1
    else:
        environment.process_exit_code = 0
