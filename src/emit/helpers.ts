/** The functions and classes that the output needs, and the imports for them. */

import { SWITCHES_OFF } from "../../transforms/helpers/index.ts";
import type { Body, Rewriter } from "../../transforms/rewriter.ts";
import type { Library } from "./library.ts";
import { type Rendering, Specializer } from "./specialize.ts";

export interface HelperBlock {
  /** Source with `\n` line ends; empty where nothing is needed. */
  readonly text: string;
  readonly imports: ReadonlySet<string>;
  /** What the block binds for the script and reads of its imports; `problem` where a part of it is not Python. */
  readonly binds: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
  readonly problem: string | undefined;
}

const NOTHING: HelperBlock = {
  text: "",
  imports: new Set(),
  binds: new Set(),
  reads: new Set(),
  problem: undefined,
};

export function helperBlock(rewriter: Rewriter, library: Library): HelperBlock {
  const imports = new Set<string>();
  const initialize = [...rewriter.initRules.values()];
  if (rewriter.helpers.size === 0 && initialize.length === 0) return NOTHING;
  const bodies = new Map([...rewriter.bodies].map(([name, own]) => [name, bodyTexts(rewriter, name, own)]));
  const rendered = new Map(specialized(rewriter, library, new Set(bodies.keys())));
  for (const [name, text] of bodies) if (rendered.has(name)) rendered.set(name, { text, reads: new Set() });
  const parts: string[] = [];
  const device = rendered.get("device");
  if (device) parts.push(device.text);
  for (const [name, { text }] of rendered) if (name !== "device" && text !== "") parts.push(text);
  if (initialize.length > 0) {
    const at = parts.findIndex(
      (part) =>
        part.startsWith(`def ${rewriter.name("run_epoch")}`) ||
        part.startsWith(`def ${rewriter.name("to_inputs")}`),
    );
    parts.splice(at < 0 ? parts.length : at, 0, initWeights(rewriter, initialize));
    imports.add("from torch import nn");
  }
  for (const rendering of rendered.values()) {
    for (const name of rendering.reads) {
      const statement = library.imports.get(name);
      if (statement) imports.add(aliased(rewriter, name, statement));
    }
  }
  for (const text of bodies.values()) {
    if (/\btorch\./.test(text)) imports.add("import torch");
    if (/\bnp\./.test(text)) imports.add("import numpy as np");
  }
  const binds = new Set([...rendered.keys(), "init_weights"].map((name) => rewriter.name(name)));
  const read = [...rendered.values()].flatMap((rendering) => [...rendering.reads]);
  const reads = new Set(read.filter((name) => library.imports.has(name)));
  // What a part reads through generated text is what it imports for that.
  for (const name of ["torch", "nn", "np", "F"])
    if (parts.some((part) => part.includes(`${name}.`))) reads.add(name);
  const problem = parts.find((part) => !library.isPython(part));
  return { text: parts.join("\n\n\n"), imports, binds, reads, problem };
}

/**
 * The helpers of a script, but for the bodies that it gets by itself. Scripts of one repository
 * need the same ones over and over: what was made before is kept with the library.
 */
function specialized(
  rewriter: Rewriter,
  library: Library,
  own: ReadonlySet<string>,
): ReadonlyMap<string, Rendering> {
  const names = [...library.helpers.keys(), ...library.imports.keys()];
  const renamed = names
    .map((name) => [name, rename(rewriter, library, name)] as const)
    .filter(([a, b]) => a !== b);
  const passed = [...rewriter.passed]
    .map(([name, parameters]) => [name, ...[...parameters].sort()].join(" "))
    .sort();
  const on = [...rewriter.switches].filter(([, value]) => value).map(([name]) => name);
  const key = JSON.stringify([[...rewriter.helpers].sort(), on.sort(), passed, renamed, [...own].sort()]);
  const known = library.rendered.get(key);
  if (known) return known;
  const switches = new Map<string, boolean>(SWITCHES_OFF.map((name) => [name, false]));
  for (const name of on) switches.set(name, true);
  const bodies = new Map([...own].map((name) => [name, ""]));
  const batched = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, byBatches] of TAKES_BATCHES) {
    if (switches.get(byBatches)) batched.set(name, new Map([["x", "batches"]]));
  }
  const specializer = new Specializer(library.helpers, switches, rewriter.passed, new Set(), batched);
  const rendered = specializer.render(rewriter.helpers, (name) => rename(rewriter, library, name), bodies);
  library.rendered.set(key, rendered);
  return rendered;
}

/** Helpers that take batches instead of an array, by the switch that says so. */
const TAKES_BATCHES: readonly (readonly [string, string])[] = [
  ["run_epoch", "BATCHES"],
  ["fit", "BATCHES"],
  ["evaluate", "BATCHES"],
  ["predict", "PREDICT_BATCHES"],
];

/** Parameters of the helpers whose bodies a script gets by itself. */
const PARAMETERS: Record<string, string> = {
  to_inputs: "x",
  to_targets: "y",
  to_outputs: "outputs",
  kept_steps: "x",
  penalty: "model",
  constrain: "model",
};

