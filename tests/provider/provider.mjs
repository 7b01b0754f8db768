// A real OpenID provider for the tests of the sign-in: the certified `oidc-provider`, on loopback, with people who are
// whoever the cookie `who` of their browser says. What it is to be like is in its one argument, as JSON:
//
//   port         where it listens; 0 takes a free one
//   returnTo     where it may send people back to
//   algorithm    what it signs with, RS256 or ES256
//   inToken      whether the ID token itself says name and address, or the provider has to be asked for them
//   people       by their id: what is said of them; whoever is not among them says no
//
// It says its issuer in one line, "issuer http://…", and ends when its standard input does.

import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";

const PACKAGE = new URL("../../end2end/node_modules/oidc-provider/lib/index.js", import.meta.url);
if (!existsSync(PACKAGE)) {
  console.error("The npm package oidc-provider is missing: run `npm --prefix end2end ci`, or the tests with bin/test.");
  process.exit(1);
}
const { Provider } = await import(PACKAGE.href);
const { port, returnTo, algorithm, inToken, people } = JSON.parse(process.argv[2]);

function key() {
  const pair =
    algorithm === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: "jwk" }), alg: algorithm, use: "sig" };
}

const client = (client_id) => ({
  client_id,
  client_secret: `secret of ${client_id}`,
  redirect_uris: [returnTo],
  id_token_signed_response_alg: algorithm,
});

const configuration = {
  clients: [client("parlance"), client("another")],
  jwks: { keys: [key()] },
  enabledJWA: { idTokenSigningAlgValues: [algorithm] },
  cookies: { keys: ["only for tests"] },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: !inToken,
  pkce: { methods: ["S256"], required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  // Nobody is asked whether their name may be told.
  loadExistingGrant: async (context) => {
    const { client, session, provider } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
};

const server = createServer();
await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, configuration);
const answer = provider.callback();

server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) {
    answer(request, response);
    return;
  }
  const [, who] = /(?:^|; )who=([^;]*)/.exec(request.headers.cookie ?? "") ?? [];
  const outcome = who in people ? { login: { accountId: who } } : { error: "access_denied" };
  provider.interactionFinished(request, response, outcome).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});

console.log(`issuer ${issuer}`);
process.stdin.on("end", () => process.exit()).resume();
