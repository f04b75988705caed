"""The sentences of the explanation, by family; `rules.explain` fills them."""
