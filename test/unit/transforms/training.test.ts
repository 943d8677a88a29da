/** compile, fit, evaluate, predict and what is done with their results. */
import { describe, expect, test } from "vitest";
import { converted, helper, own, reports, script } from "../support.ts";

const X = "x = np.zeros((9, 4))";

/** A script around a model with the given last layer, and its own lines after the model. */
function rest(last: string, ...lines: string[]): string[] {
  const made = own(
    script(X, "y = np.zeros((9, 1))", `model = Sequential([Dense(3, input_dim=4), ${last}])`, ...lines),
  );
  const at = made.indexOf("model.apply(init_weights)");
  return at < 0 ? made : made.slice(at + 1);
}

describe("losses", () => {
  const compile = (last: string, loss: string) => rest(last, `model.compile('sgd', ${loss})`)[0];

  test.for<[string, string, string]>([
    ["Dense(5, activation='softmax')", "'categorical_crossentropy'", "loss_fn = nn.CrossEntropyLoss()"],
    [
      "Dense(5, activation='softmax')",
      "'sparse_categorical_crossentropy'",
      "loss_fn = nn.CrossEntropyLoss()",
    ],
    ["Dense(5)", "losses.SparseCategoricalCrossentropy(from_logits=True)", "loss_fn = nn.CrossEntropyLoss()"],
    ["Dense(1, activation='sigmoid')", "'binary_crossentropy'", "loss_fn = nn.BCEWithLogitsLoss()"],
    ["Dense(1, activation='sigmoid')", "losses.BinaryCrossentropy()", "loss_fn = nn.BCEWithLogitsLoss()"],
    ["Dense(1)", "'mse'", "loss_fn = nn.MSELoss()"],
    ["Dense(1)", "'mean_squared_error'", "loss_fn = nn.MSELoss()"],
    ["Dense(1)", "losses.mean_absolute_error", "loss_fn = nn.L1Loss()"],
    ["Dense(1, activation='sigmoid')", "['mse']", "loss_fn = nn.MSELoss()"],
    ["Dense(5)", "'categorical_crossentropy'", "loss_fn = clipped_cross_entropy"],
    ["Dense(5)", "'sparse_categorical_crossentropy'", "loss_fn = clipped_sparse_cross_entropy"],
    ["Dense(5, activation='relu')", "'binary_crossentropy'", "loss_fn = clipped_binary_cross_entropy"],
    ["Dense(1, activation='softmax')", "'categorical_crossentropy'", "loss_fn = unnormalized_cross_entropy"],
    ["Dense(1)", "losses.Huber(delta=2.0)", "loss_fn = nn.HuberLoss(delta=2.0)"],
    ["Dense(1)", "losses.Huber(1.0)", "loss_fn = nn.HuberLoss()"],
    ["Dense(1)", "losses.MeanSquaredError(reduction='sum')", 'loss_fn = nn.MSELoss(reduction="sum")'],
    [
      "Dense(1)",
      "losses.MeanSquaredError(reduction=losses.Reduction.SUM)",
      'loss_fn = nn.MSELoss(reduction="sum")',
    ],
    ["Dense(1)", "'poisson'", "loss_fn = nn.PoissonNLLLoss(log_input=False, eps=1e-7)"],
    ["Dense(1)", "losses.MSLE", "loss_fn = squared_logarithmic_loss"],
    ["Dense(1)", "losses.CosineSimilarity(axis=-1)", "loss_fn = cosine_loss"],
    [
      "Dense(5, activation='softmax')",
      "losses.CategoricalCrossentropy(label_smoothing=0.1)",
      "loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)",
    ],
    [
      "Dense(1, activation='sigmoid')",
      "losses.BinaryCrossentropy(label_smoothing=0.1)",
      "loss_fn = lambda outputs, targets: F.binary_cross_entropy_with_logits(outputs, targets * 0.9 + 0.05)",
    ],
    [
      "Dense(1, activation='sigmoid')",
      "losses.BinaryFocalCrossentropy(gamma=3)",
      "loss_fn = partial(binary_focal_loss, gamma=3)",
    ],
  ])("%s with %s", ([last, loss, expected]) => {
    expect(compile(last, loss)).toBe(expected);
  });

  test.for<[string, string, string]>([
    ["Dense(1)", "losses.MeanSquaredError(reduction='none')", "trains by its sum"],
    ["Dense(3)", "losses.BinaryFocalCrossentropy()", "no sigmoid makes"],
    ["Dense(1)", "losses.CosineSimilarity(axis=0)", "`axis` of a loss"],
    ["Dense(1)", "losses.BinaryFocalCrossentropy()", "outputs that no sigmoid makes"],
    ["Dense(1)", "lambda t: t", "what loss this is"],
    ["Dense(1)", "lambda t, p: np.abs(t - p)", "what this does to tensors"],
    ["Dense(1)", "lambda t, p: K.cumsum(t - p)", "what this does to tensors"],
    ["Dense(1)", "lambda t, p: (t - p)[::-1]", "what this does to tensors"],
    // A mean of products in Keras 1 and early in Keras 2, a sum later.
    ["Dense(3)", "'cosine_proximity'", "the loss 'cosine_proximity' is not supported yet"],
    ["Dense(1)", "'wasserstein'", "the loss 'wasserstein' is not supported yet"],
  ])("%s with %s is reported", ([last, loss, message]) => {
    expect(compile(last, loss)).toContain(message);
  });
});

