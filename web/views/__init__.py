"""What pages show, worked out from what the services answer: pure functions, no request and no text."""
