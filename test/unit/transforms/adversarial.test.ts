/** Models that train in turn, of which one holds another: what is trained, and where activations go. */
import { describe, expect, test } from "vitest";
import { own, script } from "../support.ts";

const models = [
  "discriminator = Sequential([Dense(4, input_dim=2, activation='relu'), Dense(1, activation='sigmoid')])",
  "discriminator.compile(loss='binary_crossentropy', optimizer='sgd')",
  "generator = Sequential([Dense(2, input_dim=3)])",
];
const combined = [
  "gan = Sequential([generator, discriminator])",
  "gan.compile(loss='binary_crossentropy', optimizer='sgd')",
];
const loop = [
  "for step in range(3):",
  "    discriminator.train_on_batch(generator.predict(x), y)",
  "    gan.train_on_batch(x, y)",
];
const frozen = "discriminator.trainable = False";
const ganOptimizer = (lines: string[]) => lines.find((line) => line.startsWith("gan.optimizer"));

describe("what each optimizer gets", () => {
  test.for<[string, string[], string]>([
    ["held still before `compile`", [...models, frozen, ...combined, ...loop], "generator.parameters()"],
    [
      "set after `compile`, which does nothing",
      [...models, ...combined, frozen, ...loop],
      "gan.parameters()",
    ],
    [
      "set to and fro in the loop",
      [...models, frozen, ...combined, ...loop, "    discriminator.trainable = True"],
      "generator.parameters()",
    ],
    [
      "trainable again before `compile`",
      [...models, frozen, "discriminator.trainable = True", ...combined, frozen, ...loop],
      "gan.parameters()",
    ],
  ])("%s", ([, lines, parameters]) => {
    const written = own(script(...lines));
    expect(ganOptimizer(written)).toBe(`gan.optimizer = torch.optim.SGD(${parameters}, lr=0.01)`);
    expect(written.join("\n")).not.toMatch(/trainable|requires_grad/);
  });

  test.for<[string, string[], string]>([
    [
      "in a conditional",
      [...models, "if len(x) > 3:", `    ${frozen}`, ...combined, ...loop],
      "whether `trainable` is set",
    ],
    [
      "of the model around it",
      [...models, frozen, combined[0] as string, "gan.trainable = True", ...combined.slice(1), ...loop],
      "of a model and of one inside it",
    ],
    [
      "by what is not known",
      [...models, "discriminator.trainable = flag()", ...combined, ...loop],
      "what `trainable` is set to",
    ],
  ])("reported: %s", ([, lines, reason]) => {
    expect(own(script(...lines)).join("\n")).toContain(reason);
  });
});

describe("the last activation of a model inside", () => {
  test("leaves it where both losses look behind it", () => {
    const lines = own(
      script(...models, frozen, ...combined, ...loop, "print(discriminator.predict(x))"),
    ).join("\n");
    expect(lines).not.toContain("nn.Sigmoid()");
    expect(lines).toContain("discriminator.to_outputs = to_outputs");
  });

  test("is reported where one loss takes it as it is", () => {
    const lines = [
      models[0] as string,
      "discriminator.compile(loss='mse', optimizer='sgd')",
      models[2] as string,
    ];
    expect(own(script(...lines, frozen, ...combined, ...loop)).join("\n")).toContain(
      "looks behind the last activation",
    );
  });

  test("stays where another layer follows", () => {
    const outer = ["gan = Sequential([discriminator, Dense(1)])", "gan.compile(loss='mse', optimizer='sgd')"];
    const lines = own(script(...models, ...outer, "gan.fit(x, y)")).join("\n");
    expect(lines).toContain("nn.Sigmoid()");
  });
});
