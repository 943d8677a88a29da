/** Losses of Keras 3 that compare what a batch holds with each other, or as a whole. */
import { Unsupported } from "./arguments.ts";
import { keyword, type LossContext, type LossEntry, option, unusual } from "./loss.ts";

/** The axes that `axis` of a loss of overlaps names, where they lie in PyTorch; undefined for all. */
function overlapAxes(context: LossContext): string | undefined {
  const { options, rank, units, classesSecond } = context;
  if (!options || options.isNone("axis")) return undefined;
  const value = options.value("axis");
  const items = value.kind === "list" || value.kind === "tuple" ? value.elements : [value];
  const axes = items.map((one) => (one.kind === "num" ? one.value : undefined));
  const places = axes.map((axis) => (axis === undefined || axis >= 0 ? axis : axis + rank + 1));
  // Targets may lack an axis of one output: which axis is which is certain where that one is named.
  const certain = (units !== undefined && units > 1) || axes.includes(rank);
  const reduction = options.value("reduction");
  if (!certain || (reduction.kind === "str" && reduction.value === "sum")) throw unusual(context, "axis");
  const moved = places.map((place) => {
    if (place === undefined || place > rank) throw options.unknown("axis");
    if (!classesSecond || place === 0) return place;
    return place === rank ? 1 : place + 1;
  });
  moved.sort();
  return moved.length === 1 ? String(moved[0]) : `(${moved.join(", ")})`;
}

/** One number of all that a batch holds, or the mean of those along some of its axes. */
const ofBatches = (name: string, helper: string, shares: readonly string[]): LossEntry => ({
  names: [name],
  signature: [...shares.map((share) => `${share}=0.5`), "reduction='sum_over_batch_size'", "name=None"]
    .concat(["axis=None", "dtype=None"])
    .join(", "),
  targets: "float",
  logits: false,
  classes: false,
  form: (context) => {
    const axes = overlapAxes(context);
    const given = shares.map((share) => keyword(share, option(context, share, 0.5)));
    const keywords = Object.assign(keyword("axes", axes), ...given);
    return { helper: axes === undefined ? helper : `${helper}es`, whole: true, keywords };
  },
});

export const BATCH_LOSSES: readonly LossEntry[] = [
  {
    names: ["circle"],
    signature:
      "gamma=80.0, margin=0.4, remove_diagonal=True, reduction='sum_over_batch_size', name=None, dtype=None",
    targets: "index",
    logits: false,
    classes: true,
    form: (context) => {
      if (context.rank !== 1)
        throw new Unsupported(context.at, "this loss of several axes is not supported yet");
      const diagonal = context.options?.flag("remove_diagonal") ?? true;
      return {
        helper: "circle_loss",
        partial: true,
        keywords: {
          ...keyword("gamma", option(context, "gamma", 80)),
          ...keyword("margin", option(context, "margin", 0.4)),
          ...(!diagonal && { remove_diagonal: "False" }),
        },
      };
    },
  },
  ofBatches("dice", "dice_loss", []),
  ofBatches("tversky", "tversky_loss", ["alpha", "beta"]),
];
