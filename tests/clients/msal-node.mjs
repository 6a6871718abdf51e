// MSAL for Node against the served mock: unmodified, with its own cache and error classes.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import test from "node:test";
import { ConfidentialClientApplication } from "@azure/msal-node";

const env = name => { const value = process.env["MOCKTENANT_" + name]; assert.ok(value, name); return value; };
const base = new URL(env("BASE"));
const client = secret => new ConfidentialClientApplication({
  auth: { clientId: env("CLIENT_ID"), clientSecret: secret, authority: env("AUTHORITY"), knownAuthorities: [base.host] },
});
const scopes = ["https://" + env("ORG_HOST") + "/.default"];
const part = (token, n) => JSON.parse(Buffer.from(token.split(".")[n], "base64url"));

test("a token by client credentials", async () => {
  const result = await client(env("CLIENT_SECRET")).acquireTokenByClientCredential({ scopes });
  const claims = part(result.accessToken, 1);
  assert.equal(result.tokenType, "Bearer");
  assert.equal(claims.aud, "https://" + env("ORG_HOST"));
  assert.equal(claims.appid, env("CLIENT_ID"));
  assert.equal(claims.iss, `https://sts.windows.net/${env("TENANT_ID")}/`);
  assert.equal(claims.ver, "1.0");
  assert.equal(claims.exp - claims.nbf, 3900);
  assert.equal(claims.scp, undefined);
});

test("the second call comes from the client's cache", async () => {
  const application = client(env("CLIENT_SECRET"));
  const first = await application.acquireTokenByClientCredential({ scopes });
  const second = await application.acquireTokenByClientCredential({ scopes });
  assert.equal(first.fromCache, false);
  assert.equal(second.fromCache, true);
  assert.equal(second.accessToken, first.accessToken);
});

test("a wrong secret is AADSTS7000215", async () => {
  const error = await client("wrong").acquireTokenByClientCredential({ scopes }).then(() => null, problem => problem);
  assert.equal(error.errorCode, "invalid_client");
  assert.match(error.errorMessage, /AADSTS7000215/);
  assert.equal(String(error.errorNo), "7000215");
  assert.ok(error.correlationId);
  assert.ok(!error.errorMessage.includes("wrong "));
});

test("an unknown organization is AADSTS500011", async () => {
  const error = await client(env("CLIENT_SECRET"))
    .acquireTokenByClientCredential({ scopes: ["https://nowhere.crm.dynamics.com/.default"] }).then(() => null, problem => problem);
  assert.equal(error.errorCode, "invalid_resource");
  assert.match(error.errorMessage, /AADSTS500011/);
});

test("the sync user signs in with a password", async () => {
  const result = await client(env("CLIENT_SECRET")).acquireTokenByUsernamePassword({
    scopes: ["https://" + env("ORG_HOST") + "/user_impersonation"], username: env("USERNAME"), password: env("PASSWORD"),
  });
  assert.equal(result.account.username, env("USERNAME"));
  assert.equal(result.tenantId, env("TENANT_ID"));
  assert.equal(part(result.accessToken, 1).scp, "user_impersonation");
});

test("a wrong password is AADSTS50126", async () => {
  const error = await client(env("CLIENT_SECRET")).acquireTokenByUsernamePassword({
    scopes: ["https://" + env("ORG_HOST") + "/user_impersonation"], username: env("USERNAME"), password: "wrong",
  }).then(() => null, problem => problem);
  assert.equal(error.errorCode, "invalid_grant");
  assert.match(error.errorMessage, /AADSTS50126/);
});

test("the signature holds by the published keys", async () => {
  const { accessToken } = await client(env("CLIENT_SECRET")).acquireTokenByClientCredential({ scopes });
  const configuration = await (await fetch(env("AUTHORITY") + "/v2.0/.well-known/openid-configuration")).json();
  const { keys } = await (await fetch(configuration.jwks_uri)).json();
  const key = keys.find(one => one.kid === part(accessToken, 0).kid);
  const [header, claims, signature] = accessToken.split(".");
  assert.ok(key);
  assert.ok(verify("RSA-SHA256", Buffer.from(header + "." + claims), createPublicKey({ key, format: "jwk" }),
    Buffer.from(signature, "base64url")));
});
