package helper

// What a program needs that writes the configuration.

// IsSection reports whether a name below "plugins" belongs to us.
func IsSection(name string) bool {
	return name == Name || len(name) > len(Name) && name[:len(Name)+1] == Name+"@"
}

// CheckSection returns why a name below "plugins" is none of a section.
func CheckSection(name string) error {
	if name == Name {
		return nil
	}
	_, err := parsePattern(name)
	return err
}

// BuiltIn reports whether a request is for one of Google's hosts, which is
// answered without a section of its own.
func BuiltIn(r Request) bool {
	e, ok := parseEndpoint(r.Protocol, r.Host)
	return ok && r.Protocol == "https" && builtin(r.Client, e)
}

// Endpoint returns HOST or HOST:PORT in the form that hosts are compared in:
// lower case, without the protocol's own port. ok is false for what is no host.
func Endpoint(protocol, host string) (canonical string, ok bool) {
	e, ok := parseEndpoint(protocol, host)
	return e.String(), ok
}

// GcloudProperties returns gcloud's active configuration as "section/name".
func GcloudProperties(env Env) map[string]string { return readGcloud(env).properties }

// Account returns the service account of the section "iam", or "".
func (c *Config) Account() string {
	values, err := c.values(c.sections[Name])
	if err != nil {
		return ""
	}
	return values["serviceAccount"]
}
