# Sentiment of short reviews: words as numbers inside and outside of the model
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.layers import TextVectorization

good = ["a great film", "I loved the great acting", "wonderful, just wonderful!", "What a lovely story...", "great fun"]
bad = ["a terrible film", "I hated the boring story", "just awful acting!", "What a waste of time...", "boring; not fun"]
train_sentences = [text + end for end in ("", " indeed", " really") for text in good + bad]
train_labels = np.array([1] * 5 + [0] * 5 + [1] * 5 + [0] * 5 + [1] * 5 + [0] * 5)
val_sentences = ["a wonderful story", "awful, boring", "I loved the fun", "terrible waste"]
val_labels = np.array([1, 0, 1, 0])

max_vocab_length = 20
max_length = 6

text_vectorizer = TextVectorization(max_tokens=max_vocab_length,  # how many words in the vocabulary
                                    standardize="lower_and_strip_punctuation",
                                    split="whitespace",
                                    ngrams=None,
                                    output_mode="int",
                                    output_sequence_length=max_length,  # how long the sequences are
                                    pad_to_max_tokens=False)
text_vectorizer.adapt(train_sentences)

sample_sentence = "There's a GREAT flood in my street!"
print(text_vectorizer([sample_sentence]).numpy())
words_in_vocab = text_vectorizer.get_vocabulary()
top_5_words = words_in_vocab[:5]
bottom_5_words = words_in_vocab[-5:]
print(f"Number of words in vocab: {len(words_in_vocab)}")
print(f"5 most common words: {' '.join(top_5_words)}")
print(f"5 least common words: {' '.join(bottom_5_words)}")

# The vectorizer is the first layer
model_1 = tf.keras.models.Sequential([
    tf.keras.layers.Input(shape=(1,), dtype=tf.string),
    text_vectorizer,
    layers.Embedding(
        input_dim=max_vocab_length,
        output_dim=16,
        embeddings_initializer="uniform"
    ),
    layers.Conv1D(filters=8, kernel_size=3, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(1, activation="sigmoid")
], name="model_1")
model_1.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(), metrics=["accuracy"])
model_1.fit(
    x=np.array(train_sentences),
    y=train_labels,
    epochs=2,
    batch_size=10,
    validation_data=(np.array(val_sentences), val_labels)
)
pred_probs = model_1.predict(np.array(val_sentences))
print(pred_probs.round(3))

# Numbers before the model
x_train = text_vectorizer(train_sentences)
x_val = text_vectorizer(np.array(val_sentences)).numpy()
model_2 = tf.keras.Sequential()
model_2.add(layers.Embedding(max_vocab_length, 8, input_length=max_length))
model_2.add(layers.LSTM(8))
model_2.add(layers.Dense(1, activation="sigmoid"))
model_2.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model_2.fit(x_train, train_labels, epochs=2, batch_size=10, validation_data=(x_val, val_labels))

# Bags of words
bag = layers.TextVectorization(max_tokens=40, output_mode="tf-idf", ngrams=2, pad_to_max_tokens=True)
bag.adapt(train_sentences)
weights = bag(val_sentences).numpy()
print(weights.shape, weights.sum(axis=1))
model_3 = tf.keras.Sequential([layers.Dense(4, activation="relu", input_shape=(40,)), layers.Dense(1)])
model_3.compile(loss="mse", optimizer="sgd")
model_3.fit(bag(train_sentences), train_labels, epochs=2, verbose=0)
print(model_3.evaluate(weights, val_labels, verbose=0))
