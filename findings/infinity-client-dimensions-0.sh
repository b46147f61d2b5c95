#!/bin/sh
# One expects a client to leave out what its caller leaves out, as OpenAI's do: `dimensions` is optional there, and at least 1.
# infinity_client 0.0.78 sends "dimensions": 0 with every request for embeddings, and "model": "default/not-specified". Seen here: what it writes
# for a caller that names neither.
# It matters to servers that take OpenAI's protocol: one that checks `dimensions` against the model refuses each of its requests, and one
# that cuts embeddings to that length would answer with nothing. 0 has to mean the model's own dimension.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v && v/bin/pip install -q infinity_client==0.0.78
v/bin/python - <<'P'
from infinity_client.models import OpenAIEmbeddingInputImage
sent = OpenAIEmbeddingInputImage(input_=["data:image/png;base64,AAAA"]).to_dict()
print("sent:", sent)
raise SystemExit(0 if sent["dimensions"] == 0 and sent["model"] == "default/not-specified" else 1)
P
