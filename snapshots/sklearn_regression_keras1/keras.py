# Progress of diabetes from ten measurements: a Keras 1 network as a scikit-learn regressor
import numpy
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

numpy.random.seed(1)
diabetes = load_diabetes()
X = diabetes.data[:60]
Y = diabetes.target[:60] / 100


def larger_model():
    model = Sequential()
    model.add(Dense(12, input_dim=10, init='normal', activation='relu'))
    model.add(Dense(6, init='normal', activation='relu'))
    model.add(Dense(1, init='normal'))
    model.compile(loss='mean_squared_error', optimizer='adam')
    return model


estimators = []
estimators.append(('standardize', StandardScaler()))
estimators.append(('mlp', KerasRegressor(build_fn=larger_model, nb_epoch=3, batch_size=5, verbose=0)))
pipeline = Pipeline(estimators)
results = cross_val_score(pipeline, X, Y, cv=KFold(n_splits=2))
print("Larger: %.4f (%.4f) MSE" % (results.mean(), results.std()))

regressor = KerasRegressor(build_fn=larger_model, nb_epoch=2, batch_size=10, verbose=0)
regressor.fit(X, Y)
print(regressor.predict(X[:4]))
print('%.4f' % regressor.score(X, Y))
