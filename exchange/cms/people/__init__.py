"""Who is who: the database's side of matching. What is compared and decided is in exchange.matching, which is pure."""
