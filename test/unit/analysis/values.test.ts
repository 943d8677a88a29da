/** What names are known to be: arithmetic, imports, control flow, functions, classes and arrays. */
import { describe, expect, test } from "vitest";
import { analysed, named, shapes } from "../support.ts";

type Row = readonly [script: string, value: string];
const check = ([script, value]: Row) => expect(named(`${script}\n`, "v")).toBe(value);

describe("operators", () => {
  test.for<Row>([
    ["v = 7 // 2 * 3 - -1", "10"],
    ["v = -7 // 2", "-4"],
    ["v = -7 % 3", "2"],
    ["v = 2 ** 3", "8"],
    ["v = 7 / 2", "3.5f"],
    ["v = 1 / 0", "float"],
    ["v = int(7 / 2)", "3"],
    ["v = 'a' + 'b'", '"ab"'],
    ["v = (1, 2) + (3,)", "(1, 2, 3)"],
    ["v = [0] * 3", "[0, 0, 0]"],
    ["v = 3 > 2", "True"],
    ["v = 'a' in ['a', 'b']", "True"],
    ["v = 3 not in (1, 2)", "True"],
    ["v = None is None", "True"],
    ["v = not 0", "True"],
    ["v = 0 or 5", "5"],
    ["v = 1 and 'x'", '"x"'],
    ["v = 1 if 2 > 3 else 4", "4"],
    ["v = [1, 2, 3][-1]", "3"],
    ["v = (1, 2, 3, 4)[1:3]", "(2, 3)"],
    ["v = {'a': 1}['a']", "1"],
    ["v = len([1, 2])", "2"],
    ["a, (b, v) = 1, (2, 3)", "3"],
    ["v = w = 3", "3"],
    ["v = 3\nv += 2", "5"],
    ["v = (w := 5) + 1", "6"],
  ])("%s", check);
});

describe("names from imports", () => {
  test.for<Row>([
    ["from keras.layers import Dense as v", "keras.layers.Dense"],
    ["import keras.layers as L\nv = L.Dense", "keras.layers.Dense"],
    ["import keras\nv = keras.layers.Dense", "keras.layers.Dense"],
    ["from keras import layers\nv = layers.Dense", "keras.layers.Dense"],
    ["from tensorflow.keras.layers import Dense\nv = Dense", "keras.layers.Dense"],
    ["from tensorflow.python.keras.layers import Dense\nv = Dense", "keras.layers.Dense"],
    ["import tensorflow as tf\nv = tf.keras.layers.Dense", "keras.layers.Dense"],
    ["import tensorflow as tf\nk = tf.keras\nL = k.layers\nv = L.Dense", "keras.layers.Dense"],
    ["from tensorflow import keras\nv = keras.layers.Dense", "keras.layers.Dense"],
    ["from keras.layers import *\nv = Dense", "keras.layers.Dense"],
    ["from keras.layers.core import Dense\nv = Dense", "keras.layers.Dense"],
    ["from keras.layers.convolutional import Conv2D\nv = Conv2D", "keras.layers.Conv2D"],
    ["from keras.layers.recurrent import LSTM\nv = LSTM", "keras.layers.LSTM"],
    ["from keras.utils.np_utils import to_categorical\nv = to_categorical", "keras.utils.to_categorical"],
    ["from keras.utils import np_utils\nv = np_utils.to_categorical", "keras.utils.to_categorical"],
    [
      "try:\n    from keras.layers import Dense\nexcept ImportError:\n    from tensorflow.keras.layers import Dense\nv = Dense",
      "keras.layers.Dense | keras.layers.Dense",
    ],
    ["from .keras import Dense as v", "?"],
  ])("%s", check);
});

describe("control flow", () => {
  test.for<Row>([
    ["import sys\nif sys.argv:\n    v = 1\nelse:\n    v = 2", "int"],
    ["import sys\nif sys.argv:\n    v = 'a'\nelse:\n    v = 'b'", '"a" | "b"'],
    ["import sys\nv = 1\nif sys.argv:\n    v = 1", "1"],
    ["if True:\n    v = 1\nelse:\n    v = 2", "1"],
    ["if __name__ == '__main__':\n    v = 1", "1"],
    ["import sys\nif not sys.argv:\n    v = 2\n    raise SystemExit\nelse:\n    v = 1", "1"],
    ["v = 1\nfor _ in range(3):\n    v = v * 2", "int"],
    ["v = 3\nfor _ in range(3):\n    w = v", "3"],
    ["v = 1\nwhile v < 10:\n    v += 1", "int"],
    ["try:\n    v = 1\nexcept ValueError:\n    v = 2", "int"],
    ["with open('x') as f:\n    v = 3", "3"],
    ["v = [n for n in [2, 2]]", "[2, ...]"],
    ["v = [1]\nfor i in range(3):\n    v.append(2)", "[1, 2, 2, ...]"],
    ["v = [1, 2]\nv[0] = 5", "[5, 2]"],
    ["v = [1, 2]\ndel v[0]", "[1, 2, ...]"],
    ["v = [1]\nv.insert(0, 2)", "[1, ...]"],
  ])("%s", check);
});

