"""The paper's tables and figures, and the quickstart's short form of them: which data and runs each needs, made."""
