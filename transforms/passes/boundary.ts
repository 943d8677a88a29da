/**
 * The boundary around a model: how arrays become what it reads, and what its output is compared
 * with. NumPy data stay as the script has them.
 */

import type { Node } from "../../grammars/nodes.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import type { Num } from "../../src/analysis/values.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Layout } from "../layer.ts";
import { type ModelPlan, modulesIn } from "../plan.ts";
import type { Body, Rewriter } from "../rewriter.ts";
import { arrayText, type Fed, fed, ranks } from "./fed.ts";

function sizeText(dim: Num | undefined): string | undefined {
  return dim?.value === undefined ? undefined : String(dim.value);
}

/**
 * Sizes for `reshape`, with at most one left open besides the batch.
 *
 * @param certain whether the data are known to fit; others must not be spread over more rows than they have
 */
function reshape(sizes: readonly (string | undefined)[], certain = true): string | undefined {
  const open = sizes.filter((size) => size === undefined).length;
  if (open === 0 && !certain) return `.reshape(len({}), ${sizes.join(", ")})`;
  if (open === 0) return `.reshape(-1, ${sizes.join(", ")})`;
  return open === 1 ? `.reshape(len({}), ${sizes.map((size) => size ?? "-1").join(", ")})` : undefined;
}

/** Reported where data are texts, as far as is known. */
function requireNumbers(data: readonly Fed[], reason: string): void {
  for (const { value, use } of data)
    if (alternatives(value).some((one) => one.kind === "array" && one.dtype === "str"))
      throw new Unsupported(use.node, reason);
}

/** What a model reads, as one of its inputs. */
export interface ReadInput {
  readonly type: TensorType;
  readonly layout: Layout;
  /** Whether they are indices. */
  readonly ids: boolean;
  /** What it is made from in the script. */
  readonly node: Node;
}

export function inputBody(rewriter: Rewriter, plan: ModelPlan): Body {
  const data = plan.prepared === undefined ? fed(rewriter, plan, "x") : [];
  requireNumbers(data, "this model has no layer that takes texts");
  const first = modulesIn(plan.part?.of ?? plan)[0]?.code ?? "";
  const ids = first.startsWith("nn.Embedding(");
  const read = { type: plan.input, layout: plan.inputLayout, ids, node: plan.node };
  const text = inputText(rewriter, read, data, "x", plan.prepared && `${plan.prepared.name}(x)`);
  const turned = read.layout === "first" && read.type.shape.length > 1;
  const doc =
    plan.prepared !== undefined
      ? "Texts as the model reads them."
      : plan.input.flat
        ? "Samples of any shape as the model reads them."
        : inputDoc(read, turned, plan.channelsFirst, first.startsWith("nn.Flatten("));
  return { doc, lines: [`return ${text}`] };
}

/** Data as a tensor that a model reads. */
export function inputText(
  rewriter: Rewriter,
  { type: { shape, dtype, flat }, layout, ids, node }: ReadInput,
  data: readonly Fed[],
  x: string,
  prepared?: string,
): string {
  const rank = shape.length + 1;
  const known = ranks(data);
  const source = prepared ?? rewriter.use(arrayText(data, x));
  const tensor = `torch.as_tensor(${source}, dtype=torch.${ids || dtype === "int" ? "long" : "float32"})`;
  if (flat) return tensor;
  const first = layout === "first" && shape.length > 1;
  const sizes = shape.map(sizeText);
  const channels = sizes.at(-1);
  const order = first ? [channels, ...sizes.slice(0, -1)] : sizes;
  const exact = known.size === 1 && known.has(rank);
  for (const one of known) {
    const missing = one === rank - 1 && channels === "1";
    // Keras drops a last axis of 1, nothing else.
    const extra =
      one === rank + 1 &&
      data.every(({ value }) =>
        alternatives(value).every(
          (array) =>
            array.kind !== "array" || array.shape?.length !== one || (array.shape.at(-1)?.value ?? 1) === 1,
        ),
      );
    if (one !== undefined && one !== rank && !missing && !extra) {
      const use = data.find(({ value }) => value.kind === "array" && value.shape?.length === one)?.use;
      throw new Unsupported(
        use?.node ?? node,
        `this model takes data with ${rank} axes, the batch included, but gets ${one}`,
      );
    }
  }
  // One channel: the data may come without its axis, and turning it changes nothing.
  const reshaped = channels === "1" ? reshape(order) : known.has(rank + 1) ? reshape(order) : undefined;
  if (known.has(rank + 1) && !reshaped)
    throw new Unsupported(node, "an axis of the data that Keras drops is not supported here yet");
  if (reshaped && (!first || channels === "1")) return `${tensor}${reshaped.replaceAll("{}", x)}`;
  if (channels === "1" && !exact && !reshaped) {
    throw new Unsupported(node, "whether the data have the channel axis that this model reads is not known");
  }
  if (!first) return tensor;
  const dims = [0, shape.length, ...Array.from({ length: shape.length - 1 }, (_, i) => i + 1)];
  return `${tensor}.permute(${dims.join(", ")})`;
}

/** Data with the channels first, by their axes. */
const DATA: Readonly<Record<number, string>> = {
  2: "Sequences (N, C, T)",
  3: "Images (N, C, H, W)",
  4: "Volumes (N, C, D, H, W)",
};

