"""Jobs: submit, watch, cancel."""
