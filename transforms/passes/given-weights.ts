/** What the arguments `weights` and `trainable` of a layer ask for. */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import type { LayerUse, Model } from "../../src/analysis/model.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LayerContext, Module } from "../layer.ts";
import { channelsFirst } from "../layers/spatial.ts";
import type { Rewriter } from "../rewriter.ts";
import { fromKeras, type WeightMap } from "../weights.ts";
import { isInlined } from "./inlined.ts";

/** The modules of a layer with what its arguments `weights` and `trainable` ask for. */
export function finished(rewriter: Rewriter, context: LayerContext, modules: readonly Module[]): Module[] {
  const { args, frozen } = context;
  const given = args.isNone("weights") ? [] : givenWeights(rewriter, context, modules);
  return modules.map((module) => {
    const loads = given.filter((one) => one.module === module).map((one) => one.line);
    const held = module.init !== undefined || (module.weights?.length ?? 0) > 0;
    const freezes = frozen && held && module.pretrained === undefined ? ["{}.requires_grad_(False)"] : [];
    if (loads.length + freezes.length === 0) return module;
    // Keras 3 leaves out the penalty of a layer that is not trained, Keras 1 and 2 keep it in the loss.
    const penalties = frozen && context.version === "keras3" ? [] : (module.penalties ?? []);
    return { ...module, penalties, initialize: [...(module.initialize ?? []), ...loads, ...freezes] };
  });
}

/** Lines that put the arrays given as `weights` in their places. */
function givenWeights(
  rewriter: Rewriter,
  { args, node }: LayerContext,
  modules: readonly Module[],
): { module: Module; line: string }[] {
  if (modules.some((module) => module.pretrained !== undefined)) return [];
  const at = args.argument("weights") ?? node;
  const places = modules.flatMap((module) => (module.weights ?? []).map((map) => ({ module, map })));
  const gates =
    args.version === "keras1"
      ? firstGates(
          args,
          places.map(({ map }) => map),
        )
      : undefined;
  const arrays = arrayTexts(rewriter, args, places.length * (gates?.length ?? 1));
  if (!arrays) throw new Unsupported(at, "which of its weights these are, is not known here");
  if (gates) {
    const list = args.expr("weights");
    return places.map(({ module, map }, part) => {
      const order = gates.map((gate) => 3 * gate + part);
      const tensor = (array: string) => rewriter.use(`torch.as_tensor(${array})`);
      const all =
        list?.type === "Name" && list.id !== "i"
          ? `${tensor(`${rewriter.source(list)}[i]`)} for i in (${order.join(", ")})`
          : order.map((i) => tensor(arrays[i] ?? "")).join(", ");
      const turned = part === 2 ? `torch.cat([${all}])` : `torch.cat([${all}], 1).T`;
      return { module, line: `{}.${map.torch[0]}.data.copy_(${turned})` };
    });
  }
  return places.flatMap(({ module, map }, i) => {
    const array = rewriter.use(`torch.as_tensor(${arrays[i]})`);
    if (args.version === "keras1" && !sameInFirst(map, args))
      throw new Unsupported(at, "initial weights of this layer as Keras 1 has them are not supported");
    // Keras 1 keeps kernels of sequences as those of images of one column.
    const column = args.version === "keras1" && map.form === "kernel" && map.rank === 3;
    const turned = map.rows ? undefined : fromKeras(map, column ? `${array}.squeeze(1)` : array);
    if (!turned) throw new Unsupported(at, "initial weights of this layer are not supported yet");
    // Two lines read it: what makes it would run twice.
    if (map.torch.length > 1 && !isName(args.expr("weights"), i))
      throw new Unsupported(
        at,
        "biases of a `GRU` that are made here are not supported: give them a name before",
      );
    return map.torch.map((parameter, part) => ({
      module,
      line: `{}.${parameter}.data.copy_(${turned[part]})`,
    }));
  });
}