function inputDoc(
  { type: { shape }, ids }: ReadInput,
  turned: boolean,
  channelsFirst: boolean,
  flattened: boolean,
): string {
  const rank = shape.length;
  if (ids) return "Indices as the model reads them.";
  if (channelsFirst && rank > 1) return `${DATA[rank]} as the model reads them.`;
  if (turned && rank === 3) return "Images (N, H, W, C) as the model reads them, (N, C, H, W).";
  if (turned && rank === 2) return "Sequences (N, T, C) as the model reads them, (N, C, T).";
  if (turned) return "Volumes (N, D, H, W, C) as the model reads them, (N, C, D, H, W).";
  if (rank === 2 && !flattened) return "Sequences (N, T, C) as the model reads them.";
  const sizes = rank === 1 ? ["C"] : shape.map((size) => size?.value ?? "...");
  return `Samples (N, ${sizes.includes("...") ? "..." : sizes.join(", ")}) as the model reads them.`;
}

/** Whether rows of targets may sum to something else than 1, as far as that is plain to see. */
export function looseTargets(rewriter: Rewriter, plan: ModelPlan): boolean {
  if (plan.output?.shape.length === 1 && plan.output.shape[0]?.value === 1) return true;
  return fed(rewriter, plan, "y").some(({ value }) => value.kind === "array" && value.random === true);
}

export function targetBody(rewriter: Rewriter, plan: ModelPlan): Body | undefined {
  if (!plan.compile) return undefined;
  const data = fed(rewriter, plan, "y");
  requireNumbers(data, "targets that may be texts are not supported");
  const known = ranks(data);
  const source = rewriter.use(arrayText(data, "y"));
  if (plan.compile.loss.targets === "index") {
    if (plan.output && plan.output.shape.length > 2) {
      const reshaped = reshape(plan.output.shape.slice(0, -1).map(sizeText), false);
      if (!reshaped)
        throw new Unsupported(
          plan.node,
          "the sizes of this model's output, which its targets have, are not known",
        );
      const tensor = `torch.as_tensor(${source}, dtype=torch.long)`;
      return { doc: "Class indices (N, ...).", lines: [`return ${tensor}${reshaped.replaceAll("{}", "y")}`] };
    }
    if (plan.output && plan.output.shape.length > 1) {
      return {
        doc: "Class indices (N, T).",
        lines: [`return torch.as_tensor(${source}, dtype=torch.long).reshape(len(y), -1)`],
      };
    }
    const flat = known.size === 1 && known.has(1) ? "" : ".reshape(-1)";
    return {
      doc: "Class indices (N,).",
      lines: [`return torch.as_tensor(${source}, dtype=torch.long)${flat}`],
    };
  }
  const shape = plan.output?.shape ?? [];
  const rank = shape.length + 1;
  const tensor = `torch.as_tensor(${source}, dtype=torch.float32)`;
  const sizes = shape.map(sizeText);
  const last = sizes.at(-1);
  const first = plan.outputLayout === "first" && shape.length > 1;
  const exact = known.size === 1 && known.has(rank);
  const lone = loneBody(plan, tensor);
  if (lone) return lone;
  for (const one of known) {
    if (one !== undefined && one !== rank && !(one === rank - 1 && last === "1")) {
      const use = data.find(({ value }) => value.kind === "array" && value.shape?.length === one)?.use;
      throw new Unsupported(
        use?.node ?? plan.node,
        `the targets have ${one} axes, the batch included, where the model's output has ${rank}`,
      );
    }
  }
  const doc = "Targets in the shape of the model's output.";
  // Also where the rank is known: a target of shape (n,) against (n, 1) would broadcast in silence.
  if (last === "1") {
    const order = first ? [last, ...sizes.slice(0, -1)] : sizes;
    const reshaped = reshape(order, areSingle(data, rank));
    if (!reshaped && !exact)
      throw new Unsupported(
        plan.node,
        "whether the targets have the last axis of the model's output is not known",
      );
    if (reshaped) return { doc, lines: [`return ${tensor}${reshaped.replaceAll("{}", "y")}`] };
  }
  if (!first) return { doc, lines: [`return ${tensor}`] };
  const dims = [0, shape.length, ...Array.from({ length: shape.length - 1 }, (_, i) => i + 1)];
  return { doc, lines: [`return ${tensor}.permute(${dims.join(", ")})`] };
}

/** Whether all targets are known to lack the last axis of 1 that the output has, or to have it too. */
function areSingle(data: readonly Fed[], rank: number): boolean {
  return data.every(({ value }) =>
    alternatives(value).every(
      (one) => one.kind === "array" && (one.shape?.length === rank - 1 || one.shape?.at(-1)?.value === 1),
    ),
  );
}

/** One target for several outputs of a sample, or the other way round. */
function loneBody(plan: ModelPlan, tensor: string): Body | undefined {
  const shape = plan.output?.shape ?? [];
  switch (plan.compile?.lone) {
    case "batch":
      return { doc: "One target for each sample, (N,).", lines: [`return ${tensor}.reshape(-1)`] };
    case "columns":
      return { doc: "Several targets for the one output of a sample, (N, C).", lines: [`return ${tensor}`] };
    case "broadcast":
      return {
        doc: "One target for each sample, for all of its outputs.",
        lines: [`return ${tensor}.reshape(${[-1, ...shape.map(() => 1)].join(", ")})`],
      };
    case "own": {
      const sizes = shape.map((size) => (size?.value === 1 ? "-1" : sizeText(size)));
      const order =
        plan.outputLayout === "first" && shape.length > 1 ? [sizes.at(-1), ...sizes.slice(0, -1)] : sizes;
      return {
        doc: "Each target as often as the model has outputs.",
        lines: [
          `return ${tensor}.reshape(${[-1, ...shape.map(() => 1)].join(", ")}).expand(${[-1, ...order].join(", ")})`,
        ],
      };
    }
    default:
      return undefined;
  }
}
