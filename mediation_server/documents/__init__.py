"""Official documents: Typst templates and their rendering; data enters as JSON, never as markup."""
