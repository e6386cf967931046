// Command credential-iam-issuer-acr is the issuer plugin for Azure Container
// Registry. credential-iam starts it; a person configures it:
//
//	credential-iam configure --service-account pusher@proj.iam.gserviceaccount.com \
//	    --docker myregistry.azurecr.io --issuer acr \
//	    --option tenantId=TENANT --option clientId=APPLICATION
//
// It presents an ID token of the service account to Microsoft Entra as the
// assertion of an application or managed identity with a federated credential,
// and takes the access token that it gets to the registry's token exchange. The
// answer is the registry's refresh token, which docker uses as a password.
//
// No other Azure credential is ever looked up: no environment secret, no
// command-line login, no managed identity of the machine.
package main

import "github.com/credential-iam/credential-iam/helper/issuer"

func main() {
	issuer.Serve(acrIssuer{}, declarations()...)
}

func declarations() []issuer.ServeOption {
	return []issuer.ServeOption{
		issuer.Version("1.0.0"),
		issuer.Needs("tenantId", "Microsoft Entra tenant, an id or a domain name"),
		issuer.Needs("clientId", "application (client) id that has the federated credential"),
		issuer.Takes("audience", "audience of the ID token; default: api://AzureADTokenExchange, or that of the host's cloud"),
		issuer.Takes("scope", "scope of the access token; default: https://containerregistry.azure.net/.default"),
		issuer.Env(issuer.Proxies()...),
		issuer.Env("AZURE_AUTHORITY_HOST"),
	}
}
