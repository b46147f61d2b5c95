#!/bin/sh
# One expects HF_HUB_OFFLINE=1 to keep huggingface_hub from the hub, for checkpoints that are on disk already, and no more than that.
# huggingface_hub 2.4.0's InferenceClient then also refuses to talk to a server of one's own, on loopback: OfflineModeIsEnabled before
# anything is sent. Seen here: the same call reaches the server without the variable.
# It matters on machines that are offline by policy, where that variable is set for all programs and the model is served locally: the
# client of a local service needs HF_HUB_OFFLINE=0.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v && v/bin/pip install -q huggingface_hub==2.4.0
cat >ask.py <<'P'
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
asked = []
class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps([{"label": "cat", "score": 1.0}]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
from huggingface_hub import InferenceClient
client = InferenceClient(model=f"http://127.0.0.1:{server.server_port}/zero-shot")
try:
    client.zero_shot_image_classification(b"\x89PNG", candidate_labels=["cat", "dog"])
    outcome = "answered"
except Exception as error:
    outcome = type(error).__name__
print(f"HF_HUB_OFFLINE={os.environ.get('HF_HUB_OFFLINE')}: {outcome}, requests that reached the server: {len(asked)}")
raise SystemExit(0 if (outcome, len(asked)) == (("OfflineModeIsEnabled", 0) if sys.argv[1] == "offline" else ("answered", 1)) else 1)
P
HF_HUB_OFFLINE=1 v/bin/python ask.py offline
HF_HUB_OFFLINE=0 v/bin/python ask.py online
