/** The callback table and the helper classes say the same of each other. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadParser } from "../../../grammars/index.ts";
import type { ClassDef, Module } from "../../../grammars/nodes.ts";
import { walk } from "../../../grammars/walk.ts";
import { CALLBACKS, HOOKS } from "../../../transforms/callbacks.ts";
import source from "../../../transforms/helpers/callbacks.py";

let module: Module;
beforeAll(async () => {
  const parsed = (await loadParser()).parse(source).module;
  if (!parsed) throw new Error("the helpers do not parse");
  module = parsed;
});

/** The hooks that a helper class defines, by their switches; batches are another matter. */
function hooksOf(name: string): Set<string> {
  const found = new Set<string>();
  const cls = module.body.find((node): node is ClassDef => node.type === "ClassDef" && node.name === name);
  if (!cls) throw new Error(`there is no class ${name}`);
  walk(cls, (node) => {
    if (node.type === "FunctionDef" && HOOKS[node.name] && node.name !== "on_epoch_end") {
      found.add(HOOKS[node.name] as string);
    }
  });
  return found;
}

describe("fit calls the hooks of", () => {
  // Whose hooks are those of the script's own functions, or depend on an argument.
  const varying = new Set(["LambdaCallback", "EarlyStopping", "ModelCheckpoint"]);
  const fixed = CALLBACKS.filter(({ name }) => !varying.has(name));
  test.for(fixed.map(({ name, hooks }) => ({ name, hooks })))("$name", ({ name, hooks }) => {
    expect(new Set(hooks)).toEqual(hooksOf(name));
  });
});
