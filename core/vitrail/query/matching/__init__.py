"""Query documents such as `{conf: {$gt: 0.5}}`, read into typed expressions."""
