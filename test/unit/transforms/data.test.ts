/** Data around a model: TensorFlow's functions as NumPy's, texts, images, and what sets TensorFlow up. */
import { describe, expect, test } from "vitest";
import { helper, named, own, reports, script } from "../support.ts";

const TF = "import tensorflow as tf";
/** A script with known arrays: `p` (6, 3) of floats, `n` (6,) of integers, `f` a table. */
const data = (...lines: string[]) =>
  script(
    TF,
    "from keras import ops",
    "import pandas as pd",
    "p = np.random.rand(6, 3)",
    "n = np.arange(6).astype('int64')",
    "f = pd.read_csv('x.csv')",
    ...lines,
  );
const KNOWN = 3;
const become = (...lines: string[]) => own(data(...lines)).slice(KNOWN);

describe("functions of TensorFlow on NumPy data", () => {
  test.for<[string, string]>([
    ["tf.argmax(p)", "np.argmax(p, axis=0)"],
    ["tf.argmax(p, 1)", "np.argmax(p, axis=1)"],
    ["tf.math.argmax(input=p, axis=-1, output_type=tf.int32)", 'np.argmax(p, axis=-1).astype("int32")'],
    ["tf.argmax(p[0])", "np.argmax(p[0])"],
    ["K.argmax(p)", "np.argmax(p, axis=-1)"],
    ["ops.argmax(p)", "np.argmax(p)"],
    ["tf.argmax(p, axis=1).numpy()", "np.argmax(p, axis=1)"],
    ["tf.squeeze(tf.round(p)).numpy()", "np.squeeze(np.round(p))"],
    ["tf.squeeze(f)", "np.squeeze(np.asarray(f))"],
    ["tf.reduce_sum(p, axis=[0, 1])", "np.sum(p, axis=(0, 1))"],
    ["tf.reduce_mean([1.5, 2.5])", 'np.mean(np.asarray([1.5, 2.5], dtype="float32"))'],
    ["tf.reduce_max(p, reduction_indices=1)", "np.max(p, axis=1)"],
    ["tf.cast(p + 1, tf.int32)", '(p + 1).astype("int32")'],
    ["tf.one_hot(n, depth=6)", '(n[..., None] == np.arange(6)).astype("float32")'],
    ["tf.expand_dims(p, 0)", "np.expand_dims(p, axis=0)"],
    ["tf.constant([[1, 2]])", 'np.array([[1, 2]], dtype="int32")'],
    ["tf.constant(p)", "np.array(p)"],
    ["tf.where(p > 0.5)", "np.argwhere(p > 0.5)"],
    ["tf.where(p > 0.5, 1.0, 0.0)", "np.where(p > 0.5, 1.0, 0.0)"],
    ["K.sqrt(p)", "np.sqrt(np.maximum(p, 0))"],
    ["K.concatenate([p, p])", "np.concatenate([p, p], axis=-1)"],
    ["tf.random.normal((2, 3))", "torch.randn((2, 3)).numpy()"],
    ["tf.random.normal([2], stddev=0.5)", "torch.normal(0, 0.5, [2]).numpy()"],
    ["tf.random.uniform([4], -1, 1)", "torch.empty([4]).uniform_(-1, 1).numpy()"],
    ["tf.random.uniform([4], 0, 9, tf.int64, seed=1)", "torch.randint(0, 9, [4]).numpy()"],
    ["tf.range(0.0, 1.0, 0.1)", "float_range(0.0, 1.0, 0.1)"],
    ["tf.range(2.5)", "float_range(0, 2.5)"],
    ["tf.range(0, tf.shape(p)[0], dtype=tf.int64)", 'np.arange(0, np.array(np.shape(p))[0], dtype="int64")'],
    ["tf.Variable(p)", "np.array(p)"],
    ["p[tf.newaxis, ...]", "p[None, ...]"],
    ["tf.argmax(p, 1).eval()", "np.argmax(p, axis=1)"],
    ["tf.keras.losses.MAE(n, p[:, 0])", "np.mean(np.abs(n - p[:, 0]), axis=-1)"],
    ["tf.nn.softmax(p[0])", "torch.softmax(torch.as_tensor(p[0]), -1).numpy()"],
    ["ops.convert_to_numpy(ops.exp(p))", "np.exp(p)"],
    ["K.get_value(tf.abs(p))", "np.abs(p)"],
  ])("%s", ([before, after]) => {
    expect(become(`r = ${before}`)).toEqual([`r = ${after}`]);
  });

  test("are evaluated in a session no more", () => {
    const lines = ["c = tf.argmax(p, 1)", "s = tf.InteractiveSession()", "c = c.eval(session=s)", "print(c)"];
    expect(become(...lines)).toEqual(["c = np.argmax(p, axis=1)", "print(c)"]);
  });

  test.for<[string, string[]]>([
    ["is used in training", ["def f(a):", "    return tf.abs(a)", "m.compile(loss=f, optimizer='sgd')"]],
    ["nobody calls, in a file that trains nothing", ["def f(a):", "    return tf.exp(a)"]],
  ])("stay where a function %s", ([, lines]) => {
    expect(become(...lines).join("\n")).not.toContain("np.abs(np.asarray(a))");
  });

  test("are NumPy's in a function that a script which trains calls nowhere", () => {
    const lines = ["def f(a):", "    return tf.exp(a)", "m = Sequential([Dense(1, input_shape=(3,))])"];
    const out = become(...lines, "m.compile('sgd', 'mse')", "m.fit(p, n)");
    expect(out).toContain("    return np.exp(np.asarray(a))");
  });

  test("take rows of Keras 1's `slice_X`", () => {
    const lines = ["from keras.engine.training import slice_X", "a = slice_X(p, 0, 2)", "b = slice_X(p, 2)"];
    expect(become(...lines)).toEqual(["a = p[0:2]", "b = p[2:]"]);
  });

  test.for<[string, string[], string]>([
    ["from another file", ["from own import u", "r = tf.squeeze(u)"], "r = np.squeeze(np.asarray(u))"],
    [
      "in a function that is called only",
      ["from own import u", "def f(a):", "    return tf.abs(a)", "r = f(u)"],
      "    return np.abs(np.asarray(a))",
    ],
    [
      "in a function that draws",
      ["import matplotlib.pyplot as plt", "def f(a):", "    plt.plot(tf.squeeze(a))"],
      "    plt.plot(np.squeeze(np.asarray(a)))",
    ],
  ])("on what is not known: %s", ([, lines, after]) => {
    expect(become(...lines)).toContain(after);
  });

  test("arguments keep their lines", () => {
    expect(become("r = tf.argmax(", "    p,", "    axis=1)")).toEqual(["r = np.argmax(p,", "    axis=1)"]);
    expect(become("r = tf.clip_by_value(p,", "                     0.1, 0.9)")).toEqual([
      "r = np.clip(p,",
      "                     0.1, 0.9)",
    ]);
  });

  test.for<[string, string]>([
    ["tf.argmax(p, axis=1)", "tensor(6) int"],
    ["tf.squeeze(tf.expand_dims(p, -1))", "tensor(6, 3) float"],
    ["tf.one_hot(n, 4)", "tensor(6, 4) float"],
    ["tf.cast(p, 'uint8').numpy()", "ndarray(6, 3) uint8"],
    ["tf.reduce_sum(p, axis=1, keepdims=True)", "tensor(6, 1) float"],
  ])("%s is known to be %s", ([call, type]) => {
    expect(named(data(`r = ${call}`), "r")).toBe(type);
  });
});

