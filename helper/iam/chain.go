package iam

import (
	"slices"
	"strings"
)

// plan returns the accounts to go through, the one that the source impersonates
// first and the target last: those that the source impersonates itself, the
// delegates, the target. No account is in it twice, nor the source's own: between
// two occurrences the way leads back to where it was, and to impersonate oneself
// needs a grant of its own.
func plan(principal string, own, delegates []string, target string) []string {
	way := slices.Concat(own, delegates)
	if target != "" {
		way = append(way, target)
	}
	for i := 0; i < len(way); i++ {
		last := i
		for j := i + 1; j < len(way); j++ {
			if strings.EqualFold(way[i], way[j]) {
				last = j
			}
		}
		way = slices.Delete(way, i, last)
	}
	if principal != "" {
		for i := len(way) - 1; i >= 0; i-- {
			// The target stays although it is the source: a signature as
			// oneself is still the API's to make.
			if strings.EqualFold(way[i], principal) {
				return way[min(i+1, len(way)-1):]
			}
		}
	}
	return way
}
