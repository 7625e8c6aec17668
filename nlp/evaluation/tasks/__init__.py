"""What is measured: one module for each task, listed in `nlp.evaluation.base.TASKS`."""
