import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras import optimizers, losses, metrics

gen = np.random.RandomState(5)
data = gen.normal(size=(150, 10))
labels = (data @ gen.normal(size=10) + 0.5 * gen.normal(size=150) > 0).astype(int)

train_x, train_y = data[:100], labels[:100]
test_x, test_y = data[100:], labels[100:]

clf = Sequential([Dense(16, activation='relu', input_dim=10), Dense(1, activation='sigmoid')])
clf.compile(optimizer=optimizers.RMSprop(learning_rate=0.005),
            loss=losses.binary_crossentropy,
            metrics=[metrics.binary_accuracy, 'mse'])
clf.fit(train_x, train_y, epochs=5, batch_size=25, validation_data=(test_x, test_y), verbose=0)

print(clf.metrics_names)
loss, acc, mse = clf.evaluate(test_x, test_y, verbose=0)
print('loss = {:.4f}, acc = {:.4f}, mse = {:.4f}'.format(loss, acc, mse))

train_scores = clf.evaluate(train_x, train_y, verbose=0)
for name, score in zip(clf.metrics_names, train_scores):
    print("train %s: %.4f" % (name, score))
print("test %s: %.2f%%" % (clf.metrics_names[1], acc * 100))
