"""Scores of a model by metric objects, on all rows at once and batch by batch."""
import numpy as np
import keras
from keras import layers, ops
from keras.metrics import AUC, MeanSquaredError, Precision, Recall

rng = np.random.RandomState(0)
x = rng.rand(90, 6).astype("float32")
score = x @ rng.randn(6)
y = (score > np.median(score)).astype("int32")
species = np.digitize(score, np.quantile(score, [0.3, 0.6]))


def build():
    model = keras.Sequential()
    model.add(keras.Input((6,)))
    model.add(layers.Dense(12, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model



model = build()
model.fit(x, y, epochs=3, batch_size=16, verbose=0)
y_prob = model.predict(x)
y_pred = (y_prob > 0.5).astype("int32")


def calculate_results(y_true, y_prob):
    """Accuracy, precision, recall and F1 of probabilities."""
    a = keras.metrics.BinaryAccuracy()
    a.update_state(y_true, y_prob)
    p = Precision()
    p.update_state(y_true, y_prob)
    r = Recall(thresholds=0.4)
    r.update_state(y_true, y_prob)
    precision, recall = p.result(), r.result()
    return {
        "accuracy": a.result(),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
    }


results = calculate_results(y, y_prob)
for name, value in results.items():
    print(f"{name}: {value:.4f}")

# How many labels are the same
m = keras.metrics.Accuracy()
m.update_state(y, y_pred)
print("equal:", float(m.result()))
m.reset_state()
m.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]], sample_weight=[1, 1, 0, 0])
print("weighted:", float(m.result()))

# Batch by batch, the last one smaller
auc = AUC(num_thresholds=100, name="roc")
mse = MeanSquaredError()
flat = keras.metrics.MeanSquaredError(name="flat")
for start in range(0, len(x), 40):
    batch = slice(start, start + 40)
    prob = model.predict(x[batch])
    auc.update_state(y[batch], prob)
    mse.update_state(y[batch].reshape(-1, 1), prob)
    flat.update_state(y[batch], prob)
for metric in [auc, mse, flat]:
    print("%s %.4f" % (metric.name, metric.result()))
print("highest", float(ops.max(y_prob)))
at_once = keras.metrics.MeanAbsoluteError()(y, y_prob)
iou = keras.metrics.MeanIoU(num_classes=2)
iou.update_state(y, y_pred)
overlap = iou.result()

# A model for three classes, trained batch by batch
classifier = keras.Sequential(
    [keras.Input((6,)), layers.Dense(12, activation="relu"), layers.Dense(3, activation="softmax")]
)
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
train_loss = keras.metrics.Mean(name="train_loss")
train_acc = keras.metrics.SparseCategoricalAccuracy()
top2 = keras.metrics.SparseTopKCategoricalAccuracy(k=2)
history = []
for epoch in range(3):
    train_loss.reset_state()
    train_acc.reset_state()
    for start in range(0, len(x), 32):
        xb, yb = x[start : start + 32], species[start : start + 32]
        train_loss(classifier.train_on_batch(xb, yb))
        train_acc.update_state(yb, classifier(xb))
    history.append((float(train_loss.result()), train_acc.result()))
    print("epoch {} loss {:.4f} accuracy {:.4f}".format(epoch + 1, *history[-1]))
probabilities = classifier.predict(x)
top2.update_state(species, probabilities)
everywhere = keras.metrics.SparseTopKCategoricalAccuracy(k=5)
everywhere.update_state(species, probabilities)
cce = keras.metrics.SparseCategoricalCrossentropy()
cce.update_state(species, probabilities)
best = top2.result(), everywhere.result(), cce.result()
weighted = keras.metrics.CategoricalAccuracy()
weighted.update_state(np.eye(3)[species], probabilities, sample_weight=1 + species)
total = keras.metrics.Sum()
total.update_state(species)
total.update_state(4.0)
sums = float(weighted.result()), total.result()
rows = keras.metrics.Mean()
rows.update_state([1.0, 3.0, 5.0])
rows.update_state([[1.0, 2.0], [3.0, 4.0]])
rows.update_state([[1.0, 2.0], [3.0, 8.0]], sample_weight=[1, 3])
per_row = float(rows.result())
r2 = keras.metrics.R2Score()
r2.update_state(x[:, :2], x[:, 1:3])
f1 = keras.metrics.F1Score(threshold=0.4)
f1.update_state(np.eye(3, dtype="float32")[species], probabilities)
print("f1", np.round(f1.result(), 4), "r2", float(r2.result()))


# Functions of losses give targets the axis of the outputs
def squared_error(y_true, y_pred):
    return keras.losses.mean_squared_error(y_true, y_pred)


points = np.arange(120.0).reshape(40, 3) / 120
heights = np.arange(40.0) % 7
line = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
line.compile(optimizer="sgd", loss="mae", metrics=["mse", squared_error])
line.fit(points, heights, epochs=2, batch_size=16)
found = line.predict(points)
errors = keras.losses.mean_absolute_error(heights, found)
print("error", float(ops.max(errors)))
