#!/bin/sh
# Creates and starts the test at loader.io: @RATE@ clients per second, for @SECONDS@ seconds. Each
# client sends one request for an id of the list.
#
#   LOADERIO_KEY=… PAYLOAD_URL=https://…/@FEED@ sh @SCRIPT@
#
# loader.io sends requests from its own machines. So your host must be reachable from the internet
# and verified in your account (it must serve the token file), and PAYLOAD_URL must be an address
# from which loader.io can fetch @FEED@.
#
# "non-cycling" means "clients per test": total = rate x duration, spread evenly, one request each.
# For such tests, loader.io splits the payload between its machines. So no id repeats if the list
# has at least @COUNT@ entries: write it with --rate @RATE@ --duration @SECONDS@s.
set -eu

base=${BASE:-@BASE@}
: "${LOADERIO_KEY:?the key of your account, see https://loader.io/settings}"
: "${PAYLOAD_URL:?where loader.io can fetch @FEED@}"

# timeout: an answer after 2,000 ms counts as an error; error_threshold: 1 percent of errors fails the test
curl --fail-with-body -X POST https://api.loader.io/v2/tests \
  -H "loaderio-auth: $LOADERIO_KEY" \
  -H 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "name": "@NAME@, @RATE@ a second",
  "test_type": "non-cycling",
  "total": @COUNT@,
  "duration": @SECONDS@,
  "timeout": 2000,
  "error_threshold": 1,
  "urls": [
    {
      "url": "$base@PATH@",
      "request_type": "@METHOD@",
      "payload_file_url": "$PAYLOAD_URL"
    }
  ]
}
JSON
