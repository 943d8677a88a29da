# Is a review good or bad? An embedding learnt from a handful of sentences
import numpy as np
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Dense, Flatten, Embedding

# define documents
docs = ['Well done!',
        'Good work',
        'Great effort',
        'nice work',
        'Excellent! A really good film.',
        'Weak',
        'Poor effort!',
        'not good',
        'poor work, really',
        'Could have done better.']
# define class labels
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])

# prepare the tokenizer
t = Tokenizer(num_words=20, oov_token='<OOV>')
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
print('%d unique words' % (vocab_size - 1))
# integer encode the documents
encoded_docs = t.texts_to_sequences(docs)
print(encoded_docs)
print(t.sequences_to_texts(encoded_docs[:2]))
# pad documents to a max length of 4 words
max_length = 4
padded_docs = pad_sequences(encoded_docs, maxlen=max_length, padding='post')
print(padded_docs)

# define the model
model = Sequential()
model.add(Embedding(vocab_size, 8, input_length=max_length))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
model.summary()
model.fit(padded_docs, labels, epochs=20, verbose=0)
loss, accuracy = model.evaluate(padded_docs, labels, verbose=0)
print('Accuracy: %f' % (accuracy*100))

# a review that it has not seen
review = pad_sequences(t.texts_to_sequences(['a really poor film']), maxlen=max_length, padding='post')
print(model.predict(review))
