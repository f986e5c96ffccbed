// Chooses one of the SDK's providers for a program without a user:
// - clientSecret: the client acts for itself (client_credentials);
// - privateKey (PKCS #8) and algorithm: the same, with signed assertions about itself (private_key_jwt);
// - clientSecret and idp {url or tokenEndpoint, idToken, clientId, clientSecret}: the client acts for the user who signed in
//   at the identity provider (ID-JAG).
// clientId is required; issuer and scope are optional.
import {
  ClientCredentialsProvider, CrossAppAccessProvider, PrivateKeyJwtProvider, discoverAndRequestJwtAuthGrant,
  requestJwtAuthorizationGrant,
} from "@modelcontextprotocol/client";

export function machineProvider({ clientId, clientSecret, privateKey, algorithm, scope, issuer: expectedIssuer, idp }) {
  if (idp) {
    const assertion = async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
      const asked = {
        audience: authorizationServerUrl, resource: resourceUrl, idToken: idp.idToken, clientId: idp.clientId,
        clientSecret: idp.clientSecret, scope, fetchFn,
      };
      const granted = idp.tokenEndpoint
        ? await requestJwtAuthorizationGrant({ ...asked, tokenEndpoint: idp.tokenEndpoint })
        : await discoverAndRequestJwtAuthGrant({ ...asked, idpUrl: idp.url });
      return granted.jwtAuthGrant;
    };
    return new CrossAppAccessProvider({ assertion, clientId, clientSecret, expectedIssuer });
  }
  if (privateKey) return new PrivateKeyJwtProvider({ clientId, privateKey, algorithm, scope, expectedIssuer });
  return new ClientCredentialsProvider({ clientId, clientSecret, scope, expectedIssuer });
}
