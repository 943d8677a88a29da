/** How models are made, copied, saved and taken apart. */
import type { Mutant } from "./mutant.ts";

export const models: readonly Mutant[] = [
  // layers that functions make, and classes of layers by name
  {
    case: "layers_by_functions",
    name: "a partial object's own argument wins over that of the call",
    from: "nn.Conv2d(16, 16, 3, padding=1),\n    nn.ELU(),",
    to: "nn.Conv2d(16, 16, 3, padding=1),\n    nn.ReLU(),",
    shows: "first outputs",
  },
  {
    case: "layers_by_functions",
    name: "the default of a function in the place of what a call gives it",
    from: "nn.Dropout(RATE / 2)",
    to: "nn.Dropout(RATE)",
    shows: "dropout",
  },
  {
    case: "models_in_dicts",
    name: "one of several models is taken for all",
    from: "evaluate(models[name], ",
    to: 'evaluate(models["small"], ',
    shows: "printed",
  },
  {
    case: "layer_classes_by_name",
    name: "one of several classes is taken for all",
    from: "    RNN = GRU\n",
    to: "    RNN = SimpleRNN\n",
    shows: "layers",
  },
  // one optimizer for several models
  {
    case: "gan_one_optimizer",
    name: "each model counts its own steps",
    from: "partial(SharedAdam, steps=[0], ",
    to: "partial(torch.optim.Adam, ",
    shows: "losses",
  },
  // layers one by one
  {
    case: "layers_in_loops",
    name: "what is trained counts as frozen",
    from: "p in get_weights(model, trainable=False)",
    to: "p in get_weights(model)",
    shows: "values",
  },
  {
    case: "layers_in_loops",
    name: "one of two classes is left out",
    from: "isinstance(layer, (nn.Conv2d, nn.Linear))",
    to: "isinstance(layer, nn.Linear)",
    shows: "weights",
  },
  {
    case: "layers_in_loops",
    name: "modules are counted instead of layers",
    from: "for layer in [model[0], model[2], model[3], model[4], model[6], model[7], model[9], nn.Identity()]:",
    to: "for layer in model:",
    shows: "values",
  },
  // models that are compiled again
  {
    case: "compiled_again",
    name: "the loss stays that of the first time",
    from: "loss_fn = nn.L1Loss()\n",
    to: "",
    shows: "losses",
  },
  // models that are read back, or copied
  {
    case: "training_goes_on",
    name: "the optimizer is that of the model before it was saved",
    from: 'model = torch.load("energy.pt", weights_only=False)',
    to: 'optimizer, model = model.optimizer, torch.load("energy.pt", weights_only=False)\nmodel.optimizer = optimizer',
    shows: "weights",
  },
  {
    case: "training_goes_on",
    name: "the copy's optimizer for both",
    from: "fit(model, model.loss_fn, model.optimizer, x, y, epochs=1",
    to: "fit(model, model.loss_fn, twin.optimizer, x, y, epochs=1",
    shows: "weights",
  },
  // several models that one call compiles
  {
    case: "models_in_turn",
    name: "the optimizer of the model that was compiled last for all",
    from: "fit(model, model.loss_fn, model.optimizer,",
    to: "fit(model, model.loss_fn, models[-1].optimizer,",
    shows: "weights",
  },
  // one model that trains through another
  {
    case: "adversarial_class",
    name: "the critic learns with the artist",
    from: "optimizer(self.combined[0].parameters())",
    to: "optimizer(self.combined.parameters())",
    shows: "weights",
  },
  // attributes of layers
  {
    case: "layer_attributes",
    name: "a kernel in PyTorch's layout",
    from: "w = get_weights(model[0])[0]",
    to: "w = model[0].weight.detach().cpu().numpy()",
    shows: "values",
  },
  // parts of models
  {
    case: "feature_extractors",
    name: "a layer is taken for the module of its number",
    from: "conv_model = model[:2]",
    to: "conv_model = model[:1]",
    shows: "values",
  },
  {
    case: "feature_extractors",
    name: "maps keep PyTorch's order",
    from: "get_3rd_layer_output.to_outputs = to_outputs_3",
    to: "get_3rd_layer_output.to_outputs = to_outputs_2",
    shows: "values",
  },
  // models that are called
  {
    case: "called_models",
    name: "a called model gives logits",
    from: "return outputs.softmax(-1)",
    to: "return outputs",
    shows: "values",
  },
  // models from lists
  {
    case: "layer_lists",
    name: "layers of a list that are frozen train on",
    from: "    l.requires_grad_(False)\n",
    to: "    l.trainable = False\n",
    shows: "weights",
  },
  {
    case: "layer_lists",
    name: "a layer that a loop appends is appended once",
    from: "for i in range(2):\n    hidden.append",
    to: "for i in range(1):\n    hidden.append",
    shows: "layers",
  },
  // models inside models
  {
    case: "nested_models",
    name: "a model inside another gets maps in the wrong order",
    from: "    Permute(0, 2, 3, 1),\n    nn.Sequential(\n        nn.Flatten(),",
    to: "    Permute(0, 1, 3, 2),\n    nn.Sequential(\n        nn.Flatten(),",
    shows: "first outputs",
  },
  // weights, files and estimators
  {
    case: "sklearn_estimators",
    name: "options of the estimator do not reach fit",
    from: "{**self.options_of(fit, skip=5), **options}",
    to: "options",
    shows: "steps",
  },
  {
    case: "sklearn_estimators",
    name: "the default optimizer whatever the grid says",
    from: "}[optimizer]",
    to: '}["adam"]',
    shows: "weights",
  },
  {
    case: "frozen_base",
    name: "frozen normalizations follow the batches",
    from: "    hold_frozen_norms(model)\n",
    to: "",
    shows: "weights",
  },
  {
    case: "frozen_base",
    name: "all of the base is trained again",
    from: "    layer.requires_grad_(False)",
    to: "    pass",
    shows: "weights",
  },
  {
    case: "functional_chain",
    name: "layers are counted without the input",
    from: "print('layers:', 7)",
    to: "print('layers:', 6)",
    shows: "printed",
  },
  {
    case: "functional_chain",
    name: "a call in the chain is left out",
    from: "        nn.Tanh(),\n",
    to: "",
    shows: "first outputs",
  },
  {
    case: "frozen_layers",
    name: "layers are counted as modules",
    from: "model[:6]",
    to: "model[:-2]",
    shows: "weights",
  },
  {
    case: "sklearn_regression_keras1",
    name: "the sign of later versions' scores",
    from: "return loss\n",
    to: "return -loss\n",
    shows: "printed",
  },
  {
    case: "weights_read_back",
    name: "kernels in PyTorch's layout",
    from: "views.append(tensor.detach().permute(axes))",
    to: "views.append(tensor.detach())",
    shows: "values",
  },
  // models that branch
  {
    case: "branches",
    name: "branches are joined in another order",
    from: "torch.cat([tower_1, tower_2, tower_3], dim=1)",
    to: "torch.cat([tower_2, tower_1, tower_3], dim=1)",
    shows: "first outputs",
  },
  {
    case: "branches",
    name: "the way around a block starts behind it",
    from: "x = x + shortcut",
    to: "x = x + x",
    shows: "first outputs",
  },
  {
    case: "branches",
    name: "channels are weighed as rows",
    from: "squeeze.permute(0, 3, 1, 2)",
    to: "squeeze.flatten(1).repeat(1, 8)[:, :8].reshape(-1, 1, 8, 1)",
    shows: "first outputs",
  },
  {
    case: "branches",
    name: "a product of vectors is not normalized",
    from: "F.normalize(left, dim=1, eps=1e-6)",
    to: "left",
    shows: "first outputs",
  },
  {
    case: "branches",
    name: "scores are normalized, as those of attention are",
    from: "scores @ states",
    to: "scores.softmax(-1) @ states",
    shows: "first outputs",
  },
  {
    case: "two_inputs",
    name: "inputs are given in the other order",
    from: "self.encoder(self.vectors(answer_in))",
    to: "self.encoder(self.vectors(question_in))",
    shows: "first outputs",
  },
  {
    case: "two_inputs",
    name: "branches meet in the other order",
    from: "torch.cat([self.dense(number_input), self.text_branch(word_input)], dim=1)",
    to: "torch.cat([self.text_branch(word_input), self.dense(number_input)], dim=1)",
    shows: "first outputs",
  },
  {
    case: "two_inputs",
    name: "rows of one input are validated with those of another",
    from: "[one[n_train:] for one in x]",
    to: "[one[:-n_train] for one in x]",
    shows: "values",
  },
  {
    case: "keras1_merge",
    name: "models are merged in the other order",
    from: "torch.cat([self.left(left_input), self.right(right_input)], dim=1)",
    to: "torch.cat([self.right(right_input), self.left(left_input)], dim=1)",
    shows: "first outputs",
  },
  {
    case: "keras1_merge",
    name: "maps are joined in the other order",
    from: "torch.cat([towers, picture], dim=1)",
    to: "torch.cat([picture, towers], dim=1)",
    shows: "first outputs",
  },
  {
    case: "keras1_merge",
    name: "an average is a sum",
    from: "(first + second) / 2",
    to: "first + second",
    shows: "first outputs",
  },
  // looked at from all sides
  {
    case: "model_reshaped",
    name: "a layer that is taken off again stays",
    from: "nn.Linear(12, 3)",
    to: "nn.Linear(12, 10), nn.Softmax(-1), nn.Linear(10, 3)",
    shows: "layers",
  },
  {
    case: "model_reshaped",
    name: "a call in training mode sees its samples batch by batch",
    from: "training=True, batch_size=len(x)",
    to: "training=True, batch_size=32",
    shows: "weights",
  },
];