describe("functions of targets and outputs", () => {
  const body = (...lines: string[]) =>
    own(
      script(
        X,
        "def loss(y_true, y_pred):",
        ...lines.map((line) => `    ${line}`),
        "model = Sequential([Dense(3, input_dim=4)])",
        "model.compile('sgd', loss)",
      ),
    );

  test.for<[string, string]>([
    ["return K.mean(K.square(y_pred - y_true))", "return (y_pred - y_true).square().mean()"],
    ["return K.sum(K.abs(y_pred), axis=[0, 1])", "return y_pred.abs().sum([0, 1])"],
    ["return K.max(y_pred, 1, keepdims=True)", "return y_pred.amax(1, keepdim=True)"],
    ["return K.maximum(1. - y_true, 0.)", "return (1. - y_true).clamp(min=0.)"],
    ["return K.minimum(y_true, y_pred)", "return torch.minimum(y_true, y_pred)"],
    ["return K.cast(y_true > 0, 'float32')", "return (y_true > 0).float()"],
    ["return K.cast(y_true, y_pred.dtype)", "return y_true.to(y_pred.dtype)"],
    [
      "return K.sum(y_true) / K.cast(K.shape(y_true)[0], 'float32')",
      "return y_true.sum() / float(y_true.shape[0])",
    ],
    ["return K.std(y_pred - y_true, axis=-1)", "return (y_pred - y_true).std(-1, correction=0)"],
    ["return K.expand_dims(K.argmax(y_pred))", "return y_pred.argmax(-1).unsqueeze(-1)"],
    ["return losses.mean_squared_error(y_true, y_pred)", "return (y_true - y_pred).square().mean(-1)"],
    [
      "return K.binary_crossentropy(y_true, y_pred)",
      'return F.binary_cross_entropy(y_pred.clamp(1e-7, 1 - 1e-7), y_true, reduction="none")',
    ],
  ])("%s", ([line, expected]) => {
    const lines = body(line);
    expect(lines[2]).toBe(`    ${expected}`);
    const scalar = /\.(?:mean|sum)\(\)|\[0, 1\]/.test(expected) && !expected.includes("[0, 1]");
    expect(lines).toContain(
      `loss_fn = lambda outputs, targets: loss(targets, outputs)${scalar ? "" : ".mean()"}`,
    );
  });

  test("take a name where they have none", () => {
    const lines = rest("Dense(1)", "model.compile('sgd', lambda t, p: K.mean(K.abs(t - p), axis=-1))");
    expect(lines.slice(0, 2)).toEqual([
      "criterion = lambda t, p: (t - p).abs().mean(-1)",
      "loss_fn = lambda outputs, targets: criterion(targets, outputs).mean()",
    ]);
  });

  test("beside metrics of whole epochs are objects", () => {
    const lines = rest(
      "Dense(1)",
      "model.compile('sgd', 'mse', metrics=['AUC', lambda t, p: K.mean(t * p)])",
    );
    expect(lines.join("\n")).toContain(
      '"<lambda>": MeanOf(lambda outputs, targets: measure(targets, outputs))',
    );
  });
});

