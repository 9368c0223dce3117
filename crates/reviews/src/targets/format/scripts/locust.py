"""A constant arrival rate of @RATE@ requests a second for @SECONDS@ seconds, each for the next id of the list.

    locust --headless -f @SCRIPT@
    locust --headless -f @SCRIPT@ --host http://api:3000

Ends with exit code 1 when a threshold is missed. A locust waits for its answer before it asks again, so the rate is held
by having enough of them: @USERS@ that ask every 2 seconds keep @RATE@ requests a second as long as answers take under 2 seconds,
and where they take longer the test has failed anyway. With --processes each process reads the whole list by itself.
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
# shared by all users, so that no id comes twice before all came once
following = itertools.cycle(rows)


# users in the order of their start
places = itertools.count()


class Reader(FastHttpUser):
    host = "@BASE@"

    def on_start(self):
        # all start at once; one after the other over an interval they ask evenly
        place = next(places) % (RATE * LONGEST)
        self.due = time.monotonic() + place / RATE
        gevent.sleep(place / RATE)

    def wait_time(self):
        # not constant_throughput, which counts the wait in on_start as work done and brings all users back into step
        self.due += LONGEST
        return max(0, self.due - time.monotonic())

    @task
    def read(self):
        row = next(following)
        # the name makes one row in the statistics instead of one per id
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
