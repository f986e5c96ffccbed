// Charts renders and packages deploy/helm/mcpbouncer with Helm's own library.
//
//	charts render           writes deploy/kubernetes/*.yaml
//	charts package FOLDER   writes the packaged chart with the plugin, target/plugin/plugin.wasm, into a folder
//
// It runs in tools/charts. Its tests check the chart.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

const (
	repository = "../.."
	chartDir   = repository + "/deploy/helm/mcpbouncer"
	manifests  = repository + "/deploy/kubernetes"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "charts:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "render":
		for _, manifest := range plain {
			text, err := manifest.render()
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(manifests, manifest.file), []byte(text), 0o644); err != nil {
				return err
			}
		}
		return nil
	case len(arguments) == 2 && arguments[0] == "package":
		packed, err := withPlugin()
		if err != nil {
			return err
		}
		file, err := chartutil.Save(packed, arguments[1])
		if err == nil {
			fmt.Println(file)
		}
		return err
	default:
		return fmt.Errorf("give 'render' or 'package FOLDER'")
	}
}

// withPlugin is the chart with the files of the plugin, as it is given away.
func withPlugin() (*chart.Chart, error) {
	packed, err := load()
	if err != nil {
		return nil, err
	}
	for name, path := range map[string]string{
		"files/plugin.wasm": repository + "/target/plugin/plugin.wasm",
		"files/traefik.yml": repository + "/.traefik.yml",
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: build the plugin first (make plugin)", err)
		}
		packed.Files = append(packed.Files, &chart.File{Name: name, Data: data})
	}
	// The ConfigMap with the plugin is on, because there is a plugin.
	for _, file := range packed.Raw {
		if file.Name == chartutil.ValuesfileName {
			text, err := replaceOnce(string(file.Data), "  configMap: false\n", "  configMap: true\n")
			if err != nil {
				return nil, err
			}
			file.Data = []byte(text)
		}
	}
	values := packed.Values["plugin"].(map[string]any)
	values["configMap"] = true
	return packed, nil
}
