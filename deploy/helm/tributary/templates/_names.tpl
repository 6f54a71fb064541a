{{- define "tributary.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "tributary.labels" -}}
app.kubernetes.io/part-of: tributary
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Selects the pods of one component: (list . "metastore"). */}}
{{- define "tributary.selector" -}}
app.kubernetes.io/part-of: tributary
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "tributary.image" -}}
{{- $image := index . 1 -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end -}}

{{/* The image of an application's pods, whose tag may be its own: (list . $application). */}}
{{- define "tributary.jobsImage" -}}
{{- $root := index . 0 -}}
{{- $own := dict -}}
{{- with (index . 1).tag }}{{ $_ := set $own "tag" . }}{{ end -}}
{{- include "tributary.image" (list $root (merge $own $root.Values.images.jobs)) -}}
{{- end -}}

{{- define "tributary.metastoreUrl" -}}
{{ ternary "https" "http" (ne .Values.metastore.tlsSecret "") }}://{{ include "tributary.name" . }}-metastore.{{ .Release.Namespace }}.svc:{{ .Values.metastore.port }}
{{- end -}}

{{/*
The name of an application's SparkApplication: (list . $application $spec). Apache's operator takes a changed spec and
leaves the driver that runs as it is, so there a changed spec is another application: helm makes that one and removes the
old one. 63 characters are what a label holds.
*/}}
{{- define "tributary.applicationName" -}}
{{- $root := index . 0 -}}
{{- $name := (index . 1).name -}}
{{- if eq $root.Values.drivers.operator "apache" -}}
{{- $hash := index . 2 | fromYaml | toJson | printf "%s\n%s" $name | sha256sum | trunc 8 -}}
{{- $release := include "tributary.name" $root | trunc (int (sub 53 (len $name))) | trimSuffix "-" -}}
{{ $release }}-{{ $name }}-{{ $hash }}
{{- else -}}
{{ include "tributary.name" $root }}-{{ $name }}
{{- end -}}
{{- end -}}

{{/* Where pods that call the metastore find the authority of its certificate, and how it gets there. */}}
{{- define "tributary.authorityFile" -}}
/run/tributary-authority/ca.crt
{{- end -}}

{{- define "tributary.authorityMount" -}}
- {name: authority, mountPath: {{ include "tributary.authorityFile" . | dir }}, readOnly: true}
{{- end -}}

{{/* The Secret may hold that authority's key too, which nobody is to see. */}}
{{- define "tributary.authorityVolume" -}}
- name: authority
  secret:
    secretName: {{ .Values.metastore.caSecret }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end -}}

{{/* Where the metastore's pod may run and by which Secrets its image is pulled; its backup's has to run there too. */}}
{{- define "tributary.metastorePlace" -}}
{{- $place := dict -}}
{{- with .Values.images.pullSecrets -}}
{{- $secrets := list -}}
{{- range . }}{{ $secrets = append $secrets (dict "name" .) }}{{ end -}}
{{- $_ := set $place "imagePullSecrets" $secrets -}}
{{- end -}}
{{- with .Values.metastore.nodeSelector }}{{ $_ := set $place "nodeSelector" . }}{{ end -}}
{{- with .Values.metastore.tolerations }}{{ $_ := set $place "tolerations" . }}{{ end -}}
{{- if $place }}{{ toYaml $place }}{{ end -}}
{{- end -}}

{{/* Not empty where the metastore reads JARs from the object store. */}}
{{- define "tributary.readsStore" -}}
{{- range .Values.metastore.args }}{{ if regexMatch "^--transforms.read-from=s3" . }}yes{{ end }}{{ end -}}
{{- end -}}

{{/* The object store as variables of a container that is no driver's. */}}
{{- define "tributary.storeEnvironment" -}}
{{- $variables := list -}}
{{- with .Values.store.endpoint }}{{ $variables = append $variables (dict "name" "TRIBUTARY_S3_ENDPOINT" "value" .) }}{{ end -}}
{{- with .Values.store.region }}{{ $variables = append $variables (dict "name" "TRIBUTARY_S3_REGION" "value" .) }}{{ end -}}
{{- if .Values.store.pathStyle }}{{ $variables = append $variables (dict "name" "TRIBUTARY_S3_PATH_STYLE" "value" "true") }}{{ end -}}
{{- with .Values.store.credentialsSecret }}{{ $secret := . -}}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" -}}
{{- $variables = append $variables (dict "name" . "valueFrom" (dict "secretKeyRef" (dict "name" $secret "key" .))) -}}
{{- end }}{{ end -}}
{{- if $variables }}{{ toYaml $variables }}{{ end -}}
{{- end -}}

{{- define "tributary.driverAccount" -}}
{{ .Values.drivers.serviceAccount.name | default (printf "%s-driver" (include "tributary.name" .)) }}
{{- end -}}