describe("functions and classes", () => {
  test.for<Row>([
    ["def f(a, b=2):\n    return a + b\nv = f(1)", "3"],
    ["def f(a, b=2):\n    return a + b\nv = f(1, b=5)", "6"],
    ["def f(a):\n    if a > 1:\n        return 'x'\n    return 'y'\nv = f(2)", '"x"'],
    ["@dataclass\nclass C:\n    a: int = 1\n    b: int = 2\nc = C(5)\nv = (c.a, c.b)", "(5, 2)"],
    ["class C:\n    @property\n    def a(self):\n        return 3\nv = C().a", "3"],
    ["def f(*sizes, **options):\n    return sizes[1] + options['n']\nv = f(1, 2, n=3)", "5"],
    ["import sys\ndef f(a):\n    if a:\n        return 'x'\n    return 'y'\nv = f(sys.argv)", '"x" | "y"'],
    ["def f():\n    pass\nv = f()", "None"],
    ["v = (lambda a: a * 2)(4)", "8"],
    ["def f(n):\n    return f(n - 1)\nv = f(3)", "?"],
    ["def f():\n    global v\n    v = 3\nv = 1\nf()", "3"],
    ["def f():\n    v = 3\nv = 1\nf()", "1"],
    [
      "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    g()\n    return a\nv = f()",
      "2",
    ],
    ["def f(n):\n    def g(m):\n        return n + m\n    return g\nv = f(1)(2)", "3"],
    ["class A:\n    n = 3\nv = A.n", "3"],
    ["class A:\n    def __init__(self, n):\n        self.n = n\nv = A(4).n", "4"],
    ["class A:\n    def f(self):\n        return 5\nv = A().f()", "5"],
    ["class A:\n    def f(self):\n        return 5\nclass B(A):\n    pass\nv = B().f()", "5"],
    ["class A:\n    @staticmethod\n    def f(n):\n        return n\nv = A.f(6)", "6"],
  ])("%s", check);

  test("functions that nothing calls are read once, with unknown arguments", () => {
    const program = analysed(
      "from keras.models import Sequential\ndef build(n):\n    return Sequential()\ndef loop():\n    loop()\n",
    );
    expect(program.models).toHaveLength(1);
    expect(program.models[0]?.escapes).toHaveLength(1);
  });
});

describe("arrays", () => {
  const np = (code: string, value: string): Row => [`import numpy as np\n${code}`, value];
  test.for<Row>([
    np("v = np.zeros((5, 4))", "ndarray(5, 4) float"),
    np("v = np.zeros(3)", "ndarray(3) float"),
    np("v = np.array([[1, 2], [3, 4]])", "ndarray(2, 2) int"),
    np("v = np.array([1., 2])", "ndarray(2) float"),
    np("v = np.zeros((6, 4)).reshape(-1, 8)", "ndarray(None, 8) float"),
    np("v = np.zeros((6, 4)).reshape((2, 12))", "ndarray(2, 12) float"),
    np("v = np.zeros((6, 4)).shape[1]", "4"),
    np("v = np.zeros((6, 4)).T", "ndarray(4, 6) float"),
    np("v = np.zeros((6, 4)) @ np.zeros(4)", "ndarray(6) float"),
    np("v = np.zeros((6, 4)) @ np.zeros((4, 2))", "ndarray(6, 2) float"),
    np("v = np.zeros((6, 4)) * np.zeros(4)", "ndarray(6, 4) float"),
    np("v = np.zeros((6, 4)).flatten()", "ndarray(None) float"),
    np("v = np.zeros((6, 4))[:, 0]", "ndarray(6) float"),
    np("v = np.zeros((6, 4))[:, 1:3]", "ndarray(6, 2) float"),
    np("v = np.zeros((6, 4))[:-2]", "ndarray(4, 4) float"),
    np("v = np.zeros((6, 4))[:, :, np.newaxis]", "ndarray(6, 4, 1) float"),
    np("v = np.zeros((6, 4))[..., None]", "ndarray(6, 4, 1) float"),
    np("v = np.zeros((6, 4))[[0, 1]]", "ndarray(2, 4) float"),
    np("v = np.expand_dims(np.zeros((6, 4)), -1)", "ndarray(6, 4, 1) float"),
    np("v = np.expand_dims(np.zeros((6, 4)), axis=0)", "ndarray(1, 6, 4) float"),
    np("v = np.random.rand(3, 4)", "ndarray(3, 4) float"),
    np("v = np.random.randint(0, 9, size=(3, 4))", "ndarray(3, 4)"),
    np("v = np.zeros((6, 4)) / 255.", "ndarray(6, 4) float"),
    np("v = np.zeros((6, 4)) > 0.5", "ndarray(6, 4) bool"),
    np("v = np.zeros((6, 1)) + np.zeros((1, 4))", "ndarray(6, 4) float"),
    np("v = np.vstack([np.zeros((2, 3)), np.zeros((4, 3))])", "ndarray(None, 3) float"),
    np("v = np.loadtxt('x')", "ndarray(None, None) float"),
    np("v = np.loadtxt('x')[:, 0:8]", "ndarray(None, None) float"),
    np("x = np.load('x')\nv = x.shape[1]", "`v`"),
    ["import pandas as pd\nv = pd.read_csv('x').values", "ndarray(None, None)"],
    ["import pandas as pd\nv = pd.read_csv('x')['a']", "?(?)"],
    [
      "import numpy as np\nfrom sklearn.model_selection import train_test_split\na, b, c, v = train_test_split(np.zeros((9, 3)), np.zeros(9), test_size=0.3)",
      "ndarray(None) float",
    ],
    ["from keras.datasets import mnist\n(v, _), _ = mnist.load_data()", "ndarray(60000, 28, 28) uint8"],
    [
      "from keras.datasets import mnist\nfrom keras.utils import to_categorical\n(_, y), _ = mnist.load_data()\nv = to_categorical(y, 10)",
      "ndarray(60000, 10) float",
    ],
  ])("%s", check);
});

