/** The names that Keras gives layers and models by itself: `dense`, then `dense_1`, in the order in which they are made. */
import type { Call, Node } from "../grammars/nodes.ts";
import type { LayerUse, Model } from "../src/analysis/model.ts";
import type { Rewriter } from "./rewriter.ts";
import { mayPredate } from "./version.ts";

/** The name of a layer of a model; undefined where it is not known how many were made before. */
export function layerName(rewriter: Rewriter, { layer, choices }: LayerUse, at: Node): string | undefined {
  if (choices) return undefined;
  if (layer?.kind === "model") return modelName(rewriter, layer.model, at);
  if (layer?.kind !== "object") return undefined;
  const given = layer.args.given.get("name")?.value;
  if (given && given.kind !== "none") return given.kind === "str" ? given.value : undefined;
  const kind = className(layer.construct.path);
  const made = new Map<Call, number>();
  for (const facts of rewriter.program.calls.values())
    for (const { call, construct, args, time } of facts) {
      if (construct.kind !== "layer" || className(construct.path) !== kind) continue;
      const name = args.given.get("name")?.value.kind ?? "none";
      if (name === "str") continue;
      if (facts.length > 1 || name !== "none" || !isMadeOnce(call)) return undefined;
      made.set(call, time);
    }
  return counted(rewriter, snakeCase(kind), made, layer.node, at);
}

/** The name of a `Sequential`. */
export function modelName(rewriter: Rewriter, model: Model, at: Node): string | undefined {
  const given = model.node.args.find(({ name }) => name === "name")?.value;
  if (given) return given.type === "String" && !given.bytes ? given.value : undefined;
  if (model.chain || model.part) return undefined;
  const made = new Map<Call, number>();
  for (const one of rewriter.program.models) {
    if (one.chain || one.part || one.node.args.some(({ name }) => name === "name")) continue;
    if (made.has(one.node) || !isMadeOnce(one.node)) return undefined;
    made.set(one.node, one.time);
  }
  return counted(rewriter, "sequential", made, model.node, at);
}

export function className(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function counted(
  rewriter: Rewriter,
  base: string,
  made: ReadonlyMap<Call, number>,
  own: Call,
  at: Node,
): string | undefined {
  const time = made.get(own);
  if (time === undefined || startsAgain(rewriter)) return undefined;
  const { machine, version } = rewriter.program;
  if (mayPredate(machine, version, { keras: [2, 4], tensorflow: [2, 0] })) {
    if (machine.release) return undefined;
    rewriter.note(
      at,
      "version",
      "names that Keras gives are counted as it does today, `dense`, `dense_1`; before Keras 2.4 from `dense_1` on (a pinned release or --keras-version tells which)",
    );
  }
  const before = [...made.values()].filter((one) => one < time).length;
  return before === 0 ? base : `${base}_${before}`;
}

/** Whether something may change the counts that is not followed. */
function startsAgain({ program }: Rewriter): boolean {
  return [...program.calls.values()].some(([fact]) => {
    const path = fact?.construct.path ?? "";
    return (
      path.endsWith("clear_session") || path.endsWith("reset_uids") || path.startsWith("keras.applications.")
    );
  });
}

/** Whether a call runs once, as far as its place tells. */
function isMadeOnce(call: Call): boolean {
  for (let at = call.parent; at; at = at.parent) {
    if (["For", "While", "Try", "IfExp", "Comprehension", "Lambda"].includes(at.type)) return false;
    if (at.type === "If" && !isMain(at.test)) return false;
  }
  return true;
}

function isMain(test: Node): boolean {
  return test.type === "Compare" && test.left.type === "Name" && test.left.id === "__name__";
}

function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
