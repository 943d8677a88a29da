"""Networks as wide as their problem: one answer or several."""
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

rng = np.random.RandomState(1)


class Problem:
    def __init__(self, answers):
        self.n_answers = answers
        self.x = rng.rand(60, 5).astype("float32")
        self.y = rng.randint(0, 2, (60, answers)).astype("float32")


class Solver:
    def __init__(self, problem):
        self.problem = problem
        self.labels = self.create_network(problem.n_answers, "sigmoid", "binary_crossentropy")
        self.values = self.create_q_network(problem.n_answers)

    def create_network(self, n_answers, activation, loss):
        model = Sequential()
        model.add(Dense(8, activation="tanh", input_dim=5))
        model.add(Dense(n_answers, activation="sigmoid"))
        model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(0.5), metrics=["accuracy"])
        return model

    def create_q_network(self, n_answers):
        model = Sequential()
        model.add(Dense(8, activation="relu", input_dim=5))
        model.add(Dense(n_answers))
        model.compile(loss="mse", optimizer="sgd", metrics=["accuracy"])
        return model

    def solve(self):
        self.labels.fit(self.problem.x, self.problem.y, batch_size=25, epochs=3, verbose=2)
        return self.values.fit(self.problem.x, self.problem.y, batch_size=25, epochs=2, verbose=2)


for problem in [Problem(answers) for answers in map(int, "13")]:
    print(problem.n_answers, "answers")
    Solver(problem).solve()
