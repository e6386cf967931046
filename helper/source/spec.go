package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// place is a place of source identities, as the configuration's key "source"
// names it: NAME, or NAME:ARGUMENT. Each has a file of its own, and its line in
// places.
type place struct {
	name string
	// argument is what stands behind the colon, "" for nothing, and check returns
	// why s cannot.
	argument string
	check    func(s string) error
	// find finds the identity that is there.
	find func(ctx context.Context, f Finder, argument string) (helper.Source, error)
}

func places() []place { return []place{adc, gcloud, metadata, inFile, inKeyring} }

// String is the form of the place in the configuration.
func (p place) String() string {
	if p.argument == "" {
		return p.name
	}
	return p.name + ":" + p.argument
}

// placeOf reads a value of the key "source".
func placeOf(spec string) (p place, argument string, err error) {
	name, argument, colon := strings.Cut(spec, ":")
	var forms []string
	for _, p := range places() {
		if p.name == name && colon == (p.argument != "") {
			switch {
			case helper.LooksSecret(argument):
				err = errors.New(helper.NotShown)
			case p.check != nil:
				err = p.check(argument)
			}
			return p, argument, err
		}
		forms = append(forms, p.String())
	}
	return place{}, "", fmt.Errorf("%q is not one of %s", helper.OneLine(spec, 60), strings.Join(forms, ", "))
}

// CheckSpec returns why a value cannot be one of the key "source".
func CheckSpec(spec string) error {
	_, _, err := placeOf(spec)
	if err != nil && helper.LooksSecret(spec) {
		return errors.New(helper.NotShown)
	}
	return err
}
