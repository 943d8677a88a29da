/** Names of files that Keras would write, with PyTorch's ending. */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { forEachChild, walk } from "../../grammars/walk.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import type { Rewriter } from "../rewriter.ts";

const RULE = "persistence";

const ENDINGS = [".weights.h5", ".h5", ".hdf5", ".keras"];

/** What reads and writes data in the format of Keras's files. */
const DATA_LIBRARIES = new Set(["h5py", "tables", "deepdish", "hdf5storage"]);
const DATA_METHODS = ["read_hdf", "to_hdf", "HDFStore", "HDF5Matrix"];

/**
 * Names of files that Keras would write get PyTorch's ending, wherever the script has them. Runs
 * first, so that whatever takes such a string takes its new name.
 */
export function renameFiles(rewriter: Rewriter): void {
  const { text, program } = rewriter;
  const loads = program.models.some((model) => model.uses.some((use) => use.name === "load_weights"));
  if (program.machine.files.size === 0 && !loads) return;
  // Where a script has data in such files too, only what is known to name a model's file is renamed.
  const models = readsData(rewriter) ? modelFiles(rewriter) : undefined;
  walk(program.module, (node) => {
    if (node.type !== "String" && node.type !== "FString") return true;
    const source = text.slice(node.start, node.end);
    const ending = ENDINGS.find((one) => source.endsWith(`${one}"`) || source.endsWith(`${one}'`));
    if (!ending || source.includes("://")) return false;
    const known = !models || models.has(node) || (node.type === "String" && speaksOf(models, node.value));
    if (known) rewriter.edits.replace(node.end - 1 - ending.length, node.end - 1, ".pt", RULE);
    return false;
  });
  if (models) reportReads(rewriter, models);
}

/** Whether a text is the name of a model's file, or ends with one after a space. */
function speaksOf(models: ReadonlySet<Node | string>, text: string): boolean {
  return models.has(text) || models.has(text.slice(text.lastIndexOf(" ") + 1));
}

/** Whether the script has files of data in that format: whatever it imports for them is used. */
function readsData(rewriter: Rewriter): boolean {
  const { module } = rewriter.program;
  if (DATA_METHODS.some((name) => module.identifiers.has(name))) return true;
  let found = false;
  walk(module, (node) => {
    if (node.type === "Name" && isDataLibrary(rewriter.program.valueOf(node))) found = true;
    return !found;
  });
  return found;
}

function isDataLibrary(value: Value | undefined): boolean {
  return alternatives(value ?? { kind: "unknown" }).some((one) => {
    const path = one.kind === "ref" ? one.path : one.kind === "unknown" ? one.library : undefined;
    return DATA_LIBRARIES.has(path?.split(".")[0] ?? "");
  });
}

/** The strings that name files of models, and what they say. */
function modelFiles(rewriter: Rewriter): Set<Node | string> {
  const { program } = rewriter;
  const found = new Set<Node | string>();
  const followed = new Set<string>();
  const bindings = bindingsIn(rewriter);
  const follow = (node: Node): void => {
    if (node.type === "String" || node.type === "FString") {
      found.add(node);
      if (node.type === "String") found.add(node.value);
    }
    const name = node.type === "Name" ? node.id : node.type === "Attribute" ? node.attr : undefined;
    if (name !== undefined && !followed.has(name)) {
      followed.add(name);
      for (const value of bindings.get(name) ?? []) follow(value);
    }
    forEachChild(node, follow);
  };
  for (const facts of program.calls.values()) {
    for (const { args } of facts) {
      const path = args.given.get("filepath");
      if (path?.expr) follow(path.expr);
    }
  }
  return found;
}

/** What is bound to each name or attribute, anywhere: by assignment, as a default, by a call. */
function bindingsIn(rewriter: Rewriter): Map<string, Expr[]> {
  const bindings = new Map<string, Expr[]>();
  const bind = (name: string, value: Expr | null): void => {
    if (value) bindings.set(name, [...(bindings.get(name) ?? []), value]);
  };
  walk(rewriter.program.module, (node) => {
    if (node.type === "Assign")
      for (const target of node.targets) {
        if (target.type === "Name") bind(target.id, node.value);
        else if (target.type === "Attribute") bind(target.attr, node.value);
      }
    else if (node.type === "Parameter") bind(node.name, node.default);
    else if (node.type === "Argument" && node.name !== null) bind(node.name, node.value);
    else if (node.type === "For" && node.target.type === "Name") bind(node.target.id, node.iter);
    else if (node.type === "Call") {
      const callee = rewriter.program.valueOf(node.func);
      if (callee?.kind !== "function") return true;
      const params = callee.node.params.slice(callee.self ? 1 : 0);
      node.args.forEach((arg, i) => {
        const param = params[i];
        if (arg.name === null && !arg.star && param) bind(param.name, arg.value);
      });
    }
    return true;
  });
  return bindings;
}

/** A file that the output writes is none that other libraries could read. */
function reportReads(rewriter: Rewriter, models: ReadonlySet<Node | string>): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Call" || !isDataLibrary(rewriter.program.valueOf(node.func))) return true;
    const path = node.args[0] && rewriter.program.valueOf(node.args[0].value);
    const literal = node.args[0]?.value.type === "String" ? node.args[0].value.value : undefined;
    const name = path?.kind === "str" ? path.value : literal;
    if (name !== undefined && models.has(name))
      rewriter.report(
        node,
        RULE,
        "this reads what Keras writes to a file of a model, which PyTorch writes otherwise",
        "Read the model's `state_dict()` instead.",
      );
    return true;
  });
}
