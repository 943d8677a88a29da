import { expect, test } from "vitest";
import type { Call } from "../../../grammars/nodes.ts";
import type { Construct } from "../../../src/analysis/constructs.ts";
import { evaluate } from "../../../src/analysis/expressions.ts";
import { Machine } from "../../../src/analysis/machine.ts";
import { bindCall, parseSignature } from "../../../src/analysis/signature.ts";
import { registry } from "../../../transforms/registry.ts";
import { parse, show } from "../support.ts";

const construct: Construct = {
  path: "keras.layers.Window",
  kind: "layer",
  signatures: {
    keras1: "nb:filters, rows, cols, border_mode:padding='valid'",
    keras2: "filters, size, strides=(1, 1), padding='valid', *, name=None",
    keras3: "filters, size, groups=1, padding='valid'",
  },
};

/** `version filters=32 ... | what no parameter takes`. */
function bind(call: string, version: "keras1" | "keras2" | "keras3" = "keras2", one = construct): string {
  const lines = [call];
  const module = parse(lines);
  const [statement] = module.body;
  const node = (statement?.type === "ExprStmt" ? statement.value : undefined) as Call;
  const machine = new Machine(`${call}\n`, module, registry, version);
  const bound = bindCall(one, node, version, (expr) => evaluate(machine, expr));
  const given = [...bound.given].map(([name, { value }]) => `${name}=${show(value)}`);
  const left = bound.unbound.map((arg) => call.slice(arg.start, arg.end));
  return [bound.version, ...given, ...(left.length > 0 ? ["|", ...left] : [])].join(" ");
}

test.for([
  ["positional", "f(32, 3)", "keras2 filters=32 size=3"],
  [
    "by keyword, in any order",
    "f(size=3, filters=32)",
    "keras2 filters=32 size=3".split(" ").sort().join(" "),
  ],
  ["a tuple spread", "f(*(32, 3), padding='same')", 'keras2 filters=32 size=3 padding="same"'],
  ["by a keyword-only name", "f(1, 2, name='n')", 'keras2 filters=1 size=2 name="n"'],
  ["a keyword of an older version", "f(nb=8, rows=3, cols=3)", "keras1 filters=8 rows=3 cols=3"],
  ["a renamed keyword", "f(8, 3, 3, border_mode='same')", 'keras1 filters=8 rows=3 cols=3 padding="same"'],
  ["a keyword of a newer version", "f(8, 3, groups=2)", "keras3 filters=8 size=3 groups=2"],
  ["unknown keywords", "f(8, 3, colour=2)", "keras2 filters=8 size=3 | colour=2"],
  ["too many", "f(1, 2, 3, 4, 5)", "keras2 filters=1 size=2 strides=3 padding=4 | 5"],
  ["a parameter twice", "f(1, 2, filters=3)", "keras2 filters=1 size=2 | filters=3"],
  ["a spread of unknown length", "f(*sizes)", "keras2 | *sizes"],
  ["a spread dict", "f(1, **options)", "keras2 filters=1 | **options"],
])("%s", ([, call = "", expected = ""]) => {
  const sorted = (text: string) => text.split(" ").sort();
  expect(sorted(bind(call))).toEqual(sorted(expected));
});

test("the script's own version is tried first", () => {
  expect(bind("f(8, 3, 3)", "keras1")).toBe("keras1 filters=8 rows=3 cols=3");
  expect(bind("f(8, 3, 3)", "keras3")).toBe("keras3 filters=8 size=3 groups=3");
});

test("`**` takes any keyword", () => {
  expect(bind("f(1, colour=2)", "keras2", { ...construct, signatures: { keras2: "x, **" } })).toBe(
    "keras2 x=1 colour=2",
  );
});

test.for([
  ["a=None", "None"],
  ["a=True", "True"],
  ["a=3", "3"],
  ["a=0.", "0f"],
  ["a=1e-7", "1e-7f"],
  ["a='x'", '"x"'],
  ["a=(1, 2)", "(1, 2)"],
])("the default of `%s` is %s", ([signature = "", shown = ""]) => {
  const [parameter] = parseSignature(signature).parameters;
  expect(show(parameter?.default ?? { kind: "unknown" })).toMatch(shown);
});