describe("calls that stay", () => {
  const STAYS = /^\d+:\d+ `(tf|K)[.\w]+` stays: what it is given is not known to be NumPy data/;

  test.for<[string, string[]]>([
    ["unknown parameters", ["def f(y_true, y_pred):", "    return tf.reduce_mean(y_true - y_pred)"]],
    [
      "constants beside unknown parameters",
      ["def f(y_true):", "    return y_true * tf.constant([1.0, 2.0])"],
    ],
    [
      "in a function that is handed on",
      ["from own import u", "def f(a):", "    return tf.abs(a)", "r = f(u)", "g = map(f, u)"],
    ],
    ["a mean of what is not known", ["from own import u", "r = tf.reduce_mean(u)"]],
    ["a mean of integers", ["r = tf.reduce_mean(n)"]],
    ["a sum of numbers of unknown type", ["r = tf.reduce_sum(f)"]],
    ["texts", ["r = tf.constant('a')"]],
    ["spread arguments", ["r = tf.argmax(*[p, 1])"]],
    ["one-hot along another axis", ["r = tf.one_hot(n, 3, axis=0)"]],
  ])("%s", ([, lines]) => {
    const found = reports(data(...lines));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(STAYS);
  });

  test("what only tensors have is reported, and what shows their kind noted", () => {
    expect(reports(data("t = tf.abs(p)", "print(t)", "s = t.shape.as_list()", "d = t.device"))).toEqual([
      "13:7 this prints a NumPy array where it printed `tf.Tensor(...)`: the numbers are the same",
      "15:5 `device` is of a tensor, but its value is a NumPy array after the conversion",
    ]);
  });
});

