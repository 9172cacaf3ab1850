// A provider of identities (OAuth 2.0, OpenID Connect) on this machine, for tests.
//
//   node provider.mjs MODULES   reads what it is to be from standard input, as JSON:
//
//   port      where it listens on 127.0.0.1, which is also its issuer; 0 for any that is free
//   keys      private JWKs; it signs with the first one that fits an algorithm
//   clients   service accounts: {client_id, client_secret, alg, claims}; each gets tokens by client credentials,
//             signed with the algorithm `alg`, with these claims beside the standard ones
//   people    {name: claims}; they log in by name at the client "desk", with any password, and at the pages
//   pages     clients at which people log in, as the provider registers them
//
// For a resource that is asked for, access tokens are JWTs (RFC 9068); without one they say nothing.
// It prints its issuer when it listens, and ends when standard input does: it never outlives who started it.

import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { Provider } = await import(pathToFileURL(`${process.argv[2]}/node_modules/oidc-provider/lib/index.js`));

const lines = process.stdin.setEncoding('utf8').iterator({ destroyOnReturn: false });
let text = '';
for await (const chunk of lines) {
  text += chunk;
  if (text.includes('\n')) break;
}
process.stdin.on('end', () => process.exit(0)).on('close', () => process.exit(0)).resume();

const about = JSON.parse(text);
const algOf = new Map(about.clients.map(({ client_id, alg }) => [client_id, alg]));
const scopes = 'agent accountant operator analyst service';
const claimsOf = new Map([
  ...about.clients.map(({ client_id, claims }) => [client_id, claims]),
  ...Object.entries(about.people),
]);

const server = createServer();
await new Promise((resolve) => server.listen(about.port, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: { keys: about.keys },
  clients: [
    ...about.clients.map(({ client_id, client_secret }) => ({
      client_id,
      client_secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    {
      client_id: 'desk',
      client_secret: 'desk',
      redirect_uris: ['https://desk.example.com/back'],
    },
    ...about.pages,
  ],
  // So that an ID token looks as much like an access token for us as it can.
  claims: { openid: ['sub', 'organisation', 'role', 'scope'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests'] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, audience, client) => ({
        audience,
        scope: scopes,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: algOf.get(client.clientId) ?? 'RS256' } },
      }),
    },
  },
  extraTokenClaims: (_, token) => claimsOf.get(token.accountId ?? token.clientId),
  findAccount: (_, name) => ({ accountId: name, claims: () => ({ ...claimsOf.get(name), sub: name }) }),
  pkce: { required: () => false },
  ttl: { ClientCredentials: 300, AccessToken: 300, IdToken: 300, Grant: 300, Interaction: 300, Session: 300 },
});
server.on('request', provider.callback());
console.log(issuer);
