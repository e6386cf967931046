package configure

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// With System a run is for everybody on the machine. It writes the file of their
// defaults, which package config reads below each person's own, and git's system-wide
// file, which git reads before each person's. Docker reads no file but a person's own, so
// that nothing makes it run the helper for all.

// checkSystem refuses what there is no file of the whole machine for.
func (r Request) checkSystem() error {
	if r.System && (len(r.Tools)+len(r.Npmrc) > 0 || r.AuthFile != "" || r.KubeletFile != "") {
		return usagef("--system is for the defaults of every user and for git; the other clients have files of each person's")
	}
	return nil
}

// file returns the file of docker's form that a request is about.
func (w World) file(r Request) (string, error) {
	switch {
	case !r.System:
		return config.Path(w.Env), config.NoPath(w.Env)
	case w.Env.MachineConfig == "":
		return "", failure("configure", "the machine", "this system names no folder for it (ProgramData)", "")
	}
	return w.Env.MachineConfig, nil
}

// parsed is what a file is going to say.
func (w World) parsed(r Request, f *edited) *config.Config {
	env := w.Env
	if r.System {
		env.MachineConfig = "" // it is that very file
	}
	return config.Parse(env, f.file.Path, f.doc.Bytes())
}

// adviseSystem notes what a file of the whole machine cannot do.
func (w World) adviseSystem(j *job, p *plan) {
	for _, h := range j.docker {
		p.note("docker reads no file of the whole machine, so each person makes it run the helper; run: credential-iam configure --docker %s", helper.ShellWord(h.typed))
	}
	value, _ := w.gitHelper()
	program := gitconfig.Program(value)
	if len(j.git) > 0 && program != "" && w.Env.HomeDir != "" && strings.HasPrefix(program, w.Env.HomeDir+string(filepath.Separator)) {
		install := helper.AsAdmin("./install.sh")
		if runtime.GOOS == "windows" {
			install = "powershell -File install.ps1 -BinDir " + helper.ShellWord(filepath.Join(w.Env.Getenv("ProgramFiles"), "credential-iam"))
		}
		p.note("%s is in the folder of one person, and others may not be able to run it; run: %s", program, install)
	}
}

// forAll makes a plan one for the whole machine where the request is; command is what
// the person has typed. Its record is beside the machine's file: sudo gives one
// administrator the home of root, and another one leaves his own.
func (w World) forAll(p *plan, r Request, command string) error {
	if !r.System || w.Env.MachineConfig == "" {
		return nil
	}
	p.system, p.command = true, command
	return p.openBook(record.Beside(w.Env.MachineConfig), w.Env.HomeDir)
}

// unconfigureCommand is the command that takes back what is configured for everybody.
func (r Request) unconfigureCommand() string {
	words := []string{"credential-iam", "unconfigure", "--system"}
	for _, h := range r.Hosts {
		words = append(words, helper.ShellWord(h))
	}
	for _, h := range r.Docker {
		words = append(words, "--docker", helper.ShellWord(h))
	}
	for _, h := range r.Git {
		words = append(words, "--git", helper.ShellWord(h))
	}
	return strings.Join(words, " ")
}

// asAdmin makes the error of a file that only an administrator can write one that says
// so: its folder is not for the person to take.
func (w World) asAdmin(p *plan, err error) error {
	e := (*files.Error)(nil)
	if !p.system || !errors.Is(err, fs.ErrPermission) || !errors.As(err, &e) {
		return err
	}
	program := "credential-iam" // which sudo may not find
	if w.Bin != "" {
		program = filepath.Join(w.Bin, program)
	}
	return failure("write", e.Path, "only an administrator can; nothing was changed",
		helper.AsAdmin(helper.ShellWord(program)+strings.TrimPrefix(p.command, "credential-iam")))
}