{{- define "tributary.jobsSecurity" -}}
runAsNonRoot: true
runAsUser: 185
runAsGroup: 0
fsGroup: 0
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "tributary.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end -}}

{{/*
What a driver is told on its command line: (list . $application). The port of its probes stands here and not in the
settings file, since the image has a variable for it, which beats the file.
*/}}
{{- define "tributary.driverArguments" -}}
{{- $root := index . 0 -}}
{{- $application := index . 1 -}}
{{- $arguments := list -}}
{{- $select := $application.select -}}
{{- if $select.all }}{{ $arguments = append $arguments "--all" }}{{ end -}}
{{- with $select.group }}{{ $arguments = concat $arguments (list "--group" .) }}{{ end -}}
{{- range $select.datasets }}{{ $arguments = concat $arguments (list "--dataset" .) }}{{ end -}}
{{- range $select.sources }}{{ $arguments = concat $arguments (list "--source" .) }}{{ end -}}
{{- $arguments = concat $arguments (list "--settings" (printf "/etc/tributary/phase%v.yaml" $application.phase) "--trigger" $application.trigger "--metrics.port" (toString $root.Values.drivers.metricsPort)) -}}
{{- toJson $arguments -}}
{{- end -}}

{{/* The settings file of a phase: (list . "phase1"). */}}
{{- define "tributary.settings" -}}
{{- $root := index . 0 -}}
{{- $values := $root.Values -}}
{{- $store := dict -}}
{{- with $values.store.endpoint }}{{ $_ := set $store "endpoint" . }}{{ end -}}
{{- with $values.store.region }}{{ $_ := set $store "region" . }}{{ end -}}
{{- if $values.store.pathStyle }}{{ $_ := set $store "path-style" true }}{{ end -}}
{{- $settings := dict
  "metastore" (dict "url" (include "tributary.metastoreUrl" $root) "token" "file:/run/tributary/token" "cache" (ternary "/var/lib/tributary/specs" "/tmp/specs" (ne $values.drivers.cacheClaim "")))
  "stop-timeout" (printf "%ds" (sub (int $values.drivers.terminationGracePeriodSeconds) 30))
  "log" (dict "format" "json") -}}
{{- if $values.metastore.caSecret }}{{ $_ := set $settings.metastore "ca" (include "tributary.authorityFile" $root) }}{{ end -}}
{{- if $store }}{{ $_ := set $settings "s3" $store }}{{ end -}}
{{- $given := mergeOverwrite (deepCopy $values.drivers.settings.common) (deepCopy (index $values.drivers.settings (index . 1))) -}}
{{- toYaml (mergeOverwrite $settings $given) -}}
{{- end -}}

{{/* Not empty where Spark's configuration has drivers make claims for their executors. */}}
{{- define "tributary.claimsOnDemand" -}}
{{- $confs := list .Values.drivers.sparkConf -}}
{{- range .Values.applications }}{{ $confs = append $confs (.sparkConf | default dict) }}{{ end -}}
{{- range $confs }}{{ range $key, $value := . -}}
{{- if and (contains ".persistentVolumeClaim." $key) (hasSuffix ".claimName" $key) (regexMatch "OnDemand|SPARK_EXECUTOR_ID" $value) }}yes{{ end -}}
{{- end }}{{ end -}}
{{- end -}}

