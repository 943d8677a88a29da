/** Embedding: indices to rows of a table. */
import { dimensions, shapeType } from "../../src/analysis/models.ts";
import { Unsupported } from "../arguments.ts";
import { type Emission, type LayerContext, layer, type Module } from "../layer.ts";
import { call } from "../python.ts";
import { activityPenalty, sizeArgument } from "./core.ts";
import { parameterOf } from "./parameters.ts";
import { rateOf } from "./recurrent-modules.ts";

const INIT = { type: "nn.Embedding", lines: ["nn.init.uniform_(module.weight, -0.05, 0.05)"] };

function emit(context: LayerContext): Emission {
  const { args } = context;
  args.value("input_length");
  const table = parameterOf(context, "embeddings", {
    torch: "weight",
    form: "same",
    rank: 2,
    fans: "swapped",
  });
  const matrix = pretrained(context);
  const rate = args.version === "keras1" ? rateOf(args, "dropout") : undefined;
  const sizes = [args.required("input_dim"), args.required("output_dim")];
  if (rate !== undefined && matrix !== undefined)
    throw new Unsupported(
      args.argument("dropout") ?? context.node,
      "`dropout` beside `weights` is not supported",
    );
  const module: Module =
    rate !== undefined
      ? { code: call("DroppedEmbedding", [...sizes, rate]), helper: "DroppedEmbedding", init: INIT, ...table }
      : matrix === undefined
        ? { code: call("nn.Embedding", sizes), init: INIT, ...table }
        : {
            code: call("nn.Embedding.from_pretrained", [`torch.tensor(${matrix}, dtype=torch.float32)`], {
              freeze: context.frozen ? undefined : "False",
            }),
            pretrained: "nn.Embedding",
            ...table,
            initialize: [],
          };
  const masked = args.flag("mask_zero");
  const own = masked ? { ...module, switches: ["MASKED_INDICES"] } : module;
  return { modules: [own, ...activityPenalty(context)], masked, keeps: "x != 0" };
}

/** The table that the script brings: the only element of a list. */
function pretrained({ args, node }: LayerContext): string | undefined {
  const expr = args.expr("weights");
  if (!expr || args.isNone("weights")) return undefined;
  const [only] = expr.type === "List" ? expr.elements : [];
  if (expr.type !== "List" || expr.elements.length !== 1 || only === undefined)
    throw new Unsupported(args.argument("weights") ?? node, "these weights are not known to be one table");
  return args.textOf(only);
}

export const embedding = [
  layer({
    names: ["Embedding"],
    signatures: {
      keras1:
        "input_dim, output_dim, init:embeddings_initializer='uniform', input_length=None, W_regularizer:embeddings_regularizer=None, activity_regularizer=None, W_constraint:embeddings_constraint=None, mask_zero=False, weights=None, dropout=0.",
      keras2:
        "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, activity_regularizer=None, embeddings_constraint=None, mask_zero=False, input_length=None, sparse=False, dropout=0.",
      keras3:
        "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, embeddings_constraint=None, mask_zero=False, weights=None, lora_rank=None, lora_alpha=None, quantization_config=None, input_length=None",
    },
    layout: "last-axis",
    torch: "`nn.Embedding`; `nn.Embedding.from_pretrained` with `weights`",
    notes: "`dropout`, of whole rows, is Keras 1's: it is reported for later versions.",
    ignores: ["sparse"],
    reports: {
      dropout: "0.2",
      lora_rank: "2",
      lora_alpha: "2",
      quantization_config: "{}",
    },
    shape: (args, input) => ({ shape: [...input.shape, sizeArgument(args, "output_dim")], dtype: "float" }),
    declaredInput: (args, m) => {
      const batch = args.given.get("batch_input_shape");
      if (batch) return shapeType(m, batch.value, batch.expr, "int", 1);
      const shape = args.given.get("input_shape");
      if (shape) return shapeType(m, shape.value, shape.expr, "int", 0);
      const length = args.given.get("input_length");
      // `input_length` may also be a tuple; without it the number of steps is free.
      if (length && length.value.kind !== "num") {
        const dims = dimensions(m, length.value, length.expr);
        if (dims) return { shape: dims, dtype: "int" };
      }
      return { shape: [length && m.sizeOf(length.value, length.expr)], dtype: "int" };
    },
    emit,
    cases: () => [
      {
        inputs: [
          [4, "<", 7],
          [1, "<", 7],
          [2, 3, "<", 7],
        ],
        args: {
          input_dim: ["7"],
          output_dim: ["3", "1"],
          embeddings_initializer: ["", "'ones'", "'glorot_normal'"],
        },
        mutant: ["nn.Embedding(7, 3)", "nn.Embedding(7, 3, padding_idx=0)"],
      },
      {
        inputs: [[4, "<", 7]],
        args: { input_dim: ["7"], output_dim: ["3"], mask_zero: ["True"] },
      },
      {
        inputs: [[4, "<", 7]],
        args: { input_dim: ["7"], output_dim: ["3"] },
        after: ["layers.Flatten()", "layers.Dense(2)"],
      },
    ],
  }),
];
