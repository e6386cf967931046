package manual

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// Topics are the pages of docs/ that are help topics and man pages of section 7.
func Topics() []string {
	return []string{"configuration", "sources", "keystores", "clients", "programs", "ci"}
}

// WriteTopics makes the help topics of the pages below root.
func WriteTopics(root, dir string) error {
	for _, name := range Topics() {
		page, err := os.ReadFile(filepath.Join(root, "docs", name+".md"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(Topic(string(page))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Pages returns every man page by its file's name. bin has the built programs.
func Pages(root, bin, version string) (map[string]string, error) {
	pages := map[string]string{}
	for _, name := range Topics() {
		page, err := os.ReadFile(filepath.Join(root, "docs", name+".md"))
		if err != nil {
			return nil, err
		}
		pages["credential-iam-"+name+".7"] = Page7(name, version, string(page))
	}
	commands, err := Commands(filepath.Join(bin, "credential-iam"))
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		pages[c.Name()+".1"] = c.Page1(version)
	}
	for _, p := range programs.All() {
		if p.Kind == programs.Core {
			continue
		}
		page, err := ProgramPage(p.Name, filepath.Join(root, "cmd", p.Name), version)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		if _, command := pages[p.Name+".1"]; !command { // as of credential-iam demo
			pages[p.Name+".1"] = page
		}
		for _, link := range p.Links {
			pages[link+".1"] = ".so man1/" + p.Name + ".1\n"
		}
	}
	return pages, nil
}

// WritePages makes the man pages in the folders man1 and man7 of dir.
func WritePages(root, bin, version, dir string) error {
	pages, err := Pages(root, bin, version)
	if err != nil {
		return err
	}
	for name, page := range pages {
		folder := filepath.Join(dir, "man"+name[len(name)-1:])
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}
