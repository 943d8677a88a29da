"""Fraud detection with the metrics that matter for rare classes."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

np.random.seed(11)
features = np.random.normal(size=(200, 6)).astype('float32')
labels = (features[:, 0] - features[:, 1] > 1.2).astype('float32')
train_features, val_features, test_features = features[:120], features[120:160], features[160:]
train_labels, val_labels, test_labels = labels[:120], labels[120:160], labels[160:]

METRICS = [
    keras.metrics.TruePositives(name='tp'),
    keras.metrics.FalsePositives(name='fp'),
    keras.metrics.TrueNegatives(name='tn'),
    keras.metrics.FalseNegatives(name='fn'),
    keras.metrics.BinaryAccuracy(name='accuracy'),
    keras.metrics.Precision(name='precision'),
    keras.metrics.Recall(thresholds=0.3, name='recall'),
    keras.metrics.AUC(name='auc'),
    keras.metrics.BinaryCrossentropy(name='cross_entropy'),
]

model = keras.Sequential([
    keras.layers.Dense(16, activation='relu', input_shape=(train_features.shape[-1],)),
    keras.layers.Dropout(0.5),
    keras.layers.Dense(1, activation='sigmoid'),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.2), loss=keras.losses.BinaryCrossentropy(), metrics=METRICS)

early_stopping = tf.keras.callbacks.EarlyStopping(monitor='val_auc', verbose=1, patience=3, mode='max', restore_best_weights=True)
history = model.fit(
    train_features,
    train_labels,
    batch_size=48,
    epochs=6,
    callbacks=[early_stopping],
    validation_data=(val_features, val_labels))
print('validation', history.history['val_auc'], history.history['val_recall'])

results = model.evaluate(test_features, test_labels, batch_size=48, verbose=0)
for name, value in zip(model.metrics_names, results):
    print(name, ': ', round(value, 4))
print(model.predict(test_features[:4]))
