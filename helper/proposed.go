package helper

// ProposedKind returns the kind of token that an error's command proposes for a host
// whose section names none: an ID token, which is valid at that host alone, but an
// access token for a host of Google's that takes nothing else.
func ProposedKind(h interface{ TakesAccess() bool }) Kind {
	if h.TakesAccess() {
		return Access
	}
	return ID
}
