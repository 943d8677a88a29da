import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'

import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.utils import set_random_seed

tf.get_logger().setLevel('ERROR')

# Take only the memory that is needed
gpus = tf.config.experimental.list_physical_devices('GPU')
if gpus:
    try:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        logical_gpus = tf.config.experimental.list_logical_devices('GPU')
        print(len(gpus), "Physical GPUs,", len(logical_gpus), "Logical GPUs")
    except RuntimeError as e:
        print(e)
print("Num GPUs Available:", len(tf.config.list_physical_devices('GPU')))
print("GPU is", "available" if tf.test.is_gpu_available() else "NOT AVAILABLE")

config = tf.compat.v1.ConfigProto()
config.gpu_options.allow_growth = True
sess = tf.compat.v1.Session(config=config)
tf.compat.v1.keras.backend.set_session(sess)

set_random_seed(3)
x = np.random.rand(64, 4)
y = x.sum(axis=1)

model = Sequential([Dense(8, activation='relu', input_shape=(4,)), Dense(1)])
model.compile(loss='mse', optimizer='sgd')
model.fit(x, y, epochs=3, batch_size=16, verbose=0)
print('mse: %.5f' % model.evaluate(x, y, verbose=0))
