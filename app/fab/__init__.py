"""The one place that knows the framework's quirks: base views, forms, answers, headers."""
