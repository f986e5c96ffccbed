package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	psapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// kubernetes versions against whose schemas everything is validated.
var kubernetes = []string{"1.27", "1.30"}

// matrix: values that must work, and the kinds that they give.
var matrix = []struct{ name, values, kinds string }{
	{"defaults", "", "NetworkPolicy Service ServiceAccount StatefulSet"},
	{"a provider", `
keys: {existingSecret: keys}
provider: {issuer: "https://id.example.com", clientID: mcp, existingSecret: client}
env: {BOUNCER_ACCESS_TOKEN_TTL: 10m, BOUNCER_ALLOWED_EMAIL_DOMAINS: example.com, BOUNCER_KEY_ROTATION_DAYS: 7}`,
		"NetworkPolicy Service ServiceAccount StatefulSet"},
	{"a claim of one's own, without a policy", `
persistence: {existingClaim: mine}
networkPolicy: {enabled: false}`,
		"Service ServiceAccount StatefulSet"},
	{"several", `
replicas: 3
keys: {existingSecret: keys}
database: {existingSecret: database, port: 5433}
users: {existingSecret: users}`,
		"NetworkPolicy PodDisruptionBudget Service ServiceAccount Deployment"},
	{"one with PostgreSQL", `
keys: {existingSecret: keys}
database: {existingSecret: database}
provider: {issuer: "https://id.example.com", clientID: mcp}`,
		"NetworkPolicy Service ServiceAccount Deployment"},
	{"a folder shared with Traefik", `
traefik: {namespace: mcpbouncer}
share: {existingClaim: shared}`,
		"NetworkPolicy Service ServiceAccount StatefulSet"},
	{"everything else", `
image: {repository: registry.example.com/mcpbouncer, tag: "1.2.3", pullPolicy: Always, pullSecrets: [registry]}
persistence: {size: 5Gi, storageClass: fast}
users: {existingSecret: users}
envFromSecret: [more]
traefik: {namespace: ingress, podLabels: {app: traefik}, api: "http://traefik-api.ingress.svc:9000", apiPort: 9000}
networkPolicy:
  metricsFrom: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
  extraEgress: [{ports: [{port: 8443}]}]
runAsUser: 1234
podAnnotations: {a: b}
podLabels: {c: d}
nodeSelector: {kubernetes.io/arch: arm64}
tolerations: [{key: a, operator: Exists}]
affinity: {nodeAffinity: {}}
priorityClassName: high
resources: {limits: {memory: 512Mi}}`,
		"NetworkPolicy Service ServiceAccount StatefulSet"},
}

func TestMatrix(t *testing.T) {
	for _, one := range matrix {
		t.Run(one.name, func(t *testing.T) {
			objects := rendered(t, bare(t), one.values)
			var kinds []string
			for _, object := range validated(t, objects) {
				kinds = append(kinds, object.GetKind())
				if object.GetNamespace() != namespace {
					t.Errorf("%s is in namespace %q", object.GetKind(), object.GetNamespace())
				}
				if pod := podOf(t, object); pod != nil {
					isRestricted(t, pod)
					hasGoodSettings(t, pod)
				}
				if object.GetKind() == "NetworkPolicy" {
					admitsTraefikAlone(t, object)
				}
			}
			if got := strings.Join(kinds, " "); got != one.kinds {
				t.Errorf("kinds are %s", got)
			}
		})
	}
}

func TestWhatCannotWorkIsRefusedWithASentence(t *testing.T) {
	for _, one := range []struct{ values, sentence string }{
		{"replicas: 2", "only one sidecar can use a database file: set database.existingSecret"},
		{"database: {existingSecret: a}", "all sidecars need the same encryption key"},
		{"database: {existingSecret: a}\nkeys: {existingSecret: b}", "set provider.issuer, or users.existingSecret"},
		{`provider: {issuer: "https://id.example.com"}`, "provider.clientID is not"},
		{"share: {existingClaim: a}", "install the sidecar in Traefik's namespace"},
		{"traefik: {namespace: mcpbouncer}\nshare: {existingClaim: a}\nplugin: {configMap: true}", "set plugin.configMap to false"},
		{"env: {BOUNCER_ENCRYPTION_KEY: a}", "is a secret"},
		{`env: {BOUNCER_LISTEN_ADDR: ":81"}`, "cannot be set"},
		{"plugin: {configMap: true}", "this chart contains no plugin"},
		// By the schema: what is misspelt, and values of the wrong kind.
		{"replica: 2", "replica"},
		{"env: {HTTPS_PROXY: a}", "HTTPS_PROXY"},
		{"runAsUser: 0", "runAsUser"},
		{"provider: {issuer: id.example.com}", "issuer"},
	} {
		_, err := render(bare(t), parsed(t, one.values))
		if err == nil || !strings.Contains(err.Error(), one.sentence) {
			t.Errorf("%s: %v", one.values, err)
		}
	}
}

