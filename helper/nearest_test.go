package helper

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"roleArn", "region", "audience"}
	for in, want := range map[string]string{"rolearn": "roleArn", "regoin": "region", "Audiance": "audience", "arn": "roleArn"} {
		if got := Nearest(in, names); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