/** Whether the array of that place is had by a name. */
function isName(list: Expr | undefined, index: number): boolean {
  if (list?.type !== "List" && list?.type !== "Tuple") return true;
  let one = list.elements[index];
  while (one?.type === "Subscript" || one?.type === "Attribute") one = one.value;
  return one?.type === "Name";
}

/**
 * The order in which PyTorch has the gates of Keras 1, which keeps a kernel, a recurrent kernel and a bias for
 * each: those of an LSTM are i, c, f, o and those of a GRU z, r, h; undefined for other layers.
 */
function firstGates(args: Arguments, maps: readonly WeightMap[]): readonly number[] | undefined {
  const names = maps.flatMap(({ torch }) => torch).join(" ");
  if (names !== "weight_ih_l0 weight_hh_l0 bias_ih_l0") return undefined;
  const joint = args.value("implementation");
  if (joint.kind !== "str" || joint.value === "gpu") return undefined;
  return args.takes("unit_forget_bias") ? [0, 2, 1, 3] : args.takes("reset_after") ? [1, 0, 2] : undefined;
}

/** Whether Keras 1 keeps the array as later versions do: kernels of images may be Theano's, recurrent ones are a list a gate. */
function sameInFirst({ form, rank = 1, torch }: WeightMap, args: Arguments): boolean {
  if (torch.some((name) => name.includes("_hh") || name.includes("_ih")))
    return args.takes("recurrent_initializer") && !args.takes("recurrent_activation");
  return (
    form !== "depthwise" && (form !== "kernel" || rank === 3 || (rank === 4 && channelsFirst(args) === false))
  );
}

/** One expression for each of so many arrays; undefined where they cannot be told. */
function arrayTexts(rewriter: Rewriter, args: Arguments, count: number): readonly string[] | undefined {
  const list = args.expr("weights");
  if (list?.type === "List" || list?.type === "Tuple")
    return list.elements.length === count ? list.elements.map((one) => rewriter.source(one)) : undefined;
  // Keras takes no other number of them.
  if (list?.type !== "Name" || count === 0) return undefined;
  const name = rewriter.source(list);
  return Array.from({ length: count }, (_, i) => `${name}[${i}]`);
}

/** What is given to the layers of a model is read when that is finished: it has to be the same then. */
export function requireStable(rewriter: Rewriter, model: Model, uses: readonly LayerUse[]): void {
  const ends = uses.map(({ add }) => enclosingStatement(add ?? model.node)?.end ?? 0);
  const end = Math.max(...ends);
  for (const use of uses) {
    const { layer } = use;
    if (layer?.kind !== "object") continue;
    const later = readLater(rewriter.arguments(layer.args, layer.node));
    const [first] = later;
    if (first && isInlined(use, layer))
      throw new Unsupported(
        first,
        "initial weights of a layer that a function makes are supported with known numbers only",
      );
    for (const expr of later) requireSame(rewriter, expr, layer.node, end);
  }
}

/** Expressions that end up in lines after the model. */
function readLater(args: Arguments): Expr[] {
  return args.names().flatMap((name): Expr[] => {
    const [expr, value] = [args.expr(name), args.value(name)];
    if (name === "weights" && expr) return [expr];
    if (!name.endsWith("_initializer") || value.kind !== "object") return [];
    return [...value.args.given.values()].flatMap(({ value: one, expr: own }) =>
      own && !(one.kind === "str" || (one.kind === "num" && one.value !== undefined)) ? [own] : [],
    );
  });
}

function requireSame(rewriter: Rewriter, expr: Expr, layer: Node, end: number): void {
  const names = new Set<string>();
  walk(expr, (one) => {
    if (one.type === "Name") names.add(one.id);
  });
  walk(rewriter.program.module, (one) => {
    if (one.type !== "Name" || !names.has(one.id) || !isTarget(one)) return;
    if (one.start > layer.end && one.start < end)
      throw new Unsupported(
        expr,
        `\`${one.id}\` changes before the model is finished, when PyTorch's weights are set`,
      );
  });
}