describe("a last activation", () => {
  const model = (loss: string, ...lines: string[]) =>
    own(
      script(
        X,
        "model = Sequential([Dense(3, activation='softmax', input_dim=4)])",
        `model.compile('sgd', ${loss})`,
        ...lines,
      ),
    )[1];

  test("merges into the loss where every use is known", () => {
    expect(model("'categorical_crossentropy'", "model.predict(x)")).toBe(
      "model = nn.Sequential(nn.Linear(4, 3)).to(device)",
    );
  });
  test("and is applied by `predict`", () => {
    const lines = script(
      X,
      "model = Sequential([Dense(3, activation='softmax', input_dim=4)])",
      "model.compile('sgd', 'categorical_crossentropy')",
      "model.predict(x)",
    );
    expect(helper(lines, "predict").join("\n")).toContain("outputs.softmax(-1)");
  });
  test("stays for another loss", () => {
    expect(model("'mse'")).toContain("nn.Softmax(dim=1)");
  });
  test("stays where the model leaves the script", () => {
    const lines = script(
      "def build():",
      "    model = Sequential([Dense(3, activation='softmax', input_dim=4)])",
      "    model.compile('sgd', 'categorical_crossentropy')",
      "    return model",
    );
    expect(own(lines)[1]).toContain("nn.Softmax(dim=1)");
  });
});

describe("optimizers", () => {
  test.for<[string, string]>([
    ["'sgd'", "torch.optim.SGD(model.parameters(), lr=0.01)"],
    ["'adam'", "torch.optim.Adam(model.parameters(), eps=1e-7)"],
    ["'rmsprop'", "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)"],
    ["optimizers.SGD(0.1)", "torch.optim.SGD(model.parameters(), lr=0.1)"],
    ["optimizers.SGD(lr=0.1, momentum=0.9)", "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)"],
    [
      "optimizers.SGD(momentum=0.9, nesterov=True)",
      "torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)",
    ],
    ["optimizers.SGD(nesterov=True)", "torch.optim.SGD(model.parameters(), lr=0.01)"],
    [
      "optimizers.Adam(learning_rate=3e-4, beta_1=0.5)",
      "torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.5, 0.999), eps=1e-7)",
    ],
    ["optimizers.Adam(epsilon=1e-8)", "torch.optim.Adam(model.parameters(), eps=1e-8)"],
    ["optimizers.Adam(amsgrad=True)", "torch.optim.Adam(model.parameters(), eps=1e-7, amsgrad=True)"],
  ])("%s", ([keras, torch]) => {
    expect(rest("Dense(1)", `model.compile(${keras}, 'mse')`)[1]).toBe(`optimizer = ${torch}`);
  });

  test("an optimizer of its own name keeps it, and stands where `compile` stood", () => {
    const lines = own(
      script(
        "rate = 0.1",
        "opt = optimizers.SGD(lr=rate)",
        "model = Sequential([Dense(1, input_dim=4)])",
        "model.compile(loss='mse', optimizer=opt)",
      ),
    );
    expect(lines).toEqual([
      "rate = 0.1",
      "model = nn.Sequential(nn.Linear(4, 1)).to(device)",
      "model.apply(init_weights)",
      "loss_fn = nn.MSELoss()",
      "opt = torch.optim.SGD(model.parameters(), lr=rate)",
    ]);
  });

  test("whose arguments change before `compile` is reported", () => {
    const lines = script(
      "rate = 0.1",
      "opt = optimizers.SGD(rate)",
      "rate = 0.2",
      "model = Sequential([Dense(1, input_dim=4)])",
      "model.compile(opt, 'mse')",
    );
    expect(own(lines).join()).toContain("`rate` changes between");
  });

  test.for(["use_ema=True", "gradient_accumulation_steps=2", "momentum=0.9, colour=3"])(
    "%s is reported",
    (argument) => {
      expect(rest("Dense(1)", `model.compile(optimizers.SGD(${argument}), 'mse')`)).toHaveLength(1);
    },
  );
});

