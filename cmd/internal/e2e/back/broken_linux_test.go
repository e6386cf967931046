package back

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// broken are homes in which one of the files cannot be written, or not be read, made by
// commands that root runs in mounts of their own.
var broken = map[string]string{
	"a lock that a killed git left":       `person touch ~/.gitconfig.lock`,
	"a home that is read-only":            `chmod 0555 ~`,
	"git's folder is read-only":           `person mkdir -p ~/.config/git; person mv ~/.gitconfig ~/.config/git/config; chmod 0555 ~/.config/git`,
	"docker's folder is read-only":        `chmod 0555 ~/.docker`,
	"git's file is root's":                `chown root ~/.gitconfig; chmod 0600 ~/.gitconfig`,
	"docker's folder is root's":           `chown root ~/.docker; chmod 0700 ~/.docker`,
	"docker's folder and file are root's": `chown -R root ~/.docker; chmod 0700 ~/.docker; chmod 0600 ~/.docker/config.json`,
	"docker's folder is for reading":      `chown root ~/.docker; chmod 0755 ~/.docker`,
	"git's file may not be read":          `chmod 0 ~/.gitconfig`,
	"a link to where no folder can be":    `person mkdir ~/dots; chmod 0555 ~/dots; person ln -sf dots/git/config ~/.gitconfig`,
	"a link below a file":                 `person touch ~/dots; person ln -sf dots/config ~/.gitconfig`,
	"a link to itself":                    `person ln -sf .gitconfig ~/.gitconfig`,
	"a folder in docker's file's place":   `person rm ~/.docker/config.json; person mkdir ~/.docker/config.json`,
	"a folder in git's file's place":      `person rm ~/.gitconfig; person mkdir ~/.gitconfig`,
	"a link into a read-only store":       `mount -t tmpfs store ~/store; mv ~/.gitconfig ~/store/git; mount -o remount,ro ~/store; person ln -s store/git ~/.gitconfig`,
	"docker's folder on a read-only disk": `cp -p ~/.docker/config.json ~/store/; mount -t tmpfs -o mode=0777 disk ~/.docker; cp -p ~/store/config.json ~/.docker/; mount -o remount,ro ~/.docker`,
	"git's file is a mount":               `person cp ~/.gitconfig ~/store/git; mount --bind ~/store/git ~/.gitconfig`,
	"docker's file is a mount":            `person cp ~/.docker/config.json ~/store/; mount --bind ~/store/config.json ~/.docker/config.json`,
	"root's file in a shared folder":      `person mkdir ~/dots; chown root ~/dots; chmod 1777 ~/dots; mv ~/.gitconfig ~/dots/git; chown root ~/dots/git; chmod 0644 ~/dots/git; person ln -s dots/git ~/.gitconfig`,
	"git's file may not be changed":       `chattr +i ~/.gitconfig 2>/dev/null || exit 77`,
	"a record that is none":               `person mkdir -p ~/.local/state/credential-iam; echo '{' >~/.local/state/credential-iam/configured.json`,
	"a record that leads to a device":     `person mkdir -p ~/.local/state/credential-iam; person ln -s /dev/null ~/.local/state/credential-iam/configured.json`,
	"a record that may not be read":       `person mkdir -p ~/.local/state/credential-iam; chmod 0 ~/.local/state/credential-iam`,
}