describe("shapes through layers", () => {
  const model = (...layers: string[]) => [
    "import numpy as np",
    "from keras.models import Sequential",
    "from keras.layers import *",
    "x = np.load('x')",
    `m = Sequential([${layers.join(", ")}])`,
  ];
  test.for<readonly [string, ...string[]]>([
    ["(3)", "Dense(3, input_dim=4)"],
    ["(10, 3)", "Dense(3, input_shape=(10, 4))"],
    ["(None, 3)", "Dense(3, input_shape=(None, 4))"],
    ["(26, 26, 8)", "Conv2D(8, 3, input_shape=(28, 28, 1))"],
    ["(28, 28, 8)", "Conv2D(8, 3, padding='same', input_shape=(28, 28, 1))"],
    ["(14, 14, 8)", "Conv2D(8, 3, strides=2, padding='same', input_shape=(28, 28, 1))"],
    ["(13, 13, 8)", "Conv2D(8, (3, 3), strides=(2, 2), input_shape=(28, 28, 1))"],
    ["(24, 24, 8)", "Conv2D(8, 3, dilation_rate=2, input_shape=(28, 28, 1))"],
    ["(None, None, 8)", "Conv2D(8, 3, input_shape=(None, None, 1))"],
    ["(13, 13, 1)", "MaxPooling2D(2, input_shape=(27, 27, 1))"],
    ["(14, 14, 1)", "MaxPooling2D(2, padding='same', input_shape=(27, 27, 1))"],
    ["(8)", "Conv1D(8, 3, input_shape=(20, 4))", "GlobalMaxPooling1D()"],
    ["(18, 8)", "Conv1D(8, 3, input_shape=(20, 4))"],
    ["(20, 8)", "Conv1D(8, 3, padding='causal', input_shape=(20, 4))"],
    ["(`x.shape[1] - 2`, 8)", "Conv1D(8, 3, input_shape=(x.shape[1], 4))"],
    [
      "(`(x.shape[1] - 2) // 2 * 8`)",
      "Conv1D(8, 3, input_shape=(x.shape[1], 4))",
      "MaxPooling1D(2)",
      "Flatten()",
    ],
    ["(12)", "Flatten(input_shape=(3, 4))"],
    ["(6, 2)", "Reshape((6, 2), input_shape=(3, 4))"],
    ["(6, 2)", "Reshape((-1, 2), input_shape=(3, 4))"],
    ["(4, 3)", "Permute((2, 1), input_shape=(3, 4))"],
    ["(5, 7)", "RepeatVector(5, input_shape=(7,))"],
    ["(20, 32)", "Embedding(1000, 32, input_length=20)"],
    ["(8)", "LSTM(8, input_shape=(20, 4))"],
    ["(20, 8)", "LSTM(8, return_sequences=True, input_shape=(20, 4))"],
    ["(16)", "Bidirectional(LSTM(8), input_shape=(20, 4))"],
    ["(56, 56, 1)", "UpSampling2D(2, input_shape=(28, 28, 1))"],
    ["(20, 3)", "TimeDistributed(Dense(3), input_shape=(20, 4))"],
  ])("%s", ([shape, ...layers]) => {
    expect(shapes(model(...layers)).at(-1)).toBe(shape);
  });
});
