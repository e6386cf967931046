package main

import (
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

func TestMain(m *testing.M) { adaptertest.Main(m) }
