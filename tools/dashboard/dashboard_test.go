package main

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func TestTheFileIsWhatThePanelsYield(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(File)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, have) {
		t.Fatal("run `make generate-dashboard`")
	}
}

// Strict: a member that the schema does not have is an error.
func TestTheFileFollowsGrafanasSchema(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile(File)
	if err != nil {
		t.Fatal(err)
	}
	var read dashboard.Dashboard
	if err := problem(read.UnmarshalJSONStrict(text)); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Fatal(err)
	}
	misspelt := bytes.Replace(text, []byte(`"legendFormat"`), []byte(`"legendFromat"`), 1)
	if err := problem(read.UnmarshalJSONStrict(misspelt)); err == nil {
		t.Fatal("a misspelt member of a query is accepted")
	}
}

// The library returns an empty list of errors where there is none.
func problem(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}
