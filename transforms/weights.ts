/** How Keras's weights lie in PyTorch's parameters: data for tests and for tools that carry weights over. */

export type WeightForm =
  /** As it is. */
  | "same"
  /** (in, out) is (out, in). */
  | "transpose"
  /** (k..., in, out) is (out, in, k...); of a transposed convolution (k..., out, in) is (in, out, k...). */
  | "kernel"
  /** (k..., in, out) is (in, out, k...): what Keras 1 has for a transposed convolution. */
  | "deconvolution"
  /** (k..., in, multiplier) is (in * multiplier, 1, k...). */
  | "depthwise"
  /** A kernel (in, 3 * units) with the gates z, r, h is (3 * units, in) with r, z, n. */
  | "gru-kernel"
  /** Biases (2, 3 * units) are two of (3 * units), (3 * units) is the first; gates as in the kernel. */
  | "gru-bias"
  /** A kernel (in, gates * units) of cuDNN's: that of each gate is (units, in), read in this shape; GRU's are z, r, h. */
  | "cudnn-lstm-kernel"
  | "cudnn-gru-kernel"
  /** cuDNN's biases are two, one after the other; GRU's gates as in its kernel. */
  | "cudnn-lstm-bias"
  | "cudnn-gru-bias"
  /** (d..., C) is (C, d...): a parameter of the shape of a map. */
  | "map"
  /** (places, k * in, out) is (places..., k..., in, out): weights of each place. */
  | "places"
  /** Those in one row, sorted by place, filter, cell of the window, channel. */
  | "places-row"
  /** Those of the whole map, (map..., in, places..., out), of which each place reads its window. */
  | "places-map"
  /** Axes of size 1 are left out: (1, 1, C) is (C). */
  | "flat";

/**
 * Where an axis of Keras's array, counted from 0, stands in PyTorch's parameter; undefined where
 * it has no place of its own there.
 *
 * @param rank axes of Keras's array
 */
export function axisIn(form: WeightForm, rank: number, axis: number): number | undefined {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) return undefined;
  switch (form) {
    case "same":
      return at;
    case "transpose":
    case "gru-kernel":
      return 1 - at;
    case "kernel":
      return at < rank - 2 ? at + 2 : at === rank - 2 ? 1 : 0;
    case "deconvolution":
      return at < rank - 2 ? at + 2 : at - rank + 2;
    case "depthwise":
      return at < rank - 2 ? at + 2 : undefined;
    case "map":
      return at === rank - 1 ? 0 : at + 1;
    case "flat":
      return at === rank - 1 ? 0 : undefined;
    case "gru-bias":
    case "cudnn-lstm-kernel":
    case "cudnn-gru-kernel":
    case "cudnn-lstm-bias":
    case "cudnn-gru-bias":
    case "places":
    case "places-row":
    case "places-map":
      return undefined;
  }
}

export interface WeightMap {
  /** The last part of the weight's name in Keras. */
  readonly keras: string;
  /** Axes of Keras's array, where the form does not tell them. */
  readonly rank?: number;
  /** Parameters or buffers of the module that hold it. */
  readonly torch: readonly string[];
  readonly form: WeightForm;
  /** Sizes (H, W, C) of the flattened map that gives a kernel its rows, where they lie in the order C, H, W here. */
  readonly rows?: readonly (number | undefined)[];
  /** Sizes of the parameter, where the form does not tell them. */
  readonly sizes?: readonly number[];
  /** Cells of the map from one place's window to the next, where the form does not tell them. */
  readonly strides?: readonly number[];
}

/** Gates z, r, h in the order r, z, n. */
const GATES = ".unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1)";

/** Keras's array, a tensor as source, as it lies in each of the parameters; undefined where that is not known. */
export function fromKeras({ form, rank, torch, sizes }: WeightMap, array: string): string[] | undefined {
  const axes = (count: number) => Array.from({ length: count }, (_, i) => i);
  if (form === "gru-bias")
    return torch.length === 1 ? [array + GATES] : torch.map((_, part) => `${array}[${part}]${GATES}`);
  if (form === "cudnn-lstm-bias" || form === "cudnn-gru-bias")
    return torch.map((_, part) => `${array}.chunk(2)[${part}]${form === "cudnn-gru-bias" ? GATES : ""}`);
  if (torch.length !== 1) return undefined;
  switch (form) {
    case "same":
      return [array];
    case "transpose":
      return [`${array}.T`];
    case "flat":
      return [`${array}.flatten()`];
    case "map":
      return [rank === 1 ? array : `${array}.movedim(-1, 0)`];
    case "gru-kernel":
      return [`${array}.T${GATES}`];
    case "kernel":
      return rank === undefined
        ? undefined
        : [`${array}.permute(${[rank - 1, rank - 2, ...axes(rank - 2)].join(", ")})`];
    case "deconvolution":
      return rank === undefined
        ? undefined
        : [`${array}.permute(${[rank - 2, rank - 1, ...axes(rank - 2)].join(", ")})`];
    case "depthwise":
      return rank === undefined
        ? undefined
        : [
            `${array}.permute(${[rank - 2, rank - 1, ...axes(rank - 2)].join(", ")}).flatten(0, 1).unsqueeze(1)`,
          ];
    case "places":
      return sizes && [`${array}.reshape(${sizes.join(", ")})`];
    case "places-row": {
      const axes = sizes && (sizes.length - 2) / 2;
      return sizes && [`${array}.reshape(${rowSizes(sizes).join(", ")}).movedim(${axes}, -1)`];
    }
    case "cudnn-lstm-kernel":
      return [turned(array, 4)];
    case "cudnn-gru-kernel":
      return [turned(array, 3) + GATES];
    case "places-map":
      return undefined;
  }
}

/** The kernel of each gate, whose cells cuDNN reads in the shape (units, in). */
function turned(array: string, gates: number): string {
  return `torch.cat([gate.reshape(gate.T.shape) for gate in ${array}.chunk(${gates}, 1)])`;
}

/** Sizes (places..., out, k..., in) of weights (places..., k..., in, out). */
function rowSizes(sizes: readonly number[]): number[] {
  const axes = (sizes.length - 2) / 2;
  return [...sizes.slice(0, axes), ...sizes.slice(-1), ...sizes.slice(axes, -1)];
}

const one = (keras: string, torch: string, form: WeightForm): WeightMap => ({ keras, torch: [torch], form });

/** Weights that are the same in both, by their names in Keras and PyTorch. */
export function sameWeights(names: Readonly<Record<string, string>>): WeightMap[] {
  return Object.entries(names).map(([keras, torch]) => one(keras, torch, "same"));
}

/** The weights of a module that stands inside another by that name. */
export function weightsInside(part: string, weights: readonly WeightMap[] = []): WeightMap[] {
  return weights.map((map) => ({ ...map, torch: map.torch.map((name) => `${part}.${name}`) }));
}
