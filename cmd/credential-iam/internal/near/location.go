package near

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// multiRegions are the locations of Artifact Registry that are no single region.
func multiRegions() []string { return []string{"asia", "europe", "us"} }

// locations are those of Artifact Registry
// (https://cloud.google.com/artifact-registry/docs/repositories/repo-locations): the
// multi-regions and the regions of Google Cloud. Secure Source Manager has some of the
// regions. Tomorrow there are more, so that one that is not here is as good as another,
// unless it is nearly one of them.
func locations() []string {
	return append(multiRegions(),
		"africa-south1",
		"asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1", "asia-south2",
		"asia-southeast1", "asia-southeast2", "asia-southeast3",
		"australia-southeast1", "australia-southeast2",
		"europe-central2", "europe-north1", "europe-north2", "europe-southwest1", "europe-west1", "europe-west2", "europe-west3",
		"europe-west4", "europe-west6", "europe-west8", "europe-west9", "europe-west10", "europe-west12",
		"me-central1", "me-central2", "me-west1",
		"northamerica-northeast1", "northamerica-northeast2", "northamerica-south1",
		"southamerica-east1", "southamerica-west1",
		"us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
	)
}

// gcrLocations are the multi-regions by the names that gcr.io has for them.
func gcrLocations() []string { return []string{"asia", "eu", "us"} }

// Location returns the built-in host that somebody probably meant who wrote one of a
// location that is not known and is a letter or two away from one that is
// ("eurpe-docker.pkg.dev"). A region that differs in its number alone may be a new one.
func Location(p config.Place) (meant host.Host, ok bool) { return placed(named(p)) }

func placed(h host.Host) (meant host.Host, ok bool) {
	where, known, with := located(h)
	right := misspelled(where, known)
	if right == "" {
		return host.Host{}, false
	}
	return host.Parse("https", with(right))
}

// located takes the name of a host apart at its location, "" where it has none.
func located(h host.Host) (location string, known []string, with func(location string) string) {
	if place, format := h.Format(); format != "" {
		return place, locations(), func(l string) string { return l + "-" + format + ".pkg.dev" }
	}
	labels := strings.Split(h.String(), ".")
	i, n := -1, len(labels)
	switch {
	case n == 3 && ends(labels, "gcr", "io"):
		i, known = 0, gcrLocations()
	case n == 5 && ends(labels, "rep", "pkg", "dev"), n == 4 && ends(labels, "sourcemanager", "dev"):
		i, known = 1, locations()
	}
	if i < 0 {
		return "", nil, nil
	}
	return labels[i], known, func(l string) string {
		labels[i] = l
		return strings.Join(labels, ".")
	}
}

// ends reports whether labels are the last ones.
func ends(labels []string, last ...string) bool {
	return strings.HasSuffix("."+strings.Join(labels, "."), "."+strings.Join(last, "."))
}

// misspelled returns the location that s is a misspelling of, or "". In a short name two
// letters are all of it, so that one counts; the name of a multi-region may be cut short
// ("eu").
func misspelled(s string, known []string) string {
	if s == "" || slices.Contains(known, s) {
		return ""
	}
	for _, name := range multiRegions() {
		if len(s) > 1 && slices.Contains(known, name) && strings.HasPrefix(name, s) {
			return name
		}
	}
	meant := helper.Misspelled(s, known)
	switch {
	case number(s) != "" && area(s) == area(meant), len(s) < 5 && helper.Edits(s, meant) > 1:
		return ""
	}
	return meant
}

// area is the name of a region without its number.
func area(region string) string { return strings.TrimRight(region, "0123456789") }

// number is the number of a region.
func number(region string) string { return region[len(area(region)):] }
