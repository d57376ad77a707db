"""The only disk layout: results, model entries and corpora. Shared by the API and the workers."""
