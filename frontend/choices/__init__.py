"""What stands in a form: query string to choice, choice to request. Knows contracts, nothing of Dash."""
