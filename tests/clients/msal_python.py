"""MSAL for Python against the served mock: app-only on a loopback port, a password below production's names."""
import base64
import json
import os
import sys
import unittest

# The requests library lets this variable win over a session's own setting.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["MOCKTENANT_CA_FILE"]

import msal  # noqa: E402
import requests  # noqa: E402
import urllib3.util.connection  # noqa: E402
from urllib.parse import urlparse  # noqa: E402


def env(name):
    return os.environ["MOCKTENANT_" + name]


def client(secret):
    return msal.ConfidentialClientApplication(
        env("CLIENT_ID"), client_credential=secret, authority=env("AUTHORITY"),
        validate_authority=False, instance_discovery=False, verify=env("CA_FILE"))


SCOPES = ["https://" + env("ORG_HOST") + "/.default"]


class ClientCredentials(unittest.TestCase):
    def test_token(self):
        result = client(env("CLIENT_SECRET")).acquire_token_for_client(scopes=SCOPES)
        self.assertNotIn("error", result)
        part = result["access_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        self.assertEqual(claims["appid"], env("CLIENT_ID"))
        self.assertEqual(claims["tid"], env("TENANT_ID"))
        self.assertEqual(result["expires_in"], 3599)

    def test_wrong_secret(self):
        result = client("wrong").acquire_token_for_client(scopes=SCOPES)
        self.assertEqual(result["error"], "invalid_client")
        self.assertEqual(result["error_codes"], [7000215])
        self.assertIn("AADSTS7000215", result["error_description"])

    def test_unknown_tenant(self):
        with self.assertRaises(ValueError):
            msal.ConfidentialClientApplication(
                env("CLIENT_ID"), client_credential="x", validate_authority=False, instance_discovery=False,
                authority=env("BASE") + "/nowhere.example", verify=env("CA_FILE"))


class World:
    """A further world of the same process, asked below the real names."""

    def __init__(self, world, **more):
        answer = requests.post(env("CONTROL") + "/worlds", json=dict(more, world=world), verify=env("CA_FILE"))
        answer.raise_for_status()
        self.keys = answer.json()

    def post(self, path, json=None):
        answer = requests.post(self.keys["control"] + path, json=json or {}, verify=env("CA_FILE"))
        answer.raise_for_status()

    def password(self, user=None, password=None):
        mock = urlparse(self.keys["base"])
        connect = urllib3.util.connection.create_connection
        urllib3.util.connection.create_connection = lambda address, *rest, **kw: connect(
            (mock.hostname, mock.port), *rest, **kw)
        try:
            app = msal.ConfidentialClientApplication(
                self.keys["client_id"], client_credential=self.keys["client_secret"],
                authority="https://login.microsoftonline.com/" + self.keys["tenant_id"], verify=env("CA_FILE"))
            return app.acquire_token_by_username_password(
                user or self.keys["username"], password or self.keys["password"], scopes=SCOPES)
        finally:
            urllib3.util.connection.create_connection = connect


def claims_of(result):
    part = result["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Password(unittest.TestCase):
    def test_managed(self):
        world = World("ready")
        result = world.password()
        self.assertNotIn("error", result)
        self.assertEqual(claims_of(result)["upn"], world.keys["username"])

    def test_managed_wrong(self):
        result = World("ready").password(password="wrong")
        self.assertEqual(result["error_codes"], [50126])

    def test_federated(self):
        """Realm, metadata, WS-Trust 1.3 and the assertion grant; no policy is asked for."""
        world = World("federated")
        result = world.password()
        self.assertNotIn("error", result)
        self.assertEqual(claims_of(result)["upn"], "marketo.sync@contoso.com")
        seen = requests.get(world.keys["control"] + "/journal", verify=env("CA_FILE")).json()["entries"]
        self.assertEqual([(e["service"], e["status"]) for e in seen if e["service"] in ("adfs", "entra")],
                         [("entra", 200), ("entra", 200), ("adfs", 200), ("adfs", 200), ("entra", 200)])
        self.assertEqual([e["path"] for e in seen if e["service"] == "adfs"],
                         ["/adfs/services/trust/mex", "/adfs/services/trust/13/usernamemixed"])

    def test_federated_saml2(self):
        world = World({"extends": "federated", "tenant": {"federation": {"token": "saml2.0"}}})
        self.assertNotIn("error", world.password())

    def test_federated_wrong(self):
        with self.assertRaisesRegex(RuntimeError, "ID3242.*FailedAuthentication"):
            World("federated").password(password="wrong")

    def test_federated_unknown(self):
        with self.assertRaisesRegex(RuntimeError, "ID3242.*FailedAuthentication"):
            World("federated").password(user="nobody@contoso.com")

    def test_federated_certificate_rolled(self):
        world = World("federated")
        world.post("/actions/adfs-admin/roll-certificate")
        self.assertEqual(world.password()["error_codes"], [50013])


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
