package helper

import "runtime/debug"

// version is stamped by the linker: -X github.com/credential-iam/credential-iam/helper.version=v1.2.3.
var version string

// Version returns the version of this build: the one stamped, else the module's
// (go install ...@v1.2.3), else "devel".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
