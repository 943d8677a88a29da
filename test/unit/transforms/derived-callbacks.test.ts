/** Classes of the script that derive from Keras's own callbacks. */
import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

const FIT = [
  "x, y = np.zeros((8, 3)), np.zeros(8)",
  "model = Sequential([Dense(1, input_shape=(3,))])",
  "model.compile('sgd', 'mse')",
];

/** A class over `EarlyStopping` with these members, which `fit` gets. */
function derived(members: readonly string[], made = "Own(monitor='loss', patience=2)"): string[] {
  return script(
    "class Own(callbacks.EarlyStopping):",
    ...members.map((line) => `    ${line}`),
    ...FIT,
    `own = ${made}`,
    "model.fit(x, y, callbacks=[own])",
  );
}

const HOOK = ["def on_epoch_end(self, epoch, logs=None):", "    super().on_epoch_end(epoch, logs)"];

test("the class derives from the helper, and gives it what its own objects are made with", () => {
  const lines = own(derived(HOOK, "Own(monitor='loss', patience=2, mode='min')"));
  expect(lines).toContain("class Own(EarlyStopping):");
  expect(lines).toContain("own = Own(monitor='loss', patience=2)");
});

test("what is passed on by name loses what the helper does not take", () => {
  const init = ["def __init__(self, **kwargs):", "    super().__init__(**kwargs)", ...HOOK];
  const lines = own(derived(init, "Own(monitor='loss', mode='min')"));
  expect(lines).toContain("    def __init__(self, **kwargs):");
  expect(lines).toContain("own = Own(monitor='loss')");
});

describe("reported is", () => {
  test.for([
    [
      ["def on_epoch_end(self, epoch, logs=None):", "    super().on_epoch_end(epoch)"],
      "this use of `EarlyStopping`",
    ],
    [["def on_epoch_end(self, epoch, logs=None):", "    self.wait = 0"], "is set by the class"],
    [
      ["def on_epoch_end(self, epoch, logs=None):", "    self.get_monitor_value(logs)"],
      "`get_monitor_value` of",
    ],
    [["def __init__(self):", "    self.kept = []"], "has to call that of `EarlyStopping`"],
    [
      ["def on_epoch_end(self, epoch, logs=None):", "    print(self.monitor_op)"],
      "`monitor_op` of `EarlyStopping`",
    ],
  ] as const)("%s", ([members, message]) => {
    expect(reports(derived(members, members[0].includes("__init__") ? "Own()" : undefined)).join()).toContain(
      message,
    );
  });

  test("a value whose sign the helper turns", () => {
    const lines = derived(HOOK, "Own(monitor='acc')");
    expect(
      reports([...lines, "other = callbacks.EarlyStopping(monitor='loss')", "print(own.best)"]).join(),
    ).toContain("`best` of `EarlyStopping`");
  });

  test("a class over a class", () => {
    const lines = [...derived(HOOK), "class Second(Own): pass", "model.fit(x, y, callbacks=[Second()])"];
    expect(reports(lines).join()).toContain("derives from `EarlyStopping` and from others");
  });

  test("a class over a History", () => {
    const lines = script(
      "class Kept(callbacks.History): pass",
      ...FIT,
      "model.fit(x, y, callbacks=[Kept()])",
    );
    expect(reports(lines).join()).toContain("`callbacks.History` is not supported");
  });
});
