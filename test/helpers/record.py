"""Records what real Keras does, for the tests of transforms/helpers: python test/helpers/record.py

Needs TensorFlow and tf-keras of test/equivalence/requirements.txt. The fixtures say which versions made them.
"""

import base64
import io
import json
import os
import random
import tempfile
from pathlib import Path
from unittest import mock

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras as keras3
import numpy as np
import tensorflow as tf
import tf_keras as keras
from PIL import Image
from tf_keras import layers

FIXTURES = Path(__file__).parent / "fixtures"
RNG = np.random.RandomState(0)


def plain(value):
    """Arrays as lists, NumPy's scalars as Python's."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (np.floating, float)):
        return float(f"{value:.9g}")
    return value.item() if isinstance(value, np.generic) else value


def write(name, content):
    content = {"made_by": f"tf-keras {keras.__version__}, tensorflow {tf.__version__}", **content}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(plain(value))}" for key, value in content.items())
    (FIXTURES / f"{name}.json").write_text("{\n" + lines + "\n}\n")


def floats(*shape):
    return RNG.randn(*shape).round(3).astype("float32")


# Preprocessing

TEXTS = [
    "The cat sat on the mat.",
    "The DOG ate: the cat's homework!",
    "",
    "a-b_c  d\te\nf; the end",
    "Ünïcode is fine, the naïve café too",
    "cat cat cat dog",
]


def record_preprocessing():
    pad, cases = keras.preprocessing.sequence.pad_sequences, []
    ragged = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]]
    for sequences in (ragged, [[1.7, -2.2], [3.5]], [[[1, 2], [3, 4]], [[5, 6]]], [[1, 2], [3, 4]]):
        for maxlen in (None, 1, 2, 6):
            for padding in ("pre", "post"):
                for truncating in ("pre", "post"):
                    for dtype, value in (("int32", 0), ("float32", 0.5)):
                        options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
                        options.update(dtype=dtype, value=value)
                        cases.append([sequences, options, pad(sequences, **options)])
    categorical = [
        [y, options, keras.utils.to_categorical(y, **options)]
        for y in ([0, 2, 1], [[1], [0]], [[0, 1], [2, 2]], ["1", "3"], [1.0, 2.0], 2)
        for options in ({}, {"num_classes": 5})
    ]
    return {"pad_sequences": cases, "to_categorical": categorical, "normalize": record_normalize()}


def record_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 2.0]])
    options = ({}, {"axis": 0}, {"order": 1}, {"axis": 1, "order": 3})
    return [[x, one, keras.utils.normalize(x, **one)] for one in options]


def record_text():
    text = keras.preprocessing.text
    tokenizers = []
    for options in (
        {},
        {"num_words": 4},
        {"oov_token": "<oov>"},
        {"num_words": 5, "oov_token": "<oov>"},
        {"lower": False},
        {"char_level": True},
        {"char_level": True, "num_words": 8, "oov_token": "?"},
        {"filters": ".,", "split": " "},
        {"split": "-"},
    ):
        tokenizer = text.Tokenizer(**options)
        tokenizer.fit_on_texts(TEXTS)
        other = [*TEXTS[:2], "an unknown cat", ["The", "mat", "new"]]
        sequences = tokenizer.texts_to_sequences(other)
        matrices = {
            mode: tokenizer.texts_to_matrix(other, mode) for mode in ("binary", "count", "freq", "tfidf")
        }
        tokenizers.append(
            {
                "options": options,
                "word_index": tokenizer.word_index,
                "word_counts": dict(tokenizer.word_counts),
                "word_docs": dict(tokenizer.word_docs),
                "document_count": tokenizer.document_count,
                "index_docs": sorted(tokenizer.index_docs.items()),
                "other": other,
                "sequences": sequences,
                "texts": tokenizer.sequences_to_texts([*sequences, [1, 2, 999]]),
                "matrices": matrices,
                "json": tokenizer.to_json(),
            }
        )
    words = [
        [sentence, options, text.text_to_word_sequence(sentence, **options)]
        for sentence in TEXTS
        for options in ({}, {"lower": False}, {"filters": "aeiou"}, {"split": "t"})
    ]
    hashes = [[sentence, text.hashing_trick(sentence, 50, hash_function="md5")] for sentence in TEXTS]
    return {"texts": TEXTS, "tokenizers": tokenizers, "words": words, "hashing_trick": hashes}


def record_windows():
    sequence = keras.preprocessing.sequence
    grams = []
    for options in (
        {},
        {"window_size": 1, "negative_samples": 0},
        {"negative_samples": 2.5, "categorical": True},
        {"shuffle": False},
        {"seed": 3},
        {"sampling_table": sequence.make_sampling_table(30, 1e-3)},
    ):
        random.seed(7)
        numbers = [1, 2, 0, 3, 4, 2, 9, 0, 5]
        grams.append([numbers, 30, options, sequence.skipgrams(numbers, 30, **options)])
    series = []
    data, targets = np.arange(40).reshape(20, 2), np.arange(20) * 10
    for options in (
        {"length": 3},
        {"length": 4, "sampling_rate": 2, "stride": 3, "batch_size": 2},
        {"length": 5, "reverse": True, "start_index": 2, "end_index": 15, "batch_size": 4},
    ):
        made = sequence.TimeseriesGenerator(data, targets, **options)
        series.append([data, targets, options, [made[i] for i in range(len(made))]])
    return {"skipgrams": grams, "sampling_table": sequence.make_sampling_table(20), "series": series}


def record_images():
    image = keras.preprocessing.image
    pixels = RNG.randint(0, 256, (5, 7, 3)).astype("uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    loaded = []
    for options in (
        {},
        {"color_mode": "grayscale"},
        {"color_mode": "rgba", "target_size": (4, 3)},
        {"target_size": (10, 6)},
        {"target_size": (3, 9), "interpolation": "bilinear"},
    ):
        opened = image.load_img(io.BytesIO(file.getvalue()), **options)
        loaded.append([options, image.img_to_array(opened)])
    arrays = []
    for x in (floats(4, 3, 3), floats(4, 3, 1), np.full((2, 2, 3), 7.0), RNG.rand(3, 3, 4) * 255):
        for scale in (True, False):
            if scale or x.min() >= 0:
                arrays.append([x, scale, np.asarray(image.array_to_img(x, scale=scale))])
    return {"png": base64.b64encode(file.getvalue()).decode(), "load_img": loaded, "array_to_img": arrays}


# Training

CLASSES, FEATURES = 3, 4


def problem(samples):
    x = floats(samples, FEATURES)
    labels = (x @ floats(FEATURES, CLASSES) + 0.5 * floats(samples, CLASSES)).argmax(1)
    return x, labels


def perceptron(units, activation, weights=None, **compiled):
    model = keras.Sequential(
        [layers.Dense(5, activation="tanh", input_shape=(FEATURES,)), layers.Dense(units, activation)]
    )
    if weights is not None:
        model.set_weights(weights)
    model.compile(run_eagerly=False, **compiled)
    return model


def record_training():
    x, labels = problem(53)
    eye = np.eye(CLASSES, dtype="float32")
    weights = [floats(FEATURES, 5), floats(5), floats(5, CLASSES), floats(CLASSES)]
    sample_weight = RNG.rand(53).round(3).astype("float32")
    sample_weight[::7] = 0
    x_val, y_val = problem(17)
    sgd = lambda: keras.optimizers.legacy.SGD(0.1)
    runs = []
    for name, options in (
        ("plain", {}),
        ("split", {"validation_split": 0.3}),
        ("data", {"validation_data": (x_val, eye[y_val])}),
        ("class_weight", {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}, "validation_split": 0.25}),
        ("sample_weight", {"sample_weight": sample_weight, "validation_split": 0.25}),
        ("three", {"validation_data": (x_val, eye[y_val], np.linspace(0, 2, 17))}),
        ("initial_epoch", {"initial_epoch": 1}),
    ):
        model = perceptron(
            3,
            "softmax",
            weights,
            loss="categorical_crossentropy",
            optimizer=sgd(),
            metrics=["accuracy", "mae"],
        )
        history = model.fit(x, eye[labels], batch_size=16, epochs=3, shuffle=False, verbose=0, **options)
        runs.append(
            {
                "name": name,
                "options": options,
                "history": history.history,
                "epoch": history.epoch,
                "evaluate": model.evaluate(x, eye[labels], batch_size=10, verbose=0),
                "weighted": model.evaluate(x, eye[labels], verbose=0, sample_weight=sample_weight),
                "predict": model.predict(x[:3], verbose=0),
                "train_on_batch": model.train_on_batch(x[:9], eye[labels[:9]]),
                "test_on_batch": model.test_on_batch(x[:9], eye[labels[:9]]),
                "weights": model.get_weights(),
            }
        )
    return {
        "x": x, "labels": labels, "weights": weights, "sample_weight": sample_weight, "x_val": x_val, "y_val": y_val, "runs": runs,
        "clipped": record_clipping(x, eye[labels], weights),
        "metrics": record_metrics(x, labels, weights),
        "batches": record_batch_hooks(x, eye[labels], weights),
    }  # fmt: skip


def record_clipping(x, y, weights):
    results = []
    for options in ({"clipnorm": 0.05}, {"clipvalue": 0.02}, {"global_clipnorm": 0.1}):
        optimizer = keras.optimizers.legacy.SGD(0.5, **options)
        model = perceptron(3, "softmax", weights, loss="categorical_crossentropy", optimizer=optimizer)
        model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
        results.append([options, model.get_weights()])
    return results


def record_metrics(x, labels, weights):
    """Metrics over uneven batches in evaluation: names, targets, what the model gives and the values."""
    results = []

    def rmse(y_true, y_pred):
        return tf.sqrt(tf.reduce_mean(tf.square(y_true - y_pred)))

    eye = np.eye(CLASSES, dtype="float32")
    binary = (labels == 1).astype("float32").reshape(-1, 1)
    one = [*weights[:2], weights[2][:, :1], weights[3][:1]]
    for units, loss, y, kind, metrics in (
        (3, "categorical_crossentropy", eye[labels], weights, [
            "accuracy", "mse", "mae", "categorical_crossentropy", "cosine_similarity", keras.metrics.TopKCategoricalAccuracy(k=2)]),
        (3, "sparse_categorical_crossentropy", labels, weights, ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2)]),
        (1, "binary_crossentropy", binary, one, [
            "accuracy", "binary_crossentropy", keras.metrics.AUC(), keras.metrics.Precision(), keras.metrics.Recall(), keras.metrics.AUC(30, name="auc_1"),
            *(make(0.4) for make in (keras.metrics.TruePositives, keras.metrics.TrueNegatives, keras.metrics.FalsePositives, keras.metrics.FalseNegatives)),
            keras.metrics.BinaryAccuracy("above", threshold=0.3)]),
        (1, "mse", x[:, :1] + 2, one, [
            "mse", "mae", "mape", "msle", keras.metrics.RootMeanSquaredError(), keras.metrics.R2Score(), rmse]),
    ):  # fmt: skip
        activation = {3: "softmax", 1: "sigmoid"}[units]
        model = perceptron(units, activation, kind, loss=loss, optimizer="sgd", metrics=metrics)
        values = model.evaluate(x, y, batch_size=20, verbose=0, return_dict=True)
        results.append({"targets": y, "outputs": model.predict(x, verbose=0), "values": values})
    return results


def record_batch_hooks(x, y, weights):
    class Record(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_train_begin(self, logs=None):
            self.calls.append(["train_begin"])

        def on_epoch_begin(self, epoch, logs=None):
            self.calls.append(["epoch_begin", epoch])

        def on_batch_begin(self, batch, logs=None):
            self.calls.append(["batch_begin", batch])

        def on_batch_end(self, batch, logs=None):
            self.calls.append(["batch_end", batch, dict(logs)])
            if len(self.calls) > 12:
                self.model.stop_training = True

        def on_epoch_end(self, epoch, logs=None):
            self.calls.append(["epoch_end", epoch, dict(logs)])

        def on_train_end(self, logs=None):
            self.calls.append(["train_end"])

    record = Record()
    model = perceptron(
        3, "softmax", weights, loss="categorical_crossentropy", optimizer="sgd", metrics=["accuracy"]
    )
    model.optimizer = keras.optimizers.legacy.SGD(0.1)
    model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0, callbacks=[record])
    return record.calls


# Losses


def record_losses():
    """
    Each loss of edge and random inputs: its value for each row, and the gradient of their mean. But for
    exactly where a loss has a corner: there each framework takes a side.
    """
    rng = np.random.RandomState(1)
    rows = np.concatenate([np.eye(3), [[0.2, 0.5, 0.3], [1, 0, 1], [0.3, 0, 0.1]], rng.rand(2, 3)]).round(3)
    signed = np.concatenate([[[0, 0.0, 0.001], [1.5, -0.9, 2], [-3, 0.5, 8]], 2 * rng.randn(5, 3)]).round(3)
    eye = np.eye(3)[[0, 2, 1, 1, 2, 0, 1, 0]]
    real = np.concatenate([[[0, 0.0, 0], [1, -1, 2]], 3 * rng.randn(6, 3)]).round(3)
    soft = np.abs(real).round(3)
    results, three, two = [], keras3.losses, keras.losses
    for name, loss, outputs, targets in (
        ("clipped_cross_entropy", two.CategoricalCrossentropy, rows, eye),
        ("clipped_cross_entropy", two.CategoricalCrossentropy, signed[1:], soft[1:]),
        ("clipped_sparse_cross_entropy", two.SparseCategoricalCrossentropy, rows, eye.argmax(1)),
        ("clipped_sparse_cross_entropy", two.SparseCategoricalCrossentropy, signed, eye.argmax(1)),
        ("clipped_binary_cross_entropy", two.BinaryCrossentropy, rows, eye),
        ("clipped_binary_cross_entropy", two.BinaryCrossentropy, signed, soft),
        ("clipped_binary_cross_entropy", three.BinaryCrossentropy, rows, eye),
        ("clipped_binary_cross_entropy", three.BinaryCrossentropy, signed, soft),
        ("unnormalized_cross_entropy", lambda **k: two.CategoricalCrossentropy(True, **k), signed, soft),
        ("unnormalized_cross_entropy", lambda **k: two.CategoricalCrossentropy(True, **k), signed[:, :1], eye[:, :1]),
        ("smoothed", lambda **k: two.CategoricalCrossentropy(True, 0.1, **k), signed, eye),
        ("binary_smoothed", lambda **k: two.BinaryCrossentropy(True, 0.1, **k), signed, eye),
        ("binary_focal_loss", lambda **k: two.BinaryFocalCrossentropy(from_logits=True, **k), signed, eye),
        ("binary_focal_balanced", lambda **k: two.BinaryFocalCrossentropy(True, 0.3, 1.5, True, **k), signed, eye),
        ("categorical_focal_loss", two.CategoricalFocalCrossentropy, rows, eye),
        ("percentage_loss", two.MeanAbsolutePercentageError, signed, real),
        ("squared_logarithmic_loss", two.MeanSquaredLogarithmicError, signed, real),
        ("hinge_loss", two.Hinge, signed, eye),
        ("hinge_loss", two.Hinge, signed, real),
        ("squared_hinge_loss", two.SquaredHinge, signed, 2 * eye - 1),
        ("categorical_hinge_loss", two.CategoricalHinge, signed, eye),
        ("divergence_loss", two.KLDivergence, 0.97 * rows, eye),
        ("divergence_loss", two.KLDivergence, signed, soft / 9),
        ("poisson", two.Poisson, soft, np.abs(signed)),
        ("log_cosh_loss", two.LogCosh, signed, real),
        ("cosine_loss", two.CosineSimilarity, signed, real),
        ("huber", lambda **k: two.Huber(1.5, **k), signed, real),
    ):  # fmt: skip
        outputs, targets = outputs.astype("float32"), targets.astype("float32")
        variable = tf.Variable(outputs)
        with tf.GradientTape() as tape:
            mean = loss()(targets, variable)
        results.append(
            {
                "name": name,
                "keras": 3 if loss is three.BinaryCrossentropy else 2,
                "outputs": outputs,
                "targets": targets,
                "values": loss(reduction="none")(targets, variable).numpy(),
                "mean": mean.numpy(),
                "gradient": tape.gradient(mean, variable).numpy(),
            }
        )
    whole = []
    for name, loss, options in (
        ("dice_loss", three.Dice, {}),
        ("tversky_loss", three.Tversky, {}),
        ("tversky_loss", three.Tversky, {"alpha": 0.7, "beta": 0.2}),
        ("dice_losses", three.Dice, {"axis": 1}),
        ("dice_losses", three.Dice, {"axis": (0,)}),
        ("tversky_losses", three.Tversky, {"axis": 1, "alpha": 0.7, "beta": 0.2}),
        ("tversky_losses", three.Tversky, {"axis": 0}),
        ("circle_loss", three.Circle, {}),
        ("circle_loss", three.Circle, {"gamma": 4.0, "margin": 0.3}),
        ("circle_loss", three.Circle, {"gamma": 4.0, "remove_diagonal": False}),
    ):
        cases = ((rows, eye), (rows[:1], eye[:1]), (0 * rows, 0 * eye))
        if name == "circle_loss":
            unit = np.random.RandomState(2).randn(8, 3)
            unit /= np.linalg.norm(unit, axis=1, keepdims=True)
            cases = [
                (unit, np.array(classes))
                for classes in ([0, 1, 2, 0, 1, 2, 1, 0], [0, 1, 2, 0, 1, 2, 1, 5], 8 * [3])
            ]
        for outputs, targets in cases:
            variable = tf.Variable(outputs.astype("float32"))
            with tf.GradientTape() as tape:
                value = loss(**options)(targets.astype("float32"), variable)
            gradient = tape.gradient(value, variable).numpy()
            case = {"name": name, "options": options, "outputs": outputs, "targets": targets}
            whole.append({**case, "value": value.numpy(), "gradient": gradient})
    return {"losses": results, "batch_losses": whole}


# Callbacks, driven by made-up values


class StubModel:
    """What callbacks read of a model: its epoch stands for its weights."""

    def __init__(self, rate=0.1):
        self.stop_training, self.epoch = False, None
        self.distribute_strategy = tf.distribute.get_strategy()
        self.optimizer = type("Optimizer", (), {})()
        self.optimizer.lr = tf.Variable(rate)

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.epoch = weights


def drive(callback, logs, rate=0.1):
    """Values of the epochs after the callback has seen them, and the model at the end."""
    model = StubModel(rate)
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, values in enumerate(logs):
        values, model.epoch = dict(values), epoch
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, values)
        seen.append(values)
        if model.stop_training:
            break
    callback.on_train_end()
    return seen, model


def walk(epochs, nan=False):
    values = (np.cumsum(RNG.randn(epochs)) * 0.1 + 1).round(3)
    if nan:
        values[RNG.randint(epochs)] = np.nan
    return [{"val_loss": float(v), "val_accuracy": float((1 - v / 3).round(3))} for v in values]


def record_callbacks():
    stopping, plateau, files = [], [], []
    for i in range(60):
        options = {"patience": int(RNG.randint(0, 5))}
        if i % 3 == 1:
            options["min_delta"] = 0.05
        if i % 4 == 1:
            options["monitor"] = "val_accuracy"
        if i % 5 == 1:
            options["mode"] = "max"
        if i % 4 == 2:
            options["restore_best_weights"] = True
        if i % 7 == 3:
            options["baseline"] = 0.9
        if i % 9 == 4:
            options["start_from_epoch"] = 3
        logs = walk(25, nan=i % 11 == 5)
        seen, model = drive(keras.callbacks.EarlyStopping(**options), logs)
        stopping.append([options, [list(one.values()) for one in logs], len(seen), model.epoch])
    for i in range(40):
        options = {"patience": int(RNG.randint(0, 4)), "factor": 0.5}
        if i % 3 == 1:
            options["cooldown"] = int(RNG.randint(1, 4))
        if i % 4 == 1:
            options["monitor"] = "val_accuracy"
        if i % 4 == 2:
            options["min_lr"] = 0.01
        if i % 5 == 2:
            options["min_delta"] = 0.05
        logs = walk(25)
        seen, _ = drive(keras.callbacks.ReduceLROnPlateau(**options), logs)
        plateau.append([options, [list(one.values()) for one in logs], [one["lr"] for one in seen]])
    for i in range(6):
        options = {
            "save_best_only": i % 2 == 0,
            "monitor": "val_accuracy" if i == 4 else "val_loss",
            "period": 1 + i // 2 % 2,
        }
        saved, logs = [], walk(8)
        callback = keras.callbacks.ModelCheckpoint(
            "w.{epoch:02d}-{val_loss:.2f}.h5", save_weights_only=True, **options
        )
        callback._save_handler = saved.append
        drive(callback, logs)
        files.append([options, [list(one.values()) for one in logs], saved])
    with tempfile.TemporaryDirectory() as folder:
        path, logs = Path(folder, "log.csv"), walk(3)
        for options in ({}, {"append": True}):
            drive(keras.callbacks.CSVLogger(str(path), **options), logs)
        table = [logs, path.read_bytes().decode()]
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
    rates = [one["lr"] for one in drive(schedule, walk(4))[0]]
    return {"EarlyStopping": stopping, "ReduceLROnPlateau": plateau, "ModelCheckpoint": files,
            "CSVLogger": table, "LearningRateScheduler": rates}  # fmt: skip


# Optimizers


def record_optimizers():
    start = floats(3, 2)
    scales = np.array([[1], [1e-3], [1e-6]])
    gradients = [(floats(3, 2) * scales * 4.0 ** (-(i % 7))).astype("float32") for i in range(20)]
    optimizers, legacy = keras.optimizers, keras.optimizers.legacy
    results = []
    for name, options, make in (
        ("KerasSGD", {"lr": 0.1, "momentum": 0.9}, lambda: legacy.SGD(0.1, 0.9)),
        ("KerasSGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, lambda: legacy.SGD(0.1, 0.9, True)),
        ("KerasSGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1}, lambda: optimizers.SGD(0.1, 0.5, weight_decay=0.1)),
        ("KerasRMSprop", {"lr": 0.01}, lambda: optimizers.RMSprop(0.01)),
        ("KerasRMSprop", {"lr": 0.01, "momentum": 0.5}, lambda: optimizers.RMSprop(0.01, momentum=0.5)),
        ("KerasRMSprop", {"lr": 0.01, "rho": 0.8, "centered": True}, lambda: optimizers.RMSprop(0.01, rho=0.8, centered=True)),
        ("KerasRMSprop", {"lr": 0.01, "momentum": 0.5}, lambda: legacy.RMSprop(0.01, momentum=0.5)),
        ("Lion", {"lr": 0.01}, lambda: optimizers.Lion(0.01)),
        ("Ftrl", {"lr": 0.05}, lambda: optimizers.Ftrl(0.05)),
        ("Ftrl", {"lr": 0.05, "l1": 0.01, "l2": 0.02, "beta": 0.1, "lr_power": -0.4}, lambda: optimizers.Ftrl(
            0.05, -0.4, 0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02, beta=0.1)),
    ):  # fmt: skip
        optimizer, variable = make(), tf.Variable(start)
        for i, gradient in enumerate(gradients):
            if i == 10:
                optimizer.learning_rate = float(optimizer.learning_rate) * 0.1
            optimizer.apply_gradients([(tf.constant(gradient), variable)])
        results.append([name, options, variable.numpy()])
    return {"start": start, "gradients": gradients, "results": results}


# Modules

BATCH, STEPS, UNITS = 4, 5, 3


def run_layer(layer, x, training=False, mask=None):
    layer.build(x.shape)
    layer.set_weights([floats(*w.shape) for w in layer.get_weights()])
    options = {} if mask is None else {"mask": tf.constant(mask)}
    return layer(x, training=training, **options).numpy()


def record_modules():
    x, recurrent = floats(BATCH, STEPS, 2), []
    mask = RNG.rand(BATCH, STEPS) > 0.4
    mask[0], mask[1] = False, True
    for kind, options in (
        *(
            (kind, options)
            for kind in ("LSTM", "GRU", "SimpleRNN")
            for options in (
                {},
                {"return_sequences": True},
                {"go_backwards": True, "return_sequences": True},
                {"activation": "relu"},
                {"activation": "linear", "return_sequences": True, "go_backwards": True},
            )
        ),
        ("SimpleRNN", {"activation": "sigmoid"}),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}),
        ("GRU", {"recurrent_activation": "hard_sigmoid", "reset_after": False}),
        ("GRU", {"reset_after": False, "return_sequences": True}),
    ):
        for merge in (None, "concat", "sum", "mul", "ave"):
            if merge not in (None, "concat") and set(options) - {"return_sequences"}:
                continue
            if merge and options.get("go_backwards"):
                continue
            for steps in (
                (None, mask)
                if merge in (None, "concat") and not set(options) - {"return_sequences"}
                else (None,)
            ):
                layer = getattr(layers, kind)(UNITS, **options)
                layer = layers.Bidirectional(layer, merge) if merge else layer
                output = run_layer(layer, x, mask=steps)
                recurrent.append(
                    {"kind": kind, "options": options, "merge": merge, "mask": None if steps is None else steps.astype(int),
                     "weights": layer.get_weights(), "output": output}
                )  # fmt: skip
    stateful = []
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        layer = getattr(layers, kind)(UNITS, stateful=True, batch_input_shape=x.shape)
        first = run_layer(layer, x)
        second = layer(x).numpy()
        layer.reset_states()
        stateful.append([kind, layer.get_weights(), [first, second, layer(x).numpy()]])
    return {
        "x": x,
        "recurrent": recurrent,
        "stateful": stateful,
        "convolutional": record_conv_lstm(),
        "norm": record_norm(),
    }


def record_conv_lstm():
    x, results = floats(2, 3, 5, 6, 2), []
    for options in (
        {},
        {"padding": "same", "return_sequences": True},
        {"recurrent_activation": "hard_sigmoid"},
    ):
        layer = layers.ConvLSTM2D(2, 3, **{"recurrent_activation": "sigmoid", **options})
        output = run_layer(layer, x)
        results.append([options, layer.get_weights(), output])
    return {"x": x, "results": results}


def record_norm():
    results = []
    for shape in ((6, 3), (2, 4, 3)):
        batches = [floats(*shape) for _ in range(3)]
        layer = layers.BatchNormalization(momentum=0.9)
        run_layer(layer, batches[0])
        layer.moving_variance.assign(np.abs(layer.moving_variance))
        before = layer.get_weights()
        outputs = [layer(x, training=True).numpy() for x in batches]
        results.append([batches, before, outputs, layer.get_weights(), layer(batches[0]).numpy()])
    return results


# Data sets


def record_datasets():
    """What the loaders make of small files of the same layout."""

    def texts(n):
        rows = [RNG.randint(1, 30, RNG.randint(2, 9)).tolist() for _ in range(n)]
        return np.array([*rows, [1]], dtype=object)[:-1], RNG.randint(0, 4, n)

    x_train, y_train = texts(7)
    x_test, y_test = texts(5)
    features, prices = RNG.randn(10, 2).round(3), RNG.randn(10).round(3)
    words = []
    options = [{}, {"num_words": 12}, {"maxlen": 7, "num_words": 20}, {"skip_top": 6, "oov_char": None},
               {"start_char": None, "index_from": 1, "seed": 5}]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:

        def local(path, **_):
            return str(Path(folder, Path(path).name))

        np.savez(local("imdb.npz"), x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
        np.savez(local("reuters.npz"), x=x_train, y=y_train)
        np.savez(local("boston_housing.npz"), x=features, y=prices)
        from tf_keras.src.datasets import boston_housing, imdb, reuters

        with (
            mock.patch.object(imdb, "get_file", local),
            mock.patch.object(reuters, "get_file", local),
            mock.patch.object(boston_housing, "get_file", local),
        ):
            for one in options:
                words.append([one, imdb.load_data(**one), reuters.load_data(**one, test_split=0.3)])
            boston = boston_housing.load_data()
    return {
        "imdb": [x_train, y_train, x_test, y_test],
        "boston": [features, prices],
        "words": words,
        "loaded": boston,
    }


# Batches of images

CHANGES = [
    {"rotation_range": 40},
    {"width_shift_range": 0.2, "height_shift_range": 0.3, "fill_mode": "constant", "cval": 9.0},
    {"width_shift_range": 2, "fill_mode": "wrap"},
    {"width_shift_range": 2.0, "height_shift_range": [-1, 0, 2], "fill_mode": "reflect"},
    {"shear_range": 20.0, "zoom_range": 0.3},
    {"zoom_range": [0.5, 1.1], "interpolation_order": 0},
    {"horizontal_flip": True, "vertical_flip": True, "channel_shift_range": 30.0},
    {"brightness_range": [0.2, 1.8], "rescale": 1 / 255},
    {
        "rotation_range": 90,
        "width_shift_range": 0.1,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
    },
    {"samplewise_center": True, "samplewise_std_normalization": True},
]
MEASURED = [
    {"featurewise_center": True, "rescale": 0.5},
    {"featurewise_std_normalization": True, "vertical_flip": True},
]


def record_batches():
    x = np.random.RandomState(4).randint(0, 256, (5, 6, 5, 3)).astype("float32")
    make = keras.preprocessing.image.ImageDataGenerator
    changes, measured, orders = [], [], []
    for options in CHANGES:
        np.random.seed(5)
        generator = make(**options)
        changes.append(
            [options, [generator.standardize(generator.random_transform(one.copy())) for one in x]]
        )
    for options in MEASURED:
        generator = make(**options)
        generator.fit(x)
        measured.append([options, next(generator.flow(x, shuffle=False))])
    for options in (
        {"batch_size": 2},
        {"batch_size": 2, "shuffle": False},
        {"batch_size": 3, "seed": 1},
        {"batch_size": 2, "subset": "training", "ignore_class_split": True},
        {"batch_size": 2, "subset": "validation", "ignore_class_split": True},
    ):
        np.random.seed(9)
        batches = make(validation_split=0.4).flow(x, np.arange(len(x)), **options)
        order = [[next(batches)[1].tolist() for _ in range(5)], len(batches)]
        order.append([batches[i][1].tolist() for i in range(len(batches))])
        batches.on_epoch_end()
        order.append([batches[i][1].tolist() for i in reversed(range(len(batches)))])
        options.pop("ignore_class_split", None)
        orders.append([options, order])
    changes = [[options, np.round(images, 3)] for options, images in changes]
    return {"x": x, "changes": changes, "measured": measured, "orders": orders}


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    write("preprocessing", {**record_preprocessing(), **record_text(), **record_windows(), **record_images()})
    write("training", record_training())
    write("callbacks", record_callbacks())
    write("optimizers", record_optimizers())
    write("modules", record_modules())
    write("datasets", record_datasets())
    write("losses", record_losses())
    write("images", record_batches())