describe("metrics", () => {
  test.for<[string, string, string, string]>([
    [
      "Dense(1, activation='sigmoid')",
      "'binary_crossentropy'",
      "'accuracy'",
      'metrics = {"accuracy": binary_accuracy}',
    ],
    [
      "Dense(5, activation='softmax')",
      "'categorical_crossentropy'",
      "'acc'",
      'metrics = {"acc": categorical_accuracy}',
    ],
    [
      "Dense(5, activation='softmax')",
      "'sparse_categorical_crossentropy'",
      "'accuracy'",
      'metrics = {"accuracy": sparse_categorical_accuracy}',
    ],
    [
      "Dense(5, activation='sigmoid')",
      "'binary_crossentropy'",
      "'binary_accuracy'",
      'metrics = {"binary_accuracy": binary_accuracy}',
    ],
    [
      "Dense(1)",
      "'mse'",
      "'mae', 'mse'",
      'metrics = {"mae": mean_absolute_error, "mse": mean_squared_error}',
    ],
    [
      "Dense(1)",
      "'mse'",
      "metrics.MeanAbsoluteError(name='error')",
      'metrics = {"error": mean_absolute_error}',
    ],
    ["Dense(1, activation='sigmoid')", "'mse'", "'accuracy'", 'metrics = {"accuracy": threshold_accuracy}'],
    ["Dense(1)", "'mse'", "'mape'", 'metrics = {"mape": mean_absolute_percentage_error}'],
    [
      "Dense(1)",
      "'mse'",
      "metrics.RootMeanSquaredError()",
      'metrics = {"root_mean_squared_error": root_mean_squared_error}',
    ],
    [
      "Dense(1, activation='sigmoid')",
      "'mse'",
      "metrics.AUC(), metrics.AUC(name='again'), metrics.AUC()",
      'metrics = {"auc": auc, "again": auc, "auc_1": auc}',
    ],
    [
      "Dense(5, activation='softmax')",
      "'categorical_crossentropy'",
      "'top_k_categorical_accuracy'",
      'metrics = {"top_k_categorical_accuracy": top_k_categorical_accuracy}',
    ],
    ["Dense(1, activation='sigmoid')", "'mse'", "'Precision'", 'metrics = {"precision": precision}'],
  ])("%s, %s, %s", ([last, loss, metric, expected]) => {
    expect(rest(last, `model.compile('sgd', ${loss}, metrics=[${metric}])`)[2]).toBe(expected);
  });

  test.for<[string, string, string]>([
    ["Dense(1)", "'acc', 'acc'", "two metrics of one name"],
    ["Dense(3)", "metrics.MeanIoU(3, axis=1)", "this `axis` of a metric"],
    ["Dense(1)", "metrics.Precision(thresholds=limits)", "this `thresholds` of a metric"],
    ["Dense(1, activation='sigmoid')", "'binary_crossentropy'", "the metric 'binarycrossentropy'"],
    ["Dense(1)", "metrics.MeanRelativeError([1.0])", "what metric this is"],
  ])("%s, %s is reported", ([last, metric, message]) => {
    expect(rest(last, `model.compile('sgd', 'mse', metrics=[${metric}])`).join()).toContain(message);
  });

  test("are got by name, as losses and optimizers are", () => {
    const got = "optimizers.get('sgd'), losses.get('mse'), metrics=[metrics.get('mae')]";
    const named = "'sgd', 'mse', metrics=['mae']";
    expect(rest("Dense(1)", `model.compile(${got})`)).toEqual(rest("Dense(1)", `model.compile(${named})`));
    expect(rest("Dense(1)", `model.compile(${got})`).join()).toContain("loss_fn = nn.MSELoss()");
  });

  test("are removed where they are made before", () => {
    const lines = rest(
      "Dense(1)",
      "scores = [metrics.AUC(), 'mae']",
      "loss = losses.Huber(delta=2)",
      "model.compile('sgd', loss, metrics=scores)",
      "model.evaluate(x, y)",
    );
    expect(lines).toEqual([
      "loss_fn = nn.HuberLoss(delta=2)",
      "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
      'metrics = {"auc": auc, "mae": mean_absolute_error}',
      "evaluate(model, loss_fn, x, y, metrics=metrics)",
    ]);
  });

  test("take the name that the script reads", () => {
    const lines = rest(
      "Dense(1)",
      "model.compile('sgd', 'mse', metrics=['accuracy'])",
      "h = model.fit(x, y)",
      "print(h.history['val_acc'])",
    );
    expect(lines[2]).toContain('{"acc": ');
  });
});