function rename(rewriter: Rewriter, library: Library, name: string): string {
  if (rewriter.isCarried(name)) return `model.${name}`;
  if (library.helpers.has(name)) return rewriter.name(name);
  return library.imports.has(name) && rewriter.taken.has(name) && !isSameImport(rewriter, library, name)
    ? rewriter.name(name)
    : name;
}

/** Whether the script itself binds the name to what the helper means by it. */
function isSameImport(rewriter: Rewriter, library: Library, name: string): boolean {
  const statement = library.imports.get(name);
  return rewriter.program.module.body.some(
    (node) =>
      (node.type === "Import" || node.type === "ImportFrom") &&
      rewriter.text.slice(node.start, node.end).split("\n")[0] === statement,
  );
}

function aliased(rewriter: Rewriter, name: string, statement: string): string {
  const own = rewriter.renamed.get(name);
  if (!own || own === name) return statement;
  return statement.includes(" as ") ? statement.replace(/ as .*$/, ` as ${own}`) : `${statement} as ${own}`;
}

/** The function of that name, or one for each body where models differ in it. */
function bodyTexts(rewriter: Rewriter, name: string, bodies: ReadonlyMap<string, Body>): string {
  const texts = [...bodies].map(([own, body]) => bodyText(rewriter.name(own), PARAMETERS[name] ?? "x", body));
  return texts.join("\n\n\n");
}

function bodyText(name: string, parameter: string, body: Body): string {
  return `def ${name}(${parameter}):\n    """${body.doc}"""\n${body.lines.map((line) => `    ${line}`).join("\n")}`;
}

/** `init_weights`, one branch for the modules that share an initialization. */
function initWeights(
  rewriter: Rewriter,
  rules: readonly { type: string; lines: readonly string[] }[],
): string {
  const groups = new Map<string, { types: string[]; lines: readonly string[] }>();
  for (const rule of mergeVariants(rules)) {
    const key = rule.lines.join("\n");
    const group = groups.get(key) ?? { types: [], lines: rule.lines };
    if (!group.types.includes(rule.type)) group.types.push(rule.type);
    groups.set(key, group);
  }
  const merged = mergeBiases([...groups.values()]);
  const branches = merged.map(({ types, lines }, i) => {
    const tested = types.length === 1 ? types[0] : `(${types.join(", ")})`;
    return `    ${i === 0 ? "if" : "elif"} isinstance(module, ${tested}):\n${lines.map((line) => `        ${line}`).join("\n")}`;
  });
  return `def ${rewriter.name("init_weights")}(module):\n    """Keras's initial weights."""\n${branches.join("\n")}`;
}

/** What only some modules of one type have, and how it is asked for. */
const PARTS = [
  { mark: "_reverse", test: "module.bidirectional" },
  { mark: "module.bias_", test: "module.bias" },
];

/** Recurrent layers of one kind share a branch; what only some of them have stands under a condition. */
function mergeVariants(
  rules: readonly { type: string; lines: readonly string[] }[],
): { type: string; lines: readonly string[] }[] {
  const types = new Map(rules.map(({ type }) => [type, rules.filter((rule) => rule.type === type)]));
  return [...types].flatMap(([type, same]) => {
    const partial = PARTS.filter(({ mark }) => {
      const having = same.filter(({ lines }) => lines.some((line) => line.includes(mark)));
      return having.length > 0 && having.length < same.length;
    });
    if (partial.length === 0) return same;
    const lines: string[] = [];
    let open = "";
    for (const line of [...new Set(same.flatMap((rule) => rule.lines))].sort(byDirection)) {
      const tests = partial.filter(({ mark }) => line.includes(mark)).map(({ test }) => test);
      const condition = tests.join(" and ");
      if (condition !== "" && condition !== open) lines.push(`if ${condition}:`);
      lines.push(condition === "" ? line : `    ${line}`);
      open = condition;
    }
    return [{ type, lines }];
  });
}

/** Weights before biases, in each direction. */
function byDirection(a: string, b: string): number {
  const rank = (line: string) =>
    (line.includes("_reverse") ? 2 : 0) + (line.includes("module.bias_") ? 1 : 0);
  return rank(a) - rank(b);
}

const BIAS = "nn.init.zeros_(module.bias)";

/** Modules with and without a bias share a branch that looks whether there is one. */
function mergeBiases(
  groups: { types: string[]; lines: readonly string[] }[],
): { types: string[]; lines: readonly string[] }[] {
  const bare = groups.find(
    (group) => !group.lines.includes(BIAS) && groups.some((other) => isSameWithBias(group, other)),
  );
  const full = bare && groups.find((group) => isSameWithBias(bare, group));
  if (!bare || !full) return groups;
  const lines = full.lines.flatMap((line) =>
    line === BIAS ? ["if module.bias is not None:", `    ${BIAS}`] : [line],
  );
  const types = [...new Set([...full.types, ...bare.types])];
  return groups.filter((group) => group !== bare).map((group) => (group === full ? { types, lines } : group));
}

function isSameWithBias(bare: { lines: readonly string[] }, full: { lines: readonly string[] }): boolean {
  return full.lines.includes(BIAS) && full.lines.filter((line) => line !== BIAS).join() === bare.lines.join();
}
