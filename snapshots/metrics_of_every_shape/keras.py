"""Tags of many photos, words of sentences and pixels of images, measured closely."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, losses, metrics
from tensorflow.keras.metrics import AUC, F1Score, FBetaScore, MeanIoU, Precision, Recall

rng = np.random.RandomState(11)
x = rng.normal(size=(120, 6)).astype('float32')
tags = (x[:, :4] + rng.normal(size=(120, 4)) > 0.5).astype('float32')

# several tags for each photo
tagger = keras.Sequential([
    layers.Dense(8, activation='relu', input_shape=(6,)),
    layers.Dense(4, activation='sigmoid'),
])
tagger.compile(optimizer='sgd', loss='binary_crossentropy', metrics=[
    Precision(thresholds=[0.3, 0.5], name='precision'),
    Recall(top_k=2, name='recall_at_2'),
    Precision(thresholds=0.4, top_k=3, class_id=1, name='precision_of_1'),
    F1Score(threshold=0.5),
    FBetaScore(average=None, beta=2.0, threshold=0.4, name='f2'),
    AUC(thresholds=[0.2, 0.4, 0.6, 0.8], name='coarse'),
    AUC(curve='PR', summation_method='majoring', name='at_most'),
    keras.metrics.TruePositives(thresholds=[0.25, 0.75]),
    keras.metrics.R2Score(class_aggregation='variance_weighted_average'),
])
history = tagger.fit(x, tags, batch_size=25, epochs=3, validation_split=0.25)
print(history.history['f1_score'][-1])
print(history.history['val_precision'])
loss, *scores = tagger.evaluate(x, tags, batch_size=50, verbose=0)
print(scores[0], np.mean(scores[3]), scores[5])

# words of sentences
sentences = rng.normal(size=(40, 5, 6)).astype('float32')
words = keras.utils.to_categorical(sentences[:, :, :3].argmax(axis=2), 3)
reader = keras.Sequential([
    layers.SimpleRNN(7, return_sequences=True, input_shape=(5, 6)),
    layers.Dense(3, activation='softmax'),
])
reader.compile(optimizer='sgd', loss='categorical_crossentropy', metrics=[
    'accuracy',
    metrics.TopKCategoricalAccuracy(k=2),
    metrics.kld,
    losses.huber,
    'poisson',
    metrics.CategoricalCrossentropy(label_smoothing=0.1, name='smoothed'),
    metrics.CosineSimilarity(),
    Precision(class_id=2),
])
reader.fit(sentences, words, batch_size=16, epochs=2, verbose=2)

# pixels, of which some do not count
images = rng.rand(14, 6, 5, 3).astype('float32')
labels = images.argmax(axis=3)
mapper = keras.Sequential([
    layers.Conv2D(4, 3, padding='same', activation='relu', input_shape=(6, 5, 3)),
    layers.Conv2D(3, 1, activation='softmax'),
])
mapper.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=[
    MeanIoU(num_classes=3, sparse_y_pred=False, ignore_class=0),
    keras.metrics.SparseTopKCategoricalAccuracy(k=2, name='top2'),
    keras.metrics.SparseCategoricalCrossentropy(name='entropy'),
])
mapper.fit(images, labels, batch_size=6, epochs=2)
print(mapper.evaluate(images, labels, verbose=0))
