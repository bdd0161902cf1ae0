"""What is audited of this project beside its own code: dependencies, licences, secrets."""
