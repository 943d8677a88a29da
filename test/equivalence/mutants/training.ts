/** Steps, weights of samples and callbacks. */
import type { Mutant } from "./mutant.ts";

export const training: readonly Mutant[] = [
  // optimizers that are one of several
  {
    case: "optimizers_compared",
    name: "an optimizer forgets what it was made with",
    from: "lr=0.005, betas=(0.8, 0.999)",
    to: "lr=0.005",
    shows: "weights",
  },
  {
    case: "optimizers_by_name",
    name: "a class in a table forgets what Keras takes by itself",
    from: '"rmsprop": partial(torch.optim.RMSprop, alpha=0.9, eps=1e-7), "adagrad"',
    to: '"rmsprop": torch.optim.RMSprop, "adagrad"',
    shows: "weights",
  },
  {
    case: "optimizers_by_name",
    name: "an optimizer of several forgets that its gradients are clipped",
    from: "clip(optimizer, limit)\n    return optimizer",
    to: "return optimizer",
    shows: "steps",
  },
  // models that are compiled before any is trained
  {
    case: "generators_in_turn",
    name: "the loss of the model that was compiled last",
    from: "fit(classifier, classifier.loss_fn",
    to: "fit(classifier, regressor.loss_fn",
    shows: "losses",
  },
  {
    case: "generators_in_turn",
    name: "the order of batches is how many there are",
    from: "one_epoch(batches, steps_per_epoch, True)",
    to: "one_epoch(batches, True)",
    shows: "steps",
  },
  {
    case: "custom_losses",
    name: "batches to validate with are as large as those to train with",
    from: "validation_batch_size or batch_size",
    to: "batch_size",
    shows: "values",
  },
  {
    case: "keras3_style",
    name: "the loss stands before the metrics",
    from: "dict(sorted(logs.items()))",
    to: "logs",
    shows: "printed",
  },
  {
    case: "learning_rate_by_hand",
    name: "the decay of a rate that is set starts with the second step",
    from: "itertools.count()",
    to: "itertools.count(1)",
    shows: "weights",
  },
  {
    case: "schedules_as_functions",
    name: "a schedule of several models starts a step late",
    from: "LambdaLR(optimizer, factor)",
    to: "LambdaLR(optimizer, lambda step: factor(step + 1))",
    shows: "weights",
  },
  // files of models
  {
    case: "checkpoints_by_pattern",
    name: "the latest of the checkpoints is the first",
    from: "return max(files",
    to: "return min(files",
    shows: "printed",
  },
  {
    case: "model_of_earlier_run",
    name: "the optimizer in the file of a model starts anew",
    from: "return torch.load(path, weights_only=False)",
    to: "model = torch.load(path, weights_only=False)\n        model.optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)\n        return model",
    shows: "weights",
  },
  // weights of classes
  {
    case: "weighted_classes",
    name: "the class of a row is its largest index, not where its 1 is",
    from: "y.argmax(1)",
    to: "y.amax(1).long()",
    shows: "losses",
  },
  // modes
  {
    case: "mnist_mlp",
    name: "never in evaluation mode",
    from: /model\.train\(training\)|model\.eval\(\)/g,
    to: "model.train()",
    shows: "modes",
  },
  {
    case: "mnist_mlp",
    name: "never in training mode",
    from: "model.train(training)",
    to: "model.eval()",
    shows: "dropout",
  },
  {
    case: "mnist_mlp",
    name: "another rate of dropout",
    from: "nn.Dropout(0.2)",
    to: "nn.Dropout(0.3)",
    shows: "dropout",
  },
  // callbacks
  {
    case: "callback_without_list",
    name: "patience of one epoch more",
    from: /wait >= (self\.patience|\d)/,
    to: "wait > $1",
    shows: "steps",
  },
  {
    case: "callback_without_list",
    name: "the last weights instead of the best",
    from: /(\w+\.)*model\.load_state_dict\((\w+\.)*\w+\)|model\.load_state_dict\(\w+\)/,
    to: "pass",
    shows: "weights",
  },
  {
    case: "gan_points",
    name: "the generator's training moves the discriminator, too",
    from: "torch.optim.Adam(generator.parameters()",
    to: "torch.optim.Adam(gan.parameters()",
    shows: "weights",
  },
  {
    case: "gan_points",
    name: "predictions of the discriminator are logits",
    from: "return outputs.sigmoid()",
    to: "return outputs",
    shows: "printed",
  },
  {
    case: "gan_images",
    name: "a discriminator that is held still normalizes by its batch",
    from: "norm.eval()",
    to: "norm.train()",
    shows: "losses",
  },
  // callbacks that watch evaluations
  {
    case: "callbacks_of_evaluation",
    name: "validation is no evaluation for the hooks",
    from: "callback.on_test_end(val_logs)",
    to: "pass",
    shows: "values",
  },
  {
    case: "callbacks_of_evaluation",
    name: "an evaluation counts as training for the hooks",
    from: "callback.on_test_batch_end(index, logs)",
    to: "callback.on_train_batch_end(index, logs)",
    shows: "printed",
  },
  {
    case: "callbacks_of_evaluation",
    name: "epochs before the first that counts are waited for",
    from: "if self.start_from_epoch and epoch < self.start_from_epoch:",
    to: "if epoch < 0:",
    shows: "steps",
  },
  {
    case: "callbacks_of_evaluation",
    name: "the epochs of a period start anew with each fit",
    from: "self.epochs += 1",
    to: "self.epochs = epoch % self.period + 1",
    shows: "printed",
  },
  {
    case: "callbacks_of_evaluation",
    name: "a rate falls again while it cools down",
    from: "self.cooling = self.cooldown",
    to: "self.cooling = 0",
    shows: "weights",
  },
  // what is looked up after training
  {
    case: "trainings_looked_back",
    name: "a History starts anew with each fit",
    from: "self.epoch = []",
    to: "self.epoch, self.history = [], {}",
    shows: "values",
  },
  {
    case: "trainings_looked_back",
    name: "the first value is always better than none",
    from: "self.best = initial_value_threshold",
    to: "self.best = math.inf",
    shows: "printed",
  },
  // classes over Keras's own callbacks
  {
    case: "callbacks_derived",
    name: "the smallest change that counts is lost on the way to the base",
    from: "if value + self.min_delta < self.best:",
    to: "if value < self.best:",
    shows: "steps",
  },
  {
    case: "callbacks_derived",
    name: "the base decides on the rate before the class does",
    from: "super().__init__(self.rate)",
    to: "super().__init__(lambda epoch: 0.05)",
    shows: "weights",
  },
];
