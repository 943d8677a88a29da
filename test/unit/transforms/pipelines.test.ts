/** `tf.data` pipelines: what has a translation, and what is reported. */
import { describe, expect, test } from "vitest";
import { helper, own, reports, script } from "../support.ts";

/** Rows `rows`, batches `ds` and shuffled rows `mixed` of arrays `p` (6, 3) and `n` (6,). */
const data = (...lines: string[]) =>
  script(
    "import tensorflow as tf",
    "p = np.random.rand(6, 3).astype('float32')",
    "n = np.arange(6)",
    "rows = tf.data.Dataset.from_tensor_slices((p, n))",
    "series = tf.data.Dataset.from_tensor_slices(n)",
    "mixed = rows.shuffle(6)",
    "ds = mixed.batch(2)",
    ...lines,
  );
const KNOWN = 6;
const become = (...lines: string[]) => own(data(...lines)).slice(KNOWN);

describe("what goes through a data set gets arrays", () => {
  test.for<[string, string]>([
    ["for x, y in ds: print(x.numpy())", "for x, y in as_arrays(ds): print(x)"],
    ["for x, y in ds.take(1): pass", "for x, y in as_arrays(ds, 1): pass"],
    ["x, y = next(iter(ds))", "x, y = next(as_arrays(ds))"],
    ["x, y = next(iter(ds.take(2)))", "x, y = next(as_arrays(ds, 2))"],
    ["labels = [y for _, y in rows]", "labels = [y for _, y in as_arrays(rows)]"],
    ["a = list(series.as_numpy_iterator())", "a = list(as_arrays(series))"],
    [
      "for i, (x, y) in enumerate(rows.take(2)): pass",
      "for i, (x, y) in enumerate(as_arrays(rows, 2)): pass",
    ],
  ])("%s", ([line, expected]) => {
    expect(become(line)).toEqual([expected]);
  });
});

test.for<[string, string]>([
  ["for x, y in mixed: pass", "a loop over rows that are shuffled one by one"],
  ["w = series.window(3, shift=1)", "shorter windows at the end"],
  ["w = series.window(3, drop_remainder=True, stride=2)", "windows that leave rows out"],
  ["w = mixed.window(3, drop_remainder=True)", "windows over anything else than arrays as they are"],
  ["for w in series.window(3, drop_remainder=True): pass", "windows that are not put together"],
  [
    "w = series.window(3, drop_remainder=True).flat_map(lambda w: w.batch(4))",
    "with the size of the windows is supported",
  ],
  ["r = rows.shuffle(9, seed=1).repeat()", "a `seed` for the order of rows that are repeated"],
  ["r = rows.repeat().take(3)", "of what can only be gone through is supported in loops only"],
  ["z = tf.data.Dataset.zip((rows, rows))", "only data sets of one array each"],
  ["m = rows.map(lambda x, y: (x[::2], y))", "what this does to tensors has no translation"],
  ["f(ds)", "what this function does with a data set is not known"],
])("%s is reported", ([line, reason]) => {
  expect(reports(data(line))).toEqual(expect.arrayContaining([expect.stringContaining(reason)]));
});

describe("images that change at random in a data set", () => {
  const images = [
    "import tensorflow as tf",
    "a = Sequential([RandomFlip('horizontal')])",
    "ds = tf.data.Dataset.from_tensor_slices((np.zeros((6, 4, 4, 3)), np.arange(6)))",
  ];
  const line = (...lines: string[]) => own(script(...images, ...lines));

  test("are changed where they are had, batch by batch or one by one", () => {
    expect(line("b = ds.batch(2).map(lambda x, y: (a(x, training=True), y))").join("\n")).toContain(
      "lambda x, y: (augment(a, x), y)",
    );
    expect(line("b = ds.map(lambda x, y: (a(x), y)).batch(2)").join("\n")).toContain("MappedRows(");
  });

  test.for<[string, string]>([
    ["b = ds.batch(2).map(lambda x, y: (a(x), y)).cache()", "`cache` after random changes"],
    ["b = ds.map(lambda x, y: (a(x), y)).batch(2).cache()", "`cache` after random changes"],
    ["b = ds.map(lambda x, y: (a(x, training=False), y))", "what this does to tensors"],
    [
      "b = ds.map(lambda x, y: (Sequential([Flatten()])(x), y))",
      "the input shape of this model is not known",
    ],
  ])("%s is reported", ([last, reason]) => {
    expect(line(last).join("\n")).toContain(reason);
  });
});

