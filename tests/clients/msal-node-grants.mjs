// MSAL for Node: certificates, codes, device codes, silent refresh and its error classes; signatures by Node's own crypto.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  ClientAuthError, ConfidentialClientApplication, CryptoProvider, InteractionRequiredAuthError, PublicClientApplication, ServerError,
} from "@azure/msal-node";

const env = name => { const value = process.env["MOCKTENANT_" + name]; assert.ok(value, name); return value; };
const fixture = name => readFileSync(new URL("../../fixtures/" + name, import.meta.url), "utf8");
const base = new URL(env("BASE"));
const native = "7e2a8d91-a4b3-4f1c-9e66-1d7a7a1d2b22";
const scopes = ["https://" + env("ORG_HOST") + "/.default"];
const delegated = ["https://" + env("ORG_HOST") + "/user_impersonation"];
const part = (token, n) => JSON.parse(Buffer.from(token.split(".")[n], "base64url"));
const failure = promise => promise.then(() => assert.fail("it should have failed"), problem => problem);

const confidential = more => new ConfidentialClientApplication({
  auth: { clientId: env("CLIENT_ID"), authority: env("AUTHORITY"), knownAuthorities: [base.host], ...more },
});
const publicClient = (authority = env("AUTHORITY")) => new PublicClientApplication({
  auth: { clientId: native, authority, knownAuthorities: [base.host] },
});
const certificate = (key, pem) => ({
  privateKey: fixture(key),
  thumbprintSha256: createHash("sha256").update(new X509Certificate(fixture(pem)).raw).digest("hex"),
});
const person = (name, body) => fetch(env("CONTROL") + "/actions/azure-user/" + name, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
}).then(answer => assert.equal(answer.status, 200));

const unescape = text => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

// A person with a browser: follows the forms until it is sent elsewhere. `press` says what to do on which page.
async function browse(url, press) {
  let cookie = "", answer = await fetch(url, { redirect: "manual" });
  for (let pages = 0; answer.status === 200 && pages < 6; pages++) {
    const html = await answer.text();
    const title = /<title>([^<]*)/.exec(html)[1];
    const step = press[title];
    if (step === undefined) return title;
    const form = new URLSearchParams(step);
    for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) form.set(unescape(name), unescape(value));
    for (const one of answer.headers.getSetCookie()) if (one.startsWith("ESTSAUTH")) cookie = one.split(";")[0];
    answer = await fetch(url, { method: "POST", body: form, redirect: "manual", headers: { cookie } });
  }
  if (answer.status === 400) return /AADSTS\d+/.exec(await answer.text())[0];
  assert.equal(answer.status, 302);
  return new URL(answer.headers.get("location"));
}
const signIn = { login: env("USERNAME"), passwd: "sync horse", action: "signin" };
const pages = { "Sign in to your account": signIn, "Permissions requested": { action: "accept" } };

test("a certificate in place of a secret", async () => {
  const client = confidential({ clientCertificate: certificate("entra/client.key.pem", "entra/client.cert.pem") });
  const result = await client.acquireTokenByClientCredential({ scopes });
  assert.equal(part(result.accessToken, 1).appidacr, "2");
});

test("a certificate that is not registered is AADSTS700027", async () => {
  const client = confidential({ clientCertificate: certificate("worlds/keys/signing-2.key.pem", "worlds/keys/signing-2.cert.pem") });
  const error = await failure(client.acquireTokenByClientCredential({ scopes }));
  assert.ok(error instanceof ServerError);
  assert.equal(error.errorCode, "invalid_client");
  assert.match(error.errorMessage, /AADSTS700027.*The key was not found/);
});

test("a user's token is refreshed silently", async () => {
  const client = confidential({ clientSecret: env("CLIENT_SECRET") });
  const first = await client.acquireTokenByUsernamePassword({ scopes: delegated, username: env("USERNAME"), password: "sync horse" });
  const cached = await client.acquireTokenSilent({ account: first.account, scopes: delegated });
  const renewed = await client.acquireTokenSilent({ account: first.account, scopes: delegated, forceRefresh: true });
  assert.equal(cached.fromCache, true);
  assert.equal(renewed.fromCache, false);
  assert.notEqual(renewed.accessToken, first.accessToken);
  assert.equal(renewed.account.homeAccountId, first.account.homeAccountId);
});

test("a second factor asks for interaction", async () => {
  const client = confidential({ clientSecret: env("CLIENT_SECRET") });
  const error = await failure(client.acquireTokenByUsernamePassword({
    scopes: delegated, username: "careful@contoso.onmicrosoft.com", password: "careful horse",
  }));
  assert.ok(error instanceof InteractionRequiredAuthError);
  assert.match(error.errorMessage, /AADSTS50076/);
  assert.ok(JSON.parse(error.claims).access_token);
});

test("missing consent asks for interaction", async () => {
  const error = await failure(publicClient().acquireTokenByUsernamePassword({
    scopes: delegated, username: env("USERNAME"), password: "sync horse",
  }));
  assert.ok(error instanceof InteractionRequiredAuthError);
  assert.equal(error.subError, "consent_required");
  assert.match(error.errorMessage, /AADSTS65001/);
});

