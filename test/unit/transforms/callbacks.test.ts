/** The callback table and the helper classes say the same of each other. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadParser } from "../../../grammars/index.ts";
import type { ClassDef, Module } from "../../../grammars/nodes.ts";
import { walk } from "../../../grammars/walk.ts";
import { parseSignature } from "../../../src/analysis/signature.ts";
import { CALLBACKS, HOOKS } from "../../../transforms/callbacks.ts";
import source from "../../../transforms/helpers/callbacks.py";

let module: Module;
beforeAll(async () => {
  const parsed = (await loadParser()).parse(source).module;
  if (!parsed) throw new Error("the helpers do not parse");
  module = parsed;
});

/** The hooks that a helper class defines, but for the one that all have. */
function hooksOf(name: string): Set<string> {
  const found = new Set<string>();
  const cls = module.body.find((node): node is ClassDef => node.type === "ClassDef" && node.name === name);
  if (!cls) throw new Error(`there is no class ${name}`);
  walk(cls, (node) => {
    if (node.type === "FunctionDef" && HOOKS[node.name] && node.name !== "on_epoch_end") {
      found.add(node.name);
    }
  });
  return found;
}

/** What the class's `__init__` takes. */
function parametersOf(name: string): Set<string> {
  const cls = module.body.find((node): node is ClassDef => node.type === "ClassDef" && node.name === name);
  const init = cls?.body.find((node) => node.type === "FunctionDef" && node.name === "__init__");
  return new Set(init?.type === "FunctionDef" ? init.params.map((parameter) => parameter.name) : []);
}

describe("the helper takes what the table lets through of", () => {
  const fixed = CALLBACKS.filter(({ name }) => name !== "LambdaCallback");
  test.for(fixed.map((entry) => [entry.name, entry] as const))("%s", ([name, entry]) => {
    const known = parametersOf(name);
    for (const signature of Object.values(entry.signatures)) {
      const names = parseSignature(signature).parameters.map((parameter) => parameter.name);
      const through = names.filter((one) => !entry.drops.includes(one) && !entry.rejects?.includes(one));
      expect(through.filter((one) => !known.has(one))).toEqual([]);
    }
  });
});

describe("fit calls the hooks of", () => {
  // Whose hooks are those of the script's own functions, or depend on an argument.
  const varying = new Set(["LambdaCallback", "EarlyStopping", "ModelCheckpoint"]);
  const fixed = CALLBACKS.filter(({ name }) => !varying.has(name));
  test.for(fixed.map(({ name, hooks }) => ({ name, hooks })))("$name", ({ name, hooks }) => {
    expect(new Set(hooks)).toEqual(hooksOf(name));
  });
});
