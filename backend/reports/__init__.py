"""Reports over HTTP, and the beginnings of keys that addresses carry."""
