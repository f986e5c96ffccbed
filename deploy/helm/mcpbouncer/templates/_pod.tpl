{{/* The pod, the same for both kinds of workload. */}}
{{- define "mcpbouncer.pod" -}}
metadata:
  labels:
    {{- include "mcpbouncer.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "mcpbouncer.name" . }}
  automountServiceAccountToken: false
  # Kubernetes would set BOUNCER_… variables for a Service of that name, which the sidecar refuses.
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .Values.runAsUser }}
    runAsGroup: {{ .Values.runAsUser }}
    fsGroup: {{ .Values.runAsUser }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  containers:
    - name: mcpbouncer
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      ports:
        - name: oauth
          containerPort: 8080
        - name: operations
          containerPort: 9090
      {{- with include "mcpbouncer.variables" . | fromYaml }}
      env:
        {{- range $name, $value := . }}
        - name: {{ $name }}
          value: {{ $value | toString | quote }}
        {{- end }}
      {{- end }}
      {{- with include "mcpbouncer.secrets" . | trim }}
      envFrom:
        {{- . | nindent 8 }}
      {{- end }}
      # A probe that fails says that the process hangs, or that its store does not answer.
      livenessProbe:
        httpGet:
          path: /healthz
          port: operations
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /readyz
          port: operations
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      {{- if or (not .Values.database.existingSecret) .Values.users.existingSecret .Values.share.existingClaim }}
      volumeMounts:
        {{- if not .Values.database.existingSecret }}
        - name: data
          mountPath: /data
        {{- end }}
        {{- if .Values.users.existingSecret }}
        - name: users
          mountPath: /run/users
          readOnly: true
        {{- end }}
        {{- if .Values.share.existingClaim }}
        - name: shared
          mountPath: /mcpbouncer
        {{- end }}
      {{- end }}
  {{- $claim := and (not .Values.database.existingSecret) .Values.persistence.existingClaim }}
  {{- if or $claim .Values.users.existingSecret .Values.share.existingClaim }}
  volumes:
    {{- with $claim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ . }}
    {{- end }}
    {{- with .Values.users.existingSecret }}
    - name: users
      secret:
        secretName: {{ . }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.share.existingClaim }}
    - name: shared
      persistentVolumeClaim:
        claimName: {{ . }}
    {{- end }}
  {{- end }}
  {{- if gt (int .Values.replicas) 1 }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "mcpbouncer.selector" . | nindent 10 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The variables that follow from the values; those in `env` come last and win. */}}
{{- define "mcpbouncer.variables" -}}
{{- $variables := dict -}}
{{- if .Values.provider.issuer -}}
{{- $_ := set $variables "BOUNCER_PROVIDER_ISSUER" .Values.provider.issuer -}}
{{- $_ := set $variables "BOUNCER_PROVIDER_CLIENT_ID" .Values.provider.clientID -}}
{{- end -}}
{{- if .Values.users.existingSecret -}}
{{- $_ := set $variables "BOUNCER_USERS_FILE" "/run/users/users.json" -}}
{{- else if not (or .Values.provider.issuer .Values.database.existingSecret) -}}
{{- $_ := set $variables "BOUNCER_USERS_FILE" "/data/users.json" -}}
{{- end -}}
{{- if .Values.share.existingClaim -}}
{{- $_ := set $variables "BOUNCER_SHARE_DIR" "/mcpbouncer" -}}
{{- end -}}
{{- if .Values.traefik.api -}}
{{- $_ := set $variables "BOUNCER_TRAEFIK_API" .Values.traefik.api -}}
{{- else if ne (int .Values.traefik.apiPort) 8080 -}}
{{- $_ := set $variables "BOUNCER_TRAEFIK_API" (printf ":%d" (int .Values.traefik.apiPort)) -}}
{{- end -}}
{{- toYaml (merge (deepCopy .Values.env) $variables) -}}
{{- end -}}

{{/* The Secrets whose keys are variables. */}}
{{- define "mcpbouncer.secrets" -}}
{{- $names := list .Values.keys.existingSecret .Values.database.existingSecret .Values.provider.existingSecret -}}
{{- range concat $names .Values.envFromSecret | compact | uniq }}
- secretRef:
    name: {{ . }}
{{- end -}}
{{- end -}}
