package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// target is a request with its options, checked.
type target struct {
	host      string
	tenant    string
	client    string
	audience  string
	scope     string
	authority string
}

// nullUser is the user name that goes with a registry's refresh token.
// https://learn.microsoft.com/azure/container-registry/container-registry-authentication
const nullUser = "00000000-0000-0000-0000-000000000000"

// azure is what differs between the clouds.
type azure struct {
	suffix    string
	authority string
	audience  string
}

// clouds returns Azure's clouds, the public one last: it is also for hosts with
// a name of their own.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
func clouds() []azure {
	return []azure{
		{".azurecr.cn", cloud.AzureChina.ActiveDirectoryAuthorityHost, "api://AzureADTokenExchangeChina"},
		{".azurecr.us", cloud.AzureGovernment.ActiveDirectoryAuthorityHost, "api://AzureADTokenExchangeUSGov"},
		{".azurecr.io", cloud.AzurePublic.ActiveDirectoryAuthorityHost, "api://AzureADTokenExchange"},
	}
}

// parse checks a request. authority is AZURE_AUTHORITY_HOST, which may be empty.
func parse(r issuer.Request, authority string) (target, error) {
	t := target{
		host: r.Host, tenant: r.Options["tenantId"], client: r.Options["clientId"],
		audience: r.Options["audience"], scope: r.Options["scope"], authority: authority,
	}
	id := regexp.MustCompile(`^[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?$`)
	guid := regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	if !id.MatchString(t.tenant) {
		return target{}, wrong(r.Host, "tenantId", t.tenant, "is not a tenant's id or domain name", "$(az account show --query tenantId --output tsv)")
	}
	if !guid.MatchString(t.client) {
		return target{}, wrong(r.Host, "clientId", t.client, "is not an application's id", "$(az ad app list --display-name NAME --query '[0].appId' --output tsv)")
	}
	var own azure
	for _, own = range clouds() {
		if strings.HasSuffix(r.Host, own.suffix) {
			break
		}
	}
	if t.audience == "" {
		t.audience = own.audience
	}
	if t.scope == "" {
		t.scope = "https://containerregistry.azure.net/.default"
	}
	if t.authority == "" {
		t.authority = own.authority
	}
	if u, err := url.Parse(t.authority); err != nil || u.Scheme != "https" || u.Host == "" {
		return target{}, issuer.UserError(fmt.Sprintf("AZURE_AUTHORITY_HOST %q is not an https address", t.authority), helper.SetCommand("AZURE_AUTHORITY_HOST", own.authority))
	}
	if r.Protocol != "https" {
		return target{}, issuer.UserError("Azure Container Registry is only served over https", "")
	}
	return t, nil
}

// wrong is the error of an option, with the command that sets it.
func wrong(host, option, value, reason, example string) error {
	return issuer.UserError(fmt.Sprintf("issuer.%s: %q %s", option, value, reason),
		fmt.Sprintf("credential-iam configure --docker %s --issuer acr --option %s=%s", host, option, example))
}
