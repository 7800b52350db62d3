"""What is said to people, in their language: one catalogue, numbers and dates by locale."""
