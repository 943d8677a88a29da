import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

describe("metrics that a script updates by itself", () => {
  const updated = (...lines: string[]) =>
    script(
      "from keras import losses, metrics",
      "import numpy as np",
      "y, p = np.zeros(4), np.zeros(4)",
      ...lines,
      "model = Sequential([Dense(1, input_dim=3)])",
    );

  test.for<[string, string[], string]>([
    [
      "compile has it too",
      [
        "m = metrics.AUC()",
        "m.update_state(y, p)",
        "other = Sequential([Dense(1, activation='sigmoid', input_dim=3)])",
        "other.compile('sgd', 'binary_crossentropy', metrics=[m])",
      ],
      "a metric that `compile` is given is updated here too",
    ],
    ["weights of an area", ["metrics.AUC()(y, p, sample_weight=y)"], "weights of samples in this metric"],
    [
      "a class by another name",
      ["for cls in [metrics.AUC]:", "    cls()(y, p)"],
      "`metrics.AUC` is not supported yet",
    ],
    ["its variables", ["m = metrics.Mean()", "m(y)", "print(m.total)"], "`total` of a metric"],
    [
      "another library's object",
      ["m = metrics.Mean()", "m(y)", "for one in things:", "    one.reset_states()"],
      "it may be a metric",
    ],
  ])("are reported: %s", ([, lines, reason]) => {
    expect(reports(updated(...lines))).toContainEqual(expect.stringContaining(reason));
  });

  test.for<[string, string]>([
    ["print(metrics.Mean()(y).numpy().round(3))", "print(Mean()(y).round(3))"],
    ["print(losses.Huber()(y, p).numpy().round(3))", "dtype=torch.float32)).numpy().round(3))"],
    [
      "m = metrics.Recall(thresholds=0.3); m.update_state(y_true=y, y_pred=p)",
      "m.update_state(targets=y, outputs=p)",
    ],
  ])("%s", ([line, wanted]) => {
    expect(own(updated(line)).join("\n")).toContain(wanted);
  });
});
