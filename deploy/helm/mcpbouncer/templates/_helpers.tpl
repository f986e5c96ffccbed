{{- define "mcpbouncer.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "mcpbouncer.selector" -}}
app.kubernetes.io/name: mcpbouncer
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mcpbouncer.labels" -}}
{{ include "mcpbouncer.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Combinations of values that cannot work, each with what to change. */}}
{{- define "mcpbouncer.check" -}}
{{- $values := .Values -}}
{{- if and (gt (int $values.replicas) 1) (not $values.database.existingSecret) -}}
{{- fail "replicas is more than 1, but only one sidecar can use a database file: set database.existingSecret to a Secret with BOUNCER_DATABASE_URL (PostgreSQL), or replicas to 1" -}}
{{- end -}}
{{- if and $values.database.existingSecret (not $values.keys.existingSecret) -}}
{{- fail "database.existingSecret is set, but keys.existingSecret is not: with PostgreSQL all sidecars need the same encryption key, in a Secret with BOUNCER_ENCRYPTION_KEY (mcpbouncer keygen makes one)" -}}
{{- end -}}
{{- if and $values.database.existingSecret (not $values.provider.issuer) (not $values.users.existingSecret) (not (hasKey $values.env "BOUNCER_PROVIDERS_FILE")) -}}
{{- fail "with PostgreSQL there is no volume for a file of local users: set provider.issuer, or users.existingSecret to a Secret with users.json" -}}
{{- end -}}
{{- if and $values.share.existingClaim (ne .Release.Namespace $values.traefik.namespace) -}}
{{- fail (printf "share.existingClaim is in namespace %s, and Traefik in %s, where it cannot mount that claim: install the sidecar in Traefik's namespace, or set traefik.namespace" .Release.Namespace $values.traefik.namespace) -}}
{{- end -}}
{{- if and $values.share.existingClaim $values.plugin.configMap -}}
{{- fail "with share.existingClaim Traefik gets the plugin from the shared folder: set plugin.configMap to false" -}}
{{- end -}}
{{- if and $values.provider.issuer (not $values.provider.clientID) -}}
{{- fail "provider.issuer is set, but provider.clientID is not: set it to the client that you registered at the provider" -}}
{{- end -}}
{{- range $name := list "BOUNCER_ENCRYPTION_KEY" "BOUNCER_ANCHOR_SEED" "BOUNCER_DATABASE_URL" "BOUNCER_PROVIDER_CLIENT_SECRET" -}}
{{- if hasKey $values.env $name -}}
{{- fail (printf "env.%s is a secret, which anybody who reads the pod would see: put it into a Secret (keys, database, provider or envFromSecret)" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "BOUNCER_LISTEN_ADDR" "BOUNCER_METRICS_ADDR" "BOUNCER_DB_PATH" -}}
{{- if hasKey $values.env $name -}}
{{- fail (printf "env.%s cannot be set: the chart's ports, probes and volume rely on the default" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