describe("texts and images", () => {
  const TEXT = "from keras.preprocessing.text import Tokenizer";

  test("a tokenizer keeps only the methods that the script calls", () => {
    const lines = script(
      TEXT,
      "t = Tokenizer(nb_words=9)",
      "t.fit_on_texts(['a b'])",
      "x = t.texts_to_sequences(['a'])",
    );
    expect(own(lines)[0]).toBe("t = Tokenizer(num_words=9)");
    const methods = (all: readonly string[]) => all.flatMap((line) => /def (\w+)/.exec(line)?.[1] ?? []);
    expect(methods(helper(lines, "Tokenizer"))).toEqual([
      "__init__",
      "words",
      "fit_on_texts",
      "texts_to_sequences",
    ]);
    const matrix = [...lines, "m = t.texts_to_matrix(['a'], mode='tfidf')"];
    expect(methods(helper(matrix, "Tokenizer")).slice(4)).toEqual(["texts_to_matrix", "sequences_to_matrix"]);
    expect(helper(matrix, "Tokenizer").join("\n")).toContain("document_count");
    expect(named(matrix, "m")).toBe("ndarray(None, None) float");
  });

  test("what a helper works out itself stays a variable", () => {
    const line = "from keras.preprocessing.sequence import pad_sequences, skipgrams";
    expect(helper(script(line, "x = pad_sequences([[1]])"), "pad_sequences")).toContain(
      "    maxlen = max(map(len, sequences))",
    );
    expect(helper(script(line, "x = skipgrams([1, 2], 5)"), "skipgrams").join("\n")).toContain(
      "seed = random.randint(0, int(10e6))",
    );
  });

  test.for<[string, string, RegExp | string]>([
    ["keras.utils", "keras.utils.get_file('a.txt', origin='u')", "r = get_file('a.txt', origin='u')"],
    [
      "keras.preprocessing.image",
      "keras.preprocessing.image.load_img('a.png', target_size=(8, 8))",
      "r = load_img('a.png', target_size=(8, 8))",
    ],
    [
      "keras.preprocessing.image",
      "keras.preprocessing.image.load_img('a.png', grayscale=True)",
      /`grayscale` is not supported/,
    ],
    [
      "keras.preprocessing.image",
      "keras.preprocessing.image.img_to_array(n, data_format='channels_first')",
      /`data_format` of images/,
    ],
    [
      "keras.utils",
      "keras.utils.get_file('a.zip', origin='u', hash_algorithm='md5')",
      /`hash_algorithm` is not supported/,
    ],
  ])("%s: %s", ([module, call, expected]) => {
    const [line] = own([`import ${module}`, `r = ${call}`]);
    if (typeof expected === "string") expect(line).toBe(expected);
    else expect(line).toMatch(expected);
  });
});

