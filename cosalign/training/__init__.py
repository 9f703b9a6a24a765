"""What the trainings share: parameters, examples, models, trainers, checkpoints, several processes."""
