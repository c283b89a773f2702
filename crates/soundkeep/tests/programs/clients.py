"""Real clients of OAuth 2.0 and a real maker of JWTs, against a running vault: id and key come by standard input."""

import hmac
import json
import os
import sys
import time

# These libraries refuse http, and the vault that is asked here is on this machine.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import jwt
import requests
from authlib.integrations.requests_client import OAuth2Session as Authlib
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session as RequestsOAuthlib

given = json.load(sys.stdin)
origin, key_id, key = given["origin"], given["id"], given["key"]
token_url = f"{origin}/oauth2/token"
conversations = f"{origin}/api/v1/conversations"


def authlib(method):
    session = Authlib(key_id, key, token_endpoint_auth_method=method, scope="conversations.view")
    token = session.fetch_token(token_url, grant_type="client_credentials")
    assert token["scope"] == "conversations.view", token
    assert session.get(conversations).status_code == 200
    told = session.introspect_token(f"{origin}/oauth2/introspect", token["access_token"]).json()
    assert told["active"] and told["client_id"] == key_id, told
    ended = session.revoke_token(f"{origin}/oauth2/revoke", token["access_token"])
    assert ended.status_code == 200, ended.text
    told = session.introspect_token(f"{origin}/oauth2/introspect", token["access_token"]).json()
    assert told == {"active": False}, told
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert requests.get(conversations, headers=bearer).status_code == 401


def requests_oauthlib():
    session = RequestsOAuthlib(client=BackendApplicationClient(client_id=key_id))
    session.fetch_token(token_url, client_id=key_id, client_secret=key)
    assert session.get(conversations).status_code == 200
    try:
        RequestsOAuthlib(client=BackendApplicationClient(client_id=key_id)).fetch_token(
            token_url, client_id=key_id, client_secret="sk_wrong"
        )
    except Exception as error:
        assert "invalid_client" in str(error), error
    else:
        raise AssertionError("a wrong secret was taken")


def signed():
    signing_key = hmac.digest(key.encode(), b"soundkeep signed secret v1", "sha256")
    day = int(time.time()) // 86400 * 86400
    claims = {"iss": key_id, "sub": key_id, "aud": origin, "iat": day, "exp": day + 86400}

    def ask(changed=None, algorithm="HS256", with_key=signing_key):
        secret = jwt.encode(claims | (changed or {}), with_key, algorithm=algorithm, headers={"kid": key_id})
        return requests.get(conversations, headers={"Authorization": f"Bearer {secret}"}).status_code

    assert ask() == 200
    assert ask({"aud": ["https://elsewhere.example", origin]}) == 200
    for changed in [{"aud": "elsewhere"}, {"iss": "somebody"}, {"exp": day + 86401}, {"exp": day - 1}]:
        assert ask(changed) == 401, changed
    assert ask(algorithm="HS512", with_key=signing_key * 2) == 401
    assert ask(algorithm="none", with_key=None) == 401
    assert ask(with_key=key.encode()) == 401


metadata = requests.get(f"{origin}/.well-known/oauth-authorization-server").json()
assert metadata["token_endpoint"] == token_url and metadata["issuer"] == origin, metadata
authlib("client_secret_basic")
authlib("client_secret_post")
requests_oauthlib()
signed()
print("well")
