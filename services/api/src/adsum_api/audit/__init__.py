"""The audit log: what is written down of what people and machines do."""
