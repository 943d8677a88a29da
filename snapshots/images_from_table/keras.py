# Images whose names and labels stand in a table
import glob
import os
import numpy as np
import pandas as pd
from tensorflow.keras.layers import Conv2D, Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

paths = sorted(glob.glob('data/train/*/*.png'), key=os.path.basename)
df = pd.DataFrame({'id': [os.path.relpath(path, 'data/train') for path in paths]})
df['label'] = [path.split(os.sep)[-2] for path in paths]
df = df.sample(frac=1, random_state=3).reset_index(drop=True)
df.loc[4, 'id'] = 'missing.png'

datagen = ImageDataGenerator(rescale=1./255., validation_split=0.25)
train_generator = datagen.flow_from_dataframe(dataframe=df,
                                              directory='data/train/',
                                              x_col='id',
                                              y_col='label',
                                              subset='training',
                                              batch_size=5,
                                              shuffle=False,
                                              class_mode='categorical',
                                              target_size=(10, 12))
valid_generator = datagen.flow_from_dataframe(
    dataframe=df, directory='data/train/', x_col='id', y_col='label', subset='validation',
    batch_size=5, seed=42, shuffle=False, class_mode='categorical', target_size=(10, 12))
print(train_generator.class_indices, train_generator.n, len(valid_generator))

model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(10, 12, 3)))
model.add(Flatten())
model.add(Dense(3, activation='softmax'))
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])

history = model.fit(train_generator, validation_data=valid_generator, epochs=2)
score = model.evaluate(valid_generator)
print('score', score)
predictions = np.argmax(model.predict(valid_generator), axis=1)
print(predictions, valid_generator.classes)
