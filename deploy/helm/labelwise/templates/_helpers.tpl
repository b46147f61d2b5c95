{{- define "labelwise.labels" -}}
app.kubernetes.io/name: labelwise
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labelwise.env" -}}
env:
  - { name: LABELWISE_DB, value: {{ .Values.db | quote }} }
  - { name: AWS_REGION, value: {{ .Values.region | quote }} }
  {{- if .Values.endpoint }}
  - { name: AWS_ENDPOINT_URL, value: {{ .Values.endpoint | quote }} }
  {{- end }}
  {{- if .Values.storageOptions }}
  - { name: LABELWISE_STORAGE_OPTIONS, value: {{ .Values.storageOptions | toJson | quote }} }
  {{- end }}
{{- if .Values.credentialsSecret }}
envFrom:
  - secretRef: { name: {{ .Values.credentialsSecret }} }
{{- end }}
{{- end }}

{{- define "labelwise.pod" -}}
{{- if .Values.serviceAccount }}
serviceAccountName: {{ .Values.serviceAccount }}
{{- end }}
securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 }
{{- end }}

{{- define "labelwise.container" -}}
image: {{ .Values.image }}
securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
{{ include "labelwise.env" . }}
{{- end }}