test("an authorization code with PKCE, and an id token that Node's crypto verifies", async () => {
  const client = publicClient(), { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const request = { scopes: delegated, redirectUri: "http://localhost:3210", codeChallenge: challenge, codeChallengeMethod: "S256", nonce: "n-1", state: "s t" };
  const back = await browse(await client.getAuthCodeUrl(request), pages);
  assert.equal(back.host, "localhost:3210");
  assert.equal(back.searchParams.get("state"), "s t");
  const code = back.searchParams.get("code");
  const wrong = await failure(client.acquireTokenByCode({ code, scopes: delegated, redirectUri: request.redirectUri, codeVerifier: challenge }));
  assert.match(wrong.errorMessage, /AADSTS501481/);
  const result = await client.acquireTokenByCode({ code, scopes: delegated, redirectUri: request.redirectUri, codeVerifier: verifier, nonce: "n-1" });
  assert.equal(result.account.username, env("USERNAME"));
  assert.equal(result.idTokenClaims.nonce, "n-1");
  assert.equal(result.idTokenClaims.iss, `${env("BASE")}/${env("TENANT_ID")}/v2.0`);
  const { keys } = await (await fetch(env("AUTHORITY") + "/discovery/v2.0/keys")).json();
  const [header, claims, signature] = result.idToken.split(".");
  const key = keys.find(one => one.kid === part(result.idToken, 0).kid);
  const signed = Buffer.from(header + "." + claims);
  assert.ok(verify("RSA-SHA256", signed, createPublicKey({ key, format: "jwk" }), Buffer.from(signature, "base64url")));
  assert.ok(verify("RSA-SHA256", signed, new X509Certificate(Buffer.from(key.x5c[0], "base64")).publicKey, Buffer.from(signature, "base64url")));
  assert.equal(createHash("sha1").update(Buffer.from(key.x5c[0], "base64")).digest("base64url"), key.x5t);
  const again = await failure(client.acquireTokenByCode({ code, scopes: delegated, redirectUri: request.redirectUri, codeVerifier: verifier }));
  assert.match(again.errorMessage, /AADSTS54005/);
  // A public client's refresh token needs no secret.
  assert.equal((await client.acquireTokenSilent({ account: result.account, scopes: delegated, forceRefresh: true })).fromCache, false);
});

test("an address that is not registered is a page, not a redirect", async () => {
  const url = await publicClient().getAuthCodeUrl({ scopes: delegated, redirectUri: "https://www.contoso.com/elsewhere" });
  assert.equal(await browse(url, pages), "AADSTS50011");
});

test("a single-tenant application on common", async () => {
  const client = publicClient(env("BASE") + "/organizations");
  assert.equal(await browse(await client.getAuthCodeUrl({ scopes: delegated, redirectUri: "http://localhost" }), pages), "AADSTS50194");
  const error = await failure(confidential({ clientSecret: "x", authority: env("BASE") + "/common" }).acquireTokenByClientCredential({ scopes }));
  assert.ok(error instanceof ClientAuthError);
});

test("a device code that somebody enters at the page", async () => {
  let entered;
  const result = await publicClient().acquireTokenByDeviceCode({
    scopes: delegated,
    deviceCodeCallback: begun => {
      assert.match(begun.message, new RegExp(begun.userCode));
      entered = browse(begun.verificationUri, {
        "Enter code to allow access": { otc: begun.userCode },
        "Are you trying to sign in to this application?": { action: "continue" },
        ...pages,
      });
    },
  });
  assert.match(await entered, /You have signed in/);
  assert.equal(result.account.username, env("USERNAME"));
});

test("a device code that is declined", async () => {
  await person("answer-device-codes", { user: env("USERNAME"), decline: true });
  const error = await failure(publicClient().acquireTokenByDeviceCode({ scopes: delegated, deviceCodeCallback: () => {} }));
  assert.match(error.errorMessage, /authorization_declined/);
});

test("after a rollover of the signing key tokens have the next one, and both are published", async () => {
  const client = () => confidential({ clientSecret: env("CLIENT_SECRET") });
  const before = await client().acquireTokenByClientCredential({ scopes });
  const answer = await fetch(env("CONTROL") + "/actions/azure-ad/roll-signing-key", { method: "POST", body: "{}" });
  assert.equal(answer.status, 200);
  const after = await client().acquireTokenByClientCredential({ scopes });
  assert.notEqual(part(after.accessToken, 0).kid, part(before.accessToken, 0).kid);
  const { keys } = await (await fetch(env("AUTHORITY") + "/discovery/v2.0/keys")).json();
  for (const { accessToken } of [before, after]) {
    const [header, claims, signature] = accessToken.split(".");
    const key = createPublicKey({ key: keys.find(one => one.kid === part(accessToken, 0).kid), format: "jwk" });
    assert.ok(verify("RSA-SHA256", Buffer.from(header + "." + claims), key, Buffer.from(signature, "base64url")));
  }
});
