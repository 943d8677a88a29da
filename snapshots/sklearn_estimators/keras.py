# Iris with scikit-learn's tools around Keras: cross validation, a pipeline, a grid search
import numpy
from keras.layers import Dense
from keras.models import Sequential
from keras.utils import np_utils
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

# fix random seed for reproducibility
seed = 7
numpy.random.seed(seed)

iris = load_iris()
names = numpy.array(['setosa', 'versicolor', 'virginica'])
X = iris.data[::3]
Y = names[iris.target[::3]]

# encode class values as integers, then as one-hot rows
encoder = LabelEncoder()
encoder.fit(Y)
encoded_Y = encoder.transform(Y)
dummy_y = np_utils.to_categorical(encoded_Y)


def baseline_model(units=8, activation='relu', optimizer='adam', init='glorot_uniform'):
    # create model
    model = Sequential()
    model.add(Dense(units, input_dim=4, kernel_initializer=init, activation=activation))
    model.add(Dense(3, kernel_initializer=init, activation='softmax'))
    # Compile model
    model.compile(loss='categorical_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model


estimator = KerasClassifier(build_fn=baseline_model, epochs=3, batch_size=5, verbose=0)
kfold = KFold(n_splits=2, shuffle=True, random_state=seed)
results = cross_val_score(estimator, X, dummy_y, cv=kfold)
print("Baseline: %.2f%% (%.2f%%)" % (results.mean() * 100, results.std() * 100))

# labels as they are, scaled features
pipeline = Pipeline([('standardize', StandardScaler()),
                     ('mlp', KerasClassifier(build_fn=baseline_model, epochs=4, batch_size=10, verbose=0))])
pipeline.fit(X, Y)
print(pipeline.predict(X[:10]))
print('%.4f' % pipeline.score(X, Y))
print(pipeline.named_steps['mlp'].predict_proba(X[:3]).shape)
best_model = pipeline.named_steps['mlp'].model
print(best_model.metrics_names, best_model.evaluate(pipeline[:-1].transform(X), dummy_y, verbose=0))

# grid search
optimizers = ['rmsprop', 'SGD']
inits = ['normal', 'uniform']
param_grid = dict(units=[12], epochs=[1], optimizer=optimizers, init=inits, activation=['tanh'])
grid = GridSearchCV(estimator=estimator, param_grid=param_grid, cv=kfold, refit=False)
grid_result = grid.fit(X, encoded_Y)
for mean, param in zip(grid_result.cv_results_['mean_test_score'], grid_result.cv_results_['params']):
    print('%f with: %r' % (mean, param))

# scored by probabilities, on folds in the order of the data
order = numpy.random.permutation(len(X))
losses = cross_val_score(estimator, X[order], encoded_Y[order], cv=3, scoring='neg_log_loss')
print(losses)
