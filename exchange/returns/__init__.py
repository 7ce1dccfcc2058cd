"""Returns as they are kept, approved by a second person, delivered to their receiver, and never changed after that."""
