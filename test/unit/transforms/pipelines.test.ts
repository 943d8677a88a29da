/** `tf.data` pipelines: what has a translation, and what is reported. */
import { describe, expect, test } from "vitest";
import { own, reports, script } from "../support.ts";

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
  ["m = rows.map(lambda x, y: (x[::2], y))", "what this function does to samples has no translation"],
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
    ["b = ds.map(lambda x, y: (a(x, training=False), y))", "what this function does to samples"],
    ["b = ds.map(lambda x, y: (Sequential([Flatten()])(x), y))", "what this function does to samples"],
  ])("%s is reported", ([last, reason]) => {
    expect(line(last).join("\n")).toContain(reason);
  });
});
