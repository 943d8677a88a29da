/** `tf.data` pipelines of several others, of numbers in a row, and how long one is. */
import type { Call, Expr } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import {
  ANY_INT,
  array,
  type Batches,
  joinElements,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { FOLDER_LOADER, isLoader, LOADER, method, owner, pipeline, put, ROWS, written } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

const PARTS = ["datasets", "second", "third"] as const;

const isRows = (value: Value | undefined): value is Batches =>
  value?.kind === "batches" && value.made === ROWS && value.args === undefined;

/** The data sets that are zipped: in a tuple, or one after the other. */
function zippedIn(given: (name: string) => Value | undefined): Value[] {
  const first = given("datasets");
  if (first?.kind === "tuple" && !first.open) return first.elements;
  return PARTS.flatMap((name) => given(name) ?? []).filter((one) => one.kind !== "none");
}

function zipped({ args }: CallContext): Value {
  const all = zippedIn((name) => args.given.get(name)?.value);
  const parts = all.flatMap((one) =>
    isRows(one) && one.element.kind === "tuple" && one.element.elements.length === 1
      ? one.element.elements
      : [],
  );
  return parts.length === all.length && parts.length > 1 ? pipeline(ROWS, tuple(parts), undefined) : UNKNOWN;
}

function zip(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const first = args.expr("datasets");
  const exprs: readonly (Expr | undefined)[] =
    first?.type === "Tuple" ? first.elements : PARTS.map((name) => args.expr(name));
  if (
    rewriter.program.valueOf(call)?.kind !== "batches" ||
    (first && first.type !== "Tuple" && !args.has("second"))
  )
    throw new Unsupported(
      call,
      "only data sets of one array each, which are not shuffled, are supported side by side yet",
    );
  for (const name of PARTS) args.value(name);
  args.finish("zip", new Set(["name"]));
  const passed = exprs.flatMap((expr) => (expr ? [rewriter.source(expr)] : []));
  return put(rewriter, call, written(rewriter, call, rewriter.helper("ZippedRows"), passed));
}

function followed({ receiver, args }: CallContext): Value {
  const other = args.given.get("dataset")?.value;
  if (!isRows(receiver) || !isRows(other)) return UNKNOWN;
  const [a, b] = [receiver.element, other.element];
  if (a.kind !== "tuple" || b.kind !== "tuple" || a.elements.length !== b.elements.length) return UNKNOWN;
  const parts = a.elements.map((part, i) => {
    const both = joinElements(part, b.elements[i] ?? UNKNOWN);
    return both.kind === "array" ? { ...both, container: "tensor" as const } : both;
  });
  return pipeline(ROWS, tuple(parts), undefined);
}

function concatenate(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  args.value("dataset");
  if (rewriter.program.valueOf(call)?.kind !== "batches")
    throw new Unsupported(
      call,
      "only rows of arrays, which are not shuffled, are supported one data set after the other yet",
    );
  rewriter.imports.add("from torch.utils.data import ConcatDataset");
  const sources = [rewriter.source(owner(call)), args.required("dataset")];
  return put(rewriter, call, `ConcatDataset([${sources.join(", ")}])`);
}

function numbers(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const bounds = ["start", "stop", "step"].flatMap((name) =>
    args.has(name) && !args.isNone(name) ? [args.required(name)] : [],
  );
  if (bounds.length !== call.args.length || call.args.some((arg) => arg.name !== null))
    throw new Unsupported(call, "these arguments of `range` are not supported yet");
  for (const name of ["start", "stop", "step"]) args.value(name);
  args.finish("range", new Set());
  rewriter.imports.add("from torch.utils.data import TensorDataset");
  return put(rewriter, call, rewriter.use(`TensorDataset(torch.arange(${bounds.join(", ")}))`));
}

function length(rewriter: Rewriter, call: Call, data: Expr): Replacement {
  const value = rewriter.program.valueOf(data);
  if (value?.kind !== "batches" || !(value.made === ROWS || isLoader(value)))
    throw new Unsupported(call, "how long this data set is, is not known here");
  return put(rewriter, call, `len(${rewriter.source(data)})`);
}

export const JOINED_ROWS: readonly FunctionEntry[] = [
  {
    paths: ["tensorflow.data.Dataset.zip"],
    signature: "datasets, second=None, third=None, name=None",
    result: zipped,
    replace: zip,
  },
  method([ROWS], "concatenate", "dataset, name=None", followed, concatenate),
  {
    paths: ["tensorflow.data.Dataset.range"],
    signature: "start, stop=None, step=None",
    result: () => ({
      ...pipeline(ROWS, tuple([array([undefined], "int", "tensor")]), undefined),
      plain: true,
    }),
    replace: numbers,
  },
  method(
    [ROWS, LOADER, FOLDER_LOADER],
    "cardinality",
    "name=None",
    () => ANY_INT,
    (_, rewriter, call) => length(rewriter, call, owner(call)),
  ),
  {
    paths: ["tensorflow.data.experimental.cardinality"],
    signature: "dataset",
    result: () => ANY_INT,
    replace: (args, rewriter, call) => {
      args.value("dataset");
      const data = args.expr("dataset");
      if (!data) throw args.unknown("dataset");
      return length(rewriter, call, data);
    },
  },
];
