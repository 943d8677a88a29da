"""Rare events, three classes and masks: the metrics that count over a whole epoch."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.metrics import AUC, F1Score, FBetaScore, MeanIoU, OneHotMeanIoU

rng = np.random.RandomState(8)
x = rng.normal(size=(150, 6)).astype('float32')
events = (x[:, 0] + rng.normal(size=150) > 0.8).astype('float32')
kinds = keras.utils.to_categorical(np.digitize(x[:, 1] + x[:, 2], [-0.7, 0.7]), 3)

# fraud
fraud = keras.Sequential([
    layers.Dense(8, activation='relu', input_shape=(6,)),
    layers.Dense(1, activation='sigmoid', name='fraud'),
])
fraud.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.3),
    loss={'fraud': 'binary_crossentropy'},
    loss_weights={'fraud': 0.5},
    metrics={'fraud': [
        AUC(curve='PR', name='prc'),
        keras.metrics.AUC(num_thresholds=50),
        keras.metrics.PrecisionAtRecall(0.8),
        keras.metrics.RecallAtPrecision(precision=0.4, name='recall_at_40'),
        keras.metrics.SensitivityAtSpecificity(0.6, num_thresholds=40),
        keras.metrics.SpecificityAtSensitivity(0.6),
        FBetaScore(average='macro', beta=0.5, threshold=0.5),
        keras.metrics.BinaryCrossentropy(label_smoothing=0.1, name='smoothed'),
    ]},
    weighted_metrics=['accuracy'],
)
history = fraud.fit(x, events, batch_size=20, epochs=3, validation_split=0.3)
print(sorted(history.history))
print(fraud.evaluate(x, events, batch_size=64))

# three classes
kind = keras.Sequential([
    layers.Dense(8, activation='relu', input_shape=(6,)),
    layers.Dense(3, activation='softmax'),
])
kind.compile(optimizer='sgd', loss='categorical_crossentropy', metrics=[
    'accuracy',
    F1Score(average='macro', name='f1'),
    F1Score(average='weighted', threshold=0.4, name='f1_weighted'),
    AUC(name='auc', multi_label=True, num_labels=3),
    keras.metrics.Precision(class_id=1, name='precision_1'),
    OneHotMeanIoU(num_classes=3),
    keras.metrics.OneHotIoU(3, target_class_ids=[0, 2], name='outer'),
])
kind.fit(x, kinds, batch_size=40, epochs=2)
print(kind.evaluate(x[:1], kinds[:1]))

# masks
images = rng.rand(12, 6, 6, 1).astype('float32')
masks = (images > 0.5).astype('float32')
segments = keras.Sequential([
    layers.Conv2D(4, 3, padding='same', activation='relu', input_shape=(6, 6, 1)),
    layers.Conv2D(1, 1, activation='sigmoid'),
])
segments.compile('sgd', 'binary_crossentropy', metrics=[
    keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5, name='iou'),
    MeanIoU(num_classes=2),
    'accuracy',
], loss_weights=[2.0])
segments.fit(images, masks, batch_size=5, epochs=2, verbose=2)
print(segments.evaluate(images, masks, verbose=0))

points = keras.Sequential([layers.Dense(2, input_shape=(6,))])
points.compile('sgd', 'mse', metrics=[tf.keras.metrics.Accuracy()])
points.fit(x, np.abs(x[:, :2]), epochs=1)
