/** The functions and classes that the output needs, and the imports for them. */

import { SWITCHES_OFF } from "../../transforms/helpers/index.ts";
import type { Rewriter } from "../../transforms/rewriter.ts";
import type { Library } from "./library.ts";
import { type Helper, Specializer } from "./specialize.ts";

export interface HelperBlock {
  /** Source with `\n` line ends; empty where nothing is needed. */
  readonly text: string;
  readonly imports: ReadonlySet<string>;
}

export function helperBlock(rewriter: Rewriter, library: Library): HelperBlock {
  const imports = new Set<string>();
  const initialize = [...rewriter.initRules.values()];
  if (rewriter.helpers.size === 0 && initialize.length === 0) return { text: "", imports };
  const helpers = new Map<string, Helper>(library.helpers);
  const switches = new Map<string, boolean>(SWITCHES_OFF.map((name) => [name, false]));
  for (const [name, value] of rewriter.switches) switches.set(name, value);
  const specializer = new Specializer(helpers, switches, rewriter.passed);
  const bodies = new Map(
    [...rewriter.bodies].map(([name, body]) => [
      name,
      bodyText(rewriter.name(name), PARAMETERS[name] ?? "x", body),
    ]),
  );
  const rendered = specializer.render(rewriter.helpers, (name) => rename(rewriter, library, name), bodies);
  const parts: string[] = [];
  const device = rendered.get("device");
  if (device) parts.push(device.text);
  for (const [name, rendering] of rendered) if (name !== "device") parts.push(rendering.text);
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
  return { text: parts.join("\n\n\n"), imports };
}

/** Parameters of the helpers whose bodies a script gets by itself. */
const PARAMETERS: Record<string, string> = { to_inputs: "x", to_targets: "y", penalty: "model" };

function rename(rewriter: Rewriter, library: Library, name: string): string {
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

function bodyText(name: string, parameter: string, body: { doc: string; lines: readonly string[] }): string {
  return `def ${name}(${parameter}):\n    """${body.doc}"""\n${body.lines.map((line) => `    ${line}`).join("\n")}`;
}

/** `init_weights`, one branch for the modules that share an initialization. */
function initWeights(
  rewriter: Rewriter,
  rules: readonly { type: string; lines: readonly string[] }[],
): string {
  const groups = new Map<string, { types: string[]; lines: readonly string[] }>();
  for (const rule of mergeDirections(rules)) {
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

/** Recurrent layers of one kind of which some run both ways share a branch. */
function mergeDirections(
  rules: readonly { type: string; lines: readonly string[] }[],
): { type: string; lines: readonly string[] }[] {
  const reverse = (line: string) => line.includes("_l0_reverse");
  return rules.flatMap((rule) => {
    const others = rules.filter((other) => other.type === rule.type && other !== rule);
    if (others.length === 0) return [rule];
    if (!rule.lines.some(reverse)) return [];
    const back = rule.lines.filter(reverse).map((line) => `    ${line}`);
    return [
      {
        type: rule.type,
        lines: [...rule.lines.filter((line) => !reverse(line)), "if module.bidirectional:", ...back],
      },
    ];
  });
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
