#!/usr/bin/env node
// Runs the tests with forge's coverage, prints how much of each file of src/ they reach, and fails below the limit.
"use strict";
const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const report = path.join(root, "out", "coverage", "lcov.info");
/// Of all lines, and of all branches, in per cent.
const LIMIT = 95;

function measure() {
  const forge = path.join(root, "node_modules", ".bin", "forge");
  // What a call costs says nothing about code that is built to be traced.
  const args = ["coverage", "--no-match-path", "test/gas/*", "--report", "lcov", "--report-file", report];
  const env = { ...process.env, FOUNDRY_PROFILE: "coverage" };
  fs.mkdirSync(path.dirname(report), { recursive: true });
  const run = spawnSync(forge, args, { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.error) throw new Error(`cannot run forge (${run.error.message}): run \`npm ci\` in contracts/ first`);
  if (run.status !== 0) throw new Error(`forge coverage failed:\n${run.stdout}${run.stderr}`);
  return fs.readFileSync(report, "utf8");
}

/// The records of an LCOV trace file (geninfo(1)) that are about src/, by file.
function parse(trace) {
  const files = [];
  for (const record of trace.split("end_of_record\n")) {
    const fields = record.split("\n").map((line) => line.split(/:(.*)/s));
    const values = (name) => fields.filter(([key]) => key === name).map(([, value]) => value);
    const [file] = values("SF");
    if (file === undefined || !file.startsWith("src/")) continue;
    const lines = values("DA").map((value) => value.split(","));
    const branches = values("BRDA").map((value) => value.split(","));
    const taken = (count) => count !== "0" && count !== "-";
    files.push({
      file: file.slice("src/".length),
      lines: lines.length,
      linesHit: lines.filter(([, count]) => taken(count)).length,
      branches: branches.length,
      branchesHit: branches.filter(([, , , count]) => taken(count)).length,
      missed: [...lines.filter(([, count]) => !taken(count)), ...branches.filter(([, , , count]) => !taken(count))].map(
        ([line]) => Number(line),
      ),
    });
  }
  return files;
}

/// Rounded down to one place, so that only all is 100.
const percent = (hit, all) => (all === 0 ? 100 : Math.floor((1000 * hit) / all) / 10);

function row({ file, lines, linesHit, branches, branchesHit, missed }) {
  const part = (hit, all) => `${percent(hit, all).toFixed(1).padStart(6)} % ${`${hit}/${all}`.padStart(11)}`;
  const places = [...new Set(missed)].sort((a, b) => a - b);
  const shown = places.length > 8 ? [...places.slice(0, 8), "…"] : places;
  return `${file.padEnd(36)}${part(linesHit, lines)}  ${part(branchesHit, branches)}  ${shown.join(" ")}`.trimEnd();
}

function main() {
  const files = parse(measure()).sort((a, b) => (a.file < b.file ? -1 : 1));
  if (files.length === 0) throw new Error("forge's report says nothing about src/");
  console.log(`${"src/".padEnd(36)}${"lines".padStart(20)}  ${"branches".padStart(20)}  not reached, at line`);
  for (const file of files) console.log(row(file));
  const sum = (name) => files.reduce((total, file) => total + file[name], 0);
  const lines = percent(sum("linesHit"), sum("lines"));
  const branches = percent(sum("branchesHit"), sum("branches"));
  console.log(`coverage of the contracts: ${lines.toFixed(1)} % of lines, ${branches.toFixed(1)} % of branches`);
  if (lines < LIMIT || branches < LIMIT) throw new Error(`below the limit of ${LIMIT} %`);
}

try {
  main();
} catch (error) {
  console.error(`coverage: ${error.message}`);
  process.exitCode = 1;
}