describe("TensorFlow's setup", () => {
  const GROWTH = [
    "gpus = tf.config.list_physical_devices('GPU')",
    "if gpus:",
    "    try:",
    "        for gpu in gpus:",
    "            tf.config.experimental.set_memory_growth(gpu, True)",
    "        print(len(gpus), 'GPUs')",
    "    except RuntimeError as e:",
    "        print(e)",
  ];
  const SESSION = [
    "config = tf.compat.v1.ConfigProto()",
    "config.gpu_options.allow_growth = True",
    "sess = tf.compat.v1.Session(config=config)",
    "K.set_session(sess)",
  ];

  test.for<[string, string[], string[]]>([
    ["memory growth", GROWTH, []],
    ["a session", SESSION, []],
    [
      "log levels",
      ["tf.get_logger().setLevel('ERROR')", "tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)"],
      [],
    ],
    ["a required version", ["assert tf.__version__ >= '2.0'"], []],
    ["a printed version", ["print('TF', tf.__version__)"], ["print('TF', torch.__version__)"]],
    [
      "a version shown by a notebook",
      ["tf.__version__", "print('TF ' + str(tf.VERSION))"],
      ["torch.__version__", "print('TF ' + str(torch.__version__))"],
    ],
    [
      "a function that would be empty",
      ["def setup():", ...SESSION.map((line) => `    ${line}`), "setup()"],
      ["def setup():", "    pass", "setup()"],
    ],
    [
      "devices that are counted elsewhere",
      [...GROWTH, "print(len(gpus))"],
      ["gpus = list(range(torch.cuda.device_count()))", "print(len(gpus))"],
    ],
    [
      "GPUs in prints",
      ["print(len(tf.config.experimental.list_physical_devices('GPU')), tf.test.is_gpu_available())"],
      ["print(torch.cuda.device_count(), torch.cuda.is_available())"],
    ],
    [
      "other code in the conditional",
      ["gpus = tf.config.list_physical_devices('GPU')", "if gpus:", "    np.random.seed(1)"],
      ["gpus = list(range(torch.cuda.device_count()))", "if gpus:", "    np.random.seed(1)"],
    ],
    ["seeds", ["import random", "K.clear_session()", "tf.random.set_seed(1)"], ["torch.manual_seed(1)"]],
  ])("%s", ([, before, after]) => {
    expect(own(script(TF, "a = 1", ...before))).toEqual(["a = 1", ...after]);
  });

  test("what a session computes, and what a version decides, is reported", () => {
    expect(
      reports(script(TF, ...SESSION, "sess.run(tf.compat.v1.global_variables_initializer())")),
    ).not.toEqual([]);
    expect(reports(script(TF, "if tf.__version__ < '2.0':", "    a = 1"))).toEqual([
      "7:4 `tf.__version__` is not supported yet",
    ]);
  });

  test("a drawing of the model is left out", () => {
    const lines = [
      "from keras.utils.vis_utils import model_to_dot",
      "from keras.layers import Dense",
      "from keras.models import Sequential",
      "model = Sequential([Dense(1, input_dim=3)])",
      "SVG(model_to_dot(model, show_shapes=True).create(prog='dot', format='svg'))",
    ];
    expect(reports(script(...lines))).toEqual([
      "10:5 the drawing of the model is left out: PyTorch has none",
    ]);
    expect(reports(script(...lines, "dot = model_to_dot(model)"))).toContainEqual(
      expect.stringContaining("has no meaning in PyTorch"),
    );
  });

  test("a choice of devices is noted", () => {
    const lines = script(TF, "a = 1", "tf.config.set_visible_devices([], 'GPU')");
    expect(reports(lines)).toEqual([expect.stringContaining("CUDA_VISIBLE_DEVICES")]);
    expect(own(lines)).toEqual(["a = 1"]);
  });
});