describe("texts in a data set", () => {
  const lines = (...more: string[]) =>
    script(
      "import tensorflow as tf",
      "t, n = ['a b', 'c'], np.array([0, 1])",
      "ds = tf.data.Dataset.from_tensor_slices((t, n)).batch(2)",
      "v = TextVectorization(output_sequence_length=3)",
      ...more,
    );
  const become = (...more: string[]) => own(lines(...more)).slice(1);

  test("are tuples, from which layers take their vocabulary and of which they make arrays", () => {
    expect(become("v.adapt(ds.map(lambda x, y: x))", "m = ds.map(lambda x, y: (v(x), y))")).toEqual([
      "ds = DataLoader(list(zip(t, n)), batch_size=2)",
      "v = TextVectorization(output_sequence_length=3)",
      "v.adapt([text for x, y in ds for text in x])",
      "m = MappedBatches(ds, lambda x, y: (v(x), y))",
    ]);
  });

  test("are bytes in loops, as TensorFlow has them", () => {
    const looped = lines("for x, y in ds: print(x.numpy(), y.numpy())");
    expect(own(looped).at(-1)).toBe("for x, y in as_arrays(ds): print(x, y)");
    expect(helper(looped, "as_array").join("\n")).toContain("part.encode()");
  });

  test("alone are samples of one part", () => {
    expect(become("x = ds.map(lambda x, y: x)", "v.adapt(x)").slice(-2)).toEqual([
      "x = MappedBatches(ds, lambda x, y: (x,))",
      "v.adapt([text for (batch,) in x for text in batch])",
    ]);
  });

  test.for<[string, string]>([
    ["m = ds.map(lambda x, y: (x + 1, y))", "what this does to tensors"],
    ["m = ds.map(lambda x, y: (tf.cast(v(x), tf.float32), y))", "what this does to tensors"],
    ["m = ds.unbatch().map(lambda x, y: (tf.expand_dims(x, -1), y))", "`unbatch` of a data set"],
    ["v.adapt(ds)", "only arrays"],
    ["w = TextVectorization(standardize=lambda s: s + 'a')", "what this function does to texts"],
    ["w = TextVectorization(standardize=lambda s: tf.strings.regex_replace(s, 'a$', ''))", "something else"],
    ["w = TextVectorization(split=lambda s: tf.strings.split(s, ','))", "`split` is supported as"],
  ])("%s is reported", ([line, reason]) => {
    expect(own(lines(line)).join("\n")).toContain(reason);
  });
});

test.for<[string, string[], string]>([
  [
    "images of a folder",
    ["data = images.flow_from_directory('train', target_size=(8, 9))"],
    "nn.Linear(216, 5)",
  ],
  ["images of an array", ["data = images.flow(np.zeros((9, 8, 9, 1)), np.zeros(9))"], "nn.Linear(72, 5)"],
  [
    "a data set",
    ["data = tf.data.Dataset.from_tensor_slices((np.zeros((9, 4)), np.zeros(9))).batch(3)"],
    "nn.Linear(4, 5)",
  ],
])("a model that declares no input takes that of its batches: %s", ([, data, layer]) => {
  const lines = script(
    "import tensorflow as tf",
    "from keras.preprocessing.image import ImageDataGenerator",
    "images = ImageDataGenerator()",
    ...data,
    "model = Sequential([Flatten(), Dense(5, activation='softmax')])",
    "model.compile('sgd', 'sparse_categorical_crossentropy')",
    "model.fit(data, epochs=2, validation_freq=1, callbacks=[callbacks.EarlyStopping('loss')])",
  );
  const output = own(lines).join("\n");
  expect(output).toContain(layer);
  expect(output).toContain("data, epochs=2, callbacks=[EarlyStopping('loss')])");
});
