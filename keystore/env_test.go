package keystore_test

import "testing"

// env is an environment for tests.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
