"""Pure: view model in, plotly figure out."""
