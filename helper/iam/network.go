package iam

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// network words a missing reply.
func (f *failure) network(err error) {
	f.offline = true
	var proxy *proxyError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errRedirect), errors.Is(err, errTooLong):
		f.offline, f.fatal, f.message = false, true, err.Error()
	case errors.As(err, &proxy):
		f.offline, f.fatal = !proxy.broken, proxy.status < 500 && !isTimeout(err)
		f.message = proxy.reason
		if proxy.cause != nil {
			f.message = unreached(proxy.cause)
		}
	case errors.As(err, &cert):
		f.offline, f.fatal, f.message = false, true, "its TLS certificate is not trusted: "+cert.Err.Error()
	case errors.As(err, &record):
		f.offline, f.fatal, f.message = false, true, "it does not speak TLS"
	case errors.Is(err, context.Canceled):
		f.fatal, f.message = true, "the request was cancelled"
	default:
		f.message = unreached(err)
		f.fatal = isRefused(err) || errors.As(err, &dns) && !dns.IsTemporary && !dns.IsTimeout
	}
}

// unreached says why a server cannot be reached.
func unreached(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsTimeout:
		return "no name server answers for " + dns.Name + " in time"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "no answer in time"
	case errors.As(err, &dns):
		return "no address for the name " + dns.Name
	case isRefused(err):
		return "connection refused"
	case isCut(err):
		return "the connection was cut"
	}
	return err.Error()
}

// explainNetwork is about what lies between this machine and a server: the proxy, its
// name, its certificate. It reports whether it was one of them.
func (r *request) explainNetwork(f *failure, e *helper.Error) bool {
	var proxy *proxyError
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	if f.status != 0 || f.cause == nil {
		return false
	}
	switch {
	case errors.As(f.cause, &proxy):
		f.explainProxy(proxy, e)
	case errors.As(f.cause, &cert):
		r.explainCertificate(f, cert, e)
	case errors.As(f.cause, &dns) && f.offline:
		e.Who, e.Code, e.Unreachable = helper.User, "unreachable", true
		e.Reason = "cannot reach " + f.host + ": " + f.message + f.tries() + r.named(f)
		e.Hint = lookUp(dns.Name)
	default:
		return false
	}
	return true
}

// explainProxy is about a proxy that is not one, does not answer, or says no.
func (f *failure) explainProxy(p *proxyError, e *helper.Error) {
	name, all := "the proxy", []string{"HTTPS_PROXY"}
	if len(p.setting.names) > 0 {
		name, all = p.setting.names[0], p.setting.names
	}
	e.Who, e.Code, e.Unreachable = helper.User, "proxy", !p.broken
	through := "cannot reach " + f.host + " through the proxy " + p.setting.host + " (" + name + "): "
	switch {
	case p.broken:
		e.Reason, e.Hint = "cannot use the proxy that "+name+" names: "+f.message, helper.Unset(all...)
	case p.status == 407 && p.setting.user:
		e.Reason = through + "it does not accept the user name and password in " + name + " (" + f.message + ")"
		e.Hint = p.export(name)
	case p.status == 407:
		e.Reason, e.Hint = through+"it wants a user name and a password ("+f.message+")", p.export(name)
	case p.status != 0:
		e.Who = helper.Admin
		e.Reason = through + f.message + f.tries()
		e.Hint = bypass(f.host)
	default:
		e.Reason, e.Hint = through+f.message+f.tries(), helper.Unset(all...)
	}
}

// bypass has a person reach a host without the proxy.
func bypass(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return helper.AppendCommand("NO_PROXY", host)
}

// explainStrange is about a no that is not the API's: of a proxy or firewall on the way,
// or of another server that the setting endpoint names.
func (r *request) explainStrange(f *failure, e *helper.Error) {
	e.Who, e.Code = helper.User, "bad-endpoint"
	e.Reason = f.host + " does not speak the IAM Credentials API (" + f.message + ")" + r.named(f)
	switch {
	case f.status == http.StatusNotFound: // of Google's own servers too, for a path that they have not
	case f.proxy.host != "":
		e.Who, e.Code = helper.Admin, "proxy"
		e.Reason += "; the answer came through the proxy " + f.proxy.host + " (" + f.proxy.names[0] + ")"
		e.Hint = bypass(f.host)
	case r.address(f) == "":
		e.Who = helper.Admin
		e.Reason += "; a proxy or a firewall answers in its place"
		e.Hint = helper.FetchCommand("-sSi", "https://"+f.host+"/")
	}
}

// export has a person state who asks the proxy.
func (p *proxyError) export(name string) string {
	return helper.SetCommand(name, p.setting.scheme+"://USER:PASSWORD@"+p.setting.host)
}

// explainCertificate is about a server that is not known to be what it should be.
func (r *request) explainCertificate(f *failure, cert *tls.CertificateVerificationError, e *helper.Error) {
	e.Who, e.Code = helper.User, "tls"
	at := f.host
	if _, _, err := net.SplitHostPort(at); err != nil {
		at += ":443"
	}
	show := "openssl s_client -connect " + helper.ShellWord(at) + " </dev/null"
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	e.Reason, e.Hint = f.at()+r.named(f), show
	switch {
	case errors.As(cert.Err, &unknown):
		e.Reason += "; where a proxy signs again, SSL_CERT_FILE must name a file that has its authority"
		e.Hint = "openssl s_client -showcerts -connect " + helper.ShellWord(at) + " </dev/null"
	case errors.As(cert.Err, &name):
		e.Hint = show + " | openssl x509 -noout -subject -ext subjectAltName"
	case errors.As(cert.Err, &invalid) && invalid.Reason == x509.Expired:
		google := r.address(f) == ""
		if google || strings.Contains(invalid.Detail, "is before") {
			e.Code, e.Hint = "clock", helper.SetClock()
			e.Reason = "this machine's clock is probably wrong: " + f.at()
			return
		}
		e.Who, e.Hint = helper.Admin, show+" | openssl x509 -noout -dates"
	}
}

// named says which setting names the server, where one does.
func (r *request) named(f *failure) string {
	if by := r.address(f); by != "" {
		return "; " + by + " names it"
	}
	return ""
}

// lookUp is the command that asks the system for the address of a name.
func lookUp(name string) string {
	if runtime.GOOS == "linux" {
		return "getent hosts " + helper.ShellWord(helper.OneLine(name, 253))
	}
	return "nslookup " + helper.ShellWord(helper.OneLine(name, 253))
}
