package session

import (
	"bufio"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// Elsewhere are the variables, NAME=VALUE, for a program that does not see this
// machine's files: those of the metadata server and of the project. It reaches the
// server by the address, whose port is that of the server where it has none; the zero
// Host is the address on which the server listens.
func (s *Session) Elsewhere(address host.Host) []string {
	at := s.address()
	if address != (host.Host{}) {
		_, port, _ := net.SplitHostPort(at)
		at = address.String()
		if at == address.Name() {
			at += ":" + port
		}
	}
	var all []string
	for _, v := range s.env.apply(nil) {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == adcVariable, name == helper.ExecVariable, name == "CLOUDSDK_CONFIG", strings.EqualFold(name, "NO_PROXY"):
			continue
		case slices.Contains(helper.MetadataVariables(), name) && name != detection:
			v = name + "=" + at + s.Plan.Path
		}
		all = append(all, v)
	}
	return all
}

// envFileMark begins the first line of a file of variables, a comment; the folder of
// its session follows, which is held for as long as the server runs.
const envFileMark = "# credential-iam serve, "

// maxMark bounds that line.
const maxMark = 8 << 10

// WriteEnvFile writes the variables to a new file that only this user can read, or in
// place of one whose server has ended without removing it. remove removes it, unless
// another's has taken its place.
func (s *Session) WriteEnvFile(path string, variables []string) (remove func(), err error) {
	content := envFileMark + strconv.Quote(s.Plan.Folder) + "\n" + strings.Join(variables, "\n") + "\n"
	err = writeNew(path, content)
	if folder, ok := folderOf(path); errors.Is(err, fs.ErrExist) && ok && !keystore.FolderHeld(folder) {
		err = errors.Join(os.Remove(path), writeNew(path, content))
	}
	if err == nil {
		return func() {
			if folder, ok := folderOf(path); ok && folder == s.Plan.Folder {
				_ = os.Remove(path) // nobody is there to be told
			}
		}, nil
	}
	e := helper.Error{Who: helper.User, Op: "write", Object: path, Reason: err.Error(), Code: "session", Cause: err}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		e.Reason = p.Err.Error()
	}
	switch folder := filepath.Dir(path); {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Hint = "there is no folder "+folder, helper.FolderCommand(folder)
	case errors.Is(err, fs.ErrPermission):
		e.Hint = helper.ListFolderCommand(folder)
	case errors.Is(err, fs.ErrExist):
		// A device stays, and what a person has written is moved aside, not deleted.
		e.Reason, e.Hint = "it is there already, and not left by a server that has ended", files.Away(path)
		if _, ok := folderOf(path); ok {
			e.Reason, e.Hint = "it is that of another server, which runs", "credential-iam serve --env-file ANOTHER-FILE"
		}
	}
	return nil, &e
}

func writeNew(path, content string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	return errors.Join(err, f.Close())
}

// folderOf is the folder of the session that a file of variables is of; ok is false
// for any other file.
func folderOf(path string) (folder string, ok bool) {
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() {
		return "", false // a pipe would have us wait
	}
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, maxMark).ReadSlice('\n')
	if err != nil {
		return "", false
	}
	quoted, ok := strings.CutPrefix(strings.TrimSuffix(string(line), "\n"), envFileMark)
	folder, err = strconv.Unquote(quoted)
	return folder, ok && err == nil
}
