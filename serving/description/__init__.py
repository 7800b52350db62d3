"""What the service says of its own API: OpenAPI 3.1, and the same for importers that read only 3.0 or Swagger 2.0."""
