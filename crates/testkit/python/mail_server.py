"""A mail server that others wrote (aiosmtpd), which tests send to.

Prints its port, then every message that it takes as a line of JSON. Addresses that begin with `nobody` are refused for
good, and those that begin with `later` for now.
"""

import argparse
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

said = argparse.ArgumentParser()
said.add_argument("--security", choices=["none", "starttls", "tls"], default="none")
said.add_argument("--certificate")
said.add_argument("--key")
said.add_argument("--user")
said.add_argument("--password")
said = said.parse_args()


class Letterbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 nobody of that name"
        if address.startswith("later"):
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("utf-8"),
            "tls": session.ssl is not None or said.security == "tls",
            "user": session.auth_data.login.decode() if session.authenticated else None,
            "hello": session.host_name,
        }
        print(json.dumps(letter), flush=True)
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, shown):
    right = isinstance(shown, LoginPassword)
    right = right and shown.login == said.user.encode() and shown.password == said.password.encode()
    # What isn't handled here is answered by the server.
    return AuthResult(success=right, handled=right, auth_data=shown)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(said.certificate, said.key)
    return made


def protocol():
    options = {"enable_SMTPUTF8": False}
    if said.security == "starttls":
        options |= {"tls_context": context(), "require_starttls": True}
    if said.user:
        options |= {
            "authenticator": authenticate,
            "auth_required": True,
            "auth_require_tls": said.security == "starttls",
        }
    return SMTP(Letterbox(), hostname="mail.test", **options)


async def main():
    secured = context() if said.security == "tls" else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=secured)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started it is gone when there is nothing more to read.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
