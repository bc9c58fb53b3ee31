"""What an institution has issued, in figures, at a cost that does not grow with them."""