func TestTheApiIsReadWhereTheValuesSay(t *testing.T) {
	variable := regexp.MustCompile(`BOUNCER_TRAEFIK_API:? *\n? *(?:value: )?"?([^"\n]*)"?`)
	for values, want := range map[string]string{
		"":                             "",
		"traefik: {apiPort: 9000}":     ":9000",
		"traefik: {api: \"http://a\"}": "http://a",
	} {
		text := strings.Join(rendered(t, bare(t), values), "---\n")
		got := ""
		if found := variable.FindStringSubmatch(text); found != nil {
			got = found[1]
		}
		if got != want {
			t.Errorf("%q: the sidecar reads the API at %q", values, got)
		}
	}
}

// The validation itself: each of these is in the chart in its right form.
func TestMistakesAreFound(t *testing.T) {
	objects := strings.Join(rendered(t, bare(t), ""), "---\n")
	for right, wrong := range map[string]string{
		"readOnlyRootFilesystem: true": "readOnlyRootFileSystem: true",
		"port: 9090":                   "port: nine",
		"serviceName: mcpbouncer":      "serviceAlias: mcpbouncer",
		"policyTypes:":                 "policyType:",
	} {
		text, err := replaceOnce(objects, right, wrong)
		if err != nil {
			t.Fatal(err)
		}
		if refused(t, strings.Split(text, "---\n")) == "" {
			t.Errorf("%s is not found", wrong)
		}
	}
}

func TestLint(t *testing.T) {
	for _, message := range lint.All(chartDir, nil, namespace, true).Messages {
		if message.Severity > support.InfoSev {
			t.Error(message)
		}
	}
}

func TestTheChartHasTheVersionOfThePrograms(t *testing.T) {
	workspace, err := os.ReadFile(filepath.Join(repository, "Cargo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	meta := bare(t).Metadata
	if meta.Version != meta.AppVersion || !strings.Contains(string(workspace), "\nversion = \""+meta.Version+"\"\n") {
		t.Errorf("Chart.yaml has %s and %s, Cargo.toml another version", meta.Version, meta.AppVersion)
	}
}

func TestManifestsAreCurrent(t *testing.T) {
	for _, manifest := range plain {
		want, err := manifest.render()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(manifests, manifest.file))
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the chart gives: run make generate-charts (%v)", manifest.file, err)
		}
		validated(t, strings.Split(want, "---\n")[1:])
	}
}

