"""Running an evaluation: ask a target every case its repeats, and never lose a paid answer."""
