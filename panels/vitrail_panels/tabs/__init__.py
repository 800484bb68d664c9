"""The sides of an artifact beside its table: what is known of it, what it holds, how Python opens it."""
