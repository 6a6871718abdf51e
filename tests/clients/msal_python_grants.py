"""MSAL for Python under the production names: certificate, password, device code, refresh; signatures by cryptography."""
import base64
import hashlib
import json
import os
import sys
import threading
import unittest
from urllib.parse import urlsplit

os.environ["REQUESTS_CA_BUNDLE"] = os.environ["MOCKTENANT_CA_FILE"]

import msal  # noqa: E402
import requests  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import padding  # noqa: E402


def env(name):
    return os.environ["MOCKTENANT_" + name]


FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures")
NATIVE = "7e2a8d91-a4b3-4f1c-9e66-1d7a7a1d2b22"
AUTHORITY = "https://login.microsoftonline.com/" + env("TENANT_ID")
SCOPES = ["https://" + env("ORG_HOST") + "/.default"]
DELEGATED = ["https://" + env("ORG_HOST") + "/user_impersonation"]


class Resolver:
    """What an /etc/hosts line would do: the production names lead to the mock's port."""

    def __init__(self):
        self.session = requests.Session()
        self.asked = []

    def send(self, method, url, headers=None, **more):
        parts = urlsplit(url)
        self.asked.append(parts.path)
        return self.session.request(
            method, env("BASE") + url[len(parts.scheme + "://" + parts.netloc):],
            headers=dict(headers or {}, Host=parts.netloc), verify=env("CA_FILE"), **more)

    def get(self, url, **more):
        return self.send("GET", url, **more)

    def post(self, url, **more):
        return self.send("POST", url, **more)

    def close(self):
        self.session.close()


def read(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def confidential(credential, client=None):
    return msal.ConfidentialClientApplication(
        env("CLIENT_ID"), client_credential=credential, authority=AUTHORITY, http_client=client or Resolver())


def native():
    return msal.PublicClientApplication(NATIVE, authority=AUTHORITY, http_client=Resolver())


def part(token, n):
    text = token.split(".")[n]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def act(action, body):
    answer = requests.post(env("CONTROL") + "/actions/" + action, json=body, verify=env("CA_FILE"))
    answer.raise_for_status()


class Grants(unittest.TestCase):
    def test_certificate(self):
        certificate = x509.load_pem_x509_certificate(read("entra/client.cert.pem"))
        result = confidential({
            "private_key": read("entra/client.key.pem").decode(),
            "thumbprint": certificate.fingerprint(hashes.SHA1()).hex(),
        }).acquire_token_for_client(scopes=SCOPES)
        self.assertNotIn("error", result)
        self.assertEqual(part(result["access_token"], 1)["appidacr"], "2")

    def test_unknown_certificate(self):
        result = confidential({
            "private_key": read("entra/client.key.pem").decode(), "thumbprint": "00" * 20,
        }).acquire_token_for_client(scopes=SCOPES)
        self.assertEqual(result["error"], "invalid_client")
        self.assertEqual(result["error_codes"], [700027])

    def test_password_of_a_managed_user(self):
        client = Resolver()
        application = confidential(env("CLIENT_SECRET"), client)
        result = application.acquire_token_by_username_password(env("USERNAME"), "sync horse", scopes=DELEGATED)
        self.assertNotIn("error", result)
        self.assertEqual(result["id_token_claims"]["preferred_username"], env("USERNAME"))
        self.assertTrue(any(path.startswith("/common/userrealm/") for path in client.asked))
        account = application.get_accounts()[0]
        renewed = application.acquire_token_silent_with_error(DELEGATED, account=account, force_refresh=True)
        self.assertNotIn("error", renewed)
        self.assertNotEqual(renewed["access_token"], result["access_token"])

    def test_wrong_password(self):
        result = confidential(env("CLIENT_SECRET")).acquire_token_by_username_password(
            env("USERNAME"), "wrong", scopes=DELEGATED)
        self.assertEqual(result["error"], "invalid_grant")
        self.assertEqual(result["error_codes"], [50126])

    def test_device_code(self):
        application = native()
        flow = application.initiate_device_flow(scopes=DELEGATED)
        self.assertEqual(flow["verification_uri"], "https://microsoft.com/devicelogin")
        flow["interval"] = 1
        entered = threading.Timer(0.5, act, ("azure-user/enter-device-code", {
            "code": flow["user_code"], "user": env("USERNAME")}))
        entered.start()
        result = application.acquire_token_by_device_flow(flow)
        entered.join()
        self.assertNotIn("error", result)
        self.assertEqual(part(result["access_token"], 1)["upn"], env("USERNAME"))
        self.assertEqual(application.acquire_token_by_device_flow(flow)["error"], "invalid_grant")

    def test_signatures(self):
        result = confidential(env("CLIENT_SECRET")).acquire_token_by_username_password(
            env("USERNAME"), "sync horse", scopes=DELEGATED)
        keys = Resolver().get(AUTHORITY + "/discovery/v2.0/keys").json()["keys"]
        for token in (result["access_token"], result["id_token"]):
            signed, signature = token.rsplit(".", 1)
            key = next(one for one in keys if one["kid"] == part(token, 0)["kid"])
            der = base64.b64decode(key["x5c"][0])
            self.assertEqual(base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b"=").decode(), key["x5t"])
            x509.load_der_x509_certificate(der).public_key().verify(
                base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), signed.encode(),
                padding.PKCS1v15(), hashes.SHA256())


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
