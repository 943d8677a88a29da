/** Regularizers and constraints of the script: what would mean something else inside of the loop is reported. */
import { expect, test } from "vitest";
import { own, script } from "../support.ts";

const reason = (what: string) => expect.arrayContaining([expect.stringContaining(what)]);
const HEAD = ["from keras import backend as K"];
const OBJECT = [
  ...HEAD,
  "class Clip:",
  "    def __init__(self, size):",
  "        self.size = size",
  "    def __call__(self, w):",
  "        return K.clip(w, -self.size, self.size)",
];
const dense = (argument: string, ...before: string[]) =>
  own(script(...before, `model = Sequential([Dense(2, input_dim=2, ${argument})])`));

test("names that a lambda reads mean the same where the loss is computed", () => {
  const argument = "kernel_regularizer=lambda w: rate * K.sum(w)";
  expect(dense(argument, ...HEAD, "rate = 0.1").join()).not.toContain("lambda");
  expect(dense(argument, ...HEAD, "rate = 0.1", "rate = 0.2")).toEqual(reason("`rate` may mean"));
  const built = ["def build(rate):", `    return Sequential([Dense(2, input_dim=2, ${argument})])`];
  expect(own(script(...HEAD, ...built, "model = build(0.1)"))).toEqual(reason("`rate` may mean"));
});

test("an object needs no base of Keras", () => {
  expect(dense("kernel_constraint=Clip(0.1)", ...OBJECT)).toContain("class Clip:");
});

test("an object that changes or that is made of more than numbers is reported", () => {
  const held = [...OBJECT, "clip = Clip(0.1)"];
  expect(dense("kernel_constraint=clip", ...held)).toContain("clip = Clip(0.1)");
  expect(dense("kernel_constraint=clip", ...held, "clip.size = 0.2")).toEqual(reason("that changes"));
  expect(dense("kernel_constraint=clip", ...held, "clip = Clip(0.2)")).toEqual(reason("`clip` may mean"));
  expect(dense("kernel_constraint=Clip(np.random.rand())", ...OBJECT)).toEqual(reason("plain numbers"));
});

test("an object that does more than keep its arguments when it is made is reported", () => {
  const loud = OBJECT.flatMap((line) =>
    line.includes("self.size =") ? [line, "        print(size)"] : [line],
  );
  expect(dense("kernel_constraint=Clip(0.1)", ...loud)).toEqual(reason("an object that does this"));
});

test("a lambda that gives no number is no regularizer", () => {
  expect(dense("kernel_regularizer=lambda w: K.abs(w)", ...HEAD)).toEqual(reason("one number"));
});