describe("weights", () => {
  const use = (...lines: string[]) => rest("Dense(1)", "model.compile('sgd', 'mse')", ...lines);

  test("take losses one by one, in every call", () => {
    expect(use("model.fit(x, y, class_weight={0: 1., 1: 2.})", "model.evaluate(x, y)")).toEqual([
      'loss_fn = nn.MSELoss(reduction="none")',
      "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)",
      "fit(model, loss_fn, optimizer, x, y, class_weight={0: 1., 1: 2.})",
      "evaluate(model, loss_fn, x, y)",
    ]);
  });

  test.for<[string, string]>([
    ["model.fit(x, y, class_weight='auto')", "a dict of weights by class index"],
    ["model.fit(x, y, class_weight=[1, 2])", "a dict of weights by class index"],
    ["model.fit(x, y, sample_weight=np.ones((9, 4)))", "weights of each step"],
    ["model.fit(x, y, validation_data=(x,))", "not known to be arrays"],
  ])("%s is reported", ([call, message]) => {
    expect(use(call).join()).toContain(message);
  });
});

describe("fit, evaluate and predict", () => {
  const use = (...lines: string[]) => rest("Dense(1)", "model.compile('sgd', 'mse')", ...lines).slice(2);

  test.for<[string, string]>([
    ["model.fit(x, y)", "fit(model, loss_fn, optimizer, x, y)"],
    ["model.fit(x, y, 32, 5)", "fit(model, loss_fn, optimizer, x, y, batch_size=32, epochs=5)"],
    ["model.fit(x, y, nb_epoch=5)", "fit(model, loss_fn, optimizer, x, y, epochs=5)"],
    ["model.fit(x, y, verbose=2)", "fit(model, loss_fn, optimizer, x, y)"],
    ["model.fit([x], y)", "fit(model, loss_fn, optimizer, x, y)"],
    ["model.fit(y=y, x=x)", "fit(model, loss_fn, optimizer, y=y, x=x)"],
    [
      "model.fit(x, y, validation_data=(x, y))",
      "fit(model, loss_fn, optimizer, x, y, validation_data=(x, y))",
    ],
    ["model.fit(x, y, validation_data=None, shuffle=True)", "fit(model, loss_fn, optimizer, x, y)"],
    ["model.fit(x, y, shuffle=False)", "fit(model, loss_fn, optimizer, x, y, shuffle=False)"],
    ["model.fit(*(x, y))", "fit(model, loss_fn, optimizer, *(x, y))"],
    [
      "model.fit(x, y, callbacks=[callbacks.EarlyStopping(patience=2)])",
      "fit(model, loss_fn, optimizer, x, y, callbacks=[EarlyStopping(patience=2)])",
    ],
    [
      "model.fit(x, y, callbacks=callbacks.EarlyStopping(patience=2))",
      "fit(model, loss_fn, optimizer, x, y, callbacks=[EarlyStopping(patience=2)])",
    ],
    ["print(model.evaluate(x, y, verbose=0))", "print(evaluate(model, loss_fn, x, y))"],
    ["p = model.predict(x, batch_size=4)", "p = predict(model, x, batch_size=4)"],
    ["p = model.predict_classes(x)", 'p = (predict(model, x) > 0.5).astype("int32")'],
    ["print(model.metrics_names)", 'print(["loss"])'],
    ["model.summary()", "print(model)"],
  ])("%s", ([keras, torch]) => {
    expect(use(keras)).toEqual([torch]);
  });

  test.for<[string, string]>([
    ["model.fit(x, y, **options)", "are not known"],
    ["model.fit(x, y, validation_data=val)", "not known to be arrays"],
    ["model.fit(x, y, colour=1)", "no such argument"],
    ["model.fit(x)", "on a generator or data set"],
    ["model.fit()", "without `x`"],
    ["model.fit(x, y, callbacks=cb)", "which callbacks these are"],
  ])("%s is reported", ([keras, message]) => {
    expect(
      rest("Dense(1)", "options = val = cb = input()", "model.compile('sgd', 'mse')", keras).join(),
    ).toContain(message);
  });

  test("classes of several outputs", () => {
    const lines = rest(
      "Dense(3, activation='softmax')",
      "model.compile('sgd', 'categorical_crossentropy')",
      "p = model.predict_classes(x)",
    );
    expect(lines.at(-1)).toBe("p = predict(model, x).argmax(-1)");
  });

  test("`verbose` stays only where some trainings are silent and others are not", () => {
    const silent = ["model.fit(x, y, verbose=0)", "model.fit(x, y, verbose=0)"];
    expect(use(...silent).join()).not.toContain("verbose");
    expect(use(...silent.slice(1), "model.fit(x, y)")).toEqual([
      "fit(model, loss_fn, optimizer, x, y, verbose=0)",
      "fit(model, loss_fn, optimizer, x, y)",
    ]);
  });

  test("a second `compile` takes the same variables", () => {
    expect(use("model.fit(x, y)", "model.compile('adam', 'mse')", "model.fit(x, y)")).toEqual([
      "fit(model, loss_fn, optimizer, x, y)",
      "loss_fn = nn.MSELoss()",
      "optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)",
      "fit(model, loss_fn, optimizer, x, y)",
    ]);
  });
});

