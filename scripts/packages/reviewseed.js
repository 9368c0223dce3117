#!/usr/bin/env node
// Runs the program in the package of this platform, with the same arguments, streams and exit code.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `@reviewseed/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${platform}/bin/reviewseed`);
} catch {
  console.error(
    `error: the npm package ${platform}, which has the program, is not installed; install reviewseed ` +
      "again without --omit=optional, or build it from source: cargo install reviewseed",
  );
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to the program, too. It finishes its batches and decides when to end; a
// second signal from here would stop it at once.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`error: cannot run ${program}: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
