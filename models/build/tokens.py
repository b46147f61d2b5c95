"""Drops the tokens of MiniLM that no text in Latin letters needs, and the places beyond the longest text: 1.1 MB."""
import unicodedata

import numpy as np
import torch


def is_latin(token):
    letters = token.removeprefix("##")
    return not token.startswith("[unused") and all(c.isascii() or not c.isalnum() or "LATIN" in unicodedata.name(c, "") for c in letters)


def keep_latin(tokens, bert, longest):
    """Changes tokenizer.json's content and the model alike; returns where each of the old ids is now."""
    old = tokens["model"]["vocab"]
    kept = [token for token, _ in sorted(old.items(), key=lambda t: t[1]) if is_latin(token)]
    new = {token: i for i, token in enumerate(kept)}
    tokens["model"]["vocab"] = new
    for token in tokens["added_tokens"]:
        token["id"] = new[token["content"]]
    for name, token in tokens["post_processor"]["special_tokens"].items():
        token["ids"] = [new[name]]
    table = bert.embeddings
    with torch.no_grad():
        table.word_embeddings.weight = torch.nn.Parameter(table.word_embeddings.weight[[old[token] for token in kept]])
        table.position_embeddings.weight = torch.nn.Parameter(table.position_embeddings.weight[:longest])
    for name in ("position_ids", "token_type_ids"):
        if hasattr(table, name):
            setattr(table, name, getattr(table, name)[:, :longest])
    return np.array([new.get(token, new["[UNK]"]) for token, _ in sorted(old.items(), key=lambda t: t[1])])
