"""The use cases of a till, without a screen."""