describe("the history", () => {
  const use = (...lines: string[]) =>
    rest("Dense(1)", "model.compile('sgd', 'mse')", "h = model.fit(x, y)", ...lines).slice(3);

  test.for<[string, string]>([
    ["print(h.history['loss'])", "print(h['loss'])"],
    ["print((h).history)", "print((h))"],
    ["d = h.history", "d = h"],
    ["print(h.epoch)", "print(h.epoch)"],
  ])("%s", ([keras, torch]) => {
    expect(use(keras)).toEqual([torch]);
  });

  test("is an object where it leaves what is followed", () => {
    expect(use("import pickle", "pickle.dump(h, open('h', 'wb'))", "print(h.history['loss'])").at(-1)).toBe(
      "print(h.history['loss'])",
    );
  });
});

describe("what data become", () => {
  const body = (model: string, name: string, data: string, loss = "'mse'") =>
    helper(
      script(
        `x, y = ${data}`,
        `model = Sequential([${model}])`,
        `model.compile('sgd', ${loss})`,
        "model.fit(x, y)",
      ),
      name,
    )
      .at(-1)
      ?.trim();

  test.for<[string, string, string, string]>([
    [
      "as they are",
      "Dense(1, input_dim=4)",
      "np.zeros((9, 4)), np.zeros((9, 1))",
      "return torch.as_tensor(x, dtype=torch.float32)",
    ],
    [
      "a channel is turned to the front",
      "Conv2D(1, 3, input_shape=(8, 8, 3)), Flatten(), Dense(1)",
      "np.zeros((9, 8, 8, 3)), np.zeros((9, 1))",
      "return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)",
    ],
    [
      "a missing channel is added",
      "Conv2D(1, 3, input_shape=(8, 8, 1)), Flatten(), Dense(1)",
      "np.zeros((9, 8, 8)), np.zeros((9, 1))",
      "return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8)",
    ],
    [
      "a missing feature is added",
      "LSTM(2, input_shape=(8, 1)), Dense(1)",
      "np.zeros((9, 8)), np.zeros((9, 1))",
      "return torch.as_tensor(x, dtype=torch.float32).reshape(-1, 8, 1)",
    ],
    [
      "indices are integers",
      "Embedding(9, 2, input_length=8), Flatten(), Dense(1)",
      "np.zeros((9, 8)), np.zeros((9, 1))",
      "return torch.as_tensor(x, dtype=torch.long)",
    ],
    [
      "data of unknown kind are arrays first",
      "Dense(1, input_dim=4)",
      "input()",
      "return torch.as_tensor(np.asarray(x), dtype=torch.float32)",
    ],
  ])("%s", ([, model, data, expected]) => {
    expect(body(model, "to_inputs", data)).toBe(expected);
  });

  test.for<[string, string, string, string, string]>([
    [
      "targets of rank 1 for one output",
      "Dense(1, input_dim=4)",
      "np.zeros((9, 4)), np.zeros(9)",
      "'mse'",
      "return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)",
    ],
    [
      "targets of rank 2",
      "Dense(1, input_dim=4)",
      "np.zeros((9, 4)), np.zeros((9, 1))",
      "'mse'",
      "return torch.as_tensor(y, dtype=torch.float32).reshape(-1, 1)",
    ],
    [
      "targets of unknown rank",
      "Dense(1, input_dim=4)",
      "input()",
      "'mse'",
      "return torch.as_tensor(np.asarray(y), dtype=torch.float32).reshape(len(y), 1)",
    ],
    [
      "class indices",
      "Dense(3, activation='softmax', input_dim=4)",
      "np.zeros((9, 4)), np.zeros(9)",
      "'sparse_categorical_crossentropy'",
      "return torch.as_tensor(y, dtype=torch.long)",
    ],
    [
      "class indices in a column",
      "Dense(3, activation='softmax', input_dim=4)",
      "np.zeros((9, 4)), np.zeros((9, 1))",
      "'sparse_categorical_crossentropy'",
      "return torch.as_tensor(y, dtype=torch.long).reshape(-1)",
    ],
  ])("%s", ([, model, data, loss, expected]) => {
    expect(body(model, "to_targets", data, loss)).toBe(expected);
  });

  test("data of another rank are reported", () => {
    const lines = script(
      "model = Sequential([Dense(1, input_shape=(8, 8))])",
      "model.compile('sgd', 'mse')",
      "model.fit(np.zeros((9, 4, 4, 2)), np.zeros((9, 8, 1)))",
    );
    expect(own(lines)).toHaveLength(1);
  });
});

