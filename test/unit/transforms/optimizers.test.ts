/** What optimizers become, by their arguments and the version of Keras. */
import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

const MODEL = "model = Sequential([Dense(1, input_shape=(3,))])";
const rest = (...lines: string[]) => own(script(...lines));

describe("the learning rate outside of `compile`", () => {
  const compiled = (...lines: string[]) =>
    rest(MODEL, "model.compile(optimizers.SGD(0.1), 'mse')", ...lines).slice(4);

  test.for([
    ["K.set_value(model.optimizer.lr, 0.5)", 'optimizer.param_groups[0]["lr"] = 0.5'],
    ["model.optimizer.lr.assign(0.1 * 2)", 'optimizer.param_groups[0]["lr"] = 0.1 * 2'],
    ["model.optimizer.learning_rate = 2", 'optimizer.param_groups[0]["lr"] = 2'],
    ["model.optimizer.lr *= 0.5", 'optimizer.param_groups[0]["lr"] *= 0.5'],
    [
      "K.set_value(model.optimizer.lr, 0.5 * K.get_value(model.optimizer.lr))",
      'optimizer.param_groups[0]["lr"] = 0.5 * optimizer.param_groups[0]["lr"]',
    ],
    ["lr = float(K.get_value(model.optimizer.lr))", 'lr = float(optimizer.param_groups[0]["lr"])'],
    ["lr = model.optimizer.lr.numpy()", 'lr = optimizer.param_groups[0]["lr"]'],
    ["lr = K.eval(model.optimizer.learning_rate)", 'lr = optimizer.param_groups[0]["lr"]'],
  ] as const)("%s", ([keras, torch]) => {
    expect(compiled(keras)).toEqual([torch]);
  });

  test.for([
    ["print(model.optimizer.get_config())", "this use of a model's optimizer"],
    ["print(model.optimizer.iterations)", "this use of a model's optimizer"],
    ["f = lambda: K.set_value(model.optimizer.lr, 1.)", "inside another expression"],
  ] as const)("%s is reported", ([line, message]) => {
    expect(
      compiled(line).join("\n") + reports(script(MODEL, "model.compile('sgd', 'mse')", line)).join("\n"),
    ).toContain(message);
  });

  test("of an optimizer that is kept by a name", () => {
    expect(compiled("opt = model.optimizer", "opt.lr = 0.2")).toEqual([
      "opt = optimizer",
      'opt.param_groups[0]["lr"] = 0.2',
    ]);
  });

  test("that falls by itself", () => {
    const falls = (rate: string) =>
      rest(MODEL, `model.compile(optimizers.SGD(${rate}), 'mse')`, "model.optimizer.lr = 0.2").join("\n");
    expect(falls("0.1, decay=0.1")).toContain("decay_rate(optimizer, 0.1)");
    expect(falls("optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)")).toContain(
      "a learning rate that falls by itself",
    );
  });
});

describe("an optimizer that is given to `compile` again", () => {
  test.for([
    ["SGD(0.1)", false],
    ["SGD(0.1, momentum=0.9)", true],
    ["SGD(0.1, decay=0.1)", true],
    ["Adam()", true],
  ] as const)("%s for one model", ([code, reported]) => {
    const compile = "model.compile(opt, 'mse')";
    const lines = rest(`opt = optimizers.${code}`, MODEL, compile, compile).join("\n");
    expect(lines.includes("goes on with its state")).toBe(reported);
  });

  test.for([
    ["SGD(0.1, momentum=0.9)", false],
    ["Adagrad()", false],
    ["Adam()", false],
    ["Adam(amsgrad=True)", true],
    ["Nadam()", true],
  ] as const)("%s for a model that a loop makes", ([code, reported]) => {
    const lines = rest(
      `opt = optimizers.${code}`,
      "for i in range(3):",
      `    ${MODEL}`,
      "    model.compile(opt, 'mse')",
    ).join("\n");
    expect(lines.includes("goes on with its state")).toBe(reported);
  });
});

describe("schedules of the learning rate", () => {
  test("of the script's own are reported", () => {
    const lines = [
      "def warm(step):",
      "    return 0.1 / step",
      MODEL,
      "model.compile(optimizers.SGD(warm), 'mse')",
    ];
    expect(rest(...lines).join("\n")).toContain("what this schedule of the learning rate does");
  });
});

test("squares of gradients of an `Embedding` in Keras 3 get a note, where the optimizer keeps some", () => {
  const lines = (version: string, optimizer: string) =>
    script(
      ...version.split(";"),
      "m = Sequential([Input(shape=(3,)), Embedding(5, 2), Flatten(), Dense(1)])",
      `m.compile('${optimizer}', 'mse')`,
      "m.fit(np.zeros((4, 3)), np.zeros(4))",
    );
  const notes = (...of: Parameters<typeof lines>) => reports(lines(...of)).join();
  expect(notes("from keras import ops", "adam")).toContain("squares the gradients of an `Embedding`");
  expect(notes("from keras import ops", "sgd")).not.toContain("squares");
  expect(notes("", "adam")).not.toContain("squares");
});

describe("arguments from a mapping", () => {
  const made = (...lines: string[]) =>
    reports(script("opts = {'lr': 0.1}", ...lines, MODEL, "model.compile(opt, 'mse')")).join("\n");

  test("mean at `compile` what they mean where the optimizer is made", () => {
    expect(made("opt = optimizers.SGD(**opts)")).toBe("");
    expect(made("opts['momentum'] = 0.9", "opt = optimizers.SGD(**opts)")).toBe("");
    expect(made("opt = optimizers.SGD(**opts)", "opts['lr'] = 0.5")).toContain("changes between");
    expect(made("other = opts", "opt = optimizers.SGD(**opts)", "other['lr'] = 0.5")).toContain(
      "changes between",
    );
  });

  test.for(["opts.pop('lr')", "del opts['lr']", "if x: opts['momentum'] = 0.9", "f(opts)"])(
    "%s hides what they are",
    (change) => {
      expect(made(change, "opt = optimizers.SGD(**opts)")).toContain("brings are not known");
    },
  );
});

test("a class in a variable is called and handed on, and nothing else", () => {
  const uses = (line: string) =>
    reports(
      script(
        "for cls in [optimizers.SGD, optimizers.Adam]:",
        `    ${MODEL}`,
        "    model.compile(cls(0.1), 'mse')",
        line,
      ),
    ).join("\n");
  expect(uses("")).not.toContain("is not supported");
  expect(uses("    print(cls.__name__)")).toContain("this use of the class of an optimizer");
});

test("a rate that a loop sets is the rate of each of its models", () => {
  const lines = script(
    "from keras import backend as K",
    "one = Sequential([Dense(1, input_dim=4)])",
    "two = Sequential([Dense(2, input_dim=4), Dense(1)])",
    "one.compile(optimizers.SGD(0.1, momentum=0.9), 'mse')",
    "two.compile(optimizers.SGD(0.1, momentum=0.9), 'mse')",
    "for model in (one, two):",
    "    model.fit(np.zeros((9, 4)), np.zeros((9, 1)))",
    "    K.set_value(model.optimizer.lr, 0.01)",
  );
  const made = own(lines).filter((line) => line.includes("momentum=0.9"));
  expect(made).toEqual([
    "one.optimizer = KerasSGD(one.parameters(), lr=0.1, momentum=0.9)",
    "two.optimizer = KerasSGD(two.parameters(), lr=0.1, momentum=0.9)",
  ]);
});