func TestExamplesOfIngress(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(manifests, "examples/ingress.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	validated(t, []string{string(text)})
}

// The chart that is given away brings the plugin, byte for byte, and fits into the Secret in which Helm keeps a release.
func TestThePackagedChartBringsThePlugin(t *testing.T) {
	packed, err := withPlugin()
	if err != nil {
		t.Fatal(err)
	}
	file, err := chartutil.Save(packed, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if packed, err = loader.Load(file); err != nil {
		t.Fatal(err)
	}
	if err := packed.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, object := range validated(t, rendered(t, packed, "traefik: {namespace: edge}")) {
		if object.GetKind() != "ConfigMap" {
			continue
		}
		if object.GetNamespace() != "edge" {
			t.Errorf("it is in %s", object.GetNamespace())
		}
		var files corev1.ConfigMap
		convert(t, object, &files)
		for name, path := range map[string]string{"plugin.wasm": "target/plugin/plugin.wasm", ".traefik.yml": ".traefik.yml"} {
			want, err := os.ReadFile(filepath.Join(repository, path))
			got := append(files.BinaryData[name], files.Data[name]...)
			if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(string(want)) {
				t.Errorf("%s has %d bytes instead of %d", name, len(got), len(want))
			}
		}
		if size := releaseSize(t, packed); size > 1_000_000 {
			t.Errorf("a release takes %d bytes", size)
		}
		return
	}
	t.Error("there is no ConfigMap")
}

func bare(t *testing.T) *chart.Chart {
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parsed(t *testing.T, values string) map[string]any {
	result := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(values), &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func rendered(t *testing.T, c *chart.Chart, values string) []string {
	objects, err := render(c, parsed(t, values))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// validated fails the test if an object would be refused.
func validated(t *testing.T, documents []string) []*unstructured.Unstructured {
	if problem := refused(t, documents); problem != "" {
		t.Fatal(problem)
	}
	var objects []*unstructured.Unstructured
	for _, document := range documents {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		objects = append(objects, object)
	}
	return objects
}

// refused checks objects as the API server does when they are made: unknown fields, types, names, required fields.
func refused(t *testing.T, documents []string) string {
	program := programAt(t, "KUBECTL_VALIDATE")
	folder := t.TempDir()
	for number, document := range documents {
		file := filepath.Join(folder, fmt.Sprintf("%d.yaml", number))
		if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range kubernetes {
		if said, err := exec.Command(program, "--version", version, folder).CombinedOutput(); err != nil {
			return fmt.Sprintf("Kubernetes %s: %v\n%s", version, err, said)
		}
	}
	return ""
}

// programAt is the program that an environment variable names.
func programAt(t *testing.T, variable string) string {
	program := os.Getenv(variable)
	if program == "" {
		t.Fatalf("%s does not name a program: run make test-charts", variable)
	}
	return program
}

func podOf(t *testing.T, object *unstructured.Unstructured) *corev1.PodTemplateSpec {
	switch object.GetKind() {
	case "StatefulSet":
		var set appsv1.StatefulSet
		convert(t, object, &set)
		return &set.Spec.Template
	case "Deployment":
		var deployment appsv1.Deployment
		convert(t, object, &deployment)
		return &deployment.Spec.Template
	}
	return nil
}

// isRestricted: the strictest of Kubernetes' pod security standards, and what it does not ask for.
func isRestricted(t *testing.T, pod *corev1.PodTemplateSpec) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := psapi.LevelVersion{Level: psapi.LevelRestricted, Version: psapi.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
		if !result.Allowed {
			t.Errorf("not restricted: %s (%s)", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
	for _, container := range pod.Spec.Containers {
		if root := container.SecurityContext.ReadOnlyRootFilesystem; root == nil || !*root {
			t.Error("the root file system can be written")
		}
	}
	if token := pod.Spec.AutomountServiceAccountToken; token == nil || *token {
		t.Error("the pod has a token of the service account")
	}
	if links := pod.Spec.EnableServiceLinks; links == nil || *links {
		t.Error("a Service named bouncer would add BOUNCER_ variables, and the sidecar would not start")
	}
}

// secrets: what is in the Secrets of the matrix.
var secrets = map[string]string{
	"keys":     "BOUNCER_ENCRYPTION_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	"database": "BOUNCER_DATABASE_URL=postgres://user:password@postgres/database",
	"client":   "BOUNCER_PROVIDER_CLIENT_SECRET=secret",
	"more":     "BOUNCER_DCR_INITIAL_TOKEN=token",
}

// hasGoodSettings: the sidecar accepts the variables of the pod. Folders of the pod are folders of this machine here.
func hasGoodSettings(t *testing.T, pod *corev1.PodTemplateSpec) {
	program := programAt(t, "MCPBOUNCER")
	folder := t.TempDir()
	container := pod.Spec.Containers[0]
	mounted := map[string]bool{}
	for _, mount := range container.VolumeMounts {
		mounted[mount.MountPath] = true
	}
	variables := []string{"BOUNCER_DB_PATH=" + filepath.Join(folder, "bouncer.db")}
	for _, variable := range container.Env {
		value := variable.Value
		if strings.HasPrefix(value, "/") {
			here := filepath.Join(folder, filepath.Base(value))
			if mounted[value] {
				if err := os.Mkdir(here, 0o700); err != nil {
					t.Fatal(err)
				}
			} else if !mounted[filepath.Dir(value)] {
				t.Errorf("%s is %s, where nothing is mounted", variable.Name, value)
			}
			value = here
		}
		variables = append(variables, variable.Name+"="+value)
	}
	for _, source := range container.EnvFrom {
		variable := secrets[source.SecretRef.Name]
		if variable == "" {
			t.Errorf("there is no Secret %s", source.SecretRef.Name)
		}
		variables = append(variables, variable)
	}
	if slices.ContainsFunc(variables, isUsersFile) {
		command := exec.Command(program, "user", "add", "alice")
		command.Env = variables
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("no user can be added: %v %s", err, said)
		}
	}
	command := exec.Command(program, "check-config")
	command.Env = variables
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("the sidecar refuses its settings: %v %s", err, said)
	}
}

func isUsersFile(variable string) bool { return strings.HasPrefix(variable, "BOUNCER_USERS_FILE=") }

// admitsTraefikAlone: no other pod reaches the OAuth listener, and only those of `metricsFrom` the operations listener.
func admitsTraefikAlone(t *testing.T, object *unstructured.Unstructured) {
	var policy networkingv1.NetworkPolicy
	convert(t, object, &policy)
	for number, rule := range policy.Spec.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) == 0 {
			t.Errorf("ingress rule %d admits everybody, or to every port", number)
		}
		for _, port := range rule.Ports {
			if number > 0 && port.Port.StrVal != "operations" {
				t.Errorf("others than Traefik reach port %s", port.Port.StrVal)
			}
		}
	}
	traefik := policy.Spec.Ingress[0].From
	if len(traefik) != 1 || traefik[0].IPBlock != nil || traefik[0].NamespaceSelector == nil || traefik[0].PodSelector == nil ||
		len(traefik[0].NamespaceSelector.MatchLabels) != 1 || len(traefik[0].PodSelector.MatchLabels) == 0 {
		t.Errorf("Traefik's pods are not named by namespace and labels: %v", traefik)
	}
	if types := policy.Spec.PolicyTypes; len(types) != 2 {
		t.Errorf("it is for %v only", types)
	}
}

func convert(t *testing.T, object *unstructured.Unstructured, into any) {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
		t.Fatal(err)
	}
}

// releaseSize is what Helm stores of a release: the chart and its objects, compressed, in base64.
func releaseSize(t *testing.T, c *chart.Chart) int {
	text, err := renderAll(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	release, err := json.Marshal(map[string]any{"chart": c, "manifest": text})
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(release); err != nil || writer.Close() != nil {
		t.Fatal("it cannot be compressed")
	}
	return base64.StdEncoding.EncodedLen(packed.Len())
}
