"""What is seen of the service: request ids, logs without personal data, metrics."""
