/** Layers that scripts use by their names: `adapt`, calls of them, attributes. */
import { describe, expect, test } from "vitest";
import { own, script } from "../support.ts";

const data = "x = np.random.rand(20, 3)";
const made = [data, "n = Normalization()", "n.adapt(x)"];
const model = "m = Sequential([Input(shape=(3,)), n, Dense(1)])";

describe("a layer that takes its numbers from data", () => {
  test("stands where it is made, and models name it", () => {
    const lines = own(script(...made, model, "m.predict(x)"));
    expect(lines).toContain("n = Normalization().to(device)");
    expect(lines).toContain("n.adapt(x)");
    expect(lines.join("\n")).toContain("nn.Sequential(n, nn.Linear(3, 1))");
  });

  test("gives arrays where it is called", () => {
    const lines = own(script(...made, "print(n(x).numpy(), n.mean.numpy())"));
    expect(lines).toContain("print(n.transform(x), n.mean.cpu().numpy())");
  });

  test("is one object in two models", () => {
    const second = "k = Sequential([Input(shape=(3,)), n, Dense(2)])";
    const lines = own(script(...made, model, second, "m.predict(x), k.predict(x)"));
    expect(lines.filter((line) => line.includes("nn.Sequential(n, "))).toHaveLength(2);
  });

  test.for<[string, string, string]>([
    ["an attribute that is not known", "print(n.count)", "`count` of this layer"],
    ["a tensor of it", "print(n.mean)", "`mean` of this layer is not supported so"],
    ["steps", "n.adapt(x, steps=2)", "arguments of `adapt`"],
    ["a dict", "n.adapt({'a': x})", "only arrays"],
    ["another axis", "k = Normalization(axis=1)", "last axis or all"],
    ["weights as arrays", `${model}; m.get_weights()`, "the weights of `n`"],
  ])("%s is reported", ([, line, reason]) => {
    expect(own(script(...made, line)).join("\n")).toContain(reason);
  });
});
