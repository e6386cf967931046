package toolconfig

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// terraform is Terraform and OpenTofu: a block credentials_helper "iam", in a file of
// its own among those that Terraform reads (developer.hashicorp.com/terraform/cli,
// "CLI Configuration File"), and the program in its folder of plugins, since it looks
// for it nowhere else. It takes one such block alone.
type terraform struct{}

func (terraform) Name() string { return "terraform" }

const (
	terraformProgram = "terraform-credentials-iam"
	terraformBlock   = `credentials_helper "iam" {}`
	terraformFile    = "credential-iam.tfrc"
)

var (
	terraformOurs = regexp.MustCompile(`^\s*credentials_helper\s+"iam"\s*\{\s*\}\s*$`)
	terraformAny  = regexp.MustCompile(`^[\s{]*(?:credentials_helper\s+"([^"]*)"|"credentials_helper"\s*:(?:\s*\{\s*"([^"]*)")?)`)
)

func terraformLine(_ text, _ int, line string) bool { return terraformOurs.MatchString(line) }

// terraformFiles returns the folder of Terraform, the file that gets the block, and all
// files that it reads.
func (w World) terraformFiles() (dir, own string, all []string, err error) {
	rc := ""
	if appdata := w.Env.Getenv("APPDATA"); runtime.GOOS == "windows" && appdata != "" {
		dir, rc = filepath.Join(appdata, "terraform.d"), filepath.Join(appdata, "terraform.rc")
	} else {
		if dir, err = w.home("configure", ".terraform.d"); err != nil {
			return "", "", nil, err
		}
		rc = filepath.Join(w.Env.HomeDir, ".terraformrc")
	}
	for _, name := range []string{"TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"} {
		if path := w.Env.Getenv(name); path != "" { // then it reads no other
			return dir, path, []string{path}, nil
		}
	}
	own = filepath.Join(dir, terraformFile)
	all = []string{own, rc}
	for _, pattern := range []string{"*.tfrc", "*.tfrc.json"} {
		found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
		all = append(all, slices.DeleteFunc(found, func(p string) bool { return filepath.Base(p) == terraformFile })...)
	}
	return dir, own, all, nil
}

// escapeGlob returns a path that Glob takes literally, where it can.
func escapeGlob(path string) string {
	if runtime.GOOS == "windows" {
		return path
	}
	return regexp.MustCompile(`([*?\[\\])`).ReplaceAllString(path, `\$1`)
}

// helperOf returns the line of a block for a credentials helper and its name.
func (t text) helperOf() (at int, name string) {
	for i := range t {
		if m := terraformAny.FindStringSubmatch(t.line(i)); m != nil {
			return i, m[1] + m[2]
		}
	}
	return -1, ""
}

// blockEnd returns the end of the block that starts at a line, 0 if it has none.
func (t text) blockEnd(at int) int {
	depth := 0
	for i := at; i < len(t); i++ {
		depth += strings.Count(t[i], "{") - strings.Count(t[i], "}")
		if depth <= 0 && strings.Contains(t[i], "}") {
			if strings.HasSuffix(strings.TrimSpace(t[i]), "}") {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

func (c terraform) Configure(_ context.Context, w World, _ []string, force bool) (Plan, error) {
	var plan Plan
	dir, own, files, err := w.terraformFiles()
	if err != nil {
		return plan, err
	}
	there := false
	for _, path := range files {
		f, err := read(path)
		if err != nil {
			return plan, err
		}
		at, name := f.text.helperOf()
		switch {
		case at < 0:
		case name == "iam":
			there = true
		case strings.HasSuffix(path, ".json"), !force:
			hint, remove := "credential-iam configure --terraform --force", ""
			if strings.HasSuffix(path, ".json") {
				hint, remove = helper.EditCommand(path), fmt.Sprintf(": remove credentials_helper in line %d", at+1)
			}
			return plan, failure("configure terraform in", f.Path, "it names the helper "+helper.OneLine(name, 60)+" already, and Terraform takes one alone"+remove+"; nothing was changed", hint)
		default:
			end := f.text.blockEnd(at)
			if end == 0 {
				return plan, unreadable(f.Path, fmt.Sprintf("the block credentials_helper of line %d has no end: write a } below it", at+1))
			}
			now := f.text.displace(at, end)
			if _, second := now.helperOf(); second != "" {
				return plan, unreadable(f.Path, "it has two blocks credentials_helper, and Terraform takes one alone: remove one of them")
			}
			change := Change{Key: "credentials_helper", Old: []string{name}, New: []string{"iam"}}
			if path == own {
				now, there = now.add(end, terraformBlock, ""), true
			}
			plan.Steps = append(plan.Steps, f.steps(now, terraformLine, change)...)
		}
	}
	if !there {
		f, err := read(own)
		if err != nil {
			return plan, err
		}
		plan.Steps = append(plan.Steps, f.steps(f.text.add(f.text.end(), terraformBlock, ""), terraformLine, Change{Key: "credentials_helper", New: []string{"iam"}})...)
	}
	steps, err := w.link(filepath.Join(dir, "plugins", executable(terraformProgram)), terraformProgram, "--terraform")
	plan.Steps = append(plan.Steps, steps...)
	return plan, err
}

func (c terraform) Uses(_ context.Context, w World) ([]Use, error) {
	dir, _, files, err := w.terraformFiles()
	if err != nil {
		return nil, err
	}
	hidden := filepath.Join(dir, terraformFile)
	if len(files) == 1 && files[0] != hidden { // a variable names the one file that is read
		files = append(files, hidden)
	}
	for _, path := range files {
		f, err := read(path)
		if err != nil {
			return nil, err
		}
		if _, name := f.text.helperOf(); name != "iam" {
			continue
		}
		u := Use{Client: c.Name(), Program: filepath.Join(dir, "plugins", executable(terraformProgram)), File: f.Path}
		if !isFile(u.Program) {
			u.Trouble, u.Fix = u.Program+" is not there, and Terraform looks for it nowhere else", "credential-iam configure --terraform"
		}
		if path == hidden && len(files) == 2 && files[1] == hidden {
			u.Trouble, u.Fix = "TF_CLI_CONFIG_FILE has Terraform read "+files[0]+" alone, which does not name it", helper.Unset("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG")
		}
		return []Use{u}, nil
	}
	return nil, nil
}

func (c terraform) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	var plan Plan
	uses, err := c.Uses(ctx, w)
	if uses = ours(uses, wanted); err != nil || len(uses) == 0 {
		return plan, err
	}
	dir, _, files, err := w.terraformFiles()
	if err != nil {
		return plan, err
	}
	if hidden := filepath.Join(dir, terraformFile); !slices.Contains(files, hidden) {
		files = append(files, hidden)
	}
	for _, path := range files {
		f, err := read(path)
		if err != nil {
			return plan, err
		}
		now := f.text.remove(terraformLine, func(text, int, string) bool { return true })
		if _, name := now.helperOf(); name == "iam" {
			plan.Notes = append(plan.Notes, "kept credentials_helper in "+f.Path+": configure does not write it so")
			continue
		}
		plan.Steps = append(plan.Steps, f.steps(now, terraformLine, Change{Key: "credentials_helper", Old: []string{"iam"}})...)
	}
	if len(plan.Notes) == 0 {
		plan.Steps = append(plan.Steps, w.unlink(uses[0].Program, terraformProgram)...)
	}
	return plan, nil
}