{{/* Spark's configuration of an application, the same for both operators: (list . $application). */}}
{{- define "tributary.sparkConf" -}}
{{- $root := index . 0 -}}
{{- $drivers := $root.Values.drivers -}}
{{- $application := index . 1 -}}
{{- $driver := merge (deepCopy ($application.driver | default dict)) $drivers.driver -}}
{{- $executor := merge (deepCopy ($application.executor | default dict)) $drivers.executor -}}
{{- $conf := dict
  "spark.kubernetes.container.image" (include "tributary.jobsImage" (list $root $application))
  "spark.kubernetes.container.image.pullPolicy" $root.Values.images.jobs.pullPolicy
  "spark.kubernetes.authenticate.driver.serviceAccountName" (include "tributary.driverAccount" $root)
  "spark.kubernetes.authenticate.executor.serviceAccountName" (printf "%s-executor" (include "tributary.name" $root))
  "spark.driver.memory" $driver.memory
  "spark.driver.memoryOverhead" $driver.memoryOverhead
  "spark.driver.cores" ($driver.cores | toString)
  "spark.kubernetes.driver.request.cores" ($driver.cores | toString)
  "spark.executor.instances" ($executor.instances | toString)
  "spark.executor.cores" ($executor.cores | toString)
  "spark.executor.memory" $executor.memory
  "spark.executor.memoryOverhead" $executor.memoryOverhead
  "spark.kubernetes.executor.request.cores" ($executor.cores | toString)
  "spark.driver.port" "7078"
  "spark.driver.blockManager.port" "7079"
  "spark.blockManager.port" "7079"
  "spark.kubernetes.driver.service.deleteOnTermination" "false"
  (printf "spark.kubernetes.driver.secrets.%s" $drivers.tokenSecret) "/run/tributary" -}}
{{- /* Else it would look for claims of its own, and remove them at its end. */ -}}
{{- if not (include "tributary.claimsOnDemand" $root) }}{{ $_ := set $conf "spark.kubernetes.driver.ownPersistentVolumeClaim" "false" }}{{ end -}}
{{- with $root.Values.images.pullSecrets }}{{ $_ := set $conf "spark.kubernetes.container.image.pullSecrets" (join "," .) }}{{ end -}}
{{- range $role := list "driver" "executor" -}}
{{- $label := printf "spark.kubernetes.%s.label.app.kubernetes.io" $role -}}
{{- $_ := set $conf (printf "%s/part-of" $label) "tributary" -}}
{{- $_ := set $conf (printf "%s/instance" $label) $root.Release.Name -}}
{{- $_ := set $conf (printf "%s/component" $label) $role -}}
{{- $_ := set $conf (printf "spark.kubernetes.%s.label.tributary.dev/application" $role) $application.name -}}
{{- with $root.Values.store.credentialsSecret -}}
{{- $_ := set $conf (printf "spark.kubernetes.%s.secretKeyRef.AWS_ACCESS_KEY_ID" $role) (printf "%s:AWS_ACCESS_KEY_ID" .) -}}
{{- $_ := set $conf (printf "spark.kubernetes.%s.secretKeyRef.AWS_SECRET_ACCESS_KEY" $role) (printf "%s:AWS_SECRET_ACCESS_KEY" .) -}}
{{- end -}}
{{- range $name, $at := $drivers.secretVariables -}}
{{- $_ := set $conf (printf "spark.kubernetes.%s.secretKeyRef.%s" $role $name) (printf "%s:%s" $at.secret $at.key) -}}
{{- end -}}
{{- end -}}
{{- toYaml (mergeOverwrite $conf (deepCopy $drivers.sparkConf) (deepCopy ($application.sparkConf | default dict))) -}}
{{- end -}}

{{/*
The pod of a driver beyond what Spark's configuration says: (list . $application). The container's name is Spark's. With
its settings changes the pod, and with the pod the driver that runs.
*/}}
{{- define "tributary.driverPod" -}}
{{- $settings := include "tributary.settings" (list (index . 0) (printf "phase%v" (index . 1).phase)) -}}
{{- with index . 0 -}}
metadata:
  labels:
    {{- include "tributary.selector" (list . "driver") | nindent 4 }}
  annotations:
    checksum/settings: {{ sha256sum $settings }}
spec:
  terminationGracePeriodSeconds: {{ .Values.drivers.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "tributary.jobsSecurity" . | nindent 4 }}
  {{- with .Values.drivers.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.drivers.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: spark-kubernetes-driver
      securityContext:
        {{- include "tributary.containerSecurity" . | nindent 8 }}
      ports:
        - {name: metrics, containerPort: {{ .Values.drivers.metricsPort }}, protocol: TCP}
      # Alive while it answers; whether its pipelines are well is for readiness and alerts.
      livenessProbe:
        httpGet: {path: /metrics, port: metrics}
        initialDelaySeconds: 60
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /health, port: metrics}
        periodSeconds: 15
        timeoutSeconds: 5
      volumeMounts:
        - {name: settings, mountPath: /etc/tributary, readOnly: true}
        {{- if .Values.metastore.caSecret }}
        {{- include "tributary.authorityMount" . | nindent 8 }}
        {{- end }}
        {{- if .Values.drivers.cacheClaim }}
        - {name: specs, mountPath: /var/lib/tributary/specs}
        {{- end }}
  volumes:
    - name: settings
      configMap:
        name: {{ include "tributary.name" . }}-drivers
    {{- if .Values.metastore.caSecret }}
    {{- include "tributary.authorityVolume" . | nindent 4 }}
    {{- end }}
    {{- with .Values.drivers.cacheClaim }}
    - name: specs
      persistentVolumeClaim:
        claimName: {{ . }}
    {{- end }}
{{- end -}}
{{- end -}}

{{- define "tributary.executorPod" -}}
metadata:
  labels:
    {{- include "tributary.selector" (list . "executor") | nindent 4 }}
spec:
  automountServiceAccountToken: false
  securityContext:
    {{- include "tributary.jobsSecurity" . | nindent 4 }}
  {{- with .Values.drivers.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.drivers.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: spark-kubernetes-executor
      securityContext:
        {{- include "tributary.containerSecurity" . | nindent 8 }}
{{- end -}}
