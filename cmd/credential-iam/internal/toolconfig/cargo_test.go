package toolconfig

import (
	"strings"
	"testing"
)

func TestCargo(t *testing.T) {
	s := newScene(t)
	const file = ".cargo/config.toml"
	s.env["CARGO_REGISTRIES_OUT_THERE_INDEX"] = "sparse+https://out.example.com/index/"
	const index = "index = \"sparse+https://crates.example.com/i/\"\n"
	for _, content := range []string{none, "", "[net]\nretry = 3", "[net]\nretry = 3\n", "# only\n", "[registries]\n", "[registries.private]\r\n" + strings.ReplaceAll(index, "\n", "\r\n")} {
		s.back(cargo{}, file, content, false, "out-there")
	}
	for _, content := range []string{
		"[registries.private]\n" + index, "[ registries . \"private\" ] # mine\n" + index + "token = \"" + secret + "\"\n\n[net]\nretry=1",
		"[a]\nb=\"\"\"\n[registries.private]\n\"\"\"\n[registries.private]\n" + index,
	} {
		if between := s.back(cargo{}, file, content, false, "private"); !strings.Contains(between, `credential-provider = ["`+s.Bin) {
			t.Errorf("%q", between)
		}
	}
	for _, theirs := range []string{
		"[registries.private]\n" + index + "credential-provider = \"cargo:token\"\n",
		"[registries.private]\ncredential-provider = [\n  \"cargo:token-from-stdout\", # why\n  \"cat\", \"" + secret + "\",\n]\n" + index,
	} {
		s.set(file, theirs)
		if e := s.refused(cargo{}, file, false, "private"); !strings.HasSuffix(e.Hint, "--force") {
			t.Error(e)
		}
		s.back(cargo{}, file, theirs, true, "private")
	}
	// What is written in another way is not edited, and the person is told what to write.
	for _, odd := range []string{
		"registries.private.index = \"sparse+https://crates.example.com/i/\"\n",
		"[registries]\nprivate = { index = \"sparse+https://crates.example.com/i/\" }\n",
	} {
		s.set(file, odd)
		if e := s.refused(cargo{}, file, true, "private"); !strings.Contains(e.Reason, "credential-provider = [") {
			t.Error(e)
		}
	}
	for _, broken := range []string{"[registries.private]\nindex = \n", "[registries.private]\n[registries.private]\n", "\xff\xfe"} {
		s.set(file, broken)
		s.refused(cargo{}, file, true, "private")
	}
	s.set(file, "[registries.private]\nindex = \"https://user:"+secret+"@crates.example.com/\"\n[registries.plain]\nindex = \"http://crates.example.com/\"\n")
	for _, name := range []string{"private", "plain", "nowhere", ""} {
		s.refused(cargo{}, file, true, name)
	}
	for _, name := range []string{"a.b", "a]\nx = 1\n[b", "a\"b", "a b"} { // no name can be another table
		s.env[cargoVariable(name, "INDEX")] = "sparse+https://crates.example.com/"
		s.refused(cargo{}, file, true, name)
	}
}

// TestCargoMoved has somebody else's provider stay, and a variable that hides ours.
func TestCargoMoved(t *testing.T) {
	s := newScene(t)
	const file, index = ".cargo/config.toml", "[registries.private]\nindex = \"sparse+https://crates.example.com/i/\"\n"
	s.set(file, index+"credential-provider = \"cargo:token\"\n")
	s.configure(cargo{}, true, "private")
	changed := strings.Replace(s.read(file), cargoProgram, "cargo-credential-other", 1)
	s.set(file, changed)
	s.unconfigure(cargo{})
	if s.read(file) != changed {
		t.Errorf("%s", s.read(file))
	}
	s.set(file, index)
	s.configure(cargo{}, false, "private")
	s.env["CARGO_REGISTRIES_PRIVATE_CREDENTIAL_PROVIDER"] = "cargo:token"
	if uses := s.uses(cargo{}); len(uses) != 1 || uses[0].Host() != "crates.example.com" || !strings.HasPrefix(uses[0].Fix, "unset ") {
		t.Errorf("%+v", uses)
	}
}
