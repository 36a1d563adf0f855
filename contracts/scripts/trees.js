#!/usr/bin/env node
// Checks that every function of ours has a tree of its branches in test/concrete/, and that tests show every leaf.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.join(__dirname, "..");
const source = path.join(root, "src");
const concrete = path.join(root, "test", "concrete");
/// The libraries that are specified on their own, as contracts are. What the others do is in their callers' trees.
const LIBRARIES = ["BLS12381"];

const read = (...parts) => fs.readFileSync(path.join(...parts), "utf8");
const sorted = (names) => [...new Set(names)].sort();

/// The files of a folder, none where it is missing, that end so.
function files(folder, end) {
  if (!fs.existsSync(folder)) return [];
  return sorted(fs.readdirSync(folder).filter((file) => file.endsWith(end)));
}

// --------------------------------------------------------------------------------------------------- src/

/// Solidity without its comments and strings.
function code(text) {
  const skipped = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(skipped, (match) => (match.startsWith("/") ? " " : '""'));
}

/// What a contract defines or overrides for callers from outside, in its own file or in one of src/ that it is made of.
/// What it only inherits from OpenZeppelin is specified there; getters of public variables have no branches.
function functions(name) {
  const isLibrary = LIBRARIES.includes(name);
  const text = code(read(source, isLibrary ? "libraries" : ".", `${name}.sol`));
  const visible = isLibrary ? /\b(internal|public|external)\b/ : /\b(public|external)\b/;
  const headers = /\b(function\s+(\w+)|constructor|receive|fallback)\s*(\([^{};]*)\{/g;
  const names = [];
  for (const [, word, called, header] of text.matchAll(headers)) {
    if (word === "constructor" || visible.test(header)) names.push(called ?? word);
  }
  const bases = new RegExp(`\\bcontract\\s+${name}\\s+is\\b([^{]*)`).exec(text);
  for (const base of bases === null ? [] : bases[1].match(/\w+/g)) {
    if (fs.existsSync(path.join(source, `${base}.sol`))) names.push(...functions(base));
  }
  return sorted(names);
}

/// All that can be called on a contract, what it inherits unchanged with it.
function callable(name) {
  if (LIBRARIES.includes(name)) return functions(name);
  const { abi } = JSON.parse(read(root, "artifacts", `${name}.json`));
  return abi.map((entry) => entry.name ?? entry.type);
}

function contracts() {
  const names = files(source, ".sol").map((file) => path.basename(file, ".sol"));
  const deployed = names.filter((name) => !/\babstract\s+contract\b/.test(code(read(source, `${name}.sol`))));
  return sorted([...deployed, ...LIBRARIES]);
}

// ------------------------------------------------------------------------------------------------- the trees

/// The head of a tree, and its leaves, each with the conditions above it.
function parse(text, where) {
  const [head, ...lines] = text.trimEnd().split("\n");
  const leaves = [];
  let above = [];
  let open = false;
  lines.forEach((line, index) => {
    const place = `${where}:${index + 2}`;
    const match = /^((?:│   |    )*)(?:├──|└──) (\S.*)$/.exec(line);
    if (match === null) throw new Error(`${place}: not a branch. A file has one tree, drawn with ├──, └── and │`);
    const [, indent, said] = match;
    const depth = indent.length / 4;
    // Below a condition comes what it leads to, below a leaf nothing.
    if (open ? depth !== above.length : depth > above.length) throw new Error(`${place}: hangs at the wrong branch`);
    above = above.slice(0, depth);
    open = said.startsWith("when ");
    if (open) above.push(said);
    else if (said.startsWith("it should ")) leaves.push({ place, path: [...above, said] });
    else throw new Error(`${place}: neither "when …" nor "it should …"`);
  });
  if (open) throw new Error(`${where}: ends in a condition`);
  return { head, leaves };
}

/// A leaf as a test names it: "when …, when …: it should …", after the function's name in a file named otherwise.
function title(path, name) {
  const conditions = [...(name === undefined ? [] : [name]), ...path.slice(0, -1)];
  return conditions.length === 0 ? path.at(-1) : `${conditions.join(", ")}: ${path.at(-1)}`;
}

// ------------------------------------------------------------------------------------------------- the tests

/// The tests of a file, each with the titles of the leaves that its comment names.
function tests(text) {
  const found = [];
  let comment = [];
  for (const line of text.split("\n")) {
    const said = /^\s*\/\/\/ ?(.*)$/.exec(line);
    const test = /^\s*function (test\w*)\(/.exec(line);
    if (said !== null) comment.push(said[1]);
    else if (test !== null) found.push({ name: test[1], titles: named(comment) });
    if (said === null) comment = [];
  }
  return found;
}

/// What a comment names. A line that ends in a comma goes on in the next; below conditions, leaves may be listed.
function named(comment) {
  const titles = [];
  let conditions = "";
  let listed = true;
  const end = () => {
    if (!listed && /(^|, )when /.test(conditions)) titles.push(`${conditions}, and nothing below it`);
  };
  for (const line of comment.join("\n").replaceAll(",\n", ", ").split("\n")) {
    if (line.startsWith("- it should ")) {
      titles.push(`${conditions}: ${line.slice(2)}`);
      listed = true;
      continue;
    }
    end();
    listed = /(^|: )it should /.test(line);
    if (listed) titles.push(line);
    else conditions = line;
  }
  end();
  return titles;
}

// ------------------------------------------------------------------------------------------------------ all

function check(contract, complain) {
  const folder = path.join(concrete, contract);
  const leaves = new Map();
  const ours = functions(contract);
  const trees = files(folder, ".tree").map((file) => path.basename(file, ".tree"));
  for (const name of ours) {
    if (!trees.includes(name)) complain(`${contract}::${name} has no tree: write ${contract}/${name}.tree`);
  }
  for (const name of trees) {
    const where = `${contract}/${name}.tree`;
    if (!ours.includes(name) && !callable(contract).includes(name)) {
      complain(`${where}: ${contract} has no function ${name}`);
    }
    const tree = parse(read(folder, `${name}.tree`), where);
    if (tree.head !== `${contract}::${name}`) complain(`${where}: is headed ${tree.head}`);
    if (tree.leaves.length === 0) complain(`${where}: says nothing`);
    for (const leaf of tree.leaves) {
      const key = title(leaf.path, name);
      if (leaves.has(key)) complain(`${leaf.place}: said before, at ${leaves.get(key).place}`);
      leaves.set(key, { place: leaf.place, name, short: title(leaf.path), shown: false });
    }
  }
  let count = 0;
  for (const file of files(folder, ".t.sol")) {
    const own = path.basename(file, ".t.sol");
    for (const test of tests(read(folder, file))) {
      count += 1;
      if (test.titles.length === 0) complain(`${contract}/${file}: ${test.name} names no leaf of a tree`);
      for (const said of test.titles) {
        const leaf = leaves.get(said) ?? [...leaves.values()].find(({ name, short }) => name === own && short === said);
        if (leaf === undefined) complain(`${contract}/${file}: ${test.name} names what no tree says: ${said}`);
        else leaf.shown = true;
      }
    }
  }
  for (const { place, short, shown } of leaves.values()) {
    if (!shown) complain(`${contract}/${path.basename(place)}: no test shows: ${short}`);
  }
  return { trees: trees.length, leaves: leaves.size, tests: count };
}

function main() {
  const complaints = [];
  const total = { trees: 0, leaves: 0, tests: 0 };
  const all = contracts();
  for (const contract of all) {
    const sum = check(contract, (text) => complaints.push(text));
    for (const key of Object.keys(total)) total[key] += sum[key];
  }
  for (const folder of fs.readdirSync(concrete)) {
    if (!all.includes(folder)) complaints.push(`test/concrete/${folder}: there is no such contract`);
  }
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) throw new Error(`${complaints.length} faults, see above`);
  console.log(`${total.trees} trees with ${total.leaves} leaves, each shown by one of ${total.tests} tests`);
}

try {
  main();
} catch (error) {
  console.error(`trees: ${error.message}`);
  process.exitCode = 1;
}
