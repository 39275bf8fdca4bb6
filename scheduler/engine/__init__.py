"""What runs the product's tasks: a table of them, and one file for each engine that can run it."""
