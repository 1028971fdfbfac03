// An OpenID provider for the tests: whoever types a name is that person, with the roles of ROLES.
// node provider.js PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI ROLES(json: name -> [roles])
import { Provider } from "oidc-provider";

const [port, client_id, client_secret, redirect_uri, roles] = process.argv.slice(2);
const known = JSON.parse(roles);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id, client_secret, redirect_uris: [redirect_uri], post_logout_redirect_uris: [redirect_uri] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], roles: ["roles"] },
  scopes: ["openid", "email", "profile", "roles"],
  conformIdTokenClaims: false,
  pkce: { required: () => false },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Người thử ${id}`, email: `${id}@huyen.example`, email_verified: id !== "gia-mao", roles: known[id] ?? [] }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
