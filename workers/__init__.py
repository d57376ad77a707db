"""RQ workers of Lingua Atlas: they hold the model; they know contracts and artifacts, never HTTP."""
