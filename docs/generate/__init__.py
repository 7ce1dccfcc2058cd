"""Makes the pages of docs/ that say what the code says: one module a page, each with `render() -> str`."""
