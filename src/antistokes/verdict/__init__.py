"""From a study.toml to all analyses its data allow, to evidence, to the two verdicts."""