// drive breaks a home, configures it, which must fail and change nothing, runs the
// command that the error names as it is printed, and configures again. A person's sudo
// is root's.
const drive = `
	person() { setpriv --reuid="$ID" --regid="$ID" --clear-groups -- "$@"; }
	state() { (cd ~ && find . -printf '%p %y %m %u %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }
	configure() {
		person credential-iam configure --no-check --service-account ` + account + ` --docker ` + registry + ` --git ` + server + ` >"$TMPDIR/said" 2>&1
	}
	stop() { echo "$1"; cat "$TMPDIR/said"; exit 1; }
	person mkdir ~/store "$TMPDIR/bin"
	printf '#!/bin/sh\nfor a; do printf "%%s\\0" "$a"; done >"$TMPDIR/sudo"\n' >"$TMPDIR/bin/sudo"
	chmod 0755 "$TMPDIR/bin/sudo"
	eval "$BREAK" || exit 77
	state >"$TMPDIR/before"
	configure && stop "it was configured"
	state | diff "$TMPDIR/before" - || stop "something has changed"
	fix=$(sed -n 's/.*; run: //p' "$TMPDIR/said" | tail -n 1)
	[ "$fix" ] || stop "there is no fix"
	echo "fix: $fix"
	person env PATH="$TMPDIR/bin:$PATH" sh -c "$fix" || stop "the fix failed"
	! [ -e "$TMPDIR/sudo" ] || xargs -0 -a "$TMPDIR/sudo" -- env -- || stop "root's fix failed"
	configure || stop "it cannot be configured after the fix"
	person credential-iam unconfigure >"$TMPDIR/said" 2>&1 || stop "it cannot be unconfigured"
`

// TestBroken has configure fail: nothing in the home has changed, docker's file neither,
// and the command of the error fixes it.
func TestBroken(t *testing.T) {
	for name, how := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log(inMounts(t, drive, "BREAK="+how))
		})
	}
}

// inMounts runs a script as root, in mounts of its own, with the home of a person that
// has both files.
func inMounts(t *testing.T, script string, env ...string) string {
	t.Helper()
	m := machine.New(t, machine.Options{Bin: envtest.Programs(t), Keystore: "none"})
	if !m.Isolated {
		t.Skip("only root can mount")
	}
	for _, program := range []string{"unshare", "mount", "setpriv", "findmnt"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	if out, err := exec.Command("unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "x", m.Temp).CombinedOutput(); err != nil {
		t.Skipf("cannot mount here: %s", out)
	}
	envtest.Check(t, m.Write(".gitconfig", []byte("[user]\n\tname = N")))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "private", "sh", "-c", script)
	cmd.Dir, cmd.Env = m.Work, m.Environ(append(env, "ID="+strconv.Itoa(m.UID))...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("this cannot be broken here: %s", out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
}

// TestFullDisk has no room for docker's new file, or for git's: nothing has changed.
func TestFullDisk(t *testing.T) {
	const script = `
		person() { setpriv --reuid="$ID" --regid="$ID" --clear-groups -- "$@"; }
		person mkdir ~/keep; cp -p ~/.docker/config.json ~/.gitconfig ~/keep
		mkdir -p "$DISK"
		mount -t tmpfs -o size=8k,mode=0777 full "$DISK"
		cp -p "$HOME/keep/$FILE" "$DISK/"
		[ "$FILE" = config.json ] || person ln -sf "$DISK/$FILE" "$HOME/$FILE"
		dd if=/dev/zero of="$DISK/full" bs=4k count=1 2>/dev/null
		person credential-iam configure --no-check --service-account ` + account + ` --docker ` + registry + ` --git ` + server + ` && exit 1
		cmp ~/keep/config.json ~/.docker/config.json && cmp ~/keep/.gitconfig ~/.gitconfig || exit 1
		! [ -e ~/.local ] && [ "$(ls -A "$DISK" | sort | tr '\n' ' ')" = "$LEFT " ] || { ls -lA ~/.local "$DISK"; exit 1; }
		rm "$DISK/full"
		person credential-iam configure --no-check --service-account ` + account + ` --docker ` + registry + ` --git ` + server
	t.Run("docker", func(t *testing.T) {
		t.Log(inMounts(t, `DISK=$HOME/.docker FILE=config.json LEFT="config.json full";`+script))
	})
	t.Run("git", func(t *testing.T) {
		t.Log(inMounts(t, `DISK=$HOME/dots FILE=.gitconfig LEFT=".gitconfig full";`+script))
	})
}
