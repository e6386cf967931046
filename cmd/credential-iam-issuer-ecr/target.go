package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

// target is a request with its options, checked.
type target struct {
	host     string
	roleARN  string
	account  string // of the role
	role     string // its last name
	region   string
	registry string // account of the registry
	audience string
	duration time.Duration // 0: AWS's default
}

// hostPattern is the form of a private registry's name: the account, and the
// region. https://docs.aws.amazon.com/general/latest/gr/ecr.html
const hostPattern = `^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.` +
	`(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|` +
	`c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`

const (
	rolePattern    = `^arn:aws[a-z-]*:iam::([0-9]{12}):role/(?:[\x21-\x7e]+/)?([A-Za-z0-9+=,.@_-]{1,64})$`
	regionPattern  = `^[a-z]{2,}(?:-[a-z]+)+-[0-9]+$`
	accountPattern = `^[0-9]{12}$`
)

func match(pattern, s string) []string { return regexp.MustCompile(pattern).FindStringSubmatch(s) }

func parse(r issuer.Request) (target, error) {
	t := target{host: r.Host, roleARN: r.Options["roleArn"], region: r.Options["region"], registry: r.Options["registryId"], audience: r.Options["audience"]}
	role := match(rolePattern, t.roleARN)
	if role == nil {
		return target{}, wrong(r.Host, "roleArn", fmt.Sprintf("%q is not a role, arn:aws:iam::ACCOUNT:role/NAME", t.roleARN), "arn:aws:iam::ACCOUNT:role/NAME")
	}
	t.account, t.role = role[1], role[2]
	if own := match(hostPattern, r.Host); own != nil {
		if t.registry != "" && t.registry != own[1] {
			return target{}, wrong(r.Host, "registryId", fmt.Sprintf("%q is not the account of that host, %s", t.registry, own[1]), own[1])
		}
		t.registry = own[1]
		if t.region == "" {
			t.region = own[2]
		}
		if t.region != own[2] {
			return target{}, wrong(r.Host, "region", fmt.Sprintf("%q is not the region of that host, %s", t.region, own[2]), own[2])
		}
	}
	if t.registry == "" {
		t.registry = t.account
	}
	if match(accountPattern, t.registry) == nil {
		return target{}, wrong(r.Host, "registryId", fmt.Sprintf("%q is not an account, 12 digits", t.registry), t.account)
	}
	if match(regionPattern, t.region) == nil {
		return target{}, wrong(r.Host, "region", fmt.Sprintf("the host name has no region, and issuer.region is %q", t.region), "eu-west-1")
	}
	if t.audience == "" {
		t.audience = "sts.amazonaws.com"
	}
	var err error
	if t.duration, err = duration(r.Options["duration"]); err != nil {
		return target{}, wrong(r.Host, "duration", err.Error(), "1h")
	}
	return t, nil
}

func duration(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if n, aerr := strconv.Atoi(s); aerr == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 15*time.Minute || d > 12*time.Hour || d%time.Second != 0 {
		return 0, fmt.Errorf("%q is not between 15m and 12h", s)
	}
	return d, nil
}

// wrong is the error of an option, with the command that sets it.
func wrong(host, option, reason, example string) error {
	return issuer.UserError("issuer."+option+": "+reason,
		fmt.Sprintf("credential-iam configure --docker %s --issuer ecr --option %s=%s", host, option, example))
}

// checkProxy compares the registry that a password is for with the one that was
// asked for: the password of another account's registry is not an answer.
func (t target) checkProxy(endpoint string) error {
	host := strings.TrimPrefix(endpoint, "https://")
	m := match(hostPattern, host)
	if m == nil || m[1] != t.registry || m[2] != t.region {
		return issuer.UserError(
			fmt.Sprintf("AWS answered for the registry %q, and %s in %s was asked for", endpoint, t.registry, t.region),
			fmt.Sprintf("credential-iam configure --docker %s --issuer ecr --option region=%s --option registryId=%s", t.host, t.region, t.registry))
	}
	return nil
}
