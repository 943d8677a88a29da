"""How Keras 1 joins tensors, `merge`, and models at the start of another one, `Merge`: on top of tf_keras."""

import importlib


def install(keras):
    layers = keras.layers
    kinds = {"sum": layers.Add, "mul": layers.Multiply, "ave": layers.Average, "max": layers.Maximum}
    functional = importlib.import_module("tf_keras.src.engine.functional").Functional

    def merge(inputs, mode="sum", concat_axis=-1, dot_axes=-1):
        if mode == "concat":
            return layers.Concatenate(axis=concat_axis)(inputs)
        return layers.Dot(axes=dot_axes)(inputs) if mode == "dot" else kinds[mode]()(inputs)

    class Merge:
        def __init__(self, models, **options):
            self.models, self.options = models, options

    class Merged(functional):
        """A model that is made anew with every layer."""

        def add(self, layer):
            functional.__init__(self, self.inputs, layer(self.outputs[0]))

    real = keras.Sequential.add

    def add(self, layer):
        if not isinstance(layer, Merge):
            real(self, layer)
            return
        inputs = [layers.Input(model.input_shape[1:], dtype=model.input.dtype) for model in layer.models]
        outputs = [model(one) for model, one in zip(layer.models, inputs)]
        self.__class__ = Merged
        functional.__init__(self, inputs, merge(outputs, **layer.options))

    keras.Sequential.add = add
    layers.Merge, layers.merge = Merge, merge
