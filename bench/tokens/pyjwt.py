"""PyJWT, for comparison: reads rounds as lines of JSON, answers each with microseconds of CPU time a token."""

import base64
import json
import sys
import time

import jwt
from cryptography.x509 import load_der_x509_certificate

settings = json.loads(sys.argv[1])


def key_of_certificate():
    return load_der_x509_certificate(base64.b64decode(settings["x5c"])).public_key()


def verify(token, key):
    jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=settings["clientId"],
        issuer=settings["issuer"],
        leeway=60,
        options={"require": ["exp", "iss", "aud"]},
    )


def measure(tokens, find_key):
    started_at = time.process_time()
    for token in tokens:
        verify(token, find_key())
    return (time.process_time() - started_at) / len(tokens) * 1e6


kept_key = key_of_certificate()
print(json.dumps({"version": jwt.__version__, "python": sys.version.split()[0]}), flush=True)
for line in sys.stdin:
    tokens = json.loads(line)
    rows = [
        {"name": "PyJWT with a key object", "what": "miss", "cpu": measure(tokens, lambda: kept_key)},
        {"name": "PyJWT, certificate read each time", "what": "miss", "cpu": measure(tokens, key_of_certificate)},
    ]
    print(json.dumps(rows), flush=True)
