'''Callbacks of Keras and of our own around one small classifier.'''
import numpy as np
import keras
from keras import backend as K
from keras.callbacks import (CSVLogger, EarlyStopping, History, LambdaCallback, ModelCheckpoint,
                             ReduceLROnPlateau, TerminateOnNaN)
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

SAVE_ALL = True


class ScoreTracker(keras.callbacks.Callback):
    '''Scores held-out rows after each epoch, lowers the rate and stops when the scores are good.'''

    def __init__(self, x_test, y_test, good=2.0):
        super(ScoreTracker, self).__init__()
        self.x_test, self.y_test = x_test, y_test
        self.good = good

    def on_train_begin(self, logs={}):
        self.scores = []
        self.rates = []

    def on_epoch_begin(self, epoch, logs={}):
        if not hasattr(self.model.optimizer, 'lr'):
            raise ValueError('Optimizer must have a "lr" attribute.')
        self.rates.append(float(K.get_value(self.model.optimizer.lr)))

    def on_epoch_end(self, epoch, logs={}):
        loss, acc = self.model.evaluate(self.x_test, self.y_test, verbose=0)
        positive = self.model.predict(self.x_test, verbose=0)[:, 1].mean()
        self.scores.append((loss, acc, positive))
        if epoch == 1:
            K.set_value(self.model.optimizer.lr, 0.5 * K.get_value(self.model.optimizer.lr))
        if logs.get('acc') > self.good or epoch + 1 == self.params['epochs']:
            print('last epoch, accuracy %.4f' % logs['val_acc'])
            self.model.stop_training = True


class Rounds(keras.callbacks.Callback):
    count = 0

    def on_batch_end(self, batch, logs=None):
        self.count += 1

    def on_train_end(self, logs=None):
        print('batches:', self.count, 'of', self.params['steps'], 'an epoch')


np.random.seed(3)
x = np.random.randn(160, 5)
y = keras.utils.to_categorical((x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(int), 2)
x_test, y_test = x[120:], y[120:]

model = Sequential()
model.add(Dense(12, activation='relu', input_shape=(5,)))
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.02), metrics=['acc'])

tracker = ScoreTracker(x_test, y_test)
rounds = Rounds()
history = History()
early_stopping = EarlyStopping(monitor='val_loss', min_delta=0.05, patience=2, mode='min', restore_best_weights=True)
callbacks = [tracker, rounds, history, TerminateOnNaN()]
callbacks.append(early_stopping)
callbacks.append(ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=1, min_lr=0.001, cooldown=1))
callbacks.append(CSVLogger('training.csv', separator=';', append=False))
if SAVE_ALL:
    callbacks.append(ModelCheckpoint('weights.{epoch:02d}-{val_loss:.2f}.hdf5', monitor='val_acc', save_best_only=True))
callbacks.append(LambdaCallback(on_epoch_end=lambda epoch, logs: print('epoch %d: loss %.4f' % (epoch, logs['loss']))))

model.fit(x[:120], y[:120], batch_size=32, epochs=8, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)
print('stopped after epoch', early_stopping.stopped_epoch)
print('scores:', np.round(tracker.scores, 4))
print('rates:', tracker.rates)
print('history:', history.epoch, np.round(history.history['val_acc'], 4))
print(open('training.csv').readline().strip())
score = model.evaluate(x_test, y_test, verbose=0)
print('test loss:', score[0])

model.fit(x, y, epochs=1, callbacks=None, verbose=0)
