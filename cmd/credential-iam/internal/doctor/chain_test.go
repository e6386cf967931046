package doctor

import "testing"

// Only the last of several commands tries what they configured: before it, not all is
// as it is going to be, and a failure would end the line.
func TestChain(t *testing.T) {
	const one, two = "credential-iam configure --git https://a.example.com", "credential-iam configure --git https://b.example.com"
	for want, commands := range map[string][]string{
		"":  nil,
		one: {one},
		"credential-iam configure --no-check --git https://a.example.com && " + two: {one, two},
	} {
		if got := chain(commands); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
