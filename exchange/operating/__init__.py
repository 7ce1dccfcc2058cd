"""What operators do about loads: run them again, correct their rows, take one back, make days good, keep copies."""