test("a compiled model that another file trains carries what it is compiled with", () => {
  const lines = script(
    "def build(n):",
    "    model = Sequential()",
    "    model.add(Dense(n, activation='softmax', input_shape=(4,)))",
    "    model.compile('sgd', 'categorical_crossentropy')",
    "    return model",
  );
  expect(own(lines)).toContain("    model.loss_fn = F.cross_entropy");
  expect(own(lines)).toContain("    model.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)");
  expect(converted(lines).diagnostics.map(({ message }) => message)).toContain(
    "code of another file trains this model: loss, optimizer and metrics are attributes of it; its loss is that of what comes before its last activation",
  );
});

test.for(["precision", "recall", "fbeta_score"])("Keras 1 computes %s of batches", (name) => {
  const lines = [
    "from keras.models import Sequential",
    "from keras.layers.core import Dense",
    "model = Sequential([Dense(1, input_dim=4, init='uniform', activation='sigmoid')])",
    `model.compile('sgd', 'binary_crossentropy', metrics=['${name}'])`,
    "model.fit(x, y, nb_epoch=2)",
  ];
  expect(reports(lines)).toContainEqual(expect.stringContaining("the mean over batches"));
});

test("annotations of models follow", () => {
  const lines = script(
    "def show(model: Sequential) -> Sequential:",
    "    return model",
    "model: Sequential = Sequential([Dense(1, input_dim=4)])",
  );
  expect(own(lines)).toContain("def show(model: nn.Sequential) -> nn.Sequential:");
});

