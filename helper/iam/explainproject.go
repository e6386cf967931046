package iam

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// What follows is about a project or an organization, whichever of Google's services
// says it.

// service is the service that a refusal is about: what the reply says, else what was
// called; "" for one that no project enables or pays for.
func (f *failure) service() string {
	if s := f.metadata["service"]; strings.HasSuffix(s, ".googleapis.com") && word(strings.ReplaceAll(s, ".", "-")) != "" {
		return s
	}
	return f.step.service()
}

// apiDisabled reports whether a project has not enabled the service.
func (f *failure) apiDisabled() bool {
	return f.reason == "SERVICE_DISABLED" || f.status == 403 && strings.Contains(f.message, usedIn) && strings.Contains(f.message, orDisabled)
}

const usedIn, orDisabled = "has not been used in project ", " before or it is disabled"

func (r *request) explainAPIDisabled(f *failure, e *helper.Error) {
	_, rest, _ := strings.Cut(f.message, usedIn)
	project, _, _ := strings.Cut(rest, orDisabled)
	project = cmp.Or(strings.TrimPrefix(f.metadata["consumer"], "projects/"), project)
	if project == "" || len(project) > 100 || strings.ContainsAny(project, " \t\n") {
		project = r.payer()
	}
	project = helper.OneLine(project, 100)
	name := f.service()
	if name == atAPI.service() {
		name = "the IAM Service Account Credentials API"
	}
	e.Who, e.Code = helper.Admin, "api-disabled"
	e.Reason = name + " is not enabled in project " + project
	e.Hint = "gcloud services enable " + f.service() + " --project=" + helper.ShellWord(project)
}

// payer is the project that a call counts for, as far as that is known without the
// reply: a word in capitals where it is not.
func (r *request) payer() string {
	if ext, ok := r.id.kind.(*external); ok && r.quota == "" {
		return cmp.Or(ext.workforceProject, partOf(ext.audience, "projects"), "PROJECT")
	}
	return cmp.Or(r.quota, projectOf(r.id.principal), "PROJECT")
}

// quotaProject reports whether the identity may not use the project to bill.
func (f *failure) quotaProject() bool {
	return f.reason == "USER_PROJECT_DENIED" || f.status == 403 && strings.Contains(f.message, "required permission to use project")
}

func (r *request) explainQuotaProject(f *failure, e *helper.Error) {
	project := helper.OneLine(cmp.Or(strings.TrimPrefix(f.metadata["consumer"], "projects/"), r.payer()), 100)
	e.Who, e.Code = helper.Admin, "quota-project"
	e.Reason = r.id.who() + " may not use the quota project " + project
	e.Hint = "gcloud projects add-iam-policy-binding " + helper.ShellWord(project) + " --member=" +
		helper.ShellWord(r.id.memberOf()) + " --role=roles/serviceusage.serviceUsageConsumer"
}

// restricted reports whether an access policy of the organization (context-aware
// access) keeps an identity out; gcloud knows it by the same words.
func (f *failure) restricted() bool {
	said := strings.ToLower(f.message)
	return f.status != 0 && (f.oauth == "admin_policy_enforced" || strings.Contains(said, "account restricted") || strings.Contains(said, "account has been restricted"))
}

// perimeterID stands before the unique id of a refusal, in the text of the reply.
const perimeterID = "vpcServiceControlsUniqueIdentifier: "

// perimeter reports whether VPC Service Controls refuse, by any of the marks that the
// replies have had.
func (f *failure) perimeter() bool {
	return f.reason == "SECURITY_POLICY_VIOLATED" || f.violation != "" || f.status == 403 &&
		(strings.Contains(f.message, perimeterID) || strings.Contains(f.message, "prohibited by organization's policy"))
}

func (r *request) explainPerimeter(f *failure, e *helper.Error, at int) {
	_, id, _ := strings.Cut(f.message, perimeterID)
	id, _, _ = strings.Cut(id, " ")
	id = helper.OneLine(strings.Trim(cmp.Or(f.metadata["uid"], id, f.violation), `".,`), 100)
	project := ""
	if f.step == atAPI && at < len(r.way) {
		project = inProject(r.way[max(0, at)])
	} else if p := r.payer(); p != "PROJECT" {
		project = " --project=" + helper.ShellWord(p)
	}
	e.Who, e.Code = helper.Admin, "vpc-sc"
	e.Reason = "a VPC Service Controls perimeter forbids it (" + f.message + ")"
	filter := `protoPayload.metadata."@type"="type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"`
	if id != "" && id != "VPC_SERVICE_CONTROLS" {
		e.Reason = "a VPC Service Controls perimeter forbids it (unique id " + id + ")"
		filter = `protoPayload.metadata.vpcServiceControlsUniqueId="` + id + `"`
	}
	e.Hint = "gcloud logging read " + helper.ShellWord(filter) + project
}

// violationOf returns what a google.rpc.PreconditionFailure says of VPC Service
// Controls, "" for anything else.
func violationOf(detail json.RawMessage) string {
	var failed struct {
		Type       string `json:"@type"`
		Violations []struct{ Type, Description string }
	}
	if json.Unmarshal(detail, &failed) != nil || !strings.HasSuffix(failed.Type, "/google.rpc.PreconditionFailure") {
		return ""
	}
	for _, v := range failed.Violations {
		if v.Type == "VPC_SERVICE_CONTROLS" {
			return cmp.Or(clean(v.Description, nil), v.Type)
		}
	}
	return ""
}
