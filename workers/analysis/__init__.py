"""The mathematics: tensors in, NamedTuples of tensors out. No redis, disk, environment or globals."""
