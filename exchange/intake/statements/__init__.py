"""Files that are read as a whole, not row by row: workbooks and sets of CSV from people, opened safely."""