describe("a loss that is called on arrays", () => {
  const called = (made: string, ...lines: string[]) =>
    script(
      "import tensorflow as tf",
      "from keras.datasets import mnist",
      "(x, y), _ = mnist.load_data()",
      "model = Sequential([Flatten(input_shape=(28, 28)), Dense(10)])",
      "predictions = model(x[:1]).numpy()",
      `loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(${made})`,
      ...lines,
      "model.compile('adam', loss=loss_fn)",
      "model.fit(x, y)",
    );
  const CALL = "print(loss_fn(y[:1], predictions).numpy())";
  const TARGETS = "torch.as_tensor(y[:1], dtype=torch.long)";

  test.for<[string, string]>([
    ["from_logits=True", "torch.as_tensor(predictions)"],
    ["", "torch.as_tensor(predictions).clamp(1e-7, 1 - 1e-7).log()"],
  ])("SparseCategoricalCrossentropy(%s)", ([made, outputs]) => {
    expect(own(called(made, CALL))).toContain(`print(F.cross_entropy(${outputs}, ${TARGETS}).item())`);
  });

  test("options are reported", () => {
    expect(reports(called("from_logits=True, ignore_class=1", CALL))).toContainEqual(
      expect.stringContaining("a loss with these options"),
    );
  });
});

describe("the accuracy is called as the script reads it", () => {
  const fitted = (...lines: string[]) =>
    own(
      script(
        ...lines.filter((line) => line.startsWith("def ") || line.startsWith(" ")),
        "model = Sequential([Dense(1, activation='sigmoid', input_dim=3)])",
        "model.compile('sgd', 'binary_crossentropy', metrics=['accuracy'])",
        "history = model.fit(np.zeros((9, 3)), np.zeros((9, 1)), validation_split=0.5)",
        ...lines.filter((line) => !line.startsWith("def ") && !line.startsWith(" ")),
      ),
    );

  test.for<[string, string, string[]]>([
    [
      "acc",
      "by a name",
      ["def show(history, name):", "    print(history.history[name])", "show(history, 'acc')"],
    ],
    ["acc", "by get", ["print(history.history.get('val_acc'))"]],
    ["acc", "elsewhere", ["from plots import show", "show(history, 'acc', 'val_acc')"]],
    ["accuracy", "elsewhere", ["from plots import show", "show(history, 'val_accuracy', label='val_acc')"]],
    ["accuracy", "beside a label", ["print(history.history['accuracy'], 'val_acc')"]],
  ])("%s, %s", ([name, , lines]) => {
    expect(fitted(...lines)).toContain(`metrics = {"${name}": binary_accuracy}`);
  });
});
