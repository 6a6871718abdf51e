"""MSAL for Python against the served mock: app-only on a loopback port."""
import base64
import json
import os
import sys
import unittest

# The requests library lets this variable win over a session's own setting.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["MOCKTENANT_CA_FILE"]

import msal  # noqa: E402


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


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
