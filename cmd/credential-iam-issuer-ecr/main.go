// Command credential-iam-issuer-ecr is the issuer plugin for Amazon Elastic
// Container Registry. credential-iam starts it; a person configures it:
//
//	credential-iam configure --service-account pusher@proj.iam.gserviceaccount.com \
//	    --docker 123456789012.dkr.ecr.eu-west-1.amazonaws.com --issuer ecr \
//	    --option roleArn=arn:aws:iam::123456789012:role/pusher
//
// It takes an ID token of the service account to AWS STS
// (AssumeRoleWithWebIdentity) and, with the session that it gets, asks ECR for
// its registry password (GetAuthorizationToken). AWS knows accounts.google.com
// by itself; the role only has to trust the account's numeric id.
//
// No other AWS credential is ever looked up: no shared configuration, no
// instance metadata, no key of the environment.
package main

import "github.com/credential-iam/credential-iam/helper/issuer"

func main() {
	issuer.Serve(ecrIssuer{}, declarations()...)
}

func declarations() []issuer.ServeOption {
	return []issuer.ServeOption{
		issuer.Version("1.0.0"),
		issuer.Needs("roleArn", "role to assume, arn:aws:iam::ACCOUNT:role/NAME"),
		issuer.Takes("region", "region of the registry; default: from the host name"),
		issuer.Takes("registryId", "account of the registry; default: from the host name, else the role's"),
		issuer.Takes("audience", "audience of the ID token; default: sts.amazonaws.com"),
		issuer.Takes("duration", "lifetime of the AWS session, 15m to 12h; default: AWS's, 1h"),
		issuer.Env(issuer.Proxies()...),
		issuer.Env(
			"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_ECR", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
			"AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_STS_REGIONAL_ENDPOINTS",
			"AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_SDK_UA_APP_ID",
		),
	}
}
