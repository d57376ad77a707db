"""A report outside the page: its views drawn, written as one HTML file or as Markdown. Nothing of Dash."""
