package iamtest

import "fmt"

const (
	apiService = "iamcredentials.googleapis.com"
	apiPrefix  = "google.iam.credentials.v1.IAMCredentials."

	badCredentials = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or " +
		"other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
	noCredentials = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or " +
		"other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)

// apiError is the error of a Google API: google.rpc.Status as JSON.
func apiError(code int, status, message string, details ...any) reply {
	e := map[string]any{"code": code, "message": message, "status": status}
	if len(details) > 0 {
		e["details"] = details
	}
	return reply{status: code, json: map[string]any{"error": e}}
}

// errorInfo is the detail that programs read.
func errorInfo(reason, domain string, metadata map[string]any) map[string]any {
	info := map[string]any{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain,
	}
	if metadata != nil {
		info["metadata"] = metadata
	}
	return info
}

func help(description, url string) map[string]any {
	return map[string]any{
		"@type": "type.googleapis.com/google.rpc.Help",
		"links": []any{map[string]any{"description": description, "url": url}},
	}
}

func invalidArgument(message string) reply { return apiError(400, "INVALID_ARGUMENT", message) }

func unauthenticated(reason, method string, metadata map[string]any) reply {
	m := map[string]any{"service": apiService, "method": apiPrefix + method}
	for k, v := range metadata {
		m[k] = v
	}
	message := badCredentials
	if reason == "CREDENTIALS_MISSING" {
		message = noCredentials
	}
	return apiError(401, "UNAUTHENTICATED", message, errorInfo(reason, "googleapis.com", m)).
		with("Www-Authenticate", `Bearer realm="https://accounts.google.com/"`)
}

func permissionDenied(permission string) reply {
	return apiError(403, "PERMISSION_DENIED",
		fmt.Sprintf("Permission '%s' denied on resource (or it may not exist).", permission),
		errorInfo("IAM_PERMISSION_DENIED", "iam.googleapis.com", map[string]any{"permission": permission}))
}

func accountNotFound(email string) reply {
	return apiError(404, "NOT_FOUND", "Not found; Gaia id not found for email "+email)
}

func scopeInsufficient(method string) reply {
	return apiError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.",
		errorInfo("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com",
			map[string]any{"service": apiService, "method": apiPrefix + method}))
}

func apiDisabled() reply {
	url := "https://console.developers.google.com/apis/api/" + apiService + "/overview?project=" + ProjectNumber
	return apiError(403, "PERMISSION_DENIED",
		"IAM Service Account Credentials API has not been used in project "+ProjectNumber+" before or it is disabled. "+
			"Enable it by visiting "+url+" then retry. If you enabled this API recently, wait a few minutes for the "+
			"action to propagate to our systems and retry.",
		help("Google developers console API activation", url),
		errorInfo("SERVICE_DISABLED", "googleapis.com", map[string]any{
			"consumer": "projects/" + ProjectNumber, "service": apiService, "activationUrl": url,
			"containerInfo": ProjectNumber, "serviceTitle": "IAM Service Account Credentials API",
		}))
}

func quotaProjectDenied(project string) reply {
	return apiError(403, "PERMISSION_DENIED",
		"Caller does not have required permission to use project "+project+". Grant the caller the "+
			"roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "+
			"permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project="+project+
			" and then retry. Propagation of the new permission may take a few minutes.",
		errorInfo("USER_PROJECT_DENIED", "googleapis.com",
			map[string]any{"consumer": "projects/" + project, "service": apiService}))
}

func rateLimited() reply {
	return apiError(429, "RESOURCE_EXHAUSTED",
		"Quota exceeded for quota metric 'Generate credentials requests' and limit 'Generate credentials requests per minute' "+
			"of service '"+apiService+"' for consumer 'project_number:"+ProjectNumber+"'.",
		errorInfo("RATE_LIMIT_EXCEEDED", "googleapis.com", map[string]any{
			"consumer": "projects/" + ProjectNumber, "service": apiService,
			"quota_metric": apiService + "/generate_credentials_requests", "quota_limit": "GenerateCredentialsPerMinutePerProject",
		}))
}

func lifetimeTooLong(email string) reply {
	return invalidArgument("Access tokens for service account " + email + " can not have lifetimes of more than 1 hour. " +
		"Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours.")
}

// oauthError is the error of a token endpoint (RFC 6749, 5.2, and Google's own fields).
func oauthError(status int, code, description string) reply {
	body := map[string]any{"error": code}
	if description != "" {
		body["error_description"] = description
	}
	return reply{status: status, json: body}
}
