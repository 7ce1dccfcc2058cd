"""IDVA FTE against the 40.5 that the contract asks for: counted by the day from the roster (interfaces: idva; R15)."""
