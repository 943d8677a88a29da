/** What the entries say of themselves is so: every argument is tried, ignored or reported, in each version's spelling. */
import { describe, expect, test } from "vitest";
import { parseSignature } from "../../src/analysis/signature.ts";
import { COMMON_IGNORED, type LayerEntry } from "../../transforms/layer.ts";
import { LAYERS } from "../../transforms/layers/index.ts";
import { type Case, casesOf, combinations, convertCase, layerSource, script } from "./cases.ts";

/** Arguments that every layer takes and that tests of their own try. */
const COMMON = new Set([...COMMON_IGNORED, "trainable", "weights", "dtype", "batch_shape", "shape"]);
/** What changes the start and the loss, not what a layer computes: tests of their own try it. */
const TRAINING = ["initializer", "regularizer", "constraint"];

const proven = LAYERS.filter((entry) => entry.cases);

/** Parameters by their names of today, with all that they are written as. */
function parametersOf(entry: LayerEntry): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const text of Object.values(entry.signatures))
    for (const { name, written } of parseSignature(text).parameters)
      all.set(name, [...(all.get(name) ?? [name]), written]);
  return all;
}

/** Entries without a mutant, and why. */
const WITHOUT_MUTANT: Readonly<Record<string, string>> = {
  Input: "becomes nothing",
  Identity: "becomes nothing",
  SimpleRNNCell: "a part of RNN, tried there",
  LSTMCell: "a part of RNN, tried there",
  GRUCell: "a part of RNN, tried there",
  StackedRNNCells: "a part of RNN, tried there",
  ActivityRegularization: "passes its input through; what it adds to the loss is in the scripts' tests",
  TextVectorization: "takes texts: the tests of helpers and scripts try it",
  IntegerLookup: "stands before the model: the tests of helpers and scripts try it",
  StringLookup: "takes texts: the tests of helpers and scripts try it",
};

test("every entry has cases and a wrong translation that they notice", () => {
  const open = LAYERS.filter((entry) => !(entry.cases?.() ?? []).some(({ mutant }) => mutant));
  expect(open.map(({ names }) => names[0]).sort()).toEqual(Object.keys(WITHOUT_MUTANT).sort());
});

describe.each(proven.map((entry) => [entry.names[0] as string, entry] as const))("%s", (name, entry) => {
  test("every argument is tried, ignored or reported", () => {
    const grids = entry.cases?.() ?? [];
    const tried = new Set(grids.flatMap(({ args }) => Object.keys(args)));
    const parameters = parametersOf(entry);
    const open = [...parameters.keys()].filter(
      (parameter) =>
        !parameters.get(parameter)?.some((written) => tried.has(written)) &&
        !COMMON.has(parameter) &&
        !entry.ignores?.includes(parameter) &&
        !(parameter in (entry.reports ?? {})) &&
        !TRAINING.some((kind) => parameter.includes(kind)) &&
        !parameter.startsWith("nb_") &&
        !parameter.startsWith("kernel_dim"),
    );
    expect(open).toEqual([]);
  });

  test("what it becomes is told", () => expect(entry.torch ?? "").not.toBe(""));

  const reported = Object.entries(entry.reports ?? {});
  if (reported.length > 0)
    test("what is said to be reported is", () => {
      const [grid] = entry.cases?.() ?? [];
      if (!grid) throw new Error("no case to add the argument to");
      const [args] = combinations(grid.args);
      const input = grid.inputs[0] ?? [];
      const accepted = reported.filter(([argument, value]) => {
        const source = layerSource(name, { ...args, [argument]: value });
        const keras = script([...(grid.before ?? []), source, ...(grid.after ?? [])], input, "keras2");
        const one: Case = { id: "", input, version: "keras2", random: false, keras };
        return typeof convertCase(one) !== "string";
      });
      expect(accepted).toEqual([]);
    });

  const old = renamed(entry);
  if (old.size > 0)
    test("Keras 1's names of arguments mean the same", () => {
      // What stands around a layer is spelled in one way only.
      for (const { cases } of casesOf(entry).filter(({ grid }) => !grid.before && !grid.after)) {
        for (const one of cases.filter(({ version }) => version === "keras2").slice(0, 20)) {
          const theirs = convertCase({ ...one, keras: spelled(one.keras, old), version: "keras1" });
          const ours = convertCase({ ...one, version: "keras2" });
          // What Keras 1 means by the name of an initializer, `statistics.test.ts` knows.
          const named = one.keras.includes("initializer=");
          const code = (result: typeof ours) =>
            typeof result === "string" ? result : named ? withoutStart(result.torch) : result.torch;
          expect(code(theirs), one.id).toBe(code(ours));
        }
      }
    });
});

/** A model without what initializes it. */
function withoutStart(torch: string): string {
  const lines = torch.slice(torch.indexOf("model = nn.")).split("\n");
  return lines
    .filter((line) => !line.startsWith("nn.init.") && !line.includes("normal_("))
    .join("\n")
    .trimEnd();
}

/** Names that arguments had in Keras 1, by today's. */
function renamed(entry: LayerEntry): Map<string, string> {
  const { parameters } = parseSignature(entry.signatures.keras1 ?? "");
  const own = parameters.filter(({ written, name }) => written !== name && !written.endsWith("_"));
  // Sizes of kernels were arguments of their own, which no renaming gives.
  if (parameters.some(({ name }) => name === "nb_row" || name.startsWith("kernel_dim"))) return new Map();
  return new Map(own.map(({ written, name }) => [name, written]));
}

function spelled(keras: string, names: ReadonlyMap<string, string>): string {
  const places = ["(", " "].flatMap((before) =>
    [...names].map(([now, then]) => [`${before}${now}=`, `${before}${then}=`] as const),
  );
  return places.reduce((text, [now, then]) => text.replaceAll(now, then), keras);
}
