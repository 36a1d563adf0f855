#!/usr/bin/env node
// The npm build of solc behind the two calls that forge makes of a compiler: `--version` and `--standard-json`.
"use strict";
const fs = require("fs");
const solc = require("solc");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  console.log(`solc, the solidity compiler\nVersion: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
  // forge sends every source inside the JSON, so no import callback is needed.
  fs.writeSync(1, solc.compile(fs.readFileSync(0, "utf8")));
} else {
  console.error(`scripts/solc.js answers --version and --standard-json only, not: ${args.join(" ")}`);
  process.exitCode = 2;
}
