#!/bin/sh
# Makes and starts the test at loader.io: @RATE@ clients a second for @SECONDS@ seconds, each with one request for an id of the list.
#
#   LOADERIO_KEY=… PAYLOAD_URL=https://…/@FEED@ sh @SCRIPT@
#
# loader.io sends from its own machines. So the host must be reachable from the internet and verified in your account (its token
# file must be served), and the payload @FEED@ must lie where loader.io can fetch it, at PAYLOAD_URL.
#
# non-cycling means "clients per test": total = rate x duration, spread evenly, one request each. For such tests loader.io splits
# the payload between its machines, so no id comes twice when the list holds at least @COUNT@: make it with --rate @RATE@ --duration @SECONDS@s.
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
