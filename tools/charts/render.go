package main

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// namespace of the release in everything that is rendered here.
const namespace = "mcpbouncer"

// manifest is a file of deploy/kubernetes: the chart with some values, without Helm's labels.
type manifest struct {
	file    string
	about   string
	secrets string
	values  map[string]any
}

var plain = []manifest{
	{
		file:    "mcpbouncer.yaml",
		about:   "One sidecar with its store in a volume, and local users.",
		secrets: "mcpbouncer-keys (BOUNCER_ENCRYPTION_KEY)",
		values:  map[string]any{"keys": map[string]any{"existingSecret": "mcpbouncer-keys"}},
	},
	{
		file:    "mcpbouncer-postgres.yaml",
		about:   "Three sidecars that share a PostgreSQL database.",
		secrets: "mcpbouncer-keys (BOUNCER_ENCRYPTION_KEY), mcpbouncer-database (BOUNCER_DATABASE_URL) and mcpbouncer-users\n# (users.json)",
		values: map[string]any{
			"replicas": 3,
			"keys":     map[string]any{"existingSecret": "mcpbouncer-keys"},
			"database": map[string]any{"existingSecret": "mcpbouncer-database"},
			"users":    map[string]any{"existingSecret": "mcpbouncer-users"},
		},
	},
}

const namespaceObject = `---
apiVersion: v1
kind: Namespace
metadata:
  name: mcpbouncer
  labels:
    pod-security.kubernetes.io/enforce: restricted
`

var ofHelm = regexp.MustCompile(`(?m)^ *(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n`)

func (m manifest) render() (string, error) {
	bare, err := load()
	if err != nil {
		return "", err
	}
	objects, err := render(bare, m.values)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("# %s Secrets that must exist: %s.\n# Made from deploy/helm/mcpbouncer by `make generate-charts`: change it there.\n", m.about, m.secrets)
	text += namespaceObject
	for _, object := range objects {
		text += "---\n" + ofHelm.ReplaceAllString(object, "")
	}
	return text, nil
}

func load() (*chart.Chart, error) { return loader.Load(chartDir) }

// render gives the objects of the chart with these values, in the order of their templates' names.
func render(c *chart.Chart, values map[string]any) ([]string, error) {
	all, err := renderAll(c, values)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range all {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(all[name]) != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var objects []string
	for _, name := range names {
		objects = append(objects, strings.TrimSpace(all[name])+"\n")
	}
	return objects, nil
}

// renderAll gives every template's text by its name.
func renderAll(c *chart.Chart, values map[string]any) (map[string]string, error) {
	options := chartutil.ReleaseOptions{Name: "mcpbouncer", Namespace: namespace, IsInstall: true, Revision: 1}
	cluster := chartutil.DefaultCapabilities.Copy()
	cluster.KubeVersion = chartutil.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}
	context, err := chartutil.ToRenderValues(c, values, options, cluster)
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true, LintMode: false}.Render(c, context)
}

// replaceOnce fails unless the old text is there exactly once.
func replaceOnce(text, old, new string) (string, error) {
	if strings.Count(text, old) != 1 {
		return "", fmt.Errorf("%q is not there exactly once", old)
	}
	return strings.Replace(text, old, new, 1), nil
}
