#!/usr/bin/env node
// Writes artifacts/<Contract>.json (ABI and creation bytecode) from a fresh build, or checks that they match one.
"use strict";
const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");

function rebuild() {
  const forge = path.join(root, "node_modules", ".bin", "forge");
  const env = { ...process.env, FOUNDRY_PROFILE: "artifacts" };
  const build = spawnSync(forge, ["build"], { cwd: root, env, encoding: "utf8" });
  if (build.error) throw new Error(`cannot run forge (${build.error.message}): run \`npm ci\` in contracts/ first`);
  if (build.status !== 0) throw new Error(`the contracts do not build:\n${build.stdout}${build.stderr}`);
}

function compiled(name) {
  return JSON.parse(fs.readFileSync(path.join(root, "out", "artifacts", `${name}.sol`, `${name}.json`), "utf8"));
}

/// What lies in src/ itself and can be deployed: libraries and interfaces have folders of their own.
function contracts() {
  const sources = fs.readdirSync(path.join(root, "src")).filter((file) => file.endsWith(".sol"));
  return sources.map((file) => path.basename(file, ".sol")).filter((name) => compiled(name).bytecode.object !== "0x");
}

function artifact(name) {
  const built = compiled(name);
  return JSON.stringify({ contractName: name, abi: built.abi, bytecode: built.bytecode.object }, null, 2) + "\n";
}

function main(mode) {
  rebuild();
  const stale = [];
  for (const name of contracts()) {
    const file = path.join(root, "artifacts", `${name}.json`);
    if (mode === "write") {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, artifact(name));
    } else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== artifact(name)) {
      stale.push(`artifacts/${name}.json`);
    }
  }
  if (stale.length > 0) {
    throw new Error(`not what the sources compile to: ${stale.join(", ")}. Run \`npm run artifacts\` and commit the result.`);
  }
  console.log(mode === "write" ? "artifacts written" : "artifacts match the sources");
}

try {
  const mode = process.argv[2];
  if (mode !== "write" && mode !== "check") throw new Error("usage: artifacts.js write|check");
  main(mode);
} catch (error) {
  console.error(`artifacts: ${error.message}`);
  process.exitCode = 1;
}
