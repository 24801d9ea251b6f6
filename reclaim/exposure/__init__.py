"""What is in a queue, what money it holds up, and until when SQS keeps it."""
