#!/usr/bin/env node
// Checks that what docs/ says of gas was measured: each figure under a heading "Gas" is in snapshots/, or is a limit
// that test/gas/ asserts.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const docs = path.join(root, "..", "docs");
const pages = ["CONTRACTS.md", ...list(path.join(docs, "contracts"), ".md").map((page) => path.join("contracts", page))];

function list(folder, end) {
  return fs.readdirSync(folder).filter((file) => file.endsWith(end)).sort();
}

const read = (...parts) => fs.readFileSync(path.join(...parts), "utf8");

/// Every figure of every snapshot.
function measured() {
  const folder = path.join(root, "snapshots");
  return list(folder, ".json").flatMap((file) => Object.values(JSON.parse(read(folder, file))).map(Number));
}

/// Solidity constants of the gas tests, whose names say that they are limits.
function limits() {
  const folder = path.join(root, "test", "gas");
  const constant = /constant \w*LIMIT = ([\d_]+);/g;
  return list(folder, ".sol").flatMap((file) =>
    [...read(folder, file).matchAll(constant)].map(([, digits]) => Number(digits.replaceAll("_", ""))),
  );
}

/// The lines under a page's heading "Gas", with their numbers, and the other lines.
function parted(text) {
  const [gas, others] = [[], []];
  let under = false;
  for (const [at, line] of text.split("\n").entries()) {
    if (line.startsWith("## ")) under = line === "## Gas";
    (under ? gas : others).push([at + 1, line]);
  }
  return { gas, others };
}

const known = new Set([...measured(), ...limits()]);
const wrong = [];
let figures = 0;
for (const page of pages) {
  const { gas, others } = parted(read(docs, page));
  for (const [at, line] of others) {
    if (line.includes("contracts/snapshots/")) wrong.push(`docs/${page}:${at}: figures belong under "## Gas"`);
  }
  for (const [at, line] of gas) {
    // From 10,000 on: what is less counts owners and the like.
    for (const [figure] of line.matchAll(/(?<![\d,.])\d{2,3}(?:,\d{3})+(?![\d,])/g)) {
      ++figures;
      if (!known.has(Number(figure.replaceAll(",", "")))) wrong.push(`docs/${page}:${at}: nothing costs ${figure}`);
    }
  }
}
if (figures === 0) wrong.push("docs/ has no figures of gas: has their heading another name?");
if (wrong.length > 0) {
  console.error(`${wrong.join("\n")}\nSee contracts/snapshots/ for what was measured.`);
  process.exit(1);
}
console.log(`${figures} figures of gas in docs/, each one measured or asserted`);
