package toolconfig

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// kubectl is the program that knows and edits its files.
type kubectl struct {
	path    string
	environ []string
	// file is the file that is named to a person: the first of KUBECONFIG.
	file string
}

// kubectlPatience is how long one of its commands may take.
const kubectlPatience = 5 * time.Second

// kubeConfig is what "kubectl config view" prints, as far as it matters.
type kubeConfig struct {
	Contexts []namedContext `json:"contexts"`
	Clusters []struct {
		Name    string      `json:"name"`
		Cluster kubeCluster `json:"cluster"`
	} `json:"clusters"`
	Users []namedUser `json:"users"`
}

type namedContext struct {
	Name    string      `json:"name"`
	Context kubeContext `json:"context"`
}

type kubeContext struct {
	Cluster string `json:"cluster"`
	User    string `json:"user"`
}

type kubeCluster struct {
	Server   string `json:"server"`
	Insecure bool   `json:"insecure-skip-tls-verify"`
}

type namedUser struct {
	Name string `json:"name"`
	User struct {
		Exec *struct {
			Command     string   `json:"command"`
			Args        []string `json:"args"`
			APIVersion  string   `json:"apiVersion"`
			ClusterInfo bool     `json:"provideClusterInfo"`
			Interactive string   `json:"interactiveMode"`
		} `json:"exec"`
	} `json:"user"`
}

// ours reports whether a user runs our program.
func (u namedUser) ours() bool {
	e := u.User.Exec
	return e != nil && base(e.Command) == program && len(e.Args) > 0 && e.Args[0] == "kube"
}

// complete reports whether its plugin can work.
func (u namedUser) complete() bool { return u.lacks() == "" }

// lacks says what its plugin lacks.
func (u namedUser) lacks() string {
	switch e := u.User.Exec; {
	case !e.ClusterInfo:
		return "is not told which server it is for (provideClusterInfo)"
	case e.APIVersion != kubeVersion && e.APIVersion != kubeVersion+"beta1":
		return "has a version that " + program + " does not speak"
	case e.APIVersion == kubeVersion && e.Interactive == "":
		return "has no interactiveMode, which version 1 needs"
	case len(e.Args) != 1:
		return "has arguments that " + program + " does not take"
	}
	return ""
}

func (c kubeConfig) cluster(name string) kubeCluster {
	for _, x := range c.Clusters {
		if x.Name == name {
			return x.Cluster
		}
	}
	return kubeCluster{}
}

func (c kubeConfig) user(name string) namedUser {
	for _, x := range c.Users {
		if x.Name == name {
			return x
		}
	}
	return namedUser{}
}

// kubeFiles are the files that kubectl reads.
func (w World) kubeFiles() []string {
	if list := w.Env.Getenv("KUBECONFIG"); list != "" {
		return slices.DeleteFunc(filepath.SplitList(list), func(p string) bool { return p == "" })
	}
	if w.Env.HomeDir == "" {
		return nil
	}
	return []string{filepath.Join(w.Env.HomeDir, ".kube", "config")}
}

// kubeNamed reports whether any of them names our program.
func (w World) kubeNamed() bool {
	return slices.ContainsFunc(w.kubeFiles(), func(path string) bool {
		b, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(b), program)
	})
}

// kubeComments reports whether any of them has lines that kubectl does not keep.
func (w World) kubeComments() bool {
	return slices.ContainsFunc(w.kubeFiles(), func(path string) bool {
		b, err := os.ReadFile(path)
		return err == nil && slices.ContainsFunc(strings.Split(string(b), "\n"), func(line string) bool {
			return strings.HasPrefix(strings.TrimSpace(line), "#")
		})
	})
}

// kubectl finds the program and has it read its files.
func (w World) kubectl(ctx context.Context) (c kubectl, config kubeConfig, err error) {
	path, err := w.LookPath("kubectl")
	if err != nil {
		return c, config, &helper.Error{Who: helper.User, Op: "configure", Object: "kubectl", Code: "configure", Cause: err,
			Reason: "there is no program kubectl on the PATH; nothing was changed", Hint: helper.PathCommand("DIR-OF-KUBECTL")}
	}
	c = kubectl{path: path, environ: w.Environ, file: "kubectl"}
	if files := w.kubeFiles(); len(files) > 0 {
		c.file = files[0]
	}
	config, err = c.view(ctx)
	return c, config, err
}

// view returns the configuration, without its secrets.
func (c kubectl) view(ctx context.Context) (config kubeConfig, err error) {
	out, err := c.run(ctx, "view", "--output=json")
	if err == nil {
		err = json.Unmarshal(out, &config)
	}
	if err != nil {
		return config, failure("read", c.file, "kubectl config view: "+err.Error(), "kubectl config view")
	}
	return config, nil
}

// edit runs a command of "kubectl config".
func (c kubectl) edit(ctx context.Context, args ...string) error {
	if _, err := c.run(ctx, args...); err != nil {
		return failure("change", c.file, "kubectl config "+args[0]+": "+err.Error(), "kubectl config view")
	}
	return nil
}

func (c kubectl) run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, kubectlPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, append([]string{"config"}, args...)...)
	cmd.Env, cmd.WaitDelay = c.environ, time.Second
	out, said := &helper.Bounded{Limit: 16 << 20}, &helper.Bounded{Limit: 4096}
	cmd.Stdout, cmd.Stderr = out, said
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, errors.New("it did not end within " + kubectlPatience.String())
	}
	if text := helper.OneLine(said.String(), 300); err != nil && text != "" {
		return nil, errors.New(text)
	}
	return []byte(out.String()), err
}
