'''Small convnet on images in folders, one folder a class.

data/train/circles/circle.0.png ...
data/test/circles/circle.0.png ...
'''
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, models, optimizers
from keras.preprocessing.image import ImageDataGenerator

train_dir = 'data/train'
test_dir = 'data/test'
batch_size = 4
img_width, img_height = 12, 12

# Rescale all images by 1/255
train_datagen = ImageDataGenerator(rescale=1./255, validation_split=0.3)
test_datagen = ImageDataGenerator(rescale=1./255)

train_generator = train_datagen.flow_from_directory(
    train_dir,
    # All images are resized
    target_size=(img_height, img_width),
    batch_size=batch_size,
    class_mode='categorical',
    shuffle=False,
    subset='training')
validation_generator = train_datagen.flow_from_directory(train_dir,
                                                         target_size=(img_height, img_width),
                                                         batch_size=batch_size,
                                                         shuffle=False,
                                                         subset='validation')
test_generator = test_datagen.flow_from_directory(test_dir,
                                                  target_size=(img_height, img_width),
                                                  batch_size=batch_size,
                                                  class_mode='categorical',
                                                  shuffle=False)
print(train_generator.class_indices)
print('samples:', train_generator.samples, validation_generator.samples, 'batches:', len(train_generator))

for data_batch, labels_batch in train_generator:
    print('data batch shape:', data_batch.shape)
    print('labels batch shape:', labels_batch.shape)
    break
print('first pixels', train_generator[1][0][0, 0, :2], np.mean(next(test_generator)[0]))
test_generator.reset()

model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), activation='relu', input_shape=(img_height, img_width, 3)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(16, activation='relu'))
model.add(layers.Dropout(0.3))
model.add(layers.Dense(3, activation='softmax'))

model.compile(loss='categorical_crossentropy',
              optimizer=optimizers.Adam(lr=1e-3),
              metrics=['accuracy'])

history = model.fit_generator(
    train_generator,
    steps_per_epoch=train_generator.samples // batch_size,
    epochs=3,
    validation_data=validation_generator,
    validation_steps=len(validation_generator),
    workers=1)

acc = history.history['accuracy']
val_acc = history.history['val_accuracy']
epochs = range(len(acc))
plt.plot(epochs, acc, 'bo', label='Training acc')
plt.plot(epochs, val_acc, 'b', label='Validation acc')
plt.legend()

score = model.evaluate_generator(test_generator, steps=len(test_generator))
print('Test loss:', score[0], 'Test accuracy:', score[1])

probabilities = model.predict_generator(test_generator)
predicted = np.argmax(probabilities, axis=1)
labels = {number: name for name, number in test_generator.class_indices.items()}
print([labels[k] for k in predicted])
print('right:', np.sum(predicted == test_generator.classes), 'of', test_generator.n)
print(test_generator.filenames[:2])
