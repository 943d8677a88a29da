/** Models of nothing but layers that change images at random, called on images before another model gets them. */
import type { Call, Expr } from "../grammars/nodes.ts";
import { alternatives, type Value } from "../src/analysis/values.ts";
import { Unsupported } from "./arguments.ts";
import type { Rewriter } from "./rewriter.ts";

/** Layers that take images of any size and keep it. */
const LAYERS: ReadonlySet<string> = new Set(
  "Input InputLayer RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness Rescaling"
    .split(" ")
    .map((name) => `keras.layers.${name}`),
);

/** Whether a value is such a model, whose layers all are known. */
export function isAugmentation(value: Value | undefined): boolean {
  if (!value) return false;
  return alternatives(value).every(
    (one) =>
      one.kind === "model" &&
      !one.model.unclear &&
      !one.model.part &&
      one.model.layers.some(
        ({ layer }) => layer?.kind === "object" && layer.construct.path.includes("Random"),
      ) &&
      one.model.layers.every(
        ({ layer }) =>
          layer?.kind === "object" &&
          LAYERS.has(layer.construct.path) &&
          !layer.args.given.has("data_format"),
      ),
  );
}

/** Such a call: of one argument, in training; undefined for another. */
export function augmented(rewriter: Rewriter, call: Call): Expr | undefined {
  if (!isAugmentation(rewriter.program.valueOf(call.func))) return undefined;
  const [x, ...rest] = call.args;
  if (!x || x.name !== null || x.star) return undefined;
  const isOn = rest.every(
    (one) => one.name === "training" && rewriter.text.slice(one.value.start, one.value.end) === "True",
  );
  return rest.length <= 1 && isOn ? x.value : undefined;
}

/** The call on images (N, H, W, C), or on one where those have three axes or nobody knows how many. */
export function augmentCall(rewriter: Rewriter, call: Call, x: Expr, rank: number | undefined): string {
  if (rank !== undefined && rank !== 3 && rank !== 4)
    throw new Unsupported(call, "these are not images: they have another number of axes");
  if (rank !== 4) rewriter.switches.set("AUGMENT_ONE", true);
  return `${rewriter.helper("augment")}(${rewriter.source(call.func)}, ${rewriter.source(x)})`;
}
